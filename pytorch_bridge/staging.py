"""Large copies between the CPU and a device, by way of pinned memory.

A device reads and writes the host's memory by itself where that is pinned. Other memory goes
through a buffer of the driver's, on one thread. Here all threads of PyTorch's fill one pinned
buffer while the device takes another, and empty one while the device fills another. PyTorch keeps
the buffers for the next time.
"""

from __future__ import annotations

import ctypes
import mmap
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import torch

from .transforms import transform_level

__all__ = ["ask_for_huge_pages", "copy", "is_worthwhile", "move"]

CHUNK = 32 * 2**20  #: bytes of a buffer
BUFFERS = 3
LEAST = 32 * 2**20  #: bytes: less gains little
HUGE_PAGE = 2 * 2**20  #: bytes


def move(tensor: torch.Tensor, device: torch.device, non_blocking: bool = False) -> torch.Tensor:
    """``tensor.to(device)``; the copy has ended when this returns.

    Args:
        tensor: any tensor.
        device: one that is there.
        non_blocking: a copy of pinned memory to a device need not have ended. (One to the CPU has
            all the same: nobody could tell when its values are there.)

    Example:
        >>> move(torch.ones(2), torch.device("cpu"))
        tensor([1., 1.])
    """
    if non_blocking and _tells(device.type) and _is_pinned(tensor):
        return _begin(tensor, device)
    if not is_worthwhile(tensor) or (tensor.device.type == "cpu") == (device.type == "cpu"):
        return tensor.to(device)
    target = torch.empty_like(tensor, device=device)
    copy(tensor, target)
    return target


#: Tensors that devices may still read, each with the event that ends it.
_being_read: deque[tuple[Any, torch.Tensor]] = deque()
_lock = threading.Lock()


