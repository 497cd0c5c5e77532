"""`parallel-stage self-test`: prove that this installation works, part by part."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict

import click

from parallel_stage.cli.proofs import prove
from parallel_stage.errors import BackendLostError
from parallel_stage.plan.policy import available_cores
from parallel_stage.version import __version__
from parallel_stage.wording import plural, printable


@click.command("self-test")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, and nothing else.")
def command(*, as_json: bool) -> None:
    """Prove in some seconds that this installation checks, plans and runs on each backend.

    A small stage is really run in a temporary directory; nothing else is read or written. Packages that are not
    installed are named, and are no failure. Exits with 9 when a part fails.
    """
    about = {
        "parallel_stage": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": available_cores(),
    }
    if not as_json:
        click.echo(
            f"parallel-stage {about['parallel_stage']}, Python {about['python']}, {about['platform']}, "
            f"{plural(available_cores(), 'core')}"
        )
    proofs = []
    for proof in prove():
        proofs.append(proof)
        if not as_json:
            click.echo(f"{proof.status:8} {proof.part:8} {proof.seconds:6.2f} s  {printable(proof.detail)}")
    if as_json:
        click.echo(json.dumps({**about, "parts": [asdict(proof) for proof in proofs]}, indent=2, sort_keys=True))
    failed = [proof.part for proof in proofs if proof.status == "failed"]
    if failed:
        raise BackendLostError(f"{plural(len(failed), 'part')} failed: {', '.join(failed)}", "see what each says above")
