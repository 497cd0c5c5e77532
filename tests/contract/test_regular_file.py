from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_stage.contract import regular_file

SOURCES = Path(__file__).resolve().parents[2] / "src/parallel_stage"


def test_a_file_and_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    assert regular_file.read(str(tmp_path / "a")) == regular_file.read(str(tmp_path / "link"), 7) == b"content"
    with pytest.raises(OSError, match="larger than 6 bytes"):
        regular_file.read(str(tmp_path / "a"), 6)
    with pytest.raises(OSError, match="symbolic links"):
        regular_file.read(str(tmp_path / "link"), follow_links=False)


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/tty", "/dev/null", "pipe", "."])
def test_nothing_else_is_read_or_waited_for(target: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError):  # noqa: PT011 -- the systems have many words for it
        regular_file.read(str(tmp_path / "link"))


def test_a_file_of_proc_has_as_much_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc/self/environ")
    if not os.path.exists("/proc/self/environ"):
        (tmp_path / "link").unlink()
        (tmp_path / "link").touch()
    assert regular_file.read(str(tmp_path / "link")) == b""


READERS = {
    "contract/regular_file.py": "this is it",
    "contract/document.py": "a pipe that a shell made",
    "contract/schema.py": "a file of the package",
    "contract/write.py": "writes",
    "cli/summary.py": "the result of a run",
    "cli/proofs.py": "the result of a run of its own",
    "cli/exit_codes.py": "the null device",
    "cli/streams.py": "the null device",
    "editor/server.py": "the connection",
    "agilab_worker.py": "files of a run",
    "plan/document.py": "data, which the planner found to be a file",
    "plan/head.py": "data, which the planner found to be a file",
    "lint/engine/parallel.py": "a pipe to another process",
    "lint/revisions/snapshot.py": "a new file, which it writes, in a directory of its own",
    "plan/listing.py": "data, which the planner found to be a file",
    "plan/divisible.py": "data, which the planner found to be a file",
    "plan/reproof.py": "the plan that the user names",
    "plan/records/reader.py": "data, which the planner found to be a file",
    "plan/chunk.py": "data, which the planner found to be a file",
    "plan/splits/table.py": "data, which the planner found to be a file",
    "plan/groups/groups.py": "data, which the planner found to be a file",
    "plan/groups/csv_records.py": "data, which the planner found to be a file",
}
"""The modules below the runner that call `open`, and what they open."""


def test_no_other_module_opens_files() -> None:
    found = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if any(map(_opens, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert {path for path in found if not path.startswith(("run/", "service/"))} == set(READERS)


def _opens(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return name in ("open", "fdopen", "read_text", "read_bytes")


def test_a_contract_is_no_device_and_no_pipe_of_a_repository(tmp_path: Path) -> None:
    from parallel_stage.contract import document
    from parallel_stage.contract.problem import NotADocumentError

    os.mkfifo(tmp_path / "pipe")
    for target in ("/dev/zero", "/dev/tty", "/proc/self/fd/0", "pipe"):
        link = tmp_path / "parallel_stage.toml"
        link.symlink_to(target)
        for bounded in (True, False):
            with pytest.raises(NotADocumentError) as refused:
                document.read(str(link), bounded=bounded)
            assert "not a regular file" in refused.value.problem.message
        link.unlink()


def test_a_pipe_that_a_shell_makes_is_read(tmp_path: Path) -> None:
    script = "import sys; from parallel_stage.contract import document; print(document.read(sys.argv[1]).text)"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} <(echo 'a = 1')"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "a = 1\n\n"
