# Cells: a piece of memory, all that looks at it (a tensor, arrays, views, the R vector that was lent),
# and its values as plain R has them, in memory that nothing else can write to.

cells <- list()

new_cell <- function(tensor, truth, type, dtype, lent = NULL) {
  cell <- list2env(list(
    tensor = tensor, truth = truth, type = type, dtype = dtype, lent = lent, views = list(), arrays = list()
  ))
  cells[[length(cells) + 1]] <<- cell
  cell
}

# A random cell of one of the types; NULL if there is none.
some_cell <- function(types = TYPES, fits = function(cell) TRUE) {
  found <- Filter(function(cell) cell$type %in% types && fits(cell), cells)
  if (length(found) > 0) one_of(found)
}

ndim <- function(cell) max(1L, length(dim(cell$truth)))

# The values as a copy brings them to R: an int64 as doubles, a uint8 as integers.
as_copied <- function(x, dtype) {
  if (dtype == "int64" || dtype == "uint8") {
    values <- if (dtype == "int64") as.double(x) else as.integer(x)
    dim(values) <- dim(x)
    return(values)
  }
  x
}

check_cell <- function(cell) {
  expect_same(as_r(cell$tensor), as_copied(cell$truth, cell$dtype), paste("as_r() of", cell$dtype))
  for (array in cell$arrays) {
    expect_same(as_r(array), as_copied(cell$truth, cell$dtype), "as_r() of an array")
  }
  for (view in cell$views) {
    expect_same(view, if (cell$dtype == "int64") as_copied(cell$truth, "int64") else cell$truth, "a view")
  }
  if (!is.null(cell$lent)) {
    expect_same(cell$lent, cell$truth, "a lent vector")
  }
}

# Whether a view of its tensor is possible.
is_viewable <- function(cell) {
  column_major <- ndim(cell) == 1 || !is.null(cell$lent) || length(cell$truth) <= 1
  column_major && cell$dtype %in% c("float64", "int32", "uint8", "complex128")
}
