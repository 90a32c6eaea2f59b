skip_if_no_torch()

expect_comes_back <- function(x, ...) {
  expect_identical(as_r(as_tensor(x), ...), x)
}

test_that("every value of each type comes back", {
  expect_comes_back(c(TRUE, FALSE))
  expect_comes_back(c(.Machine$integer.max, -.Machine$integer.max, 0L), type = "integer")
  expect_comes_back(as.raw(0:255), type = "raw")
  expect_comes_back(complex(real = c(1, -0, Inf), imaginary = c(-2, 5e-324, -Inf)))
})

test_that("doubles come back bit by bit", {
  hex <- c(
    "0000000000000000", "8000000000000000", "0000000000000001", "800fffffffffffff",
    "7fefffffffffffff", "7ff0000000000000", "fff0000000000000", "4340000000000000",
    "4340000000000001", "3fb999999999999a"
  )
  expect_identical(bits(as_r(as_tensor(doubles(hex)))), hex)
  expect_identical(as_r(as_tensor(c(2^53, 2^53 + 2))), c(9007199254740992, 9007199254740994))
})

test_that("NA stays NA and NaN stays NaN in float64 and complex128", {
  back <- as_r(as_tensor(c(NA, NaN, 1)))
  expect_identical(is.nan(back), c(FALSE, TRUE, FALSE))
  expect_identical(is.na(back), c(TRUE, TRUE, FALSE))
  expect_identical(substring(bits(back[1]), 9), substring(NA_BITS, 9))
  z <- as_r(as_tensor(complex(real = NA, imaginary = c(1, NaN))))
  expect_identical(bits(Re(z)), bits(rep(NA_real_, 2)))
  expect_true(is.nan(Im(z[2])))
})

test_that("integer64 comes back with all digits", {
  digits <- c("9223372036854775807", "-9223372036854775807", "9007199254740993", "0")
  back <- as_r(as_tensor(integer64(digits)), type = "integer64")
  expect_s3_class(back, "integer64")
  expect_identical(as.character(back), digits)
})

test_that("arrays come back with dim, data frames as matrices", {
  for (dim in list(c(1, 1), c(3, 0), c(0, 0), c(2, 3, 4), c(2, 1, 3, 1, 2))) {
    x <- array(as.double(seq_len(prod(dim))), dim)
    expect_identical(as_r(as_tensor(x)), x)
  }
  expect_identical(as_r(as_tensor(iris[, 1:4])), unname(as.matrix(iris[, 1:4])))
  expect_identical(as_r(as_tensor(data.frame(a = 1:3, b = 4:6))), matrix(as.double(1:6), 3))
})

test_that("a large vector comes back", {
  set.seed(1)
  x <- rnorm(3e6)
  expect_identical(as_r(as_tensor(x)), x)
  m <- matrix(x, 1000)
  expect_identical(as_r(as_tensor(m)), m)
})

test_that("more than 2^31 - 1 elements come back", {
  skip_if_not(
    identical(Sys.getenv("PYTORCHBRIDGE_LONG_TESTS"), "true"),
    "PYTORCHBRIDGE_LONG_TESTS is not \"true\""
  )
  free <- grep("MemAvailable", readLines("/proc/meminfo"), value = TRUE)
  gigabytes <- as.numeric(gsub("[^0-9]", "", free)) / 2^20
  skip_if_not(gigabytes > 10, paste(round(gigabytes, 1), "GB of memory are free, 10 are needed"))
  n <- 2^31 + 16
  x <- raw(n)
  places <- c(1, 2^31 - 1, 2^31, 2^31 + 1, n)
  x[places] <- as.raw(1:5)
  tensor <- as_tensor(x)
  counted <- reticulate::py_eval("lambda t: str(t.numel())")
  expect_identical(counted(tensor), "2147483664")
  for (i in seq_along(places)) {
    item <- reticulate::py_eval(sprintf("lambda t: t[%.0f].item()", places[i] - 1))
    expect_identical(item(tensor), i)
  }
  rm(x)
  gc()
  back <- as_r(tensor, type = "raw")
  expect_identical(length(back), n)
  expect_identical(as.integer(back[places]), 1:5)
  rm(back)
  gc()
  expect_says(as_r(tensor, type = "logical"), "lossy", "2", "at [2147483647]", "(and 3 others)")
})
