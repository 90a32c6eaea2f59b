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
