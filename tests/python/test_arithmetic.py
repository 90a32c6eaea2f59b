"""Operators, functions and summaries against Python's own arithmetic."""

from __future__ import annotations

import fractions
import math
import operator

import pytest
import torch

from pytorch_bridge.arithmetic import binary, elementwise, matmul, unary
from pytorch_bridge.errors import DeviceError, DtypeError, LossyError
from pytorch_bridge.sets import unique
from pytorch_bridge.showing import first_values, headline, shown
from pytorch_bridge.summaries import reduce, summarize

VALUES = [-7, -3, 2, 5]


@pytest.mark.parametrize(("name", "python"), [("%%", operator.mod), ("%/%", operator.floordiv)])
@pytest.mark.parametrize("divisor", [3, -3])
@pytest.mark.parametrize("dtype", [torch.int64, torch.float64])
def test_remainders_have_the_sign_of_the_divisor(name, python, divisor, dtype) -> None:
    x = torch.tensor(VALUES, dtype=dtype)
    assert binary(name, x, divisor).tolist() == [python(v, divisor) for v in VALUES]
    assert binary(name, divisor, x).tolist() == [python(divisor, v) for v in VALUES]


@pytest.mark.parametrize("number", [2**24, 2**24 + 1, 2.0**53, 0.5, math.inf, math.nan, 1e300])
@pytest.mark.parametrize(
    ("name", "python"), [("==", operator.eq), ("<", operator.lt), (">=", operator.ge)]
)
def test_integers_are_compared_exactly(name, python, number) -> None:
    values = [2**24, 2**24 + 1, 2**53, 2**53 + 1, -5]
    found = binary(name, torch.tensor(values), number).tolist()
    assert found == [python(v, number) for v in values]
    assert binary(name, number, torch.tensor(values)).tolist() == [
        python(number, v) for v in values
    ]


def test_numbers_beyond_a_dtype_are_refused_in_arithmetic_and_compared() -> None:
    x = torch.tensor([44], dtype=torch.uint8)
    with pytest.raises(LossyError):
        binary("+", x, 300)
    assert binary("==", x, 300).tolist() == [False]
    assert binary("<", -1, x).tolist() == [True]


def test_errors_tell_shapes_and_causes() -> None:
    with pytest.raises(DtypeError, match=r"\[2, 3\] and \[2\]"):
        binary("+", torch.zeros(2, 3), torch.zeros(2))
    with pytest.raises(LossyError):
        binary("%%", torch.tensor([1]), 0)
    with pytest.raises(DtypeError, match=r"\[2, 3\]"):
        matmul("%*%", torch.zeros(2, 3), torch.zeros(2, 3))


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64])
def test_products_of_integers_do_not_wrap(dtype) -> None:
    x = torch.tensor([[100, 3], [50, 0]]).to(dtype)
    rows = x.tolist()
    wanted = [[sum(a * b for a, b in zip(row, column)) for column in zip(*rows)] for row in rows]
    found = matmul("%*%", x, x)
    assert found.dtype == torch.int64
    assert found.tolist() == wanted
    assert matmul("tcrossprod", x, x.mT).tolist() == wanted
    assert matmul("crossprod", x.mT, x).tolist() == wanted


def test_a_number_over_a_tensor_is_divided_once() -> None:
    numbers = [float(n) for n in range(1, 100)]
    x = torch.tensor(numbers, dtype=torch.float64)
    for number in (1.0, 5, 49.0, 0.1):
        assert binary("/", number, x).tolist() == [number / n for n in numbers]
    assert binary("/", 5, torch.tensor([2], dtype=torch.uint8)).tolist() == [2.5]
    assert binary("/", 3, torch.tensor([2], dtype=torch.float16)).dtype == torch.float16


def test_quotients_are_rounded_down_from_their_exact_values() -> None:
    numbers = [7.0, -7.0, 0.3, 1e12 + 0.5, 2.0**52 + 1, 5e-324, -1e-300]
    for a in numbers:
        for b in (3.0, -3.0, 0.1, 1e-3, 7e5):
            exact = math.floor(fractions.Fraction(a) / fractions.Fraction(b))
            found = binary("%/%", torch.tensor([a], dtype=torch.float64), b).item()
            assert found == exact or abs(exact) > 2**53


def test_vectors_are_recycled_only_as_guests() -> None:
    column, numbers = torch.tensor([[1.0], [2.0]]), torch.tensor([10.0, 20.0])
    assert binary("+", column, numbers, 1).tolist() == [[11], [22]]
    assert binary("-", [10.0, 20.0], column, 0).tolist() == [[9], [18]]
    assert binary("+", column, numbers).tolist() == [[11, 21], [12, 22]]
    assert binary("+", torch.zeros(2, 2), [1.0, 2.0, 3.0, 4.0], 1).tolist() == [[1, 3], [2, 4]]
    with pytest.raises(DtypeError, match=r"3 numbers .* 2 elements"):
        binary("+", column, [1.0, 2.0, 3.0], 1)


