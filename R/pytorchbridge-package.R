#' pytorchbridge: tensors between R, NumPy and PyTorch
#'
#' [as_tensor()] and [as_r()] move values between R and PyTorch, [as_numpy()] to NumPy;
#' [to_device()] moves a tensor to the GPU and back. No value changes silently, and memory is shared
#' only when asked. [install_pytorch()] sets up Python, [pytorch_config()] tells what does not fit, and
#' each error leads to a section of [pytorchbridge_errors].
#'
#' @examplesIf reticulate::py_module_available("torch")
#' t <- as_tensor(matrix(1:6, 2))
#' t
#' as_r(t$sum(0L))
#' @importFrom bit64 as.integer64
#' @useDynLib pytorchbridge, .registration = TRUE
#' @keywords internal
"_PACKAGE"
