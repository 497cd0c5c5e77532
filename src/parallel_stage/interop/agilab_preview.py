"""The preview document of a parallel stage, as AGILAB's planning example writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_stage.plan import policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_stage.contract.model import Contract

SCHEMA = "agilab.example.parallel_stage.preview.v1"

_CONTRACT_FIELDS = (
    "name",
    "function",
    "split",
    "workers",
    "partition_strategy",
    "target_partitions",
    "min_partitions_per_worker",
    "reducer",
    "backend",
)
_SEQUENCE = (
    "run one partition on the local backend",
    "check what it returns and writes",
    "check the reducer's result",
    "only then change the backend to pool or dask",
)


def preview(
    contract: Contract, *, contract_path: str, issues: Sequence[str], file_count: int, cores: int
) -> dict[str, Any]:
    """Return the preview document, ready for JSON.

    Args:
        contract: The contract.
        contract_path: Its file.
        issues: The messages of the errors that a check finds.
        file_count: How many input files to plan for.
        cores: The cores to plan for; `workers = "auto"` stands for that many.
    """
    workers = cores if isinstance(contract.workers, str) else contract.workers
    return {
        "schema": SCHEMA,
        "example": "parallel_stage",
        "goal": "Parallelize partitions, not raw file count.",
        "contract_path": contract_path,
        "contract_valid": not issues,
        "contract_issues": list(issues),
        "contract": {name: getattr(contract, name) for name in _CONTRACT_FIELDS},
        "low_file_count_policy": {
            "file_count": file_count,
            "available_cores": cores,
            "requested_workers": workers,
            "splittable_large_files": {
                **_figures(contract, file_count, workers, splittable=True),
                "rule": "split files into chunks until target_partitions is reached",
            },
            "unsplittable_small_files": {
                **_figures(contract, file_count, workers, splittable=False),
                "rule": "cap useful workers to file_count",
            },
        },
        "recommended_sequence": list(_SEQUENCE),
    }


def text(document: Mapping[str, Any]) -> str:
    """Return the figures of a preview document as AGILAB's page shows them."""
    found = document["low_file_count_policy"]
    lines = [f"input_files: {found['file_count']}", f"available_cores: {found['available_cores']}"]
    for case in ("splittable_large_files", "unsplittable_small_files"):
        figures = (f"  {name}: {found[case][name]}" for name in ("effective_workers", "planned_partitions"))
        lines += [f"{case}:", *figures]
    return "\n".join(lines) + "\n"


def _figures(contract: Contract, file_count: int, workers: int, *, splittable: bool) -> dict[str, int]:
    return {
        "effective_workers": policy.effective_workers(file_count, workers, splittable),
        "planned_partitions": policy.partition_count(
            contract.partition_strategy,
            file_count,
            workers,
            splittable,
            contract.target_partitions,
            contract.min_partitions_per_worker,
        ),
    }
