# Tensors that are saved. A tensor that comes to R gets a capsule, an attribute from which serialize()
# and its kin write what is needed to revive it (src/capsule.c, `pytorch_bridge.capsules`). What is read
# from a file is an object without a Python object: it waits for its first use, wherever that is, and
# is revived then.

start_capsules <- function() {
  .Call(ptb_start_capsules, as.double(call_bridge("capsules.functions")))
}

# What stands in place of the pointer to the Python object, until the first use.
revival_of <- function(x) {
  force(x)
  function(value) if (missing(value)) revive(x)
}

remove_pointer <- function(x) if (exists("pyobj", x, inherits = FALSE)) rm("pyobj", envir = x)

# The tensors in what reticulate made of a Python object get theirs, in place.
attach_capsules <- function(x) {
  if (is_tensor(x)) {
    if (!identical(get0("convert", x, inherits = FALSE), FALSE)) .Call(ptb_attach_capsule, x)
  } else if (is.list(x)) {
    for (part in unclass(x)) attach_capsules(part)
  }
  x
}

# Makes the Python object anew; returns the pointer to it.
revive <- function(x) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  capsule <- attr(x, "capsule")
  check_capsule(capsule)
  storages <- capsule$storages
  places <- lapply(storages, place_of_storage, environment())
  found <- call_bridge("capsules.revive", header_text(capsule$header), places)
  for (i in seq_along(storages)) {
    hold_storage(storages[[i]], found[[2]][[i]])
  }
  if (!is.null(found[[3]])) {
    say_moved(found[[3]])
  }
  set_pointer(x, get("pyobj", found[[1]]))
  attr(x, "capsule") <- NULL
  .Call(ptb_attach_capsule, x)
  get("pyobj", x)
}

# As the first variable, which it is in every tensor: serialize() writes them in their order, and a tensor
# that was read must have the hash of one that was not.
set_pointer <- function(x, pointer) {
  remove_pointer(x)
  others <- mget(rev(ls(x, all.names = TRUE, sorted = FALSE)), x)
  rm(list = names(others), envir = x)
  assign("pyobj", pointer, envir = x)
  list2env(others, x)
}

check_capsule <- function(capsule) {
  is_whole <- is.raw(capsule$header) && is.list(capsule$storages)
  for (storage in capsule$storages) {
    is_whole <- is_whole && is.environment(storage) && is.raw(attr(storage, "bytes"))
  }
  if (!is_whole) {
    abort("file", "This saved tensor was changed: its header or a storage is not there.")
  }
}

# Text goes to Python sooner. The raw vector goes there as it is if it was changed: Python says so.
header_text <- function(header) {
  text <- header[-(1:8)]
  is_right <- identical(header[1:8], writeBin(c(length(text), 0L), raw(), endian = "little"))
  if (is_right && all(text > 0 & text < 128)) rawToChar(text) else header
}

LENT_FROM <- 2^16 # bytes; to copy fewer takes less time than a loan

# Where Python finds the bytes of a storage: by the key, or by address, length and loan. Nobody else has
# them, so they become the tensor's own memory. `offer`: the environment of the call that hands them on.
place_of_storage <- function(storage, offer) {
  key <- .Call(ptb_storage_key, storage)
  if (!is.null(key)) {
    return(key)
  }
  bytes <- attr(storage, "bytes")
  is_lent <- length(bytes) >= LENT_FROM && .Call(ptb_can_be_lent, bytes)
  c(.Call(ptb_address, bytes), length(bytes), if (is_lent) .Call(ptb_lend, bytes, offer) else 0)
}

# All tensors that have the storage share it again.
hold_storage <- function(storage, key) {
  if (is.null(.Call(ptb_storage_key, storage))) {
    .Call(ptb_hold_storage, storage, key)
  }
}

# Once a session.
say_moved <- function(device) {
  if (is.null(the$said_moved)) {
    the$said_moved <- TRUE
    message("Tensors that were saved on a device that is not here are on \"", device, "\" now.")
  }
}

# Called where the header of a tensor tells only why it cannot be saved.
warn_unsaved <- function(header) {
  why <- sub(".*\"unsaved\":\"(.*)\"\\}\\} *$", "\\1", rawToChar(header[-(1:8)]))
  warning("A tensor cannot be saved: ", gsub("\\\\(.)", "\\1", why), ".", call. = FALSE)
}

# Whether there were tensors among the values that waited to be revived; they are revived then.
revive_any <- function(values) {
  if (is.environment(values)) {
    waits <- .Call(ptb_is_waiting, values)
    if (waits) {
      revive(values)
    }
    return(waits)
  }
  is.list(values) && !is.object(values) && any(vapply(values, revive_any, NA))
}
