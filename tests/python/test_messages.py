"""Every message that `pytorch_bridge` raises, as users read it, is in messages.txt.

So a change of words is seen in review. `tools/messages` writes the file anew.
"""

from __future__ import annotations

import ast
import ctypes
import datetime
import decimal
import importlib.util
import json
import math
import os
import pkgutil
import re
import traceback
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch

import pytorch_bridge as pb

SNAPSHOT = Path(__file__).with_name("messages.txt")
MODULES = {
    module.name: importlib.import_module(f"pytorch_bridge.{module.name}")
    for module in pkgutil.iter_modules(pb.__path__)
}

#: One case a line: an expression that raises; with an `if`, only where its condition holds.
CASES = """
pb.to_tensor("a")
pb.to_tensor(None)
pb.to_tensor(object())
pb.to_tensor(torch.nn.Linear(1, 1))
pb.to_tensor(1.0, dtype="numeric")
pb.to_tensor([np.ones(2), np.ones(3)])
pb.to_tensor([[1, 2], [3]])
pb.to_tensor([2**53 + 1, 0.5])
pb.to_tensor(2**64)
if hasattr(torch, "uint64"): pb.to_tensor(-1, "uint64")
pb.to_tensor(text)
pb.to_tensor(naive)
pb.to_tensor(masked)
pb.to_tensor(masked, copy=False, na=0)
pb.to_tensor(masked, na="x")
pb.to_tensor(np.ma.masked_array(np.array([1], "uint8"), [True]), na=300)
pb.to_tensor(np.ma.masked_array([2**53 + 1, 1], [False, True]), na="nan")
pb.to_tensor(own)
pb.to_tensor(decimal.Decimal("0.1234567890123456789"))
pb.to_tensor(np.array([1], "timedelta64[Y]"))
pb.to_tensor(np.array([1], "datetime64[as]"))
pb.to_tensor(np.array(["2020-01-01T00:00:00.123456789"], "datetime64[ns]"))
pb.to_tensor({})
pb.to_tensor({"a": [1, 2], "b": [1]})
pb.to_tensor({"a": [[1, 2], [3, 4]], "b": [1, 2]})
pb.to_tensor({"a": [2**53 + 1], "b": [0.5]})
pb.to_tensor({"a": [1, 2], "b": "x"})
if hasattr(torch, "uint64"): pb.to_tensor({"a": np.array([2**64 - 1]), "b": [0.5]})
pb.to_tensor(RefusesDlpack())
pb.to_tensor([1, 2], copy=False)
pb.to_tensor(i, "float32", copy=False)
pb.to_tensor(read_only, copy=False)
pb.to_tensor(np.ones(2, ">f8"), copy=False)
pb.to_tensor(unaligned, copy=False)
pb.to_tensor(np.ones(3)[::-1], copy=False)
pb.to_tensor(np.ones(2, "c16, i8")["f0"], copy=False)
pb.to_tensor(i, requires_grad=True)
pb.to_tensor(i, "flaot32")
pb.to_tensor(i, "nosuch")
pb.to_tensor(i, 5)
pb.to_numpy(torch.ones(2, dtype=torch.bfloat16))
pb.to_numpy(torch.ones(2, dtype=torch.complex32))
pb.to_numpy(torch.tensor([1j]).conj(), copy=False)

pb.cast(torch.tensor([300.0, 1e9]), torch.uint8)
pb.cast(torch.tensor(300.0), torch.uint8)
pb.cast(i, torch.qint8)
pb.cast(small, torch.float64)
if hasattr(torch, "float4_e2m1fn_x2"): pb.cast(torch.empty(2, dtype=torch.float4_e2m1fn_x2), torch.float32)
casting.as_leaf(inference)
pb.to_device([1, 2], "cpu")
pb.to_device(t, "nosuch")
pb.to_device(t, "xla")
pb.to_device(meta, "cpu")
with_cuda(None, 0, lambda: pb.to_device(t, "cuda"))
with_cuda("12.6", 0, lambda: pb.to_device(t, "cuda"))
with_cuda("12.6", 2, lambda: pb.to_device(t, "cuda:2"))
patched("torch.cuda._is_in_bad_fork", lambda: True, lambda: pb.to_device(t, "cuda"))
patched("pytorch_bridge.devices.has_float64", lambda _: False, lambda: pb.to_device(t.double(), "meta"))

if hasattr(torch, "int4"): pb.to_tensor(small_bits, "float32")
pb.to_tensor(frozen, requires_grad=True)
pb.to_tensor(Unsaid(), copy=False)
pb.to_tensor(RefusesArray())
pb.to_tensor(np.ma.masked_array([1, 2], [True, False]), copy=False, na=0)
pb.to_tensor([1, None])
pb.to_tensor([1, None], na="nil")
pb.to_tensor([1, None], na=0.5)
pb.to_tensor([2**53 + 1, None], na="nan")
pb.to_tensor(own)
pb.to_tensor(decimal.Decimal("0.1234567890123456789"))
pb.to_tensor(np.array([1], "timedelta64[M]"))
pb.to_tensor(np.array([1], "datetime64[as]"))
pb.to_tensor(np.array([1700000000123456789], "datetime64[ns]"))
pb.from_r("x")

memory.memory_of(torch.nn.LazyLinear(2).weight)
memory.memory_of(torch._efficientzerotensor(2))
sharing.view_memory(torch._efficientzerotensor(2, dtype=torch.float64))
structures.read(np.array(["2020-01-01"], "datetime64[D]"), copy=False)
structures.read(torch.sparse_coo_tensor([[0, -1], [0, 1]], [1.0, 2.0], (2, 2)))
sparse.from_parts("csc", torch.tensor([0, 5]), torch.tensor([0]), torch.ones(1), [1, 1])
assigning.assign(frozen, [1.0], 1)

memory.memory_of("a")
memory.memory_of(meta)
memory.memory_of(torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]))
memory.memory_of(coo)
torch.vmap(memory.memory_of)(t)
memory.check_dense(torch.nn.LazyLinear(1).weight)
memory.memory_of(zero)
memory.check_dense(torch.masked.masked_tensor(t, t > 0))

transfer.new_memory("double", [2], "qint8")
transfer.new_memory("integer", [2], "int32", with_nan=True)
patched("torch.empty", lambda *n, **_: torch.zeros(2).half(), lambda: transfer.new_memory("double", [2]))
if hasattr(torch, "bits8"): transfer.read_memory(torch.empty(2, dtype=torch.bits8))
transfer.read_memory(text)
structures.read(object())
structures.read(torch.nn.ReLU())
structures.read(own)
structures.read({1: 0, "1": 0})
structures.read({"a": [1, object()]})
structures.read(2**64)
structures.read(np.float64(1), copy=False)
structures.read(coo, copy=False)
structures.read(torch.eye(2).to_sparse_bsr((1, 1)))
structures.read(cube.to_sparse())
structures.read(torch.sparse_coo_tensor([[0, 5], [0, 0]], [1.0, 2.0], (2, 2), check_invariants=False))
structures.read(torch.sparse_csr_tensor([0, 2, 1], [0], [1.0], (2, 2), check_invariants=False))
structures.read(masked, copy=False)
from_r.from_r("x")

sharing.borrow("logical", at, [1], at)
sharing.borrow("integer", at, [1] * 65, at)
sharing.borrow("integer", at, [1], at, dtype="int64")
sharing.view_memory(torch.ones(2))
sharing.view_memory(i, "double")
sharing.view_memory(torch.ones(2, dtype=torch.float64, device="meta"))
sharing.view_memory(torch.ones(2, dtype=torch.float64).to_sparse())
sharing.view_memory(torch.ones(2, dtype=torch.complex128).conj())
sharing.view_memory(torch.ones(2, 2, dtype=torch.float64))
sharing.view_memory(np.ones(2, ">f8"))
sharing.view_memory(torch.ones([1] * 65, dtype=torch.float64))
sharing.view_memory(torch._efficientzerotensor(2, dtype=torch.float64))
owners.check_lendable(owners.Owner(read_only))
sharing.borrow("integer", at, [1], at).share_memory_()
shared.to_shared(coo)
shared.map_handle("no handle")
shared.map_handle("{}")
shared.map_handle(json.dumps({"name": 1, "bytes": 1, "writable": False, "places": []}))
shared.map_handle(json.dumps({"name": "x", "bytes": 1, "writable": False, "places": [[0, 0]]}))
without("safetensors", lambda: files.open_tensors("x"))
if has("safetensors"): files.open_tensors("nowhere.safetensors")
if has("safetensors"): files.save_tensors({"x": coo}, "x.safetensors")
if has("safetensors"): files.save_tensors({"x": meta}, "x.safetensors")
if has("safetensors"): files.save_tensors({"x": torch.ones(1, dtype=torch.complex128)}, "x.safetensors")

arithmetic.unary("!=", torch.ones(2))
arithmetic.binary("+", torch.ones(2), torch.ones(3))
arithmetic.binary("+", torch.ones(2), meta)
arithmetic.binary("+", torch.ones(3, 1), [1.0, 2.0], 1)
arithmetic.binary("+", b, 300)
arithmetic.binary("^", i, -i)
arithmetic.binary("^", i, -1)
arithmetic.binary("%/%", i, 0)
arithmetic.matmul("%*%", t, torch.ones(3, 3))
arithmetic.elementwise("round", i, -1)
arithmetic.elementwise("sign", torch.ones(2, dtype=torch.complex64))
joining.join("rbind", [t, torch.ones(3, 3)], [])
joining.join("cbind", [cube, t], [])
summaries.reduce("max", torch.ones(0))
summaries.sort(torch.ones(2, dtype=torch.complex64))
summaries.quantile(torch.tensor([1.0, nan]), [0.5])
summaries.summarize(coo)
summaries.mean(torch.tensor([2**53 + 1]))
summaries.weighted_mean(torch.ones(2), torch.ones(3))

selecting.select(t, [5.0])
selecting.select(t, [1.0, 2.0, 3.0])
selecting.select(i, [1.0, 1.0])
selecting.select(t, [3.0, None])
selecting.select(torch.ones(0), [True])
selecting.select(i, [torch.tensor([True, False, True])])
selecting.select(i, [torch.tensor([-1, 1])])
selecting.select(i, [torch.tensor([0.5])])
selecting.select(t, [torch.tensor([[1, -1]])])
selecting.select(t, [torch.tensor([[1, 3]])])
selecting.select(coo, [1.0])
selecting.select_one(t, [1.0, None])
assigning.assign(expanded, [1.0], 1)
assigning.assign(inference, [1.0], 1)
assigning.assign(i, [None], torch.tensor([1, 2, 3]))
assigning.assign(i, [1.0], 1.5)
assigning.assign(i, [1.0], nan)
assigning.assign(i, [1.0], 0, missing_at=1.0)
assigning.assign(b, [1.0], 300)
assigning.assign(t, [1.0], meta)
assigning.assign_one(t, [1.0], i)
linear.solve(t, tolerance=0)
linear.solve(torch.ones(2, 3))
linear.solve(torch.diag(torch.tensor([1.0, 1e-12])))
linear.solve(torch.eye(2), torch.ones(3))
linear.solve(torch.eye(2), meta)
linear.solve(coo)
linear.chol(-t)
joining.join("c", [torch.ones(1, dtype=torch.float8_e5m2), i], [])
linear.determinant(torch.ones(2, 2, dtype=torch.complex64))
statistics.differences(cube)
statistics.sum_by_group(cube, i, 2)
statistics.sum_by_group(t, b, 1)
statistics.sum_by_group(torch.ones(2, dtype=torch.bool), b, 1)
statistics.sum_by_group(torch.ones(2, dtype=torch.complex64), b, 1)
statistics.scale(cube)
statistics.scale(t, torch.ones(3))
comparing.comparables(meta, meta)
torch.vmap(lambda x: sparse.check_single(x, "sort"))(t)
torch.vmap(lambda x: sparse.check_unwrapped(x, "summary"))(t)
batches.CalledDataset(3, int).__reduce__()
batches.Loop(torch.utils.data.DataLoader(batches.CalledDataset(3, int), num_workers=1))
batches.Loop(5)
batches._exact([2**53 + 1])
batches.CalledDataset(3, int)[0.5]
derivatives.hessian(lambda x: 1, torch.ones(2))
derivatives.hessian(lambda x: x, torch.ones(2))
derivatives.hessian(lambda x: x.sum().to(torch.int64), torch.ones(2))
backward(lambda gradient, x: ())
backward(lambda gradient, x: (torch.ones(3),))
shapes.transpose(cube)
shapes.reshape(t, [3])
shapes.permute(t, [0, 0])
shapes.ends(t, [1, 1, 1])

storages.read_header(b"")
storages.read_header(header("not json"))
storages.read_header(header("\xe9"))
storages.read_header(header('{"__metadata__": {"format": "other"}}'))
storages.read_header(header('{"__metadata__": {"format": "pytorchbridge", "version": "99"}}'))
storages.read_header(header('{"__metadata__": {"format": "pytorchbridge", "version": "1"}}'))
storages.read_header(header(without_shape))
storages.read_header(header(without_shape.replace("[]", "[ ]")))
storages.read_header(storages.unsaved_header("it was on another planet"))
storages.restore(saved(), [])
storages.restore(saved(), [torch.ones(3).untyped_storage()])
storages.restore(saved(storage=-1), eight_bytes)
storages.restore(saved(strides=[]), eight_bytes)
storages.restore(saved(shape=[3]), eight_bytes)
storages.restore(saved(dtype="nosuch"), eight_bytes)
storages.restore(saved(layout="sparse_other", values=saved()["tensor"]), eight_bytes)
storages.restore(saved(shape=[1], dtype="qint8", quantizer=two_channels), eight_bytes)
"""  # noqa: E501

