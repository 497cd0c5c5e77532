"""What a run tells: its statistics, its failures, its manifests, and observers while it goes on."""
