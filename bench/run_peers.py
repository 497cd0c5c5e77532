"""What `bench/run.py` compares us with: the same calls of the same function on other pools, as a program each.

python run_peers.py PEER KIND WORKERS OUTPUT: in a directory with `work.py` and `grid.json` (KIND `items`), or with
`ranges.json` and `data.csv` (KIND `rows`).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def sequential(function: Callable[[Any], Any], arguments: Sequence[Any], _: int) -> list[Any]:
    """One call after the other, in this process."""
    return list(map(function, arguments))


def pool(function: Callable[[Any], Any], arguments: Sequence[Any], workers: int) -> list[Any]:
    """multiprocessing.Pool, which starts processes as we do."""
    from multiprocessing import get_context

    chunk = max(1, len(arguments) // (workers * 64))
    with get_context("spawn").Pool(workers) as processes:
        return processes.map(function, arguments, chunksize=chunk)


def joblib(function: Callable[[Any], Any], arguments: Sequence[Any], workers: int) -> list[Any]:
    """joblib.Parallel with its own processes and batches."""
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    found: list[Any] = Parallel(n_jobs=workers)(delayed(function)(each) for each in arguments)
    return found


def futures(function: Callable[[Any], Any], arguments: Sequence[Any], workers: int) -> list[Any]:
    """Dask's futures on a cluster of its own."""
    with _cluster(workers) as client:
        found: list[Any] = client.gather(client.map(function, arguments, pure=False))
        return found


def bag(function: Callable[[Any], Any], arguments: Sequence[Any], workers: int) -> list[Any]:
    """dask.bag on a cluster of its own."""
    import dask.bag

    with _cluster(workers):
        made = dask.bag.from_sequence(arguments, npartitions=min(len(arguments), 64 * workers))  # type: ignore[no-untyped-call]
        return list(made.map(function).compute())


def _cluster(workers: int) -> Any:
    from distributed import Client

    options = {"dashboard_address": None, "host": "127.0.0.1", "memory_limit": 0}
    return Client(n_workers=workers, threads_per_worker=1, **options)  # type: ignore[no-untyped-call]


PEERS: dict[str, Callable[[Callable[[Any], Any], Sequence[Any], int], list[Any]]] = {
    "sequential": sequential,
    "Pool": pool,
    "joblib": joblib,
    "Dask futures": futures,
    "dask.bag": bag,
}


def main() -> None:
    """Run one peer, and write what it returns as our reducers would."""
    peer, kind, workers, output = sys.argv[1:]
    sys.path.insert(0, ".")
    import work  # type: ignore[import-not-found]

    with open("grid.json" if kind == "items" else "ranges.json", encoding="utf-8") as file:
        arguments = json.load(file)
    function = work.item if kind == "items" else work.rows_of_range
    found = PEERS[peer](function, arguments, int(workers))
    with open(output, "wb") as result:
        if kind == "items":
            result.write(b"[\n" + b",\n".join(json.dumps(each).encode() for each in found) + b"\n]\n")
        else:
            result.writelines(found)


if __name__ == "__main__":
    main()
