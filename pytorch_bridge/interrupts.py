"""Ctrl-C that Python would lose: it ignores exceptions of ``__del__`` and its kin, this one too."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from types import CodeType
from typing import Any

__all__ = ["keep_interrupts"]


def keep_interrupts() -> None:
    """Lets a Ctrl-C that came while an object was deleted come once more, in what runs then."""
    ignore = sys.unraisablehook

    def hook(unraisable: Any, /) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            threading.Thread(target=_interrupt_after, args=[hook.__code__], daemon=True).start()
        else:
            ignore(unraisable)

    sys.unraisablehook = hook


def _interrupt_after(code: CodeType) -> None:
    """Interrupts the main thread once it has left this code, where it would be ignored as well."""
    main = threading.main_thread().ident or 0
    while _is_within(code, main):
        time.sleep(0.01)
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _is_within(code: CodeType, thread: int) -> bool:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False
