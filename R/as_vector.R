#' Base R's conversions, for tensors
#'
#' The generics that every R user knows, for `torch.Tensor`. Each is [as_r()] with a form or a type
#' asked for, and checks as it does: `as.integer()` of 1.5 is an error, not 1.
#'
#' @param x a `torch.Tensor`.
#' @param mode as in [base::as.vector()]: `"any"`, an R type, `"numeric"`, `"list"` or
#'   `"character"`.
#' @param ... further arguments of [as_r()].
#' @param rownames.force unused: tensors have no row names.
#'
#' @return `as.character()` returns a text for each element, as R writes its numbers. `as.array()` returns an array,
#'   with a `dim` even for one dimension. `as.matrix()` returns a matrix: a 0-d or 1-d tensor becomes a column. The
#'   others return a plain vector without `dim`, in R's order: the first index varies fastest.
#' @name as.array.torch.Tensor
#' @examplesIf reticulate::py_module_available("torch")
#' t <- torch$arange(6L)$reshape(2L, 3L)
#' as.array(t)
#' as.vector(t)
#' as.vector(t, mode = "list")
#' as.integer(t)
#' as.matrix(torch$ones(3L))
NULL

#' @rdname as.array.torch.Tensor
#' @export
as.array.torch.Tensor <- function(x, ...) {
  result <- dense(read_python(x, ..., dim_from = 1L))
  if (is.null(dim(result))) {
    dim(result) <- length(result)
  }
  result
}

#' @rdname as.array.torch.Tensor
#' @export
as.matrix.torch.Tensor <- function(x, ..., rownames.force = NA) {
  result <- dense(as_r(x, ...))
  if (length(dim(result)) > 2) {
    abort(
      "dtype", "A tensor of ", length(dim(result)), " dimensions is no matrix; use as.array(x), or reshape it to two."
    )
  }
  if (is.null(dim(result))) {
    dim(result) <- c(length(result), 1L)
  }
  result
}

#' @rdname as.array.torch.Tensor
#' @export
as.vector.torch.Tensor <- function(x, mode = "any") {
  check_choice("mode", mode, c("any", "list", "character", "numeric", R_VECTOR_TYPES))
  if (mode %in% c("list", "character")) {
    return(as.vector(plain_vector(x), mode))
  }
  plain_vector(x, switch(mode,
    any = NULL,
    numeric = "double",
    mode
  ))
}

#' @rdname as.array.torch.Tensor
#' @export
as.character.torch.Tensor <- function(x, ...) {
  values <- as.character(plain_vector(x, ...))
  if (is_called_by(sprintf)) check_sprintf(values) else values
}

#' @rdname as.array.torch.Tensor
#' @export
as.double.torch.Tensor <- function(x, ...) {
  values <- plain_vector(x, "double", ...)
  if (is_called_by(sprintf)) check_sprintf(values) else values
}

#' @rdname as.array.torch.Tensor
#' @export
as.integer.torch.Tensor <- function(x, ...) plain_vector(x, "integer", ...)

#' @rdname as.array.torch.Tensor
#' @export
as.logical.torch.Tensor <- function(x, ...) {
  if (is_called_by(ifelse)) { # which gives its result the dim of this
    return(dense(as_r(x, type = "logical", ...)))
  }
  plain_vector(x, "logical", ...)
}

#' @rdname as.array.torch.Tensor
#' @export
as.complex.torch.Tensor <- function(x, ...) plain_vector(x, "complex", ...)

plain_vector <- function(x, type = NULL, ...) {
  result <- dense(as_r(x, type = type, ...))
  dim(result) <- NULL
  result
}

# A sparse tensor comes as a sparse Matrix.
dense <- function(x) if (isS4(x)) as.matrix(x) else x
