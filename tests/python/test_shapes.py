"""Shapes as R has them, against NumPy's slices."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pytorch_bridge.errors import DtypeError, SubscriptError
from pytorch_bridge.shapes import ends, permute, transpose

ARRAY = np.arange(24).reshape(2, 3, 4)
X = torch.from_numpy(ARRAY)


@pytest.mark.parametrize(
    ("count", "first", "last"),
    [
        (2.0, slice(0, 2), slice(1, 3)),
        (2.9, slice(0, 2), slice(1, 3)),
        (9.0, slice(0, 3), slice(0, 3)),
        (float("inf"), slice(0, 3), slice(0, 3)),
        (float("nan"), slice(0, 3), slice(0, 3)),
        (0.0, slice(0, 0), slice(0, 0)),
        (-1.0, slice(0, 2), slice(1, 3)),
        (-1.5, slice(0, 2), slice(1, 3)),
        (-3.0, slice(0, 0), slice(0, 0)),
        (float("-inf"), slice(0, 0), slice(0, 0)),
    ],
)
def test_ends_are_slices_and_views(count: float, first: slice, last: slice) -> None:
    every = float("nan")
    assert ends(X, [every, count]).tolist() == ARRAY[:, first].tolist()
    assert ends(X, [every, count], last=True).tolist() == ARRAY[:, last].tolist()
    storage = X.untyped_storage().data_ptr()
    assert ends(X, [every, count]).untyped_storage().data_ptr() == storage
    with pytest.raises(SubscriptError, match="3 dimensions"):
        ends(X, [1.0] * 4)
    assert ends(torch.tensor(5), [1.0]).tolist() == [5]


def test_axes_are_counted_from_one() -> None:
    assert permute(X, [3.0, 1.0, 2.0]).tolist() == ARRAY.transpose(2, 0, 1).tolist()
    assert permute(X).tolist() == ARRAY.T.tolist()
    for axes in ([1.0, 1.0, 2.0], [1.0, 2.0], [0.0, 1.0, 2.0], [1.0, 2.0, 4.0]):
        with pytest.raises(SubscriptError, match="perm"):
            permute(X, axes)


def test_the_transpose_is_of_matrices_and_vectors() -> None:
    assert transpose(X[0]).tolist() == ARRAY[0].T.tolist()
    assert transpose(X[0, 0]).tolist() == [ARRAY[0, 0].tolist()]
    assert transpose(torch.tensor(1)).tolist() == [[1]]
    with pytest.raises(DtypeError, match=r"aperm\(x, c\(3, 2, 1\)\)"):
        transpose(X)
