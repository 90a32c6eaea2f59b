#' Sums, extremes, means and distinct values of tensors
#'
#' R's functions over all elements, computed on the tensor's device and in autograd's graph. For one
#' dimension alone, use the methods: `x$sum(dim = 0L)`.
#'
#' @param x a `torch.Tensor`.
#' @param ... one `torch.Tensor`. For several, combine the results: `sum(x) + sum(y)`.
#' @param na.rm whether `NaN` are left out.
#' @param incomparables must be `FALSE`.
#'
#' @return A 0-d tensor; of `range()` one of two elements; of `unique()` one of the distinct
#'   elements in the order in which they first occur, or of the distinct rows, if `x` has more than
#'   one dimension. [as_r()] brings it to R.
#' @details The sum of integers and bools is int64, their mean float64 (as in R). The extremes of a
#'   tensor without elements are an error. A `NaN` makes the result `NaN`, unless `na.rm = TRUE`.
#' @seealso [summary()][summary.torch.Tensor] for all of it at once.
#' @name tensor-summary
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(1, 2, NaN, 4), 2))
#' sum(x, na.rm = TRUE)
#' range(x, na.rm = TRUE)
#' mean(x$nan_to_num())
#' unique(as_tensor(c(3L, 1L, 3L)))
NULL

#' @rdname tensor-summary
#' @export
Summary.torch.Tensor <- function(..., na.rm = FALSE) {
  if (...length() != 1) {
    abort(
      "dtype", .Generic, "() takes one tensor. To combine several, combine their results; ",
      "for the larger or smaller of two values at each place, use x$clamp() or torch$maximum()."
    )
  }
  call_bridge("summaries.reduce", .Generic, ..1, isTRUE(na.rm))
}

#' @rdname tensor-summary
#' @export
mean.torch.Tensor <- function(x, ..., na.rm = FALSE) {
  check_no_dots(...)
  call_bridge("summaries.mean", x, isTRUE(na.rm))
}

#' @rdname tensor-summary
#' @export
unique.torch.Tensor <- function(x, incomparables = FALSE, ...) {
  check_no_dots(...)
  if (!isFALSE(incomparables)) {
    abort("dtype", "`incomparables` must be FALSE for a tensor.")
  }
  call_bridge("summaries.unique", x)
}