#: Where errors are raised that no case can reach, and why.
UNREACHED = {
    "libraries: raise": "test_libraries.py has them, with the libraries",
    "convert: raise _categories": "only of categories of those libraries",
    'convert: raise SharingError(f"PyTorch does not keep': "only of ml_dtypes' integers",
    "from_r: raise getattr": "only with R, in test-from-r.R",
    "memory: raise _made_of_others(tensor)": "raised by one of two places, as the version is",
    'sharing: raise SharingError(f"R cannot read memory on': "only of memory on another device",
    "sharing: raise _too_many_dims(len(shape))": "`borrow()` raises it anew, untraced",
    "selecting: raise error": "PyTorch's own, raised again",
    "dtypes: raise TypeError": "caught where it is raised",
    "batches: raise _only_here()": "one of three is for worker processes",
    "batches: raise IndexError": "by which Python ends a loop",
    "storages: raise Unsaved": "no error yet: it is told when the tensor is read again",
    'shared: raise SharingError(f"No memory file': "only where the system has no memory left",
    'shared: raise SharingError(f"{size} bytes': "only where the system has no memory left",
    'shared: raise SharingError( "This system': "only on systems other than Linux",
    'owners: raise SharingError( "R has a view': "only of a view in R: test-shared.R",
    'convert: raise SharingError( "This memory': "needs a library that lends it so",
    "files: raise": "needs safetensors, and files that are damaged: test_files.py",
    'sparse: raise DtypeError( f"PyTorch does not add': "needs a PyTorch that does not",
    'memory: raise DtypeError( f"A {type(tensor)': "needs a subclass",
    'casting: raise DtypeError(f"A tensor of {dtype_name(tensor.dtype)} has packed': "needs one",
    "columns: raise error.within": "needs a PyTorch with uint64",
    "sources: raise _refused": "needs one of two ways to refuse",
    "guard: raise AttributeError": "by which Python asks for what is not there",
    "capsules: raise Unsaved": "as those of storages",
    "capsules: raise FileError": "only of a header that C does not pass on",
}


