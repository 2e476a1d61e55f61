"""What every codec keeps to."""

from __future__ import annotations

import copy
import dataclasses
from contextlib import suppress
from typing import Any

import pytest

from orchestra_cache.codecs.base import Codec, Pieces
from orchestra_cache.errors import CodecError
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.testing.identity import identical

__all__ = ["CodecTests", "change", "joined"]

_GARBAGE = (b"", b"\0", b"garbage", b"\xff" * 200, b"PK\x03\x04" + bytes(40), b"{" * 5000)


def joined(pieces: Pieces) -> memoryview:
    """What a codec's pieces are once they are stored: read-only, in one piece."""
    return memoryview(b"".join(pieces))


def change(value: Any) -> bool:
    """Change a value in place, if its type lets one."""
    kind = type(value).__name__
    if isinstance(value, list):
        value.append("changed")
    elif isinstance(value, dict):
        value["changed"] = "changed"
    elif kind == "ndarray" and value.size and not value.dtype.hasobject:
        value.reshape(-1, order="A").view("u1")[0] ^= 1
    elif kind == "DataFrame" and hasattr(value, "iloc"):
        value["changed"] = 1
    elif dataclasses.is_dataclass(value):
        vars(value)["changed"] = True
    else:
        return False
    return True


class CodecTests:
    """Inherit it and give two fixtures: `codec`, and `value`, one value for each parameter.

    ```python
    class TestYaml(CodecTests):
        @pytest.fixture
        def codec(self):
            return YamlCodec()

        @pytest.fixture(params=[[], {"a": [1, None]}], ids=str)
        def value(self, request):
            return request.param
    ```
    The values should be of every sort of which the codec says that it is exact, and some others
    that come back identical.
    """

    @pytest.fixture
    def codec(self) -> Codec:
        raise NotImplementedError("give a fixture `codec`")

    @pytest.fixture
    def value(self) -> object:
        raise NotImplementedError("give a fixture `value` with parameters")

    def test_it_accepts_the_value(self, codec: Codec, value: object) -> None:
        assert codec.accepts(value) is True

    def test_the_value_comes_back_identical(self, codec: Codec, value: object) -> None:
        loaded = codec.decode(joined(codec.encode(value)))

        assert identical(loaded, value)

    def test_the_value_comes_back_with_its_fingerprint(self, codec: Codec, value: object) -> None:
        loaded = codec.decode(joined(codec.encode(value)))

        assert fingerprint(loaded) == fingerprint(value)

    def test_encoding_leaves_the_value_as_it_was(self, codec: Codec, value: object) -> None:
        before = copy.deepcopy(value)

        codec.encode(value)

        assert identical(value, before)

    def test_who_receives_the_value_may_change_it(self, codec: Codec, value: object) -> None:
        data = joined(codec.encode(value))
        stored = bytes(data)
        loaded = codec.decode(data)
        before = fingerprint(loaded)

        changed = change(loaded)

        assert changed == (fingerprint(loaded) != before)
        assert data == stored
        assert identical(codec.decode(data), value)

    def test_data_of_its_own_may_become_the_value(self, codec: Codec, value: object) -> None:
        own = memoryview(bytearray(joined(codec.encode(value))))

        loaded = codec.decode(own)
        change(loaded)

        assert identical(codec.decode(joined(codec.encode(value))), value)

    def test_it_says_whether_it_is_exact(self, codec: Codec, value: object) -> None:
        assert codec.is_exact(value) in (True, False)

    def test_it_reads_from_the_middle_of_a_buffer(self, codec: Codec, value: object) -> None:
        data = joined(codec.encode(value))
        buffer = memoryview(b"before!" + data + b"after")

        loaded = codec.decode(buffer[7 : 7 + len(data)])

        assert identical(loaded, value)

    def test_bytes_cut_short_raise_nothing_but_a_codec_error(
        self, codec: Codec, value: object
    ) -> None:
        data = joined(codec.encode(value))
        cuts = {*range(min(len(data), 80)), *range(0, len(data), len(data) // 40 + 1)}

        for cut in sorted(cuts):
            with suppress(CodecError):
                codec.decode(data[:cut])

    def test_changed_bytes_raise_nothing_but_a_codec_error(
        self, codec: Codec, value: object
    ) -> None:
        if codec.needs_trust:
            pytest.skip("bytes that can run code are not decoded at all unless they are trusted")
        data = joined(codec.encode(value))

        for place in {*range(min(len(data), 60)), *range(0, len(data), len(data) // 40 + 1)}:
            for bits in (0x01, 0x80, 0xFF):
                changed = bytearray(data)
                changed[place] ^= bits
                with suppress(CodecError):
                    codec.decode(memoryview(bytes(changed)))

    def test_bytes_it_did_not_write_raise_nothing_but_a_codec_error(self, codec: Codec) -> None:
        for garbage in _GARBAGE:
            with suppress(CodecError):
                codec.decode(memoryview(garbage))

    def test_it_says_how_it_may_be_used(self, codec: Codec) -> None:
        assert isinstance(codec.name, str)
        assert codec.name
        assert codec.needs_trust in (True, False)
