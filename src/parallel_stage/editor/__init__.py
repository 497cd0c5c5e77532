"""The language server: what a check finds, what may be written and where things stand, told to an editor.

`server` wires the protocol; each other module answers one of its questions about a text, which may be half typed.
"""
