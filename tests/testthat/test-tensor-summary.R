skip_if_no_torch()

X <- matrix(c(3, -1, 4.5, 1, -5, 9), 2)

test_that("sums, products, extremes, means", {
  x <- as_tensor(X)
  for (name in c("sum", "prod", "min", "max", "mean")) {
    f <- match.fun(name)
    expect_equal(as_r(f(x)), f(X), tolerance = 1e-15, label = name)
    expect_identical(dim(f(x)), integer(), label = name)
  }
  expect_identical(as_r(range(x)), range(X))
  expect_identical(as_r(any(x > 8)), TRUE)
  expect_identical(as_r(all(x > 8)), FALSE)
  expect_identical(as_r(sum(as_tensor(c(TRUE, TRUE, FALSE)))), 2)
  expect_identical(as_r(mean(as_tensor(c(16777217L, 16777217L)))), 16777217)
  expect_identical(as_r(sum(as_tensor(numeric()))), 0)
  expect_identical(as_r(prod(as_tensor(numeric()))), 1)
})

test_that("NaN makes NaN, or is left out", {
  with <- c(2, NaN, 5)
  for (name in c("sum", "prod", "min", "max", "mean", "range")) {
    f <- match.fun(name)
    expect_true(all(is.nan(as_r(f(as_tensor(with))))), label = name)
    expect_equal(as_r(f(as_tensor(with), na.rm = TRUE)), f(with, na.rm = TRUE), label = name)
  }
})

test_that("what does not fit is refused", {
  x <- as_tensor(X)
  expect_says(max(x, "a"), "dtype", "character")
  expect_says(min(as_tensor(numeric())), "dtype", "without elements")
  expect_says(max(as_tensor(NaN), na.rm = TRUE), "dtype", "without elements")
  expect_says(mean(x, trim = "a"), "dtype", "`trim`")
  expect_says(quantile(x, type = 10), "dtype", "`type`")
  expect_says(sort(x, na.last = 3), "dtype", "`na.last`")
  expect_says(rep(x, 2), "dtype", "tile()")
})

test_that("distinct elements and rows come in the order of their first", {
  vectors <- list(
    c(3, 1, 3, 2, 1), c(0, NaN, 0, NA, -1), 5, numeric(), c(TRUE, TRUE, FALSE), c(1i, 2, 1i)
  )
  for (x in vectors) {
    found <- as_r(unique(as_tensor(x)))
    expect_identical(found[!is.na(found)], unique(x)[!is.na(unique(x))])
    expect_identical(sum(is.na(found)), min(1L, sum(is.na(x))))
  }
  set.seed(5)
  m <- matrix(sample(0:1, 60, replace = TRUE), 20)
  expect_identical(as_r(unique(as_tensor(m)), type = "integer"), unique(m))
})

quantiles_of <- function(x) {
  found <- c(stats::quantile(x, 0:2 / 4), mean(x), stats::quantile(x, 3:4 / 4))
  stats::setNames(found, c("Min.", "1st Qu.", "Median", "Mean", "3rd Qu.", "Max."))
}

test_that("summary() has R's numbers", {
  found <- summary(as_tensor(X))
  wanted <- summary(as.vector(X))
  expect_equal(unname(found$values), as.vector(unclass(wanted)), tolerance = 1e-15)
  expect_identical(names(found$values), names(wanted))
  expect_identical(found$nan, 0)
  set.seed(6)
  for (n in c(1, 2, 5, 100)) {
    v <- rnorm(n)
    expect_equal(summary(as_tensor(v))$values, quantiles_of(v), tolerance = 1e-14)
    whole <- sample.int(1000L, n)
    expect_equal(summary(as_tensor(whole))$values, quantiles_of(whole))
  }
  expect_identical(summary(as_tensor(c(1, NaN)))$nan, 1)
  expect_identical(summary(as_tensor(c(TRUE, TRUE, FALSE)))$values, c("FALSE" = 1, "TRUE" = 2))
  lines <- format(summary(as_tensor(c(1, 2, NaN))))
  expect_match(lines[1], "Min. .*Median.*NaN's")
  expect_identical(lines[3], "<float64 tensor [3] on cpu>")
  for (x in list(numeric(), NaN, 1i, as.raw(1:3))) {
    expect_output(print(summary(as_tensor(x))), "tensor")
  }
})

test_that("na.rm is TRUE or FALSE", {
  x <- as_tensor(c(1, NaN))
  for (na.rm in list(1, NA, "a", c(TRUE, TRUE))) {
    expect_says(sum(x, na.rm = na.rm), "dtype", "`na.rm` must be TRUE or FALSE")
    expect_says(mean(x, na.rm = na.rm), "dtype", "`na.rm` must be TRUE or FALSE")
  }
  expect_says(sort(x, decreasing = NA), "dtype", "`decreasing` must be TRUE or FALSE")
})

test_that("any() and all() are bools for every dtype", {
  for (dtype in c("uint8", "int8", "int64", "float32", "bool")) {
    x <- as_tensor(c(0, 1), dtype = dtype)
    expect_identical(as_r(any(x)), TRUE, label = dtype)
    expect_identical(as_r(all(x)), FALSE, label = dtype)
  }
})

test_that("sort(), order(), median() and quantile() are R's", {
  x <- c(3, -1, NaN, 4.5, 1, -5, 9, 1)
  t <- as_tensor(x)
  expect_identical(as_r(sort(t)), sort(x))
  expect_identical(as_r(sort(t, decreasing = TRUE)), sort(x, decreasing = TRUE))
  expect_identical(as_r(sort(as_tensor(X))), sort(X))
  expect_identical(order(t), order(x))
  whole <- x[-3]
  for (n in 1:7) {
    expect_identical(as_r(median(as_tensor(whole[1:n]))), median(whole[1:n]))
  }
  expect_identical(as_r(median(t)), NaN)
  expect_identical(as_r(median(t, na.rm = TRUE)), median(whole))
  expect_identical(as_r(median(as_tensor(c(1L, 2L)))), 1.5)
  p <- c(0, 0.1, 0.25, 0.5, 0.9, 1)
  expect_equal(as_r(quantile(t, p, na.rm = TRUE)), unname(quantile(whole, p)), tolerance = 1e-15)
  expect_equal(as_r(quantile(as_tensor(1:10))), unname(quantile(1:10)), tolerance = 1e-15)
  expect_says(quantile(t), "missing", "NaN", "na.rm = TRUE")
  expect_says(quantile(as_tensor(1:3), 2), "dtype", "`probs`")
})
