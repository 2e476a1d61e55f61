"""torch values count by content and class, whatever their memory; what hides state is refused."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.testing import identical

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

NUMBERS = [[1, 2, 3], [4, 5, 6]]


class Measured(torch.Tensor):
    pass


class Net(nn.Module):
    def __init__(self, width: int = 2, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.layer = nn.Linear(2, width)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("seen", torch.zeros(1), persistent=False)


class Other(Net):
    pass


class Dispatched(torch.Tensor):
    @classmethod
    def __torch_dispatch__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return function(*args, **(kwargs or {}))


class Elsewhere(torch.Tensor):
    device = torch.device("cpu")


def double(*arguments: Any) -> None: ...


def triple(*arguments: Any) -> None: ...


def measured(unit: str) -> Any:
    tensor = torch.ones(2).as_subclass(Measured)
    tensor.unit = unit
    return tensor


def with_gradient(number: float) -> Any:
    tensor = torch.ones(2, requires_grad=True)
    (tensor * number).sum().backward()
    return tensor


def net(change: Callable[[Any], object] = bool, kind: Any = Net, **terms: Any) -> Any:
    torch.manual_seed(0)
    made = kind(**terms)
    change(made)
    return made


def filled(name: str) -> Callable[[Any], object]:
    return lambda made: made.get_buffer(name).fill_(1)


def sequence(*names: str) -> Any:
    layers = {"a": nn.ReLU(), "b": nn.Tanh()}
    return nn.Sequential(OrderedDict((name, layers[name]) for name in names))


def trained(steps: int, optimizer: Any = torch.optim.Adam, **terms: Any) -> Any:
    made = net()
    chosen = optimizer(made.parameters(), **{"lr": 0.1, **terms})
    for _ in range(steps):
        made.layer(torch.ones(1, 2)).sum().backward()
        chosen.step()
        chosen.zero_grad()
    return chosen


def held_for(first: float, second: float) -> Any:
    equal = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    made = torch.optim.SGD(equal, lr=0.1, momentum=0.9)
    for one, momentum in zip(equal, (first, second), strict=True):
        made.state[one] = {"momentum_buffer": torch.tensor([momentum])}
    return made


def coordinates(*values: float, coalesced: bool = False) -> Any:
    made = torch.sparse_coo_tensor([[0] * len(values), [1] * len(values)], list(values), (2, 2))
    return made.coalesce() if coalesced else made


DIFFERENT: dict[str, Callable[[], list[Any]]] = {
    "dtypes": lambda: [
        torch.zeros(2, dtype=dtype)
        for dtype in (
            torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
            torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64,
            torch.complex128,
        )
    ],
    "shapes": lambda: [
        torch.tensor(1.0), torch.tensor([1.0]), torch.tensor([[1.0]]), torch.ones(2),
        torch.zeros(0), torch.zeros(0, 2), torch.zeros(2, 0),
    ],
    "content": lambda: [
        torch.tensor([0.0]), torch.tensor([-0.0]), torch.tensor([1.0]),
        torch.tensor([float("nan")]),
        torch.tensor([2143289345], dtype=torch.int32).view(torch.float32),
    ],
    "what asks for gradients": lambda: [
        torch.ones(2), torch.ones(2, requires_grad=True), nn.Parameter(torch.ones(2)),
        nn.Parameter(torch.ones(2), requires_grad=False), with_gradient(1), with_gradient(2),
    ],
    "tensors and others": lambda: [
        torch.ones(2), torch.ones(2).numpy(), [1.0, 1.0], measured("m"), measured("km"),
    ],
    "layouts": lambda: [
        torch.eye(4), torch.eye(4).to_sparse(), torch.eye(4).to_sparse_csr(),
        torch.eye(4).to_sparse_csc(), torch.eye(4).to_sparse_bsr((2, 2)),
        torch.eye(4).to_sparse_bsc((2, 2)), (2 * torch.eye(4)).to_sparse(),
        (2 * torch.eye(4)).to_sparse_csr(), torch.eye(4)[[1, 0, 2, 3]].to_sparse_csr(),
    ],
    "entries of one place": lambda: [
        coordinates(1, 2), coordinates(2, 1), coordinates(1, 2, coalesced=True), coordinates(1),
        torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (2,)),
        torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (2,)).coalesce(),
    ],
    "quantized": lambda: [
        torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        torch.quantize_per_tensor(torch.ones(2), 0.2, 0, torch.qint8),
        torch.quantize_per_tensor(torch.ones(2), 0.1, 1, torch.qint8),
        torch._make_per_tensor_quantized_tensor(torch.ones(2, dtype=torch.int8), 0.1, 0),
        torch._make_per_tensor_quantized_tensor(torch.ones(2, dtype=torch.int8), 0.1, 1),
        torch.quantize_per_channel(
            torch.ones(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.qint8
        ),
        torch.quantize_per_channel(
            torch.ones(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 1, torch.qint8
        ),
    ],
    "small things": lambda: [
        torch.float32, torch.float64, torch.device("cpu"), torch.device("cuda", 0),
        torch.device("cuda", 1), torch.Size([1, 2]), torch.Size([2, 1]), (1, 2), torch.strided,
        torch.contiguous_format, torch.Generator().manual_seed(1),
        torch.Generator().manual_seed(2),
    ],
    "modules": lambda: [
        net(), net(kind=Other), net(width=3), net(scale=2.0), net(lambda made: made.eval()),
        net(filled("mean")), net(filled("seen")), net(lambda made: made.layer.bias.data.zero_()),
        net(lambda made: made.layer.requires_grad_(False)),
        net(lambda made: made.register_forward_hook(double)),
        net(lambda made: made.register_forward_hook(triple)),
        net(lambda made: made.register_forward_pre_hook(double)),
        net(lambda made: made.register_forward_hook(double, always_call=True)),
        nn.Linear(2, 2), nn.ReLU(), nn.Dropout(0.1), nn.Dropout(0.2),
    ],
    "buffers that are kept and those that are not": lambda: [
        net(lambda made: made.register_buffer("more", torch.ones(1))),
        net(lambda made: made.register_buffer("more", torch.ones(1), persistent=False)),
    ],
    "the order of layers": lambda: [sequence("a", "b"), sequence("b", "a")],
    "optimizers": lambda: [
        trained(0), trained(1), trained(2), trained(0, lr=0.2), trained(0, torch.optim.SGD),
    ],
    "what is held for equal parameters": lambda: [held_for(1, 2), held_for(2, 1)],
}  # fmt: skip


def every_tensor() -> list[Any]:
    made = [value for name in DIFFERENT for value in DIFFERENT[name]()]
    return [value for value in made if isinstance(value, torch.Tensor)]


@pytest.mark.parametrize("name", DIFFERENT)
def test_values_that_differ_have_digests_of_their_own(name: str) -> None:
    values, again = DIFFERENT[name](), DIFFERENT[name]()

    digests = [fingerprint(value) for value in values]

    assert len(set(digests)) == len(values)
    assert digests == [fingerprint(value) for value in again]
    assert all(identical(*pair) for pair in zip(values, again, strict=True))
    assert sum(identical(one, other) for one in values for other in values) == len(values)


def layouts() -> list[Any]:
    whole = torch.zeros(4, 6)
    whole[1:3, ::2] = torch.tensor(NUMBERS, dtype=torch.float32)
    plain = torch.tensor(NUMBERS, dtype=torch.float32)
    return [
        plain, plain.T.contiguous().T, whole[1:3, ::2], plain.flip(0).flip(0), plain.neg().neg(),
        torch._neg_view(-plain), torch.stack([plain, plain])[1],
    ]  # fmt: skip


def test_memory_does_not_show() -> None:
    assert len({fingerprint(value) for value in layouts()}) == 1
    assert all(identical(layouts()[0], value) for value in layouts())


def test_a_conjugate_counts_by_what_it_reads_as() -> None:
    value = torch.tensor([1 + 2j, 3 - 4j])

    assert fingerprint(value.conj()) == fingerprint(value.conj().resolve_conj())
    assert fingerprint(value.conj()) != fingerprint(value)
    assert fingerprint(value.conj().imag) == fingerprint(torch.tensor([-2.0, 4.0]))


def test_the_kind_of_device_counts_and_its_number_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    value = torch.ones(2).as_subclass(Elsewhere)
    digests = []
    for name in ("cpu", "cuda:0", "cuda:1"):
        monkeypatch.setattr(Elsewhere, "device", torch.device(name))
        digests.append(fingerprint(value))

    assert digests[0] != digests[1] == digests[2]


def test_an_expanded_tensor_is_what_it_reads_as() -> None:
    assert fingerprint(torch.ones(1).expand(1000)) == fingerprint(torch.ones(1000))


def test_copies_and_pickles_of_a_tensor_do_not_show() -> None:
    for value in every_tensor():
        kept = value.layout in (torch.strided, torch.sparse_coo) and value.grad is None
        if kept and type(value) is not Measured:
            copies = [copy.deepcopy(value), pickle.loads(pickle.dumps(value)), copy.copy(value)]
            assert {fingerprint(other) for other in copies} == {fingerprint(value)}


MODULES = {
    "own": net,
    "layers": lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.LSTM(2, 2)),
    "attention": lambda: nn.TransformerEncoderLayer(4, 2, 8),
    "lists": lambda: nn.ModuleDict({"a": nn.ParameterList([nn.Parameter(torch.ones(1))])}),
    "hooked": lambda: net(lambda made: made.register_forward_hook(double)),
    "optimizer": lambda: trained(2),
    "scheduler": lambda: torch.optim.lr_scheduler.StepLR(trained(1), 2),
    "data": lambda: torch.utils.data.TensorDataset(torch.ones(2)),
}


@pytest.mark.parametrize("name", MODULES)
def test_copies_and_pickles_of_a_module_do_not_show(name: str) -> None:
    value = MODULES[name]()

    copies = [copy.deepcopy(value), pickle.loads(pickle.dumps(value))]

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}


def test_how_many_hooks_a_process_has_seen_does_not_show() -> None:
    one = net(lambda made: made.register_forward_hook(double))
    for _ in range(5):
        nn.ReLU().register_forward_hook(double)

    other = net(lambda made: made.register_forward_hook(double))

    assert fingerprint(one) == fingerprint(other)


def test_running_a_module_shows_only_if_it_learns() -> None:
    plain, learning = net(), nn.BatchNorm1d(2)
    before = [fingerprint(plain), fingerprint(learning)]

    plain.layer(torch.ones(1, 2))
    learning(torch.tensor(NUMBERS, dtype=torch.float32)[:, :2])

    assert fingerprint(plain) == before[0]
    assert fingerprint(learning) != before[1]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "graph": (lambda: torch.ones(2, requires_grad=True) * 2, "detach"),
    "meta": (lambda: torch.ones(2, device="meta"), "pass what it was made from"),
    "nested": (lambda: torch.nested.nested_tensor([torch.ones(1)]), "pass what it was made from"),
    "jagged": (
        lambda: torch.nested.nested_tensor([torch.ones(1)], layout=torch.jagged),
        "pass what it was made from",
    ),
    "lazy": (lambda: nn.LazyLinear(2).weight, "pass what it was made from"),
    "dispatched": (
        lambda: torch.Tensor._make_subclass(Dispatched, torch.ones(2)),
        "pass what it was made from",
    ),
    "storage": (lambda: torch.ones(2).untyped_storage(), "ignore"),
    "compiled": (lambda: torch.compile(net()), "_orig_mod"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_seen_is_refused(name: str) -> None:
    make, hint = REFUSED[name]

    with pytest.raises(FingerprintError, match=r"^cannot fingerprint value → \[0\]: ") as caught:
        fingerprint([make()])

    assert hint in caught.value.hint


def test_the_package_of_a_tensor_is_noted() -> None:
    from orchestra_cache.fingerprints import encoder
    from orchestra_cache.fingerprints.origin import made_of

    writer = encoder()
    writer.digest([torch.ones(2)])

    assert "torch" in made_of(writer.met)
