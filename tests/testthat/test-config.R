# Each check of pytorch_config() is fed what it looks at.

problem <- function(name, ...) {
  get(paste0(name, "_problem"), asNamespace("pytorchbridge"))(...)
}

test_that("a NumPy that reticulate cannot use is a problem", {
  expect_problem(problem("numpy", "1.28", "2.1.0"), "reticulate 1.28", "NumPy 2.1.0", "numpy<2")
  expect_problem(problem("numpy", package_version("1.37"), numeric_version("2.0.0")), "1.38")
  expect_null(problem("numpy", "1.38", "2.1.0"))
  expect_null(problem("numpy", "1.28", "1.26.4"))
  expect_null(problem("numpy", "1.28", NULL))
})

test_that("R's package torch in the same session is a problem", {
  expect_problem(problem("r_torch", c("base", "torch")), "two copies", "Restart R")
  expect_null(problem("r_torch", c("base", "torchvision", "pytorchbridge")))
})

test_that("a Python without a shared library is a problem", {
  check <- function(libpython, windows = FALSE) {
    problem("shared_library", "/p/python", libpython, windows)
  }
  expect_problem(check(NULL), "/p/python was built without a shared library", "install_pytorch()")
  expect_problem(check(NA), "libpython")
  expect_null(check("/usr/lib/libpython3.11.so"))
  expect_null(check(NULL, windows = TRUE))
  expect_null(problem("shared_library", NULL, NULL))
})

test_that("RETICULATE_PYTHON that names nothing, or not the Python in use, is a problem", {
  skip_on_os("windows")
  root <- normalizePath(tempfile("pythons"), mustWork = FALSE)
  on.exit(unlink(root, recursive = TRUE))
  make <- function(name, target = NULL) {
    python <- file.path(root, name, "bin", "python")
    dir.create(dirname(python), recursive = TRUE)
    if (is.null(target)) {
      file.create(python)
    } else {
      file.symlink(target, python)
      file.create(file.path(root, name, "pyvenv.cfg"))
    }
    python
  }
  base <- make("base")
  one <- make("one", base)
  two <- make("two", base)
  check <- function(...) problem("reticulate_python", ...)
  expect_null(check(NA, one))
  expect_null(check("managed", one))
  expect_null(check(one, one))
  expect_null(check(file.path(root, "one"), one))
  expect_null(check(one, NULL))
  # Both are links to one Python, but not the same environment.
  expect_problem(check(one, two), one, paste(two, "is in use"), "Restart R")
  expect_problem(check(base, one), "is in use")
  expect_problem(check(file.path(root, "two"), one), "is in use")
  expect_problem(check(file.path(root, "none"), NULL), "which is not there", ".Renviron")
  other <- file.path(root, "base", "bin", "python3")
  file.symlink(base, other)
  expect_null(check(other, base))
})

test_that("a GPU that PyTorch does not use is a problem", {
  expect_problem(problem("cuda", TRUE, NULL, NULL, FALSE), "without CUDA", "install_pytorch(cuda")
  expect_problem(problem("cuda", TRUE, "12.6", NULL, FALSE), "CUDA 12.6", "driver")
  expect_null(problem("cuda", TRUE, "12.6", NULL, TRUE))
  expect_null(problem("cuda", FALSE, NULL, NULL, FALSE))
  expect_null(problem("cuda", TRUE, NULL, "6.2", FALSE))
})

test_that("why this Python is told", {
  reason <- pytorchbridge:::python_reason
  expect_identical(reason("RETICULATE_PYTHON", "/v/env"), "RETICULATE_PYTHON is set")
  expect_match(reason("use_python function", ""), "use_python()", fixed = TRUE)
  expect_match(reason("use_python() function", ""), "^by use_python\\(\\)")
  expect_identical(reason(NULL, "/v/r-pytorchbridge"), "the virtual environment r-pytorchbridge")
  expect_identical(reason("import(\"torch\")", "/v/r-torch"), "the virtual environment r-torch")
  expect_match(reason(NULL, ""), "own choice")
  expect_match(reason(NULL, NULL), "own choice")
})

test_that("problems and devices are shown, each problem with its remedy below it", {
  config <- list(
    r = "4.4.0", reticulate = "1.40", python = "3.12.1", python_path = "/p/python",
    python_why = "RETICULATE_PYTHON is set", numpy = "2.1.0", torch = "2.9.0", cuda = "12.6",
    threads = 4L, cores = 8L, problems = c("One thing.\nMend it.", "Another.\nMend that."),
    devices = data.frame(
      device = c("cuda:0", "mps:0", "mps:1"), name = c("NVIDIA H200", "Apple", NA),
      memory_total = c(139.75 * 2^30, NA, NA), memory_free = c(100 * 2^30, NA, NA)
    )
  )
  shown <- capture.output(print(structure(config, class = "pytorch_config")))
  expect_identical(shown, c(
    "R:           4.4.0",
    "reticulate:  1.40",
    "Python:      3.12.1 (/p/python)",
    "  chosen:    RETICULATE_PYTHON is set",
    "NumPy:       2.1.0",
    "PyTorch:     2.9.0",
    "CUDA:        12.6",
    "Devices:     cuda:0 (NVIDIA H200, 139.8 GiB, 100.0 free), mps:0 (Apple), mps:1",
    "CPU threads: 4 of 8 cores",
    "Problem: One thing.",
    "  Mend it.",
    "Problem: Another.",
    "  Mend that."
  ))
})

test_that("RETICULATE_PYTHON that is not there is told in a session that has it", {
  said <- run_r(
    c("library(pytorchbridge)", "print(pytorch_config())"),
    env = "RETICULATE_PYTHON=/nowhere/python"
  )
  expect_match(said, "^Problem: RETICULATE_PYTHON is set to /nowhere/python", all = FALSE)
  expect_length(grep("^Problem", said), 1)
})

test_that("the needs are declared where reticulate takes them, and no Python starts", {
  skip_if_not("py_require" %in% getNamespaceExports("reticulate"), "reticulate before 1.41")
  said <- run_r(c(
    "library(pytorchbridge)",
    "cat('needs', getExportedValue('reticulate', 'py_require')()$packages, '\\n')",
    "cat('started', reticulate::py_available(), '\\n')"
  ))
  needs <- grep("^needs", said, value = TRUE)
  expect_match(needs, "torch>=2.1", fixed = TRUE)
  expect_match(needs, "numpy>=1.23", fixed = TRUE)
  expect_match(said, "^started FALSE", all = FALSE)
})

test_that("threads and cores are PyTorch's and the process's", {
  skip_if_no_torch()
  config <- pytorch_config()
  expect_equal(config$threads, torch$get_num_threads())
  expect_gte(config$cores, 1)
  expect_false(is.na(config$python_why))
})
