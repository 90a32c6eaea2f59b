"""Tensors from anything that holds numbers, and NumPy arrays from tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .casting import cast
from .devices import resolve_device
from .dtypes import DTYPES, dtype_name, resolve_dtype
from .errors import DtypeError, LossyError, SharingError
from .memory import share_with_torch

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
        obj: a tensor, a NumPy array or scalar, a Python number, a (nested) list of numbers, a data
            frame or a dict of equally long columns (which become the columns of a 2-d tensor).
        dtype: the result's dtype; None keeps that of `obj` (Python int: int64, float: float64).
        device: where the result is; None leaves a tensor where it is and puts the rest on the CPU.
        copy: as in the Array API: True is always new memory, False shares memory or fails, None
            shares where that is possible.
        requires_grad: whether autograd records operations on the result.

    Raises:
        DtypeError: `obj` holds something that no dtype can.
        LossyError: a value does not fit the dtype.
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
    source = _as_tensor(obj, copy)
    result = source if dtype is None else cast(source, resolve_dtype(dtype))
    if device is not None:
        result = result.to(resolve_device(device))
    if copy is False and result is not source:
        raise SharingError(
            f"A {dtype_name(source.dtype)} tensor on {source.device} cannot share its memory with "
            "another dtype or device; use copy = None or True."
        )
    if copy is True and result is obj:
        result = obj.detach().clone()
    return result.requires_grad_() if requires_grad else result


def _as_tensor(obj: Any, copy: bool | None) -> torch.Tensor:
    if isinstance(obj, torch.Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return _from_array(obj, copy)
    if copy is False:
        kind = type(obj).__name__
        raise SharingError(f"{kind} has no memory that a tensor can share; use copy = True.")
    if isinstance(obj, np.generic):
        return _from_array(np.asarray(obj), True)
    if hasattr(obj, "to_numpy") and hasattr(obj, "columns"):
        obj = {name: obj[name].to_numpy() for name in obj.columns}
    if isinstance(obj, Mapping):
        return _from_columns(obj)
    return _from_numbers(obj)


def _from_array(array: np.ndarray, copy: bool | None) -> torch.Tensor:
    if array.dtype.name not in DTYPES:
        raise DtypeError(
            f"A NumPy array of {array.dtype} has no dtype in PyTorch; "
            'use its astype("float64") or another dtype of dtype_table().'
        )
    why = _why_not_shared(array)
    if copy is False and why:
        raise SharingError(f"This array cannot share its memory: {why}; use copy = True.")
    if copy is True or why:
        return torch.from_numpy(_own_copy(array))
    return share_with_torch(array)


def _own_copy(array: np.ndarray) -> np.ndarray:
    """New memory in PyTorch's terms: native byte order, row-major. Keeps 0-d as it is."""
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)


def _why_not_shared(array: np.ndarray) -> str:
    """What keeps PyTorch from using this array's memory; "" if nothing does."""
    if not array.flags.writeable:
        return "it is read-only, and PyTorch would write to it all the same"
    if _is_memory_of_r(array):
        return "it is R's memory, lent by reticulate, and an R value must not change"
    if not array.dtype.isnative:
        return "its byte order is not this machine's"
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
    common = tensors[0].dtype
    for tensor in tensors[1:]:
        common = torch.promote_types(common, tensor.dtype)
    return torch.stack([cast(tensor, common) for tensor in tensors], dim=1)


def _column(name: Any, column: Any) -> torch.Tensor:
    try:
        tensor = _as_tensor(column, None)
    except DtypeError as error:
        raise DtypeError(f'Column "{name}": {error}') from error
    return tensor.reshape(1) if tensor.ndim == 0 else tensor


def _from_numbers(obj: Any) -> torch.Tensor:
    """Python numbers, alone or in nested lists: int64, float64, bool or complex128."""
    kinds = {_number_type(value) for value in _leaves(obj)}
    widest = next((kind for kind in _NUMBERS if kind in kinds), float)  # []: as R's numeric(0)
    dtype = _NUMBERS[widest]
    if dtype in (torch.float64, torch.complex128):
        _check_exact(obj)
    try:
        return torch.tensor(obj, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise DtypeError(f"This list does not make a tensor: {error}.") from error
    except (OverflowError, RuntimeError) as error:
        raise LossyError("An integer is out of int64's range, -2^63 to 2^63 - 1.") from error


def _leaves(obj: Any) -> Any:
    if isinstance(obj, (list, tuple)):
        for item in obj:
            yield from _leaves(item)
    else:
        yield obj


#: The widest first.
_NUMBERS = {
    complex: torch.complex128,
    float: torch.float64,
    int: torch.int64,
    bool: torch.bool,
}


def _number_type(value: Any) -> type:
    for kind in (bool, int, float, complex):  # bool before int, whose subclass it is
        if isinstance(value, kind):
            return kind
    if value is None:
        raise DtypeError("None is no number; write float('nan') for a missing value.")
    raise DtypeError(
        f"{type(value).__name__} is no number, tensor or array; a tensor is made of these."
    )


def _check_exact(obj: Any) -> None:
    """Among floats, an int becomes one: it must survive that."""
    for value in _leaves(obj):
        if isinstance(value, int) and (abs(value) > 2**1023 or int(float(value)) != value):
            raise LossyError(f"{value} among floats would not stay exact; make it a float first.")


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
        return _own_copy(tensor) if copy is True else tensor
    source = to_tensor(tensor, copy=False if copy is False else None).detach()
    row = DTYPES.get(dtype_name(source.dtype))
    if row is None or row.numpy is None:
        raise DtypeError(
            f"NumPy has no {dtype_name(source.dtype)}; convert the tensor first, "
            f'as in to_device(x, dtype = "{_nearest_numpy(source.dtype)}").'
        )
    plain = source.resolve_conj().resolve_neg().cpu()
    if copy is False and plain.data_ptr() != source.data_ptr():
        raise SharingError(
            f"A tensor on {source.device}, or a conjugate or negative view, does not hold what a "
            "NumPy array needs to share its memory; use copy = None or True."
        )
    shared = plain.data_ptr() == source.data_ptr()
    return plain.clone().numpy() if copy is True and shared else plain.numpy()


def _nearest_numpy(dtype: torch.dtype) -> str:
    return "complex64" if dtype.is_complex else "float32"
