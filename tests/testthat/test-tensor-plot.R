skip_if_no_torch()

# R's own record of what is drawn.
drawn <- function(code) {
  grDevices::pdf(NULL)
  grDevices::dev.control("enable")
  force(code)
  record <- grDevices::recordPlot()
  grDevices::dev.off()
  record
}

drawn_parts <- function(code) {
  vapply(drawn(code)[[1]], function(call) call[[2]][[1]]$name, "")
}

test_that("the long form has one row for each element", {
  x <- array(c(1.5, 2:24), 2:4)
  found <- as.data.frame(as_tensor(x), long = TRUE)
  expect_identical(names(found), c("dim1", "dim2", "dim3", "value"))
  expect_identical(found$value, as.vector(x))
  expect_identical(x[as.matrix(found[1:3])], found$value)
  bools <- c(TRUE, FALSE)
  expect_identical(as.data.frame(as_tensor(bools), long = TRUE), data.frame(dim1 = 1:2, value = bools))
  expect_identical(as.data.frame(as_tensor(5, shape = integer()), long = TRUE), data.frame(value = 5))
  expect_identical(names(as.data.frame(as_tensor(1), long = TRUE, value_name = "loss")), c("dim1", "loss"))
  expect_identical(dim(as.data.frame(torch$zeros(0L, 2L), long = TRUE)), c(0L, 3L))
})

test_that("as.raster has R's own colours", {
  grey <- matrix(c(0, 0.25, 0.5, 1, 0, 1), 2)
  expect_identical(as.raster(as_tensor(grey)), as.raster(grey))
  bytes <- matrix(as.raw(c(0, 128, 255, 7)), 2)
  expect_identical(as.raster(as_tensor(bytes)), as.raster(matrix(as.integer(bytes), 2), max = 255L))
  set.seed(7)
  colour <- array(runif(4 * 5 * 3), c(4, 5, 3))
  expect_identical(as.raster(as_tensor(colour)), as.raster(colour))
  expect_identical(as.raster(as_tensor(aperm(colour, c(3, 1, 2)))), as.raster(colour))
  wide <- cbind(grey, grey)
  expect_identical(as.raster(as_tensor(array(wide, c(1, 2, 6)))), as.raster(wide))
  expect_identical(as.raster(as_tensor(grey * 9), max = 9), as.raster(grey))
  expect_says(as.raster(as_tensor(grey * 2)), "lossy", "between 0 and 1", "max =")
  expect_says(as.raster(as_tensor(array(0, c(2, 5, 5)))), "dtype", "[2, 5, 5]")
  expect_says(as.raster(as_tensor(array(0, c(8, 3, 5, 5)))), "dtype", "batch")
})

test_that("plots are drawn: a line, a heat map, a picture", {
  line <- drawn_parts(plot.default(1:3, c(1, 3, 2), "l"))
  expect_identical(drawn_parts(plot(as_tensor(c(1, 3, 2)))), line)
  expect_equal(sum(drawn_parts(plot(as_tensor(volcano))) == "C_raster"), 2) # the map and its key
  expect_true("C_image" %in% drawn_parts(plot(as_tensor(volcano), useRaster = FALSE)))
  expect_true("C_raster" %in% drawn_parts(plot(torch$rand(3L, 4L, 5L))))
  for (x in list(matrix(2, 1, 1), matrix(c(1, NA, 3, 4), 2), matrix(TRUE, 2, 3), as.raw(1:3))) {
    expect_silent(drawn(plot(as_tensor(x), main = "title")))
  }
  expect_says(plot(torch$zeros(2L, 5L, 5L)), "dtype", "no picture")
  expect_says(plot(as_tensor(matrix(1i, 2, 2))), "dtype", "complex")
  expect_says(plot(torch$ones(2L), 1), "dtype", "one tensor")
})

test_that("a line takes its colour, and what is no line is refused", {
  line <- torch$linspace(0, 6, 20L)$sin()
  red <- drawn(plot(line, col = "red", lwd = 3))
  expect_true(any(grepl('"red"', deparse(red[[1]]), fixed = TRUE)))
  expect_says(plot(torch$tensor(c(1i, 2 + 1i))), "dtype", "x$abs()")
  expect_says(plot(torch$zeros(0L)), "dtype", "without elements")
})

test_that("the colours of a heat map can stand for a range of one's own", {
  parts <- drawn(plot(as_tensor(matrix(1:4, 2)), zlim = c(0, 20)))
  expect_true(any(grepl("20", deparse(parts[[1]]), fixed = TRUE)))
})

test_that("NaN is no colour", {
  expect_says(as.raster(as_tensor(matrix(c(0, NaN, 1, 0), 2))), "lossy", "NaN", "[2, 1]")
})

test_that("the column of the values has a name of its own", {
  x <- as_tensor(matrix(1:4, 2))
  for (name in list("dim1", 1, c("a", "b"), NA_character_, "")) {
    expect_says(as.data.frame(x, long = TRUE, value_name = name), "dtype", "`value_name`")
  }
})

test_that("rows have the names that are given", {
  x <- as_tensor(c(1.5, 2.5))
  named <- as.data.frame(x, long = TRUE, row.names = c("a", "b"))
  expect_identical(named, data.frame(dim1 = 1:2, value = c(1.5, 2.5), row.names = c("a", "b")))
  expect_says(as.data.frame(x, long = TRUE, row.names = "a"), "dtype", "`row.names`")
})

test_that("what cannot be an intensity or a colour is said before anything is drawn", {
  for (max in list(0, -1, Inf, NA, "1", c(1, 2))) {
    expect_says(plot(as_tensor(1:3), max = max), "dtype", "`max` must be one positive number")
    expect_says(as.raster(torch$eye(2L), max = max), "dtype", "`max` must be one positive number")
  }
  expect_says(plot(as_tensor(1:3), col = TRUE), "dtype", "`col`")
})
