# R/call.R is the one door to Python: found in the code itself, as it is installed.

# What asks reticulate about Python's installation calls no Python.
ABOUT_INSTALLATIONS <- "^(virtualenv_|py_available$|py_config$|py_discover_config$)"

# Calls that leave the package's R code: `x$method(...)`, and functions of reticulate's.
calls_beside_the_door <- function(expression) {
  if (!is.call(expression)) {
    return(character())
  }
  f <- expression[[1]]
  method <- is.call(f) && identical(f[[1]], as.name("$")) && !identical(f[[2]], as.name("the"))
  foreign <- is.call(f) && identical(f[[1]], as.name("::")) && identical(f[[2]], as.name("reticulate")) &&
    !grepl(ABOUT_INSTALLATIONS, deparse1(f[[3]]))
  written <- Filter(function(part) !identical(part, quote(expr = )), as.list(expression))
  parts <- lapply(written, calls_beside_the_door)
  c(if (method || foreign) deparse1(expression), unlist(parts))
}

test_that("no function but the door's calls Python", {
  namespace <- asNamespace("pytorchbridge")
  # The door itself, and what loads the modules that users see.
  at_the_door <- c(
    "get_attribute", "set_attribute", "bridge_module", "add_to_python_path", "is_gone", "abort_python", "import_later"
  )
  others <- setdiff(ls(namespace, all.names = TRUE), at_the_door)
  found <- lapply(others, function(name) {
    f <- get(name, namespace)
    if (is.function(f)) calls_beside_the_door(body(f))
  })
  expect_identical(unlist(stats::setNames(found, others)), character())
})

test_that("what PyTorch refuses in a method is a condition of the package", {
  skip_if_no_torch()
  csc <- torch$eye(3L)$to_sparse_csc()
  expect_s3_class(tryCatch(aperm(csc), error = identity), "pytorchbridge_error")
  expect_says(torch$ones(2L)[["nosuch"]], "python", "nosuch")
})

test_that("objects of another session say so, whatever is asked of them", {
  skip_if_no_torch()
  gone <- unserialize(serialize(torch$ones(2L), NULL))
  expect_says(gone[["shape"]], "python", "is gone")
  expect_says(t(gone), "python", "is gone")
  expect_says(as.array(gone), "python", "is gone")
})
