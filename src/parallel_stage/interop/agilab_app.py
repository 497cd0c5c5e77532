"""A contract as an AGILAB app, with the snippet by which ORCHESTRATE runs it on AGILAB's own workers.

The app's classes derive from those of `parallel_stage.agilab_worker`. Its layout is that of AGILAB's
src/agilab/apps/builtin/*_project, and the snippet's head that of agi_env/source/snippet_contract.py.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from parallel_stage.errors import UsageError

if TYPE_CHECKING:
    from parallel_stage.contract.model import Contract

SUFFIX = "_project"
SNIPPET = "AGI_run.py"
_NAME = re.compile(r"[a-z][a-z0-9_]*")

_PYPROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
description = "The parallel stage {stage}"
requires-python = ">=3.12"
dependencies = ["agi-env", "agi-node", "parallel-stage"]

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""
_CLASS = '''\
"""The parallel stage {stage}: {function} over {input}."""

from parallel_stage.agilab_worker import {base}


class {name}({base}):
    """The AGILAB {role} of the stage; its argument `contract` is the contract's path."""
'''
_SETTINGS = """\
[args]
contract = {contract}

[cluster]
verbose = 1
pool = false
cython = false
rapids = false
cluster_enabled = false
"""
_SNIPPET = """\
import asyncio
from pathlib import Path

from agi_cluster.agi_distributor import AGI, RunRequest
from agi_env import AgiEnv
# AGILAB generated snippet
# snippet_api: agi.snippet.v1
# app: {app}
# generator: parallel-stage
from agi_env.source.snippet_contract import require_supported_snippet_api

AGILAB_SNIPPET_API = "agi.snippet.v1"
require_supported_snippet_api(AGILAB_SNIPPET_API)

from parallel_stage.agilab_worker import reduce

APP = {app!r}
APPS_PATH = Path(__file__).resolve().parent.parent
CONTRACT = str((APPS_PATH / APP / {contract!r}).resolve())


async def main():
    app_env = AgiEnv(apps_path=APPS_PATH, app=APP, verbose=1)
    request = RunRequest(params={{"contract": CONTRACT}}, mode=0)
    print(await AGI.run(app_env, request=request))
    artifact = reduce(CONTRACT)
    print(artifact.payload["result"])
    return artifact


if __name__ == "__main__":
    asyncio.run(main())
"""


def app_files(contract: Contract, path: str, directory: str) -> dict[str, str]:
    """Return the files of an app, by their names below its directory.

    Args:
        contract: The contract.
        path: Its file.
        directory: The app's directory; its name ends in `_project`, and the app has the rest of it.

    Raises:
        UsageError: Where the directory's name is none of an app.
    """
    app = os.path.basename(os.path.abspath(directory))
    target = app.removesuffix(SUFFIX)
    if target == app or not _NAME.fullmatch(target):
        message = f"{app!r} is no name of an AGILAB app: lower-case letters, digits and _, and {SUFFIX} at the end"
        raise UsageError(
            message, f"write into a directory such as {re.sub('[^a-z0-9]+', '_', contract.name.lower())}_project"
        )
    manager = "".join(part.title() for part in target.split("_"))  # as AGILAB finds the class
    worker = f"{target}_worker"
    texts = {"stage": contract.name, "function": contract.function, "input": contract.input}
    texts = {name: value.replace("\\", "/").replace('"""', "'''") for name, value in texts.items()}
    stage = re.sub(r"[^\w .-]", "_", contract.name)
    return {
        "pyproject.toml": _PYPROJECT.format(name=app, stage=stage),
        "src/app_settings.toml": _SETTINGS.format(contract=_toml_text(os.path.abspath(path))),
        f"src/{target}/__init__.py": f"from .{target} import {manager}\n",
        f"src/{target}/{target}.py": _CLASS.format(**texts, name=manager, base="StageManager", role="manager"),
        f"src/{worker}/__init__.py": f"from .{worker} import {manager}Worker\n",
        f"src/{worker}/{worker}.py": _CLASS.format(**texts, name=f"{manager}Worker", base="StageWorker", role="worker"),
        f"src/{worker}/pyproject.toml": _PYPROJECT.format(name=worker, stage=stage),
        SNIPPET: _SNIPPET.format(app=app, contract=_reference(path, directory)),
    }


def _reference(path: str, directory: str) -> str:
    try:
        found = os.path.relpath(path, directory)
    except ValueError:  # on another drive
        found = os.path.abspath(path)
    return found.replace(os.sep, "/")


def _toml_text(text: str) -> str:
    import tomli_w

    return tomli_w.dumps({"x": text}).removeprefix("x = ").rstrip("\n")
