"""to_tensor() and to_numpy()."""

from __future__ import annotations

import datetime
import decimal
import fractions
import inspect
import math
import struct
import time
import warnings

import numpy as np
import pytest
import torch
from truth import (
    HERE,
    LETTERS,
    R_NA,
    R_NA_BITS,
    SIZES,
    bytes_of_array,
    bytes_of_tensor,
    dtype,
    tensor_of_bytes,
)

import pytorch_bridge as pb
from pytorch_bridge.dtypes import DTYPES

pytestmark = pytest.mark.filterwarnings("error", "ignore:ComplexHalf")

IN_NUMPY = [n for n in HERE if n in LETTERS or n in ("complex64", "complex128")]
BITS = [0, 1, 0x80, 0xFF, 0x7FF00000000007A2, 0x8000000000000000, 0x7FF0000000000000, 2**64 - 1]


def raw_of(name: str) -> bytes:
    """Bytes of every sort: limits, NaN with payloads, infinities, subnormals."""
    if name == "bool":
        return bytes([0, 1, 1, 0, 1, 0, 0, 1])
    return struct.pack("=8Q", *BITS)


def array_of(name: str) -> np.ndarray:
    return np.frombuffer(bytearray(raw_of(name)), dtype=name)


class Frame:
    """What pandas and polars have in common."""

    def __init__(self, **columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return Series(self._columns[name])

    def to_numpy(self):
        raise AssertionError("one array for all columns may be of Python objects")


class Series:
    def __init__(self, array):
        self.array = array

    def to_numpy(self):
        return self.array


# ---- arrays ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IN_NUMPY)
@pytest.mark.parametrize("copy", [None, True, False])
def test_array_to_tensor_keeps_bits(name, copy):
    array = array_of(name)
    tensor = pb.to_tensor(array, copy=copy)
    assert tensor.dtype == dtype(name)
    assert b"".join(bytes_of_tensor(tensor)) == raw_of(name)
    shared = tensor.data_ptr() == array.ctypes.data
    assert shared == (copy is not True)


@pytest.mark.parametrize("name", IN_NUMPY)
@pytest.mark.parametrize("copy", [None, True, False])
def test_tensor_to_array_keeps_bits(name, copy):
    tensor = tensor_of_bytes(raw_of(name), name, (len(raw_of(name)) // SIZES[name],))
    array = pb.to_numpy(tensor, copy=copy)
    assert array.dtype == np.dtype(name)
    assert array.tobytes() == raw_of(name)
    shared = tensor.data_ptr() == array.ctypes.data
    assert shared == (copy is not True)


def test_shared_memory_changes_on_both_sides():
    array = np.zeros(3)
    tensor = pb.to_tensor(array)
    tensor[0] = 5
    array[1] = 7
    assert array.tolist() == tensor.tolist() == [5, 7, 0]
    back = pb.to_numpy(tensor)
    tensor.add_(1)
    assert back.tolist() == [6, 8, 1]


def test_copied_memory_does_not():
    array = np.zeros(3)
    tensor = pb.to_tensor(array, copy=True)
    tensor[0] = 5
    array[1] = 7
    assert (array.tolist(), tensor.tolist()) == ([0, 7, 0], [5, 0, 0])
    back = pb.to_numpy(tensor, copy=True)
    tensor.add_(1)
    assert back.tolist() == [5, 0, 0]


def test_payload_of_na_survives_both_ways():
    array = np.frombuffer(bytearray(struct.pack("=d", R_NA)), dtype=np.float64)
    for copy in (None, True):
        back = pb.to_numpy(pb.to_tensor(array, copy=copy), copy=copy)
        assert back.view(np.uint64).tolist() == [R_NA_BITS]


def test_payload_of_na_survives_in_a_list():
    assert pb.to_tensor([R_NA, 1.0]).view(torch.int64)[0].item() == R_NA_BITS


READ_ONLY = np.arange(6.0)
READ_ONLY.setflags(write=False)
PACKED = np.array([(1, 1.5), (2, 2.5), (3, 3.5)], dtype=[("i", "i1"), ("d", "f8")])
PADDED = np.array([(1, 1.5), (2, 2.5), (3, 3.5)], dtype=[("i", "f8"), ("d", "f8")])
HALVES = np.zeros(3, dtype=[("f", "f4"), ("h", "f2")])  # the halves are 6 bytes apart
HALVES["h"] = [1, 2, 3]
ODD = np.frombuffer(bytearray(b"\0" + struct.pack("=3d", 1.5, 2.5, 3.5)), np.float64, offset=1)

NOT_SHARED = {
    "read-only": (READ_ONLY, [0, 1, 2, 3, 4, 5], "read-only"),
    "reversed": (np.arange(4.0)[::-1], [3, 2, 1, 0], "negative stride"),
    "reversed rows": (np.arange(4).reshape(2, 2)[::-1], [[2, 3], [0, 1]], "negative stride"),
    "big-endian": (np.array([1.5, -0.0], ">f8"), [1.5, 0], "byte order"),
    "big-endian int": (np.array([2**40, -1], ">i8"), [2**40, -1], "byte order"),
    "big-endian complex": (np.array([1 + 2j], ">c16"), [1 + 2j], "byte order"),
    "big-endian 0-d": (np.array(258, ">i2"), 258, "byte order"),
    "packed field": (PACKED["d"], [1.5, 2.5, 3.5], "aligned"),
    "strides between elements": (HALVES["f"], [0, 0, 0], "aligned|strides"),
    "odd address": (ODD, [1.5, 2.5, 3.5], "aligned"),
    "broadcast": (np.broadcast_to(np.float64(3), (2, 2)), [[3, 3], [3, 3]], "read-only"),
}


@pytest.mark.parametrize("case", NOT_SHARED)
def test_arrays_that_are_copied(case):
    array, values, why = NOT_SHARED[case]
    for copy in (None, True):
        tensor = pb.to_tensor(array, copy=copy)
        assert tensor.tolist() == values
        assert bytes_of_tensor(tensor) == bytes_of_array(array)
        assert not np.may_share_memory(tensor.numpy(), array)
        assert tensor.add_(1).is_contiguous()  # writable, and the array stays
    assert array.tolist() == values
    with pytest.raises(pb.SharingError, match=why):
        pb.to_tensor(array, copy=False)


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (PADDED["d"], [1.5, 2.5, 3.5]),
        (np.arange(12.0).reshape(3, 4)[:, 1::2], [[1, 3], [5, 7], [9, 11]]),
        (np.asfortranarray(np.arange(6).reshape(2, 3)), [[0, 1, 2], [3, 4, 5]]),
        (np.arange(6).reshape(2, 3).T, [[0, 3], [1, 4], [2, 5]]),
        (np.array(5), 5),
        (np.zeros((2, 0, 3)), [[], []]),
        (np.zeros(0, np.int8), []),
        (np.arange(2**5).reshape((2,) * 5)[1, :, 1:, ::-1][:, :, ::-1][..., 0], None),
    ],
    ids=["field", "slice", "fortran", "transpose", "0-d", "empty", "empty int8", "4-d"],
)
def test_strided_arrays_are_shared(array, values):
    tensor = pb.to_tensor(array, copy=False)
    assert tensor.tolist() == (array.tolist() if values is None else values)
    assert bytes_of_tensor(tensor) == bytes_of_array(array)
    if array.size:
        assert tensor.data_ptr() == array.__array_interface__["data"][0]


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a"]),
        np.array([b"a"]),
        np.array([b"ab"], "V2"),
        np.array(["NaT"], "datetime64"),
        PACKED,
        np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_without_a_torch_dtype(array):
    with pytest.raises(pb.DtypeError, match="no dtype in PyTorch"):
        pb.to_tensor(array)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long double is double here")
def test_long_double_is_refused():
    for made in (np.zeros(2, np.longdouble), np.longdouble(1), [np.longdouble(1)]):
        with pytest.raises(pb.DtypeError):
            pb.to_tensor(made)


@pytest.mark.parametrize("kind", [np.longlong, np.ulonglong, np.intc, np.uintc, np.short])
def test_numpy_types_with_a_second_name(kind):
    name = np.dtype(kind).name
    if name not in HERE:
        pytest.skip(f"this PyTorch has no {name}")
    array = np.array([1, 2], dtype=kind)
    tensor = pb.to_tensor(array, copy=False)
    assert tensor.dtype == dtype(name)
    array[0] = 9
    assert tensor.tolist() == [9, 2]
    assert pb.to_tensor(array.astype(array.dtype.newbyteorder())).tolist() == [9, 2]


def test_masked_values_are_not_let_through():
    masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
    with pytest.raises(pb.MissingError, match=r"1 of its values.*filled"):
        pb.to_tensor(masked)
    assert pb.to_tensor(masked.filled(-1)).tolist() == [1, -1, 3]
    assert pb.to_tensor(masked[:1]).tolist() == [1]
    assert pb.to_numpy(masked, copy=True).mask.tolist() == [False, True, False]


def test_matrix_is_an_array():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.matrix([[1.0, 2.0]])
    assert pb.to_tensor(matrix).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (np.float32(0.5), torch.float32),
        (np.int8(-3), torch.int8),
        (np.bool_(True), torch.bool),
        (np.complex64(1j), torch.complex64),
        (np.float64(2.5), torch.float64),
    ],
)
def test_numpy_scalars_keep_their_dtype(scalar, expected):
    tensor = pb.to_tensor(scalar)
    assert (tensor.dtype, tensor.shape) == (expected, ())
    assert tensor.item() == scalar.item()


