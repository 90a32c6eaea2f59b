#' Indexing tensors as R does
#'
#' `[`, `[[` and their assignments take R's indices: from 1, negative numbers drop, zeros count for
#' nothing, logical values are masks, a missing index means all of a dimension. A tensor gives the elements that
#' an R array of the same values gives; this page says where it differs. Python's own indexing, from 0,
#' is there by `x$narrow()`, `x$index_select()` and the like.
#'
#' # Reading
#'
#' `x[i, j]` has an index for each dimension, and drops dimensions of length 1 unless
#' `drop = FALSE`. `x[i]` counts all elements with the first dimension varying fastest, as R
#' does, and gives a 1-d tensor. `x[m]`, with a matrix that has a column for each dimension, picks
#' one element for each row. Where R gives a vector of length 1, `x[1, 2]` gives a 1-d tensor of
#' length 1; `x[[1, 2]]` gives the element as a 0-d tensor, as PyTorch's losses are.
#'
#' An index is an R vector (numbers are truncated, as R does) or a tensor: of whole numbers, which
#' count from 1 too, or of bools. A mask that is too short is recycled. An index that is out of
#' range is an error, not `NA`, and so is a missing value.
#'
#' Where every index is a single number, an increasing range with a constant step, missing, `TRUE`,
#' or negative numbers that leave one range, the result is **a view of the same memory**, as in
#' PyTorch: an assignment into `y <- x[1:2, ]` shows in `x`. Other indices make a new tensor, and so
#' does `x[i]` of a matrix unless `i` is one number. Use `x[1:2, ]$clone()` for a tensor of its own.
#'
#' # Writing
#'
#' `x[i, j] <- value` writes in place, on CUDA too, and so **into every other name and view that the
#' tensor has: a function that assigns into its argument changes the caller's tensor**, unless it
#' writes `x <- x$clone()` first. So do functions of R that assign into theirs: `replace()`,
#' `ave()`, `is.na(x) <-`, `within()` of a list, `dplyr::na_if()`; give them `x$clone()`.
#'
#' The values fill the selection with the first dimension varying fastest and are recycled, if their
#' number divides that of the elements. They are converted to the tensor's dtype
#' if that loses nothing but digits: 300 into uint8, 1.5 or `NA` into an integer are errors. In a
#' floating tensor, `NA` becomes `NaN` (in float64 it comes back as `NA`). Autograd's rules hold: a
#' leaf that requires grad cannot be written to.
#'
#' @param x a `torch.Tensor`.
#' @param ... indices: one for each dimension, or one alone. For `[[`, also the name of a
#'   Python attribute.
#' @param drop whether dimensions of length 1 are dropped.
#' @param value a tensor, or numbers.
#'
#' @return Reading returns a tensor; an assignment leaves the same tensor in `x`.
#' @section Errors:
#' `pytorchbridge_subscript_error` for indices, `pytorchbridge_missing_error` and
#' `pytorchbridge_lossy_error` for values; see [pytorchbridge_errors].
#' @name tensor-index
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(1:6, 2))
#' x[2, ]
#' x[2, , drop = FALSE]
#' x[, -1]
#' x[5]
#' x[x > 3L]
#' x[[2, 3]]
#' x[1, 2:3] <- c(10L, 20L)
#' x
NULL

#' @rdname tensor-index
#' @export
`[.torch.Tensor` <- function(x, ..., drop = TRUE) {
  if (!missing(drop)) check_flag("drop", drop, kind = "subscript")
  .Call(ptb_select, x, substitute(list(...)), environment(), drop)
}

#' @rdname tensor-index
#' @export
`[[.torch.Tensor` <- function(x, ...) {
  if (...length() == 1 && is_attribute(...)) {
    return(get_attribute(x, ..1))
  }
  .Call(ptb_select_one, x, substitute(list(...)), environment())
}

#' @rdname tensor-index
#' @export
`[<-.torch.Tensor` <- function(x, ..., value) {
  .Call(ptb_assign, "assigning.assign", x, substitute(list(...)), environment(), value)
}

#' @rdname tensor-index
#' @export
`[[<-.torch.Tensor` <- function(x, ..., value) {
  if (...length() == 1 && is_attribute(...)) {
    set_attribute(x, ..1, value)
    return(x)
  }
  .Call(ptb_assign, "assigning.assign_one", x, substitute(list(...)), environment(), value)
}

