"""R's recycling of a vector beside an array, where PyTorch would make another shape of them."""

from __future__ import annotations

import torch

from .errors import DtypeError
from .operands import Operand
from .order import reverse_axes

__all__ = ["recycled"]


def recycled(a: Operand, b: Operand) -> tuple[Operand, Operand]:
    """Of a tensor and an R value: in shapes in which PyTorch gives what R does.

    A vector beside an array has no shape of its own in R, and the result has the array's. So as
    many numbers as there are elements go to these one by one, in R's order, and a last dimension of
    length 1 does not become longer. Elsewhere PyTorch's broadcasting holds, as for two tensors.

    Args:
        a, b: tensors and Python numbers, in either order.

    Raises:
        DtypeError: the vector's length does not divide the number of elements.

    Example:
        >>> _, numbers = recycled(torch.zeros(2, 1), torch.tensor([1, 2]))
        >>> numbers
        tensor([[1],
                [2]])
    """
    if not (isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor)):
        return a, b
    if a.ndim == 1 and b.ndim > 1:
        return _beside(a, b)
    if b.ndim == 1 and a.ndim > 1:
        vector, array = _beside(b, a)
        return array, vector
    return a, b


def _beside(vector: torch.Tensor, array: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    length, count = vector.numel(), array.numel()
    if length == 1 or (length != count and array.shape[-1] != 1):
        return vector, array
    if length == 0 and count > 0:  # R's result has no elements then
        return vector, array.reshape(-1)[:0]
    if count == 1:  # in R, too, it loses its dimensions
        return vector, array.reshape(1)
    if length != count and (length > count or count % length != 0):
        raise DtypeError(
            f"A vector of {length} numbers does not go into the {count} elements of shape "
            f"{list(array.shape)}; for a column of each number, write t(v), which is one row."
        )
    whole = vector if length == count else vector.repeat(count // length)
    return reverse_axes(whole.reshape(array.shape[::-1])), array
