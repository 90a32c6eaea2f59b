"""Memory on loan, and memory that is held in place for a viewer."""

from __future__ import annotations

import ctypes
import gc
import threading
import warnings

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.dtypes import DTYPES, R_TYPES
from pytorch_bridge.owners import Owner, check_lendable, owner_of
from pytorch_bridge.sharing import borrow, view_memory
from pytorch_bridge.structures import read

BORROWED = {row.name: row.borrowed for row in R_TYPES.values() if row.borrowed is not None}


class Lender:
    """Memory as R has it, here an array's, and a flag that is watched."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.flag = ctypes.c_int(0)

    def lend(self, r_type: str, **asked) -> torch.Tensor:
        shape = asked.pop("shape", [float(n) for n in self.values.shape])
        address = float(self.values.ctypes.data)
        return borrow(r_type, address, shape, float(ctypes.addressof(self.flag)), **asked)

    @property
    def is_returned(self) -> bool:
        return self.flag.value == 1


def lender(r_type: str = "double", n: int = 12) -> Lender:
    name = DTYPES[BORROWED[r_type]].numpy
    space = np.zeros(n * 16 + 16, np.uint8)  # at a multiple of 16, as PyTorch wants complex values
    start = -space.ctypes.data % 16
    values = space[start : start + n * np.dtype(name).itemsize].view(name)
    values[:] = np.arange(n)
    return Lender(values)


@pytest.mark.parametrize("r_type", BORROWED)
def test_a_loan_is_written_through_and_returned_once(r_type):
    lent = lender(r_type)
    tensor = lent.lend(r_type)
    assert tensor.dtype == getattr(torch, BORROWED[r_type])
    assert tensor.data_ptr() == lent.values.ctypes.data
    tensor.add_(1)
    assert lent.values.tolist() == [n + 1 for n in range(12)]
    assert not lent.is_returned
    del tensor
    assert lent.is_returned


def test_memory_is_column_major():
    lent = lender("double", 24)
    tensor = lent.lend("double", shape=[2.0, 3.0, 4.0])
    assert tensor.stride() == (1, 2, 6)
    assert tensor[1, 2, 3] == 23
    assert tensor[1, 0, 1] == 7


def test_any_user_holds_the_loan():
    holders = [
        lambda t: t[3:5],
        lambda t: t.numpy(),
        lambda t: t.view(3, 4).t(),
        lambda t: torch.from_numpy(t.numpy()[2:]),
        lambda t: view_memory(t).owner,
        lambda t: (torch.ones(12, dtype=torch.float64, requires_grad=True) * t).sum(),
        lambda t: torch.utils.data.TensorDataset(t),
        lambda t: t.untyped_storage(),
        lambda t: torch.from_dlpack(t),
        lambda t: memoryview(t.numpy()),
    ]
    for hold in holders:
        lent = lender()
        held = hold(lent.lend("double"))
        gc.collect()
        assert not lent.is_returned
        del held
        gc.collect()
        assert lent.is_returned


def test_another_thread_returns_the_loan():
    lent = lender()
    box = [lent.lend("double")]
    worker = threading.Thread(target=box.clear)
    worker.start()
    worker.join()
    assert lent.is_returned


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"dtype": "float32"}, pb.SharingError, "another dtype"),
        ({"dtype": "no such"}, pb.DtypeError, "no such"),
        ({"device": "nowhere"}, pb.DeviceError, "nowhere"),
        ({"shape": [1.0] * 65 + [12.0]}, pb.SharingError, "dimensions"),
    ],
)
def test_a_loan_that_fails_is_returned_though_the_error_is_kept(asked, error, message):
    lent = lender()
    with pytest.raises(error, match=message) as kept:
        lent.lend("double", **asked)
    assert lent.is_returned
    assert kept.value.__context__ is None


def test_what_has_no_gradient_is_returned():
    lent = lender("integer")
    with pytest.raises(pb.DtypeError):
        lent.lend("integer", requires_grad=True)
    assert lent.is_returned


def test_gradients():
    lent = lender()
    tensor = lent.lend("double", requires_grad=True)
    tensor.sum().backward()
    assert tensor.grad.tolist() == [1] * 12


def test_no_loan_of_logicals():
    with pytest.raises(pb.SharingError, match="no dtype"):
        borrow("logical", 0.0, [0.0], 0.0)


def test_loans_of_no_element():
    lent = lender()
    tensor = borrow("double", 0.0, [0.0, 3.0], float(ctypes.addressof(lent.flag)))
    assert tensor.shape == (0, 3)
    del tensor
    assert lent.is_returned


def test_complex_memory_must_be_where_pytorch_can_use_it():
    space = np.zeros(10, np.float64)
    start = 0 if space.ctypes.data % 16 else 1
    odd = space[start : start + 8].view(np.complex128)
    lent = Lender(odd)
    with pytest.raises(pb.SharingError, match="multiple of 16"):
        lent.lend("complex")
    assert lent.is_returned
    with pytest.raises(pb.SharingError, match="multiple of 16"):
        pb.to_tensor(odd, copy=False)
    copied = pb.to_tensor(odd)
    assert not pb.shares_memory(copied, odd)
    odd[:] = [1j, 2, 3, 4]
    assert pb.to_tensor(odd).mul_(2).tolist() == [2j, 4, 6, 8]


@pytest.mark.parametrize("r_type", BORROWED)
def test_view_memory(r_type):
    name = BORROWED[r_type]
    tensor = torch.arange(12).to(getattr(torch, name))
    for source in (tensor, tensor.numpy(), tensor[2:7], tensor.reshape(3, 4).t(), tensor[0]):
        found = view_memory(source)
        assert found.r_type == r_type
        memory = found.layout
        shape = list(source.shape)
        assert memory[1 : 1 + len(shape)] == shape
        start = source.data_ptr() if isinstance(source, torch.Tensor) else source.ctypes.data
        assert memory[0] == start
        assert isinstance(found.owner, Owner)
        assert view_memory(source, r_type).r_type == r_type


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: torch.zeros(2, 3, dtype=torch.float64), "column-major"),
        (lambda: torch.zeros(6, dtype=torch.float64)[::2], "without gaps"),
        (lambda: np.zeros(3)[::-1], "without gaps"),
        (lambda: torch.zeros(3), "float32"),
        (lambda: torch.zeros(3, dtype=torch.bool), "bool"),
        (lambda: torch.zeros(3, dtype=torch.complex128).conj(), "conjugate"),
        (lambda: torch.zeros(3, dtype=torch.complex128).conj().imag, "negative"),
        (lambda: torch.eye(2, dtype=torch.float64).to_sparse(), "sparse"),
        (lambda: np.zeros(3, ">f8"), "byte order"),
        (lambda: np.frombuffer(bytes(25), "f8", offset=1), "alignment"),
        (lambda: np.zeros(3, "U1"), "no type"),
    ],
)
def test_what_cannot_be_viewed(make, message):
    with pytest.raises(pb.SharingError, match=message):
        view_memory(make())


def test_what_has_no_values_cannot_be_viewed():
    with pytest.raises(pb.DtypeError, match="meta"):
        view_memory(torch.zeros(3, dtype=torch.float64, device="meta"))
    with pytest.raises(pb.SharingError, match="no memory"):
        read(np.float64(1), copy=False)
    with pytest.raises(pb.SharingError, match="missing values"):
        read(np.ma.masked_array([1.0, 2.0], mask=[True, False]), copy=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nested = torch.nested.nested_tensor([torch.zeros(2).double(), torch.zeros(3).double()])
    with pytest.raises(pb.DtypeError, match="nested"):
        view_memory(nested)


def test_storage_that_is_smaller_than_the_shape_is_not_read():
    tensor = torch.ones(200, dtype=torch.float64)
    tensor.untyped_storage().resize_(80)
    for use in (view_memory, pb.to_numpy, pb.describe):
        with pytest.raises(pb.DtypeError, match="storage is smaller"):
            use(tensor)
    assert pb.shares_memory(tensor[:10], tensor[5:10])
    assert view_memory(tensor[:10]).layout[1:] == [10, 8]


def test_an_owner_holds_memory_in_place():
    tensor = torch.ones(1000, dtype=torch.float64)
    found = view_memory(tensor)
    owner, memory = found.owner, found.layout
    del found
    with pytest.raises(RuntimeError, match="not resizable"):
        tensor.resize_(10**6)
    tensor.set_(torch.zeros(3, dtype=torch.float64))
    del tensor
    gc.collect()
    junk = [torch.full((1000,), -7.0, dtype=torch.float64) for _ in range(10)]
    held = (ctypes.c_double * 1000).from_address(int(memory[0]))
    assert list(held) == [1] * 1000
    assert len(junk) == 10
    del owner


def test_only_what_may_be_written_to_is_lent_on():
    check_lendable(view_memory(np.zeros(3)).owner)
    check_lendable(view_memory(torch.zeros(3, dtype=torch.float64)).owner)
    fixed = np.zeros(3)
    fixed.setflags(write=False)
    with pytest.raises(pb.SharingError, match="read-only"):
        check_lendable(view_memory(fixed).owner)


def test_owners():
    assert owner_of(view_memory(torch.zeros(3, dtype=torch.float64)).owner) == "PyTorch"
    array = np.zeros(3)
    assert owner_of(view_memory(array).owner) == "NumPy"
    assert owner_of(view_memory(torch.from_numpy(array)).owner) in ("NumPy", "PyTorch")
    assert owner_of(view_memory(pb.to_tensor(array)).owner) == "NumPy"
    lent = lender()
    assert owner_of(view_memory(lent.lend("double")).owner) == "R"
    assert pb.describe(lent.lend("double"))["owner"] == "R"
