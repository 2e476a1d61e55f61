"""A cache policy for Prefect tasks: key, value and entry all go to one of our caches."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

from orchestra_cache.attempt import Attempt
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Uncached, emit
from orchestra_cache.observers import logs
from orchestra_cache.place import checked_place, is_place
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.storage import AttemptStore
from orchestra_cache.settings import CacheLike, find_cache

__all__ = ["FingerprintPolicy"]


@dataclass(init=False, eq=False)
class FingerprintPolicy(CachePolicy):
    """Key a task by its code, parameters and data: `@task(cache_policy=FingerprintPolicy(…))`.

    Nothing else needs to be set on the task; no storage, no serializer.

    Args:
        cache: A name from the settings, a path or URL, or a `Cache`; without one, the default.
        reads: Datasets the task reads; `{name}` in them is one of its parameters.
        ignore: Parameters that do not change the result.
        ttl: How long after it was made an entry may be used. The task's own `cache_expiration`
            counts too: the shorter one wins.

    Raises:
        ConfigurationError: The place or the duration cannot be meant.
    """

    def __init__(
        self,
        cache: CacheLike = None,
        *,
        reads: Sequence[Dataset] = (),
        ignore: Collection[str] = (),
        ttl: timedelta | None = None,
        mode: Mode = "use",
    ) -> None:
        super().__init__()
        if isinstance(cache, str) and is_place(cache):
            checked_place(cache)
        self.cache = cache
        self.reads = tuple(reads)
        self.ignore = frozenset([ignore] if isinstance(ignore, str) else ignore)
        self.policy = Policy(ttl, mode)

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
        with logs.writing_to(_compat.run_logger(task_ctx)):
            attempt = self._attempt(task_ctx, inputs)
        if attempt is None or attempt.recipe is None:
            return None
        _compat.redirect(task_ctx, AttemptStore.of(attempt, task_ctx))
        return str(attempt.recipe.key)

    def _attempt(self, task_ctx: TaskRunContext, inputs: dict[str, Any]) -> Attempt | None:
        limits = [self.policy.ttl, task_ctx.task.cache_expiration]
        ttl = min((limit for limit in limits if limit is not None), default=None)
        try:
            cache = find_cache(self.cache)
            declaration = Declaration(task_ctx.task.fn, reads=self.reads, ignore=self.ignore)
            policy = Policy(ttl, self.policy.mode)
        except Exception as error:
            emit(Uncached.because(task_ctx.task.name, error))
            return None
        return cache.attempt(
            declaration,
            inputs,
            policy=policy,
            producer=_compat.producer(task_ctx),
            lenient=True,
        )

    def __sub__(self, other: str) -> FingerprintPolicy:
        """This policy without a parameter: `policy - "logger"`."""
        if not isinstance(other, str):
            raise TypeError("only the name of a parameter can be subtracted from a policy")
        less = copy.copy(self)
        less.ignore = self.ignore | {other}
        return less
