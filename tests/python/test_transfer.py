"""Memory to be filled and memory to be read, by its address."""

from __future__ import annotations

import ctypes
import itertools
import math
import struct

import numpy as np
import pytest
import torch
from conftest import make_unreadable
from truth import (
    HERE,
    LETTERS,
    R_NA_BITS,
    SIZES,
    dtype,
    elements,
    tensor_of_bytes,
)

import pytorch_bridge as pb
from pytorch_bridge.dtypes import R_TYPES
from pytorch_bridge.transfer import (
    finish,
    new_memory,
    read_memory,
    value_text,
)

pytestmark = pytest.mark.filterwarnings("error", "ignore:ComplexHalf")

#: Bytes whose order tells them apart, for eight elements of any size.
DISTINCT = bytes(range(1, 129))


def made(name, shape):
    count = math.prod(shape)
    raw = bytes([1, 0, 0, 1] * count) if name == "bool" else DISTINCT * count
    return tensor_of_bytes(raw[: count * SIZES[name]], name, shape)


# ---- new_memory ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (2, 1, 3, 1, 2)])
def test_new_memory_lies_as_ordered(shape, order):
    tensor, element, memory = new_memory("double", list(map(float, shape)), None, order)
    assert (element, tensor.dtype, tuple(tensor.shape)) == ("float64", torch.float64, shape)
    assert memory[0] == tensor.data_ptr()
    assert memory[1 : 1 + len(shape)] == list(shape)
    steps = [int(step) for step in memory[1 + len(shape) :]]
    indices = list(itertools.product(*map(range, shape)))
    if order == "F":
        indices.sort(key=lambda index: index[::-1])
    places = [sum(i * step for i, step in zip(index, steps)) for index in indices]
    assert places == [8 * n for n in range(len(indices))]


@pytest.mark.parametrize("order", ["C", "F"])
def test_what_is_written_at_the_address_is_in_the_tensor(order):
    tensor, _, memory = new_memory("integer", [2, 3], "int32", order)
    for i, j in itertools.product(range(2), range(3)):
        place = int(memory[0] + i * memory[3] + j * memory[4])
        ctypes.c_int32.from_address(place).value = 10 * i + j - 7
    assert tensor.tolist() == [[-7, -6, -5], [3, 4, 5]]


@pytest.mark.parametrize("r_type", R_TYPES)
def test_new_memory_has_the_dtype_of_the_r_type(r_type):
    tensor, element, _ = new_memory(r_type, [2])
    assert element == R_TYPES[r_type].copied
    assert tensor.dtype == dtype(R_TYPES[r_type].copied)


@pytest.mark.parametrize("name", HERE)
def test_new_memory_of_every_dtype(name):
    tensor, element, memory = new_memory("double", [3], name)
    assert (element, tensor.dtype) == (name, dtype(name))
    assert memory[1:] == [3, SIZES[name]]


def test_new_memory_with_nan():
    assert new_memory("integer", [1], None, "C", True)[1] == "float64"
    assert new_memory("double", [1], None, "C", True)[1] == "float64"
    assert new_memory("complex", [1], None, "C", True)[1] == "complex128"
    assert new_memory("logical", [1], "float32", "C", True)[1] == "float32"
    with pytest.raises(pb.DtypeError, match=r'int32 has no NaN.*"float64"'):
        new_memory("integer", [1], "int32", "C", True)


@pytest.mark.parametrize("name", ["qint8", "flaot", "bits8"])
def test_new_memory_refuses(name):
    with pytest.raises(pb.DtypeError):
        new_memory("double", [1], name)


def test_new_memory_that_requires_grad_is_a_leaf_and_is_filled_in_place():
    tensor, _, layout = new_memory("double", [2.0, 3.0], None, "F", False, "cpu", True)
    assert tensor.requires_grad and tensor.is_leaf
    ctypes.c_double.from_address(int(layout[0] + layout[3])).value = 7.5  # [1, 0]
    assert tensor[1, 0] == 7.5
    with pytest.raises(pb.DtypeError, match=r"int64.*float32"):
        new_memory("integer", [2.0], requires_grad=True)
    with pytest.raises(pb.DeviceError):
        new_memory("double", [2.0], device="nowhere")


# ---- finish ------------------------------------------------------------------------------------


def test_finish():
    tensor = torch.zeros(2)
    assert finish(tensor, None, False) is tensor
    leaf = finish(tensor, "cpu", True)
    assert leaf.requires_grad and leaf.is_leaf
    assert leaf.data_ptr() == tensor.data_ptr()
    with pytest.raises(pb.DtypeError, match=r"int64.*float32"):
        finish(torch.zeros(2, dtype=torch.int64), None, True)
    with pytest.raises(pb.DeviceError):
        finish(tensor, "nowhere", False)


