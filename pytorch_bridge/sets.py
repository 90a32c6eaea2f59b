"""Which values of a tensor are distinct, and which occur more than once, as R has it."""

from __future__ import annotations

import math

import torch

from .sparse import check_dense, check_unwrapped

__all__ = ["duplicated", "unique"]


def unique(x: torch.Tensor, axis: int = 0, from_last: bool = False) -> torch.Tensor:
    """The distinct slices along an axis, in the order in which they first occur.

    As in R all NaN are one value, and of a matrix the rows are what is distinct.

    Args:
        x: any strided tensor.
        axis: whose slices are compared; of a matrix 0 is the rows.
        from_last: whether the last of those that are alike stays, and not the first.

    Raises:
        DtypeError: the tensor is sparse.

    Example:
        >>> unique(torch.tensor([3, 1, 3, 2]))
        tensor([3, 1, 2])
    """
    check_dense(x, "unique")
    check_unwrapped(x, "unique")
    slices = x.reshape(1) if x.ndim == 0 else x
    if slices.shape[axis] < 2:
        return slices
    places = _places(slices.movedim(axis, 0), from_last)
    return slices.index_select(axis, places.sort().values)


def duplicated(x: torch.Tensor, axis: int = 0, from_last: bool = False) -> torch.Tensor:
    """Whether each slice along an axis, of a vector each element, is like one before it.

    Args:
        x, axis: as in `unique()`.
        from_last: whether those after it count, and not those before.

    Raises:
        DtypeError: the tensor is sparse.

    Example:
        >>> duplicated(torch.tensor([3, 1, 3, 2]))
        tensor([False, False,  True, False])
    """
    check_dense(x, "duplicated")
    check_unwrapped(x, "duplicated")
    slices = (x.reshape(1) if x.ndim == 0 else x).movedim(axis, 0)
    found = torch.ones(slices.shape[0], dtype=torch.bool, device=x.device)
    found[_places(slices, from_last)] = False
    return found


def _places(slices: torch.Tensor, from_last: bool) -> torch.Tensor:
    """Where each distinct slice along the first dimension occurs first, or last."""
    n = slices.shape[0]
    order = torch.arange(n, device=slices.device)
    if n == 0:
        return order
    distinct, which = torch.unique(_keys(slices.detach()), dim=0, return_inverse=True)
    places = torch.zeros(distinct.shape[0], dtype=order.dtype, device=slices.device)
    how = "amax" if from_last else "amin"
    return places.scatter_reduce_(0, which, order, how, include_self=False)


def _keys(x: torch.Tensor) -> torch.Tensor:
    """One row of comparable numbers for each slice."""
    rows = x.reshape(x.shape[0], math.prod(x.shape[1:]))
    if rows.shape[1] == 0:
        return torch.zeros(x.shape[0], 1, device=x.device)
    if rows.is_complex():
        rows = torch.view_as_real(rows.resolve_conj()).flatten(1)
    if not rows.is_floating_point():
        return rows
    rows = rows.to(torch.float32) if rows.element_size() < 4 else rows
    missing = torch.isnan(rows)
    return torch.cat([rows.masked_fill(missing, 0), missing.to(rows.dtype)], 1)
