# R's garbage collector sees a tensor as a few bytes, so it would let gigabytes of tensors pile up
# that nobody holds. So the bytes behind tensors are measured: whenever a tensor comes to R (of this
# package or of PyTorch's own functions), and they have grown much, R collects its garbage. Of tensors
# that come inside a tuple or a list R hears nothing; the next one that comes by itself counts them.

GROWTH_ALLOWED <- 512 * 2^20 # bytes; or a quarter of what was in use after the last collection
LOOK_AT_DEVICES <- 16L # once in so many tensors, since it takes a call to Python

# The bytes in use after the last collection and those allowed before the next, those on devices when last
# looked at, and the tensors since then.
the$bytes_held <- Inf
the$bytes_allowed <- Inf
the$accelerator_bytes <- 0
the$tensors_seen <- 0L

# Collects garbage if tensors have come to take much more memory than after the last collection.
# arrived: how many tensors have come.
relieve_memory <- function(arrived = 1L) {
  the$tensors_seen <- the$tensors_seen + arrived
  if (the$tensors_seen >= LOOK_AT_DEVICES) {
    look_at_devices()
  }
  in_use <- .Call(ptb_resident, the$bytes_allowed - the$accelerator_bytes) + the$accelerator_bytes
  if (in_use > the$bytes_allowed) {
    collect_garbage()
  } else if (in_use < the$bytes_held) {
    allow_growth(in_use)
  }
}

allow_growth <- function(held) {
  the$bytes_held <- held
  the$bytes_allowed <- held + max(GROWTH_ALLOWED, held / 4)
  .Call(ptb_resident, the$bytes_allowed - the$accelerator_bytes) # to which the C side compares
}

# A brief collection comes first: it takes hardly any time and finds what was dropped soon.
collect_garbage <- function() {
  gc(full = FALSE)
  if (bytes_in_use() > (the$bytes_held + the$bytes_allowed) / 2) {
    gc()
    allow_growth(bytes_in_use())
  }
}

# Of the process (which is where tensors on the CPU are) and of tensors on other devices.
bytes_in_use <- function() {
  look_at_devices()
  .Call(ptb_resident, 0) + the$accelerator_bytes
}

look_at_devices <- function() {
  the$tensors_seen <- 0L
  the$accelerator_bytes <- call_bridge("devices.accelerator_bytes")
}

# For a call that failed for want of memory, before it is made again. On a device PyTorch keeps what was
# free already.
free_memory <- function() {
  gc()
  if (reticulate::py_available()) call_bridge("devices.empty_caches")
}

is_out_of_memory <- function(error) {
  grepl("OutOfMemoryError|MemoryError|out of memory|can't allocate memory", said_by_python(error))
}
