#' A tensor with the values of an R object
#'
#' `as_tensor()` makes a `torch.Tensor` of an R vector, array, factor, date, data frame or sparse
#' matrix, or of a NumPy array. Every value arrives exactly as it left, or the call fails and says which one did not
#' fit. By default the tensor has memory of its own. **With `copy = FALSE` it borrows R's memory, and
#' an in-place operation on the tensor (`t$add_(1)`) changes `x` and every other name that the same
#' value has in R**, a function's argument and a constant in your code included.
#'
#' # Types
#'
#' The dtype depends on the type of `x` alone, never on its values, length or `dim`: logical is
#' bool, integer is int64 (PyTorch's own integer), double is float64, complex is complex128, raw is
#' uint8, `bit64::integer64` is int64. A factor gives its codes from 0, as PyTorch's losses and
#' embeddings want them; `Date` gives days, `POSIXct` seconds (UTC), `difftime` its own units. A
#' data frame gives a matrix \[rows, columns\]: float64 if any column is double, else int64 if any is
#' integer, else bool. A sparse matrix of the package Matrix gives a sparse tensor. [dtype_table()]
#' shows the table of vectors.
#'
#' A conversion to a named `dtype` follows PyTorch's `Tensor.to()` (1.9 to "long" is 1), except that
#' a value out of its range, and `NaN` or `NA` to an integer, is an error.
#'
#' # Borrowing
#'
#' `as_tensor(x, copy = FALSE)` takes no time and no memory, whatever the length. It works for double
#' (float64), integer (int32), complex, raw and integer64, on the CPU, and is refused for logical
#' (4 bytes in R, 1 in PyTorch), for classed vectors, and where R itself relies on values not to
#' change: `1:10`, a sorted vector and other vectors that R keeps in a form of its own. So may be a
#' complex vector of up to 8 values, which R may keep where PyTorch cannot use it. The tensor keeps
#' the R vector alive. Assigning to `x` in R (`x[1] <- 0`) makes `x` another vector, as always in R;
#' the tensor keeps the first one. A missing integer is -2147483648 in the tensor, as it is in R's memory.
#' To write to a tensor without surprise, let it own its memory and look at it with
#' `as_r(t, copy = FALSE)`.
#'
#' # Shapes
#'
#' `x[i, j]` is `t[i-1, j-1]`: dimensions keep their order and meaning. A vector without `dim` is
#' 1-d whatever its length; `shape = integer()` makes a 0-d tensor of one value.
#'
#' @param x a logical, integer, double, complex or raw vector or array; a `bit64::integer64`,
#'   factor, `Date`, `POSIXct`, `difftime` or data frame; a matrix of the package Matrix; or a NumPy
#'   array, tensor or other Python object that `pytorch_bridge.to_tensor()` takes.
#' @param dtype the tensor's dtype: PyTorch's name (`"float32"`, `"long"`, `"half"`) or torch's own
#'   object (`torch$float32`); `NULL` for the one that the type of `x` has.
#' @param device where the tensor lives: `"cpu"`, `"cuda"`, `"cuda:1"` or a torch device; `NULL` is
#'   the CPU for R values, and for tensors where they are.
#' @param shape the tensor's lengths, as if `dim(x) <- shape` came first (so the first index varies
#'   fastest); `NULL` for `dim(x)`, or `length(x)` if there is none. Data frames have their own.
#' @param order how the tensor lies in memory: `"C"`, row by row, is PyTorch's own; `"F"`, column by
#'   column, is R's.
#' @param na what to do with missing integers, logicals, `integer64` and factor levels: `"error"`,
#'   whatever the dtype; `"nan"`, for `NaN` in float64, or in the floating `dtype` that you name;
#'   `"keep"`, for R's own bit pattern (an integer's is -2147483648); or one value of the type of `x`
#'   to put there. In a double or complex `x`, `NA` and
#'   `NaN` are left alone unless you give a value; in float64, `NA` comes back as `NA`.
#' @param requires_grad whether autograd records operations on the tensor.
#' @param copy as in the Array API: `TRUE` always makes new memory, `FALSE` shares memory or fails,
#'   `NULL` shares where that is possible (and gives the same dtype as a copy would). With `FALSE`,
#'   `order` and `na` have no say: the tensor has R's memory as it is. Python objects: default `NULL`.
#' @param ... for methods.
#'
#' @return A `torch.Tensor`.
#' @section Errors:
#' Of class `pytorchbridge_missing_error` for missing values, `pytorchbridge_lossy_error` for values
#' that do not fit, `pytorchbridge_dtype_error` for types and dtypes, `pytorchbridge_device_error`;
#' see [pytorchbridge_errors].
#' @seealso [as_r()] for the way back, [to_device()], [dtype_table()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' as_tensor(1:10)
#' as_tensor(matrix(c(1, 2, 3, 4), 2), dtype = "float32")
#' as_tensor(5, shape = integer())
#' as_tensor(c(1L, NA, 3L), na = "nan")
#' as_tensor(iris[1:3, 1:4])
#' as_tensor(Matrix::sparseMatrix(i = c(1, 3), j = c(1, 2), x = c(5, 7)))
#'
#' x <- c(1, 2, 3)
#' t <- as_tensor(x, copy = FALSE)
#' t$mul_(10)
#' x
as_tensor <- function(x, ...) {
  UseMethod("as_tensor")
}

