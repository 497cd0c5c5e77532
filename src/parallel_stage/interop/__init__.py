"""Documents of AGILAB's own tools."""
