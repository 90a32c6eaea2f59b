"""The dtype table, and what names a dtype goes by."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from truth import HERE, SIZES

import pytorch_bridge as pb
from pytorch_bridge.dtypes import DTYPES, R_TYPES, dtype_name, resolve_dtype

#: The design's table, written down once more.
TO_R = {
    "logical": ["bool"],
    "integer": ["uint8", "int8", "int16", "uint16", "int32"],
    "double": [
        *["uint32", "int64", "uint64", "float16", "bfloat16", "float32", "float64"],
        *["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"],
    ],
    "complex": ["complex32", "complex64", "complex128"],
}


@pytest.mark.parametrize("r_type", TO_R)
def test_each_dtype_becomes_the_r_type_of_the_design(r_type):
    table = {row["dtype"]: row["r_type"] for row in pb.dtype_table()["to_r"]}
    here = {name for name in TO_R[r_type] if hasattr(torch, name)}
    assert {name for name, found in table.items() if found == r_type} == here


def test_each_r_type_becomes_the_dtype_of_the_design():
    found = {
        row["r_type"]: (row["copied"], row["borrowed"]) for row in pb.dtype_table()["to_torch"]
    }
    assert found == {
        "logical": ("bool", None),
        "integer": ("int64", "int32"),
        "double": ("float64", "float64"),
        "complex": ("complex128", "complex128"),
        "raw": ("uint8", "uint8"),
        "integer64": ("int64", "int64"),
        "factor": ("int64", None),
        "Date": ("float64", None),
        "POSIXct": ("float64", None),
        "difftime": ("float64", None),
    }


def test_the_table_holds_every_dtype_that_pytorch_has():
    assert set(DTYPES) == set(HERE)


@pytest.mark.parametrize("name", HERE)
def test_itemsize(name):
    assert DTYPES[name].itemsize == SIZES[name]


@pytest.mark.parametrize("name", [n for n in HERE if n in DTYPES and DTYPES[n].numpy])
def test_numpy_names_have_the_same_size(name):
    assert np.dtype(DTYPES[name].numpy).itemsize == SIZES[name]


def test_dtypes_that_numpy_lacks():
    lacking = {row["dtype"] for row in pb.dtype_table()["to_r"] if row["numpy"] is None}
    expected = {"bfloat16", "complex32"} | {n for n in HERE if n.startswith("float8")}
    assert lacking == expected


def test_rows_of_dtype_table_are_copies():
    pb.dtype_table()["to_r"][0]["r_type"] = "changed"
    assert pb.dtype_table()["to_r"][0]["r_type"] == "logical"


def test_borrowed_dtypes_are_in_the_table():
    assert {row.borrowed for row in R_TYPES.values()} - {None} <= set(DTYPES)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("float32", torch.float32),
        ("torch.float32", torch.float32),
        ("float", torch.float32),
        ("double", torch.float64),
        ("half", torch.float16),
        ("long", torch.int64),
        ("int", torch.int32),
        ("short", torch.int16),
        ("cfloat", torch.complex64),
        ("cdouble", torch.complex128),
        ("bfloat16", torch.bfloat16),
        ("bool", torch.bool),
        (torch.int8, torch.int8),
        (np.float32, torch.float32),
        (np.dtype(">i2"), torch.int16),
        (float, torch.float64),
        (int, torch.int64),
        (bool, torch.bool),
    ],
)
def test_resolve_dtype(given, expected):
    assert resolve_dtype(given) is expected


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("flaot32", 'did you mean "float32"'),
        ("Float64", 'did you mean "float64"'),
        ("int46", "did you mean"),
        ("nn", "dtype_table"),  # torch.nn is there, and no dtype
        ("", "dtype_table"),
        (3, "must be a name"),
        (None, "must be a name"),
        ({"names": 1}, "must be a name"),
        (np.dtype("datetime64[s]"), "no dtype"),
    ],
)
def test_resolve_dtype_refuses(given, hint):
    with pytest.raises(pb.DtypeError, match=hint):
        resolve_dtype(given)


def test_dtype_name():
    assert dtype_name(torch.float64) == "float64"
    assert dtype_name(torch.half) == "float16"
