"""Time commands as whole processes, in turn, so that a slow moment of the machine hits all of them."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WARM_UP_ROUNDS = 1


@dataclass(frozen=True)
class Sample:
    """One process: seconds by the clock, seconds of processor time with its children, peak MiB, exit code."""

    wall: float
    cpu: float
    peak: float
    code: int


def run(command: list[str], directory: Path) -> Sample:
    """Run a command to its end, its output thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def measure(lines: dict[str, list[str]], directory: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Run the commands in turn; returns each one's median milliseconds and MiB."""
    samples: dict[str, list[Sample]] = {name: [] for name in lines}
    for number in range(WARM_UP_ROUNDS + rounds):
        for name, command in lines.items():
            sample = run(command, directory)
            if number >= WARM_UP_ROUNDS:
                samples[name].append(sample)
    return {
        name: {
            "wall_ms": 1000 * median(s.wall for s in taken),
            "cpu_ms": 1000 * median(s.cpu for s in taken),
            "peak_mib": median(s.peak for s in taken),
        }
        for name, taken in samples.items()
    }


def table(title: str, medians: dict[str, dict[str, float]], references: list[str]) -> str:
    """Return the medians as text, with ratios to those of the references that ran."""
    references = [name for name in references if name in medians]
    heads = "".join(f"{'/ ' + name:>20}" for name in references)
    lines = [title, f"{'':20}{'wall ms':>10}{'cpu ms':>10}{'peak MiB':>10}{heads}"]
    for name, times in sorted(medians.items(), key=lambda item: item[1]["wall_ms"]):
        ratios = "".join(f"{times['wall_ms'] / medians[reference]['wall_ms']:20.2f}" for reference in references)
        lines.append(f"{name:20}{times['wall_ms']:10.1f}{times['cpu_ms']:10.1f}{times['peak_mib']:10.0f}{ratios}")
    return "\n".join(lines)
