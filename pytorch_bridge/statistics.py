"""What R's stats computes of arrays row by row: differences, groups' sums, standard scores."""

from __future__ import annotations

from typing import Any

import torch

from .casting import cast
from .dtypes import dtype_name
from .errors import DtypeError
from .operands import as_float, is_whole, wide_float
from .sparse import check_dense, is_wrapped
from .summaries import has_nan

__all__ = ["differences", "scale", "sum_by_group", "without_nan"]


def _widely(x: torch.Tensor) -> torch.Tensor:
    """Integers and bools in int64, floats in float64: nothing wraps or overflows in between."""
    if is_whole(x):
        return cast(x, torch.int64)
    return x.to(wide_float(x.device)) if x.is_floating_point() else x


def _narrowed(result: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What was computed `_widely()`, in the dtype that floats had before, if that holds it."""
    if is_whole(x) or result.dtype == x.dtype:
        return result
    return result.to(x.dtype) if is_wrapped(result) else cast(result, x.dtype)


def differences(x: torch.Tensor, lag: float = 1, times: float = 1) -> torch.Tensor:
    """Each element, or row of a matrix, less the one so many before it; done several times.

    Those of integers and bools are int64.

    Raises:
        LossyError: a difference of differences is out of the dtype's range.

    Example:
        >>> differences(torch.tensor([1, 4, 9, 16]))
        tensor([3, 5, 7])
    """
    check_dense(x, "diff")
    if x.ndim > 2:
        raise DtypeError(f"diff() is of vectors and matrices, and this tensor has {list(x.shape)}.")
    result = x.reshape(1) if x.ndim == 0 else x
    if lag * times >= result.shape[0]:
        return result.reshape(-1)[:0]
    if times > 1 or is_whole(x):  # once, floats are rounded once
        result = _widely(result)
    for _ in range(int(times)):
        result = result[int(lag) :] - result[: -int(lag)]
    return _narrowed(result, x)


def sum_by_group(
    x: torch.Tensor, group: torch.Tensor, count: int, without: bool = False
) -> torch.Tensor:
    """The sums of the rows that have the same number in ``group``, one row for each.

    Args:
        x: a matrix, or a vector as one column. The sums of integers are int64.
        group: for each row a number from 0 to ``count`` - 1.
        count: how many groups there are.
        without: leave NaN out.

    Raises:
        DtypeError: the tensor holds bools or complex numbers, or its rows are not those of
            ``group``.
        LossyError: a sum is out of the dtype's range.

    Example:
        >>> sum_by_group(torch.tensor([1, 2, 4]), torch.tensor([0, 1, 0]), 2)
        tensor([[5],
                [2]])
    """
    check_dense(x, "rowsum")
    if x.ndim not in (1, 2):
        raise DtypeError(f"rowsum() is of vectors and matrices, and this has {list(x.shape)}.")
    _check_summable(x)
    rows = _widely(x.reshape(-1, 1) if x.ndim == 1 else x)
    if rows.shape[0] != group.numel():
        raise DtypeError(f"There are {group.numel()} groups for {rows.shape[0]} rows.")
    if without:
        rows = torch.where(torch.isnan(rows), torch.zeros_like(rows), rows)
    sums = torch.zeros(count, rows.shape[1], dtype=rows.dtype, device=rows.device)
    return _narrowed(sums.index_add(0, group.to(rows.device, torch.int64), rows), x)


def _check_summable(x: torch.Tensor) -> None:
    if x.dtype == torch.bool:
        raise DtypeError(
            "rowsum() is of numbers, and this tensor is bool; "
            'convert it first, as in to_device(x, dtype = "long").'
        )
    if x.is_complex():
        raise DtypeError(
            f"rowsum() is of real numbers, and this tensor is {dtype_name(x.dtype)}; "
            "take Re(x) and Im(x) one by one."
        )


def scale(x: torch.Tensor, center: Any = True, scale: Any = True) -> torch.Tensor:
    """The columns less their means, by their standard deviations, both of what is not NaN.

    Args:
        x: a matrix, or a vector as one column.
        center: whether to subtract the means; or a tensor of what to subtract from each column.
        scale: whether to divide by the root of the sum of squares by n - 1; or a tensor of what to
            divide by.

    Raises:
        DtypeError: there are not as many numbers as columns.

    Example:
        >>> scale(torch.tensor([[1.0], [2.0], [3.0]]))
        tensor([[-1.],
                [ 0.],
                [ 1.]])
    """
    check_dense(x, "scale")
    if x.ndim > 2:
        raise DtypeError(f"scale() is of vectors and matrices, and this has {list(x.shape)}.")
    columns = x if x.ndim == 2 else x.reshape(-1, 1)
    given = as_float(columns)
    columns = _widely(given)
    if center is not False:
        middle = torch.nanmean(columns, 0) if center is True else _each(center, columns, "center")
        columns = columns - middle
    if scale is not False:
        columns = columns / (_spread(columns) if scale is True else _each(scale, columns, "scale"))
    return _narrowed(columns, given)


def _spread(columns: torch.Tensor) -> torch.Tensor:
    known = ~torch.isnan(columns)
    squares = torch.where(known, columns, torch.zeros_like(columns)) ** 2
    return torch.sqrt(squares.sum(0) / (known.sum(0) - 1).clamp(min=1))


def _each(numbers: torch.Tensor, columns: torch.Tensor, name: str) -> torch.Tensor:
    if numbers.numel() != columns.shape[1]:
        raise DtypeError(
            f"`{name}` has {numbers.numel()} numbers, and the tensor {columns.shape[1]} columns."
        )
    return numbers.reshape(-1).to(columns.device, columns.dtype)


def without_nan(x: torch.Tensor) -> torch.Tensor:
    """The elements of a vector, or rows of a matrix, without NaN; more dimensions as they are.

    Example:
        >>> without_nan(torch.tensor([1.0, torch.nan, 3.0]))
        tensor([1., 3.])
    """
    check_dense(x, "na.omit")
    if x.ndim > 2 or not has_nan(x):
        return x
    missing = torch.isnan(x.reshape(1) if x.ndim == 0 else x)
    rows = missing if missing.ndim == 1 else missing.any(1)
    return x.reshape(missing.shape)[~rows]
