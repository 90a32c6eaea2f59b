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

# NA and NaN are told apart.
bits_or_na <- function(x) if (is.double(x)) ifelse(is.nan(x), "nan", ifelse(is.na(x), "na", bits(x))) else x

test_that("distinct elements and rows come in the order of their first", {
  vectors <- list(
    c(3, 1, 3, 2, 1), c(0, NaN, 0, NA, -1, NaN, NA), c(NA, NaN), 5, numeric(), c(TRUE, TRUE, FALSE), c(1i, 2, 1i)
  )
  for (x in vectors) {
    expect_identical(bits_or_na(as_r(unique(as_tensor(x)))), bits_or_na(unique(x)))
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

test_that("extremes of bools are whole numbers, as in R", {
  for (x in list(c(TRUE, FALSE, TRUE), FALSE, matrix(TRUE, 2, 2))) {
    for (name in c("min", "max", "range")) {
      f <- match.fun(name)
      found <- f(as_tensor(x))
      expect_identical(dtype_of_tensor(found), "int64", label = name)
      expect_identical(as_r(found), as.double(f(x)), label = name)
    }
    expect_identical(as_r(range(as_tensor(x), finite = TRUE)), as.double(range(x, finite = TRUE)))
    expect_identical(as_r(max(as_tensor(x), as_tensor(FALSE))), as.double(max(x, FALSE)))
  }
})

test_that("weighted.mean() is R's, for every dtype and shape", {
  set.seed(3)
  x <- c(200, 7, 255, 100, 93, 12)
  w <- c(3, 0, 100, 250, 1, 2)
  for (dtype in c("uint8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")) {
    t <- as_tensor(x, dtype = dtype)
    tolerance <- if (grepl("float", dtype)) as_r(torch$finfo(t$dtype)$eps) else 1e-15
    expect_equal(as_r(weighted.mean(t, as_tensor(w, dtype = dtype))), weighted.mean(x, w), tolerance = tolerance)
    expect_equal(as_r(weighted.mean(t, w)), weighted.mean(x, w), tolerance = 1e-14)
    expect_equal(as_r(weighted.mean(t)), mean(x), tolerance = tolerance)
  }
  large <- c(60000, 50000, 40000)
  expect_equal(as_r(weighted.mean(as_tensor(large, dtype = "float16"), as_tensor(large, dtype = "float16"))),
    weighted.mean(large, large), tolerance = 1e-3)
  expect_equal(as_r(weighted.mean(as_tensor(matrix(x, 2)), w)), weighted.mean(x, w), tolerance = 1e-15)
  expect_equal(as_r(weighted.mean(as_tensor(matrix(x)), matrix(w))), weighted.mean(x, w), tolerance = 1e-15)
  expect_equal(as_r(weighted.mean(as_tensor(c(TRUE, FALSE)), 1:2)), weighted.mean(c(TRUE, FALSE), 1:2))
  expect_equal(as_r(weighted.mean(as_tensor(c(1i, 2)), 1:2)), weighted.mean(c(1i, 2), 1:2))
  missing <- c(1, NaN, Inf, 4)
  for (v in list(c(1, 0, 0, 3), c(1, 2, 0, 3), c(1, 2, 3, 4), c(0, 0, 0, 0))) {
    for (na.rm in c(FALSE, TRUE)) {
      right <- weighted.mean(missing, v, na.rm = na.rm)
      expect_equal(as_r(weighted.mean(as_tensor(missing), v, na.rm = na.rm)), right)
    }
  }
  expect_says(weighted.mean(as_tensor(x), 1:2), "dtype", "2 weights for 6 elements")
  expect_says(weighted.mean(as_tensor(x), w, na.rm = NA), "dtype", "`na.rm`")
  expect_says(weighted.mean(as_tensor(x), factor(w)), "dtype", "factor")
  t <- as_tensor(c(1, 2), requires_grad = TRUE)
  v <- as_tensor(c(3, 1), requires_grad = TRUE)
  weighted.mean(t, v)$backward()
  expect_equal(as_r(t$grad), c(0.75, 0.25))
  expect_equal(as_r(v$grad), (c(1, 2) - 1.25) / 4)
})

test_that("complex numbers have no middle, with NaN or without", {
  for (z in list(c(1i, 2), c(1i, NaN))) {
    expect_error(mean(z, trim = 0.1))
    expect_says(mean(as_tensor(z), trim = 0.1), "dtype", "no order", "x$real")
    expect_says(median(as_tensor(z)), "dtype", "no order")
    expect_equal(Re(as_r(mean(as_tensor(z)))), Re(mean(z)))
  }
})

test_that("means of float32 do not overflow in between", {
  x <- c(3e38, 1e38, 2e38)
  expect_equal(as_r(mean(as_tensor(x, dtype = "float32"))), mean(x), tolerance = 1e-7)
  expect_equal(as_r(mean(as_tensor(c(60000, 50000), dtype = "float16"))), 55000, tolerance = 1e-3)
  expect_identical(dtype_of_tensor(mean(as_tensor(x, dtype = "float32"))), "float32")
})

test_that("means and quantiles of integers are exact, or an error", {
  large <- from_codes(c("9007199254740993", "1", "9007199254740992"), "int64")
  for (f in list(mean, function(x) mean(x, trim = 0.1), summary, quantile, function(x) weighted.mean(x, 1:3),
    function(x) weighted.mean(x$new_ones(3L), x))) {
    expect_says(f(large), "lossy", "9007199254740993", "to_device(x, dtype = \"float64\")")
  }
  expect_says(median(from_codes("9007199254740993", "int64")), "lossy", "2^53")
  expect_identical(as_r(median(large)), 2^53) # which lies in the middle
  expect_identical(as_r(quantile(large, c(0, 0.5))), c(1, 2^53))
  expect_equal(as_r(mean(to_device(large, dtype = "float64"))), (2^54 + 1) / 3)
  low <- from_codes(c("-9007199254740993", "-1"), "int64")
  expect_says(mean(low), "lossy", "-9007199254740993")
  expect_identical(as_r(mean(as_tensor(c(2^53, -2^53), dtype = "int64"))), 0)
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
