"""Rows of plain values: dicts, lists, dataclasses, models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from orchestra_cache import fingerprint
from tests.benchmarks.rows import Bound, Row

__all__ = ["VALUES"]


@dataclass
class Order:
    number: int
    customer: str
    total: float
    lines: list[str]


class OrderModel(BaseModel):
    number: int
    customer: str
    total: float
    lines: list[str]


_TERMS: dict[str, Any] = {"number": 7, "customer": "Ada", "total": 12.5, "lines": ["a", "b"]}

_ITEMS: dict[str, Any] = {
    "day": "2026-01-02", "region": "eu", "limit": 100, "rate": 0.25, "dry": False,
    "tags": ["a", "b"], "owner": None, "retries": 3, "path": "orders/2026", "seed": 42,
}  # fmt: skip


def _nested(scale: float) -> list[list[int]]:
    return [list(range(at, at + 1000)) for at in range(int(1000 * scale) or 1)]


def _mixed(scale: float) -> dict[str, Any]:
    kinds = (lambda n: n, lambda n: n / 7, str, lambda n: [n, str(n)], lambda n: n % 2 == 0)
    return {f"key {n}": kinds[n % 5](n) for n in range(int(100_000 * scale))}


VALUES = [
    Row("dict of 10 items", lambda scale: _ITEMS, fingerprint,
        Bound(seconds=4e-6, ratios={"prefect": 3})),
    Row("nested list of 1M ints", _nested, fingerprint, Bound(ratios={"prefect": 3})),
    Row("list of 100k texts", lambda n: list(map(str, range(int(100_000 * n)))), fingerprint),
    Row("dict of 100k mixed", _mixed, fingerprint),
    Row("dataclass", lambda scale: Order(**_TERMS), fingerprint),
    Row("pydantic model", lambda scale: OrderModel(**_TERMS), fingerprint),
    Row("int", lambda scale: 7, fingerprint),
    Row("text", lambda scale: "2026-01-02", fingerprint),
]  # fmt: skip
