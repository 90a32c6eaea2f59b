"""Properties over drawn dtypes, shapes, strides, offsets and edge values.

``HYPOTHESIS_PROFILE=long`` draws many more.
"""

from __future__ import annotations

import itertools
import math
import struct
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from truth import (
    HERE,
    INTEGER_LIMITS,
    LETTERS,
    NARROW,
    R_NA,
    SIZES,
    addresses_of,
    as_float32,
    bytes_of_array,
    bytes_of_tensor,
    dtype,
    elements,
    narrowed,
    tensor_of_bytes,
)

import pytorch_bridge as pb
from pytorch_bridge.transfer import read_memory, value_text

pytestmark = pytest.mark.filterwarnings("error", "ignore:ComplexHalf")

IN_NUMPY = [n for n in HERE if n in LETTERS or n in ("complex64", "complex128")]
INTEGERS = [n for n in INTEGER_LIMITS if n in HERE]
NARROWS = [n for n in NARROW if n in HERE]
LENGTH = 64

EDGES = [0.0, -0.0, 1.5, 1e300, 5e-324, 2.0**53, 2.0**63, math.inf, -math.inf, math.nan, R_NA]
EDGE_BYTES = st.sampled_from(
    [struct.pack("=d", v) for v in EDGES] + [b"\xff" * 8, b"\0" * 7 + b"\x80"]
)


