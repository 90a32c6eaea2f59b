#' pytorchbridge: tensors between R, NumPy and PyTorch
#'
#' [as_tensor()] and [as_r()] move values between R and PyTorch, [as_numpy()] to NumPy;
#' [to_device()] moves a tensor to the GPU and back. No value changes silently, and memory is shared
#' only when asked.
#'
#' @importFrom bit64 as.integer64
#' @useDynLib pytorchbridge, .registration = TRUE
#' @keywords internal
"_PACKAGE"
