skip_if_no_torch()

# dtype, shape and the codes of the elements, row by row.
expect_tensor <- function(tensor, dtype, shape, codes) {
  expect_true(is_tensor(tensor))
  expect_identical(dtype_of_tensor(tensor), dtype)
  expect_identical(shape_of_tensor(tensor), as.double(shape))
  expect_identical(codes(tensor), as.character(codes))
}

ONE <- "4607182418800017408" # the codes of the doubles 1, 2 and 3
TWO <- "4611686018427387904"
THREE <- "4613937818241073152"

test_that("the dtype is that of the type, whatever the length or dim", {
  expect_tensor(as_tensor(1), "float64", 1, ONE)
  expect_tensor(as_tensor(c(1, 2)), "float64", 2, c(ONE, TWO))
  expect_tensor(as_tensor(matrix(1)), "float64", c(1, 1), ONE)
  expect_tensor(as_tensor(array(1, 1)), "float64", 1, ONE)
  expect_tensor(as_tensor(numeric()), "float64", 0, character())
  expect_tensor(as_tensor(1, shape = integer()), "float64", numeric(), ONE)
  expect_tensor(as_tensor(TRUE), "bool", 1, 1)
  expect_tensor(as_tensor(matrix(FALSE)), "bool", c(1, 1), 0)
  expect_tensor(as_tensor(logical()), "bool", 0, character())
  expect_tensor(as_tensor(1L), "int64", 1, 1)
  expect_tensor(as_tensor(1:3), "int64", 3, 1:3)
  expect_tensor(as_tensor(integer()), "int64", 0, character())
  expect_tensor(as_tensor(as.raw(255)), "uint8", 1, 255)
  expect_tensor(as_tensor(2 + 1i), "complex128", 1, paste(TWO, ONE, sep = ","))
  expect_tensor(as_tensor(integer64("9223372036854775807")), "int64", 1, "9223372036854775807")
})

test_that("1:10 is tensor([1, ..., 10]), int64", {
  b <- 1:10
  expect_tensor(as_tensor(b), "int64", 10, 1:10)
  expect_identical(b, 1:10)
})

test_that("factors give codes from 0", {
  f <- factor(c("b", "a", "c", "a"), levels = c("a", "b", "c"))
  expect_tensor(as_tensor(f), "int64", 4, c(1, 0, 2, 0))
  expect_tensor(as_tensor(factor("x")), "int64", 1, 0)
  expect_tensor(as_tensor(factor(character())), "int64", 0, character())
  expect_tensor(as_tensor(f, dtype = "int8"), "int8", 4, c(1, 0, 2, 0))
})

test_that("dates are days, times seconds, differences in their own units", {
  days <- as.Date(c("1970-01-02", "1970-01-03"))
  expect_tensor(as_tensor(days), "float64", 2, c(ONE, TWO))
  expect_tensor(as_tensor(structure(2L, class = "Date")), "float64", 1, TWO)
  time <- as.POSIXct("1970-01-01 01:00:03", tz = "Etc/GMT-1")
  expect_tensor(as_tensor(time), "float64", 1, THREE)
  expect_tensor(as_tensor(as.difftime(3, units = "weeks")), "float64", 1, THREE)
})

test_that("a data frame is rows by columns, of the widest type", {
  d <- data.frame(a = c(1, 2), b = c(3L, 1L), c = c(TRUE, FALSE))
  expect_tensor(as_tensor(d), "float64", c(2, 3), c(ONE, THREE, ONE, TWO, ONE, "0"))
  expect_tensor(as_tensor(d[, 2:3]), "int64", c(2, 2), c(3, 1, 1, 0))
  expect_tensor(as_tensor(d["c"]), "bool", c(2, 1), c(1, 0))
  expect_tensor(as_tensor(d[0, ]), "float64", c(0, 3), character())
  expect_tensor(as_tensor(d[, 2:3], order = "F"), "int64", c(2, 2), c(3, 1, 1, 0))
  expect_tensor(as_tensor(d[, 2:3], dtype = "uint8"), "uint8", c(2, 2), c(3, 1, 1, 0))
  mixed <- data.frame(f = factor(c("u", "v")), i = integer64(c("5", "9007199254740993")))
  expect_tensor(as_tensor(mixed), "int64", c(2, 2), c("0", "5", "1", "9007199254740993"))
  dated <- data.frame(day = as.Date("1970-01-03"), wait = as.difftime(1, units = "mins"))
  expect_tensor(as_tensor(dated), "float64", c(1, 2), c(TWO, ONE))
})

test_that("the copy has memory of its own", {
  x <- c(1, 2, 3)
  tensor <- as_tensor(x)
  tensor$add_(1)
  expect_identical(x, c(1, 2, 3))
  x[1] <- 100
  expect_identical(codes(tensor)[1], TWO)
  again <- as_tensor(tensor, copy = TRUE)
  again$zero_()
  expect_identical(codes(tensor)[1], TWO)
})

