"""Truths that owe nothing to the code under test, for the tests in Python and in R.

Bits by struct, numbers by fractions, conversions by PyTorch's own `to()` and Python's integers. To
and from R values go as text: integers as decimals, doubles as the 16 hexadecimal digits of their
bits, complex values as two of these. An element of a tensor is known by its code: its bits as an
integer.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import torch

#: struct's letter for each dtype that it knows.
LETTERS = {
    "bool": "?",
    "uint8": "B",
    "int8": "b",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}

#: Bytes of an element, written down.
SIZES = {
    **{name: struct.calcsize(letter) for name, letter in LETTERS.items()},
    "bfloat16": 2,
    "float8_e4m3fn": 1,
    "float8_e4m3fnuz": 1,
    "float8_e5m2": 1,
    "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1,
    "complex32": 4,
    "complex64": 8,
    "complex128": 16,
}

#: What this PyTorch has of them.
HERE = [name for name in SIZES if hasattr(torch, name)]

INTEGER_LIMITS = {
    "uint8": (0, 255),
    "int8": (-128, 127),
    "int16": (-32768, 32767),
    "uint16": (0, 65535),
    "int32": (-2147483648, 2147483647),
    "uint32": (0, 4294967295),
    "int64": (-9223372036854775808, 9223372036854775807),
    "uint64": (0, 18446744073709551615),
}

#: NaN with the payload that R knows as NA.
R_NA_BITS = 0x7FF00000000007A2
R_NA = struct.unpack("<d", struct.pack("<Q", R_NA_BITS))[0]

#: The narrow formats: exponent bits, mantissa bits, bias, whether there is an infinity.
NARROW = {
    "float16": (5, 10, 15, True),
    "bfloat16": (8, 7, 127, True),
    "float8_e5m2": (5, 2, 15, True),
    "float8_e4m3fn": (4, 3, 7, False),
    "float8_e5m2fnuz": (5, 2, 16, False),
    "float8_e4m3fnuz": (4, 3, 8, False),
}


#: By the bytes of an element, an integer dtype with as many.
CODES = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}

#: The dtype of a complex dtype's two parts.
HALVES = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}

#: The whole numbers that an R type holds; its NA is below.
R_LIMITS = {
    "logical": (0, 1),
    "integer": (-(2**31) + 1, 2**31 - 1),
    "raw": (0, 255),
    "integer64": (-(2**63) + 1, 2**63 - 1),
}


def dtype(name: str) -> torch.dtype:
    return getattr(torch, name)


# ---- bytes in memory -----------------------------------------------------------------------------


def read(address: int, size: int) -> bytes:
    """The bytes that lie at an address."""
    return ctypes.string_at(address, size)


def elements(memory: list[float], size: int) -> list[bytes]:
    """Each element's bytes in row-major order, from address, shape and strides as floats."""
    ndim = (len(memory) - 1) // 2
    address = int(memory[0])
    shape = [int(n) for n in memory[1 : 1 + ndim]]
    strides = [int(n) for n in memory[1 + ndim :]]
    return [
        read(address + sum(i * step for i, step in zip(index, strides)), size)
        for index in itertools.product(*map(range, shape))
    ]


def bytes_of_tensor(tensor: torch.Tensor) -> list[bytes]:
    """Each element's bytes in row-major order, of a CPU tensor that shows what it holds."""
    size = tensor.element_size()
    origin = tensor.data_ptr()
    return [
        read(origin + size * sum(i * s for i, s in zip(index, tensor.stride())), size)
        for index in itertools.product(*map(range, tensor.shape))
    ]


def bytes_of_array(array: np.ndarray) -> list[bytes]:
    """Each element's bytes in row-major order, in this machine's byte order."""
    origin = array.__array_interface__["data"][0]
    found = [
        read(origin + sum(i * s for i, s in zip(index, array.strides)), array.itemsize)
        for index in itertools.product(*map(range, array.shape))
    ]
    if array.dtype.isnative:
        return found
    half = array.itemsize // 2 if array.dtype.kind == "c" else array.itemsize
    return [each[:half][::-1] + each[half:][::-1] for each in found]


