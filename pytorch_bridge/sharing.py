"""Shared memory in both directions: memory of others as tensors, and tensors' memory for others.

A lender says where its memory lies, and gets word when the last user lets go. A viewer gets an
object that keeps the memory in place as long as it is held.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .convert import to_tensor, why_not_shared
from .dtypes import DTYPES, R_TYPES, dtype_name
from .errors import BridgeError, DtypeError, SharingError
from .memory import (
    Memory,
    array_interface,
    check_dense,
    memory_of,
    owner_of_array,
    owner_of_tensor,
    plain_array,
)

__all__ = ["Keeper", "Lease", "borrow", "viewable"]

#: The R type whose vectors have this dtype's memory.
VIEWS = {row.borrowed: row.name for row in R_TYPES.values() if row.borrowed is not None}


class Lease:
    """Memory on loan. It writes to the lender's flag that it was taken, and at its end `RETURNED`.

    When the last array or tensor on it is gone, it ends. That may happen on any thread, so the flag
    is all that is touched: an int at a fixed address.
    """

    RETURNED, TAKEN = 1, 2

    owner = "R"

    def __init__(self, memory: Memory, dtype: str, flag: int) -> None:
        self._flag = ctypes.c_int.from_address(flag)
        self._flag.value = self.TAKEN
        self.__array_interface__ = array_interface(memory, np.dtype(dtype).str, False)

    def __del__(self) -> None:
        self._flag.value = self.RETURNED


def borrow(
    r_type: str,
    address: float,
    shape: Sequence[float],
    flag: float,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool = False,
) -> torch.Tensor:
    """A tensor on memory of an R vector: column-major, and written through.

    Args:
        r_type: the row of `R_TYPES` that the memory is of.
        address: of the first element.
        shape: its lengths.
        flag: address of a C int that becomes 2 at once, and 1 when the last user has let go.
        dtype: must be None or the dtype that the memory has.
        device: must be None or the CPU.
        requires_grad: whether autograd records operations on the tensor.

    Raises:
        SharingError: it would take a copy to give what is asked for.

    Example:
        >>> array, flag = np.array([1.0, 2.0]), ctypes.c_int(0)
        >>> tensor = borrow("double", array.ctypes.data, [2], ctypes.addressof(flag))
        >>> tensor = tensor.add_(1)
        >>> array
        array([2., 3.])
        >>> del tensor
        >>> flag.value
        1
    """
    name = R_TYPES[r_type].borrowed
    if name is None:
        raise SharingError(f"An R {r_type} has no dtype with its memory; use copy = True.")
    itemsize = DTYPES[name].itemsize
    lengths = tuple(int(n) for n in shape)
    strides = tuple(itemsize * math.prod(lengths[:d]) for d in range(len(lengths)))
    memory = Memory(int(address), lengths, strides, itemsize)
    try:
        array = _leased(memory, name, int(flag))
        return to_tensor(array, dtype, device, copy=False, requires_grad=requires_grad)
    except BridgeError as error:
        failed = type(error)(str(error))
        array = None
    # Raised anew, and not from within the handler: the first error's traceback holds the lease.
    raise failed


def _leased(memory: Memory, dtype: str, flag: int) -> np.ndarray:
    lease = Lease(memory, dtype, flag)
    try:
        return np.asarray(lease)
    except ValueError as error:
        raise SharingError(_too_many_dims(len(memory.shape))) from error


def _too_many_dims(ndim: int) -> str:
    return (
        f"Memory is shared by way of NumPy, whose arrays have fewer dimensions than {ndim}; "
        "flatten or reshape it first, or use copy = True."
    )


class Keeper:
    """Holds memory in place. An array by itself would be converted on its way to R."""

    def __init__(self, array: np.ndarray | torch.Tensor) -> None:
        self.array = array


def viewable(obj: Any, r_type: str | None = None) -> tuple[Keeper, str, list[float]]:
    """Memory of a tensor or array that lies as an R vector or array of some type does.

    PyTorch lets no storage be resized that it has handed to NumPy, so memory that is held as an
    array stays where it is, whatever becomes of the tensor.

    Returns:
        What keeps the memory in place, the R type, and the memory as floats.

    Raises:
        SharingError: the memory is on another device, of another type, or laid out differently.
        DtypeError: the object is no tensor and no array, or has no values.
        MissingError: a masked array.

    Example:
        >>> keeper, r_type, memory = viewable(torch.zeros(3, dtype=torch.int32))
        >>> r_type, memory[1:]
        ('integer', [3.0, 4.0])
    """
    if isinstance(obj, Keeper):
        obj = obj.array
    if not isinstance(obj, (torch.Tensor, np.ndarray)):
        raise DtypeError(f"{type(obj).__name__} is no tensor and no NumPy array.")
    element = dtype_name(obj.dtype) if isinstance(obj, torch.Tensor) else obj.dtype.name
    found = VIEWS.get(element)
    if found is None:
        raise SharingError(f"R has no type with the memory of {element}; use copy = True.")
    if r_type is not None and r_type != found:
        raise SharingError(
            f"The memory of {element} is that of R's {found}, not {r_type}; use copy = True."
        )
    array = _tensor_as_array(obj) if isinstance(obj, torch.Tensor) else plain_array(obj)
    _check_layout(array)
    return Keeper(array), found, memory_of(array).as_floats()


def _tensor_as_array(tensor: torch.Tensor) -> np.ndarray:
    if tensor.layout != torch.strided:
        raise SharingError(f"A {tensor.layout} tensor is not strided; use copy = True.")
    check_dense(tensor)
    if tensor.device.type != "cpu":
        raise SharingError(f"R cannot read memory on {tensor.device}; use copy = True.")
    if tensor.is_conj() or tensor.is_neg():
        raise SharingError(
            "A conjugate or negative view holds other values than it shows; use copy = True."
        )
    try:
        return tensor.detach().numpy()
    except ValueError as error:
        raise SharingError(_too_many_dims(tensor.ndim)) from error


def _check_layout(array: np.ndarray) -> None:
    if not array.dtype.isnative or not array.flags.aligned:
        raise SharingError(
            "This array's byte order or alignment is not what R reads; use copy = True."
        )
    if not array.flags.f_contiguous:
        raise SharingError(
            "R's memory is column-major and without gaps, and this is not. A row-major matrix has "
            'a transpose that can be viewed, and as_tensor(x, order = "F") makes tensors that can; '
            "or use copy = True."
        )


def check_lendable(keeper: Keeper) -> None:
    """An error where a tensor must not write to the memory that a view shows.

    Example:
        >>> check_lendable(viewable(torch.zeros(3, dtype=torch.int32))[0])
    """
    why = why_not_shared(keeper.array) if isinstance(keeper.array, np.ndarray) else ""
    if why:
        raise SharingError(f"What this view shows cannot be lent: {why}; use copy = True.")


def owner_of(keeper: Keeper) -> str:
    """Who owns the memory that is kept: "PyTorch", "NumPy" or "R"."""
    held = keeper.array
    return owner_of_array(held) if isinstance(held, np.ndarray) else owner_of_tensor(held)
