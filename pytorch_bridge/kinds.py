"""The kinds of objects that the conversions tell apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Source"]


class Source(NamedTuple):
    """An object, and what it is.

    `kind` is one of "tensor" (a ``torch.Tensor``), "array" (a ``numpy.ndarray``, a column of a data
    frame too), "sparse" (a matrix of SciPy), "number" and "text" (Python's own), "none"; "columns"
    (of a data frame), "mapping", "record" (a named tuple or a dataclass) and "list", whose parts
    are in `value`; and "unknown".
    """

    kind: str
    value: Any
    names: list[Any] | None = None  #: of the parts
    has_memory: bool = True  #: whether `value` lies in memory of the object itself
    read_only: bool = False  #: of a tensor: its memory must not be written to
    missing: np.ndarray | None = None  #: of an array: which of its values are missing, if any are
    levels: list[str] | None = None  #: of an array: the texts that its codes (from 0) stand for
    zone: str | None = None  #: of times: where their clock hangs
