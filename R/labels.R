# as_r(x, like = ): the values of a tensor with the type, class and labels of an R object.

read_like <- function(x, like, type, na, copy) {
  if (!is.null(type)) {
    abort("dtype", "`like` says the type as well; leave out `type`.")
  }
  check_read_na(na)
  check_argument("copy", copy, or_null(isTRUE), "TRUE with `like`, since labels need a copy", "sharing")
  if (is.data.frame(like)) {
    return(frame_like(x, like, na))
  }
  label_as(read_python(x, type_to_read(like), na), like)
}

# The type to read values in, so that they stay exact. What has missing values as NaN comes as it is.
type_to_read <- function(like) {
  storage <- storage_of(like)
  if (is.object(like) && !identical(storage, "integer64")) {
    return(if (!is.factor(like) && is.double(like)) "double")
  }
  if (isTRUE(storage %in% c("double", "complex", "raw", "integer64"))) storage
}

# R values, from a tensor, with the type, class and labels of `like`.
label_as <- function(values, like) {
  if (is.null(values_of(like))) {
    abort("dtype", "`like` is of class ", class(like)[1], ", and a tensor holds no values of that kind.")
  }
  if (!is.atomic(values)) {
    abort("dtype", "`like` gives labels to a vector or an array, not to a list; label its parts.")
  }
  shape <- own_lengths(values)
  check_places(shape, like)
  labelled <- if (is.factor(like)) codes_like(values, like) else numbers_like(values, like)
  labels <- attributes(like)
  if (!is.null(labels$dim)) {
    labels$dim <- shape
  }
  attributes(labelled) <- labels
  labelled
}

# ---- values ---------------------------------------------------------------------------------------

codes_like <- function(codes, like) {
  n <- nlevels(like)
  check_values(codes, function(code) code %in% (seq_len(n) - 1), function(code) {
    paste0("has no level: `like` has ", format_count(n, "level"), if (n > 0) paste(", with codes from 0 to", n - 1))
  })
  as.integer(codes) + 1L
}

numbers_like <- function(values, like) {
  type <- if (is.object(like) && !inherits(like, "integer64") && is.double(like)) "double" else storage_of(like)
  fits <- switch(type,
    integer = function(value) abs(value) <= .Machine$integer.max & value == trunc(value),
    logical = function(value) value %in% c(0, 1)
  )
  if (is.null(fits)) {
    return(if (type == "double") as.double(values) else values)
  }
  check_values(values, fits, function(value) paste0("would not stay exact as ", type, ", the type of `like`"))
  if (type == "integer") as.integer(values) else as.logical(values)
}

# NaN is how a missing integer, logical value or code travels.
check_values <- function(values, fits, misfit) {
  if (!is.numeric(values) && !is.logical(values)) {
    abort("dtype", "`like` holds whole numbers, and no ", class(values)[1], " values.")
  }
  at <- which(!is.na(values) & !fits(values))
  if (length(at) > 0) {
    value <- format_value(as.double(values[at[1]]))
    others <- if (length(at) > 1) paste0(" (nor ", format_count(length(at) - 1, "other"), ")")
    abort("lossy", "The value ", value, " at ", format_index(at[1], dim(values)), " ", misfit(value), others, ".")
  }
}

# ---- labels ---------------------------------------------------------------------------------------

# Classes whose labels do not depend on how many values there are.
LABELS_OF_ANY_LENGTH <- c("factor", "Date", "POSIXct", "difftime", "integer64", "AsIs")

# Names, dimnames, and what else belongs to places, need as many of them.
check_places <- function(shape, like) {
  wanted <- own_lengths(like)
  has_labels <- if (is.null(dim(like))) !is.null(names(like)) else lengths(dimnames(like)) > 0
  if (is.object(like) && !inherits(like, LABELS_OF_ANY_LENGTH)) {
    has_labels <- TRUE
  }
  if (length(shape) != length(wanted) || (length(has_labels) > 0 && any((shape != wanted)[has_labels]))) {
    abort(
      "dtype", "The values have shape [", toString(shape), "], and `like` ", if (any(has_labels)) "labels for ", "[",
      toString(wanted), "].\nReshape the tensor first, or take the part of `like` that belongs to it."
    )
  }
}

own_lengths <- function(x) if (is.null(dim(x))) length(unclass(x)) else dim(x)

# ---- data frames ----------------------------------------------------------------------------------

frame_like <- function(x, like, na) {
  tensor <- as_tensor(x, copy = NULL)
  shape <- dim(tensor)
  # As as_tensor() takes them: a column that is a matrix is several.
  widths <- vapply(as.list(like), function(column) if (is_matrix_column(column)) ncol(column) else 1L, 1L)
  if (length(shape) != 2 || shape[2] != sum(widths)) {
    columns <- format_count(sum(widths), "column")
    abort("dtype", "The tensor has shape [", toString(shape), "], and `like` ", columns, ".")
  }
  has_row_names <- .row_names_info(like) > 0
  if (has_row_names && nrow(like) != shape[1]) {
    abort("dtype", "The tensor has ", format_count(shape[1], "row"), ", and `like` has ", nrow(like), " row names.")
  }
  first <- cumsum(widths) - widths
  places <- stats::setNames(seq_along(like), names(like))
  columns <- map_named(as.list(places), function(j, name) {
    column <- if (is_matrix_column(like[[j]])) {
      call_method(tensor, "narrow", 1L, first[[j]], widths[[j]])
    } else {
      call_method(tensor, "select", 1L, first[[j]])
    }
    label_as(read_python(column, type_to_read(like[[j]]), na), like[[j]])
  })
  labels <- attributes(like)
  labels$row.names <- if (has_row_names) labels$row.names else .set_row_names(shape[1])
  attributes(columns) <- labels
  columns
}
