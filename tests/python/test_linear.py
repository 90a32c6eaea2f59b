"""Linear algebra, sets and statistics against NumPy and plain loops."""

import numpy as np
import pytest
import torch

from pytorch_bridge import complex as parts
from pytorch_bridge import linear, sets, statistics
from pytorch_bridge.errors import DtypeError, LossyError

MATRIX = torch.tensor([[4.0, 1.0], [1.0, 3.0]], dtype=torch.float64)


def test_solve_is_numpys():
    np.testing.assert_allclose(linear.solve(MATRIX), np.linalg.inv(MATRIX.numpy()))
    right = torch.tensor([1, 2])
    np.testing.assert_allclose(
        linear.solve(MATRIX, right), np.linalg.solve(MATRIX.numpy(), right.numpy())
    )


@pytest.mark.parametrize("matrix", [[[1, 2], [2, 4]], [[1.0, 1.0], [1.0, 1.0 + 1e-16]]])
def test_singular_matrices_are_refused(matrix):
    with pytest.raises(LossyError, match="singular"):
        linear.solve(torch.tensor(matrix, dtype=torch.float64))


def test_singular_matrices_are_refused_without_a_tolerance():
    with pytest.raises(LossyError, match="exactly singular"):
        linear.solve(torch.zeros(2, 2), None, 0.0)


def test_cholesky_reads_the_upper_triangle():
    spoiled = MATRIX.clone()
    spoiled[1, 0] = torch.nan
    upper = linear.chol(spoiled)
    np.testing.assert_allclose(upper.mT @ upper, MATRIX)


def test_the_gradient_of_cholesky_is_that_of_the_upper_triangle():
    matrix = MATRIX.clone().requires_grad_()
    linear.chol(matrix).diagonal().log().sum().backward()
    # Half the logarithm of the determinant, a c - b^2, as a function of the three numbers read.
    (a, b), (_, c) = MATRIX.tolist()
    of_determinant = np.array([[c, -2 * b], [0, a]]) / (a * c - b * b) / 2
    np.testing.assert_allclose(matrix.grad, of_determinant)


def test_the_gradient_of_cholesky_of_complex_numbers():
    real = torch.tensor([0.3], dtype=torch.float64)

    def factor(x):
        off = torch.complex(x[0], 2 * x[0])
        whole = MATRIX.to(torch.complex128).clone()
        whole[0, 1] = off
        return torch.view_as_real(linear.chol(whole).resolve_conj())

    assert torch.autograd.gradcheck(factor, real.requires_grad_())


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 2, 2)])
def test_only_square_matrices(shape):
    for function in (linear.solve, linear.chol, linear.determinant):
        with pytest.raises(DtypeError, match="square"):
            function(torch.ones(shape))


@pytest.mark.parametrize("from_last", [False, True])
def test_duplicated_against_a_loop(from_last):
    values = [3, 1, 3, 2, 1, 1]
    order = range(len(values))[:: -1 if from_last else 1]
    wanted, seen = [False] * len(values), set()
    for i in order:
        wanted[i] = values[i] in seen
        seen.add(values[i])
    assert sets.duplicated(torch.tensor(values), 0, from_last).tolist() == wanted


def test_sum_by_group_against_a_loop():
    rows, group = torch.arange(8).reshape(4, 2), [1, 0, 1, 1]
    found = statistics.sum_by_group(rows, torch.tensor(group), 2)
    wanted = [[0, 0], [0, 0]]
    for row, g in zip(rows.tolist(), group):
        wanted[g] = [a + b for a, b in zip(wanted[g], row)]
    assert found.tolist() == wanted


def test_scale_against_numpy():
    x = np.array([[1.0, 5.0], [2.0, -1.0], [4.0, 0.5]])
    found = statistics.scale(torch.from_numpy(x))
    np.testing.assert_allclose(found, (x - x.mean(0)) / x.std(0, ddof=1))


def test_arguments_of_integers_are_float64():
    assert parts.part("Arg", torch.tensor([-1])).dtype == torch.float64
