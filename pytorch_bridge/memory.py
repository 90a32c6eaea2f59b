"""What lies where: the memory of tensors and arrays as address, shape and strides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._C import _functorch

from . import staging
from .dtypes import dtype_name
from .errors import DtypeError, Remedy
from .owners import array_interface, owner_of_array, owner_of_tensor
from .transforms import transform_level

__all__ = [
    "Memory",
    "behind_gradients",
    "describe",
    "few_values",
    "is_plain",
    "layout_of",
    "memory_of",
    "plain_tensor",
    "shares_memory",
    "vector_memory",
]


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


_HELD = Remedy("give a tensor that it holds", "give a tensor that it holds, by x$name")


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
        array = np.asarray(obj)
        address = array.__array_interface__["data"][0]
        return Memory(address, array.shape, array.strides, array.itemsize)
    raise DtypeError(f"{type(obj).__name__} is no tensor and no NumPy array", _HELD)


def layout_of(obj: torch.Tensor | np.ndarray) -> list[float]:
    """`memory_of(obj).as_floats()`; of a plain tensor in a fifth of the time.

    Args:
        obj: an array, or what `plain_tensor()` gives.

    Example:
        >>> layout_of(torch.zeros(2, 3))[1:]
        [2.0, 3.0, 12.0, 4.0]
    """
    if isinstance(obj, np.ndarray):
        return memory_of(obj).as_floats()
    size = float(obj.element_size())
    layout = [float(obj.data_ptr())]
    layout.extend(map(float, obj.shape))
    for step in obj.stride():
        layout.append(step * size)
    return layout


def vector_memory(address: float, length: float, itemsize: float) -> Memory:
    """The memory of a plain vector, from numbers as R has them.

    Example:
        >>> vector_memory(4096.0, 3.0, 8.0).strides
        (8,)
    """
    return Memory(int(address), (int(length),), (int(itemsize),), int(itemsize))


def check_dense(tensor: torch.Tensor) -> None:
    """An error for a tensor that has no strided memory with values in it.

    (PyTorch keeps gradients that are 0 without memory; `plain_tensor()` gives them some.)
    """
    _check_shaped(tensor)
    if tensor.is_meta:
        raise DtypeError("A meta tensor has no values; make it on a device that holds them.")
    if tensor.is_nested:
        raise DtypeError("A nested tensor has no one shape; convert the parts of its unbind().")
    if tensor.layout != torch.strided:
        raise DtypeError(f"A {tensor.layout} tensor is not strided; use its to_dense() first.")
    if _functorch.is_functorch_wrapped_tensor(tensor):
        raise DtypeError(
            "A tensor inside torch.func.vmap or grad has no values of its own yet; stay with "
            "operations of tensors there."
        )
    if tensor._is_zerotensor():
        return
    check_memory(tensor)
    if tensor.numel() > 0 and _address(tensor) == 0:
        raise _made_of_others(tensor)


def check_memory(tensor: Tensor) -> None:
    """An error for a tensor whose storage ends before its last element.

    Tensors without strided memory pass, as do zeros that PyTorch keeps without memory.
    """
    if type(tensor) is not Tensor:
        _check_shaped(tensor)
    try:
        room = tensor.untyped_storage().nbytes()
    except (NotImplementedError, RuntimeError):
        return  # sparse, nested or wrapped
    if room >= tensor.nbytes and tensor.storage_offset() == 0 and tensor.is_contiguous():
        return  # as most are
    if room < _bytes_needed(tensor) and not tensor._is_zerotensor():
        raise DtypeError(
            "This tensor's storage is smaller than its shape, as after a resize_() that failed or "
            "a storage that was emptied; make the tensor anew."
        )


def as_base(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as one of PyTorch's own class: what a subclass says of its memory may be untrue.

    Example:
        >>> class Elsewhere(torch.Tensor):
        ...     def data_ptr(self):
        ...         return 4096
        >>> tensor = torch.zeros(2).as_subclass(Elsewhere)
        >>> as_base(tensor).data_ptr() == torch.Tensor.data_ptr(tensor)
        True
    """
    if type(tensor) is torch.Tensor:
        return tensor
    _check_shaped(tensor)
    try:
        with torch._C.DisableTorchFunctionSubclass():
            return torch.Tensor.as_subclass(tensor, torch.Tensor)
    except (NotImplementedError, RuntimeError, TypeError) as error:
        raise _made_of_others(tensor) from error


def _check_shaped(tensor: torch.Tensor) -> None:
    if torch.nn.parameter.is_lazy(tensor):
        raise DtypeError(
            "A parameter of a lazy module has no shape and no values yet; call the module first."
        )


def _made_of_others(tensor: torch.Tensor) -> DtypeError:
    return DtypeError(
        f"A {type(tensor).__name__} has no memory that holds its values; convert it to a plain "
        "tensor first, or take out the tensors that it is made of."
    )


def _address(tensor: torch.Tensor) -> int:
    """0 where there is none, as of tensors that are made of others (`torch.masked`)."""
    try:
        return tensor.data_ptr()
    except RuntimeError:
        return 0


#: Quantized elements that share a byte.
_IN_A_BYTE = {torch.quint4x2: 2, torch.quint2x4: 4}


