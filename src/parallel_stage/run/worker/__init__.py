"""The worker: execute a task in a worker process."""
