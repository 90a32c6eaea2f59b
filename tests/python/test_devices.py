"""Devices that are there and that are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
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
    assert pb.config()["cuda_devices"] == []


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


# ---- CUDA --------------------------------------------------------------------------------------


@pytest.mark.cuda
def test_to_cuda_and_back():
    tensor = torch.tensor([1.1, 1.2, 4.8])
    there = pb.to_device(tensor, "cuda", "long")
    assert (there.device, there.dtype) == (torch.device("cuda", 0), torch.int64)
    assert there.tolist() == [1, 1, 4]
    back = pb.to_device(there, "cpu", "double")
    assert (back.device.type, back.dtype, back.tolist()) == ("cpu", torch.float64, [1, 1, 4])


@pytest.mark.cuda
def test_none_leaves_a_tensor_where_it_is():
    there = torch.ones(2, device="cuda")
    assert pb.to_device(there) is there
    assert pb.to_device(there, "cuda") is there
    assert pb.to_device(there, dtype="float64").device == there.device
    assert pb.to_tensor(there) is there


@pytest.mark.cuda
def test_lossy_casts_on_cuda_are_errors_too():
    there = torch.tensor([1.0, float("nan")], device="cuda")
    with pytest.raises(pb.LossyError, match=r"nan at index \[1\]"):
        pb.to_device(there, "cpu", "int64")


@pytest.mark.cuda
def test_cuda_device_that_does_not_exist():
    count = torch.cuda.device_count()
    for call in (
        lambda: pb.to_device(torch.ones(1), f"cuda:{count}"),
        lambda: pb.to_tensor([1.0], device=f"cuda:{count}"),
    ):
        with pytest.raises(pb.DeviceError, match=rf'"cuda:{count}".*last.*"cuda:{count - 1}"'):
            call()


@pytest.mark.cuda
def test_every_cuda_device():
    for index in range(torch.cuda.device_count()):
        there = pb.to_tensor([1, 2], device=f"cuda:{index}")
        assert there.device == torch.device("cuda", index)
        assert there.tolist() == [1, 2]


@pytest.mark.cuda
def test_cuda_devices():
    found = pb.cuda_devices()
    assert pb.cuda_is_available() is True
    assert [each["device"] for each in found] == [
        f"cuda:{i}" for i in range(torch.cuda.device_count())
    ]
    for index, each in enumerate(found):
        assert each["name"] == torch.cuda.get_device_name(index)
        major, minor = torch.cuda.get_device_capability(index)
        assert each["capability"] == f"{major}.{minor}"
        assert 0 <= each["memory_free"] <= each["memory_total"]
        assert isinstance(each["memory_total"], float)
    assert [each["device"] for each in pb.config()["cuda_devices"]] == [
        each["device"] for each in found
    ]


@pytest.mark.cuda
def test_non_blocking_from_pinned_memory():
    pinned = torch.arange(1000.0).pin_memory()
    there = pb.to_device(pinned, "cuda", non_blocking=True)
    torch.cuda.synchronize()
    assert there.sum().item() == 499500
