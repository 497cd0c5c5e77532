from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]


WRONG = toml(split="file", output="results/delays.csv")
FIXED = WRONG.replace('"file"', '"files"')
UNSAFE = FIXED.replace('.csv"\n', '.csv"\n').replace("results/delays.csv", "results/delays.jsonl")


def _write(directory: Path, text: str = WRONG, name: str = "parallel_stage.toml") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory / name


def test_a_file_is_fixed_and_what_is_left_reported(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    done = command("check", "--fix", "--format", "concise", path.name)
    assert path.read_text(encoding="utf-8") == FIXED
    assert done.out == (
        'parallel_stage.toml:12:10: warning[output-suffix] output is "results/delays.csv", '
        'but concat-jsonl writes .jsonl; write "results/delays.jsonl"\n'
    )
    summary = "1 contract checked: 1 warning\nfixable: 1 with --fix --unsafe-fixes\n"
    assert (done.code, done.err) == (0, f"{summary}Fixed 1 problem in 1 contract\n")
    assert command("check", "--fix", path.name).err == ""


def test_unsafe_fixes_are_requested(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    assert "Fixed 2 problems" in command("check", "--fix", "--unsafe-fixes", path.name).err
    assert path.read_text(encoding="utf-8") == UNSAFE


def test_a_diff_changes_nothing_and_fails_where_it_is_not_empty(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    done = command("check", "--diff", path.name)
    assert path.read_text(encoding="utf-8") == WRONG
    assert (done.code, done.err) == (1, "Would fix 1 problem in 1 contract\n")
    assert [line for line in done.out.splitlines() if line[0] in "+-"] == [
        "--- parallel_stage.toml",
        "+++ parallel_stage.toml",
        '-split = "file"',
        '+split = "files"',
    ]
    assert command("check", "--diff", "--fix", "--unsafe-fixes", path.name).code == 1
    assert path.read_text(encoding="utf-8") == WRONG
    _write(tmp_path, FIXED)
    assert command("check", "--diff", path.name) == (0, "", "")


def test_a_diff_says_which_errors_no_fix_takes_away(command: Command, tmp_path: Path) -> None:
    _write(tmp_path, FIXED.replace('workers = "auto"', "workers = 0"))
    done = command("check", "--diff", "parallel_stage.toml")
    assert (done.code, done.out) == (1, "")
    assert "error[out-of-range] workers is 0" in done.err


def test_a_diff_says_where_the_last_line_has_no_end(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path, toml(workers=None).rstrip("\n") + "\nworker = 2")
    assert "\\ No newline at end of file\n+workers = 2\n" in command("check", "--diff", path.name).out


def test_fixing_fails_where_that_is_wanted(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    assert command("check", "--fix", "--exit-non-zero-on-fix", path.name).code == 1
    assert command("check", "--fix", "--exit-non-zero-on-fix", path.name).code == 0


def test_errors_that_are_left_fail(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path, toml(split="file", workers=0))
    assert command("check", "--fix", path.name).code == 1
    assert 'split = "files"' in path.read_text(encoding="utf-8")


def test_standard_input_is_a_filter(command: Command) -> None:
    done = command("check", "--fix", "-", stdin=WRONG)
    assert (done.code, done.out) == (0, FIXED)
    assert "output-suffix" in done.err
    assert done.err.endswith("Fixed 1 problem in 1 contract\n")
    assert command("check", "--fix", "-", stdin=FIXED).out == FIXED
    broken = command("check", "--fix", "-", stdin="a = \n")
    assert (broken.code, broken.out) == (1, "a = \n")


def test_several_files_are_fixed(command: Command, tmp_path: Path) -> None:
    paths = [_write(tmp_path, WRONG.replace("delays", f"{number}"), f"{number}.parallel_stage.toml") for number in "ab"]
    assert command("check", "--fix", ".").err == "Fixed 2 problems in 2 contracts\n"
    assert all('split = "files"' in path.read_text(encoding="utf-8") for path in paths)


def test_a_fixed_output_is_compared_with_the_others(command: Command, tmp_path: Path) -> None:
    _write(tmp_path, toml(name="a", output="results/a.jsonl"), "a.parallel_stage.toml")
    _write(tmp_path, toml(name="b", output="results\\a.jsonl"), "b.parallel_stage.toml")
    before = command("check", "--format", "concise", ".")
    after = command("check", "--format", "concise", "--fix", ".")
    assert "duplicate-output" not in before.out
    assert "b.parallel_stage.toml:12:10: error[duplicate-output]" in after.out


def test_options_that_need_others_say_so(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    for arguments in (["--unsafe-fixes"], ["--exit-non-zero-on-fix"], ["--fix", "--write-baseline"]):
        done = command("check", *arguments, path.name)
        assert (done.code, done.out) == (2, "")
        assert path.read_text(encoding="utf-8") == WRONG


def test_text_says_how_much_can_be_fixed(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    last = command("check", path.name).out.splitlines()[-1]
    assert last == "fixable: 1 with --fix, 1 more with --fix --unsafe-fixes"


def test_json_has_the_edits(command: Command, tmp_path: Path) -> None:
    path = _write(tmp_path)
    issues = json.loads(command("check", "--format", "json", path.name).out)["issues"]
    assert issues[0]["fix"] == {
        "safe": True,
        "edits": [{"line": 4, "column": 9, "end_line": 4, "end_column": 15, "text": '"files"'}],
    }
    assert issues[1]["fix"]["safe"] is False
