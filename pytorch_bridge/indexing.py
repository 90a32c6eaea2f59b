"""Indexing as R does it: from 1, negative numbers drop, masks recycle, values fill columns first.

An index of one dimension is None (all of it), a number, a bool (a mask of one value), a list
``[first, step, last]`` (an increasing range), or a tensor of whole numbers or bools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Union

import torch

from .casting import cast
from .dtypes import dtype_name
from .errors import DeviceError, DtypeError, LossyError, SharingError, SubscriptError

__all__ = ["assign", "element", "first_axis_first", "reverse", "select", "shape"]

Index = Union[None, bool, float, list[float], torch.Tensor]
#: Along one dimension, from 0.
Resolved = Union[slice, torch.Tensor]


def shape(tensor: torch.Tensor) -> list[float]:
    """The shape as floats, which R takes at any size.

    Example:
        >>> shape(torch.zeros(2, 3))
        [2.0, 3.0]
    """
    return [float(n) for n in tensor.shape]


def select(tensor: torch.Tensor, indices: Sequence[Index], drop: bool = True) -> torch.Tensor:
    """What R's ``x[...]`` selects: a view of memory where numbers, ranges and gaps are all.

    Args:
        tensor: any strided tensor.
        indices: one for each dimension; or one alone, which counts the elements with the first
            dimension varying fastest, or has one row of numbers for each element (a matrix).
        drop: whether dimensions of length 1 go, if there is an index for each dimension. As in R,
            what has none left is a vector of length 1.

    Raises:
        SubscriptError: an index is out of range, or is none.

    Example:
        >>> select(torch.tensor([[1, 2, 3], [4, 5, 6]]), [2.0, [1.0, 2.0, 3.0]])
        tensor([4, 6])
        >>> select(torch.tensor([[1, 2, 3], [4, 5, 6]]), [3.0])
        tensor([2])
    """
    _check_strided(tensor)
    if len(indices) == 1 and indices[0] is None:
        return tensor
    if len(indices) == 1:
        return _select_elements(tensor, indices[0])
    result = _take(tensor, _outer(_resolve_each(tensor, indices), tensor.device))
    return _without_ones(result) if drop else result


def element(tensor: torch.Tensor, indices: Sequence[Index]) -> torch.Tensor:
    """The one element that R's ``x[[...]]`` is, as a 0-d view.

    Raises:
        SubscriptError: an index is out of range, or not one number.

    Example:
        >>> element(torch.tensor([[1, 2, 3], [4, 5, 6]]), [2.0, 1.0])
        tensor(4)
    """
    _check_strided(tensor)
    places = _resolve_each(tensor, indices) if len(indices) != 1 else [_linear(tensor, indices[0])]
    if any(_length(place) != 1 for place in places):
        raise SubscriptError(
            "Within [[ ]], each index must be one number that selects one element."
        )
    numbers = [p.start if isinstance(p, slice) else int(p) for p in places]
    return tensor[_unravel(numbers[0], tensor.shape) if len(indices) == 1 else tuple(numbers)]


def assign(tensor: torch.Tensor, indices: Sequence[Index], value: Any, joins: bool = False) -> None:
    """Writes to what `select()` selects, in place. Nothing is written if anything does not fit.

    As in R, the values fill the selection with the first dimension varying fastest and are recycled
    to its size, and where an element is selected twice, the last value stays.

    Args:
        tensor: what is written to.
        indices: as in `select()`.
        value: a tensor or a Python number.
        joins: whether the value goes to the tensor's device, if it is on another.

    Raises:
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
    _check_strided(tensor)
    _check_writable(tensor)
    if len(indices) == 1 and indices[0] is not None:
        place = _linear(tensor, indices[0])
        flat = _flat_view(tensor)
        if flat is not None:
            _put_outer(flat, [place], _fitted(value, tensor, joins))
        else:
            _put_elements(
                tensor, _as_positions(place, tensor.device), _fitted(value, tensor, joins)
            )
        return
    whole = [slice(0, n, 1) for n in tensor.shape]
    places = whole if len(indices) == 1 else _resolve_each(tensor, indices)
    _put_outer(tensor, places, _fitted(value, tensor, joins))


# ---- which places are meant ----------------------------------------------------------------------


def _resolve_each(tensor: torch.Tensor, indices: Sequence[Index]) -> list[Resolved]:
    if len(indices) != tensor.ndim:
        remedy = f"give {tensor.ndim}, or one alone." if tensor.ndim > 1 else "give one."
        dimensions = _count(tensor.ndim, "dimension")
        raise SubscriptError(f"There are {len(indices)} indices for {dimensions}; {remedy}")
    return [
        _resolve(index, extent, f"dimension {axis} has {_count(extent, 'element')}", tensor.device)
        for axis, (index, extent) in enumerate(zip(indices, tensor.shape), 1)
    ]


