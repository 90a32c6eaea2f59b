#' Shapes of tensors, in R's terms
#'
#' `dim()` is the shape, of a 1-d tensor too (its length) and of a 0-d tensor (`integer(0)`), so
#' `nrow()` and `ncol()` work. `length()` is the number of elements. `t()`, `aperm()`, `head()` and
#' `tail()` give views of the same memory; `rev()` makes a new tensor. `c()` joins all elements, in R's
#' order, and `cbind()` and `rbind()` join matrices and vectors. `dim(x) <-` makes `x` another tensor,
#' of the same elements in R's order.
#'
#' @param x,a a `torch.Tensor`.
#' @param value the new lengths, of the same elements in R's order; `NULL` for one dimension. For names, dimnames and
#'   levels, which tensors do not have, `NULL`.
#' @param perm where each dimension comes from, counted from 1; `NULL` reverses them.
#' @param n as in [utils::head()]: how many slices along the first dimension, or one number for each
#'   of several dimensions; negative: all but the last (the first) so many; `NA`: all.
#' @param ... for `c()`, `cbind()` and `rbind()`, tensors, and R values that join them on their device;
#'   else unused.
#' @param resize must be `TRUE`: a view has the dimensions that are asked for.
#' @param addrownums,keepnums,deparse.level,recursive,use.names unused: they are about names, and tensors have none.
#'
#' @return Each returns a tensor, but `dim()` and `length()` return numbers, `names()` returns `NULL`, and `as.list()`
#'   a list of R numbers, one for each element.
#' @details `t()` of a vector is a matrix of one row, as in R, and of more than two dimensions an
#'   error: use `aperm()`. `rev()` of a matrix is a vector, in R's order. `rep()` is an error: R's
#'   recycling and PyTorch's `repeat()` mean different things.
#'
#'   What `c()`, `cbind()` and `rbind()` join has PyTorch's common dtype. Beside tensors, one number of R has no dtype
#'   of its own (a double beside integers is float64), and is rounded to the digits of theirs.
#' @section Errors:
#' `pytorchbridge_lossy_error` from `c()`, `cbind()` and `rbind()` for what the common dtype does not hold: a number out
#' of its range, or an integer that would not stay exact among floats. `pytorchbridge_dtype_error` for shapes that do
#' not fit; see [pytorchbridge_errors].
#' @name tensor-shape
#' @examplesIf reticulate::py_module_available("torch")
#' x <- as_tensor(matrix(1:6, 2))
#' dim(x)
#' length(x)
#' t(x)
#' dim(aperm(x$reshape(1L, 2L, 3L), c(3, 1, 2)))
#' head(x, 1)
#' head(x, n = c(1, 2))
#' unlist(as.list(x))
#' rbind(x, c(7L, 8L, 9L))
NULL

#' @rdname tensor-shape
#' @export
dim.torch.Tensor <- function(x) {
  caller <- sys.parent() # is_called_by() would take as long as all the rest
  if (caller > 0 && identical(sys.function(caller), NROW)) check_no_column()
  lengths <- .Call(ptb_lengths, x)
  if (is.null(lengths)) lengths_of(x) else lengths
}

# In integers where R can, as it counts itself.
lengths_of <- function(x) {
  lengths <- .Call(ptb_lengths, x)
  if (is.null(lengths)) count_of(as.double(call_bridge("shapes.shape", x))) else lengths
}

#' @rdname tensor-shape
#' @export
`dim<-.torch.Tensor` <- function(x, value) {
  check_argument("dim", value, or_null(are_lengths), "whole numbers from 0 on, or NULL")
  call_bridge("shapes.reshape", x, if (!is.null(value)) as.list(as.double(value)))
}

are_lengths <- function(x) are_whole(x) && all(x >= 0)

#' @rdname tensor-shape
#' @export
length.torch.Tensor <- function(x) {
  length <- .Call(ptb_length, x)
  if (is.null(length)) count_of(prod(lengths_of(x))) else length
}