class RefusesDlpack:
    def __dlpack__(self, **_: Any) -> None:
        raise BufferError("no")

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class Unsaid:
    """Offers memory, and does not say whether it may be written to."""

    held = torch.ones(2)

    def __dlpack__(self, **asked: Any) -> Any:
        return self.held.__dlpack__(**{k: v for k, v in asked.items() if k == "stream"})

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class RefusesArray:
    def __array__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("its values are gone")


def with_cuda(version: str | None, count: int, call: Callable[[], Any]) -> Any:
    """The call, as if PyTorch were built for this CUDA and found so many devices."""
    cuda = {"device_count": lambda: count, "is_available": lambda: count > 0}
    built = {"cuda": version, "hip": None}
    with mock.patch.multiple("torch.version", **built), mock.patch.multiple("torch.cuda", **cuda):
        return call()


def patched(name: str, value: Any, call: Callable[[], Any]) -> Any:
    with mock.patch(name, value):
        return call()


def without(module: str, call: Callable[[], Any]) -> Any:
    """The call, as if this module were not installed."""
    with mock.patch.dict("sys.modules", {module: None}):
        return call()


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def backward(function: Callable[..., Any]) -> None:
    """The gradient of an operation that has this function for its `backward`."""
    x = torch.ones(2, requires_grad=True)
    MODULES["derivatives"].apply(lambda x: x * 2, function, [x]).sum().backward()


