"""Commands whose output, and the files they make, are looked up before they run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from orchestra_cache.airflow import commands
from orchestra_cache.airflow._compat.bash import HELD, BashDecoratedOperator, BashOperator
from orchestra_cache.airflow._compat.operators import DecoratedOperator, task_decorator_factory
from orchestra_cache.airflow.clears import OnClear
from orchestra_cache.airflow.executions import ExecuteCache, Looked
from orchestra_cache.airflow.handing import looks_into
from orchestra_cache.airflow.mistakes import named, named_in
from orchestra_cache.airflow.operands import (
    COUNTED,
    MORE,
    Operands,
    OperatorDeclaration,
    parameters_of,
)
from orchestra_cache.airflow.terms import TERMS, CacheTerms, checked
from orchestra_cache.datasets import Dataset
from orchestra_cache.policy import Mode
from orchestra_cache.settings import CacheLike

__all__ = ["CachedBashOperator", "CommandCache", "cached_bash"]

# Of a command, what counts beside its variables.
_COUNTED = (
    "bash_command", "cwd", "output_encoding", "outputs", "run_as_user", "skip_on_exit_code",
)  # fmt: skip


class CommandCache(ExecuteCache):
    """Mix into an operator that runs a command; `cached` does with a `BashOperator`."""

    outputs: Sequence[str] = ()
    env: Any
    append_env: bool
    bash_command: str
    cwd: Any
    output_processor: Any

    def _looked(self, context: Mapping[str, Any]) -> Looked:
        terms, kind, given = self._orchestra_cache_terms, self._kind(), self._given()
        arguments = {name: getattr(self, name) for name in _COUNTED} | self._own(kind)
        arguments["inherits"] = inherits = self.env is None or bool(self.append_env)
        arguments["output_processor"] = self._processor()
        arguments |= commands.variables(given)
        if inherits:
            arguments |= commands.inherited(self.bash_command, given)
        left = {name: value for name, value in arguments.items() if name not in terms.ignore}
        looks = looks_into(kind, terms.declared["first_party"])
        unseen = (*looks, *commands.reads_its_run(self.bash_command, given))
        plain = kind is BashOperator
        components = () if plain else Operands(self, kind).components(terms)
        return Looked(self._declaration(given), left, components, unseen)

    def _to_keep(self, value: Any) -> Any:
        if not self.outputs:
            return value
        return {"result": value, "outputs": commands.made(self.outputs, str(self.cwd))}

    def _found(self, value: Any) -> Any:
        # Its files are where they were by now.
        return value["result"] if self.outputs else value

    def _check(self) -> None:
        # Where the variables are a template, their names are known when it runs.
        if self.env is None or isinstance(self.env, Mapping):
            self._declaration(self._given())

    def _declaration(self, given: Mapping[str, Any]) -> OperatorDeclaration:
        terms, kind, processor = self._orchestra_cache_terms, self._kind(), self._processor()
        declared = dict(terms.declared)
        more = (*declared.pop("depends_on"), *(() if processor is None else (processor,)))
        if kind is not BashOperator:
            found = Operands(self, kind).functions(terms.ignore | {"output_processor"})
            more = (*more, *found)
        names = {**dict.fromkeys(given), **parameters_of(kind)}
        return OperatorDeclaration(kind, names, ignore=terms.ignore, depends_on=more, **declared)

    def _kind(self) -> type:
        """The class that somebody wrote on top of Airflow's, or that one."""
        for one in type(self).__mro__:
            # What a class was made of, to give it a cache.
            kind: type = vars(one).get("_orchestra_cache_of", one)
            ours = kind.__module__.partition(".")[0] == __name__.partition(".")[0]
            if not ours and not issubclass(BashDecoratedOperator, kind):
                return kind
        return BashOperator

    def _own(self, kind: type) -> dict[str, Any]:
        """What a class of somebody's has more."""
        if kind is BashOperator:
            return {}
        common = {*parameters_of(BashOperator)} - COUNTED
        if issubclass(kind, CachedBashOperator):
            common |= {*TERMS, "outputs"}
        found = Operands(self, kind).arguments(self._orchestra_cache_terms.ignore)
        left = {name: value for name, value in found.items() if name not in common}
        if MORE in left:
            more = left[MORE].items()
            left[MORE] = {name: value for name, value in more if name not in HELD}
        return left

    def _given(self) -> Mapping[str, Any]:
        return self.env if isinstance(self.env, Mapping) else {}

    def _processor(self) -> Callable[[str], Any] | None:
        """What is made of the output, if it is not Airflow's own doing nothing."""
        processor: Callable[[str], Any] = self.output_processor
        own = getattr(processor, "__module__", "") == BashOperator.__module__
        return None if own else processor


class CachedBashOperator(CommandCache, BashOperator):  # type: ignore[misc]
    """A `BashOperator` with a cache: `CachedBashOperator(bash_command="make report", …)`.

    Its key is made of the command, the variables that `env` gives it, those of the worker that it
    names itself, as `$HOME`, its working folder, and what it `reads`. What the programs in it read
    beside that is declared, or not seen.

    Args:
        outputs: Files and folders that the command makes, as patterns that start at `cwd`, with
            templates: they are kept with the result, and put back on a hit.
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
            commands.check_outputs(outputs, self.cwd, self._orchestra_cache_terms.ignore)
            self._check()

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
