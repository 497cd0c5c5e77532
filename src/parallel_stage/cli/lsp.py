"""`parallel-stage lsp`: the language server that editors start."""

from __future__ import annotations

import click

from parallel_stage.errors import MissingExtraError


@click.command("lsp")
def command() -> None:
    """Serve an editor over standard input and output, by the Language Server Protocol."""
    try:
        from parallel_stage.editor.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise MissingExtraError("the language server needs pygls", "pip install 'parallel-stage[lsp]'") from None
    serve()