def _bytes_needed(tensor: torch.Tensor) -> int:
    """From the start of its storage to the end of a strided tensor."""
    count = tensor.numel()
    if count == 0:
        return 0
    if tensor.dtype in _IN_A_BYTE:
        return -(-(int(tensor.storage_offset()) + count) // _IN_A_BYTE[tensor.dtype])
    if tensor.is_contiguous():
        return int(tensor.storage_offset() + count) * tensor.element_size()
    last = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride()))
    return int(tensor.storage_offset() + last + 1) * tensor.element_size()


def plain_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor itself, or one that holds its values as they are, in memory that a CPU reads.

    Detached, dequantized, resolved (conjugate, negative) and brought to the CPU, as far as needed.

    Raises:
        DtypeError: the tensor has no values, or they are not in strided memory.

    Example:
        >>> plain_tensor(torch.tensor([1 + 2j]).conj()).is_conj()
        False
    """
    if is_plain(tensor):
        check_memory(tensor)
        return tensor
    if transform_level() is not None:
        with torch._C._DisableFuncTorch():
            return _resolved(_constant(tensor))
    return _resolved(tensor)


def is_plain(tensor: torch.Tensor) -> bool:
    """Whether a tensor's values lie in its memory as they are, as most do.

    False also where it takes a closer look to tell.

    Example:
        >>> is_plain(torch.zeros(2)), is_plain(torch.zeros(2, requires_grad=True))
        (True, False)
    """
    return (
        type(tensor) is Tensor
        and tensor.is_cpu
        and tensor.dtype in _REAL
        and tensor.layout is _STRIDED
        and not tensor.requires_grad
        and not tensor.is_nested
        and not tensor.is_neg()
        and not _functorch.is_functorch_wrapped_tensor(tensor)
        and not tensor._is_zerotensor()
        and tensor.data_ptr() != 0
    )


_STRIDED = torch.strided
#: Dtypes whose tensors are neither quantized nor conjugate.
_REAL = {torch.float64, torch.float32, torch.int64, torch.int32, torch.uint8, torch.bool}


def _constant(tensor: torch.Tensor) -> torch.Tensor:
    """What `torch.func.grad` and the like wrapped, where nothing is differentiated by it."""
    while _functorch.is_gradtrackingtensor(tensor) and not tensor.requires_grad:
        tensor = _functorch.get_unwrapped(tensor)
    return tensor


def few_values(tensor: torch.Tensor) -> list[Any]:
    """A short vector's values; also where PyTorch 2.6 has no `tolist()`, within `torch.func.grad`.

    Example:
        >>> few_values(torch.tensor([1, 2]))
        [1, 2]
    """
    return [value.item() for value in tensor.cpu()]


def behind_gradients(tensor: torch.Tensor) -> torch.Tensor:
    """The plain tensor whose derivatives `torch.func.grad` and the like take: its values so far.

    Example:
        >>> def f(x):
        ...     print(behind_gradients(x))
        ...     return x.sum()
        >>> torch.func.grad(f)(torch.tensor([1.0, 2.0]))
        tensor([1., 2.])
        tensor([1., 1.])
    """
    while _functorch.is_gradtrackingtensor(tensor):
        tensor = _functorch.get_unwrapped(tensor)
    return tensor


def _resolved(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.is_quantized and not tensor.is_meta:
        check_memory(tensor)
        return tensor.dequantize().detach().cpu()
    base = as_base(tensor)
    check_dense(base)
    try:
        return _plain(base)
    except (RuntimeError, NotImplementedError, TypeError) as error:
        if type(tensor).__torch_dispatch__ is torch.Tensor.__torch_dispatch__:
            raise
        raise _made_of_others(tensor) from error


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.requires_grad:
        tensor = tensor.detach()
    if tensor._is_zerotensor():
        return torch.zeros(tensor.shape, dtype=tensor.dtype, device="cpu")
    if tensor.is_conj():
        tensor = tensor.resolve_conj()
    if tensor.is_neg():
        tensor = tensor.resolve_neg()
    return staging.move(tensor, _CPU)


_CPU = torch.device("cpu")


def _tensor_memory(tensor: torch.Tensor) -> Memory:
    tensor = as_base(tensor)
    check_dense(tensor)
    if tensor._is_zerotensor():
        raise DtypeError("PyTorch keeps this zero gradient without memory; use its clone() first.")
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


class _StandIn:
    """Something that NumPy takes for memory of a given place and form; it is never read."""

    def __init__(self, memory: Memory) -> None:
        self.__array_interface__ = array_interface(
            memory.address, memory.shape, memory.strides, f"|V{memory.itemsize}", True
        )


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
    tensor = as_base(tensor)
    if not tensor.is_meta and tensor.layout == torch.strided:
        check_dense(tensor)
    strided = tensor.layout == torch.strided
    placed = strided and not tensor.is_meta and not tensor._is_zerotensor()
    return {
        "dtype": dtype_name(tensor.dtype),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()) if strided else None,
        "device": str(tensor.device),
        "bytes": float(tensor.numel() * tensor.element_size()),
        "address": hex(tensor.data_ptr()) if placed else None,
        "owner": owner_of_tensor(tensor) if placed else "PyTorch",
        "requires_grad": tensor.requires_grad,
        "is_contiguous": tensor.is_contiguous() if strided else False,
    }
