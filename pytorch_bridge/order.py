"""The order of elements: R's, in which the first index varies fastest."""

from __future__ import annotations

import torch

__all__ = ["first_axis_first", "flat_view", "reverse", "reverse_axes"]


def first_axis_first(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one dimension, the first index varying fastest.

    Example:
        >>> first_axis_first(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 3, 2, 4])
    """
    return reverse_axes(tensor).reshape(-1)


def reverse_axes(tensor: torch.Tensor) -> torch.Tensor:
    """The dimensions in opposite order, as a view.

    Example:
        >>> reverse_axes(torch.zeros(2, 3, 4)).shape
        torch.Size([4, 3, 2])
    """
    ndim = tensor.ndim
    if ndim == 2:
        return tensor.mT  # as most are, in a third of the time
    return tensor.permute(*range(ndim - 1, -1, -1)) if ndim > 1 else tensor


def reverse(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one dimension, the last one first; a tensor without elements as it is.

    Example:
        >>> reverse(torch.tensor([[1, 2], [3, 4]]))
        tensor([4, 2, 3, 1])
    """
    if tensor.numel() == 0:
        return tensor
    return first_axis_first(tensor).flip(0)


def flat_view(tensor: torch.Tensor) -> torch.Tensor | None:
    """`first_axis_first()` where that is a view of the same memory."""
    if tensor.ndim == 1:
        return tensor
    turned = reverse_axes(tensor)
    return turned.view(-1) if turned.is_contiguous() else None
