"""How one call of a task becomes a recipe, and the recipes of calls that were made before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from orchestra_cache.datasets import Dataset, DataVersion
from orchestra_cache.environment import file_components, version_component
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import Component, Recipe, bears_secret, sealed
from orchestra_cache.fingerprints.values.encoder import Encoder, scalar_digest
from orchestra_cache.fingerprints.values.nodes import kind_of, short_repr
from orchestra_cache.program import Program

__all__ = ["Recipes", "shown"]

# Calls of one task whose recipes are remembered; beyond these, all are forgotten.
_KEPT = 512
_SHORT, _LARGE = 28, 2**63
_SHOWN = (bool, int, float, str, bytes, type(None))


class Recipes:
    """The recipes of one task; the arguments are those of `Declaration`."""

    def __init__(
        self,
        function: Callable[..., Any],
        task: str,
        program: Program,
        *,
        reads: Sequence[Dataset],
        files: Sequence[str],
        ignore: frozenset[str],
        ordered: frozenset[str],
        version: str | None,
        first_party: frozenset[str],
    ) -> None:
        self._function = function
        self._task = task
        self._program = program
        self._reads = reads
        self._files = files
        self._ignore = ignore
        self._ordered = ordered
        self._version = version
        self._first_party = first_party
        # Nothing but the arguments and the code has to be looked at.
        self._plain = not (reads or files or ordered)
        self._labels: dict[str, tuple[str, str, bool]] = {}
        self._known: dict[tuple[object, ...], tuple[object, Recipe]] = {}

    def __getstate__(self) -> dict[str, object]:
        # What was seen in one process is not so in another.
        return {**vars(self), "_known": {}}

    def of(self, arguments: Mapping[str, Any], secret: bytes | None) -> Recipe:
        """The recipe of one call, as everything is now; the errors are `Declaration.recipe`'s."""
        return self._seen(arguments, secret) or self._taken(arguments, secret)

    def moved(self, arguments: Mapping[str, Any], recipe: Recipe) -> bool:
        """Whether a dataset or declared file is no longer what a recipe of these arguments says.

        Raises:
            DatasetError: It is gone.
        """
        if self._reads or self._files:
            now = [one.digest for one in self._data(arguments)]
            if now != [one.digest for one in recipe.components if one.kind in ("data", "file")]:
                return True
        if not recipe.with_datasets:
            return False
        names = {one.name: one.digest for one in recipe.components}
        taken = self._digests(encoder(None, self._first_party), arguments)
        return any(names.get(f"parameter:{name}", digest) != digest for name, digest, _ in taken)

    def _seen(self, arguments: Mapping[str, Any], secret: bytes | None) -> Recipe | None:
        """The recipe of a call with nothing but small scalars that was made before."""
        if not self._plain:
            return None
        token: list[object] = [id(self._program.plain(secret))]
        ignored = self._ignore
        for name, value in arguments.items():
            if name not in ignored:
                digest = scalar_digest(value)
                if digest is None:
                    return None
                token.append(digest.raw)
        known = self._known.get(tuple(token))
        return None if known is None else known[1]

    def _taken(self, arguments: Mapping[str, Any], secret: bytes | None) -> Recipe:
        writer = encoder(secret, self._first_party)
        digests = self._digests(writer, arguments)
        if writer.namesakes:
            # What was written before the second of them was met does not tell which it is.
            digests = self._digests(writer, arguments)
        program = self._program.components(writer)
        data = self._data(arguments) if self._reads or self._files else []
        call = _Call(program, digests, data, any(map(_is_dataset, writer.met)))
        known = self._known.get(call.token)
        # Its components are those of this very program: while it is kept, no other has its id.
        return known[1] if known is not None else self._new(call, arguments)

    def _digests(self, writer: Encoder, arguments: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """For each parameter that counts: its name, its digest, whether it holds a secret."""
        digests = []
        for name, value in arguments.items():
            if name in self._ignore:
                continue
            label = self._labels.get(name) or self._label(name)
            write = writer.digest_in_order if name in self._ordered else writer.digest
            digests.append((name, write(value, label[1]), writer.secrets))
            writer.secrets = False
        return digests

    def _data(self, arguments: Mapping[str, Any]) -> list[Component]:
        bound = [dataset.bind(arguments) for dataset in self._reads]
        data = [_component(dataset, dataset.version()) for dataset in bound]
        return [*data, *file_components(self._files, self._function)]

    def _new(self, call: _Call, arguments: Mapping[str, Any]) -> Recipe:
        plain: list[Component] = []
        secrets: list[Component] = []
        for name, digest, holds_secret in call.digests:
            label, _, secret = self._labels[name]
            text = "" if secret else shown(arguments[name])
            (secrets if holds_secret else plain).append(Component(label, digest, text))
        components = [*plain, *call.data, *call.program]
        if self._version is not None:
            components.append(version_component(self._version))
        if secrets:
            components.append(sealed(secrets, Recipe(self._task, tuple(components))))
        recipe = Recipe(self._task, tuple(components), call.with_datasets)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[call.token] = (call.program, recipe)
        return recipe

    def _label(self, name: str) -> tuple[str, str, bool]:
        secret = bears_secret(name)
        self._labels[name] = label = (f"parameter:{name}", f"parameter {name}", secret)
        return label


class _Call(msgspec.Struct, frozen=True):
    """What the recipe of a call is made of."""

    program: tuple[Component, ...]
    digests: list[tuple[str, Digest, bool]]
    data: list[Component]
    with_datasets: bool

    @property
    def token(self) -> tuple[object, ...]:
        """Equal for calls that have one recipe: less work than the recipe itself.

        Where no more than small scalars went into it, it is made of their digests alone.
        """
        parts: list[object] = [id(self.program), *(digest.raw for _, digest, _ in self.digests)]
        parts += [name for name, _, secret in self.digests if secret]
        for one in self.data:
            parts += (one.name, one.digest.raw)
        return (*parts, True) if self.with_datasets else tuple(parts)


def _is_dataset(kind: type) -> bool:
    return all(hasattr(kind, name) for name in ("bind", "parameters", "version"))


def shown(value: Any) -> str:
    """A value in the lines of misses: itself if it is short, else its type.

    A class says by `__fingerprint_shown__` what its objects stand for.
    """
    kind = type(value)
    if kind not in _SHOWN:
        own = getattr(kind, "__fingerprint_shown__", None)
        return kind_of(value) if own is None else own(value)
    if (kind in (str, bytes) and len(value) > _SHORT) or (kind is int and abs(value) > _LARGE):
        return short_repr(value)
    return repr(value)


def _component(dataset: Dataset, version: DataVersion) -> Component:
    shown = f"{version.evidence} {version.digest.hex[:8]}"
    return Component(f"data:{dataset.name}", version.digest, shown)
