#' Sums, extremes, means, quantiles and distinct values of tensors
#'
#' R's functions over all elements, computed on the tensor's device and in autograd's graph. For one
#' dimension alone, use the methods: `x$sum(dim = 0L)`.
#'
#' @param x a `torch.Tensor`.
#' @param ... one `torch.Tensor`. For several, combine the results: `sum(x) + sum(y)`.
#' @param na.rm whether `NaN` are left out. `sort()` always leaves them out, as in R.
#' @param decreasing whether the largest comes first.
#' @param probs probabilities between 0 and 1.
#' @param incomparables must be `FALSE`.
#'
#' @return A 0-d tensor; of `range()` one of two elements; of `quantile()` one for each of `probs`; of
#'   `sort()` all elements in order; of `unique()` one of the distinct
#'   elements in the order in which they first occur, or of the distinct rows, if `x` has more than
#'   one dimension. [as_r()] brings it to R.
#' @details The sum of integers and bools is int64, which wraps like all of PyTorch's integers; their
#'   mean, median and quantiles are float64 (as in R). Quantiles are of R's type 7. The extremes of a
#'   tensor without elements are an error. A `NaN` makes the result `NaN`, unless `na.rm = TRUE`; for
#'   `quantile()` it is an error, as in R. `order()` gives R's numbers.
#' @seealso [summary()][summary.torch.Tensor] for all of it at once.
#' @name tensor-summary
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(1, 2, NaN, 4), 2))
#' sum(x, na.rm = TRUE)
#' range(x, na.rm = TRUE)
#' mean(x$nan_to_num())
#' quantile(x, c(0.1, 0.9), na.rm = TRUE)
#' sort(x, decreasing = TRUE)
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
  call_bridge("summaries.reduce", .Generic, ..1, check_flag("na.rm", na.rm))
}

#' @rdname tensor-summary
#' @export
mean.torch.Tensor <- function(x, ..., na.rm = FALSE) {
  check_no_dots(...)
  call_bridge("summaries.mean", x, check_flag("na.rm", na.rm))
}

#' @rdname tensor-summary
#' @importFrom stats median
#' @export
median.torch.Tensor <- function(x, na.rm = FALSE, ...) {
  check_no_dots(...)
  call_bridge("summaries.median", x, check_flag("na.rm", na.rm))
}

#' @rdname tensor-summary
#' @importFrom stats quantile
#' @export
quantile.torch.Tensor <- function(x, probs = seq(0, 1, 0.25), na.rm = FALSE, ...) {
  check_no_dots(...)
  check_argument("probs", probs, are_probabilities, "numbers from 0 to 1")
  call_bridge("summaries.quantile", x, as.list(as.double(probs)), check_flag("na.rm", na.rm))
}

#' @rdname tensor-summary
#' @export
sort.torch.Tensor <- function(x, decreasing = FALSE, ...) {
  check_no_dots(...)
  call_bridge("summaries.sort", x, check_flag("decreasing", decreasing))
}

# What order() goes by.
#' @export
xtfrm.torch.Tensor <- function(x) as.vector(x)

#' @rdname tensor-summary
#' @export
unique.torch.Tensor <- function(x, incomparables = FALSE, ...) {
  check_no_dots(...)
  check_argument("incomparables", incomparables, isFALSE, "FALSE for a tensor")
  call_bridge("summaries.unique", x)
}
