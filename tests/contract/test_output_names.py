from __future__ import annotations

import pytest

from parallel_stage.contract import output_names, schema


def test_every_reducer_has_its_suffixes() -> None:
    assert set(output_names.SUFFIXES) == set(schema.choices("reducer"))
    for reducer, suffixes in output_names.SUFFIXES.items():
        assert output_names.suffix(reducer) == (suffixes[0] if suffixes else "")
        assert all(suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize(
    ("output", "names_it"),
    [
        ("stage.toml", True),
        ("./stage.toml", True),
        ("../stages/stage.toml", True),
        ("/project/stages/stage.toml", True),
        ("stages/stage.toml", True),  # as it was written from the project's directory
        ("project/stages/stage.toml", True),
        ("other/stage.toml", False),
        ("tages/stage.toml", False),
        ("results/stage.jsonl", False),
        ("/elsewhere/stage.toml", False),
        (".", False),
    ],
)
def test_an_output_that_names_the_contract(output: str, *, names_it: bool) -> None:
    assert output_names.names_contract(output, "/project/stages/stage.toml", "/project/stages") is names_it
