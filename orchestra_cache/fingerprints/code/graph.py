"""Order a graph so that what is referred to comes before what refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

__all__ = ["components"]


def components(edges: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, each after all those it points to (Tarjan, iterative)."""
    search = _Search(edges)
    for start in edges:
        if start not in search.order:
            search.visit(start)
    return search.found


class _Search:
    def __init__(self, edges: Mapping[int, Sequence[int]]) -> None:
        self.edges = edges
        self.order: dict[int, int] = {}
        self.low: dict[int, int] = {}
        self.open: list[int] = []
        self.waiting: set[int] = set()
        self.found: list[list[int]] = []

    def visit(self, start: int) -> None:
        path: list[tuple[int, Iterator[int]]] = [self._enter(start)]
        while path:
            current, targets = path[-1]
            target = next(targets, None)
            if target is None:
                path.pop()
                self._leave(current, path[-1][0] if path else None)
            elif target not in self.order:
                path.append(self._enter(target))
            elif target in self.waiting:
                self.low[current] = min(self.low[current], self.order[target])

    def _enter(self, current: int) -> tuple[int, Iterator[int]]:
        self.order[current] = self.low[current] = len(self.order)
        self.open.append(current)
        self.waiting.add(current)
        return current, iter(self.edges[current])

    def _leave(self, current: int, parent: int | None) -> None:
        if parent is not None:
            self.low[parent] = min(self.low[parent], self.low[current])
        if self.low[current] != self.order[current]:
            return
        component: list[int] = []
        while not component or component[-1] != current:
            component.append(self.open.pop())
        self.waiting.difference_update(component)
        self.found.append(component)
