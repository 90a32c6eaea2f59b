"""The dtype table: the one place that says which torch, NumPy and R types correspond."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

import torch

from .errors import DtypeError

__all__ = ["DTYPES", "R_TYPES", "Dtype", "RType", "dtype_table", "resolve_dtype"]


class Dtype(NamedTuple):
    """A torch dtype, and what it is elsewhere."""

    name: str  #: PyTorch's name, without "torch."
    numpy: str | None  #: NumPy's name; None where NumPy has no such dtype
    r_type: str  #: what R makes of it
    r_note: str  #: when a value does not fit, or ""

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return torch.empty(0, dtype=getattr(torch, self.name)).element_size()


_EXACT = ""
_INT32_NOTE = '-2147483648 is R\'s NA: error, unless `na = "keep"` or `type = "double"`'
_WIDE_NOTE = 'beyond 2^53: error; `type = "integer64"` is exact'

_ROWS = [
    Dtype("bool", "bool", "logical", _EXACT),
    Dtype("uint8", "uint8", "integer", _EXACT),
    Dtype("int8", "int8", "integer", _EXACT),
    Dtype("int16", "int16", "integer", _EXACT),
    Dtype("uint16", "uint16", "integer", _EXACT),
    Dtype("int32", "int32", "integer", _INT32_NOTE),
    Dtype("uint32", "uint32", "double", _EXACT),
    Dtype("int64", "int64", "double", _WIDE_NOTE),
    Dtype("uint64", "uint64", "double", _WIDE_NOTE + " up to 2^63 - 1"),
    Dtype("float16", "float16", "double", _EXACT),
    Dtype("bfloat16", None, "double", _EXACT),
    Dtype("float32", "float32", "double", _EXACT),
    Dtype("float64", "float64", "double", _EXACT),
    Dtype("float8_e4m3fn", None, "double", _EXACT),
    Dtype("float8_e4m3fnuz", None, "double", _EXACT),
    Dtype("float8_e5m2", None, "double", _EXACT),
    Dtype("float8_e5m2fnuz", None, "double", _EXACT),
    Dtype("float8_e8m0fnu", None, "double", _EXACT),
    Dtype("complex32", None, "complex", _EXACT),
    Dtype("complex64", "complex64", "complex", _EXACT),
    Dtype("complex128", "complex128", "complex", _EXACT),
]

#: By name, those that the PyTorch in use has (uint16, uint32, uint64 and float8_* came after 2.0).
DTYPES: dict[str, Dtype] = {row.name: row for row in _ROWS if hasattr(torch, row.name)}

#: Those of integers.
INTEGERS = frozenset(
    getattr(torch, name)
    for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
    if name in DTYPES
)

#: NumPy's names of dtypes that PyTorch has too.
NUMPY_NAMES = frozenset(row.numpy for row in DTYPES.values() if row.numpy is not None)


def is_packed(dtype: torch.dtype) -> bool:
    """Whether PyTorch keeps such elements as bits that only a view as bytes can tell.

    Example:
        >>> is_packed(torch.uint8)
        False
    """
    return re.fullmatch(r"bits\d.*|float4_.*|u?int[1-7]", dtype_name(dtype)) is not None


class RType(NamedTuple):
    """An R type, and the dtypes that its values take."""

    name: str
    copied: str  #: dtype of a copy
    borrowed: str | None  #: dtype that R's own memory has; None where it cannot be borrowed
    missing: str  #: what becomes of NA


_NA_ERROR = "NA: error, unless `na =`"
_NA_STAYS = "NaN and NA stay NaN; NA comes back as NA from float64"

#: By name. Values that have no row of their own (a factor's codes) travel as one that has.
R_TYPES: dict[str, RType] = {
    row.name: row
    for row in [
        RType("logical", "bool", None, _NA_ERROR),
        RType("integer", "int64", "int32", _NA_ERROR),
        RType("double", "float64", "float64", _NA_STAYS),
        RType("complex", "complex128", "complex128", _NA_STAYS),
        RType("raw", "uint8", "uint8", "none"),
        RType("integer64", "int64", "int64", _NA_ERROR),
        RType("factor", "int64", None, _NA_ERROR),
        RType("Date", "float64", None, _NA_STAYS),
        RType("POSIXct", "float64", None, _NA_STAYS),
        RType("difftime", "float64", None, _NA_STAYS),
    ]
}


def dtype_table() -> dict[str, list[dict[str, object]]]:
    """Both directions of the dtype table.

    Returns:
        ``{"to_torch": rows, "to_r": rows}``, each row a dict of strings. A row of ``to_torch`` has
        ``r_type``, ``copied``, ``borrowed`` (None: cannot be) and ``missing``; one of ``to_r`` has
        ``dtype``, ``numpy`` (None: there is none), ``r_type`` and ``note``.

    Example:
        >>> dtype_table()["to_r"][0]["r_type"]
        'logical'
    """
    return {
        "to_torch": [
            {
                "r_type": row.name,
                "copied": row.copied,
                "borrowed": row.borrowed,
                "missing": row.missing,
            }
            for row in R_TYPES.values()
        ],
        "to_r": [
            {"dtype": row.name, "numpy": row.numpy, "r_type": row.r_type, "note": row.r_note}
            for row in DTYPES.values()
        ],
    }


def dtype_name(dtype: torch.dtype) -> str:
    """PyTorch's name of a dtype without "torch.", as in the table."""
    return str(dtype).partition(".")[2]


def resolve_dtype(dtype: torch.dtype | str | object) -> torch.dtype:
    """The torch dtype that is meant.

    Args:
        dtype: a ``torch.dtype``; a name that PyTorch uses (``"float32"``, ``"long"``, ``"half"``,
            ``"torch.int8"``); or a NumPy dtype or scalar type.

    Raises:
        DtypeError: no dtype has that name.

    Example:
        >>> resolve_dtype("long")
        torch.int64
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    name = dtype if isinstance(dtype, str) else _numpy_dtype_name(dtype)
    found = getattr(torch, name.removeprefix("torch."), None)
    if isinstance(found, torch.dtype):
        return found
    if name in _IN_R:
        raise DtypeError(f'There is no dtype "{name}"; R\'s {name} is "{_IN_R[name]}".')
    name = name if len(name) < 60 else name[:57] + "..."
    near = difflib.get_close_matches(name.lower(), [*DTYPES, "long", "half", "double"], n=1)
    hint = f'did you mean "{near[0]}"?' if near else "dtype_table() lists the dtypes."
    raise DtypeError(f'There is no dtype "{name}"; {hint}')


#: The dtypes of R's types, where PyTorch has no dtype of that name.
_IN_R = {
    "numeric": "float64",
    "integer": "int64",
    "integer64": "int64",
    "logical": "bool",
    "complex": "complex128",
    "raw": "uint8",
    "factor": "int64",
}


def _numpy_dtype_name(dtype: object) -> str:
    import numpy as np

    try:
        if dtype is None:  # NumPy takes it for float64
            raise TypeError
        return np.dtype(dtype).name  # type: ignore[call-overload]
    except (TypeError, ValueError):
        kind = type(dtype).__name__
        raise DtypeError(
            f'`dtype` must be a name such as "float32" or a torch dtype, not {kind}.'
        ) from None
