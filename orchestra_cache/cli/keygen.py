"""`keygen`: make a key that results are signed with."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half

__all__ = ["keygen"]

_PLAIN = re.compile(r"[\w/\\:.,+@%=-]+")


def keygen(
    file: Annotated[
        Path, typer.Argument(help="Where to write it; a file that exists stays as it is.")
    ] = Path("orchestra-cache.key"),
    ed25519: Annotated[
        bool,
        typer.Option(
            "--ed25519", help="In two halves: who has the public one reads, nothing else."
        ),
    ] = False,
) -> None:
    """Make a key that results are signed with, and say how to use it."""
    text = new_ed25519_key() if ed25519 else new_hmac_key()
    key = parse_key(text, "the new key")
    public = public_half(key)
    written = [(file, text, 0o600)]
    if public is not None:
        written.append((file.with_name(f"{file.name}.pub"), public, 0o644))
    _write(written, key.id)
    typer.echo(f"made the key {key.id}\n")
    _tell("who may write results gets the secret file, and nobody else", file)
    if public is not None:
        _tell("who may only read them gets the public file", written[1][0])


def _tell(who: str, file: Path) -> None:
    typer.echo(f"{who}:\n  {file.absolute()}\nand in the settings of a cache, here `lake`:")
    typer.echo(f"  ORCHESTRA_CACHE_CACHES__LAKE__KEYS={_as_setting(str(file.absolute()))}\n")


def _as_setting(path: str) -> str:
    """A path as a shell and the settings take it: words are split, a list in JSON is not."""
    return path if _PLAIN.fullmatch(path) else shlex.quote(json.dumps([path], ensure_ascii=False))


def _write(files: list[tuple[Path, str, int]], key_id: str) -> None:
    """Write all files or none."""
    made: list[Path] = []
    try:
        for path, text, mode in files:
            # Never over a file: what was signed with the key in it would be lost.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            made.append(path)
            with open(descriptor, "w") as file:
                file.write(f"# {key_id}, a key of orchestra-cache\n{text}\n")
    except OSError as error:
        for path in made:
            path.unlink()
        typer.echo(f"cannot write {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
