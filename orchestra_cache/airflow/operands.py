"""What an operator of any kind is made of: its class, its arguments, its connections."""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import json
import re
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from orchestra_cache.airflow._compat import executions as _compat
from orchestra_cache.airflow._compat.operators import BaseOperator, gathered
from orchestra_cache.airflow.hooks import connections_of, defaults_of
from orchestra_cache.airflow.telling import ToldOperator
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.declaration import Declaration
from orchestra_cache.environment import innermost, name_of, package_components
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.origin import origin_of
from orchestra_cache.fingerprints.recipe import Component

__all__ = ["COUNTED", "MORE", "Operands", "OperatorDeclaration", "functions_in", "parameters_of"]

# The argument that stands for what an operator holds beside its constructor's arguments.
MORE = "attributes"

# Of what Airflow itself takes for every operator, what some look at to say what they return.
COUNTED = frozenset({"do_xcom_push", "executor_config", "multiple_outputs", "run_as_user"})

_PROVIDER = re.compile(r"airflow\.providers\.(.+)")
_EMPTY = inspect.Parameter.empty


class OperatorDeclaration(Declaration):
    """An operator's class, whose parameters are those of all its constructors."""

    def __init__(self, kind: type, names: Iterable[str], **terms: Any) -> None:
        self._kind, self._names = kind, frozenset(names)
        super().__init__(kind, **terms)

    @property
    def _parameters(self) -> Collection[str]:
        """Any names may be parameters of an operator, even those that Python reserves."""
        hooks = (name for name, _ in defaults_of(self._kind, self._first_party))
        return sorted({*self._names, *hooks, MORE})

    _shown = _parameters


@dataclass(frozen=True)
class Operands:
    """An operator as it is when it runs, templates rendered.

    Attributes:
        kind: Its class, without what the cache added.
    """

    operator: Any
    kind: type

    @property
    def names(self) -> Mapping[str, object]:
        """What may be ignored, and with which default."""
        return parameters_of(self.kind)

    def check(self, terms: CacheTerms) -> None:
        """See to it that terms fit it, which may be no more than its class yet.

        Raises:
            ConfigurationError: One does not.
        """
        declared, names = terms.declared, self.names.keys()
        asked = terms.ignore.union(
            declared["ordered"], *(it.parameters for it in declared["reads"])
        )
        # This is done for each task of a DAG, and to look through code for hooks takes a while.
        if not asked <= names:
            OperatorDeclaration(self.kind, self.names, ignore=terms.ignore, **declared)

    def declaration(self, terms: CacheTerms) -> Declaration:
        """Its class, with the functions among its arguments.

        Raises:
            ConfigurationError: A term does not fit the operator.
        """
        declared = dict(terms.declared)
        functions = self.functions(terms.ignore)
        more = (*declared.pop("depends_on", ()), *functions)
        return OperatorDeclaration(
            self.kind,
            self.names,
            ignore=terms.ignore,
            depends_on=more,
            **declared,
        )

    def arguments(self, terms: CacheTerms) -> dict[str, Any]:
        """All that counts of it, by name.

        What it holds is what it runs with: rendered, or changed by its constructor. Connections
        are asked for here.
        """
        found = {name: _plain(value) for name, value in self._held().items()}
        counted = {name: value for name, value in found.items() if name not in terms.ignore}
        return counted | dict(self._connections(counted, terms))

    def functions(self, ignore: frozenset[str]) -> list[types.FunctionType]:
        """Those among its arguments that are not ignored, in whichever containers."""
        held = {**vars(self.operator).get("_BaseOperator__init_kwargs", {}), **vars(self.operator)}
        own = _compat.own_names() | ignore
        counted = [value for name, value in sorted(held.items()) if name not in own]
        return [one for value in counted for one in functions_in(value)]

    def reads_its_run(self) -> tuple[str, ...]:
        """What can be seen of it that no key holds, beside its code."""
        return ()

    def _held(self) -> dict[str, Any]:
        own, held = _compat.own_names() - COUNTED, vars(self.operator)
        names = parameters_of(self.kind)
        given: Mapping[str, Any] = held.get("_BaseOperator__init_kwargs", {})
        found = {name: value for name, value in names.items() if value is not _EMPTY}
        found |= {name: value for name, value in given.items() if name in names}
        found |= {name: value for name, value in held.items() if name in names}
        more = {name: value for name, value in held.items() if name not in names}
        found[MORE] = {name: value for name, value in more.items() if _counts(name, own)}
        return found

    def components(self, terms: CacheTerms) -> tuple[Component, ...]:
        """The names of the classes that are not followed, and the versions of their packages."""
        first_party = terms.declared["first_party"]
        packages, names = {}, []
        for kind in self.kind.__mro__[: self.kind.__mro__.index(BaseOperator)]:
            found = _package_of(kind.__module__, first_party)
            if found is not None:
                names.append(f"{kind.__module__}.{kind.__qualname__}")
                packages[found[0]] = found[1]
        installed = package_components(packages, terms.declared["packages"])
        counted = [one for one in installed if one.name.partition(":")[2] in packages]
        digest = combine("operator", *(name.encode() for name in names))
        shown = names[0] if names else ""
        return (Component("operator", digest, shown), *counted)

    def _connections(
        self, arguments: Mapping[str, Any], terms: CacheTerms
    ) -> Iterator[tuple[str, object]]:
        own = terms.declared["first_party"]
        for name in connections_of(
            self.operator, self.kind, arguments, ignore=terms.ignore, first_party=own
        ):
            found = _compat.connection(name)
            place = found and [found.conn_type, found.host, found.schema, found.port]
            yield f"connection:{name}", place
            if found is not None:
                # By the namespace's key, where it has one. What opens it does not change what
                # lies there: the password is not even looked at.
                yield f"connection:{name}:login", SecretStr(_login(found))


