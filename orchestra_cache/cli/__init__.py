"""The command `orchestra-cache`: one module per verb."""

from __future__ import annotations

import typer

from orchestra_cache.cli.collect import collect
from orchestra_cache.cli.keygen import keygen
from orchestra_cache.cli.prefect import prefect
from orchestra_cache.cli.verify import verify

__all__ = ["app", "main"]

app = typer.Typer(
    name="orchestra-cache",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(collect)
app.command()(keygen)
app.command()(verify)
app.add_typer(prefect, name="prefect")


@app.callback()
def _verbs() -> None:
    """Look after a cache of task results."""


def main() -> None:
    app()
