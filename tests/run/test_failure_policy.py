from __future__ import annotations

import pytest

from parallel_stage.errors import UsageError
from parallel_stage.run.failure_policy import FailurePolicy


@pytest.mark.parametrize(
    ("text", "planned", "limit"),
    [
        *[(0, 10, 0), ("0", 10, 0), (3, 10, 3), ("12", 10, 12)],
        *[("5%", 100, 5), ("5%", 99, 4), ("0.5 %", 1000, 5), (".5%", 1000, 5), ("100%", 7, 7), ("0%", 7, 0)],
    ],
)
def test_limits(text: str | int, planned: int, limit: int) -> None:
    assert FailurePolicy(max_failures=text).limit(planned) == limit


@pytest.mark.parametrize("text", ["", "-1", -1, "101%", "five", "5%%", "1.5", "٣"])
def test_what_is_no_limit(text: str | int) -> None:
    with pytest.raises(UsageError, match="max-failures is") as caught:
        FailurePolicy(max_failures=text)
    assert "a percentage of them such as 5%" in caught.value.hint


def test_retries_are_not_negative() -> None:
    with pytest.raises(UsageError, match="-1"):
        FailurePolicy(retries=-1)
