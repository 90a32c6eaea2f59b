# What is said of a value that did not fit where it was to go. C tells which was the first, and how many.

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

# Of functions that take no `na` themselves, and so no such remedy.
naming_as_tensor <- function(code) {
  tryCatch(code, pytorchbridge_missing_error = function(error) {
    message <- conditionMessage(error)
    error$message <- sub("Write na = \"nan\"", "Write as_tensor(x, na = \"nan\")", message, fixed = TRUE)
    stop(error)
  })
}

is.nan_value <- function(x) (is.double(x) || is.complex(x)) && !inherits(x, "integer64") && is.nan(x)

# found: the memory, as `pytorch_bridge.structures.read` describes it; held: what has its values.
abort_read <- function(held, misfits, found, type) {
  shape <- layout_shape(found$layout)
  index <- arrayInd(misfits$position, if (length(shape) > 0) shape else 1)
  where <- as.list(index[seq_along(shape)] - 1)
  value <- as_r_text(call_bridge("transfer.value_text", held, where))
  others <- if (misfits$count > 1) paste0(" (and ", format_count(misfits$count - 1, "other"), ")")
  at <- if (length(shape) > 0) paste0(" at ", format_index(misfits$position, shape))
  the_value <- paste0("The ", found$dtype, " value ", value, at, others)
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
  abort("lossy", the_value, why, read_remedy(value, number, found$dtype))
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
