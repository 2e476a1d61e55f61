"""Which cells of a notebook made a name what it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestra_cache.fingerprints.code.source import ModuleSource, parsed
from orchestra_cache.fingerprints.code.statements import mentions, times_bound

__all__ = ["cells_with"]


def cells_with(names: Mapping[str, object], name: str) -> ModuleSource | None:
    """The cells that made a name, as one source: from the last that binds it on.

    None where there are no cells, or where none of them binds the name.
    """
    cells = list(_cells(names))
    last = max((at for at, cell in enumerate(cells) if times_bound(cell.tree, name)), default=None)
    if last is None:
        return None
    # A cell that was run twice is there twice.
    texts = dict.fromkeys(cell.text for cell in cells[last:] if mentions(cell.tree, name))
    return parsed("\n".join(texts), "<cells>")


def _cells(names: Mapping[str, object]) -> Iterator[ModuleSource]:
    """What was run in IPython so far, in its order, as its name `In` says."""
    run = names.get("In")
    if not isinstance(run, list) or "get_ipython" not in names:
        return
    for cell in run:
        source = parsed(cell, "<cell>") if isinstance(cell, str) else None
        if source is not None:
            yield source
