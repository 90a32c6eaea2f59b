# The one door to Python: every call, and every look at an attribute, goes through this file. So what
# goes wrong there becomes a condition of this package in one place.

# ---- calls ----------------------------------------------------------------------------------------

# Calls a function of `pytorch_bridge`, such as "structures.read". `convert`: whether what it returns
# becomes R's.
call_bridge <- function(name, ..., convert = TRUE) {
  .Call(ptb_call_bridge, name, list(...), convert)
}

# What src/python.c leaves to reticulate. raised: the exception, if the call was made and failed.
call_bridge_by_reticulate <- function(name, arguments, convert, raised) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  mind_fork()
  if (is.null(raised) && revive_any(arguments)) {
    return(.Call(ptb_call_bridge, name, arguments, convert))
  }
  check_none_hollow(arguments)
  if (!reticulate::py_available()) {
    check_all_there(arguments) # which tells without starting Python
  }
  call <- bridge_function(name, convert)
  failed <- function(error) call_again(error, name, call, arguments)
  attach_capsules(tryCatch(if (is.null(raised)) call_object(call, arguments) else raise_again(raised), error = failed))
}

# What reticulate does not convert is an object that R cannot call.
call_object <- function(call, arguments) {
  if (is.function(call)) {
    do.call(call, arguments, quote = TRUE)
  } else {
    do.call(reticulate::py_call, c(list(call), arguments), quote = TRUE)
  }
}

# Calls a method of a Python object.
call_method <- function(x, method, ...) {
  .Call(ptb_call_method, x, method, list(...))
}

call_method_by_reticulate <- function(x, method, arguments, raised) {
  seeded <- is_seeded()
  on.exit(forget_seed(seeded))
  mind_fork()
  if (is.null(raised) && revive_any(list(x, arguments))) {
    return(.Call(ptb_call_method, x, method, arguments))
  }
  check_none_hollow(arguments)
  call <- if (is.null(raised)) get_attribute(x, method)
  failed <- function(error) abort_python(error, c(list(x), arguments))
  value <- tryCatch(
    if (is.null(raised)) do.call(call, arguments, quote = TRUE) else raise_again(raised),
    error = failed
  )
  attach_capsules(value)
}

# `[[` is Python's x[i] in newer reticulate, and `$` takes no name from a variable.
get_attribute <- function(x, name) {
  check_not_gone(x)
  tryCatch(do.call(`$`, list(x, name)), error = function(error) abort_python(error, list(x)))
}

set_attribute <- function(x, name, value) {
  check_not_gone(x)
  tryCatch(reticulate::py_set_attr(x, name, value), error = function(error) abort_python(error, list(x, value)))
}

# Memory may be free once R has let go of tensors that nobody holds. A loan is used up by the call.
call_again <- function(error, name, call, arguments) {
  if (name %in% c("sharing.borrow", "capsules.revive") || !is_out_of_memory(error)) {
    abort_python(error, arguments)
  }
  free_memory()
  tryCatch(call_object(call, arguments), error = function(error) abort_python(error, arguments))
}

# reticulate's compiled functions give R's random numbers a seed where there is none, and packages that
# watch over it, such as future, take that for random numbers that were drawn.
is_seeded <- function() exists(".Random.seed", globalenv(), inherits = FALSE)

# If it is new, and no number has been drawn by it as far as can be told: the Mersenne Twister, R's own
# generator and number 3 of them, has 624 in store then.
forget_seed <- function(was_there) {
  if (was_there || !is_seeded()) {
    return(invisible())
  }
  seed <- get(".Random.seed", globalenv())
  if (seed[1] %% 100L != 3L || seed[2] == 624L) {
    rm(".Random.seed", envir = globalenv())
  }
}

# ---- functions of pytorch_bridge ------------------------------------------------------------------

# What has been fetched from Python in this session: functions by name.
the <- new.env(parent = emptyenv())

# Fetching an attribute costs more than a small conversion, so each is fetched once.
bridge_function <- function(name, convert = TRUE) {
  key <- if (convert) name else paste0(name, ", unconverted")
  found <- the[[key]]
  if (is.null(found)) {
    check_python()
    found <- get_attribute(get_attribute(bridge_module(convert), "guard"), name)
    the[[key]] <- found
    start_direct_calls()
  }
  found
}

bridge_module <- function(convert) {
  tryCatch(
    reticulate::import_from_path("pytorch_bridge", path = bridge_path(), convert = convert),
    error = function(error) abort_import("PyTorch", error)
  )
}

bridge_path <- function() {
  system.file("python", package = "pytorchbridge")
}

add_to_python_path <- function(...) {
  path <- reticulate::import("sys", convert = FALSE)$path
  if (!bridge_path() %in% reticulate::py_to_r(path)) {
    path$append(bridge_path())
  }
}

# For `pytorch_bridge.from_r()`: a Python module that finds R's values. It imports nothing.
offer_values <- function() {
  module <- reticulate::import("types", convert = FALSE)$ModuleType("pytorchbridge_r")
  reticulate::py_set_attr(module, "tensor_of", reticulate::r_to_py(tensor_of, convert = TRUE))
  reticulate::py_set_item(reticulate::import("sys", convert = FALSE)$modules, "pytorchbridge_r", module)
}

# The tensor of the object of this name, or the kind and the message of the condition.
tensor_of <- function(name, arguments) {
  tryCatch(
    list("tensor", do.call(as_tensor, c(list(value_named(name)), arguments), quote = TRUE)),
    pytorchbridge_error = function(error) list(kind_of(error), without_page(conditionMessage(error))),
    error = function(error) list("bridge", paste0("R failed: ", conditionMessage(error)))
  )
}

