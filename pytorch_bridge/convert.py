"""Tensors from anything that holds numbers, and NumPy arrays from tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .casting import as_leaf, cast
from .columns import join_columns
from .devices import to_device
from .dtypes import DTYPES, dtype_name, resolve_dtype
from .errors import COPY, COPY_IF_NEEDED, BridgeError, DtypeError, SharingError
from .memory import plain_array, plain_tensor
from .numbers import from_numbers
from .owners import share_with_torch, why_not_shared
from .sources import Source, identify
from .times import are_times, numbers_of_times

__all__ = ["to_numpy", "to_tensor"]


def to_tensor(
    obj: Any,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> torch.Tensor:
    """A tensor with the values of `obj`.

    Takes what reticulate hands over as ``r.x`` too: lists, scalars, arrays and data frames.

    Args:
        obj: a tensor, a NumPy array or scalar, what speaks DLPack or the array interface (as CuPy,
            JAX and PyArrow do: taken over without a copy), a Python number, a (nested) list of
            numbers, bytes (uint8), dates (float64, days since 1970), times with a time zone and
            ``datetime64`` (float64, seconds since 1970 in UTC, or days), a data frame or a dict of
            equally long columns (which become the columns of a 2-d tensor: of their dtype, or else
            complex128, float64 or int64).
        dtype: the result's dtype; None keeps that of `obj` (Python int: int64, float: float64).
        device: where the result is; None leaves a tensor where it is and puts the rest on the CPU.
        copy: as in the Array API: True is always new memory, False shares memory or fails, None
            shares where that is possible.
        requires_grad: True makes the result a leaf of autograd, and leaves `obj` as it is. False
            leaves a tensor the history that it has, unless `copy` is True.

    Raises:
        DtypeError: `obj` holds something that no dtype can.
        LossyError: a value does not fit the dtype.
        MissingError: a masked array.
        SharingError: `copy` is False and the memory cannot be shared.
        DeviceError: the device is not there.

    Example:
        >>> to_tensor([1, 2, 3])
        tensor([1, 2, 3])
        >>> a = np.zeros(2)
        >>> t = to_tensor(a)
        >>> t.add_(1), a
        (tensor([1., 1.], dtype=torch.float64), array([1., 1.]))
    """
    wanted = None if dtype is None else resolve_dtype(dtype)
    source = _as_tensor(obj, copy, wanted)
    result = source if wanted is None else cast(source, wanted)
    if device is not None:
        result = to_device(result, device)
    if copy is False and result is not source:
        raise SharingError(
            f"A {dtype_name(source.dtype)} tensor on {source.device} cannot share its memory with "
            "another dtype or device",
            COPY_IF_NEEDED,
        )
    if copy is True and isinstance(obj, torch.Tensor):
        result = obj.detach().clone() if result is obj else result.detach()
    return as_leaf(result) if requires_grad else result


def _as_tensor(obj: Any, copy: bool | None, wanted: torch.dtype | None = None) -> torch.Tensor:
    source = identify(obj)
    if copy is False and not source.has_memory:
        raise SharingError(f"{type(obj).__name__} has no memory that a tensor can share", COPY)
    if source.kind == "tensor":
        # A tensor of the user's own is copied at the end, where its history is looked at.
        return source.value.clone() if copy is True and source.value is not obj else source.value
    if source.kind == "array":
        return _from_array(source.value, copy if source.has_memory else True)
    if source.kind in ("columns", "mapping"):
        return _from_columns(source)
    return from_numbers(obj, wanted)


def _from_array(array: np.ndarray, copy: bool | None) -> torch.Tensor:
    array = plain_array(array)
    if are_times(array) and copy is not False:
        return torch.from_numpy(numbers_of_times(array))
    if array.dtype.name not in DTYPES:
        raise DtypeError(
            f"A NumPy array of {array.dtype} has no dtype in PyTorch; "
            'use its astype("float64") or another dtype of dtype_table().'
        )
    why = why_not_shared(array)
    if copy is False and why:
        raise SharingError(f"This array cannot share its memory: {why}", COPY)
    if copy is True or why:
        # New memory in PyTorch's terms: native byte order, row-major. Keeps 0-d as it is.
        return torch.from_numpy(np.array(array, dtype=array.dtype.name, order="C", copy=True))
    # Of two NumPy types with one name, such as ulong and ulonglong, PyTorch knows one.
    same = np.dtype(array.dtype.name)
    return share_with_torch(array if array.dtype.char == same.char else array.view(same))


def _from_columns(source: Source) -> torch.Tensor:
    names = source.names or []
    return join_columns(names, [_column(*pair) for pair in zip(names, source.value)])


def _column(name: Any, column: Any) -> torch.Tensor:
    try:
        return _as_tensor(column, None)
    except BridgeError as error:
        raise error.within(f'Column "{name}"') from error


def to_numpy(tensor: Any, copy: bool | None = None) -> np.ndarray:
    """A NumPy array with the values of a tensor (or of anything that `to_tensor()` takes).

    Unlike ``Tensor.numpy()`` it also takes tensors that require grad, are on CUDA, are conjugate
    or negative views: the first shares memory, the others are copied.

    Args:
        tensor: a tensor, or what `to_tensor()` takes.
        copy: as in `to_tensor()`. None shares memory where the tensor is on the CPU.

    Raises:
        DtypeError: NumPy has no such dtype (bfloat16, float8 and complex32).
        SharingError: `copy` is False and the memory cannot be shared.

    Example:
        >>> to_numpy(torch.ones(2, requires_grad=True))
        array([1., 1.], dtype=float32)
    """
    if isinstance(tensor, np.ndarray):
        return tensor.copy() if copy is True else tensor
    source = to_tensor(tensor, copy=False if copy is False else None)
    plain = plain_tensor(source)
    row = DTYPES.get(dtype_name(plain.dtype))
    if row is None or row.numpy is None:
        raise DtypeError(
            f"NumPy has no {dtype_name(plain.dtype)}; convert the tensor first, "
            f'as in to_device(x, dtype = "{_nearest_numpy(plain.dtype)}").'
        )
    shared = plain.data_ptr() == source.data_ptr()
    if copy is False and not shared:
        raise SharingError(
            f"A tensor on {source.device}, or a conjugate, negative or quantized one, does not "
            "hold what a NumPy array needs to share its memory",
            COPY_IF_NEEDED,
        )
    return plain.clone().numpy() if copy is True and shared else plain.numpy()


def _nearest_numpy(dtype: torch.dtype) -> str:
    return "complex64" if dtype.is_complex else "float32"
