"""The engine: check one document or many files, and apply fixes."""
