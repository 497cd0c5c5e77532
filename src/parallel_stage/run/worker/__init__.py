"""The worker's side: what a backend calls in a worker process to execute a task."""
