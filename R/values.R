# What an R value is for a tensor: one method for each class. Vectors, the columns of data frames and
# look-ups all ask here, so a class that is not known is a method away.

# The numbers of `x` and what they mean, as a list:
#   numbers    a plain vector or array
#   storage    how they lie in memory: an R type of numbers, or "integer64"
#   r_type     the row of the dtype table
#   shape      the lengths of the dimensions
#   is_copy    whether they lie elsewhere than `x` does
# NULL if the class is not known: it may give its values another meaning, so it is not guessed.
values_of <- function(x) {
  UseMethod("values_of")
}

#' @exportS3Method
values_of.default <- function(x) {
  storage <- storage_of(x)
  known <- !is.null(storage) && (!is.object(x) || storage == "integer64")
  if (known) new_values(x, storage)
}

#' @exportS3Method
values_of.factor <- function(x) {
  codes <- as.integer(unclass(x)) - 1L
  dim(codes) <- attr(x, "dim")
  new_values(codes, "integer", "factor", is_copy = TRUE)
}

#' @exportS3Method
values_of.Date <- function(x) {
  class <- intersect(class(x), c("Date", "POSIXct", "difftime"))[1] # of which there are subclasses
  if (is.complex(x)) {
    return(NULL)
  }
  new_values(as_plain_double(x), "double", class, is_copy = TRUE)
}

#' @exportS3Method
values_of.POSIXct <- values_of.Date
#' @exportS3Method
values_of.difftime <- values_of.Date

# Classes whose values are their bare numbers: what else they hold, such as times, labels and knots, is about them.
#' @exportS3Method
values_of.ts <- function(x) {
  bare <- as.vector(unclass(x))
  dim(bare) <- attr(x, "dim")
  storage <- storage_of(bare)
  if (!is.null(storage)) new_values(bare, storage, is_copy = TRUE)
}

#' @exportS3Method
values_of.zoo <- values_of.ts # xts too
#' @exportS3Method
values_of.table <- values_of.ts # xtabs too
#' @exportS3Method
values_of.poly <- values_of.ts
#' @exportS3Method
values_of.basis <- values_of.ts # splines' bs and ns

# I(x) is what x is.
#' @exportS3Method
values_of.AsIs <- function(x) {
  oldClass(x) <- setdiff(oldClass(x), "AsIs")
  values <- values_of(x)
  if (!is.null(values)) values$is_copy <- TRUE
  values
}

new_values <- function(numbers, storage, r_type = storage, is_copy = FALSE) {
  shape <- .Call(ptb_shape, numbers) # not what methods of length() and dim() say, which memory knows nothing of
  list(numbers = numbers, storage = storage, r_type = r_type, shape = shape, is_copy = is_copy)
}

# Dates may be stored as integers.
as_plain_double <- function(x) {
  plain <- as.double(unclass(x))
  dim(plain) <- attr(x, "dim")
  plain
}

# How the values of a vector lie in memory, whatever they mean; NULL if it is none of numbers.
storage_of <- function(x) {
  switch(typeof(x),
    double = if (inherits(x, "integer64")) "integer64" else "double",
    logical = ,
    integer = ,
    complex = ,
    raw = typeof(x)
  )
}

# Bytes of an element.
STORAGE_SIZES <- c(logical = 4, integer = 4, double = 8, complex = 16, raw = 1, integer64 = 8)

# The storage of an argument that must be a vector of numbers.
check_storage <- function(x, name = "x") {
  storage <- storage_of(x)
  if (is.null(storage)) {
    abort(
      "dtype", "`", name, "` is of class ", class(x)[1], ": no tensor, NumPy array or R vector of numbers.",
      if (is.character(x)) paste0("\nMake numbers of it first: as.numeric(", name, ")."),
      if (is.list(x) && length(x) > 0) paste0("\nAsk of one of its elements: ", name, "[[1]].")
    )
  }
  storage
}

has_missing_integer <- function(x) {
  (is.integer(x) && anyNA(x)) || (inherits(x, "integer64") && any(is.na(without_other_classes(x))))
}

# Classes whose methods might say something else than the memory does go.
without_other_classes <- function(x) {
  class <- if (inherits(x, "integer64")) "integer64"
  if (!identical(oldClass(x), class)) oldClass(x) <- class
  x
}

# The values with the shape that is asked for.
with_shape <- function(values, shape) {
  if (!is.null(shape)) {
    check_shape(shape, prod(values$shape))
    values$shape <- shape
  }
  if (length(values$shape) > MAX_DIMS) {
    abort("dtype", "An array of ", length(values$shape), " dimensions is more than ", MAX_DIMS, "; reshape it first.")
  }
  values
}

# ---- missing values -------------------------------------------------------------------------------

# `na =` as C takes it: the name of a rule, and the value (of the numbers' own type) that goes with one.
missing_rule <- function(na, values) {
  if (identical(na, "error") || identical(na, "nan") || identical(na, "keep")) {
    return(list(rule = na, value = NULL))
  }
  value <- if (length(na) == 1) replacement(na, values$storage)
  if (is.null(value)) {
    abort(
      "dtype", "`na` must be \"error\", \"nan\", \"keep\", or one value that ", values$storage, " `x` can hold, not ",
      show_value(na), "."
    )
  }
  list(rule = "value", value = value)
}

TO_STORAGE <- list(
  logical = as.logical,
  integer = as.integer,
  integer64 = as.integer64,
  double = as.double,
  complex = as.complex
)

# The value in the storage of the others; NULL if it does not fit there.
replacement <- function(value, storage) {
  if (!typeof(value) %in% c("logical", "integer", "double", "complex") || is.na(value)) {
    return(NULL)
  }
  to_storage <- TO_STORAGE[[storage]]
  if (is.null(to_storage)) {
    return(NULL) # raw has no missing values
  }
  if (is.complex(value) && storage == "integer64") {
    return(NULL) # bit64 does not convert it
  }
  converted <- suppressWarnings(to_storage(value))
  if (!is.na(converted) && converted == value) converted
}

# Beyond 2^53, an integer64 that becomes a double unasked would be rounded.
check_exact_in_double <- function(numbers, label) {
  beyond <- if (inherits(numbers, "integer64")) which(abs(numbers) > as.integer64(2)^53)
  if (length(beyond) > 0) {
    abort(
      "lossy", label, "[", beyond[1], "] is ", format(numbers[beyond[1]]),
      ", beyond 2^53, and would not stay exact in float64.\nName a dtype, or convert such values on their own."
    )
  }
}
