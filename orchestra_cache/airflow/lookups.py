"""What is looked up of an operator without a callable, and where in it a key sees nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestra_cache.airflow.handed import counted
from orchestra_cache.airflow.handing import asked_by, looks_into
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.declaration import Declaration

__all__ = ["Looked"]


@dataclass(frozen=True)
class Looked:
    """What is looked up of an operator.

    Attributes:
        unseen: What it reads of its run that no key holds, if that is not declared.
    """

    declaration: Declaration
    arguments: Mapping[str, Any]
    components: tuple[Any, ...]
    unseen: tuple[str, ...]

    @classmethod
    def of(cls, operator: Any, context: Mapping[str, Any]) -> Looked:
        """Take it of an operator as it is.

        Raises:
            Exception: Anything, of what operators hold and connections are.
        """
        terms, operands = operator._orchestra_cache_terms, operator._orchestra_cache_operands()
        unseen = (
            *looks_into(operands.kind, terms.declared["first_party"]),
            *asked_by(operands.functions(terms.ignore), context),
            *operands.reads_its_run(),
        )
        declaration = operands.declaration(terms)
        # Of the results of a mapped task, which Airflow reads late, Refs will do.
        token = wants_refs.set(True)
        try:
            arguments = operands.arguments(terms)
        finally:
            wants_refs.reset(token)
        components = operands.components(terms)
        return cls(declaration, counted(declaration, arguments, terms), components, unseen)
