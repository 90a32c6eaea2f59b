"""Tensors from anything that holds numbers, and NumPy arrays from tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from .casting import as_leaf, cast
from .devices import to_device
from .dtypes import DTYPES, dtype_name, resolve_dtype
from .errors import BridgeError, DtypeError, LossyError, SharingError
from .memory import memory_of, plain_array, plain_tensor, share_with_torch
from .times import are_dates, are_times, numbers_of_dates, numbers_of_times

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
            "another dtype or device; use copy = None or True."
        )
    if copy is True and isinstance(obj, torch.Tensor):
        result = obj.detach().clone() if result is obj else result.detach()
    return as_leaf(result) if requires_grad else result


def _as_tensor(obj: Any, copy: bool | None, wanted: torch.dtype | None = None) -> torch.Tensor:
    if isinstance(obj, torch.Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return _from_array(obj, copy)
    if isinstance(obj, (bytes, bytearray)):
        return _from_array(np.frombuffer(obj, np.uint8), copy)
    if hasattr(obj, "__dlpack__"):
        return _from_dlpack(obj, copy)
    if hasattr(obj, "__cuda_array_interface__"):
        return torch.as_tensor(obj).clone() if copy is True else torch.as_tensor(obj)
    if hasattr(obj, "__array_interface__") and not isinstance(obj, np.generic):
        return _from_array(np.asarray(obj), copy)
    if copy is False:
        kind = type(obj).__name__
        raise SharingError(f"{kind} has no memory that a tensor can share; use copy = True.")
    if isinstance(obj, np.generic):
        return _from_array(np.asarray(obj), True)
    if hasattr(obj, "to_numpy") and hasattr(obj, "columns"):
        obj = {name: obj[name].to_numpy() for name in obj.columns}
    elif hasattr(obj, "to_numpy"):
        return _from_array(np.asanyarray(obj.to_numpy()), True)
    if isinstance(obj, Mapping):
        return _from_columns(obj)
    return _from_numbers(obj, wanted)


def _from_dlpack(obj: Any, copy: bool | None) -> torch.Tensor:
    try:
        shared = torch.from_dlpack(obj)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise DtypeError(f"PyTorch cannot take over this {type(obj).__name__}: {error}") from error
    return shared.clone() if copy is True else shared


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
        raise SharingError(f"This array cannot share its memory: {why}; use copy = True.")
    if copy is True or why:
        # New memory in PyTorch's terms: native byte order, row-major. Keeps 0-d as it is.
        return torch.from_numpy(np.array(array, dtype=array.dtype.name, order="C", copy=True))
    # Of two NumPy types with one name, such as ulong and ulonglong, PyTorch knows one.
    same = np.dtype(array.dtype.name)
    return share_with_torch(array if array.dtype.char == same.char else array.view(same))


def why_not_shared(array: np.ndarray) -> str:
    """What keeps PyTorch from using this array's memory; "" if nothing does."""
    if not array.flags.writeable:
        return "it is read-only, and PyTorch would write to it all the same"
    if _is_memory_of_r(array):
        return "it is R's memory, lent by reticulate, and an R value must not change"
    if not array.dtype.isnative:
        return "its byte order is not this machine's"
    if not array.flags.aligned:
        return "it is not aligned to its element size"
    if array.dtype.kind == "c" and array.size and memory_of(array).address % array.itemsize:
        # NumPy and R align complex values to their halves; PyTorch's code would crash there.
        return f"it does not begin at a multiple of {array.itemsize} bytes, as PyTorch needs it"
    if any(step < 0 for step in array.strides):
        return "it has a negative stride, which PyTorch does not know"
    if any(step % array.itemsize for step in array.strides):
        return "its strides are no multiple of its element size"
    return ""


