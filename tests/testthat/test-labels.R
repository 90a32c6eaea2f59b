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

test_that("what attributes say of the values of `like` is not said of others", {
  skip_if_no_torch()
  values <- c(5, 7, 6)
  without_gaps <- na.omit(c(a = 1, b = NA, c = 3, d = 4))
  expect_identical(as_r(as_tensor(values), like = without_gaps), c(a = 5, c = 7, d = 6))
  scaled <- scale(matrix(c(1, 2, 3), 3, dimnames = list(NULL, "x")))
  expect_identical(as_r(as_tensor(cbind(values)), like = scaled), matrix(values, dimnames = list(NULL, "x")))
  grid <- expand.grid(a = c(1, 2), b = c(1, 2))
  expect_identical(as_r(as_tensor(matrix(5, 4, 2)), like = grid), data.frame(a = rep(5, 4), b = rep(5, 4)))
  cached <- integer64(3:1)
  bit64::hashcache(cached)
  expect_false(is.null(attr(cached, "cache")))
  expect_identical(as_r(as_tensor(1:3), like = cached), integer64(1:3))

  frame <- na.omit(data.frame(x = c(1, NA, 3)))
  frame$scaled <- scale(frame$x)
  frame$kept <- structure(frame$x, label = "a label", comment = "a comment")
  got <- as_r(as_tensor(matrix(values, 2, 3, byrow = TRUE)), like = frame)
  expected <- data.frame(x = c(5, 5))
  expected$scaled <- matrix(c(7, 7))
  expected$kept <- structure(c(6, 6), label = "a label", comment = "a comment")
  attr(expected, "row.names") <- c(1L, 3L)
  expect_identical(got, expected)
})

test_that("labels stay, an index of times and a user's own attributes among them", {
  skip_if_no_torch()
  labelled <- structure(c(1, 2), label = "Smoker", labels = c(no = 1, yes = 2), class = "factor_like", mine = list(1))
  plain <- structure(unclass(labelled), class = NULL)
  expect_comes_back(plain)
  contrasted <- factor(c("a", "b", "a"))
  contrasts(contrasted) <- contr.sum(2)
  expect_comes_back(contrasted)
  expect_comes_back(structure(data.frame(x = 1:2 + 0), comment = "of a table", index = "mine"))
  skip_if_not_installed("xts")
  times <- xts::xts(c(1, 2), as.Date("2024-01-01") + 0:1)
  expect_identical(as_r(as_tensor(cbind(c(3, 4))), like = times), xts::xts(c(3, 4), as.Date("2024-01-01") + 0:1))
})

test_that("a data.table has no key or index of other values, and changes in place as a new one", {
  skip_if_no_torch()
  skip_if_not_installed("data.table")
  keyed <- data.table::data.table(id = c(1, 2, 3), x = c(10, 20, 30), key = "id")
  data.table::setindexv(keyed, "x")
  attr(keyed, "mine") <- "an attribute"
  got <- as_r(as_tensor(cbind(c(3, 1, 2), c(5, 6, 4))), like = keyed)
  expect_null(data.table::key(got))
  expect_null(data.table::indices(got))
  expect_identical(attr(got, "mine"), "an attribute")
  expect_identical(as.list(got), list(id = c(3, 1, 2), x = c(5, 6, 4)), ignore_attr = "mine")
  # A search in what is said to be sorted would miss this.
  joined <- merge(got, data.table::data.table(id = c(1, 3), y = c("a", "c")), by = "id")
  expect_identical(joined$x, c(6, 5))
  expect_no_warning(data.table::set(got, j = "new", value = c(7, 8, 9)))
  expect_identical(names(got), c("id", "x", "new"))
  expect_no_warning(expect_match(capture.output(print(got)), "new", all = FALSE))
  expect_identical(names(keyed), c("id", "x"))
  expect_identical(data.table::key(keyed), "id")
})

test_that("a data frame that is grouped is grouped by its new values", {
  skip_if_no_torch()
  skip_if_not_installed("dplyr")
  rows <- data.frame(g = factor(c("a", "a", "b")), x = c(1, 2, 3))
  values <- as_tensor(cbind(c(1, 0, 1, 0), c(10, 20, 30, 40)))
  truth <- data.frame(g = factor(c("b", "a", "b", "a")), x = c(10, 20, 30, 40))
  grouped <- dplyr::group_by(structure(rows, mine = "an attribute"), g)
  attr(grouped, "mine") <- "an attribute"
  got <- as_r(values, like = grouped)
  expect_identical(dplyr::group_rows(got), dplyr::group_rows(dplyr::group_by(truth, g)))
  expect_identical(as.data.frame(dplyr::summarise(got, s = sum(x))), data.frame(g = factor(c("a", "b")), s = c(60, 40)))
  expect_identical(attr(got, "mine"), "an attribute")
  expect_identical(class(got), class(grouped))
  expect_identical(as_r(values, like = as.data.frame(grouped)), truth)
  all_levels <- dplyr::group_by(rows, g, .drop = FALSE)
  expect_identical(dplyr::group_data(as_r(as_tensor(cbind(1, 5)), like = all_levels))$.rows, {
    dplyr::group_data(dplyr::group_by(data.frame(g = factor("b", c("a", "b")), x = 5), g, .drop = FALSE))$.rows
  })
  by_row <- as_r(values, like = dplyr::rowwise(rows, g))
  expect_identical(dplyr::summarise(by_row, s = sum(x), .groups = "drop")$s, c(10, 20, 30, 40))
})