count_of <- function(n) {
  if (all(n <= 2147483647)) as.integer(n) else n
}

#' @rdname tensor-shape
#' @export
t.torch.Tensor <- function(x) {
  call_bridge("shapes.transpose", x)
}

#' @rdname tensor-shape
#' @export
aperm.torch.Tensor <- function(a, perm = NULL, resize = TRUE, ...) {
  check_no_dots(...)
  check_argument("resize", resize, isTRUE, "TRUE for a tensor")
  check_argument("perm", perm, or_null(are_whole), "whole numbers, or NULL", kind = "subscript")
  call_bridge("shapes.permute", a, if (!is.null(perm)) as.list(as.double(perm)))
}

#' @rdname tensor-shape
#' @export
rev.torch.Tensor <- function(x) {
  call_bridge("order.reverse", x)
}

#' @rdname tensor-shape
#' @export
rep.torch.Tensor <- function(x, ...) {
  abort(
    "dtype", "rep() is not for tensors, since R's recycling and PyTorch's mean different things.\n",
    "Use x$tile() to repeat the values, x$expand() to repeat without memory, or ",
    "x$repeat_interleave(); in place of ifelse(), torch$where()."
  )
}

#' @rdname tensor-shape
#' @export
c.torch.Tensor <- function(..., recursive = FALSE, use.names = TRUE) join_tensors("c", list(...))

#' @rdname tensor-shape
#' @export
cbind.torch.Tensor <- function(..., deparse.level = 1) join_tensors("cbind", list(...))

#' @rdname tensor-shape
#' @export
rbind.torch.Tensor <- function(..., deparse.level = 1) join_tensors("rbind", list(...))

join_tensors <- function(name, operands) {
  operands <- unname(operands)
  guests <- which(!vapply(operands, is_tensor, NA)) - 1L # as Python counts
  call_bridge("joining.join", name, lapply(operands, operand), as.list(guests))
}

# Those of the Python object, which reticulate gives, would pass for names of the elements.
#' @rdname tensor-shape
#' @export
names.torch.Tensor <- function(x) NULL

#' @rdname tensor-shape
#' @export
`names<-.torch.Tensor` <- function(x, value) abort_names(x, value)

#' @rdname tensor-shape
#' @export
`dimnames<-.torch.Tensor` <- function(x, value) abort_names(x, value)

#' @rdname tensor-shape
#' @export
`levels<-.torch.Tensor` <- function(x, value) abort_names(x, value)

# NULL is what they are already.
abort_names <- function(x, value) {
  if (!is.null(value)) {
    abort("dtype", "A tensor has no names, dimnames or levels; give them to the R array, as_r(x).")
  }
  x
}

#' @rdname tensor-shape
#' @export
as.list.torch.Tensor <- function(x, ...) {
  check_no_dots(...)
  as.vector(x, "list")
}

#' @rdname tensor-shape
#' @importFrom utils head
#' @export
head.torch.Tensor <- function(x, n = 6L, keepnums = FALSE, addrownums = FALSE, ...) {
  check_no_dots(...)
  call_bridge("shapes.ends", x, counts_of_slices(n))
}

#' @rdname tensor-shape
#' @importFrom utils tail
#' @export
tail.torch.Tensor <- function(x, n = 6L, keepnums = TRUE, addrownums = TRUE, ...) {
  check_no_dots(...)
  call_bridge("shapes.ends", x, counts_of_slices(n), TRUE)
}

# NA, which is one of logical too, becomes NaN for Python.
counts_of_slices <- function(n) {
  is_right <- function(x) (is.numeric(x) || (is.logical(x) && all(is.na(x)))) && !is.object(x) && length(x) >= 1
  check_argument("n", n, is_right, "one number, or up to one for each dimension", kind = "subscript")
  as.list(as.double(n))
}
