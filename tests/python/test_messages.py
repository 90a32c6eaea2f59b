"""Every message that `pytorch_bridge` raises, as users read it, is in messages.txt.

So a change of words is seen in review. `tools/messages` writes the file anew.
"""

from __future__ import annotations

import ast
import ctypes
import datetime
import decimal
import importlib.util
import json
import math
import os
import pkgutil
import re
import traceback
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from message_cases import CASES, UNREACHED

import pytorch_bridge as pb

SNAPSHOT = Path(__file__).with_name("messages.txt")
MODULES = {
    module.name: importlib.import_module(f"pytorch_bridge.{module.name}")
    for module in pkgutil.iter_modules(pb.__path__)
}


class RefusesDlpack:
    def __dlpack__(self, **_: Any) -> None:
        raise BufferError("no")

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class Unsaid:
    """Offers memory, and does not say whether it may be written to."""

    held = torch.ones(2)

    def __dlpack__(self, **asked: Any) -> Any:
        return self.held.__dlpack__(**{k: v for k, v in asked.items() if k == "stream"})

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class RefusesArray:
    def __array__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("its values are gone")


def with_cuda(version: str | None, count: int, call: Callable[[], Any]) -> Any:
    """The call, as if PyTorch were built for this CUDA and found so many devices."""
    cuda = {"device_count": lambda: count, "is_available": lambda: count > 0}
    built = {"cuda": version, "hip": None}
    with mock.patch.multiple("torch.version", **built), mock.patch.multiple("torch.cuda", **cuda):
        return call()


def patched(name: str, value: Any, call: Callable[[], Any]) -> Any:
    with mock.patch(name, value):
        return call()


def without(module: str, call: Callable[[], Any]) -> Any:
    """The call, as if this module were not installed."""
    with mock.patch.dict("sys.modules", {module: None}):
        return call()


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def backward(function: Callable[..., Any]) -> None:
    """The gradient of an operation that has this function for its `backward`."""
    x = torch.ones(2, requires_grad=True)
    MODULES["derivatives"].apply(lambda x: x * 2, function, [x]).sum().backward()


def header(text: str) -> bytes:
    """What stands before the storages of a saved tensor."""
    encoded = text.encode()
    return len(encoded).to_bytes(8, "little") + encoded


VIEW = {"dtype": "float32", "shape": [2], "strides": [1], "offset": 0, "storage": 0}


def saved(**changes: Any) -> dict[str, Any]:
    """What a header tells of a tensor of eight bytes, with changes."""
    return {"tensor": {**VIEW, **changes}, "storages": [MODULES["storages"].SavedStorage(8)]}


def names() -> dict[str, Any]:
    """What the cases speak of."""
    small, read_only, own, flag = torch.ones(2), np.ones(2), [], ctypes.c_int(0)
    small.untyped_storage().resize_(0)
    read_only.flags.writeable = False
    own.append(own)
    with torch.inference_mode():
        frozen = torch.zeros(2)
    return {
        "frozen": frozen,
        "small_bits": torch.ones(2, dtype=torch.uint8).view(getattr(torch, "int4", torch.uint8)),
        "t": torch.ones(2, 2),
        "i": torch.tensor([1, 2]),
        "b": torch.ones(1, dtype=torch.uint8),
        "expanded": torch.ones(2, 1).expand(2, 2),
        "cube": torch.ones(2, 2, 2),
        "coo": torch.eye(2).to_sparse(),
        "meta": torch.ones(2, device="meta"),
        "text": np.array(["a"]),
        "naive": datetime.datetime(2020, 1, 1),
        "nan": math.nan,
        "small": small,
        "own": own,
        "flag": flag,
        "at": ctypes.addressof(flag),
        "read_only": read_only,
        "without_shape": '{"__metadata__": {"format": "pytorchbridge", "version": "1", '
        f'"checksum": "{zlib.crc32(b"1[]"):08x}", "tensor": "1", "storages": "[]"}}}}',
        "zero": torch._efficientzerotensor(2),
        "masked": np.ma.masked_array([1, 2], [True, False]),
        "inference": torch.inference_mode()(lambda: torch.ones(2))(),
        "eight_bytes": [torch.ones(2).untyped_storage()],
        "two_channels": {"scheme": "per_channel", "scales": VIEW, "zero_points": VIEW, "axis": 0},
        "unaligned": np.zeros(17, np.uint8)[1:].view("f8"),
    }


