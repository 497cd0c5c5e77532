"""Checking: one document, many files, and what fixes make of them."""