# ---- numbers and lists -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("obj", "expected", "shape", "values"),
    [
        (True, torch.bool, (), True),
        (3, torch.int64, (), 3),
        (2.5, torch.float64, (), 2.5),
        (1 + 2j, torch.complex128, (), 1 + 2j),
        ([], torch.float64, (0,), []),
        ([[], []], torch.float64, (2, 0), [[], []]),
        ([True, False], torch.bool, (2,), [True, False]),
        ([True, 2], torch.int64, (2,), [1, 2]),
        ([True, 2, 0.5], torch.float64, (3,), [1, 2, 0.5]),
        ([1, 1j], torch.complex128, (2,), [1, 1j]),
        ((1, 2), torch.int64, (2,), [1, 2]),
        ([(1, 2), [3, 4]], torch.int64, (2, 2), [[1, 2], [3, 4]]),
        ([[[1.5]]], torch.float64, (1, 1, 1), [[[1.5]]]),
        ([2**53 + 1, -(2**63), 2**63 - 1], torch.int64, (3,), [2**53 + 1, -(2**63), 2**63 - 1]),
        ([2**60, 0.5], torch.float64, (2,), [2.0**60, 0.5]),
        ([-0.0, math.inf, 5e-324], torch.float64, (3,), [0.0, math.inf, 5e-324]),
        ([np.float32(0.5), 1], torch.float64, (2,), [0.5, 1]),
        ([np.int64(2**53 + 1)], torch.int64, (1,), [2**53 + 1]),
        ([np.bool_(True)], torch.bool, (1,), [True]),
        ([np.complex64(1j), 2], torch.complex128, (2,), [1j, 2]),
    ],
    ids=repr,
)
def test_python_numbers(obj, expected, shape, values):
    tensor = pb.to_tensor(obj)
    assert (tensor.dtype, tuple(tensor.shape)) == (expected, shape)
    assert tensor.tolist() == values


