"""Which partitions: a contract and its inputs, cut, with nothing run."""
