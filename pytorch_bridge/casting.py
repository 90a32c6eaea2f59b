"""From one dtype to another by PyTorch's rules, save that no value may leave the dtype's range."""

from __future__ import annotations

import torch

from .dtypes import dtype_name
from .errors import LossyError

__all__ = ["cast"]


def cast(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """``tensor.to(dtype)``, or an error where that would wrap, overflow or drop something.

    Fractions are dropped (1.9 to int64 is 1) and digits are rounded, as ``Tensor.to()`` does.

    Args:
        tensor: any strided tensor.
        dtype: the dtype that the result has.

    Returns:
        The tensor itself if it has the dtype, else a new one.

    Raises:
        LossyError: a value is out of the dtype's range, NaN or infinite where there is none, or
            has an imaginary part that would be dropped.

    Example:
        >>> cast(torch.tensor([1.9, -1.9]), torch.int64)
        tensor([ 1, -1])
    """
    if tensor.dtype == dtype:
        return tensor
    if tensor.numel() > 0 and tensor.device.type != "meta":
        misfit = _misfits(tensor.detach(), dtype)
        if misfit is not None and bool(misfit.any()):
            _raise(tensor.detach(), misfit, dtype)
    return (
        tensor.real.to(dtype) if tensor.is_complex() and not dtype.is_complex else tensor.to(dtype)
    )


def _misfits(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    """Which values do not fit; None where every value of the one dtype fits the other."""
    if dtype.is_complex:
        return None
    if values.is_complex():
        imaginary = values.imag != 0
        inner = _misfits(values.real, dtype)
        return imaginary if inner is None else imaginary | inner
    if dtype == torch.bool:
        return values.isnan() if values.is_floating_point() else None
    if not dtype.is_floating_point:
        return _out_of_integer_range(values, dtype)
    if not values.is_floating_point():
        return None if dtype.itemsize > 2 else values.to(torch.float64).to(dtype).isinf()
    if torch.finfo(values.dtype).max <= torch.finfo(dtype).max and dtype.itemsize > 1:
        return None
    wide = values.to(torch.float32) if values.dtype.itemsize < 4 else values
    back = wide.to(dtype).to(torch.float32)
    return (back.isinf() & ~wide.isinf()) | (back.isnan() & ~wide.isnan())


def _out_of_integer_range(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    limits = torch.iinfo(dtype)
    if values.is_floating_point():
        # 2^63 itself is a double and not an int64, so the upper end is open: high + 1.
        wide = values.to(torch.float64).trunc()
        return ~((wide >= float(limits.min)) & (wide < float(limits.max + 1)))
    if values.dtype == torch.bool:
        return None
    own = torch.iinfo(values.dtype)
    if limits.min <= own.min and own.max <= limits.max:
        return None
    if values.dtype == torch.uint64:
        # Seen as int64, values from 2^63 on are negative.
        signed = values.view(torch.int64)
        return (signed < 0) | (signed > limits.max)
    wide = values.to(torch.int64)
    return (wide < limits.min) | (wide > min(limits.max, torch.iinfo(torch.int64).max))


def _raise(values: torch.Tensor, misfit: torch.Tensor, dtype: torch.dtype) -> None:
    where = [int(i) for i in misfit.nonzero()[0]]
    value = values[tuple(where)].item()
    count = int(misfit.sum())
    others = f" (and {count - 1} more)" if count > 1 else ""
    at = f" at index {where}" if where else ""
    raise LossyError(
        f"{value}{at}{others} does not fit {dtype_name(dtype)}; "
        "clamp or replace such values first, or choose another dtype."
    )
