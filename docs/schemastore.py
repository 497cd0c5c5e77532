"""Put the contract's schema and its tests into a checkout of SchemaStore, and print its list entries.

python docs/schemastore.py CHECKOUT

What is accepted and rejected stands in `docs/schemastore/`, the schema is the one that ships.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from editor_texts import MADE

from parallel_stage.cli.editor_settings import names
from parallel_stage.contract import schema

NAME = "parallel-stage"
ADDRESS = f"https://www.schemastore.org/{NAME}.json"
TESTS = Path(__file__).resolve().parent / "schemastore"
CATALOGUE, VALIDATION = "src/api/json/catalog.json", "src/schema-validation.jsonc"
KNOWN_THERE = {"markdownDescription", "markdownEnumDescriptions", "x-taplo", "x-tombi-table-keys-order"}
KNOWN_THERE |= {"x-tombi-toml-version"}
"""Which keywords of editors SchemaStore's check allows in every schema."""


def files() -> dict[str, str]:
    """The files of the submission, by their path in the checkout."""
    made = {f"src/schemas/json/{NAME}.json": json.dumps({**schema.schema(), "$id": ADDRESS}, indent=2) + "\n"}
    for test in sorted(TESTS.glob("*/*.toml")):
        # An editor finds the schema by this line, and SchemaStore's check asks for it.
        directive = f"#:schema ../../schemas/json/{NAME}.json\n\n"
        made[f"src/{test.parent.name}/{NAME}/{test.name}"] = directive + test.read_text(encoding="utf-8")
    return made


def catalogue_entry() -> dict[str, Any]:
    """What the catalogue says of the schema: editors find it by the names of files."""
    contract = schema.schema()
    file_match = [name for format_ in ("toml", "yaml", "json") for name in names(format_)]
    first_sentence = contract["description"].partition(". ")[0]
    return {"name": contract["title"], "description": first_sentence, "fileMatch": file_match, "url": ADDRESS}


def validation_entry() -> dict[str, Any]:
    """Settings of SchemaStore's Ajv: strict mode forbids two types, and it does not know all keywords."""
    unknown = ["x-synonyms", *(keyword for keyword in MADE if keyword not in KNOWN_THERE)]
    return {"ajvNotStrictMode": [f"{NAME}.json"], "options": {f"{NAME}.json": {"unknownKeywords": unknown}}}


def main(arguments: list[str]) -> int:
    """Write the files into the checkout that is the only argument; returns the exit code."""
    root = Path(*arguments)
    if len(arguments) != 1 or not (root / CATALOGUE).is_file():
        print(f"name a checkout of SchemaStore, which has {CATALOGUE}: python docs/schemastore.py CHECKOUT")
        return 2
    for name, text in files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"written: {path}")
    for name, entry in ((CATALOGUE, catalogue_entry()), (VALIDATION, validation_entry())):
        print(f"add to {root / name}:\n{json.dumps(entry, indent=2)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