test_that("requires_grad makes a leaf that gradients reach", {
  x <- as_tensor(c(1, 2), dtype = "float32", requires_grad = TRUE)
  expect_true(x$requires_grad)
  expect_true(x$is_leaf)
  x$mul(x)$sum()$backward()
  expect_identical(codes(x$grad), c("1073741824", "1082130432")) # 2 and 4
  expect_false(as_tensor(1)$requires_grad)
  expect_true(as_tensor(data.frame(a = 1), requires_grad = TRUE)$requires_grad)
})

test_that("the device is the CPU unless one is named", {
  expect_identical(as_tensor(1)$device$type, "cpu")
  expect_identical(as_tensor(1, device = "cpu")$device$type, "cpu")
  expect_identical(as_tensor(1, device = torch$device("cpu"))$device$type, "cpu")
})

test_that("NumPy arrays and tensors go through to_tensor()", {
  array <- np$array(c(1, 2))
  expect_tensor(as_tensor(array), "float64", 2, c(ONE, TWO))
  expect_true(shares_memory(as_tensor(array), array))
  expect_false(shares_memory(as_tensor(array, copy = TRUE), array))
  tensor <- torch$ones(2L)
  expect_true(shares_memory(as_tensor(tensor), tensor))
  expect_tensor(as_tensor(tensor, dtype = "long"), "int64", 2, c(1, 1))
})

test_that("names and other attributes do not matter, ALTREP vectors are read", {
  expect_tensor(as_tensor(c(a = 1L, b = 2L)), "int64", 2, 1:2)
  big <- 1:100000
  tensor <- as_tensor(big)
  expect_identical(codes(tensor$sum()), "5000050000")
  expect_tensor(as_tensor(rev(1:3)), "int64", 3, 3:1)
})

test_that("columns of a data frame are told apart by their place", {
  twins <- data.frame(a = 1:2, a = c(3.5, 4.5), check.names = FALSE)
  expect_identical(as_r(as_tensor(twins)), cbind(c(1, 2), c(3.5, 4.5)))
  names(twins) <- c("", NA)
  expect_identical(as_r(as_tensor(twins)), cbind(c(1, 2), c(3.5, 4.5)))
  expect_says(as_tensor(data.frame(a = 1, a = NA, check.names = FALSE)), "missing", "x[[2]]")
})

test_that("subclasses of dates and times are dates and times", {
  day <- structure(1:3, class = c("IDate", "Date"))
  expect_identical(as_r(as_tensor(day)), c(1, 2, 3))
  clock <- structure(c(1, 2), units = "secs", class = c("hms", "difftime"))
  expect_identical(as_r(as_tensor(clock)), c(1, 2))
  moment <- structure(5, class = c("my_time", "POSIXct", "POSIXt"))
  expect_identical(as_r(as_tensor(moment)), 5)
})

test_that("what only claims to be integer64 is refused", {
  expect_says(as_tensor(structure(1:3, class = "integer64")), "dtype", "integer64")
  expect_says(as_tensor(structure(list(1, 2), class = "integer64")), "dtype", "integer64")
})

test_that("an integer64 beyond 2^53 does not become a double unasked", {
  big <- bit64::as.integer64(c("9007199254740993", NA))
  expect_says(as_tensor(big, na = "nan"), "lossy", "x[1] is 9007199254740993")
  expect_says(as_tensor(data.frame(a = big, b = 1:2), na = "nan"), "lossy", "x$a[1]")
  named <- as_r(as_tensor(big, na = "nan", dtype = "float64"))
  expect_identical(named[1], 2^53)
  expect_true(is.na(named[2]))
  expect_true(is.na(as_r(as_tensor(big[2], na = "nan"))))
})

test_that("shapes that no tensor has are refused", {
  expect_says(as_tensor(array(1, rep(1, 70))), "dtype", "70 dimensions")
  expect_says(as_tensor(numeric(), shape = c(0, Inf)), "dtype", "`shape`", "Inf")
  expect_says(as_tensor(bit64::as.integer64(NA), na = 1i), "dtype", "`na`")
  huge <- torch$zeros(1L, 1L, 1L)$expand(2097152L, 2097152L, 1048576L)
  expect_says(as_r(huge), "dtype", "2^52")
})

test_that("a data frame without names has its columns all the same", {
  skip_if_no_torch()
  frame <- unname(data.frame(1:2, c(TRUE, FALSE), c(0.5, 1)))
  truth <- unname(as.matrix(frame))
  expect_identical(as_r(as_tensor(frame)), truth)
  expect_identical(as_r(as_tensor(frame, copy = NULL)), truth)
  expect_identical(as_r(as_tensor(unname(cars), dtype = "float32")), unname(as.matrix(cars)))
  expect_identical(as_r(as_tensor(frame), like = frame), frame)
  expect_identical(as_r(to_shared(frame)), truth)
  expect_says(as_tensor(unname(data.frame(a = 1, b = "x"))), "dtype", "x[[2]]")
})