def cases() -> dict[str, str]:
    """By case, the condition on which it raises."""
    found = {}
    for line in CASES.split("\n"):
        condition, _, case = line.partition(": ") if line.startswith("if ") else ("if 1", "", line)
        if case:
            found[case] = condition.removeprefix("if ")
    return found


def raised() -> dict[str, pb.BridgeError]:
    """By case, what it raises."""
    scope = {**globals(), **MODULES, **names(), "decimal": decimal, "json": json}
    return {case: error_of(case, scope) for case, when in cases().items() if eval(when, scope)}


def error_of(case: str, scope: dict[str, Any]) -> pb.BridgeError:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(case, scope)
        except pb.BridgeError as error:
            return error
    raise AssertionError(f"This raises nothing: {case}")


def told(error: pb.BridgeError) -> str:
    """What it says, without the words of PyTorch's own, which change with its version."""
    kind, words = type(error).__name__, [str(error)]
    if error.in_r != str(error):
        words.append(f"In R: {error.in_r}")
    text = "\n".join(words)
    for theirs in (
        r"(?<= failed: ).*",
        r"(?<=over this RefusesDlpack: ).*",
        r"(?<=no tensor of it ).*",
    ):
        text = re.sub(theirs, "...", text, flags=re.DOTALL)
    return f"{kind}: " + re.sub(r"(?<=This PyTorch, )[^,]*(?=,)", "...", text)


def written(messages: dict[str, str]) -> str:
    blocks = [f"{case}\n" + re.sub("(?m)^", "  ", text) for case, text in messages.items()]
    return "\n\n".join(blocks) + "\n"


def read(text: str) -> dict[str, str]:
    blocks = [block.partition("\n") for block in text.strip().split("\n\n")]
    return {case: re.sub("(?m)^  ", "", rest) for case, _, rest in blocks}


@pytest.fixture(scope="module")
def errors() -> dict[str, pb.BridgeError]:
    return raised()


def test_messages_are_those_of_the_snapshot(errors):
    found = {case: told(error) for case, error in errors.items()}
    if os.environ.get("PYTORCHBRIDGE_MESSAGES") == "write":
        SNAPSHOT.write_text(written(found), encoding="utf-8")
    recorded = read(SNAPSHOT.read_text(encoding="utf-8"))
    assert found == {case: recorded.get(case) for case in found}
    assert set(recorded) <= set(cases())


def test_every_raise_is_reached_by_a_case_or_listed_with_a_reason(errors):
    reached = {place for error in errors.values() for place in places_of(error)}
    missed = []
    for name in MODULES:
        source = Path(MODULES[name].__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Raise) and node.exc is not None:
                lines = range(node.lineno, node.end_lineno + 1)
                if not any((name, line) in reached for line in lines):
                    missed.append(
                        f"{name}: {' '.join(ast.get_source_segment(source, node).split())}"
                    )
    unexplained = [site for site in missed if not site.startswith(tuple(UNREACHED))]
    assert unexplained == []
    certain = [key for key, why in UNREACHED.items() if not why.startswith("needs")]
    assert [key for key in certain if not any(site.startswith(key) for site in missed)] == []


def places_of(error: BaseException | None) -> set[tuple[str, int]]:
    """Where it was raised, and those that it was raised from."""
    places = set()
    while error is not None:
        for frame in traceback.extract_tb(error.__traceback__):
            path = Path(frame.filename)
            if path.parent.name == "pytorch_bridge":
                places.add((path.stem, frame.lineno))
        error = error.__cause__ or error.__context__
    return places