def test_negative_zero_and_nan_in_a_list():
    assert bytes_of_tensor(pb.to_tensor([-0.0, math.nan])) == [
        struct.pack("=d", -0.0),
        struct.pack("=d", math.nan),
    ]


@pytest.mark.parametrize(
    ("obj", "kind", "message"),
    [
        ([[1, 2], [3]], pb.DtypeError, "differ in length or depth"),
        ([1, [2]], pb.DtypeError, "differ in length or depth"),
        ([[1], 2], pb.DtypeError, "differ in length or depth"),
        ([1, None], pb.MissingError, r"1 missing value at index \[1\].* na = "),
        ([1, "2"], pb.DtypeError, "str is no number"),
        (None, pb.MissingError, "1 missing value, and"),
        ("text", pb.DtypeError, "str"),
        ("text", pb.DtypeError, r"factor.*from_r\("),
        (len, pb.DtypeError, "function"),
        ([decimal.Decimal("0.1234567890123456789")], pb.LossyError, "Decimal"),
        ([fractions.Fraction(1, 3)], pb.DtypeError, "Fraction"),
        ([datetime.datetime(2020, 1, 1)], pb.DtypeError, r"no time zone.* x\.replace\("),
        ([[datetime.date(2020, 1, 1)], []], pb.DtypeError, "differ in length"),
        ([datetime.date(2020, 1, 1), 1.0], pb.DtypeError, "date"),
        ([np.timedelta64(1, "M")], pb.DtypeError, "months"),
        ([np.arange(2), np.arange(2)], pb.DtypeError, r"np\.stack"),
        ([torch.ones(1)], pb.DtypeError, r"torch\.stack"),
        ([2**63], pb.LossyError, "9223372036854775808"),
        (-(2**63) - 1, pb.LossyError, "-9223372036854775809"),
        ([1, 10**400], pb.LossyError, "range"),
        ([2**53 + 1, 0.5], pb.LossyError, "9007199254740993"),
        ([10**400, 0.5], pb.LossyError, "exact"),
        ([np.int64(2**53 + 1), 0.5], pb.LossyError, "9007199254740993"),
    ],
)
def test_lists_that_are_refused(obj, kind, message):
    with pytest.raises(kind, match=message):
        pb.to_tensor(obj)


