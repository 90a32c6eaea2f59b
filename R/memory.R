# Where R's memory and Python's meet. Python says where an array lies (`pytorch_bridge.transfer`), C
# moves the values (src/), and this file puts the two together. A `layout` is one double vector: the
# address, then the shape, then the strides in bytes.

# A new tensor on the CPU with the values of an R vector.
# r_type: the row of the dtype table that says what the values mean; element: how they lie in memory.
tensor_from_r <- function(x, element, shape, dtype = NULL, order = "C", na = "error", r_type = element) {
  missing <- missing_rule(na, element, x)
  if (missing$rule == "nan" && is.null(dtype) && element == "integer64") {
    check_exact_in_double(x, "x")
  }
  # Python writes the layout to R's memory, and after it which dtype that is: R would take longer to
  # convert them than all the rest.
  layout <- numeric(2 * length(shape) + 2)
  tensor <- new_memory(.Call(ptb_address, layout), r_type, shape, dtype, order, missing$rule == "nan")
  fill_memory(x, element, dtype_names()[[layout[length(layout)]]], layout, missing, shape)
  tensor
}

# tryCatch() takes a fifth of the time of a small tensor, so the first call comes without one: it gives
# NULL where Python fails, and the second tells why. (Other objects may fail before they get there.)
new_memory <- function(address, r_type, shape, dtype, order, with_nan) {
  if (is.null(dtype) || is.character(dtype)) {
    tensor <- bridge_function("transfer.writable_or_none")(address, r_type, shape, dtype, order, with_nan)
    if (!is.null(tensor)) {
      return(tensor)
    }
  }
  call_bridge("transfer.writable_at", address, r_type, shape, dtype, order, with_nan)
}

# In the order that `writable_at` counts them in.
dtype_names <- function() {
  if (is.null(the$dtype_names)) {
    the$dtype_names <- as.character(call_bridge("transfer.dtype_names"))
  }
  the$dtype_names
}

fill_memory <- function(x, element, dtype, layout, missing, shape, name = "x") {
  misfits <- .Call(ptb_fill_memory, x, element, dtype, layout, missing$rule, missing$value)
  if (!is.null(misfits)) {
    abort_fill(x, misfits, dtype, missing, shape, name)
  }
}

# A new R vector or array with the values of a tensor or NumPy array.
r_from_tensor <- function(x, type, na, dim_from) {
  memory <- call_bridge("transfer.readable", x)
  if (memory[[2]] == "sparse") {
    return(matrix_from_sparse(x, type, na))
  }
  type <- if (is.null(type)) memory[[3]] else type
  check_lengths(memory[[4]])
  result <- .Call(ptb_read_memory, type, memory[[2]], memory[[4]], na == "keep", dim_from)
  if (is.list(result)) {
    abort_read(x, result, memory, type)
  }
  if (!is.null(memory[[1]])) {
    memory <- NULL # a copy that was made on the way may be large, and is free from here on
    relieve_memory()
  }
  result
}

MAX_DIMS <- 64L # as in src/pytorchbridge.h

# R counts along each of several dimensions with integers.
check_lengths <- function(layout) {
  ndim <- (length(layout) - 1) / 2
  shape <- layout[1 + seq_len(ndim)]
  if (ndim > MAX_DIMS) {
    abort("dtype", "A tensor of ", ndim, " dimensions is more than ", MAX_DIMS, "; flatten or reshape it first.")
  }
  if (prod(shape) > 2^52) {
    abort("dtype", "A tensor of ", format(prod(shape)), " elements is more than an R vector can have, 2^52.")
  }
  if (ndim > 1 && any(shape > .Machine$integer.max)) {
    abort(
      "dtype", "A dimension of ", format(max(shape), scientific = FALSE), " is longer than R's arrays can have, ",
      .Machine$integer.max, ".\n", "Flatten the tensor first: x$flatten()."
    )
  }
}

# `na =` as C takes it: the name of a rule, and the value (of x's own type) that goes with one.
missing_rule <- function(na, element, x) {
  if (identical(na, "error") || identical(na, "nan") || identical(na, "keep")) {
    return(list(rule = na, value = NULL))
  }
  value <- if (length(na) == 1) replacement(na, element)
  if (is.null(value)) {
    abort(
      "dtype", "`na` must be \"error\", \"nan\", \"keep\", or one value that ", element, " `x` can hold, not ",
      show_value(na), "."
    )
  }
  list(rule = "value", value = value)
}

AS_ELEMENT <- list(
  logical = as.logical,
  integer = as.integer,
  integer64 = as.integer64,
  double = as.double,
  complex = as.complex
)

# The value in the element type of x; NULL if it does not fit there.
replacement <- function(value, element) {
  if (!typeof(value) %in% c("logical", "integer", "double", "complex") || is.na(value)) {
    return(NULL)
  }
  as_element <- AS_ELEMENT[[element]]
  if (is.null(as_element)) {
    return(NULL) # raw has no missing values
  }
  if (is.complex(value) && element == "integer64") {
    return(NULL) # bit64 does not convert it
  }
  converted <- suppressWarnings(as_element(value))
  if (!is.na(converted) && converted == value) converted
}

