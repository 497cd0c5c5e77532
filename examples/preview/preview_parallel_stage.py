"""AGILAB's preview of a parallel stage: what three files on eight cores come to, cut and uncut.

It reads a contract, prints the preview document, and writes it where AGILAB's own script does. Nothing is run.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from parallel_stage import load
from parallel_stage.interop.agilab_preview import preview, text

HERE = Path(__file__).resolve().parent
OUTPUT = Path.home() / "log/execute/parallel_stage/parallel_stage_preview.json"


def main() -> None:
    """Print the preview, as JSON or as text, and write its JSON into a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contract", type=Path, default=HERE / "parallel_stage.toml")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--no-output", action="store_true", help="Write no file.")
    parser.add_argument("--text", action="store_true", help="Print the figures alone.")
    parser.add_argument("--available-cores", type=int, default=8)
    parser.add_argument("--file-count", type=int, default=3)
    given = parser.parse_args()
    counts = {"file_count": given.file_count, "cores": given.available_cores}
    document = preview(load(given.contract), contract_path=str(given.contract), issues=(), **counts)
    written = json.dumps(document, indent=2, sort_keys=True) + "\n"
    if not given.no_output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(written, encoding="utf-8")
    print(text(document) if given.text else written, end="")


if __name__ == "__main__":
    main()