def test_bytes_are_uint8_as_r_raw_vectors_are():
    assert pb.to_tensor(b"\x00\xff").tolist() == [0, 255]
    assert pb.to_tensor(b"").shape == (0,)
    held = bytearray(b"\x01\x02")
    shared, copied = pb.to_tensor(held), pb.to_tensor(held, copy=True)
    held[0] = 7
    assert (shared.dtype, shared.tolist(), copied.tolist()) == (torch.uint8, [7, 2], [1, 2])
    with pytest.raises(pb.SharingError, match="read-only"):
        pb.to_tensor(b"ab", copy=False)


def test_dates_are_days_as_in_r():
    days = [datetime.date(1970, 1, 3), datetime.date(1969, 12, 31), datetime.date(2262, 4, 12)]
    tensor = pb.to_tensor(days)
    assert tensor.dtype == torch.float64
    assert tensor.tolist() == [(day - datetime.date(1970, 1, 1)).days for day in days]
    assert pb.to_tensor(days[0]).shape == ()
    assert pb.to_tensor({"when": days, "n": [1, 2, 3]})[:, 0].tolist() == tensor.tolist()
    array = np.array([*days, None], "datetime64[D]")
    assert pb.to_tensor(array)[:3].tolist() == tensor.tolist()
    assert math.isnan(pb.to_tensor(array)[3])
    assert pb.to_tensor(np.array(["1970-02"], "datetime64[M]")).tolist() == [31.0]
    with pytest.raises(pb.DtypeError, match="no dtype in PyTorch"):
        pb.to_tensor(array, copy=False)


@pytest.mark.parametrize("unit", ["h", "s", "ms", "us", "ns"])
def test_times_are_seconds_as_in_r(unit):
    texts = ["1969-12-31T23:00", "2023-03-04T05:00", "NaT"]
    wanted = [datetime.datetime.fromisoformat(text + "+00:00").timestamp() for text in texts[:2]]
    tensor = pb.to_tensor(np.array(texts, f"datetime64[{unit}]"))
    assert (tensor.dtype, tensor[:2].tolist()) == (torch.float64, wanted)
    assert math.isnan(tensor[2])


def test_times_with_a_zone_are_seconds_in_utc():
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    time = datetime.datetime(1970, 1, 1, 9, 0, 1, 500000, tzinfo=seoul)
    assert pb.to_tensor(time).item() == 1.5
    later = time + datetime.timedelta(days=20_000, microseconds=1)
    found = pb.to_tensor([[time], [later]])
    assert (found.dtype, list(found.shape)) == (torch.float64, [2, 1])
    assert found[1].item() == float(fractions.Fraction(20_000 * 86_400 * 10**6 + 1_500_001, 10**6))


