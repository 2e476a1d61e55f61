"""Golden values made again in 32 ways: other orders, copies, pickles of every protocol.

As a program it prints the names of the values that have more than one digest, made anyhow.
"""

from __future__ import annotations

import array
import collections
import contextlib
import copy
import json
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestra_cache import fingerprint
from tests.golden.digests import ALL_VALUES

__all__ = ["constructions", "digests_of_constructions"]

TIMES = 32

# Copying follows a value by recursion, or takes seconds; these are made anew once.
MADE_ONCE = {
    name for name in ALL_VALUES if name.startswith(("deep", "long", "many", "list of 655"))
}
# A shallow copy is a loop of another shape, and putting it together again never ends.
LOOPS = {name for name in ALL_VALUES if name.startswith("loop")}
# What Python and numpy lose in a pickle: a fold before protocol 4, the byte order.
FOLDED = {"time", "folded datetime", "datetime subclass"}
TURNED = {"numpy big-endian"}


def constructions(name: str) -> Iterator[Any]:
    """The golden value of a name, made in as many ways as it can be."""
    make = ALL_VALUES[name]
    yield make()
    if name in MADE_ONCE:
        return
    count = 1
    for copied in copiers(name):
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError, copy.Error):
            yield copied(make())
            count += 1
    for seed in range(TIMES - count if name not in LOOPS else 0):
        yield made_again(make(), Random(seed))


def copiers(name: str) -> list[Callable[[Any], Any]]:
    copies = [copy.deepcopy] if name in LOOPS else [copy.deepcopy, copy.copy]
    first = 4 if name in FOLDED else pickle.HIGHEST_PROTOCOL + 1 if name in TURNED else 0
    return copies + [pickled(protocol) for protocol in range(first, pickle.HIGHEST_PROTOCOL + 1)]


def pickled(protocol: int) -> Callable[[Any], Any]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


def made_again(value: Any, random: Random) -> Any:
    """The same value with its parts made again, put together in another order and another way."""
    maker = MAKERS.get(type(value))
    if maker is not None:
        return maker(value, random)
    if is_dataclass(value) and not isinstance(value, type):
        return instance(value, random)
    return value


def parts(value: Any, random: Random) -> list[Any]:
    return [made_again(part, random) for part in value]


def shuffled(items: list[Any], random: Random) -> list[Any]:
    return random.sample(items, len(items))


def text(value: str, random: Random) -> str:
    if random.random() < 0.3:
        return sys.intern(value)
    return ("\U0001f600" + value)[1:] if random.random() < 0.5 else "".join(list(value))


def number(value: int, random: Random) -> int:
    # More digits than a text of a number may have.
    return int.from_bytes(
        value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True), "big", signed=True
    )


def sequence(value: list[Any], random: Random) -> list[Any]:
    items = parts(value, random)
    if random.random() < 0.5:
        return [None, *items, None][1:-1]
    made: list[Any] = []
    while items:
        made.append(items.pop(0))
    return made


def table(value: dict[Any, Any], random: Random) -> dict[Any, Any]:
    items = [(made_again(key, random), made_again(value[key], random)) for key in value]
    items = shuffled(items, random)
    if random.random() < 0.3:
        return {key: item for key, item in items}  # noqa: C416
    made: dict[Any, Any] = {"gone": 0, ("gone",): 0}
    for count, (key, item) in enumerate(items):
        made[("more", count)] = made[key] = item
    for key in [key for key in made if key in ("gone", ("gone",)) or is_more(key)]:
        del made[key]
    return made


def is_more(key: object) -> bool:
    return isinstance(key, tuple) and key[:1] == ("more",)


def group(value: Any, random: Random) -> Any:
    items = shuffled(parts(value, random), random)
    made = {*items, *range(1000, 1000 + random.randrange(50))} if random.random() < 0.5 else {*()}
    made |= set(items)
    made -= {item for item in made if type(item) is int and item >= 1000 and item not in value}
    return type(value)(made)


def counted(value: Any, random: Random) -> Any:
    return collections.Counter(table(dict(value), random))


def defaulted(value: Any, random: Random) -> Any:
    return collections.defaultdict(value.default_factory, table(dict(value), random))


def instance(value: Any, random: Random) -> Any:
    made = object.__new__(type(value))
    for name, part in shuffled(list(vars(value).items()), random):
        object.__setattr__(made, name, made_again(part, random))
    return made


def elements(value: Any, random: Random) -> Any:
    if value.dtype.hasobject or value.ndim == 0:
        return value.copy()
    order: Any = random.choice("CF")
    wide = np.repeat(value, 2, axis=0)[:: random.choice([2, 2])]
    return np.array(wide, order=order, copy=random.random() < 0.5 or None)


def frame(value: Any, random: Random) -> Any:
    made = pd.DataFrame(index=value.index.copy())
    for name in value.columns:
        made[name] = value[name].copy()
    both = pd.concat([made, made]) if random.random() < 0.5 else made
    made = both.iloc[: len(value)]
    made.columns, made.index, made.attrs = value.columns, value.index, copy.deepcopy(value.attrs)
    return made


def chunked(value: Any, random: Random) -> Any:
    cut = random.randrange(value.num_rows + 1)
    longer = pa.concat_tables([value.slice(0, cut), value.slice(cut), value])
    return longer.slice(0, value.num_rows)


MAKERS: dict[type, Callable[[Any, Random], Any]] = {
    str: text,
    bytes: lambda value, random: bytes(bytearray(value)),
    bytearray: lambda value, random: bytearray(bytes(value)),
    int: number,
    float: lambda value, random: pickle.loads(pickle.dumps(value, 0)) if value == value else -value,
    list: sequence,
    tuple: lambda value, random: tuple(sequence(list(value), random)),
    dict: table,
    set: group,
    frozenset: group,
    collections.OrderedDict: lambda value, random: collections.OrderedDict(
        [(made_again(key, random), made_again(part, random)) for key, part in value.items()]
    ),
    collections.defaultdict: defaulted,
    collections.Counter: counted,
    collections.deque: lambda value, random: collections.deque(parts(value, random), value.maxlen),
    types.MappingProxyType: lambda value, random: types.MappingProxyType(
        table(dict(value), random)
    ),
    types.SimpleNamespace: lambda value, random: types.SimpleNamespace(
        **table(vars(value), random)
    ),
    array.array: lambda value, random: array.array(value.typecode, list(value)),
    np.ndarray: elements,
    pd.DataFrame: frame,
    pa.Table: chunked,
}


def digests_of_constructions() -> dict[str, list[str]]:
    return {
        name: sorted({str(fingerprint(value)) for value in constructions(name)})
        for name in ALL_VALUES
    }


if __name__ == "__main__":
    print(json.dumps(digests_of_constructions()))
