"""yaml-language-server, which is in VS Code's YAML extension, and in Zed, Helix, Neovim and Emacs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from editors.documents import YAML_
from editors.suite import Editor, EditorSuite, Known, at, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OFFLINE = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}}


@pytest.fixture(scope="module")
def editor(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    program = node_modules / "yaml-language-server/bin/yaml-language-server"
    with opened(["node", str(program), "--stdio"], tmp_path_factory.mktemp("project"), YAML_, OFFLINE) as running:
        yield running


class TestYaml(EditorSuite):
    known: ClassVar[dict[str, Known]] = {
        "blank to ECMAScript": Known(
            "to ECMAScript U+FEFF is blank, to Python it is not", at("Write text that is not blank.", "name")
        ),
        "two units of UTF-16": Known(
            "it counts units of UTF-16",
            at("String is longer than the maximum length of 1.", "input_format", "delimiter"),
        ),
    }
