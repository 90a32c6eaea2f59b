"""Derivatives of functions that are called back; truths are worked out by hand."""

import numpy as np
import pytest
import torch

from pytorch_bridge import DtypeError
from pytorch_bridge.derivatives import apply, gradient, hessian, value_and_pull


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *arguments):
        self.calls += 1
        return self.function(*arguments)


def test_value_gradient_and_hessian_take_one_call_each():
    cube = Counted(lambda x: (x**3).sum())
    at = torch.tensor([1.0, 2.0], dtype=torch.float64)
    value, pull = value_and_pull(cube, at)
    assert value == 9.0
    assert gradient(pull).tolist() == [3.0, 12.0]
    assert gradient(pull).tolist() == [3.0, 12.0]
    assert cube.calls == 1
    assert hessian(cube, at).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert cube.calls == 2


def test_values_that_depend_on_a_branch_have_a_hessian():
    def branching(x):
        return x.sum() ** 2 if x.sum().item() > 1 else x.sum()

    assert hessian(branching, torch.tensor([1.0, 2.0])).tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert hessian(branching, torch.tensor([0.1, 0.2])).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_point_needs_no_gradient_and_gets_none():
    at = torch.tensor([1.0, 2.0])
    _, pull = value_and_pull(lambda x: (x**2).sum(), at)
    assert not gradient(pull).requires_grad
    assert not at.requires_grad and at.grad is None


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (2.0, "a float and no tensor"),
        (torch.zeros(3), r"shape \[3\], and must return one number"),
        (torch.tensor(1), "torch.int64, which has no gradient"),
    ],
)
def test_what_is_no_number_is_told(returned, words):
    for derivative in (value_and_pull, hessian):
        with pytest.raises(DtypeError, match=words):
            derivative(lambda x: returned, torch.ones(2))


def exp_by_numpy(x):
    return torch.from_numpy(np.exp(x.detach().numpy()))


def exp_gradient_by_numpy(given, x):
    return [given * exp_by_numpy(x)]


def exp_gradient_by_torch(given, x):
    return [given * x.exp()]


@pytest.mark.parametrize("backward", [exp_gradient_by_numpy, exp_gradient_by_torch])
def test_a_function_outside_pytorch_has_a_gradient(backward):
    at = torch.tensor([0.0, 1.0], dtype=torch.float64)
    x = at.clone().requires_grad_()
    (apply(exp_by_numpy, backward, [x]) ** 2).sum().backward()
    _, pull = value_and_pull(lambda x: (apply(exp_by_numpy, backward, [x]) ** 2).sum(), at)
    truth = 2 * np.exp(2 * at.numpy())
    np.testing.assert_allclose(x.grad.numpy(), truth, rtol=1e-15)
    np.testing.assert_allclose(gradient(pull).numpy(), truth, rtol=1e-15)


def test_second_derivatives_go_through_tensors_and_are_refused_outside():
    at = torch.tensor([0.0, 1.0], dtype=torch.float64)
    found = hessian(lambda x: apply(exp_by_numpy, exp_gradient_by_torch, [x]).sum(), at)
    np.testing.assert_allclose(found.numpy(), np.diag(np.exp(at.numpy())), rtol=1e-15)
    x = at.clone().requires_grad_()
    value = apply(exp_by_numpy, exp_gradient_by_torch, [x]).sum()
    (first,) = torch.autograd.grad(value, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    np.testing.assert_allclose(second.numpy(), np.exp(at.numpy()), rtol=1e-15)

    by_numpy = apply(exp_by_numpy, exp_gradient_by_numpy, [x]).sum()
    with pytest.raises(RuntimeError):
        torch.autograd.grad(by_numpy, x, create_graph=True)
    with pytest.raises(RuntimeError):
        hessian(lambda x: apply(exp_by_numpy, exp_gradient_by_numpy, [x]).sum(), at)


def test_inputs_without_a_gradient_and_inputs_returned_as_they_are():
    x, y = (torch.tensor([2.0], requires_grad=True) for _ in range(2))
    apply(lambda x, y: x * y, lambda g, x, y: [None, g * x], [x, y]).backward()
    assert x.grad is None and y.grad.tolist() == [2.0]
    value = apply(lambda x, y: x * y, lambda g, x, y: [None, g * x], [x, y])
    (first,) = torch.autograd.grad(value, y, create_graph=True)
    assert torch.autograd.grad(first, x)[0].tolist() == [1.0]
    y.grad = None
    apply(lambda y: y, lambda g, y: [g * 3], [y]).backward()
    assert y.grad.tolist() == [3.0]


def test_gradients_that_do_not_fit_are_told():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(DtypeError, match="for each input: 1 of them, not 2"):
        apply(lambda x: x * 2, lambda g, x: [g, g], [x]).sum().backward()
    with pytest.raises(DtypeError, match=r"shape \[\] for input 1, whose shape is \[2\]"):
        apply(lambda x: x * 2, lambda g, x: [g.sum()], [x]).sum().backward()
