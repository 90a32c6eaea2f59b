"""Writing elements as R's ``[<-`` and ``[[<-`` do, in place: values fill columns first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from .casting import keep
from .dtypes import dtype_name
from .errors import LossyError, MissingError, SharingError, SubscriptError
from .indices import (
    Index,
    Place,
    as_positions,
    check_strided,
    counted,
    each_place,
    length,
    linear_place,
    outer,
    plain_numbers,
    unravel,
)
from .operands import WIDE, as_operand, check_one_device, on_one_device
from .order import first_axis_first, flat_view, reverse_axes
from .selecting import STAND_INS, check_unsupported, select_one, take
from .sparse import is_wrapped

__all__ = ["assign", "assign_one"]


def assign(
    tensor: torch.Tensor,
    indices: Sequence[Index],
    value: Any,
    is_guest: bool = False,
    missing_at: float | None = None,
) -> None:
    """Writes to what `select()` selects, in place. Nothing is written if anything does not fit.

    As in R, the values fill the selection with the first dimension varying fastest and are recycled
    to its size, and where an element is selected twice, the last value stays.

    Args:
        tensor: what is written to.
        indices: as in `select()`.
        value: a tensor, a Python number, or what `to_tensor()` takes.
        is_guest: whether the value goes to the tensor's device, if it is on another.
        missing_at: where, from 1, the first of the values is that stands for R's NA.

    Raises:
        MissingError: a value is NA, and the tensor's dtype has none.
        SubscriptError: an index is out of range, or the number of values does not fit.
        LossyError: a value would change in the tensor's dtype.
        SharingError: elements of the tensor share memory with each other.
        DeviceError: the value is on another device.

    Example:
        >>> x = torch.zeros(2, 2, dtype=torch.int64)
        >>> assign(x, [None, 2.0], torch.tensor([1, 2]))
        >>> x
        tensor([[0, 1],
                [0, 2]])
    """
    check_strided(tensor)
    _check_writable(tensor)
    _check_not_missing(tensor, missing_at)
    numbers = plain_numbers(tensor, indices)
    if numbers is not None and type(value) is float and abs(value) <= _ROOM.get(tensor.dtype, -1):
        tensor[numbers] = value
        return
    value = as_operand(value)
    if len(indices) == 1 and indices[0] is not None:
        place = linear_place(tensor, indices[0])
        flat = flat_view(tensor)
        if flat is not None:
            _put_outer(flat, [place], _fitted(value, tensor, is_guest))
        else:
            positions = as_positions(place, tensor.device)
            _put_elements(tensor, positions, _fitted(value, tensor, is_guest))
        return
    whole = [slice(0, n, 1) for n in tensor.shape]
    places = whole if len(indices) == 1 else each_place(tensor, indices)
    _put_outer(tensor, places, _fitted(value, tensor, is_guest))


#: Numbers up to here go into elements of these dtypes without a look at them.
_ROOM = {torch.float64: math.inf, torch.float32: 1e38, torch.bfloat16: 1e38, torch.float16: 6e4}


def assign_one(
    tensor: torch.Tensor,
    indices: Sequence[Index],
    value: Any,
    is_guest: bool = False,
    missing_at: float | None = None,
) -> None:
    """Writes to the one element that `select_one()` selects, in place; the rest as `assign()`.

    Raises:
        SubscriptError: an index is out of range, or not one number; or there are several values.

    Example:
        >>> x = torch.zeros(3)
        >>> assign_one(x, [2.0], 5)
        >>> x
        tensor([0., 5., 0.])
    """
    select_one(tensor, indices)
    value = as_operand(value)
    if isinstance(value, torch.Tensor) and value.numel() != 1:
        raise SubscriptError(f"One element takes one value, not {value.numel()}.")
    assign(tensor, indices, value, is_guest, missing_at)


def _put(tensor: torch.Tensor, where: tuple[Any, ...], values: torch.Tensor) -> None:
    try:
        tensor[where] = values
    except RuntimeError as error:
        check_unsupported(error)
        stand_in = STAND_INS[tensor.element_size()]
        tensor.view(stand_in)[where] = values.view(stand_in)


def _put_outer(target: torch.Tensor, places: Sequence[Place], values: torch.Tensor) -> None:
    lengths = [length(place) for place in places]
    values = _recycled(values, lengths)
    if 0 in lengths:
        return
    places = list(places)
    if values.ndim > 0:
        for axis, place in enumerate(places):
            last = _last_of_each(place) if isinstance(place, torch.Tensor) else None
            if last is not None:
                places[axis] = as_positions(place, target.device)[last]
                values = take(values, (*[slice(None)] * axis, last))
    _put(target, outer(places, target.device), values)


def _put_elements(tensor: torch.Tensor, positions: torch.Tensor, values: torch.Tensor) -> None:
    values = _recycled(values, [positions.numel()])
    if positions.numel() == 0:
        return
    last = _last_of_each(positions) if values.ndim > 0 else None
    if last is not None:
        positions, values = positions[last], take(values, (last,))
    _put(tensor, unravel(positions, tensor.shape), values)


def _last_of_each(positions: torch.Tensor) -> torch.Tensor | None:
    """Where each position occurs last; None if none occurs twice."""
    distinct, which = torch.unique(positions, return_inverse=True)
    if distinct.numel() == positions.numel():
        return None
    order = torch.arange(positions.numel(), device=positions.device)
    last = torch.zeros_like(distinct)
    return last.scatter_reduce_(0, which, order, "amax", include_self=False)


def _recycled(values: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Values for a selection of these lengths; of one value a 0-d tensor, which fits all."""
    count, given = math.prod(lengths), values.numel()
    if count == 0 or given == 1:
        return values.reshape(()) if given == 1 else values
    if given == 0 or count % given != 0:
        raise SubscriptError(
            f"{counted(given, 'value')} cannot fill {counted(count, 'element')}: "
            "the count must be 1, or divide the other."
        )
    column = first_axis_first(values)
    if given < count:
        column = column.repeat(count // given)
    return reverse_axes(column.reshape(list(lengths)[::-1]))


def _fitted(value: Any, tensor: torch.Tensor, is_guest: bool) -> torch.Tensor:
    """The values in the tensor's dtype, on its device, in memory of their own."""
    is_number = not isinstance(value, torch.Tensor)
    values = torch.tensor(value, dtype=WIDE[type(value)], device="cpu") if is_number else value
    if not (is_guest or is_number):
        check_one_device([tensor, values])
    if values.dtype != tensor.dtype:
        _check_no_fractions(values.detach(), tensor.dtype)
        values = keep(values, tensor.dtype)
    values = on_one_device([tensor, values], guests=[1])[1]
    if is_wrapped(values) or is_wrapped(tensor):
        return values.clone()
    shares = values.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
    return values.clone() if shares else values


def _check_no_fractions(values: torch.Tensor, dtype: torch.dtype) -> None:
    if dtype.is_floating_point or dtype.is_complex or values.numel() == 0:
        return
    if dtype == torch.bool:
        misfit = (values != 0) & (values != 1)
    elif values.is_floating_point():
        misfit = values.isfinite() & (values != values.trunc())
    else:
        return
    if bool(misfit.any()):
        first = values[misfit][0].item()
        raise LossyError(
            f"{first} does not fit a tensor of {dtype_name(dtype)}; "
            "round the values first, or give the tensor another dtype."
        )


def _check_writable(tensor: torch.Tensor) -> None:
    """An error where elements share memory with each other, or PyTorch lets nothing be written."""
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        raise SharingError("PyTorch lets no inference tensor be written to; use its clone().")
    strides = tensor.stride()
    if 0 in strides and any(step == 0 and n > 1 for n, step in zip(tensor.shape, strides)):
        raise SharingError(
            "Elements of this tensor share memory with each other (it is expanded), so one cannot "
            "be written alone; use its clone()."
        )


def _check_not_missing(tensor: torch.Tensor, missing_at: float | None) -> None:
    if missing_at is not None and not (tensor.is_floating_point() or tensor.is_complex()):
        raise MissingError(
            f"The value at [{int(missing_at)}] is NA, and {dtype_name(tensor.dtype)} has none.\n"
            'Give the tensor a floating dtype first: to_device(x, dtype = "float64").'
        )
