"""How torch values are written: a tensor's content bit for bit, a module's state in its order.

A tensor is what it holds, not how: strides, storage, offset and sharing do not show. That it is on
another kind of device does, since the same operation gives other bits there; which of two devices
of a kind it is on does not.
"""

from __future__ import annotations

import functools
from typing import Any

import torch

from orchestra_cache.fingerprints.grammar import array, boolean, integer, node, text
from orchestra_cache.fingerprints.values.layout import state_of
from orchestra_cache.fingerprints.values.nodes import (
    Context,
    Handler,
    Node,
    RefusedError,
    register_family,
    register_handler,
)
from orchestra_cache.fingerprints.values.objects import class_name, write_state

__all__ = ["load"]

_GRAPH_HINT = "it is part of a graph of gradients, which is not seen: pass `tensor.detach()`"
_UNKNOWN_HINT = "only strided, sparse and quantized tensors are known: pass what it was made from"

# Integers of the same width, which numpy knows; elements of 16 bytes are complex.
_WIDTHS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}

_COMPRESSED = {
    torch.sparse_csr: ("crow_indices", "col_indices"),
    torch.sparse_bsr: ("crow_indices", "col_indices"),
    torch.sparse_csc: ("ccol_indices", "row_indices"),
    torch.sparse_bsc: ("ccol_indices", "row_indices"),
}

_ORDERED = frozenset(("_buffers", "_modules", "_parameters"))
_HOOKS = frozenset(name for name in vars(torch.nn.Module()) if "_hooks" in name)

# What follows from the rest, and notes that something was compiled or warned about.
_COMPUTED = frozenset((
    "_compiled_call_impl", "_flat_weight_refs", "_opt_called",
    "_warned_capturable_if_run_uncaptured", "_zero_grad_profile_name",
))  # fmt: skip


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    register_family(torch.Tensor, _tensor)
    register_family(torch.nn.Module, _module)
    register_family(torch.optim.Optimizer, _optimizer)
    register_handler(torch.Generator, _generator)
    register_handler(torch.Size, _size)
    for kind in (torch.device, torch.dtype, torch.layout, torch.memory_format, torch.qscheme):
        register_handler(kind, _name(kind))


def _name(kind: type) -> Handler:
    tag = f"torch.{kind.__name__}"
    return lambda value, context: node(tag, text(str(value)))


def _tensor(value: Any, context: Context) -> Node:
    _check(value)
    state = state_of(value, torch.Tensor)
    with torch._C.DisableTorchFunctionSubclass():
        names = (class_name(type(value)), str(value.dtype), str(value.layout), value.device.type)
        sizes = array([integer(size) for size in value.shape])
        head = (*(text(name) for name in names), sizes, boolean(value.requires_grad))
        hooks = list((value._backward_hooks or {}).values())
        gradient = value.grad if value.is_leaf else None
        parts = (state, hooks, _names(value), gradient, *_content(value.detach()))
    return Node(
        parts,
        lambda written: node("torch.tensor", *head, *written),
        lambda at: ("", "its hooks", ".names", ".grad")[at] if at < 4 else "its elements",
        digested=True,
    )


def _names(value: Any) -> list[str]:
    """Names of the dimensions, which some versions of torch have."""
    names = getattr(value, "names", ())
    return list(names) if any(names) else []


def _check(value: Any) -> None:
    if not value.is_leaf and value.requires_grad:
        raise RefusedError(value, _GRAPH_HINT)
    dispatched = type(value).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__
    if dispatched or value.is_meta or value.is_nested or torch.nn.parameter.is_lazy(value):
        raise RefusedError(value, _UNKNOWN_HINT)


def _content(value: Any) -> tuple[Any, ...]:
    """Values that tell what the elements are."""
    if value.layout in _COMPRESSED:
        return tuple(getattr(value, name)() for name in (*_COMPRESSED[value.layout], "values"))
    if value.layout is torch.sparse_coo:
        return (value.is_coalesced(), value._indices(), value._values())
    if value.layout is not torch.strided:
        raise RefusedError(value, _UNKNOWN_HINT)
    if value.is_quantized:
        return (str(value.qscheme()), *_scales(value), value.int_repr())
    return (_bits(value),)


def _scales(value: Any) -> tuple[Any, ...]:
    if value.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        return (value.q_scale(), value.q_zero_point())
    channels = (value.q_per_channel_scales(), value.q_per_channel_zero_points())
    return (*channels, value.q_per_channel_axis())


def _bits(value: Any) -> Any:
    """The elements as integers in a numpy array, which shares their memory where it can."""
    plain = value.cpu().resolve_conj().resolve_neg()
    if plain.is_complex():
        plain = torch.view_as_real(plain)
    try:
        return plain.view(_WIDTHS[plain.element_size()]).numpy()
    except RuntimeError as error:
        raise RefusedError(value, f"its elements cannot be read: {error}") from error


def _module(value: Any, context: Context) -> Node:
    if "_orig_mod" in value._modules:
        raise RefusedError(value, "pass the module that was compiled: `model._orig_mod`")
    state = state_of(value)
    for name in _ORDERED & state.keys():
        # `forward` may run over them, and an optimizer numbers them.
        state[name] = list(state[name].items())
    return write_state("torch.module", value, _without_numbers(state, _HOOKS))


def _optimizer(value: Any, context: Context) -> Node:
    state = state_of(value)
    groups = state["param_groups"]
    held = state["state"]
    # What is held for a parameter is found by its place, for two may be equal.
    state["state"] = [[held.get(one) for one in group["params"]] for group in groups]
    if hasattr(state.get("step"), "_wrapped_by_lr_sched"):
        # A scheduler counts the steps, in a wrapper that no pickle keeps.
        del state["step"]
    hooks = frozenset(name for name in state if name.startswith("_optimizer_"))
    return write_state("torch.optimizer", value, _without_numbers(state, hooks))


def _without_numbers(state: dict[str, Any], hooks: frozenset[str]) -> dict[str, Any]:
    """Hooks in their order; they are numbered through the whole process."""
    numbers = sorted({number for name in hooks & state.keys() for number in state[name]})
    places = {number: place for place, number in enumerate(numbers)}
    numbered = {
        name: [(places[number], hook) for number, hook in state[name].items()]
        for name in hooks & state.keys()
    }
    return {name: part for name, part in (state | numbered).items() if name not in _COMPUTED}


def _size(value: Any, context: Context) -> Node:
    return write_state("subclass", value, {"": tuple(value)})


def _generator(value: Any, context: Context) -> Node:
    parts = (value.device, value.get_state())
    return Node(parts, lambda written: node("torch.generator", *written), digested=True)
