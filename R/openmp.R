# OpenMP runtimes: libraries that give computations their threads. R's packages may have loaded one, and PyTorch
# brings one of its own.

loaded_libraries <- function() strsplit(.Call(ptb_loaded_libraries), "\n", fixed = TRUE)[[1]]

# `libraries`: files.
openmp_runtimes <- function(libraries) {
  grep(
    "(^|[/\\\\])lib(gomp|iomp5(md)?|omp)([-.0-9][^/\\\\]*)?[.](so|dylib|dll)([.0-9]*)$", unique(libraries),
    value = TRUE
  )
}

# Intel's and LLVM's end the process where they find another one of theirs ("OMP: Error #15"); GNU's does not.
is_strict_runtime <- function(runtimes) !grepl("libgomp[^/\\\\]*$", runtimes)

# What two runtimes in one session may do, those that are loaded.
openmp_problem <- function(libraries) {
  runtimes <- openmp_runtimes(libraries)
  strict <- is_strict_runtime(runtimes)
  if (length(runtimes) < 2 || runtimes_are_tamed(sum(strict) > 1)) {
    return(NULL)
  }
  named <- paste0("Two OpenMP runtimes or more are loaded (", paste(runtimes, collapse = ", "), "): ")
  if (sum(strict) > 1) {
    return(paste0(named, "they can end the session (\"OMP: Error #15\"), or hang it.\n", taming))
  }
  paste0(
    named, "each starts threads of its own, and the session can get slow, or hang after a fork.\n",
    "Set OMP_NUM_THREADS=1 before R starts, or start no forks (parallel::mclapply) after PyTorch."
  )
}

# What library(pytorchbridge) says: only what may end the session, also before PyTorch has loaded its own.
openmp_message <- function(libraries) {
  runtimes <- openmp_runtimes(libraries)
  strict <- runtimes[is_strict_runtime(runtimes)]
  if (length(strict) > 1) {
    return(openmp_problem(libraries))
  }
  if (length(strict) == 1 && !has_pytorch(libraries) && !runtimes_are_tamed(TRUE)) {
    paste0(
      "An OpenMP runtime is loaded (", strict, "), and PyTorch may bring one of its own: ",
      "together they can end the session (\"OMP: Error #15\"), or hang it.\n", taming
    )
  }
}

has_pytorch <- function(libraries) any(grepl("torch_cpu[.][a-z]+$", libraries))

taming <- paste0(
  "Set OMP_NUM_THREADS=1 and KMP_DUPLICATE_LIB_OK=TRUE before R starts; where R computes with Intel's MKL, ",
  "MKL_THREADING_LAYER=GNU instead."
)

# With these set, what the problems speak of does not happen.
runtimes_are_tamed <- function(strict) {
  Sys.getenv("OMP_NUM_THREADS") == "1" && (!strict || nzchar(Sys.getenv("KMP_DUPLICATE_LIB_OK")))
}
