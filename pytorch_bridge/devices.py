"""Devices: which there are, and moving a tensor to one."""

from __future__ import annotations

import torch

from .casting import cast
from .dtypes import resolve_dtype
from .errors import DeviceError, DtypeError
from .memory import check_dense

__all__ = ["cuda_devices", "cuda_is_available", "resolve_device", "to_device"]


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


def cuda_bytes() -> float:
    """Bytes that tensors take up on CUDA devices; 0 where there are none.

    Example:
        >>> cuda_bytes() >= 0
        True
    """
    if not torch.cuda.is_initialized():
        return 0.0
    return float(sum(map(torch.cuda.memory_allocated, range(torch.cuda.device_count()))))


def cuda_is_built() -> bool:
    """Whether this PyTorch could use a CUDA device: asks no driver, which a fork would not survive.

    Example:
        >>> isinstance(cuda_is_built(), bool)
        True
    """
    return torch.backends.cuda.is_built()


def resolve_device(device: torch.device | str | None) -> torch.device:
    """The device that is meant, once it is known to be there; None is the CPU.

    Raises:
        DeviceError: the name is no device's, or the device is not there.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
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
        raise DeviceError(
            f'Device "{device}" is not there: this PyTorch cannot put a tensor on it; '
            'use device = "cpu".'
        ) from error


def check_not_forked() -> None:
    """An error in a forked process whose parent has used CUDA, which no process inherits.

    Raises:
        DeviceError: this is such a process.

    Example:
        >>> check_not_forked()
    """
    if torch.cuda._is_in_bad_fork():
        raise DeviceError(
            "CUDA is not there in a forked process, such as parallel::mclapply() makes; bring the "
            "values to the CPU before, or use parallel::makeCluster(), whose processes start anew."
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
    if device.index is not None and device.index >= count:
        last = f'"cuda:{count - 1}"'
        raise DeviceError(f'Device "{device}" is not there: the last CUDA device is {last}.')


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
        non_blocking: return before a copy between pinned memory and CUDA has finished.

    Returns:
        The same tensor if it is there already, else a new one.

    Raises:
        DeviceError: the device is unknown or not there.
        DtypeError: the dtype is unknown, or there is no tensor with values to move.
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
        tensor = cast(tensor, resolve_dtype(dtype))
    return tensor.to(where, non_blocking=bool(non_blocking))
