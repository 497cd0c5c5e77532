"""The run directory: its names, the ledger, and the parts that tasks write."""
