"""R's values in Python chunks: what R's `as_tensor()` makes of them, nothing changed on the way."""

from __future__ import annotations

import sys
from typing import Any

import torch

from . import errors
from .errors import BridgeError

__all__ = ["from_r"]

#: The module that R puts there when it starts Python.
_R = "pytorchbridge_r"


def from_r(name: str, **arguments: Any) -> torch.Tensor:
    """A tensor of the R object of this name, as R's ``as_tensor(x, ...)`` makes it.

    What ``r.x`` changes on the way (NA, integers beyond 2^31, factors, dates, data frames) stays as
    it is. R has to run this Python, as in the Python chunks of an R Markdown document.

    Args:
        name: of an R object, in the document's environment or else the global one.
        **arguments: those of ``as_tensor()``: ``dtype``, ``device``, ``shape``, ``order``, ``na``,
            ``requires_grad``, ``copy``.

    Raises:
        BridgeError: of the kind of the R condition; and if this Python is not R's.

    Example:
        >>> from_r("x")
        Traceback (most recent call last):
        ...
        pytorch_bridge.errors.DtypeError: from_r() needs R, and no R session runs this Python.
    """
    r = sys.modules.get(_R)
    if r is None:
        raise errors.DtypeError("from_r() needs R, and no R session runs this Python.")
    kind, answer = r.tensor_of(name, {key: _plain(value) for key, value in arguments.items()})
    if kind == "tensor":
        return answer
    raise getattr(errors, f"{kind.capitalize()}Error", BridgeError)(answer)


def _plain(value: Any) -> Any:
    """Numbers, flags, text and lists of them are R's; a dtype or a device goes by its name."""
    return str(value) if isinstance(value, (torch.dtype, torch.device)) else value
