"""Devices: which there are, and moving a tensor to one."""

from __future__ import annotations

from typing import Any

import torch

from . import staging
from .casting import cast
from .dtypes import dtype_name, resolve_dtype
from .errors import DeviceError, DtypeError
from .memory import check_dense

__all__ = [
    "NARROWER",
    "accelerators",
    "cuda_devices",
    "cuda_is_available",
    "has_float64",
    "move",
    "resolve_device",
    "to_device",
]

# ---- which there are -----------------------------------------------------------------------------


def accelerators() -> list[dict[str, object]]:
    """The devices beside the CPU that this PyTorch can use, one dict each.

    Returns:
        For each device ``device`` ("cuda:0", "mps:0"), ``name``, and in bytes ``memory_total`` and
        ``memory_free``, which are None where PyTorch does not tell.

    Example:
        >>> all("device" in found for found in accelerators())
        True
    """
    kind = accelerator_kind()
    if kind is None:
        return []
    module = getattr(torch, kind)
    return [_accelerator(f"{kind}:{i}", module, i) for i in range(module.device_count())]


def accelerator_kind() -> str | None:
    """The kind of the devices beside the CPU ("cuda", "mps", "xpu"); None where there are none.

    Example:
        >>> accelerator_kind() != "cpu"
        True
    """
    for kind in _kinds_built():
        # torch.mps itself says so only in newer versions.
        module = torch.backends.mps if kind == "mps" else getattr(torch, kind)
        if module.is_available():
            return kind
    return None


def _kinds_built() -> list[str]:
    """The kinds that this PyTorch could use: asks no driver, which a fork would not survive."""
    if hasattr(torch, "accelerator"):  # since PyTorch 2.6
        try:
            found = torch.accelerator.current_accelerator()
        except RuntimeError:  # of PyTorch 2.6, where there is none
            found = None
        return [] if found is None else [found.type]
    kinds = [kind for kind in ("cuda", "xpu") if hasattr(torch, kind)]
    return [*kinds, "mps"] if torch.backends.mps.is_built() else kinds


def _accelerator(device: str, module: Any, index: int) -> dict[str, object]:
    try:
        free, total = module.mem_get_info(index)
    except (AttributeError, RuntimeError):  # not every kind tells, nor every driver
        free, total = None, None
    return {
        "device": device,
        "name": module.get_device_name(index) if hasattr(module, "get_device_name") else None,
        "memory_total": None if total is None else float(total),
        "memory_free": None if free is None else float(free),
    }


def cuda_is_available() -> bool:
    """Whether this PyTorch finds a CUDA device that it can use.

    Example:
        >>> isinstance(cuda_is_available(), bool)
        True
    """
    return torch.cuda.is_available()


def cuda_devices() -> list[dict[str, object]]:
    """The CUDA devices, one dict each; an empty list where there is none.

    Returns:
        For each device ``device`` ("cuda:0"), ``name``, ``capability`` ("9.0"), and in bytes
        ``memory_total`` and ``memory_free``.

    Example:
        >>> [d["device"] for d in cuda_devices()] == [
        ...     f"cuda:{i}" for i in range(torch.cuda.device_count())
        ... ]
        True
    """
    return [_cuda_device(index) for index in range(torch.cuda.device_count())]


def _cuda_device(index: int) -> dict[str, object]:
    properties = torch.cuda.get_device_properties(index)
    free, total = torch.cuda.mem_get_info(index)
    return {
        "device": f"cuda:{index}",
        "name": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "memory_total": float(total),
        "memory_free": float(free),
    }


# ---- their memory --------------------------------------------------------------------------------


def accelerator_bytes() -> float:
    """Bytes that tensors take up on devices beside the CPU; 0 where none is in use.

    Example:
        >>> accelerator_bytes() >= 0
        True
    """
    return float(sum(map(_bytes_on, _modules_in_use())))


def _bytes_on(module: Any) -> int:
    if hasattr(module, "memory_allocated"):
        return sum(map(module.memory_allocated, range(module.device_count())))
    return module.current_allocated_memory() if hasattr(module, "current_allocated_memory") else 0


def _modules_in_use() -> list[Any]:
    """PyTorch's modules of those kinds of devices that this process has used; asks no driver."""
    modules = [getattr(torch, kind) for kind in _kinds_built()]
    return [m for m in modules if not hasattr(m, "is_initialized") or m.is_initialized()]


def empty_caches() -> None:
    """Gives back what PyTorch keeps of devices' memory for tensors to come.

    Example:
        >>> empty_caches()
    """
    for module in _modules_in_use():
        module.empty_cache()


# ---- the one that is meant -----------------------------------------------------------------------


