"""Order statistics, against Python's own sorting of exact values."""

from __future__ import annotations

import math
import statistics

import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.dtypes import DTYPES
from pytorch_bridge.summaries import has_nan, median, quantile, reduce, sort, summarize

REAL = [name for name in DTYPES if not name.startswith("complex")]


@pytest.mark.parametrize("name", REAL)
def test_every_dtype_is_sorted(name: str) -> None:
    x = torch.tensor([4, 1, 2, 0.5, 8, 1, 16]).to(getattr(torch, name))
    truth = sorted(x.tolist())
    assert sort(x).dtype == x.dtype
    assert sort(x).tolist() == truth
    assert sort(x, True).tolist() == truth[::-1]


def test_the_extremes_of_integers_are_in_their_places() -> None:
    for name in ("uint64", "int64", "uint32", "uint16"):
        if name not in DTYPES:
            continue
        dtype = getattr(torch, name)
        low, high = torch.iinfo(dtype).min, torch.iinfo(dtype).max
        x = torch.tensor([5, high, low, high - 1, low + 1], dtype=dtype)
        assert sort(x).tolist() == [low, low + 1, 5, high - 1, high]


def test_nan_is_left_out_of_what_is_sorted() -> None:
    assert sort(torch.tensor([[math.nan, 2.0], [1.0, math.nan]])).tolist() == [1.0, 2.0]
    with pytest.raises(pb.DtypeError, match="no order"):
        sort(torch.tensor([1j]))


def test_the_median_is_that_of_python() -> None:
    values = [3.0, -1.0, 4.5, 1.0, -5.0, 9.0]
    for n in range(1, 7):
        assert median(torch.tensor(values[:n])).item() == statistics.median(values[:n])
    assert median(torch.tensor([1, 2])).dtype == torch.float64
    assert median(torch.tensor([1.0, 2.0], dtype=torch.float16)).dtype == torch.float16
    assert math.isnan(median(torch.tensor([])).item())


def test_quantiles_lie_between_elements_as_those_of_python_do() -> None:
    values = [3.0, -1.0, 4.5, 1.0, -5.0, 9.0]
    deciles = statistics.quantiles(values, n=10, method="inclusive")  # R's type 7
    found = quantile(torch.tensor(values, dtype=torch.float64), [k / 10 for k in range(1, 10)])
    assert found.tolist() == pytest.approx(deciles, rel=1e-15)


def test_infinities_have_quantiles() -> None:
    inf = math.inf
    assert quantile(torch.tensor([1, inf, inf, inf]), [0.25, 0.5]).tolist() == [inf, inf]
    assert summarize(torch.tensor([-inf, -inf, -inf, 1]))["quantiles"][:3] == [-inf] * 3


@pytest.mark.parametrize("name", list(DTYPES))
def test_every_dtype_can_be_looked_at_for_nan(name: str) -> None:
    assert not has_nan(torch.ones(3).to(getattr(torch, name)))


def test_the_median_of_an_expanded_tensor_takes_the_distinct_elements_alone():
    for values in ([3.0], [3.0, 1.0], [3.0, 1.0, 2.0], [4.0, 1.0, 3.0, 2.0]):
        few = torch.tensor(values)
        assert median(few.expand(3, -1)) == median(few.repeat(3)) == statistics.median(values)
    assert median(torch.tensor([[1.0], [4.0]]).expand(2, 2**33)) == 2.5
    assert median(torch.tensor(2.0).expand(2**20, 2**20)) == 2
    assert torch.isnan(median(torch.tensor(float("nan")).expand(2**20, 2**20)))


def test_numbers_join_a_sum_that_is_wide_enough_and_extremes_that_hold_them() -> None:
    narrow = torch.tensor([250, 5], dtype=torch.uint8)
    for number in (-1, 300):
        assert reduce("sum", narrow, others=[number]).item() == 255 + number
        assert reduce("prod", narrow, others=[number]).item() == 1250 * number
        for name in ("min", "max", "range"):
            with pytest.raises(pb.LossyError, match=f"{number} .*uint8"):
                reduce(name, narrow, others=[number])
    assert reduce("max", narrow, others=[254]).item() == 254
    assert reduce("sum", torch.tensor([True, True]), others=[3]).item() == 5
    wide = torch.tensor([2**53 + 1])
    assert reduce("max", wide, others=[7]).item() == 2**53 + 1
    for name in ("min", "max", "range", "sum"):
        with pytest.raises(pb.LossyError, match=str(2**53 + 1)):
            reduce(name, wide, others=[0.5])
