"""Columns joined to one tensor, in the narrowest kind of number that holds each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .casting import cast
from .errors import DtypeError, LossyError

__all__ = ["join_columns"]


def join_columns(names: Sequence[Any], columns: Sequence[torch.Tensor]) -> torch.Tensor:
    """A tensor [rows, columns]: of the columns' dtype, or else complex128, float64 or int64.

    Args:
        names: of the columns, for errors.
        columns: equally long, of at most one dimension.

    Raises:
        DtypeError: there are no columns, or they are no columns.
        LossyError: an integer would not stay exact among floats.

    Example:
        >>> join_columns(["a", "b"], [torch.tensor([1, 2]), torch.tensor([0.5, 1.5])])
        tensor([[1.0000, 0.5000],
                [2.0000, 1.5000]], dtype=torch.float64)
    """
    flat = [_as_column(name, column) for name, column in zip(names, columns)]
    lengths = {len(column) for column in flat}
    if len(lengths) > 1:
        raise DtypeError(f"The columns have different lengths: {sorted(lengths)}.")
    if not flat:
        raise DtypeError("There are no columns to make a tensor of.")
    dtypes = {column.dtype for column in flat}
    if len(dtypes) > 1:
        flat = [_widen(name, column, dtypes) for name, column in zip(names, flat)]
    return torch.stack(flat, dim=1)


def _as_column(name: Any, tensor: torch.Tensor) -> torch.Tensor:
    if tensor.ndim > 1:
        raise DtypeError(f'Column "{name}" has {tensor.ndim} dimensions; a column has one.')
    return tensor.reshape(1) if tensor.ndim == 0 else tensor


def _widen(name: Any, column: torch.Tensor, dtypes: set[torch.dtype]) -> torch.Tensor:
    """A column in the widest kind of number that there is: integers stay exact or fail."""
    if any(dtype.is_complex for dtype in dtypes):
        common = torch.complex128
    elif any(dtype.is_floating_point for dtype in dtypes):
        common = torch.float64
    else:
        common = torch.int64
    try:
        if column.is_floating_point() or column.is_complex():
            return cast(column, common)
        whole = cast(column, torch.int64)
    except LossyError as error:
        raise error.within(f'Column "{name}"') from error
    if common != torch.int64 and bool(((whole > 2**53) | (whole < -(2**53))).any()):
        raise LossyError(
            f'Column "{name}" has integers beyond 2^53, which would not stay exact among floats; '
            "convert it first."
        )
    return cast(whole, common)
