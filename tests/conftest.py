"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# How long an example takes says more of the machine than of the code.
# The same examples on every machine and in every run; `./dev fuzz` searches with new ones.
settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, database=None, max_examples=500, print_blob=True)
settings.load_profile("fixed")


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, also where the tests run in the background of a shell.

    Such a shell has SIGINT ignored, which programs inherit; one that is handled is back to its default in
    them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
