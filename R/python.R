# Python from R: the modules that users see, and calls to `pytorch_bridge`.

#' PyTorch and NumPy
#'
#' The Python modules `torch` and `numpy`, loaded when first used: attaching the package starts no
#' Python. Everything in them is there by `$`, as in `torch$nn$Linear(3L, 1L)`.
#'
#' `torch` converts what Python returns (`torch$cuda$is_available()` is `TRUE`); tensors stay
#' tensors. `np` does not convert, so that `np$arange(5L)` stays a NumPy array whose memory can be
#' shared; [as_r()] brings it over.
#'
#' R's whole numbers are doubles, which Python takes for floats: write `5L` where Python wants an
#' integer.
#'
#' @format Python modules, as reticulate gives them.
#' @name torch
#' @seealso [as_tensor()], [as_r()]; `reticulate::import()` for other modules.
#' @examplesIf reticulate::py_module_available("torch")
#' torch$ones(2L, 3L)
#' as_r(np$arange(1, 5))
NULL

#' @rdname torch
#' @format NULL
#' @export
torch <- NULL

#' @rdname torch
#' @format NULL
#' @export
np <- NULL

.onLoad <- function(libname, pkgname) {
  # Promises, since reticulate imports at once where Python runs already.
  namespace <- topenv()
  delayedAssign("torch", import_later("torch", "PyTorch", convert = TRUE), assign.env = namespace)
  delayedAssign("np", import_later("numpy", "NumPy", convert = FALSE), assign.env = namespace)
  # So that a Python chunk can `import pytorch_bridge` before R has called it.
  if (reticulate::py_available()) {
    add_to_python_path()
  } else {
    declare_python_needs()
    setHook("reticulate.onPyInit", add_to_python_path)
  }
}

import_later <- function(module, name, convert) {
  failed <- function(error) abort_import(name, error)
  later <- list(
    environment = "r-pytorchbridge", # the one that install_pytorch() makes
    before_load = check_python,
    on_error = failed
  )
  tryCatch(reticulate::import(module, convert = convert, delay_load = later), error = failed)
}

# From reticulate 1.41 on, it installs what is declared where the user has chosen no Python.
declare_python_needs <- function() {
  if ("py_require" %in% getNamespaceExports("reticulate")) {
    getExportedValue("reticulate", "py_require")(c("numpy>=1.23", "torch>=2.0"))
  }
}

bridge_path <- function() {
  system.file("python", package = "pytorchbridge")
}

add_to_python_path <- function(...) {
  path <- reticulate::import("sys", convert = FALSE)$path
  if (!bridge_path() %in% reticulate::py_to_r(path)) {
    path$append(bridge_path())
  }
}

# What has been fetched from Python in this session: functions by name.
the <- new.env(parent = emptyenv())

# And what R/gc.R keeps count of: the bytes in use after the last collection and those allowed before the
# next, those on CUDA when last looked at, and the tensors since then.
the$bytes_held <- Inf
the$bytes_allowed <- Inf
the$cuda_bytes <- 0
the$tensors_seen <- 0L

# A function of `pytorch_bridge`, such as "transfer.readable". Fetching an attribute costs more than
# a small conversion, so each is fetched once. `convert`: whether what it returns becomes R's.
bridge_function <- function(name, convert = TRUE) {
  key <- if (convert) name else paste0(name, ", unconverted")
  found <- the[[key]]
  if (is.null(found)) {
    check_python()
    found <- bridge_module(convert)
    for (part in strsplit(name, ".", fixed = TRUE)[[1]]) {
      found <- do.call(`$`, list(found, part)) # `[[` is Python's x[i] in newer reticulate
    }
    the[[key]] <- found
  }
  found
}

bridge_module <- function(convert) {
  tryCatch(
    reticulate::import_from_path("pytorch_bridge", path = bridge_path(), convert = convert),
    error = function(error) abort_import("PyTorch", error)
  )
}

call_bridge <- function(name, ..., convert = TRUE) {
  # Evaluated here, so that an error in them is not taken for one of Python's.
  arguments <- list(...)
  call <- bridge_function(name, convert)
  tryCatch(call(...), error = function(error) call_again(error, name, call, arguments))
}

# Memory may be free once R has let go of tensors that nobody holds. A loan is used up by the call.
call_again <- function(error, name, call, arguments) {
  if (name == "sharing.borrow" || !is_out_of_memory(error)) {
    abort_python(error, arguments)
  }
  gc()
  tryCatch(do.call(call, arguments), error = function(error) abort_python(error, arguments))
}

# ---- what is missing, or does not fit ----------------------------------------------------------

abort_import <- function(name, error) {
  if (inherits(error, "pytorchbridge_error")) {
    stop(error)
  }
  missing <- regmatches(conditionMessage(error), regexpr("No module named '[^']*'", conditionMessage(error)))
  if (length(missing) == 1) {
    module <- sub(".*'([^'.]*).*'", "\\1", missing)
    name <- c(numpy = "NumPy", torch = "PyTorch")[module]
    install <- if (is.na(name)) paste0("reticulate::py_install(\"", module, "\")") else "install_pytorch()"
    abort(
      "python", if (is.na(name)) module else name, " is not installed in the Python that reticulate uses (",
      reticulate::py_config()$python, ").\n",
      "Install it with ", install, ", or set RETICULATE_PYTHON to a Python that has it."
    )
  }
  abort("python", name, " does not load: ", trimws(conditionMessage(error)))
}

check_python <- function() {
  python <- tryCatch(reticulate::py_config(), error = function(error) {
    abort("python", "No Python can be used: ", trimws(conditionMessage(error)))
  })
  check_numpy_fits(utils::packageVersion("reticulate"), python$numpy$version)
}

check_numpy_fits <- function(reticulate, numpy) {
  problem <- numpy_problem(reticulate, numpy)
  if (length(problem) > 0) {
    abort("python", problem)
  }
}
