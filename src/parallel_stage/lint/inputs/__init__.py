"""A contract's inputs, inspected for rules; loaded only with `--inputs`."""
