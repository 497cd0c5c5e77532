from __future__ import annotations

import json
import os
import platform
import pty
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_stage.lint.engine import check_files
from parallel_stage.lint.reporters import FORMATS
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

NAME = "parallel_stage.toml"
COMMAND = Path(sys.executable).with_name("parallel-stage")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(toml())
    return path


def test_a_valid_contract(command: Command, contract: Path) -> None:
    assert command("check", contract.name) == (0, "1 contract checked: no problems\n", "")


def test_warnings_do_not_fail(command: Command, contract: Path) -> None:
    contract.write_text(toml(workers=1))
    code, out, err = command("check", NAME)
    assert (code, err) == (0, "")
    assert out.startswith("warning[single-worker]: workers is 1")
    assert out.endswith("1 contract checked: 1 warning\n")


@pytest.mark.parametrize("format_", FORMATS)
def test_the_exit_code_does_not_depend_on_the_format(format_: str, command: Command, contract: Path) -> None:
    assert command("check", "--format", format_, NAME)[0] == 0
    contract.write_text(toml(workers=0))
    code, out, err = command("check", NAME, f"--format={format_}")
    assert (code, err) == (1, "1 contract checked: 1 error\n" if format_ == "concise" else "")
    assert "workers is 0" in out


def test_without_paths_the_directory_is_searched(command: Command, contract: Path) -> None:
    (contract.parent / "a").mkdir()
    (contract.parent / "a" / f"b.{NAME}").write_text(toml(workers=0))
    code, out, _ = command("check", "--format", "concise")
    assert (code, out) == (
        1,
        f'a/b.{NAME}:6:11: error[out-of-range] workers is 0; write an integer of at least 1 or "auto"\n',
    )
    assert command("check")[1] == command("check", ".")[1]


def test_show_files_prints_what_would_be_checked_and_what_is_skipped(command: Command, contract: Path) -> None:
    contract.write_text("no contract at all")
    (contract.parent / "node_modules").mkdir()
    (contract.parent / "x\n.toml").touch()
    (contract.parent / "pyproject.toml").write_text('[tool.parallel-stage]\nexclude = ["old*"]\n')
    assert command("check", "--show-files", ".", "x\n.toml", "old.toml") == (
        0,
        f"{NAME}\nx\\n.toml\n",
        "skipped: node_modules/ (installed or compiled code)\nskipped: old.toml (excluded by the configuration)\n",
    )


def test_one_file_under_several_names_is_no_duplicate(command: Command, contract: Path) -> None:
    link = contract.parent / f"link.{NAME}"
    link.symlink_to(NAME)
    for paths in ([NAME, f"./{NAME}", str(contract)], [".", f"./{NAME}"], [NAME, link.name], [".", str(link)]):
        assert "duplicate" not in command("check", *paths)[1], paths
    assert command("check", f"./{NAME}", NAME)[1] == "1 contract checked: no problems\n"


def test_root_moves_everything_that_is_relative(command: Command, tmp_path: Path) -> None:
    """As for a run: the data, the result, the function's modules; the contract's own directory comes after."""
    for directory in ("stages", "root", "root/data"):
        (tmp_path / directory).mkdir()
    (tmp_path / "root/data/a.csv").write_text("a\n")
    (tmp_path / "root/work.py").write_text("def f(path):\n    return {}\n")
    (tmp_path / "stages/work.py").write_text("")
    (tmp_path / "stages/beside.py").write_text("def f(path):\n    return {}\n")
    for name, function in (("a", "work:f"), ("b", "beside:f"), ("c", "work.py:f")):
        contract = toml(name=name, function=function, input="data/*.csv", output=f"{name}.jsonl")
        (tmp_path / f"stages/{name}.{NAME}").write_text(contract)
    without = command("check", "--inputs", "--format", "concise", "stages")
    assert without[0] == 1
    assert without[1].count("function-undefined") == 2
    assert without[1].count("input-matches-nothing") == 3
    assert command("check", "--inputs", "--root", "root", "stages") == (0, "3 contracts checked: no problems\n", "")


