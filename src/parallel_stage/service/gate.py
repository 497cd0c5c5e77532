"""AGILAB's gate: whether a service is healthy enough, with thresholds and exit codes as there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

UNHEALTHY, ERROR, IDLE, RESTARTS = 2, 3, 4, 5
FAILED = 1
"""The exit code where the health cannot be looked at."""


class Thresholds(NamedTuple):
    """What is healthy enough.

    Attributes:
        allow_idle: Whether a service that was never started is.
        max_unhealthy: How many workers may be unhealthy.
        max_restart_rate: How many restarted workers there may be for each that is running.
    """

    allow_idle: bool = False
    max_unhealthy: int = 0
    max_restart_rate: float = 0.25


class Verdict(NamedTuple):
    """What the gate says: an exit code, 0 for healthy, and the reason for another one."""

    code: int
    reason: str


def restart_rate(health: Mapping[str, Any]) -> float:
    """Return how many workers were restarted for each that is running; 0 where none is."""
    running = int(health["workers_running_count"])
    return int(health["workers_restarted_count"]) / running if running else 0.0


def judge(health: Mapping[str, Any], thresholds: Thresholds) -> Verdict:
    """Judge an `agi.service.health.v1` document; the first reason counts, in the order of AGILAB's own gate."""
    status, unhealthy, rate = health["status"], health["workers_unhealthy_count"], restart_rate(health)
    if unhealthy > thresholds.max_unhealthy:
        return Verdict(UNHEALTHY, f"unhealthy workers are {unhealthy}, and may be {thresholds.max_unhealthy}")
    if status in ("error", "degraded"):
        return Verdict(ERROR, f"the status is {status}")
    if status == "idle" and not thresholds.allow_idle:
        return Verdict(IDLE, "the status is idle (--allow-idle accepts it)")
    if rate > thresholds.max_restart_rate:
        return Verdict(RESTARTS, f"the restart rate is {rate:.3f}, and may be {thresholds.max_restart_rate:.3f}")
    return Verdict(0, "")
