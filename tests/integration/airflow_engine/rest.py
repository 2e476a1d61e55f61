"""The REST API of a running Airflow, as its users call it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.integration.airflow_engine.runs import AIRFLOW_2

__all__ = ["Rest"]

_PATIENCE_SECONDS = 60
_API = "/api/v1" if AIRFLOW_2 else "/api/v2"


@dataclass(frozen=True)
class Rest:
    """Asks as an administrator; what the server refuses is an AssertionError with its words."""

    port: int

    def answers(self) -> bool:
        try:
            self._send("GET", f"{_API}/version", None, {})
        except OSError:
            return False
        return True

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            return self._send(method, f"{_API}{path}", body, self._identity)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused.read().decode()}") from refused

    @cached_property
    def _identity(self) -> dict[str, str]:
        # The web server of Airflow 2 is told to let anybody do anything.
        if AIRFLOW_2:
            return {}
        token = self._send("GET", "/auth/token", None, {})["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            return json.loads(answer.read())
