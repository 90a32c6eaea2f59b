"""Large copies to devices and back: by PyTorch's own copies, and by bits."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge import dtypes, staging
from pytorch_bridge.transfer import read_memory

CHUNK = 512  # bytes


@pytest.fixture(autouse=True)
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that small tensors are large; PyTorch's own threads are needed."""
    monkeypatch.setattr(staging, "CHUNK", CHUNK)
    monkeypatch.setattr(staging, "HUGE_PAGE", 2 * CHUNK)
    monkeypatch.setattr(staging, "LEAST", 2)
    threads = torch.get_num_threads()
    torch.set_num_threads(max(2, threads))
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Iterator[mock.Mock]:
    """Notes which ways were gone."""
    ways = mock.Mock()
    for name in ("_send", "_fetch"):
        way = mock.Mock(wraps=getattr(staging, name))
        ways.attach_mock(way, name)
        monkeypatch.setattr(staging, name, way)
    yield ways


def names(copies: mock.Mock) -> list[str]:
    return [call[0] for call in copies.mock_calls]


def bits(tensor: torch.Tensor) -> bytes:
    """Of its values in row-major order, as NumPy tells them."""
    return tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes()


def random_bits(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    """Of any values, NaN with all its payloads too."""
    found = torch.empty(shape, dtype=dtype)
    top = 2 if dtype == torch.bool else 256
    found.view(-1).view(torch.uint8).random_(0, top, generator=torch.Generator().manual_seed(7))
    return found


def check_both_ways(tensor: torch.Tensor, device: str) -> None:
    there, back = pb.to_device(tensor, device), None
    plain = tensor.to(device)
    assert (there.dtype, there.shape, there.device) == (plain.dtype, plain.shape, plain.device)
    assert there.stride() == plain.stride()
    assert bits(there.cpu()) == bits(tensor)
    back = pb.to_device(there, "cpu")
    assert (back.device.type, back.stride()) == ("cpu", plain.cpu().stride())
    assert bits(back) == bits(tensor)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 127, 128, 129, 191, 192, 193, 1000])
def test_lengths_around_the_buffers(accelerator, copies, n):
    check_both_ways(random_bits((n,), torch.float64), accelerator)
    assert names(copies) == ["_send", "_fetch"]


@pytest.mark.parametrize("name", dtypes.DTYPES)
def test_every_dtype_by_bits(accelerator, copies, name):
    dtype = getattr(torch, name, None)
    if dtype is None:
        pytest.skip(f"this PyTorch has no {name}")
    check_both_ways(random_bits((7, 123), dtype), accelerator)
    assert names(copies) == ["_send", "_fetch"]


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 1), (1, 500, 1)])
def test_odd_shapes(accelerator, shape):
    check_both_ways(random_bits(shape, torch.int32), accelerator)


ORDERS = {
    "transposed": lambda x: x.t(),
    "every other row": lambda x: x[::2],
    "every other column": lambda x: x[:, ::2],
    "a slice": lambda x: x[3:40, 5:77],
    "long rows": lambda x: x.reshape(2, -1)[:, 1:],
    "expanded": lambda x: x[:1].expand(30, -1),
    "cube": lambda x: x.reshape(4, 25, 80).permute(2, 0, 1),
    "cube in part": lambda x: x.reshape(4, 25, 80).permute(1, 2, 0)[1:, 3:],
    "a row": lambda x: x[7:8],
}


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_in_memory(accelerator, copies, name):
    tensor = ORDERS[name](random_bits((100, 80), torch.float32))
    check_both_ways(tensor, accelerator)
    there = ORDERS[name](random_bits((100, 80), torch.float32).to(accelerator))
    assert bits(pb.to_device(there, "cpu")) == bits(tensor)
    assert names(copies) == ["_send", "_fetch", "_fetch"]


def test_the_functions_that_go_this_way(accelerator, copies):
    array = np.arange(1000.0)
    there = pb.to_tensor(array, device=accelerator)
    assert there.cpu().tolist() == array.tolist()
    assert pb.to_numpy(there).tolist() == array.tolist()
    found = read_memory(there)
    assert found.owner is not None
    assert found.owner.held.tolist() == array.tolist()
    assert names(copies) == ["_send", "_fetch", "_fetch"]


def test_what_autograd_knows_of_goes_its_way(accelerator, copies):
    leaf = torch.ones(1000, requires_grad=True)
    pb.to_device(leaf, accelerator).mul(3).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.unique().tolist() == [3]
    made = pb.to_tensor(np.ones(1000), device=accelerator, requires_grad=True)
    assert (made.is_leaf, made.requires_grad) == (True, True)
    assert pb.to_numpy(made * 2).sum() == 2000
    assert names(copies) == ["_send", "_fetch"]


