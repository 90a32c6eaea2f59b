# The package's conditions. Each is a `pytorchbridge_error` and one kind more, so that a caller can
# catch all of them or just one.

#' Errors of pytorchbridge
#'
#' Every error that the package raises on purpose is an R condition of class `pytorchbridge_error`
#' and of one class more, which says what kind it is. Its message says which value was wrong and
#' where, what to write instead, and which page to read. A call that failed has changed nothing.
#'
#' | class | raised when |
#' |---|---|
#' | `pytorchbridge_missing_error` | a missing value has no place in the dtype or R type |
#' | `pytorchbridge_lossy_error` | a value would not arrive as it left |
#' | `pytorchbridge_dtype_error` | a type, dtype or argument is unknown or does not convert |
#' | `pytorchbridge_sharing_error` | memory was to be shared and cannot be |
#' | `pytorchbridge_device_error` | a device is unknown or not there |
#' | `pytorchbridge_subscript_error` | an index is out of range, or selects what it cannot |
#' | `pytorchbridge_file_error` | what was saved is cut off, changed, or of a kind that cannot be read |
#' | `pytorchbridge_python_error` | Python, NumPy or PyTorch is missing, does not fit, or failed when called |
#'
#' Errors of PyTorch's functions that you call yourself (`torch$...`, `model(x)`) are plain R errors, of no class of
#' this package. Those that R users meet most have one line more, which says what to write.
#'
#' `vignette("troubleshooting", package = "pytorchbridge")` lists messages of R, PyTorch, reticulate and this package,
#' letter by letter, each with its cause and its cure.
#'
#' # Missing values
#'
#' Only floating and complex dtypes have `NaN`; bools and integers have nothing for `NA`. The
#' argument `na` of [as_tensor()] says what to put there: `"nan"` (the tensor becomes float64), or a
#' value. The other way round, the lowest int32 is what R takes for `NA`, and the lowest int64 what
#' `integer64` does: [as_r()] takes `na = "keep"`, or `type = "double"` for an int32 and `x$double()`
#' for an int64.
#'
#' # Lossy conversions
#'
#' A dtype or R type cannot hold the value: 300 in uint8, 1.5 as integer, an int64 beyond 2^53 as
#' double. Choose a wider `dtype` or `type` ([dtype_table()] lists them; `type = "integer64"` holds
#' every int64 but the lowest), or clamp, round or replace the values first.
#'
#' # Types and dtypes
#'
#' What has no dtype or no R type is not guessed at. [as_tensor()] and [as_r()] tell what each
#' becomes, [dtype_table()] lists it, and [tensor arithmetic][tensor-arithmetic] tells which shapes
#' and dtypes go together.
#'
#' # Sharing
#'
#' `copy = FALSE` shares memory or fails, and the message says why it cannot: the types differ, the
#' memory is laid out otherwise, it is on a device, or R or Python must not see it change.
#' [as_tensor()] and [as_r()] tell what can be shared; `copy = TRUE` always works.
#'
#' # Devices
#'
#' [cuda_devices()] lists the devices that are there, [pytorch_config()] tells why one is not, and
#' [to_device()] moves a tensor to where the other one is.
#'
#' # Indices
#'
#' Indices are R's, from 1; see [tensor indexing][tensor-index].
#'
#' # Files
#'
#' A tensor in an RDS file, or a file of tensors, is checked before anything is made of it. What does
#' not fit together is not read at all: copy or save it anew. [save_tensors()] tells what can be kept,
#' and how.
#'
#' # Python
#'
#' [pytorch_config()] tells which Python is in use and what is wrong with it, [install_pytorch()]
#' makes one that works. For an error of Python's own, `reticulate::py_last_error()` has the
#' traceback.
#'
#' `pytorch_bridge` raises the same kinds as Python exceptions (`MissingError`, `LossyError`, ...).
#'
#' @name pytorchbridge_errors
#' @aliases pytorchbridge_error pytorchbridge_missing_error pytorchbridge_lossy_error
#'   pytorchbridge_dtype_error pytorchbridge_sharing_error pytorchbridge_device_error
#'   pytorchbridge_subscript_error pytorchbridge_file_error pytorchbridge_python_error
#' @examplesIf reticulate::py_module_available("torch")
#' try(as_tensor(c(1L, NA)))
#'
#' answer <- tryCatch(
#'   as_tensor(c(1L, NA)),
#'   pytorchbridge_missing_error = function(e) as_tensor(c(1L, NA), na = "nan")
#' )
#' answer
NULL

# The last line leads to the page above, where each class has an alias.
abort <- function(kind, ...) {
  class <- paste0("pytorchbridge_", kind, "_error")
  stop(errorCondition(paste0(..., "\nSee ?", class, "."), class = c(class, "pytorchbridge_error")))
}

kind_of <- function(error) sub("^pytorchbridge_(.*)_error$", "\\1", class(error)[1])

without_page <- function(message) sub("\nSee [?]pytorchbridge_[a-z]+_error[.]$", "", message)

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
