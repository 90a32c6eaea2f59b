"""structures.read() and sparse.parts(): what R makes its values of."""

import collections
import warnings

import numpy as np
import pytest
import torch

from pytorch_bridge.errors import DtypeError, LossyError, SharingError, SubscriptError
from pytorch_bridge.sparse import from_parts, parts
from pytorch_bridge.structures import read


def value_of(found):
    """The dtype and the value of a number, by NumPy."""
    kind, is_view, owner, dtype, _, _ = found
    assert (kind, is_view) == ("memory", False)
    return dtype, np.asarray(owner.held).item()


def test_leaves_say_their_kind():
    assert read(None) == ("null",)
    assert read("x") == ("text", "x")
    assert read(np.str_("x")) == ("text", "x")
    assert value_of(read(True)) == ("bool", True)
    assert value_of(read(2**60)) == ("int64", 2**60)
    assert value_of(read(-0.5)) == ("float64", -0.5)
    assert value_of(read(1 + 2j)) == ("complex128", 1 + 2j)
    assert value_of(read(np.float32(1.5))) == ("float32", 1.5)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**80])
def test_integers_beyond_int64_are_refused(number):
    with pytest.raises(LossyError, match=str(number)):
        read(number)


def test_containers_keep_names_and_order():
    pair = collections.namedtuple("pair", "y x")
    kind, names, (first, second) = read({"b": pair(1, "s"), 3: []})
    assert (kind, names) == ("list", ["b", "3"])
    assert first[1] == ["y", "x"]
    assert value_of(first[2][0]) == ("int64", 1)
    assert second == ("list", None, [])


def test_the_same_list_twice_is_no_loop():
    shared = ["s"]
    inside = ("list", None, [("text", "s")])
    assert read([shared, shared])[2] == [inside, inside]
    shared.append(shared)
    with pytest.raises(DtypeError, match="contains itself"):
        read(shared)


@pytest.mark.parametrize("obj", [{1, 2}, len, object(), iter([1])])
def test_what_is_no_structure_is_refused(obj):
    with pytest.raises(DtypeError, match="nothing else that R has values for"):
        read(obj)


def test_an_error_says_in_which_element_it_was():
    with pytest.raises(DtypeError, match=r'In element "a": In element 2: .*set'):
        read({"a": [1, {1}]})


def is_view(found):
    return found[1]


def test_views_of_what_can_be_viewed():
    tensor = torch.zeros(2, dtype=torch.float64)
    for copy in (False, None):
        found = read([tensor], copy=copy)[2][0]
        assert is_view(found)
        assert found[-1][0] == tensor.data_ptr()
    assert not is_view(read([tensor], copy=True)[2][0])
    # As a copy, int64 is double, which has other memory.
    assert not is_view(read(tensor.long(), copy=None))
    assert is_view(read(tensor.long(), "integer64", None))
    with pytest.raises(SharingError):
        read(tensor[::2].float(), copy=False)


def test_what_lies_inside_another_object_is_held():
    tensor = torch.zeros(2)
    assert read(tensor)[2] is None
    assert read([tensor])[2][0][2].held is tensor
    assert read(b"ab")[2] is not None


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
    with pytest.raises(SubscriptError, match="pointers"):
        from_parts("csc", torch.tensor([0, 5]), torch.tensor([0]), torch.ones(1), [1, 1])
