"""Columns and tables of pandas, polars and Arrow, without importing any of these libraries.

Their own ways to NumPy round integers beside a missing value. Here a column is its numbers as they
are, of a dtype that its type alone decides, and a mask of what is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import DtypeError, Remedy
from .kinds import Source

__all__ = ["LADDER"]


def _is(library: str, *names: str) -> Callable[[Any], bool]:
    """Whether an object is of one of these classes; a library that nobody has imported has none."""

    def is_one(obj: Any) -> bool:
        module = sys.modules.get(library)
        types = [getattr(module, name, None) for name in names]
        return isinstance(obj, tuple(kind for kind in types if isinstance(kind, type)))

    return is_one


def _column(values: Any, missing: Any = None, **more: Any) -> Source:
    """A column of numbers, times or texts; the memory is its own only where it is read-only."""
    array = np.asarray(values)
    mask = None if missing is None else np.asarray(missing, bool)
    mask = mask if mask is not None and mask.any() else None
    return Source("array", array, has_memory=False, missing=mask, **more)


def _texts(values: Any) -> Source:
    return Source("array", np.array(values, dtype=object), has_memory=False)


def _refuse(what: str, remedy: str) -> Source:
    raise DtypeError(f"{what}; {remedy}.")


# ---- pandas --------------------------------------------------------------------------------------


def _pandas_table(frame: Any) -> Source:
    names = list(frame.columns)
    if len(set(names)) < len(names):
        # reticulate makes all columns of one name the last of them, so none is to be trusted.
        raise DtypeError(
            "Two columns of this data frame have the same name",
            Remedy(
                'give each its own name; from R, from_r("x") brings both',
                "give each its own, or use as_tensor(x) for x of R",
            ),
        )
    return Source("columns", [frame.iloc[:, place] for place in range(len(names))], names, False)


def _pandas_column(obj: Any) -> Source:
    values = getattr(obj, "array", obj)
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        return _column(obj.to_numpy())
    read = _PANDAS.get(type(dtype).__name__)
    if read is not None:
        return read(values)
    if hasattr(dtype, "numpy_dtype") and hasattr(values, "isna"):  # Int64, boolean, Float32, ...
        missing = np.asarray(values.isna())
        return _column(values.to_numpy(dtype=dtype.numpy_dtype, na_value=0), missing)
    return _refuse(f"A column of {dtype} is none of numbers", "convert it with its astype() first")


def _pandas_category(values: Any) -> Source:
    return _categories(np.asarray(values.codes), values.categories)


def _categories(codes: np.ndarray, categories: Any) -> Source:
    """Codes from 0, where one below 0 is a missing value; of categories that are numbers, those."""
    found = _source(categories)
    missing = codes < 0
    codes = np.where(missing, 0, codes).astype(np.int64)
    if found.value.dtype.kind in "biufc" and found.missing is None and found.value.size:
        return _column(found.value[codes], missing)
    return _column(codes, missing, levels=[str(level) for level in found.value.tolist()])


_PANDAS: dict[str, Callable[[Any], Source]] = {
    "CategoricalDtype": _pandas_category,
    "DatetimeTZDtype": lambda values: _column(
        np.asarray(values, f"datetime64[{getattr(values.dtype, 'unit', 'ns')}]"),
        zone=str(values.dtype.tz),
    ),
    "ArrowDtype": lambda values: _arrow_column(values.__arrow_array__()),
    "SparseDtype": lambda values: _column(np.asarray(values)),
    "StringDtype": lambda values: _texts(
        [None if gone else text for text, gone in zip(values.astype(object), values.isna())]
    ),
    "IntervalDtype": lambda _: _refuse(
        "A column of intervals is none of numbers",
        "use its ends: pandas.arrays.IntervalArray(x).left and right",
    ),
    "PeriodDtype": lambda _: _refuse(
        "A column of periods is none of moments", "use pandas.PeriodIndex(x).to_timestamp()"
    ),
}


# ---- polars --------------------------------------------------------------------------------------


def _polars_table(frame: Any) -> Source:
    return Source("columns", frame.get_columns(), list(frame.columns), False)


def _polars_column(column: Any) -> Source:
    dtype = column.dtype
    name = type(dtype).__name__ if not isinstance(dtype, type) else dtype.__name__
    missing = column.is_null().to_numpy() if column.null_count() else None
    if name == "Struct":
        return _polars_table(column.struct.unnest())
    if name == "Array":
        return _polars_array(column)
    if name in ("String", "Utf8", "Categorical", "Enum"):
        return _texts(column.to_list())
    if name == "Boolean":
        return _column(column.fill_null(False).to_numpy(), missing)
    if name in ("Date", "Datetime", "Duration"):
        return _column(column.to_numpy(), zone=getattr(dtype, "time_zone", None))
    if name.startswith(("Int", "UInt", "Float")) and name != "Int128":
        return _column(column.fill_null(0).to_numpy(), missing)
    return _refuse(
        f"A polars column of {dtype} has no dtype in PyTorch",
        "its cast() makes one that has" if name == "Int128" else "its to_list() has the values",
    )


def _polars_array(column: Any) -> Source:
    """Rows of one length; a missing row is as many missing values."""
    width = column.dtype.size if hasattr(column.dtype, "size") else column.dtype.width
    if column.null_count():
        _refuse("Some rows of this column are missing", "leave them out: x.drop_nulls()")
    found = _polars_column(column.explode())
    shape = (len(column), width)
    missing = None if found.missing is None else found.missing.reshape(shape)
    return found._replace(value=found.value.reshape(shape), missing=missing)


# ---- Arrow ---------------------------------------------------------------------------------------


def _arrow_table(table: Any) -> Source:
    return Source("columns", list(table.columns), list(table.schema.names), False)


def _arrow_column(obj: Any) -> Source:
    arrow = sys.modules["pyarrow"]
    values = obj.combine_chunks() if hasattr(obj, "combine_chunks") else obj
    if hasattr(values, "chunks"):  # older versions keep the chunks of an empty one
        values = arrow.concat_arrays(values.chunks) if values.num_chunks else arrow.array([])
    kind, types = values.type, arrow.types
    missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
    if types.is_dictionary(kind):
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return _categories(codes, values.dictionary)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return _arrow_numbers(values, missing)
    if types.is_temporal(kind) and not types.is_time(kind) and not types.is_interval(kind):
        numbers = values.to_numpy(zero_copy_only=False)
        return _column(numbers, zone=getattr(kind, "tz", None))
    if types.is_string(kind) or types.is_large_string(kind):
        return _texts(values.to_pylist())
    if types.is_null(kind):
        return _column(np.zeros(len(values), bool), np.ones(len(values), bool))
    if types.is_struct(kind):
        names = [field.name for field in kind]
        return Source("columns", values.flatten(), names, False)
    if types.is_fixed_size_list(kind) and not values.null_count:
        found = _arrow_column(values.flatten())
        shape = (len(values), kind.list_size)
        mask = None if found.missing is None else found.missing.reshape(shape)
        return found._replace(value=found.value.reshape(shape), missing=mask)
    return _refuse(
        f"An Arrow array of {kind} has no dtype in PyTorch", "its to_pylist() has the values"
    )


def _arrow_numbers(values: Any, missing: Any) -> Source:
    if missing is not None:
        values = values.fill_null(False if values.type == "bool" else 0)
    array = values.to_numpy(zero_copy_only=False)
    # NumPy's array is read-only where it is Arrow's own memory.
    own = missing is None and not array.flags.writeable
    return Source("array", array, has_memory=own, missing=missing)


def _source(column: Any) -> Source:
    for is_one, take in LADDER:
        if is_one(column):
            return take(column)
    return _column(column)


def _is_scipy_sparse(obj: Any) -> bool:
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(obj))


#: Rows of the ladder of `sources.identify()`.
LADDER: list[tuple[Callable[[Any], bool], Callable[[Any], Source]]] = [
    (_is_scipy_sparse, lambda obj: Source("sparse", obj, has_memory=False)),
    (_is("pandas", "DataFrame"), _pandas_table),
    (_is("pandas", "Series", "Index"), _pandas_column),
    (_is("pandas.api.extensions", "ExtensionArray"), _pandas_column),
    (_is("polars", "DataFrame"), _polars_table),
    (_is("polars", "Series"), _polars_column),
    (_is("pyarrow", "Table", "RecordBatch"), _arrow_table),
    (_is("pyarrow", "Array", "ChunkedArray"), _arrow_column),
]
