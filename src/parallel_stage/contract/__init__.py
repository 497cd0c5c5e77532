"""What a contract is: read, checked against its schema, and given as an object that is valid by construction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_stage.contract.model import Contract


def load(path: str) -> Contract:
    """The contract in a TOML, YAML or JSON file.

    Raises:
        InvalidContractError: Where the file cannot be read or breaks the schema; its message has a line for each
            problem. Semantic rules are not asked here: see `parallel_stage.check`.
    """
    from parallel_stage.contract.document import read
    from parallel_stage.contract.model import Contract
    from parallel_stage.contract.problem import NotADocumentError
    from parallel_stage.contract.validation import violations
    from parallel_stage.errors import InvalidContractError

    try:
        document = read(path)
        problems = violations(document.data)
    except NotADocumentError as error:
        problems = [error.problem]
    if problems:
        lines = [f"{path} is not a valid contract", *(f"  {p.message} [{p.rule}]" for p in problems)]
        raise InvalidContractError("\n".join(lines), f"run parallel-stage check {path} for the lines")
    return Contract.from_valid(document.data)
