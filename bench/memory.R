# memory.R CASE N: peak memory of one operation, in a process of its own. Prints two numbers: the peak
# above what there was before, and the size of the result (or, of a loop, the process's peak), in bytes.

suppressPackageStartupMessages(library(pytorchbridge))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "measure.R"))
arguments <- commandArgs(TRUE)
n <- as.numeric(arguments[2])
side <- as.integer(sqrt(n))
py <- reticulate::import("torch", convert = FALSE)

r_matrix <- function(value = 1.5) matrix(value, side, side)
tensor <- function(dtype) py$ones(side, side, dtype = py[[dtype]])
reading <- function(dtype, size) list(x = tensor(dtype), run = function(x) as_r(x), size = size)
strided <- function(x) list(x = x, run = function(x) as_r(x), size = 8)
filling <- function(x, size, ...) list(x = x, run = function(x) as_tensor(x, ...), size = size)

# What goes in, what is done, and the size of an element of the result.
cases <- list(
  "as_r float64, row-major" = function() reading("float64", 8),
  "as_r float64, column-major" = function() strided(tensor("float64")$t()),
  "as_r float32, row-major" = function() reading("float32", 8),
  "as_r int64, row-major" = function() reading("int64", 8),
  "as_r bool, row-major" = function() reading("bool", 4),
  "as_r bfloat16, flat" = function() strided(tensor("bfloat16")$flatten()),
  "as_tensor double to float64" = function() filling(r_matrix(), 8),
  "as_tensor double to float64, order F" = function() filling(r_matrix(), 8, order = "F"),
  "as_tensor double to float32" = function() filling(r_matrix(), 4, dtype = "float32"),
  "as_tensor integer to int64" = function() filling(r_matrix(1L), 8),
  "as_tensor logical to bool" = function() filling(r_matrix(TRUE), 1),
  "reticulate: py_to_r(t$numpy()) float32, row-major" = function() {
    list(x = tensor("float32"), run = function(x) reticulate::py_to_r(x$numpy()), size = 8)
  },
  "reticulate: from_numpy()$to(float32)$contiguous()" = function() {
    list(
      x = r_matrix(), size = 4,
      run = function(x) py$from_numpy(reticulate::r_to_py(x))$to(py$float32)$contiguous()
    )
  }
)

measure <- function(case) {
  made <- case()
  small <- if (inherits(made$x, "python.builtin.object")) py$ones(2L, 2L, dtype = made$x$dtype) else made$x[1:2, 1:2]
  for (i in 1:5) made$run(small) # so that R has compiled its functions
  gc()
  before <- status("VmRSS")
  reset_peak()
  result <- made$run(made$x)
  cat(status("VmHWM") - before, as.double(side)^2 * made$size, "\n")
}

# Results of 100 MB, none kept.
loops <- list(
  "loop of as_tensor()" = function() {
    x <- stats::runif(1.25e7)
    for (i in seq_len(n)) as_tensor(x)
  },
  "loop of t + 1" = function() {
    t <- as_tensor(stats::runif(1.25e7))
    for (i in seq_len(n)) t + 1
  },
  "loop of torch$add(t, 1)" = function() {
    t <- as_tensor(stats::runif(1.25e7))
    for (i in seq_len(n)) torch$add(t, 1)
  },
  "reticulate: loop of t$add(1)" = function() {
    t <- py$rand(12500000L, dtype = py$float64)
    for (i in seq_len(n)) t$add(1)
  }
)

name <- arguments[1]
if (name == "names") {
  cat(names(cases), sep = "\n")
} else if (name %in% names(loops)) {
  loops[[name]]()
  cat(NA, status("VmHWM"), "\n")
} else {
  measure(cases[[name]])
}
