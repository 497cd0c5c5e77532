"""Check, plan and run the flights example from Python: python examples/api.py."""

from __future__ import annotations

import sys
from pathlib import Path

from parallel_stage import InvalidContractError, Observer, PartitionsFailedError, Severity, check, make_plan, run_stage

STAGE = Path(__file__).parent / "flights" / "delays.parallel_stage.toml"


class Progress(Observer):
    """Prints how far the run is."""

    def advanced(self, done: int, failed: int) -> None:
        """Overwrite the line before."""
        print(f"\r{done} done, {failed} failed", end="", flush=True)


def main() -> int:
    """Run the stage on two worker processes; the exit code is that of the command."""
    errors = [found for found in check(STAGE, inputs=True) if found.severity is Severity.ERROR]
    for found in errors:
        print(f"{found.path}:{found.start.line}: {found.message}")
    if errors:
        return 1
    plan = make_plan(STAGE)
    print(f"{plan.count} partitions: {plan.reason}")
    try:
        run = run_stage(STAGE, backend="pool", workers=2, observer=Progress())
    except (InvalidContractError, PartitionsFailedError) as error:
        print(error.message)
        return error.exit_code
    print(f"\n{run.result}: {run.manifest['result']['bytes']} bytes")
    return 0


if __name__ == "__main__":  # worker processes import this script again
    sys.exit(main())
