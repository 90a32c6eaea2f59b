"""The Python end of a transfer: memory to be filled, and memory to be read, by address.

Whoever copies (R's C code) gets an element type by name and one list of floats: the address, the
shape and the strides in bytes. One call each way, since calls cost more than small tensors do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .casting import as_leaf
from .convert import to_tensor
from .devices import resolve_device
from .dtypes import DTYPES, R_TYPES, dtype_name, resolve_dtype
from .errors import DtypeError
from .memory import describe, memory_of, plain_array, plain_tensor
from .sharing import Keeper
from .sparse import LAYOUTS

__all__ = [
    "dtype_names",
    "finish",
    "info",
    "readable",
    "value_text",
    "writable",
    "writable_at",
    "writable_or_none",
]


def writable(
    r_type: str,
    shape: float | Sequence[float],
    dtype: torch.dtype | str | None = None,
    order: str = "C",
    with_nan: bool = False,
) -> tuple[torch.Tensor, str, list[float]]:
    """A new CPU tensor to be filled with values of an R type.

    Args:
        r_type: a row of `R_TYPES`.
        shape: its lengths; a number is that of a 1-d tensor.
        dtype: None for the one that the R type has.
        order: "C" for row-major memory, "F" for column-major.
        with_nan: it must hold NaN; then the default for integers is float64.

    Returns:
        The tensor, its element type's name, and its memory as floats.

    Raises:
        DtypeError: the dtype is unknown, cannot be filled, or cannot hold NaN.

    Example:
        >>> tensor, element, memory = writable("double", [2, 3])
        >>> element, memory[1:]
        ('float64', [2.0, 3.0, 24.0, 8.0])
    """
    chosen = resolve_dtype(R_TYPES[r_type].copied if dtype is None else dtype)
    if with_nan and not (chosen.is_floating_point or chosen.is_complex):
        if dtype is not None:
            raise DtypeError(
                f'{dtype_name(chosen)} has no NaN for na = "nan"; use dtype = "float64".'
            )
        chosen = torch.float64
    element = dtype_name(chosen)
    if element not in DTYPES:
        raise DtypeError(f"A tensor of {element} cannot be made of R values; see dtype_table().")
    lengths = [int(shape)] if isinstance(shape, (int, float)) else [int(n) for n in shape]
    if order == "F":
        tensor = torch.empty(lengths[::-1], dtype=chosen).permute(list(range(len(lengths)))[::-1])
    else:
        tensor = torch.empty(lengths, dtype=chosen)
    return tensor, element, _layout(tensor)


def writable_at(
    layout_at: float,
    r_type: str,
    shape: float | Sequence[float],
    dtype: torch.dtype | str | None = None,
    order: str = "C",
    with_nan: bool = False,
) -> torch.Tensor:
    """As `writable()`, but the caller gets the tensor alone, and the rest at an address of its own.

    Args:
        layout_at: address of 2 + 2 * ndim doubles, which become the memory, and then the place of
            the element type in `dtype_names()`, counted from 1.
        r_type: see `writable()`, as for the others.
        shape: likewise.
        dtype: likewise.
        order: likewise.
        with_nan: likewise.
    """
    tensor, element, memory = writable(r_type, shape, dtype, order, with_nan)
    layout = [*memory, float(_PLACES[element])]
    (ctypes.c_double * len(layout)).from_address(int(layout_at))[:] = layout  # type: ignore[assignment]
    return tensor


def writable_or_none(*arguments: Any) -> torch.Tensor | None:
    """As `writable_at()`, but None where that fails: for callers to whom a handler is dear."""
    try:
        return writable_at(*arguments)
    except Exception:
        return None


def dtype_names() -> list[str]:
    """The names of the dtypes in the order of the table."""
    return list(DTYPES)


_PLACES = {name: place for place, name in enumerate(DTYPES, 1)}


def finish(
    tensor: torch.Tensor, device: torch.device | str | None, requires_grad: bool
) -> torch.Tensor:
    """A filled tensor on its device, as a leaf of autograd if that is asked for.

    Example:
        >>> finish(torch.zeros(2), "cpu", True).requires_grad
        True
    """
    moved = tensor.to(resolve_device(device))
    return as_leaf(moved) if requires_grad else moved


def readable(obj: Any) -> tuple[Any, str, str, list[float]]:
    """Memory that holds the values of a tensor or array as they are.

    A tensor is detached, resolved (conjugate, negative), dequantized and brought to the CPU, as far
    as each is needed.

    Returns:
        What keeps the memory alive (None where `obj` itself does), the element type's name, the R
        type that its values become, and the memory as floats. For a sparse tensor the element type
        is "sparse" and the rest is empty: `sparse.parts()` has its memory.

    Raises:
        DtypeError: the object is no tensor or array, or one that has no elements to read.

    Example:
        >>> readable(torch.zeros(3, dtype=torch.int8))[1:3]
        ('int8', 'integer')
    """
    if isinstance(obj, torch.Tensor) and obj.layout in LAYOUTS.values():
        return None, "sparse", "", []
    plain = _plain(obj)
    element = plain.dtype.name if isinstance(plain, np.ndarray) else dtype_name(plain.dtype)
    row = DTYPES.get(element)
    if row is None:
        raise DtypeError(
            f"There is no R type for {element}; convert it first, to float64 for instance."
        )
    keeper = None if plain is obj else Keeper(plain)
    return keeper, element, row.r_type, _layout(plain)


def _plain(obj: Any) -> torch.Tensor | np.ndarray:
    if isinstance(obj, Keeper):
        obj = obj.array
    if isinstance(obj, (np.ndarray, np.generic)):
        return _plain_array(obj)
    return _plain_tensor(obj)


def _layout(plain: torch.Tensor | np.ndarray) -> list[float]:
    """`memory_of(plain).as_floats()`; a tensor's in a fifth of the time, since all go this way."""
    if isinstance(plain, np.ndarray):
        return memory_of(plain).as_floats()
    size = plain.element_size()
    steps = [float(step * size) for step in plain.stride()]
    return [float(plain.data_ptr()), *map(float, plain.shape), *steps]


