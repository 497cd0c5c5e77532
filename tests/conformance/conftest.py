"""What every runner must do: a stage in a directory, and the backends to run it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
import tomli_w

from dask_cluster import dask_cluster
from parallel_stage.contract.document import read
from parallel_stage.contract.model import Contract
from parallel_stage.run.request import RunRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FIELDS: dict[str, Any] = {
    "schema": "agilab.parallel_stage.v1",
    "name": "stage",
    "function": "work:work",
    "split": "files",
    "input": "data/*",
    "workers": 2,
    "partition_strategy": "one-file-per-partition",
    "target_partitions": 0,
    "min_partitions_per_worker": 2,
    "reducer": "collect-json",
    "backend": "local",
    "output": "out/result",
}


class MakeRequest(Protocol):
    """Writes a stage into a directory and makes the request to run it."""

    def __call__(
        self, code: str, files: Mapping[str, str | bytes], fields: Mapping[str, Any], **settings: Any
    ) -> RunRequest: ...


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Dask scheduler with two workers, which their nannies replace when they end."""
    with dask_cluster(tmp_path_factory.mktemp("cluster"), 2, ("--nanny",)) as cluster:
        yield cluster.address


BACKENDS = (
    "local",
    "pool",
    pytest.param("dask", marks=pytest.mark.xdist_group("dask")),
)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of a request that make it run on one of the backends, with two workers where it has any."""
    where: dict[str, Any] = {"overrides": {"backend": request.param, "workers": 2}}
    return where | ({"scheduler": request.getfixturevalue("scheduler")} if request.param == "dask" else {})


@pytest.fixture
def make_request(tmp_path: Path) -> MakeRequest:
    """A stage in the test's own directory."""

    def make(code: str, files: Mapping[str, str | bytes], fields: Mapping[str, Any], **settings: Any) -> RunRequest:
        contract = FIELDS | dict(fields)
        written = {"work.py": code, "parallel_stage.toml": tomli_w.dumps(contract), **files}
        for name, content in written.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        document = read(str(tmp_path / "parallel_stage.toml"))
        return RunRequest(
            contract=Contract.from_valid(document.data), text=document.text, path=document.path, **settings
        )

    return make
