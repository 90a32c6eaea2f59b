# The truth of a way there and back is the object itself.

expect_comes_back <- function(x, ...) {
  expect_identical(as_r(as_tensor(x, ...), like = x), x)
}

test_that("vectors of all kinds come back as they were", {
  skip_if_no_torch()
  expect_comes_back(iris$Species)
  expect_comes_back(factor(c("low", "high", "low"), levels = c("low", "high"), ordered = TRUE))
  expect_comes_back(factor(c("a", NA, "b")), na = "nan")
  expect_comes_back(as.Date("2024-02-29") + 0:2)
  expect_comes_back(as.POSIXct("2024-03-31 01:30:00", tz = "Europe/Berlin") + c(0, 3600, NA))
  expect_comes_back(as.difftime(c(1.5, 2), units = "hours"))
  expect_comes_back(c(TRUE, NA, FALSE), na = "nan")
  expect_comes_back(c(1L, NA, -3L), na = "nan")
  expect_comes_back(c(a = 1, b = 2))
  expect_comes_back(c(a = 1L, b = 2L))
  expect_comes_back(c(1i, 2))
  expect_comes_back(as.raw(0:255))
  expect_comes_back(integer64("9007199254740993"))
  expect_comes_back(ts(c(1, 3, 2), start = c(2020, 2), frequency = 4))
  expect_comes_back(table(c("x", "y", "x")))
})

test_that("matrices and arrays come back with their dimnames", {
  skip_if_no_torch()
  expect_comes_back(as.matrix(iris[1:4]))
  expect_comes_back(matrix(1:6, 2, dimnames = list(c("a", "b"), NULL)))
  expect_comes_back(array(1:24 + 0, 2:4, list(NULL, c("a", "b", "c"), NULL)))
  expect_comes_back(ts(matrix(1:6 + 0, 3), names = c("u", "v")))
})

test_that("data frames come back by columns, from one matrix of floats", {
  skip_if_no_torch()
  frame <- data.frame(
    height = c(1.5, 2, NA), count = c(1L, NA, 3L), group = factor(c("a", "b", NA)), is_new = c(TRUE, FALSE, NA),
    day = as.Date("2024-01-01") + 0:2, time = .POSIXct(c(0, 1, 2), "UTC"), wait = as.difftime(1:3 + 0, units = "mins"),
    long = bit64::as.integer64(1:3)
  )
  expect_identical(as_r(as_tensor(frame[-8], na = "nan"), like = frame[-8]), frame[-8])
  expect_identical(as_r(as_tensor(iris), like = iris), iris)
  expect_identical(as_r(as_tensor(mtcars), like = mtcars), mtcars)
  expect_identical(as_r(as_tensor(iris)[c(150, 1), ], like = iris), `rownames<-`(iris[c(150, 1), ], NULL))
  whole <- frame[c("count", "long")][c(1, 3), ]
  rownames(whole) <- NULL
  expect_identical(as_r(as_tensor(whole), like = whole), whole)
})

test_that("a column that is a matrix comes back as one, where as_tensor() made several of it", {
  skip_if_no_torch()
  frame <- data.frame(id = 1:3)
  frame$plain <- matrix(as.double(1:6), 3)
  frame$named <- matrix(1:9, 3, dimnames = list(NULL, c("a", "b", "c")))
  frame$kept <- I(matrix(c(TRUE, FALSE, TRUE), 3))
  frame$last <- factor(c("x", "y", "x"))
  tensor <- as_tensor(frame)
  expect_identical(dim(tensor), c(3L, 8L))
  expect_identical(as_r(tensor, like = frame), frame)
  expect_identical(as_r(tensor[c(3, 1), ], like = frame), `rownames<-`(frame[c(3, 1), ], NULL))
  expect_says(as_r(tensor[, 1:5], like = frame), "dtype", "shape [3, 5], and `like` 8 columns")
})

test_that("predictions get the labels of what they predict, however many there are", {
  skip_if_no_torch()
  codes <- torch$tensor(c(0L, 2L, 1L, 2L))
  truth <- factor(c("setosa", "virginica", "versicolor", "virginica"), levels(iris$Species))
  for (dtype in c("int64", "uint8", "float32", "float64")) {
    expect_identical(as_r(to_device(codes, dtype = dtype), like = iris$Species), truth)
  }
  expect_identical(as_r(codes, like = 1L), c(0L, 2L, 1L, 2L))
  expect_identical(as_r(codes, like = Sys.Date()), structure(c(0, 2, 1, 2), class = "Date"))
  expect_identical(as_r(torch$ones(2L, 3L), like = matrix(1, 9, 3, dimnames = list(NULL, c("a", "b", "c")))),
    matrix(1, 2, 3, dimnames = list(NULL, c("a", "b", "c")))
  )
  expect_identical(as_r(c(0, 1, 2), like = iris$Species), unique(iris$Species))
  expect_identical(as_r(np$array(list(1, 0)), like = iris$Species), iris$Species[c(51, 1)])
})

test_that("what does not fit is named", {
  skip_if_no_torch()
  species <- iris$Species
  expect_says(as_r(torch$tensor(c(0L, 3L)), like = species), "lossy", "The value 3 at [2] has no level",
    "`like` has 3 levels, with codes from 0 to 2")
  expect_says(as_r(torch$tensor(c(-1L, 3L)), like = species), "lossy", "The value -1 at [1]", "(nor 1 other)")
  expect_says(as_r(torch$tensor(0.5), like = species), "lossy", "The value 0.5 at [1] has no level")
  expect_says(as_r(torch$tensor(c(1, 1.5)), like = 1L), "lossy", "The value 1.5 at [2]", "exact as integer")
  expect_says(as_r(torch$tensor(2L), like = TRUE), "lossy", "The value 2 at [1]", "exact as logical")
  expect_says(as_r(torch$ones(3L), like = c(a = 1, b = 2)), "dtype", "shape [3]", "labels for [2]")
  expect_says(as_r(torch$ones(3L), like = ts(1:2)), "dtype", "shape [3]", "labels for [2]")
  expect_says(as_r(torch$ones(2L, 2L), like = species), "dtype", "shape [2, 2], and `like` [150]")
  named <- matrix(1, 1, 2, dimnames = list(NULL, c("a", "b")))
  expect_says(as_r(torch$ones(2L, 3L), like = named), "dtype", "shape [2, 3]", "labels for [1, 2]")
  expect_says(as_r(torch$ones(2L, 3L), like = iris), "dtype", "shape [2, 3], and `like` 5 columns")
  expect_says(as_r(torch$ones(3L, 11L), like = mtcars), "dtype", "3 rows, and `like` has 32 row names")
  bad <- as_tensor(iris)
  bad[2, 5] <- 7
  expect_says(as_r(bad, like = iris), "lossy", "In element \"Species\"", "The value 7 at [2]")
  expect_says(as_r(torch$ones(1L), like = "a"), "dtype", "`like` is of class character")
  expect_says(as_r(torch$ones(1L), like = list(1)), "dtype", "`like` is of class list")
  expect_says(as_r(torch$ones(1L), like = 1, type = "integer"), "dtype", "leave out `type`")
  expect_says(as_r(torch$ones(1L), like = 1, copy = FALSE), "sharing", "`copy` must be TRUE with `like`")
  expect_says(as_r(torch$tensor(2L)$pow(60L)$add(1L), like = 1), "lossy", "1152921504606846977")
})
