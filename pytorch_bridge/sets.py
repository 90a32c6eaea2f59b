"""Which values of a tensor occur more than once, as R has it."""

from __future__ import annotations

import torch

from .sparse import check_dense
from .summaries import _keys

__all__ = ["duplicated"]


def duplicated(x: torch.Tensor, axis: int = 0, from_last: bool = False) -> torch.Tensor:
    """Whether each slice along an axis, of a vector each element, is like one before it.

    As in R all NaN are one value.

    Args:
        x: any strided tensor.
        axis: whose slices are compared; of a matrix 0 is the rows.
        from_last: whether those after it count, and not those before.

    Raises:
        DtypeError: the tensor is sparse.

    Example:
        >>> duplicated(torch.tensor([3, 1, 3, 2]))
        tensor([False, False,  True, False])
    """
    check_dense(x, "duplicated")
    slices = (x.reshape(1) if x.ndim == 0 else x).detach().movedim(axis, 0)
    n = slices.shape[0]
    found = torch.ones(n, dtype=torch.bool, device=x.device)
    if n == 0:
        return found
    keys = _keys(slices.flip(0) if from_last else slices)
    distinct, which = torch.unique(keys, dim=0, return_inverse=True)
    order = torch.arange(n, device=x.device)
    first = torch.zeros(distinct.shape[0], dtype=order.dtype, device=x.device)
    first.scatter_reduce_(0, which, order, "amin", include_self=False)
    found[first] = False
    return found.flip(0) if from_last else found
