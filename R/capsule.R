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

remove_pointer <- function(x) suppressWarnings(rm("pyobj", envir = x))

# Makes the Python object anew; returns the pointer to it.
revive <- function(x) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  capsule <- attr(x, "capsule")
  check_capsule(capsule)
  header <- capsule$header
  needs <- call_bridge("capsules.needs", header)
  with_bytes <- Filter(function(need) need$has_bytes, needs)
  if (length(with_bytes) != length(capsule$storages)) {
    abort("file", "This saved tensor was changed: its storages are not all there.")
  }
  keys <- Map(key_of_storage, capsule$storages, with_bytes)
  tensor <- call_bridge("capsules.revive", header, as.list(as.double(keys)))
  remove_pointer(x)
  attr(x, "capsule") <- NULL
  assign("pyobj", get("pyobj", tensor), envir = x)
  .Call(ptb_attach_capsule, x)
  get("pyobj", x)
}

check_capsule <- function(capsule) {
  is_storage <- function(x) is.environment(x) && is.raw(attr(x, "bytes"))
  if (!is.raw(capsule$header) || !is.list(capsule$storages) || !all(vapply(capsule$storages, is_storage, NA))) {
    abort("file", "This saved tensor was changed: its header or a storage is not there.")
  }
}

# The key of a storage that was read from a file: its bytes go to Python once, so that all tensors that
# have the storage share it again.
key_of_storage <- function(storage, need) {
  key <- .Call(ptb_storage_key, storage)
  if (is.null(key)) {
    if (need$is_moved) {
      say_moved(need$device)
    }
    key <- call_bridge("capsules.adopt", as_tensor(attr(storage, "bytes")), need$device)
    .Call(ptb_hold_storage, storage, key)
  }
  key
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