@pytest.mark.parametrize("count", [1, 5 * 10**8, 17 * 10**17 + 123_456_000, -(10**18) - 5 * 10**5])
def test_nanoseconds_are_rounded_once_where_all_digits_stay(count):
    found = pb.to_tensor(np.array(count, "datetime64[ns]")).item()
    assert found == float(fractions.Fraction(count, 10**9))


@pytest.mark.parametrize(
    "count", [1_700_000_000_123_456_789, -1_700_000_000_999_999_999, 2**62 + 1]
)
def test_nanoseconds_that_float64_does_not_tell_apart_are_refused(count):
    with pytest.raises(pb.LossyError, match=r"index \[1\] has more digits"):
        pb.to_tensor(np.array([0, count], "datetime64[ns]"))
    with pytest.raises(pb.LossyError):
        pb.to_tensor(np.array([count], "timedelta64[ns]"))
    assert pb.to_tensor(np.array([count], "datetime64[ns]").astype("int64")).item() == count


@pytest.mark.skipif("uint64" not in HERE, reason="this PyTorch has no uint64")
def test_integers_beyond_int64_go_to_uint64():
    tensor = pb.to_tensor([0, 2**63, 2**64 - 1], dtype="uint64")
    assert bytes_of_tensor(tensor) == [struct.pack("=Q", v) for v in (0, 2**63, 2**64 - 1)]
    for beyond in (-1, 2**64):
        with pytest.raises(pb.LossyError, match=f"^{beyond} is out of the range of uint64"):
            pb.to_tensor([beyond], dtype="uint64")


def test_a_million_integers_take_about_as_long_as_pytorch_takes():
    numbers = list(range(10**6))
    start = time.perf_counter()
    torch.tensor(numbers)
    own = time.perf_counter() - start
    start = time.perf_counter()
    tensor = pb.to_tensor(numbers)
    assert time.perf_counter() - start < 20 * own + 1
    assert (tensor[0].item(), tensor[-1].item(), int(tensor.sum())) == (0, 999999, 499999500000)


def test_lists_have_no_memory_to_share():
    for obj in ([1, 2], 5, np.float64(1), {"a": [1]}):
        with pytest.raises(pb.SharingError, match="no memory"):
            pb.to_tensor(obj, copy=False)


# ---- columns -----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [dict, Frame], ids=["dict", "data frame"])
def test_columns(make):
    tensor = pb.to_tensor(make(a=np.array([1, 2]), b=np.array([0.5, np.nan])))
    assert (tensor.dtype, tuple(tensor.shape)) == (torch.float64, (2, 2))
    assert tensor[0].tolist() == [1, 0.5]
    assert tensor[1, 0].item() == 2
    assert math.isnan(tensor[1, 1].item())


@pytest.mark.parametrize(
    ("columns", "expected", "values"),
    [
        ({"a": [True, False], "b": [1, 2]}, torch.int64, [[1, 1], [0, 2]]),
        ({"a": [True], "b": [False]}, torch.bool, [[True, False]]),
        ({"a": 1, "b": 2.5}, torch.float64, [[1, 2.5]]),
        ({"a": np.float32([1]), "b": np.float32([2])}, torch.float32, [[1, 2]]),
        # Not float32, which has no 2^24 + 1.
        ({"a": np.float32([1]), "b": [2**24 + 1]}, torch.float64, [[1, 2**24 + 1]]),
        ({"a": np.int8([-1]), "b": np.uint8([255])}, torch.int64, [[-1, 255]]),
        ({"a": [2**53], "b": [-0.5]}, torch.float64, [[2.0**53, -0.5]]),
        ({"a": [1j], "b": [True]}, torch.complex128, [[1j, 1]]),
        ({"a": [2**53 + 1], "b": [True]}, torch.int64, [[2**53 + 1, 1]]),
    ],
)
def test_columns_of_several_kinds(columns, expected, values):
    tensor = pb.to_tensor(columns)
    assert tensor.dtype == expected
    assert tensor.tolist() == values


