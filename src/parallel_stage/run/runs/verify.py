"""Compare what a run has left with what it says of it: parts, result, and the files of its manifests."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.interop import agilab_manifest
from parallel_stage.run.resume.history import read_history
from parallel_stage.run.runs.info import describe, of_manifest, receipts_of_plan
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.digest import measure
from parallel_stage.run.storage.last import runs_in
from parallel_stage.run.storage.ledger import ReceiptReader
from parallel_stage.run.storage.part import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.run.runs.info import RunInfo
    from parallel_stage.run.task import Receipt


class Verified(NamedTuple):
    """What was compared.

    Attributes:
        info: The run.
        outputs: The number of partitions whose output is in its part, as the receipt says.
        files: The number of files that are as the manifests say.
        differences: What is not, as sentences.
        notes: What could not be compared, and why, as sentences.
    """

    info: RunInfo
    outputs: int
    files: int
    differences: list[str]
    notes: list[str]


class _Verification:
    def __init__(self, run: Path) -> None:
        self.run = run
        self.info = describe(run)
        self.outputs = 0
        self.files = 0
        self.differences: list[str] = []
        self.notes: list[str] = []


def verify(run: Path) -> Verified:
    """Read all that a run has left, and compare sizes and digests; nothing is changed."""
    found = _Verification(run)
    if found.info.status == "running":
        found.notes.append("the run is at work: only what it has done so far is compared")
    _verify_parts(found)
    _verify_files(found)
    return Verified(found.info, found.outputs, found.files, found.differences, found.notes)


def _verify_parts(found: _Verification) -> None:
    path = found.run / layout.LEDGER
    if not (found.run / layout.PARTS).is_dir():
        found.notes.append("the parts were removed, as those of older runs are (--keep-parts)")
        return
    if not path.is_file():
        return
    with path.open("rb") as file, closing(Parts(found.run)) as parts:
        ledger = ReceiptReader(file)
        for index, places in receipts_of_plan(found.run, read_history(path)):
            first = None
            for receipt in filter(None, map(ledger.receipt, places)):
                if parts.has(receipt):  # what is left may be that of another partition with this id
                    found.outputs += 1
                    break
                first = first or receipt
            else:
                _report_missing(found, index, first)


def _report_missing(found: _Verification, index: int, first: Receipt | None) -> None:
    """Report a partition without an output, of which there may be a receipt."""
    if first:
        where = f"{found.run / first.part}, from byte {first.offset} on"
        found.differences.append(f"partition {index}: {where}, is not what it returned")
    elif found.info.status == "done" and found.info.partition is None:
        found.differences.append(f"partition {index}: the ledger has no receipt of it, and the run is done")


def _verify_files(found: _Verification) -> None:
    manifest, later = found.info.manifest, _written_again(found)
    if manifest is None:
        found.notes.append(f"the run is {found.info.status}: it has no manifests and no result")
        return
    for said in _artifacts(found):
        if said["name"] == "result" and later:
            found.notes.append(f"{said['path']} was written again by the run {later}, and is not compared")
        else:
            _compare(found, said)
    result = manifest["result"]
    if result and not later and Path(result["path"]).exists():
        size, digest = measure(Path(result["path"]))
        if (size, digest) != (result["bytes"], result["digest"]):
            expected = f"{result['bytes']} bytes, SHA-256 {result['digest']}"
            found.differences.append(f"{result['path']}: the result has {size} bytes, SHA-256 {digest}, not {expected}")


def _artifacts(found: _Verification) -> list[dict[str, Any]]:
    path = found.run / layout.RUN_MANIFEST
    with suppress(OSError, ValueError, LookupError, TypeError):
        artifacts: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["artifacts"]
        return artifacts
    found.differences.append(f"{path}: it is not there, or no manifest")
    return []


def _compare(found: _Verification, said: dict[str, Any]) -> None:
    now = agilab_manifest.artifact(said["name"], Path(said["path"]), measure)
    names = [name for name in ("exists", "kind", "size_bytes", "sha256") if now.get(name) != said.get(name)]
    if not names:
        found.files += 1
    elif not now["exists"]:
        found.differences.append(f"{said['path']}: it is not there")
    else:
        first = names[0]
        found.differences.append(f"{said['path']}: {first} is {now.get(first)}, the manifest says {said.get(first)}")


def _written_again(found: _Verification) -> str:
    """Return the run of this stage that has written the same result since; empty where there is none."""
    manifest = found.info.manifest
    if not manifest or not manifest["result"]:
        return ""
    for run in runs_in(found.run.parent):
        other = of_manifest(run)
        if other and other.manifest and _is_later(other.manifest, manifest):
            return run.name
    return ""


def _is_later(other: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    is_same = other["result"] and other["result"]["path"] == manifest["result"]["path"]
    return bool(is_same) and other["timing"]["finished_at"] > manifest["timing"]["finished_at"]
