"""cast(): PyTorch's rules, and an error where they would wrap, overflow or drop."""

from __future__ import annotations

import math
import struct
import warnings
from fractions import Fraction

import pytest
import torch
from truth import (
    HERE,
    INTEGER_LIMITS,
    LETTERS,
    NARROW,
    R_NA,
    R_NA_BITS,
    as_float32,
    dtype,
    largest,
    narrowed,
    tensor_of_bytes,
)

import pytorch_bridge as pb
from pytorch_bridge.casting import keep

INTEGERS = [name for name in INTEGER_LIMITS if name in HERE]
FLOATS8 = [name for name in HERE if name.startswith("float8") and name in NARROW]
DOUBLES = [
    *[0.0, -0.0, 0.5, -0.5, 0.999, -0.999, 1.9, -1.9, 127.0, 127.9, 128.0, -128.0, -128.9, -129.0],
    *[255.0, 255.5, 256.0, -1.0, 32767.5, 32768.0, 65535.0, 65536.0],
    *[2.0**31 - 1, 2.0**31, -(2.0**31), -(2.0**31) - 1, 2.0**32 - 1, 2.0**32],
    *[2.0**53, 2.0**53 + 2, 2.0**63 - 1024, 2.0**63, -(2.0**63), -(2.0**63) - 2048],
    *[2.0**64 - 2048, 2.0**64, 1e300, -1e300, 5e-324, -5e-324],
    *[math.inf, -math.inf, math.nan],
]


def of(values, name):
    """A tensor of Python numbers by their bytes, not by PyTorch's conversion."""
    raw = b"".join(struct.pack("=" + LETTERS[name], value) for value in values)
    return tensor_of_bytes(raw, name, (len(values),))


