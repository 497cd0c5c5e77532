"""Resume a run: what its directory has of the plan of now, and why the rest runs again."""
