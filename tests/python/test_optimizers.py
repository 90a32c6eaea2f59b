"""Optimizers take their state from R as they do from Python."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

import pytorch_bridge as pb  # noqa: F401, since it lets optimizers take states of R


def trained() -> torch.optim.Adam:
    w = torch.ones(2, requires_grad=True)
    b = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [w]}, {"params": [b], "lr": 0.5}])
    (w.sum() + b).backward()
    optimizer.step()
    return optimizer


def through_r(state: dict[str, Any]) -> dict[str, Any]:
    """As R has it: keys are text, and a list with one number is that number."""
    groups = [{**g, "params": g["params"][0]} for g in state["param_groups"]]
    return {"state": {str(k): v for k, v in state["state"].items()}, "param_groups": groups}


def test_a_state_of_r_is_loaded() -> None:
    optimizer, other = trained(), trained()
    state = copy.deepcopy(optimizer.state_dict())
    state["state"][0]["exp_avg"].fill_(7)
    other.load_state_dict(through_r(state))
    found = other.state_dict()
    assert list(found["state"]) == [0, 1]
    assert found["state"][0]["exp_avg"].tolist() == [7, 7]
    assert found["param_groups"] == optimizer.state_dict()["param_groups"]


def test_a_state_of_python_is_loaded_as_it_is() -> None:
    optimizer, other = trained(), trained()
    other.load_state_dict(optimizer.state_dict())
    assert str(other.state_dict()) == str(optimizer.state_dict())


def test_an_empty_state_is_an_empty_list_in_r() -> None:
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    optimizer.load_state_dict({**through_r(optimizer.state_dict()), "state": []})
    assert optimizer.state_dict()["state"] == {}


def test_what_is_no_state_fails_as_before() -> None:
    with pytest.raises(Exception, match="NoneType"):
        trained().load_state_dict(None)
