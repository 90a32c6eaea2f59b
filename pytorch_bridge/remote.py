"""R's memory and devices: large vectors go from the one to the other with no copy between them.

What needs no more than another dtype goes this way: from R's memory, as it lies, through pinned
memory to the device, and back. Where a value does not fit, or a device lacks what that takes,
nothing has happened, and the general way (`transfer`) tells what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from . import staging
from .casting import as_leaf
from .devices import NARROWER, has_float64, resolve_device
from .dtypes import DTYPES, R_TYPES, dtype_name, resolve_dtype
from .memory import array_interface
from .owners import Owner
from .transfer import empty, read_memory

__all__ = ["fetch", "read", "send"]

# ---- to devices ----------------------------------------------------------------------------------


def send(
    storage: str,
    r_type: str,
    address: float,
    shape: Sequence[float] | float,
    dtype: torch.dtype | str | None,
    order: str,
    rule: str,
    device: torch.device | str,
    requires_grad: bool,
) -> torch.Tensor | None:
    """A new tensor on a device with the values of an R vector; None where they go another way.

    Args:
        storage: the row of `R_TYPES` that R's memory is of.
        r_type: the row that says what the values mean.
        address: of the first element.
        shape: its lengths.
        dtype: the tensor's; None for the one that `r_type` has.
        order: "C" or "F".
        rule: what becomes of missing values: "error", "nan" or "keep".
        device: where the tensor is.
        requires_grad: whether it is a leaf of autograd.

    Example:
        >>> array = np.array([1.0, 2.0])
        >>> send("double", "double", array.ctypes.data, 2, None, "C", "error", "cpu", False)
    """
    wanted = resolve_dtype(R_TYPES[r_type].copied if dtype is None else dtype)
    lengths = [int(n) for n in (shape if isinstance(shape, Sequence) else [shape])]
    check = _SENT.get((storage, wanted))
    where = resolve_device(device)
    if check is None or (rule == "nan" and storage in _WHOLE):
        return None
    if wanted in NARROWER and not has_float64(where):
        return None
    source = _on_memory(R_TYPES[storage].borrowed, address, lengths)
    if where.type in ("cpu", "meta") or not staging.is_worthwhile(source):
        return None
    try:
        target = empty(lengths, wanted, order, where)
        staging.copy(source, target)
        if not (rule == "keep" and storage in _WHOLE) and _any(target, check):
            return None
    except RuntimeError:  # no memory for it
        return None
    return as_leaf(target) if requires_grad else target


Check = Callable[[torch.Tensor], torch.Tensor]


def _is_lowest(values: torch.Tensor, bits: int) -> torch.Tensor:
    return values == -(2 ** (bits - 1))


def _nothing(values: torch.Tensor) -> torch.Tensor:
    return torch.tensor(False, device="cpu")


_WHOLE = ("integer", "integer64")

#: By R's storage and the dtype: what in the result tells that a value may not have fitted.
_SENT: dict[tuple[str, torch.dtype], Check] = {
    ("double", torch.float64): _nothing,
    ("double", torch.float32): torch.isinf,
    ("complex", torch.complex128): _nothing,
    ("raw", torch.uint8): _nothing,
    ("integer", torch.int32): lambda values: _is_lowest(values, 32),
    ("integer", torch.int64): lambda values: _is_lowest(values, 32),
    ("integer64", torch.int64): lambda values: _is_lowest(values, 64),
}


def _any(tensor: torch.Tensor, check: Check) -> bool:
    """Of a part at a time, since what is found of all would take memory."""
    if check is _nothing:
        return False
    flat = tensor.as_strided((tensor.numel(),), (1,))
    return any(bool(check(part).any()) for part in flat.split(2**24))


# ---- to R ----------------------------------------------------------------------------------------

#: What a dtype's values must lie between to be values of its R type; other dtypes' all are.
_WITHIN = {torch.int32: (-(2**31) + 1, 2**31 - 1), torch.int64: (-(2**53), 2**53)}

_FETCHED = {
    getattr(torch, name)
    for name in (
        *("bool", "uint8", "int8", "int16", "int32", "int64"),
        *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    )
}


def is_fetched(tensor: torch.Tensor, r_type: str | None) -> bool:
    """Whether a tensor is one that `fetch()` is for.

    Args:
        tensor: any tensor.
        r_type: the R type that is asked for.

    Example:
        >>> is_fetched(torch.ones(2), None)
        False
    """
    return (
        tensor.device.type != "cpu"
        and tensor.dtype in _FETCHED
        and r_type in (None, DTYPES[dtype_name(tensor.dtype)].r_type)
        and staging.is_worthwhile(tensor)
    )


def fetch(tensor: Owner, address: float, r_type: str, keep_na: bool) -> bool:
    """Writes a device's tensor to the memory of an R vector, and says whether its values fit.

    Args:
        tensor: the `Owner` of one that `is_fetched()`.
        address: of the vector's first element.
        r_type: the one that the dtype has.
        keep_na: whether what R takes for NA fits.

    Example:
        >>> array = np.zeros(2)
        >>> fetch(Owner(torch.ones(2)), array.ctypes.data, "double", False), array
        (True, array([1., 1.]))
    """
    values: Any = tensor.held
    lowest, highest = _WITHIN.get(values.dtype, (0, 0))
    try:
        if lowest < highest:
            lowest -= keep_na and r_type == "integer"
            if values.amin() < lowest or values.amax() > highest:
                return False
        memory = "int32" if r_type == "logical" else R_TYPES[r_type].borrowed
        staging.copy(values, _on_memory(memory, address, values.shape))
    except RuntimeError:  # no memory for it
        return False
    return True


def read(tensor: Owner) -> tuple[Any, ...]:
    """What `structures.read()` gives of a tensor that `fetch()` could not bring.

    Example:
        >>> read(Owner(torch.ones(2)))[3:5]
        ('float32', 'double')
    """
    found = read_memory(tensor.held)
    return "memory", False, found.owner or tensor, *found[1:]


def _on_memory(dtype: str | None, address: float, shape: Sequence[int]) -> torch.Tensor:
    """A tensor on R's memory, which the caller holds."""
    count = int(np.prod(shape, dtype=np.int64))
    typestr = np.dtype(dtype).str
    array = np.asarray(_Memory(array_interface(int(address), (count,), None, typestr, False)))
    return torch.from_numpy(array).view(tuple(shape)[::-1]).permute(*reversed(range(len(shape))))


class _Memory:
    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface
