"""The state of a service: which processes are its own, and how they were started."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import regular_file
from parallel_stage.contract.schema import schema
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.errors import UsageError
from parallel_stage.run.scheduler import NO_TLS, Scheduler, Tls
from parallel_stage.run.storage.directory import write_json
from parallel_stage.service.place import STATE, known_names, place_of, services
from parallel_stage.service.processes import Machine, Process, this_machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "agilab.parallel_stage.service.v1"
NOBODY = Process(0, "")
"""In place of a process that was not started, or was ended."""
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service is started.

    Attributes:
        workers: The number of worker processes.
        host: The address on which scheduler and workers listen.
        tls: The absolute paths of certificates and key, which all of its processes and its clients use.
    """

    workers: int
    host: str
    tls: Tls = NO_TLS

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return {"workers": self.workers, "host": self.host, "tls": self.tls._asdict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings of `to_dict`."""
        return cls(values["workers"], values["host"], Tls(**values["tls"]))


@dataclass(frozen=True, slots=True)
class Service:
    """A service that was started, or is being started.

    Attributes:
        name: Its name.
        settings: How it is started.
        machine: Where, and in which boot.
        mark: What all of its processes have in their environment.
        started_at: When, in UTC.
        scheduler: The scheduler's process.
        workers: The process that starts the workers, and starts them again when they end.
        address: The scheduler's address; empty until it has one.
        dashboard: The address of its page; empty where it has none.
    """

    name: str
    settings: Settings
    machine: Machine
    mark: str
    started_at: str
    scheduler: Process = NOBODY
    workers: Process = NOBODY
    address: str = ""
    dashboard: str = ""

    def is_here(self) -> bool:
        """Whether it was started on this machine since that was started."""
        return self.machine.boot == this_machine().boot

    def is_alive(self) -> bool:
        """Whether its scheduler is there."""
        return self.is_here() and self.scheduler.is_alive()

    def is_elsewhere(self) -> bool:
        """Whether it may be alive on another machine that sees the same directory."""
        return self.scheduler != NOBODY and self.machine.host != this_machine().host and not self.is_alive()

    def why_gone(self) -> str:
        """Return why it is not running, as a clause; empty where its scheduler is there."""
        if self.is_alive():
            return ""
        if self.scheduler == NOBODY:
            return "it was stopped"
        if self.is_elsewhere():
            return f"it was started on the machine {self.machine.host}"
        return "its scheduler has ended" if self.is_here() else "the machine was started again since"

    def reached(self) -> Scheduler:
        """Return its scheduler, as clients reach it."""
        return Scheduler(self.address, tls=self.settings.tls)

    def worker_names(self) -> tuple[str, ...]:
        """Return the names of its own workers; more may join it."""
        return tuple(f"{self.name}-{number}" for number in range(self.settings.workers))


def read(name: str, root: str) -> Service | None:
    """Return a service of a project; None where none of this name was ever started.

    Raises:
        UsageError: For a name that no service can have, and a state that cannot be read.
    """
    path = place_of(name, root) / STATE
    try:
        document = json.loads(regular_file.read(str(path), _LARGEST))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return _from_document(document, path)


def known(name: str, root: str) -> Service:
    """Return a service that was started; raise UsageError where there is none of this name."""
    found = read(name, root)
    if found is None:
        message = f"{never_started(name, root)}; there: {', '.join(known_names(root)) or 'none'}"
        raise UsageError(message, f"parallel-stage service start {name} starts it; --root DIR looks elsewhere")
    return found


def never_started(name: str, root: str) -> str:
    """Return that there is no service of a name, and where there could be one."""
    return f"no service named {name} was started below {services(root)}"


def write(place: Path, service: Service) -> None:
    """Write a service's state into its directory, whole or not at all.

    Raises:
        UsageError: Where it cannot be written.
    """
    try:
        write_json(place / STATE, _to_document(service))
    except OSError as error:
        message = f"the state of the service cannot be written to {place}: {error.strerror}"
        raise UsageError(message, "make room there, or make it writable") from None


def _to_document(service: Service) -> dict[str, Any]:
    processes = {name: getattr(service, name)._asdict() for name in ("scheduler", "workers")}
    rest = {"machine": service.machine._asdict(), "settings": service.settings.to_dict()}
    return {"schema": SCHEMA, **asdict(service), **rest, **processes}


def _from_document(document: Any, path: Path) -> Service:
    if not fast_test(schema(SCHEMA))(document):
        _refuse_invalid(document, path)
    fields: Mapping[str, Any] = {key: value for key, value in document.items() if key != "schema"}
    parts = {
        "settings": Settings.from_dict(fields["settings"]),
        "machine": Machine(**fields["machine"]),
        "scheduler": Process(**fields["scheduler"]),
        "workers": Process(**fields["workers"]),
    }
    return Service(**{**fields, **parts})


def _refuse_invalid(document: Any, path: Path) -> None:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft7Validator(schema(SCHEMA)).iter_errors(document))
    if error is not None:
        raise _unreadable(path, ValueError(f"{error.json_path}: {error.message}"))


def _unreadable(path: Path, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else error
    message = f"the state of the service in {path} cannot be read: {reason}"
    return UsageError(message, "end its processes by hand, as `ps` shows them, and remove the file")
