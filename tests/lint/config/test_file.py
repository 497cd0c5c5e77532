from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from configurations import CONFIGURATIONS, project, write
from parallel_stage.contract.schema import schema
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.file import SCHEMA, location_of
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import (
    DEFAULT,
    NO_CONFIGURATION,
    OWN_FILE,
    PROJECT_FILE,
    Overrides,
    Settings,
)
from parallel_stage.lint.diagnostic import Position, Severity
from parallel_stage.lint.rules import RULES

PROPERTIES = schema(SCHEMA)["properties"]


def test_the_keys_of_the_schema_are_those_of_the_settings_and_those_that_choose_contracts() -> None:
    kept = {field.replace("_", "-") for field in Settings._fields}
    choosing = {"exclude", "per-file-ignores", "markdown"}
    assert set(PROPERTIES) == (kept - {"root"}) | choosing  # the root is the command line's
    overriding = {field for field in Overrides._fields if field not in {"isolated", "markdown"}}
    assert overriding == set(Settings._fields) - {"search_roots"}


def test_the_defaults_of_the_schema_are_those_of_the_settings(tmp_path: Path) -> None:
    project(tmp_path, **{key: node["default"] for key, node in PROPERTIES.items()})
    assert Configurations().settings_for(str(tmp_path / "parallel_stage.toml")) == DEFAULT
    shared = set(Overrides._fields) & set(Settings._fields) - {"check_inputs"}  # None leaves it to the file
    assert all(getattr(Overrides(), field) == getattr(DEFAULT, field) for field in shared)


def test_the_severities_of_the_schema_are_those_of_rules() -> None:
    node = PROPERTIES["severity"]["additionalProperties"]
    assert node["enum"] == [severity.value for severity in Severity]
    assert len(node["enumDescriptions"]) == len(node["enum"])


def test_every_key_has_a_default_and_an_example() -> None:
    assert all({"default", "examples"} <= node.keys() for node in PROPERTIES.values())
    assert set(PROPERTIES["severity"]["examples"][0]) <= set(RULES)


@given(CONFIGURATIONS)
def test_what_is_valid_passes_the_gate_and_is_taken_as_written(data: dict[str, Any]) -> None:
    assert fast_test(schema(SCHEMA))(data)
    with tempfile.TemporaryDirectory() as directory:
        project(Path(directory), **data)
        configurations = Configurations()
        assert configurations.nearest(directory).data == data
        found = configurations.settings_for(os.path.join(directory, "parallel_stage.toml"))
        assert found.ignore >= set(data.get("ignore", ()))
        assert all(RULES[rule].can_disable for rule in found.severity)


def _refused(directory: Path) -> str:
    with pytest.raises(UsageError) as error:
        Configurations().nearest(str(directory))
    assert error.value.hint
    return error.value.message


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("ignor = []", 1, "unknown key ignor: did you mean ignore?"),
        ("zzz = []", 1, "unknown key zzz: write one of select, ignore, severity"),
        ("ignore = 'x'", 10, 'ignore is "x", text; write a list, such as ["single-worker"]'),
        ("select = ['single-worker', 3]", 28, "select[1] is 3, an integer; write text that is not blank"),
        ("exclude = [' ']", 12, 'exclude[0] is " "; write text that is not blank'),
        ("strict = 'yes'", 10, 'strict is "yes", text; write true or false'),
        ("check-inputs = 1", 16, "check-inputs is 1, an integer; write true or false"),
        ("baseline = []", 12, "baseline is a list; write text"),
        ("severity = 'info'", 12, 'severity is "info", text; write a table'),
        (
            "severity.single-worker = 'Warning'",
            26,
            'severity.single-worker is "Warning"; write one of "error", "warning", "info" (did you mean "warning"?)',
        ),
        ("severity = { single-worker = 1 }", 30, 'single-worker is 1, an integer; write one of "error"'),
        ("per-file-ignores = []", 20, "per-file-ignores is a list; write a table"),
        (
            "per-file-ignores.'a/**' = 'x'",
            27,
            'per-file-ignores.a/** is "x", text; write a list, such as ["absolute-path"]',
        ),
        ("per-file-ignores = { 'a' = ['x', 1] }", 34, "per-file-ignores.a[1] is 1, an integer; write text"),
        ("exclude = ['a', '[a']", 17, "exclude: '[a' is not a pattern; write one as in .gitignore"),
        ("per-file-ignores = { '!' = [] }", 22, "per-file-ignores: '!' is not a pattern; write one as in .gitignore"),
        ("x = ", 5, "not TOML: Invalid value"),
    ],
)
@pytest.mark.parametrize("name", [OWN_FILE, PROJECT_FILE])
def test_a_misshapen_configuration_is_refused_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str, column: int, words: str
) -> None:
    head = "# parallel-stage\n\n" if name == OWN_FILE else "# ä\n[tool.parallel-stage]\n"
    write(tmp_path, f"{head}{line}\n", name)
    monkeypatch.chdir(tmp_path)
    message = _refused(tmp_path)
    assert message.startswith(f"{name}:3:{column}: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["[tool]\nparallel-stage = 3\n", "[[tool.parallel-stage]]\n"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert "tool.parallel-stage is " in _refused(tmp_path)
    assert "; write a table" in _refused(tmp_path)


def test_everything_is_reported_in_the_order_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path / "apps", strict=3, zzz=1, select="x")
    monkeypatch.chdir(tmp_path)
    places = [line.split(": ")[0] for line in _refused(tmp_path / "apps" / "deep").split("\n")]
    assert places == [f"apps/pyproject.toml:{line}" for line in ("2:10", "3:1", "4:10")]


