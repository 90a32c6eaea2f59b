"""Data sets for loaders, and passes through them; truths are rows of the tensors themselves."""

import multiprocessing
import pickle

import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Subset

from pytorch_bridge import DtypeError, SubscriptError
from pytorch_bridge.batches import CalledDataset, Loop, TensorDataset

X = torch.arange(20.0).reshape(10, 2)
Y = torch.arange(10)


def equal(found, expected):
    return len(found) == len(expected) and all(map(torch.equal, found, expected))


@pytest.mark.parametrize("x", [X, X.t().contiguous().t(), X.to_sparse().to_dense()])
@pytest.mark.parametrize("workers", [0, 1])
def test_batches_are_rows_in_order(x, workers):
    loader = DataLoader(
        TensorDataset([x, Y]),
        batch_size=4,
        num_workers=workers,
        multiprocessing_context="fork" if workers else None,
    )
    batches = list(loader)
    assert [type(batch) for batch in batches] == [list] * 3
    for start, batch in zip([0, 4, 8], batches):
        assert equal(batch, [X[start : start + 4], Y[start : start + 4]])


def test_named_batches_are_dicts():
    (batch,) = DataLoader(TensorDataset([X, Y], ["x", "y"]), batch_size=10)
    assert list(batch) == ["x", "y"] and equal(list(batch.values()), [X, Y])


@pytest.mark.parametrize("names", [None, ["x", "y"]])
def test_parts_and_joins_of_data_sets_give_the_same_rows(names):
    data = TensorDataset([X, Y], names)
    joined = ConcatDataset([Subset(data, [3, 1]), data])
    (batch,) = DataLoader(joined, batch_size=12)
    values = batch if names is None else list(batch.values())
    rows = [3, 1, *range(10)]
    assert equal(values, [X[rows], Y[rows]])


def test_a_collate_function_gets_samples():
    data = TensorDataset([X, Y])
    loader = DataLoader(data, batch_size=5, collate_fn=lambda samples: [y for _, y in samples])
    assert [int(y) for batch in loader for y in batch] == list(range(10))


def test_a_batch_has_memory_of_its_own():
    x = X.clone()
    for (batch,) in DataLoader(TensorDataset([x]), batch_size=10):
        batch.zero_()
    assert torch.equal(x, X)


@pytest.mark.parametrize("names", [None, ["x"]])
def test_a_sample_has_memory_of_its_own(names):
    x = torch.arange(20.0).reshape(10, 2)
    data = TensorDataset([x], names)
    whole = DataLoader(data, batch_size=None)
    taken = [data[1], data[-1], data[0:2], Subset(data, [1])[0], next(iter(whole))]
    taken += [next(iter(data)), data[[0, 1]], data.sample(1), data.batch(torch.arange(1, 11))]
    for sample in taken:
        tensor = sample[0] if names is None else sample["x"]
        assert tensor.untyped_storage().data_ptr() != x.untyped_storage().data_ptr()
        tensor.zero_()
    assert torch.equal(x, X)


@pytest.mark.parametrize(
    "sampler",
    [[2.0, 0.0, 2.0**24 % 10], (float(i) for i in [2, 0, 6]), torch.tensor([2.0, 0.0, 6.0])],
)
def test_whole_floats_are_places(sampler):
    (batch,) = DataLoader(TensorDataset([X, Y]), batch_size=3, sampler=sampler)
    assert equal(batch, [X[[2, 0, 6]], Y[[2, 0, 6]]])


def test_floats_are_exact_places_or_an_error():
    data = TensorDataset([X, Y])
    assert equal(data[2.0], [X[2], Y[2]])
    assert equal(data.__getitems__(2.0).together(), [X[2:3], Y[2:3]])
    assert equal(data.__getitems__([]).together(), [X[:0], Y[:0]])
    many = torch.zeros(2**24 + 2, dtype=torch.uint8)
    many[2**24 + 1] = 1  # where float32 has no number of its own
    assert TensorDataset([many]).__getitems__([2.0**24 + 1]).together()[0].tolist() == [1]
    called = CalledDataset(3, lambda i: i)
    assert called[1.0] == 2 and called.sample(2.0) == 2
    for get in (data.__getitem__, lambda i: data.__getitems__([i]), called.__getitem__):
        for index in (0.5, float("nan"), True):
            with pytest.raises(SubscriptError, match=f"whole numbers from 0 on, and {index} is"):
                get(index)


def test_a_data_set_goes_to_other_processes_and_the_function_of_one_does_not():
    data = pickle.loads(pickle.dumps(TensorDataset([X, Y], ["x", "y"])))
    assert torch.equal(data[3]["x"], X[3])
    with pytest.raises(DtypeError, match="R's own process alone"):
        pickle.dumps(CalledDataset(1, abs))


def test_a_called_data_set_counts_from_one():
    data = CalledDataset(3, lambda i: i * 10)
    assert [data[0], data[2], data[-1], len(data)] == [10, 30, 30, 3]
    with pytest.raises(IndexError, match="Index 3 is out of range"):
        data[3]
    with pytest.raises(DtypeError, match="num_workers = 0"):
        Loop(DataLoader(Subset(ConcatDataset([data, data]), [0]), num_workers=1))


def test_a_pass_gives_arguments_and_ends():
    loop = Loop([(1, 2), {"a": 3, 4: 5}, 6, None, []])
    assert loop.next_batch() is None
    loop.start()
    batches = [loop.next_batch() for _ in range(6)]
    assert batches == [(1, 2), {"a": 3, "4": 5}, (6,), (None,), (), None]
    assert loop.length == 5 and Loop(iter([1])).length is None
    with pytest.raises(DtypeError, match="A int has no batches"):
        Loop(3)


def test_a_pass_that_is_stopped_leaves_no_worker():
    loader = DataLoader(
        TensorDataset([Y]), batch_size=1, num_workers=2, multiprocessing_context="fork"
    )
    loop = Loop(loader)
    assert multiprocessing.active_children() == []
    loop.start()
    loop.next_batch()
    assert len(multiprocessing.active_children()) == 2
    loop.stop()
    assert multiprocessing.active_children() == []
    assert loop.next_batch() is None