def test_views_that_are_no_plain_memory(accelerator, copies):
    z = torch.complex(torch.arange(100.0), torch.arange(100.0))
    for tensor in (z.conj(), z.conj().imag):
        moved = pb.to_device(tensor, accelerator)
        assert moved.resolve_conj().resolve_neg().cpu().tolist() == tensor.tolist()
    assert not copies.mock_calls


@pytest.mark.parametrize("least", [2, 10**9])
def test_the_source_may_change_at_once(accelerator, least, monkeypatch):
    monkeypatch.setattr(staging, "LEAST", least)
    for pinned in (False, True):
        tensor = torch.arange(10_000.0)
        tensor = tensor.pin_memory() if pinned else tensor
        there = pb.to_device(tensor, accelerator, non_blocking=not pinned)
        tensor.zero_()
        assert there.cpu().tolist() == list(range(10_000))
        there = there + 1
        back = pb.to_device(there, "cpu", non_blocking=True)
        there.zero_()
        assert back.tolist() == list(range(1, 10_001))


def test_pinned_memory_that_a_device_reads_may_be_dropped(accelerator):
    expected = list(range(10_000))
    found = []
    for _ in range(10):
        pinned = torch.arange(10_000.0).pin_memory()
        found.append(pb.to_device(pinned, accelerator, non_blocking=True))
        del pinned
        torch.full((10_000,), -1.0).pin_memory()
    assert all(there.cpu().tolist() == expected for there in found)
    assert len(staging._being_read) <= 10


def test_without_pinned_memory(accelerator, copies, monkeypatch):
    tensor = torch.arange(1000.0)
    for name in ("Event", "current_stream"):
        with monkeypatch.context() as patch:
            patch.delattr(getattr(torch, accelerator), name)
            check_both_ways(tensor, accelerator)
            check_both_ways(tensor.pin_memory(), accelerator)
    refused = mock.Mock(side_effect=RuntimeError("cannot lock memory"))
    monkeypatch.setattr(staging, "_pinned", refused)
    check_both_ways(tensor, accelerator)
    assert refused.called
    assert not copies.mock_calls


def test_on_one_thread(accelerator, copies):
    torch.set_num_threads(1)
    check_both_ways(torch.arange(1000.0), accelerator)
    assert not copies.mock_calls


@pytest.mark.parametrize("way", ["there", "back"])
@pytest.mark.parametrize("failing", [1, 2, 4])
def test_a_copy_that_fails_midway(accelerator, monkeypatch, way, failing):
    tensor = torch.arange(1000.0)
    there = tensor.to(accelerator)
    event, calls = staging._event, iter(range(1, 100))

    def fails(device: torch.device) -> object:
        if next(calls) == failing:
            raise KeyboardInterrupt
        return event(device)

    with monkeypatch.context() as patch:
        patch.setattr(staging, "_event", fails)
        with pytest.raises(KeyboardInterrupt):
            pb.to_device(*((tensor, accelerator) if way == "there" else (there, "cpu")))
    check_both_ways(tensor, accelerator)
    assert tensor.tolist() == there.cpu().tolist() == list(range(1000))


def test_more_than_a_device_has(switches):
    tensor = torch.arange(1000.0)
    before = switches.memory_allocated(1)
    switches.set_limit(1, before + 3999)
    with pytest.raises(torch.OutOfMemoryError, match="4000 bytes"):
        pb.to_device(tensor, "standin:1")
    assert switches.memory_allocated(1) == before
    switches.set_limit(1, before + 4000)
    there = pb.to_device(tensor, "standin:1")
    assert (there.device.index, there.cpu().tolist()) == (1, tensor.tolist())
    assert pb.to_device(there, "cpu").tolist() == tensor.tolist()


def test_a_device_that_puts_in_order_and_lacks_the_memory(switches):
    """A copy into another order takes memory of the device's for a part."""
    tensor = torch.arange(1000.0)
    there = tensor.to("standin:0")
    switches.set_limit(0, switches.memory_allocated(0))
    target = torch.zeros(1000, dtype=torch.float64)
    staging.copy(there, target)
    assert target.tolist() == tensor.tolist()


def test_the_other_dtype_of_a_target(accelerator):
    for source, target in [
        (random_bits((999,), torch.int32), torch.empty(999, dtype=torch.int64)),
        (torch.linspace(-1, 1, 999), torch.empty(999, dtype=torch.float64)),
        (torch.linspace(-1, 1, 999, dtype=torch.float64), torch.empty(999)),
    ]:
        expected = bits(source.to(target.dtype))
        there = target.to(accelerator)
        staging.copy(source, there)
        assert bits(there.cpu()) == expected
        staging.copy(source.to(accelerator), target)
        assert bits(target) == expected
