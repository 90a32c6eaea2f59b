"""Joining end to end, against NumPy's own."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.joining import join

A = torch.tensor([[1, 2], [3, 4]])
B = torch.tensor([[5, 6, 7], [8, 9, 10]])
U = torch.tensor([11, 12])


def test_columns_and_rows() -> None:
    columns = np.column_stack([A.numpy(), U.numpy(), B.numpy(), np.full(2, 7)])
    assert (join("cbind", [A, U, B, 7], [3]).numpy() == columns).all()
    rows = np.vstack([U.numpy(), A.numpy(), B.mT[:, :].numpy(), np.full(2, 7)])
    assert (join("rbind", [U, A, B.mT, 7], [3]).numpy() == rows).all()


def test_elements_in_the_order_of_r() -> None:
    joined = join("c", [B, torch.tensor(0), A], [])
    assert joined.tolist() == [5, 8, 6, 9, 7, 10, 0, 1, 3, 2, 4]


def test_a_number_has_no_dtype_of_its_own_and_tensors_are_promoted() -> None:
    half = torch.ones(2, dtype=torch.float16)
    assert join("c", [half, 0.5], [1]).dtype == torch.float16
    assert join("c", [U, 0.5], [1]).dtype == torch.float64  # where R has a double
    assert join("c", [half, U.double()], []).dtype == torch.float64


#: Numbers that the dtype of the tensor beside them does not hold, and what holds both.
MISFITS = [
    ("uint8", -1, "long"),
    ("uint8", 300, "long"),
    ("int8", 128, "long"),
    ("int32", 2**31, "long"),
    ("float16", 1e6, "float64"),
    ("float16", 2049, "float64"),
    ("float32", 2**24 + 1, "float64"),
    ("float32", -1e300, "float64"),
]


@pytest.mark.parametrize("name", ["c", "cbind", "rbind"])
@pytest.mark.parametrize(("dtype", "number", "wider"), MISFITS)
def test_a_number_that_does_not_fit_is_no_element(
    name: str, dtype: str, number: float, wider: str
) -> None:
    tensor = torch.ones(2, dtype=getattr(torch, dtype))
    for operands, place in (([tensor, number], 1), ([tensor, tensor, number], 2)):
        with pytest.raises(pb.LossyError, match=re.escape(str(number))):
            join(name, operands, [place])
    enough = pb.to_device(tensor, dtype=wider)
    assert join("c", [enough, number], [1]).tolist() == [1, 1, number]


def test_a_number_counts_in_the_dtype_of_all_tensors() -> None:
    narrow, wide = torch.ones(1, dtype=torch.uint8), torch.ones(1, dtype=torch.int64)
    assert join("c", [narrow, 300, wide], [1]).tolist() == [1, 300, 1]
    doubles = join("c", [narrow, 300, 0.5], [1, 2])
    assert doubles.dtype == torch.float64
    assert doubles.tolist() == [1, 300, 0.5]


@pytest.mark.parametrize(
    ("integer", "float_name"),
    [
        (2**53 + 1, "float64"),
        (-(2**63) + 1, "float64"),
        (2**63 - 1, "float64"),
        (2**24 + 1, "float32"),
        (2**11 + 1, "float16"),
        (70_000, "float16"),
        (2**8 + 1, "bfloat16"),
    ],
)
def test_integers_stay_exact_among_floats_or_are_an_error(integer: int, float_name: str) -> None:
    floats = torch.zeros(1, dtype=getattr(torch, float_name))
    integers = torch.tensor([5, integer])
    for operands in ([integers, floats], [floats, integers]):
        with pytest.raises(pb.LossyError, match=str(integer)):
            join("c", operands, [])
    if float_name == "float64":
        with pytest.raises(pb.LossyError, match=str(integer)):
            join("c", [integers, 0.5], [1])
    else:
        assert join("c", [integers, floats.double()], []).tolist() == [5, integer, 0]
    near = torch.tensor([-(2**8), 2**40 if float_name in ("float32", "float64") else 256])
    assert join("c", [near, floats], []).tolist() == [*near.tolist(), 0]


def test_results_are_row_major_and_in_the_graph() -> None:
    w = torch.ones(2, requires_grad=True)
    joined = join("rbind", [w, w * 2], [])
    joined.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [3.0, 3.0]
    assert join("cbind", [w, w], []).is_contiguous()
    assert joined.is_contiguous()


@pytest.mark.parametrize(
    ("operands", "message"),
    [
        ([A, torch.ones(3)], r"\[2, 2\], \[3\]"),
        ([A, torch.ones(1, 2)], "fit"),
        ([A[None]], "3 dim"),
    ],
)
def test_what_does_not_fit(operands: list[torch.Tensor], message: str) -> None:
    with pytest.raises(pb.DtypeError, match=message):
        join("cbind", operands, [])


def test_dtypes_that_pytorch_does_not_promote() -> None:
    odd = torch.ones(1).to(torch.float8_e5m2)
    with pytest.raises(pb.DtypeError, match=r'float8_e5m2 with int64.*dtype = "float32"'):
        join("c", [odd, U], [])
    assert join("c", [pb.to_device(odd, dtype="float32"), U], []).tolist() == [1, 11, 12]


def test_quantized_tensors_join_no_numbers() -> None:
    quantized = torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.quint8)
    with pytest.raises(pb.DtypeError, match=r'quint8 with a number.*dtype = "float32"'):
        join("c", [quantized, 1.0], [1])
    assert join("c", [pb.to_device(quantized, dtype="float32"), 1.0], [1]).tolist() == [1, 1, 1]


def test_tensors_on_two_devices_do_not_join() -> None:
    with pytest.raises(pb.DeviceError, match="meta"):
        join("c", [A, A.to("meta")], [])
    assert join("c", [A.to("meta"), np.ones(2)], [1]).device.type == "meta"
