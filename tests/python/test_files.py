"""Files of tensors. What needs no R of it; tests/testthat/test-files.R has the rest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pytorch_bridge.errors import DtypeError, FileError
from pytorch_bridge.files import MAPPED, check_file, open_tensors, save_tensors

pytest.importorskip("safetensors")


def test_without_the_library_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(FileError, match="py_install"):
        save_tensors({"a": torch.ones(1)}, str(tmp_path / "x"))
    with pytest.raises(FileError, match="py_install"):
        open_tensors(str(tmp_path / "x"))


def test_what_has_no_place_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DtypeError, match="meta"):
        save_tensors({"a": torch.ones(1, device="meta")}, str(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []
    z = torch.tensor([1 + 2j], dtype=torch.complex128)
    with pytest.raises(DtypeError, match=r'complex128, the dtype of "z"; .*view_as_real\(x\)'):
        save_tensors({"a": torch.ones(1), "z": z}, str(tmp_path / "x"))
    with pytest.raises(DtypeError, match="bits8"):
        save_tensors({"a": torch.ones(1, dtype=torch.uint8).view(torch.bits8)}, str(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []
    save_tensors({"z": torch.view_as_real(z)}, str(tmp_path / "x"))
    assert torch.equal(torch.view_as_complex(open_tensors(str(tmp_path / "x"))[0]["z"]), z)


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    file, other = tmp_path / "x", tmp_path / "y"
    other.touch()
    save_tensors({"a": torch.ones(1)}, str(file))
    assert file.stat().st_mode == other.stat().st_mode
    file.chmod(0o600)
    save_tensors({"a": torch.ones(1)}, str(file))
    assert file.stat().st_mode & 0o777 == 0o600


def test_files_that_are_let_go_are_closed(tmp_path: Path) -> None:
    file = str(tmp_path / "x")
    save_tensors({"a": torch.ones(1000)}, file)
    opened, _ = open_tensors(file)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for _ in range(5):
        opened, _ = open_tensors(file)
    check_file(opened["a"])
    assert len(MAPPED) <= 2
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) <= before + 1


@given(place=st.integers(0, 200), value=st.integers(0, 255))
def test_a_changed_byte_makes_no_harm(place: int, value: int, tmp_path_factory) -> None:
    file = tmp_path_factory.mktemp("changed") / "x"
    save_tensors({"a": torch.arange(6).reshape(2, 3), "b": torch.ones(2)}, str(file))
    data = bytearray(file.read_bytes())
    data[place % len(data)] = value
    file.write_bytes(data)
    try:
        tensors, _ = open_tensors(str(file))
    except FileError:
        return
    for tensor in tensors.values():
        repr(tensor)
