# Python as R users see it: the modules `torch` and `np`, and how Python is found and started.

#' PyTorch and NumPy
#'
#' The Python modules `torch` and `numpy`, loaded when first used: attaching the package starts no
#' Python. Everything in them is there by `$`, as in `torch$nn$Linear(3L, 1L)`.
#'
#' `torch` converts what Python returns (`torch$cuda$is_available()` is `TRUE`); tensors stay
#' tensors. `np` does not convert, so that `np$arange(5L)` stays a NumPy array whose memory can be
#' shared; [as_r()] brings it over.
#'
#' A plain `5` is a double in R, which Python takes for a float: write `5L` where Python wants an integer. (`1:3` and
#' `length(x)` are integers already.)
#'
#' # Numbers on the way
#'
#' What is called by `$` gets and gives numbers by reticulate's rules. It makes R integers of Python's, and cuts off
#' what is beyond 2^31: `x$item()`, `x$tolist()`, `x$numel()`. `NA` is `TRUE`, or -2147483648, to Python. This package's
#' own functions are exact, or say why not: [as_r()] of a tensor, `length(x)`, [as_tensor()].
#'
#' # Forked processes
#'
#' PyTorch's threads do not live on in the processes that `parallel::mclapply()` makes, and PyTorch
#' itself would wait for them for ever. There, this package's functions, and what is called by `$`
#' of `torch` and of tensors, work on one thread. A function of Python's that was fetched
#' otherwise (`reticulate::import()`, a Python chunk) needs `torch.set_num_threads(1)` first. CUDA is not
#' there if the parent has used it: that is a `pytorchbridge_device_error`. Loans and views of the
#' parent are copies in the child. Processes that start anew (`parallel::makeCluster()`) have none of
#' these limits.
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
  the$process <- Sys.getpid()
  delayedAssign("torch", with_own_class(import_later("torch", "PyTorch", convert = TRUE)), assign.env = namespace)
  delayedAssign("np", import_later("numpy", "NumPy", convert = FALSE), assign.env = namespace)
  if (reticulate::py_available()) {
    prepare_python()
  } else {
    declare_python_needs()
    setHook("reticulate.onPyInit", prepare_python)
  }
}

# What can end the session is told before it does: R's own torch in the same session, whichever of the two comes
# first, and OpenMP runtimes that do not bear each other.
.onAttach <- function(libname, pkgname) {
  say <- function(...) packageStartupMessage(r_torch_problem(loadedNamespaces()))
  if ("torch" %in% loadedNamespaces()) say() else setHook(packageEvent("torch", "onLoad"), say)
  problem <- openmp_message(loaded_libraries())
  if (!is.null(problem)) packageStartupMessage(problem)
}

import_later <- function(module, name, convert) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  failed <- function(error) abort_import(name, error)
  later <- list(
    environment = ENVIRONMENT,
    before_load = check_python,
    on_error = failed
  )
  tryCatch(reticulate::import(module, convert = convert, delay_load = later), error = failed)
}

# From reticulate 1.41 on, it installs what is declared where the user has chosen no Python.
declare_python_needs <- function() {
  if ("py_require" %in% getNamespaceExports("reticulate")) {
    getExportedValue("reticulate", "py_require")(unname(NEEDS))
  }
}

# ---- what is missing, or does not fit ----------------------------------------------------------

abort_import <- function(name, error) {
  if (inherits(error, "pytorchbridge_error")) {
    stop(error)
  }
  missing <- regmatches(conditionMessage(error), regexpr("No module named '[^']*'", conditionMessage(error)))
  # A part of PyTorch that is missing is no PyTorch that is missing: it is older than what this package needs.
  if (length(missing) == 1 && !grepl("'(torch|numpy)[.]", missing)) {
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

# When Python starts. Nothing here waits for the first conversion: sprintf() may be what asks for that, and a second
# sprintf(), as in comparing versions, would write into the first one's text.
prepare_python <- function(...) {
  add_to_python_path() # so that a Python chunk can `import pytorch_bridge` before R has called it
  offer_values()
  python <- reticulate::py_config()
  reticulate <- utils::packageVersion("reticulate")
  the$numpy_problem <- numpy_problem(reticulate, python$numpy$version)
  the$asks_r_of_interrupts <- reticulate < "1.37"
}

check_python <- function() {
  tryCatch(reticulate::py_config(), error = function(error) {
    abort("python", "No Python can be used: ", trimws(conditionMessage(error)))
  })
  if (length(the$numpy_problem) > 0) {
    abort("python", the$numpy_problem)
  }
}