@pytest.mark.parametrize("x", [0.5, 3.0, 5.5, -0.5, -1.5, -2.5])
def test_gamma(x: float) -> None:
    found = elementwise("gamma", torch.tensor([x], dtype=torch.float64))
    assert found.item() == pytest.approx(math.gamma(x), rel=1e-13)


def test_bools_count() -> None:
    x = torch.tensor([True, False])
    assert binary("+", x, x).tolist() == [2, 0]
    assert unary("-", x).tolist() == [-1, 0]
    assert unary("!", x).tolist() == [False, True]


@pytest.mark.parametrize("name", ["*", "/", "^", "%%", "%/%", "==", "!=", "<=", "&", "|"])
def test_an_operator_of_two_operands_is_not_given_one(name: str) -> None:
    with pytest.raises(DtypeError, match="takes two operands"):
        unary(name, torch.ones(2))


def test_unique_keeps_the_order_of_the_first() -> None:
    assert unique(torch.tensor([[2, 1], [0, 1], [2, 1]])).tolist() == [[2, 1], [0, 1]]
    found = unique(torch.tensor([math.nan, 1.0, math.nan, -0.0, 0.0])).tolist()
    assert math.isnan(found[0]) and found[1:] == [1.0, 0.0]


def test_summaries_of_unusual_tensors() -> None:
    assert summarize(torch.zeros(0))["quantiles"] == []
    assert summarize(torch.tensor([math.nan]))["nan"] == 1
    assert summarize(torch.tensor([True, True]))["true"] == 2
    with pytest.raises(DtypeError):
        reduce("max", torch.zeros(0))
    with pytest.raises(DtypeError):
        summarize(torch.zeros(2, device="meta"))


def test_texts() -> None:
    assert headline(torch.nn.Parameter(torch.zeros(2))) == (
        "float32 parameter [2] on cpu, requires_grad"
    )
    assert shown(torch.zeros(3000), 2, 80)["cut"] is True
    assert shown(torch.zeros(3), 2, 80)["cut"] is False
    assert first_values(torch.zeros(0), 5) == ""


def test_on_a_device_numbers_join_and_tensors_do_not(accelerator) -> None:
    x = torch.tensor([1.0, 2.0], device=accelerator)
    assert binary("*", x, torch.tensor([3.0, 4.0]), 1).cpu().tolist() == [3, 8]
    assert summarize(x)["quantiles"][3] == 1.5
    with pytest.raises(DeviceError):
        binary("+", x, torch.zeros(2))


def test_powers_on_meta_have_a_shape() -> None:
    base = torch.ones(2, dtype=torch.int64, device="meta")
    assert binary("^", base, base).shape == (2,)


def test_integers_that_meet_a_double_are_float64() -> None:
    large = torch.tensor([16777217, 3])
    for found in (
        binary("*", large, 1.0),
        binary("-", large, torch.tensor(0.0, dtype=torch.float64)),
        binary("/", large, 1),
        binary("^", large, 1.0),
        binary("*", 1.0, large),
    ):
        assert found.dtype == torch.float64
        assert abs(found[0].item()) == 16777217
    assert binary("*", large, torch.ones(2)).dtype == torch.float32  # PyTorch's own float
    assert binary("/", torch.tensor([True]), torch.tensor([True])).dtype == torch.float64
    assert binary("==", large, torch.tensor(16777216.0, dtype=torch.float64)).tolist() == [
        False,
        False,
    ]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.int64])
def test_gamma_is_exact_at_whole_numbers(dtype) -> None:
    found = elementwise("gamma", torch.arange(1, 20, dtype=dtype)).tolist()
    wanted = [math.factorial(n) for n in range(19)]
    if dtype == torch.float32:
        wanted = torch.tensor(wanted, dtype=torch.float32).tolist()
    assert found == wanted


def test_gamma_keeps_its_gradient() -> None:
    x = torch.tensor([2.0, 2.5], dtype=torch.float64, requires_grad=True)
    elementwise("gamma", x).sum().backward()
    wanted = torch.digamma(x) * torch.exp(torch.lgamma(x))
    torch.testing.assert_close(x.grad, wanted.detach())


def test_trigamma_has_all_its_digits() -> None:
    found = elementwise("trigamma", torch.tensor([1.0, 0.5, -0.5], dtype=torch.float64))
    wanted = [math.pi**2 / 6, math.pi**2 / 2, math.pi**2 / 2 + 4]
    torch.testing.assert_close(found.tolist(), wanted, rtol=1e-14, atol=0)


def test_the_sign_of_nan_is_nan() -> None:
    assert elementwise("sign", torch.tensor([math.nan])).isnan().all()
