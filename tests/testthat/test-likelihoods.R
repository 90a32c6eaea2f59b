# Ten likelihoods of the textbooks beside R's own functions: inst/examples/likelihoods.R.

skip_if_no_likelihoods <- function() {
  skip_if_no_torch()
skip_if_quick()
  for (package in c("MASS", "nlme", "survival")) {
    testthat::skip_if_not(requireNamespace(package, quietly = TRUE), paste("no R package", package))
  }
}

test_that("estimates and standard errors of ten likelihoods are those of R's own functions", {
  skip_if_no_likelihoods()
  example <- new.env()
  sys.source(system.file("examples", "likelihoods.R", package = "pytorchbridge"), example)
  expect_length(example$likelihoods, 10)
  for (name in names(example$likelihoods)) {
    different <- example$differences_from_truth(example$fit_likelihood(example$likelihoods[[name]]()))
    # Beside what an optimizer of R's without exact derivatives leaves; most are a thousand times closer.
    expect_lt(different[["estimate"]], 1e-4, label = paste("the estimates' difference of", name))
    expect_lt(different[["se"]], 1e-5, label = paste("the standard errors' difference of", name))
  }
})
