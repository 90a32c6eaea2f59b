"""The Python side of pytorchbridge: tensors, NumPy arrays and memory known by its address.

Usable without R. The R package calls it through reticulate; a Python chunk of an R Markdown
document imports it to turn ``r.x`` into a tensor.

Example:
    >>> import pytorch_bridge as pb
    >>> pb.to_tensor([1, 2, 3])
    tensor([1, 2, 3])
"""

from .capture import let_capture_pass
from .casting import cast
from .config import config
from .convert import to_numpy, to_tensor
from .devices import accelerators, cuda_devices, cuda_is_available, to_device
from .dtypes import dtype_table
from .errors import (
    BridgeError,
    DeviceError,
    DtypeError,
    FileError,
    LossyError,
    MissingError,
    SharingError,
    SubscriptError,
)
from .from_r import from_r
from .interrupts import keep_interrupts
from .memory import describe, shares_memory
from .optimizers import take_states_of_r

__all__ = [
    "BridgeError",
    "DeviceError",
    "DtypeError",
    "FileError",
    "LossyError",
    "MissingError",
    "SharingError",
    "SubscriptError",
    "accelerators",
    "cast",
    "config",
    "cuda_devices",
    "cuda_is_available",
    "describe",
    "dtype_table",
    "from_r",
    "shares_memory",
    "to_device",
    "to_numpy",
    "to_tensor",
]

let_capture_pass()
keep_interrupts()
take_states_of_r()
