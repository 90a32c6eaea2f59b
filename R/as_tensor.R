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
#' `as_tensor(x, copy = FALSE)` takes the same short time and no memory, whatever the length. It works for double
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
#' `x[i, j]` in R is `t[i-1, j-1]` in Python: dimensions keep their order and meaning. A vector without `dim` is
#' 1-d whatever its length; `shape = integer()` makes a 0-d tensor of one value.
#'
#' @param x a logical, integer, double, complex or raw vector or array; a `bit64::integer64`,
#'   factor, `Date`, `POSIXct`, `difftime` or data frame; a matrix of the package Matrix; or a NumPy
#'   array, tensor or other Python object that `pytorch_bridge.to_tensor()` takes: see
#'   [python-objects].
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
#'   `NaN` are left alone unless you give a value; in float64, `NA` comes back as `NA`. Of Python
#'   objects, columns of pandas, polars and Arrow, masked arrays and lists may miss values: `"error"`,
#'   `"nan"` or a value.
#' @param requires_grad whether autograd records operations on the tensor.
#' @param copy as in the Array API: `TRUE` always makes new memory, `FALSE` shares memory or fails,
#'   `NULL` shares where that is possible (and gives the same dtype as a copy would). With `FALSE`,
#'   `order` and `na` have no say: the tensor has R's memory as it is. Python objects: default `NULL`.
#' @param ... for methods.
#'
#' @return `as_tensor()` returns a `torch.Tensor`.
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
#' as_tensor(c(0.5, 1), device = "cpu", requires_grad = TRUE)
#' as_tensor(matrix(0, 2, 3), order = "F")$stride()
#' as_tensor(Matrix::sparseMatrix(i = c(1, 3), j = c(1, 2), x = c(5, 7)))
#' as_tensor(Matrix::sparseMatrix(i = c(1, 3), j = c(1, 2), x = c(5, 7)), layout = "strided")
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
  if (is.null(dtype) && is.null(device) && is.null(shape) && ...length() == 0) {
    tensor <- .Call(ptb_tensor, x, order, na, requires_grad, copy, environment())
    if (!is.null(tensor)) {
      return(tensor)
    }
  }
  check_no_dots(...)
  asked <- asked_for(dtype, device, order, requires_grad, copy)
  tensor_of_values(x, asked, shape, na, copy)
}

tensor_of_values <- function(x, asked, shape, na, copy) {
  values <- values_of(x)
  if (is.null(values)) {
    abort_type(x)
  }
  values <- with_shape(values, shape)
  missing <- missing_rule(na, values)
  borrowed <- if (!isTRUE(copy)) borrow_as_asked(values, asked, missing, copy)
  if (is.null(borrowed)) new_tensor(values, asked, missing) else borrowed
}

#' @export
as_tensor.data.frame <- function(x, dtype = NULL, device = NULL, order = "C", na = "error",
                                 requires_grad = FALSE, copy = TRUE, ...) {
  if (is.null(dtype) && is.null(device) && isTRUE(copy) && ...length() == 0) {
    tensor <- .Call(ptb_frame, x, nrow(x), order, na, requires_grad)
    if (!is.null(tensor)) {
      return(tensor)
    }
  }
  check_no_dots(...)
  asked <- asked_for(dtype, device, order, requires_grad, copy)
  check_copied(copy, "A data frame")
  tensor_from_columns(x, asked, na)
}

#' @rdname as_tensor
#' @export
as_tensor.python.builtin.object <- function(x, dtype = NULL, device = NULL, na = "error", requires_grad = FALSE,
                                            copy = NULL, ...) {
  check_no_dots(...)
  asked <- asked_for(dtype, device, "C", requires_grad, copy)
  call_bridge("to_tensor", x, asked$dtype, asked$device, copy, asked$requires_grad, check_column_na(na))
}

# How a tensor shall be, once that makes sense.
asked_for <- function(dtype, device, order, requires_grad, copy) {
  plain <- is.null(dtype) && is.null(device) && identical(order, "C") && isFALSE(requires_grad)
  if (!plain) check_placing(dtype, device, order, requires_grad)
  check_copy(copy)
  list(dtype = dtype, device = device, order = order, requires_grad = requires_grad)
}

check_placing <- function(dtype, device, order, requires_grad) {
  check_dtype(dtype)
  check_device(device)
  check_order(order)
  check_flag("requires_grad", requires_grad)
}

# What copy = FALSE or NULL asks for; NULL where a copy is to be made after all. An integer vector
# would be int64 in a copy, and neither the dtype nor what becomes of NA may depend on whether memory
# is shared.
borrow_as_asked <- function(values, asked, missing, copy) {
  if (isFALSE(copy)) {
    check_na_stays(missing)
    return(borrow(values, asked))
  }
  changes <- (values$storage == "integer" && is.null(asked$dtype)) || missing$rule != "error"
  if (values$is_copy || changes || has_missing_integer(values$numbers)) {
    return(NULL)
  }
  tryCatch(borrow(values, asked), pytorchbridge_sharing_error = function(e) NULL)
}

