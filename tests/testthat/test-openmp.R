# Two OpenMP runtimes in one session. Stand-ins with their names are loaded, which do nothing.

ptb <- asNamespace("pytorchbridge")

set_threads <- function(threads = NA, twice = NA, code) {
  old <- Sys.getenv(c("OMP_NUM_THREADS", "KMP_DUPLICATE_LIB_OK"), NA, names = TRUE)
  set <- function(values) {
    Sys.unsetenv(names(old)[is.na(values)])
    if (!all(is.na(values))) do.call(Sys.setenv, as.list(stats::setNames(values, names(old))[!is.na(values)]))
  }
  on.exit(set(old))
  set(c(threads, twice))
  force(code)
}

# Loads libraries of these names, does what `code` says, and returns what was printed.
with_libraries <- function(names, code, env = c("OMP_NUM_THREADS=2", "KMP_DUPLICATE_LIB_OK=")) {
  folder <- tempfile("libraries")
  on.exit(unlink(folder, recursive = TRUE))
  dir.create(folder)
  writeLines("int stand_in(void) { return 1; }", file.path(folder, "stand.c"))
  old <- setwd(folder)
  made <- system2(
    file.path(R.home("bin"), "R"), c("CMD", "SHLIB", "stand.c"),
    stdout = FALSE, stderr = FALSE, env = "R_TESTS="
  )
  setwd(old)
  skip_if(made != 0, "there is no C compiler")
  files <- file.path(folder, paste0(names, .Platform$dynlib.ext))
  file.copy(file.path(folder, paste0("stand", .Platform$dynlib.ext)), files)
  load <- sprintf("invisible(dyn.load('%s'))", files)
  paste(run_r(c(load, code), env = env), collapse = "\n")
}

test_that("OpenMP runtimes are found by the names of their files", {
  runtimes <- c(
    "/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0", "/v/torch/lib/libgomp-a34b3233.so.1",
    "/opt/my python/lib/libiomp5.so", "/usr/lib/llvm-14/lib/libomp.so.5", "/opt/libomp.dylib",
    "C:\\R\\libiomp5md.dll", "C:\\R\\libomp140.x86_64.dll"
  )
  others <- c(
    "", "/usr/lib/libcompress.so.1", "/usr/lib/libgompose.so.1", "/libgomp.so.1/libm.so", "/lib/libomptarget.so"
  )
  expect_identical(ptb$openmp_runtimes(c(others, runtimes, runtimes[1])), runtimes)
  expect_identical(ptb$openmp_runtimes(character()), character())
})

test_that("what this process has loaded is known", {
  expect_match(ptb$loaded_libraries(), "pytorchbridge", all = FALSE, fixed = TRUE)
  skip_if_not(file.exists("/proc/self/maps"), "no list of the system's own to compare with")
  maps <- sub("^[^/]*", "", readLines("/proc/self/maps"))
  mapped <- unique(grep("[.]so([.0-9]*)$", maps, value = TRUE))
  loaded <- normalizePath(ptb$loaded_libraries(), mustWork = FALSE)
  expect_identical(setdiff(basename(mapped), basename(loaded)), character())
})

test_that("two runtimes are a problem, unless what would cure it is set", {
  gnu <- c("/lib/libgomp.so.1", "/v/torch/lib/libgomp-a34b3233.so.1")
  strict <- c("/opt/libiomp5.so", "/lib/libomp.so.5")
  set_threads(code = {
    expect_problem(ptb$openmp_problem(gnu), gnu, "hang after a fork", "OMP_NUM_THREADS=1")
    expect_problem(ptb$openmp_problem(c(gnu[1], strict[1])), "hang after a fork")
    expect_problem(ptb$openmp_problem(strict), strict, "Error #15", "KMP_DUPLICATE_LIB_OK=TRUE")
    expect_null(ptb$openmp_problem(gnu[1]))
    expect_null(ptb$openmp_problem(strict[1]))
  })
  set_threads("1", code = {
    expect_null(ptb$openmp_problem(gnu))
    expect_problem(ptb$openmp_problem(strict), "Error #15")
  })
  set_threads("1", "TRUE", code = expect_null(ptb$openmp_problem(strict)))
  set_threads("2", "TRUE", code = expect_problem(ptb$openmp_problem(strict), "Error #15"))
})

test_that("the package says when it is attached that PyTorch's runtime would meet one that bears no other", {
  skip_if_quick()
  said <- with_libraries("libiomp5", "library(pytorchbridge)")
  expect_match(said, "libiomp5.*PyTorch may bring one of its own.*Error #15")
  expect_match(said, "OMP_NUM_THREADS=1 and KMP_DUPLICATE_LIB_OK=TRUE", fixed = TRUE)
  cured <- with_libraries("libiomp5", "library(pytorchbridge)", c("OMP_NUM_THREADS=1", "KMP_DUPLICATE_LIB_OK=TRUE"))
  expect_no_match(cured, "OpenMP")
  # GNU's goes with others.
  expect_no_match(with_libraries("libgomp", "library(pytorchbridge)"), "OpenMP")
})

test_that("it says so of runtimes that have met, and not of PyTorch's own", {
  skip_if_quick()
  met <- with_libraries(c("libtorch_cpu", "libiomp5", "libomp"), "library(pytorchbridge)")
  expect_match(met, "Two OpenMP runtimes or more are loaded .*libiomp5.*libomp.*Error #15")
  expect_no_match(with_libraries(c("libtorch_cpu", "libomp"), "library(pytorchbridge)"), "OpenMP")
})

test_that("pytorch_config() explains it", {
  skip_if_quick()
  skip_if_no_torch()
  said <- with_libraries(c("libiomp5", "libomp"), "pytorchbridge::pytorch_config()")
  expect_match(said, "Problem: Two OpenMP runtimes or more are loaded .*libiomp5.*\n  Set OMP_NUM_THREADS=1 and KMP")
})
