"""Shapes of tensors as R has them: `dim`, `t`, `aperm`, `head` and `tail`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from .errors import DtypeError, SubscriptError
from .indices import check_strided
from .order import first_axis_first, reverse_axes

__all__ = ["ends", "permute", "reshape", "shape", "transpose"]


def shape(tensor: torch.Tensor) -> list[float]:
    """The shape as floats, which R takes at any size.

    Example:
        >>> shape(torch.zeros(2, 3))
        [2.0, 3.0]
    """
    return [float(n) for n in tensor.shape]


def reshape(tensor: torch.Tensor, extents: Sequence[float] | None) -> torch.Tensor:
    """The same elements with other lengths, the first index varying fastest, as R's ``dim<-``.

    Args:
        tensor: any strided tensor.
        extents: the lengths; None for one dimension.

    Raises:
        DtypeError: the lengths are not those of so many elements.

    Example:
        >>> reshape(torch.arange(6), [2, 3])
        tensor([[0, 2, 4],
                [1, 3, 5]])
    """
    flat = first_axis_first(tensor)
    if extents is None:
        return flat
    lengths = [int(n) for n in extents]
    if math.prod(lengths) != flat.numel():
        raise DtypeError(f"`dim` is {lengths}, and the tensor has {flat.numel()} elements.")
    return reverse_axes(flat.reshape(lengths[::-1]))


def transpose(tensor: torch.Tensor) -> torch.Tensor:
    """A matrix's transpose, as a view; of a vector a matrix of one row.

    Raises:
        DtypeError: the tensor has more than two dimensions.

    Example:
        >>> transpose(torch.tensor([1, 2]))
        tensor([[1, 2]])
    """
    ndim = tensor.ndim
    if ndim > 2:
        reversed_axes = ", ".join(str(axis) for axis in range(ndim, 0, -1))
        raise DtypeError(
            f"t() is of vectors and matrices, and this tensor has {ndim} dimensions.\n"
            f"Say where each goes: aperm(x, c({reversed_axes}))."
        )
    return tensor.t() if ndim == 2 else tensor.reshape(1, -1)


def permute(tensor: torch.Tensor, axes: Sequence[float] | None = None) -> torch.Tensor:
    """The dimensions in another order, as a view.

    Args:
        tensor: any tensor.
        axes: where each dimension comes from, counted from 1; None reverses them.

    Raises:
        SubscriptError: `axes` is not each of the tensor's dimensions once.

    Example:
        >>> permute(torch.zeros(2, 3, 4), [3, 1, 2]).shape
        torch.Size([4, 2, 3])
    """
    places = [*range(tensor.ndim)][::-1] if axes is None else [int(axis) - 1 for axis in axes]
    if sorted(places) != [*range(tensor.ndim)]:
        raise SubscriptError(
            f"`perm` names each dimension once, from 1 to {tensor.ndim}, not "
            f"({', '.join(str(place + 1) for place in places)})."
        )
    return tensor.permute(places)


def ends(tensor: torch.Tensor, counts: Sequence[float], last: bool = False) -> torch.Tensor:
    """The first or the last slices along each dimension, as a view.

    Args:
        tensor: any strided tensor; a 0-d one counts as a vector.
        counts: how many, for the first dimension and those after it; negative for all but so many;
            NaN for all.
        last: whether it is the last ones.

    Raises:
        SubscriptError: there are more counts than dimensions.

    Example:
        >>> ends(torch.arange(5), [2]), ends(torch.arange(5), [-4], last=True)
        (tensor([0, 1]), tensor([4]))
    """
    check_strided(tensor)
    if tensor.ndim == 0:
        tensor = tensor.reshape(1)
    if len(counts) > tensor.ndim:
        raise SubscriptError(
            f"`n` has {len(counts)} numbers, and the tensor {tensor.ndim} dimensions; "
            "give one number, or up to one for each dimension."
        )
    for axis, count in enumerate(counts):
        extent = tensor.shape[axis]
        kept = _kept(extent, count)
        tensor = tensor.narrow(axis, extent - kept if last else 0, kept)
    return tensor


def _kept(extent: int, count: float) -> int:
    if math.isnan(count):
        return extent
    return int(min(count, extent)) if count >= 0 else extent - int(min(-count, extent))
