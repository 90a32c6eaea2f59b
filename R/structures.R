# Lists of tensors: Python's dicts, lists, tuples and dataclasses in R, and R's lists as tensors.

# nolint start: line_length_linter. A row of the table is one line.
#' What becomes of Python's objects
#'
#' [as_tensor()], [as_numpy()] and [as_r()] take what holds numbers in Python, whichever library it is of,
#' without loading any library for it. No value changes: an integer beside a missing value stays exact,
#' memory that is read-only (or whose owner does not say that it is not) is copied, and what does not fit is
#' an error that says what to write instead.
#'
#' | object | tensor | memory | missing values | [as_r()] |
#' |---|---|---|---|---|
#' | NumPy array, scalar | its dtype | shared if it may be written to | none; masked: error, unless `na =` | vector or array; masked: `NA` |
#' | NumPy array of objects | as a list of them | copied | `None`: as in lists | text, numbers, dates; else a list |
#' | NumPy text | error: its codes | | | character |
#' | `datetime64` | float64: days, or seconds (UTC) | copied | `NaT` is NaN | `Date`, `POSIXct` |
#' | `timedelta64` | float64: seconds | copied | `NaT` is NaN | `difftime` |
#' | bfloat16, float8 of ml_dtypes | the same dtype | shared | none | double |
#' | int4, uint4 of ml_dtypes | int8, uint8 | copied | none | integer |
#' | DLPack, array interfaces (CuPy) | its dtype | shared if it may be written to | none | vector or array |
#' | JAX array | its dtype | copied | none | vector or array |
#' | `__array__` (xarray), buffers (`array.array`) | its dtype | as a NumPy array | none | vector or array |
#' | `bytes`, `bytearray` | uint8 | `bytearray` shared | none | integer |
#' | pandas, polars or Arrow column of integers or bools | that of the column | copied | error, unless `na =` | numbers, `NA` |
#' | of floats | that of the column | copied | NaN, unless `na =` a value | double, `NA` |
#' | of dates, times | float64: days, seconds (UTC) | copied | NaN | `Date`, `POSIXct` with its zone |
#' | of text | error: its codes | | | character, `NA` |
#' | of categories of text | error: its codes | | | factor |
#' | of categories of numbers | as those numbers | copied | as those | as those |
#' | polars Array, Arrow fixed-size list | 2-d | copied | as its values | matrix |
#' | table, polars or Arrow struct | 2-d: the columns' dtype, or complex128, float64, int64 | copied | as its columns | data frame |
#' | SciPy CSR, CSC; BSR, LIL; others | sparse CSR, CSC; CSR; COO | copied | none | `dgRMatrix`, `dgCMatrix`; `dgRMatrix`; `dgTMatrix` |
#' | number, list of numbers, range, `torch.Size` | int64, float64, bool, complex128 | copied | `None`: error for integers, unless `na =` | number; list |
#' | `decimal.Decimal` | float64, if that has its digits | copied | | double |
#' | dates, times with a zone | float64: days, seconds (UTC) | copied | `None` is NaN | `Date`, `POSIXct` |
#' | dict of columns | as a table | copied | as its columns | list |
#' | TensorDict, other mappings, named tuples, dataclasses | of columns: as a table | copied | | list with names |
#'
#' # R values in Python
#'
#' In a Python chunk `r.x` is what reticulate makes of `x`, which changes missing integers and logicals,
#' numbers beyond 2^31, factors and data frames. `pytorch_bridge.from_r("x")` is a tensor of `x` as
#' [as_tensor()] makes it, and takes its arguments: `from_r("x", na="nan", dtype="float32")`.
#'
#' @name python-objects
#' @seealso [as_tensor()], [as_r()], [dtype_table()]
#' @examplesIf reticulate::py_module_available("torch")
#' dates <- np$array(list("2024-02-29", "NaT"), dtype = "datetime64[D]")
#' as_tensor(dates)
#' as_r(dates)
#' numbers <- reticulate::py_eval("[1, None]", convert = FALSE)
#' try(as_tensor(numbers))
#' as_tensor(numbers, na = 0)
NULL
# nolint end

#' A list of tensors from a list of R vectors
#'
#' `as_tensors()` is [as_tensor()] for each element of a list, and of lists in it. Names stay. It is
#' the inverse of [as_r()] of a state dict: `model$load_state_dict(as_tensors(weights))` gives a model
#' the weights that `weights <- as_r(model$state_dict())` took from it.
#'
#' @param x a list of what [as_tensor()] takes; `NULL` elements stay.
#' @param ... arguments of [as_tensor()], for each element.
#' @return `as_tensors()` returns a list of tensors of the same form as `x`.
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
  if (is_module(x)) {
    abort("dtype", "`x` is a module, and no list; its tensors are in x$state_dict().")
  }
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

# What `pytorch_bridge.structures.read()` finds, by its kind.
FOUND <- list(
  memory = c("kind", "is_view", "owner", "dtype", "r_type", "layout"),
  remote = c("kind", "owner", "r_type", "shape"),
  vector = c("kind", "memory", "missing", "class", "detail"),
  texts = c("kind", "values", "shape"),
  frame = c("kind", "names", "columns"),
  sparse = c("kind", "layout", "shape", "first", "second", "values"),
  text = c("kind", "value"),
  null = "kind",
  list = c("kind", "names", "items")
)

# The value of what was found in x. asked: `type`, `na`, `copy` and `dim_from` of read_python().
unpack <- function(found, x, asked) {
  names(found) <- FOUND[[found[[1]]]]
  switch(found$kind,
    memory = vector_from_memory(found, x, asked),
    remote = vector_from_device(found, x, asked),
    sparse = matrix_from_sparse(found, asked),
    vector = vector_with_class(found, asked),
    text = found$value,
    texts = texts_of(found$values, unlist(found$shape), asked$dim_from),
    null = NULL,
    list = list_of(found$items, found$names, asked),
    frame = as_data_frame(list_of(found$columns, found$names, asked))
  )
}

list_of <- function(items, names, asked) {
  names(items) <- if (!is.null(names)) as.character(names)
  asked$dim_from <- 2L
  map_named(items, function(item, name) unpack(item, NULL, asked))
}

# With the names as they are, and a matrix as one column.
as_data_frame <- function(columns) {
  rows <- if (length(columns) > 0) NROW(columns[[1]]) else 0L
  structure(columns, class = "data.frame", row.names = seq_len(rows), names = as.character(names(columns)))
}

# Numbers of which some are missing, or which are dates, times or codes. A type that is asked for is that
# of bare numbers.
vector_with_class <- function(found, asked) {
  asked$copy <- TRUE
  class <- if (is.null(asked$type)) found$class
  if (identical(class, "factor")) {
    asked$type <- "integer"
  }
  x <- unpack(found$memory, NULL, asked)
  x[unlist(found$missing)] <- NA
  zone <- if (is.null(found$detail)) "UTC" else found$detail
  switch(if (is.null(class)) "none" else class,
    factor = structure(x + 1L, levels = as.character(found$detail), class = "factor"),
    Date = structure(x, class = "Date"),
    POSIXct = structure(x, class = c("POSIXct", "POSIXt"), tzone = zone),
    difftime = structure(x, class = "difftime", units = "secs"),
    x
  )
}

texts_of <- function(values, shape, dim_from) {
  x <- vapply(as.list(values), function(value) if (is.null(value)) NA_character_ else value, "")
  if (length(shape) >= dim_from) array(x, shape) else x
}
