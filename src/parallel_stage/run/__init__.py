"""The runner: workers, tasks, parts, the ledger and the result."""
