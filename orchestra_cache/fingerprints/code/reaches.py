"""Which of the names that somebody watches a task's code uses, helpers included, and where.

What is seen: every dotted name in code that is followed, through imports at the top or within a
function, aliases, closures, defaults, partials and tables; `getattr` and `import_module` with a
literal name. What is not: names that are computed, `eval`, and what installed packages do.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.makings import Making
from orchestra_cache.fingerprints.code.sketches import Sketch, label_of
from orchestra_cache.fingerprints.code.source import function_tree
from orchestra_cache.fingerprints.code.tracer import Tracer
from orchestra_cache.fingerprints.code.uses import (
    IMPORT,
    SUPER,
    Use,
    aliases_in,
    uses_in,
    uses_in_code,
)
from orchestra_cache.fingerprints.code.watched import Watched, loaded
from orchestra_cache.fingerprints.origin import origin_of

__all__ = ["reached"]

# What a text begins with, in the place of a name: `text:AIRFLOW_CTX_`.
_TEXT = "text:"

# How far one local name is another's, and how deep values are looked into.
_DEEPEST = 4

# What has no parts, and is most of any table.
_PLAIN = frozenset((type(None), bool, int, float, str, bytes))
_DEFINITIONS = (types.FunctionType, type, types.ModuleType)

# What a name stands for, and the names that lead on from there.
_Found = tuple[object, tuple[str, ...]]
_Roots = Callable[[str], Iterable[_Found]]


def reached(roots: Iterable[object], tracer: Tracer, names: frozenset[str]) -> tuple[str, ...]:
    """What is used of the watched names: `prefect.runtime.flow_run.name in shop.steps.load`."""
    texts = tuple(sorted(name[len(_TEXT) :] for name in names if name.startswith(_TEXT)))
    watched = Watched(name for name in names if not name.startswith(_TEXT))
    found: dict[str, None] = {}
    for root in roots:
        # A partial, or somebody else's function: it is no definition that is followed.
        for part in _definitions_in(root, lambda _: False):
            use = watched.use(part, (), whole=False)
            found |= {} if use is None else {f"{use} in {label_of(root)}": None}
    for thing in tracer.found:
        sketch = tracer.sketches[id(thing)]
        uses = {*_named(thing, sketch, watched), *_held(thing, sketch, watched, tracer)}
        if texts and isinstance(thing, types.FunctionType):
            uses |= {repr(text) for text in _texts_in(thing.__code__) if text.startswith(texts)}
        found |= dict.fromkeys(f"{use} in {sketch.label}" for use in sorted(uses))
    return tuple(found)


def _texts_in(code: types.CodeType) -> Iterator[str]:
    """The texts that a function is written with, those of functions in it included."""
    for one in code.co_consts:
        if isinstance(one, str):
            yield one
        elif isinstance(one, types.CodeType):
            yield from _texts_in(one)
        elif isinstance(one, (tuple, frozenset)):
            yield from (part for part in one if isinstance(part, str))


def _named(thing: object, sketch: Sketch, watched: Watched) -> Iterator[str]:
    """What the text of a definition uses."""
    if sketch.foreign or isinstance(thing, types.ModuleType):
        # The text of a module is that of its functions, which are definitions of their own.
        return
    uses, aliases, roots = _text(thing, sketch)
    for use in uses:
        for held, names in _resolved(use.chain, aliases, roots, _DEEPEST):
            found = watched.use(held, names, whole=use.whole)
            if found is not None:
                yield found


def _text(
    thing: Any, sketch: Sketch
) -> tuple[Iterable[Use], Mapping[str, tuple[reach.Chain, ...]], _Roots]:
    """What a definition says: names that it uses, its own names for them, what they stand for."""
    if isinstance(thing, types.FunctionType):
        tree = function_tree(thing.__code__)
        if tree is None:
            return uses_in_code(thing.__code__), {}, _roots_of(thing, sketch)
        return uses_in(tree), aliases_in(tree), _roots_of(thing, sketch)
    if isinstance(thing, Making):
        uses = [use for tree in thing.trees for use in uses_in(tree)]
        return uses, {}, functools.partial(_bound, thing.names)
    chains = [tuple(name.split(".")) for name in sketch.bindings if " " not in name]
    module = vars(sys.modules.get(thing.__module__, types.ModuleType("")))
    return [Use(one, whole=False) for one in chains], {}, functools.partial(_bound, module)


def _resolved(
    chain: reach.Chain,
    aliases: Mapping[str, tuple[reach.Chain, ...]],
    roots: _Roots,
    depth: int,
) -> Iterator[_Found]:
    """What a dotted name begins with, and what is left of it."""
    root, *names = chain
    if root[: len(IMPORT)] == IMPORT:
        yield loaded(root[len(IMPORT) :]), tuple(names)
        return
    for held, first in roots(root):
        yield held, (*first, *names)
    for alias in aliases.get(root, ()) if depth else ():
        # A name that is bound anew by itself, `x = x.y`, is looked at once.
        others = {name: found for name, found in aliases.items() if name != root}
        yield from _resolved((*alias, *names), others, roots, depth - 1)


def _bound(names: Mapping[str, object], name: str) -> Iterator[_Found]:
    if name in names:
        yield names[name], ()


def _roots_of(function: types.FunctionType, sketch: Sketch) -> _Roots:
    """What the first names in a function stand for: several, if more than one thing binds them."""
    scope = reach.scope_of(function, None, origin_of)
    owner = sketch.bindings.get("class")
    selves = {SUPER, *function.__code__.co_varnames[: function.__code__.co_argcount][:1]}

    def roots(name: str) -> Iterator[_Found]:
        for module, attribute in sketch.imports.get(name, ()):
            yield loaded(module), (attribute,) if attribute else ()
        held = scope.get(name, reach.UNBOUND)
        if held is not reach.UNBOUND:
            yield held, ()
        if f"default {name}" in sketch.bindings:
            yield sketch.bindings[f"default {name}"], ()
        if isinstance(owner, type) and name in selves:
            yield owner, ()

    return roots


def _held(thing: object, sketch: Sketch, watched: Watched, tracer: Tracer) -> Iterator[str]:
    """What the values hold that a definition reaches: a table of readers, a partial."""

    def own(kind: type) -> bool:
        return origin_of(kind.__module__, tracer.first_party).first_party

    for name, value in sketch.bindings.items():
        direct = name.startswith("default ")
        for part in _definitions_in(value, own):
            # What stands there by its own name alone is told by the text: it may be called only.
            found = watched.use(part, (), whole=True) if direct or part is not value else None
            if found is not None:
                yield found


def _definitions_in(value: object, own: Callable[[type], bool]) -> Iterator[object]:
    """Functions, methods, classes and modules that a value holds."""
    seen: dict[int, object] = {}
    todo: list[tuple[Any, int]] = [(value, _DEEPEST)]
    while todo:
        part, depth = todo.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, (*_DEFINITIONS, types.MethodType)):
            yield part
        elif depth:
            todo += [(one, depth - 1) for one in _parts(part, own) if type(one) not in _PLAIN]


def _parts(value: Any, own: Callable[[type], bool]) -> Iterable[object]:
    if isinstance(value, functools.partial):
        return (value.func, *value.args, *value.keywords.values())
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if isinstance(value, types.SimpleNamespace) or own(type(value)):
        return list(getattr(value, "__dict__", {}).values())
    return (inspect.getattr_static(value, "__wrapped__", None),)
