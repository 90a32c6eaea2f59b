"""What the tests share: hypothesis profiles, and the device that tests put tensors on."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch
from accelerator import standin
from hypothesis import HealthCheck, settings

# Where tools/setup puts the libraries that tensors meet; see tools/requirements-libraries.txt.
if "PYTORCHBRIDGE_LIBRARIES" in os.environ:
    sys.path.append(os.environ["PYTORCHBRIDGE_LIBRARIES"])

# Without a clock, of examples or of what they are drawn from: newer Hypothesis looks for constants
# in the source of all that is imported, of PyTorch too where Debian installed it, for half a minute
# on a busy machine.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", derandomize=True, max_examples=300, **_UNHURRIED)
settings.register_profile("quick", derandomize=True, max_examples=30, **_UNHURRIED)
settings.register_profile("long", derandomize=False, max_examples=5000, **_UNHURRIED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "accelerator" in item.fixturenames:
            item.add_marker("accelerator")


@pytest.fixture(scope="session")
def accelerator() -> str:
    """The kind of device that tests put tensors on: CUDA where there is one, else the stand-in."""
    if torch.cuda.is_available():
        return "cuda"
    if standin.lacking():
        pytest.skip(standin.lacking())
    return standin.load()


@pytest.fixture(scope="session", autouse=True)
def _stand_in_first() -> None:
    """PyTorch gives no backward pass to a kind of device that came after the first one."""
    if not torch.cuda.is_available() and not standin.lacking():
        standin.load()


@pytest.fixture
def switches(accelerator: str) -> Iterator[ModuleType]:
    """The stand-in, for what no real device does when asked; afterwards it is as it was."""
    if accelerator != "standin":
        pytest.skip("a real device has no switches; CUDA_VISIBLE_DEVICES= hides it")
    yield standin
    standin.reset()


@pytest.fixture
def quantized() -> torch.Tensor:
    """Holds 0.5 and -1.5."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions say that quantized tensors will go
        return torch.quantize_per_tensor(torch.tensor([0.5, -1.5]), 0.5, 0, torch.qint8)


def make_unreadable(kind: str) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # prototypes and betas say so
        return {
            "meta": lambda: torch.ones(2, 2, device="meta"),
            "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
            "coo": lambda: torch.ones(2, 2).to_sparse(),
            "bsr": lambda: torch.ones(2, 2).to_sparse_bsr((1, 1)),
            "csr": lambda: torch.ones(2, 2).to_sparse_csr(),
        }[kind]()


@pytest.fixture(params=["meta", "nested", "coo", "csr"])
def unreadable(request: pytest.FixtureRequest) -> tuple[torch.Tensor, str]:
    """A tensor without strided values, and what the error says of it."""
    messages = {"meta": "meta tensor", "nested": "unbind", "coo": "to_dense", "csr": "to_dense"}
    return make_unreadable(request.param), messages[request.param]
