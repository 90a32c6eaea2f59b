"""Ctrl-C at an unlucky moment."""

from __future__ import annotations

import subprocess
import sys

# A shell that starts it beside something else has it ignore the signal.
CODE = """
import signal
import time
from pytorch_bridge.interrupts import keep_interrupts

class Deleted:
    def __init__(self, error):
        self.error = error
    def __del__(self):
        raise self.error

signal.signal(signal.SIGINT, signal.default_int_handler)
keep_interrupts()
Deleted(ValueError("ignored"))
try:
    Deleted(KeyboardInterrupt())
    time.sleep(10)
    print("lost")
except KeyboardInterrupt:
    print("kept")
"""


def test_an_interrupt_while_an_object_is_deleted_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "kept\n"
    assert "ValueError: ignored" in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
