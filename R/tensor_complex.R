#' Complex tensors
#'
#' The real and imaginary part, modulus, argument and conjugate of a tensor. As in R, real numbers have them too.
#'
#' @param z a `torch.Tensor`.
#' @return Each returns a tensor of the same shape. `Re()`, `Im()` and `Conj()` of a complex tensor return views of its
#'   memory, as in PyTorch.
#' @name tensor-complex
#' @examplesIf reticulate::py_module_available("torch")
#' z <- as_tensor(c(3+4i, -1i))
#' Re(z)
#' Mod(z)
#' Conj(z)
#' Arg(z)
NULL

#' @rdname tensor-complex
#' @export
Complex.torch.Tensor <- function(z) call_bridge("complex.part", .Generic, z)
