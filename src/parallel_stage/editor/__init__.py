"""The language server: diagnostics, fixes, completion, hover, definitions, outline and preview for editors.

`server` wires the protocol; each other module answers one kind of request about a text, which may be half
typed.
"""