def integer_or_none(value, name):
    """The integer that a number becomes; None where it does not fit."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    low, high = INTEGER_LIMITS[name]
    whole = math.trunc(value)
    return whole if low <= whole <= high else None


@pytest.mark.parametrize("target", INTEGERS)
@pytest.mark.parametrize("value", DOUBLES, ids=repr)
def test_double_to_integer(value, target):
    expected = integer_or_none(value, target)
    if expected is None:
        with pytest.raises(pb.LossyError, match=target):
            pb.cast(of([value], "float64"), dtype(target))
    else:
        result = pb.cast(of([value], "float64"), dtype(target))
        assert result.dtype == dtype(target)
        assert result.tolist() == [expected]


@pytest.mark.parametrize("target", INTEGERS)
@pytest.mark.parametrize("source", INTEGERS)
def test_integer_to_integer_at_the_limits(source, target):
    low, high = INTEGER_LIMITS[source]
    ends = [end for limits in INTEGER_LIMITS.values() for end in limits]
    for value in sorted({v + d for v in ends for d in (-1, 0, 1) if low <= v + d <= high}):
        expected = integer_or_none(value, target)
        if expected is None:
            with pytest.raises(pb.LossyError, match=f"^{value} "):
                pb.cast(of([value], source), dtype(target))
        else:
            assert pb.cast(of([value], source), dtype(target)).tolist() == [value]


@pytest.mark.parametrize("source", ["float16", "float32"])
@pytest.mark.parametrize("target", INTEGERS)
def test_narrower_floats_to_integer(source, target):
    for value in [0.0, -0.5, 100.75, 200.0, 40000.0, -200.0, math.inf, math.nan]:
        expected = integer_or_none(value, target)
        if expected is None:
            with pytest.raises(pb.LossyError):
                pb.cast(of([value], source), dtype(target))
        else:
            assert pb.cast(of([value], source), dtype(target)).tolist() == [expected]


@pytest.mark.parametrize("source", INTEGERS)
def test_integer_to_double_is_the_nearest(source):
    low, high = INTEGER_LIMITS[source]
    values = [v for v in (low, high, 0, 2**53, 2**53 + 1, 2**53 + 3, 2**62 + 1) if low <= v <= high]
    result = pb.cast(of(values, source), torch.float64)
    assert result.tolist() == [float(v) for v in values]  # Python rounds half to even too


@pytest.mark.parametrize("source", INTEGERS)
def test_integer_to_bool(source):
    high = INTEGER_LIMITS[source][1]
    assert pb.cast(of([0, 1, high], source), torch.bool).tolist() == [False, True, True]


@pytest.mark.parametrize("target", [n for n in HERE if n not in ("bool", "float8_e8m0fnu")])
def test_bool_to_any(target):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="ComplexHalf")
        result = pb.cast(torch.tensor([True, False]), dtype(target))
    assert result.dtype == dtype(target)
    assert [result[i].item() for i in range(2)] == [1, 0]


def test_double_to_bool():
    assert pb.cast(of([0.0, -0.0, 0.5, math.inf], "float64"), torch.bool).tolist() == [
        *[False, False, True, True]
    ]
    with pytest.raises(pb.LossyError, match="nan"):
        pb.cast(of([1.0, math.nan], "float64"), torch.bool)


def doubles_around(name):
    """The largest number and the steps around it, subnormals, ties."""
    _, mantissa_bits, bias, _ = NARROW[name]
    top = float(largest(name))
    smallest = 2.0 ** (1 - bias - mantissa_bits)
    half = math.ulp(1.0) * 2**52 * 2.0 ** (math.frexp(top)[1] - 2 - mantissa_bits)
    found = [top, top + half * 0.5, top + half, top + half * 1.001, top + 2 * half, top * 4]
    found += [smallest, smallest / 2, smallest * 0.51, smallest * 1.5, smallest * 2.5]
    found += [1.0, 1.0625, 1.125, 1.1875, 1.3, 3.3, 0.1, 1e-3, 2.0**-126, 2.0**-149, 5e-324]
    found += [1e5, 1e39, 1e300, 3.4e38, 1 + 2**-11 + 2**-40]
    return [sign * value for value in found for sign in (1, -1)]


@pytest.mark.parametrize("target", [n for n in NARROW if n in HERE])
def test_double_to_narrow(target):
    for value in doubles_around(target):
        expected = narrowed(value, target)
        if expected is None:
            with pytest.raises(pb.LossyError, match=target):
                pb.cast(of([value], "float64"), dtype(target))
        else:
            found = pb.cast(of([value], "float64"), dtype(target))[0].item()
            assert Fraction(found) == expected, value


@pytest.mark.parametrize("target", [n for n in NARROW if n in HERE])
def test_integer_to_narrow(target):
    for value in [0, 1, -1, 7, 100, 240, 448, 464, 465, 57344, 65504, 65519, 65520, 2**31, 2**62]:
        expected = narrowed(value, target)
        if expected is None:
            with pytest.raises(pb.LossyError, match=f"^{value} "):
                pb.cast(of([value], "int64"), dtype(target))
        else:
            assert Fraction(pb.cast(of([value], "int64"), dtype(target))[0].item()) == expected


def test_uint64_to_narrow():
    if not hasattr(torch, "uint64"):
        pytest.skip("this PyTorch has no uint64")
    with pytest.raises(pb.LossyError, match="18446744073709551615"):
        pb.cast(of([2**64 - 1], "uint64"), torch.float16)
    assert pb.cast(of([2**64 - 1], "uint64"), torch.float32).tolist() == [2.0**64]


@pytest.mark.parametrize("target", [n for n in NARROW if n in HERE])
def test_not_finite_to_narrow(target):
    assert math.isnan(pb.cast(of([math.nan], "float64"), dtype(target))[0].item())
    for value in (math.inf, -math.inf):
        if NARROW[target][3]:
            assert pb.cast(of([value], "float64"), dtype(target))[0].item() == value
        else:
            with pytest.raises(pb.LossyError, match="inf"):
                pb.cast(of([value], "float64"), dtype(target))


def test_double_to_float32():
    for value in [*doubles_around("bfloat16"), float(Fraction(2) ** 128 - 2**103)]:
        expected = as_float32(Fraction(value))
        if expected is None:
            with pytest.raises(pb.LossyError):
                pb.cast(of([value], "float64"), torch.float32)
        else:
            assert Fraction(pb.cast(of([value], "float64"), torch.float32).item()) == expected
    zero = pb.cast(of([-0.0], "float64"), torch.float32).item()
    assert math.copysign(1, zero) == -1
    assert pb.cast(of([math.inf], "float64"), torch.float32).item() == math.inf


def test_wider_floats_are_exact():
    subnormal = struct.unpack("<f", struct.pack("<I", 1))[0]
    assert pb.cast(of([subnormal, -0.0, math.inf], "float32"), torch.float64).tolist() == [
        *[2.0**-149, 0.0, math.inf]
    ]
    assert pb.cast(of([65504.0, 2.0**-24], "float16"), torch.bfloat16).tolist() == [
        *[65536.0, 2.0**-24]  # rounded to 8 bits
    ]


@pytest.mark.skipif(not hasattr(torch, "float8_e8m0fnu"), reason="this PyTorch has no e8m0")
@pytest.mark.parametrize("source", ["float64", "float32", "int64"])
def test_powers_of_two_have_no_zero_and_no_sign(source):
    target = torch.float8_e8m0fnu
    whole = source == "int64"
    for value in [1, 2, 4, 2**40] + ([] if whole else [0.5, 2.0**-127, 2.0**127]):
        assert pb.cast(of([value], source), target)[0].item() == value
    for value in [0, -1, -4] + ([] if whole else [-0.0, 2.0**-130, -math.inf, math.inf]):
        with pytest.raises(pb.LossyError, match="e8m0"):
            pb.cast(of([value], source), target)


@pytest.mark.parametrize("name", FLOATS8)
def test_float8_to_integer_and_double(name):
    eights = torch.tensor([1.75, -6.0, 0.0]).to(dtype(name))
    assert pb.cast(eights, torch.float64).tolist() == [1.75, -6.0, 0.0]
    assert pb.cast(eights, torch.int8).tolist() == [1, -6, 0]
    with pytest.raises(pb.LossyError, match=r"-6.*index \[1\]"):
        pb.cast(eights, torch.uint8)
    assert pb.cast(eights, torch.bool).tolist() == [True, True, False]


# ---- complex -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1e300, -1e39, complex(0, 1e300), complex(1, -1e39)])
def test_complex_parts_stay_in_range(value):
    with pytest.raises(pb.LossyError, match="complex64"):
        pb.cast(torch.tensor([0, value], dtype=torch.complex128), torch.complex64)


def test_real_to_narrower_complex_stays_in_range():
    with pytest.raises(pb.LossyError, match="complex64"):
        pb.cast(of([1e300], "float64"), torch.complex64)
    assert pb.cast(of([1.5], "float64"), torch.complex64).tolist() == [1.5 + 0j]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="ComplexHalf")
        with pytest.raises(pb.LossyError, match="complex32"):
            pb.cast(of([70000], "int64"), torch.complex32)
        half = pb.cast(of([60000], "int64"), torch.complex32)
        assert struct.unpack("=2e", half.view(torch.uint8).numpy().tobytes()) == (60000.0, 0.0)


def test_complex_that_is_not_finite():
    nan, inf = math.nan, math.inf
    source = torch.tensor([complex(nan, inf), complex(-inf, nan)], dtype=torch.complex128)
    result = torch.view_as_real(pb.cast(source, torch.complex64)).tolist()
    assert math.isnan(result[0][0]) and result[0][1] == inf
    assert result[1][0] == -inf and math.isnan(result[1][1])


def test_imaginary_parts_are_not_dropped():
    with pytest.raises(pb.LossyError, match=r"2j\).*index \[1\] does not fit float64"):
        pb.cast(torch.tensor([1, 1 + 2j], dtype=torch.complex128), torch.float64)
    with pytest.raises(pb.LossyError, match="nan"):
        pb.cast(torch.tensor([complex(1, math.nan)]), torch.float64)
    with pytest.raises(pb.LossyError):
        pb.cast(torch.tensor([300 + 0j]), torch.uint8)
    assert pb.cast(torch.tensor([200 + 0j]), torch.uint8).tolist() == [200]


def test_real_part_has_memory_of_its_own():
    source = torch.tensor([1 + 0j, 2 + 0j], dtype=torch.complex64)
    real = pb.cast(source, torch.float32)
    real.add_(10)
    assert real.tolist() == [11, 12]
    assert source.tolist() == [1, 2]


def test_conjugate_and_negative_views():
    conj = torch.tensor([1 + 2j], dtype=torch.complex128).conj()
    assert pb.cast(conj, torch.complex64).tolist() == [1 - 2j]
    assert conj.imag.is_neg()
    assert pb.cast(conj.imag, torch.int64).tolist() == [-2]
    with pytest.raises(pb.LossyError, match=r"^-2"):
        pb.cast(conj.imag, torch.uint8)


# ---- shapes, autograd, other tensors -----------------------------------------------------------


def test_same_dtype_is_the_same_object():
    tensor = torch.zeros(2)
    assert pb.cast(tensor, torch.float32) is tensor


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 2, 1, 2, 1)])
def test_shapes(shape):
    result = pb.cast(torch.full(shape, 2.5), torch.int32)
    assert result.shape == shape
    assert result.flatten().tolist() == [2] * math.prod(shape)


def test_scalar_has_no_index():
    with pytest.raises(pb.LossyError, match=r"^300 does not fit"):
        pb.cast(torch.tensor(300), torch.uint8)


def test_first_misfit_in_index_order_not_memory_order():
    tensor = torch.tensor([[0, 0, 900], [800, 0, 0]]).t()  # rows (0, 800), (0, 0), (900, 0)
    with pytest.raises(pb.LossyError, match=r"^800 at index \[0, 1\] \(and 1 more\)"):
        pb.cast(tensor, torch.uint8)


def test_expanded():
    with pytest.raises(pb.LossyError, match="and 3 more"):
        pb.cast(torch.tensor([300]).expand(4), torch.int8)
    assert pb.cast(torch.tensor([3]).expand(4), torch.int8).tolist() == [3] * 4


def test_gradients_flow_through():
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    pb.cast(leaf, torch.float64).mul(3).sum().backward()
    assert leaf.grad.tolist() == [3, 3]


def test_payload_of_na_stays_where_nothing_is_cast():
    tensor = of([R_NA], "float64")
    assert pb.cast(tensor, torch.float64).view(torch.int64).tolist() == [R_NA_BITS]


def test_meta_tensors_have_no_values_to_check():
    result = pb.cast(torch.zeros(2, device="meta"), torch.int8)
    assert (result.dtype, result.device.type) == (torch.int8, "meta")


@pytest.mark.parametrize("name", ["qint8", "quint8", "bits8"])
def test_dtypes_out_of_the_table(name):
    if not hasattr(torch, name):
        pytest.skip(f"this PyTorch has no {name}")
    with pytest.raises(pb.DtypeError, match=name):
        pb.cast(torch.ones(2), dtype(name))


def test_quantized_counts_as_what_it_dequantizes_to(quantized):
    assert pb.cast(quantized, torch.float64).tolist() == [0.5, -1.5]
    with pytest.raises(pb.LossyError, match=r"-1.5"):
        pb.cast(quantized, torch.uint8)


def test_no_values_to_cast(unreadable):
    tensor, message = unreadable
    if tensor.is_meta:
        assert pb.cast(tensor, torch.int8).is_meta  # nothing there that could be lost
        return
    with pytest.raises(pb.DtypeError, match=message):
        pb.cast(tensor, torch.int8)


def test_inside_vmap():
    with pytest.raises(pb.DtypeError, match="vmap"):
        torch.func.vmap(lambda x: pb.cast(x, torch.int8))(torch.ones(2))


@pytest.mark.parametrize("target", ["int8", "float16", "float8_e4m3fn", "float8_e5m2"])
def test_on_a_device_as_on_the_cpu(target, accelerator):
    if target not in HERE:
        pytest.skip(f"this PyTorch has no {target}")
    fits = pb.cast(torch.tensor([1.75, -6.0], device=accelerator), dtype(target))
    assert fits.device.type == accelerator
    assert [fits[i].item() for i in range(2)] == ([1, -6] if target == "int8" else [1.75, -6.0])
    with pytest.raises(
        pb.LossyError, match=rf"^1e\+06 at index|^1000000.0 at index \[1\].*{target}"
    ):
        pb.cast(torch.tensor([1.0, 1e6], device=accelerator), dtype(target))


def test_uint64_on_a_device(accelerator):
    top = of([2**64 - 1], "uint64").to(accelerator)
    with pytest.raises(pb.LossyError, match="18446744073709551615"):
        pb.cast(top, torch.int64)


def test_a_complex_number_is_true_unless_it_is_0():
    assert pb.cast(torch.tensor([1j, 0j, 2 + 0j]), torch.bool).tolist() == [True, False, True]
    with pytest.raises(pb.LossyError, match="nan"):
        pb.cast(torch.tensor([complex(math.nan, 0)]), torch.bool)


def holds_exactly(integer, float_name):
    """Whether a float has enough digits for an integer, by counting bits."""
    digits = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}[float_name]
    size = abs(integer)
    odd = size // (size & -size) if size else 0
    return odd.bit_length() <= digits and size <= torch.finfo(dtype(float_name)).max


@pytest.mark.parametrize("target", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", INTEGERS)
def test_an_integer_that_nobody_named_a_dtype_for_is_exact_or_an_error(name, target):
    low, high = INTEGER_LIMITS[name]
    near = {sign * 2**k + step for k in range(65) for step in range(-2, 3) for sign in (-1, 1)}
    near |= {high << k >> 7 for k in range(8)}
    for value in sorted(value for value in near if low <= value <= high):
        tensor = of([value], name)
        if holds_exactly(value, target):
            assert keep(tensor, dtype(target)).item() == value
        else:
            with pytest.raises(pb.LossyError, match=str(value)):
                keep(tensor, dtype(target))
