skip_if_no_torch()

# Each R type that has an NA of its own, as a scalar, a vector and an array.
KINDS <- list(
  logical = list(NA, c(TRUE, NA), array(c(TRUE, NA, FALSE, NA), c(2, 2))),
  integer = list(NA_integer_, c(1L, NA), array(c(1L, NA, 3L, NA), c(2, 2))),
  integer64 = list(
    bit64::NA_integer64_, integer64(c("1", NA)), structure(integer64(c("1", NA)), dim = 2:1)
  ),
  factor = list(factor(NA, "a"), factor(c("a", NA)), structure(factor(c("a", NA)), dim = 1:2))
)

is_missing <- function(x) as.vector(if (is.factor(x)) is.na(as.integer(x)) else is.na(x))

# "2" or "1, 2": where the first NA is.
first_index <- function(x) {
  at <- which(is_missing(x))[1]
  paste(if (is.null(dim(x))) at else arrayInd(at, dim(x)), collapse = ", ")
}

for (kind in names(KINDS)) {
  test_that(paste("NA in", kind, "is an error that says where, and how many"), {
    for (x in KINDS[[kind]]) {
      n <- sum(is_missing(x))
      count <- paste(n, if (n == 1) "missing value (x" else "missing values (the first is x")
      where <- paste0("x[", first_index(x), "]")
      expect_says(as_tensor(x), "missing", count, where, "has no NA", "na = \"nan\"")
    }
  })

  test_that(paste("na = \"nan\" makes float64 of", kind), {
    for (x in KINDS[[kind]]) {
      tensor <- as_tensor(x, na = "nan")
      expect_identical(dtype_of_tensor(tensor), "float64")
      expect_identical(sum(codes(tensor) == "nan"), sum(is_missing(x)))
      expect_identical(is.na(as.vector(as_r(tensor))), is_missing(x))
    }
    full <- KINDS[[kind]][[2]][1]
    expect_identical(dtype_of_tensor(as_tensor(full, na = "nan")), "float64")
    expect_identical(codes(as_tensor(KINDS[[kind]][[2]], na = "nan", dtype = "float16"))[2], "nan")
  })

  test_that(paste("na = a value goes into", kind), {
    for (x in KINDS[[kind]]) {
      found <- as.vector(as_r(as_tensor(x, na = 1L), type = "double"))
      expect_identical(found[is_missing(x)], rep(1, sum(is_missing(x))))
    }
    expect_identical(codes(as_tensor(KINDS[[kind]][[2]], na = FALSE))[2], "0")
  })
}

test_that("na = \"keep\" keeps R's bits, where there is a place for them", {
  expect_identical(codes(as_tensor(c(1L, NA), na = "keep")), c("1", "18446744071562067968"))
  expect_identical(codes(as_tensor(c(1L, NA), na = "keep", dtype = "int32"))[2], "2147483648")
  expect_identical(codes(as_tensor(integer64(NA), na = "keep")), "9223372036854775808")
  expect_says(as_tensor(c(TRUE, NA), na = "keep"), "missing", "x[2]", "bool has no NA")
  expect_says(as_tensor(c(1L, NA), na = "keep", dtype = "int8"), "missing", "x[2]", "int8")
})

test_that("doubles keep NA and NaN, and a value replaces both", {
  x <- c(1, NA, NaN)
  expect_identical(codes(as_tensor(x)), c("4607182418800017408", "nan", "nan"))
  expect_identical(bits(as_r(as_tensor(x))), bits(x))
  expect_identical(bits(as_r(as_tensor(x, na = "nan"))), bits(x))
  expect_identical(bits(as_r(as_tensor(x, na = "keep"))), bits(x))
  expect_identical(as_r(as_tensor(x, na = -1.5)), c(1, -1.5, -1.5))
  expect_identical(as_r(as_tensor(x, na = 7, dtype = "int8")), c(1L, 7L, 7L))
  narrow <- as_r(as_tensor(x, dtype = "float32"))
  expect_identical(is.na(narrow), c(FALSE, TRUE, TRUE))
})

test_that("NA and NaN do not become integers or bool", {
  for (dtype in c("bool", "int8", "int64", "uint8")) {
    expect_says(as_tensor(c(1, NA), dtype = dtype), "missing", "x[2]", dtype, "floating dtype")
    expect_says(as_tensor(c(1, NaN), dtype = dtype), "lossy", "x[2] is NaN", dtype, "cannot hold")
  }
})

test_that("complex is as double", {
  x <- c(1i, complex(real = NA, imaginary = NA), complex(real = NaN, imaginary = 1))
  expect_identical(codes(as_tensor(x))[2:3], c("nan,nan", "nan,4607182418800017408"))
  expect_identical(as_r(as_tensor(x, na = 2 - 1i)), c(1i, 2 - 1i, 2 - 1i))
})

test_that("dates are as double", {
  day <- as.Date(c("1970-01-02", NA))
  expect_identical(is.na(as_r(as_tensor(day))), c(FALSE, TRUE))
  expect_identical(as_r(as_tensor(day, na = 0)), c(1, 0))
})

