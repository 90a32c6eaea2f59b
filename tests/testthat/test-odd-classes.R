# Classes whose length(), dim() and other methods say something else than the vector has: beside the
# address of memory only the vector's own length and dim count.
skip_if_no_torch()

local_method <- function(generic, class, method, env = parent.frame()) {
  registerS3method(generic, class, method, envir = globalenv())
}

local_method("length", "longer", function(x) 50L)
local_method("length", "shorter", function(x) 1L)
local_method("dim", "wider", function(x) c(10L, 10L))
local_method("[", "longer", function(x, i) structure(numeric(), class = "longer"))
local_method("is.na", "longer", function(x) rep(FALSE, 50))
local_method("as.double", "longer", function(x, ...) 1:50 + 0)

odd <- function(class) structure(fresh64(1:3), class = c(class, "integer64"))
fresh64 <- function(x) bit64::as.integer64(x)[seq_along(x)]

test_that("an integer64 is lent, copied and told of as it is", {
  for (class in c("longer", "shorter", "wider")) {
    x <- odd(class)
    for (copy in list(FALSE, TRUE, NULL)) {
      t <- as_tensor(x, copy = copy)
      expect_identical(shape_of_tensor(t), 3)
      expect_identical(as_r(t), c(1, 2, 3))
    }
    info <- tensor_info(x)
    expect_identical(info$shape, 3)
    expect_identical(info$bytes, 24)
    expect_true(shares_memory(x, as_tensor(x, copy = FALSE)))
    expect_identical(shape_of_tensor(as_tensor(x, shape = c(3, 1))), c(3, 1))
    expect_says(as_tensor(x, shape = 50), "dtype", "length(x), 3")
    expect_says(as_tensor(x, shape = 50, copy = FALSE), "dtype", "length(x), 3")
  }
})

test_that("a missing value in one is reported", {
  x <- structure(fresh64(c(1, NA, 3)), class = c("longer", "integer64"))
  expect_says(as_tensor(x), "missing", "x[2]")
  expect_says(as_tensor(x, dtype = "int8", copy = NULL), "missing", "x[2]")
  expect_says(as_tensor(x, copy = NULL), "missing", "x[2]")
  expect_says(as_tensor(odd("longer") * 1000L, dtype = "int8"), "lossy", "x[1] is 1000")
})

test_that("dates and durations keep their own shape", {
  for (class in c("Date", "POSIXct", "difftime")) {
    x <- structure(c(1, 2, 3), class = c("wider", class), units = "secs")
    expect_identical(as_r(as_tensor(x)), c(1, 2, 3))
    y <- structure(c(1, 2, 3), class = c("longer", class), units = "secs")
    expect_identical(as_r(as_tensor(y)), c(1, 2, 3))
  }
})

test_that("all bytes of a matrix with a class count", {
  time <- structure(matrix(c(5, 6, 7, 1, 0, 1), 3), class = c("longer", "Surv"))
  expect_identical(tensor_info(time)$bytes, 48)
  expect_identical(tensor_info(time)$shape, c(3, 2))
  expect_true(shares_memory(time, time))
})

# Three flags in one integer, as the package bit has them.
local_method("length", "packed", function(x) 3L)
local_method("as.logical", "packed", function(x, ...) c(TRUE, FALSE, TRUE))

test_that("a class whose bare values are not its elements gets another remedy than those", {
  skip_if_no_torch()
  flags <- structure(5L, class = "packed")
  expect_says(as_tensor(flags), "dtype", "class packed", "not its elements", "as.logical(x)")
  expect_identical(as_r(as_tensor(as.logical(flags))), c(TRUE, FALSE, TRUE))
})
