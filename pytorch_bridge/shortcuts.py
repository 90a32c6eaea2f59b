"""What R calls in a function's place where all operands are floats: PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["shortcuts"]


def shortcuts(
    function: Callable[..., Any], operands: int, table: Mapping[str, Callable[..., Any]]
) -> None:
    """Notes PyTorch's functions that do the same as this one does to tensors and numbers of floats.

    R's C code (``src/python_functions.c``) reads it, and calls ``table[name](*operands)`` in place
    of ``function(name, *operands)``. If that fails, it calls the function, which explains why.

    Args:
        function: its first argument is a name.
        operands: how many arguments follow, 1 or 2; with more or fewer of them, the function itself
            is called.
        table: PyTorch's functions by that name.

    Example:
        >>> import torch
        >>> def apply(name, x):
        ...     return getattr(torch, name)(x)
        >>> shortcuts(apply, 1, {"exp": torch.exp})
        >>> apply.operands
        1
    """
    noted: Any = function
    noted.operands = operands
    noted.shortcuts = dict(table)
