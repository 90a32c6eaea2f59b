"""Objects of other libraries: what becomes of each, and back to R as what. Truths are Python's own.

Each test says so where its library is not installed.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.sources import identify
from pytorch_bridge.structures import read

BIG = 2**53 + 1
DAY = datetime.date(2024, 2, 29)
DAYS = float((DAY - datetime.date(1970, 1, 1)).days)
MOMENT = datetime.datetime(2024, 2, 29, 15, tzinfo=datetime.timezone.utc)

#: An object, by the library, and its values (None is a missing one), and their dtype.
TABLE = """
pandas | pd.Series([1, 5]) | [1, 5] | int64
pandas | pd.Series([1.5, None]) | [1.5, None] | float64
pandas | pd.Series([True, False]) | [True, False] | bool
pandas | pd.Series([BIG, None], dtype="Int64") | [BIG, None] | int64
pandas | pd.Series([2**64 - 1, None], dtype="UInt64") | [2**64 - 1, None] | uint64
pandas | pd.Series([1, None], dtype="Int8") | [1, None] | int8
pandas | pd.Series([1.5, None], dtype="Float32") | [1.5, None] | float32
pandas | pd.Series([True, None], dtype="boolean") | [True, None] | bool
pandas | pd.array([BIG, None], dtype="Int64") | [BIG, None] | int64
pandas | pd.Index([BIG, 2]) | [BIG, 2] | int64
pandas | pd.Series([BIG, None], dtype="Int64").astype("category") | [BIG, None] | int64
pandas | pd.Series([BIG, None], dtype=pd.ArrowDtype(pa.int64())) | [BIG, None] | int64
pandas | pd.Series([DAY], dtype=object) | [DAYS] | float64
pandas | pd.Series(pd.to_datetime([MOMENT])) | [MOMENT.timestamp()] | float64
pandas | pd.Series(pd.to_datetime([MOMENT, None])) | [MOMENT.timestamp(), None] | float64
pandas | pd.Series(pd.to_timedelta([1, 90], unit="s")) | [1, 90] | float64
polars | pl.Series([BIG, None]) | [BIG, None] | int64
polars | pl.Series([1, None], dtype=pl.UInt8) | [1, None] | uint8
polars | pl.Series([1.5, None]) | [1.5, None] | float64
polars | pl.Series([True, None]) | [True, None] | bool
polars | pl.Series([DAY]) | [DAYS] | float64
polars | pl.Series([MOMENT]) | [MOMENT.timestamp()] | float64
polars | pl.Series([[1, 2], [3, None]], dtype=pl.Array(pl.Int8, 2)) | [[1, 2], [3, None]] | int8
pyarrow | pa.array([BIG, None]) | [BIG, None] | int64
pyarrow | pa.array([BIG, 2]) | [BIG, 2] | int64
pyarrow | pa.chunked_array([[BIG], [None]]) | [BIG, None] | int64
pyarrow | pa.chunked_array([[1], [2]]) | [1, 2] | int64
pyarrow | pa.chunked_array([], type=pa.int8()) | [] | int8
pyarrow | pa.array([True, None]) | [True, None] | bool
pyarrow | pa.array([1.5, None], pa.float32()) | [1.5, None] | float32
pyarrow | pa.array([DAY]) | [DAYS] | float64
pyarrow | pa.array([BIG, None]).dictionary_encode() | [BIG, None] | int64
pyarrow | pa.array([[1, 2], [3, None]], pa.list_(pa.int64(), 2)) | [[1, 2], [3, None]] | int64
jax | jnp.arange(3) | [0, 1, 2] | int32
jax | jnp.array([1, 2], dtype="int4") | [1, 2] | int8
jax | jnp.array([0.5], dtype="bfloat16") | [0.5] | bfloat16
ml_dtypes | np.array([0.5, 2]).astype(ml.bfloat16) | [0.5, 2] | bfloat16
ml_dtypes | np.array([0.5, 2]).astype(ml.float8_e5m2) | [0.5, 2] | float8_e5m2
ml_dtypes | np.array([-1, 2]).astype(ml.int4) | [-1, 2] | int8
xarray | xr.DataArray(np.arange(2.0)) | [0, 1] | float64
"""
ALIASES = {
    "pd": "pandas",
    "pl": "polars",
    "pa": "pyarrow",
    "jnp": "jax.numpy",
    "ml": "ml_dtypes",
    "xr": "xarray",
    "sp": "scipy.sparse",
    "td": "tensordict",
}
ROWS = [tuple(cell.strip() for cell in line.split(" | ")) for line in TABLE.strip().splitlines()]


def made(code: str) -> Any:
    """What the code gives, where the libraries that it names are there."""
    scope = dict(globals())
    for alias, module in ALIASES.items():
        if f"{alias}." in code:
            scope[alias] = pytest.importorskip(module)
    return eval(code, scope)


def flat(values: Any) -> list[Any]:
    return [x for item in values for x in flat(item)] if isinstance(values, list) else [values]


def same(found: Any, wanted: Any) -> bool:
    return math.isnan(found) if wanted is None else found == wanted


@pytest.mark.parametrize(("library", "code", "values", "dtype"), ROWS, ids=[row[1] for row in ROWS])
def test_the_table(library, code, values, dtype):
    pytest.importorskip(library)
    obj, wanted = made(code), eval(values)
    floating = dtype.startswith(("float", "bfloat"))
    if None in flat(wanted) and not floating:
        with pytest.raises(pb.MissingError, match=r"1 missing value at index \[1.*na = "):
            pb.to_tensor(obj)
        filled = pb.to_tensor(obj, na=1)
        wanted = [[1 if x is None else x for x in flat(row)] for row in wanted]
        assert (str(filled.dtype), flat(filled.tolist())) == (f"torch.{dtype}", flat(wanted))
        return
    tensor = pb.to_tensor(obj)
    assert str(tensor.dtype) == f"torch.{dtype}"
    assert len(flat(tensor.tolist())) == len(flat(wanted))
    assert all(map(same, flat(tensor.tolist()), flat(wanted)))


@pytest.mark.parametrize(("library", "code", "values", "dtype"), ROWS, ids=[row[1] for row in ROWS])
def test_r_reads_what_is_taken(library, code, values, dtype):
    pytest.importorskip(library)
    found = read(made(code))
    missing = None
    if found[0] == "vector":
        _, found, missing, _, _ = found
    kind, _, owner, name, _, _ = found
    if owner is not None and name not in ("bfloat16", "float8_e5m2"):
        wanted = np.array(eval(values), dtype=object).ravel(order="F").tolist()
        there = np.asarray(owner.held).ravel(order="F").tolist()
        gone = set() if missing is None else {int(place) - 1 for place in missing}
        expected = {i for i, x in enumerate(wanted) if x is None}
        assert gone == expected or (not gone and all(math.isnan(there[i]) for i in expected))
        assert all(i in expected or x == there[i] for i, x in enumerate(wanted))
    assert kind == "memory"


@pytest.mark.parametrize(
    "code",
    [
        "jnp.arange(3.0)",
        "pa.array([1.0, 2.0])",
        "np.broadcast_to(1.0, 3)",
        "np.frombuffer(bytes(16))",
    ],
)
def test_read_only_memory_is_copied_and_never_shared(code):
    obj = made(code)
    before = np.array(obj)
    pb.to_tensor(obj).add_(1)
    pb.to_numpy(pb.to_tensor(obj))[0] = 7
    leaf = pb.to_tensor(obj, requires_grad=True)
    leaf.sum().backward()
    torch.optim.SGD([leaf], lr=0.5).step()
    assert np.array_equal(np.array(obj), before)
    with pytest.raises(pb.SharingError, match="read-only"):
        pb.to_tensor(obj, copy=False)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ('pd.Series(["a", "b"], dtype="category")', pb.DtypeError, "x.cat.codes"),
        ("pd.Series(pd.interval_range(0, 2))", pb.DtypeError, "left and right"),
        ('pd.Series(pd.period_range("2024", periods=2, freq="D"))', pb.DtypeError, "to_timestamp"),
        ("pl.Series([[1, 2], [3]])", pb.DtypeError, "to_list"),
        ('pa.array(["a"])', pb.DtypeError, "codes"),
        ("pa.array([[1], [2, 3]])", pb.DtypeError, "to_pylist"),
        ("pa.nulls(2)", pb.MissingError, "2 missing"),
        ('pd.DataFrame([[1, 2]], columns=["a", "a"])', pb.DtypeError, "same name"),
        ('pd.Series([BIG, None], dtype="Int64"), "nan"', pb.LossyError, str(BIG)),
    ],
)
def test_what_is_refused(code, kind, words):
    obj, na = made(code) if code.endswith('"nan"') else (made(code), "error")
    with pytest.raises(kind, match=words):
        pb.to_tensor(obj, na=na)


def test_remedies_work_on_what_was_refused():
    pd = pytest.importorskip("pandas")
    categories = pd.Series(["b", "a", "b"], dtype="category")
    assert pb.to_tensor(categories.cat.codes).tolist() == [1, 0, 1]
    intervals = pd.Series(pd.interval_range(0, 2))
    assert pb.to_tensor(pd.arrays.IntervalArray(intervals).left).tolist() == [0, 1]
    text = np.array(["b", "a"])
    assert pb.to_tensor(np.unique(text, return_inverse=True)[1]).tolist() == [1, 0]
    fine = np.array(["2024-02-29T01:02:03.123456789"], "datetime64[ns]")
    assert pb.to_tensor(np.asarray(fine).astype("int64")).tolist() == [1709168523123456789]
    assert pb.to_tensor(fine.astype("datetime64[us]")).item() == 1709168523.123456
    packed = torch.tensor([1, 2], dtype=torch.uint8)
    if hasattr(torch, "int4"):
        assert pb.to_numpy(packed.view(torch.int4).view(torch.uint8)).tolist() == [1, 2]


TRUTH = [[0.0, 1.0], [2.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia", "dok", "lil"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.filterwarnings("ignore:Sparse")
def test_sparse_matrices_of_scipy(form, kind):
    sp = pytest.importorskip("scipy.sparse")
    matrix = getattr(sp, f"coo_{kind}")(np.array(TRUTH)).asformat(form)
    tensor = pb.to_tensor(matrix)
    assert tensor.to_dense().tolist() == TRUTH
    assert pb.to_tensor(matrix, "float32").dtype == torch.float32
    tensor.values().fill_(9) if form in ("csr", "csc") else None
    assert matrix.toarray().tolist() == TRUTH
    assert read(matrix)[0] == "sparse"


@pytest.mark.filterwarnings("ignore:Sparse")
def test_sparse_matrices_out_of_order_are_sorted_and_added_up():
    sp = pytest.importorskip("scipy.sparse")
    matrix = sp.csr_matrix(([5.0, 7.0, 9.0], [1, 0, 1], [0, 3, 3]), shape=(2, 2))
    assert pb.to_tensor(matrix).to_dense().tolist() == [[7, 14], [0, 0]]
    matrix.indices[0] = 5
    with pytest.raises(pb.SubscriptError, match="column index 5"):
        pb.to_tensor(matrix)


def test_tensordicts_are_mappings():
    td = pytest.importorskip("tensordict")
    found = read(td.TensorDict({"u": torch.ones(1), "w": torch.zeros(1)}, batch_size=[1]))
    assert found[:2] == ("list", ["u", "w"])


def test_tables_keep_names_and_columns():
    for code in (
        'pd.DataFrame({"a": [1, 2], "b": [0.5, 1]})',
        'pl.DataFrame({"a": [1, 2], "b": [0.5, 1]})',
        'pa.table({"a": [1, 2], "b": [0.5, 1]})',
    ):
        table = made(code)
        assert pb.to_tensor(table).tolist() == [[1, 0.5], [2, 1]]
        kind, names, columns = read(table)
        assert (kind, names, len(columns)) == ("frame", ["a", "b"], 2)


def test_a_library_that_is_not_loaded_is_not_asked_for():
    assert identify(object()).kind == "unknown"