@pytest.mark.parametrize("name", [OWN_FILE, PROJECT_FILE])
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"# parallel-stage\n# \xff\n")
    assert f"{name}:2:3: byte 0xff at offset 19 is not UTF-8" in _refused(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project(tmp_path)
    real = os.open

    def denied(name: Any, *arguments: Any, **more: Any) -> Any:
        if name == str(path):
            raise PermissionError(13, "Permission denied", name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(os, "open", denied)
    assert "Permission denied" in _refused(tmp_path)


SCALARS = (
    st.booleans() | st.integers(-9, 9) | st.sampled_from(["", " ", "info", "single-worker", "a/**", "[a", "\n", "ä"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
KEYS = st.sampled_from([*PROPERTIES, "ignor", "", "a.b", "ü\n"])


@given(st.dictionaries(KEYS, ANYTHING, max_size=4), st.sampled_from([OWN_FILE, PROJECT_FILE]))
def test_any_data_is_taken_or_refused_line_by_line_within_the_file(data: dict[str, Any], name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        text = tomli_w.dumps(data if name == OWN_FILE else {"project": {}, "tool": {"parallel-stage": data}})
        path = write(Path(directory), text, name)
        try:
            found = Configurations().nearest(directory)
        except UsageError as error:
            lines = [line.removeprefix(os.path.relpath(path)) for line in error.message.split("\n")]
            places = [tuple(map(int, line.split(":")[1:3])) for line in lines]
            assert places == sorted(places)
            assert all(1 <= line <= text.count("\n") + 1 and column >= 1 for line, column in places)
            return
        assert found.data == data
        assert Configurations().settings_for(os.path.join(directory, "a")).strict is data.get("strict", False)


def test_names_that_choose_no_rule_are_reported_at_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "[tool.parallel-stage]\n"
        "select = ['single-worker', 'single-wroker']\n"
        "ignore = ['wrong-type']\n"
        "severity = { zzz = 'error', idle-workers = 'error' }\n"
        "[tool.parallel-stage.per-file-ignores]\n"
        "'a/**' = ['idle-workers', 'idle_workers']\n",
    )
    monkeypatch.chdir(tmp_path)
    configurations = Configurations()
    assert configurations.unknown_rule_names() == []
    configurations.settings_for("parallel_stage.toml")
    configurations.settings_for("inner/parallel_stage.toml")
    found = configurations.unknown_rule_names()
    assert {(each.rule, each.severity, each.path) for each in found} == {
        ("unknown-rule", Severity.WARNING, "pyproject.toml")
    }
    assert [(each.start, each.message, each.value) for each in found] == [
        (Position(2, 28), "there is no rule 'single-wroker'; did you mean single-worker?", '"single-wroker"'),
        (Position(3, 11), "wrong-type is a schema rule, which always runs; remove it", '"wrong-type"'),
        (Position(4, 14), "there is no rule 'zzz'; parallel-stage rules lists them all", '"zzz"'),
        (Position(6, 27), "there is no rule 'idle_workers'; did you mean idle-workers?", '"idle_workers"'),
    ]
    assert found[0].route == ("tool", "parallel-stage", "select", 1)
    assert found[0].line_text == "select = ['single-worker', 'single-wroker']"


def test_each_file_that_was_met_is_reported_once(tmp_path: Path) -> None:
    for name in ("b", "a"):
        project(tmp_path / name, ignore=["zzz"])
    configurations = Configurations()
    for name in ("a", "b", "a/c"):
        configurations.nearest(str(tmp_path / name))
    assert [os.path.abspath(each.path) for each in configurations.unknown_rule_names()] == [
        str(tmp_path / name / PROJECT_FILE) for name in "ab"
    ]


@pytest.mark.parametrize(
    ("keys", "severity"),
    [
        ({}, Severity.WARNING),
        ({"strict": True}, Severity.ERROR),
        ({"severity": {"unknown-rule": "info"}}, Severity.INFO),
        ({"select": ["single-worker"]}, Severity.WARNING),
        ({"ignore": ["zzz", "unknown-rule"]}, None),
        ({"per_file_ignores": {"pyproject.toml": ["unknown-rule"]}}, None),
    ],
)
def test_they_are_weighed_and_ignored_as_other_findings(
    tmp_path: Path, keys: dict[str, Any], severity: Severity | None
) -> None:
    project(tmp_path, **{"ignore": ["zzz"], **keys})
    configurations = Configurations()
    configurations.nearest(str(tmp_path))
    assert [each.severity for each in configurations.unknown_rule_names()] == ([severity] if severity else [])


def test_a_key_is_found_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "[tool.parallel-stage]\nstrict = true\n[tool.parallel-stage.severity]\nidle-workers = 'info'\n")
    monkeypatch.chdir(tmp_path)
    found = Configurations().nearest(".")
    assert location_of(found, "strict") == "pyproject.toml:2"
    assert location_of(found, "severity") == "pyproject.toml:3"
    assert location_of(found, "ignore") == location_of(NO_CONFIGURATION, "ignore") == ""


def _snippets(page: str) -> list[str]:
    text = Path(__file__, "../../../../docs", page).resolve().read_text(encoding="utf-8")
    return re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_page_shows_every_key_as_it_may_be_written(tmp_path: Path) -> None:
    write(tmp_path, _snippets("configuration.md")[0])
    configurations = Configurations()
    assert set(configurations.nearest(str(tmp_path)).data) == set(PROPERTIES)
    assert configurations.unknown_rule_names() == []


def test_the_page_names_the_schema_as_it_names_itself() -> None:
    assert _snippets("configuration.md")[1] == f"#:schema {schema(SCHEMA)['$id']}\n"
