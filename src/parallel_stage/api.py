"""The functions of the public API: check, load, plan, verify and run a stage.

They are exported by `parallel_stage`. A contract is named by the path of its file, or given as a `Contract`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.model import Contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.request import Observer, RunRequest
    from parallel_stage.run.runner import RunResult
    from parallel_stage.run.verify.verify import Verification

    StrPath = str | os.PathLike[str]


def check(path: StrPath, *, inputs: bool = False, root: StrPath | None = None) -> list[Diagnostic]:
    """Check one contract, as `parallel-stage check` does: configuration files and baselines hold.

    Args:
        path: A TOML, YAML or JSON file.
        inputs: Whether to check the contract's data too: input files, manifests, grids.
        root: The directory where relative paths start; by default the file's own.

    Returns:
        The findings, in the order of the text; a file that cannot be read is a finding too.

    Raises:
        UsageError: Where a configuration or a baseline cannot be read.
    """
    from parallel_stage.lint.config.lookup import Configurations
    from parallel_stage.lint.config.model import Overrides
    from parallel_stage.lint.engine.check_files import Job, check_files

    name = os.fspath(path)
    configurations = Configurations(
        Overrides(check_inputs=inputs or None, root="" if root is None else os.fspath(root))
    )
    found = check_files([Job(name, configurations.settings_for(name))]).diagnostics
    return [*configurations.unknown_rule_names(), *found]


def load(path: StrPath) -> Contract:
    """Read a contract in which a check finds no errors; its data is not checked.

    Args:
        path: A TOML, YAML or JSON file.

    Raises:
        InvalidContractError: Where there are errors; `problems` has them.
        UsageError: Where a configuration cannot be read.
    """
    from parallel_stage.lint.engine.valid_contract import valid_contract

    return valid_contract(os.fspath(path)).contract


def make_plan(contract: StrPath | Contract, *, root: StrPath | None = None, cores: int | None = None) -> Plan:
    """Plan a stage: which partitions there are, and why. Nothing is run.

    Args:
        contract: The contract, or its file.
        root: The directory where relative paths start; by default the file's own, or the current one without
            a file.
        cores: How many workers "auto" stands for; by default the cores that this process may use.

    Raises:
        InvalidContractError: Where the file has errors.
        NoInputError: Where the input matches nothing.
        PlanRefusedError: Where the inputs, or the contract's combination of fields, cannot be planned.
        InputChangedError: Where a file changes while it is read.
        MissingExtraError: Where a package is needed that is not installed.
    """
    from parallel_stage.plan import planner

    request = _request(contract, root)
    return planner.make_plan(request.contract, request.directory, cores=cores, search=request.search)


def run_stage(  # noqa: PLR0913 -- options with defaults, by keyword only
    contract: StrPath | Contract,
    *,
    backend: str | None = None,
    workers: int | str | None = None,
    output: StrPath | None = None,
    root: StrPath | None = None,
    partition: int | None = None,
    scheduler: StrPath = "",
    tls_ca: StrPath = "",
    tls_cert: StrPath = "",
    tls_key: StrPath = "",
    worker_root: str = "",
    service: str = "",
    resume: bool = False,
    keep_parts: int | None = 3,
    retries: int = 0,
    max_failures: int | str = 0,
    fail_fast: bool = False,
    bisect: bool = False,
    timeout: float | None = None,
    observer: Observer | None = None,
) -> RunResult:
    """Run a stage: its function once per partition, then its reducer.

    Args:
        contract: The contract, or its file.
        backend: In place of the contract's: "local", "pool" or "dask".
        workers: In place of the contract's: a number, or "auto".
        output: In place of the contract's; a relative path starts at the current directory.
        root: The directory where relative paths start; by default the file's own, or the current one without
            a file.
        partition: The index of the only partition to run, in this process; by default the whole plan runs.
        scheduler: The address of a running Dask scheduler, or the file that it has written with
            `--scheduler-file`, for the backend "dask".
        tls_ca: The PEM file of the authority that has signed the certificate of a `tls://` scheduler; by default, as
            the next two, that of Dask's own settings.
        tls_cert: The PEM file of a certificate for that scheduler.
        tls_key: The PEM file of its key.
        worker_root: Where the workers of that scheduler see the directory where relative paths start; by default at
            the same path.
        service: The name of a service, which `parallel-stage service start` has started in the current directory, or in
            the one where relative paths start; the run is on it, whatever the contract's backend.
        resume: Whether to go on with the last run: only what it has not done is run. Without one, all of it is.
        keep_parts: How many of the newest runs that succeeded keep what their partitions returned; None for all.
        retries: How many times a partition is tried again whose function raises.
        max_failures: How many partitions may fail and be left out of the result: a number, or a percentage
            such as "5%".
        fail_fast: Whether the run stops as soon as more have failed than that.
        bisect: Whether partitions that failed are halved at the end, down to the record that fails alone; the
            backend "local" has a worker process then.
        timeout: The seconds that one partition may take; its worker is ended then, and it fails. With a limit, the
            backend "local" has a worker process, too.
        observer: What is called while the run goes on.

    Returns:
        The run, when the result is in its place: every partition has succeeded, or no more have failed than
        `max_failures`; the manifest's status is then `partial`, and its `causes` say why they failed.

    Raises:
        InvalidContractError: Where the file has errors.
        UsageError: For an argument that makes no sense.
        NoInputError, PlanRefusedError, MissingExtraError: Nothing was started.
        PartitionsFailedError, InputChangedError, ReducerFailedError, BackendLostError: The old result stands;
            the run directory has the evidence.
        Interrupted: The same, by Ctrl-C, SIGTERM or SIGHUP, where the program does not handle these itself.
    """
    from parallel_stage.run.failure_policy import FailurePolicy
    from parallel_stage.run.request import Observer
    from parallel_stage.run.runner import run
    from parallel_stage.run.scheduler import Tls

    given = {"backend": backend, "workers": workers, "output": os.path.abspath(output) if output else output}
    policy = FailurePolicy(retries, max_failures, fail_fast, bisect)
    overrides = {name: value for name, value in given.items() if value is not None}
    tls = Tls(*(os.fspath(file) for file in (tls_ca, tls_cert, tls_key)))
    cluster = {"scheduler": os.fspath(scheduler), "tls": tls, "worker_root": worker_root}
    settings = {"partition": partition, "resume": resume, "keep_parts": keep_parts, **cluster}
    request = _request(contract, root, overrides=overrides, policy=policy, timeout=timeout, **settings)
    _refuse_impossible(request)
    if service:
        from parallel_stage.service.use import on_service

        return run(*on_service(request, service, observer or Observer()))
    return run(request, observer)


def verify(
    contract: StrPath | Contract,
    *,
    root: StrPath | None = None,
    sample: int = 256,
    rtol: float = 0.0,
    backends: Sequence[str] = (),
    timeout: float | None = None,
) -> Verification:
    """Run a stage's function and reducer on a sample, under several cuts, and compare the results.

    They run in processes of their own. The contract's output is not written.

    Args:
        contract: The contract, or its file.
        root: The directory where relative paths start; by default the file's own, or the current one without
            a file.
        sample: The most records to run on.
        rtol: The relative difference up to which numbers are equal.
        backends: Backends that are compared with "local", too: "pool", "dask".
        timeout: The seconds that one partition may take; it fails then.

    Raises:
        InvalidContractError: Where the file has errors.
        UsageError: For an argument that makes no sense.
        PartitionsFailedError: Where the function fails on the sample.
        NoInputError, PlanRefusedError, MissingExtraError, InputChangedError, ReducerFailedError, BackendLostError:
            As for a run.
        Interrupted: By Ctrl-C, SIGTERM or SIGHUP, where the program does not handle these itself.
    """
    from parallel_stage.contract.schema import choices
    from parallel_stage.errors import UsageError
    from parallel_stage.run.verify.verify import verify as on_sample

    unknown = [name for name in backends if name not in choices("backend")]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no backend", f"write some of {', '.join(choices('backend'))}")
    if sample < 2 or rtol < 0:  # noqa: PLR2004 - as on the command line
        raise UsageError(
            f"sample is {sample} and rtol {rtol}", "a sample has at least 2 records, and rtol is not negative"
        )
    request = _request(contract, root, timeout=timeout, isolated=True)
    return on_sample(request, sample=sample, rtol=rtol, backends=backends)


def _request(contract: StrPath | Contract, root: StrPath | None, **settings: Any) -> RunRequest:
    import tomli_w

    from parallel_stage.lint.engine.valid_contract import valid_contract
    from parallel_stage.run.request import RunRequest

    where = "" if root is None else os.fspath(root)
    if isinstance(contract, Contract):
        return RunRequest(contract=contract, text=tomli_w.dumps(contract.to_dict()), root=where, **settings)
    path = os.fspath(contract)
    found, document, search_roots = valid_contract(path, where)
    return RunRequest(contract=found, text=document.text, path=path, root=where, search_roots=search_roots, **settings)


def _refuse_impossible(request: RunRequest) -> None:
    """Raise UsageError for an override that the schema does not allow."""
    from parallel_stage.contract.validation import violations
    from parallel_stage.errors import UsageError

    problems = violations({**request.contract.to_dict(), **request.overrides})
    if problems:
        raise UsageError("\n".join(problem.message for problem in problems))
