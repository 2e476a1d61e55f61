"""Commands whose output, and the files they make, are looked up before they run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Any

from orchestra_cache.airflow._compat.bash import BashDecoratedOperator, BashOperator
from orchestra_cache.airflow._compat.operators import DecoratedOperator, task_decorator_factory
from orchestra_cache.airflow.clears import OnClear
from orchestra_cache.airflow.commands import CommandOperands, check_outputs
from orchestra_cache.airflow.executions import ExecuteCache
from orchestra_cache.airflow.made import MadeFiles, OutputsError
from orchestra_cache.airflow.mistakes import named, named_in
from orchestra_cache.airflow.terms import CacheTerms, checked
from orchestra_cache.attempt import Attempt
from orchestra_cache.datasets import Dataset
from orchestra_cache.policy import Mode
from orchestra_cache.settings import CacheLike

__all__ = ["CachedBashOperator", "CommandCache", "cached_bash"]


class CommandCache(ExecuteCache):
    """Mix into an operator that runs a command; `cached` does with a `BashOperator`."""

    _orchestra_cache_read = ("bash_command", "cwd", "env", "outputs")

    outputs: Sequence[str] = ()
    env: Any
    cwd: Any

    _orchestra_cache_made: MadeFiles | None = None

    def _orchestra_cache_operands(self) -> CommandOperands:
        return CommandOperands.of(self)

    def _orchestra_cache_looking(self, attempt: Attempt) -> AbstractContextManager[None]:
        if not self.outputs:
            return nullcontext()
        work = "" if attempt.recipe is None else str(attempt.recipe.key)
        self._orchestra_cache_made = MadeFiles(self.outputs, str(self.cwd), work)
        return self._orchestra_cache_made.restored()

    def _orchestra_cache_computing(self) -> AbstractContextManager[None]:
        made = self._orchestra_cache_made
        return nullcontext() if made is None else made.watched()

    def _orchestra_cache_kept(self, value: Any) -> Any:
        if not self.outputs:
            return value
        if self._orchestra_cache_made is None:
            why = "it deferred: what it made before that is not known"
            raise OutputsError(why, "declare no outputs of it")
        return {"result": value, "outputs": self._orchestra_cache_made.files()}

    def _orchestra_cache_found(self, value: Any) -> Any:
        # Its files are where they were by now.
        return value["result"] if self.outputs else value

    def _orchestra_cache_check(self) -> None:
        # Where the variables are a template, their names are known when it runs.
        if self.env is None or isinstance(self.env, Mapping):
            self._orchestra_cache_operands().check(self._orchestra_cache_terms)


class CachedBashOperator(CommandCache, BashOperator):  # type: ignore[misc]
    """A `BashOperator` with a cache: `CachedBashOperator(bash_command="make report", …)`.

    Its key is made of the command, the variables that `env` gives it, those of the worker that it
    names itself, as `$HOME`, its working folder, and what it `reads`. What the programs in it read
    beside that is declared, or not seen.

    Args:
        outputs: Files and folders that the command makes, from `cwd` on, with templates: they are
            kept with the result, and put back on a hit. Of what a pattern matches, `out/*.csv`,
            only what was made or changed.
        reads: Datasets the command reads; `{NAME}` in them is a variable of `env`.
        ignore: Of the operator's arguments and the variables, what does not change the result.
        cache: This and what follows is as in `CallableCache`.

    Raises:
        ConfigurationError: Something of this cannot be meant: the DAG does not import.
    """

    template_fields: Sequence[str] = (*BashOperator.template_fields, "outputs")

    def __init__(
        self,
        *,
        outputs: Sequence[str] = (),
        reads: Sequence[Dataset] | Dataset = (),
        ignore: Collection[str] = (),
        cache: CacheLike = None,
        version: str | None = None,
        depends_on: Sequence[object] | object = (),
        namespace: str | None = None,
        context: Collection[str] | None = None,
        ttl: timedelta | None = None,
        mode: Mode = "use",
        single_flight: bool = False,
        on_clear: OnClear | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.outputs = outputs
        with named(self):
            self._orchestra_cache_terms = CacheTerms.of(
                cache=cache,
                reads=reads,
                ignore=ignore,
                version=version,
                depends_on=depends_on,
                namespace=namespace,
                context=context,
                ttl=ttl,
                mode=mode,
                single_flight=single_flight,
                on_clear=on_clear,
            )
            check_outputs(outputs, self.cwd, self._orchestra_cache_terms.ignore)
            self._orchestra_cache_check()

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Airflow's own. What is mapped is made when it runs: too late to say what is wrong."""
        with named_in(kwargs):
            checked(None, kwargs)
        return super().partial(**kwargs)


class _CachedBashDecorated(BashDecoratedOperator, CachedBashOperator):  # type: ignore[misc]
    """The function says the command, each time: that is what is looked up."""

    template_fields: Sequence[str] = (
        *DecoratedOperator.template_fields,
        *CachedBashOperator.template_fields,
    )
    custom_operator_name = "@task.cached_bash"


def cached_bash(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """`@task.bash` with a cache; the terms are those of `CachedBashOperator`.

    The function runs each time, and the command that it returns is looked up.

    Raises:
        ConfigurationError: A term cannot be meant: the DAG does not import.
    """
    if python_callable is None:
        return partial(cached_bash, **kwargs)
    checked(None, kwargs)
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=_CachedBashDecorated, **kwargs
    )
