"""Other cache policies that are added to ours: what they say is a component of the recipe."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from prefect.cache_policies import CachePolicy, CompoundCachePolicy, Inputs
from prefect.context import TaskRunContext
from prefect.utilities.hashing import hash_objects

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component

if TYPE_CHECKING:
    from orchestra_cache.prefect.policy import FingerprintPolicy

__all__ = ["Asked", "Sum", "parts_of", "sum_with", "two_of_ours"]


@dataclass(frozen=True)
class Asked:
    """What the engine hands to a cache policy."""

    context: TaskRunContext
    inputs: dict[str, Any]
    flow_parameters: dict[str, Any]

    def key_by(self, policy: CachePolicy) -> str | None:
        """What another cache policy makes of it."""
        key: str | None = policy.compute_key(
            task_ctx=self.context, inputs=self.inputs, flow_parameters=self.flow_parameters
        )
        return key


@dataclass
class Sum:
    """Our policy and those added to it, for one task run.

    Attributes:
        beside: The parts of a sum that Prefect itself makes the key of, ours among them; that is
            so where another policy was on the left.
        ignored: Parameters that this sum leaves out of its inputs.
    """

    own: FingerprintPolicy
    beside: tuple[CachePolicy, ...] = ()
    ignored: frozenset[str] = frozenset()
    _keys: dict[int, str | None] = field(default_factory=dict)

    def components(self, asked: Asked) -> list[Component]:
        """What the other policies say, as Prefect does leaving out those that say nothing."""
        found: dict[str, Component] = {}
        for policy in (*self.own.others, *self.beside):
            if policy is self.own:
                continue
            key = self._keys[id(policy)] = asked.key_by(policy)
            if key is not None:
                name = _free(f"policy:{type(policy).__name__}", found)
                found[name] = Component(name, digest_bytes(key.encode()), key[:12])
        return list(found.values())

    def key(self, own: str) -> str:
        """What Prefect will call the result whose key is `own` to us."""
        if not self.beside:
            return own
        keys = [own if one is self.own else self._keys[id(one)] for one in self.beside]
        whole: str = hash_objects(*filter(None, keys), raise_on_failure=True)
        return whole


def sum_with(own: FingerprintPolicy, context: TaskRunContext) -> Sum:
    """The sum that our policy is a part of in a task.

    Raises:
        ConfigurationError: Another one of ours is, too.
    """
    whole = context.task.cache_policy
    if whole is own or not isinstance(whole, CompoundCachePolicy):
        return Sum(own)
    parts = parts_of(whole)
    if sum(isinstance(part, type(own)) for part in parts) > 1:
        raise two_of_ours()
    # As in Prefect's own sums: a parameter is left out of all parts that look at the inputs.
    excluded = [part.exclude for part in parts if isinstance(part, Inputs)]
    return Sum(own, parts, frozenset(name for names in excluded for name in names))


def _free(name: str, taken: Container[str]) -> str:
    """A name for a further policy of a kind."""
    numbered = (f"{name}:{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def parts_of(policy: CachePolicy) -> tuple[CachePolicy, ...]:
    return tuple(policy.policies) if isinstance(policy, CompoundCachePolicy) else (policy,)


def two_of_ours() -> ConfigurationError:
    return ConfigurationError(
        "two FingerprintPolicies are added: a result lies in one place",
        "write one with the terms of both",
    )
