# What once ended R goes on for 200 rounds in an R process of its own, with garbage collected after each.

ROUNDS <- 200L

# In each round each of the lines of code must give `value`, as text. before: lines that come first.
expect_rounds <- function(before, code, value) {
  said <- run_r(
    c(
      "library(pytorchbridge)",
      'attempt <- function(code) tryCatch(code, pytorchbridge_error = function(error) "refused")',
      before,
      paste0("found <- vapply(1:", ROUNDS, ", function(round) {"),
      "  answers <- c(", paste0("paste({", code, "}, collapse = ' ')", collapse = ",\n"), ")",
      "  gc(FALSE)",
      "  paste(unique(answers), collapse = ' or ')",
      '}, "")',
      'cat("found:", unique(found), "in", length(found))'
    ),
    env = paste0("PYTHONPATH=", Sys.getenv("PYTORCHBRIDGE_LIBRARIES"))
  )
  expect_identical(tail(said, 1), paste("found:", value, "in", ROUNDS))
}

test_that("read-only memory that is mapped is not written to", {
  skip_if_quick()
  skip_without_library("pyarrow")
  before <- c(
    OWN_TMPDIR,
    "main <- reticulate::py_run_string(\"",
    "import pyarrow as pa, tempfile",
    "path = tempfile.mktemp()",
    "column = pa.table({'a': [1.0, 2.0, 3.0]})",
    "with pa.OSFile(path, 'wb') as file, pa.ipc.new_file(file, column.schema) as out: out.write_table(column)",
    "def mapped(): return pa.ipc.open_file(pa.memory_map(path)).read_all()['a'].chunk(0)",
    "\", convert = FALSE)",
    "after <- function(change) {",
    "  x <- main$mapped()",
    "  attempt(change(x))",
    "  unlist(as_r(x$tolist()))",
    "}"
  )
  expect_rounds(before, c(
    "after(function(x) as_tensor(x)$mul_(10))",
    "after(function(x) { t <- as_tensor(x); t[1] <- 0 })",
    "after(function(x) as_numpy(x)$fill(7))",
    "after(function(x) torch$sigmoid_(as_tensor(x)[2:3]))"
  ), "1 2 3")
})

test_that("sparse indices beyond the shape reach no native code", {
  skip_if_quick()
  skip_if_no_torch()
  before <- c(
    "shape <- reticulate::tuple(2L, 2L)",
    "coo <- function(i, j) torch$sparse_coo_tensor(as_tensor(rbind(i, j)), as_tensor(c(5, 7)), shape)",
    "outside <- function() coo(c(0L, 0L), c(-1L, 1L))"
  )
  expect_rounds(before, c(
    "attempt(as_r(outside()))", "attempt(as.matrix(outside()))", "attempt(as_numpy(outside()))",
    "attempt(as_r(coo(c(0L, 9L), c(0L, 1L))))"
  ), "refused")
})

test_that("a slice of a gradient without memory is zero", {
  skip_if_quick()
  skip_if_no_torch()
  before <- c(
    "zeros <- function() {", "  x <- as_tensor(c(1.5, -2), requires_grad = TRUE)", "  torch$sgn(x)$sum()$backward()",
    "  x$grad", "}"
  )
  expect_rounds(before, c(
    "as_r(zeros()[2])", "as_r(zeros()[c(TRUE, FALSE)])", "as_r(as_tensor(zeros()[2], copy = TRUE))"
  ), "0")
})
