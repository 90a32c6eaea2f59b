"""Indices as R writes them: from 1, negative numbers drop, masks recycle.

An index of one dimension is None (all of it), a number, a bool (a mask of one value), a list or a
tensor of whole numbers or bools, or a dict with ``first``, ``step`` and ``last`` (an increasing
range).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Union

import torch

from .dtypes import dtype_name
from .errors import DtypeError, SubscriptError
from .memory import few_values
from .order import first_axis_first

__all__ = [
    "Index",
    "Place",
    "as_positions",
    "check_strided",
    "counted",
    "each_place",
    "length",
    "linear_place",
    "outer",
    "plain_numbers",
    "plain_places",
    "unravel",
]

Index = Union[None, bool, float, list[float], dict[str, float], torch.Tensor]
#: What an index selects along one dimension, from 0.
Place = Union[slice, torch.Tensor]


def each_place(tensor: torch.Tensor, indices: Sequence[Index]) -> list[Place]:
    """What an index for each dimension selects."""
    if len(indices) != tensor.ndim:
        remedy = f"give {tensor.ndim}, or one alone." if tensor.ndim > 1 else "give one."
        dimensions = counted(tensor.ndim, "dimension")
        raise SubscriptError(f"There are {len(indices)} indices for {dimensions}; {remedy}")
    return [
        _resolve(index, extent, axis, tensor.device)
        for axis, (index, extent) in enumerate(zip(indices, tensor.shape), 1)
    ]


def plain_numbers(tensor: torch.Tensor, indices: Sequence[Index]) -> tuple[Any, ...] | None:
    """Numbers and gaps for all dimensions as PyTorch takes them; None if there is anything else.

    Without the gaps at the end, which take PyTorch as long as the rest.
    """
    shape = tensor.shape
    if len(indices) != len(shape):
        return None
    where: list[Any] = []
    n_used = 0
    for index, extent in zip(indices, shape):
        if index is None:
            where.append(_ALL)
        elif type(index) is float and 1 <= index <= extent:
            where.append(int(index) - 1)
            n_used = len(where)
        else:
            return None
    return tuple(where[:n_used])


_ALL = slice(None)


def plain_places(tensor: torch.Tensor, indices: Sequence[Index]) -> tuple[Any, ...] | None:
    """A list of numbers for one dimension and gaps for the others, as PyTorch takes them.

    None if there is anything else.
    """
    given = [axis for axis, index in enumerate(indices) if index is not None]
    if len(given) != 1 or len(indices) != tensor.ndim:
        return None
    axis = given[0]
    index = indices[axis]
    places = _few_places(index, tensor.shape[axis]) if type(index) is list else None
    return None if places is None else (*[_ALL] * axis, places)


def linear_place(tensor: torch.Tensor, index: Index) -> Place:
    """One index alone, in the order in which the first dimension varies fastest."""
    if _is_matrix_index(index, tensor):
        return _points(index, tensor)
    return _resolve(index, tensor.numel(), None, tensor.device)


def _resolve(index: Index, extent: int, axis: int | None, device: torch.device) -> Place:
    """axis: the dimension that has this extent, from 1; None for all elements of the tensor."""
    if index is None:
        return slice(0, extent, 1)
    if isinstance(index, bool):
        if extent == 0 and index:
            raise SubscriptError(f"A mask of 1 value is too long: {_told(extent, axis)}.")
        return slice(0, extent if index else 0, 1)
    if isinstance(index, dict):
        first, step, last = (int(index[key]) for key in ("first", "step", "last"))
        _check_range(last, extent, axis)
        return slice(first - 1, last, step)
    if isinstance(index, list):
        places = _few_places(index, extent)
        if places is not None:
            return torch.tensor(places, device=device)
        is_mask = len(index) > 0 and isinstance(index[0], bool)
        index = torch.tensor(index, dtype=torch.bool if is_mask else torch.int64, device="cpu")
    if not isinstance(index, torch.Tensor):
        return _resolve_number(int(index), extent, axis, device)
    flat = first_axis_first(index.detach()).to(device)
    if index.dtype == torch.bool:
        return _mask_positions(flat, extent, axis)
    _check_whole(index)
    return _number_positions(flat.to(torch.int64), extent, axis)


def _few_places(index: list[Any], extent: int) -> list[int] | None:
    """From 0, if each selects an element, as most do. Of few numbers, Python tells soonest."""
    places = []
    for number in index:
        if type(number) is not float or not 1 <= number <= extent:
            return None
        places.append(int(number) - 1)
    return places or None


def _resolve_number(number: int, extent: int, axis: int | None, device: torch.device) -> Place:
    if number > 0:
        _check_range(number, extent, axis)
        return slice(number - 1, number, 1)
    if number == 0:
        return slice(0, 0, 1)
    if number == -1:
        return slice(min(1, extent), extent, 1)
    if -number == extent:
        return slice(0, extent - 1, 1)
    if -number > extent:
        return slice(0, extent, 1)
    return _number_positions(torch.tensor([number], device=device), extent, axis)


def _mask_positions(mask: torch.Tensor, extent: int, axis: int | None) -> torch.Tensor:
    if mask.numel() > extent:
        values = counted(mask.numel(), "value")
        raise SubscriptError(f"A mask of {values} is too long: {_told(extent, axis)}.")
    if 0 < mask.numel() < extent:
        mask = mask.repeat(-(-extent // mask.numel()))[:extent]
    return mask.nonzero().flatten()


def _number_positions(numbers: torch.Tensor, extent: int, axis: int | None) -> torch.Tensor:
    if numbers.numel() == 0:
        return numbers
    low, high = few_values(torch.stack(torch.aminmax(numbers)))
    if low < 0:
        if high > 0:
            raise SubscriptError(f"Indices cannot be mixed: {low} drops, and {high} selects.")
        dropped = -numbers[(numbers < 0) & (numbers >= -extent)] - 1
        kept = torch.ones(extent, dtype=torch.bool, device=numbers.device)
        kept[dropped] = False
        return kept.nonzero().flatten()
    _check_range(high, extent, axis)
    return (numbers[numbers > 0] if low == 0 else numbers) - 1


def _is_matrix_index(index: Index, tensor: torch.Tensor) -> bool:
    return (
        isinstance(index, torch.Tensor)
        and index.dtype != torch.bool
        and tensor.ndim > 1
        and index.ndim == 2
        and index.shape[1] == tensor.ndim
    )


def _points(index: Any, tensor: torch.Tensor) -> torch.Tensor:
    """A matrix of indices, one row for each element, as positions of the elements."""
    _check_whole(index)
    rows = index.detach().to(tensor.device, torch.int64)
    if bool((rows < 0).any()):
        raise SubscriptError("A matrix of indices cannot have negative ones.")
    rows = rows[(rows != 0).all(1)]
    for axis, extent in enumerate(tensor.shape, 1):
        if rows.numel() > 0:
            _check_range(int(rows[:, axis - 1].max()), extent, axis)
    steps = [math.prod(tensor.shape[:axis]) for axis in range(tensor.ndim)]
    return ((rows - 1) * torch.tensor(steps, device=rows.device)).sum(1)


def unravel(position: Any, extents: Sequence[int]) -> tuple[Any, ...]:
    """The index in each dimension of an element, from its position."""
    index = []
    for extent in extents:
        index.append(position % extent)
        position = position // extent
    return tuple(index)


def outer(places: Sequence[Place], device: torch.device) -> tuple[Any, ...]:
    """For PyTorch, which would otherwise pair several index tensors element by element."""
    if sum(isinstance(place, torch.Tensor) for place in places) < 2:
        return tuple(places)
    ndim = len(places)
    return tuple(
        as_positions(place, device).reshape([-1 if d == axis else 1 for d in range(ndim)])
        for axis, place in enumerate(places)
    )


def as_positions(place: Place, device: torch.device) -> torch.Tensor:
    """A place as a tensor of positions."""
    if isinstance(place, torch.Tensor):
        return place
    return torch.arange(place.start, max(place.start, place.stop), place.step, device=device)


def length(place: Place) -> int:
    """How many elements a place selects."""
    if isinstance(place, torch.Tensor):
        return place.numel()
    return len(range(place.start, place.stop, place.step))


# ---- checks --------------------------------------------------------------------------------------


def _check_range(number: int, extent: int, axis: int | None) -> None:
    if number > extent:
        valid = f", with indices from 1 to {extent}" if extent > 0 else ""
        raise SubscriptError(f"Index {number} is out of range: {_told(extent, axis)}{valid}.")


def _told(extent: int, axis: int | None) -> str:
    where = "the tensor" if axis is None else f"dimension {axis}"
    return f"{where} has {counted(extent, 'element')}"


def _check_whole(index: torch.Tensor) -> None:
    if index.is_floating_point() or index.is_complex():
        raise SubscriptError(
            f"An index tensor holds whole numbers or bools, not {dtype_name(index.dtype)}; "
            'convert it: to_device(i, dtype = "long").'
        )


def check_strided(tensor: torch.Tensor) -> None:
    """An error for a tensor whose elements are not in strided memory."""
    if tensor.layout != torch.strided:
        raise DtypeError(f"A {tensor.layout} tensor is not indexed; use its to_dense() first.")


def counted(n: int, what: str) -> str:
    """As in "1 value", "2 values"."""
    return f"{n} {what}" + ("" if n == 1 else "s")
