"""Operators and mathematical functions by their names in R, with PyTorch's dtypes."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from typing import Any

import torch

from .casting import cast
from .dtypes import dtype_name
from .errors import DtypeError, LossyError
from .operands import (
    Operand,
    as_float,
    as_operand,
    beside_double,
    check_number,
    check_one_device,
    holds,
    is_whole,
    on_one_device,
)
from .order import first_axis_first
from .quotients import divide, floor_divide, remainder
from .recycling import recycled
from .shortcuts import shortcuts
from .sparse import OF_PYTORCH, explain

__all__ = ["binary", "classify", "elementwise", "matmul", "unary"]

_ARITHMETIC: dict[str, Callable[[Any, Any], torch.Tensor]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "^": operator.pow,
    "%%": remainder,
    "%/%": floor_divide,
}
_COMPARISON: dict[str, Callable[[Any, Any], torch.Tensor]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: What is the same in R and PyTorch where both operands are floats: no rule below is about those.
_OF_FLOATS = {**_ARITHMETIC, **_COMPARISON}
_LOGIC: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "&": torch.logical_and,
    "|": torch.logical_or,
}


def binary(name: str, a: Any, b: Any, guest: int | None = None) -> torch.Tensor:
    """An operator of two operands.

    Dtypes are promoted as PyTorch does it, Python numbers as numbers without a dtype of their own.
    Four things are R's: integers and bools that meet a double, or are divided, become float64,
    bools count as integers in arithmetic, a number that the tensor's dtype cannot hold is an error
    and no wrap (nor is an integer to a negative power 0), and comparing integers with a number is
    exact. A vector of R's (a guest) is recycled over an array where that does not fit PyTorch's
    broadcasting; see `recycled()`.

    Args:
        name: R's operator.
        a, b: tensors, arrays or Python numbers, one of them a tensor.
        guest: 0 or 1 for the operand that goes to the other's device; None for neither.

    Raises:
        DtypeError: the shapes do not fit.
        DeviceError: the operands are on different devices.
        LossyError: a number does not fit the tensor's dtype, or an integer is divided by 0 or
            raised to a negative power.

    Example:
        >>> binary("%/%", torch.tensor([7, -7]), 2)
        tensor([ 3, -4])
        >>> binary("+", torch.tensor([True]), True)
        tensor([2])
    """
    a, b = as_operand(a), as_operand(b)
    if guest is not None and isinstance(b if guest else a, torch.Tensor):
        a, b = recycled(*on_one_device([a, b], [guest]))
    try:
        return _operate(name, a, b)
    except OF_PYTORCH as error:
        if isinstance(error, RuntimeError):
            _explain(error, a, b)
        explain(error, name, a, b)
        raise


def _operate(name: str, a: Operand, b: Operand) -> torch.Tensor:
    if name in _OF_FLOATS and _is_float(a) and _is_float(b):
        return _OF_FLOATS[name](a, b)
    if name in _LOGIC:
        return _LOGIC[name](_of_tensor(a, b), _of_tensor(b, a))
    if name in _COMPARISON:
        a, b = _comparable(a, b)
        return _COMPARISON[name](a, b)
    a, b = beside_double(a, b), beside_double(b, a)
    if name == "/":
        a, b = _divisible(a, b)
    else:
        a, b = _as_integers(a, b)
        _check_numbers(a, b)
    if name == "-":
        a, b = _subtractable(a, b), _subtractable(b, a)
    if name == "^":
        _check_power(a, b)
    return _ARITHMETIC[name](a, b)


shortcuts(binary, 2, _OF_FLOATS)


def unary(name: str, x: torch.Tensor) -> torch.Tensor:
    """An operator of one operand: "-", "+" or "!".

    Raises:
        DtypeError: it is another operator, or PyTorch has it not for this dtype.

    Example:
        >>> unary("-", torch.tensor([True, False]))
        tensor([-1,  0])
    """
    if name not in ("-", "+", "!"):
        raise DtypeError(f"R's operator {name} takes two operands, not one; write x {name} y.")
    try:
        if name == "!":
            return torch.logical_not(x)
        integers = _no_bool(x)
        return torch.neg(integers) if name == "-" else integers
    except OF_PYTORCH as error:
        explain(error, name, x)
        raise


def matmul(name: str, a: Any, b: Any, guest: int | None = None) -> torch.Tensor:
    """A matrix product: "%*%", "crossprod" (``a' b``) or "tcrossprod" (``a b'``).

    That of integers and bools is int64, in which those of fewer bits do not wrap.

    Example:
        >>> matmul("%*%", torch.tensor([[1, 2]]), torch.tensor([[3], [4]]))
        tensor([[11]])
    """
    a, b = on_one_device([as_operand(a), as_operand(b)], _guests(guest))
    if guest is not None:
        common = torch.promote_types(a.dtype, b.dtype)
        a, b = a.to(common), b.to(common)
    if is_whole(a) and is_whole(b):
        a, b = cast(a, torch.int64), cast(b, torch.int64)
    if name == "crossprod":
        a = a.mT if a.ndim > 1 else a
    elif name == "tcrossprod":
        b = b.mT if b.ndim > 1 else b
    try:
        return torch.matmul(a, b)
    except RuntimeError as error:
        check_one_device([a, b])
        raise DtypeError(
            f"The matrix product of shapes {list(a.shape)} ({dtype_name(a.dtype)}) and "
            f"{list(b.shape)} ({dtype_name(b.dtype)}) failed: {error}"
        ) from error


# ---- operands ------------------------------------------------------------------------------------


def _guests(guest: int | None) -> tuple[int, ...]:
    return () if guest is None else (guest,)


def _of_tensor(x: Any, other: Any) -> torch.Tensor:
    return x if isinstance(x, torch.Tensor) else torch.tensor(x, device=other.device)


def _is_integer(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and not (
        x.is_floating_point() or x.is_complex() or x.dtype == torch.bool or x.is_quantized
    )


def _is_float(x: Any) -> bool:
    return type(x) is float or (isinstance(x, torch.Tensor) and x.dtype in _FLOATS)


_FLOATS = {torch.float64, torch.float32, torch.float16, torch.bfloat16}


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, torch.Tensor) and x.dtype == torch.bool)


def _no_bool(x: Any) -> Any:
    if isinstance(x, bool):
        return int(x)
    return x.to(torch.int64) if _is_bool(x) else x


def _as_integers(a: Any, b: Any) -> tuple[Any, Any]:
    """Two bools count as integers; PyTorch would make a bool of their sum."""
    return (_no_bool(a), _no_bool(b)) if _is_bool(a) and _is_bool(b) else (a, b)


def _divisible(a: Any, b: Any) -> tuple[Any, Any]:
    """What is divided is no integer, unless it meets floats of another dtype."""
    if any(isinstance(x, torch.Tensor) and not is_whole(x) for x in (a, b)):
        return a, b
    return (as_float(a) if is_whole(a) else a), (as_float(b) if is_whole(b) else b)


def _subtractable(x: Any, other: Any) -> Any:
    """PyTorch subtracts no bool; it counts as one of the other's dtype, as in its sums."""
    if not _is_bool(x):
        return x
    if isinstance(x, bool):
        return int(x)
    return x.to(other.dtype if isinstance(other, torch.Tensor) else torch.int64)


