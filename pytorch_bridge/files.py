"""Files of tensors in the safetensors format: written whole, opened by mapping them.

The library `safetensors` writes the files and checks them when they are opened.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from .dtypes import dtype_name
from .errors import DtypeError, FileError, Remedy
from .memory import plain_tensor

__all__ = ["check_file", "open_tensors", "save_tensors"]

PAIRS = Remedy(
    "save its parts, torch.view_as_real(x)",
    "save its parts, torch$view_as_real(x), or use saveRDS()",
)
RDS = Remedy("use torch.save()", "use saveRDS()")


def _library() -> Any:
    try:
        import safetensors
        import safetensors.torch
    except ImportError as error:
        raise FileError(
            "Files of tensors need the Python library safetensors, which is missing; install it "
            'with reticulate::py_install("safetensors") or pip install safetensors.'
        ) from error
    return safetensors


def save_tensors(
    tensors: dict[str, torch.Tensor], file: str, metadata: dict[str, str] | None = None
) -> None:
    """Writes tensors to a file, which is as it was if that fails.

    Args:
        tensors: strided ones, by name, on any device.
        file: its path; an existing one is replaced.
        metadata: texts by name, which the file holds beside the tensors.

    Raises:
        DtypeError: the format has no place for a tensor.
        FileError: the file cannot be written, or the library is not installed.

    Example:
        >>> path = os.path.join(tempfile.mkdtemp(), "x.safetensors")
        >>> save_tensors({"a": torch.ones(2)}, path)  # doctest: +SKIP
        >>> open_tensors(path)[0]  # doctest: +SKIP
        {'a': tensor([1., 1.])}
    """
    library = _library()
    plain = dict(_plain_tensors(tensors))
    file = os.path.realpath(file)  # what is linked stays linked
    if os.path.exists(file) and not os.path.isfile(file):
        raise FileError(f"{file} is no ordinary file; give the path of one, or of a new one.")
    folder = os.path.dirname(file)
    new = None
    try:
        # A file that is mapped must not change under the map, so the new one takes its place whole.
        descriptor, new = tempfile.mkstemp(".part", ".safetensors-", folder)
        os.close(descriptor)
        library.torch.save_file(plain, new, metadata)
        os.chmod(new, _mode_of(file))
        os.replace(new, file)
    except KeyError as error:  # so the library says that it does not know a dtype
        raise _without_place(plain, error.args[0], library.__version__) from None
    except (OSError, library.SafetensorError) as error:
        raise FileError(f"{file} cannot be written: {error}.") from error
    finally:
        if new is not None and os.path.exists(new):
            os.remove(new)


def _without_place(
    tensors: dict[str, torch.Tensor], dtype: torch.dtype, version: str
) -> DtypeError:
    name = next(name for name, tensor in tensors.items() if tensor.dtype == dtype)
    what = f'safetensors {version} has no place for {dtype_name(dtype)}, the dtype of "{name}"'
    return DtypeError(what, PAIRS if dtype.is_complex else RDS)


def _mode_of(file: str) -> int:
    if os.path.exists(file):
        return os.stat(file).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _plain_tensors(tensors: dict[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """In memory of their own, row by row, as the format has them."""
    seen = set()
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_nested:
            raise DtypeError(
                f'The format has no place for "{name}", which is sparse, quantized or nested; '
                "use its to_dense() or dequantize(), or saveRDS()."
            )
        if name == "__metadata__":
            raise DtypeError(f'The format has a place of its own for "{name}"; rename the tensor.')
        if tensor.is_meta:
            raise DtypeError(f'"{name}" is on meta, and has no values to write.')
        plain = plain_tensor(tensor).detach().contiguous()
        storage = plain.untyped_storage().data_ptr()
        if storage in seen or plain.untyped_storage().nbytes() != plain.nbytes:
            plain = plain.clone()
        seen.add(plain.untyped_storage().data_ptr())
        yield name, plain


class _File:
    """A file that is mapped, held open so that its size can be asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self.size = os.fstat(self.fd).st_size

    def __del__(
        self, close: Callable[[int], None] = os.close
    ) -> None:  # which Python's end takes away
        if hasattr(self, "fd"):
            close(self.fd)


#: By the address of a storage, the file that it maps, and a weak reference to the storage: another
#: one may have the address later.
MAPPED: dict[int, tuple[_File, StorageWeakRef]] = {}


def _note(tensors: Iterable[torch.Tensor], file: _File) -> None:
    for address in [a for a, (_, storage) in MAPPED.items() if storage.expired()]:
        del MAPPED[address]
    for tensor in tensors:
        storage = tensor.untyped_storage()
        if storage.nbytes() > 0:
            MAPPED[storage.data_ptr()] = file, StorageWeakRef(storage)


def check_file(tensor: torch.Tensor) -> None:
    """An error for a tensor whose file was made shorter: reading it would end the process.

    Raises:
        FileError: its values are not there any more.
    """
    if not MAPPED or tensor.device.type != "cpu":
        return
    try:
        found = MAPPED.get(tensor.untyped_storage().data_ptr())
    except (NotImplementedError, RuntimeError):
        return  # sparse, wrapped, or a zero gradient without memory
    if found is None:
        return
    file, storage = found
    size = os.fstat(file.fd).st_size
    if size < file.size and not storage.expired():
        raise FileError(
            f"{file.path} had {file.size} bytes when it was opened and has {size}, so the values "
            "are not there. Fetch or save it anew, and open it again."
        )


def open_tensors(file: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a file, on memory that maps it: nothing is read until it is used.

    What is written to them stays in this process, and the file is left alone.

    Args:
        file: a safetensors file, or the index (JSON) of several, as Hugging Face has them.

    Returns:
        The tensors by name, and the file's metadata.

    Raises:
        FileError: there is no such file, or it is cut off or changed, or has no such format.
    """
    library = _library()
    path = Path(file)
    if not path.is_file():
        raise FileError(f"There is no file {file}.")
    if path.suffix != ".json":
        return _open_one(library, path)
    tensors: dict[str, torch.Tensor] = {}
    for part, names in _parts(path).items():
        found, _ = _open_one(library, path.parent / part)
        missing = [name for name in names if name not in found]
        if missing:
            raise FileError(f'{part} has no tensor "{missing[0]}", which {path.name} says it has.')
        tensors |= {name: found[name] for name in names}
    return tensors, {}


def _parts(index: Path) -> dict[str, list[str]]:
    """By file of the same folder, the names of the tensors that an index says it has."""
    parts: dict[str, list[str]] = {}
    try:
        for name, part in json.loads(index.read_text("utf-8"))["weight_map"].items():
            if Path(part).name != part:
                raise ValueError(part)
            parts.setdefault(part, []).append(name)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileError(
            f"{index} is no index of safetensors files: it has no weight_map of names and files."
        ) from error
    return parts


def _open_one(library: Any, path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    if not path.is_file():
        raise FileError(f"There is no file {path}.")
    try:
        mapped = _File(path)
        with library.safe_open(path, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            metadata = opened.metadata() or {}
    except (OSError, library.SafetensorError, RuntimeError, ValueError) as error:
        raise FileError(
            f"{path} is cut off, changed, or no safetensors file ({error}); fetch or save it anew."
        ) from error
    _note(tensors.values(), mapped)
    return tensors, metadata
