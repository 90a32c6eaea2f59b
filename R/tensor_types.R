#' What base R asks of an object
#'
#' Base R's functions ask these of their arguments, and go other ways for matrices and for numbers: so a tensor answers
#' as the R array with its values would.
#'
#' @param x a `torch.Tensor`.
#' @return `is.numeric()` returns whether it holds integers or floats, `is.array()` whether it has two dimensions or
#'   more, and `is.matrix()` whether it has two.
#' @name tensor-types
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(1, 2, 3, 4), 2))
#' is.matrix(x)
#' diag(x)
#' is.numeric(x > 2)
NULL

#' @rdname tensor-types
#' @export
is.numeric.torch.Tensor <- function(x) {
  !grepl("bool|complex", call_bridge("comparing.traits", x)$dtype)
}

#' @rdname tensor-types
#' @export
is.matrix.torch.Tensor <- function(x) length(dim(x)) == 2

#' @rdname tensor-types
#' @export
is.array.torch.Tensor <- function(x) {
  dimensions <- length(dim(x))
  if (dimensions == 1) check_no_diag(x, sys.parent())
  dimensions > 1
}
