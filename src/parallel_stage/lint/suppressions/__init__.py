"""Suppressing findings: by comments in a contract, and by a baseline of old findings."""

MARK = "parallel-stage:"
"""The start of a comment for the linter."""
