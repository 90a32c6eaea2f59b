# R's garbage collector sees a tensor as a few bytes, so it would let gigabytes of tensors pile up
# that nobody holds. So the bytes behind tensors are measured: whenever a tensor comes to R (of this
# package or of PyTorch's own functions), and they have grown much, R collects its garbage.

GROWTH_ALLOWED <- 512 * 2^20 # bytes; or a quarter of what was in use after the last collection
LOOK_AT_CUDA <- 16L # once in so many tensors, since it takes a call to Python

# Every tensor that PyTorch's own functions return comes this way. It stays the object that it is.
#' @rawNamespace S3method(reticulate::py_to_r, torch.Tensor)
py_to_r.torch.Tensor <- function(x) {
  relieve_memory()
  x
}

# Collects garbage if tensors have come to take much more memory than after the last collection. A
# brief collection comes first: it takes hardly any time and finds what was dropped soon.
relieve_memory <- function() {
  allowed <- max(GROWTH_ALLOWED, the$bytes_held / 4)
  in_use <- bytes_in_use(the$bytes_held + allowed)
  if (in_use < the$bytes_held) {
    the$bytes_held <- in_use
  }
  if (in_use <= the$bytes_held + allowed) {
    return(invisible())
  }
  gc(full = FALSE)
  look_at_cuda()
  if (bytes_in_use(limit = 0) > the$bytes_held + allowed / 2) {
    gc()
    look_at_cuda()
    the$bytes_held <- bytes_in_use(limit = 0)
  }
}

# Of the process (which is where tensors on the CPU are) and of tensors on CUDA devices. `limit`: only
# whether they exceed it has to be right.
bytes_in_use <- function(limit) {
  the$tensors_seen <- the$tensors_seen + 1L
  if (the$tensors_seen >= LOOK_AT_CUDA) {
    look_at_cuda()
  }
  .Call(ptb_resident, limit - the$cuda_bytes) + the$cuda_bytes
}

look_at_cuda <- function() {
  the$tensors_seen <- 0L
  if (is.null(the$cuda_is_available)) {
    the$cuda_is_available <- call_bridge("cuda_is_available")
  }
  if (the$cuda_is_available) {
    the$cuda_bytes <- call_bridge("devices.cuda_bytes")
  }
}

is_out_of_memory <- function(error) {
  grepl("OutOfMemoryError|MemoryError|out of memory|can't allocate memory", conditionMessage(error))
}
