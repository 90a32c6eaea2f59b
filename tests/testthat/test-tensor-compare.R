skip_if_no_torch()

test_that("all.equal tells dtype, shape and values apart", {
  x <- as_tensor(c(1, 2, 3))
  expect_true(all.equal(x, as_tensor(c(1, 2, 3))))
  expect_true(all.equal(x, x + 1e-10))
  expect_match(all.equal(x, x + 1), "Mean relative difference: 0.5")
  expect_true(all.equal(x, x + 1, tolerance = 1))
  expect_identical(all.equal(x, as_tensor(1:3)), "The dtypes differ: float64, int64")
  expect_true(all.equal(x, as_tensor(1:3), check.attributes = FALSE))
  expect_identical(all.equal(x, x$reshape(3L, 1L)), "The shapes differ: [3], [3, 1]")
  expect_match(all.equal(x, c(1, 2, 3)), "numeric")
})

test_that("what is asked of all.equal() is checked, and tensors without values are not equal", {
  x <- as_tensor(c(1, 2, 3))
  expect_says(all.equal(x, x, check.attributes = "no"), "dtype", "`check.attributes` must be TRUE or FALSE")
  meta <- torch$zeros(2L, device = "meta")
  expect_says(all.equal(meta, meta$clone()), "dtype", "meta", "no values to compare")
  expect_identical(all.equal(x, torch$zeros(2L, 2L, device = "meta"))[2:3], c(
    "The shapes differ: [3], [2, 2]", "The devices differ: cpu, meta"
  ))
  nan <- as_tensor(c(NaN, 1))
  expect_true(all.equal(nan, nan$clone()))
  expect_match(all.equal(nan, as_tensor(c(1, 1))), "NA")
})

test_that("testthat's expectations fail for different tensors, and name the difference", {
  x <- as_tensor(c(1, 2, 3))
  expect_success(expect_equal(x, as_tensor(c(1, 2, 3))))
  expect_success(expect_equal(x, x + 1e-10))
  expect_success(expect_identical(x, x$clone()))
  expect_failure(expect_equal(x, as_tensor(c(1, 5, 3))), "values")
  expect_failure(expect_equal(x, as_tensor(1:3)), "dtype")
  expect_failure(expect_equal(x, x$reshape(3L, 1L)), "shape")
  expect_failure(expect_identical(x, x + 1e-10), "values")
  expect_failure(expect_equal(x, c(1, 2, 3)))
  expect_failure(expect_equal(list(a = x), list(a = x + 1)), "values")
  large <- from_codes(c("9007199254740993", "1"), "int64")
  expect_failure(expect_equal(large, large - 1L), "values")
  expect_success(expect_equal(large, large$clone()))
})

test_that("a sparse tensor differs from a dense one, and not from itself", {
  dense <- torch$ones(2L, 2L)
  expect_true(is.character(all.equal(dense$to_sparse(), dense)))
  expect_true(all.equal(dense$to_sparse(), dense$to_sparse()))
  vector <- as_tensor(c(0, 1, 2))$to_sparse()
  expect_true(all.equal(vector, vector))
  expect_true(is.character(all.equal(vector, (vector * 2))))
})

test_that("int64 tensors that no R number holds are compared exactly, 0-d ones too", {
  big <- torch$tensor(2L)$pow(53L) + 1L
  expect_true(all.equal(big, big$clone()))
  expect_true(is.character(all.equal(big, big - 1L)))
})
