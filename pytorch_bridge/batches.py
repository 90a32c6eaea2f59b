"""Data sets for PyTorch's loaders, and the batches of a loader for R."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, _utils, default_collate, get_worker_info
from torch.utils.data._utils.collate import default_collate_fn_map

from .errors import DtypeError, LossyError, Remedy, SubscriptError, integer_text
from .owners import owner_of_tensor

__all__ = ["CalledDataset", "Loop", "TensorDataset"]


# ---- data sets -----------------------------------------------------------------------------------


class TensorDataset(Dataset):
    """Tensors that hold a sample in each row. A batch of them is fetched in one call.

    Args:
        tensors: of the same length in the first dimension.
        names: of the tensors, for samples and batches that are dicts; None for tuples and lists.

    Example:
        >>> data = TensorDataset([torch.arange(6).reshape(3, 2), torch.arange(3)])
        >>> data[1]
        (tensor([2, 3]), tensor(1))
        >>> next(iter(torch.utils.data.DataLoader(data, batch_size=2)))
        [tensor([[0, 1],
                [2, 3]]), tensor([0, 1])]
    """

    def __init__(self, tensors: Sequence[torch.Tensor], names: Sequence[str] | None = None) -> None:
        self.tensors = list(tensors)
        self.names = None if names is None else list(names)

    def __getstate__(self) -> dict[str, Any]:
        # For a process that is started anew. R's memory cannot move to where others see it, so that
        # is copied; and the copy must live until the process has begun.
        self._sent = [tensor.clone() if _is_lent(tensor) else tensor for tensor in self.tensors]
        return {"tensors": self._sent, "names": self.names}

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: int) -> Any:
        place = _place(index)
        # Copies: a row is a view of the tensor's memory, which may be that of an R vector.
        return _sample([tensor[place].clone() for tensor in self.tensors], self.names)

    def __getitems__(self, indices: Sequence[int]) -> Samples:
        places = torch.tensor(indices, device="cpu")
        return self._rows(_whole(places, indices))

    def _rows(self, places: torch.Tensor) -> Samples:
        columns = [tensor.index_select(0, places.to(tensor.device)) for tensor in self.tensors]
        return Samples(columns, self.names)

    def count(self) -> float:
        """How many samples there are, as R counts what its integers do not hold."""
        return float(len(self))

    def sample(self, place: float) -> Any:
        """One of them, from a place counted from 1, as Python's own tuple or dict."""
        return _plain(self[int(place) - 1])

    def batch(self, places: torch.Tensor) -> Any:
        """Several of them, from places counted from 1, as a loader gives them."""
        return self._rows(places - 1).together()


def _whole(places: torch.Tensor, indices: Any) -> torch.Tensor:
    """The places that a sampler gave, as integers. (PyTorch takes an empty list for floats.)"""
    if places.dtype != torch.bool and not places.is_floating_point():
        return places
    exact = torch.float64 if places.is_floating_point() else None
    numbers = torch.tensor(indices, dtype=exact, device="cpu").reshape(-1).tolist()
    return torch.tensor([_place(number) for number in numbers], dtype=torch.int64, device="cpu")


def _place(index: Any) -> Any:
    """An index as Python has it: R's numbers arrive as floats, and its NA as True."""
    if isinstance(index, float) and index.is_integer():
        return int(index)
    if isinstance(index, (bool, float)):
        raise SubscriptError(
            f"A sampler gives whole numbers from 0 on, and {index} is none; round them first, and "
            "leave out what is missing."
        )
    return index


def _is_lent(tensor: torch.Tensor) -> bool:
    return tensor.layout == torch.strided and owner_of_tensor(tensor) == "R"


class Samples(Sequence[Any]):
    """The samples of a batch, which lie together already: collating them costs nothing."""

    def __init__(self, columns: Sequence[torch.Tensor], names: Sequence[str] | None) -> None:
        self.columns, self.names = list(columns), names

    def __len__(self) -> int:
        return len(self.columns[0])

    def __getitem__(self, index: Any) -> Any:
        return _sample([column[index] for column in self.columns], self.names)

    def sample(self, place: float) -> Any:
        """One of them, from a place counted from 1, as Python's own tuple or dict."""
        return _plain(self[int(place) - 1])

    def as_list(self) -> list[Any]:
        """All of them, likewise."""
        return [_plain(self[i]) for i in range(len(self))]

    def together(self) -> Any:
        """The batch as PyTorch collates samples: a list, or a dict."""
        return self.columns if self.names is None else dict(zip(self.names, self.columns))


class _Tuple(tuple):
    """A sample of `TensorDataset`, which PyTorch's collating knows by its type."""


class _Dict(dict):
    """Likewise, with names."""


def _sample(values: Sequence[torch.Tensor], names: Sequence[str] | None) -> Any:
    return _Tuple(values) if names is None else _Dict(zip(names, values))


