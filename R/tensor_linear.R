#' Linear algebra with tensors
#'
#' `solve()`, `chol()`, `determinant()` and so `det()`, of a tensor: computed by PyTorch where the tensor is,
#' and in autograd's graph. `isSymmetric()` tells about the values.
#'
#' @param a,x,object a `torch.Tensor`: a square matrix. Integers and bools count in float64.
#' @param b a vector or matrix of as many rows, a tensor or an R value; missing for the inverse.
#' @param tol the least reciprocal condition number with which `solve()` goes on: `NULL` is the precision of the
#'   dtype (R's own for float64), 0 asks for none, which is faster. For `isSymmetric()`, the tolerance.
#' @param pivot must be `FALSE`: PyTorch's factor has no pivots.
#' @param logarithm whether the modulus comes as its logarithm.
#' @param ... for `isSymmetric()` and `qr()` passed on to R's own; else unused.
#'
#' @return `solve()` and `chol()` return a tensor. `determinant()` returns a list of class `det` with the 0-d tensors
#'   `modulus` and `sign`, of which `det()` makes one tensor. `isSymmetric()` returns `TRUE` or `FALSE`. `qr()` returns
#'   R's own object, whose parts are R's: so it is refused for a tensor that requires grad. As in R, `determinant()` is
#'   of real numbers, and `isSymmetric()` of a matrix.
#' @section Errors:
#' `pytorchbridge_lossy_error` for a matrix that is singular, nearly so or not positive definite,
#' `pytorchbridge_dtype_error` for shapes that do not fit; see [pytorchbridge_errors].
#' @details `svd()`, `eigen()`, `crossprod()` and their kin have no methods in R: use `torch$linalg$svd(x)` and
#'   `torch$linalg$eigh(x)`, and see [Tensors and base R][tensors-and-base-r].
#' @name tensor-linear
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(4, 1, 1, 3), 2), requires_grad = TRUE)
#' solve(x)
#' solve(x, c(1, 2))
#' determinant(x, logarithm = FALSE)$modulus
#' isSymmetric(x, tol = 1e-8)
#' chol(x)
#' det(x)$backward()
#' x$grad
NULL

#' @rdname tensor-linear
#' @export
solve.torch.Tensor <- function(a, b, tol = NULL, ...) {
  check_no_dots(...)
  check_argument("tol", tol, or_null(is_number), "one number")
  if (missing(b)) {
    return(call_bridge("linear.solve", a, NULL, tol))
  }
  call_bridge("linear.solve", a, whole_operand(b), tol, !is_tensor(b))
}

#' @rdname tensor-linear
#' @export
chol.torch.Tensor <- function(x, pivot = FALSE, ...) {
  check_argument("pivot", pivot, isFALSE, "FALSE for a tensor")
  check_no_dots(...)
  call_bridge("linear.chol", x)
}

#' @rdname tensor-linear
#' @export
determinant.torch.Tensor <- function(x, logarithm = TRUE, ...) {
  check_no_dots(...)
  found <- call_bridge("linear.determinant", x, check_flag("logarithm", logarithm))
  structure(list(modulus = found[[1]], sign = found[[2]]), class = "det")
}

#' @rdname tensor-linear
#' @export
isSymmetric.torch.Tensor <- function(object, tol = 100 * .Machine$double.eps, ...) {
  if (length(dim(object)) != 2) {
    abort(
      "dtype", "isSymmetric() is of a matrix, and this tensor has ", format_count(length(dim(object)), "dimension"),
      "; take one matrix of it, or reshape it to two."
    )
  }
  isSymmetric(as.matrix(object), tol = tol, ...)
}

#' @rdname tensor-linear
#' @export
qr.torch.Tensor <- function(x, ...) {
  if (get_attribute(x, "requires_grad")) {
    abort(
      "dtype", "qr() gives R's own values, and this tensor's gradient would be lost.\n",
      "Use torch$linalg$qr(x), which gives Q and R, or qr(as.matrix(x)) for R's."
    )
  }
  qr(as.matrix(x), ...)
}
