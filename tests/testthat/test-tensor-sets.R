skip_if_no_torch()

test_that("duplicated() and anyDuplicated() are R's, from both ends", {
  set.seed(8)
  matrices <- list(
    c(3, 1, 3, 2, 1), c(NaN, 0, NaN), 5, numeric(), c(TRUE, TRUE, FALSE), c(1i, 2, 1i), c(2L, 2L),
    matrix(sample(0:1, 60, replace = TRUE), 20), array(sample(0:1, 24, replace = TRUE), c(6, 2, 2))
  )
  for (x in matrices) {
    for (last in c(FALSE, TRUE)) {
      t <- as_tensor(x)
      expect_identical(as_r(duplicated(t, fromLast = last)), c(duplicated(x, fromLast = last)))
      expect_identical(anyDuplicated(t, fromLast = last), anyDuplicated(x, fromLast = last))
    }
  }
  x <- matrix(c(1, 2, 1, 2, 3, 4), 2)
  expect_identical(as_r(duplicated(as_tensor(x), MARGIN = 2)), c(duplicated(x, MARGIN = 2)))
})

test_that("what has no elements has nothing distinct or duplicated, as in R", {
  for (x in list(matrix(0, 3, 0), matrix(0, 0, 3), matrix(0, 0, 0), matrix(0, 1, 0), array(0, c(2, 0, 2)))) {
    for (margin in 1:2) {
      t <- as_tensor(x)
      expect_identical(as_r(duplicated(t, MARGIN = margin)), c(duplicated(x, MARGIN = margin)))
      expect_identical(anyDuplicated(t, MARGIN = margin), anyDuplicated(x, MARGIN = margin))
      expect_identical(as_r(unique(t, MARGIN = margin)), unique(x, MARGIN = margin))
    }
  }
})

test_that("NA is another value than NaN, and a level that is left out or kept", {
  for (x in list(c(1, NA, NaN, NA, NaN), c(NaN, NA, 2), matrix(c(NA, NaN, NA, NaN), 2))) {
    t <- as_tensor(x)
    for (last in c(FALSE, TRUE)) {
      expect_identical(as_r(duplicated(t, fromLast = last)), c(duplicated(x, fromLast = last)))
      expect_identical(anyDuplicated(t, fromLast = last), anyDuplicated(x, fromLast = last))
    }
    expect_identical(factor(t), factor(x))
    expect_identical(factor(t, exclude = NULL), factor(x, exclude = NULL))
    expect_identical(addNA(t), addNA(x))
    expect_identical(split(seq_along(x), t), split(seq_along(x), x))
    expect_identical(tapply(seq_along(x), t, sum), tapply(seq_along(x), x, sum))
  }
})

test_that("what cannot be compared so is refused", {
  x <- as_tensor(c(1, 2))
  expect_says(duplicated(x, incomparables = 1), "dtype", "incomparables")
  expect_says(duplicated(x, MARGIN = 2), "dtype", "MARGIN")
  expect_says(duplicated(x$to_sparse()), "dtype", "to_dense()")
})
