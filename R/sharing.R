# Shared memory: views (R vectors on the memory of tensors) and loans (tensors on the memory of R
# vectors). The C side of both is in src/view.c and src/loan.c, the Python side in
# `pytorch_bridge.sharing`.

#' Is it a view?
#'
#' A view is an R vector or array on the memory of a tensor or NumPy array, as
#' `as_r(x, copy = FALSE)` makes it: it shows every in-place change of the tensor. Assigning into a
#' view makes an ordinary vector of it first, and leaves the tensor alone.
#'
#' \if{html}{\figure{copy-view-loan.svg}{options: width="480" alt="Above, a copy: the R vector x and the tensor t have
#' memory of their own. In the middle, a view: the R names b and other lead to memory that the tensor a owns. Below, a
#' loan: the tensor t uses memory of an R vector that has the names x and same."}}
#'
#' @param x any object.
#' @return `is_view()` returns `TRUE` or `FALSE`.
#' @seealso [as_r()], [shares_memory()], [tensor_info()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' a <- torch$ones(5L, dtype = torch$float64)
#' b <- as_r(a, copy = FALSE)
#' a$add_(1)
#' b
#' is_view(b)
#' b[1] <- 0
#' is_view(b)
#' a
is_view <- function(x) {
  .Call(ptb_is_view, x)
}