# ---- read_memory ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0), (2, 3), (1, 2, 1, 2, 1)])
def test_read_memory_memory_holds_the_values(name, shape):
    tensor = made(name, shape)
    raw = (bytes([1, 0, 0, 1] * 8) if name == "bool" else DISTINCT * 8)[
        : math.prod(shape) * SIZES[name]
    ]
    owner, element, _, memory = read_memory(tensor)
    assert (owner, element) == (None, name)
    assert b"".join(elements(memory, SIZES[name])) == raw


R_OF = {
    "bool": "logical",
    **dict.fromkeys(["uint8", "int8", "int16", "uint16", "int32"], "integer"),
    **dict.fromkeys(["complex32", "complex64", "complex128"], "complex"),
}


@pytest.mark.parametrize("name", HERE)
def test_read_memory_tells_the_r_type(name):
    assert read_memory(made(name, (2,)))[2] == R_OF.get(name, "double")


STRIDED = {
    "transpose": (lambda t: t.t(), [0, 3, 1, 4, 2, 5]),
    "column": (lambda t: t[:, 1], [1, 4]),
    "steps": (lambda t: t[:, ::2], [0, 2, 3, 5]),
    "expanded": (lambda t: t[1:, :1].expand(2, 3), [3] * 6),
    "element": (lambda t: t[1, 2], [5]),
    "5-d": (lambda t: t[None, :, None, 1:, None].permute(4, 3, 2, 1, 0), [1, 4, 2, 5]),
}


@pytest.mark.parametrize("case", STRIDED)
def test_read_memory_strided_tensors_in_place(case):
    take, values = STRIDED[case]
    source = torch.arange(6, dtype=torch.float64).reshape(2, 3)
    tensor = take(source)
    owner, _, _, memory = read_memory(tensor)
    assert owner is None
    assert memory[0] == tensor.data_ptr()
    assert [struct.unpack("=d", each)[0] for each in elements(memory, 8)] == values


ARRAYS = {
    "reversed": (np.arange(6.0).reshape(2, 3)[::-1, ::-2], [5, 3, 2, 0], True),
    "big-endian": (np.array([1.5, 2], ">f8"), [1.5, 2], False),
    "read-only": (np.broadcast_to(np.float64(2), (3,)), [2, 2, 2], True),
    "field": (np.array([(1, 1.5), (2, 2.5)], "f8,f8")["f1"], [1.5, 2.5], True),
    "packed field": (np.array([(1, 1.5), (2, 2.5)], "i1,f8")["f1"], [1.5, 2.5], False),
    "0-d": (np.array(2.5), [2.5], True),
    "fortran": (np.asfortranarray(np.arange(4.0).reshape(2, 2)), [0, 1, 2, 3], True),
    "empty": (np.zeros((0, 2)), [], True),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_read_memory_arrays(case):
    array, values, in_place = ARRAYS[case]
    owner, element, r_type, memory = read_memory(array)
    assert (element, r_type) == ("float64", "double")
    assert (owner is None) == in_place
    found = [struct.unpack("=d", each)[0] for each in elements(memory, 8)]
    assert found == values


def test_read_memory_keeps_the_payload_of_na():
    tensor = tensor_of_bytes(struct.pack("=Q", R_NA_BITS), "float64", (1,))
    assert elements(read_memory(tensor)[3], 8) == [struct.pack("=Q", R_NA_BITS)]
    tracked = tensor.clone().requires_grad_()
    assert elements(read_memory(tracked)[3], 8) == [struct.pack("=Q", R_NA_BITS)]


def test_read_memory_resolves_views():
    tensor = torch.tensor([1 + 2j, 3 - 4j], dtype=torch.complex128)
    owner, _, _, memory = read_memory(tensor.conj())
    assert owner is not None
    assert [struct.unpack("=2d", e) for e in elements(memory, 16)] == [(1, -2), (3, 4)]
    owner, _, _, memory = read_memory(tensor.conj().imag)
    assert owner is not None
    assert [struct.unpack("=d", e)[0] for e in elements(memory, 8)] == [-2, 4]
    assert tensor.tolist() == [1 + 2j, 3 - 4j]


def test_read_memory_of_what_requires_grad_is_in_place():
    tensor = torch.tensor([1.5, 2.5], requires_grad=True)
    _, element, _, memory = read_memory(tensor)
    assert element == "float32"
    assert memory[0] == tensor.data_ptr()
    kept = read_memory(tensor * 2)
    assert [struct.unpack("=f", e)[0] for e in elements(kept[3], 4)] == [3, 5]


def test_read_memory_dequantizes(quantized):
    kept, element, r_type, memory = read_memory(quantized)
    assert kept is not None
    assert (element, r_type) == ("float32", "double")
    assert [struct.unpack("=f", e)[0] for e in elements(memory, 4)] == [0.5, -1.5]


@pytest.mark.parametrize(
    ("kind", "message"),
    [("meta", "meta tensor has no values"), ("nested", "unbind"), ("bsr", "to_dense")],
)
def test_read_memory_refuses_tensors_without_values_in_one_place(kind, message):
    with pytest.raises(pb.DtypeError, match=message):
        read_memory(make_unreadable(kind))


def test_read_memory_refuses_tensors_of_functorch():
    for transform in (torch.func.vmap, torch.func.grad):
        with pytest.raises(pb.DtypeError, match="vmap or grad"):
            transform(lambda x: read_memory(x)[0])(torch.tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (np.array(["a"]), "str"),
        (np.array([None]), "object"),
        (np.array("2020-01-01", "datetime64[D]"), "datetime64"),
        (np.array([(1, 2)], "i4,i4"), "no R type"),
    ],
    ids=str,
)
def test_read_memory_refuses(obj, message):
    with pytest.raises(pb.DtypeError, match=message):
        read_memory(obj)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long double is double here")
