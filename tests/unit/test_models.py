"""Models of pydantic and attrs, and dataclasses of every kind, count by class and content."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import attrs
import pytest
from pydantic import BaseModel, ConfigDict, PrivateAttr, RootModel, SecretStr
from pydantic.dataclasses import dataclass as pydantic_dataclass

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical


class Order(BaseModel):
    number: int
    tags: list[str] = []
    _seen: int = PrivateAttr(default=0)

    @cached_property
    def double(self) -> int:
        return 2 * self.number


class Invoice(BaseModel):
    number: int
    tags: list[str] = []


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Login(BaseModel):
    password: SecretStr


class Numbers(RootModel[list[int]]): ...


@attrs.define
class Slotted:
    number: int
    tags: list[str] = attrs.field(factory=list)


@attrs.frozen(slots=False)
class Frozen:
    number: int
    tags: list[str] = attrs.field(factory=list)


@dataclass
class Plain:
    number: int
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Small:
    number: int
    tags: list[str] = field(default_factory=list)


@pydantic_dataclass
class Checked:
    number: int
    tags: list[str] = field(default_factory=list)


KINDS: list[Any] = [Order, Invoice, Slotted, Frozen, Plain, Small, Checked]

MODELS: list[Any] = [
    *(kind(number=1) for kind in KINDS),
    *(kind(number=2) for kind in KINDS),
    *(kind(number=1, tags=["a"]) for kind in KINDS),
    Open(number=1),
    Open(number=2),
    Numbers([1]),
    Numbers([1, 2]),
    Login(password=SecretStr("a")),
    Login(password=SecretStr("b")),
    {"number": 1, "tags": []},
]


def test_models_differ_by_class_and_content() -> None:
    digests = {fingerprint(model) for model in MODELS}

    assert len(digests) == len(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_copies_and_pickles_of_a_model_do_not_show(model: Any) -> None:
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]

    assert {fingerprint(other) for other in copies} == {fingerprint(model)}
    assert all(identical(other, model) for other in copies)


def test_private_attributes_of_a_model_count() -> None:
    one, other = Order(number=1), Order(number=1)
    other._seen = 1

    assert fingerprint(one) != fingerprint(other)


def test_what_a_model_has_computed_does_not_show() -> None:
    looked_at = Order(number=1)
    assert looked_at.double == 2

    assert fingerprint(looked_at) == fingerprint(Order(number=1))


def test_a_secret_is_no_text() -> None:
    assert fingerprint(SecretStr("a")) != fingerprint("a")
    assert fingerprint([SecretStr("a")]) != fingerprint([SecretStr("b")])
