"""Do it: workers, tasks, parts, the ledger and the result."""
