"""Devices that are there and that are not."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge import devices, summaries
from pytorch_bridge.arithmetic import binary
from pytorch_bridge.devices import resolve_device

without_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")


def test_the_cpu():
    for device in (None, "cpu", torch.device("cpu")):
        assert resolve_device(device) == torch.device("cpu")


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x", "cuda:-1", "cpu:", "CPU", 1.5, ["cpu"]])
def test_names_of_no_device(device):
    with pytest.raises(pb.DeviceError, match="There is no device"):
        resolve_device(device)


@pytest.mark.parametrize("device", ["mps", "xpu", "hpu", "xla"])
def test_devices_of_other_machines(device):
    with pytest.raises(pb.DeviceError, match=f'"{device}'):
        pb.to_device(torch.ones(2), device)


@without_cuda
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:7"])
def test_cuda_where_there_is_none(device):
    calls = [
        lambda: pb.to_device(torch.ones(2), device),
        lambda: pb.to_tensor([1, 2], device=device),
        lambda: pb.to_tensor(np.ones(2), device=torch.device(device)),
    ]
    for call in calls:
        with pytest.raises(pb.DeviceError, match=f'"{device}" is not there.*device = "cpu"'):
            call()


@without_cuda
def test_no_cuda_devices():
    assert pb.cuda_devices() == []
    assert pb.cuda_is_available() is False


def test_config():
    found = pb.config()
    assert found["torch_version"] == str(torch.__version__)
    assert found["numpy_version"] == np.__version__
    assert found["threads"] == torch.get_num_threads()
    assert found["cuda_version"] == torch.version.cuda


def test_to_device_without_a_change_is_the_same_object():
    tensor = torch.arange(6.0)[::2]
    assert pb.to_device(tensor) is tensor
    assert pb.to_device(tensor, "cpu", "float32") is tensor


def test_to_device_with_a_dtype():
    assert pb.to_device(torch.tensor([1.1, 1.2, 4.8]), "cpu", "long").tolist() == [1, 1, 4]
    assert pb.to_device(torch.tensor([1.9]), dtype=torch.int8).dtype == torch.int8
    with pytest.raises(pb.LossyError, match="300"):
        pb.to_device(torch.tensor([300]), dtype="uint8")
    with pytest.raises(pb.DtypeError, match="flaot"):
        pb.to_device(torch.tensor([300]), dtype="flaot")


def test_gradients_flow_through():
    leaf = torch.ones(2, requires_grad=True)
    pb.to_device(leaf, "cpu", "float64").mul(4).sum().backward()
    assert leaf.grad.tolist() == [4, 4]


@pytest.mark.parametrize("obj", [[1, 2], np.ones(2), 3, None])
def test_to_device_takes_tensors(obj):
    with pytest.raises(pb.DtypeError, match="no tensor"):
        pb.to_device(obj, "cpu")


def test_meta_tensors_have_nothing_to_move():
    meta = torch.ones(2, device="meta")
    assert pb.to_device(meta, "meta") is meta
    assert pb.to_device(torch.ones(2), "meta").is_meta
    for call in (lambda: pb.to_device(meta, "cpu"), lambda: pb.to_tensor(meta, device="cpu")):
        with pytest.raises(pb.DtypeError, match="meta tensor has no values"):
            call()


def test_a_failed_call_changes_nothing():
    tensor = torch.tensor([1.5, 300.0])
    with pytest.raises(pb.LossyError):
        pb.to_device(tensor, "cpu", "int8")
    with pytest.raises(pb.DeviceError):
        pb.to_device(tensor, "nowhere", "int64")
    assert (tensor.dtype, tensor.tolist()) == (torch.float32, [1.5, 300])


# ---- an accelerator ----------------------------------------------------------------------------


def count(kind: str) -> int:
    return getattr(torch, kind).device_count()


def test_to_a_device_and_back(accelerator):
    tensor = torch.tensor([1.1, 1.2, 4.8])
    there = pb.to_device(tensor, accelerator, "long")
    assert (there.device, there.dtype) == (torch.device(accelerator, 0), torch.int64)
    assert there.tolist() == [1, 1, 4]
    back = pb.to_device(there, "cpu", "double")
    assert (back.device.type, back.dtype, back.tolist()) == ("cpu", torch.float64, [1, 1, 4])


def test_none_leaves_a_tensor_where_it_is(accelerator):
    there = torch.ones(2, device=accelerator)
    assert pb.to_device(there) is there
    assert pb.to_device(there, accelerator) is there
    assert pb.to_device(there, dtype="float64").device == there.device
    assert pb.to_tensor(there) is there


def test_auto_is_the_accelerator(accelerator):
    assert pb.to_device(torch.ones(2), "auto").device.type == accelerator
    assert pb.to_tensor([1.5], device="auto").device.type == accelerator
    with mock.patch.object(getattr(torch, accelerator), "is_available", lambda: False):
        assert resolve_device("auto") == torch.device("cpu")
        assert pb.accelerators() == []


def test_lossy_casts_on_a_device_are_errors_too(accelerator):
    there = torch.tensor([1.0, float("nan")], device=accelerator)
    with pytest.raises(pb.LossyError, match=r"nan at index \[1\]"):
        pb.to_device(there, "cpu", "int64")


def test_a_device_beyond_the_last(accelerator):
    n = count(accelerator)
    for call in (
        lambda: pb.to_device(torch.ones(1), f"{accelerator}:{n}"),
        lambda: pb.to_tensor([1.0], device=f"{accelerator}:{n}"),
    ):
        with pytest.raises(pb.DeviceError, match=rf'"{accelerator}:{n}".*last.*:{n - 1}"'):
            call()


def test_every_device(accelerator):
    for index in range(count(accelerator)):
        there = pb.to_tensor([1, 2], device=f"{accelerator}:{index}")
        assert there.device == torch.device(accelerator, index)
        assert there.tolist() == [1, 2]


def test_accelerators(accelerator):
    found = pb.accelerators()
    assert [each["device"] for each in found] == [
        f"{accelerator}:{i}" for i in range(count(accelerator))
    ]
    for index, each in enumerate(found):
        assert each["name"] == getattr(torch, accelerator).get_device_name(index)
        assert 0 <= each["memory_free"] <= each["memory_total"]
        assert isinstance(each["memory_total"], float)
    asked = [each["device"] for each in pb.config()["accelerators"]]
    assert asked == [each["device"] for each in found]


def test_accelerators_that_do_not_tell_their_memory(accelerator):
    module = getattr(torch, accelerator)
    silent = mock.Mock(side_effect=RuntimeError("not supported"))
    with mock.patch.object(module, "mem_get_info", silent):
        assert {each["memory_free"] for each in pb.accelerators()} == {None}


def test_cuda_devices_by_what_pytorch_tells_of_them():
    properties = mock.Mock(major=9, minor=0)
    properties.name = "NVIDIA X"
    with mock.patch.multiple(
        "torch.cuda",
        device_count=lambda: 2,
        get_device_properties=lambda index: properties,
        mem_get_info=lambda index: (100 + index, 200),
    ):
        found = pb.cuda_devices()
    assert found[1] == {
        "device": "cuda:1",
        "name": "NVIDIA X",
        "capability": "9.0",
        "memory_total": 200.0,
        "memory_free": 101.0,
    }
    assert len(found) == 2


def test_non_blocking_from_pinned_memory(accelerator):
    pinned = torch.arange(1000.0).pin_memory()
    there = pb.to_device(pinned, accelerator, non_blocking=True)
    getattr(torch, accelerator).synchronize()
    assert there.sum().item() == 499500


# ---- two devices ---------------------------------------------------------------------------------


def test_from_one_device_to_another(switches):
    first = pb.to_tensor([1.5, -2.0], device="standin:0")
    second = pb.to_device(first, "standin:1", "float32")
    assert (second.device.index, second.tolist()) == (1, [1.5, -2.0])
    assert pb.to_device(second, "standin:1") is second
    with pytest.raises(pb.SharingError, match="standin:0"):
        pb.to_tensor(first, device="standin:1", copy=False)
    assert not pb.shares_memory(first, second)


def test_a_device_without_a_number_is_the_current_one(switches):
    switches.set_device(1)
    assert pb.to_tensor([1], device="standin").device.index == 1
    assert pb.to_device(torch.ones(1), "auto").device.index == 1


def test_bytes_on_all_devices_count(switches):
    before = devices.accelerator_bytes()
    held = [torch.zeros(1000, device="standin:0"), torch.zeros(500, device="standin:1")]
    assert devices.accelerator_bytes() - before == 6000
    del held
    assert devices.accelerator_bytes() == before


def test_bytes_of_a_kind_that_counts_them_under_another_name(monkeypatch):
    module = mock.Mock(spec=["current_allocated_memory", "device_count"])
    module.current_allocated_memory.return_value = 80
    monkeypatch.setattr(devices, "_kinds_built", lambda: ["mps"])
    monkeypatch.setattr(torch, "mps", module)
    assert devices.accelerator_bytes() == 80


def test_more_than_a_device_has(switches):
    here = torch.ones(1000, dtype=torch.float64)
    switches.set_limit(1, 7999)
    with pytest.raises(torch.OutOfMemoryError, match="8000 bytes"):
        pb.to_device(here, "standin:1")
    assert pb.to_device(here, "standin:0").device.index == 0
    assert pb.to_device(here, "standin:1", "float32").sum().item() == 1000
    switches.set_limit(1, 8000)
    assert pb.to_device(here, "standin:1").cpu().sum().item() == 1000


# ---- without float64 -----------------------------------------------------------------------------


def test_float64_where_there_is_none(switches):
    switches.refuse_float64(True)
    assert not devices.has_float64(torch.device("standin"))
    for call in (
        lambda: pb.to_tensor([1.5, 2.0], device="standin"),
        lambda: pb.to_device(torch.ones(2, dtype=torch.float64), "standin"),
        lambda: pb.to_device(torch.ones(2), "standin", "float64"),
        lambda: pb.to_device(torch.ones(2, device="standin"), dtype="float64"),
    ):
        with pytest.raises(pb.DtypeError, match='has no float64; use dtype = "float32"'):
            call()
    with pytest.raises(pb.DtypeError, match='has no complex128; use dtype = "complex64"'):
        pb.to_tensor([1j], device="standin")


def test_what_a_device_without_float64_takes_and_gives(switches):
    switches.refuse_float64(True)
    there = pb.to_tensor([1.5, 2.0], "float32", "standin")
    assert (there.device.type, there.tolist()) == ("standin", [1.5, 2.0])
    assert pb.to_tensor([1j], "complex64", "standin").tolist() == [1j]
    assert pb.to_tensor([True, False], device="standin").tolist() == [True, False]
    back = pb.to_device(there, "cpu", "float64")
    assert (back.dtype, back.tolist()) == (torch.float64, [1.5, 2.0])
    assert pb.to_device(there, dtype="int8").tolist() == [1, 2]
    assert pb.to_numpy(there).dtype == np.float32
    large = pb.to_tensor([2**53 + 1], device="standin")
    with pytest.raises(pb.LossyError, match="9007199254740993"):
        pb.to_device(large, dtype="int32")


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        (lambda x: binary("+", x, 0.5), [1.5, 2.5, 4.5]),
        (lambda x: binary("*", x, torch.tensor([0.5, 1, 2], dtype=torch.float64), 1), [0.5, 2, 8]),
        (lambda x: binary("/", x, x), [1, 1, 1]),
        (lambda x: binary("<", x, 2.5), [True, True, False]),
        (lambda x: summaries.mean(x), 7 / 3),
        (lambda x: summaries.quantile(x, [0.25, 1]), [1.5, 4]),
        (lambda x: torch.tensor(summaries.summarize(x)["quantiles"][2]), 2),
    ],
)
def test_whole_numbers_become_float32_there(switches, operation: Callable, value):
    switches.refuse_float64(True)
    found = operation(torch.tensor([1, 2, 4], device="standin"))
    assert found.dtype in (torch.float32, torch.bool)
    assert found.tolist() == pytest.approx(value, abs=1e-6)