def _check_power(base: Any, exponent: Any) -> None:
    """PyTorch's 2 ** -1 is 0 where the exponent is a tensor."""
    whole = _is_integer(base) or _is_bool(base) or isinstance(base, int)
    known = _is_integer(exponent) and not exponent.is_meta
    if whole and known and bool((exponent < 0).any()):
        raise LossyError(_NEGATIVE_POWER)


_NEGATIVE_POWER = (
    "An integer to a negative power is no integer; convert the tensor to a floating dtype first, "
    'as in to_device(x, dtype = "float64").'
)


def _check_numbers(a: Any, b: Any) -> None:
    if isinstance(b, torch.Tensor):
        check_number(a, b.dtype)
    if isinstance(a, torch.Tensor):
        check_number(b, a.dtype)


def _comparable(a: Any, b: Any) -> tuple[Any, Any]:
    """Integers and a number in a form in which PyTorch compares them without rounding."""
    if _is_integer(b) and not isinstance(a, torch.Tensor):
        b, a = _comparable(b, a)
        return a, b
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return beside_double(a, b), beside_double(b, a)
    if not _is_integer(a) or isinstance(b, (bool, complex)):
        return a, b
    if isinstance(b, float):
        whole = math.isfinite(b) and b == math.trunc(b)
        if not whole or not holds(torch.int64, int(b)):
            return as_float(a), b
        b = int(b)
    return (a if holds(a.dtype, b) else a.to(torch.int64)), b