#' @rdname as_tensor
#' @export
as_tensor.default <- function(x, dtype = NULL, device = NULL, shape = NULL, order = "C", na = "error",
                              requires_grad = FALSE, copy = TRUE, ...) {
  check_no_dots(...)
  element <- element_of(x)
  if (is.null(element)) {
    abort_type(x)
  }
  borrowed <- if (!isTRUE(copy)) borrow_as_asked(x, element, dtype, device, shape, na, requires_grad, copy)
  if (!is.null(borrowed)) {
    return(borrowed)
  }
  new_tensor(x, element, element, dtype, device, shape, order, na, requires_grad)
}

#' @export
as_tensor.integer64 <- as_tensor.default

#' @export
as_tensor.factor <- function(x, dtype = NULL, device = NULL, shape = NULL, order = "C", na = "error",
                             requires_grad = FALSE, copy = TRUE, ...) {
  check_no_dots(...)
  check_copied(copy, "A factor")
  new_tensor(codes_of(x), "integer", "factor", dtype, device, shape, order, na, requires_grad)
}

#' @export
as_tensor.Date <- function(x, dtype = NULL, device = NULL, shape = NULL, order = "C", na = "error",
                           requires_grad = FALSE, copy = TRUE, ...) {
  check_no_dots(...)
  class <- intersect(class(x), c("Date", "POSIXct", "difftime"))[1] # of which there are subclasses
  check_copied(copy, paste("A", class))
  new_tensor(as_plain_double(x), "double", class, dtype, device, shape, order, na, requires_grad)
}

#' @export
as_tensor.POSIXct <- as_tensor.Date
#' @export
as_tensor.difftime <- as_tensor.Date

#' @export
as_tensor.data.frame <- function(x, dtype = NULL, device = NULL, order = "C", na = "error",
                                 requires_grad = FALSE, copy = TRUE, ...) {
  check_no_dots(...)
  check_order(order)
  check_copied(copy, "A data frame")
  tensor <- tensor_from_columns(x, dtype, order, na)
  finish_tensor(tensor, device, requires_grad)
}

#' @rdname as_tensor
#' @export
as_tensor.python.builtin.object <- function(x, dtype = NULL, device = NULL, requires_grad = FALSE, copy = NULL,
                                            ...) {
  check_no_dots(...)
  check_dtype(dtype)
  check_device(device)
  check_copy(copy)
  check_flag("requires_grad", requires_grad)
  call_bridge("to_tensor", x, dtype, device, copy, requires_grad)
}

# How the values of an R vector lie in memory: the element type's name, or NULL if it is no vector of
# numbers. A class that is not known may give its values another meaning, so it is not guessed.
element_of <- function(x) {
  if (is.object(x)) {
    return(if (inherits(x, "integer64") && is.double(x)) "integer64")
  }
  switch(typeof(x),
    logical = ,
    integer = ,
    double = ,
    complex = ,
    raw = typeof(x)
  )
}

new_tensor <- function(x, element, r_type, dtype, device, shape, order, na, requires_grad) {
  check_order(order)
  tensor <- tensor_from_r(x, element, shape_of(x, shape), dtype, order, na, r_type)
  if (is.null(device) && isFALSE(requires_grad)) tensor else finish_tensor(tensor, device, requires_grad)
}

finish_tensor <- function(tensor, device, requires_grad) {
  call_bridge("transfer.finish", tensor, device, isTRUE(requires_grad))
}

codes_of <- function(factor) {
  codes <- as.integer(unclass(factor)) - 1L
  dim(codes) <- attr(factor, "dim")
  codes
}

