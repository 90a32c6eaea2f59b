"""Who owns memory, and who may write to it."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import torch

from .errors import COPY, SharingError
from .transforms import transform_level

__all__ = [
    "Lease",
    "Owner",
    "Reading",
    "View",
    "array_interface",
    "check_lendable",
    "is_lent",
    "may_be_written",
    "owner_of",
    "owner_of_array",
    "owner_of_tensor",
    "share_with_torch",
    "why_not_shared",
]


class Owner:
    """Holds memory in place. An array by itself would be converted on its way to R."""

    __slots__ = ("held",)

    def __init__(self, held: np.ndarray | torch.Tensor) -> None:
        self.held = held


#: By the id of a view, the address of the storage of a tensor that R looks at.
_viewed: dict[int, int] = {}


class View(Owner):
    """Holds memory that R looks at, and that must not be moved to another place."""

    __slots__ = ()

    def __init__(self, array: np.ndarray, storage: int | None = None) -> None:
        """storage: the address of the storage that the array is on, where that is known."""
        self.held = array
        if storage is None:
            base: Any = _root(array).base
            storage = base.untyped_storage().data_ptr() if isinstance(base, torch.Tensor) else None
        if storage is not None:
            _viewed[id(self)] = storage

    def __del__(self, viewed: dict[int, int] = _viewed) -> None:  # which Python's end takes away
        viewed.pop(id(self), None)


class Reading(NamedTuple):
    """Memory that R reads or views."""

    owner: Owner | None  #: keeps it in place; None where the object that it is of does
    dtype: str  #: of its elements, by name
    r_type: str  #: what they become in R
    layout: list[float]  #: the address, the shape and the strides in bytes


# ---- memory of R's -------------------------------------------------------------------------------


def array_interface(
    address: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...] | None,
    typestr: str,
    read_only: bool,
) -> dict[str, Any]:
    """Memory as NumPy's array interface protocol describes it.

    See https://numpy.org/doc/stable/reference/arrays.interface.html. NumPy takes an address of 0
    for none at all, so memory without elements gets another.
    """
    return {
        "version": 3,
        "data": (address or 1, read_only),
        "shape": shape,
        "strides": strides,
        "typestr": typestr,
    }


#: By the flag of each loan of R's, the address of the storage that PyTorch has on its memory.
_lent_by_r: dict[int, int] = {}


class Lease:
    """Memory on loan. It writes to the lender's flag that it was taken, and at its end `RETURNED`.

    When the last array or tensor on it is gone, it ends. That may happen on any thread, so the flag
    is all that is touched: an int at a fixed address.
    """

    RETURNED, TAKEN = 1, 2

    owner = "R"

    # Many loans wait for R's collector, and meanwhile Python's goes through all that they keep.
    __slots__ = ("__array_interface__", "flag")

    _int_at = ctypes.c_int.from_address

    def __init__(self, address: int, shape: tuple[int, ...], dtype: np.dtype, flag: int) -> None:
        self.flag = flag
        self._int_at(flag).value = self.TAKEN
        strides, step = [], dtype.itemsize
        for length in shape:
            strides.append(step)
            step *= length
        self.__array_interface__ = array_interface(address, shape, tuple(strides), dtype.str, False)

    def as_array(self) -> np.ndarray:
        """The array on the memory, which keeps the lease."""
        array = np.asarray(self)
        del self.__array_interface__
        return array

    def __del__(self, lent: dict[int, int] = _lent_by_r) -> None:
        lent.pop(self.flag, None)
        self._int_at(self.flag).value = self.RETURNED


# ---- who may write -------------------------------------------------------------------------------


def why_not_shared(array: np.ndarray) -> str:
    """What keeps PyTorch from using this array's memory; "" if nothing does.

    Example:
        >>> why_not_shared(np.zeros(3)), why_not_shared(np.zeros(3)[::-1])
        ('', 'it has a negative stride, which PyTorch does not know')
    """
    if not array.flags.writeable:
        return "it is read-only, and PyTorch would write to it all the same"
    if _is_memory_of_r(array):
        return "it is R's memory, lent by reticulate, and an R value must not change"
    if not array.dtype.isnative:
        return "its byte order is not this machine's"
    if not array.flags.aligned:
        return "it is not aligned to its element size"
    if (
        array.dtype.kind == "c"
        and array.size
        and array.__array_interface__["data"][0] % array.itemsize
    ):
        # NumPy and R align complex values to their halves; PyTorch's code would crash there.
        return f"it does not begin at a multiple of {array.itemsize} bytes, as PyTorch needs it"
    if any(step < 0 for step in array.strides):
        return "it has a negative stride, which PyTorch does not know"
    if any(step % array.itemsize for step in array.strides):
        return "its strides are no multiple of its element size"
    return ""


def may_be_written(obj: Any, tensor: torch.Tensor) -> bool:
    """Whether the memory that an object offers may be written to.

    Who does not say is asked; where nobody can tell, it may not.

    Args:
        obj: what offers its memory, by DLPack or an array interface.
        tensor: made of it, on the same memory.
    """
    for name in ("__array_interface__", "__cuda_array_interface__"):
        interface = getattr(obj, name, None)
        if isinstance(interface, dict) and interface.get("data") is not None:
            return not interface["data"][1]
    if tensor.device.type == "cpu":
        try:
            array = np.asarray(obj)
        except Exception:
            return _capsule_may_be_written(obj)
        if array.__array_interface__["data"][0] == tensor.data_ptr():
            return bool(array.flags.writeable)
    return _capsule_may_be_written(obj)


class _VersionedCapsule(ctypes.Structure):
    """The head of DLPack's ``DLManagedTensorVersioned``."""

    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
    )


