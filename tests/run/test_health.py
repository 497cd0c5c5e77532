from __future__ import annotations

import platform
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.function import parse
from parallel_stage.errors import BackendLostError, ParallelStageError, PlanRefusedError
from parallel_stage.pysource.closure import code_of
from parallel_stage.run import health
from parallel_stage.run.backends.protocol import Workers
from parallel_stage.run.worker.elsewhere import probe
from parallel_stage.run.worker.execute import WorkerInfo

if TYPE_CHECKING:
    from run.conftest import MakeStage


def workers(answers: dict[str, Any]) -> Workers:
    """Workers that answer every question alike, and execute nothing."""
    return Workers(1, lambda: 1, submit=lambda *_: Future(), run_on_all=lambda *_: answers)


def check(make_stage: MakeStage, name: str, **changes: Any) -> None:
    stage = make_stage("import helper\ndef work(item): ...\n")
    Path(stage.root, "helper.py").write_text("")
    modules = code_of(parse(stage.contract.function), stage.search).modules
    assert set(modules) == {"work", "helper"}
    python = ".".join(platform.python_version_tuple()[:2])
    facts = WorkerInfo("node1", 7, python, modules, "", "", "", "")._replace(**changes)

    health.check(workers({name: facts}), stage, ())


def test_workers_that_agree_pass(make_stage: MakeStage) -> None:
    check(make_stage, "tcp://127.0.0.1:1")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"modules": {"work": "0" * 16}}, BackendLostError, "does not have helper, which the function needs"),
        ({"python": "2.7"}, BackendLostError, "runs Python 2.7, the runner Python 3."),
        ({"missing": "/data/a.csv"}, BackendLostError, "cannot see /data/a.csv"),
        ({"problem": "no module"}, PlanRefusedError, "tcp://127.0.0.1:1: no module"),
    ],
)
def test_workers_that_do_not(
    make_stage: MakeStage, changes: dict[str, str], error: type[ParallelStageError], message: str
) -> None:
    with pytest.raises(error) as caught:
        check(make_stage, "tcp://127.0.0.1:1", **changes)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            RuntimeError("Error during deserialization of the task graph. This …"),
            "the scheduler cannot load this package",
        ),
        (AttributeError("no probe"), "the worker tcp://127.0.0.1:1 cannot run this package: AttributeError: no probe"),
    ],
)
def test_who_lacks_the_package_is_named(make_stage: MakeStage, answer: Exception, message: str) -> None:
    with pytest.raises(BackendLostError, match=message) as caught:
        health.check(workers({"tcp://127.0.0.1:1": answer}), make_stage("def work(item): ...\n"), ())
    assert caught.value.hint.startswith("install the same parallel-stage")


def test_a_worker_with_another_helper_is_told_so(make_stage: MakeStage) -> None:
    stage = make_stage("import helper\ndef work(item): ...\n")
    Path(stage.root, "helper.py").write_text("")
    facts = probe(stage, ())
    for name, error in (("tcp://127.0.0.1:1", BackendLostError), ("pool", PlanRefusedError)):
        other = facts._replace(modules={**facts.modules, "helper": "0" * 16}, problem="caused by it")
        with pytest.raises(error) as caught:
            health.check(workers({name: other}), stage, ())
        assert "helper" in caught.value.message
        assert "work" not in caught.value.message.replace("worker", "")


def test_code_that_was_edited_since_the_plan(make_stage: MakeStage) -> None:
    stage = replace(make_stage("def work(item): ...\n"), source_digest="0" * 16)
    with pytest.raises(PlanRefusedError, match="code changed: 'work:work', or what it imports"):
        health.check(workers({"pool": probe(stage, ())}), stage, ())


def test_a_problem_comes_with_its_own_remedy_only(make_stage: MakeStage) -> None:
    with pytest.raises(PlanRefusedError) as caught:
        check(make_stage, "pool", problem="work.py does not define 'f'", hint="correct the name")
    assert (caught.value.message, caught.value.hint) == ("work.py does not define 'f'", "correct the name")


def test_a_worker_without_this_package(make_stage: MakeStage) -> None:
    stage = make_stage("def work(item): ...\n")
    answers = {"tcp://127.0.0.1:1": ModuleNotFoundError("No module named 'parallel_stage'")}
    with pytest.raises(BackendLostError, match="No module named 'parallel_stage'") as caught:
        health.check(workers(answers), stage, ())
    assert "install the same parallel-stage" in caught.value.hint
