"""Optimizers whose state has been in R, whose lists have names and no numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch

__all__ = ["take_states_of_r", "with_numbers"]


def with_numbers(state_dict: Any) -> Any:
    """The state of an optimizer as PyTorch has it: parameters have numbers, in lists.

    Of a dict R makes a list with names, and of a list with one number that number. PyTorch would
    take the state of parameter ``"0"`` for that of none, and go on without it.

    Example:
        >>> with_numbers({"state": {"0": {"step": 3}}, "param_groups": [{"params": 0}]})
        {'state': {0: {'step': 3}}, 'param_groups': [{'params': [0]}]}
    """
    if not isinstance(state_dict, Mapping):
        return state_dict
    told = dict(state_dict)
    if "state" in told:
        state = told["state"] or {}  # an R list without elements
        told["state"] = {_number(key): value for key, value in dict(state).items()}
    if "param_groups" in told:
        told["param_groups"] = [
            {**group, "params": _listed(group["params"])} for group in told["param_groups"]
        ]
    return told


def _number(key: Any) -> Any:
    return int(key) if isinstance(key, str) and key.isdecimal() else key


def _listed(params: Any) -> list[Any]:
    return list(params) if isinstance(params, (list, tuple)) else [params]


def _takes_states_of_r(load: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(load)
    def load_state_dict(self: torch.optim.Optimizer, state_dict: Any) -> None:
        return load(self, with_numbers(state_dict))

    return load_state_dict


def take_states_of_r() -> None:
    """Lets `load_state_dict()` of PyTorch's optimizers take what R has of a state."""
    kind = torch.optim.Optimizer
    kind.load_state_dict = _takes_states_of_r(kind.load_state_dict)  # type: ignore[method-assign]
