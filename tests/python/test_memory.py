"""Where memory lies, who shares it, who owns it."""

from __future__ import annotations

import gc
import itertools
import warnings

import numpy as np
import pytest
import torch
from truth import HERE, SIZES, addresses_of, bytes_of_array, bytes_of_tensor, dtype

import pytorch_bridge as pb
from pytorch_bridge.memory import Memory, check_memory, memory_of, plain_tensor, vector_memory

BASE = torch.arange(24, dtype=torch.int32)
SLICES = {
    "all": BASE,
    "first": BASE[:1],
    "last": BASE[-1:],
    "even": BASE[0::2],
    "odd": BASE[1::2],
    "third": BASE[0::3],
    "shifted third": BASE[1::3],
    "empty": BASE[5:5],
    "rows": BASE.reshape(4, 6)[1:3],
    "columns": BASE.reshape(4, 6)[:, 2:4],
    "other columns": BASE.reshape(4, 6)[:, 4:],
    "checkers": BASE.reshape(4, 6)[::2, ::2],
    "other checkers": BASE.reshape(4, 6)[1::2, ::2],
    "transpose": BASE.reshape(4, 6).t()[3:],
    "3-d": BASE.reshape(2, 3, 4)[:, 1:, ::3],
    "expanded": BASE[7:8].expand(5),
    "0-d": BASE[11],
    "bytes": BASE.view(torch.uint8)[2:6],
    "high bytes": BASE.view(torch.uint8)[3::4],
    "low bytes": BASE.view(torch.uint8)[0::4],
    "halves": BASE.view(torch.int16)[1::4],
    "another": torch.arange(24, dtype=torch.int32),
    "reversed array": BASE.numpy()[::-1][3:9],
    "reversed steps": BASE.numpy()[::-2],
}


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations_with_replacement(SLICES, 2)))
def test_shares_memory_is_having_a_byte_in_common(a, b):
    x, y = SLICES[a], SLICES[b]
    expected = bool(addresses_of(x) & addresses_of(y))
    assert pb.shares_memory(x, y) is expected
    assert pb.shares_memory(y, x) is expected
    if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor):
        assert np.shares_memory(x.numpy(), y.numpy()) is expected


def test_slices_do_and_do_not_share():
    found = {pb.shares_memory(x, BASE) for x in SLICES.values()}
    assert found == {True, False}
    assert not pb.shares_memory(SLICES["even"], SLICES["odd"])


def test_arrays_and_tensors_share():
    array = np.zeros(4)
    assert pb.shares_memory(array, torch.from_numpy(array)[3:])
    assert not pb.shares_memory(array[:3], torch.from_numpy(array)[3:])
    assert not pb.shares_memory(array, torch.zeros(4))


def test_views_that_hold_other_values_share_all_the_same():
    tensor = torch.tensor([1 + 2j])
    assert pb.shares_memory(tensor, tensor.conj())
    assert pb.shares_memory(tensor, tensor.conj().imag)
    assert not pb.shares_memory(tensor.real, tensor.imag)


def test_plain_numbers_share():
    array = np.zeros(4)
    vector = vector_memory(float(array.ctypes.data + 8), 2.0, 8.0)
    assert pb.shares_memory(vector, array)
    assert not pb.shares_memory(vector, array[:1])
    assert not pb.shares_memory(vector, array[3:])
    assert not pb.shares_memory(vector_memory(0.0, 0.0, 8.0), vector_memory(0.0, 0.0, 8.0))


def test_devices_do_not_share():
    here = Memory(4096, (2,), (8,), 8)
    there = Memory(4096, (2,), (8,), 8, "cuda:0")
    assert not pb.shares_memory(here, there)
    assert pb.shares_memory(there, there)


@pytest.mark.parametrize("name", HERE)
def test_memory_of_a_tensor(name):
    tensor = torch.empty(3, 4, dtype=dtype(name)).t()[1:]
    size = SIZES[name]
    found = memory_of(tensor)
    assert found.shape == (3, 3)
    assert found.strides == (size, 4 * size)
    assert found.itemsize == size
    assert found.address == tensor.storage_offset() * size + tensor.untyped_storage().data_ptr()
    assert found.as_floats() == [float(found.address), 3, 3, size, 4 * size]
    assert all(type(number) is float for number in found.as_floats())


def test_memory_of_an_array():
    array = np.zeros((3, 4), np.int16)[::-1, ::2]
    found = memory_of(array)
    assert (found.shape, found.strides, found.itemsize) == ((3, 2), (-8, 4), 2)
    assert found.address == array.base.ctypes.data + 16
    assert found.device == "cpu"


def test_memory_of_0d_and_memory():
    assert memory_of(torch.tensor(1.0)).as_floats()[1:] == []
    assert memory_of(Memory(1, (), (), 1)) == Memory(1, (), (), 1)


def test_memory_of_what_has_none(unreadable):
    tensor, message = unreadable
    with pytest.raises(pb.DtypeError, match=message):
        memory_of(tensor)
    with pytest.raises(pb.DtypeError, match=message):
        pb.shares_memory(tensor, tensor)


@pytest.mark.parametrize("obj", [1, [1], "a", None])
def test_memory_of_other_things(obj):
    with pytest.raises(pb.DtypeError, match="no tensor and no NumPy array"):
        memory_of(obj)


# ---- plain -------------------------------------------------------------------------------------


def test_plain_tensor_is_the_tensor_where_it_can_be():
    tensor = torch.arange(6)[::2]
    assert plain_tensor(tensor) is tensor
    tracked = torch.ones(2, requires_grad=True)
    assert plain_tensor(tracked).data_ptr() == tracked.data_ptr()
    assert not plain_tensor(tracked).requires_grad


