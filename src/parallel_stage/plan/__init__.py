"""Planning: cut a contract's inputs into partitions; nothing runs."""
