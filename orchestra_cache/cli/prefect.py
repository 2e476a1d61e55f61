"""`prefect`: make this cache known to Prefect."""

from __future__ import annotations

import typer

from orchestra_cache.cli.terms import told

__all__ = ["prefect"]

prefect = typer.Typer(no_args_is_help=True, help="Use the cache in Prefect.")

_NEXT = """\
configure a place, in Python:
  from orchestra_cache.prefect import OrchestraStorage
  OrchestraStorage(url="s3://bucket/prefix").save("lake")
or in the server's pages, which this leads to:
  prefect block create orchestra-cache

name it where results are kept:
  @task(result_storage="orchestra-cache/lake", cache_policy=INPUTS)
  @task(result_storage="orchestra-cache/lake", cache_policy=FINGERPRINT)
or for all that runs in a profile:
  prefect config set PREFECT_DEFAULT_RESULT_STORAGE_BLOCK=orchestra-cache/lake"""


@prefect.callback()
def _verbs() -> None:
    """Use the cache in Prefect."""


@prefect.command("register")
def register() -> None:
    """Register the block type `orchestra-cache` with the server of the active profile.

    What is registered already is brought up to date. Nothing but that server is asked.
    """
    with told():
        # Here, since all else works without Prefect.
        from orchestra_cache.prefect.registration import register as registered

        api = registered()
    typer.echo(f"registered the block type `orchestra-cache` at\n  {api}\n\n{_NEXT}")
