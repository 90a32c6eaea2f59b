skip_if_no_torch()

M <- matrix(c(4, 1, 2, 1, 3, 0, 0.5, 0, 2), 3)
P <- crossprod(M)

test_that("inverses, factors and determinants are R's", {
  expect_equal(as_r(solve(as_tensor(M))), solve(M), tolerance = 1e-14)
  expect_equal(as_r(solve(as_tensor(M), 1:3)), solve(M, 1:3), tolerance = 1e-14)
  expect_equal(as_r(solve(as_tensor(M), as_tensor(P))), solve(M, P), tolerance = 1e-14)
  expect_equal(as_r(det(as_tensor(M))), det(M), tolerance = 1e-14)
  found <- determinant(as_tensor(-M), logarithm = FALSE)
  expect_equal(as_r(found$modulus), c(determinant(-M, logarithm = FALSE)$modulus), tolerance = 1e-14)
  expect_identical(as_r(found$sign), -1)
  below <- P
  below[lower.tri(below)] <- NaN # which R does not look at
  expect_equal(as_r(chol(as_tensor(below))), chol(P), tolerance = 1e-14)
})

test_that("integers count in float64, and one number is a matrix", {
  expect_identical(as_r(solve(as_tensor(matrix(c(2L, 0L, 0L, 4L), 2)))), diag(c(0.5, 0.25)))
  expect_identical(as_r(solve(as_tensor(4))), solve(4))
})

test_that("they are in autograd's graph", {
  x <- as_tensor(P, requires_grad = TRUE)
  for (f in list(solve, chol, det)) {
    x$grad <- NULL
    sum(f(x))$backward()
    expect_false(is.null(x$grad))
  }
  # d det(x) / dx is the transposed inverse, times det(x).
  expect_equal(as_r(x$grad), t(solve(P)) * det(P), tolerance = 1e-12)
})

test_that("what has no answer is refused", {
  expect_says(solve(as_tensor(matrix(0, 2, 2))), "lossy", "singular")
  hilbert <- 1 / outer(1:13, 1:13, function(i, j) i + j - 1)
  expect_error(solve(hilbert))
  expect_says(solve(as_tensor(hilbert)), "lossy", "reciprocal condition number")
  expect_identical(dim(solve(as_tensor(hilbert), tol = 0)), c(13L, 13L))
  expect_says(chol(as_tensor(-P)), "lossy", "positive definite")
  expect_says(solve(as_tensor(M[1:2, ])), "dtype", "square")
  expect_says(solve(as_tensor(M), 1:2), "dtype", "as many")
  expect_says(chol(as_tensor(P), pivot = TRUE), "dtype", "pivot")
  expect_says(det(as_tensor(M)$to_sparse()), "dtype", "to_dense()")
  expect_says(qr(as_tensor(M, requires_grad = TRUE)), "dtype", "torch$linalg$qr(x)")
})

test_that("qr() is R's, isSymmetric() tells of the values", {
  expect_equal(qr.R(qr(as_tensor(M))), qr.R(qr(M)))
  expect_true(isSymmetric(as_tensor(P)))
  expect_false(isSymmetric(as_tensor(M)))
})

test_that("what R refuses by its shape or type is an error", {
  for (x in list(1:3, array(1:8, c(2, 2, 2)))) {
    expect_error(isSymmetric(x))
    expect_says(isSymmetric(as_tensor(x)), "dtype", "isSymmetric() is of a matrix")
  }
  expect_error(det(M + 0i))
  z <- as_tensor(M + 0i)
  expect_says(det(z), "dtype", "as in R", "torch$linalg$det(x)")
  expect_equal(as_r(torch$linalg$det(z)), det(M) + 0i, tolerance = 1e-14)
})
