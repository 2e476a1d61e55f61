"""Every kind of statement and expression that Python 3.10 has."""

# ruff: noqa: C416, PLR0915, RET507, RUF021

import contextlib
import os.path as paths

TASKS = ["expressions", "statements", "matching", "literals", "generators", "lambdas", "later"]

one, two = (lambda n: n + 1), (lambda n: n + 2)
TABLE = {"one": one, "two": two, "path": paths.join}


def expressions(a, /, b, *rest, key=None, **named):
    found = [x for x in rest if x if not b] + [*rest, *(y for _, y in ())]
    found += [(n := 3), n if a else ~n, not n, -n, +n, a @ b, a // b, a**2, a << 1 | b >> 1 & 3 ^ a]
    found.append(a < b <= 3 != a is not None in found)
    return {**named, "k": {a, b}, (1, 2): rest[1:-1:2], ...: found[..., None]}, key or a and b


def statements(rows):
    total: float = 0
    for index, row in enumerate(rows):
        if index % 2:
            continue
        elif row is None:
            break
        total += row
    else:
        total -= 1
    while total > 10:
        total //= 2
    try:
        with contextlib.suppress(KeyError), open(paths.devnull) as file:
            del rows[0]
            assert file, "no file"
    except (ValueError, TypeError) as error:
        raise RuntimeError("bad") from error
    except OSError:
        pass
    else:
        global seen
        seen = total
    finally:
        total = -total
    return total


def matching(command):
    match command:
        case ["go", str() as where, *rest] if rest:
            return where, rest
        case {"kind": "stop", **others}:
            return others
        case complex(real=0) | 1 | -1.5 | None | "x":
            return "literal"
        case [_, _]:
            return 2
        case _:
            return paths.sep


def literals(name):
    texts = ("ab", 'it\'s "quoted"', r"\d", b"\x00\xff", "łódź", f"{name}tail{1:{2}.3f}")
    numbers = (0x1F, 1_000_000, 1e300, 2j, 10**30, 0.1, -0.0, 123456789012345678901234567890)
    return texts, numbers, f"{name!r:^{10}}{name=}{{}}", True, None, ...


def generators(n):
    received = yield n
    yield from (i * received for i in range(n))
    return {i: j for i in range(n) for j in range(i)}, {i for i in ()}


def lambdas(key, *, default=lambda n, *rest, m=1: (n, rest, m)):
    return TABLE[key](1), default(2), (lambda: (yield))


async def later(source):
    async with source as rows:
        async for row in rows:
            yield [part async for part in row], await row


if __name__ == "__main__":
    import show

    show.show(globals())
