#' Duplicated elements and rows of tensors
#'
#' `duplicated()` tells which elements of a vector, or rows of a matrix, are like one before them; all `NaN` are one
#' value. `anyDuplicated()` gives the number of the first such one, or 0.
#'
#' @param x a `torch.Tensor`.
#' @param incomparables must be `FALSE`.
#' @param MARGIN the dimension whose slices are compared: 1 is the rows.
#' @param fromLast whether those are duplicated that have one like them *after* them.
#' @param nmax,... unused: R's own methods have them.
#'
#' @return `duplicated()` a 1-d bool tensor, `anyDuplicated()` one integer.
#' @seealso [unique()][unique.torch.Tensor]
#' @name tensor-sets
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(3L, 1L, 3L))
#' duplicated(x)
#' x[!duplicated(x)]
#' anyDuplicated(x)
NULL

#' @rdname tensor-sets
#' @export
duplicated.torch.Tensor <- function(x, incomparables = FALSE, MARGIN = 1, fromLast = FALSE, nmax = NA, ...) {
  check_no_dots(...)
  check_argument("incomparables", incomparables, isFALSE, "FALSE for a tensor")
  axes <- max(1, length(dim(x)))
  check_argument("MARGIN", MARGIN, is_one_number_to(axes), paste("one number from 1 to", axes))
  call_bridge("sets.duplicated", x, as.integer(MARGIN) - 1L, check_flag("fromLast", fromLast))
}

is_one_number_to <- function(largest) function(x) is_number(x) && x %in% seq_len(largest)

#' @rdname tensor-sets
#' @export
anyDuplicated.torch.Tensor <- function(x, incomparables = FALSE, MARGIN = 1, fromLast = FALSE, ...) {
  found <- which(as.vector(duplicated(x, incomparables, MARGIN, fromLast, ...)))
  if (length(found) == 0) {
    return(0L)
  }
  if (fromLast) max(found) else min(found)
}