def test_plain_tensor_holds_what_a_view_shows():
    tensor = torch.tensor([1 + 2j, 3 - 4j])
    conj, neg = plain_tensor(tensor.conj()), plain_tensor(tensor.conj().imag)
    assert np.frombuffer(b"".join(bytes_of_tensor(conj)), np.complex64).tolist() == [1 - 2j, 3 + 4j]
    assert np.frombuffer(b"".join(bytes_of_tensor(neg)), np.float32).tolist() == [-2, 4]


# ---- describe ----------------------------------------------------------------------------------


def test_describe_a_tensor():
    tensor = torch.zeros(4, 3, requires_grad=True)
    found = pb.describe(tensor.t()[1:])
    assert found["address"] == hex(tensor.data_ptr() + 4)
    del found["address"]
    assert found == {
        "dtype": "float32",
        "shape": [2, 4],
        "strides": [1, 3],
        "device": "cpu",
        "bytes": 32.0,
        "owner": "PyTorch",
        "requires_grad": True,
        "is_contiguous": False,
    }


def test_describe_an_array():
    array = np.zeros((4, 3), ">i2")
    found = pb.describe(array.T)
    assert found["address"] == hex(array.ctypes.data)
    del found["address"]
    assert found == {
        "dtype": "int16",
        "shape": [3, 4],
        "strides": [2, 6],
        "device": "cpu",
        "bytes": 24.0,
        "owner": "NumPy",
        "requires_grad": False,
        "is_contiguous": False,
    }


def test_describe_tensors_without_memory():
    meta = pb.describe(torch.zeros(2, 3, device="meta"))
    assert (meta["device"], meta["address"], meta["shape"]) == ("meta", None, [2, 3])
    sparse = pb.describe(torch.zeros(2, 3).to_sparse())
    assert (sparse["address"], sparse["strides"], sparse["shape"]) == (None, None, [2, 3])
    assert pb.describe(torch.zeros(0))["bytes"] == 0


def test_describe_a_nested_tensor(unreadable):
    tensor, message = unreadable
    if message == "unbind":
        with pytest.raises(pb.DtypeError, match="unbind"):
            pb.describe(tensor)
    else:
        assert pb.describe(tensor)["address"] is None


def owner(obj):
    return pb.describe(obj)["owner"]


def test_owner_through_any_number_of_views():
    mine = torch.zeros(4)
    array = mine.numpy()
    assert owner(mine) == owner(array) == owner(array[1:]) == "PyTorch"
    for again in (pb.to_tensor(array), pb.to_tensor(array[1:]), pb.to_tensor(array)[1:]):
        assert owner(again) == "PyTorch"
        assert owner(again.numpy()) == "PyTorch"


def test_owner_of_numpys_memory():
    mine = np.zeros(4)
    for tensor in (pb.to_tensor(mine), pb.to_tensor(mine[1:]), pb.to_tensor(mine)[2:]):
        assert owner(tensor) == "NumPy"
        array = tensor.numpy()
        assert owner(array) == owner(array[1:]) == "NumPy"
        assert owner(pb.to_tensor(array)) == owner(pb.to_tensor(array[1:])) == "NumPy"


def test_owner_outlives_the_name_of_the_array():
    tensor = pb.to_tensor(np.zeros(4))
    other = pb.to_tensor(tensor.numpy())
    gc.collect()
    assert owner(tensor) == "NumPy"
    del other
    gc.collect()
    assert owner(tensor) == "NumPy"
    assert owner(tensor.clone()) == "PyTorch"


def test_copies_are_pytorchs():
    assert owner(pb.to_tensor(np.zeros(4)).clone()) == "PyTorch"
    assert owner(pb.to_numpy(torch.zeros(4), copy=True)) in ("NumPy", "PyTorch")


def test_owner_of_other_memory():
    assert owner(np.frombuffer(bytearray(8), np.uint8)) in ("bytearray", "memoryview")


def test_describe_big_endian_reads_nothing():
    array = np.array([1, 2], ">i4")
    assert bytes_of_array(array) == [b"\1\0\0\0", b"\2\0\0\0"]
    assert pb.describe(array)["strides"] == [4]


def test_memory_on_a_device(accelerator):
    tensor = torch.arange(6.0, device=accelerator)
    assert memory_of(tensor).device == f"{accelerator}:0"
    assert pb.shares_memory(tensor, tensor[2:])
    assert not pb.shares_memory(tensor[::2], tensor[1::2])
    assert not pb.shares_memory(tensor, tensor.cpu())
    found = pb.describe(tensor[1:])
    assert (found["device"], found["owner"]) == (f"{accelerator}:0", "PyTorch")
    assert found["bytes"] == 20
    assert found["address"] == hex(tensor.data_ptr() + 4)


def four_bits(values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions say that quantized tensors will go
        scales, zeros = torch.ones(len(values)) / 4, torch.zeros(len(values))
        return torch.quantize_per_channel(torch.tensor(values), scales, zeros, 0, torch.quint4x2)


@pytest.mark.parametrize("values", [[[1.0, 0.5], [0.5, 0.25]], [[1.0, 0.5, 0.25]]])
def test_elements_that_share_a_byte_need_half_of_one(values):
    tensor = four_bits(values)
    check_memory(tensor)
    assert plain_tensor(tensor).tolist() == values
    tensor.untyped_storage().resize_(1)
    for use in (check_memory, plain_tensor):
        with pytest.raises(pb.DtypeError, match="storage is smaller"):
            use(tensor)


def test_a_lazy_parameter_has_nothing_yet():
    weight = torch.nn.LazyLinear(2).weight
    for use in (check_memory, plain_tensor, pb.describe, pb.to_numpy):
        with pytest.raises(pb.DtypeError, match="lazy module"):
            use(weight)
