"""Which values of a tensor are distinct, and which occur more than once, as R has it."""

from __future__ import annotations

import math

import torch

from .sparse import check_dense, check_single

__all__ = ["duplicated", "unique"]


def unique(x: torch.Tensor, axis: int = 0, from_last: bool = False) -> torch.Tensor:
    """The distinct slices along an axis, in the order in which they first occur.

    As in R all NaN are one value, R's NA (which float64 keeps) is another, and of a matrix the rows
    are what is distinct.

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
    check_single(x, "unique")
    slices = x.reshape(1) if x.ndim == 0 else x
    if _are_empty(slices, axis):
        return slices.narrow(axis, 0, 0)
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
    check_single(x, "duplicated")
    slices = (x.reshape(1) if x.ndim == 0 else x).movedim(axis, 0)
    if _are_empty(slices, 0):
        return torch.zeros(0, dtype=torch.bool, device=x.device)
    found = torch.ones(slices.shape[0], dtype=torch.bool, device=x.device)
    found[_places(slices, from_last)] = False
    return found


def _are_empty(slices: torch.Tensor, axis: int) -> bool:
    """Whether there is nothing in the slices, of which R then says that there are none."""
    return slices.numel() == 0 and slices.shape[axis] > 0


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
    if rows.is_complex():
        rows = torch.view_as_real(rows.resolve_conj()).flatten(1)
    if not rows.is_floating_point():
        return rows
    rows = rows.to(torch.float32) if rows.element_size() < 4 else rows
    missing = torch.isnan(rows)
    return torch.cat([rows.masked_fill(missing, 0), _kinds(rows, missing)], 1)


def _kinds(rows: torch.Tensor, missing: torch.Tensor) -> torch.Tensor:
    """0 for a number, 1 for NaN, and 2 for R's NA, a NaN of float64 whose low word is 1954."""
    kinds = missing.to(rows.dtype)
    if rows.dtype != torch.float64:
        return kinds
    low_words = rows.resolve_neg().view(torch.int64) & 0xFFFFFFFF
    return kinds + (missing & (low_words == 1954)).to(rows.dtype)
