"""Where a Ref may stand for a value: in arguments that nobody looks into before they are loaded."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.containers import changed, has_refs
from orchestra_cache.airflow.link import CachedFromLink
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.airflow.telling import ToldOperator
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.declaration import Declaration
from orchestra_cache.readers import read_ref
from orchestra_cache.ref import Ref

__all__ = ["Handed", "TakesRefs", "asking_for_refs", "counted", "sends_refs"]

# Whether what is rendered is a part of an argument that may hold Refs; None outside of all fields.
_within: ContextVar[bool | None] = ContextVar("orchestra_cache_within_arguments", default=None)

# What an operator is executed by, from the outside to the inside.
_STEPS = (
    "execute", "aexecute", "resume_execution", "determine_kwargs", "execute_callable",
    "aexecute_callable",
)  # fmt: skip

# Airflow has to find a list and a dict here.
_CONTAINERS = ("op_args", "op_kwargs")

# Whom Airflow hands the context when a task has run.
_CALLBACKS = (
    "on_failure_callback", "on_retry_callback", "on_skipped_callback", "on_success_callback",
)  # fmt: skip

# What a template sees the operator by, be it in a macro: `{{ task.sql }}`, `{{ count(ti) }}`.
_ASKING = re.compile(r"\b(ti|task|task_instance|context)\b")

# What holds nothing that is rendered on its own.
_SCALARS = frozenset({bool, bytes, float, int, str, type(None)})


class TakesRefs(ToldOperator):
    """An operator that may be given Refs, and is given their values before it runs.

    Attributes:
        _orchestra_cache_looks_into: Types of values that its key looks into: no Ref is left there.
    """

    _orchestra_cache_terms: CacheTerms
    _orchestra_cache_looks_into: ClassVar[Collection[str]] = ()

    def render_template(self, content: Any, *args: Any, **kwargs: Any) -> Any:
        """Airflow's own; where an upstream's output is an argument, its Ref will do."""
        if isinstance(content, str) and _is_asking(content, self.template_ext):
            # It may look at what was rendered before it.
            _put_values(self)
        if type(content) in _SCALARS:
            return super().render_template(content, *args, **kwargs)
        with asking_for_refs(self, content):
            rendered = super().render_template(content, *args, **kwargs)
        if isinstance(rendered, Ref) and rendered.type in self._orchestra_cache_looks_into:
            return read_ref(rendered, self._orchestra_cache_terms.own)
        return rendered

    def _orchestra_cache_fields(self) -> Collection[str]:
        """The fields that may hold Refs."""
        raise NotImplementedError

    def _orchestra_cache_outside(self) -> Iterable[type]:
        """The classes whose steps are taken before values are where they belong."""
        raise NotImplementedError


@contextmanager
def asking_for_refs(operator: Any, content: Any) -> Iterator[None]:
    """While a template is rendered: ask for a Ref if `changed` will find it again.

    A template looks inside, and so does who reads a field that is no argument.
    """
    inside, is_output = _within.get(), _compat.is_output(content)
    if inside is None:
        inside = _is_field(operator, content, but=_CONTAINERS if is_output else ())
    plain = type(content) in (list, tuple, set, dict)
    within = _within.set(inside and plain)
    wants = wants_refs.set(inside and is_output and not _is_handed_on(operator))
    try:
        yield
    finally:
        wants_refs.reset(wants)
        _within.reset(within)


def counted(
    declaration: Declaration, arguments: Mapping[str, Any], terms: CacheTerms
) -> dict[str, Any]:
    """Arguments as a key counts them: by what they hold where a Ref does not say it.

    It has no order, and does not say what a dataset is called.
    """
    names = declaration.ordered.union(*(one.parameters for one in declaration.reads))
    read = _reader(terms)
    return {
        name: changed(value, read) if name in names else value for name, value in arguments.items()
    }


def sends_refs(operator: TakesRefs) -> bool:
    """Whether a Ref may stand for an operator's result: nobody but Airflow looks into that."""
    from orchestra_cache.airflow.xcom import CacheXComBackend

    active = issubclass(_compat.active_xcom(), CacheXComBackend)
    looked_into = _compat.has_post_execute(operator) or _steps_outside(operator)
    return bool(operator.do_xcom_push) and active and not looked_into


