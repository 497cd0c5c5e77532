"""The processes of a run: they end with it, and a signal to one reaches the run."""
