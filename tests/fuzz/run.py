"""Looks for a file that breaks a property of `properties`, guided by coverage; started by hand.

pip install --no-binary tomli --force-reinstall atheris tomli   (what is compiled gives no guidance)
python tests/fuzz/run.py PROPERTY FORMAT [--seconds N] [--work DIRECTORY]

What breaks a property is made smaller and stays in `corpus/`, which the tests replay.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import pkgutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris  # type: ignore[import-untyped, unused-ignore] # installed by whoever fuzzes

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).resolve().parents[1]
CORPUS = TESTS / "fuzz" / "corpus"
LARGEST = 4096
"""The largest input that is tried, in bytes."""

sys.path[:0] = [str(TESTS)]
with atheris.instrument_imports(include=["parallel_stage", "tomli", "ruamel", "json"]):
    from fuzz.properties import PROPERTIES
    from fuzz.words import WORDS
    from parallel_stage import contract, lint
    from parallel_stage.contract import formats

    for package in (contract, lint):  # which import much of themselves where it is used
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def main() -> None:
    """Try inputs until the time is over or one breaks the property."""
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="fuzz-"))
    work = Path(options.work or directory / "work").resolve()
    work.mkdir(parents=True, exist_ok=True)
    for seed in [*TESTS.glob(f"corpus/*/*.{options.format}"), *CORPUS.glob(f"*.{options.format}")]:
        (work / _name(seed.read_bytes())).write_bytes(seed.read_bytes())
    words = directory / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS))
    limits = [f"-max_total_time={options.seconds}", f"-max_len={LARGEST}", f"-dict={words}", "-timeout=20"]
    (directory / "empty").mkdir()
    os.chdir(directory / "empty")  # the rules look around
    atheris.Setup([sys.argv[0], *limits, str(work)], _target(options.property, options.format))
    atheris.Fuzz()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("property", choices=PROPERTIES)
    parser.add_argument("format", choices=sorted(set(formats.SUFFIXES.values())))
    parser.add_argument("--seconds", type=int, default=600, help="how long (600)")
    parser.add_argument("--work", help="where to keep interesting inputs from one time to the next")
    return parser.parse_args()


def _target(name: str, format_: str) -> Callable[[bytes], None]:
    holds, path = PROPERTIES[name], f"parallel_stage.{format_}"

    def failure(content: bytes) -> Exception | None:
        try:
            holds(content, path)
        except Exception as error:  # noqa: BLE001 -- this is what is looked for
            return error
        return None

    def target(content: bytes) -> None:
        found = failure(content)
        if found is None:
            return
        smaller = _smaller(content, lambda shorter: type(failure(shorter)) is type(found))
        kept = CORPUS / f"{name}_{_name(smaller)}.{format_}"
        kept.write_bytes(smaller)
        print(f"{kept} breaks {name}: {smaller!r}", file=sys.stderr)
        raise found

    return target


def _smaller(content: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """The content without the stretches that it does not take to fail."""
    size = len(content) // 2
    while size:
        for start in range(len(content) - size, -1, -size):
            shorter = content[:start] + content[start + size :]
            if fails(shorter):
                content = shorter
        size //= 2
    return content


def _escaped(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _name(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=4).hexdigest()


if __name__ == "__main__":
    main()
