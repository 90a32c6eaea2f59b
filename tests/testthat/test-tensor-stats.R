skip_if_no_torch()

X <- matrix(c(3, -1, 4.5, 1, -5, 9, 2, 2), 4)
plain <- function(x) matrix(x, nrow(x))

test_that("diff() is R's", {
  for (x in list(c(1, 4, 9, 16), c(1L, 5L, 2L), c(TRUE, FALSE, TRUE), X, 3, numeric())) {
    for (lag in 1:2) {
      for (times in 1:2) {
        expected <- diff(x, lag, times)
        # R from 4.6 on also keeps the type and the columns of a result without elements.
        if (length(expected) == 0) expected <- x[0]
        expect_equal(as_r(diff(as_tensor(x), lag, times)), expected)
      }
    }
  }
  expect_says(diff(as_tensor(X), 0), "dtype", "lag")
  expect_says(diff(as_tensor(1:3), 1, 1, 4), "dtype", "too many")
})

test_that("scale() is R's", {
  missing <- X
  missing[2, 1] <- NaN
  for (x in list(X, missing, c(1, 2, 4), matrix(1:6, 3))) {
    for (center in list(TRUE, FALSE)) {
      for (scaled in list(TRUE, FALSE)) {
        expect_equal(as_r(scale(as_tensor(x), center, scaled)), plain(scale(x, center, scaled)))
      }
    }
  }
  expect_equal(as_r(scale(as_tensor(X), c(1, 2), as_tensor(c(2, 4)))), plain(scale(X, c(1, 2), c(2, 4))))
  expect_says(scale(as_tensor(X), 1), "dtype", "2 columns")
  expect_says(scale(as_tensor(X), "a"), "dtype", "`center`")
})

test_that("rowsum() is R's, but for names", {
  groups <- c("b", "a", "b", "c")
  for (reorder in c(TRUE, FALSE)) {
    expect_equal(as_r(rowsum(as_tensor(X), groups, reorder)), plain(rowsum(X, groups, reorder)))
  }
  expect_equal(as_r(rowsum(as_tensor(1:4), as_tensor(c(2L, 1L, 2L, 1L)))), matrix(c(6, 4)))
  expect_equal(as_r(rowsum(as_tensor(c(1, NaN)), c(1, 1), na.rm = TRUE)), matrix(1))
  expect_says(rowsum(as_tensor(X), 1:3), "dtype", "3 groups for 4 rows")
  expect_says(rowsum(as_tensor(X), c(1, NA, 1, 1)), "missing", "`group`")
})

SMALL <- list(uint8 = c(200, 7, 255, 100, 93, 12), int8 = c(100, 7, 127, -128, 93, 12),
  int16 = c(32000, 7, 32767, -32768, 93, 12), int32 = c(2147483647, 7, 2147483000, -2147483647, 93, 12))

test_that("nothing of a small integer dtype wraps in between", {
  groups <- c(1, 1, 2, 1, 2, 2)
  for (dtype in names(SMALL)) {
    x <- SMALL[[dtype]]
    t <- as_tensor(x, dtype = dtype)
    expect_identical(as_r(rowsum(t, groups)), plain(rowsum(x, groups)), label = dtype)
    expect_identical(as_r(diff(t)), diff(x), label = dtype)
    expect_identical(as_r(diff(t, 2, 2)), diff(x, 2, 2), label = dtype)
    expect_identical(as_r(diff(as_tensor(matrix(x, 3), dtype = dtype))), diff(matrix(x, 3)), label = dtype)
    expect_equal(as_r(scale(t)), plain(scale(x)), tolerance = 1e-14, label = dtype)
    expect_identical(as_r(sum(t)), sum(x), label = dtype)
    expect_identical(as_r(cumsum(t)), cumsum(x), label = dtype)
    expect_equal(as_r(cumprod(t)), cumprod(x), tolerance = 1e-14, label = dtype)
    expect_equal(as_r(prod(t)), prod(x), tolerance = 1e-14, label = dtype)
    expect_equal(as_r(mean(t)), mean(x), tolerance = 1e-14, label = dtype)
    expect_equal(sd(t), sd(x), tolerance = 1e-14, label = dtype)
    expect_equal(apply(as_tensor(matrix(x, 2), dtype = dtype), 1, sum), apply(matrix(x, 2), 1, sum), label = dtype)
  }
  expect_identical(dtype_of_tensor(diff(as_tensor(as.raw(1:3)))), "int64")
  expect_identical(dtype_of_tensor(rowsum(as_tensor(as.raw(1:3)), c(1, 1, 1))), "int64")
})

