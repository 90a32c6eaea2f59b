"""Tensors as bytes: a header that describes one, beside the bytes of its storages.

The header is that of a safetensors file whose only tensors are the storages, and its metadata say
which tensor lies in them. So the header, followed by the bytes, is such a file. There is no code in
it, and reading runs none. The format is told in full in ``docs/FORMAT.md``.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch

from .errors import FileError

__all__ = ["SavedStorage", "Unsaved", "describe_tensor", "parse_header", "read_header", "restore"]

VERSION = "1"

_PLAIN_TYPES = frozenset((torch.Tensor, torch.nn.Parameter))
_STRIDED = torch.strided
_is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor

#: By the layout: the two methods that give the indices of a compressed sparse tensor.
_COMPRESSED = {
    "sparse_csr": ("crow_indices", "col_indices"),
    "sparse_csc": ("ccol_indices", "row_indices"),
    "sparse_bsr": ("crow_indices", "col_indices"),
    "sparse_bsc": ("ccol_indices", "row_indices"),
}


class Unsaved(Exception):
    """Why a tensor cannot be saved."""


class SavedStorage(NamedTuple):
    """What a header tells of a storage."""

    nbytes: int
    device: str = "cpu"
    handle: str | None = None  #: of memory that other processes map; its bytes are not saved

    @property
    def has_bytes(self) -> bool:
        """Whether its bytes are saved beside the header."""
        return self.handle is None and self.device != "meta"


# ---- describing --------------------------------------------------------------------------------


def describe_tensor(
    tensor: torch.Tensor,
    handle_of: Callable[[torch.UntypedStorage], str | None] | None = None,
) -> tuple[bytes, list[torch.UntypedStorage]]:
    """The header of a tensor, and those of its storages whose bytes belong beside it.

    Args:
        tensor: of any dtype, layout and device.
        handle_of: gives the handle of a storage that other processes can map, or None.

    Raises:
        Unsaved: there is more to the tensor than storages, or less.

    Example:
        >>> header, storages = describe_tensor(torch.zeros(2, 3))
        >>> read_header(header)["tensor"]["shape"], storages[0].nbytes()
        ([2, 3], 24)
    """
    if _is_plain(tensor):
        storage = tensor.untyped_storage()
        handle = handle_of(storage) if handle_of else None
        _check_readable(storage)
        header = _plain_header(
            type(tensor),
            tensor.dtype,
            tensor.shape,
            tensor.stride(),
            tensor.storage_offset(),
            tensor.requires_grad,
            storage.nbytes(),
            handle,
        )
        return header, [] if handle else [storage]
    found: list[torch.UntypedStorage] = []
    view = _describe(tensor, found) + _flags(tensor.requires_grad, type(tensor))
    saved = tuple(
        SavedStorage(
            storage.nbytes(), str(storage.device), handle_of(storage) if handle_of else None
        )
        for storage in found
    )
    return _header(view, saved), [s for s, told in zip(found, saved) if told.has_bytes]


# These give the fields of a JSON object as text, and what is of one form is written once: Python's
# own encoder takes longer than R takes to write a small vector.


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether it is of the many that the form below is enough for."""
    return (
        type(tensor) in _PLAIN_TYPES
        and tensor.layout is _STRIDED
        and tensor.is_cpu
        and not (tensor.is_quantized or tensor.is_conj() or tensor.is_neg() or tensor.is_nested)
        and not (tensor._is_zerotensor() or _is_wrapped(tensor))
    )


@lru_cache(maxsize=1024)
def _plain_header(
    kind: type,
    dtype: torch.dtype,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    requires_grad: bool,
    nbytes: int,
    handle: str | None,
) -> bytes:
    view = _strided_fields(dtype, shape, strides, offset, 0)
    return _header(view + _flags(requires_grad, kind), (SavedStorage(nbytes, "cpu", handle),))


def _flags(requires_grad: bool, kind: type) -> str:
    flags = ',"requires_grad":true' if requires_grad else ""
    return flags + (',"parameter":true' if issubclass(kind, torch.nn.Parameter) else "")