# ---- what went wrong -----------------------------------------------------------------------------


def _explain(error: RuntimeError, a: Any, b: Any) -> None:
    """Raises what the operands tell better than PyTorch does; returns if they do not."""
    if "ZeroDivisionError" in str(error):
        raise LossyError(
            "An integer divided by 0 has no integer value; convert the tensor to a floating dtype "
            'first, as in to_device(x, dtype = "float64").'
        ) from error
    if "negative integer powers" in str(error):
        raise LossyError(_NEGATIVE_POWER) from error
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        check_one_device([a, b])
        _explain_shapes(a, b)


def _explain_shapes(a: torch.Tensor, b: torch.Tensor) -> None:
    try:
        torch.broadcast_shapes(a.shape, b.shape)
    except RuntimeError as error:
        raise DtypeError(
            f"Shapes {list(a.shape)} and {list(b.shape)} do not fit: from the last dimension on, "
            "lengths must be equal or 1.\nA value for each row has shape [rows, 1]."
        ) from error


# ---- mathematical functions ----------------------------------------------------------------------


def elementwise(name: str, x: torch.Tensor, argument: float | None = None) -> torch.Tensor:
    """A function of R's group Math.

    Args:
        name: R's name of it.
        x: any tensor. Bools count as integers, and integers in float64 where R gives doubles.
        argument: the base of "log", the digits of "round".

    Example:
        >>> elementwise("log", torch.tensor([8.0]), 2.0)
        tensor([3.])
        >>> elementwise("cumsum", torch.tensor([[1, 2], [3, 4]]))
        tensor([ 1,  4,  6, 10])
    """
    try:
        if argument is None and name in _FUNCTIONS and _is_float(x):
            return _FUNCTIONS[name](x)
        numbers = _no_bool(x)
        if numbers.is_complex():
            _check_of_complex(name, numbers)
        if name == "round" and (argument or numbers.is_complex()):
            return _round(numbers, argument or 0)
        if name not in _OF_INTEGERS:
            numbers = as_float(numbers)
        if name == "log" and argument is not None:
            return _log(numbers, argument)
        if name in _CUMULATIVE:
            return _CUMULATIVE[name](first_axis_first(numbers))
        return _FUNCTIONS[name](numbers)
    except OF_PYTORCH as error:
        explain(error, name, x)
        raise


#: What gives integers of integers in R; the others give doubles.
_OF_INTEGERS = ("abs", "sign", "floor", "ceiling", "trunc", "round", "cumsum", "cummax", "cummin")


#: What R has of real numbers alone, and PyTorch of complex ones too; and what to write for these.
_OF_REAL = {"sign": "x$sgn()", "log1p": "log(1 + x)", "expm1": "exp(x) - 1"}


def _check_of_complex(name: str, x: torch.Tensor) -> None:
    if name in _OF_REAL:
        raise DtypeError(
            f"{name}() is of real numbers, as in R, and this tensor is {dtype_name(x.dtype)}; "
            f"write {_OF_REAL[name]}."
        )


def _log(x: torch.Tensor, base: float) -> torch.Tensor:
    if base == 2:
        return torch.log2(x)
    if base == 10:
        return torch.log10(x)
    if base == 0:
        return torch.log(x) / -math.inf
    return torch.log(x) / (math.log(base) if base > 0 else math.nan)


def _round(x: torch.Tensor, digits: float) -> torch.Tensor:
    if x.is_complex():
        return torch.complex(_round(x.real, digits), _round(x.imag, digits))
    if x.is_floating_point():
        if abs(digits) > sys.float_info.max_10_exp:  # 10 ** digits would be no float
            return x if digits > 0 else torch.where(torch.isfinite(x), torch.zeros_like(x), x)
        rounded = torch.round(x, decimals=int(digits))
        # Where the last binary digit is larger than what is rounded to, scaling could only harm.
        coarse = x.abs() * (torch.finfo(x.dtype).eps * 10.0**digits) >= 1
        return torch.where(coarse | ~torch.isfinite(rounded), x, rounded)
    if digits > 0:
        return x
    raise DtypeError(
        f"round() of {dtype_name(x.dtype)} takes no negative digits; "
        'convert the tensor first, as in to_device(x, dtype = "float64").'
    )


