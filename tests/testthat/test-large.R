# Results of 8 MB and more are written past the caches, in tiles or blocks that do not divide them.

skip_if_no_torch()

ROWS <- 1501L
COLUMNS <- 1003L

# Every value differs, and all are whole, so that each dtype holds them.
truth_matrix <- outer(seq_len(ROWS), seq_len(COLUMNS), function(i, j) (i - 1) * COLUMNS + (j - 1))

test_that("large values go both ways in another order", {
  t <- torch$arange(ROWS * COLUMNS)$reshape(ROWS, COLUMNS)
  expect_identical(as_r(t), truth_matrix)
  expect_true(torch$equal(as_tensor(truth_matrix), t$double()))
})

skip_if_quick()

test_that("large row-major tensors come to R value for value", {
  flat <- torch$arange(ROWS * COLUMNS)
  for (dtype in c("int64", "float32", "float64", "complex128")) {
    t <- flat$to(torch[[dtype]])$reshape(ROWS, COLUMNS)
    expect_true(all(as_r(t) == truth_matrix), info = dtype)
    expect_true(all(as_r(t$t()) == t(truth_matrix)), info = dtype)
    expect_true(all(as_r(t$flip(0L)$narrow(1L, 3L, 900L)) == truth_matrix[ROWS:1, 4:903]), info = dtype)
    expect_true(all(as_r(t$flatten()) == seq_len(ROWS * COLUMNS) - 1), info = dtype)
  }
})

test_that("large R values come to PyTorch value for value", {
  t <- torch$arange(ROWS * COLUMNS)$reshape(ROWS, COLUMNS)
  whole <- truth_matrix
  storage.mode(whole) <- "integer"
  for (order in c("C", "F")) {
    expect_true(torch$equal(as_tensor(truth_matrix, order = order), t$double()))
    expect_true(torch$equal(as_tensor(whole, order = order), t))
  }
  wide <- rbind(truth_matrix, truth_matrix) # float32 of which has 12 MB
  expect_true(torch$equal(as_tensor(wide, dtype = "float32"), torch$cat(list(t, t))$float()))
  expect_true(torch$equal(as_tensor(as.vector(wide), dtype = "float32"), torch$cat(list(t, t))$t()$flatten()$float()))
})

test_that("a misfit in a large tensor is found where it is", {
  t <- torch$zeros(ROWS, COLUMNS, dtype = torch$int64)
  t$view(-1L)$narrow(0L, 1500L * COLUMNS + 7L, 1L)$fill_(2^53)$add_(1L)
  expect_error(as_r(t), "[1501, 8]", fixed = TRUE, class = "pytorchbridge_lossy_error")
  expect_error(as_r(t$flatten()), "[1504508]", fixed = TRUE, class = "pytorchbridge_lossy_error")
})
