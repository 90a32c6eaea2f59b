"""Reading elements as R's ``[`` and ``[[`` do: views of memory wherever they can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .errors import SubscriptError
from .indices import (
    Index,
    as_positions,
    check_strided,
    each_place,
    length,
    linear_place,
    outer,
    plain_numbers,
    plain_places,
    unravel,
)
from .order import flat_view, reverse_axes

__all__ = ["STAND_INS", "check_unsupported", "select", "select_one", "take"]


def select(tensor: torch.Tensor, indices: Sequence[Index], drop: bool = True) -> torch.Tensor:
    """What R's ``x[...]`` selects: a view of memory where numbers, ranges and gaps are all.

    Args:
        tensor: any strided tensor.
        indices: one for each dimension; or one alone, which counts the elements with the first
            dimension varying fastest, or has one row of numbers for each element (a matrix).
        drop: whether dimensions of length 1 go, if there is an index for each dimension. As in R,
            what has none left is a vector of length 1.

    Raises:
        SubscriptError: an index is out of range, or is none.

    Example:
        >>> select(torch.tensor([[1, 2, 3], [4, 5, 6]]), [2.0, [1.0, 3.0]])
        tensor([4, 6])
        >>> select(torch.tensor([[1, 2, 3], [4, 5, 6]]), [3.0])
        tensor([2])
    """
    check_strided(tensor)
    if len(indices) == 1 and indices[0] is None:
        return tensor
    plain = plain_numbers(tensor, indices)
    if plain is None:
        plain = plain_places(tensor, indices)
    if plain is not None and drop:
        return _without_ones(take(tensor, plain))
    if len(indices) == 1:
        return _select_elements(tensor, indices[0])
    result = take(tensor, outer(each_place(tensor, indices), tensor.device))
    return _without_ones(result) if drop else result


def select_one(tensor: torch.Tensor, indices: Sequence[Index]) -> torch.Tensor:
    """The one element that R's ``x[[...]]`` is, as a 0-d view.

    Raises:
        SubscriptError: an index is out of range, or not one number.

    Example:
        >>> select_one(torch.tensor([[1, 2, 3], [4, 5, 6]]), [2.0, 1.0])
        tensor(4)
    """
    check_strided(tensor)
    numbers = plain_numbers(tensor, indices)
    if numbers is not None and None not in indices:
        return tensor[numbers]
    alone = len(indices) == 1
    places = [linear_place(tensor, indices[0])] if alone else each_place(tensor, indices)
    if any(length(place) != 1 for place in places):
        raise SubscriptError(
            "Within [[ ]], each index must be one number that selects one element."
        )
    starts = [p.start if isinstance(p, slice) else int(p) for p in places]
    return tensor[unravel(starts[0], tensor.shape) if alone else tuple(starts)]


def _select_elements(tensor: torch.Tensor, index: Index) -> torch.Tensor:
    if (
        isinstance(index, torch.Tensor)
        and index.dtype == torch.bool
        and index.shape == tensor.shape
    ):
        mask = reverse_axes(index if index.device == tensor.device else index.to(tensor.device))
        return take(reverse_axes(tensor), (mask,))
    place = linear_place(tensor, index)
    flat = flat_view(tensor)
    if flat is not None:
        return take(flat, (place,))
    if isinstance(place, slice) and length(place) == 1:
        return tensor[unravel(place.start, tensor.shape)].reshape(1)
    return take(tensor, unravel(as_positions(place, tensor.device), tensor.shape))


def _without_ones(tensor: torch.Tensor) -> torch.Tensor:
    shape = tensor.shape
    if shape and 1 not in shape:
        return tensor
    dropped = tensor.squeeze()
    return dropped.reshape(1) if dropped.ndim == 0 else dropped


#: Some dtypes know no indexing by tensors; integers of the same size stand in for them.
STAND_INS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def check_unsupported(error: RuntimeError) -> None:
    """Raises any other error again. PyTorch tells this one by its words alone."""
    if "not implemented for" not in str(error):
        raise error


def take(tensor: torch.Tensor, where: tuple[Any, ...]) -> torch.Tensor:
    """``tensor[where]``, for every dtype."""
    try:
        return tensor[where]
    except RuntimeError as error:
        check_unsupported(error)
        return tensor.view(STAND_INS[tensor.element_size()])[where].view(tensor.dtype)
