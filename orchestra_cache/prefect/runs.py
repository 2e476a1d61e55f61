"""What the cache is asked for one task run: from what Prefect knows of it to an attempt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.context import TaskRunContext
from prefect.futures import PrefectFutureList

from orchestra_cache.attempt import Attempt
from orchestra_cache.cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import emit
from orchestra_cache.policy import Policy
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.context import unseen
from orchestra_cache.prefect.functions import hands_refs, original
from orchestra_cache.prefect.leaving import flush_at_exit
from orchestra_cache.prefect.more import More
from orchestra_cache.prefect.places import place_of
from orchestra_cache.prefect.refs import load_refs
from orchestra_cache.prefect.sums import Asked, sum_with
from orchestra_cache.prefect.telling import telling
from orchestra_cache.stores.bounded import quarter_of

if TYPE_CHECKING:
    from orchestra_cache.prefect.policy import FingerprintPolicy

__all__ = ["TaskAttempt", "Tries", "prepared", "working"]

# Task runs that failed and may be tried again; beyond these, a retry looks its result up anew.
_REMEMBERED = 1000


@dataclass(frozen=True)
class TaskAttempt:
    """One try of a task run.

    Attributes:
        key: The recipe's, which our policy says.
        name: What the engine calls the result: a sum of policies makes another key of it.
        inputs: The very arguments that the task is called with.
        renewed: Prepares another attempt: with what the call depends on by then.
        elsewhere: Its values are kept by Prefect; the cache has what they depend on.
        flies: Others wait while it computes, and it waits for them.
        tries: Takes down what this one found.
    """

    attempt: Attempt
    key: str
    name: str
    inputs: dict[str, Any]
    renewed: Callable[[], Attempt]
    elsewhere: bool
    flies: bool
    tries: Tries

    @property
    def refs(self) -> bool:
        """Its result is wanted as a Ref."""
        return self.attempt.refs


class Tries:
    """What the last try of a task run found, for the next one."""

    def __init__(self) -> None:
        self._last: OrderedDict[UUID, Attempt] = OrderedDict()

    def recall(self, run: UUID, attempt: Attempt) -> None:
        """Let an attempt know what an earlier one at the same recipe found.

        The recipe is taken anew: a try that failed may have changed its arguments.
        """
        last = self._last.pop(run, None)
        if last is not None and last.recipe == attempt.recipe:
            attempt.resume(last)

    def remember(self, run: UUID, attempt: Attempt) -> None:
        self._last[run] = replace(attempt, arguments={})
        while len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)


@contextmanager
def working(context: TaskRunContext) -> Iterator[None]:
    """Around what the cache does for a task run: it is told there, and has its share of time."""
    with telling(context), quarter_of(context.task.timeout_seconds):
        yield


def prepared(policy: FingerprintPolicy, asked: Asked) -> TaskAttempt | None:
    """The attempt for one task run; None if it is not to be cached, which has been said.

    Raises:
        OrchestraCacheError: Something is declared wrongly, or cannot be read.
    """
    if policy.policy.mode == "off":
        return None
    context = asked.context
    whole = sum_with(policy, context)
    declaration = policy.declaration(original(context.task), whole.ignored)
    if _said_unseen(declaration, policy):
        return None
    # A Ref counts as its value does where order does not.
    load_refs(asked.inputs, declaration.ordered)
    cache, kept = place_of(policy, context)
    flush_at_exit(cache)
    more = More(asked, whole, policy.context, kept)
    renewed = partial(_attempt, policy, asked, cache, declaration, more)
    attempt = renewed()
    # With the recipe it is known which classes the arguments are made of.
    if attempt.recipe is None or _said_unseen(declaration, policy):
        return None
    if context.task.retries and not policy.policy.single_flight:
        policy.tries.recall(context.task_run.id, attempt)
    name = whole.key(str(attempt.recipe.key))
    return _try(policy, attempt, name, asked.inputs, renewed, elsewhere=kept is not None)


def _try(
    policy: FingerprintPolicy,
    attempt: Attempt,
    name: str,
    inputs: dict[str, Any],
    renewed: Callable[[], Attempt],
    *,
    elsewhere: bool,
) -> TaskAttempt:
    return TaskAttempt(
        attempt,
        str(attempt.recipe and attempt.recipe.key),
        name,
        inputs,
        renewed,
        elsewhere,
        # A lock of the user's own has the same purpose.
        flies=policy.policy.single_flight and policy.lock_manager is None,
        tries=policy.tries,
    )


def _said_unseen(declaration: Declaration, policy: FingerprintPolicy) -> bool:
    warning = unseen(declaration, policy.context)
    if warning is not None:
        emit(warning)
    return warning is not None


def _attempt(
    policy: FingerprintPolicy,
    asked: Asked,
    cache: Cache,
    declaration: Declaration,
    more: More,
) -> Attempt:
    return cache.attempt(
        declaration,
        _listed(asked.inputs),
        policy=_terms(policy.policy, asked.context),
        producer=_compat.producer(asked.context),
        refs=hands_refs(asked.context.task),
        lenient=True,
        also=more.added,
        stays=more.stay,
    )


def _listed(inputs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a key: the results of a mapped task are a list, by whatever runner.

    Some runners put them into the list of futures that they were; others make a plain one.
    """
    futures = [name for name, value in inputs.items() if type(value) is PrefectFutureList]
    return {**inputs, **{name: list(inputs[name]) for name in futures}} if futures else inputs


def _terms(policy: Policy, context: TaskRunContext) -> Policy:
    """The policy's terms, within those that the task itself has."""
    task = context.task
    if task.cache_expiration is not None and task.cache_expiration <= timedelta(0):
        raise ConfigurationError(
            f"cache_expiration={task.cache_expiration!r} of the task is not positive: nothing "
            "would ever be a hit",
            "write `cache_expiration=timedelta(days=7)`, or leave it out",
        )
    limits = [limit for limit in (policy.ttl, task.cache_expiration) if limit is not None]
    terms = replace(policy, ttl=min(limits, default=None))
    if terms.mode == "use" and _compat.overwrites(context):
        terms = replace(terms, mode="refresh")
    return terms.within(task.timeout_seconds)
