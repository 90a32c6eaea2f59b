# The package's conditions. Each is a `pytorchbridge_error` and one kind more, so that a caller can
# catch all of them or just one.

#' Errors of pytorchbridge
#'
#' Every error that the package raises on purpose is an R condition of class `pytorchbridge_error`
#' and of one class more, which says what kind it is. Its message says which value was wrong and
#' where, and what to write instead. A call that failed has changed nothing.
#'
#' | class | raised when |
#' |---|---|
#' | `pytorchbridge_missing_error` | a missing value has no place in the dtype or R type |
#' | `pytorchbridge_lossy_error` | a value would not arrive as it left |
#' | `pytorchbridge_dtype_error` | a type, dtype or argument is unknown or does not convert |
#' | `pytorchbridge_sharing_error` | memory was to be shared and cannot be |
#' | `pytorchbridge_device_error` | a device is unknown or not there |
#' | `pytorchbridge_subscript_error` | an index is out of range, or selects what it cannot |
#' | `pytorchbridge_python_error` | Python, NumPy or PyTorch is missing, does not fit, or failed |
#'
#' `pytorch_bridge` raises the same kinds as Python exceptions (`MissingError`, `LossyError`, ...).
#' For an error of Python's own, `reticulate::py_last_error()` has the traceback.
#'
#' @name pytorchbridge_errors
#' @aliases pytorchbridge_error
#' @examplesIf reticulate::py_module_available("torch")
#' answer <- tryCatch(
#'   as_tensor(c(1L, NA)),
#'   pytorchbridge_missing_error = function(e) conditionMessage(e)
#' )
#' cat(answer)
NULL

abort <- function(kind, ...) {
  classes <- c(paste0("pytorchbridge_", kind, "_error"), "pytorchbridge_error")
  stop(errorCondition(paste0(...), class = classes))
}

# Exceptions of `pytorch_bridge`, by the kind of condition that each becomes.
EXCEPTION_KINDS <- c(
  MissingError = "missing",
  LossyError = "lossy",
  DtypeError = "dtype",
  SharingError = "sharing",
  DeviceError = "device",
  SubscriptError = "subscript"
)

# Turns the error of a call to Python into a condition of this package.
abort_python <- function(error, arguments = list()) {
  for (argument in arguments) {
    if (inherits(argument, "python.builtin.object") && reticulate::py_is_null_xptr(argument)) {
      abort(
        "python", "This Python object is gone: it was saved in, or belongs to, another R session.\n",
        "Save values instead: saveRDS(as_r(x), file), and as_tensor(readRDS(file)) to go on."
      )
    }
  }
  last <- reticulate::py_last_error()
  # The last error of Python's may be an older one, if this one is reticulate's own.
  known <- !is.null(last) && grepl(last$type, conditionMessage(error), fixed = TRUE)
  kind <- if (known) EXCEPTION_KINDS[last$type] else NA
  if (is.na(kind)) {
    abort("python", "Python failed: ", trimws(conditionMessage(error)))
  }
  abort(kind, gsub("copy = None or True", "copy = NULL or TRUE", gsub("copy = True", "copy = TRUE", last$value)))
}

# The fewest digits that give the value back.
format_value <- function(x) {
  if (is.double(x) && !is.object(x) && is.finite(x)) {
    for (digits in 15:17) {
      text <- formatC(x, digits = digits, format = "g", width = 1)
      if (as.double(text) == x) {
        return(text)
      }
    }
  }
  format(x)
}

# "[5]" or "[2, 1]": where the element at a position is, in R's indices.
format_index <- function(position, dim) {
  if (length(dim) > 1) {
    position <- arrayInd(position, dim)
  }
  paste0("[", paste(format(position, scientific = FALSE, trim = TRUE), collapse = ", "), "]")
}

format_count <- function(n, what) {
  count <- format(n, big.mark = ",", scientific = FALSE, trim = TRUE)
  paste0(count, " ", what, if (n != 1) "s")
}
