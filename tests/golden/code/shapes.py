"""Classes: bases, methods, properties, dataclasses, enums, descriptors, dispatch."""

import enum
import functools
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

TASKS = ["area", "draw", "scaled", "Square", "Registry", "place"]


class Unit(enum.Enum):
    METRE = 1.0
    FOOT = 0.3048

    @property
    def plural(self):
        return f"{self.name.lower()}s"


def start():
    return [1, 2]


@dataclass(order=True)
class Shape:
    name: str
    sizes: list = field(default_factory=start, compare=False)
    unit: Unit = Unit.METRE
    count: ClassVar[int] = 0
    _secret = 7

    @property
    def size(self):
        return sum(self.sizes) * self.unit.value

    @staticmethod
    def unitless(number):
        return number + 1

    @classmethod
    def named(cls, name):
        return cls(name)

    def __len__(self):
        return len(self.sizes)


class Square(Shape):
    """A shape that overrides and calls its base."""

    @property
    def size(self):
        return super().size ** 2 + self._secret


class Point(NamedTuple):
    x: int = 0
    y: int = 0

    def moved(self, by):
        return self._replace(x=self.x + by)


class Named:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self.name


class Registry:
    title = Named()
    entries: dict = {"a": Point(1, 2)}  # noqa: RUF012

    class Entry:
        limit = 3

        def full(self, number):
            return number >= self.limit

    def add(self, number):
        return self.Entry().full(number)


def area(name):
    return Square.named(name).size, Unit.FOOT.plural


@functools.singledispatch
def draw(thing):
    return str(thing)


@draw.register
def _(thing: int):
    return "#" * thing


@draw.register(list)
def _(thing):
    return [draw(part) for part in thing]


scaled = functools.partial(map, lambda number: number * 2)


def place(by):
    return Point().moved(by), Registry.title


if __name__ == "__main__":
    import show

    show.show(globals())
