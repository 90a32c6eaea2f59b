# Truths come from tests/truth.py (PyTorch's own conversions, Python's integers) or from arithmetic in the
# tests; never from the code under test.

python_has <- function(module) {
  tryCatch(reticulate::py_module_available(module), error = function(error) FALSE)
}

skip_if_no_torch <- function() {
  for (module in c("numpy", "torch")) {
    testthat::skip_if_not(python_has(module), paste("Python finds no module", module))
  }
}

# Libraries of tools/requirements-libraries.txt, which tools/setup puts beside the environment.
skip_without_library <- function(...) {
  skip_if_no_torch()
  folder <- Sys.getenv("PYTORCHBRIDGE_LIBRARIES")
  path <- reticulate::import("sys", convert = FALSE)$path
  if (dir.exists(folder) && !folder %in% reticulate::py_to_r(path)) {
    path$append(folder)
  }
  for (module in c(...)) {
    testthat::skip_if_not(python_has(module), paste("Python finds no module", module))
  }
}

# An object of Python's, as it is there. code: may use the usual short names of libraries.
python_object <- function(code) {
  names <- c(
    np = "numpy", torch = "torch", pd = "pandas", pl = "polars", pa = "pyarrow", sp = "scipy.sparse",
    jnp = "jax.numpy", xr = "xarray", td = "tensordict", dt = "datetime"
  )
  used <- Filter(function(name) grepl(paste0("\\b", name, "[.]"), code), names(names))
  lines <- c(if (length(used) > 0) paste("import", names[used], "as", used), paste("made =", code))
  reticulate::py_run_string(paste(lines, collapse = "\n"), convert = FALSE)
  reticulate::import_main(convert = FALSE)$made
}

# The kind of device that tests put tensors on: CUDA where there is one, else the stand-in of
# tests/accelerator, which is not in the built package.
accelerator <- function() {
  skip_if_no_torch()
  if (torch$cuda$is_available()) {
    return("cuda")
  }
  standin()$load()
}

# The stand-in, whose switches make it do what no real device does when asked.
standin <- function() {
  skip_if_no_torch()
  testthat::skip_if(torch$cuda$is_available(), "a real device has no switches; CUDA_VISIBLE_DEVICES= hides it")
  folder <- Sys.getenv("PYTORCHBRIDGE_ACCELERATOR", "../accelerator")
  testthat::skip_if_not(dir.exists(folder), "tests/accelerator, the stand-in for a device, is not here")
  module <- reticulate::import_from_path("standin", path = normalizePath(folder))
  testthat::skip_if(nzchar(module$lacking()), module$lacking())
  module
}

# For what takes long: `tools/test` runs it once, `tools/test quick` and other passes leave it out.
skip_if_quick <- function() {
  testthat::skip_if(Sys.getenv("PYTORCHBRIDGE_TESTS") == "quick", "a long test, which tools/test runs")
}

# Of what `$` gives on the direct way alone.
are_calls_direct <- function() !isFALSE(getOption("pytorchbridge.direct_calls"))

skip_if_not_direct <- function() {
  testthat::skip_if_not(are_calls_direct(), "direct calls are off, and reticulate's results and errors are its own")
}

# A tensor goes at one collection, the loan that it held at the next, and the vector on loan at one more.
collect_all <- function() for (time in 1:4) gc()

# What counts by thousands is smaller there.
in_memcheck <- function() nzchar(Sys.getenv("MEMCHECK_LIBRARY"))

skip_without_dtype <- function(name) {
  if (!has_dtype(name)) {
    testthat::skip(paste0("PyTorch ", torch$`__version__`, " has no ", name))
  }
}

has_dtype <- function(name) reticulate::py_has_attr(torch, name)

state <- new.env()

# The functions of tests/truth.py.
truth <- function() {
  if (is.null(state$truth)) {
    state$truth <- reticulate::import_from_path("truth", "..") # testthat runs in the folder of the tests
  }
  state$truth
}

