"""From one dtype to another by PyTorch's rules, save that no value may leave the dtype's range."""

from __future__ import annotations

import torch

from .dtypes import DTYPES, INTEGERS, dtype_name, is_packed
from .errors import BYTES, DtypeError, LossyError
from .memory import behind_gradients, check_dense

__all__ = ["as_leaf", "cast", "keep"]

#: The dtype of a complex dtype's two parts.
_PARTS = {
    torch.complex32: torch.float16,
    torch.complex64: torch.float32,
    torch.complex128: torch.float64,
}

#: Whether this machine rounds a float64 to float16 at once, as ARM's do. Elsewhere PyTorch rounds
#: it to float32 first, as this package does everywhere.
_ROUNDS_AT_ONCE = torch.tensor([1 + 2**-11 + 2**-40], dtype=torch.float64).half().item() != 1
_ON_THE_WAY = {
    (torch.float64, torch.float16): torch.float32,
    (torch.complex128, torch.complex32): torch.complex64,
}


def cast(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """``tensor.to(dtype)``, or an error where that would wrap, overflow or drop something.

    Fractions are dropped (1.9 to int64 is 1) and digits are rounded, as ``Tensor.to()`` does on
    Intel's and AMD's processors.

    Args:
        tensor: any strided tensor; a quantized one counts as what it dequantizes to.
        dtype: the dtype that the result has, one of `dtype_table()`.

    Returns:
        The tensor itself if it has the dtype, else a new one.

    Raises:
        LossyError: a value is out of the dtype's range, NaN or infinite where there is none, or
            has an imaginary part that would be dropped.
        DtypeError: the dtype is not in the table, or the tensor has no strided values.

    Example:
        >>> cast(torch.tensor([1.9, -1.9]), torch.int64)
        tensor([ 1, -1])
    """
    if tensor.dtype == dtype:
        return tensor
    if dtype_name(dtype) not in DTYPES:
        raise DtypeError(
            f"A tensor cannot be converted to {dtype_name(dtype)}; dtype_table() lists the dtypes."
        )
    if tensor.is_meta:
        return tensor.to(dtype)
    if is_packed(tensor.dtype):
        raise DtypeError(f"A tensor of {dtype_name(tensor.dtype)} has packed values", BYTES)
    check_dense(behind_gradients(tensor))
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    values = tensor.detach()
    misfit = _misfits(values, dtype)
    if misfit is not None and bool(misfit.any()):
        _raise(values, misfit, dtype)
    if dtype == torch.bool and tensor.is_complex():
        return tensor != 0
    # The real part by itself would be a view of the complex tensor's memory.
    part = tensor.real if tensor.is_complex() and not dtype.is_complex else tensor
    if _ROUNDS_AT_ONCE and (part.dtype, dtype) in _ON_THE_WAY:
        part = part.to(_ON_THE_WAY[part.dtype, dtype])
    return part.to(dtype, copy=True)


def keep(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """`cast()` to a dtype that nobody named: among floats, integers must stay exact.

    Raises:
        LossyError: a value does not fit, or is an integer that would be rounded.
        DtypeError: as in `cast()`.

    Example:
        >>> keep(torch.tensor([2**24]), torch.float32)
        tensor([16777216.])
    """
    is_whole = tensor.dtype in INTEGERS
    if is_whole and (dtype.is_floating_point or dtype.is_complex) and not tensor.is_meta:
        misfit = _rounded(tensor.detach(), _PARTS.get(dtype, dtype))
        if bool(misfit.any()):
            _raise(tensor.detach(), misfit, dtype)
    return cast(tensor, dtype)


def as_leaf(tensor: torch.Tensor) -> torch.Tensor:
    """A leaf of autograd with the tensor's memory: itself, or a new tensor object.

    Raises:
        DtypeError: autograd does not record operations on such a dtype.

    Example:
        >>> t = torch.zeros(2)
        >>> as_leaf(t).requires_grad, t.requires_grad
        (True, False)
    """
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise DtypeError(
            f"requires_grad needs a floating dtype, not {dtype_name(tensor.dtype)}; "
            'add dtype = "float32".'
        )
    if tensor.requires_grad and tensor.is_leaf:
        return tensor
    if tensor.is_inference():
        raise DtypeError("An inference tensor records no gradient; use its clone() first.")
    return tensor.detach().requires_grad_()


def _misfits(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    """Which values do not fit; None where every value of the one dtype fits the other."""
    if values.is_complex():
        if dtype == torch.bool:
            return values.isnan()
        if not dtype.is_complex:
            return _either(values.imag != 0, _misfits(values.real, dtype))
        return _either(_misfits(values.real, dtype), _misfits(values.imag, dtype))
    if dtype.is_complex:
        dtype = _PARTS[dtype]
    if dtype == torch.bool:
        return values.isnan() if values.is_floating_point() else None
    if not dtype.is_floating_point:
        return _out_of_integer_range(values, dtype)
    return _out_of_float_range(values, dtype)


def _either(a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a | b


def _out_of_float_range(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    limits = torch.finfo(dtype)
    unsigned = dtype_name(dtype) == "float8_e8m0fnu"
    if not values.is_floating_point():
        if limits.max > 2.0**64 and not unsigned:
            return None
        values = values.to(torch.float64)
    elif limits.bits > 8 and torch.finfo(values.dtype).max <= limits.max:
        return None
    wide = values.to(torch.float32) if dtype_name(values.dtype) != "float64" else values
    back = wide.to(dtype).to(torch.float32)
    misfit = (back.isinf() & ~wide.isinf()) | (back.isnan() & ~wide.isnan())
    if dtype_name(dtype) == "float8_e4m3fn":
        # Some versions of PyTorch make 448, the largest, of all that is larger. From 448 to 464,
        # half a step, that is rounding.
        misfit |= wide.to(torch.float32).abs() > 464
    if unsigned:
        # There is no 0 and no sign; PyTorch makes 2^-127, the smallest, of 0.
        misfit |= wide.to(torch.float32) < 2.0**-127
    return misfit


def _rounded(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Which integers a float does not hold exactly."""
    if dtype_name(values.dtype) == "uint64":
        # Seen as int64, values from 2^63 on are negative. There, floats are this far apart:
        limits, signed = torch.finfo(dtype), values.view(torch.int64)
        step = int(limits.eps * 2.0**63)
        between = (signed & (step - 1) != 0) | (limits.max < 2.0**64)
        return torch.where(signed < 0, between, _rounded(signed, dtype))
    whole, back = values.to(torch.int64), values.to(dtype).to(torch.float64)
    # 2^63 itself is a double and not an int64.
    return (back >= 2.0**63) | back.isinf() | (back.to(torch.int64) != whole)


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
    if dtype_name(values.dtype) == "uint64":
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