# Where reticulate looks for `r.x`.
value_named <- function(name) {
  chosen <- getOption("reticulate.engine.environment")
  where <- if (is.environment(chosen)) {
    chosen
  } else if (isTRUE(getOption("knitr.in.progress"))) {
    knitr::knit_global()
  } else {
    globalenv()
  }
  check_argument("name", name, is_filled_text, "the name of an R object")
  if (!exists(name, envir = where)) {
    abort("dtype", "There is no R object named \"", name, "\".")
  }
  get(name, envir = where)
}

# ---- objects of another session -------------------------------------------------------------------

# Whether a Python object was loaded from a file, or came from another session, and cannot be revived.
is_gone <- function(x) {
  check_not_hollow(x)
  reticulate::py_is_null_xptr(x) && !revive_any(x)
}

# R's `mode(x) <-` and `attributes(y) <- attributes(x)` give the class of a Python object to plain values, and
# reticulate would read an address in them.
check_not_hollow <- function(x) {
  if (is.atomic(x) && inherits(x, "python.builtin.object")) {
    abort(
      "dtype", "This ", typeof(x), " vector has the class of a tensor and is none: a function of R has put a tensor's ",
      "attributes on other values.\nunclass(x) has the values; give that function as_r() of the tensor."
    )
  }
}

# Of lists in lists, too.
check_none_hollow <- function(values) {
  for (value in values) {
    if (is.list(value) && !is.object(value)) check_none_hollow(value) else check_not_hollow(value)
  }
}

check_not_gone <- function(x) {
  if (inherits(x, "python.builtin.object") && is_gone(x)) {
    what <- if (is_module(x) || inherits(x, "torch.optim.optimizer.Optimizer")) {
      "Save its state instead: saveRDS(x$state_dict(), file), and x$load_state_dict(readRDS(file)) into a new one."
    } else {
      "Make it anew in this session. Of a tensor, save values: saveRDS(as_r(x), file), as_tensor(readRDS(file))."
    }
    abort("python", "This Python object is gone: it was saved in, or belongs to, another R session.\n", what)
  }
}

check_all_there <- function(arguments) {
  for (argument in arguments) {
    if (is.list(argument)) check_all_there(argument) else check_not_gone(argument)
  }
}

# ---- what reticulate calls ------------------------------------------------------------------------

# A tensor that a function of PyTorch's own returns comes this way. It stays the object that it is, and
# counts for R's collector.
#' @rawNamespace S3method(reticulate::py_to_r, torch.Tensor)
py_to_r.torch.Tensor <- function(x) {
  relieve_memory()
  .Call(ptb_attach_capsule, x)
}

# reticulate takes the bits of an integer64 for those of doubles. So do Python chunks, by `r.x`.
#' @rawNamespace S3method(reticulate::r_to_py, integer64)
r_to_py.integer64 <- function(x, convert = FALSE) as_numpy(x)

# ---- errors of Python -----------------------------------------------------------------------------

# Exceptions of `pytorch_bridge`, by the kind of condition that each becomes.
EXCEPTION_KINDS <- c(
  MissingError = "missing",
  LossyError = "lossy",
  DtypeError = "dtype",
  SharingError = "sharing",
  DeviceError = "device",
  SubscriptError = "subscript",
  FileError = "file"
)

# reticulate fails on long messages of Python's ("basic_string::substr"), or cuts them off; it keeps the exception.
said_by_python <- function(error) {
  message <- conditionMessage(error)
  last <- if (grepl("basic_string|<...truncated...>", message)) reticulate::py_last_error()
  if (is.null(last)) {
    return(message)
  }
  paste0(last$type, ": ", sub("(?s)(?<=[.!?])\\s.*", "", last$value, perl = TRUE))
}

# Turns the error of a call to Python into a condition of this package.
abort_python <- function(error, arguments = list()) {
  if (inherits(error, "pytorchbridge_error")) {
    stop(error)
  }
  check_all_there(arguments)
  last <- reticulate::py_last_error()
  if (inherits(attr(last, "exception"), "python.builtin.object")) {
    try(clear_frames(attr(last, "exception")), silent = TRUE)
  }
  # The last error of Python's may be an older one, if this one is reticulate's own.
  known <- !is.null(last) && grepl(last$type, said_by_python(error), fixed = TRUE)
  kind <- if (known) EXCEPTION_KINDS[last$type] else NA
  if (is.na(kind)) {
    abort_unknown(said_by_python(error))
  }
  abort(kind, call_bridge("errors.words_for_r", last$value))
}

# reticulate keeps the error until the next one, and that keeps all that was in use: Python's frames, and for newer
# reticulate R's calls, which it also notes beside the exception.
clear_frames <- function(exception) {
  bridge_function("errors.clear_frames")(exception)
  if ("exception" %in% names(formals(reticulate::py_last_error))) {
    reticulate::py_last_error(exception)
  }
}

# Of PyTorch's own errors, the remedies of those that users meet most.
abort_unknown <- function(message) {
  # Newer reticulate adds a line on where to read more, which the help page tells.
  message <- trimws(sub("\n[^\n]*reticulate::py_last_error[^\n]*", "", message))
  if (grepl("doesn't support float64", message, fixed = TRUE)) {
    abort("dtype", "This device has no float64.\n", NARROW)
  }
  if (grepl("not implemented for|Could not run", message)) {
    first_sentence <- sub("[.] .*", ".", message)
    abort(
      "dtype", "PyTorch cannot do this with such a tensor: ", first_sentence, "\n",
      "Convert it first: to_device(x, dtype = \"double\"), x$to_dense() if it is sparse, ",
      "x$dequantize() if quantized."
    )
  }
  if (grepl("leaf Variable that requires grad", message, fixed = TRUE)) {
    abort("python", with_hint(message))
  }
  abort("python", "Python failed: ", with_hint(message))
}
