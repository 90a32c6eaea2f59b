skip_if_no_torch()

m <- function() from_codes(1:6, "int32")$reshape(2L, 3L)

test_that("as.array() has a dim, even with one dimension or none", {
  expect_identical(as.array(m()), matrix(1:6, 2, byrow = TRUE))
  expect_identical(as.array(from_codes(1:3, "int32")), array(1:3, 3))
  expect_identical(as.array(from_codes(7, "int32")$reshape(list())), array(7L, 1))
  expect_identical(as.array(from_codes(1:3, "int32"), type = "double"), array(c(1, 2, 3), 3))
})

test_that("as.matrix() makes a column of one dimension and refuses three", {
  expect_identical(as.matrix(m()), matrix(1:6, 2, byrow = TRUE))
  expect_identical(as.matrix(from_codes(1:3, "int32")), matrix(1:3))
  expect_identical(as.matrix(from_codes(7, "int32")$reshape(list())), matrix(7L))
  expect_says(as.matrix(torch$ones(2L, 2L, 2L)), "dtype", "3 dimensions", "as.array(x)")
})

test_that("as.vector() and the typed conversions are plain, in R's order", {
  wanted <- c(1L, 4L, 2L, 5L, 3L, 6L)
  expect_identical(as.vector(m()), wanted)
  expect_identical(as.vector(m(), "double"), as.double(wanted))
  expect_identical(as.vector(m(), "numeric"), as.double(wanted))
  expect_identical(as.vector(m(), "list"), as.list(wanted))
  expect_identical(as.vector(m(), "character"), as.character(wanted))
  expect_identical(as.double(m()), as.double(wanted))
  expect_identical(as.numeric(m()), as.double(wanted))
  expect_identical(as.integer(m()$double()), wanted)
  expect_identical(as.complex(m()), wanted + 0i)
  expect_identical(as.logical(from_codes(c(1, 0), "int32")), c(TRUE, FALSE))
})

test_that("they check as as_r() does", {
  half <- from_codes("4602678819172646912", "float64") # 0.5
  expect_says(as.integer(half), "lossy", "0.5", "integer")
  expect_says(as.logical(half), "lossy", "0.5", "logical")
  expect_says(as.double(torch$tensor(1i)), "lossy", "complex64 value 1i", "type = \"complex\"")
  expect_says(as.integer(from_codes("2147483648", "int32")), "missing", "-2147483648")
  expect_identical(as.integer(from_codes("2147483648", "int32"), na = "keep"), NA_integer_)
})

test_that("as.character() gives a text for each element", {
  expect_identical(as.character(as_tensor(1:3)), c("1", "2", "3"))
  expect_identical(as.character(as_tensor(c(1.5, NaN))), c("1.5", "NaN"))
  expect_identical(paste0("loss: ", mean(as_tensor(c(2, 3)))), "loss: 2.5")
})

test_that("an error tells what to write wherever it arises", {
  big <- torch$tensor(2L)$pow(53L) + 1L
  for (f in list(as.data.frame, as.list, as.vector, as.double)) {
    expect_says(f(big), "lossy", 'as_r(x, type = "integer64")')
  }
})
