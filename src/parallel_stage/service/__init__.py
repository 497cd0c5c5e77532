"""Service mode: Dask's own scheduler and workers, which outlive the command that starts them."""
