"""What holds for every function that R calls."""

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge import devices
from pytorch_bridge.guard import guarded
from pytorch_bridge.sharing import view_memory
from pytorch_bridge.transfer import read_memory


def emptied(size=0):
    tensor = torch.ones(5, dtype=torch.float64)
    tensor.untyped_storage().resize_(size)
    return tensor


@pytest.mark.parametrize("size", [0, 8, 39])
def test_memory_that_is_not_there_is_not_read(size):
    call = guarded(lambda *arguments: arguments)
    for arguments in ([emptied(size)], [1, emptied(size)], [[torch.ones(1), emptied(size)]]):
        with pytest.raises(pb.DtypeError, match="smaller than its shape"):
            call(*arguments)


def test_all_that_has_its_memory_passes():
    call = guarded(lambda *arguments: arguments)
    tensors = [
        emptied(40),
        torch.ones(1).expand(5),
        torch.ones(4, 4).t()[1:, ::2],
        torch.empty(0),
        torch.empty(3, device="meta"),
        torch.eye(3).to_sparse(),
        torch.eye(3).to_sparse_csr(),
        torch._efficientzerotensor(3),
        torch.nn.Parameter(torch.ones(2)),
    ]
    assert len(call(*tensors)) == len(tensors)
    assert call(tensors, [1.0] * 20, "a", None)


def test_a_class_that_lies_of_its_memory_is_not_believed():
    class Liar(torch.Tensor):
        shape = torch.Size([100])
        dtype = torch.int8

        def data_ptr(self):
            return 4096

        def element_size(self):
            return 1

        def stride(self, *arguments):
            return (8,)

    tensor = torch.ones(2, dtype=torch.float64)
    liar = tensor.as_subclass(Liar)
    for found in (read_memory(liar), view_memory(liar)):
        assert found.dtype == "float64"
        assert found.layout == [float(tensor.data_ptr()), 2.0, 8.0]
    assert pb.shares_memory(liar, tensor)
    assert pb.describe(liar) == pb.describe(tensor)
    assert pb.to_numpy(liar).tolist() == [1.0, 1.0]


def test_an_array_class_that_lies_is_not_believed():
    class Liar(np.ndarray):
        dtype = np.dtype("int8")
        shape = (100,)

    array = np.ones(2)
    liar = array.view(Liar)
    for found in (read_memory(liar), view_memory(liar)):
        assert found.dtype == "float64"
        assert found.layout == [float(array.ctypes.data), 2.0, 8.0]
    assert pb.shares_memory(liar, array)
    assert pb.to_tensor(liar).tolist() == [1.0, 1.0]


def test_cuda_in_a_forked_process_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "_is_in_bad_fork", lambda: True)
    with pytest.raises(pb.DeviceError, match="forked process"):
        devices.resolve_device("cuda")
    assert devices.resolve_device("cpu").type == "cpu"


def test_a_wrapped_tensor_passes_while_a_file_is_open(tmp_path):
    files = pytest.importorskip("pytorch_bridge.files")
    pytest.importorskip("safetensors")
    files.save_tensors({"x": torch.ones(3)}, str(tmp_path / "x.safetensors"))
    opened = files.open_tensors(str(tmp_path / "x.safetensors"))
    gradient = torch.func.grad(guarded(lambda x: (x * x).sum()))
    assert gradient(torch.tensor([1.0, 2.0])).tolist() == [2, 4]
    assert opened[0]["x"].tolist() == [1, 1, 1]
