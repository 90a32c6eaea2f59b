# Derivatives of R functions. Python calls the function once at a point (`pytorch_bridge.derivatives`),
# with a tensor that records what becomes of it.

#' Values, gradients and Hessians of an R function of tensors
#'
#' Of a function that is written in R with tensors, such as a log-likelihood, these make what R's
#' optimizers take: functions of a numeric vector. Derivatives are exact, by PyTorch's `torch.func`; there
#' are no steps to choose.
#'
#' `f` gets the parameters as a 1-d float64 tensor (those of a matrix in R's order, as `optim()` hands them on), and
#' computes with R's operators and functions on tensors and with PyTorch's (`torch$lgamma(x)`,
#' `torch$distributions`). An R error in it is the error that you see. What leaves PyTorch on the way (`as_r()`,
#' `as_numpy()`, `as.numeric()`) would be a constant to the derivative, so it is an error: see [autograd_function()].
#' PyTorch's own `x$item()` and `x$tolist()` do give such constants, as they do in Python. `value_of()` and its kin give
#' R's numbers as well: within such a function, `torch$func$grad(g)(par)` is a gradient.
#'
#' Where R's own optimizers (`optim()`, `nlminb()` and others of package stats) call both, `gradient_of(f)` at the
#' point where `value_of(f)` was just taken calls `f` no second time. Where a function of yours calls them, as for
#' `nlm()`, it does, since data may have changed between the two. `hessian_of(f)` calls `f` once.
#'
#' # Optimizers
#'
#' ```r
#' optim(start, value_of(f), gradient_of(f), method = "BFGS")
#' nlminb(start, value_of(f), gradient_of(f), hessian_of(f))
#' nlm(function(par) structure(value_of(f)(par), gradient = gradient_of(f)(par)), start)
#' ```
#'
#' The standard errors of a maximum likelihood estimate, `f` being minus the log-likelihood, are
#' `sqrt(diag(solve(hessian_of(f)(fit$par))))`.
#'
#' @param f an R function of a 1-d float64 tensor, and of further arguments if you like, that returns a
#'   tensor of one floating element (0-d, as `sum()` gives it).
#' @return Each returns a function of a numeric vector `par` and of `...`, which goes to `f` as it is. That of
#'   `value_of()` returns one number, that of `gradient_of()` a numeric vector with the names of `par`, and that of
#'   `hessian_of()` a matrix with its names in both directions.
#' @section Errors:
#' Those of `f`. `pytorchbridge_dtype_error` if `f` does not return one floating number as a tensor, or
#' `par` is no numeric vector; see [pytorchbridge_errors].
#' @seealso [autograd_function()] for what PyTorch does not have
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' # Minus the log-likelihood of a Poisson model, and glm().
#' X <- as_tensor(model.matrix(count ~ spray, InsectSprays))
#' y <- as_tensor(InsectSprays$count, dtype = "float64")
#' f <- function(beta) {
#'   eta <- X$matmul(beta)
#'   sum(exp(eta) - y * eta)
#' }
#' fit <- optim(rep(0, 6), value_of(f), gradient_of(f), method = "BFGS")
#' cbind(
#'   estimate = fit$par,
#'   se = sqrt(diag(solve(hessian_of(f)(fit$par))))
#' )
#' coef(summary(glm(count ~ spray, poisson, InsectSprays)))[, 1:2]
value_of <- function(f) {
  check_function("f", f)
  function(par, ...) {
    optimizer <- optimizer_frame(sys.nframe())
    check_not_recorded(par, "f(par)")
    point <- point_at(f, par, ...)
    the$last_point <- if (!is.null(optimizer)) c(point, optimizer = optimizer)
    point$value
  }
}

#' @rdname value_of
#' @export
gradient_of <- function(f) {
  check_function("f", f)
  function(par, ...) {
    check_not_recorded(par, "torch$func$grad(f)(par)")
    point <- last_point(optimizer_frame(sys.nframe()), f, par, ...)
    if (is.null(point)) {
      point <- point_at(f, par, ...)
    }
    the$last_point <- NULL # which holds the memory of the whole graph
    gradient <- as_r(call_with_functions("derivatives.gradient", point$pull))
    names(gradient) <- names(par)
    gradient
  }
}

#' @rdname value_of
#' @export
hessian_of <- function(f) {
  check_function("f", f)
  function(par, ...) {
    check_not_recorded(par, "torch$func$jacrev(torch$func$grad(f), chunk_size = 1L)(par)")
    hessian <- as_r(call_with_functions("derivatives.hessian", for_python(function(x) f(x, ...)), parameters(par)))
    if (!is.null(names(par))) {
      dimnames(hessian) <- list(names(par), names(par))
    }
    hessian
  }
}

# ---- points ---------------------------------------------------------------------------------------

point_at <- function(f, par, ...) {
  found <- call_with_functions("derivatives.value_and_pull", for_python(function(x) f(x, ...)), parameters(par))
  list(f = f, par = par, more = list(...), value = found[[1]], pull = found[[2]])
}

# The point where the value was just taken, if this is the same one.
last_point <- function(optimizer, f, par, ...) {
  last <- the$last_point
  if (!is.null(last) && identical(last$optimizer, optimizer)) {
    asked <- list(f = f, par = par, more = list(...))
    if (identical(last[names(asked)], asked)) last
  }
}