def _plain_array(array: np.ndarray | np.generic) -> np.ndarray:
    plain = plain_array(np.asanyarray(array))
    if plain.dtype.name not in DTYPES:
        raise DtypeError(
            f"There is no R type for a NumPy array of {plain.dtype}; "
            'use its astype("float64") or another dtype of dtype_table().'
        )
    if plain.dtype.isnative and plain.flags.aligned:
        return plain
    return plain.astype(plain.dtype.newbyteorder("="))


def _plain_tensor(obj: Any) -> torch.Tensor:
    if hasattr(obj, "__dlpack__") and not isinstance(obj, torch.Tensor):
        obj = to_tensor(obj)
    if not isinstance(obj, torch.Tensor):
        kind = f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")
        raise DtypeError(
            f"A Python object of type {kind} is no tensor and no NumPy array; "
            "take the tensor out of it first."
        )
    return plain_tensor(obj)


def value_text(obj: Any, index: Sequence[float]) -> str:
    """One value of a tensor or array as Python writes it: with all of its digits.

    Args:
        obj: what `readable()` takes.
        index: from 0, one for each dimension.

    Example:
        >>> value_text(torch.tensor([1, 2**53 + 1]), [1])
        '9007199254740993'
    """
    plain = _plain(obj)
    return str(plain[tuple(int(i) for i in index)].item())


def info(obj: Any) -> dict[str, Any]:
    """What `describe()` tells, with shape and strides as floats: R's integers end at 2^31 - 1.

    Example:
        >>> info(torch.zeros(2, 3))["strides"]
        [3.0, 1.0]
    """
    found = describe(obj)
    for field in ("shape", "strides"):
        if found[field] is not None:
            found[field] = [float(n) for n in found[field]]
    return found