@st.composite
def raw_bytes(draw, name):
    """For LENGTH elements: edge values and others. A bool has two values only."""
    if name == "bool":
        return draw(
            st.binary(min_size=LENGTH, max_size=LENGTH).map(lambda b: bytes(x & 1 for x in b))
        )
    chunks = st.one_of(EDGE_BYTES, st.binary(min_size=8, max_size=8))
    unit = b"".join(draw(st.lists(chunks, min_size=1, max_size=8)))
    return (unit * (SIZES[name] * LENGTH // len(unit) + 1))[: SIZES[name] * LENGTH]


@st.composite
def layouts(draw, negative=False):
    """Shape, strides (in elements) and offset within LENGTH elements, of up to 5 dimensions."""
    ndim = draw(st.integers(0, 5))
    shape = [draw(st.integers(0, 4)) for _ in range(ndim)]
    strides = [draw(st.integers(-9 if negative else 0, 9)) for _ in range(ndim)]
    ends = [(n - 1) * step for n, step in zip(shape, strides) if n > 0]
    low = sum(end for end in ends if end < 0)
    high = sum(end for end in ends if end > 0)
    assume(high - low < LENGTH)
    return shape, strides, draw(st.integers(-low, LENGTH - 1 - high))


def strided_tensor(raw, name, layout):
    shape, strides, offset = layout
    return torch.as_strided(tensor_of_bytes(raw, name, (LENGTH,)), shape, strides, offset)


def strided_array(raw, name, layout):
    shape, strides, offset = layout
    size = SIZES[name]
    base = np.frombuffer(bytearray(raw), dtype=name)
    return np.ndarray(
        shape, name, buffer=base, offset=offset * size, strides=[s * size for s in strides]
    )


def expected_bytes(raw, name, layout):
    """The elements of a layout straight from the bytes."""
    shape, strides, offset = layout
    size = SIZES[name]
    places = (
        offset + sum(i * s for i, s in zip(index, strides))
        for index in itertools.product(*map(range, shape))
    )
    return [raw[place * size : (place + 1) * size] for place in places]


@given(st.data())
def test_tensor_to_numpy_and_back_has_the_same_bits(data):
    name = data.draw(st.sampled_from(IN_NUMPY))
    raw, layout = data.draw(raw_bytes(name)), data.draw(layouts())
    copies = data.draw(st.tuples(*[st.sampled_from([None, True])] * 2))
    truth = expected_bytes(raw, name, layout)
    tensor = strided_tensor(raw, name, layout)
    array = pb.to_numpy(tensor, copy=copies[0])
    assert bytes_of_array(array) == truth
    back = pb.to_tensor(array, copy=copies[1])
    assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
    assert bytes_of_tensor(back) == truth
    if tensor.numel():
        assert (back.data_ptr() == tensor.data_ptr()) == (copies == (None, None))


@given(st.data())
def test_array_to_tensor_and_back_has_the_same_bits(data):
    name = data.draw(st.sampled_from(IN_NUMPY))
    raw, layout = data.draw(raw_bytes(name)), data.draw(layouts(negative=True))
    truth = expected_bytes(raw, name, layout)
    array = strided_array(raw, name, layout)
    swapped = data.draw(st.booleans())
    if swapped:
        array = array.astype(array.dtype.newbyteorder())
        truth = bytes_of_array(array)
    array.setflags(write=data.draw(st.booleans()))
    tensor = pb.to_tensor(array, copy=data.draw(st.sampled_from([None, True])))
    assert tuple(tensor.shape) == array.shape
    assert bytes_of_tensor(tensor) == truth
    assert bytes_of_array(pb.to_numpy(tensor)) == truth


@given(st.data())
def test_sharing_is_real_or_an_error(data):
    name = data.draw(st.sampled_from(IN_NUMPY))
    raw, layout = data.draw(raw_bytes(name)), data.draw(layouts(negative=True))
    array = strided_array(raw, name, layout)
    negative = any(step < 0 for step in layout[1])
    if negative:
        with pytest.raises(pb.SharingError):
            pb.to_tensor(array, copy=False)
    else:
        tensor = pb.to_tensor(array, copy=False)
        assert addresses_of(tensor) == addresses_of(array)


@given(st.data())
def test_read_memory_of_tensors(data):
    name = data.draw(st.sampled_from(HERE))
    raw, layout = data.draw(raw_bytes(name)), data.draw(layouts())
    tensor = strided_tensor(raw, name, layout)
    found = read_memory(tensor)
    element, memory = found.dtype, found.layout
    assert element == name
    assert elements(memory, SIZES[name]) == expected_bytes(raw, name, layout)


@given(st.data())
def test_read_memory_of_arrays(data):
    name = data.draw(st.sampled_from(IN_NUMPY))
    raw, layout = data.draw(raw_bytes(name)), data.draw(layouts(negative=True))
    array = strided_array(raw, name, layout)
    found = read_memory(array)
    element, memory = found.dtype, found.layout
    assert element == name
    assert elements(memory, SIZES[name]) == expected_bytes(raw, name, layout)


@given(st.data())
def test_shares_memory_is_a_common_byte(data):
    base = torch.zeros(LENGTH * 8, dtype=torch.uint8)
    array = base.numpy()

    def view():
        name = data.draw(st.sampled_from(["uint8", "int16", "float32", "float64"]))
        layout = data.draw(layouts(negative=True))
        shape, strides, offset = layout
        size = SIZES[name]
        if all(step >= 0 for step in strides) and data.draw(st.booleans()):
            return base.view(dtype(name)).as_strided(shape, strides, offset)
        steps = [step * size for step in strides]
        return np.ndarray(shape, name, buffer=array, offset=offset * size, strides=steps)

    a, b = view(), view()
    assert pb.shares_memory(a, b) is bool(addresses_of(a) & addresses_of(b))


@given(st.sampled_from(IN_NUMPY), st.data())
def test_value_text_reads_back(name, data):
    assume(name in LETTERS)
    raw = data.draw(raw_bytes(name))
    place = data.draw(st.integers(0, LENGTH - 1))
    (value,) = struct.unpack_from("=" + LETTERS[name], raw, place * SIZES[name])
    text = value_text(tensor_of_bytes(raw, name, (LENGTH,)), [float(place)])
    if isinstance(value, bool):
        assert text == str(value)
    elif isinstance(value, float) and math.isnan(value):
        assert text == "nan"
    else:
        assert struct.pack("=d", type(value)(text)) == struct.pack("=d", value)
        assert type(value)(text) == value


# ---- cast() against Python's integers and fractions --------------------------------------------


def integers_of(name):
    low, high = INTEGER_LIMITS[name]
    ends = [v + d for pair in INTEGER_LIMITS.values() for v in pair for d in (-1, 0, 1)]
    ends += [2**53 + d for d in (-1, 0, 1)] + [2**24 + 1, -(2**53) - 1]
    return st.one_of(st.sampled_from([v for v in ends if low <= v <= high]), st.integers(low, high))


def check_cast(source, target, expected):
    """`expected` has a number, or None for what does not fit, for each element."""
    misfits = [i for i, value in enumerate(expected) if value is None]
    if misfits:
        more = f" (and {len(misfits) - 1} more)" if len(misfits) > 1 else ""
        with pytest.raises(pb.LossyError) as caught:
            pb.cast(source, dtype(target))
        assert f" at index [{misfits[0]}]{more} does not fit {target}" in str(caught.value)
        return
    result = pb.cast(source, dtype(target))
    assert result.dtype == dtype(target)
    for i, value in enumerate(expected):
        found = result[i].item()
        if isinstance(value, float) and math.isnan(value):
            assert math.isnan(found)
        else:
            assert found == value


def packed(values, name):
    raw = b"".join(struct.pack("=" + LETTERS[name], value) for value in values)
    return tensor_of_bytes(raw, name, (len(values),))


@given(st.sampled_from(INTEGERS), st.sampled_from(INTEGERS), st.data())
def test_cast_integers(source, target, data):
    values = data.draw(st.lists(integers_of(source), min_size=1, max_size=4))
    low, high = INTEGER_LIMITS[target]
    check_cast(packed(values, source), target, [v if low <= v <= high else None for v in values])


@given(st.sampled_from(INTEGERS), st.sampled_from(["float32", "float64"]), st.data())
def test_cast_integers_to_floats(source, target, data):
    values = data.draw(st.lists(integers_of(source), min_size=1, max_size=4))
    near = [float(v) if target == "float64" else as_float32(Fraction(v)) for v in values]
    check_cast(packed(values, source), target, near)


DOUBLES = st.one_of(
    st.sampled_from(EDGES),
    st.sampled_from([float(v + d) for p in INTEGER_LIMITS.values() for v in p for d in (-1, 0, 1)]),
    st.floats(),
    st.floats(-70000, 70000),
    st.floats(-500, 500),
)


@given(st.sampled_from(INTEGERS), st.lists(DOUBLES, min_size=1, max_size=4))
@example("int64", [2.0**63])
@example("uint64" if "uint64" in INTEGERS else "int64", [2.0**64 - 2048.0])
def test_cast_doubles_to_integers(target, values):
    low, high = INTEGER_LIMITS[target]
    expected = [math.trunc(v) if math.isfinite(v) else None for v in values]
    expected = [v if v is not None and low <= v <= high else None for v in expected]
    check_cast(packed(values, "float64"), target, expected)


@given(st.sampled_from(NARROWS), st.lists(DOUBLES, min_size=1, max_size=4))
def test_cast_doubles_to_narrow_floats(target, values):
    def expected(value):
        if math.isnan(value):
            return value
        if math.isinf(value):
            return value if NARROW[target][3] else None
        return narrowed(value, target)

    check_cast(packed(values, "float64"), target, [expected(v) for v in values])


@given(st.lists(DOUBLES, min_size=1, max_size=4))
def test_cast_doubles_to_float32(values):
    finite = [math.isfinite(v) for v in values]
    expected = [as_float32(Fraction(v)) if f else v for v, f in zip(values, finite)]
    check_cast(packed(values, "float64"), "float32", expected)


@given(
    st.sampled_from(["float16", "float32"]),
    st.sampled_from(["float64"]),
    st.binary(min_size=4, max_size=4),
)
def test_cast_to_wider_floats_is_exact(source, target, raw):
    value = struct.unpack_from("=" + LETTERS[source], raw)[0]
    check_cast(tensor_of_bytes(raw[: SIZES[source]], source, (1,)), target, [value])


@given(st.lists(st.tuples(DOUBLES, DOUBLES), min_size=1, max_size=3))
def test_cast_complex(pairs):
    raw = b"".join(struct.pack("=2d", *pair) for pair in pairs)
    source = tensor_of_bytes(raw, "complex128", (len(pairs),))
    too_large = [
        any(math.isfinite(v) and as_float32(Fraction(v)) is None for v in pair) for pair in pairs
    ]
    if any(too_large):
        with pytest.raises(pb.LossyError, match=rf"index \[{too_large.index(True)}\]"):
            pb.cast(source, torch.complex64)
    else:
        result = bytes_of_tensor(pb.cast(source, torch.complex64))
        for pair, found in zip(pairs, result):
            for value, part in zip(pair, struct.unpack("=2f", found)):
                if math.isnan(value):
                    assert math.isnan(part)
                elif math.isinf(value):
                    assert part == value
                else:
                    assert Fraction(part) == as_float32(Fraction(value))
    imaginary = [pair[1] != 0 for pair in pairs]
    if any(imaginary):
        with pytest.raises(pb.LossyError, match=rf"index \[{imaginary.index(True)}\]"):
            pb.cast(source, torch.float64)
    else:
        expected = [struct.pack("=d", pair[0]) for pair in pairs]
        assert bytes_of_tensor(pb.cast(source, torch.float64)) == expected


# ---- lists -------------------------------------------------------------------------------------


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6))
def test_lists_of_integers(values):
    expected = [struct.pack("=q", value) for value in values]
    assert bytes_of_tensor(pb.to_tensor(values)) == expected


@given(st.lists(st.one_of(st.floats(), st.sampled_from(EDGES)), min_size=1, max_size=6))
def test_lists_of_floats_keep_their_bits(values):
    expected = [struct.pack("=d", value) for value in values]
    assert bytes_of_tensor(pb.to_tensor(values)) == expected


@given(st.lists(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False)), min_size=1))
def test_mixed_lists_are_exact_or_an_error(values):
    kinds = {type(value) for value in values}
    if float in kinds:
        fits = all(Fraction(v) == Fraction(float(v)) for v in values if isinstance(v, int))
    else:
        fits = all(-(2**63) <= v < 2**63 for v in values)
    if not fits:
        with pytest.raises(pb.LossyError):
            pb.to_tensor(values)
        return
    name = "float64" if float in kinds else "int64" if int in kinds else "bool"
    tensor = pb.to_tensor(values)
    assert tensor.dtype == dtype(name)
    assert tensor.tolist() == values
