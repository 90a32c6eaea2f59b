"""Data sets for PyTorch's loaders, and the batches of a loader for R."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset, _utils, default_collate, get_worker_info
from torch.utils.data._utils.collate import default_collate_fn_map

from .errors import DtypeError
from .owners import owner_of_tensor

__all__ = ["CalledDataset", "Loop", "TensorDataset", "next_batch"]


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
        return _sample([tensor[index] for tensor in self.tensors], self.names)

    def __getitems__(self, indices: Sequence[int]) -> Samples:
        places = torch.tensor(indices)
        columns = [tensor.index_select(0, places.to(tensor.device)) for tensor in self.tensors]
        return Samples(columns, self.names)


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
    plain = dict if isinstance(batch[0], dict) else tuple
    return default_collate([plain(sample) for sample in batch])


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

    def __init__(self, length: int, get_item: Callable[[int], Any]) -> None:
        self._length, self._get_item = int(length), get_item

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if get_worker_info() is not None:
            raise _only_here()
        if not -self._length <= index < self._length:
            raise IndexError(f"Index {index} is out of range: there are {self._length} samples.")
        return self._get_item(index % self._length + 1)

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
        >>> data = TensorDataset([torch.arange(3)])
        >>> loop = Loop(torch.utils.data.DataLoader(data, batch_size=2))
        >>> loop.length, next(loop.iterator)
        (2, [tensor([0, 1])])
    """

    def __init__(self, loader: Any) -> None:
        if not hasattr(loader, "__iter__"):
            raise DtypeError(f"A {type(loader).__name__} has no batches; make a DataLoader of it.")
        if getattr(loader, "num_workers", 0) > 0 and _calls_functions(loader.dataset):
            raise _only_here()
        self.length = _length(loader)
        self._persistent = getattr(loader, "persistent_workers", False)
        self.iterator: Iterator[Any] = iter(loader)

    def stop(self) -> None:
        """Ends the loader's worker processes, wherever the pass is."""
        iterator, self.iterator = self.iterator, iter([])
        if hasattr(iterator, "_shutdown_workers") and not self._persistent:
            _end_workers(iterator)


def _end_workers(iterator: Any) -> None:
    """Ends them as PyTorch does, but waits a moment, and no 5 seconds, for samples under way."""
    patience = _utils.MP_STATUS_CHECK_INTERVAL
    _utils.MP_STATUS_CHECK_INTERVAL = 0.1
    try:
        iterator._shutdown_workers()
    finally:
        _utils.MP_STATUS_CHECK_INTERVAL = patience
    for worker in iterator._workers:  # which are told to end, and on a busy machine have not yet
        worker.join(5)


def next_batch(loop: Loop) -> tuple[list[str] | None, tuple[Any, ...]] | None:
    """What a function takes of the next batch: names, or None, and values. None at the end.

    Example:
        >>> loop = Loop([{"x": 1}])
        >>> next_batch(loop), next_batch(loop)
        ((['x'], (1,)), None)
    """
    batch = next(loop.iterator, loop)  # which no loader gives
    if batch is loop:
        return None
    if isinstance(batch, Mapping):
        return [str(name) for name in batch], tuple(batch.values())
    return None, tuple(batch) if isinstance(batch, (list, tuple)) else (batch,)


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
