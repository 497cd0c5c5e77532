"""The gate and the metrics are AGILAB's: its own figures, and its own text."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from parallel_stage.service.gate import Thresholds, judge
from parallel_stage.service.prometheus import metrics

GRID = Path(__file__).with_name("agilab_gate.json")
"""Documents and thresholds, and the exit codes that AGILAB's own gate (July 2026) gives all their combinations."""


def document(status: str = "running", running: int = 2, restarted: int = 0, unhealthy: int = 0) -> dict[str, Any]:
    counts = {"running": running, "restarted": restarted, "unhealthy": unhealthy}
    named = {f"workers_{kind}_count": count for kind, count in counts.items()}
    return {"app": "parallel_stage", "target": "warm", "status": status, **named}


VERDICTS: tuple[tuple[dict[str, Any], dict[str, Any], int], ...] = (
    ({}, {}, 0),
    ({"unhealthy": 1}, {}, 2),
    ({"unhealthy": 1, "status": "error"}, {}, 2),
    ({"unhealthy": 1}, {"max_unhealthy": 1}, 0),
    ({"unhealthy": 2}, {"max_unhealthy": 1}, 2),
    ({"status": "error"}, {}, 3),
    ({"status": "degraded"}, {}, 3),
    ({"status": "degraded", "restarted": 2}, {}, 3),
    ({"status": "idle", "running": 0}, {}, 4),
    ({"status": "idle", "running": 0}, {"allow_idle": True}, 0),
    ({"status": "error"}, {"allow_idle": True}, 3),
    ({"restarted": 1}, {}, 5),
    ({"restarted": 1, "running": 4}, {}, 0),
    ({"restarted": 1}, {"max_restart_rate": 0.5}, 0),
    ({"restarted": 2, "running": 0}, {}, 0),
)


@pytest.mark.parametrize(("fields", "thresholds", "code"), VERDICTS)
def test_a_verdict_is_that_of_agilab(fields: dict[str, Any], thresholds: dict[str, Any], code: int) -> None:
    verdict = judge(document(**fields), Thresholds(**thresholds))
    assert verdict.code == code
    assert bool(verdict.reason) == bool(code)


def test_every_verdict_of_a_grid_is_that_of_agilab() -> None:
    *axes, codes = json.loads(GRID.read_text(encoding="utf-8")).values()
    judged = ""
    for status, running, restarted, unhealthy, thresholds in product(*axes):
        judged += str(judge(document(status, running, restarted, unhealthy), Thresholds(*thresholds)).code)
    assert judged == "".join(codes)
    assert set(judged) == set("02345")


def test_the_metrics_are_those_of_agilab() -> None:
    found = metrics(document(restarted=1), 5, Thresholds())
    assert found == METRICS
    assert 'target="a\\"b\\\\c\\nd"' in metrics({**document(), "target": 'a"b\\c\nd'}, 0, Thresholds())


METRICS = """\
# HELP agilab_service_workers_running_count Number of running workers.
# TYPE agilab_service_workers_running_count gauge
agilab_service_workers_running_count{app="parallel_stage",target="warm"} 2
# HELP agilab_service_workers_unhealthy_count Number of unhealthy workers.
# TYPE agilab_service_workers_unhealthy_count gauge
agilab_service_workers_unhealthy_count{app="parallel_stage",target="warm"} 0
# HELP agilab_service_workers_restarted_count Number of restarted workers.
# TYPE agilab_service_workers_restarted_count gauge
agilab_service_workers_restarted_count{app="parallel_stage",target="warm"} 1
# HELP agilab_service_restart_rate Restarted/running workers ratio.
# TYPE agilab_service_restart_rate gauge
agilab_service_restart_rate{app="parallel_stage",target="warm"} 0.500000
# HELP agilab_service_health_gate_pass 1 when the gate passes, else 0.
# TYPE agilab_service_health_gate_pass gauge
agilab_service_health_gate_pass{app="parallel_stage",target="warm"} 0
# HELP agilab_service_health_gate_code Exit code of health gate evaluation.
# TYPE agilab_service_health_gate_code gauge
agilab_service_health_gate_code{app="parallel_stage",target="warm"} 5
# HELP agilab_service_sla_allow_idle Health gate allow-idle threshold.
# TYPE agilab_service_sla_allow_idle gauge
agilab_service_sla_allow_idle{app="parallel_stage",target="warm"} 0
# HELP agilab_service_sla_max_unhealthy Health gate max-unhealthy threshold.
# TYPE agilab_service_sla_max_unhealthy gauge
agilab_service_sla_max_unhealthy{app="parallel_stage",target="warm"} 0
# HELP agilab_service_sla_max_restart_rate Health gate max-restart-rate threshold.
# TYPE agilab_service_sla_max_restart_rate gauge
agilab_service_sla_max_restart_rate{app="parallel_stage",target="warm"} 0.250000
# HELP agilab_service_status Current service status one-hot metrics.
# TYPE agilab_service_status gauge
agilab_service_status{app="parallel_stage",target="warm",state="running"} 1
agilab_service_status{app="parallel_stage",target="warm",state="idle"} 0
agilab_service_status{app="parallel_stage",target="warm",state="degraded"} 0
agilab_service_status{app="parallel_stage",target="warm",state="error"} 0
agilab_service_status{app="parallel_stage",target="warm",state="stopped"} 0
agilab_service_status{app="parallel_stage",target="warm",state="unknown"} 0"""
