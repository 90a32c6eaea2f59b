#' Which Python, NumPy and PyTorch are in use
#'
#' `pytorch_config()` starts Python and tells what it finds there, and what does not fit together.
#'
#' @return A list of class `pytorch_config`: the versions `r`, `reticulate`, `python`, `numpy`,
#'   `torch` and `cuda` (`NA` where it is missing), `python_path`, `threads` (of PyTorch's CPU
#'   operations), `devices` (as [cuda_devices()]) and `problems` (sentences, none when all is well).
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' pytorch_config()
pytorch_config <- function() {
  found <- tryCatch(call_bridge("config"), pytorchbridge_error = identity)
  failed <- inherits(found, "error")
  field <- function(name) if (failed || is.null(found[[name]])) NA else found[[name]]
  config <- list(
    r = format(getRversion()),
    reticulate = format(utils::packageVersion("reticulate")),
    python = field("python_version"),
    python_path = field("python"),
    numpy = field("numpy_version"),
    torch = field("torch_version"),
    cuda = field("cuda_version"),
    threads = field("threads"),
    devices = if (!failed) cuda_devices(),
    problems = if (failed) conditionMessage(found) else character()
  )
  structure(config, class = "pytorch_config")
}

#' @export
format.pytorch_config <- function(x, ...) {
  told <- function(value, without = "not found") if (is.na(value)) without else format(value)
  devices <- if (NROW(x$devices) > 0) paste0(x$devices$device, " (", x$devices$name, ")") else "none"
  lines <- c(
    "R" = x$r,
    "reticulate" = x$reticulate,
    "Python" = paste0(told(x$python), if (!is.na(x$python_path)) paste0(" (", x$python_path, ")")),
    "NumPy" = told(x$numpy),
    "PyTorch" = told(x$torch),
    "CUDA" = told(x$cuda, "not built in"),
    "CUDA devices" = paste(devices, collapse = ", "),
    "CPU threads" = told(x$threads)
  )
  c(paste0(format(paste0(names(lines), ":")), " ", lines), paste("Problem:", x$problems)[nzchar(x$problems)])
}

#' @export
print.pytorch_config <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
