"""A hit or a miss inside a Python operator, where branches, XCom and outlets still follow.

The hook is `execute_callable`: what the operator does around the callable happens on a hit as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from orchestra_cache.airflow.calls import Call
from orchestra_cache.airflow.clears import OnClear
from orchestra_cache.airflow.handed import TakesRefs
from orchestra_cache.airflow.mistakes import named, named_in
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.terms import CacheTerms, checked
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.environment import Packages
from orchestra_cache.events import Hit
from orchestra_cache.policy import Mode
from orchestra_cache.settings import CacheLike
from orchestra_cache.threads import in_thread

__all__ = ["CallableCache"]


class CallableCache(TakesRefs):
    """Mix into an operator that has `execute_callable`.

    Args:
        cache: A name from the settings, a path or URL, or a `Cache`; without one, the default.
        reads: Datasets the callable reads; `{name}` in them is one of its parameters. This and
            what follows, to `codec`, is as in `Declaration`.
        namespace: The part of the cache to use, if that is not the cache's own. `{dag_id}` and
            `{task_id}` in it are the task's: without them, equal work is a hit wherever it ran.
        context: What the callable reads of its run and its result depends on: `{"ds"}`,
            `{"params.region", "variable:rate"}`; `()` if nothing of what it reads matters.
        ttl: How long after it was made an entry may be used.
        mode: As in `Policy`.
        single_flight: While one task computes a result, others that miss it wait and then hit.
            They wait for half of their `execution_timeout` at most, and then compute it too.
        on_clear: A task that a person cleared is computed again, and what it kept is replaced:
            `"refresh"`; or it is looked up like any other: `"reuse"`. Without a word, as
            `[orchestra_cache] on_clear` says, and if that says nothing, `"refresh"`.

    Raises:
        ConfigurationError: Something of this cannot be meant: the DAG does not import.
    """

    def __init__(
        self,
        *,
        cache: CacheLike = None,
        reads: Sequence[Dataset] | Dataset = (),
        ignore: Collection[str] = (),
        ordered: Collection[str] = (),
        version: str | None = None,
        packages: Packages = "reached",
        depends_on: Sequence[object] | object = (),
        files: Sequence[str] = (),
        first_party: Collection[str] = (),
        codec: str | None = None,
        namespace: str | None = None,
        context: Collection[str] | None = None,
        ttl: timedelta | None = None,
        mode: Mode = "use",
        single_flight: bool = False,
        on_clear: OnClear | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**self._orchestra_cache_upstream(kwargs))
        with named(self):
            self._orchestra_cache_take(
                cache=cache,
                reads=reads,
                ignore=ignore,
                ordered=ordered,
                version=version,
                packages=packages,
                depends_on=depends_on,
                files=files,
                first_party=first_party,
                codec=codec,
                namespace=namespace,
                context=context,
                ttl=ttl,
                mode=mode,
                single_flight=single_flight,
                on_clear=on_clear,
            )

    def _orchestra_cache_upstream(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the operator's own constructor takes."""
        return arguments

    def _orchestra_cache_take(self, **terms: Any) -> None:
        # Airflow looks at each attribute that is set: is it a template?
        held = self.__dict__
        held["_orchestra_cache_terms"] = CacheTerms.of(**terms)
        held["_orchestra_cache_declaration"] = self._orchestra_cache_declared()

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Airflow's own. What is mapped is made when it runs: too late to say what is wrong."""
        with named_in(kwargs):
            checked(kwargs.get("python_callable"), kwargs)
        return super().partial(**kwargs)

    op_args: Any
    op_kwargs: Any

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Airflow's own; what it then hands on may be a part of the context."""
        run = self._orchestra_cache_run(context)
        self._orchestra_cache_call = Call(self, run)
        try:
            return super().execute(context)
        finally:
            run.end()

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Airflow adds what the callable asks for by name; remember what the user gave."""
        self._orchestra_cache_call.given = dict(self.op_kwargs)
        return super().determine_kwargs(context)  # type: ignore[no-any-return]

    def execute_callable(self) -> Any:
        """Return the callable's result, found or computed."""
        call = self._orchestra_cache_call
        attempt = call.begin()
        try:
            if attempt is not None and isinstance(attempt.found, Hit):
                return attempt.found.value
            call.load()
            with call.watching(attempt) as pushed:
                value = super().execute_callable()
            return call.finish(attempt, value, pushed)
        finally:
            if attempt is not None:
                attempt.leave()

    async def aexecute_callable(self) -> Any:
        """The same for a coroutine function (Airflow 3.2 and later), off its event loop."""
        call = self._orchestra_cache_call
        attempt = await in_thread(call.begin)
        try:
            if attempt is not None and isinstance(attempt.found, Hit):
                return attempt.found.value
            await in_thread(call.load)
            with call.watching(attempt) as pushed:
                value = await super().aexecute_callable()
            return await in_thread(call.finish, attempt, value, pushed)
        finally:
            if attempt is not None:
                await in_thread(attempt.leave)

    def _orchestra_cache_declared(self) -> Declaration:
        return self._orchestra_cache_terms.declaration(self.python_callable)

    def _orchestra_cache_run(self, context: Mapping[str, Any]) -> OperatorRun:
        return OperatorRun(self, context, self._orchestra_cache_terms)

    def _orchestra_cache_fields(self) -> Collection[str]:
        return ("op_args", "op_kwargs")

    def _orchestra_cache_outside(self) -> Iterable[type]:
        known = ("airflow.", "orchestra_cache.")
        return [kind for kind in type(self).__mro__ if not kind.__module__.startswith(known)]
