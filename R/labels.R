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

# R values, from a tensor, with the type, class and labels of `like`. name: how R would write that.
label_as <- function(values, like, name = "like") {
  if (is.null(values_of(like))) {
    abort(
      "dtype", "`", name, "` is of class ", class(like)[1], ", and a tensor holds no values of that kind.\n",
      like_remedy(like, name)
    )
  }
  if (!is.atomic(values)) {
    abort(
      "dtype", "`like` gives labels to a vector or an array, not to a list.\n",
      "Label its parts: lapply(as_r(x), as_r, like = like)."
    )
  }
  shape <- own_lengths(values)
  check_places(shape, like)
  labelled <- if (is.factor(like)) codes_like(values, like) else numbers_like(values, like)
  labels <- labels_of(like)
  if (!is.null(labels$dim)) {
    labels$dim <- shape
  }
  attributes(labelled) <- labels
  labelled
}

# ---- values ---------------------------------------------------------------------------------------

codes_like <- function(codes, like) {
  n <- nlevels(like)
  misfit <- function(code) {
    paste0("has no level: `like` has ", format_count(n, "level"), if (n > 0) paste(", with codes from 0 to", n - 1))
  }
  from_one <- n > 0 && all(is.na(codes) | codes %in% seq_len(n))
  check_values(
    codes, function(code) code %in% (seq_len(n) - 1), misfit,
    if (from_one) "If they count from 1, subtract 1 first; as_r(x) gives the codes as they are."
  )
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
check_values <- function(values, fits, misfit, remedy = NULL) {
  if (is.null(remedy)) remedy <- "as_r(x) gives the values as they are."
  if (!is.numeric(values) && !is.logical(values)) {
    abort("dtype", "`like` holds whole numbers, and no ", class(values)[1], " values.\n", remedy)
  }
  at <- which(!is.na(values) & !fits(values))
  if (length(at) > 0) {
    value <- format_value(as.double(values[at[1]]))
    others <- if (length(at) > 1) paste0(" (nor ", format_count(length(at) - 1, "other"), ")")
    where <- format_index(at[1], dim(values))
    abort("lossy", "The value ", value, " at ", where, " ", misfit(value), others, ".\n", remedy)
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

# Attributes that state facts about the values of an object, on which functions rely without a look at the values:
# what a table is sorted by, which values were left out, what was subtracted. They are no facts about other values.
# By class.
FACTS <- list(
  any = c("na.action", "scaled:center", "scaled:scale", "out.attrs"), # the last one is of expand.grid()
  data.table = c("sorted", "index", ".internal.selfref", ".data.table.locked"),
  grouped_df = "groups",
  rowwise_df = "groups",
  integer64 = "cache" # bit64's tables and orders of the values
)

labels_of <- function(like) {
  labels <- attributes(like)
  facts <- unlist(FACTS[c("any", intersect(class(like), names(FACTS)))])
  labels[!names(labels) %in% facts]
}

# ---- data frames ----------------------------------------------------------------------------------

frame_like <- function(x, like, na) {
  tensor <- as_tensor(x, copy = NULL)
  shape <- dim(tensor)
  # As as_tensor() takes them: a column that is a matrix is several.
  widths <- vapply(as.list(like), function(column) if (is_matrix_column(column)) ncol(column) else 1L, 1L)
  if (length(shape) != 2 || shape[2] != sum(widths)) {
    columns <- format_count(sum(widths), "column")
    abort(
      "dtype", "The tensor has shape [", toString(shape), "], and `like` ", columns, ".\n",
      "Give the columns of `like` that belong to it, or write as_r(x), which gives the values without labels."
    )
  }
  labels <- labels_of(like)
  labels$row.names <- row_names_like(like, shape[1])
  columns <- columns_like(tensor, like, widths, na)
  attributes(columns) <- labels
  in_class_of(columns, like)
}

columns_like <- function(tensor, like, widths, na) {
  first <- cumsum(widths) - widths
  labels <- column_labels(names(like), length(like), "like")
  places <- stats::setNames(seq_along(like), names(like))
  map_named(as.list(places), function(j, name) {
    column <- if (is_matrix_column(like[[j]])) {
      call_method(tensor, "narrow", 1L, first[[j]], widths[[j]])
    } else {
      call_method(tensor, "select", 1L, first[[j]])
    }
    label_as(read_python(column, type_to_read(like[[j]]), na), like[[j]], labels[[j]])
  })
}

# Names belong to single rows. Integers, as na.omit() and df[df$x > 1, ] leave them, merely number the rows of `like`.
row_names_like <- function(like, rows) {
  given <- .row_names_info(like, 2L)
  if (given != rows && is.character(.row_names_info(like, 0L))) {
    abort(
      "dtype", "The tensor has ", format_count(rows, "row"), ", and `like` has ", format_count(given, "row name"),
      ".\n",
      "Give the rows of `like` that belong to it, or none of their names: rownames(like) <- NULL."
    )
  }
  is_automatic <- .row_names_info(like) <= 0
  if (given == rows && !is_automatic) attr(like, "row.names") else .set_row_names(rows)
}

# What the packages of these classes know of the rows is to be found out anew.
in_class_of <- function(frame, like) {
  if (inherits(like, c("grouped_df", "rowwise_df"))) {
    attr(frame, "groups") <- groups_like(frame, like)
  }
  # Where the package is not there, nothing asks for its room for more columns.
  if (inherits(like, "data.table") && requireNamespace("data.table", quietly = TRUE)) {
    frame <- data.table::setalloccol(frame)
  }
  frame
}

groups_like <- function(frame, like) {
  if (!requireNamespace("dplyr", quietly = TRUE)) {
    abort(
      "dtype", "`like` is grouped, and only the package dplyr can group other values.\n",
      "Install it, or give as.data.frame(like), which has no groups."
    )
  }
  class(frame) <- "data.frame"
  attr(dplyr::dplyr_reconstruct(frame, like), "groups")
}

# ---- what to give instead -------------------------------------------------------------------------

# By class, what makes a vector or a matrix of numbers of it.
INSTEAD_OF_LIKE <- c(POSIXlt = "as.POSIXct", python.builtin.object = "as_r", Matrix = "as.matrix")

like_remedy <- function(like, name) {
  known <- Filter(function(class) inherits(like, class), names(INSTEAD_OF_LIKE))
  instead <- if (length(known) > 0) INSTEAD_OF_LIKE[[known[1]]] else way_to_numbers(like)
  if (is.null(instead)) {
    return("Give a vector, an array or a data frame of numbers, or leave `like` out: as_r(x).")
  }
  paste0("Give ", instead, "(", name, "), or leave `like` out: as_r(x).")
}

way_to_numbers <- function(like) {
  if (is.character(like)) {
    return("factor")
  }
  if (is.list(like) && !is.object(like)) {
    return(if (is.numeric(unlist(like))) "unlist")
  }
  # Where the elements of an object are its bare values.
  if (is.object(like) && is.atomic(like) && length(unclass(like)) %in% c(length(like), prod(dim(like)))) "unclass"
}
