"""The health of a service in the text format of Prometheus, with the metrics of AGILAB's own exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_stage.service.gate import restart_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_stage.service.gate import Thresholds

_STATUSES = ("running", "idle", "degraded", "error", "stopped", "unknown")


def metrics(health: Mapping[str, Any], code: int, thresholds: Thresholds) -> str:
    """Return an `agi.service.health.v1` document, what the gate says of it and with which thresholds, as metrics."""
    return "\n".join(_lines(health, code, thresholds))


def _lines(health: Mapping[str, Any], code: int, thresholds: Thresholds) -> Iterator[str]:
    labels = f'app="{_label(health["app"])}",target="{_label(health["target"])}"'
    for name, text, value in _gauges(health, code, thresholds):
        yield from _head(name, text)
        yield f"{name}{{{labels}}} {value}"
    yield from _head("agilab_service_status", "Current service status one-hot metrics.")
    for status in _STATUSES:
        yield f'agilab_service_status{{{labels},state="{status}"}} {int(health["status"] == status)}'


def _head(name: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} gauge"


def _gauges(health: Mapping[str, Any], code: int, thresholds: Thresholds) -> Iterator[tuple[str, str, str]]:
    for kind in ("running", "unhealthy", "restarted"):
        name = f"workers_{kind}_count"
        yield f"agilab_service_{name}", f"Number of {kind} workers.", str(health[name])
    yield "agilab_service_restart_rate", "Restarted/running workers ratio.", f"{restart_rate(health):.6f}"
    yield "agilab_service_health_gate_pass", "1 when the gate passes, else 0.", str(int(code == 0))
    yield "agilab_service_health_gate_code", "Exit code of health gate evaluation.", str(code)
    idle, unhealthy, rate = thresholds
    yield "agilab_service_sla_allow_idle", "Health gate allow-idle threshold.", str(int(idle))
    yield "agilab_service_sla_max_unhealthy", "Health gate max-unhealthy threshold.", str(unhealthy)
    yield "agilab_service_sla_max_restart_rate", "Health gate max-restart-rate threshold.", f"{rate:.6f}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