test_that("raw has no missing values, so no value for them", {
  expect_says(as_tensor(as.raw(1), na = 3), "dtype", "`na` must be", "raw", "not 3")
})

test_that("a data frame's error names the column, and na = goes into each", {
  d <- data.frame(a = c(1, NA), b = c(1L, NA), c = c(NA, TRUE))
  expect_says(as_tensor(d), "missing", "`x$b` has 1 missing value (x$b[2])", "na = \"nan\"")
  expect_says(as_tensor(d["c"]), "missing", "x$c[1]", "bool has no NA")
  filled <- as_r(as_tensor(d, na = "nan"))
  expect_identical(filled, matrix(c(1, NA, 1, NA, NA, 1), 2))
  expect_identical(as_r(as_tensor(d, na = 0)), matrix(c(1, 0, 1, 0, 0, 1), 2))
  ozone <- sum(is.na(airquality$Ozone))
  expect_says(as_tensor(airquality), "missing", "x$Ozone", paste(ozone, "missing values"),
    "x$Ozone[5]", "would become NaN in float64")
  expect_identical(as_r(as_tensor(airquality, na = "nan")), unname(as.matrix(airquality)) * 1)
})

test_that("the missing value's place is right in large matrices", {
  set.seed(7)
  for (try in 1:20) {
    x <- matrix(1:7700, 100)
    at <- c(sample(100, 1), sample(77, 1))
    x[at[1], at[2]] <- NA
    place <- paste0("x[", at[1], ", ", at[2], "]")
    expect_says(as_tensor(x), "missing", "1 missing value", place)
    expect_says(as_tensor(x, order = "F"), "missing", "1 missing value", place)
  }
})

test_that("`na` must be one of its rules or one value that fits", {
  expect_says(as_tensor(1, na = "foo"), "dtype", "`na` must be", "\"error\"", "not \"foo\"")
  expect_says(as_tensor(1L, na = 1.5), "dtype", "integer", "not 1.5")
  expect_says(as_tensor(TRUE, na = 2), "dtype", "logical", "not 2")
  expect_says(as_tensor(1L, na = 2^31), "dtype", "integer", "2147483648")
  expect_says(as_tensor(1L, na = NA), "dtype", "not NA")
  expect_says(as_tensor(1L, na = NULL), "dtype", "not NULL")
  expect_says(as_tensor(1L, na = 1:2), "dtype", "not 1:2")
  expect_says(as_tensor(c(1L, NA), na = "nan", dtype = "int8"), "dtype", "int8 has no NaN",
    "float64")
  expect_says(as_tensor(c(1, NA), na = 300, dtype = "uint8"), "lossy", "`na` is 300",
    "uint8", "x[2]")
})

test_that("functions that take no `na` name as_tensor(), which does", {
  skip_if_no_torch()
  x <- c(1L, NA)
  missing <- as_tensor(x, na = "nan")
  remedy <- "Write as_tensor(x, na = \"nan\") to get NaN"
  expect_says(to_shared(x), "missing", remedy)
  expect_says(save_tensors(list(a = x), tempfile()), "missing", remedy)
  expect_says(as_r(x, like = 1:2), "missing", remedy)
  expect_identical(as_r(missing, like = 1:2), x)
  t <- as_tensor(c(1, 2))
  expect_says(t + x, "missing", remedy)
  expect_identical(as_r(t + missing), c(2, NA))
  expect_says(c(t, x), "missing", remedy)
  expect_identical(as_r(c(t, missing)), c(1, 2, 1, NA))
  expect_says(sum(t, x), "missing", remedy)
  for (other in list(matrix(x), integer64(x), integer64(NA), array(NA), data.frame(a = x))) {
    expect_says(c(t, other), "missing", remedy)
  }
  expect_identical(as_r(sum(t, missing, na.rm = TRUE)), 4)
  twice <- autograd_function(function(x) 2 * x, function(gradient, x) 2 * gradient)
  expect_says(twice(x), "missing", remedy)
  expect_identical(as_r(twice(missing)), c(2, NA))
  # What takes it, names it.
  expect_says(as_tensor(x), "missing", "Write na = \"nan\" to get NaN")
  expect_says(as_numpy(x), "missing", "Write na = \"nan\" to get NaN")
})

test_that("a missing operand is told as what it is, whatever the tensor holds", {
  skip_if_no_torch()
  for (t in list(as_tensor(1), as_tensor(1L), as_tensor(TRUE))) {
    for (call in list(function(na) sum(t, na), function(na) max(t, na), function(na) t + na, function(na) c(t, na))) {
      expect_says(call(NA), "missing", "An operand is a missing logical value", "NA_real_")
      expect_says(call(NA_integer_), "missing", "An operand is a missing integer value")
    }
    expect_identical(as_r(sum(t, NaN)), NaN)
    expect_true(is.na(as_r(sum(t, NA_real_))))
  }
})
