from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import CONFIGURATIONS, RULE_NAMES, project, write
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import (
    DEFAULT,
    NO_CONFIGURATION,
    NOT_IN_MARKDOWN,
    OWN_FILE,
    PROJECT_FILE,
    Overrides,
    Settings,
)
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rules import RULES


def test_a_page_has_the_rules_of_its_project_but_those_about_what_an_example_lacks(tmp_path: Path) -> None:
    write(
        tmp_path,
        'select = ["function-not-found", "single-worker"]\nper-file-ignores = {"*.md" = ["single-worker"]}\n',
        OWN_FILE,
    )
    page = Configurations().settings_for(str(tmp_path / "README.md"))
    contract = Configurations().settings_for(str(tmp_path / "parallel_stage.toml"))
    assert contract.ignore == frozenset()
    assert page == contract._replace(ignore=NOT_IN_MARKDOWN | {"single-worker"})
    assert set(NOT_IN_MARKDOWN) <= set(RULES)
    assert not any(page.is_enabled(rule) for rule in NOT_IN_MARKDOWN)


@pytest.mark.parametrize(
    ("table", "override", "searched"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_pages_are_searched_as_the_command_line_says_else_the_file(
    tmp_path: Path, *, table: bool, override: bool | None, searched: bool
) -> None:
    write(tmp_path, f"markdown = {str(table).lower()}\n", OWN_FILE)
    configurations = Configurations(Overrides(markdown=override))
    assert configurations.searches_markdown(str(tmp_path / "a.md")) is searched
    assert Configurations(Overrides(isolated=True)).searches_markdown(str(tmp_path / "a.md")) is False


def settings(directory: Path, **overrides: Any) -> Settings:
    return Configurations(Overrides(**overrides)).settings_for(str(directory / "parallel_stage.toml"))


def test_the_nearest_directory_wins_and_nothing_is_inherited(tmp_path: Path) -> None:
    project(tmp_path, strict=True, ignore=["single-worker"])
    project(tmp_path / "apps" / "flights", ignore=["idle-workers"])
    assert settings(tmp_path / "apps" / "other") == DEFAULT._replace(strict=True, ignore=frozenset(["single-worker"]))
    assert settings(tmp_path / "apps" / "flights" / "deep") == DEFAULT._replace(ignore=frozenset(["idle-workers"]))


def test_in_one_directory_the_own_file_wins_even_when_it_is_empty(tmp_path: Path) -> None:
    project(tmp_path, strict=True)
    write(tmp_path, "", OWN_FILE)
    assert settings(tmp_path) == DEFAULT
    write(tmp_path, "check-inputs = true\n", OWN_FILE)
    assert settings(tmp_path) == DEFAULT._replace(check_inputs=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.other]\n",
        "[project]\nname = 'parallel-stage'\n",
        "tool = 3 # parallel-stage\n",
        "not TOML [[[\n",
        "\0",
    ],
)
def test_a_project_without_the_table_is_passed_over(tmp_path: Path, text: str) -> None:
    project(tmp_path, strict=True)
    write(tmp_path / "inner", text)
    assert settings(tmp_path / "inner").strict


@pytest.mark.parametrize("name", [OWN_FILE, PROJECT_FILE])
def test_what_is_no_file_is_passed_over(tmp_path: Path, name: str) -> None:
    project(tmp_path, strict=True)
    (tmp_path / "inner" / name).mkdir(parents=True)
    os.mkfifo(tmp_path / "inner" / ("pyproject.toml" if name == OWN_FILE else OWN_FILE))
    assert settings(tmp_path / "inner").strict


def test_nothing_anywhere_is_no_configuration(tmp_path: Path) -> None:
    configurations = Configurations()
    assert configurations.nearest(str(tmp_path)) is NO_CONFIGURATION
    assert configurations.settings_for(str(tmp_path / "parallel_stage.toml")) == DEFAULT
    assert not configurations.excluded(str(tmp_path / "parallel_stage.toml"))
    assert configurations.unknown_rule_names() == []


def test_paths_start_at_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, strict=True)
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for name in ("parallel_stage.toml", "./x.toml", "../x.toml", "not/there/x.toml"):
        assert Configurations().settings_for(name).strict, name


def test_a_very_deep_directory_is_no_trouble(tmp_path: Path) -> None:
    project(tmp_path, strict=True)
    assert settings(tmp_path / "/".join("a" * 1900)).strict


TREES = st.dictionaries(
    st.lists(st.sampled_from("ab"), max_size=3).map("/".join),
    st.sampled_from(["table", "none", "own", "both"]),
    max_size=6,
)


