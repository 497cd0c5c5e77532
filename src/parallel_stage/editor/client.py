"""What the editor at the other end can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsprotocol.types import ClientCapabilities


def inserts_in_words(client: ClientCapabilities) -> bool:
    """Whether people choose between writing before the rest of a word and in its place."""
    document = client.text_document
    item = document.completion.completion_item if document and document.completion else None
    return bool(item and item.insert_replace_support)


def pulls_diagnostics(client: ClientCapabilities) -> bool:
    """Whether it requests diagnostics, and requests them again where the server says so; else they are published.

    One that only requests them, as Neovim 0.11, would show old ones after a module was saved.
    """
    again = client.workspace.diagnostics if client.workspace else None
    return bool(client.text_document and client.text_document.diagnostic and again and again.refresh_support)


def refreshes_lenses(client: ClientCapabilities) -> bool:
    """Whether it requests lenses again where the server says so."""
    return bool(client.workspace and client.workspace.code_lens and client.workspace.code_lens.refresh_support)


def watches_files(client: ClientCapabilities) -> bool:
    """Whether it can be asked to tell of changed files."""
    watched = client.workspace.did_change_watched_files if client.workspace else None
    return bool(watched and watched.dynamic_registration)


def runs_in_terminal(options: Any) -> bool:
    """Whether it has said with its options that it has the command `parallel-stage.runInTerminal`."""
    return isinstance(options, dict) and options.get("runInTerminal") is True
