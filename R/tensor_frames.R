#' Tensors as data frames
#'
#' `as.data.frame()` of a tensor is that of the R array with its values: a vector is a column, a matrix has one for each
#' of its own. So a tensor goes into `data.frame()`, `cbind()` of a data frame, `write.csv(data.frame(x))`,
#' `aggregate()`, `by()`, and with vctrs, dplyr and tibble into their columns. With `long = TRUE` it has a row for each
#' element, with a column for each index and one for the value, as ggplot2 takes it.
#'
#' @param x a `torch.Tensor`.
#' @param row.names names of the rows; `NULL` for their numbers.
#' @param optional whether names of the columns are left to the caller, as `data.frame()` does.
#' @param ... further arguments of R's own method, such as `stringsAsFactors`.
#' @param nm what a single column is called.
#' @param long whether there is a row for each element.
#' @param value_name of the long form, the name of the column with the values.
#'
#' @return It returns a data frame; in the long form one with the columns `dim1`, `dim2`, ... and `value` (or as
#'   `value_name` says).
#' @details Assign a column as an R vector, `d$x <- as.vector(t)`: R asks no method there, so a tensor is refused.
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(1:4, 2))
#' as.data.frame(x)
#' data.frame(epoch = 1, loss = torch$tensor(0.5))
#' as.data.frame(x, long = TRUE)
#' as.data.frame(x, long = TRUE, value_name = "count")
#' as.data.frame(x, row.names = c("a", "b"))
#' @export
as.data.frame.torch.Tensor <- function(x, row.names = NULL, optional = FALSE, ..., nm = deparse1(substitute(x)),
                                       long = FALSE, value_name = "value") {
  check_flag("optional", optional)
  if (check_flag("long", long)) {
    check_no_dots(...)
    return(long_form(x, row.names, value_name))
  }
  if (!missing(value_name)) {
    abort("dtype", "`value_name` is of the long form: as.data.frame(x, long = TRUE, value_name = ...).")
  }
  values <- dense(as_r(x))
  if (is.null(dim(values))) {
    return(as.data.frame(values, row.names = row.names, optional = optional, ..., nm = nm))
  }
  as.data.frame(values, row.names = row.names, optional = optional, ...)
}

long_form <- function(x, row.names, value_name) {
  check_argument("value_name", value_name, is_filled_text, "one name")
  values <- dense(read_python(x, dim_from = 1L))
  extents <- dim(values) # none of a 0-d tensor
  indices <- sprintf("dim%d", seq_along(extents))
  check_argument("value_name", value_name, function(x) !x %in% indices, "a name that no index has")
  is_right <- function(x) is.atomic(x) && length(x) == length(values) && !anyDuplicated(x)
  check_argument("row.names", row.names, or_null(is_right), "NULL, or a name for each element")
  before <- cumprod(c(1, extents))
  columns <- lapply(seq_along(extents), function(axis) {
    rep(rep(seq_len(extents[axis]), each = before[axis]), length.out = before[length(before)])
  })
  names(columns) <- indices
  columns[[value_name]] <- as.vector(values)
  as.data.frame(columns, row.names = row.names)
}

# ---- vctrs, data.table ----------------------------------------------------------------------------

# For vctrs, and with it tibble and dplyr, a tensor of one dimension is a vector of its values: as a column it is one.

#' @exportS3Method vctrs::vec_proxy
vec_proxy.torch.Tensor <- function(x, ...) dense(as_r(x))

#' @exportS3Method vctrs::vec_restore
vec_restore.torch.Tensor <- function(x, to, ...) x

#' @exportS3Method data.table::as.data.table
as.data.table.torch.Tensor <- function(x, ...) data.table::as.data.table(dense(as_r(x)), ...)