def test_root_holds_for_standard_input_and_for_many_files(tmp_path: Path) -> None:
    """In a process of its own: many files are checked by forks of it."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root/work.py").write_text("def other(path):\n    return {}\n")
    names = [f"stages/{number}.{NAME}" for number in range(check_files.MANY)]
    for name in names:
        (tmp_path / name).write_text(toml(name=name, function="work:f", output=f"{name}.jsonl"))
    for arguments, count in ((names, len(names)), (["--stdin-filename", names[0], "-"], 1)):
        command = [str(COMMAND), "check", "--root", "root", "--format", "concise", *arguments]
        ran = subprocess.run(
            command, cwd=tmp_path, input=toml(function="work:f"), capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout.count("function-undefined")) == (1, count), ran.stderr


def test_a_root_that_is_no_directory(command: Command, contract: Path) -> None:
    code, _, err = command("check", "--root", "nowhere", contract.name)
    assert (code, "nowhere is not a directory" in err) == (2, True)


def test_the_command_line_decides_whether_data_is_read(command: Command, contract: Path) -> None:
    contract.write_text(toml(input="nowhere/*.csv"))
    assert "input-matches" not in command("check")[1]
    (contract.parent / ".parallel-stage.toml").write_text("check-inputs = true\n")
    assert "input-matches" in command("check")[1]
    assert "input-matches" not in command("check", "--no-inputs")[1]


def test_several_paths_are_checked_in_their_order_and_once(command: Command, contract: Path) -> None:
    (contract.parent / "b.toml").write_text(toml(workers=1, name="b", output="results/b.jsonl"))
    code, out, _ = command("check", "nothing.toml", "b.toml", NAME, "b.toml", "--format", "json")
    report = json.loads(out)
    assert code == 1
    assert report["summary"]["file_count"] == 3
    assert [(issue["path"], issue["rule"]) for issue in report["issues"]] == [
        ("nothing.toml", "unreadable"),
        ("b.toml", "single-worker"),
    ]


def test_a_directory_without_contracts_is_mentioned(command: Command) -> None:
    code, out, err = command("check", ".")
    assert (code, out) == (0, "0 contracts checked: no problems\n")
    assert err == "no contracts found: name a file, or a directory that holds parallel_stage.toml\n"


def test_standard_input(command: Command) -> None:
    assert command("check", "-", stdin=toml())[0] == 0
    code, out, _ = command("check", "-", "--format", "concise", stdin=toml(workers=1))
    assert (code, out.partition(" ")[0]) == (0, f"{NAME}:6:11:")


def test_standard_input_has_the_name_and_the_format_it_is_given(command: Command) -> None:
    arguments = ("check", "-", "--stdin-filename", "apps/x.json", "--format", "concise")
    code, out, _ = command(*arguments, stdin="{")
    assert (code, out.partition(" ")[0]) == (1, "apps/x.json:1:2:")
    assert command("check", "-", "--stdin-filename", "x.yaml", stdin="name: a")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--format", "xml", NAME], "'xml' is not one of"),
        (["check", "--nothing"], "No such option"),
        (["check", "--stdin-filename"], "requires an argument"),
        (["chekc"], "No such command"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, command: Command) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_no_command_shows_the_help(command: Command) -> None:
    code, out, err = command()
    assert code in {0, 2}
    assert "Usage: parallel-stage" in out + err


def test_help_and_version(command: Command) -> None:
    system = f"Python {platform.python_version()}, {platform.system()}-{platform.machine()}"
    assert command("--version") == (0, f"parallel-stage 0.1.0 ({system})\n", "")
    for arguments in (["--help"], ["-h"], ["check", "--help"], ["seed", "-h"], ["new", "--help"]):
        code, out, err = command(*arguments)
        assert (code, err) == (0, "")
        assert out.startswith("Usage: parallel-stage")


def _shell(line: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    full = line.replace("COMMAND", shlex.quote(str(COMMAND)))
    return subprocess.run(
        ["bash", "-c", full], cwd=directory, capture_output=True, env={**os.environ, **environment}, check=False
    )


def test_a_reader_that_goes_away_gets_no_traceback(contract: Path) -> None:
    contract.write_text("".join(f"key{number} = 1\n" for number in range(2000)))
    done = _shell(f"COMMAND check {NAME} | head -n 0; echo ${{PIPESTATUS[0]}}", contract.parent)
    assert (done.stdout, done.stderr) == (b"141\n", b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_do_not_matter(closed: str, contract: Path) -> None:
    assert _shell(f"COMMAND check {NAME} {closed}", contract.parent).returncode == 0
    contract.write_text(toml(workers=0))
    done = _shell(f"COMMAND check {NAME} {closed}", contract.parent)
    assert (done.returncode, done.stderr) == (1, b"")


def test_standard_input_that_is_closed_is_reported(contract: Path) -> None:
    done = _shell("COMMAND check - <&-", contract.parent)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"standard input cannot be read" in done.stdout


def test_a_full_disk_is_reported(contract: Path) -> None:
    done = _shell(f"COMMAND check {NAME} > /dev/full", contract.parent)
    assert (done.returncode, done.stderr) == (2, b"error: cannot write: No space left on device\n")


def test_output_that_takes_ascii_only_gets_escapes(contract: Path) -> None:
    contract.write_text(toml() + 'née = 1\n"🐍" = 1\n'.replace("née", '"née"'))
    done = _shell(f"COMMAND check --format concise {NAME}", contract.parent, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert rb"unknown key n\xe9e" in done.stdout
    assert rb"unknown key \U0001f40d" in done.stdout


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff." + NAME.encode()
    with open(path, "w", encoding="utf-8") as file:
        file.write(toml(workers=0))
    done = _shell("COMMAND check --format concise .", tmp_path)
    assert (done.returncode, done.stdout[:7]) == (1, rb"\udcff."[:7])


def test_a_file_whose_name_starts_with_a_dash(command: Command, tmp_path: Path) -> None:
    (tmp_path / "-x.toml").write_text(toml())
    assert command("check", "--", "-x.toml")[0] == 0


def _on_a_terminal(arguments: list[str], directory: Path, **environment: str) -> bytes:
    main, inner = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    with subprocess.Popen(
        arguments, cwd=directory, stdout=inner, stderr=inner, env={**plain, **environment}
    ) as process:
        os.close(inner)
        shown = b""
        try:
            while piece := os.read(main, 4096):
                shown += piece
        except OSError:  # Linux's word for the end
            pass
        process.wait()
    os.close(main)
    return shown


def test_colours_on_a_terminal_only_and_as_the_environment_says(command: Command, contract: Path) -> None:
    contract.write_text(toml(workers=0))
    check = [str(COMMAND), "check", NAME]
    assert b"\x1b[31m" in _on_a_terminal(check, contract.parent)
    assert b"\x1b" not in _on_a_terminal(check, contract.parent, NO_COLOR="1")
    assert "\x1b" not in command("check", NAME)[1]
    assert "\x1b[31m" in command("check", NAME, FORCE_COLOR="1")[1]
    assert "\x1b" not in command("check", NAME, FORCE_COLOR="1", NO_COLOR="1")[1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("process.py", "Python"), ("a.ipynb", "a notebook"), ("data.csv", "data"), ("notes.txt", "prose")],
)
def test_another_kind_of_file_is_named(name: str, kind: str, command: Command, tmp_path: Path) -> None:
    for text in ('{"cells": []}\n', "# constants are TOML, too\nSIZE = 1\n", ""):
        (tmp_path / name).write_text(text)
        code, out, _ = command("check", "--format", "concise", name)
        assert (code, f"this is {kind}; name a contract, which is TOML, YAML or JSON" in out) == (1, True)


def test_a_near_command_is_offered_and_one_that_nobody_typed_is_not_shown(command: Command) -> None:
    assert command("chekc")[2].endswith("No such command 'chekc'. Did you mean check?\n")
    assert command("lint")[2].endswith("No such command 'lint'. Did you mean check?\n")
    assert command("fix")[2].endswith("No such command 'fix'. Did you mean check --fix?\n")
    assert command("resume")[2].endswith("No such command 'resume'. Did you mean run --resume?\n")
    assert command(".")[2].endswith("No such command '.'. Did you mean check .?\n")
    assert command("zzzz")[2].endswith("No such command 'zzzz'.\n")
    general, own = "[OPTIONS] COMMAND [ARGS]...", "--check FILE [--json] | --name … --output FILE"
    for argument, usage in (("--chekc", general), ("sed", general), ("--check", own), ("--name", own)):
        code, out, err = command(argument)
        assert "seed" not in out + err
        assert (code, f"Usage: parallel-stage {usage}\n" in err) == (2, True)
