"""What two tensors must have in common to be equal, for R to compare."""

from __future__ import annotations

from typing import Any

import torch

from .dtypes import dtype_name
from .errors import BridgeError, DtypeError
from .order import first_axis_first
from .sparse import check_unwrapped
from .structures import read

__all__ = ["comparables", "traits", "value_texts"]


def comparables(*tensors: torch.Tensor) -> list[dict[str, Any]]:
    """Of each tensor its `traits()` and the memory with its values, as `read()` gives it.

    Raises:
        DtypeError: the tensors have no values: on the device meta, or under torch.vmap().

    Returns:
        For each ``traits`` and ``values``: None where the shapes differ, which leaves nothing to
        compare, or where R has no type for the values.

    Example:
        >>> comparables(torch.zeros(2), torch.zeros(3))[1]["values"] is None
        True
    """
    alike = all(tensor.shape == tensors[0].shape for tensor in tensors)
    for tensor in tensors:
        check_unwrapped(tensor, "all.equal")
        if alike and tensor.is_meta:
            raise DtypeError(
                "A tensor on the device meta has no values to compare; compare x$shape and x$dtype."
            )
    return [
        {"traits": traits(tensor), "values": _values_or_none(tensor) if alike else None}
        for tensor in tensors
    ]


def _values_or_none(tensor: torch.Tensor) -> Any:
    try:
        return read(tensor)
    except BridgeError:
        return None


def traits(tensor: torch.Tensor) -> dict[str, Any]:
    """What two tensors must have in common to be equal, besides their values.

    Example:
        >>> traits(torch.zeros(2, 3))
        {'layout': 'strided', 'dtype': 'float32', 'shape': '[2, 3]', 'device': 'cpu'}
    """
    return {
        "layout": str(tensor.layout).partition(".")[2],
        "dtype": dtype_name(tensor.dtype),
        "shape": str(list(tensor.shape)),
        "device": str(tensor.device),
    }


def value_texts(tensor: torch.Tensor) -> list[str]:
    """All values with all of their digits, the first index varying fastest.

    Example:
        >>> value_texts(torch.tensor([2**53 + 1]))
        ['9007199254740993']
    """
    plain = tensor.detach()
    if plain.layout != torch.strided:
        plain = plain.to_dense()
    return [str(value) for value in first_axis_first(plain).tolist()]
