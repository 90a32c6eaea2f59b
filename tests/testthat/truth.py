"""Truths for the R tests, from PyTorch's own conversions and Python's integers alone.

Values come and go as text, so that nothing depends on the code under test: integers as decimals,
doubles as the 16 hexadecimal digits of their bits, complex values as two of these. An element of a
tensor is known by its code: its bits as an integer.
"""

import math
import struct

import torch

INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def dtype_of(name):
    return getattr(torch, name)


def double_of(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


def text_of(value):
    return "nan" if math.isnan(value) else struct.pack(">d", value).hex()


def codes(tensor):
    """The bits of each element, row by row, as decimals; "nan" for NaN."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    if flat.is_complex():
        parts = torch.view_as_real(flat)
        return [f"{re},{im}" for re, im in zip(codes(parts[:, 0]), codes(parts[:, 1]))]
    size = flat.element_size()
    as_integers = flat.view(torch.uint8) if flat.dtype == torch.bool else flat.view(INTEGERS[size])
    found = [str(code % 2 ** (8 * size)) for code in as_integers.tolist()]
    if not flat.is_floating_point():
        return found
    nan = flat.to(torch.float64).isnan().tolist()
    return ["nan" if missing else code for code, missing in zip(found, nan)]


def from_codes(numbers, name):
    """A tensor of these codes, decimals as text."""
    dtype = dtype_of(name)
    parts = [int(part) for text in numbers for part in text.split(",")]
    if dtype.is_complex:
        half = {torch.complex32: "float16", torch.complex64: "float32"}.get(dtype, "float64")
        return torch.view_as_complex(from_codes([str(p) for p in parts], half).reshape(-1, 2))
    size = torch.empty(0, dtype=dtype).element_size()
    signed = [p - 2 ** (8 * size) if size > 1 and p >= 2 ** (8 * size - 1) else p for p in parts]
    bits = torch.tensor(signed, dtype=INTEGERS[size])
    return bits != 0 if dtype == torch.bool else bits.view(dtype)


def doubles(tensor):
    """What PyTorch's to(float64) makes of each element, as bits."""
    values = tensor.detach().cpu().contiguous().reshape(-1).to(torch.float64)
    nan, bits = values.isnan().tolist(), values.view(torch.int64).tolist()
    return ["nan" if missing else f"{b % 2**64:016x}" for b, missing in zip(bits, nan)]


def converted(texts, name):
    """The codes of PyTorch's to() of doubles, and which of them stayed finite."""
    source = torch.tensor([double_of(text) for text in texts], dtype=torch.float64)
    found = source.to(dtype_of(name))
    fits = found.to(torch.float64).isfinite() & ~_saturates(source, name)
    return [codes(found), fits.tolist()]


def _saturates(values, name):
    """Whether the largest float8_e4m3fn, 448, is where newer PyTorch puts what is out of range.

    Halfway to what would come next is 464, and goes to the even 448.
    """
    return values.to(torch.float32).abs() > (464 if name == "float8_e4m3fn" else math.inf)


def expected_code(kind, text, name):
    """The code that a value of an R type must get in a dtype; "misfit" where it has none.

    kind: "integer" (text: decimal), "double" or "complex" (text: bits).
    """
    dtype = dtype_of(name)
    if kind == "integer":
        re, im = int(text), 0.0
    else:
        parts = [double_of(part) for part in text.split(",")]
        re, im = parts[0], parts[1] if kind == "complex" else 0.0
    if dtype.is_complex:
        half = {"complex32": "float16", "complex64": "float32"}.get(name, "float64")
        both = [_real_code(part, dtype_of(half)) for part in (re, im)]
        return "misfit" if "misfit" in both else ",".join(both)
    if im != 0 and not (math.isnan(im) and math.isnan(re)):
        if dtype != torch.bool:
            return "misfit"
        return "misfit" if math.isnan(re) or math.isnan(im) else "1"
    return _real_code(re, dtype)


def _real_code(value, dtype):
    if dtype == torch.bool:
        return "misfit" if math.isnan(value) else str(int(value != 0))
    if not dtype.is_floating_point:
        limits = torch.iinfo(dtype)
        if math.isnan(value) or math.isinf(value):
            return "misfit"
        whole = math.trunc(value)
        return str(whole % 2**limits.bits) if limits.min <= whole <= limits.max else "misfit"
    source = torch.tensor([value], dtype=torch.int64 if isinstance(value, int) else torch.float64)
    found = source.to(dtype)
    back = float(found.to(torch.float64))
    # It has no zero and nothing below 2^-127; PyTorch writes 2^-127 for all of that.
    if str(dtype).endswith("e8m0fnu") and value < 2.0**-127:
        return "misfit"
    if _saturates(torch.tensor([float(value)]), str(dtype).partition(".")[2])[0]:
        return "misfit"
    same = (math.isnan(value), math.isinf(value)) == (math.isnan(back), math.isinf(back))
    return codes(found)[0] if same else "misfit"


def expected_value(code, name, r_type):
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
    low, high = {
        "logical": (0, 1),
        "integer": (-(2**31) + 1, 2**31 - 1),
        "raw": (0, 255),
        "integer64": (-(2**63) + 1, 2**63 - 1),
    }[r_type]
    return str(value) if low <= value <= high else "misfit"