@pytest.mark.parametrize(
    ("columns", "kind", "message"),
    [
        ({}, pb.DtypeError, "no columns"),
        ({"a": [1], "b": [1, 2]}, pb.DtypeError, r"different lengths: \[1, 2\]"),
        ({"a": [1], "b": ["x"]}, pb.DtypeError, 'Column "b": str'),
        ({"a": [1], "b": np.array([None])}, pb.MissingError, 'Column "b".*1 missing'),
        ({"a": [2**53 + 1], "b": [0.5]}, pb.LossyError, 'Column "a".*2\\^53'),
        ({"a": [2**70]}, pb.LossyError, 'Column "a": 1180591620717411303424'),
        ({"a": np.ones((2, 2))}, pb.DtypeError, 'Column "a" has 2 dimensions'),
        ({"a": np.ma.masked_array([1], [True])}, pb.MissingError, 'Column "a".*masks 1'),
    ],
)
def test_columns_that_are_refused(columns, kind, message):
    with pytest.raises(kind, match=message):
        pb.to_tensor(columns)


@pytest.mark.skipif("uint64" not in HERE, reason="this PyTorch has no uint64")
def test_unsigned_columns_beside_others():
    columns = {"a": np.array([5], np.uint64), "b": [-1]}
    assert pb.to_tensor(columns).tolist() == [[5, -1]]
    columns["a"][0] = 2**64 - 1
    with pytest.raises(pb.LossyError, match='Column "a": 18446744073709551615'):
        pb.to_tensor(columns)


def test_series():
    assert pb.to_tensor(Series(np.array([1.5, 2]))).tolist() == [1.5, 2]


