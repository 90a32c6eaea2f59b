"""The kinds of errors, and that a message says what, where and what to write instead."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.errors import words_for_r


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (pb.MissingError, ValueError),
        (pb.LossyError, ValueError),
        (pb.SharingError, ValueError),
        (pb.DtypeError, TypeError),
        (pb.DeviceError, RuntimeError),
    ],
)
def test_kinds(kind, builtin):
    assert issubclass(kind, pb.BridgeError)
    assert issubclass(kind, builtin)


def test_kinds_are_apart():
    kinds = [pb.MissingError, pb.LossyError, pb.SharingError, pb.DtypeError, pb.DeviceError]
    assert not [(a, b) for a in kinds for b in kinds if a is not b and issubclass(a, b)]


def test_a_remedy_is_told_in_the_words_of_each_language():
    with pytest.raises(pb.SharingError) as caught:
        pb.to_tensor(np.zeros(2), dtype="float32", copy=False)
    assert str(caught.value).endswith("; use copy = None or True.")
    assert words_for_r(str(caught.value)).endswith("; use copy = NULL or TRUE.")
    inside = caught.value.within("In element 2")
    assert words_for_r(str(inside)).startswith("In element 2: A float64 tensor")
    assert inside.in_r.endswith("; use copy = NULL or TRUE.")
    assert words_for_r("another message") == "another message"


def test_all_is_all_there():
    assert [name for name in pb.__all__ if not hasattr(pb, name)] == []


@pytest.mark.parametrize(
    ("call", "kind", "parts"),
    [
        (
            lambda: pb.cast(torch.tensor([[1, 2], [300, 400]]), torch.uint8),
            pb.LossyError,
            ["300", "[1, 0]", "1 more", "uint8", "clamp"],
        ),
        (
            lambda: pb.to_tensor([2**63]),
            pb.LossyError,
            ["9223372036854775808", "9223372036854775807", "uint64"],
        ),
        (lambda: pb.to_tensor("1"), pb.DtypeError, ["str", "number"]),
        (lambda: pb.to_tensor([1, None]), pb.MissingError, ["index [1]", 'na = "nan"', "a value"]),
        (
            lambda: pb.to_tensor(np.array(["a"])),
            pb.DtypeError,
            ["<U1", "np.unique(x"],
        ),
        (
            lambda: pb.to_tensor({"a": [1], "took": np.array([1], "timedelta64[Y]")}),
            pb.DtypeError,
            ['"took"', "months or years"],
        ),
        (
            lambda: pb.to_numpy(torch.ones(1, dtype=torch.bfloat16)),
            pb.DtypeError,
            ["bfloat16", 'to_device(x, dtype = "float32")'],
        ),
        (
            lambda: pb.to_tensor(np.arange(3)[::-1], copy=False),
            pb.SharingError,
            ["negative stride", "copy = True"],
        ),
        (lambda: pb.to_device(torch.ones(1), "gpu"), pb.DeviceError, ['"gpu"', '"cuda"']),
        (lambda: pb.describe([1]), pb.DtypeError, ["list", "no tensor"]),
    ],
)
def test_messages(call, kind, parts):
    with pytest.raises(pb.BridgeError) as caught:
        call()
    assert type(caught.value) is kind
    message = str(caught.value)
    assert [part for part in parts if part not in message] == []
    assert "\n" not in message