def header(text: str) -> bytes:
    """What stands before the storages of a saved tensor."""
    encoded = text.encode()
    return len(encoded).to_bytes(8, "little") + encoded


VIEW = {"dtype": "float32", "shape": [2], "strides": [1], "offset": 0, "storage": 0}


def saved(**changes: Any) -> dict[str, Any]:
    """What a header tells of a tensor of eight bytes, with changes."""
    return {"tensor": {**VIEW, **changes}, "storages": [MODULES["storages"].SavedStorage(8)]}


def names() -> dict[str, Any]:
    """What the cases speak of."""
    small, read_only, own, flag = torch.ones(2), np.ones(2), [], ctypes.c_int(0)
    small.untyped_storage().resize_(0)
    read_only.flags.writeable = False
    own.append(own)
    with torch.inference_mode():
        frozen = torch.zeros(2)
    return {
        "frozen": frozen,
        "small_bits": torch.ones(2, dtype=torch.uint8).view(getattr(torch, "int4", torch.uint8)),
        "t": torch.ones(2, 2),
        "i": torch.tensor([1, 2]),
        "b": torch.ones(1, dtype=torch.uint8),
        "expanded": torch.ones(2, 1).expand(2, 2),
        "cube": torch.ones(2, 2, 2),
        "coo": torch.eye(2).to_sparse(),
        "meta": torch.ones(2, device="meta"),
        "text": np.array(["a"]),
        "naive": datetime.datetime(2020, 1, 1),
        "nan": math.nan,
        "small": small,
        "own": own,
        "flag": flag,
        "at": ctypes.addressof(flag),
        "read_only": read_only,
        "without_shape": '{"__metadata__": {"format": "pytorchbridge", "version": "1", '
        f'"checksum": "{zlib.crc32(b"1[]"):08x}", "tensor": "1", "storages": "[]"}}}}',
        "zero": torch._efficientzerotensor(2),
        "masked": np.ma.masked_array([1, 2], [True, False]),
        "inference": torch.inference_mode()(lambda: torch.ones(2))(),
        "eight_bytes": [torch.ones(2).untyped_storage()],
        "two_channels": {"scheme": "per_channel", "scales": VIEW, "zero_points": VIEW, "axis": 0},
        "unaligned": np.zeros(17, np.uint8)[1:].view("f8"),
    }