def tensor_of_bytes(raw: bytes, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A row-major tensor of just these bytes."""
    flat = torch.empty(len(raw) // SIZES[name], dtype=dtype(name))
    ctypes.memmove(flat.data_ptr(), raw, len(raw)) if raw else None
    return flat.reshape(shape)


def addresses(origin: int, shape: Any, steps: Any, size: int) -> set[int]:
    """The address of every byte of strided memory; `steps` are in bytes."""
    return {
        origin + sum(i * step for i, step in zip(index, steps)) + byte
        for index in itertools.product(*map(range, shape))
        for byte in range(size)
    }


def addresses_of(obj: torch.Tensor | np.ndarray) -> set[int]:
    if isinstance(obj, torch.Tensor):
        size = obj.element_size()
        return addresses(obj.data_ptr(), obj.shape, [s * size for s in obj.stride()], size)
    origin = obj.__array_interface__["data"][0]
    return addresses(origin, obj.shape, obj.strides, obj.itemsize)


# ---- numbers by fractions ------------------------------------------------------------------------


def power_below(value: Fraction) -> int:
    """The largest k such that 2^k <= value."""
    k = value.numerator.bit_length() - value.denominator.bit_length()
    return k if Fraction(2) ** k <= value else k - 1


def rounded(value: Fraction, exponent_bits: int, mantissa_bits: int, bias: int) -> Fraction:
    """To nearest, ties to even, as if there were no largest number."""
    if value == 0:
        return value
    exponent = max(power_below(abs(value)), 1 - bias)
    step = Fraction(2) ** (exponent - mantissa_bits)
    return round(value / step) * step  # Python rounds fractions half to even


def as_float32(value: Fraction) -> Fraction | None:
    """The float32 nearest to it; None where that is infinite."""
    near = rounded(value, 8, 23, 127)
    return near if abs(near) < Fraction(2) ** 128 else None


def largest(name: str) -> Fraction:
    """The largest finite number of a narrow format."""
    return {
        "float16": Fraction(65504),
        "bfloat16": Fraction(255) * Fraction(2) ** 120,
        "float8_e5m2": Fraction(57344),
        "float8_e4m3fn": Fraction(448),
        "float8_e5m2fnuz": Fraction(57344),
        "float8_e4m3fnuz": Fraction(240),
    }[name]


def narrowed(value: float, name: str) -> Fraction | None:
    """What PyTorch makes of a finite double in a narrow format, by way of float32.

    None: it is too large.
    """
    single = as_float32(Fraction(value))
    if single is None:
        return None
    exponent_bits, mantissa_bits, bias, _ = NARROW[name]
    near = rounded(single, exponent_bits, mantissa_bits, bias)
    return near if abs(near) <= largest(name) else None


# ---- what R compares with, as text ---------------------------------------------------------------


def double_of(text: str) -> float:
    return struct.unpack(">d", bytes.fromhex(text))[0]


def text_of(value: float) -> str:
    return "nan" if math.isnan(value) else struct.pack(">d", value).hex()


def codes(tensor: torch.Tensor) -> list[str]:
    """The bits of each element, row by row, as decimals; "nan" for NaN."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    if flat.is_complex():
        parts = torch.view_as_real(flat)
        return [f"{re},{im}" for re, im in zip(codes(parts[:, 0]), codes(parts[:, 1]))]
    size = flat.element_size()
    as_integers = flat.view(torch.uint8) if flat.dtype == torch.bool else flat.view(CODES[size])
    found = [str(code % 2 ** (8 * size)) for code in as_integers.tolist()]
    if not flat.is_floating_point():
        return found
    nan = flat.to(torch.float64).isnan().tolist()
    return ["nan" if missing else code for code, missing in zip(found, nan)]


def from_codes(numbers: list[str], name: str) -> torch.Tensor:
    """A tensor of these codes, decimals as text."""
    parts = [int(part) for text in numbers for part in text.split(",")]
    if name in HALVES:
        halves = from_codes([str(part) for part in parts], HALVES[name])
        return torch.view_as_complex(halves.reshape(-1, 2))
    size = SIZES[name]
    signed = [p - 2 ** (8 * size) if size > 1 and p >= 2 ** (8 * size - 1) else p for p in parts]
    bits = torch.tensor(signed, dtype=CODES[size])
    return bits != 0 if name == "bool" else bits.view(dtype(name))


def doubles(tensor: torch.Tensor) -> list[str]:
    """What PyTorch's to(float64) makes of each element, as bits."""
    values = tensor.detach().cpu().contiguous().reshape(-1).to(torch.float64)
    nan, bits = values.isnan().tolist(), values.view(torch.int64).tolist()
    return ["nan" if missing else f"{b % 2**64:016x}" for b, missing in zip(bits, nan)]


def converted(texts: list[str], name: str) -> list[Any]:
    """The codes of PyTorch's to() of doubles, and which of them stayed finite."""
    source = torch.tensor([double_of(text) for text in texts], dtype=torch.float64)
    # ARM's processors alone round to float16 at once, and this package as all others do.
    found = (source.to(torch.float32) if name == "float16" else source).to(dtype(name))
    fits = found.to(torch.float64).isfinite() & ~_saturates(source, name)
    return [codes(found), fits.tolist()]


def _saturates(values: torch.Tensor, name: str) -> torch.Tensor:
    """Whether the largest float8_e4m3fn, 448, is where newer PyTorch puts what is out of range.

    Halfway to what would come next is 464, and goes to the even 448.
    """
    return values.to(torch.float32).abs() > (464 if name == "float8_e4m3fn" else math.inf)


def expected_code(kind: str, text: str, name: str) -> str:
    """The code that a value of an R type must get in a dtype; "misfit" where it has none.

    kind: "integer" (text: decimal), "double" or "complex" (text: bits).
    """
    if kind == "integer":
        re, im = int(text), 0.0
    else:
        parts = [double_of(part) for part in text.split(",")]
        re, im = parts[0], parts[1] if kind == "complex" else 0.0
    if name in HALVES:
        both = [_real_code(part, HALVES[name]) for part in (re, im)]
        return "misfit" if "misfit" in both else ",".join(both)
    if im != 0 and not (math.isnan(im) and math.isnan(re)):
        if name != "bool":
            return "misfit"
        return "misfit" if math.isnan(re) or math.isnan(im) else "1"
    return _real_code(re, name)


def _real_code(value: float, name: str) -> str:
    if name == "bool":
        return "misfit" if math.isnan(value) else str(int(value != 0))
    if name in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[name]
        if math.isnan(value) or math.isinf(value):
            return "misfit"
        whole = math.trunc(value)
        return str(whole % 2 ** (8 * SIZES[name])) if low <= whole <= high else "misfit"
    source = torch.tensor([value], dtype=torch.int64 if isinstance(value, int) else torch.float64)
    found = source.to(dtype(name))
    back = float(found.to(torch.float64))
    # It has no zero and nothing below 2^-127; PyTorch writes 2^-127 for all of that.
    if name == "float8_e8m0fnu" and value < 2.0**-127:
        return "misfit"
    if _saturates(torch.tensor([float(value)]), name)[0]:
        return "misfit"
    same = (math.isnan(value), math.isinf(value)) == (math.isnan(back), math.isinf(back))
    return codes(found)[0] if same else "misfit"


def expected_value(code: str, name: str, r_type: str) -> str:
    """What an R type must hold for the element of a dtype with this code, or "misfit"."""
    tensor = from_codes([code], name)
    if tensor.is_complex():
        re, im = (float(x) for x in torch.view_as_real(tensor).to(torch.float64)[0])
        if r_type == "complex":
            return ",".join("nan" if math.isnan(x) else text_of(x) for x in (re, im))
        if im != 0 and not (math.isnan(re) and math.isnan(im)):
            return "misfit"
        value = re
    elif tensor.is_floating_point():
        value = float(tensor.to(torch.float64)[0])
    else:
        value = int(tensor[0].item())
    if r_type in ("double", "complex"):
        if isinstance(value, int) and abs(value) > 2**53:
            return "misfit"
        return text_of(float(value)) + ("," + text_of(0.0) if r_type == "complex" else "")
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value) or value != math.trunc(value):
            return "misfit"
        value = int(value)
    low, high = R_LIMITS[r_type]
    return str(value) if low <= value <= high else "misfit"
