"""Indexing as R does it, against the same selection written out with NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pytorch_bridge.assigning import assign, assign_one
from pytorch_bridge.errors import (
    DeviceError,
    LossyError,
    MissingError,
    SharingError,
    SubscriptError,
)
from pytorch_bridge.selecting import select, select_one

UNSIGNED = [name for name in ("uint16", "uint32", "uint64") if hasattr(torch, name)]


def numbers(*shape: int) -> tuple[torch.Tensor, np.ndarray]:
    array = np.arange(1, np.prod(shape) + 1).reshape(shape)
    return torch.from_numpy(array.copy()), array


def test_numbers_select_where_derivatives_are_taken() -> None:
    index = torch.tensor([1, 3, 3, 1, 3, 3, 1, 3, 3, 1])

    def f(x: torch.Tensor) -> torch.Tensor:
        return select(x.cumsum(0), [index]).sum()

    assert torch.func.grad(f)(torch.ones(3)).tolist() == [10, 6, 6]


@pytest.mark.parametrize(
    ("index", "kept"),
    [
        (None, [0, 1, 2, 3]),
        (2.0, [1]),
        (2.9, [1]),
        (-1.0, [1, 2, 3]),
        (-2.0, [0, 2, 3]),
        (-4.0, [0, 1, 2]),
        (-9.0, [0, 1, 2, 3]),
        (0.0, []),
        (True, [0, 1, 2, 3]),
        (False, []),
        ({"first": 2.0, "step": 2.0, "last": 4.0}, [1, 3]),
        ([3.0, 0.0, 3.0], [2, 2]),
        ([-1.0, -1.0, 0.0, -7.0], [1, 2, 3]),
        ([True, False], [0, 2]),
        ([], []),
        (torch.tensor([3, 0, 3]), [2, 2]),
        (torch.tensor([-1, -1, 0, -7]), [1, 2, 3]),
        (torch.tensor([True, False]), [0, 2]),
        (torch.tensor([], dtype=torch.int64), []),
    ],
)
def test_every_kind_of_index_selects_what_r_does(index: object, kept: list[int]) -> None:
    x, array = numbers(3, 4)
    assert select(x, [None, index], False).tolist() == array[:, kept].tolist()
    both = select(x, [torch.tensor([3, 1]), index], False)
    assert both.tolist() == array[np.ix_([2, 0], kept)].tolist()
    vector, line = numbers(4)
    assert select(vector, [index]).tolist() == line[kept].tolist()


def test_one_index_alone_counts_the_first_dimension_fastest() -> None:
    x, array = numbers(2, 3, 2)
    column_major = array.flatten("F")
    steps = {"first": 3.0, "step": 2.0, "last": 11.0}
    for index in (steps, torch.tensor([12, 1, 5])):
        places = np.arange(2, 11, 2) if isinstance(index, dict) else index.numpy() - 1
        assert select(x, [index]).tolist() == column_major[places].tolist()
    for place in range(12):
        assert int(select_one(x, [place + 1.0])) == column_major[place]
        assert select(x, [place + 1.0]).data_ptr() == select_one(x, [place + 1.0]).data_ptr()


def test_a_matrix_of_indices_picks_elements() -> None:
    x, array = numbers(3, 4)
    rows = torch.tensor([[1, 4], [3, 2], [0, 1], [3, 2]])
    assert select(x, [rows]).tolist() == [array[0, 3], array[2, 1], array[2, 1]]
    assign(x, [rows], torch.tensor([10, 20, 30]))
    assert x[2, 1] == 30 and x[0, 3] == 10


def test_where_an_element_is_selected_twice_the_last_value_stays() -> None:
    x = torch.zeros(3, 2, dtype=torch.int64)
    assign(x, [torch.tensor([1, 3, 1]), torch.tensor([2, 2])], torch.arange(1, 7))
    assert x.tolist() == [[0, 6], [0, 0], [0, 5]]


@pytest.mark.parametrize("dtype", UNSIGNED)
def test_dtypes_that_pytorch_does_not_index_by_tensors(dtype: str) -> None:
    x = torch.tensor([1, 2, 3, 4]).to(getattr(torch, dtype))
    assert select(x, [torch.tensor([4, 1])]).tolist() == [4, 1]
    assign(x, [torch.tensor([4, 1])], torch.tensor([40, 10]))
    assert x.tolist() == [10, 2, 3, 40]


def test_a_failed_assignment_writes_nothing() -> None:
    x, array = numbers(2, 3)
    for indices, value, error in [
        ([3.0, 1.0], 1, SubscriptError),
        ([None, 1.0], torch.tensor([1, 2, 3]), SubscriptError),
        ([None], torch.tensor([1.5]), LossyError),
        ([1.0], float("nan"), LossyError),
        ([{"first": 5.0, "step": 1.0, "last": 8.0}], 0, SubscriptError),
        ([[1.0, 8.0]], 0, SubscriptError),
    ]:
        with pytest.raises(error):
            assign(x, indices, value)
    with pytest.raises(SharingError):
        assign(torch.zeros(1).expand(3), [1.0], 1)
    assert x.tolist() == array.tolist()


def test_na_is_missing_before_anything_is_looked_at() -> None:
    x, array = numbers(2, 3)
    with pytest.raises(MissingError, match=r"at \[2\] is NA, and int64"):
        assign(x, [1.0], torch.tensor([1.0, float("nan")]), missing_at=2.0)
    assert x.tolist() == array.tolist()
    floats = x.double()
    assign(floats, [1.0], float("nan"), missing_at=1.0)
    assert floats[0, 0].isnan()


def test_one_element_takes_one_value() -> None:
    x, array = numbers(2, 3)
    for indices, value in [
        ([1.0], torch.tensor([1, 2])),
        ([[1.0, 2.0]], torch.tensor([1, 2])),
        ([None], 1),
        ([1.0], torch.tensor([], dtype=torch.int64)),
    ]:
        with pytest.raises(SubscriptError, match="one"):
            assign_one(x, indices, value)
    assert x.tolist() == array.tolist()
    assign_one(x, [2.0, 3.0], torch.tensor([[60]]))
    assert x.tolist() == [[1, 2, 3], [4, 5, 60]]


def test_on_a_device_values_join_and_tensors_do_not(accelerator) -> None:
    x = torch.zeros(2, 3, device=accelerator)
    assign(x, [None, torch.tensor([3, 1])], torch.tensor([1.0, 2.0, 3.0, 4.0]), True)
    assert x.cpu().tolist() == [[3, 0, 1], [4, 0, 2]]
    assert select(x, [x > 2]).cpu().tolist() == [3, 4]
    with pytest.raises(DeviceError):
        assign(x, [None], torch.ones(1))
