#' Devices, and moving tensors to one
#'
#' `to_device()` moves a tensor to another device, or gives it another dtype, or both.
#' `accelerators()` lists the devices beside the CPU that PyTorch can use: NVIDIA's and AMD's ("cuda"),
#' Apple's ("mps"), Intel's ("xpu") and others. `cuda_devices()` lists those of CUDA, and
#' `cuda_is_available()` says whether there is one.
#'
#' @param x a `torch.Tensor`.
#' @param device `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"` or a torch device; `"auto"` is the accelerator where
#'   there is one, and else the CPU; `NULL` leaves it where it is.
#' @param dtype as in [as_tensor()], by PyTorch's rules (1.9 to "long" is 1), save that a value out
#'   of its range is an error; `NULL` leaves it.
#' @param non_blocking return before a copy from pinned memory (`x$pin_memory()`) to a device has ended. Until then
#'   nothing must be written to `x`; it may be dropped. A copy to the CPU has ended in any case.
#'
#' @return `to_device()` returns a `torch.Tensor`, which is `x` itself if it is there already. `cuda_is_available()`
#'   returns `TRUE` or `FALSE`. `accelerators()` returns a data frame with one row for each device: `device`, `name`,
#'   and in bytes `memory_total` and `memory_free` (`NA` where PyTorch does not tell); it has no rows without an
#'   accelerator. `cuda_devices()` returns the same with a column `capability`, for CUDA alone.
#' @section Memory of devices:
#' R collects garbage when tensors have come to take much memory, on devices too. Where a device's
#' memory does not suffice, R collects garbage, PyTorch gives back what it keeps for later, and the
#' call is made once more: a call of this package, and one of a function of PyTorch's that changes none of its
#' arguments (`torch$add(x, y)`, but not `x$add_(y)`, nor `model(x)`).
#' @section Speed:
#' From 32 MiB on, values go to a device and back through pinned memory in parts: PyTorch's threads fill one part while
#' the device reads another, which is several times as fast as PyTorch's own copy. So do [as_tensor()] and [as_r()],
#' between R's memory and the device. With one thread (`torch$get_num_threads()`), PyTorch's own copy is as fast.
#' @section Errors:
#' `pytorchbridge_device_error` for a device that is unknown or not there,
#' `pytorchbridge_lossy_error` for a value that the dtype cannot hold,
#' `pytorchbridge_dtype_error` for a dtype that the device does not have: Apple's have no float64, so R's doubles
#' go there with `dtype = "float32"`.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' accelerators()
#' t <- as_tensor(c(1.1, 1.2, 4.8))
#' to_device(t, "auto", dtype = "long")
#' to_device(t, device = "cpu", dtype = "float32", non_blocking = TRUE)
to_device <- function(x, device = NULL, dtype = NULL, non_blocking = FALSE) {
  check_tensor(x)
  check_device(device)
  check_dtype(dtype)
  check_flag("non_blocking", non_blocking)
  call_bridge("to_device", x, device, dtype, non_blocking)
}

#' @rdname to_device
#' @export
cuda_is_available <- function() {
  call_bridge("cuda_is_available")
}

#' @rdname to_device
#' @export
cuda_devices <- function() {
  rows <- call_bridge("cuda_devices")
  data_frame_of(rows, list(device = "", name = "", capability = "", memory_total = 0, memory_free = 0))
}

#' @rdname to_device
#' @export
accelerators <- function() {
  accelerators_of(call_bridge("accelerators"))
}

accelerators_of <- function(rows) {
  data_frame_of(rows, list(device = "", name = "", memory_total = 0, memory_free = 0))
}

# Rows from Python (lists with the names of `prototype`) as a data frame; None becomes NA.
data_frame_of <- function(rows, prototype) {
  columns <- lapply(names(prototype), function(name) {
    values <- lapply(rows, function(row) if (is.null(row[[name]])) NA else row[[name]])
    as.vector(unlist(values), typeof(prototype[[name]]))
  })
  as.data.frame(stats::setNames(columns, names(prototype)))
}
