"""What lies where: the memory of tensors and arrays as address, shape and strides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch

from .dtypes import dtype_name
from .errors import DtypeError

__all__ = ["Memory", "describe", "memory_of", "shares_memory", "vector_memory"]


@dataclass(frozen=True)
class Memory:
    """Strided memory of elements of one type."""

    address: int  #: of the element whose indices are all 0; 0 where there is none
    shape: tuple[int, ...]
    strides: tuple[int, ...]  #: bytes
    itemsize: int  #: bytes
    device: str = "cpu"

    def as_floats(self) -> list[float]:
        """Address, shape, strides in one list of floats: what R takes, exact up to 2^53."""
        return [float(self.address), *map(float, self.shape), *map(float, self.strides)]


def memory_of(obj: Any) -> Memory:
    """The memory of a strided tensor, a NumPy array, or what already is a `Memory`.

    Raises:
        DtypeError: the object is no tensor or array, or its layout is not strided.

    Example:
        >>> memory_of(torch.zeros(2, 3)).strides
        (12, 4)
    """
    if isinstance(obj, Memory):
        return obj
    if isinstance(obj, torch.Tensor):
        return _tensor_memory(obj)
    if isinstance(obj, np.ndarray):
        address = obj.__array_interface__["data"][0]
        return Memory(address, obj.shape, obj.strides, obj.itemsize)
    raise DtypeError(f"{type(obj).__name__} is no tensor and no NumPy array.")


def vector_memory(address: float, length: float, itemsize: float) -> Memory:
    """The memory of a plain vector, from numbers as R has them.

    Example:
        >>> vector_memory(4096.0, 3.0, 8.0).strides
        (8,)
    """
    return Memory(int(address), (int(length),), (int(itemsize),), int(itemsize))


def _tensor_memory(tensor: torch.Tensor) -> Memory:
    if tensor.layout != torch.strided:
        raise DtypeError(f"A {tensor.layout} tensor is not strided; use its to_dense().")
    size = tensor.element_size()
    strides = tuple(step * size for step in tensor.stride())
    return Memory(tensor.data_ptr(), tuple(tensor.shape), strides, size, str(tensor.device))


def shares_memory(a: Any, b: Any) -> bool:
    """Whether two tensors, arrays or `Memory` have at least one byte in common.

    Exact, as ``numpy.shares_memory``: slices that interleave without a common element do not share.

    Example:
        >>> x = torch.zeros(6)
        >>> shares_memory(x, x[2:]), shares_memory(x[0::2], x[1::2])
        (True, False)
    """
    first, second = memory_of(a), memory_of(b)
    if first.device != second.device:
        return False
    return bool(np.shares_memory(_stand_in(first), _stand_in(second)))


def array_interface(memory: Memory, typestr: str, read_only: bool) -> dict[str, Any]:
    """The memory as NumPy's array interface protocol describes it.

    See https://numpy.org/doc/stable/reference/arrays.interface.html. NumPy takes an address of 0
    for none at all, so memory without elements gets another.
    """
    return {
        "version": 3,
        "data": (memory.address or 1, read_only),
        "shape": memory.shape,
        "strides": memory.strides,
        "typestr": typestr,
    }


class _StandIn:
    """Something that NumPy takes for memory of a given place and form; it is never read."""

    def __init__(self, memory: Memory) -> None:
        self.__array_interface__ = array_interface(memory, f"|V{memory.itemsize}", True)


def _stand_in(memory: Memory) -> np.ndarray:
    return np.asarray(_StandIn(memory))


def describe(obj: torch.Tensor | np.ndarray) -> dict[str, Any]:
    """What is to be known of a tensor or array without reading its values.

    Returns:
        ``dtype``, ``shape``, ``strides`` (elements for a tensor, as PyTorch counts; bytes for an
        array, as NumPy counts), ``device``, ``bytes`` (of the elements), ``address`` (hexadecimal;
        None where memory is not strided), ``owner`` (who keeps the memory), ``requires_grad``,
        ``is_contiguous``.

    Raises:
        DtypeError: the object is no tensor and no NumPy array.

    Example:
        >>> describe(torch.zeros(2, 3))["strides"]
        [3, 1]
    """
    if isinstance(obj, torch.Tensor):
        return _describe_tensor(obj)
    memory = memory_of(obj)
    return {
        "dtype": obj.dtype.name,
        "shape": list(obj.shape),
        "strides": list(obj.strides),
        "device": "cpu",
        "bytes": float(obj.nbytes),
        "address": hex(memory.address),
        "owner": owner_of_array(obj),
        "requires_grad": False,
        "is_contiguous": bool(obj.flags.c_contiguous),
    }


def _describe_tensor(tensor: torch.Tensor) -> dict[str, Any]:
    strided = tensor.layout == torch.strided
    return {
        "dtype": dtype_name(tensor.dtype),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()) if strided else None,
        "device": str(tensor.device),
        "bytes": float(tensor.numel() * tensor.element_size()),
        "address": hex(tensor.data_ptr()) if strided else None,
        "owner": owner_of_tensor(tensor) if strided else "PyTorch",
        "requires_grad": tensor.requires_grad,
        "is_contiguous": tensor.is_contiguous() if strided else False,
    }


#: Arrays whose memory a tensor uses, by address; each as long as it lives. PyTorch does not tell.
_lent_to_torch: WeakValueDictionary[int, np.ndarray] = WeakValueDictionary()


def share_with_torch(array: np.ndarray) -> torch.Tensor:
    """``torch.from_numpy(array)``, with a note of who owns the memory."""
    tensor = torch.from_numpy(array)
    _lent_to_torch[tensor.untyped_storage().data_ptr()] = array
    return tensor


def owner_of_tensor(tensor: torch.Tensor) -> str:
    """Who owns a strided tensor's memory: "PyTorch", "NumPy" or "R"."""
    array = _lent_to_torch.get(tensor.untyped_storage().data_ptr())
    return "PyTorch" if array is None else owner_of_array(array)


def owner_of_array(array: np.ndarray) -> str:
    """Who owns an array's memory: "PyTorch", "NumPy" or "R"; else the type of what does."""
    base: Any = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    if isinstance(base, np.ndarray):
        return "NumPy"
    if isinstance(base, torch.Tensor):
        return owner_of_tensor(base)
    if type(base).__name__ == "PyCapsule":
        return "R"  # reticulate's
    return getattr(base, "owner", type(base).__name__)