# ---- errors -------------------------------------------------------------------------------------

abort_fill <- function(x, misfits, dtype, missing, shape, name) {
  x <- without_other_classes(x)
  value <- x[misfits$position]
  at <- paste0(name, format_index(misfits$position, shape))
  if (is.na(value) && missing$rule == "value") {
    abort("lossy", "`na` is ", format_value(missing$value), ", which ", dtype, " cannot hold at ", at, ".")
  }
  if (is.na(value) && !is.nan_value(value)) {
    abort_missing(x, dtype, name, at)
  }
  others <- if (misfits$count > 1) paste0(" (nor ", format_count(misfits$count - 1, "other value"), ")")
  abort("lossy", at, " is ", format_value(value), ", which ", dtype, " cannot hold", others, ".\n",
    fill_remedy(value, dtype))
}

# Whose methods might say something else than the memory does.
without_other_classes <- function(x) {
  class <- if (inherits(x, "integer64")) "integer64"
  if (!identical(oldClass(x), class)) oldClass(x) <- class
  x
}

fill_remedy <- function(value, dtype) {
  if (is.complex(value) && !startsWith(dtype, "complex") && !isTRUE(Im(value) == 0)) {
    return("Choose a complex dtype, or convert Re(x).")
  }
  "Choose another dtype (dtype_table() lists them), or replace such values first."
}

abort_missing <- function(x, dtype, name, at) {
  count <- sum(is.na(x))
  first <- if (count == 1) at else paste("the first is", at)
  floating <- grepl("float|complex", dtype)
  abort(
    "missing", "`", name, "` has ", format_count(count, "missing value"), " (", first, "), ",
    if (floating) "which would become NaN in " else "and ", dtype, if (!floating) " has no NA", ".\n",
    if (floating) {
      "Write na = \"nan\" if that is meant"
    } else if (typeof(x) %in% c("double", "complex") && !inherits(x, "integer64")) {
      "Choose a floating dtype to get NaN"
    } else {
      "Write na = \"nan\" to get NaN in a floating dtype"
    },
    ", or na = a value to put there."
  )
}

is.nan_value <- function(x) (is.double(x) || is.complex(x)) && !inherits(x, "integer64") && is.nan(x)

abort_read <- function(x, misfits, memory, type) {
  layout <- memory[[4]]
  shape <- layout[1 + seq_len((length(layout) - 1) / 2)]
  index <- arrayInd(misfits$position, if (length(shape) > 0) shape else 1)
  where <- as.list(index[seq_along(shape)] - 1)
  value <- as_r_text(call_bridge("transfer.value_text", x, where))
  others <- if (misfits$count > 1) paste0(" (and ", format_count(misfits$count - 1, "other"), ")")
  at <- if (length(shape) > 0) paste0(" at ", format_index(misfits$position, shape))
  dtype <- memory[[2]]
  the_value <- paste0("The ", dtype, " value ", value, at, others)
  number <- suppressWarnings(as.numeric(value))
  if (type == "integer" && identical(number, -2147483648)) {
    abort(
      "missing", the_value, " is R's NA.\n",
      "Write type = \"double\" to keep the number, or na = \"keep\" to get NA."
    )
  }
  if (type == "integer64" && identical(number, -2^63)) {
    abort("missing", the_value, " is integer64's NA.\n", "Write na = \"keep\" to get NA.")
  }
  why <- if (type == "double" && isTRUE(abs(number) > 2^53)) {
    " is beyond 2^53, from where on R's double skips integers.\n"
  } else {
    paste0(" would not stay exact in R's ", type, ".\n")
  }
  abort("lossy", the_value, why, read_remedy(value, number, dtype))
}

# Python writes 1j, (1+2j), nan and inf.
as_r_text <- function(value) {
  text <- gsub("[()]", "", sub("j)?$", "i", value))
  gsub("nan", "NaN", gsub("inf", "Inf", text))
}

# number: NA where it is complex.
read_remedy <- function(value, number, dtype) {
  if (startsWith(dtype, "complex")) {
    return("Write as_r(x, type = \"complex\"), or convert x$real.")
  }
  beyond_double <- dtype %in% c("int64", "uint64") && abs(number) >= 2^53
  if (beyond_double && number >= 2^63) {
    return("No R type holds it; clamp the tensor first, or bring x$view(torch$int64) as \"integer64\".")
  }
  if (value == "-9223372036854775808") {
    return("Convert x$double(), which holds it; integer64 takes it for NA.")
  }
  if (beyond_double) {
    return("Write as_r(x, type = \"integer64\") to get all of its digits.")
  }
  "Write as_r(x, type = \"double\"), or round or clamp the tensor first."
}
