#' Is it a tensor?
#'
#' @param x any object.
#' @return `is_tensor()` returns `TRUE` for a `torch.Tensor` (an `nn.Parameter` too), else `FALSE`.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' is_tensor(as_tensor(1:3))
#' is_tensor(1:3)
is_tensor <- function(x) {
  inherits(x, "torch.Tensor")
}

#' What is known of a tensor, an array or an R vector
#'
#' `tensor_info()` tells how an object lies in memory, without reading its values.
#' `shares_memory()` tells whether two objects have memory in common: exactly, so slices that
#' interleave without a common element do not share (as `numpy.shares_memory()`).
#'
#' @param x,a,b a `torch.Tensor`, a NumPy array, or an R vector or array of numbers.
#'
#' @return `tensor_info()` returns a list of class `tensor_info`: `dtype` (of an R vector its type), `shape`, `strides`
#'   (of a tensor in elements, as PyTorch counts; of an array in bytes, as NumPy counts; of an R vector in elements),
#'   `device`, `bytes`, `address` (hexadecimal), `owner` (who keeps the memory), `requires_grad` and `is_contiguous`.
#'   `shares_memory()` returns `TRUE` or `FALSE`.
#' @section Errors:
#' `pytorchbridge_dtype_error` for other objects.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' t <- torch$zeros(6L)
#' tensor_info(t)
#' shares_memory(t, as_numpy(t))
#' shares_memory(as_r(t), t)
tensor_info <- function(x) {
  info <- if (is_python(x)) call_bridge("transfer.info", x) else describe_vector(x)
  info$shape <- as.double(unlist(info$shape))
  info$strides <- if (!is.null(info$strides)) as.double(unlist(info$strides))
  structure(info, class = "tensor_info")
}

describe_vector <- function(x) {
  storage <- check_storage(x)
  shape <- .Call(ptb_shape, x)
  list(
    dtype = storage,
    shape = shape,
    strides = cumprod(c(1, shape))[seq_along(shape)],
    device = "cpu",
    bytes = prod(shape) * STORAGE_SIZES[[storage]],
    address = format_address(.Call(ptb_address, x)),
    owner = owner_of_vector(x),
    requires_grad = FALSE,
    is_contiguous = TRUE
  )
}

owner_of_vector <- function(x) {
  owner <- .Call(ptb_view_owner, x)
  if (is.null(owner)) "R" else call_bridge("owners.owner_of", owner)
}

# R formats only integers as hexadecimal, so high and low halves go one by one.
format_address <- function(address) {
  high <- address %/% 2^28
  digits <- if (high > 0) sprintf("%x%07x", as.integer(high), as.integer(address %% 2^28))
  paste0("0x", if (is.null(digits)) sprintf("%x", as.integer(address)) else digits)
}

#' @export
format.tensor_info <- function(x, ...) {
  values <- vapply(unclass(x), function(value) {
    text <- format(value, scientific = FALSE, trim = TRUE, big.mark = "")
    if (length(value) == 1) text else paste0("[", paste(text, collapse = ", "), "]")
  }, "")
  values[c("shape", "strides")] <- vapply(x[c("shape", "strides")], function(value) {
    paste0("[", paste(format(value, scientific = FALSE, trim = TRUE), collapse = ", "), "]")
  }, "")
  paste0(format(paste0(names(values), ":")), " ", values)
}

#' @export
print.tensor_info <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @rdname tensor_info
#' @export
shares_memory <- function(a, b) {
  call_bridge("shares_memory", memory_for_python(a, "a"), memory_for_python(b, "b"))
}

# An R vector as Python knows it: a place in memory.
memory_for_python <- function(x, name) {
  if (is_python(x)) {
    return(x)
  }
  size <- STORAGE_SIZES[[check_storage(x, name)]]
  call_bridge("memory.vector_memory", .Call(ptb_address, x), prod(.Call(ptb_shape, x)), size)
}
