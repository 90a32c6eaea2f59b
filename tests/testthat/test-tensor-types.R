skip_if_no_torch()

test_that("what base R asks of an object is answered as for the array", {
  for (x in list(c(1, 2), 1:2, c(TRUE, NA), 1i, matrix(1:4, 2), array(1, c(1, 1, 1)), matrix(1i))) {
    t <- as_tensor(x, na = if (is.logical(x)) TRUE else "error")
    expect_identical(is.numeric(t), is.numeric(x))
    expect_identical(is.matrix(t), is.matrix(x))
    expect_identical(is.array(t), is.array(x))
  }
  expect_false(is.array(torch$tensor(1)))
  expect_true(is.numeric(torch$ones(1L, dtype = torch$bfloat16)))
  expect_true(is.numeric(torch$ones(1L, dtype = torch$uint8)))
})

test_that("diag() and outer() see a matrix, coordinates a matrix of two columns", {
  expect_identical(as_r(diag(as_tensor(matrix(3)))), 3)
  expect_identical(as_r(diag(as_tensor(matrix(1:9, 3)))), c(1, 5, 9))
  m <- matrix(1:4 + 0, 2)
  expect_identical(outer(as_tensor(m), as_tensor(m)), outer(m, m))
  expect_identical(grDevices::xy.coords(as_tensor(m))$y, m[, 2])
})
