skip_if_no_torch()
skip_if_not_installed("Matrix")

# A matrix with empty rows and columns, and its sparse forms.
dense <- matrix(c(0, 1.5, 0, 0, 0, 0, -2, 0, NaN, 0, 0, 1e-310), 4)
sparse_as <- function(x, form) methods::as(Matrix::Matrix(x, sparse = TRUE), form)
LAYOUTS <- c(CsparseMatrix = "csc", RsparseMatrix = "csr", TsparseMatrix = "coo")

layout_of <- function(tensor) sub(".*sparse_", "", as.character(tensor$layout))
dense_values <- function(tensor) as_r(tensor$to_dense())

test_that("each sparse form keeps its layout and values, both ways", {
  for (form in names(LAYOUTS)) {
    x <- sparse_as(dense, form)
    tensor <- as_tensor(x)
    expect_identical(layout_of(tensor), LAYOUTS[[form]])
    expect_identical(dense_values(tensor), dense)
    back <- as_r(tensor)
    expect_true(methods::is(back, form))
    expect_identical(as.matrix(back), as.matrix(x))
    expect_true(methods::validObject(back))
  }
})

test_that("logical and pattern matrices are bool", {
  flags <- dense != 0 & !is.nan(dense)
  for (form in names(LAYOUTS)) {
    logical <- methods::as(sparse_as(flags, "lMatrix"), form)
    tensor <- as_tensor(logical)
    expect_identical(dtype_of_tensor(tensor), "bool")
    expect_identical(dense_values(tensor), flags)
    expect_identical(as.matrix(as_r(tensor)), flags)
    pattern <- methods::as(logical, "nMatrix")
    expect_identical(dense_values(as_tensor(pattern)), flags)
  }
})

test_that("a logical NA has no place in bool", {
  x <- Matrix::sparseMatrix(i = 1:2, j = 1:2, x = c(TRUE, NA))
  expect_says(as_tensor(x), "missing", "1 missing value")
})

test_that("kinds that leave values out keep them", {
  square <- matrix(c(2, 1, 0, 1, 3, 5, 0, 5, 4), 3)
  upper <- square * upper.tri(square, TRUE)
  unit <- methods::new("dtCMatrix",
    i = 0L, p = c(0L, 0L, 1L, 1L), x = 7, Dim = c(3L, 3L), uplo = "U", diag = "U"
  )
  permutation <- methods::as(c(2L, 3L, 1L), "pMatrix")
  cases <- list(
    symmetric = list(Matrix::forceSymmetric(Matrix::Matrix(square, sparse = TRUE)), square),
    triangular = list(Matrix::triu(Matrix::Matrix(square, sparse = TRUE)), upper),
    unit = list(unit, rbind(c(1, 7, 0), c(0, 1, 0), c(0, 0, 1))),
    diagonal = list(Matrix::Diagonal(x = c(1, 2, 3)), diag(c(1, 2, 3))),
    identity = list(Matrix::Diagonal(3), diag(3)),
    permutation = list(permutation, rbind(c(0, 1, 0), c(0, 0, 1), c(1, 0, 0)) == 1),
    dense = list(Matrix::Matrix(square + 0.5, sparse = FALSE), square + 0.5)
  )
  for (case in cases) {
    expect_identical(as.matrix(as_tensor(case[[1]])), case[[2]])
    strided <- as_tensor(case[[1]], layout = "strided")
    expect_identical(as.character(strided$layout), "torch.strided")
    expect_identical(as_r(strided), case[[2]])
  }
})

test_that("sharing shares values and places", {
  x <- sparse_as(dense, "CsparseMatrix")
  tensor <- as_tensor(x, copy = FALSE)
  expect_true(shares_memory(tensor$values(), x@x))
  expect_true(shares_memory(tensor$row_indices(), x@i))
  expect_true(shares_memory(tensor$ccol_indices(), x@p))
  expect_identical(dtype_of_tensor(tensor$row_indices()), "int32")
  copied <- as_tensor(x)
  expect_false(shares_memory(copied$values(), x@x))
})

test_that("an uncoalesced tensor adds up", {
  tensor <- torch$sparse_coo_tensor(
    as_tensor(rbind(c(0L, 0L, 1L), c(1L, 1L, 0L))), as_tensor(c(1, 2, 5)), c(2L, 2L)
  )
  expect_identical(as.matrix(as_r(tensor)), rbind(c(0, 3), c(5, 0)))
})

test_that("dtypes go as those of dense tensors", {
  tensor <- as_tensor(sparse_as(abs(dense), "CsparseMatrix") * 0 + 1, dtype = "float32")
  expect_identical(dtype_of_tensor(tensor), "float32")
  whole <- torch$tensor(list(list(0L, 2L), list(3L, 0L)))$to_sparse_csr()
  expect_identical(as.matrix(as_r(whole)), rbind(c(0, 2), c(3, 0)))
  expect_identical(as.vector(whole), c(0, 3, 2, 0))
})

test_that("what has no sparse matrix in R is refused", {
  expect_says(as_r(torch$ones(2L, 2L, 2L)$to_sparse()), "dtype", "[2, 2, 2]", "to_dense()")
  expect_says(as_r(torch$eye(4L)$to_sparse_bsr(c(2L, 2L))), "dtype", "sparse_bsr", "to_dense()")
  complex <- torch$eye(2L, dtype = torch$complex64)$to_sparse_csr()
  expect_says(as_r(complex), "dtype", "Matrix", "to_dense()")
  expect_says(as_tensor(sparse_as(dense, "CsparseMatrix"), layout = "csr"), "dtype", "layout")
})
