"""Types as values: generic classes, protocols, aliases, type variables, and names that moved."""

# ruff: noqa: UP006, UP007, UP035, UP045

from collections.abc import Iterable
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Callable,
    ClassVar,
    Dict,
    Generic,
    List,
    Literal,
    NewType,
    Optional,
    ParamSpec,
    Protocol,
    TypeVar,
    Union,
)  # fmt: skip

TASKS = ["boxed", "aliases", "opened", "Box"]

T = TypeVar("T")
N = TypeVar("N", int, float)
B = TypeVar("B", bound=Path, covariant=True)
P = ParamSpec("P")
Number = NewType("Number", int)

ALIASES = {
    "list": List[int],
    "plain": list[int],
    "dict": Dict[str, Any],
    "optional": Optional[str],
    "union": Union[int, str],
    "bar": int | None,
    "literal": Literal["a", 1],
    "annotated": Annotated[int, "unit"],
    "callable": Callable[[int], str],
    "parameters": Callable[P, T],
    "iterable": Iterable[T],
    "number": Number,
    "variables": [T, N, B, P],
}


class Box(Generic[T]):
    item: Optional[T]
    kinds: ClassVar[Dict[str, Any]] = {}

    def get(self) -> T:
        return self.item


class Sized(Protocol):
    size: int

    def grow(self, by: N) -> N: ...


class Crate(Box[int], Sized):
    def grow(self, by):
        return self.size + by


def boxed():
    return Crate().get()


def aliases(name):
    return ALIASES[name]


def opened(path):
    with open(Path(path)) as file:
        return isinstance(file, Iterable)


if __name__ == "__main__":
    import show

    show.show(globals())
