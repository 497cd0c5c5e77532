"""What a contract's function is, as far as its source tells: read as syntax trees, never imported, never run.

`resolve.resolve` goes from a reference to its definition; the other modules ask a definition about itself.
"""
