"""What a definition is before its references are followed."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.origin import Origin, module_name_of
from orchestra_cache.fingerprints.values.objects import module_label

if TYPE_CHECKING:
    from orchestra_cache.fingerprints.code.makings import Makings

__all__ = ["OriginOf", "Sketch", "label_of", "resolved"]

OriginOf = Callable[[str], Origin]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A definition before its references are followed.

    Attributes:
        label: For people: `module.qualified.name`.
        own: Canonical bytes of what stands in the definition itself.
        bindings: Every name it reaches, with what is bound to it now.
        makings: Finds definitions that say how a name got a value that has no identity; none, if
            nobody knows.
        weak: No source was found that compiles to the loaded code: bytecode stands in.
        imports: Names that are imported within the definition: modules, and what of each, if not
            the module itself.
        foreign: A library made it: what has no identity in it is not asked how it was made.
    """

    label: str
    module: str
    own: bytes
    bindings: Mapping[str, object]
    makings: Callable[[str], Makings]
    weak: bool = False
    imports: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    foreign: bool = False


def label_of(thing: object) -> str:
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    if isinstance(thing, types.FunctionType):
        module = str(thing.__globals__.get("__name__", ""))
    else:
        module = module_name_of(thing)
    return f"{module_label(module)}.{getattr(thing, '__qualname__', type(thing).__qualname__)}"


def resolved(
    chains: Collection[reach.Chain], scope: Mapping[str, object], origin: OriginOf
) -> dict[str, object]:
    """What each dotted name is bound to now."""

    def follows(module: str) -> bool:
        return origin(module).first_party

    return {".".join(chain): reach.resolve(chain, scope, follows) for chain in sorted(chains)}
