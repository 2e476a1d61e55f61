"""What a person sees in Airflow of one run of a task: its log, an XCom, its page, metrics."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar

from orchestra_cache.airflow._compat import operators
from orchestra_cache.airflow._compat import telling as _compat
from orchestra_cache.airflow.containers import has_refs
from orchestra_cache.airflow.link import SUMMARY, CachedFromLink, url_of_producer
from orchestra_cache.details import clean, details
from orchestra_cache.events import (
    Event,
    Failed,
    Hit,
    Miss,
    Published,
    Uncached,
    emit,
    subscribe,
)
from orchestra_cache.fingerprints.recipe import SECRETS, Component, Recipe, bears_secret
from orchestra_cache.observers import logs

__all__ = ["Telling", "ToldOperator"]

# Airflow shows what is logged below `airflow.task` with the task, whatever else it is set to.
_log = logging.getLogger("airflow.task.orchestra_cache")

_FIELD = "cache_key"

# What people gave; where that is not shown, it may be a secret.
_GIVEN = ("parameter", "context", "environment")


class ToldOperator(operators.BaseOperator):  # type: ignore[misc]
    """An operator with a field among the rendered templates for what its key is made of.

    Attributes:
        cache_key: Filled in when the task has run; Airflow shows it beside the templates.
        cached_from: The page of the task that made what was hit.
    """

    cache_key: Mapping[str, str] | None = None
    cached_from: str = ""
    template_fields: Sequence[str] = ()
    operator_extra_links: Any = ()
    template_fields_renderers: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.template_fields = (*_others(cls, "template_fields"), _FIELD)
        renderers = _others(cls, "template_fields_renderers")
        cls.template_fields_renderers = {**dict(renderers), _FIELD: "json"}
        links = _others(cls, "operator_extra_links")
        if isinstance(links, (list, tuple)):
            cls.operator_extra_links = (*links, CachedFromLink())
        elif hasattr(links, "__get__"):
            # Some operators have other links with other arguments.
            cls.operator_extra_links = property(lambda self: _with_ours(links.__get__(self, cls)))


def _with_ours(links: Iterable[Any]) -> tuple[Any, ...]:
    others = (link for link in links if not isinstance(link, CachedFromLink))
    return (*others, CachedFromLink())


def _others(cls: type, name: str) -> Any:
    """What a class has under a name without what is ours: a mixin of ours has nothing else."""
    for one in cls.__mro__:
        held = vars(one).get(name)
        if isinstance(held, Mapping):
            held = {key: value for key, value in held.items() if key != _FIELD}
        elif isinstance(held, (list, tuple)):
            held = tuple(it for it in held if it != _FIELD and not isinstance(it, CachedFromLink))
        if held:
            return held
    return ()


@dataclass
class Telling:
    """Tells of one run of an operator.

    Attributes:
        recipe: What its result depends on, once that is known.
        summary: What happened, in a few plain fields; nothing as long as nothing did.
        failed: The store did not do what it was asked; that has been said.
    """

    operator: Any
    context: Mapping[str, Any]
    recipe: Recipe | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    failed: bool = False
    _looked: Hit | Miss | None = None
    _rendered: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields = getattr(self.operator, "template_fields", ())
        self._rendered = {name: getattr(self.operator, name, None) for name in fields}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Around what the cache does for the run, and not around what the task does itself."""
        token = _current.set(self)
        try:
            with logs.writing_to(lambda: _log):
                yield
        finally:
            _current.reset(token)
            self._count_lookup()

    def hear(self, event: Event) -> None:
        """Take one event down."""
        self.failed = self.failed or isinstance(event, Failed)
        if isinstance(event, (Hit, Miss)):
            # Of several it is the last that counts: what a hit stands for may be gone.
            self._looked = event
            outcome = {"outcome": "hit" if isinstance(event, Hit) else "miss", "key": event.key}
            kept = {name: said for name, said in self.summary.items() if name == "failed"}
            self.summary = {**kept, **outcome, **details(event)}
            return
        if isinstance(event, Published):
            self.summary["published"] = details(event)
        elif isinstance(event, Uncached):
            self.summary["not_kept"] = details(event)
        elif isinstance(event, Failed):
            self.summary.setdefault("failed", []).append(details(event))
        if self.summary:
            self.summary.setdefault("outcome", "uncached")

    def _count_lookup(self) -> None:
        """Count what was found before the task goes on: its process may not reach the end."""
        looked, self._looked = self._looked, None
        try:
            if isinstance(looked, Hit):
                self._count("hit", 1)
                self._count("saved_seconds", round(looked.saved.total_seconds(), 3))
            elif isinstance(looked, Miss):
                self._count("miss", 1)
        except Exception as error:
            emit(Failed(self._task, "", "count what it did", error))

    def _count(self, what: str, count: float) -> None:
        instance = self.context["ti"]
        tags = {"dag_id": instance.dag_id, "task_id": instance.task_id}
        _compat.stats().incr(f"orchestra_cache.{what}", count, tags=tags)

    def end(self) -> None:
        """Leave what happened where Airflow shows it; never fails."""
        try:
            self.operator.cached_from = url_of_producer(self.summary)
            self._without_link()
            if self.summary and self.operator.do_xcom_push:
                self.context["ti"].xcom_push(SUMMARY, self.summary)
            self._show_key()
        except Exception as error:
            emit(Failed(self._task, "", "tell Airflow what it did", error))

    @property
    def _task(self) -> str:
        return self.recipe.task if self.recipe is not None else str(self.operator.task_id)

    def _without_link(self) -> None:
        # Airflow 3 writes a row for each link of an operator, be it empty.
        links = inspect.getattr_static(self.operator, "operator_extra_links")
        if not self.operator.cached_from and isinstance(links, (list, tuple)):
            others = [link for link in links if not isinstance(link, CachedFromLink)]
            self.operator.operator_extra_links = tuple(others)

    def _show_key(self) -> None:
        """Show what the key is made of, and all else as Airflow would."""
        if self.recipe is None or _FIELD not in self._rendered:
            return
        self.operator.cache_key = {
            "outcome": str(self.summary.get("outcome", "")),
            "key": str(self.recipe.key),
            **{clean(part.name): _shown(part) for part in self.recipe.components},
        }
        if _compat.shows_changes(self.operator):
            # Airflow will show what the operator has made of its fields, when this is over.
            self._put_back(has_refs)
            return
        own = self._put_back(lambda _: True)
        try:
            _compat.show_fields(self.operator, self.context)
        finally:
            # Callbacks and links are still to come, and may ask for what the operator has made.
            for name, value in own.items():
                setattr(self.operator, name, value)

    def _put_back(self, wanted: Callable[[Any], bool]) -> dict[str, Any]:
        """Put what was rendered in its place, and return what was there."""
        own = {}
        for name, value in self._rendered.items():
            held = getattr(self.operator, name, None)
            if name != _FIELD and held is not value and wanted(value):
                own[name] = held
                setattr(self.operator, name, value)
        return own


def _shown(part: Component) -> str:
    """A component for people; two that differ are told apart by the start of their digests."""
    # Many may look at this page, and the digest of a short secret lets it be guessed.
    bare = part.kind in _GIVEN and not part.shown
    if bare or part.name == SECRETS or bears_secret(part.name):
        return "…"
    return f"{clean(part.shown)} ({part.digest.hex[:12]})".lstrip()


_current: ContextVar[Telling | None] = ContextVar("orchestra_cache_airflow_run", default=None)


def _tell(event: Event) -> None:
    telling = _current.get()
    if telling is not None:
        telling.hear(event)


subscribe(_tell)
