"""Memory that other processes map."""

from __future__ import annotations

import gc
import json
import os

import pytest
import torch

from pytorch_bridge.errors import SharingError
from pytorch_bridge.shared import handle_of, is_shared, map_handle, to_shared

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="this system has no memory files"
)


def handle(tensor: torch.Tensor) -> str:
    found = handle_of(tensor.untyped_storage())
    assert found is not None
    return found


def seen_by_another(told: str, write: str = "") -> list[int]:
    """What a child of a fork reads that must open the handle, and writes before."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        from pytorch_bridge import shared

        shared._by_name.clear()
        found = map_handle(told)
        if write:
            found[0] = int(write)
        os.write(writer, json.dumps(found.tolist()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


@pytest.mark.parametrize("writable", [False, True])
def test_another_process_sees_the_bytes(writable: bool) -> None:
    x = to_shared(torch.tensor([1, 2, 3], dtype=torch.uint8), writable)
    assert is_shared(x) and is_shared(x[1:])
    assert seen_by_another(handle(x)) == [1, 2, 3]
    assert seen_by_another(handle(x), write="9") == [9, 2, 3]
    assert x.tolist() == ([9, 2, 3] if writable else [1, 2, 3])


def test_private_memory_that_was_written_has_no_handle() -> None:
    x = to_shared(torch.zeros(100_000))
    assert is_shared(x)
    x.numpy()[99_999] = 1
    assert not is_shared(x)
    y = to_shared(torch.zeros(10), writable=True)
    y.fill_(1)
    assert is_shared(y)


def test_the_file_cannot_be_made_shorter() -> None:
    x = to_shared(torch.zeros(10), writable=True)
    _, fd = json.loads(handle(x))["places"][0]
    with pytest.raises(PermissionError):
        os.ftruncate(fd, 0)


def test_the_same_memory_is_mapped_once() -> None:
    x = to_shared(torch.zeros(10))
    assert map_handle(handle(x)).data_ptr() == x.data_ptr()


def test_a_descriptor_that_another_file_has_by_now_is_not_taken() -> None:
    x = to_shared(torch.zeros(10))
    told = json.loads(handle(x))
    del x
    gc.collect()
    with open(__file__) as file:
        told["places"] = [[os.getpid(), file.fileno()]]
        with pytest.raises(SharingError, match="is gone"):
            map_handle(json.dumps(told))
    other = to_shared(torch.zeros(10))
    told["places"] = json.loads(handle(other))["places"]
    with pytest.raises(SharingError, match="is gone"):
        map_handle(json.dumps(told))


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"name":1}', '{"name":"a","bytes":1,"writable":true,"places":[1]}']
)
def test_a_changed_handle_is_told(told: str) -> None:
    with pytest.raises(SharingError, match="was changed"):
        map_handle(told)


def test_a_system_without_memory_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    with pytest.raises(SharingError, match=r"save_tensors\(\)"):
        to_shared(torch.zeros(2))
