"""What is wrong with a contract, said before anyone knows of line numbers."""

# Annotations are evaluated here, as in `contract.spans`.
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.spans import Route

if TYPE_CHECKING:
    from parallel_stage.contract.change import Change


class Problem(NamedTuple):
    """One finding.

    Attributes:
        rule: The id of the rule that found it.
        message: The value found, what is allowed, what to write.
        route: Which value it is about; the root where that value is missing.
        on_key: True where the key is at fault rather than its value.
        offset: Where in the text it is, in code points, when there is no data to point into.
        change: What would mend it, where that can be told.
    """

    rule: str
    message: str
    route: Route = ()
    on_key: bool = False
    offset: int | None = None
    change: "Change | None" = None


class NotADocumentError(Exception):
    """A file that gives no data at all: it cannot be read, or is not TOML, YAML or JSON.

    Attributes:
        problem: What is wrong.
        text: The file's text as far as it could be read.
    """

    def __init__(self, problem: Problem, text: str = "") -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.text = text
