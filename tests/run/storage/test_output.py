from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.run.storage import exchange, output

if TYPE_CHECKING:
    from pathlib import Path

RUN = "20260131T120000Z-1a2b3c"
OTHER = "20260131T120000Z-ffffff"


def write(directory: Path, content: str) -> None:
    directory.mkdir()
    (directory / "file").write_text(content)


def contents(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "exchange", lambda *_: False)


def test_two_directories_change_places(tmp_path: Path) -> None:
    write(tmp_path / "one", "1")
    write(tmp_path / "other", "2")
    assert exchange.exchange(tmp_path / "one", tmp_path / "other")
    assert contents(tmp_path) == {"one/file": "2", "other/file": "1"}
    assert not exchange.exchange(tmp_path / "one", tmp_path / "nowhere")
    assert contents(tmp_path) == {"one/file": "2", "other/file": "1"}


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_directory_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_one_step: bool
) -> None:
    if not in_one_step:
        no_exchange(monkeypatch)
    target = tmp_path / "out"
    for content in ("1", "2", "3"):
        write(output.temporary(target, RUN), content)
        output.put(target, RUN)
        assert contents(tmp_path) == {"out/file": content}


def test_a_link_to_a_directory_is_replaced_itself(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "precious")
    (tmp_path / "out").symlink_to("elsewhere")
    write(output.temporary(tmp_path / "out", RUN), "new")
    output.put(tmp_path / "out", RUN)
    assert contents(tmp_path) == {"out/file": "new", "elsewhere/file": "precious"}
    assert not (tmp_path / "out").is_symlink()


def test_a_directory_comes_back_when_the_runner_was_killed_between_two_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_exchange(monkeypatch)
    target = tmp_path / "out"
    write(target, "old")
    write(output.temporary(target, RUN), "new")
    target.rename(output.aside(target, RUN))
    output.recover(target, lambda run: run != RUN)
    assert contents(tmp_path) == {f".{RUN}.new-out/file": "new", f".{RUN}.old-out/file": "old"}
    output.recover(target, lambda run: run == RUN)
    assert contents(tmp_path) == {"out/file": "old"}


def test_only_the_files_of_ended_runs_for_this_output_are_removed(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    kept = {
        "out.csv": "result",
        f".{OTHER}.new-out.csv": "of a run at work",
        f".{RUN}.new-other.csv": "of another output",
        f".{RUN}.new-old-out.csv": "of an output called old-out.csv",
        ".1234-out.csv": "the user's",
        f"{RUN}.new-out.csv": "the user's",
    }
    for name, content in kept.items():
        (tmp_path / name).write_text(content)
    (tmp_path / f".{RUN}.new-out.csv").write_text("half a res")
    output.recover(target, lambda run: run == RUN)
    assert contents(tmp_path) == kept


def test_what_a_killed_check_has_left_is_removed_and_never_a_result(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    output.aside(target, RUN).touch()
    output.recover(target, lambda _: False)
    assert list(tmp_path.iterdir()) == []
    output.check_writable(target, RUN)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_has_nothing_to_recover(tmp_path: Path) -> None:
    output.recover(tmp_path / "nowhere" / "out.csv", lambda _: True)
