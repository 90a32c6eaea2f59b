# from_r("x") in Python is what as_tensor(x) is in R.

from_r <- function(call, ...) {
  values <- list(...)
  list2env(values, globalenv())
  on.exit(rm(list = names(values), envir = globalenv()))
  reticulate::py_run_string(paste0("import torch\nfrom pytorch_bridge import from_r, BridgeError\nmade = ", call))
  reticulate::py$made
}

test_that("every class arrives as as_tensor() makes it", {
  skip_if_no_torch()
  values <- list(
    TRUE, c(1L, 5L), c(0.5, NA, NaN), matrix(1:6, 2), 1i, as.raw(7), integer64("9007199254740993"),
    factor(c("u", "v", "u")), as.Date("2024-02-29"), .POSIXct(0.5, "Asia/Tokyo"), as.difftime(3, units = "hours"),
    data.frame(a = 1:2, b = c(0.5, 1)), setNames(data.frame(1:2, 3:4), c("a", "a")),
    data.frame(f = factor(c("u", "v")), d = as.Date("1970-01-02")), array(1:24, 2:4)
  )
  for (x in values) {
    made <- from_r("from_r('x')", x = x)
    expected <- as_tensor(x)
    expect_identical(dtype_of_tensor(made), dtype_of_tensor(expected))
    expect_identical(codes(made), codes(expected))
    expect_identical(shape_of_tensor(made), shape_of_tensor(expected))
  }
})

test_that("arguments go along", {
  skip_if_no_torch()
  x <- c(1L, NA, 3L)
  expect_identical(as_r(from_r("from_r('x', na='nan')", x = x)), c(1, NA, 3))
  expect_identical(as_r(from_r("from_r('x', na=7, dtype=torch.int16)", x = x)), c(1L, 7L, 3L))
  expect_identical(dim(from_r("from_r('x', shape=[3, 1], na=0, device='cpu')", x = x)), c(3L, 1L))
  expect_true(from_r("from_r('y', requires_grad=True)", y = 1.5)$requires_grad)
  lent <- c(1, 2)
  made <- from_r("from_r('lent', copy=False)", lent = lent)
  expect_true(shares_memory(made, lent))
})

error_in_python <- function(call, ...) {
  made <- from_r(paste0("None
try: ", call, "
except Exception as error: made = [type(error).__name__, str(error)]"), ...)
  unlist(made)
}

test_that("conditions of R are errors of the same kind in Python", {
  skip_if_no_torch()
  missing <- error_in_python("from_r('x')", x = c(1L, NA))
  expect_identical(missing[1], "MissingError")
  expect_match(missing[2], "(x[2])", fixed = TRUE)
  expect_no_match(missing[2], "See ?", fixed = TRUE)
  expect_identical(error_in_python("from_r('x', dtype='uint8')", x = 300)[1], "LossyError")
  expect_identical(error_in_python("from_r('x', dtype='uint9')", x = 300)[1], "DtypeError")
  expect_identical(error_in_python("from_r('x', copy=False)", x = TRUE)[1], "SharingError")
  expect_match(error_in_python("from_r('x', colour=3)", x = 1)[2], "no argument `colour`", fixed = TRUE)
  expect_match(error_in_python("from_r('no such name')")[2], "no R object named \"no such name\"", fixed = TRUE)
  expect_match(error_in_python("from_r(5)")[2], "`name` must be the name of an R object", fixed = TRUE)
})
