"""The number of files that a process may have open: enough for a run, or it is refused before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.policy import available_cores

if TYPE_CHECKING:
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import RunRequest

_NEEDED = {"local": (32, 0), "pool": (32, 4), "dask": (48, 16)}
"""For each backend, the number of a run, and of each worker more: some half more than were counted, for libraries."""


def check_open_files(request: RunRequest, plan: Plan) -> None:
    """Raise the process's limit where it is too low for a run.

    Raises:
        PlanRefusedError: Where it may not be raised.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    base, each = _NEEDED[request.effective.backend]
    wanted = request.overrides.get("workers", plan.effective_workers)
    workers = min(available_cores() if wanted == "auto" else int(wanted), plan.count)
    needed = base + (0 if request.scheduler else each * workers)
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return
    if highest != resource.RLIM_INFINITY and highest < needed:
        message = f"a run on {request.effective.backend} needs some {needed} open files, and the limit is {highest}"
        raise PlanRefusedError(message, f"raise it with `ulimit -n {needed}`, or run with fewer workers")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, highest))
