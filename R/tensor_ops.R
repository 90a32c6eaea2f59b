#' Arithmetic with tensors
#'
#' R's operators and mathematical functions, for `torch.Tensor`. Results are tensors, on the same
#' device and in autograd's graph.
#'
#' # Operands
#'
#' One operand may be an R value: it joins the tensor on its device.
#'
#' | the R value | counts as | with a float32 tensor | with an int64 tensor |
#' |---|---|---|---|
#' | `2L`, `TRUE`: one value without `dim` | a Python number | float32 | int64 |
#' | `0.5`, also `1`: one double without `dim` | a Python number | float32 | float64 |
#' | `c(1L, 2L)`, `c(TRUE, FALSE)`, a matrix of integers | a tensor, as [as_tensor()] makes it | float32 | int64 |
#' | `c(0.5, 1)`, a matrix of doubles | a tensor, as [as_tensor()] makes it | float64 | float64 |
#'
#' So write `x + 1L` to stay with integers. Two tensors are promoted as PyTorch does. A missing integer or logical
#' value is an error.
#'
#' # Where R and PyTorch differ
#'
#' | call | an R array | a tensor, by R's operators | `torch$...` |
#' |---|---|---|---|
#' | `x + c(10, 20)`, `x` of shape \[2, 2\] | 20 goes to row 2 | 20 goes to column 2 | as this package |
#' | `x + matrix(c(10, 20))` | an error | 20 goes to the second row | as this package |
#' | `x + 1:3`, no shapes that fit | recycles, or warns | an error | an error |
#' | `x + c(10, 20)`, `x` of shape \[2, 1\] or \[4, 1\] | 20 goes to row 2 (and 4) | the same | 20 makes column 2 |
#' | `2L / 4L`, `sqrt(2L)` | double | float64 (float32 where a device has no float64) | float32 |
#' | `5L^2L` | double | an integer | an integer |
#' | an integer beyond the dtype's range | `NA`, with a warning | wraps | wraps |
#' | int64 beyond 2^53 with a double | not there | rounds, as all that is float64 | rounds, to float32 |
#' | `-5L %/% 2L`, `-5L %% 2L` | rounds down; the divisor's sign | the same | the same |
#' | `(-Inf)^0.3`, `(-2)^Inf`, `(-0)^-1` | `NaN`, `NaN`, `Inf` | those of C: `Inf`, `Inf`, `-Inf` | the same |
#' | `x %/% y`, `x` beyond 2^53 | the last digit is right | the last digit may be off | the same |
#' | `x %% y` beyond 2^53, or just below 0 | loses digits, with a warning | exact, but for rounding | the same |
#' | `sign(z)`, `log1p(z)`, `expm1(z)`, `z` complex | an error | an error | of complex numbers, too |
#' | `acosh(z)`; `asin(z)`, `acos(z)`, `atanh(z)` of real `z` | a branch of R's own | that of C | that of C |
#' | `NaN > 0`, `NA > 0` | `NA` | `FALSE` (and `!=` is `TRUE`) | `FALSE` |
#' | `any(NaN)` | `NA` | `TRUE` | `TRUE` |
#' | `TRUE + TRUE` | 2 | 2 | `True` |
#' | `cumsum(x)` of a matrix | a vector, column by column | the same | along one dimension |
#' | `round(x, 2)` | rounds the decimal digits | scales, rounds, scales back | the same |
#' | `signif(x)` | rounds | an error | not there |
#' | `x %*% y` | a matrix | `torch$matmul()`; vectors stay vectors | `x$matmul(y)`, in every R |
#'
#' Shapes fit if their lengths, compared from the last dimension on, are equal or 1:
#'
#' \if{html}{\figure{broadcasting.svg}{options: width="480" alt="With m of shape 2, 3: a vector of 3 is added to each
#' row, a column of 2 is added to each column, and a vector of 2 does not fit."}}
#'
#' Where one operand is R's, a vector with as many numbers as the other operand has elements goes to these one by one,
#' and a vector never makes a matrix or array larger: it is recycled down a matrix of one column, or is an error.
#' `x + t(v)` makes a column for each number of `v`. Two tensors are broadcast as in PyTorch.
#'
#' A number that the tensor's integer dtype cannot hold is an error; comparing it works, and exactly. (A vector of
#' doubles is compared in float64, where int64 beyond 2^53 is rounded: compare with an `integer64`, as [as_tensor()]
#' takes it.) R dispatches `%*%` from version 4.3 on.
#'
#' A condition wants an R value: `if (as.logical(any(x > 0)))`. `isTRUE()` of a tensor is `FALSE`. Among
#' R's classed vectors (`integer64`, `Date`, `factor`) some have operators of their own: convert them
#' first, with [as_tensor()].
#'
#' @param e1,e2,x tensors; of two operands one may be an R vector or array, or a NumPy array.
#' @param ... the base of `log()`, the digits of `round()`.
#'
#' @return Operators and functions return a tensor; comparisons and `&`, `|`, `!` return a bool tensor.
#' @section Errors:
#' `pytorchbridge_dtype_error` for shapes that do not fit, `pytorchbridge_device_error` for
#' two tensors on different devices, `pytorchbridge_lossy_error` for a number that does not fit the
#' tensor's dtype, `pytorchbridge_missing_error` for `NA`; see [pytorchbridge_errors].
#' @name tensor-arithmetic
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(c(1, 2, 3, 4), 2), dtype = "float32")
#' x * 0.5 + 1
#' x > 2
#' sqrt(x)
#' log(x, 2)
#' -7 %/% as_tensor(2L)
#'
#' w <- torch$ones(2L, requires_grad = TRUE)
#' loss <- sum((w * 3)^2)
#' loss$backward()
#' w$grad
NULL

