"""What the saved form of a tensor is asked for, by functions that C code calls.

R writes a tensor as a header and the bytes of its storages (see `pytorch_bridge.storages`). Whoever
writes knows a tensor by its Python object, and a storage by a key, and asks by the functions whose
addresses `functions()` gives. None of them raises.
"""

from __future__ import annotations

import atexit
import ctypes
import struct
from typing import Any

import torch

from .devices import resolve_device
from .errors import DeviceError, FileError
from .shared import handle_of, map_handle
from .storages import Unsaved, describe_tensor, read_header, restore, unsaved_header

__all__ = ["adopt", "functions", "needs", "revive"]

#: By key, the storages that are held for another, and how often.
_held: dict[int, tuple[torch.UntypedStorage, int]] = {}
#: The storages of the tensor that was described last, until they are held.
_described: list[torch.UntypedStorage] = []


def _key(storage: torch.UntypedStorage) -> int:
    """No other storage has it as long as this one is held."""
    return int(storage._cdata)


# ---- asked by C ----------------------------------------------------------------------------------

_MAX_STORAGES = 8
_DESCRIPTION = struct.Struct(f"={3 + _MAX_STORAGES}q")
_MAX_TEXT = 1 << 15


def _describe(tensor: torch.Tensor, to: int) -> None:
    global _described
    saved, _described = 1, []
    try:
        text, _described = describe_tensor(tensor, handle_of)
        if len(text) > _MAX_TEXT:
            raise Unsaved("its shape takes too long to tell")
    except Exception as error:
        why = str(error) if isinstance(error, Unsaved) else f"{type(error).__name__}: {error}"
        text, saved = unsaved_header(why[:1000]), 0
    keys = [_key(storage) for storage in _described]
    missing = [0] * (_MAX_STORAGES - len(keys))
    told = _DESCRIPTION.pack(len(text), saved, len(keys), *keys, *missing) + text
    ctypes.memmove(to, told, len(told))


def _locate(key: int, to: int) -> None:
    storage = _held[key][0]
    address = storage.data_ptr() if storage.device.type == "cpu" else 0
    told = struct.pack("=2q", address, storage.nbytes())
    ctypes.memmove(to, told, len(told))


def _read(key: int, to: int) -> None:
    storage = _held[key][0]
    if storage.nbytes() > 0:
        memory = (ctypes.c_char * storage.nbytes()).from_address(to)
        torch.frombuffer(memory, dtype=torch.uint8).copy_(_as_bytes(storage))


def _as_bytes(storage: torch.UntypedStorage) -> torch.Tensor:
    empty = torch.empty(0, dtype=torch.uint8, device=storage.device)
    return empty.set_(storage, 0, [storage.nbytes()], [1])


def _hold(key: int) -> None:
    if key in _held:
        storage, count = _held[key]
        _held[key] = storage, count + 1
        return
    storage = next(s for s in _described if _key(s) == key)
    _held[key] = storage, 1


def _release(key: int) -> None:
    storage, count = _held.pop(key)
    if count > 1:
        _held[key] = storage, count - 1


_FUNCTIONS: list[Any] = [
    ctypes.CFUNCTYPE(None, ctypes.py_object, ctypes.c_void_p)(_describe),
    ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(_locate),
    ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(_read),
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(_hold),
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(_release),
]
_is_alive = ctypes.c_int(1)
atexit.register(setattr, _is_alive, "value", 0)


def functions() -> list[float]:
    """Addresses of the functions, and of a C int that becomes 0 when Python ends.

    Example:
        >>> len(functions())
        6
    """
    addresses = [ctypes.cast(function, ctypes.c_void_p).value or 0 for function in _FUNCTIONS]
    return [*map(float, addresses), float(ctypes.addressof(_is_alive))]


# ---- asked by R ----------------------------------------------------------------------------------


def needs(header: bytes) -> list[dict[str, Any]]:
    """What is needed of each storage to revive the tensor of a header.

    Returns:
        For each storage ``has_bytes``, whether they are saved beside the header; ``device``, where
        they go, and ``is_moved``, whether that is not where they were.

    Raises:
        FileError: see `storages.read_header()`.
    """
    found = []
    for storage in read_header(header)["storages"]:
        device = _device_for(storage.device)
        moved = device != storage.device
        found.append({"has_bytes": storage.has_bytes, "device": device, "is_moved": moved})
    return found


def _device_for(device: str) -> str:
    try:
        return str(resolve_device(device))
    except DeviceError:
        kind, _, index = device.partition(":")
        return _device_for(kind) if index else "cpu"


def adopt(data: torch.Tensor, device: str) -> float:
    """Brings the bytes of a storage to a device, and returns the key that they are known by.

    Args:
        data: the bytes, a tensor of uint8 with memory of its own.
        device: where they go.
    """
    global _described
    _described = [data.to(device).untyped_storage()]
    return float(_key(_described[0]))


def revive(header: bytes, keys: list[float]) -> torch.Tensor:
    """The tensor of a header.

    Args:
        header: see `pytorch_bridge.storages`.
        keys: of those of its storages that have bytes, in their order.

    Raises:
        FileError: header and storages do not make a tensor.
        SharingError: memory that another process shared is not there any more.
    """
    told = read_header(header)
    kept = [_held[int(key)][0] for key in keys]
    expected = [storage for storage in told["storages"] if storage.has_bytes]
    if len(kept) != len(expected):
        raise FileError(
            f"This saved tensor was changed: it has {len(kept)} storages and not {len(expected)}."
        )
    found = iter(kept)
    storages = [
        next(found) if storage.has_bytes else _storage_without_bytes(storage)
        for storage in told["storages"]
    ]
    return restore(told, storages)


def _storage_without_bytes(storage: Any) -> torch.UntypedStorage:
    if storage.handle is not None:
        return map_handle(storage.handle)
    return torch.empty(storage.nbytes, dtype=torch.uint8, device="meta").untyped_storage()
