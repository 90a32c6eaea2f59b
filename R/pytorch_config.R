# What is in use, and what is wrong with it. Each check is a function of what it checks, and gives
# the problem with its remedy, or nothing.

#' Which Python, NumPy and PyTorch are in use, and what is wrong with them
#'
#' `pytorch_config()` starts Python, tells what it finds there, and names each known trap that it
#' sees, with the remedy:
#'
#' - Python, NumPy or PyTorch is missing or does not load;
#' - reticulate before 1.38 has NumPy 2, which it cannot use;
#' - Python was built without the shared library that R needs;
#' - `RETICULATE_PYTHON` names no Python, or not the one in use;
#' - PyTorch is built without CUDA although there is an NVIDIA GPU, or cannot use it;
#' - R's own package torch is loaded in the same session;
#' - two OpenMP runtimes are loaded in the same session.
#'
#' What can end the session before anything else, the last two, is also told by `library(pytorchbridge)`.
#'
#' @return `pytorch_config()` returns a list of class `pytorch_config`: the versions `r`, `reticulate`, `python`,
#'   `numpy`, `torch` and `cuda` (`NA` where it is missing), `python_path`, `python_why` (why this one), `calls`
#'   (`"direct"`, or `"by reticulate"` where `options(pytorchbridge.direct_calls = FALSE)` is set), `threads` (of
#'   PyTorch's CPU operations), `cores`, `devices` (as [accelerators()]) and `problems` (texts, none when all is well).
#' @seealso [install_pytorch()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' pytorch_config()
#' pytorch_config()$torch
pytorch_config <- function() {
  found <- tryCatch(call_bridge("config"), pytorchbridge_error = identity)
  failed <- inherits(found, "error")
  python <- tryCatch(
    if (reticulate::py_available()) reticulate::py_config() else reticulate::py_discover_config(),
    error = function(error) NULL
  )
  told <- function(name, otherwise = NA_character_) {
    if (!failed && !is.null(found[[name]])) found[[name]] else or_na(otherwise)
  }
  config <- list(
    r = format(getRversion()),
    reticulate = format(utils::packageVersion("reticulate")),
    python = told("python_version", python$version),
    python_path = told("python", python$python),
    python_why = if (!is.null(python)) python_reason(python$forced, python$virtualenv) else NA,
    numpy = told("numpy_version", if (!is.null(python$numpy)) format(python$numpy$version)),
    torch = told("torch_version"),
    cuda = told("cuda_version"),
    calls = if (.Call(ptb_calls_are_direct)) "direct" else "by reticulate",
    threads = told("threads", NA),
    cores = told("cores", NA),
    devices = if (!failed) accelerators_of(found$accelerators)
  )
  fatal <- c(
    reticulate_python_problem(Sys.getenv("RETICULATE_PYTHON", NA), python$python),
    shared_library_problem(python$python, python$libpython),
    numpy_problem(utils::packageVersion("reticulate"), python$numpy$version)
  )
  config$problems <- c(
    character(), fatal,
    # What went wrong, unless a check has said why.
    if (failed && length(fatal) == 0) sub("\nSee [?].*", "", conditionMessage(found)),
    if (!failed) {
      cuda_problem(gpu_is_there(), found$cuda_version, found$hip_version, found$cuda_is_available)
    },
    r_torch_problem(loadedNamespaces()),
    openmp_problem(loaded_libraries())
  )
  structure(config, class = "pytorch_config")
}

or_na <- function(x) if (is.null(x)) NA_character_ else x

# Why reticulate took this Python. `forced`: its own reason, NULL if it looked around.
python_reason <- function(forced, virtualenv) {
  in_environment <- is.character(virtualenv) && nzchar(virtualenv)
  if (is.character(forced) && length(forced) == 1) {
    forced <- sub("^use_python[( ].*", "use_python() or use_virtualenv()", forced)
    asked <- grepl("^import\\(", forced)
    if (!asked) {
      return(if (startsWith(forced, "RETICULATE")) paste(forced, "is set") else paste("by", forced))
    }
  }
  if (in_environment) {
    paste("the virtual environment", basename(virtualenv))
  } else {
    "reticulate's own choice: no other was asked for"
  }
}

# ---- the checks -----------------------------------------------------------------------------------

# `variable`: RETICULATE_PYTHON, NA if not set; `used`: the Python in use, NULL if there is none.
reticulate_python_problem <- function(variable, used) {
  if (is.na(variable) || variable %in% c("", "managed")) {
    return(NULL)
  }
  if (!file.exists(variable)) {
    return(paste0(
      "RETICULATE_PYTHON is set to ", variable, ", which is not there.\n",
      "Correct or remove it (look in ~/.Renviron and ~/.Rprofile), and restart R."
    ))
  }
  if (!is.null(used) && !is_same_python(variable, used)) {
    paste0(
      "RETICULATE_PYTHON is set to ", variable, ", but ", used, " is in use.\n",
      "Restart R, and set it before the first use of Python; or remove it."
    )
  }
}

