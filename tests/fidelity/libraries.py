"""What other libraries hold: objects of theirs, and the judge of what becomes of them.

The values are Python's own, from which each object is made: integers, floats, bools, and None for a
missing one.
"""

import importlib
import math
from collections import namedtuple

import numpy as np
import torch
from oracle import (
    NA_WORD,
    RANGE_OF,
    TYPE_OF,
    WHOLE,
    beyond_double,
    bits_of,
    is_nan,
    parts_of,
    read,
    refusal,
    same,
    value_of,
)

#: Floats that each of the floating dtypes here holds.
FLOATS = [0.0, -0.0, 1.5, -2.0, 256.0, math.inf, -math.inf, math.nan]
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = ["bool", *INTEGERS, "float32", "float64"]
MODULES = ["pandas", "polars", "pyarrow", "scipy.sparse", "jax.numpy", "ml_dtypes", "xarray"]

#: obj: of shape shape, with values in R's order; dtype: PyTorch's name for what the object holds.
Case = namedtuple("Case", "what obj values shape dtype")


def cases(module):
    """The cases of a library."""
    makers = {
        "pandas": of_pandas,
        "polars": of_polars,
        "pyarrow": of_arrow,
        "scipy.sparse": of_scipy,
        "jax.numpy": of_jax,
        "ml_dtypes": of_ml_dtypes,
        "xarray": of_xarray,
    }
    return list(makers[module](importlib.import_module(module)))


def edges(dtype):
    if dtype == "bool":
        return [True, False]
    if "int" not in dtype:
        return FLOATS
    limits = np.iinfo(dtype)
    return [n for n in sorted({*WHOLE, limits.min, limits.max}) if limits.min <= n <= limits.max]


def columns(dtype, missing):
    """Lists of three values, the second an edge; missing: the third is a missing one."""
    for edge in edges(dtype):
        yield [edges(dtype)[0], edge, None if missing else edge]


def vector(what, obj, values, dtype):
    return Case(f"{what} of {values}", obj, values, (len(values),), dtype)


def of_pandas(pd):
    for case in pandas_columns(pd):
        yield case._replace(values=[None if is_nan(value) else value for value in case.values])


def pandas_columns(pd):
    """To pandas NaN is a missing value."""
    import pyarrow as pa

    for dtype in DTYPES:
        for values in columns(dtype, missing=False):
            yield vector(dtype, pd.Series(values, dtype=dtype), values, dtype)
            yield vector("index", pd.Index(values, dtype=dtype), values, dtype)
        nullable = {"bool": "boolean"}.get(dtype, dtype.title().replace("Ui", "UI"))
        arrow = pd.ArrowDtype(pa.from_numpy_dtype(dtype))
        for kind in (nullable, arrow):
            for missing in (False, True):
                for values in columns(dtype, missing):
                    yield vector(kind, pd.Series(values, dtype=kind), values, dtype)


def of_polars(pl):
    names = {"bool": "Boolean"}
    for dtype in DTYPES:
        kind = getattr(pl, names.get(dtype, dtype.title().replace("Ui", "UI")))
        for missing in (False, True):
            for values in columns(dtype, missing):
                yield vector(kind, pl.Series(values, dtype=kind), values, dtype)


def of_arrow(pa):
    for dtype in DTYPES:
        kind = pa.from_numpy_dtype(dtype)
        for missing in (False, True):
            for values in columns(dtype, missing):
                yield vector(kind, pa.array(values, kind), values, dtype)
                halves = [values[:1], values[1:]]
                yield vector(f"chunked {kind}", pa.chunked_array(halves, kind), values, dtype)


def of_scipy(sparse):
    for dtype in ["int64", "float32", "float64"]:
        for edge in filter(lambda edge: str(edge) != "-0.0", edges(dtype)):  # SciPy drops it
            dense = np.array([[1, 0, edge], [0, 2, 0]], dtype=dtype)
            for layout in ("csr", "csc", "coo", "dok", "lil", "bsr", "dia"):
                for kind in ("matrix", "array"):
                    obj = getattr(sparse, f"{layout}_{kind}")(dense)
                    values = dense.ravel(order="F").tolist()
                    yield Case(f"{layout}_{kind} of {edge}", obj, values, (2, 3), dtype)


def of_jax(jnp):
    for dtype in ["bool", *(name for name in INTEGERS if "64" not in name), "float32", "bfloat16"]:
        for values in columns(dtype, missing=False):
            yield vector(dtype, jnp.array(values, dtype=dtype), values, dtype)


def of_ml_dtypes(ml):
    for dtype in ("bfloat16", "float8_e5m2"):
        for values in columns(dtype, missing=False):
            obj = np.array(values).astype(getattr(ml, dtype))
            yield vector(dtype, obj, values, dtype)


def of_xarray(xr):
    for dtype in DTYPES:
        for values in columns(dtype, missing=False):
            yield vector(dtype, xr.DataArray(np.array(values, dtype=dtype)), values, dtype)


# ---- verdicts ------------------------------------------------------------------------------------


def judge_tensors(cases, found, ours):
    """A verdict on each: found is a tensor, or a text where none came of it."""
    return [judge_tensor(*pair, ours) for pair in zip(cases, found)]


def judge_tensor(case, tensor, ours):
    floating = "float" in case.dtype
    wanted = [math.nan if floating and value is None else value for value in case.values]
    if not isinstance(tensor, torch.Tensor):
        return refusal(str(tensor), wanted, ours)
    dtype = str(tensor.dtype).partition(".")[2]
    if ours and dtype != case.dtype:
        return f"changed: {dtype}, not {case.dtype}"
    shape, got = read(tensor)
    return difference(wanted, [re for re, _ in got], case.shape == shape)


def judge_vectors(cases, texts, ours):
    """A verdict on each R value, as text; or on what was said instead."""
    return [judge_vector(*pair, ours) for pair in zip(cases, texts.split("\n"))]


def judge_vector(case, text, ours):
    # The package Matrix has logical and double ones only.
    wanted_type = TYPE_OF.get(case.dtype, "double") if len(case.shape) == 1 else "double"
    if "|" not in text:
        return refusal(
            text, [value if fits(value, wanted_type) else None for value in case.values], ours
        )
    r_type, dim, texts = parts_of(text)
    if ours and r_type != wanted_type:
        return f"changed: {r_type}, not {wanted_type}"
    return difference(case.values, [r_value(each) for each in texts], case.shape == dim)


def fits(value, r_type):
    """Whether an R type has a place for a value, or for a missing one."""
    if value is None or r_type == "logical":
        return True
    if r_type == "integer":
        return RANGE_OF[r_type][0] <= value <= RANGE_OF[r_type][1]
    return not beyond_double(value)


def r_value(text):
    """A number of R's; None for NA, of whatever type."""
    value = value_of(text)
    is_na = value is None or (is_nan(value[0]) and bits_of(value[0]) & 0xFFFFFFFF == NA_WORD)
    return None if is_na else value[0]


def difference(wanted, got, same_shape):
    if not same_shape or len(wanted) != len(got):
        return f"changed: {len(got)} values of {len(wanted)}"
    for want, have in zip(wanted, got):
        missing = want is None or have is None
        if want is not have if missing else not same(want, have, wide=False):
            return f"changed: {want} is {have}"
    return "exact"
