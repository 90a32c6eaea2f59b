# Lists of tensors: Python's dicts, lists, tuples and dataclasses in R, and R's lists as tensors.

#' A list of tensors from a list of R vectors
#'
#' `as_tensors()` is [as_tensor()] for each element of a list, and of lists in it. Names stay. It is
#' the inverse of [as_r()] of a state dict: `model$load_state_dict(as_tensors(weights))` gives a model
#' the weights that `weights <- as_r(model$state_dict())` took from it.
#'
#' @param x a list of what [as_tensor()] takes; `NULL` elements stay.
#' @param ... arguments of [as_tensor()], for each element.
#' @return A list of tensors of the same form.
#' @section Errors:
#' As [as_tensor()], naming the element.
#' @seealso [as_tensor()], [as_r()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' model <- torch$nn$Linear(2L, 1L)
#' weights <- as_r(model$state_dict())
#' str(weights)
#' weights$bias[] <- 0
#' model$load_state_dict(as_tensors(weights))
#' model$bias
as_tensors <- function(x, ...) {
  if (!is.list(x) || is.data.frame(x)) {
    abort("dtype", "`x` is of class ", class(x)[1], ", no list; use as_tensor(x).")
  }
  map_named(x, function(element, name) {
    if (is.null(element)) {
      NULL
    } else if (is.list(element) && !is.data.frame(element)) {
      as_tensors(element, ...)
    } else {
      as_tensor(element, ...)
    }
  })
}

#' @export
as_r.list <- function(x, ...) {
  map_named(x, function(element, name) if (is.null(element)) NULL else as_r(element, ...))
}

# lapply() that keeps NULLs and names the element in the errors of this package.
map_named <- function(x, f) {
  names <- if (is.null(names(x))) rep("", length(x)) else names(x)
  result <- lapply(seq_along(x), function(i) {
    tryCatch(f(x[[i]], names[i]), pytorchbridge_error = function(e) {
      place <- if (nzchar(names[i])) paste0("\"", names[i], "\"") else i
      e$message <- paste0("In element ", place, ": ", conditionMessage(e))
      stop(e)
    })
  })
  names(result) <- names(x)
  result
}

# The value that `pytorch_bridge.structures.unpack()` took apart.
pack <- function(unpacked, type, na, copy) {
  switch(unpacked[[1]],
    tensor = ,
    array = to_r(unpacked[[2]], type, na, copy),
    integer = as_type(whole_number(unpacked[[2]], type), type, na),
    value = as_type(unpacked[[2]], type, na),
    null = NULL,
    list = {
      items <- unpacked[[3]]
      if (!is.null(unpacked[[2]])) {
        names(items) <- as.character(unpacked[[2]])
      }
      map_named(items, function(item, name) pack(item, type, na, copy))
    }
  )
}

# A number of Python's as the type that is asked for, checked as a tensor's values are.
as_type <- function(value, type, na) {
  if (is.null(type) || is.character(value) || inherits(value, "integer64")) {
    return(value)
  }
  to_r(as_tensor(value, shape = integer()), type, na)
}

# Python's integers have any number of digits.
whole_number <- function(digits, type) {
  if (identical(type, "integer64")) {
    number <- suppressWarnings(as.integer64(digits))
    if (is.na(number) || format(number) != digits) {
      abort("lossy", "The integer ", digits, " is out of integer64's range.")
    }
    return(number)
  }
  number <- as.double(digits)
  if (abs(number) > 2^53 || (abs(number) == 2^53 && !endsWith(digits, "9007199254740992"))) {
    abort(
      "lossy", "The integer ", digits, " would not stay exact in R's double.\n",
      "Write type = \"integer64\" to get all of its digits, up to 2^63 - 1."
    )
  }
  number
}
