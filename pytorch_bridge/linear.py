"""Linear algebra by its names in R: inverses, factors and determinants, in autograd's graph."""

from __future__ import annotations

from typing import Any

import torch

from .convert import to_tensor
from .dtypes import dtype_name
from .errors import DtypeError, LossyError
from .operands import as_float, check_one_device, on_one_device
from .sparse import check_dense

__all__ = ["chol", "determinant", "solve"]


def solve(
    a: torch.Tensor, b: Any = None, tolerance: float | None = None, joins: bool = False
) -> torch.Tensor:
    """The inverse of a matrix, or what ``a`` times it is ``b``.

    Args:
        a: a square matrix. Integers and bools count in float64.
        b: a vector or a matrix of as many rows; None for the inverse of ``a``.
        tolerance: the least reciprocal condition number (in the 1-norm); None is the precision of
            the dtype, 0 looks at none.
        joins: whether ``b`` goes to the device of ``a``.

    Raises:
        DtypeError: the shapes do not fit.
        DeviceError: ``b`` is on another device.
        LossyError: the matrix is singular, or so near to it that no digit would be right.

    Example:
        >>> solve(torch.tensor([[2, 0], [0, 4]]), torch.tensor([2, 2]))
        tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    a = _square(a, "solve")
    right = None if b is None else _right_side(a, to_tensor(b), joins)
    if right is not None:
        common = torch.promote_types(a.dtype, right.dtype)
        a, right = a.to(common), right.to(common)
    try:
        _check_condition(a, tolerance)
        return torch.linalg.inv(a) if right is None else torch.linalg.solve(a, right)
    except torch.linalg.LinAlgError as error:
        raise LossyError("The matrix is exactly singular: it has no inverse.") from error


def chol(x: torch.Tensor) -> torch.Tensor:
    """The upper triangular factor of a positive definite matrix, whose upper triangle is read.

    Raises:
        DtypeError: the tensor is no square matrix.
        LossyError: the matrix is not positive definite.

    Example:
        >>> chol(torch.tensor([[4.0, 2.0], [2.0, 5.0]]))
        tensor([[2., 1.],
                [0., 2.]])
    """
    upper = _square(x, "chol").triu()
    # Both triangles are given to PyTorch, which reads one: its gradient is that of both.
    whole = upper + upper.triu(1).mH
    try:
        return torch.linalg.cholesky(whole).mH
    except torch.linalg.LinAlgError as error:
        raise LossyError("The matrix is not positive definite.") from error


def determinant(x: torch.Tensor, logarithm: bool = True) -> list[torch.Tensor]:
    """The (logarithm of the) modulus of the determinant, and its sign.

    Raises:
        DtypeError: the tensor is no square matrix, or complex.

    Example:
        >>> determinant(torch.tensor([[0.0, 2.0], [1.0, 0.0]]), logarithm=False)
        [tensor(2.), tensor(-1.)]
    """
    if x.is_complex():
        raise DtypeError(
            f"determinant() is of real numbers, as in R, and this tensor is {dtype_name(x.dtype)}; "
            "torch$linalg$det(x) is that of a complex matrix."
        )
    sign, modulus = torch.linalg.slogdet(_square(x, "determinant"))
    return [modulus if logarithm else torch.exp(modulus), sign]


def _square(x: torch.Tensor, name: str) -> torch.Tensor:
    check_dense(x, name)
    if x.numel() == 1 and x.ndim < 2:
        x = x.reshape(1, 1)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise DtypeError(f"{name}() is of a square matrix, and this tensor has {list(x.shape)}.")
    return as_float(x)


def _right_side(a: torch.Tensor, b: torch.Tensor, joins: bool) -> torch.Tensor:
    if joins:
        a, b = on_one_device([a, b], [1])
    check_one_device([a, b])
    if b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise DtypeError(
            f"Shapes {list(a.shape)} and {list(b.shape)} do not fit: the second must have as many "
            "rows as the first."
        )
    return as_float(b)


def _check_condition(a: torch.Tensor, tolerance: float | None) -> None:
    least = torch.finfo(a.dtype).eps if tolerance is None else tolerance
    if least <= 0 or a.numel() == 0 or a.is_meta:
        return
    plain = a.detach()
    reciprocal = 1 / torch.linalg.cond(plain, 1)
    if bool(reciprocal < least):
        raise LossyError(
            "The matrix is computationally singular: its reciprocal condition number is "
            f"{reciprocal.item():.6g}, below `tol`, {least:.6g}."
        )
