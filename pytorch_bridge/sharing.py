"""Shared memory in both directions: memory of others as tensors, and tensors' memory for others.

A lender says where its memory lies, and gets word when the last user lets go. A viewer gets an
object that keeps the memory in place as long as it is held.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from .casting import as_leaf
from .convert import to_tensor
from .dtypes import R_TYPES
from .errors import COPY, BridgeError, SharingError
from .memory import as_base, check_dense, check_memory, is_plain, layout_of
from .owners import (
    Lease,
    Owner,
    Reading,
    View,
    check_lendable,
    share_with_torch,
)

__all__ = ["borrow", "hold", "view_memory"]

#: By PyTorch's dtype and by its name: its name, and the R type whose vectors have this memory.
VIEWS: dict[object, tuple[str, str]] = {
    key: (row.borrowed, row.name)
    for row in R_TYPES.values()
    if row.borrowed is not None
    for key in (getattr(torch, row.borrowed), row.borrowed)
}


def borrow(
    r_type: str,
    address: float,
    shape: Sequence[float],
    flag: float,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool = False,
    viewed: Owner | None = None,
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
        viewed: whose memory it is, where the R vector is a view.

    Raises:
        SharingError: it would take a copy to give what is asked for.

    Example:
        >>> import ctypes
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
        raise SharingError(f"An R {r_type} has no dtype with its memory", COPY)
    lengths = tuple(map(int, shape))
    try:
        array = _leased(int(address), lengths, name, int(flag))
        if dtype is None and device is None and viewed is None and r_type != "complex":
            return _shared(array, requires_grad)  # which nothing can keep from being shared
        if viewed is not None:
            check_lendable(viewed)
        return to_tensor(array, dtype, device, copy=False, requires_grad=requires_grad)
    except BridgeError as error:
        failed = error.anew()
        array = None
    # Raised anew, and not from within the handler: the first error's traceback holds the lease.
    raise failed


def _shared(array: np.ndarray, requires_grad: bool) -> torch.Tensor:
    tensor = share_with_torch(array)
    return as_leaf(tensor) if requires_grad else tensor


def _leased(address: int, shape: tuple[int, ...], dtype: str, flag: int) -> np.ndarray:
    lease = Lease(address, shape, np.dtype(dtype), flag)
    try:
        return lease.as_array()
    except ValueError as error:
        raise _too_many_dims(len(shape)) from error


def _too_many_dims(ndim: int) -> SharingError:
    return SharingError(
        f"Memory is shared by way of NumPy, whose arrays have fewer dimensions than {ndim}",
        COPY.after("flatten or reshape it first"),
    )


def view_memory(
    obj: torch.Tensor | np.ndarray, r_type: str | None = None, read_only: bool = False
) -> Reading:
    """Memory of a tensor or array that lies as an R vector or array of some type does.

    PyTorch lets no storage be resized that it has handed to NumPy, so memory that is held as an
    array stays where it is, whatever becomes of the tensor.

    Raises:
        SharingError: the memory is on another device, of another type, or laid out differently.
        DtypeError: the object has no values.

    Example:
        >>> found = view_memory(torch.zeros(3, dtype=torch.int32))
        >>> found.r_type, found.layout[1:]
        ('integer', [3.0, 4.0])
    """
    if isinstance(obj, torch.Tensor):
        obj = as_base(obj)
        name, found = _types_of_view(obj.dtype, r_type)
        array = _tensor_as_array(obj)
    else:
        array = obj = np.asarray(obj)
        name, found = _types_of_view(array.dtype.name, r_type)
    if read_only:
        array = array.view()
        array.flags.writeable = False  # so that the view is not lent on
    _check_layout(array)
    return Reading(View(array), name, found, layout_of(obj))


def hold(tensor: torch.Tensor) -> View:
    """Keeps the memory of a plain CPU tensor in its place, for R to look at.

    Example:
        >>> import numpy as np
        >>> tensor = torch.zeros(3)
        >>> bool(np.shares_memory(hold(tensor).held, tensor.numpy()))
        True
    """
    return View(tensor.data.numpy(), tensor.untyped_storage().data_ptr())


def _types_of_view(key: torch.dtype | str, r_type: str | None) -> tuple[str, str]:
    """The names of a dtype and of R's type with the same memory."""
    if key not in VIEWS:
        name = str(key).removeprefix("torch.")
        raise SharingError(f"R has no type with the memory of {name}", COPY)
    name, found = VIEWS[key]
    if r_type is not None and r_type != found:
        raise SharingError(f"The memory of {name} is that of R's {found}, not {r_type}", COPY)
    return name, found


def _tensor_as_array(tensor: torch.Tensor) -> np.ndarray:
    if is_plain(tensor) and tensor.ndim < 32:
        check_memory(tensor)
        return tensor.data.numpy()  # `detach()`, in half the time
    if tensor.layout != torch.strided:
        raise SharingError(f"A {tensor.layout} tensor is not strided", COPY)
    check_dense(tensor)
    if tensor.device.type != "cpu":
        raise SharingError(f"R cannot read memory on {tensor.device}", COPY)
    if tensor._is_zerotensor():
        raise SharingError("PyTorch keeps this zero gradient without memory", COPY)
    if tensor.is_conj() or tensor.is_neg():
        raise SharingError("A conjugate or negative view holds other values than it shows", COPY)
    try:
        return tensor.detach().numpy()
    except ValueError as error:
        raise _too_many_dims(tensor.ndim) from error


def _check_layout(array: np.ndarray) -> None:
    if not array.dtype.isnative or not array.flags.aligned:
        raise SharingError("This array's byte order or alignment is not what R reads", COPY)
    if not array.flags.f_contiguous:
        copied = 'as_tensor(m, order = "F") of an R array m makes a tensor that can be viewed'
        if array.ndim == 2 and array.flags.c_contiguous:
            copied = f"as_r(x$T, copy = FALSE) shows the transpose, {copied}"
        what = "R's memory is column-major and without gaps, and this is not"
        raise SharingError(what, COPY.after(copied))
