"""Tensors from anything that holds numbers, and NumPy arrays from tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .casting import as_leaf, cast
from .columns import join_columns
from .devices import to_device
from .dtypes import DTYPES, NUMPY_NAMES, dtype_name, is_packed, resolve_dtype
from .errors import (
    BYTES,
    COPY,
    COPY_IF_NEEDED,
    TEXT,
    BridgeError,
    DtypeError,
    MissingError,
    Remedy,
    SharingError,
)
from .kinds import Source
from .memory import plain_tensor
from .missing import NA_REMEDY, check_na, fill_missing
from .numbers import from_numbers
from .owners import share_with_torch, why_not_shared
from .sources import identify
from .sparse import from_scipy
from .times import are_times, numbers_of_times

__all__ = ["to_numpy", "to_tensor"]


def to_tensor(
    obj: Any,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
    na: Any = "error",
) -> torch.Tensor:
    """A tensor with the values of `obj`.

    Takes what reticulate hands over as ``r.x`` too: lists, scalars, arrays and data frames. What
    that changes on the way (NA, factors) `from_r()` brings as it is.

    Args:
        obj: a tensor, a NumPy array or scalar; what offers its memory by DLPack, an array
            interface, ``__array__`` or the buffer protocol (as CuPy, JAX and xarray do); a column
            or table of pandas, polars or Arrow; a sparse matrix of SciPy; a Python number, a
            (nested) list of numbers, bytes (uint8), dates (float64, days since 1970), times with a
            time zone and ``datetime64`` (float64, seconds since 1970 in UTC, or days), spans of
            time (seconds); or a dict of equally long columns. Tables become 2-d tensors: of the
            dtype of the columns, or else complex128, float64 or int64.
        dtype: the result's dtype; None keeps that of `obj` (Python int: int64, float: float64).
        device: where the result is; None leaves a tensor where it is and puts the rest on the CPU.
        copy: as in the Array API: True is always new memory, False shares memory or fails, None
            shares where that is possible. Memory that is read-only, or whose owner does not say, is
            copied.
        requires_grad: True makes the result a leaf of autograd, and leaves `obj` as it is. False
            leaves a tensor the history that it has, unless `copy` is True.
        na: what becomes of missing values in columns, masked arrays and lists: "error"; "nan", by
            which integers become float64; or a number to put there. A missing float is NaN, unless
            a number is given.

    Raises:
        DtypeError: `obj` holds something that no dtype can.
        LossyError: a value does not fit the dtype.
        MissingError: an integer is missing.
        SharingError: `copy` is False and the memory cannot be shared.
        DeviceError: the device is not there.

    Example:
        >>> to_tensor([1, 2, 3])
        tensor([1, 2, 3])
        >>> to_tensor([1, None], na=0)
        tensor([1, 0])
        >>> a = np.zeros(2)
        >>> t = to_tensor(a)
        >>> t.add_(1), a
        (tensor([1., 1.], dtype=torch.float64), array([1., 1.]))
    """
    wanted = None if dtype is None else resolve_dtype(dtype)
    source = _as_tensor(obj, copy, wanted, check_na(na))
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


def _as_tensor(obj: Any, copy: bool | None, wanted: torch.dtype | None, na: Any) -> torch.Tensor:
    source = identify(obj)
    if copy is False and not source.has_memory:
        raise SharingError(f"{type(obj).__name__} has no memory that a tensor can share", COPY)
    if source.kind == "tensor":
        # A tensor of the user's own is copied at the end, where its history is looked at.
        return source.value if source.value is obj else _from_others_tensor(source, copy)
    if source.kind == "array":
        if isinstance(obj, np.ma.MaskedArray) and source.missing is not None and na == "error":
            count = int(source.missing.sum())
            raise MissingError(
                f"The array masks {count} of its values",
                Remedy(
                    f"use its filled() with what shall stand there, or {NA_REMEDY.python}",
                    f"use its filled() with what shall stand there, or {NA_REMEDY.r}",
                ),
            )
        return _from_array(source, copy if source.has_memory else True, wanted, na)
    if source.kind == "sparse":
        return from_scipy(source.value, wanted)
    if source.kind in ("columns", "mapping"):
        return _from_columns(source, na)
    return from_numbers(obj, wanted, na)


def _from_others_tensor(source: Source, copy: bool | None) -> torch.Tensor:
    tensor: torch.Tensor = source.value
    if copy is False and source.read_only:
        raise SharingError(
            "This memory is read-only (or its owner does not say that it is not), and PyTorch "
            "would write to it all the same",
            COPY,
        )
    return tensor.clone() if copy is True or source.read_only else tensor


def _from_array(
    source: Source, copy: bool | None, wanted: torch.dtype | None, na: Any
) -> torch.Tensor:
    array = np.asarray(source.value)
    if source.levels is not None:
        raise _categories()
    if array.dtype.kind == "O":
        return from_numbers(_with_none(array, source.missing), wanted, na)
    if are_times(array) and copy is not False:
        return torch.from_numpy(fill_missing(numbers_of_times(array), source.missing, na))
    if array.dtype.name in _FOREIGN:
        return _from_foreign_dtype(array, copy)
    if array.dtype.name not in NUMPY_NAMES:
        raise _no_dtype(array.dtype)
    if source.missing is not None or na != "error":
        if copy is False:
            raise SharingError("What is missing has to be put in", COPY)
        array, copy = fill_missing(array, source.missing, na), True
    why = why_not_shared(array)
    if copy is False and why:
        raise SharingError(f"This array cannot share its memory: {why}", COPY)
    # Of two NumPy types with one name, such as ulong and ulonglong, PyTorch knows one.
    same = np.dtype(array.dtype.name)
    if copy is True or why:
        # New memory in PyTorch's terms: native byte order, row-major. Keeps 0-d as it is.
        array = np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)
        return torch.from_numpy(array.view(same))
    return share_with_torch(array if array.dtype.char == same.char else array.view(same))


def _with_none(array: np.ndarray, missing: np.ndarray | None) -> Any:
    if missing is not None:
        array = np.where(missing, np.array(None), array)
    return array.tolist()


#: Dtypes that ml_dtypes brings to NumPy, and that PyTorch has too, or integers that int8 holds.
_SMALL_INTEGERS = {"int2": np.int8, "int4": np.int8, "uint2": np.uint8, "uint4": np.uint8}
_FOREIGN = {*DTYPES, *_SMALL_INTEGERS} - NUMPY_NAMES


def _from_foreign_dtype(array: np.ndarray, copy: bool | None) -> torch.Tensor:
    name = array.dtype.name
    if name in _SMALL_INTEGERS:
        if copy is False:
            raise SharingError(f"PyTorch does not keep {name} as NumPy does", COPY)
        return torch.from_numpy(array.astype(_SMALL_INTEGERS[name]))
    bits = array.view(np.uint8 if array.dtype.itemsize == 1 else np.int16)
    return _from_array(Source("array", bits), copy, None, "error").view(getattr(torch, name))


def _no_dtype(dtype: np.dtype) -> DtypeError:
    what = f"A NumPy array of {dtype} has no dtype in PyTorch"
    if dtype.names is not None:
        field = dtype.names[0]
        return DtypeError(
            what,
            Remedy(
                f'take a field of its records, as in x["{field}"]',
                f'take a field of its records, as in reticulate::py_get_item(x, "{field}")',
            ),
        )
    if dtype.kind in "UST":
        return DtypeError(what, TEXT)
    if dtype.kind == "V" and dtype.name.startswith("void"):
        bytes_of = Remedy("its bytes are x.tobytes()", "its bytes are x$tobytes()")
        return DtypeError(what, bytes_of)
    if dtype.kind in "mM":
        return DtypeError(f"{what}: its unit is not known; give it one.")
    wide = "complex128" if dtype.kind == "c" else "float64"
    return DtypeError(what, Remedy(f'use its astype("{wide}")', f'use x$astype("{wide}")'))


def _categories() -> DtypeError:
    return DtypeError(
        "Categories are texts that codes stand for, and a tensor has no text",
        Remedy(
            "their codes are x.cat.codes",
            "as_r(x) has them as a factor, whose codes as_tensor() takes",
        ),
    )


def _from_columns(source: Source, na: Any) -> torch.Tensor:
    names = source.names or []
    return join_columns(names, [_column(name, part, na) for name, part in zip(names, source.value)])


def _column(name: Any, column: Any, na: Any) -> torch.Tensor:
    try:
        return _as_tensor(column, None, None, na)
    except BridgeError as error:
        raise error.within(f'Column "{name}"') from error


def to_numpy(tensor: Any, copy: bool | None = None, na: Any = "error") -> np.ndarray:
    """A NumPy array with the values of a tensor (or of anything that `to_tensor()` takes).

    Unlike ``Tensor.numpy()`` it also takes tensors that require grad, are on CUDA, are conjugate
    or negative views: the first shares memory, the others are copied.

    Args:
        tensor: a tensor, or what `to_tensor()` takes.
        copy: as in `to_tensor()`. None shares memory where the tensor is on the CPU.
        na: as in `to_tensor()`.

    Raises:
        DtypeError: NumPy has no such dtype (bfloat16, float8 and complex32).
        SharingError: `copy` is False and the memory cannot be shared.

    Example:
        >>> to_numpy(torch.ones(2, requires_grad=True))
        array([1., 1.], dtype=float32)
    """
    if isinstance(tensor, np.ndarray):
        return tensor.copy() if copy is True else tensor
    source = to_tensor(tensor, copy=False if copy is False else None, na=na)
    plain = plain_tensor(source)
    row = DTYPES.get(dtype_name(plain.dtype))
    if row is None or row.numpy is None:
        raise DtypeError(f"NumPy has no {dtype_name(plain.dtype)}", _remedy_for_numpy(plain.dtype))
    shared = plain.data_ptr() == source.data_ptr()
    if copy is False and not shared:
        raise SharingError(
            f"A tensor on {source.device}, or a conjugate, negative or quantized one, does not "
            "hold what a NumPy array needs to share its memory",
            COPY_IF_NEEDED,
        )
    return plain.clone().numpy() if copy is True and shared else plain.numpy()


def _remedy_for_numpy(dtype: torch.dtype) -> Remedy:
    if is_packed(dtype):
        return BYTES
    nearest = "complex64" if dtype.is_complex else "float32"
    return Remedy(
        f'convert the tensor first: to_device(x, dtype = "{nearest}")',
        f'convert the tensor first: to_device(x, dtype = "{nearest}")',
    )