# An environment's python is a link to the Python that made it, and so is another environment's: the
# folder tells them apart. RETICULATE_PYTHON may also name the environment's folder.
is_same_python <- function(variable, used) {
  folder <- normalizePath(dirname(used))
  if (dir.exists(variable)) {
    return(normalizePath(variable) %in% c(folder, dirname(folder)))
  }
  in_environment <- any(file.exists(file.path(dirname(dirname(c(variable, used))), "pyvenv.cfg")))
  normalizePath(dirname(variable)) == folder ||
    (!in_environment && normalizePath(variable) == normalizePath(used))
}

# `libpython`: where reticulate found it, NULL if it did not.
shared_library_problem <- function(python, libpython, windows = .Platform$OS.type == "windows") {
  if (is.null(python) || windows || (!is.null(libpython) && !is.na(libpython))) {
    return(NULL)
  }
  paste0(
    python, " was built without a shared library (libpython), so R cannot run it.\n",
    "Use install_pytorch(), which picks one that can; on Debian, apt install libpython3-dev."
  )
}

# See NUMPY_2.
numpy_problem <- function(reticulate, numpy) {
  if (is.null(numpy) || package_version(format(numpy)) < "2" || reticulate >= NUMPY_2$reticulate) {
    return(NULL)
  }
  paste0(
    "reticulate ", format(reticulate), " cannot use NumPy ", format(numpy),
    ", only NumPy before 2.\n",
    "Install reticulate ", NUMPY_2$reticulate, " or newer, or reticulate::py_install(\"numpy<2\")."
  )
}

cuda_problem <- function(gpu, cuda_version, hip_version = NULL, is_available = TRUE) {
  if (!gpu || isTRUE(is_available) || !is.null(hip_version)) {
    return(NULL)
  }
  if (is.null(cuda_version)) {
    return(paste0(
      "PyTorch is built without CUDA, but this machine has an NVIDIA GPU.\n",
      "install_pytorch(cuda = TRUE) makes an environment with the CUDA build."
    ))
  }
  paste0(
    "PyTorch is built for CUDA ", cuda_version, ", but cannot use this machine's NVIDIA GPU.\n",
    "Update the driver, or take a build that fits it with install_pytorch(); CUDA_VISIBLE_DEVICES ",
    "may also hide the GPU."
  )
}

r_torch_problem <- function(namespaces) {
  if ("torch" %in% namespaces) {
    paste0(
      "R's package torch is loaded too: two copies of PyTorch's libraries in one session can ",
      "crash it.\nRestart R and load one of the two; take values from one to the other with saveRDS()."
    )
  }
}

# ---- what the checks look at ----------------------------------------------------------------------

gpu_is_there <- function(folder = "/proc/driver/nvidia/gpus") {
  length(dir(folder)) > 0 || nvidia_driver()$gpu
}

# ---- showing --------------------------------------------------------------------------------------

#' @export
format.pytorch_config <- function(x, ...) {
  told <- function(value, without = "not found") if (is.na(value)) without else format(value)
  path <- if (!is.na(x$python_path)) paste0(" (", x$python_path, ")")
  threads <- if (is.na(x$cores)) told(x$threads) else paste(x$threads, "of", x$cores, "cores")
  lines <- c(
    "R" = x$r,
    "reticulate" = x$reticulate,
    "Python" = paste0(told(x$python), path),
    "  chosen" = if (!is.na(x$python_why)) x$python_why,
    "NumPy" = told(x$numpy),
    "PyTorch" = told(x$torch),
    "CUDA" = told(x$cuda, if (is.na(x$torch)) "not found" else "not built in"),
    "Devices" = format_devices(x$devices),
    "CPU threads" = threads,
    "Calls" = x$calls
  )
  problems <- if (length(x$problems) > 0) paste("Problem:", gsub("\n", "\n  ", x$problems))
  c(paste0(format(paste0(names(lines), ":")), " ", lines), problems)
}

format_devices <- function(devices) {
  if (NROW(devices) == 0) {
    return("none beside the CPU")
  }
  gib <- function(bytes) formatC(bytes / 2^30, format = "f", digits = 1)
  memory <- paste0(gib(devices$memory_total), " GiB, ", gib(devices$memory_free), " free")
  told <- cbind(devices$name, ifelse(is.na(devices$memory_total), NA, memory))
  told <- apply(told, 1, function(parts) paste(parts[!is.na(parts)], collapse = ", "))
  paste0(devices$device, ifelse(nzchar(told), paste0(" (", told, ")"), ""), collapse = ", ")
}

#' @export
print.pytorch_config <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
