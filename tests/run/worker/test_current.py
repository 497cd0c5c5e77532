from __future__ import annotations

import pytest

from parallel_stage import current_partition
from parallel_stage.errors import UsageError
from parallel_stage.plan.partition import ByteRange, Partition
from parallel_stage.run.worker.current import executing


def test_outside_a_partition_there_is_none() -> None:
    with pytest.raises(UsageError, match="no partition is being executed"):
        current_partition()


def test_what_it_tells() -> None:
    partition = Partition(3, "00000001ffffffff", ByteRange("data/a.csv", 10, 20, 4), 10)
    with executing(partition, attempt=2):
        current = current_partition()
    assert (current.index, current.id, current.input_path) == (3, "00000001ffffffff", "data/a.csv")
    assert (current.start, current.stop, current.attempt) == (10, 20, 2)
    assert current.seed == 0xFFFFFFFF
    with pytest.raises(UsageError):
        current_partition()
