"""Values of attrs, msgspec, pydantic and scipy whose digests are pinned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import numpy as np
from pydantic import BaseModel, ConfigDict, PrivateAttr, RootModel, SecretBytes, SecretStr
from pydantic.dataclasses import dataclass
from scipy import sparse

__all__ = ["MODEL_VALUES"]


@attrs.define
class Slotted:
    b: Any
    a: Any = 1


@attrs.frozen(slots=False, eq=False)
class Loose:
    _b: Any = attrs.field(alias="b")


class Struct(msgspec.Struct):
    b: Any
    a: Any = 1


class Tagged(msgspec.Struct, frozen=True, tag="t", array_like=True, kw_only=True):
    b: Any
    a: Any = 1


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    b: Any
    a: Any = 1
    _c: Any = PrivateAttr(default=2)


class Root(RootModel[dict[str, int]]): ...


@dataclass
class Checked:
    b: int


MODEL_VALUES: dict[str, Callable[[], object]] = {
    "attrs": lambda: Slotted([1]),
    "attrs without slots": lambda: Loose({"y": 1, "x": 2}),
    "struct": lambda: Struct({"y": 1, "x": 2}),
    "tagged struct": lambda: Tagged(b=(1, 2)),
    "model": lambda: Model(b={"y": {1, 2}, "x": None}),
    "model with more": lambda: Model(b=1, e=[1], d=2),
    "model of a root": lambda: Root({"y": 1, "x": 2}),
    "checked dataclass": lambda: Checked(b=1),
    "secret": lambda: SecretStr("a"),
    "secret bytes": lambda: SecretBytes(b"a"),
    "raw": lambda: msgspec.Raw(b"{}"),
    "unset": lambda: msgspec.UNSET,
    "nested models": lambda: Model(b=[Slotted(Struct(Model(b=1)))]),
    "sparse rows": lambda: sparse.csr_array(np.array([[0, 1.5], [2, 0]])),
    "sparse columns": lambda: sparse.csc_matrix(np.array([[0, 1], [2, 0]], "<i4")),
    "sparse coordinates": lambda: sparse.coo_array((np.array([1.0]), ([0], [1])), shape=(2, 2)),
    "sparse diagonals": lambda: sparse.dia_array(np.eye(3, k=1)),
    "sparse blocks": lambda: sparse.bsr_array(np.eye(4), blocksize=(2, 2)),
    "sparse lists": lambda: sparse.lil_array(np.eye(2)),
    "sparse keys": lambda: sparse.dok_array(np.eye(2)),
}
