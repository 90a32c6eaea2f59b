"""Memory that other processes of this machine map: what `to_shared()` makes tensors of.

It is a memory file: it has no name in any folder, so nothing of it stays behind when the last
process that has it ends, however it ends. A handle tells which process has it open as which file
descriptor; another process of the same user opens it there.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import secrets
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch

from .devices import resolve_device
from .errors import SharingError

__all__ = ["handle_of", "is_shared", "map_handle", "to_shared"]

#: How many processes a handle tells of, the last first.
_MAX_PLACES = 4

_FIELDS = {"name": str, "bytes": int, "writable": bool, "places": list}


class _Mapping(mmap.mmap):
    """Mapped memory, and the file descriptor by which other processes find it."""

    fd: int
    name: str
    writable: bool
    places: list[list[int]]  #: process and descriptor of those that had it before

    def __del__(self) -> None:
        os.close(self.fd)

    def handle(self) -> str:
        here = [os.getpid(), self.fd]
        places = [here, *(place for place in self.places if place != here)][:_MAX_PLACES]
        told = {"name": self.name, "bytes": len(self), "writable": self.writable, "places": places}
        return json.dumps(told)


#: What this process has mapped: by name, and by address, which is that of a tensor's storage.
_by_name: WeakValueDictionary[str, _Mapping] = WeakValueDictionary()
_by_address: WeakValueDictionary[int, _Mapping] = WeakValueDictionary()


def to_shared(tensor: torch.Tensor, writable: bool = False) -> torch.Tensor:
    """A copy of a tensor in memory that other processes can map.

    Args:
        tensor: a strided tensor on any device; the copy is on the CPU.
        writable: whether what one process writes is seen by all. Otherwise what a process writes
            is its own: the others, and what is handed on, keep the values.

    Raises:
        SharingError: the system has no such memory, or the tensor no storage of its own.

    Example:
        >>> shared = to_shared(torch.arange(3))
        >>> shared, is_shared(shared)
        (tensor([0, 1, 2]), True)
    """
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta or tensor.is_nested:
        kind = "quantized" if tensor.is_quantized else str(tensor.layout)[6:]
        raise SharingError(
            f"A tensor that is {kind}, nested or on meta has no one block of memory to share; "
            "use its to_dense() or dequantize()."
        )
    source = tensor.detach().resolve_conj().resolve_neg().to(resolve_device("cpu")).contiguous()
    mapping = _new_mapping(source, writable)
    empty = torch.empty(0, dtype=tensor.dtype, device="cpu")
    shared = empty.set_(_storage_on(mapping), 0, source.shape, source.stride())
    return shared.requires_grad_(tensor.requires_grad)


def _new_mapping(source: torch.Tensor, writable: bool) -> _Mapping:
    if not hasattr(os, "memfd_create"):
        raise SharingError(
            "This system has no memory files, by which processes share memory; send the tensor "
            "itself, or keep it in a file that each process opens, by save_tensors()."
        )
    name = secrets.token_hex(16)
    size = max(source.numel() * source.element_size(), 1)
    try:
        fd = os.memfd_create(f"pytorchbridge-{name}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError as error:
        raise SharingError(f"No memory file can be made: {error.strerror}.") from error
    try:
        os.posix_fallocate(fd, 0, size)  # a page that is missing later would end the process
        _fill(fd, size, source)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals if writable else seals | fcntl.F_SEAL_WRITE)
        return _map(fd, name, size, writable, [])
    except OSError as error:
        os.close(fd)
        raise SharingError(f"{size} bytes cannot be shared: {error.strerror}.") from error


def _fill(fd: int, size: int, source: torch.Tensor) -> None:
    """By a mapping that is gone afterwards, as sealed memory must have none that writes."""
    with mmap.mmap(fd, size) as memory:
        if source.numel() > 0:
            whole = torch.frombuffer(memory, dtype=torch.uint8)
            flat = source.reshape(-1)
            whole.copy_(flat.view(torch.uint8) if flat.dtype != torch.bool else flat)
            del whole


def _map(fd: int, name: str, size: int, writable: bool, places: list[list[int]]) -> _Mapping:
    """Takes over the descriptor."""
    flags = mmap.MAP_SHARED if writable else mmap.MAP_PRIVATE
    mapping = _Mapping(fd, size, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    mapping.fd, mapping.name, mapping.writable, mapping.places = fd, name, writable, places
    _by_name[name] = mapping
    return mapping


def _storage_on(mapping: _Mapping) -> torch.UntypedStorage:
    storage = torch.frombuffer(mapping, dtype=torch.uint8).untyped_storage()
    _by_address[storage.data_ptr()] = mapping
    return storage


def is_shared(tensor: torch.Tensor) -> bool:
    """Whether a tensor is in memory that `to_shared()` made."""
    return tensor.layout == torch.strided and handle_of(tensor.untyped_storage()) is not None


def handle_of(storage: torch.UntypedStorage) -> str | None:
    """By what another process finds this storage's memory; None if none can.

    Example:
        >>> handle_of(torch.ones(2).untyped_storage()) is None
        True
    """
    if not _by_address or storage.device.type != "cpu":
        return None
    address = storage.data_ptr()
    mapping = _by_address.get(address)
    if mapping is None or (not mapping.writable and _was_written(address, len(mapping))):
        return None  # others would find the values that were shared, not those that are here
    return mapping.handle()


_PRESENT, _SWAPPED, _OF_FILE = (np.uint64(1 << bit) for bit in (63, 62, 61))


def _was_written(address: int, size: int) -> bool:
    """Whether a private mapping has pages of its own, which it gets when it is written to.

    See https://docs.kernel.org/admin-guide/mm/pagemap.html.
    """
    first, last = address // mmap.PAGESIZE, (address + size - 1) // mmap.PAGESIZE
    try:
        pages = np.fromfile("/proc/self/pagemap", np.uint64, last - first + 1, offset=8 * first)
    except OSError:
        return True  # not known, so its values are what counts
    own = (pages & (_PRESENT | _SWAPPED) != 0) & (pages & _OF_FILE == 0)
    return len(pages) <= last - first or bool(own.any())


def map_handle(handle: str) -> torch.UntypedStorage:
    """The storage on the memory that a handle tells of.

    Raises:
        SharingError: none of the processes that had it is there any more, or lets this one in.
    """
    told = _read_handle(handle)
    known = _by_name.get(told["name"])
    if known is None:
        fd, places = _open(told)
        known = _map(fd, told["name"], told["bytes"], told["writable"], places)
    return _storage_on(known)


def _read_handle(handle: str) -> dict[str, Any]:
    try:
        told = json.loads(handle)
        is_right = all(type(told[field]) is kind for field, kind in _FIELDS.items())
        places = [[int(pid), int(fd)] for pid, fd in told["places"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise SharingError("This handle of shared memory was changed.") from error
    if not is_right:
        raise SharingError("This handle of shared memory was changed.")
    return {**told, "places": places}


def _open(told: dict[str, Any]) -> tuple[int, list[list[int]]]:
    link = f"/memfd:pytorchbridge-{told['name']} (deleted)"
    for pid, place in told["places"]:
        path = f"/proc/{pid}/fd/{place}"
        try:
            if os.readlink(path) != link:
                continue
            fd = os.open(path, (os.O_RDWR if told["writable"] else os.O_RDONLY) | os.O_CLOEXEC)
        except OSError:
            continue
        # The process may have ended in between, and another file have its place.
        if os.readlink(f"/proc/self/fd/{fd}") == link and os.fstat(fd).st_size == told["bytes"]:
            return fd, told["places"]
        os.close(fd)
    processes = ", ".join(str(pid) for pid, _ in told["places"])
    raise SharingError(
        f"The shared memory is gone: process {processes} that had it has ended or let it go, or is "
        "another user's or another machine's. Share it anew, and keep the tensor as long as others "
        "need its handle."
    )
