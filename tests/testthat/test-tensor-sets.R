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

test_that("what cannot be compared so is refused", {
  x <- as_tensor(c(1, 2))
  expect_says(duplicated(x, incomparables = 1), "dtype", "incomparables")
  expect_says(duplicated(x, MARGIN = 2), "dtype", "MARGIN")
  expect_says(duplicated(x$to_sparse()), "dtype", "to_dense()")
})