def cases() -> dict[str, str]:
    """By case, the condition on which it raises."""
    found = {}
    for line in CASES.split("\n"):
        condition, _, case = line.partition(": ") if line.startswith("if ") else ("if 1", "", line)
        if case:
            found[case] = condition.removeprefix("if ")
    return found


def raised() -> dict[str, pb.BridgeError]:
    """By case, what it raises."""
    scope = {**globals(), **MODULES, **names(), "decimal": decimal, "json": json}
    return {case: error_of(case, scope) for case, when in cases().items() if eval(when, scope)}


def error_of(case: str, scope: dict[str, Any]) -> pb.BridgeError:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(case, scope)
        except pb.BridgeError as error:
            return error
    raise AssertionError(f"This raises nothing: {case}")


def told(error: pb.BridgeError) -> str:
    """What it says, without the words of PyTorch's own, which change with its version."""
    kind, words = type(error).__name__, [str(error)]
    if error.in_r != str(error):
        words.append(f"In R: {error.in_r}")
    text = "\n".join(words)
    for theirs in (
        r"(?<= failed: ).*",
        r"(?<=over this RefusesDlpack: ).*",
        r"(?<=no tensor of it ).*",
    ):
        text = re.sub(theirs, "...", text, flags=re.DOTALL)
    return f"{kind}: " + re.sub(r"(?<=This PyTorch, )[^,]*(?=,)", "...", text)


