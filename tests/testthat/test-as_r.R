skip_if_no_torch()

test_that("0-d and 1-d tensors become vectors without dim", {
  expect_identical(as_r(from_codes(7, "int16")$reshape(list())), 7L)
  expect_identical(as_r(from_codes(c(7, 8), "int16")), c(7L, 8L))
  expect_null(dim(as_r(torch$zeros(0L))))
})

test_that("more dimensions become arrays with the same indices", {
  tensor <- from_codes(1:6, "int32")$reshape(2L, 3L)
  expect_identical(as_r(tensor), matrix(1:6, 2, byrow = TRUE))
  expect_identical(as_r(tensor)[2, 1], 4L)
  cube <- from_codes(1:24, "int32")$reshape(2L, 3L, 4L)
  wanted <- aperm(array(1:24, c(4, 3, 2)))
  expect_identical(as_r(cube), wanted)
})

test_that("R vectors are returned as they are", {
  for (x in list(1:3, c(a = 1), TRUE, "a", as.raw(1), 1i, factor("a"))) {
    expect_identical(as_r(x), x)
  }
})

test_that("type = asks for an R type", {
  tensor <- from_codes(c(0, 1), "int64")
  expect_identical(as_r(tensor), c(0, 1))
  expect_identical(as_r(tensor, type = "integer"), 0:1)
  expect_identical(as_r(tensor, type = "logical"), c(FALSE, TRUE))
  expect_identical(as_r(tensor, type = "raw"), as.raw(0:1))
  expect_identical(as_r(tensor, type = "complex"), c(0i, 1 + 0i))
  wide <- as_r(from_codes("9223372036854775807", "int64"), type = "integer64")
  expect_s3_class(wide, "integer64")
  expect_identical(bits(wide), "7fffffffffffffff")
})

test_that("what R takes for NA is an error, unless it is to be kept", {
  int_min <- from_codes(c("1", "2147483648"), "int32")
  expect_says(as_r(int_min), "missing", "int32", "-2147483648 at [2]", "is R's NA",
    "type = \"double\"")
  expect_identical(as_r(int_min, na = "keep"), c(1L, NA))
  expect_identical(as_r(int_min, type = "double"), c(1, -2147483648))
  as_double <- from_codes("13970166044103278592", "float64") # -2147483648
  expect_says(as_r(as_double, type = "integer"), "missing", "-2147483648", "is R's NA")
  long_min <- from_codes("9223372036854775808", "int64")
  expect_says(as_r(long_min, type = "integer64"), "missing", "integer64's NA", "na = \"keep\"")
  expect_identical(bits(as_r(long_min, type = "integer64", na = "keep")), "8000000000000000")
  expect_says(as_r(long_min), "lossy", "-9223372036854775808", "x$double()")
})

test_that("the tensor is not changed by reading it", {
  tensor <- torch$ones(2L, requires_grad = TRUE)
  first <- as_r(tensor)
  first[1] <- 5
  expect_identical(codes(tensor), c("1065353216", "1065353216"))
  expect_true(tensor$requires_grad)
})

test_that("a later change of the tensor does not reach a copy", {
  tensor <- torch$ones(3L, dtype = torch$float64)
  copy <- as_r(tensor)
  tensor$add_(1)
  expect_identical(copy, c(1, 1, 1))
  expect_false(shares_memory(copy, tensor))
})

test_that("a tensor that is made of others has no memory to read", {
  masked <- torch$masked$masked_tensor(torch$ones(3L, dtype = torch$float64), torch$tensor(c(TRUE, FALSE, TRUE)))
  expect_says(as_r(masked), "dtype", "MaskedTensor", "no memory")
  expect_says(as_r(masked, copy = FALSE), "dtype", "MaskedTensor")
})
