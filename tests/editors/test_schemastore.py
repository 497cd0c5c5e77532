"""The submission to SchemaStore: what its own check asks for, and that our check and the test files agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from editors.documents import fields
from parallel_stage.contract import document, schema, validation

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
ACCEPTED = sorted((DOCS / "schemastore/test").glob("*.toml"))
REJECTED = sorted((DOCS / "schemastore/negative_test").glob("*.toml"))
CATALOGUE = "src/api/json/catalog.json"


def _submit(checkout: Path) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, str(DOCS / "schemastore.py"), str(checkout)]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schemastore")
    (path / CATALOGUE).parent.mkdir(parents=True)
    (path / CATALOGUE).write_text("{}")
    assert _submit(path).returncode == 0
    return path


def test_the_schema_is_the_one_that_ships_under_the_address_it_has_there(checkout: Path) -> None:
    written = json.loads((checkout / "src/schemas/json/parallel-stage.json").read_text(encoding="utf-8"))
    assert written == {**schema.schema(), "$id": "https://www.schemastore.org/parallel-stage.json"}


@pytest.mark.parametrize("folder", ["test", "negative_test"])
def test_every_test_file_names_the_schema_beside_it(folder: str, checkout: Path) -> None:
    paths = sorted((checkout / "src" / folder / "parallel-stage").iterdir())
    assert [path.name for path in paths] == [path.name for path in (ACCEPTED if folder == "test" else REJECTED)]
    for path in paths:
        directive, address = path.read_text(encoding="utf-8").splitlines()[0].split()
        assert directive == "#:schema"
        assert (path.parent / address).resolve() == checkout / "src/schemas/json/parallel-stage.json"


def test_the_catalogue_entry_is_as_the_catalogue_wants_it(checkout: Path) -> None:
    printed = _submit(checkout).stdout
    entry, _ = json.JSONDecoder().raw_decode(printed.partition(f"{CATALOGUE}:\n")[2])
    assert sorted(entry) == ["description", "fileMatch", "name", "url"]
    for text in (entry["name"], entry["description"]):
        assert "schema" not in text.lower()
        assert "\n" not in text
        assert text[-1] not in ",. \t-"
    assert not [name for name in entry["fileMatch"] if "/" in name]


def test_what_is_no_checkout_is_left_alone(tmp_path: Path) -> None:
    run = _submit(tmp_path)
    assert (run.returncode, list(tmp_path.iterdir())) == (2, [])
    assert CATALOGUE in run.stdout


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_what_is_to_be_accepted_is(path: Path) -> None:
    assert validation.violations(document.read(str(path)).data) == []


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_what_is_to_be_rejected_is_for_one_reason(path: Path) -> None:
    assert len(validation.violations(document.read(str(path)).data)) == 1


def _routes(table: dict[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _routes(value, (*above, name))


def test_every_field_is_in_a_file_that_is_accepted() -> None:
    written = {route for path in ACCEPTED for route in _routes(tomli.loads(path.read_text(encoding="utf-8")))}
    assert {route for route, _ in fields()} - written == {("$schema",)}


def test_every_way_to_be_wrong_is_in_a_file_that_is_rejected() -> None:
    found = {problem.rule for path in REJECTED for problem in validation.violations(document.read(str(path)).data)}
    assert found >= {"missing-key", "unknown-key", "unknown-value", "out-of-range", "wrong-type", "function-form"}
    assert found >= {"empty-value", "unknown-schema"}
