"""Split rules: data files, a table and parameter grids become pieces of work."""