INTEGER_DTYPES <- c("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOAT8_DTYPES <- paste0("float8_", c("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu"))
FLOAT_DTYPES <- c("float16", "bfloat16", "float32", "float64", FLOAT8_DTYPES)
COMPLEX_DTYPES <- c("complex32", "complex64", "complex128")
ALL_DTYPES <- c("bool", INTEGER_DTYPES, FLOAT_DTYPES, COMPLEX_DTYPES)

available <- function(dtypes) Filter(has_dtype, dtypes)

# The bits of doubles (or of integer64, which lie in doubles) as 16 hexadecimal digits.
bits <- function(x) {
  bytes <- writeBin(as.vector(unclass(x)), raw(), endian = "big")
  apply(matrix(as.character(bytes), 8), 2, paste, collapse = "")
}

# The doubles with these bits.
doubles <- function(hex) {
  starts <- seq(1, 15, 2)
  bytes <- vapply(hex, function(text) strtoi(substring(text, starts, starts + 1), 16L), integer(8))
  readBin(as.raw(bytes), "double", length(hex), endian = "big")
}

# Bits, with one text for all NaN.
bits_or_nan <- function(x) ifelse(is.nan(x) | is.na(x), "nan", bits(x))

codes <- function(tensor) as.character(truth()$codes(tensor))
from_codes <- function(codes, dtype) truth()$from_codes(as.list(as.character(codes)), dtype)
torch_doubles <- function(tensor) as.character(truth()$doubles(tensor))

shape_of_tensor <- function(tensor) {
  vapply(seq_len(tensor$dim()) - 1L, function(d) as.double(tensor$size(d)), 0)
}
dtype_of_tensor <- function(tensor) sub("torch.", "", as.character(tensor$dtype), fixed = TRUE)

integer64 <- function(x) bit64::as.integer64(x)
NA_BITS <- "7ff00000000007a2" # R's NA: a NaN whose low word is 1954

# Expects a condition of this kind of the package, in at most three lines, which say this.
expect_says <- function(expr, kind, ...) {
  error <- testthat::expect_error(expr, class = paste0("pytorchbridge_", kind, "_error"))
  if (inherits(error, "error")) {
    testthat::expect_s3_class(error, "pytorchbridge_error")
    for (fragment in c(...)) {
      testthat::expect_match(conditionMessage(error), fragment, fixed = TRUE)
    }
    lines <- strsplit(conditionMessage(error), "\n", fixed = TRUE)[[1]]
    testthat::expect_identical(utils::tail(lines, 1), paste0("See ?pytorchbridge_", kind, "_error."))
    testthat::expect_lte(length(lines), 3)
    testthat::expect_no_match(conditionMessage(error), "Traceback", fixed = TRUE)
  }
  invisible(error)
}

# A problem that pytorch_config() tells, in two lines: what is wrong, and what to do.
expect_problem <- function(found, ...) {
  testthat::expect_length(found, 1)
  testthat::expect_length(strsplit(found, "\n", fixed = TRUE)[[1]], 2)
  for (text in c(...)) {
    testthat::expect_match(found, text, fixed = TRUE)
  }
}

# A tensor that was saved without what revives it, as earlier versions did.
gone_tensor <- function() {
  x <- as_tensor(1:3)
  attr(x, "capsule") <- NULL
  unserialize(serialize(x, NULL))
}

# As code for a session whose Python leaves folders behind: they lie in R's temporary one, and go with it.
OWN_TMPDIR <- "Sys.setenv(TMPDIR = tempdir())"

# Runs R code in a session of its own and returns what it printed.
run_r <- function(code, env = character()) {
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(paste0(".libPaths(", deparse1(.libPaths()), ")"), code), script)
  rscript <- file.path(R.home("bin"), "Rscript")
  # R CMD check sets R_TESTS, which only its own session can read.
  suppressWarnings(
    system2(rscript, shQuote(script), stdout = TRUE, stderr = TRUE, env = c("R_TESTS=", env))
  )
}

loader_of <- function(data, ...) torch$utils$data$DataLoader(data, ...)
