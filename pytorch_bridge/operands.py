"""The operands of operators, joins and assignments: numbers and tensors, on one device."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Union

import torch

from .convert import to_tensor
from .devices import NARROWER, has_float64
from .dtypes import INTEGERS, dtype_name
from .errors import DeviceError, LossyError, integer_text

__all__ = [
    "WIDE",
    "Operand",
    "as_float",
    "as_operand",
    "beside_double",
    "check_number",
    "check_one_device",
    "holds",
    "is_whole",
    "on_one_device",
    "wide_float",
]

Operand = Union[torch.Tensor, bool, int, float, complex]

#: What a Python number is as an element: wide enough to hold it as it is.
WIDE = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}


def as_operand(x: Any) -> Operand:
    """A tensor or a Python number as it is; anything else as a tensor.

    Example:
        >>> as_operand(2), as_operand([2])
        (2, tensor([2]))
    """
    if isinstance(x, (torch.Tensor, bool, int, float, complex)):
        return x
    kinds = set(map(type, x)) if isinstance(x, list) else set()
    if len(kinds) == 1 and kinds <= WIDE.keys():  # a short R vector, in a tenth of the time
        return torch.tensor(x, dtype=WIDE[kinds.pop()], device="cpu")
    return to_tensor(x)


def is_whole(x: Any) -> bool:
    """Whether something is a tensor of integers or bools.

    Example:
        >>> is_whole(torch.tensor([True])), is_whole(2)
        (True, False)
    """
    return isinstance(x, torch.Tensor) and not (
        x.is_floating_point() or x.is_complex() or x.is_quantized
    )


def as_float(x: torch.Tensor) -> torch.Tensor:
    """Integers and bools in float64, as in R; other tensors as they are.

    On a device without float64 it is float32.

    Example:
        >>> as_float(torch.tensor([16777217])).dtype
        torch.float64
    """
    return x.to(wide_float(x.device)) if is_whole(x) else x


def wide_float(device: torch.device) -> torch.dtype:
    """What a double of R is on a device: float64, or float32 where it has none.

    Example:
        >>> wide_float(torch.device("cpu"))
        torch.float64
    """
    return torch.float64 if has_float64(device) else torch.float32


def beside_double(x: Any, other: Any) -> Any:
    """Integers and bools in float64, where the other operand is a double: of R, or float64.

    Example:
        >>> beside_double(torch.tensor([1]), 0.5), beside_double(torch.tensor([1]), 2)
        (tensor([1.], dtype=torch.float64), tensor([1]))
    """
    wide = (torch.float64, torch.complex128)
    is_double = (
        other.dtype in wide
        if isinstance(other, torch.Tensor)
        else isinstance(other, (float, complex))
    )
    return as_float(x) if is_double and is_whole(x) else x


def holds(dtype: torch.dtype, number: int) -> bool:
    """Whether a dtype of integers holds an integer.

    Example:
        >>> holds(torch.uint8, 255), holds(torch.uint8, -1)
        (True, False)
    """
    limits = torch.iinfo(dtype)
    return limits.min <= number <= limits.max


def check_number(number: Any, dtype: torch.dtype) -> None:
    """An error for an integer that a dtype of integers does not hold.

    PyTorch would wrap it: uint8 + 300 is uint8 + 44.

    Args:
        number: one operand; a Python integer is looked at.
        dtype: that of the other.

    Raises:
        LossyError: the number does not fit.

    Example:
        >>> check_number(255, torch.uint8)
    """
    if type(number) is int and dtype in INTEGERS and not holds(dtype, number):
        raise LossyError(
            f"{integer_text(number)} does not fit the tensor's {dtype_name(dtype)}; "
            'convert the tensor first, as in to_device(x, dtype = "long").'
        )


def on_one_device(operands: Sequence[Any], guests: Collection[int]) -> list[Any]:
    """The operands, with the guests among them on the device of the others.

    A tensor goes to a device only when its user says so; what became a tensor just now (an R
    vector, a NumPy array) is a guest, which has no device of its own.

    Args:
        operands: tensors and Python numbers, which are on every device.
        guests: the places of the guests, from 0.

    Example:
        >>> x = torch.zeros(2, device="meta")
        >>> on_one_device([x, torch.ones(2)], [1])[1].device
        device(type='meta')
    """
    hosts = [
        operand.device
        for place, operand in enumerate(operands)
        if place not in guests and isinstance(operand, torch.Tensor)
    ]
    if not guests or not hosts:
        return list(operands)
    return [
        _as_guest(operand, hosts[0])
        if place in guests and isinstance(operand, torch.Tensor)
        else operand
        for place, operand in enumerate(operands)
    ]


def _as_guest(x: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor on a device, in a narrower dtype where the device has no float64."""
    narrower = NARROWER.get(x.dtype)
    if narrower is None or has_float64(device):
        return x.to(device)
    return x.to(getattr(torch, narrower)).to(device)


def check_one_device(operands: Sequence[Operand]) -> None:
    """An error for tensors on different devices.

    Example:
        >>> check_one_device([torch.zeros(2), torch.ones(2), 3])
    """
    devices = [operand.device for operand in operands if isinstance(operand, torch.Tensor)]
    for device in devices:
        if device != devices[0]:
            raise DeviceError(
                f"One tensor is on {devices[0]} and another on {device}; "
                f'move one first, as in to_device(x, "{devices[0]}").'
            )