test_that("nothing of a narrow float overflows or loses digits in between", {
  x <- c(60000, 50000, 40000, 3)
  t <- as_tensor(x, dtype = "float16")
  values <- as_r(t)
  expect_equal(as_r(scale(t)), plain(scale(values)), tolerance = 1e-3)
  expect_equal(as_r(scale(t, center = FALSE)), plain(scale(values, center = FALSE)), tolerance = 1e-3)
  large <- c(3e38, 1e38, -2e38)
  expect_equal(as_r(scale(as_tensor(large, dtype = "float32"))), plain(scale(large)), tolerance = 1e-6)
  steps <- c(-33024, 33024, 65504)
  expect_identical(as_r(diff(as_tensor(steps, dtype = "float16"), 1, 2)), diff(steps, 1, 2))
  expect_says(rowsum(t, c(1, 1, 2, 2)), "lossy", "does not fit float16")
  ones <- rep(1, 5000) # float16 has no 2049
  expect_identical(as_r(rowsum(as_tensor(ones, dtype = "float16"), ones)), plain(rowsum(ones, ones)))
  for (dtype in c("float16", "bfloat16", "float32")) {
    t <- as_tensor(X, dtype = dtype)
    for (result in list(scale(t), rowsum(t, c(1, 1, 2, 2)), diff(t), diff(t, 1, 2))) {
      expect_identical(dtype_of_tensor(result), dtype)
    }
  }
})

test_that("rowsum() is of numbers, as in R", {
  for (x in list(c(TRUE, FALSE), c(1i, 2))) {
    expect_error(rowsum(x, c(1, 1)))
  }
  flags <- as_tensor(c(TRUE, FALSE))
  expect_says(rowsum(flags, c(1, 1)), "dtype", "bool", "to_device(x, dtype = \"long\")")
  expect_identical(as_r(rowsum(to_device(flags, dtype = "long"), c(1, 1))), matrix(1))
  expect_says(rowsum(as_tensor(c(1i, 2)), c(1, 1)), "dtype", "complex128", "Re(x) and Im(x)")
})

test_that("NaN are left out", {
  x <- c(1, NaN, 3)
  m <- cbind(x, 4:6)
  expect_identical(as_r(na.omit(as_tensor(x))), c(1, 3))
  expect_identical(as_r(stats::na.exclude(as_tensor(m))), unname(m[-2, ]))
  expect_identical(as_r(na.omit(as_tensor(NaN, shape = integer()))), numeric())
  expect_identical(as_r(na.omit(as_tensor(array(NaN, c(1, 1, 1))))), array(NaN, c(1, 1, 1)))
  expect_identical(as_r(na.omit(as_tensor(1:2))), c(1, 2))
  expect_says(stats::na.fail(as_tensor(x)), "missing", "na.omit(x)")
  expect_identical(as_r(stats::na.fail(as_tensor(c(1, 2)))), c(1, 2))
})

test_that("they are in autograd's graph", {
  for (f in list(diff, scale, na.omit, function(x) rowsum(x, c(1, 1, 2, 2)))) {
    x <- as_tensor(X, requires_grad = TRUE)
    sum(f(x)^2)$backward()
    expect_false(is.null(x$grad))
  }
})