@dataclass
class Handed:
    """What one run of an operator was given, with Refs in it until values are put there.

    Attributes:
        fields: Of the operator, those that hold Refs.
        named: Of `op_kwargs`, what the user gave: the context of the run has it too.
        passed: `op_kwargs` as they are passed on.
    """

    operator: TakesRefs
    context: Any
    fields: dict[str, Any]
    named: dict[str, Any] = field(default_factory=dict)
    passed: Mapping[str, Any] = field(default_factory=dict)
    _loaded: bool = False

    @classmethod
    def to(
        cls, operator: TakesRefs, context: Any, named: Mapping[str, Any] | None = None
    ) -> Handed:
        fields = _fields(operator)
        # Airflow has added what the callable asks for: some of that asks the database.
        passed = {} if named is None else fields.pop("op_kwargs", {})
        handed = cls(operator, context, _with_refs(fields), _with_refs(named or {}), passed)
        handed._call_back()
        return handed

    def put(self) -> None:
        """Put values where Refs are: in the operator, and in the context of its run.

        Raises:
            StoreError: One cannot be read; the message says which task to clear.
        """
        if not self._loaded:
            read = _reader(self.operator._orchestra_cache_terms)
            self.fields, self.named = changed(self.fields, read), changed(self.named, read)
            self._loaded = True
        for name, value in self.fields.items():
            setattr(self.operator, name, value)
        for name, value in self.named.items():
            self.context[name] = value
        if self.named:
            more = {name: value for name, value in self.named.items() if name in self.passed}
            self.operator.op_kwargs = {**self.passed, **more}

    def _call_back(self) -> None:
        """Have the user's callbacks called when values are there: a hit has put none."""

        def put_values(_: object) -> None:
            self.put()

        for name in _CALLBACKS:
            others = getattr(self.operator, name, None)
            if others and (self.fields or self.named):
                others = list(others) if isinstance(others, (list, tuple)) else [others]
                setattr(self.operator, name, [put_values, *others])


def _is_asking(content: str, files: Iterable[str]) -> bool:
    """Whether a template may look at the operator: of one in a file that is not known."""
    return bool("{" in content and _ASKING.search(content)) or content.endswith(tuple(files))


def _put_values(operator: TakesRefs) -> None:
    if found := _with_refs(_fields(operator)):
        Handed(operator, {}, found).put()


def _fields(operator: TakesRefs) -> dict[str, Any]:
    held = vars(operator)
    return {name: held[name] for name in operator._orchestra_cache_fields() if name in held}


def _reader(terms: CacheTerms) -> Callable[[Any], Any]:
    return lambda value: read_ref(value, terms.own) if isinstance(value, Ref) else value


def _with_refs(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if has_refs(value)}


def _is_field(operator: TakesRefs, content: Any, but: Collection[str]) -> bool:
    """Whether a content is such a field, and nothing else of the operator."""
    names = {*operator._orchestra_cache_fields()}.difference(but)
    places = [name for name, held in vars(operator).items() if held is content]
    return bool(places) and names.issuperset(places)


def _is_handed_on(operator: TakesRefs) -> bool:
    """Whether others than its own class look at an operator, before it runs or afterwards."""
    links = inspect.getattr_static(operator, "operator_extra_links", ())
    known = isinstance(links, (list, tuple)) and all(isinstance(it, CachedFromLink) for it in links)
    return not known or _compat.has_onlookers(operator) or _steps_outside(operator)


def _steps_outside(operator: TakesRefs) -> bool:
    kinds = operator._orchestra_cache_outside()
    return any(name in vars(kind) for kind in kinds for name in _STEPS)