def _collate(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if isinstance(batch, Samples):
        return batch.together()
    # From several data sets, say. As PyTorch does it for the plain types.
    return default_collate([_plain(sample) for sample in batch])


def _plain(sample: Any) -> Any:
    return dict(sample) if isinstance(sample, dict) else tuple(sample)


default_collate_fn_map.update({_Tuple: _collate, _Dict: _collate})


class CalledDataset(Dataset):
    """A data set of a function of another language, which only the main process can call.

    Args:
        length: how many samples there are.
        get_item: from an index, counted from 1, to a sample.

    Example:
        >>> CalledDataset(3, lambda i: i * 10)[2]
        30
    """

    def __init__(self, length: int, get_item: Callable[[float], Any]) -> None:
        self._length, self._get_item = int(length), get_item

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if get_worker_info() is not None:
            raise _only_here()
        place = _place(index)
        if not -self._length <= place < self._length:
            raise IndexError(f"Index {place} is out of range: there are {self._length} samples.")
        return self._get_item(_exact_integer(place % self._length + 1))

    def count(self) -> float:
        """How many samples there are."""
        return float(self._length)

    def sample(self, place: float) -> Any:
        """A sample, from a place counted from 1."""
        return self[int(place) - 1]

    def __reduce__(self) -> Any:
        raise _only_here()


def _only_here() -> DtypeError:
    return DtypeError(
        "A data set of R functions is read by R's own process alone; use num_workers = 0, or "
        "tensor_dataset()."
    )


# ---- loops ---------------------------------------------------------------------------------------


class Loop:
    """One pass through a loader.

    Raises:
        DtypeError: the loader is nothing to go through, or reads R functions in other processes.

    Example:
        >>> loop = Loop([(1, 2), {"x": 3}])
        >>> loop.start()
        >>> loop.length, loop.next_batch(), loop.next_batch(), loop.next_batch()
        (2, (1, 2), {'x': 3}, None)
    """

    def __init__(self, loader: Any) -> None:
        if not hasattr(loader, "__iter__"):
            raise DtypeError(f"A {type(loader).__name__} has no batches; make a DataLoader of it.")
        if getattr(loader, "num_workers", 0) > 0 and _calls_functions(loader.dataset):
            raise _only_here()
        self.length = _length(loader)
        self._loader = loader
        self._iterator: Iterator[Any] = iter([])

    def start(self) -> None:
        """Starts the loader's worker processes, if it has any."""
        self._iterator = iter(self._loader)

    def next_batch(self) -> tuple[Any, ...] | dict[str, Any] | None:
        """What a function takes of the next batch, by place or by name. None at the end."""
        try:
            batch = next(self._iterator, self)  # which no loader gives
        except Exception as error:
            error.args = tuple(map(_told_by_worker, error.args))
            raise
        if batch is self:
            return None
        if isinstance(batch, (list, tuple)):
            return tuple(map(_exact, batch))
        if isinstance(batch, Mapping):
            return {str(name): _exact(value) for name, value in batch.items()}
        return (_exact(batch),)

    def stop(self) -> None:
        """Ends the worker processes, wherever the pass is."""
        iterator, self._iterator = self._iterator, iter([])
        persistent = getattr(self._loader, "persistent_workers", False)
        if hasattr(iterator, "_shutdown_workers") and not persistent:
            _end_workers(iterator)


def _told_by_worker(text: Any) -> Any:
    """What failed in a worker process, without the traceback that PyTorch puts around it."""
    found = _OF_WORKER.match(text) if isinstance(text, str) else None
    if found is None:
        return text
    lines = text.rstrip().split("\n")
    frames = [place for place, line in enumerate(lines) if line.startswith("  ")]
    error = "\n".join(lines[max(frames, default=0) + 1 :])
    return f"{error.partition(': ')[2] or error} ({found[1]})"


_OF_WORKER = re.compile(r"Caught \w+ (in DataLoader worker process \d+)\.\nOriginal Traceback")


def _exact(value: Any) -> Any:
    """What is no tensor goes to R as reticulate makes it, which cuts integers from 2^31 on."""
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return _exact_integer(int(value))
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        for extreme in (value.min(initial=0), value.max(initial=0)):
            _exact_integer(int(extreme))
    if type(value) in (list, tuple):
        parts = [_exact(part) for part in value]
        if all(type(part) in (int, float) for part in parts):  # as a vector has them
            parts = parts if all(type(part) is int for part in parts) else [*map(float, parts)]
        return type(value)(parts)
    if isinstance(value, dict):
        return {name: _exact(part) for name, part in value.items()}
    return value


def _exact_integer(number: int) -> int | float:
    if abs(number) < 2**31:
        return number
    if abs(number) > 2**53:
        raise LossyError(
            f"The integer {integer_text(number)} of a batch is beyond 2^53, and no double of R's",
            Remedy(
                "let the data set give tensors",
                'let the data set give a tensor; as_r(t, type = "integer64") of that is exact',
            ),
        )
    return float(number)


def _end_workers(iterator: Any) -> None:
    """Ends them as PyTorch does, but waits a moment, and no 5 seconds, for samples under way."""
    patience = _utils.MP_STATUS_CHECK_INTERVAL
    _utils.MP_STATUS_CHECK_INTERVAL = 0.1
    try:
        iterator._shutdown_workers()
    finally:
        _utils.MP_STATUS_CHECK_INTERVAL = patience
    for worker in iterator._workers:
        worker.join(patience)  # which had to be ended by force, and may not have noticed yet


def _calls_functions(dataset: Any) -> bool:
    """Whether a data set, or one that it is made of (by `random_split()` for instance), does."""
    inside = [getattr(dataset, "dataset", None), *getattr(dataset, "datasets", [])]
    return isinstance(dataset, CalledDataset) or any(
        _calls_functions(part) for part in inside if part is not None
    )


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:  # of a stream, nobody knows
        return None
