skip_if_no_torch()

test_that("a tensor's data frame is the R array's, names included", {
  losses <- as_tensor(c(0.5, 0.25))
  expect_identical(as.data.frame(losses), data.frame(losses = c(0.5, 0.25)))
  expect_identical(as.data.frame(losses, nm = "loss"), data.frame(loss = c(0.5, 0.25)))
  expect_identical(as.data.frame(as_tensor(matrix(1:4 / 2, 2))), as.data.frame(matrix(1:4 / 2, 2)))
  expect_identical(data.frame(epoch = 1, loss = torch$tensor(0.5)), data.frame(epoch = 1, loss = 0.5))
  expect_says(as.data.frame(losses, value_name = "a"), "dtype", "long = TRUE")
})

test_that("a column that is assigned is refused, and the data frame as it was", {
  for (assign_to in list(
    function(d, x) d$a <- x, function(d, x) d[["a"]] <- x, function(d, x) d[, "a"] <- x, function(d, x) d["a"] <- x
  )) {
    d <- data.frame(y = 1:2)
    expect_says(assign_to(d, as_tensor(c(1, 2))), "dtype", "as.vector(x)")
  }
  d$a <- as.vector(as_tensor(c(1, 2)))
  expect_identical(d, data.frame(y = 1:2, a = c(1, 2)))
})

test_that("NROW() and dim() of a tensor are R's elsewhere", {
  x <- as_tensor(matrix(1:6, 2))
  expect_identical(NROW(x), 2L)
  expect_identical(vapply(list(x, 1:3), NROW, 1L), 2:3)
  expect_identical(lapply(data.frame(a = 1), function(column) dim(x))[[1]], c(2L, 3L))
})
