"""Two-dimensional sparse tensors as their parts, and from their parts.

The compressed formats are those of PyTorch and of R's Matrix package alike: CSC and CSR have an
array of pointers, of indices and of values; COO has row indices, column indices and values.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .casting import cast
from .devices import move, resolve_device
from .errors import BridgeError, DtypeError, SubscriptError

__all__ = [
    "LAYOUTS",
    "OF_PYTORCH",
    "check_dense",
    "check_single",
    "check_unwrapped",
    "explain",
    "from_parts",
    "from_scipy",
    "is_wrapped",
    "parts",
]

LAYOUTS = {"csc": torch.sparse_csc, "csr": torch.sparse_csr, "coo": torch.sparse_coo}
_NAMES = {layout: name for name, layout in LAYOUTS.items()}


def check_dense(tensor: torch.Tensor, name: str, cause: Exception | None = None) -> None:
    """Refuses a sparse tensor, where a function of R's has none of PyTorch's behind it.

    Args:
        tensor: any tensor.
        name: R's name of the function.
        cause: the error of PyTorch's that told.

    Raises:
        DtypeError: the tensor is sparse.
    """
    if tensor.layout != torch.strided:
        raise DtypeError(
            f"{name}() takes no {tensor.layout} tensor; use x$to_dense() first."
        ) from cause


def is_wrapped(tensor: torch.Tensor) -> bool:
    """Whether a tensor stands for many, or for its gradient, under a transform of torch.func.

    Example:
        >>> is_wrapped(torch.ones(2))
        False
    """
    functorch = getattr(torch._C, "_functorch", None)
    return functorch is not None and functorch.is_functorch_wrapped_tensor(tensor)


def check_unwrapped(tensor: torch.Tensor, name: str, cause: Exception | None = None) -> None:
    """Refuses a tensor under a transform of torch.func, where what a function gives is no tensor.

    Args:
        tensor, name, cause: as in `check_dense()`.

    Raises:
        DtypeError: the tensor is wrapped.
    """
    if is_wrapped(tensor):
        raise DtypeError(
            f"{name}() has to see values, and in value_of(), under torch$vmap() and the like a "
            "tensor has none; do it before or after."
        ) from cause


#: What PyTorch has that works there, as R writes it.
_OF_PYTORCH_THERE = {
    "median": "x$quantile(0.5)",
    "quantile": "x$quantile(q)",
    "sort": "x$sort()$values",
}


def check_single(tensor: torch.Tensor, name: str) -> None:
    """Refuses a tensor that stands for many, under torch.vmap(), where values decide on the way.

    Args:
        tensor, name: as in `check_dense()`.

    Raises:
        DtypeError: the tensor stands for many.
    """
    if _stands_for_many(tensor):
        own = _OF_PYTORCH_THERE.get(name)
        raise DtypeError(
            f"{name}() has to see values, and under torch$vmap() a tensor stands for many; "
            f"do it before or after{f', or use {own}' if own else ''}."
        )


def _stands_for_many(tensor: torch.Tensor) -> bool:
    """Whether there is more around a tensor than what records its gradient."""
    while is_wrapped(tensor):
        if not torch._C._functorch.is_gradtrackingtensor(tensor):
            return True
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return False


def explain(error: Exception, name: str, *operands: Any) -> None:
    """Raises what to do about a sparse or a wrapped operand, where PyTorch failed because of it.

    Args:
        error: what PyTorch raised, one of `OF_PYTORCH`.
        name: R's name of the function.
        operands: tensors and whatever else the function is of.

    Raises:
        DtypeError: PyTorch has no such function of a sparse tensor, or under torch.vmap().

    Example:
        >>> explain(RuntimeError("out of memory"), "exp", torch.ones(2))
    """
    if isinstance(error, BridgeError):
        return
    for operand in operands:
        if isinstance(operand, torch.Tensor):
            check_dense(operand, name, error)
            check_unwrapped(operand, name, error)


#: How PyTorch says that it cannot do something.
OF_PYTORCH = (NotImplementedError, RuntimeError, TypeError, ValueError)


def from_parts(
    layout: str,
    first: torch.Tensor,
    second: torch.Tensor,
    values: torch.Tensor,
    shape: Sequence[float],
    device: torch.device | str | None = None,
    requires_grad: bool = False,
) -> torch.Tensor:
    """A sparse tensor of its parts, whose memory it shares where the layout allows.

    Args:
        layout: "csc", "csr" or "coo".
        first: the pointers to each column ("csc") or row ("csr"); for "coo" the row indices.
        second: the row ("csc") or column indices, from 0.
        values: one for each index.
        shape: rows and columns.
        device: None for the CPU.
        requires_grad: whether autograd records operations on the tensor.

    Raises:
        SubscriptError: an index does not fit the shape, or the pointers do not fit the indices.

    Example:
        >>> index = torch.tensor([0, 1])
        >>> from_parts("coo", index, index, torch.ones(2), [2, 2]).to_dense()
        tensor([[1., 0.],
                [0., 1.]])
    """
    size = [int(n) for n in shape]
    if layout == "coo":
        _check_indices(first, size[0], "row")
        _check_indices(second, size[1], "column")
    else:
        _check_compressed(layout, first, second, values, size)
    with warnings.catch_warnings():
        # PyTorch calls its compressed layouts beta, once in each process.
        warnings.filterwarnings("ignore", message="Sparse", category=UserWarning)
        if layout == "coo":
            indices = torch.stack([first, second])
            tensor = torch.sparse_coo_tensor(indices, values, size, check_invariants=True)
        else:
            tensor = torch.sparse_compressed_tensor(
                first, second, values, size, layout=LAYOUTS[layout], check_invariants=True
            )
    tensor = move(tensor, resolve_device(device))
    return tensor.requires_grad_() if requires_grad else tensor


def parts(
    tensor: torch.Tensor,
) -> tuple[str, list[float], torch.Tensor, torch.Tensor, torch.Tensor]:
    """The layout, shape and parts of a two-dimensional sparse tensor, as in `from_parts()`.

    A COO tensor is coalesced first: its values at the same place are added, as its meaning is.

    Raises:
        DtypeError: another layout, or other than two dimensions (dense ones of a hybrid included).

    Example:
        >>> parts(torch.eye(2).to_sparse_csr())[0]
        'csr'
    """
    layout = _NAMES.get(tensor.layout)
    if layout is None or tensor.dim() != 2 or tensor.dense_dim() != 0:
        raise DtypeError(
            f"A {tensor.layout} tensor of shape {list(tensor.shape)} has no sparse matrix in R; "
            "use its to_dense(), or to_sparse_csc() if it is a matrix."
        )
    tensor = tensor.detach()
    size = list(tensor.shape)
    if layout == "coo":
        found = _coalesced(tensor)
    else:
        found = _compressed_parts(layout, tensor)
        _check_compressed(layout, *found, size)
        found = _in_order(layout, *found, size)
    return layout, [float(n) for n in size], *found


def _coalesced(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """PyTorch's own code trusts the indices, so they are checked before it sees them."""
    rows, columns = tensor._indices()
    _check_indices(rows, tensor.shape[0], "row")
    _check_indices(columns, tensor.shape[1], "column")
    return _added_up(tensor)


