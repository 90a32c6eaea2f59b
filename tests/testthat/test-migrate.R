# The table "What changes when you load the package" of the document From reticulate, rTorch and torch.

skip_if_no_torch()

test_that("plain reticulate does with tensors what the table says", {
  skip_if_quick()
  found <- utils::packageVersion("reticulate")
  testthat::skip_if(found >= "1.30", paste("the table is of reticulate 1.28, and this is", found))
  said <- run_r(c(
    "torch <- reticulate::import('torch')",
    "t <- torch$arange(6L)$reshape(2L, 3L)",
    "loss <- torch$tensor(0.5)",
    "stopifnot(",
    "  length(t) == 2, torch$equal(t[[0]], torch$arange(3L)), torch$equal(t[1], torch$arange(3L, 6L)),",
    "  'add_' %in% names(t), identical(loss < 1, TRUE), identical(t == t, TRUE), isTRUE(loss < 1),",
    "  as.character(loss) == 'tensor(0.5000)', identical(suppressWarnings(is.na(t)), c(FALSE, FALSE))",
    ")",
    "if (loss < 1) cat('all so')"
  ))
  expect_identical(said, "all so")
})

test_that("with the package, tensors do what the table says", {
  t <- torch$arange(6L)$reshape(2L, 3L)
  loss <- torch$tensor(0.5)
  expect_identical(length(t), 6L)
  expect_identical(nrow(t), 2L)
  expect_error(t[[0]], class = "pytorchbridge_subscript_error")
  expect_identical(length(t[0]), 0L)
  expect_identical(as_r(t[[1]]), 0)
  expect_identical(as_r(t[2, ]), c(3, 4, 5))
  expect_null(names(t))
  expect_true(is_tensor(loss < 1))
  expect_error(if (loss < 1) "small")
  expect_identical(if (as_r(loss) < 1) "small", "small")
  expect_error(stopifnot(loss < 1), "not TRUE")
  expect_false(isTRUE(loss < 1))
  expect_identical(as.character(loss), "0.5")
  expect_identical(as_r(is.na(t)), matrix(FALSE, 2, 3))
})