# Where what is assigned is neither a tensor nor a few plain numbers.
assign_values <- function(name, x, indices, value) {
  missing_at <- first_missing(value)
  call_bridge(name, x, indices, value_for_python(value, missing_at), TRUE, missing_at)
}

# ---- indices -------------------------------------------------------------------------------------

# Whether [[ ]] holds the name of an attribute.
is_attribute <- function(...) !missing(..1) && is.character(..1)

# As `pytorch_bridge.indices` takes an index: a number, a bool, several, a range, or a tensor. Called by
# src/python_operands.c for what is no tensor and no plain number.
index_for_python <- function(index, k) {
  if (is_python(index)) {
    return(as_tensor(index))
  }
  if (is.null(index)) {
    return(as_tensor(integer()))
  }
  vector_for_python(if (is.factor(index)) as.integer(index) else index, k)
}

vector_for_python <- function(index, k) {
  check_index(index, k)
  if (inherits(index, "integer64")) {
    return(as_tensor(index))
  }
  if (is.logical(index)) {
    return(if (length(index) == 1 || is_short(index)) as.vector(index) else as_tensor(index))
  }
  number_for_python(if (is.double(index)) trunc(index) else index)
}

number_for_python <- function(index) {
  if (length(index) == 1 && is.null(dim(index))) {
    return(as.double(index))
  }
  if (is_range(index)) {
    places <- as.double(c(index[1], index[2] - index[1], index[length(index)]))
    return(list(first = places[1], step = places[2], last = places[3]))
  }
  if (is_short(index)) {
    return(as.double(index))
  }
  as_tensor(index, dtype = "int64")
}

is_range <- function(index) {
  n <- length(index)
  if (n < 2 || is.matrix(index) || index[1] < 1 || index[2] <= index[1]) {
    return(FALSE)
  }
  step <- as.double(index[2]) - index[1]
  index[n] == index[1] + step * (n - 1) && all(diff(as.double(index)) == step)
}

check_index <- function(index, k) {
  if (is.character(index)) {
    abort(
      "subscript", "Index ", k, " is a name (\"", index[1], "\"), and tensors have no dimnames; ",
      "use numbers."
    )
  }
  if (!is_index(index)) {
    abort(
      "subscript", "Index ", k, " is of class ", class(index)[1], "; use numbers or logical values."
    )
  }
  if (anyNA(index)) {
    at <- format_index(which(is.na(index))[1], NULL)
    abort(
      "missing", "Index ", k, " has a missing value (at ", at, "), which selects nothing; ",
      "leave it out."
    )
  }
  check_index_size(index, k)
}

is_index <- function(index) {
  inherits(index, "integer64") || (!is.object(index) && (is.logical(index) || is.numeric(index)))
}

check_index_size <- function(index, k) {
  large <- if (is.double(index) && !is.object(index)) index[abs(index) > 2^53]
  if (length(large) > 0) {
    abort("subscript", "Index ", k, " has ", format_value(large[1]), ", which is out of range.")
  }
}

# ---- values --------------------------------------------------------------------------------------

# Python says whether the tensor's dtype has a place for what is missing: NaN is what is written there.
value_for_python <- function(value, missing_at) {
  check_no_factor(value)
  if (!is.null(missing_at) && !is.complex(value)) {
    value <- as_plain_double(value)
  }
  if (is_plain_number(value) || is_plain_vector(value)) value else as_tensor(value)
}

# One value that reticulate makes a Python number of.
is_plain_number <- function(x) {
  # To ask a tensor for its length is a call, and it has attributes.
  is.null(attributes(x)) && length(x) == 1 && (is.numeric(x) || is.logical(x) || is.complex(x))
}

# A few numbers that reticulate makes a Python list of, in less time than a tensor takes; NA has no place
# in one of integers.
is_plain_vector <- function(x) {
  is_short(x) && is.null(attributes(x)) && (is.double(x) || ((is.integer(x) || is.logical(x)) && !anyNA(x)))
}

is_short <- function(x) length(x) > 1 && length(x) <= 64 && is.null(dim(x))

# Where R's NA is among the values, which NaN is not; NULL if nowhere.
first_missing <- function(value) {
  if (!is.atomic(value) || is.character(value) || !anyNA(value)) {
    return(NULL)
  }
  missing <- if (is.object(value)) is.na(value) else is.na(value) & !is.nan(value)
  if (any(missing)) which(missing)[1]
}
