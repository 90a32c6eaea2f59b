"""Tensors reduced to less: sums, extremes, means and quantiles, as R has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .convert import to_tensor
from .dtypes import dtype_name
from .errors import DtypeError, LossyError, MissingError, Remedy
from .joining import join
from .memory import few_values
from .operands import as_float, check_one_device, is_whole, on_one_device, wide_float
from .order import first_axis_first
from .quantiles import quantile_place
from .shortcuts import shortcuts
from .showing import headline
from .sparse import (
    OF_PYTORCH,
    check_dense,
    check_single,
    check_unwrapped,
    explain,
    is_wrapped,
)

__all__ = [
    "finite_range",
    "has_nan",
    "mean",
    "median",
    "quantile",
    "reduce",
    "sort",
    "summarize",
    "weighted_mean",
]


def _range(x: torch.Tensor) -> torch.Tensor:
    # Older PyTorch has no gradient of both at once.
    ends = (torch.min(x), torch.max(x)) if x.requires_grad else torch.aminmax(x)
    return torch.stack(ends)


_REDUCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sum": torch.sum,
    "prod": lambda x: torch.prod(as_float(x)),  # as R's: integers would wrap
    "min": torch.min,
    "max": torch.max,
    "range": _range,
    "any": lambda x: torch.any(x).to(torch.bool),  # of uint8, PyTorch's are uint8
    "all": lambda x: torch.all(x).to(torch.bool),
}


_EXTREMES = ("min", "max", "range")


def reduce(
    name: str,
    x: torch.Tensor,
    without_nan: bool = False,
    others: Sequence[Any] = (),
    guests: Sequence[int] = (),
) -> torch.Tensor:
    """A function of R's group Summary, over all elements.

    Args:
        name: "sum", "prod", "min", "max", "range" (of two elements), "any" or "all".
        x: any tensor.
        without_nan: leave NaN out.
        others: tensors, arrays and numbers whose elements count as well.
        guests: the places among these, from 0, of those that go to the device of ``x``.

    Raises:
        DtypeError: no elements are left to take the extremes of.
        LossyError: a number would change among the others; see `join()`.

    Example:
        >>> reduce("range", torch.tensor([2, 1, 3]))
        tensor([1, 3])
        >>> reduce("max", torch.tensor([2, 1, 3]), others=[7])
        tensor(7)
    """
    try:
        if others:
            own = _JOINED_AS[name](x) if name in _JOINED_AS else x
            x = join("c", [own, *others], [place + 1 for place in guests])
        x = _without_nan(x) if without_nan else x
        if name in _EXTREMES:
            if x.numel() == 0:
                raise _no_extreme(name, without_nan)
            if x.dtype == torch.bool:  # of logical values R's extremes are integers
                x = x.to(torch.int64)
        return _REDUCTIONS[name](x)
    except OF_PYTORCH as error:
        explain(error, name, x, *others)
        raise


shortcuts(reduce, 1, {"sum": torch.sum})


def _as_int64(x: torch.Tensor) -> torch.Tensor:
    return x.to(torch.int64) if is_whole(x) and dtype_name(x.dtype) != "uint64" else x


#: What wider numbers join that do not fit the tensor's dtype, since the result is no narrower.
_JOINED_AS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sum": _as_int64,
    "prod": as_float,
}


def _no_extreme(name: str, without_nan: bool) -> DtypeError:
    in_r = f"{name}(as_r(x), na.rm = TRUE)" if without_nan else f"{name}(as_r(x))"
    return DtypeError(
        f"A tensor without elements has no {name}",
        Remedy("ask x.numel() > 0 first", f"{in_r} gives what R does, with a warning"),
    )


def finite_range(
    x: torch.Tensor, others: Sequence[Any] = (), guests: Sequence[int] = ()
) -> torch.Tensor:
    """The range of what is neither infinite nor NaN.

    Args:
        x, others, guests: as in `reduce()`.

    Raises:
        DtypeError: no elements are left.

    Example:
        >>> finite_range(torch.tensor([2.0, math.inf, 1.0]))
        tensor([1., 2.])
    """
    try:
        joined = join("c", [x, *others], [place + 1 for place in guests]) if others else x
        return reduce("range", joined[torch.isfinite(joined)])
    except OF_PYTORCH as error:
        explain(error, "range", x, *others)
        raise


def _without_nan(x: torch.Tensor) -> torch.Tensor:
    return x[~torch.isnan(x)]


def mean(x: torch.Tensor, without_nan: bool = False, trim: float = 0.0) -> torch.Tensor:
    """The mean over all elements; of integers and bools in float64, as in R.

    Args:
        x: any tensor.
        without_nan: leave NaN out.
        trim: the share of elements that is left out at each end; from 0.5 on it is the median.

    Raises:
        DtypeError: the numbers are complex, which have no order to trim by.
        LossyError: an integer is beyond 2^53, which float64 does not hold.

    Example:
        >>> mean(torch.tensor([1, 2]))
        tensor(1.5000, dtype=torch.float64)
        >>> mean(torch.tensor([1.0, 2.0, 3.0, 30.0]), trim=0.25)
        tensor(2.5000)
    """
    try:
        x = _exact_float(_without_nan(x) if without_nan else x, "The mean")
        if trim <= 0 or x.numel() == 0:
            return _mean(x)
        _check_ordered(x)
        if trim >= 0.5 or has_nan(x):
            return median(x)
        least = math.floor(x.numel() * trim)
        return _mean(sort(x)[least : x.numel() - least])
    except OF_PYTORCH as error:
        explain(error, "mean", x)
        raise


def _mean(x: torch.Tensor) -> torch.Tensor:
    """Summed in float64, where the sum of a narrower dtype may overflow."""
    if x.dtype == torch.float64 or not x.is_floating_point():
        return torch.mean(x)
    return torch.mean(x, dtype=wide_float(x.device)).to(x.dtype)


def weighted_mean(
    x: torch.Tensor, weights: Any, without_nan: bool = False, joins: bool = False
) -> torch.Tensor:
    """The sum of the elements times their weights, by the sum of the weights.

    As in R what has the weight 0 does not count, NaN or infinite as it may be. Narrow floats are
    summed in float64.

    Args:
        x: any tensor.
        weights: a tensor, or numbers, of as many elements; the first index varies fastest.
        without_nan: leave elements that are NaN out, with their weights.
        joins: whether the weights go to the device of ``x``.

    Raises:
        DtypeError: there are not as many weights as elements.
        DeviceError: the weights are on another device.
        LossyError: an integer is beyond 2^53, which float64 does not hold.

    Example:
        >>> weighted_mean(torch.tensor([1, 2]), torch.tensor([3, 1]))
        tensor(1.2500, dtype=torch.float64)
    """
    check_dense(x, "weighted.mean")
    check_single(x, "weighted.mean")
    operands = [x, to_tensor(weights)]
    check_dense(operands[1], "weighted.mean")
    operands = on_one_device(operands, [1] if joins else [])
    check_one_device(operands)
    if operands[1].numel() != x.numel():
        raise DtypeError(f"There are {operands[1].numel()} weights for {x.numel()} elements.")
    x, w = (first_axis_first(_exact_float(each, "A weighted mean")) for each in operands)
    common = torch.promote_types(x.dtype, w.dtype)
    wide = torch.promote_types(common, wide_float(x.device))
    x, w = x.to(wide), w.to(wide)
    if without_nan:
        known = ~torch.isnan(x)
        x, w = x[known], w[known]
    idle = (w == 0) & ~torch.isfinite(x)
    return (torch.sum(x.masked_fill(idle, 0) * w) / torch.sum(w)).to(common)


def _exact_float(x: torch.Tensor, what: str) -> torch.Tensor:
    """`as_float()`, for which no integer is rounded."""
    if dtype_name(x.dtype) in ("int64", "uint64") and not x.is_meta and not is_wrapped(x):
        _check_held(x, what)
    return as_float(x)


def _check_held(x: torch.Tensor, what: str) -> None:
    """An error for integers beyond 2^53."""
    if x.numel() == 0:
        return
    ends = [int(end) for end in torch.aminmax(x.to(torch.int64))]
    if dtype_name(x.dtype) == "uint64" and ends[0] < 0:  # seen as int64, those from 2^63 on
        ends = [ends[0] + 2**64]
    for end in ends:
        if abs(end) > 2**53:
            raise LossyError(
                f"{what} of integers is computed in float64, which does not hold all beyond 2^53, "
                f'such as {end}; round them first, as in to_device(x, dtype = "float64").'
            )


def has_nan(x: torch.Tensor) -> bool:
    """Whether any element is NaN.

    Example:
        >>> has_nan(torch.tensor([1.0, math.nan]))
        True
    """
    known = x.is_floating_point() or x.is_complex()
    try:
        return known and bool(torch.isnan(x).any())
    except OF_PYTORCH as error:
        explain(error, "anyNA", x)
        raise


def sort(x: torch.Tensor, decreasing: bool = False, nan_last: bool | None = None) -> torch.Tensor:
    """All elements in one dimension, in order.

    Args:
        x: any tensor of real numbers.
        decreasing: whether the largest comes first.
        nan_last: where NaN go: last, first, or nowhere (None).

    Raises:
        DtypeError: the numbers are complex, which have no order.

    Example:
        >>> sort(torch.tensor([[2.0, math.nan], [3.0, 1.0]]), True)
        tensor([3., 2., 1.])
    """
    check_dense(x, "sort")
    check_single(x, "sort")
    _check_ordered(x)
    values, name = x.flatten(), dtype_name(x.dtype)
    if name == "uint64":  # whose order is that of int64 with the highest bit turned
        highest = torch.iinfo(torch.int64).min
        turned = (values.view(torch.int64) ^ highest).sort(descending=decreasing).values
        return (turned ^ highest).view(x.dtype)
    values = values.to(_SORTED_AS.get(name, x.dtype))
    ordered = _without_nan(values) if values.is_floating_point() else values
    ordered = ordered.sort(descending=decreasing).values
    if nan_last is not None and ordered.numel() < values.numel():
        missing = values[torch.isnan(values)]
        ordered = torch.cat([ordered, missing] if nan_last else [missing, ordered])
    return ordered.to(x.dtype)


def _check_ordered(x: torch.Tensor) -> None:
    if x.is_complex():
        raise DtypeError("Complex numbers have no order; take x$abs() or x$real of them.")


#: Dtypes that PyTorch does not sort, and what holds their values.
_SORTED_AS = {
    "uint16": torch.int32,
    "uint32": torch.int64,
    **{
        f"float8_{kind}": torch.float32
        for kind in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu")
    },
}


def median(x: torch.Tensor, without_nan: bool = False) -> torch.Tensor:
    """The middle element, or the mean of the two in the middle, as in R; NaN if there is one.

    Example:
        >>> median(torch.tensor([1.0, 2.0, 10.0, 3.0]))
        tensor(2.5000)
    """
    check_single(x, "median")
    _check_ordered(x)
    x = _without_repeats(x)
    if has_nan(x) and not without_nan:
        return torch.full((), math.nan, dtype=_mean_dtype(x), device=x.device)
    return quantile(x, [0.5], True).reshape(())


def _without_repeats(x: torch.Tensor) -> torch.Tensor:
    """Of an expanded tensor what is there once: if all repeat alike, the middle stays the same."""
    if x.layout != torch.strided:
        return x
    for d, (length, step) in enumerate(zip(x.shape, x.stride())):
        if step == 0 and length > 1:
            x = x.narrow(d, 0, 1)
    return x


def quantile(
    x: torch.Tensor,
    probabilities: Sequence[float],
    without_nan: bool = False,
    kind: int = 7,
    fuzz: float | None = None,
) -> torch.Tensor:
    """Quantiles over all elements, by one of R's nine types.

    Args:
        x: any tensor of real numbers.
        probabilities: from 0 to 1.
        without_nan: leave NaN out.
        kind: R's number of the type; 7 is on the line between the two nearest.
        fuzz: how near to a whole number a place counts as one; None for R's default.

    Raises:
        MissingError: there are NaN, and they are not left out.
        LossyError: a quantile lies at or between integers beyond 2^53, which float64 does not hold.

    Example:
        >>> quantile(torch.tensor([1.0, 2.0, 4.0]), [0.5, 0.75])
        tensor([2., 3.])
        >>> quantile(torch.tensor([1.0, 2.0, 4.0]), [0.5], kind=4)
        tensor([1.5000])
    """
    check_single(x, "quantile")
    if not without_nan and has_nan(x):
        raise MissingError("The tensor has NaN; write na.rm = TRUE to leave them out.")
    ordered = sort(x)
    n = ordered.numel()
    if n == 0 or not probabilities:
        return torch.full((len(probabilities),), math.nan, dtype=_mean_dtype(x), device=x.device)
    places = [quantile_place(n, p, int(kind), fuzz) for p in probabilities]
    return torch.stack([_between(ordered, place) for place in places]).to(_mean_dtype(x))


def _mean_dtype(x: torch.Tensor) -> torch.dtype:
    return x.dtype if x.is_floating_point() else wide_float(x.device)


def summarize(x: torch.Tensor) -> dict[str, Any]:
    """What a summary tells of the values, computed where the tensor is.

    Returns:
        ``headline``: what the tensor is, ``quantiles``: minimum, first quartile, median, mean,
        third quartile and maximum of what is not NaN (empty for bool, complex and tensors without
        such values), ``nan``: how many are NaN, ``true`` and ``false``: how many are (of a bool
        tensor; else None).

    Example:
        >>> summarize(torch.tensor([1.0, 2.0, 4.0, math.nan]))["quantiles"]
        [1.0, 1.5, 2.0, 2.3333333333333335, 3.0, 4.0]
    """
    check_unwrapped(x, "summary")
    values = x.detach()
    if values.is_quantized:
        values = values.dequantize()
    if values.layout != torch.strided or values.is_meta:
        raise DtypeError(f"There is no summary of a {values.layout} tensor on {values.device}.")
    found = {"headline": headline(x), "quantiles": [], "nan": 0.0, "true": None, "false": None}
    if values.dtype == torch.bool:
        true = int(values.sum())
        return {**found, "true": float(true), "false": float(values.numel() - true)}
    missing = torch.isnan(values)
    count = int(missing.sum())
    quantiles = [] if values.is_complex() else _quantiles(values[~missing] if count else values)
    return {**found, "quantiles": quantiles, "nan": float(count)}


def _quantiles(values: torch.Tensor) -> list[float]:
    n = values.numel()
    if n == 0:
        return []
    ordered = sort(values)
    quartiles = [_between(ordered, quantile_place(n, p)) for p in (0, 0.25, 0.5, 0.75, 1)]
    average = mean(values.to(wide_float(values.device)) if values.is_floating_point() else values)
    found = torch.stack([*quartiles[:3], average, *quartiles[3:]])
    return [float(number) for number in few_values(found)]


def _between(ordered: torch.Tensor, place: float) -> torch.Tensor:
    """The value at a place between two elements, on the line that joins them."""
    place = min(max(place, 0.0), ordered.numel() - 1.0)
    low = math.floor(place)
    wide = wide_float(ordered.device)
    share = place - low
    near = _exact_float(ordered[low : low + (2 if share > 0 else 1)], "A quantile").to(wide)
    a, b = near[0], near[-1]
    return a if share == 0 or bool(a == b) else (1 - share) * a + share * b
