# Direct calls: what src/python.c asks of R, and `$` of what it knows to call. Everything here is called
# by name from there, or hands over to reticulate.

start_direct_calls <- function() {
  if (is.null(the$same) && reticulate::py_available()) {
    class <- c(OWN_MODULE, "python.builtin.module", "python.builtin.object")
    functions <- .Call(ptb_start_calls, topenv(), the, class)
    the$same <- if (is.null(functions)) FALSE else list(converting = functions[[1]], plain = functions[[2]])
    the$raise <- if (!is.null(functions)) take_over(functions[[3]], TRUE)
    if (!is.null(functions)) {
      mend_interrupts(functions[[4]])
      reticulate::py_set_attr(bridge_module(FALSE)$owners, "is_lent", functions[[5]])
    }
  }
}

# What reticulate's handler of Ctrl-C asks before 1.37 is an R function, which must not run there (see
# src/python_interrupts.c).
mend_interrupts <- function(pending) {
  if (!is.null(pending) && isTRUE(the$asks_r_of_interrupts)) {
    reticulate::py_set_attr(reticulate::import("rpytools.signals"), "_callback", pending)
  }
}

# What reticulate makes of a Python object that a function returns. Ctrl-C waits meanwhile: while reticulate asks
# Python for the object's class, it would become an error of that.
take_over <- function(object, convert) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  suspendInterrupts(
    if (convert) {
      attach_capsules(reticulate::py_to_r(reticulate::py_call(the$same$converting, object)))
    } else {
      reticulate::py_call(the$same$plain, object)
    }
  )
}

# Raises a Python exception as reticulate does. If reticulate takes it for an interrupt, R must not see
# the interrupt before it has: `raise` then comes back with nothing, of which reticulate makes an error.
raise_again <- function(exception) {
  error <- suspendInterrupts(tryCatch(the$raise(exception), error = identity))
  .Call(ptb_check_interrupt)
  stop(error_with_hint(error))
}

# Whether reticulate gives all objects of a class the same form, now and later: no method makes something
# else of them. Of those that convert only what is PyTorch's or this package's, or one of Python's own
# functions, is taken to stay like that.
has_plain_form <- function(class, convert) {
  own <- c("torch.Tensor", "default")
  methods <- function(generic) {
    vapply(setdiff(class, own), function(name) {
      !is.null(utils::getS3method(generic, name, optional = TRUE, envir = asNamespace("reticulate")))
    }, NA)
  }
  !convert || (any(grepl("^(torch|pytorch_bridge)[.]", class), class[1] %in% PLAIN_CLASSES) &&
    !any(methods("py_to_r"), methods("py_to_r_wrapper")))
}

PLAIN_CLASSES <- paste0("python.builtin.", c(
  "function", "builtin_function_or_method", "method", "method-wrapper", "method_descriptor",
  "wrapper_descriptor", "type", "module"
))

call_by_reticulate <- function(callable, arguments, unused, raised) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  mind_fork()
  make <- function() attach_capsules(do.call(take_over(callable, TRUE), arguments, quote = TRUE))
  if (is.null(raised)) {
    if (revive_any(arguments)) {
      return(.Call(ptb_call, callable, arguments))
    }
    check_none_hollow(arguments)
    check_not_gone(callable)
  }
  tryCatch(if (is.null(raised)) make() else raise_again(raised), error = function(error) {
    if (is_of_bridge(error)) {
      abort_python(error, arguments)
    }
    if (!is_out_of_memory(error) || !changes_nothing(callable, arguments)) {
      stop(error_with_hint(error))
    }
    free_memory()
    tryCatch(make(), error = function(error) stop(error_with_hint(error)))
  })
}

# PyTorch's functions call this package's, where R's memory would move, and for derivatives.
is_of_bridge <- function(error) grepl("pytorch_bridge.errors.", conditionMessage(error), fixed = TRUE)

# Whether a call can be made once more after it failed half way: functions of PyTorch's that are written
# in C, and whose name does not say that they write into a tensor.
changes_nothing <- function(callable, arguments) {
  inherits(callable, "python.builtin.builtin_function_or_method") && !"out" %in% names(arguments) &&
    !grepl("_$", as.character(get_attribute(callable, "__name__")))
}

# ---- `$` and what it gives ------------------------------------------------------------------------

# `$` of tensors, modules, optimizers and of what `torch` holds: what reticulate gives, sooner.
#' @rawNamespace S3method("$", torch.Tensor)
`$.torch.Tensor` <- function(x, name) .Call(ptb_attribute, x, name)

#' @rawNamespace S3method("$", torch.nn.modules.module.Module)
`$.torch.nn.modules.module.Module` <- `$.torch.Tensor`

#' @rawNamespace S3method("$", torch.optim.optimizer.Optimizer)
`$.torch.optim.optimizer.Optimizer` <- `$.torch.Tensor`

# `torch` and the modules in it have a class of their own in front, for this method.
#' @rawNamespace S3method("$", pytorchbridge.module)
`$.pytorchbridge.module` <- `$.torch.Tensor`

OWN_MODULE <- "pytorchbridge.module"

with_own_class <- function(module) {
  if (inherits(module, "python.builtin.module") && !inherits(module, OWN_MODULE)) {
    class(module) <- c(OWN_MODULE, class(module))
  }
  module
}

attribute_by_reticulate <- function(x, name, unused, raised) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  mind_fork()
  if (revive_any(x)) {
    return(.Call(ptb_attribute, x, name))
  }
  is_module <- inherits(x, "python.builtin.module")
  if (!is_module) {
    check_not_gone(x) # reticulate gives NULL
  }
  class <- if (is_module) "python.builtin.module" else "python.builtin.object"
  dollar <- utils::getS3method("$", class, envir = asNamespace("reticulate"))
  value <- attach_capsules(dollar(x, enc2utf8(name)))
  start_direct_calls()
  if (is_module) with_own_class(value) else value
}

# The R function for a callable Python object. reticulate's own has the same attributes.
new_callable <- function(callable) {
  force(callable)
  function(...) {
    result <- .Call(ptb_call, callable, list(...))
    if (is.null(result)) invisible(result) else result
  }
}