def _sign(x: torch.Tensor) -> torch.Tensor:
    signs = torch.sgn(x)
    return torch.where(torch.isnan(x), x, signs) if x.is_floating_point() else signs


def _gamma(x: torch.Tensor) -> torch.Tensor:
    size = torch.exp(torch.lgamma(x))
    below = torch.floor(x)
    signed = torch.where((x < 0) & (below % 2 != 0), -size, size)
    known = torch.isfinite(signed) & (x > 0) & (x <= len(_FACTORIALS))
    whole = (x == below) & known
    exact = torch.tensor(_FACTORIALS, dtype=x.dtype, device=x.device)
    place = torch.where(whole, below - 1, torch.zeros_like(below)).long()
    right = torch.where(whole, exact[place], signed)
    # The gradient is that of the logarithm, the value that of the table.
    signed = signed + torch.where(whole, right - signed, torch.zeros_like(signed)).detach()
    return signed.masked_fill((x <= 0) & (x == below), math.nan)


#: Of the whole numbers from 1 on the gamma function, as long as a float64 holds it.
_FACTORIALS = [float(math.factorial(n)) for n in range(171)]


def _digamma(x: torch.Tensor) -> torch.Tensor:
    return torch.digamma(x).masked_fill((x <= 0) & (x == torch.floor(x)), math.nan)


def _trigamma(x: torch.Tensor) -> torch.Tensor:
    """PyTorch's own has nine digits; this is Hurwitz's zeta, reflected below 0."""
    below = x <= 0
    of_positive = torch.special.zeta(torch.full_like(x, 2.0), torch.where(below, 1 - x, x))
    sine = _sinpi(torch.where(below, x, torch.full_like(x, 0.5)))
    found = torch.where(below, (math.pi / sine) ** 2 - of_positive, of_positive)
    return found.masked_fill(x == math.inf, 0).masked_fill(x == -math.inf, math.inf)


def _sinpi(x: torch.Tensor) -> torch.Tensor:
    turn = x % 2
    return _zero_where(turn % 1 == 0, torch.sin(math.pi * turn))


def _cospi(x: torch.Tensor) -> torch.Tensor:
    turn = x % 2
    return _zero_where(turn % 1 == 0.5, torch.cos(math.pi * turn))


def _zero_where(known: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """An exact 0 in place of what is near it, with the gradient that there is all the same."""
    return near - torch.where(known, near, torch.zeros_like(near)).detach()


def _tanpi(x: torch.Tensor) -> torch.Tensor:
    return (_sinpi(x) / _cospi(x)).masked_fill(x % 1 == 0.5, math.nan)


_CUMULATIVE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "cumsum": lambda x: torch.cumsum(x, 0),
    "cumprod": lambda x: torch.cumprod(x, 0),
    "cummax": lambda x: torch.cummax(x, 0).values if x.numel() > 0 else x,
    "cummin": lambda x: torch.cummin(x, 0).values if x.numel() > 0 else x,
}

#: What PyTorch calls as R does.
_SAME_NAMES = (
    *("abs", "sqrt", "floor", "trunc", "round", "exp", "log", "log2", "log10", "expm1", "log1p"),
    *("cos", "sin", "tan", "acos", "asin", "atan", "lgamma"),
    *("cosh", "sinh", "tanh", "acosh", "asinh", "atanh"),
)

_FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sign": _sign,
    "ceiling": torch.ceil,
    "gamma": _gamma,
    "digamma": _digamma,
    "trigamma": _trigamma,
    "sinpi": _sinpi,
    "cospi": _cospi,
    "tanpi": _tanpi,
    **{name: getattr(torch, name) for name in _SAME_NAMES},
}


shortcuts(elementwise, 1, {name: getattr(torch, name) for name in _SAME_NAMES})


# ---- tests ---------------------------------------------------------------------------------------

_TESTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "is.na": torch.isnan,
    "is.nan": torch.isnan,
    "is.finite": torch.isfinite,
    "is.infinite": torch.isinf,
}


def classify(name: str, x: torch.Tensor) -> torch.Tensor:
    """Which elements are NaN, finite or infinite: "is.na", "is.nan", "is.finite", "is.infinite".

    Example:
        >>> classify("is.na", torch.tensor([1.0, math.nan]))
        tensor([False,  True])
    """
    try:
        return _TESTS[name](x)
    except OF_PYTORCH as error:
        explain(error, name, x)
        raise
