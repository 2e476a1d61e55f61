"""Collect what callables reach, and digest it, callees first.

First the definitions are collected and their references noted; then each gets a digest made of
its own text and of the digests of what it refers to. Definitions that refer to each other in a
circle get theirs by rounds. Names of modules and files are labels for people and in no digest.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from orchestra_cache.errors import DatasetError, FingerprintError
from orchestra_cache.fingerprints.code.definitions import sketch
from orchestra_cache.fingerprints.code.foreign import is_made, is_made_function
from orchestra_cache.fingerprints.code.graph import components
from orchestra_cache.fingerprints.code.makings import Making, Makings, spared_within, unidentified
from orchestra_cache.fingerprints.code.orchestrators import orchestrated
from orchestra_cache.fingerprints.code.reach import Several, Unbound
from orchestra_cache.fingerprints.code.sketches import Sketch
from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import binary, node, text
from orchestra_cache.fingerprints.origin import Origin, module_name_of, origin_of
from orchestra_cache.fingerprints.recipe import bears_secret
from orchestra_cache.fingerprints.values.encoder import Encoder
from orchestra_cache.fingerprints.values.nodes import Context, short_repr
from orchestra_cache.fingerprints.values.objects import class_name

__all__ = ["ChangedError", "Definition", "Tracer"]

_SHOWN = (bool, int, float, str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Definition:
    """One function, class, module or constant that was reached.

    Attributes:
        label: For people: where it is defined.
        digest: Of its own text alone, so that an edit shows where it was made.
        shown: A constant's value, if it is short.
    """

    label: str
    digest: Digest
    shown: str = ""


@dataclass(slots=True)
class Tracer:
    """The definitions reached so far, by identity."""

    first_party: Collection[str]
    secret: bytes | None = None
    sketches: dict[int, Sketch] = field(default_factory=dict)
    edges: dict[int, list[int]] = field(default_factory=dict)
    constants: dict[tuple[int, str], bytes] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    found: list[object] = field(default_factory=list)
    referred: dict[int, None] = field(default_factory=dict)
    made: dict[tuple[int, str], Makings] = field(default_factory=dict)
    interned: dict[object, Making] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    met_secret: bool = False
    seen: dict[tuple[int, str], bytes] = field(default_factory=dict)
    sealed: set[tuple[int, str]] = field(default_factory=set)

    def digest(self, roots: Sequence[object]) -> Digest:
        """Digest of all that the roots reach, and of how it is connected."""
        for root in roots:
            self.written(root, self.note)
        self.collect()
        refer = partial(_deep, self.digests())
        return combine("code", *(self.written(root, refer) for root in roots))

    def note(self, thing: object) -> bytes:
        """Take a definition up in the list of those to be looked at."""
        if id(thing) not in self.sketches:
            self.sketches[id(thing)] = sketch(thing, self.first_party)
            self.found.append(thing)
        self.referred[id(thing)] = None
        return b""

    def collect(self) -> None:
        """Look at every definition, at those it refers to, and so on."""
        position = 0
        while position < len(self.found):
            thing = self.found[position]
            position += 1
            edges: dict[int, None] = {}
            for name, value in self.sketches[id(thing)].bindings.items():
                self.referred, self.met_secret = {}, False
                written = self._first(thing, name, value)
                self.seen[id(thing), name] = written
                edges.update(self.referred)
                if not self.referred:
                    self.constants[id(thing), name] = written
                if self.met_secret:
                    self.sealed.add((id(thing), name))
            self.edges[id(thing)] = list(edges)

    def _first(self, thing: object, name: str, value: object) -> bytes:
        count = len(self.found)
        try:
            return self.written(value, self.note)
        except (DatasetError, FingerprintError):
            # A logger, a lock, a client: what counts is how it is made.
            for noted in self.found[count:]:
                del self.sketches[id(noted)]
            del self.found[count:]
            self.referred = {}
            return self._made(thing, name, value)

    def _made(self, thing: object, name: str, value: object) -> bytes:
        sketched = self.sketches[id(thing)]
        makings = sketched.makings(name)
        if makings:
            self.made[id(thing), name] = makings
            return self._makings(makings, self.note)
        if sketched.foreign:
            return node("unidentified")
        written, unknown = unidentified(value)
        if unknown:
            self.unknown.append(_label(sketched, name))
        return written

    def _makings(self, makings: Makings, refer: Callable[[object], bytes]) -> bytes:
        return node("made", *(refer(self._interned(one)) for one in makings))

    def _interned(self, one: Making | types.ModuleType) -> object:
        return self.interned.setdefault(one.place, one) if isinstance(one, Making) else one

    def digests(self) -> dict[int, Digest]:
        """Digest of each definition with all it reaches."""
        digests: dict[int, Digest] = {}
        for component in components(self.edges):
            [first, *others] = component
            if others or first in self.edges[first]:
                digests.update(self._circle(component, digests))
            else:
                digests[first] = self._digest(first, digests)
        return digests

    def _circle(self, component: list[int], digests: dict[int, Digest]) -> dict[int, Digest]:
        """Digest what refers to each other, by rounds, until another tells nothing more apart.

        Each round's digest holds the one before, and the last ones hold each other: that makes the
        few rounds tell apart all that as many as there are members would.
        """
        known = {one: combine("definition", self.sketches[one].own) for one in component}
        apart = 0
        while len(set(known.values())) > apart:
            apart = len(set(known.values()))
            around = {**digests, **known}
            known = {
                one: combine("round", known[one].raw, self._digest(one, around).raw)
                for one in component
            }
        every = combine("circle", *sorted({digest.raw for digest in known.values()})).raw
        return {one: combine("circle", digest.raw, every) for one, digest in known.items()}

    def _digest(self, one: int, digests: dict[int, Digest]) -> Digest:
        found = self.sketches[one]
        refer = partial(_deep, digests)
        parts = [found.own]
        for name, value in found.bindings.items():
            written = self.constants.get((one, name))
            if written is None and (one, name) in self.made:
                written = self._makings(self.made[one, name], refer)
            elif written is None:
                written = self.written(value, refer)
            parts += [name.encode("utf-8", "surrogatepass"), written]
        return combine("definition", *parts)

    def definitions(self) -> Iterable[Definition]:
        """What was reached; no digest of a secret is among it."""
        for thing in self.found:
            found = self.sketches[id(thing)]
            names = [name.encode("utf-8", "surrogatepass") for name in found.bindings]
            yield Definition(found.label, combine("label", found.own, *names))
            for name, value in found.bindings.items():
                written = self.constants.get((id(thing), name))
                hidden = self._by_name(value) or (id(thing), name) in self.sealed
                if written is not None and not hidden:
                    yield Definition(
                        _label(found, name), combine("constant", written), _shown(name, value)
                    )

    def _by_name(self, value: object) -> bool:
        kinds = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, Unbound)
        return isinstance(value, kinds) or orchestrated(value)

    def written(self, value: object, refer: Callable[[object], bytes]) -> bytes:
        """Canonical bytes of a bound value; definitions in it are written by `refer`."""
        if isinstance(value, Unbound):
            return self._external(value.package, "")
        if isinstance(value, Several):
            return node("several", *(self.written(one, refer) for one in value.values))
        if isinstance(value, Making):
            return self._makings([value], refer)
        if isinstance(value, types.ModuleType):
            followed = origin_of(value.__name__, self.first_party).first_party
            return refer(value) if followed else self._external(value.__name__, "")
        if orchestrated(value) and not hasattr(value, "__wrapped__"):
            return node("orchestrator")
        code, spare = partial(self._code, refer), spared_within(value)
        encoder = Encoder(code, secret=self.secret, spare=spare)
        written = encoder.encode(value)
        self.met_secret = self.met_secret or encoder.secrets
        # An object that says its own fingerprint is not among what was met.
        met = {*encoder.met, type(value)} - {*encoder.namesakes}
        kinds = [*sorted(filter(self._followed, met), key=class_name), *encoder.namesakes]
        return node("bound", written, *(self._refer(refer, kind) for kind in kinds))

    def _code(self, refer: Callable[[object], bytes], thing: object, context: Context) -> bytes:
        return self._refer(refer, thing)

    def _followed(self, kind: type) -> bool:
        origin = origin_of(kind.__module__, self.first_party)
        return origin.first_party or origin.distribution is not None or is_made(kind)

    def _refer(self, refer: Callable[[object], bytes], thing: object) -> bytes:
        if isinstance(thing, types.ModuleType):
            return node("module", self.written(thing, refer))
        module = _home_of(thing)
        inner = _wrapped(thing)
        if inner is not None and orchestrated(thing):
            return self._refer(refer, inner)
        followed = origin_of(module, self.first_party).first_party
        followed = followed or (isinstance(thing, type) and is_made(thing))
        if followed and isinstance(thing, (types.FunctionType, type)):
            return node("definition", refer(thing))
        around = list(self._around(refer, thing, inner))
        if inner is not None and not isinstance(thing, (types.FunctionType, type)):
            # A cached function bears the names of what it wraps: what counts is who wraps it.
            return self._external(type(thing).__module__, type(thing).__qualname__, *around)
        name = getattr(thing, "__qualname__", type(thing).__qualname__)
        return self._external(module, name, *around)

    def _around(
        self, refer: Callable[[object], bytes], thing: object, inner: object
    ) -> Iterable[bytes]:
        """What a library's thing wraps, dispatches to, or was made of."""
        if inner is not None:
            yield self.written(inner, refer)
        registry = getattr(thing, "registry", None)
        if isinstance(registry, types.MappingProxyType):
            yield self.written(dict(registry), refer)
        if isinstance(thing, types.FunctionType) and is_made_function(thing, self._origin):
            yield refer(thing)

    def _origin(self, module: str) -> Origin:
        return origin_of(module, self.first_party)

    def _external(self, module: str, name: str, *around: bytes) -> bytes:
        origin = origin_of(module, self.first_party)
        if origin.distribution is not None:
            self.packages[origin.distribution] = origin.version or "unknown"
        # `pathlib.Path` is defined in `pathlib._local` on some Pythons.
        top, *deeper = module.split(".")
        public = ".".join([top, *(part for part in deeper if part[:1] != "_")])
        return node("external", text(public), text(name), *around)


def _home_of(thing: object) -> str:
    # `wraps` copies the wrapped function's module name onto the wrapper.
    if isinstance(thing, types.FunctionType):
        return str(thing.__globals__.get("__name__", ""))
    return module_name_of(thing)


def _wrapped(thing: object) -> object:
    inner = getattr(thing, "__wrapped__", None)
    # `classmethod` itself has a descriptor of that name, and wraps nothing.
    return None if isinstance(inner, types.MemberDescriptorType) else inner


class ChangedError(Exception):
    """While it was written, somebody put another definition into what a definition holds."""


def _deep(digests: dict[int, Digest], thing: object) -> bytes:
    try:
        return binary(digests[id(thing)].raw)
    except KeyError:
        raise ChangedError from None


def _label(found: Sketch, name: str) -> str:
    return f"{found.label} {name}" if " " in name else f"{found.module}.{name}"


def _shown(name: str, value: object) -> str:
    return short_repr(value) if type(value) in _SHOWN and not bears_secret(name) else ""
