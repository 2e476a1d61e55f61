"""What values of torch, scipy, scikit-learn, pydantic and pendulum are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestra_cache.testing.descriptions import Description, held

__all__ = ["structure_of"]


def structure_of(kind: type) -> Callable[[Any], Description] | None:
    """How a type, or one it is made from, is described here."""
    names = (f"{str(base.__module__).partition('.')[0]}.{base.__name__}" for base in kind.__mro__)
    return next((_TYPES[name] for name in names if name in _TYPES), None)


def _state(value: Any, *computed: str) -> dict[str, object]:
    state = held(value)
    return {name: state[name] for name in state.keys() - set(computed)}


def _model(value: Any) -> Description:
    return Description(parts=[_state(value, "__pydantic_fields_set__", "__fields_set__")])


def _bunch(value: Any) -> Description:
    return Description(parts=[dict(value), _state(value, "_deprecated_key_to_warnings")])


def _search_tree(value: Any) -> Description:
    state = value.__getstate__()
    return Description(parts=[*state[:7], *state[11:]])


def _entries(value: Any) -> Description:
    """Places and bits of all stored entries, sorted where the format has no order for them."""
    if value.format in ("csr", "csc"):
        return _lines(value)
    if value.format == "dia":
        return _diagonals(value)
    plain = value.copy()
    if value.format == "bsr":
        plain.sort_indices()
        parts = [plain.indptr.tolist(), plain.indices.tolist(), plain.data]
        return Description((value.shape,), parts)
    plain = value.tocoo()
    axes = [axis.tolist() for axis in getattr(plain, "coords", None) or (plain.row, plain.col)]
    found = list(zip(*axes, (entry.tobytes() for entry in plain.data), strict=True))
    ordered = found if value.format == "coo" else sorted(found)
    return Description((value.dtype.str, value.shape, *ordered))


def _lines(value: Any) -> Description:
    found = [
        (line, int(value.indices[at]), value.data[at].tobytes())
        for line in range(len(value.indptr) - 1)
        for at in range(value.indptr[line], value.indptr[line + 1])
    ]
    found.sort(key=lambda entry: entry[:2])
    return Description((value.dtype.str, value.shape, *found))


def _diagonals(value: Any) -> Description:
    height, width = value.shape
    found = [
        (
            int(offset),
            [entry.tobytes() for at, entry in enumerate(row[:width]) if 0 <= at - offset < height],
        )
        for offset, row in zip(value.offsets, value.data, strict=True)
    ]
    return Description((value.dtype.str, value.shape, repr(sorted(found))))


def _tensor(value: Any) -> Description:
    import torch

    facts = (str(value.dtype), tuple(value.shape), value.requires_grad, str(value.layout))
    hooks = list((value._backward_hooks or {}).values())
    parts: list[object] = [value.device.type, value.grad, dict(value.__dict__), hooks]
    plain = value.detach()
    if value.layout == torch.sparse_coo:
        return Description(facts, [*parts, plain.is_coalesced(), plain._indices(), plain._values()])
    if value.layout != torch.strided:
        return Description(facts, [*parts, *_compressed(plain)])
    if plain.is_quantized:
        return Description((*facts, repr(plain)), [*parts, plain.int_repr()])
    solid = plain.resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)
    return Description((*facts, bytes(solid.tolist())), parts)


def _compressed(value: Any) -> list[object]:
    by_row = str(value.layout).endswith(("csr", "bsr"))
    if by_row:
        return [value.crow_indices(), value.col_indices(), value.values()]
    return [value.ccol_indices(), value.row_indices(), value.values()]


def _module(value: Any) -> Description:
    state = _state(value, "_flat_weight_refs", "_compiled_call_impl")
    for name in [name for name in state if "_hooks" in name]:
        held: Any = state[name]
        state[name] = list(held.values())
    for name in ("_modules", "_parameters", "_buffers"):
        state[name] = [[key, part] for key, part in vars(value)[name].items()]
    return Description(parts=[state])


def _optimizer(value: Any) -> Description:
    groups = [
        [{**group, "params": [[one, value.state.get(one)] for one in group["params"]]}]
        for group in value.param_groups
    ]
    return Description(parts=[value.defaults, groups])


def _generator(value: Any) -> Description:
    return Description((str(value.device), bytes(value.get_state().tolist())))


def _shown(value: Any) -> Description:
    return Description((str(value),))


def _instant(value: Any) -> Description:
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    facts = (*(getattr(value, name) for name in names), value.utcoffset())
    return Description(facts, [value.tzinfo, dict(value.__dict__)])


def _duration(value: Any) -> Description:
    return Description((value.total_seconds(), repr(value._signature), value.years, value.months))


def _interval(value: Any) -> Description:
    return Description((value._absolute, value._invert), [value.start, value.end])


_TYPES: dict[str, Callable[[Any], Description]] = {
    "pendulum.DateTime": _instant,
    "pendulum.Duration": _duration,
    "pendulum.Interval": _interval,
    "pydantic.BaseModel": _model,
    "sklearn.BinaryTree64": _search_tree,
    "sklearn.Bunch": _bunch,
    "torch.Generator": _generator,
    "torch.Module": _module,
    "torch.Optimizer": _optimizer,
    "torch.Tensor": _tensor,
    **{f"torch.{name}": _shown for name in ("device", "dtype", "layout", "memory_format")},
    **{
        f"scipy.{name}_{kind}": _entries
        for name in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
        for kind in ("array", "matrix")
    },
}