def written(messages: dict[str, str]) -> str:
    blocks = [f"{case}\n" + re.sub("(?m)^", "  ", text) for case, text in messages.items()]
    return "\n\n".join(blocks) + "\n"


def read(text: str) -> dict[str, str]:
    blocks = [block.partition("\n") for block in text.strip().split("\n\n")]
    return {case: re.sub("(?m)^  ", "", rest) for case, _, rest in blocks}


@pytest.fixture(scope="module")
def errors() -> dict[str, pb.BridgeError]:
    return raised()


def test_messages_are_those_of_the_snapshot(errors):
    found = {case: told(error) for case, error in errors.items()}
    if os.environ.get("PYTORCHBRIDGE_MESSAGES") == "write":
        SNAPSHOT.write_text(written(found), encoding="utf-8")
    recorded = read(SNAPSHOT.read_text(encoding="utf-8"))
    assert found == {case: recorded.get(case) for case in found}
    assert set(recorded) <= set(cases())


def test_every_raise_is_reached_by_a_case_or_listed_with_a_reason(errors):
    reached = {place for error in errors.values() for place in places_of(error)}
    missed = []
    for name in MODULES:
        source = Path(MODULES[name].__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Raise) and node.exc is not None:
                lines = range(node.lineno, node.end_lineno + 1)
                if not any((name, line) in reached for line in lines):
                    missed.append(
                        f"{name}: {' '.join(ast.get_source_segment(source, node).split())}"
                    )
    unexplained = [site for site in missed if not site.startswith(tuple(UNREACHED))]
    assert unexplained == []
    certain = [key for key, why in UNREACHED.items() if not why.startswith("needs")]
    assert [key for key in certain if not any(site.startswith(key) for site in missed)] == []


def places_of(error: BaseException | None) -> set[tuple[str, int]]:
    """Where it was raised, and those that it was raised from."""
    places = set()
    while error is not None:
        for frame in traceback.extract_tb(error.__traceback__):
            path = Path(frame.filename)
            if path.parent.name == "pytorch_bridge":
                places.add((path.stem, frame.lineno))
        error = error.__cause__ or error.__context__
    return places
