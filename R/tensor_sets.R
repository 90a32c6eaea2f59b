#' Distinct and duplicated elements and rows of tensors
#'
#' `unique()` gives the distinct elements of a vector, or rows of a matrix, in the order in which they first occur;
#' `duplicated()` tells which ones are like one before them. All `NaN` are one value, and `NA`, which a float64 tensor
#' keeps, is another. `anyDuplicated()` gives the number of the first duplicated one, or 0.
#'
#' @param x a `torch.Tensor`.
#' @param incomparables must be `FALSE`.
#' @param MARGIN the dimension whose slices are compared: 1 is the rows.
#' @param fromLast whether the last of those that are alike is the one that counts.
#' @param nmax,... unused: R's own methods have them.
#'
#' @return `unique()` returns a tensor, `duplicated()` a 1-d bool tensor, and `anyDuplicated()` one integer.
#' @name tensor-sets
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(3L, 1L, 3L))
#' unique(x)
#' duplicated(x)
#' duplicated(x, fromLast = TRUE)
#' unique(as_tensor(matrix(c(1, 1, 2, 2), 2)), MARGIN = 1)
#' anyDuplicated(x)
#' table(x)
NULL

#' @rdname tensor-sets
#' @export
unique.torch.Tensor <- function(x, incomparables = FALSE, MARGIN = 1, fromLast = FALSE, nmax = NA, ...) {
  check_no_dots(...)
  call_bridge("sets.unique", x, axis_of(x, incomparables, MARGIN), check_flag("fromLast", fromLast))
}

#' @rdname tensor-sets
#' @export
duplicated.torch.Tensor <- function(x, incomparables = FALSE, MARGIN = 1, fromLast = FALSE, nmax = NA, ...) {
  check_no_dots(...)
  call_bridge("sets.duplicated", x, axis_of(x, incomparables, MARGIN), check_flag("fromLast", fromLast))
}

# As Python counts.
axis_of <- function(x, incomparables, margin) {
  check_argument("incomparables", incomparables, isFALSE, "FALSE for a tensor")
  axes <- max(1, length(dim(x)))
  check_argument("MARGIN", margin, is_whole_to(axes), paste("one whole number from 1 to", axes))
  as.integer(margin) - 1L
}

#' @rdname tensor-sets
#' @export
anyDuplicated.torch.Tensor <- function(x, incomparables = FALSE, MARGIN = 1, fromLast = FALSE, ...) {
  found <- which(as.vector(duplicated(x, incomparables, MARGIN, fromLast, ...)))
  if (length(found) == 0) {
    return(0L)
  }
  if (fromLast) max(found) else min(found)
}

# What match() and `%in%` compare. R asks for it since 4.2, and of tensors since 4.6.
#' @rawNamespace if (exists("mtfrm", baseenv())) S3method(mtfrm, torch.Tensor)
mtfrm.torch.Tensor <- function(x) as.vector(x)
