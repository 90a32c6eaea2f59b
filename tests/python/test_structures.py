"""structures.unpack() and sparse.parts(): what R rebuilds values from."""

import collections
import warnings

import numpy as np
import pytest
import torch

from pytorch_bridge.errors import DtypeError
from pytorch_bridge.sparse import from_parts, parts
from pytorch_bridge.structures import unpack


def test_leaves_say_their_kind():
    assert unpack(None) == ("null",)
    assert unpack(True) == ("value", True)
    assert unpack(2**80) == ("integer", "1208925819614629174706176")
    assert unpack(-0.5) == ("value", -0.5)
    assert unpack("x") == ("value", "x")
    kind, keeper = unpack(np.float32(1.5))
    assert kind == "array"
    assert keeper.array == 1.5


def test_containers_keep_names_and_order():
    pair = collections.namedtuple("pair", "y x")
    found = unpack({"b": pair(1, "s"), 3: []})
    assert found == (
        "list",
        ["b", "3"],
        [("list", ["y", "x"], [("integer", "1"), ("value", "s")]), ("list", None, [])],
    )


def test_the_same_list_twice_is_no_loop():
    shared = [1]
    assert unpack([shared, shared])[2] == [("list", None, [("integer", "1")])] * 2


@pytest.mark.parametrize("obj", [{1, 2}, len, object(), iter([1])])
def test_what_is_no_structure_is_refused(obj):
    with pytest.raises(DtypeError, match="nothing else that R has values for"):
        unpack(obj)


@pytest.mark.parametrize("layout", ["csc", "csr", "coo"])
@pytest.mark.filterwarnings("ignore:Sparse")
def test_parts_are_where_the_values_are(layout):
    dense = [[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]]
    tensor = torch.tensor(dense)
    tensor = tensor.to_sparse() if layout == "coo" else getattr(tensor, f"to_sparse_{layout}")()
    name, shape, first, second, values = parts(tensor)
    assert (name, shape) == (layout, [2.0, 3.0])
    rebuilt = [[0.0] * 3 for _ in range(2)]
    if layout == "coo":
        places = list(zip(first.tolist(), second.tolist()))
    else:
        outer = [k for k, n in enumerate(first.diff().tolist()) for _ in range(n)]
        pairs = zip(outer, second.tolist())
        places = [(i, j) if layout == "csr" else (j, i) for i, j in pairs]
    for (row, column), value in zip(places, values.tolist()):
        rebuilt[row][column] = value
    assert rebuilt == dense
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert from_parts(layout, first, second, values, shape).to_dense().tolist() == dense


def test_invalid_parts_are_refused():
    with pytest.raises(RuntimeError):
        from_parts("csc", torch.tensor([0, 5]), torch.tensor([0]), torch.ones(1), [1, 1])
