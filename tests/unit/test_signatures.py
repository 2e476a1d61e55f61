"""With keys, a result is believed only as and where one of them signed it: tests are attacks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import pickle
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orchestra_cache import Cache
from orchestra_cache.entries import Entries
from orchestra_cache.errors import ForeignError, IntegrityError, ReadOnlyError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.keyring import Keyring
from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half
from orchestra_cache.stores import MemoryStore
from orchestra_cache.stores.entry import read_entry, recipe_of, write_entry
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.stores.seals import Checksum, Seals, context_of
from orchestra_cache.stores.signatures import HmacKey, Signatures
from tests.conftest import Clock, resealed

KEYS = {"hmac": new_hmac_key(), "ed25519": new_ed25519_key()}
OTHERS = {"hmac": new_hmac_key(), "ed25519": new_ed25519_key()}


def total(day: int) -> Any:
    return {"total": day}


def other(day: int) -> Any:
    return {"total": day}


def large(day: int) -> Any:
    return np.full(20_000, day)


def objects(day: int) -> Any:
    return {day, "a"}


@pytest.fixture(params=["hmac", "ed25519"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def key(kind: str) -> str:
    return KEYS[kind]


@pytest.fixture
def signed(tmp_path: Path, clock: Clock, key: str) -> Cache:
    return Cache(tmp_path / "cache", keys=[key], clock=clock)


def file_of(cache: Cache, task: Any, *args: Any) -> Path:
    return Path(cache.place, entry_name(cache.namespace, task.recipe(*args).key))


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def id_of(key: str) -> str:
    return parse_key(key, "it").id


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None], seals: Seals) -> bytes:
    """An entry with another header, sealed for its own place by somebody else."""
    first, _, body = data.partition(b"\n")
    line, _, inline = body.partition(b"\n")
    header = msgspec.json.decode(line)
    change(header)
    changed = b"\n".join((msgspec.json.encode(header), inline))
    return b"\n".join((first, changed)) if isinstance(seals, Keyring) else resealed_as("-", changed)


def resealed_as(key_id: str, body: bytes) -> bytes:
    return b"orchestra-cache-entry/1 %b %b\n%b" % (
        key_id.encode(),
        digest_bytes(body).hex.encode(),
        body,
    )


def refused(signed: Cache, forged: bytes, events: list[Event], task: Any = None) -> Any:
    """What is said of an entry that an attacker left for `total(1)`."""
    task = task or signed.memoize(total)
    file = file_of(signed, task, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(forged)
    del events[:]

    assert task(1) == {"total": 1}

    assert kinds(events)[:2] == [Failed, Miss]
    assert isinstance(events[0], Failed)
    assert isinstance(events[0].error, IntegrityError)
    return events[0].error


def whole(signed: Cache, function: Any = total, *args: Any) -> bytes:
    task = signed.memoize(function)
    task(*(args or (1,)))
    return file_of(signed, task, *(args or (1,))).read_bytes()


def test_what_was_signed_is_a_hit_for_those_who_have_the_key(
    signed: Cache, key: str, events: list[Event]
) -> None:
    signed.memoize(total)(1)

    result = Cache(signed.place, keys=[key], clock=signed._entries.clock).memoize(total)(1)

    assert result == {"total": 1}
    assert kinds(events) == [Miss, Published, Hit]


FIELDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "its key": lambda header: header.update(key="0" * 64),
    "its task": lambda header: header.update(task="other"),
    "its namespace": lambda header: header.update(namespace="dev"),
    "the fingerprint": lambda header: header["outputs"][0].update(
        fingerprint=f"blake3:{digest_bytes(b'another').hex}"
    ),
    "the classes": lambda header: header["outputs"][0].update(made_of=["shop:Order"]),
    "the type": lambda header: header["outputs"][0].update(type="int"),
    "the codec": lambda header: header["outputs"][0]["parts"][0].update(codec="bytes"),
    "the output": lambda header: header["outputs"][0]["parts"][0].update(
        digest=str(digest_bytes(b'{"total":2}'))
    ),
    "when it expires": lambda header: header.update(expires="2099-01-01T00:00:00Z"),
    "when it was created": lambda header: header.update(created="2026-03-01T11:00:00Z"),
    "who made it": lambda header: header.update(producer="somebody else"),
    "how long it took": lambda header: header.update(seconds=99.0),
    "a new field": lambda header: header.update(side_results=["x"]),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_changed_header_is_detected(signed: Cache, name: str, events: list[Event]) -> None:
    data = whole(signed)
    forged = rewritten(data, FIELDS[name], signed._entries.seals)
    assert forged != data

    error = refused(signed, forged, events)

    assert "did not sign it as it is" in error.message


@pytest.mark.parametrize("name", FIELDS)
def test_a_changed_header_under_a_checksum_is_not_signed(
    signed: Cache, name: str, events: list[Event]
) -> None:
    forged = rewritten(whole(signed), FIELDS[name], Checksum())

    error = refused(signed, forged, events)

    assert "it is not signed, and this cache has keys" in error.message


@pytest.mark.parametrize("old", [b"parameter:", b"blake3:", b'"1"'])
def test_a_changed_recipe_is_detected(old: bytes, signed: Cache, events: list[Event]) -> None:
    first, header, recipe, inline = whole(signed).split(b"\n", 3)
    changed = recipe.replace(old, old[:1] + bytes([old[1] ^ 1]) + old[2:], 1)
    assert changed != recipe

    error = refused(signed, b"\n".join((first, header, changed, inline)), events)
    under_a_checksum = resealed_as("-", b"\n".join((header, changed, inline)))

    assert "did not sign it as it is" in error.message
    assert "it is not signed" in refused(signed, under_a_checksum, events).message


def test_a_changed_inline_output_is_detected(signed: Cache, events: list[Event]) -> None:
    data = whole(signed)

    error = refused(signed, data.replace(b'{"total":1}', b'{"total":2}'), events)

    assert "did not sign it as it is" in error.message


def test_an_entry_without_its_signature_is_not_used(signed: Cache, events: list[Event]) -> None:
    data = whole(signed)
    body = data.partition(b"\n")[2]

    downgraded = refused(signed, resealed_as("-", body), events)
    relabelled = refused(signed, resealed_as(id_of(OTHERS["hmac"]), body), events)

    assert "it is not signed" in downgraded.message
    assert "which this cache does not have" in relabelled.message


@pytest.mark.parametrize(
    "strip",
    [
        lambda line, body: body,
        lambda line, body: b"\n" + body,
        lambda line, body: line.split(b" ")[0] + b"\n" + body,
        lambda line, body: b" ".join(line.split(b" ")[:2]) + b"\n" + body,
        lambda line, body: b" ".join(line.split(b" ")[:2]) + b" \n" + body,
        lambda line, body: line + b" -\n" + body,
    ],
    ids=["no line", "empty line", "format", "no seal", "empty seal", "more words"],
)
def test_a_line_with_words_missing_is_damage(
    signed: Cache, strip: Callable[[bytes, bytes], bytes], events: list[Event]
) -> None:
    line, _, body = whole(signed).partition(b"\n")

    error = refused(signed, strip(line, body), events)

    assert not isinstance(error, ForeignError)


@pytest.mark.parametrize(
    "change",
    [
        lambda seal: seal[:-1],
        lambda seal: seal[:-2],
        lambda seal: seal + "00",
        lambda seal: seal.upper(),
        lambda seal: "0" * len(seal),
        lambda seal: "é" * len(seal),
        lambda seal: seal[:2] + "\t" + seal[2:],
    ],
    ids=["a digit less", "a byte less", "longer", "capitals", "zeros", "no ASCII", "a tab"],
)
def test_a_seal_has_one_text(
    signed: Cache, change: Callable[[str], str], events: list[Event]
) -> None:
    line, _, body = whole(signed).partition(b"\n")
    words = line.decode().split(" ")
    words[2] = change(words[2])

    error = refused(signed, " ".join(words).encode() + b"\n" + body, events)

    assert not isinstance(error, ForeignError)


def test_a_right_entry_of_another_call_is_not_used(signed: Cache, events: list[Event]) -> None:
    error = refused(signed, whole(signed, total, 2), events)

    assert "or not for this place" in error.message


def test_a_right_entry_of_another_task_is_not_used(signed: Cache, events: list[Event]) -> None:
    error = refused(signed, whole(signed, other), events)

    assert "or not for this place" in error.message


def test_a_right_entry_of_another_namespace_is_not_used(
    signed: Cache, key: str, clock: Clock, events: list[Event]
) -> None:
    dev = Cache(signed.place, namespace="dev", keys=[key], clock=clock)

    error = refused(signed, whole(dev), events)

    assert "or not for this place" in error.message


def test_a_seal_of_another_right_entry_is_not_used(signed: Cache, events: list[Event]) -> None:
    line = whole(signed, total, 2).partition(b"\n")[0]
    body = whole(signed).partition(b"\n")[2]

    error = refused(signed, line + b"\n" + body, events)

    assert "did not sign it as it is" in error.message


def test_a_seal_of_a_ref_is_none_of_an_entry(signed: Cache, key: str) -> None:
    keyring = Keyring([key])
    key_id, seal = keyring.seal(b"ref", b"body")

    with pytest.raises(IntegrityError):
        keyring.check(key_id, seal, b"entry", b"body")


def test_an_entry_that_has_expired_stays_expired(
    tmp_path: Path, clock: Clock, key: str, events: list[Event]
) -> None:
    cache = Cache(tmp_path, keys=[key], clock=clock)
    task = cache.memoize(ttl=timedelta(hours=1))(total)
    task(1)
    file = file_of(cache, task, 1)
    old = file.read_bytes()
    clock.advance(hours=2)
    task(1)
    file.write_bytes(old)
    del events[:]

    task(1)

    assert kinds(events) == [Miss, Published]
    assert "has expired" in str(events[0])


def test_a_right_blob_in_the_place_of_another_is_not_used(
    signed: Cache, events: list[Event]
) -> None:
    task = signed.memoize(large)
    task(1)
    one = next(Path(signed.place).glob("main/blobs-v1/*/*"))
    task(2)
    (two,) = set(Path(signed.place).glob("main/blobs-v1/*/*")) - {one}
    assert one.stat().st_size == two.stat().st_size
    one.write_bytes(two.read_bytes())
    del events[:]

    results = [task(1), task(1)]

    assert all((result == 1).all() for result in results)
    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_a_pickle_that_nobody_signed_is_never_run(
    signed: Cache, tmp_path: Path, events: list[Event]
) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "exploded"),)

    local = Cache(signed.place, clock=signed._entries.clock)
    local.memoize(total)(1)
    bomb = pickle.dumps(Bomb())

    def armed(header: dict[str, Any]) -> None:
        part = header["outputs"][0]["parts"][0]
        part.update(codec="pickle5", digest=str(digest_bytes(bomb)))

    data = file_of(local, local.memoize(total), 1).read_bytes()
    forged = rewritten(data, armed, Checksum()).replace(b'{"total":1}', bomb)
    refused(signed, resealed(forged), events)

    assert not (tmp_path / "exploded").exists()


def test_signed_pickles_are_kept_where_others_can_write(key: str, events: list[Event]) -> None:
    url = f"memory://{uuid4().hex}"

    results = [Cache(url, keys=[key]).memoize(objects)(1) for _ in range(2)]

    assert results == [{1, "a"}] * 2
    assert kinds(events) == [Miss, Published, Hit]


def test_an_entry_signed_with_another_key_stays_as_it_is(
    signed: Cache, kind: str, clock: Clock, events: list[Event]
) -> None:
    theirs = whole(Cache(signed.place, keys=[OTHERS[kind]], clock=clock))

    error = refused(signed, theirs, events)

    assert kinds(events) == [Failed, Miss]
    assert id_of(OTHERS[kind]) in error.message
    assert file_of(signed, signed.memoize(total), 1).read_bytes() == theirs


def test_without_keys_a_signed_entry_is_not_used_and_stays(
    signed: Cache, key: str, clock: Clock, events: list[Event]
) -> None:
    theirs = whole(signed)
    plain = Cache(signed.place, clock=clock)

    error = refused(plain, theirs, events)

    assert kinds(events) == [Failed, Miss]
    assert id_of(key) in error.message
    assert "`keys=…`" in error.hint
    assert file_of(plain, plain.memoize(total), 1).read_bytes() == theirs


def test_where_an_entry_stays_no_blob_is_written_beside_it(signed: Cache, clock: Clock) -> None:
    Cache(signed.place, clock=clock, keys=[new_hmac_key()]).memoize(large)(1)
    (blob,) = Path(signed.place).glob("main/blobs-v1/*/*")
    blob.unlink()

    signed.memoize(large)(1)

    assert not blob.exists()


def test_an_entry_that_is_not_signed_is_replaced(
    signed: Cache, clock: Clock, events: list[Event]
) -> None:
    unsigned = whole(Cache(signed.place, clock=clock))

    refused(signed, unsigned, events)
    signed.memoize(total)(1)

    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_looking_an_unsigned_entry_up_does_not_delete_it(signed: Cache, clock: Clock) -> None:
    task = Cache(signed.place, clock=clock).memoize(total)
    task(1)

    found = signed.memoize(total).lookup(1)

    assert isinstance(found, Miss)
    assert isinstance(task.lookup(1), Hit)


def test_keys_rotate_without_a_miss(
    tmp_path: Path, kind: str, clock: Clock, events: list[Event]
) -> None:
    old, new = KEYS[kind], OTHERS[kind]
    Cache(tmp_path, keys=[old], clock=clock).memoize(total)(1)

    both = Cache(tmp_path, keys=[new, old], clock=clock).memoize(total)
    results = [both(1), both(2)]
    not_yet = Cache(tmp_path, keys=[old, new], clock=clock).memoize(total)
    results += [not_yet(1), not_yet(2)]

    assert results == [{"total": 1}, {"total": 2}] * 2
    assert kinds(events) == [Miss, Published, Hit, Miss, Published, Hit, Hit]


def test_what_a_revoked_key_signed_is_signed_anew(
    tmp_path: Path, kind: str, clock: Clock, events: list[Event]
) -> None:
    old, new = KEYS[kind], OTHERS[kind]
    Cache(tmp_path, keys=[old], clock=clock).memoize(total)(1)
    revoking = Cache(tmp_path, keys=[new, old, f"revoked:{id_of(old)}"], clock=clock)
    del events[:]

    results = [revoking.memoize(total)(1) for _ in range(2)]

    assert results == [{"total": 1}] * 2
    assert kinds(events) == [Failed, Miss, Published, Hit]
    assert isinstance(events[0], Failed)
    assert "is revoked" in str(events[0].error)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reader_of(place: str, clock: Clock) -> Cache:
    public = public_half(parse_key(KEYS["ed25519"], "it"))
    assert public is not None
    return Cache(place, keys=[public], clock=clock)


def test_with_a_public_key_results_are_read_and_not_written(
    tmp_path: Path, clock: Clock, events: list[Event]
) -> None:
    writer = Cache(tmp_path / "cache", keys=[KEYS["ed25519"]], clock=clock)
    writer.memoize(objects)(1)
    reader = reader_of(writer.place, clock).memoize(objects)
    before = snapshot(tmp_path)
    del events[:]

    results = [reader(1), reader(2)]

    assert results == [{1, "a"}, {2, "a"}]
    assert kinds(events) == [Hit, Miss, Uncached]
    assert isinstance(events[2], Uncached)
    assert "no key to sign with" in events[2].reason
    assert "orchestra-cache keygen" in events[2].hint
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("folder", ["entries-v1", "blobs-v1"])
def test_with_a_public_key_damage_is_left_to_those_who_can_heal_it(
    tmp_path: Path, clock: Clock, events: list[Event], folder: str
) -> None:
    writer = Cache(tmp_path / "cache", keys=[KEYS["ed25519"]], clock=clock)
    writer.memoize(large)(1)
    (file,) = (path for path in tmp_path.glob(f"cache/main/{folder}/*/*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = snapshot(tmp_path)
    del events[:]

    result = reader_of(writer.place, clock).memoize(large)(1)

    assert (result == 1).all()
    assert kinds(events) == [Failed, Miss, Uncached]
    assert snapshot(tmp_path) == before


def test_a_public_key_cannot_sign() -> None:
    public = public_half(parse_key(KEYS["ed25519"], "it"))
    assert public is not None

    with pytest.raises(ReadOnlyError):
        Keyring([public]).seal(b"", b"")


def test_a_public_key_is_no_shared_secret(tmp_path: Path, clock: Clock) -> None:
    # If kinds could be confused, who knows the public key could sign with it.
    secret = parse_key(KEYS["ed25519"], "it")
    public = public_half(secret)
    assert public is not None
    reader = Keyring([public])
    for material in (public.encode(), public.partition(":")[2].encode(), secret.public):
        forger = HmacKey(material)
        seal = forger.sign(b"context", b"body")
        for key_id in (secret.id, forger.id, secret.id.replace("ed25519", "hmac")):
            with pytest.raises(IntegrityError):
                reader.check(key_id, seal, b"context", b"body")


def test_a_signature_cannot_be_made_into_another() -> None:
    # Ed25519 as it was first described also takes S plus the order of the group.
    order = 2**252 + 27742317777372353535851937790883648493
    keyring = Keyring([KEYS["ed25519"]])
    key_id, seal = keyring.seal(b"context", b"body")
    raw = bytes.fromhex(seal)
    shifted = int.from_bytes(raw[32:], "little") + order
    other = raw[:32] + shifted.to_bytes(32, "little")

    keyring.check(key_id, seal, b"context", b"body")
    with pytest.raises(IntegrityError):
        keyring.check(key_id, other.hex(), b"context", b"body")


def test_the_id_of_another_key_of_the_ring_does_not_help(kind: str) -> None:
    keyring = Keyring([KEYS[kind], OTHERS[kind], KEYS["ed25519"], KEYS["hmac"]])
    _, seal = keyring.seal(b"context", b"body")

    for text in (OTHERS[kind], KEYS["ed25519" if kind == "hmac" else "hmac"]):
        with pytest.raises(IntegrityError):
            keyring.check(id_of(text), seal, b"context", b"body")


def test_parts_of_a_context_cannot_be_shifted(key: str) -> None:
    contexts = [
        context_of("entry", "main", "total", "ab"),
        context_of("entry", "maint", "otal", "ab"),
        context_of("entry", "main", "totala", "b"),
        context_of("entrymain", "total", "ab"),
        context_of("ref", "main", "total", "ab"),
    ]

    assert len({*contexts}) == len(contexts)
    assert not any(a != b and a.startswith(b) for a in contexts for b in contexts)


def test_signing_needs_the_secret_and_not_the_id() -> None:
    key = parse_key(KEYS["hmac"], "it")
    forger = Signatures(HmacKey(key.id.encode()), {})

    _, seal = forger.seal(b"context", b"body")

    assert not key.verify(seal, b"context", b"body")


def framed(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def test_a_seal_is_what_the_store_format_says(signed: Cache, kind: str, key: str) -> None:
    line, _, body = whole(signed).partition(b"\n")
    raw = base64.b64decode(key.partition(":")[2])
    recipe = signed.memoize(total).recipe(1)

    message = framed(b"orchestra-cache/1/entry", b"main", b"total") + recipe.key.digest.raw + body
    tag = framed(b"orchestra-cache/1/key-id")
    if kind == "hmac":
        seal = hmac.new(raw, message, "sha256").hexdigest()
        key_id = blake3(tag, key=hashlib.sha256(raw).digest()).hexdigest()[:16]
    else:
        private = Ed25519PrivateKey.from_private_bytes(raw)
        seal = private.sign(message).hex()
        key_id = blake3(tag + framed(private.public_key().public_bytes_raw())).hexdigest()[:16]

    assert line.decode() == f"orchestra-cache-entry/1 {kind}-{key_id} {seal}"


def test_a_shared_secret_needs_no_library(tmp_path: Path, run_python: Callable[..., str]) -> None:
    (tmp_path / "work.py").write_text("def double(n):\n    return [n, n]\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import work\n"
        "from orchestra_cache import Cache\n"
        "double = Cache(sys.argv[1] + '/cache', keys=[sys.argv[2]]).memoize(work.double)\n"
        "double(1); assert double.lookup(1)\n"
        "print({'cryptography', 'pydantic', 'fsspec', 'typer'} & {*sys.modules})"
    )

    assert run_python(program, str(tmp_path), KEYS["hmac"]) == "set()"


def damaged_at(data: bytes, offset: int, bits: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ bits]) + data[offset + 1 :]


@pytest.mark.parametrize("folder", ["entries-v1", "blobs-v1"])
@pytest.mark.parametrize("keyed", ["keys", "no keys"])
def test_a_thousand_flipped_bits_are_a_thousand_misses(
    tmp_path: Path, clock: Clock, events: list[Event], folder: str, keyed: str
) -> None:
    keys = [KEYS["hmac"]] if keyed == "keys" else None
    task = Cache(tmp_path, keys=keys, clock=clock).memoize(large)
    task(1)
    (file,) = (path for path in tmp_path.glob(f"main/{folder}/*/*") if path.is_file())
    entry = file_of(Cache(tmp_path), task, 1)
    right = {path: path.read_bytes() for path in (file, entry)}
    chance = random.Random(f"{folder} {keyed}")
    del events[:]

    for _ in range(1000):
        data = right[file]
        for path in right:
            path.write_bytes(right[path])
        file.write_bytes(damaged_at(data, chance.randrange(len(data)), 1 << chance.randrange(8)))
        assert isinstance(task.lookup(1), Miss)

    assert len(events) == 1000
    assert all(
        isinstance(event, Failed) and isinstance(event.error, IntegrityError) for event in events
    )


@pytest.mark.parametrize("folder", ["entries-v1", "blobs-v1"])
@pytest.mark.parametrize("left", [0, 1, -1], ids=["nothing", "a byte", "all but a byte"])
def test_what_is_cut_short_is_a_miss_that_heals(
    signed: Cache, events: list[Event], folder: str, left: int
) -> None:
    task = signed.memoize(large)
    task(1)
    (file,) = (path for path in Path(signed.place, "main", folder).glob("*/*") if path.is_file())
    file.write_bytes(file.read_bytes()[:left])
    del events[:]

    results = [task(1), task(1)]

    assert all((result == 1).all() for result in results)
    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_a_blob_that_is_gone_heals(signed: Cache, events: list[Event]) -> None:
    task = signed.memoize(large)
    task(1)
    next(Path(signed.place).glob("main/blobs-v1/*/*")).unlink()
    del events[:]

    results = [task(1), task(1)]

    assert all((result == 1).all() for result in results)
    assert kinds(events) == [Failed, Miss, Published, Hit]


@pytest.mark.parametrize("number", [b"0", b"2", b"3", b"10", b"999999999", b"01", b"-1", b"x", b""])
def test_other_formats_are_a_miss(signed: Cache, number: bytes, events: list[Event]) -> None:
    data = whole(signed)

    error = refused(signed, data.replace(b"entry/1 ", b"entry/%b " % number, 1), events)

    stays = number.isdigit() and not number.startswith(b"0")
    assert isinstance(error, ForeignError) == stays
    assert kinds(events) == ([Failed, Miss] if stays else [Failed, Miss, Published])


def fuzzed(data: bytes, chance: random.Random) -> bytes:
    """Bytes of an entry with pieces of it cut, doubled, exchanged, or of chance."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.choice([1, 2, 8, 64, 400]))
        match chance.randrange(5):
            case 0:
                del made[start:end]
            case 1:
                made[start:start] = made[start:end]
            case 2:
                made[start:end] = chance.randbytes(end - start)
            case 3:
                made[start:end] = bytes(end - start)
            case 4:
                made[start:start] = chance.choice([b"\n", b" ", b'"', b"{", b"\xff", b"9" * 30])
    return bytes(made)


