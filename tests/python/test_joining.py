"""Joining end to end, against NumPy's own."""

from __future__ import annotations

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


def test_tensors_on_two_devices_do_not_join() -> None:
    with pytest.raises(pb.DeviceError, match="meta"):
        join("c", [A, A.to("meta")], [])
    assert join("c", [A.to("meta"), np.ones(2)], [1]).device.type == "meta"
