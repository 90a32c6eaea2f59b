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
  written <- Filter(function(part) !identical(part, quote(expr = )), as.list(expression)) # nolint
  parts <- lapply(written, calls_beside_the_door)
  c(if (method || foreign) deparse1(expression), unlist(parts))
}

test_that("no function but the door's calls Python", {
  namespace <- asNamespace("pytorchbridge")
  # The door itself, and what loads the modules that users see.
  at_the_door <- c(
    "get_attribute", "set_attribute", "bridge_module", "add_to_python_path", "is_gone", "said_by_python",
    "abort_python", "clear_frames", "import_later", "start_direct_calls", "mend_interrupts", "take_over", "mind_fork",
    "offer_values", "call_object"
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
  gone <- gone_tensor()
  expect_says(gone[["shape"]], "python", "is gone")
  expect_says(t(gone), "python", "is gone")
  expect_says(as.array(gone), "python", "is gone")
})

# ---- how many calls a function makes ----------------------------------------------------------------

# Calls of functions written in Python, and what goes through the door otherwise: attributes, and methods
# that are written in C.
count_calls <- function(code, envir = parent.frame()) {
  code <- substitute(code)
  counter <- reticulate::import_from_path("count_calls", path = dirname(testthat::test_path("count_calls.py")))
  end <- counter$end # whose signature newer reticulate asks for
  others <- 0
  doors <- c("get_attribute", "set_attribute", "call_method")
  originals <- mget(doors, asNamespace("pytorchbridge"))
  put <- function(functions) Map(utils::assignInNamespace, doors, functions, "pytorchbridge")
  on.exit(put(originals))
  put(lapply(originals, function(original) {
    function(...) {
      others <<- others + 1
      original(...)
    }
  }))
  # Some calls are made once a session, or once in so many tensors.
  min(vapply(1:3, function(i) {
    others <<- 0
    counter$start()
    eval(code, envir)
    end() + others
  }, 0))
}

test_that("a conversion makes one call into Python", {
  skip_if_no_torch()
  x <- c(1, 2, 3)
  frame <- data.frame(a = 1:2, b = c(0.5, 1.5))
  tensor <- as_tensor(x)
  nested <- reticulate::py_eval("[{'a': 1, 'b': 'text'}, (2.5, None)]", convert = FALSE)
  expect_lte(count_calls(as_tensor(x)), 1)
  expect_lte(count_calls(as_tensor(x, dtype = "float32", device = "cpu", requires_grad = TRUE)), 1)
  expect_lte(count_calls(as_tensor(x, copy = FALSE)), 1)
  expect_lte(count_calls(as_tensor(x, copy = NULL)), 1)
  expect_lte(count_calls(as_tensor(frame)), 1)
  expect_lte(count_calls(as_tensor(factor("a"))), 1)
  view <- as_r(tensor, copy = FALSE)
  expect_lte(count_calls(as_tensor(view, copy = FALSE)), 1)
  expect_lte(count_calls(as_tensor(tensor, dtype = "float32")), 1)
  expect_lte(count_calls(as_r(tensor)), 1)
  expect_lte(count_calls(as_r(tensor, copy = FALSE)), 1)
  expect_lte(count_calls(as_r(tensor, copy = NULL)), 1)
  expect_lte(count_calls(as_r(nested)), 1)
  expect_lte(count_calls(as_numpy(tensor)), 1)
  expect_lte(count_calls(as.matrix(tensor)), 1)
  expect_lte(count_calls(as_r(tensor, type = "double", na = "keep")), 1)
  expect_identical(count_calls(as_r(x)), 0)
})

test_that("a conversion of several parts makes few", {
  skip_if_no_torch()
  x <- c(1, 2, 3)
  expect_lte(count_calls(as_numpy(x)), 2)
  expect_lte(count_calls(as_tensor(x, device = "meta")), 2)
  sparse <- torch$eye(3L)$to_sparse_csc()
  expect_lte(count_calls(as_r(sparse)), 1)
})

test_that("what is asked of a tensor makes one call", {
  skip_if_no_torch()
  x <- as_tensor(matrix(c(1, 2, 3, 4, 5, 6), 2))
  zero_d <- as_tensor(5, shape = integer())
  short <- c(1, 2, 3)
  counts <- c(
    "x[1, 2]" = count_calls(x[1, 2]),
    "x[1:2, c(3, 1)]" = count_calls(x[1:2, c(3, 1)]),
    "x[c(TRUE, FALSE), ]" = count_calls(x[c(TRUE, FALSE), ]),
    "x[[1, 2]]" = count_calls(x[[1, 2]]),
    "x[1, 2] <- 3" = count_calls(x[1, 2] <- 3),
    "x[1, ] <- vector" = count_calls(x[1, ] <- short),
    "x[1] <- NA" = count_calls(x[1] <- NA),
    "x[[1]] <- tensor" = count_calls(x[[1]] <- zero_d),
    "x + 1" = count_calls(x + 1),
    "x * x" = count_calls(x * x),
    "x + vector" = count_calls(x + short),
    "-x" = count_calls(-x),
    "sqrt" = count_calls(sqrt(x)),
    "round" = count_calls(round(x, 1)),
    "sum" = count_calls(sum(x)),
    "range" = count_calls(range(x)),
    "mean" = count_calls(mean(x)),
    "weighted.mean" = count_calls(weighted.mean(x, x)),
    "is.na" = count_calls(is.na(x)),
    "format" = count_calls(format(x)),
    "str" = count_calls(capture.output(str(x))),
    "summary" = count_calls(summary(x)),
    "dim" = count_calls(dim(x)),
    "length" = count_calls(length(x)),
    "head" = count_calls(head(x)),
    "tail of a 0-d tensor" = count_calls(tail(zero_d, 1)),
    "t" = count_calls(t(x)),
    "aperm" = count_calls(aperm(x, 2:1)),
    "c" = count_calls(c(x, 1)),
    "cbind" = count_calls(cbind(x, 1)),
    "rbind" = count_calls(rbind(x, short)),
    "all.equal" = count_calls(all.equal(x, x)),
    "as.data.frame" = count_calls(as.data.frame(x))
  )
  expect_identical(counts[counts > 1], counts[0])
})

test_that("what is shown of a tensor makes two calls at most", {
  skip_if_no_torch()
  x <- torch$rand(3L, 8L, 8L)
  expect_lte(count_calls(as.raster(x)), 2)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_lte(count_calls(plot(x)), 2)
  expect_lte(count_calls(x[] <- rep(c(1, 2), 96)), 2) # a long vector becomes a tensor first
})