def _describe(tensor: torch.Tensor, found: list[torch.UntypedStorage]) -> str:
    if type(tensor) not in _PLAIN_TYPES:
        raise Unsaved(f"a {type(tensor).__name__} is more than its values; save the tensors in it")
    if tensor.is_nested:
        raise Unsaved("a nested tensor has no one shape; save the parts of its unbind()")
    if _is_wrapped(tensor):
        raise Unsaved("a tensor inside torch.func.vmap or grad has no values of its own yet")
    if tensor.layout == torch.strided:
        return _describe_strided(tensor, found)
    layout = str(tensor.layout)[6:]
    if layout == "sparse_coo":
        return _describe_coo(tensor.detach(), found)
    if layout in _COMPRESSED:
        return _describe_compressed(tensor.detach(), layout, found)
    raise Unsaved(f"a {tensor.layout} tensor has no storage; save its to_dense()")


def _describe_strided(tensor: torch.Tensor, found: list[torch.UntypedStorage]) -> str:
    if tensor._is_zerotensor():  # which PyTorch keeps without memory
        tensor = torch.zeros(tensor.shape, dtype=tensor.dtype, device=tensor.device)
    view = _strided_fields(
        tensor.dtype,
        tuple(tensor.shape),
        tensor.stride(),
        tensor.storage_offset(),
        _place(tensor.untyped_storage(), found),
    )
    if tensor.is_conj():
        view += ',"conj":true'
    if tensor.is_neg():
        view += ',"neg":true'
    if tensor.is_quantized:
        view += f',"quantizer":{{{_describe_quantizer(tensor, found)}}}'
    return view


@lru_cache(maxsize=1024)
def _strided_fields(
    dtype: torch.dtype, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, place: int
) -> str:
    return (
        f'"dtype":"{str(dtype)[6:]}","shape":{list(shape)},"strides":{list(strides)},'
        f'"offset":{offset},"storage":{place}'
    )


def _check_readable(storage: torch.UntypedStorage) -> None:
    """C reads it later, where an exception would be lost."""
    if storage.device.type == "cpu":
        try:
            storage.data_ptr()
        except RuntimeError as error:
            raise Unsaved("it is made of other tensors, and has no memory of its own") from error


def _place(storage: torch.UntypedStorage, found: list[torch.UntypedStorage]) -> int:
    _check_readable(storage)
    for place, other in enumerate(found):
        if other._cdata == storage._cdata:
            return place
    found.append(storage)
    return len(found) - 1


def _describe_quantizer(tensor: torch.Tensor, found: list[torch.UntypedStorage]) -> str:
    if tensor.dtype in (torch.quint4x2, torch.quint2x4):
        raise Unsaved(f"several values of {tensor.dtype} share a byte; save its dequantize()")
    scheme = str(tensor.qscheme())[6:]
    if scheme.startswith("per_tensor"):
        scale, zero = tensor.q_scale(), tensor.q_zero_point()
        return f'"scheme":"{scheme}","scale":"{scale.hex()}","zero_point":{zero}'
    scales = _describe_strided(tensor.q_per_channel_scales(), found)
    zeros = _describe_strided(tensor.q_per_channel_zero_points(), found)
    axis = tensor.q_per_channel_axis()
    return f'"scheme":"{scheme}","axis":{axis},"scales":{{{scales}}},"zero_points":{{{zeros}}}'


def _describe_coo(tensor: torch.Tensor, found: list[torch.UntypedStorage]) -> str:
    indices = _describe_strided(tensor._indices(), found)
    values = _describe_strided(tensor._values(), found)
    coalesced = "true" if tensor.is_coalesced() else "false"
    return (
        f'"layout":"sparse_coo","shape":{list(tensor.shape)},"indices":{{{indices}}},'
        f'"values":{{{values}}},"coalesced":{coalesced}'
    )


def _describe_compressed(
    tensor: torch.Tensor, layout: str, found: list[torch.UntypedStorage]
) -> str:
    compressed, plain = (
        _describe_strided(getattr(tensor, name)(), found) for name in _COMPRESSED[layout]
    )
    values = _describe_strided(tensor.values(), found)
    return (
        f'"layout":"{layout}","shape":{list(tensor.shape)},"compressed":{{{compressed}}},'
        f'"plain":{{{plain}}},"values":{{{values}}}'
    )


