# Tensors in memory that other processes map; the work is in `pytorch_bridge.shared`.

#' A tensor for several processes
#'
#' `to_shared()` copies a tensor, or the values of an R object, into memory that other processes of the
#' same user on this machine can map. The result is a tensor as any other. Handed to a worker of
#' `parallel`, future, callr or mirai, or written by [serialize()], it takes some hundred bytes: the
#' worker's tensor is on the same memory. So is every tensor on part of it, such as `x[1:10, ]`.
#'
#' # Who sees what is written
#'
#' With `writable = FALSE`, what a process writes to the tensor is its own: the other processes keep the
#' values that were shared. The pages that were written take memory of that process, and from then on it
#' hands the tensor on as an ordinary one, with all its values. Within a process, what comes back from a
#' worker is on the same memory as what went there. With `writable = TRUE`, all processes see at once what
#' one of them writes, in place (`t$add_(1)`, `t[1] <- 0`); who writes when is up to you.
#'
#' # How long it lives
#'
#' The memory lasts as long as some process has a tensor on it, and a process that has mapped it keeps it
#' when the others end. It has no name in any folder, so nothing stays behind, however a process
#' ends. What was written as bytes, such as an RDS file, is a handle: it leads to the memory while a process
#' lives that had it when the handle was written, and is an error after that. To keep values, save an
#' ordinary tensor.
#'
#' Each shared tensor takes two file descriptors in each process, of which there often are 1024: share
#' one large tensor, and parts of it, rather than thousands of small ones.
#'
#' @param x a tensor, or what [as_tensor()] takes: an R vector, array, factor or data frame.
#' @param writable whether what one process writes is seen by the others.
#'
#' @return `to_shared()` returns a `torch.Tensor` on the CPU.
#' @section Errors:
#' `pytorchbridge_sharing_error` where the system has no memory files (only Linux has them), where there
#' is no room, and for sparse and quantized tensors. The same when a tensor is used whose memory is gone.
#' @seealso [as_tensor()]; [open_tensors()] for files that several processes map.
#' @export
#' @examplesIf reticulate::py_module_available("torch") && file.exists("/proc/self/fd")
#' x <- to_shared(matrix(c(1, 2, 3, 4), 2))
#' length(serialize(x, NULL))
#' counts <- to_shared(c(0, 0), writable = TRUE)
#'
#' cluster <- parallel::makePSOCKcluster(1)
#' parallel::clusterCall(cluster, function(t) as.double(t), x[1, ])
#' parallel::stopCluster(cluster)
to_shared <- function(x, writable = FALSE) {
  check_flag("writable", writable)
  call_bridge("shared.to_shared", if (is_tensor(x)) x else naming_as_tensor(as_tensor(x)), writable)
}
