"""What holds for every test."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# The same examples on every machine and in every run; `./dev fuzz` searches with new ones. How long an example
# takes says more of the machine than of the code.
settings.register_profile(
    "fixed",
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", settings.get_profile("fixed"), derandomize=False, max_examples=500)
settings.load_profile("fixed")

# Hypothesis also draws from the literals of all loaded modules: those of the tests that ran before.
providers._get_local_constants = lambda: providers._local_constants


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, also where the tests run in the background of a shell.

    Such a shell has SIGINT ignored, which programs inherit; one that is handled is back to its default in
    them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start Dask clusters, and programs that install this one: `./dev test-programs` has them.

    They are in groups already, each of which one process of pytest-xdist runs.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.programs)
