"""`parallel-stage lsp`: the language server that editors start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parallel_stage.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("lsp")
def command() -> None:
    """Serve an editor over standard input and output, by the Language Server Protocol."""
    serving()()


def serving() -> Callable[[], None]:
    """Load the server; return the function that serves. Raise MissingExtraError without its library."""
    try:
        from parallel_stage.editor.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise MissingExtraError("the language server needs pygls", "pip install 'parallel-stage[lsp]'") from None
    return serve