#' @rdname tensor-arithmetic
#' @export
Ops.torch.Tensor <- function(e1, e2) {
  if (missing(e2)) {
    return(call_bridge("arithmetic.unary", .Generic, e1))
  }
  .Call(ptb_operate, .Generic, e1, e2)
}

# Where an operand is neither a tensor nor a few plain numbers.
operate <- function(generic, e1, e2, guest) {
  e1 <- if (identical(guest, 0L)) operand(e1) else e1
  e2 <- if (identical(guest, 1L)) operand(e2) else e2
  call_bridge("arithmetic.binary", generic, e1, e2, guest)
}

# Without a page of usage, since R before 4.3 does not know the generic.
#' @rawNamespace if (getRversion() >= "4.3.0") S3method(matrixOps, torch.Tensor)
matrixOps.torch.Tensor <- function(x, y) {
  y <- if (missing(y) || is.null(y)) x else y
  call_bridge("arithmetic.matmul", .Generic, whole_operand(x), whole_operand(y), guest_of(x, y))
}

# Without a page of usage, since R before 4.3 does not know the generic.
#' @rawNamespace if (getRversion() >= "4.3.0") S3method(chooseOpsMethod, torch.Tensor)
chooseOpsMethod.torch.Tensor <- function(x, y, mx, my, cl, reverse) {
  TRUE
}

# Of two operands, the one that goes to the other's device, as Python counts; NULL for none.
guest_of <- function(e1, e2) {
  if (!is_tensor(e1)) 0L else if (!is_tensor(e2)) 1L
}

# An operand as Python takes it. What is most common comes first.
operand <- function(x) {
  if (is_plain_number(x)) {
    return(check_not_missing(x))
  }
  if (is_tensor(x)) {
    return(x)
  }
  if (is_plain_vector(x)) {
    return(x)
  }
  check_holds_numbers(x)
  check_no_factor(x)
  # A single value does not make a vector of a 0-d tensor, nor of its dtype the result's.
  single <- is.atomic(x) && length(x) == 1 && is.null(dim(x))
  if (single) {
    return(naming_as_tensor(as_tensor(x, shape = integer())))
  }
  # Doubles are what is most common, and have a place for NA.
  if (is.double(x) && !is.object(x)) as_tensor(x) else naming_as_tensor(as_tensor(x))
}

