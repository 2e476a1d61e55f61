"""Any other Python object: pickle, with its large buffers beside it instead of copied into it."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.codecs.containers import contained, divided
from orchestra_cache.errors import CodecError

__all__ = ["PickleCodec"]


@dataclass(frozen=True, slots=True)
class PickleCodec:
    """A container: the pickle (protocol 5), then its out-of-band buffers in order."""

    name: str = "pickle5"
    needs_trust: bool = True

    def accepts(self, value: object) -> bool:
        return True

    def is_exact(self, value: object) -> bool:
        return False

    def encode(self, value: object) -> Pieces:
        buffers: list[pickle.PickleBuffer] = []
        try:
            body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
            return contained([[body], *([buffer.raw()] for buffer in buffers)])
        except Exception as error:
            # Reducing an object runs its own code, which can raise anything.
            raise CodecError(
                f"cannot be pickled: {error}", "return data instead of live objects"
            ) from error

    def decode(self, data: memoryview) -> object:
        try:
            body, *buffers = divided(data)
            # Whoever receives the value may write to it.
            own = map(bytearray, buffers) if data.readonly else buffers
            return _Unpickler(io.BytesIO(body), buffers=own).load()
        except ImportError:
            raise
        except Exception as error:
            raise CodecError(f"cannot be unpickled: {error}", "it is computed again") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        try:
            return super().find_class(module, name)
        except AttributeError as error:
            # As with a module that is not here: nothing is wrong with what was stored.
            raise ImportError(str(error)) from error
