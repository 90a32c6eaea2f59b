#' An R vector or array with the values of a tensor
#'
#' `as_r()` brings a tensor or a NumPy array to R. It takes any tensor: on CUDA, with
#' `requires_grad`, not contiguous, expanded, conjugate, quantized. Every value arrives exactly as
#' it left, or the call fails and says which one did not fit.
#'
#' 0-d and 1-d tensors become plain vectors without `dim`; with two and more dimensions they become
#' arrays with the same indices (`x[i, j]` in R is `t[i-1, j-1]` in Python). Empty dimensions stay.
#'
#' # Views
#'
#' `as_r(x, copy = FALSE)` makes a view: an R vector or array on the tensor's own memory. It takes the
#' same short time and no memory, whatever the length, and it shows every in-place change of the tensor
#' (`t$add_(1)`). Reading it never copies. Assigning into it (`v[1] <- 0`) makes an ordinary vector
#' first, and leaves the tensor alone. It keeps the tensor's memory alive. What is saved by
#' [saveRDS()] or sent to another process is an ordinary vector.
#'
#' A view is possible on the CPU where memory lies as R's own does: float64 (double), int32
#' (integer), uint8 (raw), complex128 (complex) and int64 (`integer64`), 1-d or column-major. PyTorch's
#' own matrices are row-major: view their transpose, or make them with `as_tensor(x, order = "F")`.
#' An int32 of -2147483648 shows as `NA`, since that is what these bits mean in R.
#'
#' \if{html}{\figure{memory-order.svg}{options: width="480" alt="A matrix with the rows 1, 2, 3 and 4, 5, 6. R keeps it
#' as 1, 4, 2, 5, 3, 6: column-major. PyTorch and NumPy keep it as 1, 2, 3, 4, 5, 6: row-major."}}
#'
#' What moves a tensor's memory is refused while there is a view of it: `t$share_memory_()`, and
#' sending it to another process by `torch.multiprocessing`. Drop the view first, `rm(v); gc()`.
#' NumPy arrays, which Python itself leaves on the old memory, are not protected.
#'
#' A view is as safe as the memory that it shows. Reading it ends the R session if it shows a memory
#' map whose file has become shorter, or that `close()` took away. And R's own functions take it that a vector
#' stays as it is while they run: `sort(v)` may fail or give values in no order while a thread of
#' Python's writes to the tensor.
#'
#' # Types
#'
#' The R type depends on the dtype alone: bool is logical; uint8, int8, int16, uint16 and int32 are
#' integer; uint32, int64 and uint64 are double (beyond 2^53: error); floats are double; complex is
#' complex. [dtype_table()] shows the table. A sparse matrix (CSC, CSR, COO) becomes a `dgCMatrix`,
#' `dgRMatrix` or `dgTMatrix` of the package Matrix (`l*` for bool).
#'
#' A Python int comes exactly, or is an error beyond 2^53, unless `type = "integer64"`.
#'
#' # Labels
#'
#' A tensor has no names, levels, dates or zones, so they do not come back by themselves. With `like = x`
#' the values get the type, class and labels of `x`: `as_r(codes, like = iris$Species)` is a factor, its
#' codes counted from 0. So do `Date`, `POSIXct` with its zone, `difftime` with its units, `ts`, names and
#' dimnames; and a data frame gives the columns of a 2-d tensor their names, types and levels, as
#' [as_tensor()] took them. `NaN` is `NA` where `x` is a factor, integer or logical. There may be more or fewer
#' values than in `x`, or rows of a data frame, unless labels belong to single ones, as names and times do. What does
#' not fit (a code without a level, 1.5 where `x` is integer, another length) is an error.
#'
#' What attributes say of the values of `x` is not said of others: a key or an index of data.table, which values
#' [na.omit()] left out, what [scale()] subtracted. A grouped data frame of dplyr is grouped by its new values. Row
#' names that are numbers stay only if there are as many rows.
#'
#' @param x a `torch.Tensor`, a NumPy array or scalar; a column or table of pandas, polars or Arrow, or
#'   what else [python-objects] lists; a Python dict, list, tuple, named tuple or dataclass of such things,
#'   numbers, strings and `None`, or an R list of them, which become R lists. R vectors are returned as
#'   they are; `type` then names their own type only, and `as_r(as_tensor(x), type = )` checks another one.
#' @param type the R type wanted: `"logical"`, `"integer"`, `"double"`, `"complex"`, `"raw"` or
#'   `"integer64"` (from the package bit64, exact for every int64 but the lowest, which is its `NA`);
#'   `NULL` for the one that the dtype has. Checked: a value that does not fit is an error.
#' @param na what to do with a number that R takes for `NA` (-2147483648 as integer, -2^63 as
#'   integer64): `"error"`, or `"keep"` to get `NA`.
#' @param copy as in the Array API: `TRUE` always makes new memory, `FALSE` makes a view or fails,
#'   `NULL` makes a view where one is possible and has the same type as a copy would.
#' @param like an R object whose type, class and labels the values get: see Labels.
#' @param ... for methods.
#'
#' @return `as_r()` returns a vector or array of the R type, or an object like `like`.
#' @section Errors:
#' `pytorchbridge_lossy_error` for a value that does not fit, `pytorchbridge_missing_error` for a
#' number that R takes for `NA`, `pytorchbridge_dtype_error` for an object that is no tensor or
#' array; see [pytorchbridge_errors].
#' @seealso [as_tensor()] for the way there; [as.array()][as.array.torch.Tensor] and its kin.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' t <- torch$arange(6L)$reshape(2L, 3L)
#' as_r(t)
#' as_r(t, type = "integer")
#' as_r(np$arange(1, 5))
#'
#' as_r(torch$tensor(c(0L, 2L)), like = iris$Species)
#' as_r(as_tensor(-2147483648, dtype = "int32"), na = "keep")
#'
#' a <- torch$ones(5L, dtype = torch$float64)
#' b <- as_r(a, copy = FALSE)
#' a$add_(1)
#' b
as_r <- function(x, ...) {
  UseMethod("as_r")
}

