skip_if_no_torch()

in_session <- function(lines) {
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c("suppressMessages(library(pytorchbridge))", lines), script)
  suppressWarnings(system2(file.path(R.home("bin"), "Rscript"), script, stdout = TRUE, stderr = FALSE))
}

test_that("the first line of a session is right", {
  skip_if_quick()
  expect_identical(in_session("t <- torch$tensor(0.25); cat(sprintf('loss %.2f', t))"), "loss 0.25")
  expect_identical(
    in_session("t <- reticulate::import('torch')$tensor(0.5); cat(gettextf('%.1f of %.2f', t, t))"), "0.5 of 0.50"
  )
})

test_that("sprintf() takes one value, and says so of more", {
  one <- as_tensor(2.5)
  expect_identical(sprintf("%.2f and %s", one, one), "2.50 and 2.5")
  for (n in 2:4) {
    x <- as_tensor(seq_len(n) / 2)
    expect_says(sprintf("%.1f", x), "dtype", paste(n, "values"), "as.vector(x)")
    expect_says(sprintf("%s", x), "dtype", "as.vector(x)")
    expect_identical(sprintf("%.1f", as.vector(x)), sprintf("%.1f", seq_len(n) / 2))
  }
  # Elsewhere these are R's.
  expect_identical(as.character(as_tensor(c(1, 2))), c("1", "2"))
  expect_identical(sprintf("%d values", length(as_tensor(1:3))), "3 values")
})

test_that("diag() of a 1-d tensor says what to write, with the package Matrix too", {
  values <- c(3, 1, 2)
  x <- as_tensor(values)
  calls <- list(function(x) diag(x), function(x) diag(x, 3), function(x) diag(x, names = FALSE))
  if (requireNamespace("Matrix", quietly = TRUE)) calls <- c(calls, function(x) Matrix::diag(x))
  for (call in calls) {
    expect_says(call(x), "dtype", "write torch$diag(x), or diag(as.vector(x))")
    expect_identical(call(as.vector(x)), diag(values))
  }
  expect_identical(as_r(torch$diag(x)), diag(values))
  expect_says(diag(as_tensor(3), 2), "dtype", "torch$diag(x)")
  # These are R's: the size of an identity matrix, and what is on a diagonal.
  expect_identical(diag(as_tensor(3)), diag(3))
  expect_identical(as_r(diag(as_tensor(diag(values)))), values)
  expect_error(diag(torch$ones(2L, 2L, 2L)), "not one-dimensional")
  expect_false(is.array(x))
})

test_that("ifelse() keeps the dim", {
  m <- matrix(c(1, 3, 2, 4), 2)
  expect_identical(ifelse(as_tensor(m) > 2, 1, 0), ifelse(m > 2, 1, 0))
  expect_identical(ifelse(as_tensor(c(1, 3)) > 2, "a", "b"), c("b", "a"))
  expect_identical(as.logical(as_tensor(m) > 2), as.logical(m > 2))
  expect_says(ifelse(m > 2, as_tensor(m), 0), "dtype", "torch$where()")
})

test_that("what has only the class of a tensor is refused, not read as an address", {
  hollow <- structure(c(1, 2), class = class(as_tensor(1)))
  for (f in list(dim, length, as_r, print, format, function(x) x + 1, function(x) x[1], as.vector, as_tensor)) {
    expect_says(f(hollow), "dtype", "none", "unclass(x)")
  }
  expect_identical(unclass(hollow), c(1, 2))
  expect_says(utils::write.csv(as_tensor(matrix(1:4, 2)), tempfile()), "dtype", "as_r()")
})

test_that("under torch$vmap() what has to see values says so, and what has not works", {
  rows <- rbind(c(3, 1, 2), c(6, 5, 4))
  under <- function(f) {
    failed <- NULL
    attempted <- function(x) {
      tryCatch(f(x), error = function(e) {
        failed <<- e
        x
      })
    }
    out <- torch$vmap(attempted)(as_tensor(rows))
    if (is.null(failed)) as_r(out) else stop(failed)
  }
  for (f in list(sort, unique, duplicated, median, quantile, summary, function(x) all.equal(x, x))) {
    expect_says(under(f), "dtype", "torch$vmap()")
  }
  expect_says(under(median), "dtype", "x$quantile(0.5)")
  expect_identical(under(function(x) x$quantile(0.5)), apply(rows, 1, median))
  expect_says(under(quantile), "dtype", "x$quantile(q)")
  expect_says(under(sort), "dtype", "x$sort()$values")
  expect_identical(under(function(x) x$sort()$values), t(apply(rows, 1, sort)))
  assigned <- under(function(x) {
    x <- x$clone()
    x[1] <- 0
    x
  })
  expect_identical(assigned, cbind(0, rows[, 2:3]))
})

test_that("names are refused, but none at all is what tensors have", {
  x <- as_tensor(c(1, 2))
  expect_says(names(x) <- c("a", "b"), "dtype", "as_r(x)")
  expect_says(dimnames(x) <- list(c("a", "b")), "dtype", "as_r(x)")
  names(x) <- NULL
  expect_identical(as_r(x), c(1, 2))
})
