#' CUDA devices, and moving tensors to a device
#'
#' `to_device()` moves a tensor to another device, or gives it another dtype, or both.
#' `cuda_is_available()` says whether PyTorch can use a CUDA device; `cuda_devices()` lists them.
#'
#' @param x a `torch.Tensor`.
#' @param device `"cpu"`, `"cuda"`, `"cuda:1"` or a torch device; `NULL` leaves it where it is.
#' @param dtype as in [as_tensor()], by PyTorch's rules (1.9 to "long" is 1), save that a value out
#'   of its range is an error; `NULL` leaves it.
#' @param non_blocking return before a copy between pinned memory and CUDA has finished.
#'
#' @return `to_device()` a `torch.Tensor`: `x` itself if it is there already. `cuda_is_available()`
#'   `TRUE` or `FALSE`. `cuda_devices()` a data frame with one row for each device: `device`, `name`,
#'   `capability`, and in bytes `memory_total` and `memory_free`; no rows without CUDA.
#' @section Errors:
#' `pytorchbridge_device_error` for a device that is unknown or not there,
#' `pytorchbridge_lossy_error` for a value that the dtype cannot hold.
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' cuda_is_available()
#' cuda_devices()
#' t <- as_tensor(c(1.1, 1.2, 4.8))
#' to_device(t, if (cuda_is_available()) "cuda" else "cpu", dtype = "long")
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
  devices_of(call_bridge("cuda_devices"))
}

devices_of <- function(rows) {
  data_frame_of(rows, list(device = "", name = "", capability = "", memory_total = 0, memory_free = 0))
}

# Rows from Python (lists with the names of `prototype`) as a data frame; None becomes NA.
data_frame_of <- function(rows, prototype) {
  columns <- lapply(names(prototype), function(name) {
    values <- lapply(rows, function(row) if (is.null(row[[name]])) NA else row[[name]])
    as.vector(unlist(values), typeof(prototype[[name]]))
  })
  as.data.frame(stats::setNames(columns, names(prototype)))
}
