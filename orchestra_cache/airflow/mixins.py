"""A hit or a miss inside a Python operator, where branches, XCom and outlets still follow.

The hook is `execute_callable`: what the operator does around the callable happens on a hit as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.attempt import Attempt
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Hit, Uncached, emit
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.ref import Ref
from orchestra_cache.settings import CacheLike, checked_cache, find_cache, read_ref
from orchestra_cache.threads import in_thread

__all__ = ["CallableCache"]

# Of what Airflow passes by name, these are plain values that say what a run is about.
_VALUES = frozenset(
    {
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "logical_date",
        "params",
        "partition_key",
        "templates_dict",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
    }
)


class CallableCache(_compat.BaseOperator):  # type: ignore[misc]
    """Mix into an operator that has `execute_callable`.

    Args:
        cache: A name from the settings, a path or URL, or a `Cache`; without one, the default.
        reads: Datasets the callable reads; `{name}` in them is one of its parameters.
        ignore: Parameters that do not change the result.
        ttl: How long after it was made an entry may be used.
        mode: As in `Policy`.

    Raises:
        ConfigurationError: Something of this cannot be meant: the DAG does not import.
    """

    def __init__(
        self,
        *,
        cache: CacheLike = None,
        reads: Sequence[Dataset] | Dataset = (),
        ignore: Collection[str] = (),
        ttl: timedelta | None = None,
        mode: Mode = "use",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._cache = checked_cache(cache)
        self._policy = Policy(ttl, mode)
        self._declaration = Declaration(self.python_callable, reads=reads, ignore=ignore)

    op_args: Any
    op_kwargs: Any

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Airflow adds what the callable asks for by name; remember what the user gave."""
        self._given = frozenset(self.op_kwargs)
        self._producer = _compat.producer(context)
        return super().determine_kwargs(context)  # type: ignore[no-any-return]

    def execute_callable(self) -> Any:
        """Return the callable's result, found or computed."""
        attempt = self._begin()
        if attempt is not None and isinstance(attempt.found, Hit):
            return attempt.found.value
        self._load_refs()
        value = super().execute_callable()
        return value if attempt is None else attempt.finish(value)

    async def aexecute_callable(self) -> Any:
        """The same for a coroutine function (Airflow 3.2 and later), off its event loop."""
        attempt = await in_thread(self._begin)
        if attempt is not None and isinstance(attempt.found, Hit):
            return attempt.found.value
        await in_thread(self._load_refs)
        value = await super().aexecute_callable()
        return value if attempt is None else await in_thread(attempt.finish, value)

    def render_template(self, content: Any, *args: Any, **kwargs: Any) -> Any:
        """Ask for a Ref where an upstream's output is the argument; a template looks inside."""
        token = wants_refs.set(_compat.is_output(content))
        try:
            return super().render_template(content, *args, **kwargs)
        finally:
            wants_refs.reset(token)

    def _begin(self) -> Attempt | None:
        """Look the call up; None where it cannot be cached, said in one warning."""
        try:
            unseen = self._unseen()
            if unseen:
                emit(_unkeyed(self._declaration.task, unseen))
                return None
            cache = find_cache(self._cache)
            arguments = self._arguments()
        except Exception as error:
            emit(Uncached.because(self._declaration.task, error))
            return None
        return cache.begin(
            self._declaration,
            arguments,
            policy=self._policy,
            producer=self._producer,
            refs=self._sends_refs(),
            lenient=True,
        )

    def _arguments(self) -> dict[str, Any]:
        """What is fingerprinted: results of a mapped task by content, which Airflow reads late."""
        token = wants_refs.set(True)
        try:
            positional = [_changed(value, _compat.gathered) for value in self.op_args]
            named = _changed(dict(self.op_kwargs), _compat.gathered)
        finally:
            wants_refs.reset(token)
        return self._declaration.bind(*positional, **named)

    def _unseen(self) -> list[str]:
        """Names that Airflow passes and whose content no key can hold."""
        return sorted(set(self.op_kwargs) - self._given - _VALUES - self._declaration.ignore)

    def _sends_refs(self) -> bool:
        """Whether a Ref may stand for the result in XCom: nobody else looks into it."""
        from orchestra_cache.airflow.xcom import CacheXComBackend

        counted = self.multiple_outputs or _compat.is_mapped_over(self)
        active = issubclass(_compat.active_xcom(), CacheXComBackend)
        return bool(self.do_xcom_push) and active and not counted

    def _load_refs(self) -> None:
        """The callable runs: give it the values that its Refs stand for."""

        def loaded(value: Any) -> Any:
            return read_ref(value, self._cache) if isinstance(value, Ref) else value

        self.op_args = [_changed(value, loaded) for value in self.op_args]
        self.op_kwargs = {name: _changed(value, loaded) for name, value in self.op_kwargs.items()}


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change what is in the plain containers that templates are rendered into."""
    if type(value) in (list, tuple, set):
        return type(value)(_changed(part, change) for part in value)
    if type(value) is dict:
        return {name: _changed(part, change) for name, part in value.items()}
    return change(value)


def _unkeyed(task: str, names: list[str]) -> Uncached:
    shown = ", ".join(f"`{name}`" for name in names[:4]) + (" …" if len(names) > 4 else "")
    return Uncached(
        task,
        "",
        f"it asks Airflow for {shown}, which the key cannot see",
        "pass what it needs of that as a templated argument, or name it in `ignore={…}`",
    )