def _is_memory_of_r(array: np.ndarray) -> bool:
    """reticulate lends the memory of an R array by a capsule that keeps the R object."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return type(base).__name__ == "PyCapsule"


def _from_columns(columns: Mapping[Any, Any]) -> torch.Tensor:
    tensors = [_column(name, column) for name, column in columns.items()]
    lengths = {len(tensor) for tensor in tensors}
    if len(lengths) > 1:
        raise DtypeError(f"The columns have different lengths: {sorted(lengths)}.")
    if not tensors:
        raise DtypeError("There are no columns to make a tensor of.")
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) > 1:
        tensors = [_join(name, t, dtypes) for name, t in zip(columns, tensors)]
    return torch.stack(tensors, dim=1)


def _column(name: Any, column: Any) -> torch.Tensor:
    try:
        tensor = _as_tensor(column, None)
    except BridgeError as error:
        raise type(error)(f'Column "{name}": {error}') from error
    if tensor.ndim > 1:
        raise DtypeError(f'Column "{name}" has {tensor.ndim} dimensions; a column has one.')
    return tensor.reshape(1) if tensor.ndim == 0 else tensor


def _join(name: Any, column: torch.Tensor, dtypes: set[torch.dtype]) -> torch.Tensor:
    """A column in the widest kind of number that there is: integers stay exact or fail."""
    if any(dtype.is_complex for dtype in dtypes):
        common = torch.complex128
    elif any(dtype.is_floating_point for dtype in dtypes):
        common = torch.float64
    else:
        common = torch.int64
    try:
        if column.is_floating_point() or column.is_complex():
            return cast(column, common)
        whole = cast(column, torch.int64)
    except LossyError as error:
        raise LossyError(f'Column "{name}": {error}') from error
    if common != torch.int64 and bool(((whole > 2**53) | (whole < -(2**53))).any()):
        raise LossyError(
            f'Column "{name}" has integers beyond 2^53, which would not stay exact among floats; '
            "convert it first."
        )
    return cast(whole, common)


def _from_numbers(obj: Any, wanted: torch.dtype | None) -> torch.Tensor:
    """Python numbers, alone or in nested lists: int64, float64, bool or complex128.

    Integers for uint64 become that at once, since int64 does not hold all of them.
    """
    types = {type(value) for value in _leaves(obj)}
    if are_dates(types):
        obj, types = numbers_of_dates(obj), {float}
    kinds = {_number_type(kind) for kind in types}
    widest = next((kind for kind in _NUMBERS if kind in kinds), float)  # []: as R's numeric(0)
    name = _NUMBERS[widest]
    if widest is int and wanted is not None and dtype_name(wanted) == "uint64":
        name = "uint64"
    if widest in (float, complex):
        _check_exact(obj)
    elif widest is int:
        _check_range(obj, name)
    try:
        return torch.from_numpy(np.array(obj, dtype=name))
    except (ValueError, TypeError) as error:
        raise DtypeError(
            "The lists in this list differ in length or depth; a tensor needs them alike."
        ) from error


def _leaves(obj: Any) -> Iterator[Any]:
    if not isinstance(obj, (list, tuple)):
        yield obj
        return
    for item in obj:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


#: The widest first.
_NUMBERS = {
    complex: "complex128",
    float: "float64",
    int: "int64",
    bool: "bool",
}
_KINDS: dict[str, type] = {"b": bool, "i": int, "u": int, "f": float, "c": complex}


def _number_type(kind: type) -> type:
    for number in (bool, int, float, complex):  # bool before int, whose subclass it is
        if issubclass(kind, number):
            return number
    if issubclass(kind, np.generic) and np.dtype(kind).name in DTYPES:
        return _KINDS[np.dtype(kind).kind]
    if kind is type(None):
        raise DtypeError("None is no number; write float('nan') for a missing value.")
    if issubclass(kind, (np.ndarray, torch.Tensor)):
        raise DtypeError(
            f"A list of {kind.__name__} is no tensor; join them with np.stack() or torch.stack()."
        )
    if issubclass(kind, str):
        raise DtypeError(
            "str is no number, tensor or array; a tensor is made of these. An R factor arrives as "
            "text: make its tensor in R, t <- as_tensor(x), and use r.t."
        )
    raise DtypeError(f"{kind.__name__} is no number, tensor or array; a tensor is made of these.")


def _check_exact(obj: Any) -> None:
    """Among floats, an int becomes one: it must survive that."""
    for value in _leaves(obj):
        if isinstance(value, (int, np.integer)) and not _is_exact(int(value)):
            raise LossyError(f"{value} among floats would not stay exact; make it a float first.")


def _is_exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _check_range(obj: Any, name: str) -> None:
    low, high = (0, 2**64 - 1) if name == "uint64" else (-(2**63), 2**63 - 1)
    for value in _leaves(obj):
        if not low <= value <= high:
            raise LossyError(
                f"{value} is out of the range of {name}, {low} to {high}; "
                'make it a float first, or choose another dtype such as "uint64".'
            )


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
            "hold what a NumPy array needs to share its memory; use copy = None or True."
        )
    return plain.clone().numpy() if copy is True and shared else plain.numpy()


def _nearest_numpy(dtype: torch.dtype) -> str:
    return "complex64" if dtype.is_complex else "float32"