def test_read_memory_refuses_long_double():
    with pytest.raises(pb.DtypeError, match=r"longdouble|float128|no R type"):
        read_memory(np.zeros(1, np.longdouble))


# ---- value_text --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in HERE if n in LETTERS and n != "bool"])
def test_value_text_has_all_digits(name):
    raw = DISTINCT[: 4 * SIZES[name]]
    values = struct.unpack("=4" + LETTERS[name], raw)
    tensor = tensor_of_bytes(raw, name, (2, 2))
    texts = [value_text(tensor, [float(i), float(j)]) for i in range(2) for j in range(2)]
    assert [type(v)(text) for v, text in zip(values, texts)] == list(values)


@pytest.mark.parametrize(
    ("obj", "index", "text"),
    [
        (torch.tensor([2**63 - 1]), [0], "9223372036854775807"),
        (torch.tensor(-(2**63)), [], "-9223372036854775808"),
        (torch.tensor([[True]]), [0, 0], "True"),
        (torch.tensor([1.5, -0.0]), [1], "-0.0"),
        (torch.tensor([1 + 2j]).conj(), [0], "(1-2j)"),
        (np.array([1, 2**40], ">i8"), [1], "1099511627776"),
        (np.array(2.5), [], "2.5"),
        (np.array([math.nan]), [0], "nan"),
        (torch.tensor([0.1], dtype=torch.bfloat16), [0], "0.10009765625"),
    ],
)
def test_value_text(obj, index, text):
    assert value_text(obj, index) == text


@pytest.mark.parametrize("name", [n for n in HERE if n.startswith("float8")])
def test_value_text_of_float8(name):
    assert value_text(torch.tensor([1.0, 2.0]).to(dtype(name)), [1]) == "2.0"


def test_value_text_of_uint64_and_complex32():
    if "uint64" in HERE:
        top = tensor_of_bytes(b"\xff" * 8, "uint64", (1,))
        assert value_text(top, [0]) == "18446744073709551615"
    half = tensor_of_bytes(struct.pack("=2e", 1.5, -2), "complex32", (1,))
    assert value_text(half, [0]) == "(1.5-2j)"


# ---- devices -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_read_memory_of_a_tensor_on_a_device(name, accelerator):
    here = made(name, (2, 3))
    raw = (bytes([1, 0, 0, 1] * 2) if name == "bool" else DISTINCT)[: 6 * SIZES[name]]
    owner, element, _, memory = read_memory(here.to(accelerator))
    assert owner.held.device.type == "cpu"
    assert element == name
    assert b"".join(elements(memory, SIZES[name])) == raw


def test_read_memory_of_views_on_a_device(accelerator):
    source = torch.arange(6, dtype=torch.float64, device=accelerator).reshape(2, 3)
    for take, values in STRIDED.values():
        kept = read_memory(take(source))  # as a whole: it holds the copy that the memory is of
        assert [struct.unpack("=d", each)[0] for each in elements(kept[3], 8)] == values
    conj = torch.tensor([1 + 2j], dtype=torch.complex128, device=accelerator).conj()
    kept = read_memory(conj)
    assert [struct.unpack("=2d", e) for e in elements(kept[3], 16)] == [(1, -2)]


def test_finish_on_a_device_is_a_leaf_there(accelerator):
    leaf = finish(torch.tensor([1.0, 2.0]), accelerator, True)
    leaf.mul(2).sum().backward()
    assert leaf.device.type == accelerator
    assert leaf.grad.tolist() == [2, 2]


def test_value_text_on_a_device(accelerator):
    tensor = torch.tensor([1, 2**53 + 1], device=accelerator)
    assert value_text(tensor, [1]) == "9007199254740993"
