# Objects of other libraries in R: each becomes R's own, or an error whose remedy works.

test_that("columns of pandas are vectors, with NA where a value is missing", {
  skip_without_library("pandas")
  column <- function(code) as_r(python_object(code))
  expect_identical(column("pd.Series([1, None], dtype='Int64')"), c(1, NA))
  expect_identical(column("pd.Series([True, None], dtype='boolean')"), c(TRUE, NA))
  expect_identical(column("pd.Series(['a', None, 'b'])"), c("a", NA, "b"))
  expect_identical(column("pd.Series(['v', 'u', None, 'v']).astype('category')"), factor(c("v", "u", NA, "v")))
  expect_identical(column("pd.Series([dt.date(2024, 2, 29)])"), as.Date("2024-02-29"))
  time <- column("pd.Series(pd.to_datetime(['2024-02-29 15:00']).tz_localize('Asia/Tokyo'))")
  expect_identical(time, as.POSIXct("2024-02-29 15:00", tz = "Asia/Tokyo"))
  expect_identical(column("pd.Series(pd.to_timedelta([90], unit='s'))"), as.difftime(90, units = "secs"))
  expect_identical(column("pd.Index([3, 4])"), c(3, 4))
  expect_identical(as_r(python_object("pd.Series([1, None], dtype='Int64')"), type = "integer"), c(1L, NA))
})

test_that("tables are data frames", {
  skip_without_library("pandas", "polars", "pyarrow")
  expected <- data.frame(`a b` = c(1, 2), s = c("u", NA), check.names = FALSE)
  for (code in c("pd.DataFrame", "pl.DataFrame", "pa.table")) {
    expect_identical(as_r(python_object(paste0(code, "({'a b': [1, 2], 's': ['u', None]})"))), expected)
  }
  expect_identical(dim(as_r(python_object("pd.DataFrame({'a': []})"))), c(0L, 1L))
})

test_that("columns of polars and Arrow keep what R has", {
  skip_without_library("polars", "pyarrow")
  expect_identical(as_r(python_object("pl.Series([1, None])")), c(1, NA))
  expect_identical(as_r(python_object("pa.array([True, False])")), c(TRUE, FALSE))
  expect_identical(as_r(python_object("pa.array(['a', None])")), c("a", NA))
  expect_identical(as_r(python_object("pa.array([dt.date(2024, 2, 29)])")), as.Date("2024-02-29"))
  view <- as_r(python_object("pa.array([1.5, 2.5])"), copy = FALSE)
  expect_true(is_view(view))
  expect_identical(view + 0, c(1.5, 2.5))
  # Nobody may write to Arrow's memory, through a view of it either.
  expect_says(as_tensor(view, copy = FALSE), "sharing", "read-only", "copy = TRUE")
  expect_identical(as_r(as_tensor(view)$add_(1)), c(2.5, 3.5))
  expect_identical(view + 0, c(1.5, 2.5))
})

test_that("a missing integer is an error, and `na` takes a choice", {
  skip_without_library("pandas")
  column <- python_object("pd.Series([2**53 + 1, None], dtype='Int64')")
  expect_says(as_tensor(column), "missing", "1 missing value at index [1]", "na = \"nan\"", "na = a value")
  expect_says(as_numpy(column), "missing", "na = \"nan\"")
  expect_identical(as_r(as_tensor(column, na = 0L), type = "integer64"), integer64(c("9007199254740993", "0")))
  expect_identical(as_r(as_numpy(column, na = 5L), type = "integer64"), integer64(c("9007199254740993", "5")))
  expect_says(as_tensor(column, na = "nan"), "lossy", "9007199254740993")
  expect_says(as_tensor(column, na = "keep"), "dtype", "`na` must be")
  small <- python_object("pd.Series([1, None], dtype='Int64')")
  expect_identical(as_r(as_tensor(small, na = "nan")), c(1, NaN))
  expect_identical(as_r(as_tensor(small, na = "nan", dtype = "float32")), c(1, NaN))
})

test_that("sparse matrices of SciPy are those of Matrix", {
  skip_without_library("scipy")
  truth <- matrix(c(0, 2, 0, 1, 0, 0), 3)
  classes <- c(csr = "dgRMatrix", csc = "dgCMatrix", coo = "dgTMatrix", dok = "dgTMatrix", bsr = "dgRMatrix")
  for (form in names(classes)) {
    x <- python_object(sprintf("sp.coo_array(np.array([[0., 1.], [2., 0.], [0., 0.]])).asformat('%s')", form))
    expect_s4_class(as_r(x), classes[[form]])
    expect_identical(as.matrix(as_r(x)), truth)
    expect_identical(as_r(as_tensor(x)$to_dense()), truth)
  }
})

test_that("what a remedy says works on what was refused", {
  skip_without_library("pandas")
  categories <- python_object("pd.Series(['b', 'a', 'b'], dtype='category')")
  expect_says(as_tensor(categories), "dtype", "as_r(x) has them as a factor")
  expect_identical(as_r(as_tensor(as_r(categories))), c(1, 0, 1))
  text <- python_object("np.array(['b', 'a'])")
  expect_says(as_tensor(text), "dtype", "as_r(x) has the text")
  expect_identical(as_r(as_tensor(factor(as_r(text)))), c(1, 0))
  fine <- python_object("np.array(['2024-02-29T01:02:03.123456789'], dtype='datetime64[ns]')")
  expect_says(as_tensor(fine), "lossy", "np$asarray(x)$astype(\"int64\")")
  expect_identical(as_r(np$asarray(fine)$astype("int64"), type = "integer64"), integer64("1709168523123456789"))
  packed <- torch$tensor(c(1L, 2L), dtype = torch$uint8)$view(torch$int4)
  expect_says(as_r(packed), "dtype", "x$view(torch$uint8)")
  expect_identical(as_r(packed$view(torch$uint8)), 1:2)
  record <- python_object("np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])")
  expect_says(as_tensor(record), "dtype", "reticulate::py_get_item(x, \"a\")")
  expect_identical(as_r(reticulate::py_get_item(record, "a")), 1L)
})

test_that("gradients that PyTorch keeps without memory are zeros", {
  skip_if_no_torch()
  zeros <- torch$`_efficientzerotensor`(3L, dtype = torch$float64)
  expect_identical(as_r(zeros), c(0, 0, 0))
  expect_identical(as_r(zeros[2:3]), c(0, 0))
  expect_identical(as_r(zeros, copy = NULL), c(0, 0, 0))
  expect_says(as_r(zeros, copy = FALSE), "sharing", "copy = TRUE")
  expect_identical(as_r(as_numpy(zeros)), c(0, 0, 0))
})
