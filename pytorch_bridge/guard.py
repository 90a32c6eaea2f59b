"""What holds for every function that R calls: this process can read its tensors' memory."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from torch import Tensor

from .devices import check_not_forked
from .files import check_file
from .memory import check_memory

__all__ = ["guarded"]


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a look at its tensors before: PyTorch reads memory that is not there.

    Example:
        >>> from pytorch_bridge import DtypeError
        >>> import torch
        >>> tensor = torch.ones(3)
        >>> _ = tensor.untyped_storage().resize_(0)
        >>> try:
        ...     guarded(torch.sum)(tensor)
        ... except DtypeError:
        ...     "refused"
        'refused'
    """
    if not callable(function):
        return function

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        for argument in arguments:
            kind = type(argument)
            if kind is Tensor:
                _check(argument)
            elif kind in _BARE:
                continue
            elif isinstance(argument, (list, tuple)):
                _check_parts(argument)
            elif isinstance(argument, dict):
                _check_parts(list(argument.values()))
            elif isinstance(argument, Tensor):
                _check(argument)
        return function(*arguments, **named)

    return call


_BARE = {type(None), bool, int, float, str}


def _check(tensor: Tensor) -> None:
    if not tensor.is_cpu:
        check_not_forked(tensor.device.type)
    check_memory(tensor)
    check_file(tensor)


def _check_parts(parts: list[Any] | tuple[Any, ...]) -> None:
    """Of few parts any may be a tensor; a long list is one of numbers, or of tensors alone."""
    few = len(parts) <= 8 or any(isinstance(part, Tensor) for part in parts[:8])
    for part in parts if few else ():
        if type(part) not in _BARE and isinstance(part, Tensor):
            _check(part)


def __getattr__(name: str) -> Any:
    """The functions of this package as attributes of this module, guarded.

    Example:
        >>> getattr(__import__("pytorch_bridge.guard").guard, "casting.cast").__name__
        'cast'
    """
    if name.startswith("__"):
        raise AttributeError(name)
    *path, function = name.split(".")
    module = importlib.import_module(".".join([__package__ or "", *path]))
    return guarded(getattr(module, function))