check_na_stays <- function(missing) {
  if (missing$rule %in% c("nan", "value")) {
    abort("sharing", "`na` puts other values in the place of NA, and shared memory keeps its own; use copy = TRUE.")
  }
}

# ---- data frames ----------------------------------------------------------------------------------

# Each column is written straight into its place in the tensor.
tensor_from_columns <- function(x, asked, na) {
  # By place: two columns may have the same name.
  labels <- column_labels(names(x), length(x))
  each <- unlist(Map(columns_of, as.list(x), labels), recursive = FALSE, use.names = FALSE)
  labels <- vapply(each, function(one) one$label, "")
  columns <- lapply(each, function(one) column_of(one$column, one$label, nrow(x)))
  missing <- lapply(columns, function(column) missing_rule(na, column))
  common <- common_type(vapply(columns, function(column) column$storage, ""))
  with_nan <- identical(na, "nan")
  if (is.null(asked$dtype) && (common == "double" || with_nan)) {
    Map(function(column, label) check_exact_in_double(column$numbers, label), columns, labels)
  }
  memory <- new_memory(common, c(nrow(x), length(columns)), asked, with_nan)
  for (j in seq_along(columns)) {
    fill_memory(column_layout(memory$layout, j), memory$dtype, columns[[j]], missing[[j]], labels[j])
  }
  finish_tensor(memory$tensor, asked)
}

# How R would write each column.
column_labels <- function(names, n, frame = "x") {
  if (is.null(names)) names <- rep("", n)
  unclear <- is.na(names) | names == "" | names %in% names[duplicated(names)]
  ifelse(unclear, paste0(frame, "[[", seq_along(names), "]]"), paste0(frame, "$", names))
}

# A column that is a matrix is several.
columns_of <- function(column, label) {
  if (!is_matrix_column(column)) {
    return(list(list(column = column, label = label)))
  }
  lapply(seq_len(ncol(column)), function(k) list(column = column[, k], label = paste0(label, "[, ", k, "]")))
}

is_matrix_column <- function(column) length(dim(column)) == 2 && !is.data.frame(column)

column_of <- function(column, label, rows) {
  values <- values_of(column)
  if (is.null(values) || values$storage %in% c("complex", "raw") || length(values$numbers) != rows) {
    abort(
      "dtype", "Column ", label, " (", class(column)[1], ") cannot go into a tensor with the others.\n",
      if (is.data.frame(column)) {
        "Make one data frame of all columns: do.call(data.frame, x)."
      } else {
        "Leave it out, convert it (factor(), as.numeric()), or use model.matrix()."
      }
    )
  }
  values$shape <- rows
  values
}

common_type <- function(storages) {
  if ("double" %in% storages || length(storages) == 0) {
    return("double")
  }
  if (any(c("integer", "integer64") %in% storages)) "integer" else "logical"
}

# Where column j of a matrix lies.
column_layout <- function(layout, j) {
  matrix <- list(address = layout[1], rows = layout[2], row_step = layout[4], column_step = layout[5])
  c(matrix$address + (j - 1) * matrix$column_step, matrix$rows, matrix$row_step)
}

abort_type <- function(x) {
  remedy <- if (inherits(x, "raster")) {
    "Make intensities from 0 to 255 of it, for red, green and blue: grDevices::col2rgb(x)."
  } else if (isS4(x)) {
    "If it has numbers that stand for it, write as_tensor(as.numeric(x))."
  } else if (is.character(x)) {
    "Make numbers of it with as.numeric(x), or codes with factor(x)."
  } else if (inherits(x, "POSIXlt")) {
    "Make seconds of it with as.POSIXct(x)."
  } else if (is.list(x)) {
    "Make a list of tensors with as_tensors(x), or one vector of its elements with unlist(x)."
  } else if (is.null(x)) {
    "An empty tensor is as_tensor(numeric())."
  } else if (is.object(x) && is.atomic(x)) {
    bare_values(x)
  } else {
    "A tensor is made of a vector or an array of numbers."
  }
  abort("dtype", "`x` is of class ", class(x)[1], ", which has no dtype.\n", remedy)
}

# What to write for a vector of another class.
bare_values <- function(x) {
  if (length(x) == length(unclass(x))) {
    "If its bare values are meant, write as_tensor(unclass(x))."
  } else {
    "Its bare values are not its elements: make a plain vector of it, such as as.logical(x) or as.numeric(x)."
  }
}