def _capsule_may_be_written(obj: Any) -> bool:
    """What DLPack's flag says, which came with its version 1.0."""
    try:
        capsule = obj.__dlpack__(max_version=(1, 0))
    except Exception:
        return False
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    try:
        pointer = address(capsule, b"dltensor_versioned")
    except ValueError:
        return False
    return not _VersionedCapsule.from_address(pointer).flags & 1


def _is_memory_of_r(array: np.ndarray) -> bool:
    """reticulate lends the memory of an R array by a capsule that keeps the R object."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return type(base).__name__ == "PyCapsule"


def check_lendable(owner: Owner) -> None:
    """An error where a tensor must not write to the memory that is held.

    Example:
        >>> check_lendable(Owner(np.zeros(3)))
    """
    why = why_not_shared(owner.held) if isinstance(owner.held, np.ndarray) else ""
    if why:
        raise SharingError(f"What this view shows cannot be lent: {why}", COPY)


# ---- who owns ------------------------------------------------------------------------------------

#: By address, the arrays that own (see `_root()`) the memory of some tensor's storage. PyTorch
#: does not tell. None of them uses a tensor's memory, so looking for an owner comes to an end.
_lent_to_torch: WeakValueDictionary[int, np.ndarray] = WeakValueDictionary()


def share_with_torch(array: np.ndarray) -> torch.Tensor:
    """``torch.from_numpy(array)``, with a note of who owns the memory.

    Example:
        >>> owner_of_tensor(share_with_torch(np.zeros(3)))
        'NumPy'
    """
    tensor = _from_numpy(array)
    root = _root(array)
    base: Any = root.base
    if isinstance(base, Lease):
        _lent_by_r[base.flag] = tensor.untyped_storage().data_ptr()
    elif not isinstance(base, torch.Tensor):
        _lent_to_torch[tensor.untyped_storage().data_ptr()] = root
    return tensor


def _from_numpy(array: np.ndarray) -> torch.Tensor:
    """Inside torch.func.grad and the like, it would be wrapped, and its memory out of reach."""
    if transform_level() is None:
        return torch.from_numpy(array)
    with torch._C._DisableFuncTorch():
        return torch.from_numpy(array)


def _root(array: np.ndarray) -> np.ndarray:
    """The array whose memory this one uses, through any number of arrays and tensors."""
    while True:
        if isinstance(array.base, np.ndarray):
            array = array.base
            continue
        if not isinstance(array.base, torch.Tensor):
            return array
        lent = _lent_to_torch.get(array.base.untyped_storage().data_ptr())
        if lent is None:
            return array
        array = lent


def owner_of(owner: Owner) -> str:
    """Who owns the memory that is held: as `owner_of_array()` and `owner_of_tensor()`."""
    held = owner.held
    return owner_of_array(held) if isinstance(held, np.ndarray) else owner_of_tensor(held)


def owner_of_tensor(tensor: torch.Tensor) -> str:
    """Who owns a strided tensor's memory: "PyTorch", "NumPy" or "R".

    Example:
        >>> owner_of_tensor(torch.zeros(3))
        'PyTorch'
    """
    return _owner_at(tensor.untyped_storage().data_ptr())


def is_lent(address: int) -> bool:
    """Whether a tensor holds memory of R's at an address, on a loan that no `Lease` stands for.

    R puts its own function here (``src/loan.c``); there are no such loans without it.

    Example:
        >>> is_lent(4096)
        False
    """
    return False


def _owner_at(address: int) -> str:
    if address in _lent_by_r.values() or is_lent(address):
        return "R"
    array = _lent_to_torch.get(address)
    return "PyTorch" if array is None else owner_of_array(array)


def owner_of_array(array: np.ndarray) -> str:
    """Who owns an array's memory: "PyTorch", "NumPy" or "R"; else the type of what does.

    Example:
        >>> owner_of_array(np.zeros(3)), owner_of_array(torch.zeros(3).numpy())
        ('NumPy', 'PyTorch')
    """
    base: Any = _root(array).base
    if base is None:
        return "NumPy"
    if isinstance(base, torch.Tensor):
        return owner_of_tensor(base)
    if type(base).__name__ == "PyCapsule":
        return "R"  # reticulate's
    return getattr(base, "owner", type(base).__name__)


# ---- what must stay in its place -----------------------------------------------------------------


def _check_may_move(storage: torch.UntypedStorage) -> None:
    if storage.is_shared():
        return  # it is where it would go
    address = storage.data_ptr()
    if _owner_at(address) == "R":
        raise SharingError(
            "This memory is an R vector's, on loan to PyTorch, and cannot be moved to where other "
            "processes see it; share a copy, tensor.clone()."
        )
    if address in _viewed.values():
        raise SharingError(
            "R has a view of this memory, which cannot be moved to where other processes see it "
            "meanwhile; drop the view first, rm() and gc(), or share a copy, tensor.clone()."
        )


def _stays_if_in_use(move: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(move)
    def move_if_free(storage: torch.UntypedStorage, *arguments: Any, **named: Any) -> Any:
        _check_may_move(storage)
        return move(storage, *arguments, **named)

    return move_if_free


# Tensor.share_memory_() and all of torch.multiprocessing move a storage by one of these.
for _name in ("_share_fd_cpu_", "_share_filename_cpu_"):
    setattr(torch.UntypedStorage, _name, _stays_if_in_use(getattr(torch.UntypedStorage, _name)))
