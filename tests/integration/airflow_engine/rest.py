"""The REST API of a running Airflow 3, as its users call it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["Rest"]

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Rest:
    """Asks as an administrator; what the server refuses is an AssertionError with its words."""

    port: int

    def answers(self) -> bool:
        try:
            self._send("GET", "/api/v2/version", None, {})
        except OSError:
            return False
        return True

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        named = {"Authorization": f"Bearer {self._token}"}
        try:
            return self._send(method, f"/api/v2{path}", body, named)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused.read().decode()}") from refused

    @cached_property
    def _token(self) -> str:
        return str(self._send("GET", "/auth/token", None, {})["access_token"])

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