# The frame of the function of R's package stats that called frame n, itself or by a function that it made; NULL
# if another one did. Between a value and a gradient, such an optimizer runs no other code; anybody else might
# have changed data in place, which can be seen neither in tensors nor in environments.
optimizer_frame <- function(n) {
  stats <- asNamespace("stats")
  while (n > 1L) {
    n <- n - 1L
    made_in <- environment(sys.function(n))
    if (identical(made_in, stats)) {
      return(sys.frame(n))
    }
    if (is.null(made_in) || !identical(topenv(made_in), stats)) {
      return(NULL)
    }
  }
}

# Integers may be parameters, and have no derivatives. Of a matrix they are its numbers, as optim() hands them on.
parameters <- function(par) {
  check_argument("par", par, is_parameters, paste0("a numeric vector", numbers_of(par)))
  as_tensor(as.double(par))
}

# What these functions give are numbers of R's, which would be constants to a derivative under way. instead: a tensor.
check_not_recorded <- function(par, instead) {
  if (is_tensor(par) && call_bridge("derivatives.is_recorded", par)) {
    abort(
      "dtype", "`par` is a tensor of which a derivative is taken, and here it would end, in R's numbers.\n",
      "Write ", instead, ", which is a tensor."
    )
  }
}

is_parameters <- function(x) is.numeric(x) && !is.object(x)

# How to make a numeric vector of what is none, as check_argument() says it.
numbers_of <- function(par) {
  way <- if (is_tensor(par)) {
    "as_r(par)"
  } else if (is.null(par)) {
    "numeric()"
  } else if (is.list(par) && is.numeric(unlist(par))) {
    "unlist(par)"
  } else if (is.complex(par)) {
    "c(Re(par), Im(par))"
  } else if (is.atomic(par) && !is.character(par)) {
    "as.numeric(par)"
  }
  if (!is.null(way)) paste(", here", way)
}

check_function <- function(name, value) check_argument(name, value, is.function, "an R function")

# ---- operations ---------------------------------------------------------------------------------------

#' An R function as an operation of autograd
#'
#' What PyTorch does not have, such as the distribution function of the t distribution, R often has.
#' `autograd_function()` makes an operation on tensors of an R function and of its derivative: its result
#' is in autograd's graph, and gradients go through it, in [gradient_of()] as in `loss$backward()`.
#'
#' Both functions get tensors, and may take them to R, by [as_r()], and back. For an R vector they return,
#' there comes a tensor on the first input's device and, if that has a floating or complex dtype, of its dtype (for a
#' gradient, those of its own input), and of its shape if it has as many elements.
#'
#' # Second derivatives
#'
#' [hessian_of()] and `create_graph = TRUE` differentiate `backward`. So for them it must stay with operations of
#' tensors; what it takes to R must be an `autograd_function()` too. If it is not, that is an error.
#'
#' @param forward an R function of one tensor or several, which returns a tensor, or an R vector.
#' @param backward an R function of the gradient of the result and of the inputs of `forward`, in this order:
#'   `function(gradient, x)`. It returns the gradient of the input, which is that of the result times the
#'   derivative; for several inputs a list of theirs, `NULL` where there is none.
#' @return `autograd_function()` returns a function of tensors, or of R vectors, that returns a tensor.
#' @section Errors:
#' Those of `forward` come as they are; those of `backward` as an error of the call that asked for gradients.
#' `pytorchbridge_dtype_error` for gradients that do not fit the inputs.
#' @seealso [gradient_of()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' log_pt <- autograd_function(
#'   forward = function(x) pt(as_r(x), df = 5, log.p = TRUE),
#'   backward = function(gradient, x) {
#'     gradient * exp(dt(as_r(x), 5, log = TRUE) - pt(as_r(x), 5, log.p = TRUE))
#'   }
#' )
#' x <- as_tensor(c(-1, 0, 2), requires_grad = TRUE)
#' sum(log_pt(x))$backward()
#' x$grad
autograd_function <- function(forward, backward) {
  check_function("forward", forward)
  check_function("backward", backward)
  call_bridge("derivatives.use_calling_thread")
  value_of_inputs <- for_python(function(...) like_tensor(forward(...), ..1))
  gradients_of_inputs <- for_python(function(gradient, ...) {
    gradients <- backward(gradient, ...)
    gradients <- if (is_plain_list(gradients)) gradients else list(gradients)
    unname(Map(like_tensor, gradients, list(...)[seq_along(gradients)]))
  })
  function(...) {
    inputs <- lapply(list(...), function(x) if (is_tensor(x)) x else naming_as_tensor(as_tensor(x)))
    call_with_functions("derivatives.apply", value_of_inputs, gradients_of_inputs, unname(inputs))
  }
}

is_plain_list <- function(x) is.list(x) && !is.object(x)

# What an R function returned, as a tensor beside another one.
like_tensor <- function(x, tensor) {
  if (is.null(x) || is_tensor(x)) {
    return(x)
  }
  same_size <- is.null(dim(x)) && length(x) == length(tensor)
  keeps_fractions <- call_method(tensor, "is_floating_point") || call_method(tensor, "is_complex")
  dtype <- if (keeps_fractions) tensor$dtype
  naming_as_tensor(as_tensor(x, dtype = dtype, device = tensor$device, shape = if (same_size) dim(tensor)))
}
