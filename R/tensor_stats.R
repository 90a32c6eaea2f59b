#' Differences, groups and scores of tensors
#'
#' `diff()`, `scale()`, `rowsum()`, `na.omit()` and their kin, as R has them for vectors and matrices: computed where
#' the tensor is, and in autograd's graph.
#'
#' @param x,object a `torch.Tensor`: a vector or a matrix.
#' @param lag how many places before it the element is that is taken from each.
#' @param differences how often that is done.
#' @param center whether each column's mean is subtracted; or what is, one number for each column.
#' @param scale whether each column is divided by the root of its sum of squares by n - 1; or what it is divided by.
#' @param group for each row its group: an R vector or a tensor.
#' @param reorder whether the groups come in order, not as they first occur.
#' @param na.rm whether `NaN` are left out.
#' @param ... unused.
#'
#' @return Each returns a tensor. Since tensors have no dimnames and attributes, the sums do not tell the names of
#'   their groups, the scores not what was subtracted, and `na.omit()` not which rows are left out. Differences and
#'   sums of groups of integers are int64; those of floats keep the dtype, and are an error where it cannot hold them.
#' @details `na.omit()` and `na.exclude()` drop the elements of a vector that are `NaN`, or the rows of a matrix in
#'   which one is; as in R, an array of more dimensions stays as it is. `na.fail()` is an error if there is any.
#' @name tensor-stats
#' @examplesIf reticulate::py_module_available("torch")
#' diff(as_tensor(c(1, 4, 9, 16)))
#' diff(as_tensor(c(1, 4, 9, 16)), lag = 2)
#' diff(as_tensor(c(1, 4, 9, 16)), differences = 2)
#' scale(as_tensor(matrix(1:6, 3)))
#' scale(as_tensor(matrix(1:6, 3)), center = TRUE, scale = c(2, 4))
#' rowsum(as_tensor(1:4), c("a", "b", "a", "b"))
#' rowsum(as_tensor(c(1, NaN, 3, 4)), group = c("b", "b", "a", "a"), reorder = FALSE, na.rm = TRUE)
#' mean(na.omit(as_tensor(c(1, NaN, 3))))
NULL

#' @rdname tensor-stats
#' @export
diff.torch.Tensor <- function(x, lag = 1L, differences = 1L, ...) {
  check_no_dots(...)
  check_argument("lag", lag, is_whole_from(1), "one whole number from 1 on")
  check_argument("differences", differences, is_whole_from(1), "one whole number from 1 on")
  call_bridge("statistics.differences", x, lag, differences)
}

#' @rdname tensor-stats
#' @export
scale.torch.Tensor <- function(x, center = TRUE, scale = TRUE) {
  call_bridge("statistics.scale", x, flag_or_numbers("center", center), flag_or_numbers("scale", scale))
}

flag_or_numbers <- function(name, value) {
  check_argument(name, value, is_flag_or_numbers, "TRUE, FALSE or one number for each column")
  if (is_flag(value) || is_tensor(value)) value else as_tensor(as.double(value))
}

is_flag_or_numbers <- function(x) is_flag(x) || is_tensor(x) || are_numbers(x)

#' @rdname tensor-stats
#' @export
rowsum.torch.Tensor <- function(x, group, reorder = TRUE, na.rm = FALSE, ...) {
  check_no_dots(...)
  group <- if (is_tensor(group)) as.vector(group) else group
  is_right <- function(x) is.atomic(x) && !is.null(x) && !is.raw(x)
  check_argument("group", group, is_right, "a vector with a group for each row")
  if (anyNA(group)) {
    abort("missing", "`group` has missing values; leave these rows out, or give them a group.")
  }
  groups <- unique(group)
  groups <- if (check_flag("reorder", reorder)) sort(groups) else groups
  places <- as_tensor(match(group, groups) - 1L)
  call_bridge("statistics.sum_by_group", x, places, length(groups), check_flag("na.rm", na.rm))
}

#' @rdname tensor-stats
#' @importFrom stats na.omit
#' @export
na.omit.torch.Tensor <- function(object, ...) call_bridge("statistics.without_nan", object)

#' @rdname tensor-stats
#' @importFrom stats na.exclude
#' @export
na.exclude.torch.Tensor <- na.omit.torch.Tensor

#' @rdname tensor-stats
#' @importFrom stats na.fail
#' @export
na.fail.torch.Tensor <- function(object, ...) {
  if (anyNA(object)) {
    abort("missing", "The tensor has NaN; leave them out with na.omit(x).")
  }
  object
}
