skip_if_no_torch()

on_null_device <- function(code) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  force(code)
}

test_that("plots are R's, with the names that the caller wrote", {
  values <- c(5, 1, 3, 3)
  lengths_cm <- as_tensor(values)
  found <- graphics::hist(lengths_cm, breaks = c(0, 2, 4, 6), plot = FALSE)
  wanted <- graphics::hist(values, breaks = c(0, 2, 4, 6), plot = FALSE)
  expect_identical(found$xname, "lengths_cm")
  expect_identical(found[names(found) != "xname"], wanted[names(wanted) != "xname"])
  expect_identical(stats::density(lengths_cm)$data.name, "lengths_cm")
  expect_equal(stats::density(lengths_cm, bw = 1)$y, stats::density(values, bw = 1)$y)
  on_null_device({
    expect_identical(graphics::barplot(lengths_cm, names.arg = letters[1:4]), graphics::barplot(values))
    expect_identical(
      graphics::boxplot(lengths_cm, values)$stats, graphics::boxplot(values, values)$stats
    )
    x <- as_tensor(datasets::volcano)
    expect_null(graphics::image(x, main = expression(x^2)))
    expect_null(graphics::contour(x))
    expect_identical(graphics::persp(x, theta = 30), graphics::persp(datasets::volcano, theta = 30))
  })
})

test_that("cut() and pretty() are R's", {
  x <- c(5, 1, 3, 3)
  expect_identical(cut(as_tensor(x), c(0, 2, 4, 6)), cut(x, c(0, 2, 4, 6)))
  expect_identical(cut(as_tensor(x), 3, labels = FALSE), cut(x, 3, labels = FALSE))
  expect_identical(pretty(as_tensor(x), n = 2), pretty(x, n = 2))
})