def resolve_device(device: torch.device | str | None) -> torch.device:
    """The device that is meant, once it is known to be there; None is the CPU.

    "auto" is the accelerator, where there is one, and else the CPU.

    Raises:
        DeviceError: the name is no device's, or the device is not there.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    if isinstance(device, str) and device == "auto":
        device = accelerator_kind()
    try:
        found = torch.device("cpu" if device is None else device)
    except (RuntimeError, TypeError) as error:
        raise DeviceError(
            f'There is no device "{device}"; use "cpu", "cuda" or "cuda:0".'
        ) from error
    if found.type == "cuda":
        _check_cuda(found)
    elif found.type not in ("cpu", "meta"):
        _check_other(found)
    return found


def _check_other(device: torch.device) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, ImportError, AttributeError) as error:
        if device.type == accelerator_kind():
            _check_index(device, getattr(torch, device.type).device_count())
        raise DeviceError(
            f'Device "{device}" is not there: this PyTorch cannot put a tensor on it; '
            'use device = "cpu".'
        ) from error


def check_not_forked(kind: str = "cuda") -> None:
    """An error in a forked process whose parent has used an accelerator, which none inherits.

    Raises:
        DeviceError: this is such a process.

    Example:
        >>> check_not_forked("cuda")
    """
    module: Any = getattr(torch, kind, None)
    if hasattr(module, "_is_in_bad_fork") and module._is_in_bad_fork():
        raise DeviceError(
            f"{kind.upper()} is not there in a forked process, such as parallel::mclapply() makes; "
            "bring the values to the CPU before, or use parallel::makeCluster(), whose processes "
            "start anew."
        )


def _check_cuda(device: torch.device) -> None:
    check_not_forked()
    count = torch.cuda.device_count()
    if count == 0 or not torch.cuda.is_available():
        why = (
            "this PyTorch is built without CUDA"
            if torch.version.cuda is None and torch.version.hip is None
            else "PyTorch finds no CUDA device"
        )
        raise DeviceError(f'Device "{device}" is not there: {why}; use device = "cpu".')
    _check_index(device, count)


def _check_index(device: torch.device, count: int) -> None:
    if device.index is not None and device.index >= count:
        last = f'"{device.type}:{count - 1}"'
        raise DeviceError(f'Device "{device}" is not there: the last one is {last}.')


# ---- moving there --------------------------------------------------------------------------------

#: What a device without float64 has instead.
NARROWER = {torch.float64: "float32", torch.complex128: "complex64"}


def has_float64(device: torch.device) -> bool:
    """Whether a device holds float64, as Apple's do not.

    Example:
        >>> has_float64(torch.device("cpu"))
        True
    """
    if device.type in ("cpu", "cuda", "meta"):
        return True
    try:
        torch.empty(0, dtype=torch.float64, device=device)
    except (TypeError, RuntimeError):
        return False
    return True


def move(tensor: torch.Tensor, device: torch.device, non_blocking: bool = False) -> torch.Tensor:
    """``Tensor.to()`` a device that is there; see `staging.move()`.

    Raises:
        DtypeError: the tensor's dtype is one that this device does not have.

    Example:
        >>> move(torch.ones(2), torch.device("cpu"))
        tensor([1., 1.])
    """
    narrower = NARROWER.get(tensor.dtype)
    if narrower is not None and not has_float64(device):
        raise DtypeError(
            f'Device "{device}" has no {dtype_name(tensor.dtype)}; use dtype = "{narrower}".'
        )
    return staging.move(tensor, device, non_blocking)


def to_device(
    tensor: torch.Tensor,
    device: torch.device | str | None = None,
    dtype: torch.dtype | str | None = None,
    non_blocking: bool = False,
) -> torch.Tensor:
    """``Tensor.to()`` with checks: a device that is there, and values that the dtype can hold.

    Args:
        tensor: any tensor.
        device: where it shall be; None leaves it where it is.
        dtype: what it shall become, as `cast()` does it (1.9 to int64 is 1); None leaves it.
        non_blocking: return before a copy from pinned memory to a device has ended. Until then the
            tensor must not be written to; it may be dropped.

    Returns:
        The same tensor if it is there already, else a new one.

    Raises:
        DeviceError: the device is unknown or not there.
        DtypeError: the dtype is unknown, or one that the device does not have, or there is no
            tensor with values to move.
        LossyError: a value is out of the dtype's range.

    Example:
        >>> to_device(torch.tensor([1.1, 4.8]), "cpu", "long")
        tensor([1, 4])
    """
    if not isinstance(tensor, torch.Tensor):
        raise DtypeError(f"{type(tensor).__name__} is no tensor; make one with to_tensor() first.")
    where = tensor.device if device is None else resolve_device(device)
    if tensor.is_meta and where.type != "meta":
        check_dense(tensor)
    if dtype is not None:
        wanted = resolve_dtype(dtype)
        # To see whether each value fits takes float64.
        here = tensor if tensor.dtype == wanted or has_float64(tensor.device) else tensor.cpu()
        tensor = cast(here, wanted)
    return move(tensor, where, bool(non_blocking))
