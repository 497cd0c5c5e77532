"""Rules about side effects: code that several workers run at once, in parts, shares nothing."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.lint.rules.function_lookup import definition_of, where
from parallel_stage.plan.policy import CHUNK_STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject
    from parallel_stage.pysource.definition import Effect

_WITH_PROCESSES = ("pool", "dask")


@rule(Severity.WARNING, "function", "partition_strategy", since="0.1.0", reads_source=True)
def shared_output_path(subject: Subject) -> Iterator[Finding]:
    """The function writes to one constant path.

    It runs once per partition, so partitions overwrite each other's file, or write into it at the same time.
    Seen are paths written out in the function, in a constant of its module, or in a function of the module
    that it calls; under a chunk strategy also those made of `path.stem` or `path.name`, which all chunks of a
    file share. Appending is not reported, nor what is written only where it does not exist yet. Ignore it
    where it only matters that the file is there, as with a marker.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         with open("delays.txt", "w") as out:
        #             out.write(path.name)
        #         return {"delays": "delays.txt"}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"name": path.name}
    """
    definition = definition_of(subject)
    if definition is None:
        return
    from parallel_stage.pysource.writes import shared_writes

    chunked = subject.fields.get("partition_strategy") in tuple(CHUNK_STRATEGIES)
    for place in shared_writes(definition, chunked=chunked)[:1]:
        at = where(subject, definition, place.line)
        when = "for every chunk of a file" if "{" in place.name else "in every partition"
        message = (
            f'function: {at} writes to "{place.name}" {when}, so they overwrite each other; '
            "return the result, or put parallel_stage.current_partition().index into the name"
        )
        yield Finding(message, ("function",))


@rule(Severity.WARNING, "function", since="0.1.0", reads_source=True)
def global_state(subject: Subject) -> Iterator[Finding]:
    """The function changes its module's globals.

    Workers are processes that do not share them: each sees only what its own partitions left there, and the
    result depends on which ran where. A global that the function also uses in a condition counts as
    a cache, which is fine. Ignore it where the result does not depend on the global, as with a counter that
    is only logged.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     SIZES = []
        #     def process_file(path):
        #         SIZES.append(path.stat().st_size)
        #         return {"total": sum(SIZES)}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    definition = definition_of(subject)
    if definition is None:
        return
    from parallel_stage.pysource.effects import global_writes

    for place in global_writes(definition)[:1]:
        at = where(subject, definition, place.line)
        message = f"function: {at} changes the global {place.name}, which workers do not share; return it, and reduce"
        yield Finding(message, ("function",))


@rule(Severity.WARNING, "function", since="0.1.0", reads_source=True)
def import_side_effects(subject: Subject) -> Iterator[Finding]:
    """Importing the function's module does work.

    Every worker imports it and repeats the work. Work is output, waiting, starting processes, threads or
    clusters, network requests, writing or deleting files, and reading tables with pandas or polars, at the
    module's top level or in a function of it that is called there. Ignore it where each worker needs what is
    read.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
        #     print(process_file("data/january.csv"))

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
        #     if __name__ == "__main__":
        #         print(process_file("data/january.csv"))
    """
    definition = definition_of(subject)
    if definition is None:
        return
    from parallel_stage.pysource.import_effects import import_work

    places = import_work(definition.module)
    if places:
        at = where(subject, definition, places[0].line)
        message = (
            f"function: {at} calls {places[0].name}{_more(places)} whenever the module is imported, which every worker "
            'does; put it into a function, or under if __name__ == "__main__"'
        )
        yield Finding(message, ("function",))


@rule(Severity.INFO, "function", "backend", "threads_per_worker", since="0.1.0", reads_source=True)
def inner_parallelism(subject: Subject) -> Iterator[Finding]:
    """The module uses a library that has threads of its own, and the contract does not say how many.

    A worker then gets one thread, so that workers do not crowd each other out. Fewer workers with more
    threads each may be faster, or need less memory; `threads_per_worker` says that somebody has decided.
    Ignore it where the library takes little of the function's time, so that its threads do not matter.

    Bad:
        backend = "pool"
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     import polars
        #     def process_file(path):
        #         return polars.read_csv(path)

    Good:
        backend = "pool"
        threads_per_worker = 2
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     import polars
        #     def process_file(path):
        #         return polars.read_csv(path)
    """
    fields = subject.fields
    if fields["backend"] not in _WITH_PROCESSES or "threads_per_worker" in fields:
        return
    definition = definition_of(subject)
    if definition is None:
        return
    from parallel_stage.pysource.import_effects import threaded_libraries

    for place in threaded_libraries(definition.module)[:1]:
        at = where(subject, definition, place.line)
        message = (
            f"function: {at} imports {place.name}, which has threads of its own, and gets one per worker; "
            "write threads_per_worker = 1 to keep that, or more with fewer workers"
        )
        yield Finding(message, ("function",))


def _more(places: list[Effect]) -> str:
    return f" and {len(places) - 1} more" if len(places) > 1 else ""


RULES = (shared_output_path, global_state, import_side_effects, inner_parallelism)
