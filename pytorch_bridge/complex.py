"""The parts of complex tensors by their names in R, which has them of real numbers too."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .operands import as_float
from .sparse import OF_PYTORCH, explain

__all__ = ["part"]


def part(name: str, x: torch.Tensor) -> torch.Tensor:
    """A function of R's group Complex: "Re", "Im", "Mod", "Arg" or "Conj".

    Example:
        >>> part("Mod", torch.tensor([3 + 4j]))
        tensor([5.])
        >>> part("Im", torch.tensor([1.0, 2.0]))
        tensor([0., 0.])
    """
    try:
        return _PARTS[name](x.to(torch.int64) if x.dtype == torch.bool else x)
    except OF_PYTORCH as error:
        explain(error, name, x)
        raise


_PARTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "Re": lambda x: x.real,  # of a real tensor, itself
    "Im": lambda x: x.imag if x.is_complex() else torch.zeros_like(x),
    "Mod": torch.abs,
    "Arg": lambda x: torch.angle(as_float(x)),
    "Conj": torch.conj,
}
