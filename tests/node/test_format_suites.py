"""How contracts are read, held against the published test suites of TOML, YAML and JSON.

A text that a suite calls valid has to be read, with the values that the suite gives; one that it calls invalid has
to be refused with a message. Whatever is read is also checked, and each of its values has a place. The lists
below are all that differs, and a text that no longer differs has to leave them.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.document import parse
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.engine.check_document import check_document, unreadable_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.document import Document

STRICTER_JSON = {
    "y_object_duplicated_key.json": "a repeated key is a mistake in a contract",
    "y_object_duplicated_key_and_value.json": "the same",
}
STRICTER_YAML = {
    "one document a file": (
        *("35KP-0", "5TYM-0", "6WLZ-0", "6XDY-0", "6ZKB-0", "7Z25-0", "9DXL-0", "9KAX-0", "9WXW-0", "HWV9-0"),
        *("JHB9-0", "KSS4-0", "L383-0", "M7A3-0", "NKF9-0", "PUW8-0", "QT73-0", "RZT7-0", "U9NS-0"),
        "W4TN-0",
    ),
    "keys are text": (
        *("2JQS-0", "4FJ6-0", "6BFJ-0", "6M2F-0", "6PBE-0", "DFF7-0", "FH7J-0", "FRK4-0", "KK5P-0", "LX3P-0"),
        *("M2N8-0", "M2N8-1", "M5DY-0", "NHX8-0", "PW8X-0", "Q9WF-0", "RZP5-0", "S3PD-0", "SBG9-0", "SM9W-1"),
        *("UKK6-0", "V9D5-0", "X38W-0", "XW4D-0"),
    ),
    "no tags of one's own": (
        *("6CK3-0", "7FWL-0", "C4HZ-0", "CC74-0", "CUP7-0", "M5C3-0", "P76L-0", "UGM3-0", "Z67P-0", "Z9M4-0"),
    ),
    "ruamel.yaml does not read it": (
        *("4MUZ-0", "4MUZ-1", "4MUZ-2", "4QFQ-0", "5MUD-0", "6CA3-0", "9MMW-0", "9SA2-0", "BEC7-0", "CFD4-0"),
        *("DK95-0", "DWX9-0", "HS5T-0", "K3WX-0", "MUS6-3", "NB6Z-0", "NJ66-0", "Q5MG-0", "R4YG-0", "T26H-0"),
        *("UT92-0", "UV7Q-0", "VJP3-1", "WZ62-0"),
    ),
}
LAXER_YAML = (*("9C9N-0", "9JBA-0", "CVW2-0", "DK95-1", "G5U8-0", "QB6E-0", "SU5Z-0", "Y79Y-0", "Y79Y-3", "YJV2-0"),)
"""Read by ruamel.yaml: comments without a blank before them, `[-]`, and lines that are not indented well."""
OTHER_YAML_VALUES = {
    "2XXW-0": "a set is no plain data",
    "565N-0": "bytes are no plain data",
    "J7PZ-0": "an ordered mapping is no plain data",
    "652Z-0": "ruamel.yaml takes ?foo for a key after a question mark",
    "HM87-1": "the same",
    "L24T-1": "ruamel.yaml adds no line end to the last line",
    "S4JQ-0": "ruamel.yaml takes ! 12 for a number",
}


@pytest.fixture(scope="session")
def suites(node_modules: Path) -> dict[str, Any]:
    """The suites of YAML and JSON, from npm."""
    program = Path(__file__).with_name("format_suites.mjs").read_text(encoding="utf-8")
    command = ["node", "--input-type=module", "--eval", program]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=node_modules)
    found: dict[str, Any] = json.loads(ran.stdout.decode("utf-8", "surrogatepass"))
    return found


@pytest.fixture(scope="session")
def toml_suite() -> dict[str, bytes]:
    """The texts of toml-test for TOML 1.0, from the source distribution of tomlkit."""
    (archive,) = Path(os.environ["TOML_SUITE"]).glob("tomlkit-*.tar.gz")
    with tarfile.open(archive) as file:
        members = {name.partition("/toml-test/tests/")[2]: name for name in file.getnames()}
        names = _content(file, members["files-toml-1.0.0"]).decode().split()
        return {name: _content(file, members[name]) for name in names}


def _content(file: tarfile.TarFile, name: str) -> bytes:
    member = file.extractfile(name)
    assert member is not None
    return member.read()


def read(content: bytes, name: str) -> Document | None:
    """Return a document that was checked, and each of whose values has a place; None where it is refused."""
    try:
        document = parse(content, name)
    except NotADocumentError as error:
        unreadable_file(name, error)
        return None
    check_document(document)
    for route in routes(document.data, ()):
        document.span(route)
    return document


def routes(value: Any, route: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yield the route of a value and of all values in it."""
    yield route
    if isinstance(value, (dict, list)):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from routes(member, (*route, key))


