"""The saved form of tensors: what is written comes back, and nothing else makes a tensor."""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pytorch_bridge.errors import FileError
from pytorch_bridge.storages import Unsaved, describe_tensor, read_header, restore, unsaved_header

sys.path.insert(0, str(Path(__file__).parents[1] / "testthat"))
import specimens

SPECIMENS = specimens.specimens()


def copied(storage: torch.UntypedStorage) -> torch.UntypedStorage:
    return storage.clone()


def through(tensor: torch.Tensor) -> torch.Tensor:
    header, storages = describe_tensor(tensor)
    told = read_header(header)
    found = iter(storages)
    return restore(
        told,
        [
            copied(next(found))
            if s.has_bytes
            else torch.empty(s.nbytes, dtype=torch.uint8, device="meta").untyped_storage()
            for s in told["storages"]
        ],
    )


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_tensor_comes_back_bit_by_bit(name: str) -> None:
    assert specimens.differences(name, through(SPECIMENS[name])) == []


def test_header_and_bytes_are_a_safetensors_file() -> None:
    tensor = torch.arange(6, dtype=torch.int16).reshape(2, 3).to_sparse()
    header, storages = describe_tensor(tensor)
    length = int.from_bytes(header[:8], "little")
    assert length % 8 == 0 and len(header) == 8 + length
    told = json.loads(header[8:])
    assert all(isinstance(value, str) for value in told.pop("__metadata__").values())
    end = 0
    for place, storage in enumerate(storages):
        entry = told.pop(str(place))
        assert entry["dtype"] == "U8" and entry["shape"] == [storage.nbytes()]
        assert entry["data_offsets"] == [end, end + storage.nbytes()]
        end += storage.nbytes()
    assert told == {}


def test_any_safetensors_reader_opens_it() -> None:
    load = pytest.importorskip("safetensors.torch").load
    header, storages = describe_tensor(torch.tensor([1, 2, 3]))
    opened = load(header + b"".join(bytes(s.tolist()) for s in storages))
    assert opened["0"].view(torch.int64).tolist() == [1, 2, 3]


def test_a_storage_of_two_parts_is_told_once() -> None:
    base = torch.tensor([0, 1, 1, 0])
    tensor = torch.sparse_coo_tensor(base.reshape(2, 2), base[2:], (2, 2))
    assert len(describe_tensor(tensor)[1]) == 1


class Counted(torch.Tensor):
    pass


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        (torch.ones(2).as_subclass(Counted), "Counted"),
        (torch.ones(2).to_mkldnn(), "to_dense"),
        (torch.nn.UninitializedParameter(), "UninitializedParameter"),
    ],
)
def test_what_is_more_than_storages_is_not_saved(tensor: torch.Tensor, why: str) -> None:
    with pytest.raises(Unsaved, match=why):
        describe_tensor(tensor)
    with pytest.raises(FileError, match="was not saved"):
        read_header(unsaved_header(f'because of "{why}"'))


def test_a_newer_version_says_so() -> None:
    header, _ = describe_tensor(torch.ones(2))
    with pytest.raises(FileError, match="newer pytorchbridge"):
        read_header(header.replace(b'"version":"1"', b'"version":"9"'))


FUZZED = ["transposed", "by channel", "coo", "csr", "conjugate", "dtype float8_e5m2"]


def read(header: bytes, storages: list[torch.UntypedStorage]) -> None:
    """A tensor that can be used, or a `FileError`; anything else fails the test."""
    try:
        told = read_header(header)
        if any(not s.has_bytes for s in told["storages"]):
            return
        tensor = restore(told, [copied(s) for s in storages])
    except FileError:
        return
    if tensor.numel() > 10**6:
        return
    for part in specimens.dense_parts(tensor):
        if part.is_quantized:
            part = part.int_repr()
        repr(part.clone())


@pytest.mark.parametrize("name", FUZZED)
@given(data=st.data())
def test_a_changed_header_makes_no_harm(name: str, data: Any) -> None:
    header, storages = describe_tensor(SPECIMENS[name])
    changed = bytearray(header)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(changed), storages)
    read(header[: data.draw(st.integers(0, len(header) - 1))], storages)


@pytest.mark.parametrize("name", FUZZED)
def test_no_changed_byte_of_a_header_makes_another_tensor(name: str) -> None:
    header, storages = describe_tensor(SPECIMENS[name])
    same, refused = 0, 0
    for place in range(len(header)):
        changed = bytearray(header)
        changed[place] ^= 1  # a digit becomes another one
        try:
            back = restore(read_header(bytes(changed)), [copied(s) for s in storages])
        except FileError:
            refused += 1
            continue
        same += 1
        assert specimens.differences(name, back) == []
    assert refused > same


def crc32(text: str) -> str:
    """The checksum of a header, as docs/FORMAT.md has it."""
    return f"{zlib.crc32(text.encode()):08x}"


NUMBERS = st.one_of(
    st.integers(-5, 50), st.sampled_from([2**31, 2**62, 2**63, 2**64, -(2**63), 1.5, None, "x", []])
)


@pytest.mark.parametrize("name", FUZZED)
@given(data=st.data())
def test_a_lying_header_makes_no_harm(name: str, data: Any) -> None:
    header, storages = describe_tensor(SPECIMENS[name])
    told = json.loads(header[8:])
    view = json.loads(told["__metadata__"]["tensor"])
    part = data.draw(st.sampled_from([view, *(v for v in view.values() if isinstance(v, dict))]))
    field = data.draw(st.sampled_from(sorted(part)))
    if isinstance(part[field], list) and part[field]:
        part[field][data.draw(st.integers(0, len(part[field]) - 1))] = data.draw(NUMBERS)
    else:
        part[field] = data.draw(st.one_of(NUMBERS, st.sampled_from(["int64", "qint8", "strided"])))
    metadata = told["__metadata__"]
    metadata["tensor"] = json.dumps(view)
    metadata["checksum"] = crc32(metadata["tensor"] + metadata.get("storages", ""))
    text = json.dumps(told).encode()
    read(len(text).to_bytes(8, "little") + text, storages)


@given(change=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), min_size=1))
@pytest.mark.parametrize("name", ["coo", "csr", "by channel"])
def test_changed_bytes_make_no_harm(name: str, change: list[tuple[int, int]]) -> None:
    header, storages = describe_tensor(SPECIMENS[name])
    broken = [copied(s) for s in storages]
    for place, value in change:
        storage = broken[place % len(broken)]
        storage[place % storage.nbytes()] = value
    read(header, broken)
