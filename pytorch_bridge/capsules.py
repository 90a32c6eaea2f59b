"""What the saved form of a tensor is asked for, by functions that C code calls.

R writes a tensor as a header and the bytes of its storages (see `pytorch_bridge.storages`). Whoever
writes knows a tensor by its Python object, and a storage by a key, and asks by the functions whose
addresses `functions()` gives. None of them raises.
"""

from __future__ import annotations

import atexit
import ctypes
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .devices import resolve_device
from .errors import DeviceError, FileError
from .owners import Lease
from .shared import handle_of, map_handle
from .storages import (
    SavedStorage,
    Unsaved,
    describe_tensor,
    parse_header,
    read_header,
    restore,
    unsaved_header,
)

__all__ = ["functions", "revive"]

#: By key, the storages that are held for R.
_held: dict[int, torch.UntypedStorage] = {}


def _key(storage: torch.UntypedStorage) -> int:
    """No other storage has it as long as this one is held."""
    return int(storage._cdata)


# ---- asked by C ----------------------------------------------------------------------------------

_MAX_STORAGES = 8
_MAX_TEXT = 1 << 15
#: What is told: the text's length, whether the tensor can be saved, the number of its storages and
#: their keys; and after them all the text.
_TOLD = [struct.Struct(f"={3 + n}q") for n in range(_MAX_STORAGES + 1)]
_TEXT = _TOLD[-1].size
#: Where C reads what is told. It is long enough for the rest, too.
_told = bytearray(_TEXT + _MAX_TEXT)
_LOCATION = struct.Struct("=2q")


def _describe(tensor: torch.Tensor) -> None:
    """The storages are held from then on, until C releases them."""
    saved = 1
    try:
        text, storages = describe_tensor(tensor, handle_of)
        if len(text) > _MAX_TEXT:
            raise Unsaved("its shape takes too long to tell")
    except Exception as error:
        why = str(error) if isinstance(error, Unsaved) else f"{type(error).__name__}: {error}"
        text, storages, saved = unsaved_header(why[:1000]), [], 0
    keys = []
    for storage in storages:
        keys.append(storage._cdata)
        _held.setdefault(storage._cdata, storage)
    _TOLD[len(keys)].pack_into(_told, 0, len(text), saved, len(keys), *keys)
    _told[_TEXT : _TEXT + len(text)] = text


def _locate(key: int) -> None:
    storage = _held[key]
    address = storage.data_ptr() if storage.device.type == "cpu" else 0
    _LOCATION.pack_into(_told, 0, address, storage.nbytes())


def _read(key: int, to: int) -> None:
    storage = _held[key]
    if storage.nbytes() > 0:
        _bytes_at(to, storage.nbytes()).copy_(_as_bytes(storage))


def _bytes_at(address: int, length: int) -> torch.Tensor:
    return torch.frombuffer((ctypes.c_char * length).from_address(address), dtype=torch.uint8)


def _as_bytes(storage: torch.UntypedStorage) -> torch.Tensor:
    empty = torch.empty(0, dtype=torch.uint8, device=storage.device)
    return empty.set_(storage, 0, [storage.nbytes()], [1])


def _release(key: int) -> None:
    del _held[key]


_FUNCTIONS: list[Any] = [
    ctypes.CFUNCTYPE(None, ctypes.py_object)(_describe),
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(_locate),
    ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(_read),
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(_release),
]
_place_of_told = ctypes.c_char.from_buffer(_told)
_is_alive = ctypes.c_int(1)
atexit.register(setattr, _is_alive, "value", 0)


def functions() -> list[float]:
    """Addresses of the functions, of what they tell, and of a C int that becomes 0 at Python's end.

    Example:
        >>> len(functions())
        6
    """
    addresses = [ctypes.cast(function, ctypes.c_void_p).value or 0 for function in _FUNCTIONS]
    addresses += [ctypes.addressof(_place_of_told), ctypes.addressof(_is_alive)]
    return [float(address) for address in addresses]


# ---- asked by R ----------------------------------------------------------------------------------


def revive(
    header: str | bytes, places: Sequence[float | Sequence[float]]
) -> tuple[torch.Tensor, list[float], str | None]:
    """The tensor of a header.

    Args:
        header: see `pytorch_bridge.storages`; the text after its length, where the length is right.
        places: of those of its storages that have bytes, in their order: the key of one that is
            held, or else the address, the length and, if the memory is lent, the address of the
            loan's flag (see `pytorch_bridge.owners.Lease`), or 0 where it is to be copied.

    Returns:
        The tensor; the keys of its storages that have bytes, which are held from then on; and the
        device that a storage is on now, if one is not where it was.

    Raises:
        FileError: header and storages do not make a tensor.
        SharingError: memory that another process shared is not there any more.
    """
    told = parse_header(header) if isinstance(header, str) else read_header(header)
    expected = [storage for storage in told["storages"] if storage.has_bytes]
    if len(places) != len(expected):
        raise FileError(
            f"This saved tensor was changed: it has {len(places)} storages and not {len(expected)}."
        )
    kept = [_storage_at(place, saved) for place, saved in zip(places, expected)]
    found = iter(kept)
    tensor = restore(
        told,
        [
            next(found) if storage.has_bytes else _storage_without_bytes(storage)
            for storage in told["storages"]
        ],
    )
    for storage in kept:
        _held.setdefault(_key(storage), storage)
    devices = [_device_for(storage.device) for storage in expected]
    moved = [now for now, saved in zip(devices, expected) if now != saved.device]
    return tensor, [float(_key(storage)) for storage in kept], moved[0] if moved else None


def _storage_at(place: float | Sequence[float], saved: SavedStorage) -> torch.UntypedStorage:
    if isinstance(place, float):
        return _held[int(place)]
    address, length, flag = map(int, place)
    if length == 0:
        data = torch.empty(0, dtype=torch.uint8, device="cpu")
    elif flag:
        lease = Lease(address, (length,), np.dtype("uint8"), flag)
        data = torch.from_numpy(lease.as_array())
    else:
        data = _bytes_at(address, length).clone()
    return data.to(_device_for(saved.device)).untyped_storage()


def _device_for(device: str) -> str:
    if device == "cpu":
        return device
    try:
        return str(resolve_device(device))
    except DeviceError:
        kind, _, index = device.partition(":")
        return _device_for(kind) if index else "cpu"


def _storage_without_bytes(storage: SavedStorage) -> torch.UntypedStorage:
    if storage.handle is not None:
        return map_handle(storage.handle)
    return torch.empty(storage.nbytes, dtype=torch.uint8, device="meta").untyped_storage()
