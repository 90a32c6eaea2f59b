"""Transfers to and from an accelerator, as shares of what pinned memory reaches; see tools/gpu."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
import pytorch_bridge as pb

ELEMENTS = 2**26  # 512 MiB
ROUNDS = 7


def gigabytes_a_second(call: Callable[[], object]) -> float:
    """Of the fastest of some rounds, of float64."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = call()
        module().synchronize()
        best = min(best, time.perf_counter() - start)
        del result
    return 8 * ELEMENTS / best / 1e9


def device() -> torch.device:
    return torch.device(pb.accelerators()[0]["device"])


def module() -> ModuleType:
    return getattr(torch, device().type)


def pinned_speeds() -> tuple[float, float]:
    """What pinned memory reaches, to the device and back."""
    pinned = torch.zeros(ELEMENTS, dtype=torch.float64).pin_memory()
    there = pinned.to(device())
    return (
        gigabytes_a_second(lambda: there.copy_(pinned, non_blocking=True)),
        gigabytes_a_second(lambda: pinned.copy_(there, non_blocking=True)),
    )


def line(name: str, speed: float, most: float) -> str:
    return f"{name:38} {speed:8.2f} {speed / most:10.0%}"


def main() -> None:
    to, back = pinned_speeds()
    target, here = device(), torch.zeros(ELEMENTS, dtype=torch.float64)
    pinned, there, array = here.pin_memory(), here.to(target), here.numpy()
    calls = {
        "tensor.to(device)": (lambda: here.to(target), to),
        "to_device(tensor, device)": (lambda: pb.to_device(here, target), to),
        "to_device(pinned, device, ..., True)": (
            lambda: pb.to_device(pinned, target, None, True),
            to,
        ),
        "to_tensor(array, device)": (lambda: pb.to_tensor(array, device=target), to),
        "tensor.cpu()": (lambda: there.cpu(), back),
        "to_device(tensor, 'cpu')": (lambda: pb.to_device(there, "cpu"), back),
        "to_numpy(tensor)": (lambda: pb.to_numpy(there), back),
    }
    print(f"{f'float64, {8 * ELEMENTS // 2**20} MiB':38} {'GB/s':>8} {'of pinned':>10}")
    print(line("pinned memory to the device", to, to))
    print(line("pinned memory from the device", back, back))
    for name, (call, most) in calls.items():
        print(line(name, gigabytes_a_second(call), most), flush=True)


if __name__ == "__main__":
    main()
