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
  skip_if_quick()
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

test_that("R's own package torch in the same session is told, whichever is loaded first", {
  skip_if_quick()
  folder <- tempfile("stub")
  on.exit(unlink(folder, recursive = TRUE))
  library <- file.path(folder, "library")
  for (made in c("torch", "library")) dir.create(file.path(folder, made), recursive = TRUE)
  writeLines("", file.path(folder, "torch", "NAMESPACE"))
  writeLines(
    c(
      "Package: torch", "Version: 0.0.1", "Title: A Stub", "License: GPL-2", "Description: Nothing.",
      "Author: pytorchbridge authors", "Maintainer: pytorchbridge authors <pytorchbridge@example.org>"
    ),
    file.path(folder, "torch", "DESCRIPTION")
  )
  installed <- system2(
    file.path(R.home("bin"), "R"), c("CMD", "INSTALL", "-l", library, file.path(folder, "torch")),
    stdout = FALSE, stderr = FALSE, env = "R_TESTS="
  )
  expect_identical(installed, 0L)
  stub <- sprintf("library(torch, lib.loc = '%s')", library)
  told <- "R's package torch is loaded too.*crash"
  expect_match(paste(run_r(c(stub, "library(pytorchbridge)")), collapse = " "), told)
  expect_match(paste(run_r(c("library(pytorchbridge)", stub)), collapse = " "), told)
  expect_no_match(paste(run_r("library(pytorchbridge)"), collapse = " "), "torch is loaded")
})