@given(TREES, st.lists(st.lists(st.sampled_from("ab"), max_size=4).map("/".join), min_size=1, max_size=5))
def test_in_any_tree_the_nearest_one_is_found_in_any_order_of_asking(tree: dict[str, str], asked: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for directory, kind in tree.items():
            if kind in ("table", "both", "none"):
                write(root / directory, "[tool.parallel-stage]\n" if kind != "none" else "[tool]\n")
            if kind in ("own", "both"):
                write(root / directory, "", OWN_FILE)
        configurations = Configurations()
        for start in asked:
            upwards = [root / start, *(root / start).parents]
            holders = [path for path in upwards if tree.get(_inside(path, root), "none") != "none"]
            file = OWN_FILE if holders and tree[_inside(holders[0], root)] != "table" else PROJECT_FILE
            assert configurations.nearest(str(root / start)).path == (str(holders[0] / file) if holders else "")


def _inside(path: Path, root: Path) -> str:
    found = os.path.relpath(path, root)
    return "" if found == "." else found


def test_each_file_is_read_once_in_a_command(tmp_path: Path) -> None:
    project(tmp_path, strict=True)
    configurations = Configurations()
    found = configurations.nearest(str(tmp_path / "a"))
    assert all(configurations.nearest(str(tmp_path / name)) is found for name in ("a/b", "c", "."))


def test_a_later_command_sees_what_was_changed(tmp_path: Path) -> None:
    project(tmp_path, strict=True)
    configurations = Configurations()
    contract = str(tmp_path / "parallel_stage.toml")
    assert configurations.settings_for(contract).strict
    project(tmp_path, strict=False)
    assert configurations.settings_for(contract).strict
    assert not Configurations().settings_for(contract).strict


def test_everything_that_can_be_reported(tmp_path: Path) -> None:
    project(
        tmp_path,
        select=["single-worker", "idle-workers"],
        ignore=["idle-workers"],
        severity={"single-worker": "error", "idle-workers": "info", "wrong-type": "info", "no-such-rule": "info"},
        strict=True,
        check_inputs=True,
        search_roots=["lib", "../shared", "/abs/lib"],
        baseline="old.json",
    )
    assert settings(tmp_path / "apps") == Settings(
        select=frozenset(["single-worker", "idle-workers"]),
        ignore=frozenset(["idle-workers"]),
        severity={"single-worker": Severity.ERROR, "idle-workers": Severity.INFO},
        strict=True,
        check_inputs=True,
        search_roots=(str(tmp_path / "lib"), str(tmp_path.parent / "shared"), "/abs/lib"),
        baseline=str(tmp_path / "old.json"),
    )


def test_what_the_command_line_says_on_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(
        tmp_path,
        select=["single-worker"],
        ignore=["idle-workers"],
        severity={"single-worker": "error", "absolute-path": "error"},
        baseline="old.json",
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = settings(
        tmp_path / "apps",
        select=frozenset(["absolute-path"]),
        ignore=frozenset(["backslash-path"]),
        severity={"absolute-path": Severity.INFO},
        strict=True,
        check_inputs=True,
        baseline="new.json",
    )
    assert found == Settings(
        select=frozenset(["absolute-path"]),
        ignore=frozenset(["idle-workers", "backslash-path"]),
        severity={"single-worker": Severity.ERROR, "absolute-path": Severity.INFO},
        strict=True,
        check_inputs=True,
        baseline=str(tmp_path / "elsewhere" / "new.json"),
    )


@given(data=CONFIGURATIONS, strict=st.booleans(), inputs=st.none() | st.booleans(), ignore=st.frozensets(RULE_NAMES))
def test_the_command_line_ignores_more_and_decides_about_inputs(
    *, data: dict[str, Any], strict: bool, inputs: bool | None, ignore: frozenset[str]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        project(Path(directory), **data)
        plain = settings(Path(directory))
        found = settings(Path(directory), strict=strict, check_inputs=inputs, ignore=ignore)
    assert found == plain._replace(
        strict=plain.strict or strict,
        check_inputs=plain.check_inputs if inputs is None else inputs,
        ignore=plain.ignore | ignore,
    )


def test_isolated_means_the_command_line_alone(tmp_path: Path) -> None:
    write(tmp_path, "not TOML, parallel-stage")
    configurations = Configurations(Overrides(isolated=True, strict=True))
    contract = str(tmp_path / "parallel_stage.toml")
    assert configurations.settings_for(contract) == DEFAULT._replace(strict=True)
    assert not configurations.excluded(contract)
    assert configurations.unknown_rule_names() == []


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("examples/", ["examples/a.toml", "deep/examples/a.toml"]),
        ("/examples", ["examples/a.toml"]),
        ("examples/*.toml", ["examples/a.toml"]),
        ("*.toml", ["a.toml", "examples/a.toml", "deep/examples/a.toml"]),
        ("deep/**", ["deep/examples/a.toml"]),
        ("A.toml", []),
        ("../a.toml", []),
    ],
)
def test_patterns_are_those_of_gitignore_from_the_directory_of_the_file(
    tmp_path: Path, pattern: str, matched: list[str]
) -> None:
    project(tmp_path, exclude=[pattern], per_file_ignores={pattern: ["single-worker"]}, ignore=["idle-workers"])
    configurations = Configurations()
    for name in ("a.toml", "examples/a.toml", "deep/examples/a.toml"):
        path = str(tmp_path / name)
        assert configurations.excluded(path) is (name in matched), name
        ignored = configurations.settings_for(path).ignore
        assert ignored == {"idle-workers", "single-worker"} if name in matched else {"idle-workers"}, name


def test_the_last_pattern_decides(tmp_path: Path) -> None:
    project(tmp_path, exclude=["*.toml", "!kept.toml"])
    configurations = Configurations()
    assert configurations.excluded(str(tmp_path / "a.toml"))
    assert not configurations.excluded(str(tmp_path / "kept.toml"))


def test_a_path_that_ends_in_a_slash_is_a_directory(tmp_path: Path) -> None:
    project(tmp_path, exclude=["build/"])
    configurations = Configurations()
    assert configurations.excluded(f"{tmp_path}/build/")
    assert not configurations.excluded(f"{tmp_path}/build")
    assert not configurations.excluded(f"{tmp_path}/")
    project(tmp_path / "build", exclude=["other"])
    assert not Configurations().excluded(f"{tmp_path}/build/")


def test_names_that_are_not_utf_8_are_matched(tmp_path: Path) -> None:
    project(tmp_path, exclude=["*.toml"])
    assert Configurations().excluded(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.toml"))


def test_patterns_add_up(tmp_path: Path) -> None:
    project(tmp_path, per_file_ignores={"a/": ["single-worker"], "*.toml": ["idle-workers"]})
    assert settings(tmp_path / "a").ignore == {"single-worker", "idle-workers"}
    assert settings(tmp_path / "b").ignore == {"idle-workers"}