# Dates may be stored as integers.
as_plain_double <- function(x) {
  plain <- as.double(unclass(x))
  dim(plain) <- attr(x, "dim")
  plain
}

# Not what methods of length() and dim() say, which memory knows nothing of.
own_shape <- function(x) {
  shape <- .Call(ptb_shape, x)
  if (length(shape) > MAX_DIMS) {
    abort("dtype", "An array of ", length(shape), " dimensions is more than ", MAX_DIMS, "; reshape it first.")
  }
  shape
}

shape_of <- function(x, shape) {
  if (is.null(shape)) {
    return(own_shape(x))
  }
  whole <- is.numeric(shape) && all(is.finite(shape)) && all(shape >= 0 & shape == trunc(shape))
  length <- prod(.Call(ptb_shape, x))
  if (!whole || prod(shape) != length) {
    abort(
      "dtype", "`shape` must be whole numbers whose product is length(x), ",
      format(length, scientific = FALSE), ", not ", show_value(shape), "."
    )
  }
  shape
}

# ---- data frames ----------------------------------------------------------------------------------

# Each column is written straight into its place in the tensor.
tensor_from_columns <- function(x, dtype, order, na) {
  # By place: two columns may have the same name.
  labels <- column_labels(names(x))
  columns <- lapply(seq_along(x), function(j) column_of(x[[j]], labels[j], nrow(x)))
  elements <- vapply(columns, function(column) column$element, "")
  common <- common_element(elements)
  with_nan <- identical(na, "nan")
  if (is.null(dtype) && (common == "double" || with_nan)) {
    lapply(columns, function(column) check_exact_in_double(column$values, column$label))
  }
  new <- call_bridge("transfer.writable", common, dim(x), dtype, order, with_nan)
  layout <- new[[3]]
  for (j in seq_along(columns)) {
    column <- columns[[j]]
    place <- c(layout[1] + (j - 1) * layout[5], nrow(x), layout[4])
    missing <- missing_rule(na, column$element, column$values)
    fill_memory(column$values, column$element, new[[2]], place, missing, nrow(x), column$label)
  }
  new[[1]]
}

# How R would write each column.
column_labels <- function(names) {
  unclear <- is.na(names) | names == "" | names %in% names[duplicated(names)]
  ifelse(unclear, paste0("x[[", seq_along(names), "]]"), paste0("x$", names))
}

column_of <- function(values, label, rows) {
  if (inherits(values, "factor")) {
    values <- codes_of(values)
  } else if (inherits(values, c("Date", "POSIXct", "difftime"))) {
    values <- as_plain_double(values)
  }
  element <- element_of(values)
  if (is.null(element) || element %in% c("complex", "raw") || length(values) != rows) {
    abort(
      "dtype", "Column ", label, " (", class(values)[1], ") cannot go into a tensor with the others.\n",
      "Leave it out, convert it (factor(), as.numeric()), or use model.matrix()."
    )
  }
  list(values = values, element = element, label = label)
}

common_element <- function(elements) {
  if ("double" %in% elements || length(elements) == 0) {
    return("double")
  }
  if (any(c("integer", "integer64") %in% elements)) "integer" else "logical"
}

# Beyond 2^53, an integer64 that becomes a double unasked would be rounded.
check_exact_in_double <- function(values, label) {
  beyond <- if (inherits(values, "integer64")) which(abs(values) > as.integer64(2)^53)
  if (length(beyond) > 0) {
    abort(
      "lossy", label, "[", beyond[1], "] is ", format(values[beyond[1]]),
      ", beyond 2^53, and would not stay exact in float64.\nName a dtype, or convert such values on their own."
    )
  }
}

abort_type <- function(x) {
  remedy <- if (is.character(x)) {
    "Make numbers of it with as.numeric(x), or codes with factor(x)."
  } else if (inherits(x, "POSIXlt")) {
    "Make seconds of it with as.POSIXct(x)."
  } else if (is.list(x)) {
    "Make a list of tensors with as_tensors(x), or one vector of its elements with unlist(x)."
  } else if (is.null(x)) {
    "An empty tensor is as_tensor(numeric())."
  } else if (is.object(x) && is.atomic(x)) {
    paste0("If its bare values are meant, write as_tensor(unclass(x)).")
  } else {
    "A tensor is made of a vector or an array of numbers."
  }
  abort("dtype", "`x` is of class ", class(x)[1], ", which has no dtype.\n", remedy)
}