@lru_cache(maxsize=1024)
def _header(view: str, saved: tuple[SavedStorage, ...]) -> bytes:
    tensor, storages = "{" + view + "}", ""
    if any(storage != SavedStorage(storage.nbytes) for storage in saved):
        storages = json.dumps([storage._asdict() for storage in saved])
    metadata = (
        f'"format":"pytorchbridge","version":"{VERSION}",'
        f'"checksum":"{_checksum(tensor, storages)}","tensor":{_quoted(tensor)}'
    )
    if storages:
        metadata += f',"storages":{_quoted(storages)}'
    entries, end = "", 0
    for place, storage in enumerate(saved):
        if storage.has_bytes:
            start, end = end, end + storage.nbytes
            shape, offsets = [storage.nbytes], [start, end]
            entries += f',"{place}":{{"dtype":"U8","shape":{shape},"data_offsets":{offsets}}}'
    return _packed(f'{{"__metadata__":{{{metadata}}}{entries}}}')


def _checksum(tensor: str, storages: str) -> str:
    """A stride or a dtype that was changed could be that of another tensor in the same bytes."""
    return f"{zlib.crc32((tensor + storages).encode()):08x}"


def _quoted(text: str) -> str:
    """Text as a JSON string; it has no characters but printable ones of ASCII."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _packed(text: str) -> bytes:
    """A safetensors header: its length in 8 bytes, and JSON that ends at a multiple of 8."""
    data = text.encode()
    data += b" " * (-len(data) % 8)
    return len(data).to_bytes(8, "little") + data


def unsaved_header(why: str) -> bytes:
    """A header in place of a tensor that cannot be saved."""
    told = {"format": "pytorchbridge", "version": VERSION, "unsaved": why}
    return _packed(json.dumps({"__metadata__": told}, separators=(",", ":")))


# ---- restoring ---------------------------------------------------------------------------------


def read_header(header: bytes) -> dict[str, Any]:
    """What a header tells: ``tensor``, the view, and ``storages``, a list of `SavedStorage`.

    Raises:
        FileError: it is cut off or changed, of a newer version, or of a tensor that was not saved.

    Example:
        >>> header, _ = describe_tensor(torch.zeros(2))
        >>> read_header(header)["storages"]
        [SavedStorage(nbytes=8, device='cpu', handle=None)]
    """
    header = bytes(header)
    if len(header) < 8 or int.from_bytes(header[:8], "little") != len(header) - 8:
        raise _changed("its header has another length than it says")
    try:
        text = header[8:].decode("ascii")
    except UnicodeDecodeError as error:
        raise _changed("its header is no JSON of this format") from error
    return parse_header(text)


@lru_cache(maxsize=256)
def parse_header(text: str) -> dict[str, Any]:
    """What `read_header()` gives, of the text after the header's length; not to be changed.

    Raises:
        FileError: as `read_header()`.
    """
    try:
        told = json.loads(text)
        metadata = told["__metadata__"]
        is_own = metadata["format"] == "pytorchbridge"
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _changed("its header is no JSON of this format") from error
    if not is_own:
        raise _changed("its header is of another format")
    if metadata.get("version") != VERSION:
        raise FileError(
            f"The format of this tensor has version {metadata.get('version')!r}, and this package "
            f"reads version {VERSION!r}; read it with a newer pytorchbridge."
        )
    if "unsaved" in metadata:
        raise FileError(f"This tensor was not saved: {metadata['unsaved']}.")
    try:
        checksum = _checksum(metadata["tensor"], metadata.get("storages", ""))
        is_unchanged = metadata["checksum"] == checksum
        tensor = json.loads(metadata["tensor"])
        storages = _read_storages(told)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _changed("its header is no JSON of this format") from error
    if not is_unchanged:
        raise _changed("its header does not have the checksum that it tells")
    if not isinstance(tensor, dict):
        raise _changed("its shape is not told")
    return {"tensor": tensor, "storages": storages}


def _read_storages(told: dict[str, Any]) -> list[SavedStorage]:
    if "storages" not in told["__metadata__"]:
        return [SavedStorage(_count(told[str(i)]["shape"][0])) for i in range(len(told) - 1)]
    return [
        SavedStorage(_count(s["nbytes"]), str(s["device"]), s["handle"])
        for s in json.loads(told["__metadata__"]["storages"])
    ]


def _changed(why: str) -> FileError:
    return FileError(f"This saved tensor is cut off or was changed: {why}. Save it anew.")


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
        raise ValueError(value)
    return value


def restore(told: dict[str, Any], storages: Sequence[torch.UntypedStorage]) -> torch.Tensor:
    """The tensor that a header describes, on its storages.

    Args:
        told: what `read_header()` gives.
        storages: one for each that it tells of.

    Raises:
        FileError: the header is not of a tensor that fits into these storages.

    Example:
        >>> header, storages = describe_tensor(torch.arange(6).reshape(2, 3).t())
        >>> restore(read_header(header), storages)
        tensor([[0, 3],
                [1, 4],
                [2, 5]])
    """
    view = told["tensor"]
    for storage, saved in zip(storages, told["storages"]):
        if storage.nbytes() != saved.nbytes:
            raise _changed(f"a storage has {storage.nbytes()} bytes and not {saved.nbytes}")
    if len(storages) != len(told["storages"]):
        raise _changed(f"it has {len(storages)} storages and not {len(told['storages'])}")
    try:
        tensor = _restore(view, storages)
        requires_grad = view.get("requires_grad", False) is True
        if view.get("parameter", False) is True:
            return torch.nn.Parameter(tensor, requires_grad=requires_grad)
        return tensor.requires_grad_() if requires_grad else tensor
    except FileError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise _changed(f"PyTorch makes no tensor of it ({why[:200]})") from error


def _restore(view: dict[str, Any], storages: Sequence[torch.UntypedStorage]) -> torch.Tensor:
    layout = view.get("layout", "strided")
    if layout == "strided":
        return _restore_strided(view, storages)
    shape = [_count(n) for n in view["shape"]]
    values = _restore_strided(view["values"], storages)
    if layout == "sparse_coo":
        indices = _restore_strided(view["indices"], storages)
        tensor = torch.sparse_coo_tensor(indices, values, shape, check_invariants=True)
        return tensor._coalesced_(view["coalesced"] is True)
    if layout not in _COMPRESSED:
        raise _changed(f"there is no layout {layout!r}")
    return torch.sparse_compressed_tensor(
        _restore_strided(view["compressed"], storages),
        _restore_strided(view["plain"], storages),
        values,
        shape,
        layout=getattr(torch, layout),
        check_invariants=True,
    )


def _restore_strided(
    view: dict[str, Any], storages: Sequence[torch.UntypedStorage]
) -> torch.Tensor:
    dtype = getattr(torch, str(view["dtype"]), None)
    if not isinstance(dtype, torch.dtype):
        raise FileError(f"This PyTorch, {torch.__version__}, has no dtype {view['dtype']!r}.")
    shape = [_count(n) for n in view["shape"]]
    strides = [_count(n) for n in view["strides"]]
    offset = _count(view["offset"])
    storage = storages[_count(view["storage"])]
    if len(shape) != len(strides):
        raise _changed("it has another number of strides than of dimensions")
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides))
    if math.prod(shape) > 0 and (last + 1) * _itemsize(dtype) > storage.nbytes():
        raise _changed("it reaches beyond its storage")
    empty = _empty(view, dtype, storage.device, shape, storages)
    tensor = empty.set_(storage, offset, shape, strides)
    if view.get("conj", False) is True:
        tensor = tensor.conj()
    return torch._neg_view(tensor) if view.get("neg", False) is True else tensor


def _itemsize(dtype: torch.dtype) -> int:
    if dtype in (torch.qint8, torch.quint8, torch.qint32):
        return 4 if dtype == torch.qint32 else 1
    return torch.empty(0, dtype=dtype).element_size()


def _empty(
    view: dict[str, Any],
    dtype: torch.dtype,
    device: torch.device,
    shape: list[int],
    storages: Sequence[torch.UntypedStorage],
) -> torch.Tensor:
    """A tensor without elements of this kind, to be set on its storage."""
    if "quantizer" not in view:
        return torch.empty(0, dtype=dtype, device=device)
    told = view["quantizer"]
    if told["scheme"] == "per_tensor_affine":
        scale, zero = float.fromhex(told["scale"]), int(told["zero_point"])
        return torch._empty_affine_quantized(
            [0], scale=scale, zero_point=zero, dtype=dtype, device=device
        )
    scales = _restore_strided(told["scales"], storages)
    zeros = _restore_strided(told["zero_points"], storages)
    axis = _count(told["axis"])
    if not (scales.ndim == 1 and scales.shape == zeros.shape and shape[axis] == len(scales)):
        raise _changed("it has another number of scales than of channels")
    return torch._empty_per_channel_affine_quantized(
        [n if d == axis else 0 for d, n in enumerate(shape)],
        scales=scales,
        zero_points=zeros,
        axis=axis,
        dtype=dtype,
        device=device,
    )
