"""Evidence of a run: statistics, failures, manifests, and observers while it goes on."""