def _added_up(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    try:
        tensor = tensor.coalesce()
    except RuntimeError as error:
        raise DtypeError(
            f"PyTorch does not add up the values at one place in {tensor.dtype}; "
            'convert the values to "float64" first.'
        ) from error
    rows, columns = tensor.indices()
    return rows, columns, tensor.values()


def _compressed_parts(
    layout: str, tensor: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if layout == "csc":
        return tensor.ccol_indices(), tensor.row_indices(), tensor.values()
    return tensor.crow_indices(), tensor.col_indices(), tensor.values()


def _check_indices(indices: torch.Tensor, length: int, what: str) -> None:
    wrong = (indices < 0) | (indices >= length)
    if bool(wrong.any()):
        place = int(wrong.nonzero()[0])
        raise SubscriptError(
            f"The {what} index {int(indices[place])} (at {place}) of this sparse tensor is out of "
            f"range: {what}s count from 0 and end at {length - 1}. Make the tensor anew with "
            "indices that fit."
        )


def _check_compressed(
    layout: str,
    pointers: torch.Tensor,
    indices: torch.Tensor,
    values: torch.Tensor,
    size: Sequence[int],
) -> None:
    outer, inner = (1, 0) if layout == "csc" else (0, 1)
    counts = pointers.diff()
    fits = (
        len(pointers) == size[outer] + 1
        and len(indices) == len(values)
        and int(pointers[0]) == 0
        and int(pointers[-1]) == len(indices)
        and not bool((counts < 0).any())
    )
    if not fits:
        raise SubscriptError(
            "The pointers of this sparse tensor do not rise from 0 to the count of its "
            f"{len(indices)} indices. Make the tensor anew with pointers that fit."
        )
    _check_indices(indices, size[inner], ("row", "column")[inner])


def _in_order(
    layout: str,
    pointers: torch.Tensor,
    indices: torch.Tensor,
    values: torch.Tensor,
    size: Sequence[int],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The parts with rising indices, as R needs them; values at one place are added."""
    outer, inner = (1, 0) if layout == "csc" else (0, 1)
    lines = torch.arange(size[outer], device=indices.device).repeat_interleave(pointers.diff())
    if bool(((indices.diff() > 0) | (lines.diff() > 0)).all()):
        return pointers, indices, values
    places = torch.stack([lines, indices.to(torch.int64)])
    lines, indices, values = _added_up(
        torch.sparse_coo_tensor(places, values, [size[outer], size[inner]], check_invariants=False)
    )
    pointers = torch.zeros(size[outer] + 1, dtype=torch.int64, device=indices.device)
    pointers[1:] = torch.bincount(lines, minlength=size[outer]).cumsum(0)
    return pointers, indices, values


# ---- SciPy ---------------------------------------------------------------------------------------


def from_scipy(matrix: Any, dtype: torch.dtype | None = None) -> torch.Tensor:
    """A sparse tensor with the values of a sparse matrix or array of SciPy.

    CSR and CSC stay what they are, block rows and lists of rows become CSR, the others COO.

    Args:
        matrix: of any format.
        dtype: of the values; None for their own.

    Raises:
        LossyError: a value does not fit the dtype.
        SubscriptError: an index does not fit the shape.
    """
    if matrix.format in ("bsr", "lil") and len(matrix.shape) == 2:
        matrix = matrix.tocsr()
    if matrix.format not in ("csr", "csc") or len(matrix.shape) != 2:
        return _from_scipy_coo(matrix.tocoo(), dtype)
    first, second, values = _own(matrix.indptr), _own(matrix.indices), _values(matrix, dtype)
    _check_compressed(matrix.format, first, second, values, matrix.shape)
    first, second, values = _in_order(matrix.format, first, second, values, matrix.shape)
    return from_parts(matrix.format, first, second, values, matrix.shape)


def _from_scipy_coo(matrix: Any, dtype: torch.dtype | None) -> torch.Tensor:
    places = getattr(matrix, "coords", None) or (matrix.row, matrix.col)
    names = ("row", "column") if len(places) == 2 else ("first",) * len(places)
    indices = [_own(np.asarray(place, np.int64)) for place in places]
    for index, length, name in zip(indices, matrix.shape, names):
        _check_indices(index, length, name)
    values = _values(matrix, dtype)
    return torch.sparse_coo_tensor(
        torch.stack(indices), values, list(matrix.shape), check_invariants=True
    ).coalesce()


def _values(matrix: Any, dtype: torch.dtype | None) -> torch.Tensor:
    values = _own(matrix.data)
    return values if dtype is None else cast(values, dtype)


def _own(array: np.ndarray) -> torch.Tensor:
    """Memory of its own: SciPy changes its arrays in place when it sorts or adds up."""
    return torch.from_numpy(np.array(array, array.dtype.newbyteorder("="), order="C"))
