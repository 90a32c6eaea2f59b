#' Is it a tensor?
#'
#' @param x any object.
#' @return `TRUE` for a `torch.Tensor` (an `nn.Parameter` too), else `FALSE`.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' is_tensor(as_tensor(1:3))
#' is_tensor(1:3)
is_tensor <- function(x) {
  inherits(x, "torch.Tensor")
}

#' The dtype table
#'
#' Which R type becomes which torch dtype, and back. The conversions read the same table.
#'
#' @param from `"R"` for what [as_tensor()] makes of R types, `"torch"` for what [as_r()] makes of
#'   dtypes.
#' @return A data frame. From R: `r_type`, `copied` (the dtype of a copy), `borrowed` (the dtype
#'   that R's own memory has; `NA` if it cannot be shared) and `missing`. From torch: `dtype`,
#'   `numpy` (NumPy's name; `NA` if it has none), `r_type` and `note`. Dtypes that the PyTorch in use
#'   does not have are left out.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' dtype_table("R")
#' dtype_table("torch")[, c("dtype", "r_type")]
dtype_table <- function(from = c("R", "torch")) {
  from <- match.arg(from)
  table <- call_bridge("dtype_table")
  if (from == "R") {
    return(data_frame_of(table$to_torch, list(r_type = "", copied = "", borrowed = "", missing = "")))
  }
  data_frame_of(table$to_r, list(dtype = "", numpy = "", r_type = "", note = ""))
}

#' What is known of a tensor, an array or an R vector
#'
#' `tensor_info()` tells how an object lies in memory, without reading its values.
#' `shares_memory()` tells whether two objects have memory in common: exactly, so slices that
#' interleave without a common element do not share (as `numpy.shares_memory()`).
#'
#' @param x,a,b a `torch.Tensor`, a NumPy array, or an R vector or array of numbers.
#'
#' @return `tensor_info()` a list of class `tensor_info`: `dtype` (of an R vector its type), `shape`,
#'   `strides` (of a tensor in elements, as PyTorch counts; of an array in bytes, as NumPy counts;
#'   of an R vector in elements), `device`, `bytes`, `address` (hexadecimal), `owner` (who keeps the
#'   memory), `requires_grad` and `is_contiguous`. `shares_memory()` `TRUE` or `FALSE`.
#' @section Errors:
#' `pytorchbridge_dtype_error` for other objects.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' t <- torch$zeros(6L)
#' tensor_info(t)
#' shares_memory(t, as_numpy(t))
#' shares_memory(as_r(t), t)
tensor_info <- function(x) {
  info <- if (is.atomic(x)) describe_vector(x) else call_bridge("transfer.info", x)
  info$shape <- as.double(unlist(info$shape))
  info$strides <- if (!is.null(info$strides)) as.double(unlist(info$strides))
  structure(info, class = "tensor_info")
}

describe_vector <- function(x) {
  element <- check_numbers(x)
  shape <- shape_of(x, NULL)
  list(
    dtype = element,
    shape = shape,
    strides = cumprod(c(1, shape))[seq_along(shape)],
    device = "cpu",
    bytes = prod(shape) * ELEMENT_SIZES[[element]],
    address = format_address(.Call(ptb_address, x)),
    owner = owner_of_vector(x),
    requires_grad = FALSE,
    is_contiguous = TRUE
  )
}

owner_of_vector <- function(x) {
  keeper <- .Call(ptb_view_owner, x)
  if (is.null(keeper)) "R" else call_bridge("sharing.owner_of", keeper)
}

ELEMENT_SIZES <- c(logical = 4, integer = 4, double = 8, complex = 16, raw = 1, integer64 = 8)

check_numbers <- function(x, name = "x") {
  element <- if (is.object(x) && !inherits(x, "integer64")) element_of(unclass(x)) else element_of(x)
  if (is.null(element)) {
    abort("dtype", "`", name, "` is of class ", class(x)[1], ": no tensor, NumPy array or R vector of numbers.")
  }
  element
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
  if (!is.atomic(x)) {
    return(x)
  }
  size <- ELEMENT_SIZES[[check_numbers(x, name)]]
  call_bridge("memory.vector_memory", .Call(ptb_address, x), prod(.Call(ptb_shape, x)), size)
}
