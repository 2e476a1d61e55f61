"""Comparisons that hold while nothing has changed, compiled so that asking them all takes no time.

Those about the names of a module are one function whose globals are that module's own: Python then
looks a name up as fast as the code that uses it.
"""

from __future__ import annotations

import keyword
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Conditions"]

_PREFIX = "_thing_"


@dataclass(slots=True)
class _Module:
    """The conditions of one module: their expressions, and the objects that these compare with."""

    names: dict[str, Any]
    expressions: list[str] = field(default_factory=list)
    things: list[object] = field(default_factory=list)

    def compiled(self) -> Callable[[], bool]:
        parameters = ", ".join(f"{_PREFIX}{place}" for place in range(len(self.things)))
        source = f"def hold({parameters}):\n    return {' and '.join(self.expressions)}"
        made: dict[str, Any] = {}
        exec(source, made)  # noqa: S102
        return types.FunctionType(made["hold"].__code__, self.names, "hold", tuple(self.things))


@dataclass(slots=True)
class Conditions:
    """What must still be so."""

    _modules: dict[int, _Module] = field(default_factory=dict)
    _known: set[tuple[object, ...]] = field(default_factory=set)
    _checks: list[Callable[[], bool]] | None = None

    def add(self, names: dict[str, Any], expression: str, *things: object) -> None:
        """Add one about a module, given by its names; `{0}`, `{1}` … stand for `things`."""
        same = (id(names), expression, *map(id, things))
        if same in self._known:
            return
        self._known.add(same)
        module = self._modules.setdefault(id(names), _Module(names))
        first = len(module.things)
        places = [f"{_PREFIX}{first + place}" for place in range(len(things))]
        module.things += things
        module.expressions.append(expression.format(*places))

    def bound(self, names: dict[str, Any], name: str, thing: object) -> None:
        """A module's name, or the builtin of that name, is `thing`."""
        if name.isidentifier() and not keyword.iskeyword(name) and not name.startswith(_PREFIX):
            self.add(names, f"{name} is {{0}}", thing)
        else:
            self.add(names, "{0}[{1}] is {2}", names, name, thing)

    def hold(self) -> bool:
        """Whether all of them are so."""
        if self._checks is None:
            self._checks = [module.compiled() for module in self._modules.values()]
        try:
            for check in self._checks:
                if not check():
                    return False
        except (AttributeError, LookupError, NameError, ValueError):
            # A name, an attribute or the content of a closure that is gone.
            return False
        return True
