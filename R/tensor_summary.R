#' Sums, extremes, means, quantiles and order of tensors
#'
#' R's functions over all elements, computed on the tensor's device and in autograd's graph. For one
#' dimension alone, use the methods: `x$sum(dim = 0L)`.
#'
#' @param x a `torch.Tensor`.
#' @param ... for `sum()`, `max()` and their kin, tensors and R values whose elements count together (the first must be
#'   a tensor, since R looks at that one alone); else unused.
#' @param na.rm whether `NaN` are left out.
#' @param finite whether infinite values are left out, and `NaN`.
#' @param w the weights, a tensor or numbers, one for each element; an element whose weight is 0 does not count.
#' @param trim the share of elements that is left out at each end, from 0 to 0.5.
#' @param decreasing whether the largest comes first.
#' @param na.last where `NaN` go: `TRUE` last, `FALSE` first, `NA` nowhere.
#' @param index.return whether the result is a list of the elements, `x`, and of their places before, `ix`.
#' @param partial,method as in R, which has other ways to the same order: all elements are ordered.
#' @param probs probabilities between 0 and 1.
#' @param names unused: tensors have no names.
#' @param type one of R's nine types of quantiles; see [stats::quantile()].
#' @param fuzz how near to a whole number a place among the elements counts as one; `NULL` for R's default.
#'
#' @return Each returns a 0-d tensor, but `range()` returns one of two elements, `quantile()` one for each of `probs`,
#'   and `sort()` one of all elements in order. [as_r()] brings it to R.
#' @details R values and tensors join the first as by [c()][tensor-shape], and what would change is an error:
#'   `max(x, 300L)` of a uint8 tensor.
#'
#'   The sum of integers and bools is int64, which wraps like all of PyTorch's integers; their
#'   product, mean, median and quantiles are float64 (as in R), and an error where an integer beyond 2^53 counts, which
#'   float64 does not hold. The extremes of bools are int64. The extremes of a
#'   tensor without elements are an error. A `NaN` makes the result `NaN`, unless `na.rm = TRUE`; for
#'   `quantile()` it is an error, as in R. `order()` gives R's numbers.
#' @seealso [summary()][summary.torch.Tensor] for all of it at once, [unique()][unique.torch.Tensor].
#' @name tensor-summary
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(1, 2, NaN, 4), 2))
#' sum(x, na.rm = TRUE)
#' max(x, 10, na.rm = TRUE)
#' range(x, na.rm = TRUE)
#' range(x, na.rm = TRUE, finite = TRUE)
#' mean(as_tensor(c(1, 2, 3, 100)), trim = 0.25)
#' quantile(as_tensor(c(1, 2, 4)), probs = 0.4, type = 6, names = FALSE)
#' mean(x$nan_to_num())
#' weighted.mean(x, c(3, 1, 1, 0), na.rm = TRUE)
#' quantile(x, c(0.1, 0.9), na.rm = TRUE)
#' sort(x, decreasing = TRUE)
#' order(x, na.last = NA)
#' sort(as_tensor(c(5, 3, 4)), index.return = TRUE)$ix
NULL

#' @rdname tensor-summary
#' @export
Summary.torch.Tensor <- function(..., na.rm = FALSE) {
  if (...length() == 1 && isFALSE(na.rm)) {
    return(.Call(ptb_call_bridge, "summaries.reduce", list(.Generic, ..1), TRUE))
  }
  check_flag("na.rm", na.rm)
  operands <- operands_of(...)
  call_bridge("summaries.reduce", .Generic, operands$first, na.rm, operands$others, operands$guests)
}

#' @rdname tensor-summary
#' @export
range.torch.Tensor <- function(..., na.rm = FALSE, finite = FALSE) {
  check_flag("na.rm", na.rm)
  operands <- operands_of(...)
  if (check_flag("finite", finite)) {
    return(call_bridge("summaries.finite_range", operands$first, operands$others, operands$guests))
  }
  call_bridge("summaries.reduce", "range", operands$first, na.rm, operands$others, operands$guests)
}

# The first tensor, what there is beside it, and (as Python counts) which of that has no device of its own.
operands_of <- function(...) {
  given <- unname(list(...))
  others <- given[-1]
  guests <- which(!vapply(others, is_tensor, NA)) - 1L
  list(first = given[[1]], others = lapply(others, operand), guests = as.list(guests))
}

#' @rdname tensor-summary
#' @export
mean.torch.Tensor <- function(x, trim = 0, na.rm = FALSE, ...) {
  check_no_dots(...)
  check_argument("trim", trim, is_number, "one number")
  call_bridge("summaries.mean", x, check_flag("na.rm", na.rm), as.double(trim))
}

#' @rdname tensor-summary
#' @importFrom stats weighted.mean
#' @export
weighted.mean.torch.Tensor <- function(x, w, ..., na.rm = FALSE) {
  check_no_dots(...)
  check_flag("na.rm", na.rm)
  if (missing(w)) {
    return(mean(x, na.rm = na.rm))
  }
  call_bridge("summaries.weighted_mean", x, whole_operand(w), na.rm, !is_tensor(w))
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
quantile.torch.Tensor <- function(x, probs = seq(0, 1, 0.25), na.rm = FALSE, names = TRUE, type = 7, ..., fuzz = NULL) {
  check_no_dots(...)
  check_argument("probs", probs, are_probabilities, "numbers from 0 to 1")
  check_flag("names", names)
  check_argument("type", type, is_whole_to(9), "one whole number from 1 to 9")
  check_argument("fuzz", fuzz, or_null(is_count), "one number, or NULL")
  call_bridge("summaries.quantile", x, as.list(as.double(probs)), check_flag("na.rm", na.rm), as.integer(type), fuzz)
}

#' @rdname tensor-summary
#' @export
sort.torch.Tensor <- function(x, decreasing = FALSE, na.last = NA, ..., index.return = FALSE, partial = NULL,
                              method = NULL) {
  check_no_dots(...)
  check_flag("decreasing", decreasing)
  is_right <- function(x) is_flag(x) || (is.atomic(x) && length(x) == 1 && is.na(x))
  check_argument("na.last", na.last, is_right, "TRUE, FALSE or NA")
  sorted <- call_bridge("summaries.sort", x, decreasing, if (!is.na(na.last)) na.last)
  if (!check_flag("index.return", index.return)) {
    return(sorted)
  }
  list(x = sorted, ix = order(as.vector(x), decreasing = decreasing, na.last = na.last))
}

# What order() goes by.
#' @export
xtfrm.torch.Tensor <- function(x) dense(as_r(x))
