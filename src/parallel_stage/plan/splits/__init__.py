"""The splits of a contract: how data files, one table and parameter grids become pieces of work."""
