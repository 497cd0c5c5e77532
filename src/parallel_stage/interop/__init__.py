"""What AGILAB's own tools read and write."""
