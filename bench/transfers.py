"""Transfers to and from an accelerator, as shares of what pinned memory reaches; see tools/gpu.

Prints Markdown, which tools/gpu puts into bench/gpu.md.
"""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
import pytorch_bridge as pb
from pytorch_bridge import staging

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
    pinned = torch.rand(ELEMENTS, dtype=torch.float64).pin_memory()
    there = pinned.to(device())
    return (
        gigabytes_a_second(lambda: there.copy_(pinned, non_blocking=True)),
        gigabytes_a_second(lambda: pinned.copy_(there, non_blocking=True)),
    )


def line(name: str, speed: float, most: float) -> str:
    return f"| {name} | {speed:.1f} | {speed / most:.0%} |"


HEAD = """# Measured on a GPU

Written by `tools/gpu`, {date}: gigabytes a second, of the fastest of {rounds} rounds, with
{size} MiB of float64 unless the row says otherwise (then of R's bytes).

- {name}
- {cpus} processors, of which PyTorch uses {threads}; transparent huge pages: {pages}
- PyTorch {torch}; NumPy {numpy}; Python {python}

The CPU's memory is not pinned where the row does not say so. A copy to it makes new memory, whose
pages the system has to make first: so does `memcpy`, PyTorch's copy from pinned memory to new
memory on huge pages, which never meets the device.

| call | GB/s | of pinned |
| --- | --- | --- |"""


def head() -> str:
    pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return HEAD.format(
        date=datetime.date.today(),
        rounds=ROUNDS,
        size=8 * ELEMENTS // 2**20,
        name=pb.accelerators()[0]["name"],
        cpus=os.cpu_count(),
        threads=torch.get_num_threads(),
        pages=pages.read_text().strip() if pages.exists() else "none",
        torch=torch.__version__,
        numpy=np.__version__,
        python=sys.version.split()[0],
    )


def new_memory() -> torch.Tensor:
    fresh = torch.empty(ELEMENTS, dtype=torch.float64)
    staging.ask_for_huge_pages(fresh)
    return fresh


def main() -> None:
    to, back = pinned_speeds()
    target, here = device(), torch.rand(ELEMENTS, dtype=torch.float64)
    pinned, there, array = here.pin_memory(), here.to(target), here.numpy()
    calls = {
        "tensor.to(device)": (lambda: here.to(target), to),
        "to_device(tensor, device)": (lambda: pb.to_device(here, target), to),
        "to_device(pinned, device, non_blocking=True)": (
            lambda: pb.to_device(pinned, target, None, True),
            to,
        ),
        "to_tensor(array, device)": (lambda: pb.to_tensor(array, device=target), to),
        "memcpy": (lambda: new_memory().copy_(pinned), back),
        "tensor.cpu()": (lambda: there.cpu(), back),
        "to_device(tensor, 'cpu')": (lambda: pb.to_device(there, "cpu"), back),
        "to_numpy(tensor)": (lambda: pb.to_numpy(there), back),
    }
    print(head())
    print(line("pinned memory to the device", to, to))
    print(line("pinned memory from the device", back, back))
    for name, (call, most) in calls.items():
        print(line(name, gigabytes_a_second(call), most), flush=True)


if __name__ == "__main__":
    main()