test_that("row names that are numbers belong to no row", {
  skip_if_no_torch()
  picked <- data.frame(x = c(1, 2, 3))[c(TRUE, FALSE, TRUE), , drop = FALSE]
  expect_identical(as_r(torch$ones(3L, 1L), like = picked), data.frame(x = c(1, 1, 1)))
  expect_identical(as_r(torch$ones(0L, 1L), like = picked), data.frame(x = numeric()))
  expect_identical(as_r(torch$ones(2L, 1L), like = picked), data.frame(x = c(1, 1), row.names = c(1L, 3L)))
  named <- data.frame(x = 1, row.names = "r")
  expect_says(as_r(torch$ones(2L, 1L), like = named), "dtype", "2 rows, and `like` has 1 row name.",
    "rownames(like) <- NULL")
  rownames(named) <- NULL
  expect_identical(as_r(torch$ones(2L, 1L), like = named), data.frame(x = c(1, 1)))
})

test_that("what can be given in the place of `like` works", {
  skip_if_no_torch()
  x <- torch$tensor(c(1, 0))
  like <- c("b", "a")
  expect_says(as_r(x, like = like), "dtype", "class character", "Give factor(like), or leave `like` out: as_r(x).")
  expect_identical(as_r(x, like = factor(like)), factor(c("b", "a")))
  expect_identical(as_r(x), c(1, 0))
  like <- as.POSIXlt("2024-01-01", tz = "UTC")
  expect_says(as_r(x, like = like), "dtype", "class POSIXlt", "Give as.POSIXct(like),")
  expect_identical(as_r(x, like = as.POSIXct(like)), .POSIXct(c(1, 0), "UTC"))
  like <- list(1, 2)
  expect_says(as_r(x, like = like), "dtype", "class list", "Give unlist(like),")
  expect_identical(as_r(x, like = unlist(like)), c(1, 0))
  expect_says(as_r(x, like = list("a")), "dtype", "class list", "data frame of numbers, or leave `like` out: as_r(x).")
  expect_says(as_r(x, like = sum), "dtype", "class function", "leave `like` out: as_r(x).")
  like <- structure(c(1, 2), class = "money")
  expect_says(as_r(x, like = like), "dtype", "class money", "Give unclass(like),")
  expect_identical(as_r(x, like = unclass(like)), c(1, 0))
  expect_says(as_r(x, like = x), "dtype", "class torch.Tensor", "Give as_r(like),")
  expect_identical(as_r(x, like = as_r(x)), c(1, 0))

  frame <- data.frame(n = 1, t = "b")
  pairs <- torch$tensor(matrix(c(5, 0), 1))
  expect_says(as_r(pairs, like = frame), "dtype", "`like$t` is of class character", "Give factor(like$t),")
  frame$t <- factor(frame$t)
  expect_identical(as_r(pairs, like = frame), data.frame(n = 5, t = factor("b")))
  expect_says(as_r(pairs, like = iris), "dtype", "shape [1, 2], and `like` 5 columns", "columns of `like` that belong")
  expect_identical(as.list(as_r(pairs, like = iris[4:5])), list(Petal.Width = 5, Species = iris$Species[1]))
  numbers <- reticulate::py_eval("[1, 2.5]", convert = FALSE)
  expect_says(as_r(numbers, like = 3), "dtype", "not to a list", "lapply(as_r(x), as_r, like = like)")
  expect_identical(lapply(as_r(numbers), as_r, like = 3), list(1, 2.5))
})

test_that("survival's and Matrix's classes name their own way", {
  skip_if_no_torch()
  skip_if_not_installed("survival")
  skip_if_not_installed("Matrix")
  like <- survival::Surv(c(1, 2), c(1, 0))
  expect_says(as_r(torch$ones(2L, 2L), like = like), "dtype", "class Surv", "Give unclass(like),")
  expect_identical(as.vector(as_r(torch$ones(2L, 2L), like = unclass(like))), rep(1, 4))
  like <- Matrix::sparseMatrix(i = 1:2, j = 1:2, x = c(5, 7))
  expect_says(as_r(torch$ones(2L, 2L), like = like), "dtype", "class dgCMatrix", "Give as.matrix(like),")
  expect_identical(as_r(torch$ones(2L, 2L), like = as.matrix(like)), matrix(1, 2, 2))
})

test_that("what does not fit is named", {
  skip_if_no_torch()
  species <- iris$Species
  expect_says(as_r(torch$tensor(c(0L, 3L)), like = species), "lossy", "The value 3 at [2] has no level",
    "`like` has 3 levels, with codes from 0 to 2", "as_r(x) gives the values as they are.")
  expect_identical(as_r(torch$tensor(c(0L, 3L))), c(0, 3))
  from_one <- torch$tensor(c(1L, 3L))
  expect_says(as_r(from_one, like = species), "lossy", "The value 3 at [2]", "If they count from 1, subtract 1 first")
  expect_identical(as_r(from_one - 1, like = species), factor(c("setosa", "virginica"), levels(species)))
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
  expect_says(as_r(torch$ones(3L, 11L), like = mtcars), "dtype", "3 rows, and `like` has 32 row names",
    "rownames(like) <- NULL")
  bad <- as_tensor(iris)
  bad[2, 5] <- 7
  expect_says(as_r(bad, like = iris), "lossy", "In element \"Species\"", "The value 7 at [2]")
  expect_says(as_r(torch$ones(1L), like = "a"), "dtype", "`like` is of class character")
  expect_says(as_r(torch$ones(1L), like = list(1)), "dtype", "`like` is of class list")
  expect_says(as_r(torch$ones(1L), like = 1, type = "integer"), "dtype", "leave out `type`")
  expect_says(as_r(torch$ones(1L), like = 1, copy = FALSE), "sharing", "`copy` must be TRUE with `like`")
  expect_says(as_r(torch$tensor(2L)$pow(60L)$add(1L), like = 1), "lossy", "1152921504606846977")
})
