skip_if_no_torch()

# What print() shows of a tensor, and of an R array.
shown <- function(x, ...) capture.output(print(x, ...))

test_that("a tensor prints as R prints its array, and one line", {
  x <- as_tensor(matrix(c(1.5, 2, 3, 4), 2), dtype = "float32")
  expect_identical(shown(x), c(shown(matrix(c(1.5, 2, 3, 4), 2)), "<float32 tensor [2, 2] on cpu>"))
  expect_output(expect_invisible(print(x)))
  expect_identical(shown(as_tensor(7L, shape = integer())), c("[1] 7", "<int64 tensor [] on cpu>"))
  expect_identical(shown(as_tensor(TRUE)), c("[1] TRUE", "<bool tensor [1] on cpu>"))
  expect_identical(shown(as_tensor(1i)), c("[1] 0+1i", "<complex128 tensor [1] on cpu>"))
  expect_identical(shown(torch$zeros(0L, 3L)), c(shown(matrix(0, 0, 3)), "<float32 tensor [0, 3] on cpu>"))
  grad <- shown(as_tensor(c(1, 2), requires_grad = TRUE) * 2)
  expect_identical(grad, c("[1] 2 4", "<float64 tensor [2] on cpu, requires_grad>"))
  weight <- shown(torch$nn$Linear(2L, 1L)$weight)
  expect_match(weight[3], "float32 parameter [1, 2] on cpu", fixed = TRUE)
  meta <- shown(torch$zeros(2L, device = "meta"))
  expect_identical(meta, c("...", "<float32 tensor [2] on meta>"))
  sparse <- shown(torch$eye(2L)$to_sparse())
  expect_identical(sparse, c("[1, 1] 1", "[2, 2] 1", "<float32 sparse_coo tensor [2, 2] on cpu>"))
})

test_that("digits are as asked for, and format() gives a text for each element", {
  pi4 <- c(pi, 10 * pi, 100 * pi)
  x <- as_tensor(pi4)
  expect_identical(shown(x, digits = 3)[1], shown(pi4, digits = 3))
  expect_identical(format(x, nsmall = 2), format(pi4, nsmall = 2))
  expect_identical(format(x, digits = 3), format(pi4, digits = 3))
  old <- options(digits = 4)
  on.exit(options(old))
  expect_identical(shown(x)[1], shown(pi4))
  expect_identical(format(as_tensor(matrix(1:4, 2))), format(matrix(1:4, 2)))
})

test_that("long ones are cut, and say so", {
  lines <- shown(torch$zeros(10L, 10L, 10L), max_lines = 5)
  expect_length(lines, 7)
  expect_identical(lines[6], "... of 1,000 values")
  expect_lte(length(shown(torch$zeros(30L, 30L, 30L, 30L))), 42)
})

test_that("str() is one line, alone and in a list", {
  x <- as_tensor(matrix(1:6, 2))
  told <- function(x) capture.output(str(x))
  expect_identical(told(x), " int64 tensor [2, 3] on cpu: 1 2 3 4 5 6")
  expect_identical(told(as_tensor(1:20)), " int64 tensor [20] on cpu: 1 2 3 4 5 6 7 8 9 10 ...")
  expect_identical(told(as_tensor(c(TRUE, FALSE))), " bool tensor [2] on cpu: TRUE FALSE")
  expect_identical(told(list(a = x))[2], " $ a: int64 tensor [2, 3] on cpu: 1 2 3 4 5 6")
  expect_length(capture.output(str(torch$zeros(0L))), 1)
})

test_that("a tensor of another session prints, and says so", {
  gone <- gone_tensor()
  expect_output(print(gone), "another R session")
  expect_output(str(gone), "another R session")
  expect_says(gone + 1, "python", "gone")
})

test_that("a quantized tensor shows in str(), and repeated infinities in summary()", {
  q <- torch$quantize_per_tensor(torch$ones(3L), 0.5, 0L, torch$qint8)
  expect_output(str(q), "1 1 1")
  for (x in list(c(1, Inf, Inf, Inf), c(-Inf, -Inf, -Inf, 1), c(-Inf, 0, Inf))) {
    expect_identical(summary(as_tensor(x))$values[-4], unclass(summary(x))[-4], ignore_attr = TRUE)
  }
})
