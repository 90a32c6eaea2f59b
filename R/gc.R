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
  in_use <- bytes_in_use()
  if (in_use < the$bytes_held) {
    the$bytes_held <- in_use
  }
  allowed <- max(GROWTH_ALLOWED, the$bytes_held / 4)
  if (in_use <= the$bytes_held + allowed) {
    return(invisible())
  }
  gc(full = FALSE)
  if (bytes_in_use(cuda = TRUE) > the$bytes_held + allowed / 2) {
    gc()
    the$bytes_held <- bytes_in_use()
  }
}

# Of the process (which is where tensors on the CPU are) and of tensors on CUDA devices.
bytes_in_use <- function(cuda = FALSE) {
  the$tensors_seen <- the$tensors_seen + 1L
  if (cuda || the$tensors_seen >= LOOK_AT_CUDA) {
    the$tensors_seen <- 0L
    the$cuda_bytes <- call_bridge("devices.cuda_bytes")
  }
  .Call(ptb_resident) + the$cuda_bytes
}

is_out_of_memory <- function(error) {
  grepl("OutOfMemoryError|MemoryError|out of memory|can't allocate memory", conditionMessage(error))
}