def _linear(tensor: torch.Tensor, index: Index) -> Resolved:
    """One index alone, in the order in which the first dimension varies fastest."""
    if _is_matrix_index(index, tensor):
        return _points(index, tensor)
    extent = tensor.numel()
    return _resolve(index, extent, f"the tensor has {_count(extent, 'element')}", tensor.device)


def _resolve(index: Index, extent: int, told: str, device: torch.device) -> Resolved:
    if index is None:
        return slice(0, extent, 1)
    if isinstance(index, bool):
        if extent == 0 and index:
            raise SubscriptError(f"A mask of 1 value is too long: {told}.")
        return slice(0, extent if index else 0, 1)
    if isinstance(index, list):
        first, step, last = map(int, index)
        _check_range(last, extent, told)
        return slice(first - 1, last, step)
    if not isinstance(index, torch.Tensor):
        return _resolve_number(int(index), extent, told, device)
    flat = first_axis_first(index.detach()).to(device)
    if index.dtype == torch.bool:
        return _mask_positions(flat, extent, told)
    _check_whole(index)
    return _number_positions(flat.to(torch.int64), extent, told)


def _resolve_number(number: int, extent: int, told: str, device: torch.device) -> Resolved:
    if number > 0:
        _check_range(number, extent, told)
        return slice(number - 1, number, 1)
    if number == 0:
        return slice(0, 0, 1)
    if number == -1:
        return slice(min(1, extent), extent, 1)
    if -number == extent:
        return slice(0, extent - 1, 1)
    if -number > extent:
        return slice(0, extent, 1)
    return _number_positions(torch.tensor([number], device=device), extent, told)


