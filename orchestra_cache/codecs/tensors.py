"""torch tensors, as files of the safetensors format with one tensor in them."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import msgspec

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["TensorCodec"]

_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
    "float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64", "complex64": "C64",
}  # fmt: skip
_DTYPES = {name: dtype for dtype, name in _NAMES.items()}

_ALIGNMENT = 64


class Described(msgspec.Struct):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


class Header(msgspec.Struct):
    tensor: Described
    metadata: dict[str, str] = msgspec.field(name="__metadata__", default_factory=dict)


@dataclass(frozen=True, slots=True)
class TensorCodec:
    """Plain tensors in the processor's memory; each one is proved when it is written."""

    name: str = "safetensors"
    needs_trust: bool = False

    def accepts(self, value: Any) -> bool:
        torch: Any = sys.modules.get("torch")
        if torch is None or type(value) is not torch.Tensor:
            return False
        plain = value.layout is torch.strided and value.device.type == "cpu"
        return plain and value.is_leaf and _dtype_name(value.dtype) in _NAMES

    def is_exact(self, value: object) -> bool:
        return False

    def encode(self, value: Any) -> Pieces:
        try:
            plain = value.detach().resolve_conj().resolve_neg().contiguous()
            plain = _torch().view_as_real(plain) if plain.is_complex() else plain
            data = memoryview(plain.reshape(-1).view(_torch().uint8).numpy())
        except (RuntimeError, TypeError) as error:
            raise CodecError(f"no plain tensor: {error}", "another codec keeps it") from error
        dtype = _NAMES[_dtype_name(value.dtype)]
        described = Described(dtype, list(value.shape), (0, data.nbytes))
        needed = {"requires_grad": "true"} if value.requires_grad else {}
        return [_head(Header(described, needed)), data]

    def decode(self, data: memoryview) -> object:
        try:
            return _tensor(*_read(data))
        except ImportError:
            raise
        except Exception as error:
            raise CodecError(f"no tensor: {error}", "it is computed again") from error


def _head(header: Header) -> bytes:
    body = msgspec.json.encode(header)
    # Spaces after the header are part of the format: they put the elements where they belong.
    body += b" " * (-(8 + len(body)) % _ALIGNMENT)
    return len(body).to_bytes(8, "little") + body


def _read(data: memoryview) -> tuple[Header, memoryview]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("cut short")
    return msgspec.json.decode(data[8 : 8 + length], type=Header), data[8 + length :]


def _tensor(header: Header, body: memoryview) -> Any:
    torch = _torch()
    described = header.tensor
    dtype = getattr(torch, _DTYPES[described.dtype])
    size = math.prod(described.shape) * dtype.itemsize
    if min(described.shape, default=0) < 0 or size != len(body):
        raise ValueError("not as many bytes as its shape has")
    if described.data_offsets != (0, size):
        raise ValueError("its elements lie elsewhere")
    own = bytearray(body) if body.readonly else body
    flat = torch.frombuffer(own, dtype=dtype) if size else torch.empty(0, dtype=dtype)
    needed = header.metadata.get("requires_grad") == "true"
    return flat.reshape(described.shape).requires_grad_(needed)


def _dtype_name(dtype: object) -> str:
    return str(dtype).removeprefix("torch.")


def _torch() -> Any:
    import torch

    return torch
