"""Suppressing findings: by comments in a contract, and by a baseline of old findings."""

MARK = "parallel-stage:"
"""What a comment for the linter starts with."""
