"""The two ways between R's memory and tensors: new memory to fill, and memory that R reads.

Whoever copies (R's C code) gets a dtype by name and one list of floats, the layout: the address,
the shape and the strides in bytes. One call each way, since calls cost more than small tensors do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .casting import as_leaf
from .devices import move, resolve_device
from .dtypes import DTYPES, R_TYPES, Dtype, dtype_name, is_packed, resolve_dtype
from .errors import BYTES, DtypeError
from .memory import describe, layout_of, plain_tensor
from .owners import Owner, Reading
from .sources import identify
from .transforms import transform_level

__all__ = [
    "ROWS",
    "finish",
    "info",
    "new_memory",
    "read_memory",
    "value_text",
]


# ---- to tensors ----------------------------------------------------------------------------------


def new_memory(
    r_type: str,
    shape: float | Sequence[float],
    dtype: torch.dtype | str | None = None,
    order: str = "C",
    with_nan: bool = False,
    device: torch.device | str | None = None,
    requires_grad: bool = False,
) -> tuple[torch.Tensor, str, list[float]]:
    """A new CPU tensor to be filled with values of an R type.

    Args:
        r_type: a row of `R_TYPES`.
        shape: its lengths; a number is that of a 1-d tensor.
        dtype: None for the one that the R type has.
        order: "C" for row-major memory, "F" for column-major.
        with_nan: it must hold NaN; then the default for integers is float64.
        device: where `finish()` will bring it, which has to be there.
        requires_grad: whether it is a leaf of autograd; see `finish()` for other devices.

    Returns:
        The tensor, its dtype's name, and its layout.

    Raises:
        DtypeError: the dtype is unknown, cannot be filled, cannot hold NaN, or has no gradient.
        DeviceError: the device is not there.

    Example:
        >>> tensor, dtype, layout = new_memory("double", [2, 3])
        >>> dtype, layout[1:]
        ('float64', [2.0, 3.0, 24.0, 8.0])
    """
    chosen, name = (
        _OWN[r_type] if dtype is None and not with_nan else _dtype_to_fill(r_type, dtype, with_nan)
    )
    if device is not None:
        resolve_device(device)
    lengths = [int(shape)] if isinstance(shape, (int, float)) else [int(n) for n in shape]
    if transform_level() is None:
        tensor = empty(lengths, chosen, order, _CPU)
    else:  # inside torch.func.grad and the like, which would wrap it
        with torch._C._DisableFuncTorch():
            tensor = empty(lengths, chosen, order, _CPU)
    if type(tensor) is not torch.Tensor or tensor.dtype != chosen or not tensor.is_cpu:
        raise DtypeError(
            "A mode of PyTorch's is on that makes other tensors than it is asked for, such as "
            "FakeTensorMode; leave it to make a tensor of R values."
        )
    if requires_grad:
        tensor = as_leaf(tensor)
    return tensor, name, layout_of(tensor)


_CPU = torch.device("cpu")

#: By R type, the dtype that is its own, and that dtype's name.
_OWN = {row.name: (resolve_dtype(row.copied), row.copied) for row in R_TYPES.values()}


def empty(
    lengths: list[int], dtype: torch.dtype, order: str, device: torch.device | None = None
) -> torch.Tensor:
    """New memory, row-major ("C") or column-major ("F").

    Example:
        >>> empty([2, 3], torch.float64, "F").stride()
        (1, 2)
    """
    if order == "C" and lengths:
        return torch.empty(*lengths, dtype=dtype, device=device)  # PyTorch reads a list longer
    turned = torch.empty(lengths[::-1], dtype=dtype, device=device)
    return turned.permute(list(range(len(lengths)))[::-1])


def _dtype_to_fill(
    r_type: str, dtype: torch.dtype | str | None, with_nan: bool
) -> tuple[torch.dtype, str]:
    chosen = resolve_dtype(R_TYPES[r_type].copied if dtype is None else dtype)
    name = dtype_name(chosen)
    if name not in DTYPES:
        raise DtypeError(f"A tensor of {name} cannot be made of R values; see dtype_table().")
    if not with_nan or chosen.is_floating_point or chosen.is_complex:
        return chosen, name
    if dtype is not None:
        raise DtypeError(f'{name} has no NaN for na = "nan"; use dtype = "float64".')
    return torch.float64, "float64"


def finish(
    tensor: torch.Tensor, device: torch.device | str | None, requires_grad: bool
) -> torch.Tensor:
    """A filled tensor on its device, as a leaf of autograd if that is asked for.

    Example:
        >>> finish(torch.zeros(2), "cpu", True).requires_grad
        True
    """
    if tensor.requires_grad:
        tensor = tensor.detach()  # which autograd need not record
    moved = move(tensor, resolve_device(device))
    return as_leaf(moved) if requires_grad else moved


# ---- to R ----------------------------------------------------------------------------------------


def read_memory(obj: torch.Tensor | np.ndarray) -> Reading:
    """Memory that holds the values of a tensor or array as they are.

    A tensor is detached, resolved (conjugate, negative), dequantized and brought to the CPU, as far
    as each is needed.

    Returns:
        Its `owner` is None where `obj` itself keeps the memory in place.

    Raises:
        DtypeError: the object has no elements to read.

    Example:
        >>> found = read_memory(torch.zeros(3, dtype=torch.int8))
        >>> found.dtype, found.r_type
        ('int8', 'integer')
    """
    plain = _plain(obj)
    row = ROWS.get(plain.dtype)
    if row is None:
        remedy = BYTES if not isinstance(plain, np.ndarray) and is_packed(plain.dtype) else None
        name = plain.dtype.name if isinstance(plain, np.ndarray) else dtype_name(plain.dtype)
        raise DtypeError(f"There is no R type for {name}", remedy)
    return Reading(None if plain is obj else Owner(plain), row.name, row.r_type, layout_of(plain))


#: By dtype, of PyTorch and of NumPy. (NumPy's `dtype.name` takes longer than a small conversion.)
ROWS: dict[Any, Dtype] = {
    **{getattr(torch, row.name): row for row in DTYPES.values()},
    **{np.dtype(row.numpy): row for row in DTYPES.values() if row.numpy is not None},
}


def _plain(obj: torch.Tensor | np.ndarray) -> torch.Tensor | np.ndarray:
    return _plain_array(obj) if isinstance(obj, np.ndarray) else plain_tensor(obj)


def _plain_array(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)  # a subclass may say something else of its memory
    if array.dtype.isnative and array.flags.aligned:
        return array
    return array.astype(array.dtype.newbyteorder("="))


def value_text(obj: Any, index: Sequence[float]) -> str:
    """One value of a tensor or array as Python writes it: with all of its digits.

    Args:
        obj: what has memory, or the `Owner` of some.
        index: from 0, one for each dimension.

    Example:
        >>> value_text(torch.tensor([1, 2**53 + 1]), [1])
        '9007199254740993'
    """
    plain = _plain(obj.held if isinstance(obj, Owner) else identify(obj).value)
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
