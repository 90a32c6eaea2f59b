# Shared memory: views (R vectors on the memory of tensors) and loans (tensors on the memory of R
# vectors). The C side of both is in src/view.c and src/loan.c, the Python side in
# `pytorch_bridge.sharing`.

#' Is it a view?
#'
#' A view is an R vector or array on the memory of a tensor or NumPy array, as
#' `as_r(x, copy = FALSE)` makes it: it shows every in-place change of the tensor. Assigning into a
#' view makes an ordinary vector of it first, and leaves the tensor alone.
#'
#' @param x any object.
#' @return `TRUE` or `FALSE`.
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

# A view of a tensor or NumPy array; dim_from: with how many dimensions it gets a dim.
view_of <- function(x, type, dim_from) {
  memory <- call_bridge("sharing.viewable", x, type)
  check_lengths(memory[[3]])
  .Call(ptb_view, memory[[2]], memory[[3]], memory[[1]], dim_from)
}

# A view if there can be one of the type and the values that a copy would have; else NULL.
view_or_null <- function(x, type, na, dim_from) {
  if (is.null(type)) {
    type <- call_bridge("transfer.readable", x)[[3]]
  }
  view <- tryCatch(view_of(x, type, dim_from), pytorchbridge_sharing_error = function(e) NULL)
  if (na == "keep" || !has_missing_integer(view)) view
}

has_missing_integer <- function(x) {
  (is.integer(x) && anyNA(x)) || (inherits(x, "integer64") && any(is.na(without_other_classes(x))))
}

# A tensor on the memory of x, which it keeps alive. Python takes the loan and returns it, even when the
# call fails; if it is never called, the loan ends with this call's environment.
borrow <- function(x, element, dtype = NULL, device = NULL, shape = NULL, requires_grad = FALSE) {
  check_can_be_lent(x, element)
  check_dtype(dtype)
  check_device(device)
  check_flag("requires_grad", requires_grad)
  shape <- as.list(shape_of(x, shape))
  address <- .Call(ptb_address, x)
  loan <- .Call(ptb_lend, x, environment())
  call_bridge("sharing.borrow", element, address, shape, loan, dtype, device, requires_grad)
}

check_can_be_lent <- function(x, element) {
  if (element == "logical") {
    abort(
      "sharing", "An R logical takes 4 bytes and a bool 1, so they cannot share memory.\n",
      "Use copy = TRUE."
    )
  }
  if (!.Call(ptb_can_be_lent, x)) {
    abort(
      "sharing", "R keeps `x` in a form of its own (such as 1:10, or what sort() returns), which must not change.\n",
      "Make an ordinary vector first, x <- ", if (is.raw(x)) "x | as.raw(0)" else "x + 0L",
      ", or use copy = TRUE."
    )
  }
  viewed <- .Call(ptb_view_owner, x)
  if (!is.null(viewed)) {
    call_bridge("sharing.check_lendable", viewed)
  }
}

# What copy = FALSE or NULL asks for; NULL where a copy is to be made after all. An integer vector
# would be int64 in a copy, and neither the dtype nor what becomes of NA may depend on whether memory
# is shared.
borrow_as_asked <- function(x, element, dtype, device, shape, na, requires_grad, copy) {
  check_copy(copy)
  if (isFALSE(copy)) {
    return(borrow(x, element, dtype, device, shape, requires_grad))
  }
  if ((element == "integer" && is.null(dtype)) || !identical(na, "error") || has_missing_integer(x)) {
    return(NULL)
  }
  tryCatch(
    borrow(x, element, dtype, device, shape, requires_grad),
    pytorchbridge_sharing_error = function(e) NULL
  )
}
