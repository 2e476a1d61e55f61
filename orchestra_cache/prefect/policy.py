"""A cache policy for Prefect tasks: key, value and entry all go to one of our caches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.environment import Packages, name_of
from orchestra_cache.events import Uncached, emit
from orchestra_cache.meant import meant, names_of
from orchestra_cache.place import checked_namespace
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.context import RunContext
from orchestra_cache.prefect.functions import original
from orchestra_cache.prefect.given import cache_given
from orchestra_cache.prefect.refs import load_refs
from orchestra_cache.prefect.results import AttemptStore
from orchestra_cache.prefect.runs import TaskAttempt, Tries, prepared, working
from orchestra_cache.prefect.sums import Asked, parts_of, two_of_ours
from orchestra_cache.prefect.terms import shown
from orchestra_cache.prefect.unkept import Unkept
from orchestra_cache.readers import reads_from
from orchestra_cache.settings import CacheLike

__all__ = ["FINGERPRINT", "FingerprintPolicy"]

# Declarations that one policy remembers; beyond these, the oldest is made again.
_KEPT = 256


@dataclass(init=False, eq=False)
class FingerprintPolicy(CachePolicy):
    """Key a task by its code, parameters and data: `@task(cache_policy=FingerprintPolicy(…))`.

    Nothing else needs to be set on the task; no storage, no serializer. Where the task has those
    all the same, its values go there, and the cache keeps what they depend on.

    `policy + RUN_ID` has the other policy's key among what the result depends on, and
    `policy - "logger"` ignores one more parameter.

    Args:
        cache: A name from the settings, a path or URL, or a `Cache`. Without one it is that of the
            `OrchestraStorage` block where the task's results go, if they do, or else the default.
        reads: Datasets the task reads; `{name}` in them is one of its parameters. This and what
            follows, to `codec`, is as in `Declaration`.
        namespace: The part of the cache to use, if that is not the cache's own.
        context: What the task reads of its run and its surroundings and its result depends on:
            `{"flow_run.name", "variable:rate"}`; `()` if nothing of what it reads matters.
        ttl: How long after it was made an entry may be used. The task's own `cache_expiration`
            counts too: the shorter one wins.
        mode: As in `Policy`.
        single_flight: While one task run computes a result, others that miss it wait and then
            hit. They wait for half of their timeout at most, and then compute it too.

    Raises:
        ConfigurationError: One of the arguments cannot be meant.
    """

    def __init__(
        self,
        cache: CacheLike = None,
        *,
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
    ) -> None:
        super().__init__()
        self.cache = cache_given(cache)
        self.namespace = None if namespace is None else checked_namespace(namespace)
        self.context = None if context is None else RunContext(context)
        self.policy = Policy(ttl, mode, single_flight=single_flight)
        self.ignore = names_of("ignore", ignore)
        self.others: tuple[CachePolicy, ...] = ()
        self._terms = meant(reads=reads, ordered=ordered, version=version, packages=packages)
        self._terms |= meant(depends_on=depends_on, files=files)
        self._terms |= meant(first_party=first_party, codec=codec)
        self._forget()
        reads_from(cache)
        if single_flight:
            # The engine then asks for a lock, and that is the flight.
            self.isolation_level = "SERIALIZABLE"

    # To Prefect two of one kind are equal that have the same storage.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return shown(self, self._terms)

    def __getstate__(self) -> dict[str, Any]:
        left = ("_declarations", "tries")
        return {name: held for name, held in vars(self).items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()
        reads_from(self.cache)

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> str | None:
        """The key of one task run; its result store is pointed at our cache on the way.

        None means that the run is not cached; a warning in its log says why.
        """
        with working(task_ctx):
            attempt = self._attempt(Asked(task_ctx, inputs, flow_parameters))
            if attempt is None:
                return self._uncached(task_ctx, inputs)
            if _compat.overwrites(task_ctx):
                # Nobody will ask whether there is a result.
                load_refs(inputs)
        _compat.redirect(task_ctx, AttemptStore.of(attempt, task_ctx))
        return attempt.key

    def declaration(self, function: Callable[..., Any], ignored: frozenset[str]) -> Declaration:
        """What is declared of a task, with what another policy in the sum ignores.

        Raises:
            ConfigurationError: It does not fit the function.
        """
        # It holds the function, so that its identity stays its own.
        place = id(function), ignored
        known = self._declarations.get(place)
        if known is None:
            known = Declaration(function, ignore=self.ignore | ignored, **self._terms)
            while len(self._declarations) >= _KEPT:
                self._declarations.pop(next(iter(self._declarations)), None)
            self._declarations[place] = known
        return known

    def __add__(self, other: CachePolicy) -> CachePolicy:
        if not isinstance(other, CachePolicy):
            return NotImplemented
        both = super().__add__(other)
        if both is self:
            return self
        parts = parts_of(other)
        if any(isinstance(part, FingerprintPolicy) for part in parts):
            raise two_of_ours()
        more = copy.copy(self)
        more.others = (*self.others, *parts)
        more.key_storage, more.lock_manager = both.key_storage, both.lock_manager
        more.isolation_level = both.isolation_level
        return more

    def __sub__(self, other: str) -> FingerprintPolicy:
        if not isinstance(other, str):
            raise TypeError("only the name of a parameter can be subtracted from a policy")
        less = copy.copy(self)
        less.ignore = self.ignore | {other}
        less.others = tuple(policy - other for policy in self.others)
        return less

    def _uncached(self, context: TaskRunContext, inputs: dict[str, Any]) -> str | None:
        own = str(context.task_run.id)
        alone = context.task.cache_policy is self
        _compat.redirect(context, AttemptStore.unkept(context, own if alone else None))
        load_refs(inputs)
        # Without any key the engine does not write the result of who is waited for.
        return own if _compat.deferred(context) else None

    def _attempt(self, asked: Asked) -> TaskAttempt | None:
        try:
            return prepared(self, asked)
        except Exception as error:
            store = asked.context.result_store
            if not (isinstance(store, AttemptStore) and isinstance(store.keeping, Unkept)):
                # Otherwise another one of ours in the sum has told it.
                emit(Uncached.because(name_of(original(asked.context.task)), error))
            return None

    def _forget(self) -> None:
        self._declarations: dict[tuple[int, frozenset[str]], Declaration] = {}
        self.tries = Tries()


FINGERPRINT = FingerprintPolicy()
