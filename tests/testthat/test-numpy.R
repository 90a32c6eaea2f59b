skip_if_no_torch()

is_array <- function(x) inherits(x, "numpy.ndarray")

test_that("np stays unconverted, torch converts what Python returns", {
  a <- np$arange(5L)
  expect_true(is_array(a))
  expect_identical(reticulate::py_to_r(a$dtype$name), "int64")
  expect_type(torch$cuda$is_available(), "logical")
  expect_true(is_tensor(torch$ones(2L)))
})

test_that("tensor to NumPy shares: in-place changes are seen, out-of-place ones are not", {
  a <- torch$ones(5L)
  b <- as_numpy(a)
  expect_true(is_array(b))
  a$add_(1)
  expect_identical(as_r(b), rep(2, 5))
  a <- a$add(1)
  expect_identical(as_r(b), rep(2, 5))
  expect_identical(as_r(a), rep(3, 5))
})

test_that("NumPy to tensor shares, as from_numpy() does", {
  a <- np$arange(5L)
  for (tensor in list(torch$from_numpy(a), as_tensor(a))) {
    expect_true(shares_memory(a, tensor))
    expect_identical(dtype_of_tensor(tensor), "int64")
    np$add(a, 1L, out = a)
    expect_equal(tensor$sum()$item(), reticulate::py_to_r(a$sum()))
  }
  expect_identical(as_r(a), c(2, 3, 4, 5, 6))
})

test_that("np$arange(1, 5) is 1 2 3 4 in R", {
  expect_identical(as_r(np$arange(1, 5)), c(1, 2, 3, 4))
})

test_that("R values become arrays with memory of their own", {
  x <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  a <- as_numpy(x)
  expect_true(is_array(a))
  expect_identical(reticulate::py_to_r(a), x)
  expect_identical(reticulate::py_to_r(a$flags$c_contiguous), TRUE)
  np$add(a, 1, out = a)
  expect_identical(x, matrix(c(1, 2, 3, 4, 5, 6), 2))
  expect_identical(reticulate::py_to_r(as_numpy(1:3)$dtype$name), "int64")
  expect_identical(reticulate::py_to_r(as_numpy(1:3, dtype = "int8")$dtype$name), "int8")
  fortran <- as_numpy(x, order = "F")
  expect_identical(reticulate::py_to_r(fortran$flags$f_contiguous), TRUE)
  expect_identical(reticulate::py_to_r(fortran), x)
})

test_that("copy = has the Array API's meaning", {
  tensor <- torch$ones(3L)
  expect_true(shares_memory(as_numpy(tensor), tensor))
  expect_true(shares_memory(as_numpy(tensor, copy = FALSE), tensor))
  expect_false(shares_memory(as_numpy(tensor, copy = TRUE), tensor))
  z <- torch$ones(2L, dtype = torch$complex64)$conj()
  expect_says(as_numpy(z, copy = FALSE), "sharing", "conjugate", "copy =")
  a <- np$ones(3L)
  expect_false(shares_memory(as_tensor(a, copy = TRUE), a))
  expect_true(shares_memory(as_tensor(a, copy = FALSE), a))
  expect_says(as_tensor(np$flip(a), copy = FALSE), "sharing", "negative stride", "copy = TRUE")
  expect_says(as_tensor(a, dtype = "float32", copy = FALSE), "sharing", "float64", "another dtype")
  flipped <- as_tensor(np$flip(np$arange(3L)))
  expect_identical(codes(flipped), c("2", "1", "0"))
})

test_that("tensors with requires_grad become arrays too", {
  tensor <- torch$tensor(c(1, 2), requires_grad = TRUE)
  expect_identical(as_r(as_numpy(tensor)), c(1, 2))
})

test_that("dtypes that NumPy lacks are refused with the remedy", {
  for (dtype in available(c("bfloat16", "float8_e5m2"))) {
    tensor <- from_codes(0, dtype)
    expect_says(as_numpy(tensor), "dtype", "NumPy has no", dtype, "float32")
  }
  expect_says(as_numpy(from_codes("0,0", "complex32")), "dtype", "complex32", "complex64")
})

test_that("reticulate hands integer64 over with its values", {
  big <- bit64::as.integer64(c("9007199254740993", "-1"))
  a <- reticulate::r_to_py(big)
  expect_true(is_array(a))
  expect_identical(as_r(a, type = "integer64"), big)
  expect_identical(as_r(reticulate::r_to_py(big[1]), type = "integer64"), big[1])
  expect_identical(dtype_of_tensor(torch$tensor(big)), "int64")
  expect_error(reticulate::r_to_py(bit64::as.integer64(c(1, NA))), class = "pytorchbridge_missing_error")
})

test_that("what reticulate calls for as_numpy() gives the same, and its errors", {
  skip_if_no_torch()
  numbers <- reticulate::py_eval("[1, 2]", convert = FALSE)
  before <- options(pytorchbridge.direct_calls = FALSE)
  on.exit(options(before))
  expect_identical(as_r(as_numpy(numbers)), c(1, 2))
  expect_says(as_numpy(reticulate::py_eval("len", convert = FALSE)), "dtype", "builtin_function")
})
