test_that("loading the package starts no Python", {
  said <- run_r(c(
    "library(pytorchbridge)",
    "cat(reticulate::py_available(initialize = FALSE), '\\n')",
    "t <- try(is_tensor(1), silent = TRUE)",
    "cat(reticulate::py_available(initialize = FALSE), '\\n')"
  ))
  expect_identical(trimws(utils::tail(said, 2)), c("FALSE", "FALSE"))
})

test_that("the first use starts Python, and a Python chunk can import pytorch_bridge", {
  skip_if_no_torch()
  said <- run_r(c(
    "library(pytorchbridge)",
    "reticulate::py_run_string('import pytorch_bridge as pb; n = pb.to_tensor([1, 2]).sum()')",
    "cat(as_r(reticulate::py$n), reticulate::py_available(), '\\n')"
  ))
  expect_identical(trimws(utils::tail(said, 1)), "3 TRUE")
})

test_that("all exports exist, and the table's functions are documented", {
  exports <- getNamespaceExports("pytorchbridge")
  wanted <- c(
    "as_tensor", "as_numpy", "as_r", "to_device", "cuda_is_available", "cuda_devices", "is_tensor",
    "dtype_table", "tensor_info", "shares_memory", "pytorch_config", "torch", "np"
  )
  expect_identical(setdiff(wanted, exports), character())
})