@pytest.mark.parametrize("keyed", ["keys", "no keys"])
def test_ten_thousand_fuzzed_entries_are_refused(tmp_path: Path, clock: Clock, keyed: str) -> None:
    keys = [KEYS["hmac"]] if keyed == "keys" else None
    cache = Cache(tmp_path, keys=keys, clock=clock)
    data = whole(cache)
    key = cache.memoize(total).recipe(1).key
    chance = random.Random(keyed)
    count = 0

    while count < 10_000:
        forged = fuzzed(data, chance)
        if forged != data:
            count += 1
            with pytest.raises(IntegrityError):
                read_entry(memoryview(forged), "main", key, cache._entries.seals)


def test_ten_thousand_fuzzed_entries_under_right_seals_never_lie(
    tmp_path: Path, clock: Clock
) -> None:
    # The worst case: a fault in a program that has the key.
    keyring = Keyring([KEYS["hmac"]])
    cache = Cache(tmp_path, keys=[KEYS["hmac"]], clock=clock)
    body = whole(cache).partition(b"\n")[2]
    recipe = cache.memoize(total).recipe(1)
    context = context_of("entry", "main", recipe.key.task) + recipe.key.digest.raw
    chance = random.Random(3)

    for _ in range(10_000):
        forged = fuzzed(body, chance)
        line = " ".join(("orchestra-cache-entry/1", *keyring.seal(context, forged)))
        store = MemoryStore()
        store.put(entry_name("main", recipe.key), [line.encode(), b"\n", forged])
        found = Entries(store, "main", clock, seals=keyring).find(recipe, None, refs=False)

        if isinstance(found.outcome, Hit):
            assert found.outcome.value == {"total": 1}
        else:
            assert found.damage is not None or "expired" in found.outcome.reason


