"""Contracts in Markdown, from the command line: what is found, where, and what is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.document import SIZE_LIMIT
from support import data, toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

WRONG = toml(split="file", workers=1)
PAGE = "# Stage\r\n\r\n> 1. First:\r\n>\r\n>    ```toml\r\n{}>    ```\r\n\r\nThe end, ``` and \u2028.\r\n"


def page(contract: str) -> str:
    """A page with CRLF, and the contract in an item of a quoted list."""
    return PAGE.format("".join(f">    {line}\r\n" for line in contract.splitlines()))


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_bytes(page(WRONG).encode())
    return path


def test_a_page_that_is_named_is_checked_with_its_own_lines(command: Command, readme: Path) -> None:
    done = command("check", readme.name)
    assert done.code == 1
    assert done.out.splitlines() == [
        done.out.split("\n")[0],
        " --> README.md:9:14",
        "  |",
        '9 | >    split = "file"',
        "  |              ^^^^^^",
        "",
        done.out.split("\n")[6],
        "  --> README.md:11:16",
        "   |",
        "11 | >    workers = 1",
        "   |                ^",
        "",
        "1 contract checked: 1 error, 1 warning",
        "fixable: 1 with --fix",
    ]


def test_every_reporter_has_the_lines_of_the_page(command: Command, readme: Path) -> None:
    assert "README.md:9:14: error[unknown-value]" in command("check", "--format=concise", readme.name).out
    github = command("check", "--format=github", readme.name).out
    assert "file=README.md,line=9,endLine=9,col=14,endColumn=20" in github
    issue = json.loads(command("check", "--format=json", readme.name).out)["issues"][0]
    assert (issue["line"], issue["column"], issue["end_column"]) == (9, 14, 20)
    assert issue["fix"]["edits"] == [{"line": 9, "column": 14, "end_line": 9, "end_column": 20, "text": '"files"'}]
    result = json.loads(command("check", "--format=sarif", readme.name).out)["runs"][0]["results"][0]
    place = {"startLine": 9, "startColumn": 14, "endLine": 9, "endColumn": 20}
    assert result["locations"][0]["physicalLocation"]["region"] == place
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"] == place
    moved = page(WRONG).replace("# Stage", "# Stage\r\n\r\nMore.")
    readme.write_bytes(moved.encode())
    again = json.loads(command("check", "--format=sarif", readme.name).out)["runs"][0]["results"][0]
    assert again["partialFingerprints"] == result["partialFingerprints"]
    begin = json.loads(command("check", "--format=gitlab", readme.name).out)[0]["location"]["positions"]["begin"]
    assert begin == {"line": 11, "column": 14}
    assert "README.md:11:14" in command("check", "--format=junit", readme.name).out
    assert "line 11: " in json.loads(command("check", "--format=agilab", readme.name).out)["issues"][0]


def test_fixes_are_written_into_the_block_and_nothing_else_changes(command: Command, readme: Path) -> None:
    done = command("check", "--diff", readme.name)
    assert (done.code, done.err.splitlines()[-1]) == (1, "Would fix 1 problem in 1 contract")
    assert [line for line in done.out.splitlines() if line[0] in "+-"][2:] == [
        '->    split = "file"',
        '+>    split = "files"',
    ]
    assert readme.read_bytes() == page(WRONG).encode()
    done = command("check", "--fix", readme.name)
    assert (done.code, done.err) == (0, "Fixed 1 problem in 1 contract\n")
    assert readme.read_bytes() == page(WRONG.replace('"file"', '"files"')).encode()


def test_contracts_are_counted_in_pages(command: Command, readme: Path) -> None:
    block = f"```toml\n{toml(split='file')}```\n"
    readme.write_text(block * 3, encoding="utf-8")
    assert command("check", readme.name).out.splitlines()[-2] == "3 contracts checked: 3 errors"
    assert command("check", "--fix", readme.name).err == "Fixed 3 problems in 3 contracts\n"
    readme.write_text("# No contract, though it speaks of parallel-stage\n", encoding="utf-8")
    assert command("check", readme.name) == (0, "0 contracts checked: no problems\n", "")


def test_missing_keys_are_written_with_what_stands_before_a_line(command: Command, readme: Path) -> None:
    contract = toml(workers=None)
    readme.write_bytes(page(contract).encode())
    assert command("check", "--fix", readme.name).code == 0
    fixed = toml().replace('workers = "auto"', "workers = 2")
    assert readme.read_bytes() == page(fixed).encode()


def test_unsafe_fixes_are_requested(command: Command, readme: Path) -> None:
    readme.write_bytes(page(toml(output="results/delays.csv")).encode())
    assert "Fixed" not in command("check", "--fix", readme.name).err
    assert "Fixed 1 problem" in command("check", "--fix", "--unsafe-fixes", readme.name).err
    assert readme.read_bytes() == page(toml()).encode()


def test_comments_that_ignore_are_written_into_the_blocks(command: Command, readme: Path) -> None:
    readme.write_bytes(page(toml(workers=1)).encode())
    done = command("check", "--add-ignore", "--reason", "a preview", readme.name)
    assert (done.code, done.err) == (0, "Ignored 1 problem in 1 contract\n")
    comment = "  # parallel-stage: ignore[single-worker] a preview"
    ignored = toml(workers=1).replace("workers = 1", f"workers = 1{comment}")
    assert readme.read_bytes() == page(ignored).encode()
    blocks = [f"```toml\n{toml(workers=1)}```\n", f"```json parallel-stage\n{json.dumps(data(workers=1))}\n```\n"]
    readme.write_text("\n".join([*blocks, "```toml parallel-stage\na =\n```\n", blocks[0]]), encoding="utf-8")
    assert command("check", "--add-ignore", readme.name).err == "Ignored 2 problems in 2 contracts\n"
    left = command("check", "--format=concise", readme.name).out.splitlines()
    assert [line.split()[1] for line in left] == ["warning[single-worker]", "error[syntax-error]"]


def test_standard_input_may_be_a_page(command: Command) -> None:
    done = command("check", "-", "--stdin-filename", "docs/a.md", "--format=concise", stdin=page(WRONG))
    assert done.out.startswith("docs/a.md:9:14: error[unknown-value]")
    assert command("check", "--fix", "-", "--stdin-filename=a.md", stdin="nothing here").out == "nothing here"


def test_directories_are_searched_for_pages_where_that_is_wanted(
    command: Command, tmp_path: Path, readme: Path
) -> None:
    assert "no contracts found" in command("check").err
    assert command("check", "--markdown").code == 1
    assert command("check", "--markdown", "--show-files").out == "README.md\n"
    (tmp_path / ".parallel-stage.toml").write_text("markdown = true\n", encoding="utf-8")
    assert command("check").code == 1
    assert "no contracts found" in command("check", "--no-markdown").err
    assert command("check", "--no-markdown", readme.name).code == 1
    (tmp_path / ".parallel-stage.toml").write_text('markdown = true\nexclude = ["*.md"]\n', encoding="utf-8")
    assert command("check").code == command("check", readme.name).code == 0


def test_examples_need_not_have_what_they_name_and_may_repeat_each_other(command: Command, tmp_path: Path) -> None:
    contract = toml(function="no_such_module:f")
    (tmp_path / "README.md").write_text(f"```toml\n{contract}```\n" * 2, encoding="utf-8")
    (tmp_path / "a.markdown").write_text(f"```toml\n{contract}```\n", encoding="utf-8")
    assert command("check", "--markdown", "--inputs", "--strict") == (0, "3 contracts checked: no problems\n", "")
    (tmp_path / "parallel_stage.toml").write_text(contract, encoding="utf-8")
    found = command("check", "--markdown", "--inputs", "--format=concise").out
    assert "parallel_stage.toml" in found
    assert ".md" not in found
    assert "duplicate" not in found


def test_a_function_that_is_there_is_checked(command: Command, tmp_path: Path) -> None:
    (tmp_path / "process.py").write_text("def work(one, two):\n    return one\n", encoding="utf-8")
    (tmp_path / "README.md").write_text(f"```toml\n{toml(function='process:work')}```\n", encoding="utf-8")
    assert "README.md:4:12: error[function-arity]" in command("check", "--format=concise", "README.md").out


def test_a_baseline_holds_the_findings_of_a_page(command: Command, readme: Path) -> None:
    assert command("check", "--write-baseline", readme.name).err.startswith(
        "written: .parallel-stage-baseline.json, 2 findings"
    )
    baseline = ("--baseline", ".parallel-stage-baseline.json")
    assert command("check", *baseline, readme.name) == (0, "1 contract checked: no problems\n", "")
    readme.write_text(f"Moved.\n\n```toml\n{WRONG}```\n", encoding="utf-8")
    assert command("check", *baseline, readme.name).code == 0
    readme.write_text(f"```toml\n{toml(workers=1)}```\n", encoding="utf-8")
    assert "stale-baseline" in command("check", *baseline, readme.name).out


def test_a_page_that_holds_no_contract_may_be_anything(command: Command, tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes("é".encode("latin-1"))
    (tmp_path / "large.md").write_bytes(b"x" * (SIZE_LIMIT + 1))
    assert command("check", "--markdown").code == 0
    (tmp_path / "latin.md").write_bytes("é\n```toml parallel-stage\n".encode("latin-1"))
    (tmp_path / "large.md").write_bytes(b"```toml parallel-stage\n" + b"x" * SIZE_LIMIT)
    assert command("check", "--markdown", "--format=concise", "gone.md", ".").out.splitlines() == [
        "gone.md:1:1: error[unreadable] 'gone.md' does not exist; check the path",
        "large.md:1:1: error[unreadable] 'large.md' has contracts in it and is larger than 1 MiB; split it",
        "latin.md:1:1: error[unreadable] byte 0xe9 at offset 0 is not UTF-8; save the file as UTF-8",
    ]


def test_a_link_out_of_the_project_is_neither_quoted_nor_fixed(command: Command, tmp_path: Path, readme: Path) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "README.md").symlink_to(readme)
    done = command("check", "--fix", "--format=concise", "project/README.md")
    assert readme.read_bytes() == page(WRONG).encode()
    assert "README.md:9:14: error[unknown-value]" in done.out
    assert '"file"' not in done.out


def test_other_commands_want_a_contract(command: Command, readme: Path) -> None:
    assert "name a contract" in command("plan", readme.name).err
