test_that("every row is in one batch, and only the last batch is shorter", {
  for (n in c(1, 7, 80, 81, 160)) {
    for (size in c(1, 3, 80, 1000)) {
      rows <- batches(n, size)
      expect_identical(sort(unlist(rows)), seq_len(n))
      sizes <- lengths(rows)
      expect_true(all(sizes[-length(sizes)] == size) && sizes[length(sizes)] <= size)
    }
  }
})

test_that("the order is that of R's generator, and each call makes another", {
  set.seed(3)
  expected <- sample.int(10)
  set.seed(3)
  first <- batches(10, 4)
  expect_identical(unlist(first), expected)
  expect_identical(unlist(batches(10, 4)), {
    set.seed(3)
    sample.int(10)
    sample.int(10)
  })
})

test_that("without shuffling, batches are ranges in order, and nothing is drawn", {
  set.seed(1)
  before <- .Random.seed
  expect_equal(batches(7, 3, shuffle = FALSE), list(1:3, 4:6, 7))
  expect_identical(.Random.seed, before)
})

test_that("a last batch that is shorter is left out if that is asked for, and a whole one is not", {
  expect_identical(lengths(batches(10, 4, drop_last = TRUE)), c(4L, 4L))
  expect_identical(lengths(batches(8, 4, drop_last = TRUE)), c(4L, 4L))
  expect_identical(batches(3, 4, drop_last = TRUE), list())
  expect_identical(batches(0, 4), list())
  expect_identical(batches(0, 4, shuffle = FALSE), list())
})

test_that("n and size of one, where sample() and seq() mean something else", {
  expect_equal(batches(1, 1), list(1))
  expect_equal(batches(1, 5, shuffle = FALSE), list(1))
})

test_that("a tensor's rows come in each batch, as the rows of R's matrix", {
  skip_if_no_torch()
  x <- as.matrix(iris[1:4])
  tensor <- as_tensor(x)
  for (rows in batches(nrow(x), 64)) {
    expect_identical(as_r(tensor[rows, ]), unname(x[rows, ]))
  }
})

test_that("wrong arguments are told, with their value", {
  expect_says(batches(-1, 2), "dtype", "`n` must be a whole number, 0 or more, not -1.")
  expect_says(batches(NA, 2), "dtype", "`n`", "not NA.")
  expect_says(batches(iris, 2), "dtype", "`n`", "data.frame")
  expect_says(batches(10, 0), "dtype", "`size` must be a whole number, 1 or more, not 0.")
  expect_says(batches(10, 2.5), "dtype", "`size`", "not 2.5.")
  expect_says(batches(10, Inf), "dtype", "`size`", "not Inf.")
  expect_says(batches(10, c(2, 3)), "dtype", "`size`")
  expect_says(batches(10, 2, shuffle = NA), "dtype", "`shuffle` must be TRUE or FALSE, not NA.")
  expect_says(batches(10, 2, drop_last = 1), "dtype", "`drop_last` must be TRUE or FALSE, not 1.")
})
