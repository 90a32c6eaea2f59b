# The checks of arguments. Every argument of an exported function or a method goes through one of these,
# so that what is wrong with it is said in the same way everywhere, and before anything is done. Each
# returns its value. (What depends on the values of a vector or a tensor is checked where they are read.)

# is_right: a function of the value. what: what it must be, as in "`x` must be <what>, not <value>."
check_argument <- function(name, value, is_right, what, kind = "dtype") {
  if (!is_right(value)) {
    abort(kind, "`", name, "` must be ", what, ", not ", show_value(value), ".")
  }
  invisible(value)
}

# A value as it would be written, if that is short; else what it is.
show_value <- function(value) {
  text <- written(value)
  if (length(text) != 1 || nchar(text) > 60) {
    return(paste0("an object of class ", class(value)[1], if (is.atomic(value)) paste(" and length", length(value))))
  }
  text
}

# The text of a value that is written shortly; else NULL.
written <- function(value) {
  if (length(value) > 20 || is.function(value) || is.environment(value) || isS4(value)) {
    return(NULL)
  }
  if (inherits(value, "integer64")) paste(format(value), "(integer64)") else deparse1(value)
}

# ---- what values can be ---------------------------------------------------------------------------

is_flag <- function(x) isTRUE(x) || isFALSE(x)
is_text <- function(x) is.character(x) && !is.object(x) && length(x) == 1 && !is.na(x)
is_filled_text <- function(x) is_text(x) && nzchar(x)
is_path <- function(x) is_filled_text(x) && nchar(x, "bytes") < 4096
is_number <- function(x) is.numeric(x) && !is.object(x) && length(x) == 1 && !is.na(x)
is_whole <- function(x) is_number(x) && is.finite(x) && x == trunc(x)
is_count <- function(x) is_number(x) && x >= 0
is_whole_to <- function(largest) function(x) is_whole(x) && x >= 1 && x <= largest
is_positive <- function(x) is_number(x) && is.finite(x) && x > 0
is_digits <- function(x) is_whole(x) && x >= 1 && x <= 22
are_numbers <- function(x) is.numeric(x) && !is.object(x) && !anyNA(x)
are_whole <- function(x) are_numbers(x) && all(is.finite(x) & x == trunc(x))
are_probabilities <- function(x) are_numbers(x) && all(x >= 0 & x <= 1)
are_colours <- function(x) (is.character(x) || is.numeric(x)) && length(x) > 0 && !anyNA(x)
is_python <- function(x) inherits(x, "python.builtin.object")
is_whole_from <- function(lowest) function(x) is_number(x) && is.finite(x) && x == trunc(x) && x >= lowest
is_one_of <- function(choices) function(x) is_text(x) && x %in% choices
or_null <- function(is_right) function(x) is.null(x) || is_right(x)

# "a" or "b"; "a", "b" or "c"
in_words <- function(choices) {
  quoted <- paste0("\"", choices, "\"")
  n <- length(quoted)
  if (n == 1) quoted else paste(paste(quoted[-n], collapse = ", "), "or", quoted[n])
}

# ---- arguments that many functions have -----------------------------------------------------------

check_flag <- function(name, value, kind = "dtype") {
  check_argument(name, value, is_flag, "TRUE or FALSE", kind)
}

check_choice <- function(name, value, choices) {
  check_argument(name, value, is_one_of(choices), in_words(choices))
}

check_copy <- function(copy) check_argument("copy", copy, or_null(is_flag), "TRUE, FALSE or NULL")

# `copy` where there is no memory to share.
check_copied <- function(copy, what) {
  check_copy(copy)
  if (isFALSE(copy)) {
    abort("sharing", what, " cannot share its memory with a tensor; use copy = TRUE.")
  }
}

check_order <- function(order) {
  check_argument("order", order, is_one_of(c("C", "F")), "\"C\" (row by row) or \"F\" (column by column)")
}

check_dtype <- function(dtype) {
  is_right <- function(x) is_text(x) || is_python(x)
  check_argument("dtype", dtype, or_null(is_right), "PyTorch's name of one, such as \"float32\", or torch's own object")
}

check_device <- function(device) {
  is_right <- function(x) is_text(x) || is_python(x)
  check_argument("device", device, or_null(is_right), "PyTorch's name of one, such as \"cuda\", or torch's own object")
}

R_VECTOR_TYPES <- c("logical", "integer", "double", "complex", "raw", "integer64")

check_type <- function(type) {
  meant <- if (is_text(type)) OTHER_NAMES_OF_TYPES[type] else NA
  what <- paste0("one of ", in_words(R_VECTOR_TYPES), if (!is.na(meant)) paste0(", here type = \"", meant, "\""))
  check_argument("type", type, or_null(is_one_of(R_VECTOR_TYPES)), what)
}

# What users write for a type of R's vectors.
OTHER_NAMES_OF_TYPES <- c(
  numeric = "double", float = "double", float32 = "double", float64 = "double", int = "integer", int32 = "integer",
  long = "integer64", int64 = "integer64", bool = "logical", uint8 = "raw", bytes = "raw", complex128 = "complex"
)

# `shape` of so many values.
check_shape <- function(shape, length) {
  is_right <- function(x) {
    is.numeric(x) && !is_python(x) && all(is.finite(x)) && all(x >= 0 & x == trunc(x)) && prod(x) == length
  }
  what <- paste0("whole numbers whose product is length(x), ", format(length, scientific = FALSE))
  check_argument("shape", shape, is_right, what)
}

# `na` of what comes from Python.
check_column_na <- function(na) {
  is_right <- function(x) {
    is_value <- is.atomic(x) && !is.object(x) && length(x) == 1 && !is.character(x)
    is_one_of(c("error", "nan"))(x) || (is_value && !is.na(x))
  }
  check_argument("na", na, is_right, "\"error\", \"nan\" or a value to put there")
}

# `na` of the way to R.
check_read_na <- function(na) check_choice("na", na, c("error", "keep"))

check_tensor <- function(x) {
  if (is_module(x)) {
    abort("dtype", "`x` is a module, and no tensor; x$to(device) moves a module.")
  }
  if (!is_tensor(x)) {
    abort("dtype", "`x` is of class ", class(x)[1], ", no tensor; make one with as_tensor(x).")
  }
}

is_module <- function(x) inherits(x, "torch.nn.modules.module.Module")

check_no_dots <- function(...) {
  if (...length() > 0) {
    unknown <- setdiff(...names(), c("", NA))
    if (length(unknown) == 0) {
      abort("dtype", "There is an argument too many here, without a name.")
    }
    abort("dtype", "There is no argument `", unknown[1], "` here.")
  }
}