def test_toml(toml_suite: dict[str, bytes]) -> None:
    texts = {name: content for name, content in toml_suite.items() if name.endswith(".toml")}
    assert len(texts) > 600
    read_ = {name: document for name, content in texts.items() if (document := read(content, "x.toml"))}
    assert set(read_) == {name for name in texts if name.startswith("valid/")}
    for name, document in read_.items():
        assert tagged(document.data) == untyped(json.loads(toml_suite[name.replace(".toml", ".json")])), name


def tagged(value: Any) -> Any:
    """Return data as the suite writes it, without the types of times, whose spelling it leaves open."""
    if isinstance(value, dict):
        return {key: tagged(member) for key, member in value.items()}
    if isinstance(value, list):
        return list(map(tagged, value))
    if isinstance(value, bool):
        return {"type": "bool", "value": str(value).lower()}
    kind = {str: "string", int: "integer", float: "float"}.get(type(value), "time")
    return {"type": kind, "value": None if kind == "time" else f"{value}"}


def untyped(value: Any) -> Any:
    """Return the suite's own form of data with numbers as Python writes them, and without times."""
    if isinstance(value, list):
        return list(map(untyped, value))
    if set(value) != {"type", "value"} or not isinstance(value["type"], str):
        return {key: untyped(member) for key, member in value.items()}
    kind, text = value["type"], value["value"]
    if kind == "float":
        return {"type": kind, "value": f"{float(text)}"}
    if kind in {"string", "integer", "bool"}:
        return value
    return {"type": "time", "value": None}


def test_json(suites: dict[str, Any]) -> None:
    cases = {each["name"]: each["input"].encode("utf-8", "surrogatepass") for each in suites["json"]}
    assert len(cases) > 300
    accepted = {name for name, content in cases.items() if read(content, "x.json")}
    valid = {name for name in cases if name.startswith("y_")}
    assert valid - accepted == set(STRICTER_JSON)
    assert not {name for name in accepted if name.startswith("n_")}


def test_yaml(suites: dict[str, Any]) -> None:
    cases = {f"{test['id']}-{n}": case for test in suites["yaml"] for n, case in enumerate(test["cases"])}
    assert len(cases) > 400
    found = {name: read(case["yaml"].encode(), "x.yaml") for name, case in cases.items()}
    valid = {name for name, case in cases.items() if not case.get("fail")}
    accepted = {name for name, document in found.items() if document}
    assert valid - accepted == {name for names in STRICTER_YAML.values() for name in names}
    assert accepted - valid == set(LAXER_YAML)
    given = {name: wanted for name in valid & accepted if (wanted := _values(cases[name])) is not None}
    assert len(given) > 150
    other = {name for name, (wanted,) in given.items() if (document := found[name]) and document.data != wanted}
    assert other == set(OTHER_YAML_VALUES)


def _values(case: dict[str, Any]) -> list[Any] | None:
    """Return the value of a case in a list; None where the suite gives none, or JSON has no such value."""
    try:
        return [json.loads(case["json"])] if case.get("json") else None
    except ValueError:
        return None
