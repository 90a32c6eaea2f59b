skip_if_no_torch()

test_that("classes whose values are their bare numbers give these", {
  m <- matrix(c(1.5, 2, 3, 4), 2)
  expect_identical(as_r(as_tensor(ts(c(1.5, 2), start = 2000))), c(1.5, 2))
  expect_identical(as_r(as_tensor(ts(m))), m)
  expect_identical(as_r(as_tensor(table(c("a", "b", "a")))), c(2, 1))
  expect_identical(as_r(as_tensor(table(1:2, 1:2))), diag(2))
  expect_identical(as_r(as_tensor(stats::xtabs(~cyl, datasets::mtcars))), c(11, 7, 14))
  expect_identical(as_r(as_tensor(I(c(1, 2)))), c(1, 2))
  expect_identical(as_r(as_tensor(I(factor(c("b", "a"))))), c(1, 0))
  basis <- stats::poly(1:4, 2)
  expect_identical(as_r(as_tensor(basis)), matrix(as.vector(basis), 4))
  expect_says(as_tensor(ts(c(1L, NA))), "missing", "x[2]")
  expect_says(as_tensor(ts(c(1, 2)), copy = FALSE), "sharing", "copy = TRUE")
  expect_says(as_tensor(I("a")), "dtype", "AsIs")
})

test_that("zoo and xts give their numbers", {
  skip_if_not_installed("zoo")
  expect_identical(as_r(as_tensor(zoo::zoo(c(1.5, 2)))), c(1.5, 2))
  skip_if_not_installed("xts")
  days <- as.Date("2020-01-01") + 0:1
  expect_identical(as_r(as_tensor(xts::xts(c(1, 2), days))), matrix(c(1, 2)))
})

test_that("a matrix column is several, and named so in errors", {
  d <- data.frame(a = 1:2)
  d$m <- matrix(c(1.5, 2, 3, 4), 2)
  d$s <- ts(c(7, 8))
  expect_identical(as_r(as_tensor(d)), unname(cbind(1:2, d$m, 7:8)))
  d$m[1, 2] <- NA
  expect_says(as_tensor(d, dtype = "int64"), "missing", "x$m[, 2]")
})

test_that("the remedies of other classes work on the object", {
  Lengths <- methods::setClass("Lengths", contains = "numeric", where = environment())
  on.exit(methods::removeClass("Lengths", where = environment()))
  x <- Lengths(2.5)
  expect_says(as_tensor(x), "dtype", "as_tensor(as.numeric(x))")
  expect_identical(as_r(as_tensor(as.numeric(x))), 2.5)
  picture <- grDevices::as.raster(matrix(c(0, 1), 1))
  expect_says(as_tensor(picture), "dtype", "grDevices::col2rgb(x)")
  expect_identical(as_r(as_tensor(grDevices::col2rgb(picture))), cbind(c(0, 0, 0), c(255, 255, 255)))
})
