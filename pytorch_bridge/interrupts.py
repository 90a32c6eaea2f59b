"""Ctrl-C that Python would lose: it ignores exceptions of ``__del__`` and its kin, this one too."""

from __future__ import annotations

import _thread
import sys
import threading
from typing import Any

__all__ = ["keep_interrupts"]


def keep_interrupts() -> None:
    """Lets a Ctrl-C that came while an object was deleted come once more, in what runs then."""
    ignore = sys.unraisablehook

    def hook(unraisable: Any, /) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            # By another thread, a moment later: what is raised in here is ignored as well.
            again = threading.Timer(0.01, _thread.interrupt_main)
            again.daemon = True
            again.start()
        else:
            ignore(unraisable)

    sys.unraisablehook = hook
