#' A NumPy array with the values of an R object or a tensor
#'
#' `as_numpy()` makes a NumPy array: of an R value with memory of its own, of a tensor sharing its
#' memory where that is possible (on the CPU), as `Tensor.numpy()` does. The result stays a Python
#' object, so that its memory can be shared further.
#'
#' @param x what [as_tensor()] takes.
#' @param copy as in the Array API: `TRUE` always makes new memory, `FALSE` shares memory or fails,
#'   `NULL` shares where that is possible. For R values `FALSE` borrows R's memory, as [as_tensor()]
#'   does: **what Python then writes to the array changes `x`**. Tensors and arrays: default `NULL`.
#' @param ... for R values, `dtype`, `shape`, `order` and `na` as in [as_tensor()]; a tensor takes
#'   none, so convert it by [to_device()] first. NumPy has no bfloat16, float8 and complex32.
#' @param na for Python's columns with missing values, as in [as_tensor()]: `"error"`, `"nan"`, or one value
#'   to put there.
#'
#' @return `as_numpy()` returns a `numpy.ndarray`. [as_r()] brings it to R.
#' @section Errors:
#' As [as_tensor()], and `pytorchbridge_dtype_error` for a dtype that NumPy does not have.
#' @seealso [as_tensor()], [as_r()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' as_numpy(matrix(1:6, 2))
#' as_numpy(c(1L, NA), na = 0L)
#' as_numpy(c(1, 2), dtype = "float32")
#' a <- torch$ones(5L)
#' b <- as_numpy(a, copy = FALSE)
#' a$add_(1)
#' b
as_numpy <- function(x, ...) {
  UseMethod("as_numpy")
}

#' @rdname as_numpy
#' @export
as_numpy.default <- function(x, ..., copy = TRUE) {
  call_bridge("to_numpy", as_tensor(x, ..., copy = copy), convert = FALSE)
}

#' @rdname as_numpy
#' @export
as_numpy.python.builtin.object <- function(x, ..., na = "error", copy = NULL) {
  if ("dtype" %in% ...names()) {
    abort(
      "dtype", "A tensor keeps its dtype on the way to NumPy; convert it first: ",
      "as_numpy(to_device(as_tensor(x), dtype = \"float32\"))."
    )
  }
  check_no_dots(...)
  check_copy(copy)
  call_bridge("to_numpy", x, copy, check_column_na(na), convert = FALSE)
}
