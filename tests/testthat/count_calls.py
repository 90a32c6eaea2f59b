"""Counts the calls from R: functions of Python that begin with no other of Python's around them."""

import inspect
import sys

_count = 0
_NOT_COUNTED = {inspect.getmro.__code__}  # by which reticulate finds the classes of each object


def _note(frame, event, argument):
    global _count
    if event == "call" and frame.f_back is None and frame.f_code not in _NOT_COUNTED:
        _count += 1


def start():
    global _count
    _count = 0
    sys.setprofile(_note)


def end():
    sys.setprofile(None)
    return _count


_NOT_COUNTED.add(end.__code__)