def _begin(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Whoever made the memory may not know that a device reads it, so it is held until then."""
    moved = tensor.to(device, non_blocking=True)
    with _lock:
        while _being_read and _being_read[0][0].query():
            _being_read.popleft()
        _being_read.append((_event(moved.device), tensor))
    return moved


def _is_pinned(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and tensor.device.type == "cpu" and tensor.is_pinned()


def _tells(kind: str) -> bool:
    """Whether a kind of device tells when it has done what it was told."""
    module = getattr(torch, kind, None)
    return hasattr(module, "Event") and hasattr(module, "current_stream")


def is_worthwhile(tensor: torch.Tensor) -> bool:
    """Whether a tensor is large, and nothing but values in strided memory.

    Example:
        >>> is_worthwhile(torch.ones(2))
        False
    """
    return (
        type(tensor) is torch.Tensor
        and tensor.layout is torch.strided
        and not tensor.is_nested
        and tensor.numel() * tensor.element_size() >= LEAST
        and not (tensor.requires_grad or tensor.is_quantized or tensor.is_conj() or tensor.is_neg())
        and not tensor._is_zerotensor()
        and not tensor.is_meta
        and transform_level() is None
    )


def copy(source: torch.Tensor, target: torch.Tensor) -> None:
    """``target.copy_(source)``, of which one is on the CPU; it has ended when this returns.

    Args:
        source: `is_worthwhile()`.
        target: strided memory in which no two elements overlap.

    Example:
        >>> target = torch.zeros(2)
        >>> copy(torch.ones(2), target)
        >>> target
        tensor([1., 1.])
    """
    to_device = source.device.type == "cpu"
    there, here = (target, source) if to_device else (source, target)
    buffers = _buffers(there.device.type) if torch.get_num_threads() > 1 else []
    if not to_device:
        ask_for_huge_pages(here)
    if not buffers or here.is_pinned():
        target.copy_(source)
    elif to_device:
        _send(_parts(here, there), buffers)
    else:
        _fetch(_parts(here, there), buffers)


def _buffers(kind: str) -> list[torch.Tensor]:
    """Empty where this kind of device has no pinned memory, or none is to be had."""
    if not _tells(kind):
        return []
    try:
        return [_pinned(CHUNK) for _ in range(BUFFERS)]
    except RuntimeError:
        return []


def _pinned(size: int) -> torch.Tensor:
    return torch.empty(size, dtype=torch.uint8, pin_memory=True)


#: What is copied at once: on the CPU and on the device.
Part = tuple[torch.Tensor, torch.Tensor]


def _send(parts: Iterator[Part], buffers: list[torch.Tensor]) -> None:
    under_way: deque[Any] = deque()
    try:
        for i, (here, there) in enumerate(parts):
            if len(under_way) == len(buffers):
                under_way.popleft().synchronize()
            staged = _staged(buffers[i % len(buffers)], here, there)
            staged.copy_(here)
            there.copy_(staged, non_blocking=True)
            under_way.append(_event(there.device))
    finally:
        for event in under_way:
            event.synchronize()


def _fetch(parts: Iterator[Part], buffers: list[torch.Tensor]) -> None:
    under_way: deque[tuple[Any, torch.Tensor, torch.Tensor]] = deque()
    try:
        for i, (here, there) in enumerate(parts):
            staged = _staged(buffers[i % len(buffers)], here, there)
            staged.copy_(there, non_blocking=True)
            under_way.append((_event(there.device), staged, here))
            if len(under_way) == len(buffers):
                _arrive(*under_way.popleft())
        while under_way:
            _arrive(*under_way.popleft())
    finally:
        for event, _, _ in under_way:
            event.synchronize()


def _arrive(event: Any, staged: torch.Tensor, here: torch.Tensor) -> None:
    event.synchronize()
    here.copy_(staged)


def _staged(buffer: torch.Tensor, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """The beginning of a buffer, of a part's shape, and of that dtype which takes less."""
    like = here if here.element_size() < there.element_size() else there
    return buffer[: like.numel() * like.element_size()].view(like.dtype).view(like.shape)


def _event(device: torch.device) -> Any:
    """What comes to pass when the device has done all that it was told so far."""
    module = getattr(torch, device.type)
    event = module.Event()
    event.record(module.current_stream(device))
    return event


def _parts(here: torch.Tensor, there: torch.Tensor) -> Iterator[Part]:
    """Parts that each fit a buffer, in the order in which they lie in the CPU's memory.

    So PyTorch's threads copy as it lies; where the other memory lies in another order, the device
    puts a part in order. After the first, parts start with a huge page, which two threads that
    touch it first would both make.
    """
    order = sorted(range(here.ndim), key=here.stride, reverse=True)
    here, there = here.permute(order), there.permute(order)
    most = CHUNK // min(here.element_size(), there.element_size())
    if here.is_contiguous() and there.is_contiguous():
        here, there = here.view(-1), there.view(-1)
        first = -here.data_ptr() % HUGE_PAGE // here.element_size()
        if 0 < first < len(here):
            yield from _split(here[:first], there[:first], most)
            here, there = here[first:], there[first:]
    yield from _split(here, there, most)


def _split(here: torch.Tensor, there: torch.Tensor, most: int) -> Iterator[Part]:
    if there.numel() <= most:
        yield here, there
        return
    rows = most // (there.numel() // len(there))
    if rows == 0:
        for pair in zip(here, there):
            yield from _split(*pair, most)
    else:
        yield from zip(here.split(rows), there.split(rows))


def ask_for_huge_pages(tensor: torch.Tensor) -> None:
    """Of the system: each page of fresh memory that is first touched takes a page fault.

    Example:
        >>> ask_for_huge_pages(torch.empty(2**20))
    """
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return
    page, start = mmap.PAGESIZE, tensor.data_ptr()
    end = start + tensor.numel() * tensor.element_size()
    first, last = -(-start // page) * page, end // page * page
    ctypes.CDLL(None).madvise(
        ctypes.c_void_p(first), ctypes.c_size_t(last - first), mmap.MADV_HUGEPAGE
    )
