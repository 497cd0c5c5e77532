"""Python source: read as syntax trees, never imported, never run.

`resolve.resolve` finds the definition of a function reference; the other modules analyse a definition.
"""
