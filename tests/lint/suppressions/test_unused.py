from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from commented import (
    ABOUT_COMMENTS,
    AROUND,
    BETWEEN,
    CHANGES,
    NEWLINES,
    PATHS,
    SINGLE,
    check,
    fixed_text,
    ignore,
    messages,
    text_of,
)

if TYPE_CHECKING:
    from commented import Around


def _findings(text: str) -> list[tuple[int, str, str]]:
    """What is said about comments: the line, what is marked on it, the words."""
    lines = text.split("\n")
    return [
        (found.start.line, lines[found.start.line - 1][found.start.column - 1 : found.end.column - 1], found.message)
        for found in check(text)
        if found.rule in ABOUT_COMMENTS
    ]


@pytest.mark.parametrize(
    ("comment", "marked", "words"),
    [
        (SINGLE, SINGLE, "single-worker finds nothing to ignore here; remove the comment"),
        (
            ignore("single-worker", "wrong-type"),
            ignore("single-worker", "wrong-type"),
            "; wrong-type is a schema rule, which cannot be ignored; correct the contract; remove the comment",
        ),
        (
            "#  parallel-stage: ignore[unused-ignores,single-worker]",
            "unused-ignores",
            "there is no rule 'unused-ignores'; did you mean unused-ignore?",
        ),
        (ignore("xyz"), "xyz", "there is no rule 'xyz'; parallel-stage rules lists them all"),
        (ignore("single worker"), "single worker", "did you mean single-worker?"),
        *(
            (f"# {said}", f"# {said}", f'"{said}" is not understood; write parallel-stage: ignore[rule], or')
            for said in (
                "parallel-stage: ignore",
                "parallel-stage: ignore[]",
                "parallel-stage: ignore[ , ]",
                "parallel-stage: ignore [single-worker]",
                "parallel-stage: ignor[single-worker]",
                "parallel-stage: ignore[single-worker",
                "parallel-stage: ignore-files[single-worker]",
                "parallel-stage:",
            )
        ),
        (f"# parallel-stage: {'é' * 90}", f"# parallel-stage: {'é' * 90}", f'"parallel-stage: {"é" * 43}…" is not'),
    ],
)
def test_findings_are_about_the_exact_place(comment: str, marked: str, words: str) -> None:
    findings = _findings(text_of({"workers": (["x-a = '🐍🐍'", f"  {comment}"], "")}))
    assert findings[0][:2] == (7, marked)
    assert words in findings[0][2]
    assert _findings(text_of({"workers": ([], comment)}))[0][1:] == findings[0][1:]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"a = 1 \t{SINGLE} why\nb = 2", "a = 1\nb = 2"),
        (f"a = 1{SINGLE}\r\nb = 2", "a = 1\r\nb = 2"),
        (f"{SINGLE} why\n\na = 1", "\na = 1"),
        (f"a = 1\r\n \t{SINGLE}\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"),
        (f"a = 1\n{SINGLE}", "a = 1\n"),
        (f"x-a = [ {SINGLE}\n  # b\n  {SINGLE}\n  1 {SINGLE}\n]", "x-a = [\n  # b\n  1\n]"),
        ("# parallel-stage: ignore[ xyz , single-worker ] why", "# parallel-stage: ignore[ xyz ] why"),
        ("# parallel-stage: ignore[ single-worker , xyz ] why", "# parallel-stage: ignore[ xyz ] why"),
        ("# parallel-stage: ignore[target-ignored,single-worker, xyz]", "# parallel-stage: ignore[xyz]"),
        ("# parallel-stage: ignore[xyz,target-ignored, single-worker,]", "# parallel-stage: ignore[xyz,]"),
        (
            "# parallel-stage: ignore[wrong-type, xyz, target-ignored, zyx,, single-worker]",
            "# parallel-stage: ignore[xyz, zyx]",
        ),
        ("# parallel-stage: ignore-file[wrong-type, xyz]", "# parallel-stage: ignore-file[xyz]"),
    ],
)
def test_fixes_take_out_what_is_unused(before: str, after: str) -> None:
    rest = text_of({}) + "\n[x-rest]\n"
    assert fixed_text(rest + before, check(rest + before)) == rest + after


@pytest.mark.parametrize("end", ["  \n", "     \n", "\n\n"])
def test_a_comment_that_ends_a_text_of_yaml_has_no_fix(end: str) -> None:
    """Without it the blank lines would belong to the text."""
    text = f"{text_of({}, between=': ')}notes: |+\n  parts in order\n{SINGLE}\n{end}x-a: 1 {SINGLE}\n"
    found = check(text, "parallel_stage.yaml")
    assert [(diagnostic.rule, diagnostic.fix) for diagnostic in found] == [("unused-ignore", None)] * 2
    kept = text.replace("|+", '"a"\nx-text:').replace("  parts in order\n", "")
    assert SINGLE not in fixed_text(kept, check(kept, "parallel_stage.yaml"), "parallel_stage.yaml")


def test_a_comment_without_which_a_text_cannot_be_read_has_no_fix() -> None:
    """A byte order mark is text except where a file starts."""
    found = check(f"{ignore('wrong-type')}\n\ufeff|b", "parallel_stage.yaml")
    assert ("unused-ignore", None) in [(diagnostic.rule, diagnostic.fix) for diagnostic in found]


@pytest.mark.parametrize("end", ["\n ", "\r", "\x85", "\u2028"])
def test_a_comment_before_a_deeper_one_has_no_fix(end: str) -> None:
    """The deeper one would belong to the text; and YAML's lines end in more than LF."""
    text = f"{text_of({}, between=': ')}notes: |\n  parts{end}{SINGLE}\n   {SINGLE}\n"
    found = check(text, "parallel_stage.yaml")
    assert [diagnostic.fix is None for diagnostic in found] == [True, False]
    assert fixed_text(text, found[1:], "parallel_stage.yaml") + f"   {SINGLE}\n" == text


@settings(max_examples=50)
@given(CHANGES, AROUND, BETWEEN, NEWLINES)
def test_an_unused_ignore_can_be_taken_out_alone_or_with_all_others(
    changes: dict[str, Any], around: Around, between: str, newline: str
) -> None:
    path, text = PATHS[between], text_of(around, newline, between, **changes)
    found = check(text, path)
    for unused in found:
        if unused.rule == "unused-ignore":
            assert messages(check(fixed_text(text, [unused], path), path)) + messages([unused]) == messages(found)
    others = [each for each in found if each.rule != "unused-ignore"]
    assert messages(check(fixed_text(text, found, path), path)) == messages(others)
