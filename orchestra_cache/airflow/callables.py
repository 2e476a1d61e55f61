"""A hit or a miss inside a Python operator, where branches, XCom and outlets still follow.

The hook is `execute_callable`: what the operator does around the callable happens on a hit as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.clears import OnClear
from orchestra_cache.airflow.context import VALUES, unseen
from orchestra_cache.airflow.handed import asking_for_refs, changed, is_looked_into
from orchestra_cache.airflow.mistakes import named, named_in
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.airflow.repeating import Pushed, keeps, repeat, watching_pushes
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.setups import said_to_be_effect
from orchestra_cache.airflow.telling import ToldOperator
from orchestra_cache.airflow.terms import CacheTerms, checked
from orchestra_cache.attempt import Attempt
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.environment import Packages
from orchestra_cache.events import Hit, Uncached, emit
from orchestra_cache.policy import Mode
from orchestra_cache.readers import read_ref
from orchestra_cache.ref import Ref
from orchestra_cache.settings import CacheLike
from orchestra_cache.threads import in_thread

__all__ = ["CallableCache"]

_UNCOUNTED = object()


class CallableCache(ToldOperator):
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
        super().__init__(**kwargs)
        with named(self):
            self._take(
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

    def _take(self, **terms: Any) -> None:
        self._terms = CacheTerms.of(**terms)
        self._declaration = self._declared()

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
        self._run = self._run_in(context)
        try:
            return super().execute(context)
        finally:
            self._run.end()

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Airflow adds what the callable asks for by name; remember what the user gave."""
        self._given = frozenset(self.op_kwargs)
        return super().determine_kwargs(context)  # type: ignore[no-any-return]

    def execute_callable(self) -> Any:
        """Return the callable's result, found or computed."""
        attempt = self._begin()
        try:
            if attempt is not None and isinstance(attempt.found, Hit):
                return attempt.found.value
            self._load_refs()
            with self._watching(attempt) as pushed:
                value = super().execute_callable()
            return self._finish(attempt, value, pushed)
        finally:
            if attempt is not None:
                attempt.leave()

    async def aexecute_callable(self) -> Any:
        """The same for a coroutine function (Airflow 3.2 and later), off its event loop."""
        attempt = await in_thread(self._begin)
        try:
            if attempt is not None and isinstance(attempt.found, Hit):
                return attempt.found.value
            await in_thread(self._load_refs)
            with self._watching(attempt) as pushed:
                value = await super().aexecute_callable()
            return await in_thread(self._finish, attempt, value, pushed)
        finally:
            if attempt is not None:
                await in_thread(attempt.leave)

    def render_template(self, content: Any, *args: Any, **kwargs: Any) -> Any:
        """Airflow's own; where an upstream's output is an argument, its Ref will do."""
        with asking_for_refs(self, content):
            return super().render_template(content, *args, **kwargs)

    def _declared(self) -> Declaration:
        return self._terms.declaration(self.python_callable)

    def _run_in(self, context: Mapping[str, Any]) -> OperatorRun:
        return OperatorRun(self, context, self._terms)

    def _begin(self) -> Attempt | None:
        """Look the call up; None where it cannot be cached, said in one warning."""
        with self._run.working():
            try:
                attempt = self._attempt()
            except Exception as error:
                emit(Uncached.because(self._declaration.task, error))
                return None
            if attempt is None:
                return None
            self._outlets = OutletEvents(self, self._run.context)
            self._run.enter(attempt)
            if isinstance(attempt.found, Hit):
                self._outlets.repeat(attempt, attempt.found, self._terms.cache)
            repeat(attempt, self._run.context)
            return attempt

    def _attempt(self) -> Attempt | None:
        if said_to_be_effect(self, self._declaration.task) or self._said_unseen():
            return None
        arguments = self._arguments()
        attempt = self._run.attempt(self._declaration, arguments, refs=self._sends_refs())
        # With the recipe it is known which classes the arguments are made of.
        return None if attempt is None or self._said_unseen() else attempt

    def _watching(self, attempt: Attempt | None) -> AbstractContextManager[Pushed]:
        return nullcontext([]) if attempt is None else watching_pushes(self._run.context)

    def _finish(self, attempt: Attempt | None, value: Any, pushed: Pushed) -> Any:
        if attempt is None:
            return value
        with self._run.working():
            return self._outlets.finish(attempt, value) if keeps(attempt, pushed) else value

    def _arguments(self) -> dict[str, Any]:
        """What is fingerprinted: results of a mapped task by content, which Airflow reads late."""
        token = wants_refs.set(True)
        try:
            positional = [changed(value, _compat.gathered) for value in self.op_args]
            named = {name: self._gathered(name, value) for name, value in self.op_kwargs.items()}
            return _counted(self._declaration.bind(*positional, **named))
        finally:
            wants_refs.reset(token)

    def _said_unseen(self) -> bool:
        passed = set(self.op_kwargs) - self._given
        warning = unseen(self._declaration, passed, self._terms.context)
        if warning is not None:
            emit(warning)
        return warning is not None

    def _gathered(self, name: str, value: Any) -> Any:
        # What Airflow passes counts if it says what a run is about, and was asked for by name: a
        # callable that takes all there is says by `context` what it reads of it.
        asked = name in VALUES and name in self._declaration.signature.parameters
        # Airflow passes these too, and they are what the user gave.
        given = name in self._given or (name == "templates_dict" and bool(self.templates_dict))
        return changed(value, _compat.gathered) if given or asked else _UNCOUNTED

    def _sends_refs(self) -> bool:
        """Whether a Ref may stand for the result in XCom: nobody else looks into it."""
        from orchestra_cache.airflow.xcom import CacheXComBackend

        counted = self.multiple_outputs or _compat.is_mapped_over(self)
        active = issubclass(_compat.active_xcom(), CacheXComBackend)
        return bool(self.do_xcom_push) and active and not (counted or is_looked_into(self))

    def _load_refs(self) -> None:
        """The callable runs: give it the values that its Refs stand for."""

        def loaded(value: Any) -> Any:
            return read_ref(value, self._terms.own) if isinstance(value, Ref) else value

        self.op_args = [changed(value, loaded) for value in self.op_args]
        # Not what Airflow passes: some of it asks the database as soon as it is looked at.
        given = self._given & set(self.op_kwargs)
        loaded_ones = {name: changed(self.op_kwargs[name], loaded) for name in given}
        self.op_kwargs = {**self.op_kwargs, **loaded_ones}


def _counted(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments without those that do not count, be they by name or among the rest."""
    return {
        name: _counted(value) if type(value) is dict else value
        for name, value in arguments.items()
        if value is not _UNCOUNTED
    }
