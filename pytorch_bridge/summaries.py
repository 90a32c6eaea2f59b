"""Tensors reduced to less: sums, extremes, means, quantiles and distinct values, as R has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .dtypes import dtype_name
from .errors import DtypeError, MissingError
from .showing import headline

__all__ = ["has_nan", "mean", "median", "quantile", "reduce", "sort", "summarize", "unique"]


def _range(x: torch.Tensor) -> torch.Tensor:
    return torch.stack(torch.aminmax(x))


_REDUCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sum": torch.sum,
    "prod": torch.prod,
    "min": torch.min,
    "max": torch.max,
    "range": _range,
    "any": lambda x: torch.any(x).to(torch.bool),  # of uint8, PyTorch's are uint8
    "all": lambda x: torch.all(x).to(torch.bool),
}


def reduce(name: str, x: torch.Tensor, without_nan: bool = False) -> torch.Tensor:
    """A function of R's group Summary, over all elements.

    Args:
        name: "sum", "prod", "min", "max", "range" (of two elements), "any" or "all".
        x: any tensor.
        without_nan: leave NaN out.

    Raises:
        DtypeError: no elements are left to take the extremes of.

    Example:
        >>> reduce("range", torch.tensor([2, 1, 3]))
        tensor([1, 3])
    """
    if without_nan:
        x = x[~torch.isnan(x)]
    if x.numel() == 0 and name in ("min", "max", "range"):
        raise DtypeError(f"A tensor without elements has no {name}.")
    return _REDUCTIONS[name](x)


def mean(x: torch.Tensor, without_nan: bool = False) -> torch.Tensor:
    """The mean over all elements; of integers and bools in float64, as in R.

    Example:
        >>> mean(torch.tensor([1, 2]))
        tensor(1.5000, dtype=torch.float64)
    """
    if without_nan:
        x = x[~torch.isnan(x)]
    known = x.is_floating_point() or x.is_complex()
    return torch.mean(x if known else x.to(torch.float64))


def has_nan(x: torch.Tensor) -> bool:
    """Whether any element is NaN.

    Example:
        >>> has_nan(torch.tensor([1.0, math.nan]))
        True
    """
    known = x.is_floating_point() or x.is_complex()
    return known and bool(torch.isnan(x).any())


def unique(x: torch.Tensor) -> torch.Tensor:
    """The distinct slices along the first dimension, in the order in which they first occur.

    As in R all NaN are one value, and of a matrix the rows are what is distinct.

    Example:
        >>> unique(torch.tensor([3, 1, 3, 2]))
        tensor([3, 1, 2])
    """
    if x.ndim == 0:
        return x.reshape(1)
    if x.shape[0] < 2:
        return x
    keys = _keys(x.detach())
    distinct, which = torch.unique(keys, dim=0, return_inverse=True)
    order = torch.arange(x.shape[0], device=x.device)
    first = torch.zeros(distinct.shape[0], dtype=order.dtype, device=x.device)
    first.scatter_reduce_(0, which, order, "amin", include_self=False)
    return x[first.sort().values]


def _keys(x: torch.Tensor) -> torch.Tensor:
    """One row of comparable numbers for each slice."""
    rows = x.reshape(x.shape[0], math.prod(x.shape[1:]))
    if rows.shape[1] == 0:
        return torch.zeros(x.shape[0], 1, device=x.device)
    if rows.is_complex():
        rows = torch.view_as_real(rows.resolve_conj()).flatten(1)
    if not rows.is_floating_point():
        return rows
    rows = rows.to(torch.float32) if rows.element_size() < 4 else rows
    missing = torch.isnan(rows)
    return torch.cat([rows.masked_fill(missing, 0), missing.to(rows.dtype)], 1)


def sort(x: torch.Tensor, decreasing: bool = False) -> torch.Tensor:
    """All elements but NaN in one dimension, in order.

    Raises:
        DtypeError: the numbers are complex, which have no order.

    Example:
        >>> sort(torch.tensor([[2.0, math.nan], [3.0, 1.0]]), True)
        tensor([3., 2., 1.])
    """
    if x.is_complex():
        raise DtypeError("Complex numbers have no order; take x$abs() or x$real of them.")
    values, name = x.flatten(), dtype_name(x.dtype)
    if name == "uint64":  # whose order is that of int64 with the highest bit turned
        highest = torch.iinfo(torch.int64).min
        turned = (values.view(torch.int64) ^ highest).sort(descending=decreasing).values
        return (turned ^ highest).view(x.dtype)
    values = values.to(_SORTED_AS.get(name, x.dtype))
    if values.is_floating_point():
        values = values[~torch.isnan(values)]
    return values.sort(descending=decreasing).values.to(x.dtype)


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
    if has_nan(x) and not without_nan:
        return torch.full((), math.nan, dtype=_mean_dtype(x), device=x.device)
    return quantile(x, [0.5], True).reshape(())


def quantile(
    x: torch.Tensor, probabilities: Sequence[float], without_nan: bool = False
) -> torch.Tensor:
    """Quantiles over all elements, by R's type 7: on the line between the two nearest.

    Raises:
        MissingError: there are NaN, and they are not left out.

    Example:
        >>> quantile(torch.tensor([1.0, 2.0, 4.0]), [0.5, 0.75])
        tensor([2., 3.])
    """
    if not without_nan and has_nan(x):
        raise MissingError("The tensor has NaN; write na.rm = TRUE to leave them out.")
    ordered = sort(x)
    n = ordered.numel()
    if n == 0:
        return torch.full((len(probabilities),), math.nan, dtype=_mean_dtype(x), device=x.device)
    return torch.stack([_between(ordered, (n - 1) * p) for p in probabilities]).to(_mean_dtype(x))


def _mean_dtype(x: torch.Tensor) -> torch.dtype:
    return x.dtype if x.is_floating_point() else torch.float64


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
    quartiles = [_between(ordered, (n - 1) * p) for p in (0, 0.25, 0.5, 0.75, 1)]
    average = values.to(torch.float64).mean()
    found = torch.stack([*quartiles[:3], average, *quartiles[3:]])
    return [float(number) for number in found.tolist()]


def _between(ordered: torch.Tensor, place: float) -> torch.Tensor:
    """The value at a place between two elements, on the line that joins them."""
    low = math.floor(place)
    a = ordered[low].to(torch.float64)
    b = ordered[min(low + 1, ordered.numel() - 1)].to(torch.float64)
    share = place - low
    return a if share == 0 or bool(a == b) else (1 - share) * a + share * b
