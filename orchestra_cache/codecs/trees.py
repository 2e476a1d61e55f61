"""Tuples, lists and dicts: their shape in one document, and what hangs on it as leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from orchestra_cache.codecs.base import RefusedError
from orchestra_cache.codecs.files import captured
from orchestra_cache.codecs.restoring import Restored, restored
from orchestra_cache.codecs.sharing import Walk
from orchestra_cache.codecs.spool import Spool
from orchestra_cache.errors import CodecError

__all__ = ["TreeCodec"]

_PLAIN = frozenset((type(None), bool, int, float, str))
_PLAIN_OR_NODE = _PLAIN | {list}
_PATH = type(Path())
_TAGS: dict[type, str] = {list: "list", tuple: "tuple", dict: "dict"}

# Trees are walked in Python: what is larger or deeper is left to the pickle.
_DEEPEST = 100
_MOST_LEAVES = 10_000

# From here on a text is a leaf of its own.
_LONG_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class Split:
    """A tree without its leaves. If it has files, they are more than the value says."""

    document: bytes
    files: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """A value whose files are not written yet."""

    value: object
    files: Sequence[Restored]


@dataclass(frozen=True, slots=True)
class TreeCodec:
    """A tree in MessagePack: a scalar stands for itself, anything else is a list of what it is.

    `["tuple", …]`, `["list", …]`, `["dict", key, value, …]`, `["leaf", number]`, and what paths
    lead to (see `files.captured`).
    """

    name: str = "tree"

    def accepts(self, value: object) -> bool:
        return type(value) in _TAGS or type(value) is _PATH

    def split(self, value: object, keep: Callable[[object], int], *, trusted: bool) -> Split:
        """Write the tree; each leaf is handed to `keep`, which says its number.

        Args:
            trusted: The store may put files on this machine.

        Raises:
            CodecError: It is too large or too deep.
            RefusedError: It has files that cannot be kept.
        """
        splitter = _Splitter(keep, trusted)
        try:
            with splitter.spool:
                document = msgspec.msgpack.encode(splitter.node(value, _DEEPEST))
        except (CodecError, msgspec.MsgspecError, OverflowError, UnicodeEncodeError) as error:
            if splitter.files:
                # Any other codec would keep the paths alone.
                raise RefusedError(f"{error}", "return the files by themselves") from error
            if isinstance(error, CodecError):
                raise
            raise CodecError(f"no tree: {error}", "another codec keeps it") from error
        return Split(document, splitter.files)

    def join(self, document: memoryview, load: Callable[[int], object], *, trusted: bool) -> Joined:
        """Read what `split` wrote; `load` gives the leaf of a number.

        Raises:
            CodecError: It did not write this.
            ForeignError: It has files, and this store may not put any.
        """
        joiner = _Joiner(load, trusted)
        try:
            root = ["list", msgspec.msgpack.decode(document)]
            return Joined(joiner.node(root, _DEEPEST + 1)[0], joiner.files)
        except (msgspec.MsgspecError, TypeError, ValueError, LookupError, RecursionError) as error:
            if isinstance(error, CodecError):
                raise
            raise CodecError(f"no tree: {error}", "it is computed again") from error


class _Splitter:
    def __init__(self, keep: Callable[[object], int], trusted: bool) -> None:
        self.keep = keep
        self.trusted = trusted
        self.leaves = 0
        self.files = False
        self.spool = Spool()
        self.walk = Walk()

    def node(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _PLAIN and not _is_large(value):
            return value
        if kind not in _TAGS:
            return self.path(value) if kind is _PATH else self.leaf(value)
        if depth == 0:
            raise CodecError("a tree too deep to walk", "another codec keeps it")
        self.walk.enter(value)
        parts = [part for pair in value.items() for part in pair] if kind is dict else value
        if set(map(type, parts)) <= _PLAIN and not any(map(_is_large, parts)):
            return [_TAGS[kind], *parts]
        return [_TAGS[kind], *(self.node(part, depth - 1) for part in parts)]

    def leaf(self, value: object) -> list[object]:
        self.leaves += 1
        if self.leaves > _MOST_LEAVES:
            raise CodecError("a tree with too many leaves", "another codec keeps it")
        return ["leaf", self.keep(value)]

    def path(self, value: Path) -> list[object]:
        node = captured(value, self.keep, self.spool, trusted=self.trusted)
        self.files = self.files or node[0] != "path"
        return node


def _is_large(value: object) -> bool:
    """Whether a scalar is too large to stand in the tree."""
    if type(value) is str:
        return len(value) >= _LONG_TEXT or (not value.isprintable() and _is_no_text(value))
    return type(value) is int and not -(1 << 63) <= value < 1 << 64


def _is_no_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


class _Joiner:
    def __init__(self, load: Callable[[int], object], trusted: bool) -> None:
        self.load = load
        self.trusted = trusted
        self.files: list[Restored] = []

    def node(self, node: Any, depth: int) -> Any:
        if type(node) is not list:
            return node
        tag, *parts = node
        kinds = set(map(type, parts))
        if depth < 0 or not kinds <= _PLAIN_OR_NODE:
            raise ValueError("an unknown node")
        if tag == "leaf":
            return self.load(*parts)
        if tag in ("path", "file", "folder"):
            return self.path(node)
        if list in kinds:
            parts = [self.node(part, depth - 1) for part in parts]
        if tag == "dict":
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if tag not in ("list", "tuple"):
            raise ValueError("an unknown node")
        return parts if tag == "list" else tuple(parts)

    def path(self, node: list[Any]) -> Path:
        if node[0] == "path":
            (text,) = node[1:]
            return Path(text)
        self.files.append(restored(node, self.load, trusted=self.trusted))
        return self.files[-1].path
