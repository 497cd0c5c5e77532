"""Reading a contract that is about to be planned or run: only one without errors passes."""

from __future__ import annotations

from typing import NamedTuple

from parallel_stage.contract.document import Document, read
from parallel_stage.contract.model import Contract
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import Overrides
from parallel_stage.lint.diagnostic import InvalidContractError, Severity
from parallel_stage.lint.engine.check_document import check_document, unreadable_file


class ValidContract(NamedTuple):
    """A contract that may be planned and run, its document, and its extra search roots."""

    contract: Contract
    document: Document
    search_roots: tuple[str, ...]


def valid_contract(path: str, root: str = "") -> ValidContract:
    """Read a contract and check it with the rules as its configuration has them.

    Data is not checked, and warnings stop nothing, whatever a configuration says: a plan has the last word on
        data.

    Raises:
        InvalidContractError: Where the check finds errors.
        UsageError: Where a configuration cannot be read.
    """
    settings = Configurations(Overrides(root=root)).settings_for(path)._replace(strict=False, check_inputs=False)
    try:
        document = read(path)
    except NotADocumentError as error:
        raise InvalidContractError(path, (unreadable_file(path, error),)) from None
    found = check_document(document, settings)
    errors = tuple(each for each in found if each.severity is Severity.ERROR)
    if errors:
        raise InvalidContractError(path, errors)
    return ValidContract(Contract.from_valid(document.data), document, settings.search_roots)