class Exporter:
    """Hands on a tensor's memory by DLPack, and nothing else."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __dlpack__(self, **arguments):
        return self.tensor.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.tensor.__dlpack_device__()


def test_dlpack():
    tensor = torch.arange(6, dtype=torch.int32).reshape(2, 3).t()
    shared = pb.to_tensor(Exporter(tensor))
    tensor[0, 0] = 9
    # Older versions of PyTorch do not tell whether memory may be written to, so it is copied.
    tells = "max_version" in inspect.signature(torch.Tensor.__dlpack__).parameters
    assert shared.tolist() == [[9 if tells else 0, 3], [1, 4], [2, 5]]
    apart = pb.to_tensor(Exporter(tensor), copy=True)
    tensor[0, 0] = 8
    assert apart.tolist() == [[9, 3], [1, 4], [2, 5]]
    with pytest.raises(pb.DtypeError, match="Exporter"):
        pb.to_tensor(Exporter(torch.ones(1, requires_grad=True)))


# ---- tensors -----------------------------------------------------------------------------------


def test_a_tensor_is_itself():
    tensor = torch.arange(6.0)[::2]
    for copy in (None, False):
        assert pb.to_tensor(tensor, copy=copy) is tensor
        assert pb.to_tensor(tensor, dtype="float32", device="cpu", copy=copy) is tensor


@pytest.mark.parametrize("arguments", [{}, {"dtype": "float32"}, {"device": "cpu"}])
def test_copy_is_always_new_memory(arguments):
    tensor = torch.arange(6.0)[::2]
    apart = pb.to_tensor(tensor, copy=True, **arguments)
    apart.add_(1)
    assert (tensor.tolist(), apart.tolist()) == ([0, 2, 4], [1, 3, 5])


def test_complex_to_real_is_new_memory():
    tensor = torch.tensor([1 + 0j])
    pb.to_tensor(tensor, dtype="float32", copy=True).add_(1)
    assert tensor.tolist() == [1]


def test_no_copy_with_another_dtype():
    with pytest.raises(pb.SharingError, match="another dtype"):
        pb.to_tensor(torch.ones(2), dtype="float64", copy=False)
    with pytest.raises(pb.SharingError, match="another dtype"):
        pb.to_tensor(np.ones(2), dtype="float32", copy=False)


def test_dtype_follows_pytorch_and_checks():
    assert pb.to_tensor([1.9, -1.9], dtype="long").tolist() == [1, -1]
    assert pb.to_tensor(np.array([1.5]), dtype=np.float16).dtype == torch.float16
    with pytest.raises(pb.LossyError):
        pb.to_tensor([1.0, math.nan], dtype="int32")
    with pytest.raises(pb.DtypeError, match="flaot"):
        pb.to_tensor([1.0], dtype="flaot32")


def test_requires_grad_makes_a_leaf():
    made = pb.to_tensor([1.0, 2.0], dtype="float32", requires_grad=True)
    made.mul(3).sum().backward()
    assert made.is_leaf
    assert made.grad.tolist() == [3, 3]


@pytest.mark.parametrize("copy", [None, False, True])
def test_requires_grad_leaves_the_callers_tensor_alone(copy):
    mine = torch.ones(2)
    made = pb.to_tensor(mine, copy=copy, requires_grad=True)
    assert (mine.requires_grad, made.requires_grad, made.is_leaf) == (False, True, True)
    mine.add_(1)  # which would fail if it required grad
    assert made.tolist() == ([1, 1] if copy else [2, 2])


def test_requires_grad_of_a_result_with_history_is_a_leaf_too():
    mine = torch.ones(2, requires_grad=True)
    for source in (mine * 2, mine.double()):
        made = pb.to_tensor(source, dtype="float64", requires_grad=True)
        made.sum().backward()
        assert made.grad.tolist() == [1, 1]
        assert mine.grad is None
    assert pb.to_tensor(mine, requires_grad=True) is mine


def test_history_stays_without_a_copy_and_goes_with_one():
    mine = torch.ones(2, requires_grad=True)
    pb.to_tensor(mine, dtype="float64").mul(5).sum().backward()
    assert mine.grad.tolist() == [5, 5]
    for arguments in ({}, {"dtype": "float64"}):
        assert not pb.to_tensor(mine, copy=True, **arguments).requires_grad


@pytest.mark.parametrize("obj", [[1, 2], [True], np.arange(2), torch.arange(2)])
def test_integers_have_no_gradient(obj):
    with pytest.raises(pb.DtypeError, match=r"floating dtype.*float32"):
        pb.to_tensor(obj, requires_grad=True)


# ---- to_numpy ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in HERE if n not in IN_NUMPY])
def test_dtypes_that_numpy_lacks(name):
    tensor = tensor_of_bytes(b"\x38" * 8, name, (8 // SIZES[name],))
    nearest = "complex64" if name == "complex32" else "float32"
    with pytest.raises(pb.DtypeError, match=f"NumPy has no {name}.*{nearest}"):
        pb.to_numpy(tensor)
    assert pb.to_numpy(pb.to_device(tensor, dtype=nearest)).dtype == nearest


def test_every_dtype_is_covered_by_one_or_the_other():
    assert {name for name, row in DTYPES.items() if row.numpy} == set(IN_NUMPY)


def test_tensors_that_require_grad_share():
    tensor = torch.ones(2, requires_grad=True)
    for copy in (None, False):
        array = pb.to_numpy(tensor, copy=copy)
        assert array.__array_interface__["data"][0] == tensor.data_ptr()
    assert pb.to_numpy(tensor * 3).tolist() == [3, 3]


@pytest.mark.parametrize(
    ("tensor", "values"),
    [
        (torch.tensor([[1 + 2j, 3]]).conj(), [[1 - 2j, 3]]),
        (torch.tensor([[1 + 2j], [3]]).conj().t().imag, [[-2, 0]]),
        (torch.tensor([5 - 1j]).conj().imag[0], 1),
    ],
)
def test_conjugate_and_negative_views(tensor, values):
    assert tensor.is_conj() or tensor.is_neg()
    for copy in (None, True):
        assert pb.to_numpy(tensor, copy=copy).tolist() == values
    with pytest.raises(pb.SharingError, match="conjugate"):
        pb.to_numpy(tensor, copy=False)


@pytest.mark.parametrize(
    ("tensor", "values"),
    [
        (torch.tensor(5), 5),
        (torch.zeros(2, 0), [[], []]),
        (torch.tensor([[1], [2]]).expand(2, 3), [[1, 1, 1], [2, 2, 2]]),
        (torch.arange(6).reshape(2, 3).t(), [[0, 3], [1, 4], [2, 5]]),
        (torch.arange(8)[3::2], [3, 5, 7]),
        (torch.arange(32).reshape(2, 2, 2, 2, 2)[1, 0, :, 1], [[18, 19], [22, 23]]),
    ],
)
def test_strided_tensors_share(tensor, values):
    for copy in (None, False, True):
        array = pb.to_numpy(tensor, copy=copy)
        assert array.tolist() == values
        if tensor.numel():
            same = array.__array_interface__["data"][0] == tensor.data_ptr()
            assert same == (copy is not True)


def test_to_numpy_of_other_things():
    array = np.arange(3)
    assert pb.to_numpy(array) is array
    assert not np.may_share_memory(pb.to_numpy(array, copy=True), array)
    assert pb.to_numpy([1, 2]).tolist() == [1, 2]
    with pytest.raises(pb.SharingError):
        pb.to_numpy([1, 2], copy=False)


def test_quantized(quantized):
    assert pb.to_numpy(quantized).tolist() == [0.5, -1.5]
    with pytest.raises(pb.SharingError, match="quantized"):
        pb.to_numpy(quantized, copy=False)


def test_without_strided_values(unreadable):
    tensor, message = unreadable
    with pytest.raises(pb.DtypeError, match=message):
        pb.to_numpy(tensor)


def test_inside_vmap():
    with pytest.raises(pb.DtypeError, match="vmap"):
        torch.func.vmap(pb.to_numpy)(torch.ones(2))


# ---- devices -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IN_NUMPY)
def test_to_a_device_and_back_keeps_bits(name, accelerator):
    array = array_of(name)
    there = pb.to_tensor(array, device=accelerator)
    assert (there.device.type, there.dtype) == (accelerator, dtype(name))
    assert pb.to_numpy(there).tobytes() == raw_of(name)


def test_memory_of_a_device_cannot_be_shared_with_numpy(accelerator):
    tensor = torch.ones(2, device=accelerator)
    with pytest.raises(pb.SharingError, match=f"{accelerator}:0"):
        pb.to_numpy(tensor, copy=False)
    with pytest.raises(pb.SharingError, match="device"):
        pb.to_tensor(np.ones(2), device=accelerator, copy=False)
    assert pb.to_tensor(tensor, device=accelerator, copy=False) is tensor
    copied = pb.to_numpy(tensor)
    tensor.add_(1)
    assert copied.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda there: torch.tensor([1 + 2j], device=there).conj(), [1 - 2j]),
        (lambda there: torch.tensor([1 + 2j], device=there).conj().imag, [-2]),
        (lambda there: torch.ones(2, device=there, requires_grad=True), [1, 1]),
        (lambda there: torch.arange(6, device=there).reshape(2, 3).t()[1:], [[1, 4], [2, 5]]),
        (lambda there: torch.tensor([3], device=there).expand(3), [3, 3, 3]),
        (lambda there: torch.zeros(0, 2, device=there), []),
    ],
)
def test_tensors_of_all_sorts_on_a_device_to_numpy(make, values, accelerator):
    for copy in (None, True):
        assert pb.to_numpy(make(accelerator), copy=copy).tolist() == values


def test_requires_grad_on_a_device_is_a_leaf(accelerator):
    made = pb.to_tensor([1.0, 2.0], device=accelerator, requires_grad=True)
    made.mul(3).sum().backward()
    assert made.is_leaf
    assert made.grad.tolist() == [3, 3]


class InterfaceExporter:
    """Speaks the array interface and nothing else."""

    def __init__(self, array):
        self.__array_interface__ = array.__array_interface__
        self.array = array


def test_array_interface():
    array = np.array([[1, 2], [3, 4]], dtype="int16")
    shared = pb.to_tensor(InterfaceExporter(array))
    array[1, 0] = 7
    assert shared.dtype == torch.int16
    assert shared.tolist() == [[1, 2], [7, 4]]
    assert pb.to_tensor(InterfaceExporter(array), copy=False).data_ptr() == array.ctypes.data
    copied = pb.to_tensor(InterfaceExporter(array), copy=True)
    array[1, 0] = 9
    assert copied.tolist() == [[1, 2], [7, 4]]
