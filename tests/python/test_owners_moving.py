"""Memory that R uses is not moved to where other processes see it."""

import ctypes

import numpy as np
import pytest
import torch

import pytorch_bridge as pb
from pytorch_bridge.sharing import borrow, view_memory


@pytest.mark.parametrize("strategy", ["file_descriptor", "file_system"])
def test_a_viewed_storage_stays_until_the_view_is_gone(strategy):
    before = torch.multiprocessing.get_sharing_strategy()
    torch.multiprocessing.set_sharing_strategy(strategy)
    try:
        tensor = torch.arange(6, dtype=torch.float64)
        address = tensor.data_ptr()
        first, second = view_memory(tensor), view_memory(tensor.numpy()[2:4])
        for moved in (tensor, tensor[3:]):
            with pytest.raises(pb.SharingError, match="R has a view"):
                moved.share_memory_()
        del second
        with pytest.raises(pb.SharingError, match="R has a view"):
            tensor.share_memory_()
        assert tensor.data_ptr() == address
        del first
        assert tensor.share_memory_().is_shared()
        assert tensor.tolist() == [0, 1, 2, 3, 4, 5]
        shared = view_memory(tensor)  # is where it would go
        tensor.share_memory_()
        assert shared.layout[0] == tensor.data_ptr()
    finally:
        torch.multiprocessing.set_sharing_strategy(before)


def test_a_loan_stays_with_the_lender():
    array, flag = np.array([1.0, 2.0]), ctypes.c_int(0)
    tensor = borrow("double", array.ctypes.data, [2], ctypes.addressof(flag))
    with pytest.raises(pb.SharingError, match="on loan"):
        tensor.share_memory_()
    tensor.add_(1)
    assert array.tolist() == [2, 3]
    assert tensor.clone().share_memory_().is_shared()


def test_other_memory_moves_as_ever():
    assert torch.ones(3).share_memory_().is_shared()
    assert torch.from_numpy(np.ones(3)).share_memory_().is_shared()