#' @rdname as_r
#' @export
as_r.python.builtin.object <- function(x, type = NULL, na = "error", copy = TRUE, like = NULL, ...) {
  if (...length() > 0) check_no_dots(...)
  if (!is.null(like)) {
    return(read_like(x, like, type, na, copy))
  }
  result <- .Call(ptb_read, x, type, na, copy, 2L)
  if (is.list(result)) finish_reading(result[[1]], x, type, na, copy, 2L) else result
}

# Found sooner than by the last of a tensor's classes.
#' @export
as_r.torch.Tensor <- as_r.python.builtin.object

# dim_from: with how many dimensions the result gets a `dim`.
read_python <- function(x, type = NULL, na = "error", copy = TRUE, dim_from = 2L) {
  result <- .Call(ptb_read, x, type, na, copy, dim_from)
  if (is.list(result)) finish_reading(result[[1]], x, type, na, copy, dim_from) else result
}

# result: what ptb_read() leaves to R.
finish_reading <- function(result, x, type, na, copy, dim_from) {
  if (is.null(result) || is.list(result)) {
    check_reading(type, na, copy)
    found <- if (is.null(result)) call_bridge("structures.read", x, type, copy) else result
    result <- unpack(found, x, list(type = type, na = na, copy = copy, dim_from = dim_from))
  }
  # Copies that were made on the way may be large, and nothing holds them from here on.
  if (is.list(result) || length(result) > 2^16) {
    relieve_memory()
  }
  result
}

#' @export
as_r.default <- function(x, type = NULL, na = "error", copy = TRUE, like = NULL, ...) {
  check_no_dots(...)
  check_reading(type, na, copy)
  if (!is.atomic(x)) {
    abort("dtype", "`x` is of class ", class(x)[1], ": no tensor, NumPy array or R vector.")
  }
  if (!is.null(like)) {
    return(read_like(naming_as_tensor(as_tensor(x)), like, type, na, copy))
  }
  if (!is.null(type) && !identical(type, type_of_vector(x))) {
    abort(
      "dtype", "`x` is an R vector of type ", type_of_vector(x), ", which as_r() gives back as it is.\n",
      "Write as_r(as_tensor(x), type = \"", type, "\"), which checks each value."
    )
  }
  x
}

type_of_vector <- function(x) if (inherits(x, "integer64")) "integer64" else typeof(x)

check_reading <- function(type, na, copy) {
  check_type(type)
  check_read_na(na)
  check_copy(copy)
}