check_holds_numbers <- function(x) {
  if (is.character(x) || is.null(x) || is.function(x) || (is.list(x) && !is.data.frame(x))) {
    abort("dtype", "The other operand is of class ", class(x)[1], ", and holds no numbers.")
  }
}

# Of which R takes the codes from 1 where as_tensor() takes those from 0.
check_no_factor <- function(x) {
  if (is.factor(x)) {
    abort(
      "dtype", "A factor does not join a tensor: R's codes count from 1, and as_tensor()'s from 0.\n",
      "Write as.integer(x) for the first, as_tensor(x) for the second."
    )
  }
}

whole_operand <- function(x) {
  check_no_factor(x)
  if (is_tensor(x)) x else naming_as_tensor(as_tensor(x))
}

check_not_missing <- function(x) {
  if ((is.integer(x) || is.logical(x)) && is.na(x)) {
    of_pytorch <- if (is.integer(x)) "PyTorch's integers have" else "a bool of PyTorch's has"
    abort(
      "missing", "An operand is a missing ", typeof(x), " value, which ", of_pytorch, " no place for.\n",
      "Write NaN or NA_real_ to get NaN in a floating tensor."
    )
  }
  x
}

#' @rdname tensor-arithmetic
#' @export
Math.torch.Tensor <- function(x, ...) {
  if (.Generic == "signif") {
    abort(
      "dtype", "PyTorch has no signif(); use round(x, digits), or format the values in R: ",
      "signif(as_r(x), digits)."
    )
  }
  arguments <- if (...length() == 0) list(.Generic, x) else list(.Generic, x, argument_of_math(.Generic, ...))
  .Call(ptb_call_bridge, "arithmetic.elementwise", arguments, TRUE)
}

argument_of_math <- function(generic, ...) {
  switch(generic,
    log = one_number("base", ...),
    round = one_number("digits", ...),
    check_no_dots(...)
  )
}

# The one argument that there may be, by its name or by none.
one_number <- function(name, ...) {
  given <- list(...)
  if (length(given) > 1 || !(is.null(names(given)) || names(given) %in% c("", name))) {
    do.call(check_no_dots, given[!names(given) %in% name])
  }
  as.double(check_argument(name, given[[1]], is_number, "one number"))
}

#' Which elements are missing, finite or infinite
#'
#' `is.na()` and `is.nan()` tell which elements are `NaN` (tensors have no other `NA`; in R they
#' differ for float64 tensors that came from R). `anyNA()` tells whether there is one.
#'
#' @param x a `torch.Tensor`.
#' @param recursive `TRUE` or `FALSE`, which is the same for a tensor.
#' @return They return a bool tensor of the same shape, and `anyNA()` returns `TRUE` or `FALSE`.
#' @name tensor-missing
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(c(1, NA, Inf))
#' is.na(x)
#' is.finite(x)
#' anyNA(x)
NULL

#' @rdname tensor-missing
#' @export
is.na.torch.Tensor <- function(x) call_bridge("arithmetic.classify", "is.na", x)

#' @rdname tensor-missing
#' @export
is.nan.torch.Tensor <- function(x) call_bridge("arithmetic.classify", "is.nan", x)

#' @rdname tensor-missing
#' @export
is.finite.torch.Tensor <- function(x) call_bridge("arithmetic.classify", "is.finite", x)

#' @rdname tensor-missing
#' @export
is.infinite.torch.Tensor <- function(x) call_bridge("arithmetic.classify", "is.infinite", x)

#' @rdname tensor-missing
#' @export
anyNA.torch.Tensor <- function(x, recursive = FALSE) {
  check_flag("recursive", recursive)
  call_bridge("summaries.has_nan", x)
}
