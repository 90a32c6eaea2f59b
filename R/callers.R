# Functions of base R that look at a tensor only through a method of ours, and then do something with the handle that
# a tensor is to R. The method can tell by the call that it is one of these, and do what is right for it.

# Whether the method that asks was called by a function. (Dispatch from C, as in sprintf(), counts as a call.)
is_called_by <- function(fun) {
  caller <- sys.parent(2)
  caller > 0 && identical(sys.function(caller), fun)
}

# sprintf() has counted the values before it asks for them: it takes the handle for a list.
check_sprintf <- function(values) {
  if (length(values) != 1) {
    abort(
      "dtype", "sprintf() takes a tensor of one value, and this has ", format_count(length(values), "value"),
      "; write as.vector(x) for them."
    )
  }
  values
}

# diag() takes the handle for a vector of numbers. One number alone, which says how large an identity matrix is to be,
# it asks for its value. (The package Matrix makes a function of its own of it, with the same body.)
check_no_diag <- function(x, frame) {
  if (frame == 0 || !identical(body(sys.function(frame)), body(diag))) {
    return(invisible())
  }
  is_size <- length(x) == 1 && length(sys.call(frame)) == 2
  if (!is_size) {
    abort(
      "dtype", "diag() makes a matrix of an R vector, and a tensor is none; write torch$diag(x), or ",
      "diag(as.vector(x))."
    )
  }
}

# `d$x <- t` asks for the number of rows, and then puts the handle into the data frame; so does data.table().
check_no_column <- function() {
  if (is_called_by_assignment(sys.parent(2))) {
    abort(
      "dtype", "A column of a data frame is an R vector, and a tensor is none; write as.vector(x), as in ",
      "d$x <- as.vector(t)."
    )
  }
}

COLUMN_ASSIGNMENTS <- list(`$<-.data.frame`, `[[<-.data.frame`, `[<-.data.frame`)

# Of NROW(), which may be called by vapply().
is_called_by_assignment <- function(frame) {
  for (up in 1:2) {
    frame <- sys.parents()[frame]
    if (frame == 0) {
      return(FALSE)
    }
    caller <- sys.function(frame)
    of_data_table <- environmentName(topenv(environment(caller))) == "data.table"
    if (of_data_table || any(vapply(COLUMN_ASSIGNMENTS, identical, NA, caller))) {
      return(TRUE)
    }
  }
  FALSE
}
