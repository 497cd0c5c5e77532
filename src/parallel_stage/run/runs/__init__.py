"""Runs that are there: find, describe, verify and remove them."""
