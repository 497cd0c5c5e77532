"""Partitions that failed, halved down to the record that still fails."""
