"""Lets reticulate capture what a Python chunk prints, with PyTorch 2.14 and newer."""

from __future__ import annotations

import sys

__all__ = ["let_capture_pass"]


def let_capture_pass() -> None:
    """Gives PyTorch's log handler the `setStream()` that reticulate looks for.

    For each chunk, reticulate redirects every log handler that writes to stderr. PyTorch's follows
    ``sys.stderr`` by itself and refuses to be set, so that the chunk fails; there is nothing to do.
    """
    torch_logging = sys.modules.get("torch._logging._internal")  # PyTorch 2.0 has none
    handler = getattr(torch_logging, "_StderrHandler", None)
    if handler is not None and not hasattr(handler, "setStream"):
        handler.setStream = lambda self, stream: None
