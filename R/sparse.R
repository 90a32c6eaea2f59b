# Sparse matrices: R's Matrix package and PyTorch's sparse layouts hold the same arrays.

#' @rdname as_tensor
#' @param layout of a `Matrix`: `NULL` keeps its own form (`dgCMatrix` is sparse CSC, `dgRMatrix`
#'   CSR, `dgTMatrix` COO; a dense kind is strided); `"strided"` makes a dense tensor.
#' @exportS3Method
as_tensor.Matrix <- function(x, dtype = NULL, device = NULL, layout = NULL, na = "error",
                             requires_grad = FALSE, copy = TRUE, ...) {
  check_no_dots(...)
  asked_for(dtype, device, "C", requires_grad, copy)
  check_argument("layout", layout, or_null(is_one_of("strided")), "NULL or \"strided\"")
  x <- general_matrix(x)
  if (!methods::is(x, "sparseMatrix")) {
    check_copied(copy, "A Matrix")
    dense <- array(x@x, x@Dim)
    return(as_tensor(dense, dtype = dtype, device = device, na = na, requires_grad = requires_grad))
  }
  if (is.null(layout)) {
    return(sparse_tensor(x, dtype, device, na, requires_grad, copy))
  }
  check_copied(copy, "A sparse matrix made dense")
  dense <- call_method(sparse_tensor(x, dtype, NULL, na, FALSE, TRUE), "to_dense")
  call_bridge("transfer.finish", dense, device, requires_grad)
}

# One of the general kinds (dgC, dgR, dgT, dge, and l*, n*): symmetric, triangular, diagonal and
# permutation matrices leave out values that their kind implies.
general_matrix <- function(x) {
  if (methods::is(x, "diagonalMatrix") || methods::is(x, "indMatrix")) {
    x <- methods::as(x, "CsparseMatrix")
  }
  methods::as(x, "generalMatrix")
}

sparse_tensor <- function(x, dtype, device, na, requires_grad, copy) {
  layout <- c(C = "csc", R = "csr", T = "coo")[[substr(class(x), 3, 3)]]
  if (layout == "coo" && !methods::is(x, "dMatrix")) {
    # Entries at the same place add up in a tensor, but among logicals mean `or`.
    x <- methods::as(methods::as(x, "CsparseMatrix"), "TsparseMatrix")
  }
  places <- switch(layout,
    csc = list(x@p, x@i),
    csr = list(x@p, x@j),
    coo = list(x@i, x@j)
  )
  # The places have a dtype of their own: int64 is PyTorch's, int32 is the one that R's memory has.
  indices <- lapply(places, as_tensor, copy = if (layout == "coo") TRUE else copy)
  stored <- if (methods::is(x, "nMatrix")) rep(TRUE, length(places[[2]])) else x@x
  values <- as_tensor(stored, dtype = dtype, na = na, copy = copy)
  call_bridge(
    "sparse.from_parts", layout, indices[[1]], indices[[2]], values, as.list(x@Dim), device,
    requires_grad
  )
}

# A dgCMatrix, dgRMatrix or dgTMatrix (l* for bool) of the parts of a sparse tensor.
matrix_from_sparse <- function(found, asked) {
  if (!requireNamespace("Matrix", quietly = TRUE)) {
    abort("dtype", "A sparse tensor needs the R package Matrix; install it, or use x$to_dense().")
  }
  asked$dim_from <- 2L # the parts are vectors, whatever the whole is to be
  values <- unpack(found$values, NULL, asked)
  if (is.integer(values)) {
    values <- as.double(values)
  }
  if (inherits(values, "integer64") || !(is.double(values) || is.logical(values))) {
    abort("dtype", "The package Matrix has no sparse matrix of type ", class(values)[1], "; use x$to_dense().")
  }
  letter <- if (is.logical(values)) "l" else "d"
  asked$type <- "integer"
  first <- unpack(found$first, NULL, asked)
  second <- unpack(found$second, NULL, asked)
  size <- as.integer(unlist(found$shape))
  switch(found$layout,
    csc = methods::new(paste0(letter, "gCMatrix"), p = first, i = second, x = values, Dim = size),
    csr = methods::new(paste0(letter, "gRMatrix"), p = first, j = second, x = values, Dim = size),
    coo = methods::new(paste0(letter, "gTMatrix"), i = first, j = second, x = values, Dim = size)
  )
}
