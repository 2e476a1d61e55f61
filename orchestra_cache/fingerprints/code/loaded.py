"""The source that a module was loaded from, as far as that can still be told.

A function is compared with its source, instruction by instruction. Of the other statements of a
module (what a name is bound to, a class statement's options, a decorator's arguments) nothing that
could be compared is left once they have run. Their text counts only as long as all evidence says
that it is the text that ran:

- the text is the one at first sight: when a loaded module is first looked at, its text is kept, and
  what is on disk later does not matter until the module is loaded anew;
- every function and method that is loaded is in it, unchanged;
- the file that Python keeps compiled code in, where there is one, has the same code.

What remains open is an edit of such statements alone, between the import and the first look, with
no compiled file, or one that another process has renewed since.
"""

from __future__ import annotations

import marshal
import os
import sys
import types
from collections.abc import Iterator, Mapping
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

from orchestra_cache.fingerprints.code.compiled import compiled, nested_codes, same
from orchestra_cache.fingerprints.code.source import ModuleSource, module_source, readable

__all__ = ["loaded_code", "loaded_source", "sourceless"]

Names = Mapping[str, object]

# By file: what stands for the module that was loaded, and its source unless that is in doubt.
_seen: dict[str, tuple[object, ModuleSource | None]] = {}

_MAGIC_AND_STAMP = 16


def loaded_source(names: Names, file: str) -> ModuleSource | None:
    """The source that a module's statements ran from; None if there is none, or another.

    Args:
        names: The module's own names, or as many as came with a function pickled by value.
    """
    mark = _mark(names)
    if mark is None:
        return _undoubted(names, file)
    if file not in _seen or _seen[file][0] is not mark:
        _seen[file] = mark, _undoubted(names, file)
    return _seen[file][1]


def _mark(names: Names) -> object:
    """What is another object once the module is loaded anew; None for no module at all."""
    module = _module_of(names)
    return getattr(module, "__spec__", None) or module


def _module_of(names: Names) -> types.ModuleType | None:
    module = sys.modules.get(str(names.get("__name__")))
    return module if module is not None and vars(module) is names else None


def _undoubted(names: Names, file: str) -> ModuleSource | None:
    readable(file, dict(names))
    source = module_source(file)
    fresh = None if source is None else compiled(source.tree, file)
    if fresh is None:
        return None
    agreed = _holds_all(fresh, _codes(names, file)) and _compiled_alike(names, fresh)
    return source if agreed else None


def loaded_code(names: Names) -> types.CodeType | None:
    """The code that a module without a source was loaded from; None if it is there no more."""
    spec, name = getattr(_module_of(names), "__spec__", None), str(names.get("__name__"))
    loader: Any = getattr(spec, "loader", None)
    try:
        code = loader.get_code(name) if loader.get_source(name) is None else None
    except (AttributeError, ImportError, OSError):
        return None
    alike = code is not None and _holds_all(code, _codes(names, code.co_filename))
    return code if alike else None


def sourceless(names: Names) -> list[types.ModuleType]:
    """The module of these names, if its compiled code alone can stand for its statements."""
    module = _module_of(names)
    return [module] if module is not None and loaded_code(names) is not None else []


def _holds_all(module: types.CodeType, codes: Iterator[types.CodeType]) -> bool:
    known: dict[str, list[types.CodeType]] = {}
    for code in nested_codes(module):
        known.setdefault(code.co_name, []).append(code)
    return all(_among(code, known.get(code.co_name, [])) for code in codes)


def _among(code: types.CodeType, known: list[types.CodeType]) -> bool:
    known = sorted(known, key=lambda one: one.co_firstlineno != code.co_firstlineno)
    return any(same(one, code) for one in known)


def _codes(names: Names, file: str) -> Iterator[types.CodeType]:
    """The functions and methods of a module that were loaded from its file."""
    for value in list(names.values()):
        own = isinstance(value, type) and value.__module__ == names.get("__name__")
        for part in list(vars(value).values()) if own else (value,):
            function: Any = getattr(part, "__func__", part)
            code: Any = getattr(function, "__code__", None)
            loaded = isinstance(function, types.FunctionType) and function.__globals__ is names
            if loaded and code.co_filename == file:
                yield code


def _compiled_alike(names: Names, fresh: types.CodeType) -> bool:
    """Whether the file of compiled code, if there is one that is kept up to date, says the same."""
    cached = getattr(names.get("__spec__"), "cached", None)
    if not isinstance(cached, str) or sys.dont_write_bytecode:
        return True
    try:
        data = Path(cached).read_bytes()
        # Python itself runs what is in this file.
        code = marshal.loads(data[_MAGIC_AND_STAMP:])  # noqa: S302
    except (OSError, ValueError, EOFError, TypeError):
        return True
    renewed = os.access(Path(cached).parent, os.W_OK) and data.startswith(MAGIC_NUMBER)
    return not renewed or not isinstance(code, types.CodeType) or same(fresh, code)
