"""A stand-in accelerator for the tests: builds it once, loads it, and is `torch.standin`.

``standin.load()`` makes the devices "standin:0" and "standin:1" of this process. What it is, and
what it checks, stands at the head of standin.cpp.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import torch

SOURCE = Path(__file__).with_name("standin.cpp")
CACHE = Path(__file__).with_name("built")
OLDEST = (2, 11)  # its headers change from version to version


def load() -> str:
    """Loads the stand-in, after building it if that is not done yet; returns its device's name."""
    if not hasattr(torch, "standin"):
        torch.utils.rename_privateuse1_backend("standin")
        torch._register_device_module("standin", sys.modules[__name__])
        torch.ops.load_library(str(_built()))
    return "standin"


def lacking() -> str:
    """What keeps it from being built here; an empty text where nothing does."""
    if _version() < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return f"the stand-in is written for PyTorch {oldest}, and this is {torch.__version__}"
    if not (_home() / "include/ATen/ATen.h").exists():
        return "this PyTorch comes without its C++ headers, which the stand-in needs"
    if sys.platform == "win32" or shutil.which("c++") is None:
        return "there is no C++ compiler (c++), which the stand-in needs"
    return ""


def _built() -> Path:
    """The library, of this source and this PyTorch."""
    key = hashlib.sha256(SOURCE.read_bytes() + torch.__version__.encode()).hexdigest()[:16]
    library = CACHE / f"standin-{key}.so"
    if not library.exists():
        CACHE.mkdir(exist_ok=True)
        partial = library.with_suffix(f".{os.getpid()}")  # others may build it at the same time
        subprocess.run(_compiler_command(partial), check=True, capture_output=True, text=True)
        partial.replace(library)
    return library


def _compiler_command(target: Path) -> list[str]:
    home = _home()
    abi = int(torch._C._GLIBCXX_USE_CXX11_ABI)
    includes = [home / "include", home / "include/torch/csrc/api/include"]
    return [
        *("c++", "-O0", "-fPIC", "-shared", "-std=c++20", f"-D_GLIBCXX_USE_CXX11_ABI={abi}"),
        *(f"-I{folder}" for folder in includes),
        *(str(SOURCE), "-o", str(target)),
        *(f"-L{home / 'lib'}", "-lc10", "-ltorch_cpu", "-ltorch"),
    ]


def _home() -> Path:
    return Path(torch.__file__).parent


def _version() -> tuple[int, int]:
    major, minor = torch.__version__.split(".")[:2]
    return int(major), int(minor)


# ---- what PyTorch looks for in a device's module -------------------------------------------------


def is_available() -> bool:
    return True


def device_count() -> int:
    return 2


def current_device() -> int:
    return torch.ops.standin.get_current()


def set_device(device: int) -> None:
    torch.ops.standin.set_current(device)


def is_initialized() -> bool:
    return True


def synchronize(device: object = None) -> None:
    """Makes the copies that nobody had to wait for; all else runs at once."""
    torch.ops.standin.catch_up(-1)


def current_stream(device: object = None) -> None:
    """There is one for all."""


class Event:
    """Comes to pass when all that a device was told before has been done."""

    _told = 0

    def record(self, stream: None = None) -> None:
        self._told = torch.ops.standin.told()

    def synchronize(self) -> None:
        torch.ops.standin.catch_up(self._told)

    def query(self) -> bool:
        return torch.ops.standin.done() >= self._told


def get_device_name(device: int = 0) -> str:
    return f"the stand-in for an accelerator, number {device}"


def mem_get_info(device: int = 0) -> tuple[int, int]:
    """What is free, and all that there is."""
    total = torch.ops.standin.get_limit(device)
    return max(0, total - memory_allocated(device)), total


def memory_allocated(device: int = 0) -> int:
    return torch.ops.standin.bytes_allocated(device)


def max_memory_allocated(device: int = 0) -> int:
    return torch.ops.standin.most_allocated(device)


def reset_peak_memory_stats(device: int = 0) -> None:
    torch.ops.standin.forget_peak(device)


def empty_cache() -> None:
    """Memory goes back at once, so none is kept."""


def _is_in_bad_fork() -> bool:
    return False


def manual_seed_all(seed: int) -> None:
    """Random numbers are the CPU's."""


# ---- switches for the tests ----------------------------------------------------------------------


def set_limit(device: int, limit: int | None) -> None:
    """The bytes that a device has; None for no limit."""
    torch.ops.standin.set_limit(device, -1 if limit is None else limit)


def refuse_float64(refuse: bool) -> None:
    torch.ops.standin.refuse_float64(refuse)


def reset() -> None:
    """As it was at first."""
    refuse_float64(False)
    set_device(0)
    for device in range(device_count()):
        set_limit(device, None)
