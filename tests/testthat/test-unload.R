skip_if_no_torch()

# The C code is unloaded, as pkgload does it before it loads a package anew; in a session of its own.
after_unloading <- function(before, after) {
  run_r(c(
    "suppressMessages(library(pytorchbridge))",
    before,
    "path <- system.file(package = 'pytorchbridge')",
    "library.dynam.unload('pytorchbridge', path)",
    after
  ))
}

test_that("views and loans outlive the unloading of the package's C code", {
  skip_if_quick()
  said <- after_unloading(
    c(
      "reticulate::py_run_string('import torch; t = torch.arange(1000, dtype = torch.float64)')",
      "v <- as_r(reticulate::py$t, copy = FALSE)",
      "x <- rep(1, 1000)",
      "reticulate::py_set_attr(reticulate::import_main(), 'u', as_tensor(x, copy = FALSE))"
    ),
    c(
      "reticulate::py_run_string('t.add_(1); u.add_(1)')",
      "cat('seen', sum(v), sum(x), '\\n')",
      "v[1] <- 0",
      "rm(x)",
      "reticulate::py_run_string('del t, u')",
      "for (i in 1:3) { reticulate::import('gc')$collect(); gc() }",
      "cat('alive', sum(v), '\\n')"
    )
  )
  expect_true(any(grepl("seen 500500 2000", said)), paste(said, collapse = "\n"))
  expect_true(any(grepl("alive 500499", said)), paste(said, collapse = "\n"))
})

test_that("loaded anew, it knows the views and the loans that were there", {
  skip_if_quick()
  said <- after_unloading(
    c(
      "v <- as_r(torch$ones(1000L, dtype = torch$float64), copy = FALSE)",
      "x <- rep(1, 1000)",
      "u <- as_tensor(x, copy = FALSE)"
    ),
    c(
      "dll <- library.dynam('pytorchbridge', 'pytorchbridge', dirname(path))",
      "is_a_view <- getNativeSymbolInfo('ptb_is_view', dll)",
      "loans <- getNativeSymbolInfo('ptb_loans', dll)",
      "cat('view', .Call(is_a_view, v), 'loans', .Call(loans), '\\n')",
      "rm(u)",
      "for (i in 1:3) { reticulate::import('gc')$collect(); gc() }",
      "cat('view', sum(v), 'loans', .Call(loans), '\\n')"
    )
  )
  expect_true(any(grepl("view TRUE loans 1", said)), paste(said, collapse = "\n"))
  expect_true(any(grepl("view 1000 loans 0", said)), paste(said, collapse = "\n"))
})
