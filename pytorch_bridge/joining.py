"""Tensors joined end to end, as R's `c`, `cbind` and `rbind` join vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .casting import keep
from .dtypes import dtype_name
from .errors import DtypeError
from .operands import (
    WIDE,
    Operand,
    as_operand,
    beside_double,
    check_number,
    check_one_device,
    on_one_device,
)
from .order import first_axis_first
from .sparse import OF_PYTORCH, explain

__all__ = ["join"]


def join(name: str, operands: Sequence[Any], guests: Sequence[int]) -> torch.Tensor:
    """Tensors and numbers joined end to end, with PyTorch's promotion of dtypes.

    A number has no dtype of its own, as in PyTorch's operators; beside integers, a double is
    float64. No element changes in the dtype that the result has, but for the rounding of doubles.

    Args:
        name: "c" joins all elements in one dimension, the first index varying fastest; "cbind"
            joins matrices side by side, a vector as a column; "rbind" on top of each other, a
            vector as a row. One number stands for as many as are needed.
        operands: tensors, arrays and Python numbers.
        guests: the places, from 0, of those that go to the device of the others.

    Raises:
        DtypeError: lengths do not fit, or an operand has more than two dimensions.
        DeviceError: tensors are on different devices.
        LossyError: a number is out of the dtype's range, or an integer would not stay exact.

    Example:
        >>> join("cbind", [torch.tensor([[1, 2], [3, 4]]), 0], [1])
        tensor([[1, 2, 0],
                [3, 4, 0]])
    """
    own = [operand for place, operand in enumerate(operands) if place not in guests]
    check_one_device(own)
    joined = on_one_device([as_operand(operand) for operand in operands], guests)
    try:
        dtype = _common_dtype(joined)
        tensors = [_as_tensor(operand, dtype, own[0].device) for operand in joined]
        if name == "c":
            return torch.cat([first_axis_first(tensor) for tensor in tensors])
        return _join_matrices(tensors, 0 if name == "rbind" else 1)
    except OF_PYTORCH as error:
        explain(error, name, *joined)
        raise


def _common_dtype(operands: Sequence[Operand]) -> torch.dtype:
    tensors = [operand for operand in operands if isinstance(operand, torch.Tensor)]
    dtype = tensors[0].dtype
    try:
        for tensor in tensors[1:]:
            dtype = torch.promote_types(dtype, tensor.dtype)
        for operand in operands:
            if not isinstance(operand, torch.Tensor):
                one = torch.empty(1, dtype=dtype, device=tensors[0].device)
                dtype = torch.result_type(beside_double(one, operand), operand)
    except RuntimeError as error:
        raise _have_no_common_dtype(operands) from error
    return dtype


def _have_no_common_dtype(operands: Sequence[Operand]) -> DtypeError:
    tensors = [operand for operand in operands if isinstance(operand, torch.Tensor)]
    names = sorted({dtype_name(tensor.dtype) for tensor in tensors})
    if len(tensors) < len(operands):
        names.append("a number")
    has_fractions = any(x.is_floating_point() or x.is_quantized for x in tensors)
    return DtypeError(
        f"PyTorch joins no {' with '.join(names)}; convert one first, "
        f'as in to_device(x, dtype = "{"float32" if has_fractions else "long"}").'
    )


def _as_tensor(operand: Operand, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    if isinstance(operand, torch.Tensor):
        return keep(operand, dtype)
    check_number(operand, dtype)
    return keep(torch.tensor(operand, dtype=WIDE[type(operand)], device="cpu"), dtype).to(device)


def _join_matrices(tensors: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
    """Along an axis; on the other one, all must be equally long."""
    matrices = [_as_matrix(tensor, axis) for tensor in tensors]
    lengths = [matrix.shape[1 - axis] for matrix in matrices]
    for tensor, length in zip(tensors, lengths):
        if length != max(lengths) and (tensor.ndim == 2 or tensor.numel() != 1):
            raise DtypeError(
                f"Shapes {[list(tensor.shape) for tensor in tensors]} do not fit: what is joined "
                "must be equally long; one number stands for all."
            )
    extents = (-1, max(lengths)) if axis == 0 else (max(lengths), -1)
    return torch.cat([matrix.expand(extents) for matrix in matrices], axis)


def _as_matrix(tensor: torch.Tensor, axis: int) -> torch.Tensor:
    if tensor.ndim > 2:
        raise DtypeError(
            f"A tensor of {tensor.ndim} dimensions is no matrix; "
            "use torch$cat(list(x, y), dim = 0L), which counts from 0."
        )
    if tensor.ndim == 2:
        return tensor
    return tensor.reshape(1, -1) if axis == 0 else tensor.reshape(-1, 1)
