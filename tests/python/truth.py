"""Truths that owe nothing to the code under test: bits by struct, numbers by fractions."""

from __future__ import annotations

import ctypes
import itertools
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


def dtype(name: str) -> torch.dtype:
    return getattr(torch, name)


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