def _mask_positions(mask: torch.Tensor, extent: int, told: str) -> torch.Tensor:
    if mask.numel() > extent:
        raise SubscriptError(f"A mask of {_count(mask.numel(), 'value')} is too long: {told}.")
    if 0 < mask.numel() < extent:
        mask = mask.repeat(-(-extent // mask.numel()))[:extent]
    return mask.nonzero().flatten()


def _number_positions(numbers: torch.Tensor, extent: int, told: str) -> torch.Tensor:
    if numbers.numel() == 0:
        return numbers
    low, high = (int(bound) for bound in torch.stack(torch.aminmax(numbers)).tolist())
    if low < 0:
        if high > 0:
            raise SubscriptError(f"Indices cannot be mixed: {low} drops, and {high} selects.")
        dropped = -numbers[(numbers < 0) & (numbers >= -extent)] - 1
        kept = torch.ones(extent, dtype=torch.bool, device=numbers.device)
        kept[dropped] = False
        return kept.nonzero().flatten()
    _check_range(high, extent, told)
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
            told = f"dimension {axis} has {_count(extent, 'element')}"
            _check_range(int(rows[:, axis - 1].max()), extent, told)
    steps = [math.prod(tensor.shape[:axis]) for axis in range(tensor.ndim)]
    return ((rows - 1) * torch.tensor(steps, device=rows.device)).sum(1)


# ---- reading -------------------------------------------------------------------------------------


def _select_elements(tensor: torch.Tensor, index: Index) -> torch.Tensor:
    place = _linear(tensor, index)
    flat = _flat_view(tensor)
    if flat is not None:
        return _take(flat, (place,))
    if isinstance(place, slice) and _length(place) == 1:
        return tensor[_unravel(place.start, tensor.shape)].reshape(1)
    return _take(tensor, _unravel(_as_positions(place, tensor.device), tensor.shape))


def first_axis_first(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one dimension, the first index varying fastest.

    Example:
        >>> first_axis_first(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 3, 2, 4])
    """
    return _turned(tensor).reshape(-1)


def _turned(tensor: torch.Tensor) -> torch.Tensor:
    """The dimensions in opposite order, as a view."""
    return tensor.permute(tuple(range(tensor.ndim)[::-1]))


def reverse(tensor: torch.Tensor) -> torch.Tensor:
    """All elements in one dimension, the last one first.

    Example:
        >>> reverse(torch.tensor([[1, 2], [3, 4]]))
        tensor([4, 2, 3, 1])
    """
    return first_axis_first(tensor).flip(0)


def _flat_view(tensor: torch.Tensor) -> torch.Tensor | None:
    """`first_axis_first()` where that is a view of the same memory."""
    if tensor.ndim == 1:
        return tensor
    turned = _turned(tensor)
    return turned.view(-1) if turned.is_contiguous() else None


def _unravel(position: Any, extents: Sequence[int]) -> tuple[Any, ...]:
    """The index in each dimension of an element, from its position."""
    index = []
    for extent in extents:
        index.append(position % extent)
        position = position // extent
    return tuple(index)


def _outer(places: Sequence[Resolved], device: torch.device) -> tuple[Any, ...]:
    """For PyTorch, which would otherwise pair several index tensors element by element."""
    if sum(isinstance(place, torch.Tensor) for place in places) < 2:
        return tuple(places)
    ndim = len(places)
    return tuple(
        _as_positions(place, device).reshape([-1 if d == axis else 1 for d in range(ndim)])
        for axis, place in enumerate(places)
    )


def _as_positions(place: Resolved, device: torch.device) -> torch.Tensor:
    if isinstance(place, torch.Tensor):
        return place
    return torch.arange(place.start, max(place.start, place.stop), place.step, device=device)


def _length(place: Resolved) -> int:
    if isinstance(place, torch.Tensor):
        return place.numel()
    return len(range(place.start, place.stop, place.step))


def _without_ones(tensor: torch.Tensor) -> torch.Tensor:
    dropped = tensor.squeeze()
    return dropped.reshape(1) if dropped.ndim == 0 else dropped


# Some dtypes know no indexing by tensors; integers of the same size stand in for them.
_STAND_INS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _check_unsupported(error: RuntimeError) -> None:
    """Raises any other error again. PyTorch tells this one by its words alone."""
    if "not implemented for" not in str(error):
        raise error


def _take(tensor: torch.Tensor, where: tuple[Any, ...]) -> torch.Tensor:
    try:
        return tensor[where]
    except RuntimeError as error:
        _check_unsupported(error)
        return tensor.view(_STAND_INS[tensor.element_size()])[where].view(tensor.dtype)


# ---- writing -------------------------------------------------------------------------------------


def _put(tensor: torch.Tensor, where: tuple[Any, ...], values: torch.Tensor) -> None:
    try:
        tensor[where] = values
    except RuntimeError as error:
        _check_unsupported(error)
        stand_in = _STAND_INS[tensor.element_size()]
        tensor.view(stand_in)[where] = values.view(stand_in)


def _put_outer(target: torch.Tensor, places: Sequence[Resolved], values: torch.Tensor) -> None:
    lengths = [_length(place) for place in places]
    values = _recycled(values, lengths)
    if 0 in lengths:
        return
    places = list(places)
    if values.ndim > 0:
        for axis, place in enumerate(places):
            last = _last_of_each(place) if isinstance(place, torch.Tensor) else None
            if last is not None:
                places[axis] = _as_positions(place, target.device)[last]
                values = _take(values, (*[slice(None)] * axis, last))
    _put(target, _outer(places, target.device), values)


def _put_elements(tensor: torch.Tensor, positions: torch.Tensor, values: torch.Tensor) -> None:
    values = _recycled(values, [positions.numel()])
    if positions.numel() == 0:
        return
    last = _last_of_each(positions) if values.ndim > 0 else None
    if last is not None:
        positions, values = positions[last], _take(values, (last,))
    _put(tensor, _unravel(positions, tensor.shape), values)


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
            f"{_count(given, 'value')} cannot fill {_count(count, 'element')}: "
            "the count must be 1, or divide the other."
        )
    column = first_axis_first(values)
    if given < count:
        column = column.repeat(count // given)
    return _turned(column.reshape(list(lengths)[::-1]))


def _fitted(value: Any, tensor: torch.Tensor, joins: bool) -> torch.Tensor:
    """The values in the tensor's dtype, on its device, in memory of their own."""
    values = value if isinstance(value, torch.Tensor) else _number_tensor(value)
    if values.device != tensor.device and not joins:
        raise DeviceError(
            f"The value is on {values.device} and the tensor on {tensor.device}; "
            f'move it first: to_device(value, "{tensor.device}").'
        )
    if values.dtype != tensor.dtype:
        _check_no_fractions(values.detach(), tensor.dtype)
        values = cast(values, tensor.dtype)
    values = values.to(tensor.device)
    shares = values.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
    return values.clone() if shares else values


def _number_tensor(value: complex) -> torch.Tensor:
    wide = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}
    return torch.tensor(value, dtype=wide[type(value)])


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


# ---- checks --------------------------------------------------------------------------------------


def _check_range(number: int, extent: int, told: str) -> None:
    if number > extent:
        raise SubscriptError(f"Index {number} is out of range: {told}.")


def _check_whole(index: torch.Tensor) -> None:
    if index.is_floating_point() or index.is_complex():
        raise SubscriptError(
            f"An index tensor holds whole numbers or bools, not {dtype_name(index.dtype)}; "
            'convert it: to_device(i, dtype = "long").'
        )


def _check_strided(tensor: torch.Tensor) -> None:
    if tensor.layout != torch.strided:
        raise DtypeError(f"A {tensor.layout} tensor is not indexed; use its to_dense() first.")


def _check_writable(tensor: torch.Tensor) -> None:
    if any(step == 0 and n > 1 for n, step in zip(tensor.shape, tensor.stride())):
        raise SharingError(
            "Elements of this tensor share memory with each other (it is expanded), so one cannot "
            "be written alone; use its clone()."
        )


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")