@functools.cache
def parameters_of(kind: type) -> Mapping[str, object]:
    """The parameters of an operator's constructors with their defaults, Airflow's own left out."""
    names: dict[str, object] = dict.fromkeys(COUNTED, _EMPTY)
    for one in kind.__mro__[: kind.__mro__.index(BaseOperator)]:
        if "__init__" in vars(one):
            for parameter in list(inspect.signature(vars(one)["__init__"]).parameters.values())[1:]:
                if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                    names.setdefault(parameter.name, parameter.default)
    own = inspect.signature(BaseOperator.__init__).parameters.keys() - COUNTED
    found = {name: default for name, default in names.items() if name not in own}
    return types.MappingProxyType(found)


def _counts(name: str, own: frozenset[str]) -> bool:
    ours = name in vars(ToldOperator) or name.startswith("_orchestra_cache")
    return not ours and name not in own and not name.startswith("_BaseOperator__")


def _plain(value: Any) -> Any:
    """The results of a mapped task, which Airflow reads late, as a list."""
    if type(value) is dict:
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if type(value) is list else gathered(value)


def functions_in(value: Any) -> Iterator[types.FunctionType]:
    """A function, or those in containers and partials, however deep."""
    if isinstance(value, functools.partial):
        value = [value.func, *value.args, value.keywords]
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, (set, frozenset)):
        value = sorted(filter(callable, value), key=name_of)
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from functions_in(part)
    elif callable(value):
        bare = innermost(value)
        bare = getattr(bare, "__func__", bare)
        if isinstance(bare, types.FunctionType):
            yield bare


def _login(found: Any) -> str:
    extra = found.extra or ""
    with suppress(ValueError):
        # What is no document is a text, and counts as one.
        extra = json.loads(extra) if extra else {}
    return json.dumps([found.login, extra], sort_keys=True)


@functools.cache
def _package_of(module: str, first_party: frozenset[str]) -> tuple[str, str] | None:
    """The distribution whose version says what a module is; None if its code is followed."""
    origin = origin_of(module, first_party)
    if origin.first_party or origin.distribution is None:
        return None
    provider = _PROVIDER.fullmatch(module)
    parts = provider[1].split(".") if provider else []
    for count in range(len(parts), 0, -1):
        name = "-".join(["apache-airflow-providers", *parts[:count]]).replace("_", "-")
        try:
            return name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return origin.distribution, str(origin.version)
