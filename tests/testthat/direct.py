"""What test-direct.R calls."""

import collections
import datetime  # noqa: F401
import enum
import sys
import warnings
import weakref

import numpy as np  # noqa: F401 (for the lines of test-direct.R)
import torch

t = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
m = torch.arange(6.0).reshape(2, 3)
text = collections.UserString("text")
Pair = collections.namedtuple("Pair", "a b")


class Number(enum.IntEnum):
    ONE = 1


class Text(str):
    pass


class Sequence(list):
    pass


class Tagged(torch.Tensor):
    pass


class Plain:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Plain({self.value})"


class Callable_(Plain):
    def __call__(self, *arguments, **named):
        return seen(*arguments, **named)


tagged = torch.ones(2).as_subclass(Tagged)
tagged.tag = "label"
model = torch.nn.Linear(3, 2)
gone = []


def watched(name):
    """A tensor whose end can be seen."""
    tensor = torch.ones(1)
    weakref.finalize(tensor, gone.append, name)
    return tensor


def died():
    return list(gone)


class Failing(Exception):
    """Of no module that R knows."""


def fail(code):
    raise eval(code, globals())


def chained():
    try:
        try:
            raise ValueError("first")
        except ValueError as error:
            raise KeyError("second") from error
    except KeyError as error:
        return error


def warn(text):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(text, stacklevel=1)
    return text


def say(text):
    print(text)
    sys.stdout.flush()


def apply(function, *arguments, **named):
    return function(*arguments, **named)


def calls(function, n):
    """What a function gives, called again and again."""
    return [function() for _ in range(int(n))]


def seen(*arguments, **named):
    """What arrived, as text."""
    return repr(
        [(type(x).__name__, _text(x)) for x in arguments]
        + [(k, type(v).__name__, _text(v)) for k, v in named.items()]
    )


def _text(x):
    if isinstance(x, list):
        return [(type(e).__name__, _text(e)) for e in x]
    return repr(x).split(" at 0x")[0]


def give(code):
    """A new value of a Python expression."""
    return eval(code, globals())


def strict(*arguments, **named):
    """Newer reticulate lets R match the arguments of a function that names them."""
    return give(*arguments, **named)