def test_a_cache_with_keys_travels_and_shows_none_of_them(
    signed: Cache, key: str, events: list[Event]
) -> None:
    signed.memoize(total)(1)

    copy = pickle.loads(pickle.dumps(signed))
    again = pickle.loads(pickle.dumps(signed._entries.seals))

    assert copy.memoize(total)(1) == {"total": 1}
    assert kinds(events) == [Miss, Published, Hit]
    assert again.seal(b"", b"")[0] == id_of(key)
    encoded = key.partition(":")[2]
    for one in (signed, copy, signed._entries, signed._entries.seals, signed.memoize(total)):
        assert encoded not in repr(one)


def test_entries_are_written_for_their_place_alone(signed: Cache, key: str) -> None:
    # The port itself: sealed for one place, an entry is read there and nowhere else.
    recipe = signed.memoize(total).recipe(1)
    data = whole(signed)
    found = read_entry(memoryview(data), "main", recipe.key, Keyring([key]))
    terms = found.header
    outputs = [(terms.outputs[0], found.inline[0])]
    elsewhere = write_entry(
        recipe,
        "dev",
        outputs,
        created=terms.created,
        expires=terms.expires,
        producer="",
        seconds=0,
        seals=Keyring([key]),
    )

    assert recipe_of(found) == recipe
    with pytest.raises(IntegrityError, match="not for this place"):
        read_entry(memoryview(elsewhere), "main", recipe.key, Keyring([key]))
