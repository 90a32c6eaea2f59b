"""Two-dimensional sparse tensors as their parts, and from their parts.

The compressed formats are those of PyTorch and of R's Matrix package alike: CSC and CSR have an
array of pointers, of indices and of values; COO has row indices, column indices and values.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from .devices import resolve_device
from .errors import BridgeError, DtypeError

__all__ = [
    "LAYOUTS",
    "check_dense",
    "check_unwrapped",
    "explained",
    "from_parts",
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
    """Refuses a tensor under torch.vmap() and its kin, where a function has to see its values.

    Args:
        tensor, name, cause: as in `check_dense()`.

    Raises:
        DtypeError: the tensor is wrapped.
    """
    if is_wrapped(tensor):
        raise DtypeError(
            f"{name}() has to see values, and under torch$vmap() and the like a tensor has none; "
            "do it before or after."
        ) from cause


@contextmanager
def explained(name: str, *operands: Any) -> Iterator[None]:
    """An error of PyTorch's about a sparse or a wrapped operand says what to do.

    Args:
        name: R's name of the function.
        operands: tensors and whatever else the function is of.

    Raises:
        DtypeError: PyTorch has no such function of a sparse tensor, or under torch.vmap().

    Example:
        >>> with explained("exp", torch.ones(2)):
        ...     pass
    """
    try:
        yield
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        if not isinstance(error, BridgeError):
            for operand in operands:
                if isinstance(operand, torch.Tensor):
                    check_dense(operand, name, error)
                    check_unwrapped(operand, name, error)
        raise


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

    Example:
        >>> index = torch.tensor([0, 1])
        >>> from_parts("coo", index, index, torch.ones(2), [2, 2]).to_dense()
        tensor([[1., 0.],
                [0., 1.]])
    """
    size = [int(n) for n in shape]
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
    tensor = tensor.to(resolve_device(device))
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
    if layout == "csc":
        found = tensor.ccol_indices(), tensor.row_indices(), tensor.values()
    elif layout == "csr":
        found = tensor.crow_indices(), tensor.col_indices(), tensor.values()
    else:
        tensor = tensor.coalesce()
        rows, columns = tensor.indices()
        found = rows, columns, tensor.values()
    return layout, [float(n) for n in tensor.shape], *found
