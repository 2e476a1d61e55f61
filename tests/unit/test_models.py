"""Models of pydantic, attrs and msgspec, and dataclasses, count by class and content."""

from __future__ import annotations

import copy
import datetime
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import attrs
import msgspec
import pytest
from pydantic import (
    AnyUrl,
    BaseModel,
    ConfigDict,
    Discriminator,
    HttpUrl,
    PostgresDsn,
    PrivateAttr,
    RootModel,
    Tag,
    TypeAdapter,
    computed_field,
    v1,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from orchestra_cache import fingerprint
from orchestra_cache.fingerprints.values.nodes import kind_of
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


class Numbers(RootModel[list[int]]): ...


Item = TypeVar("Item")


class Box(BaseModel, Generic[Item]):
    item: Item


class Stamped(BaseModel):
    at: datetime.datetime


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Owner(BaseModel):
    pet: Annotated[
        Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")],
        Discriminator(lambda value: value["kind"] if isinstance(value, dict) else value.kind),
    ]


class Area(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def size(self) -> int:
        return self.side**2


class Old(v1.BaseModel):
    number: int = 1
    _seen: int = v1.PrivateAttr(default=0)

    class Config:
        extra = "allow"


class Struct(msgspec.Struct):
    number: int
    tags: list[str] = []


class Tagged(msgspec.Struct, tag=True, frozen=True, array_like=True, kw_only=True):
    number: int
    tags: list[str] = []


class Loose(msgspec.Struct, dict=True, weakref=True):
    number: int
    tags: list[str] = []


class Hashed(msgspec.Struct, frozen=True, cache_hash=True):
    number: int


class Row(NamedTuple):
    number: int
    tags: list[str] | tuple[()] = ()


@attrs.define(eq=False)
class Unequal:
    number: int
    tags: list[str] = attrs.field(factory=list)


@attrs.define
class Hidden:
    _number: int = attrs.field(alias="number")
    tags: list[str] = attrs.field(factory=list)

    asked = 0

    @cached_property
    def costly(self) -> int:
        Hidden.asked += 1
        return 2 * self._number


@attrs.frozen(cache_hash=True)
class Key:
    number: int


@attrs.frozen(cache_hash=True, slots=False)
class LooseKey:
    number: int


@dataclass(kw_only=True, slots=True)
class Named:
    number: int
    tags: list[str] = field(default_factory=list)


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


KINDS: list[Any] = [
    Order, Invoice, Slotted, Frozen, Plain, Small, Checked, Old, Struct, Tagged, Loose, Row,
    Unequal, Hidden, Named,
]  # fmt: skip

MODELS: list[Any] = [
    *(kind(number=1) for kind in KINDS),
    *(kind(number=2) for kind in KINDS),
    *(kind(number=1, tags=["a"]) for kind in KINDS),
    Open(number=1),
    Open(number=2),
    Numbers([1]),
    Numbers([1, 2]),
    Open(number=1, more=[1]),
    Old(number=1, more=1),
    Box(item=1),
    Box(item=True),
    Box(item=Order(number=1)),
    Box(item=Invoice(number=1)),
    Owner.model_validate({"pet": {"kind": "cat", "name": "a"}}),
    Owner.model_validate({"pet": {"kind": "dog", "name": "a"}}),
    Area(side=1),
    Stamped.model_validate_json('{"at": "2026-01-01T00:00:00Z"}'),
    Stamped.model_validate_json('{"at": "2026-01-01T00:00:00+01:00"}'),
    Stamped.model_validate_json('{"at": "2026-01-01T00:00:00"}'),
    TypeAdapter(HttpUrl).validate_python("http://localhost/a"),
    TypeAdapter(AnyUrl).validate_python("http://localhost/a"),
    TypeAdapter(AnyUrl).validate_python("http://localhost/b"),
    PostgresDsn("postgres://user:word@one,two/base"),
    PostgresDsn("postgres://user:word@one,three/base"),
    Hashed(1),
    Hashed(2),
    Key(1),
    LooseKey(1),
    msgspec.Raw(b"1"),
    msgspec.Raw(b"2"),
    msgspec.msgpack.Ext(1, b"a"),
    msgspec.msgpack.Ext(2, b"a"),
    msgspec.UNSET,
    {"number": 1, "tags": []},
]


def test_models_differ_by_class_and_content() -> None:
    digests = {fingerprint(model) for model in MODELS}

    assert len(digests) == len(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=kind_of)
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


def test_which_fields_were_given_does_not_show() -> None:
    given = [(Order(number=1), Order(number=1, tags=[])), (Old(), Old(number=1))]
    given.append((Order(number=1), Order.model_construct({"tags"}, number=1, tags=[])))

    for one, other in given:
        assert fingerprint(one) == fingerprint(other)
        assert identical(one, other)


def test_private_attributes_of_an_old_model_count() -> None:
    one, other = Old(), Old()
    other._seen = 1

    assert fingerprint(one) != fingerprint(other)


def test_a_generic_model_is_not_its_special_case() -> None:
    values = [Box(item=1), Box[int](item=1), Box[Any](item=1)]

    assert len({fingerprint(value) for value in values}) == 3
    assert fingerprint(Box[int](item=1)) == fingerprint(copy.deepcopy(values[1]))


def test_computed_fields_do_not_show() -> None:
    looked_at = Area(side=2)
    assert looked_at.model_dump() == {"side": 2, "size": 4}

    assert fingerprint(looked_at) == fingerprint(Area(side=2))


def test_a_cached_property_in_a_slot_is_neither_computed_nor_shown() -> None:
    fresh, looked_at = Hidden(1), Hidden(1)
    assert looked_at.costly == 2
    before = Hidden.asked

    assert fingerprint(fresh) == fingerprint(looked_at)
    assert identical(fresh, looked_at)
    assert Hidden.asked == before


@pytest.mark.parametrize("kind", [Hashed, Key, LooseKey])
def test_a_hash_that_was_asked_for_does_not_show(kind: Any) -> None:
    looked_at = kind(1)
    hash(looked_at)

    assert fingerprint(looked_at) == fingerprint(kind(1))
    assert identical(looked_at, kind(1))


def test_what_an_instance_keeps_beside_its_fields_counts() -> None:
    one, other = Loose(1), Loose(1)
    other.unit = "m"  # type: ignore[attr-defined]

    assert fingerprint(one) != fingerprint(other)
