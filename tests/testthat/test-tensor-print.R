skip_if_no_torch()

shown <- function(x, ...) capture.output(print(x, ...))

test_that("a tensor prints as the R array of its values, and one line", {
  for (x in list(c(1.5, 1 / 3), matrix(1:6 / 7, 2), array(1:8 + 0, c(2, 2, 2)), TRUE, 1i, numeric(), matrix(0, 0, 3))) {
    found <- shown(as_tensor(x))
    expect_identical(found[-length(found)], capture.output(print(x)))
  }
  expect_identical(shown(as_tensor(TRUE)), c("[1] TRUE", "<bool tensor [1] on cpu>"))
  scalar <- as_tensor(0.1, dtype = "float32", shape = integer())
  expect_identical(shown(scalar), c("[1] 0.1", "<float32 tensor [] on cpu>"))
  expect_invisible(print(as_tensor(1)))
  grad <- shown(as_tensor(c(1, 2), requires_grad = TRUE) * 2)
  expect_identical(grad, c("[1] 2 4", "<float64 tensor [2] on cpu, requires_grad>"))
  weight <- shown(torch$nn$Linear(2L, 1L)$weight)
  expect_match(weight[3], "float32 parameter [1, 2] on cpu", fixed = TRUE)
  meta <- shown(torch$zeros(2L, device = "meta"))
  expect_identical(meta, c("...", "<float32 tensor [2] on meta>"))
})

test_that("digits and width are R's", {
  x <- as_tensor(c(1 / 3, 22 / 7))
  expect_identical(shown(x, digits = 3)[1], "[1] 0.333 3.143")
  expect_identical(format(x, digits = 3), format(c(1 / 3, 22 / 7), digits = 3))
  old <- options(digits = 4, width = 30)
  on.exit(options(old))
  expect_identical(shown(x)[1], "[1] 0.3333 3.1429")
  expect_lte(max(nchar(shown(as_tensor(1:40 / 7)))), 30)
})

test_that("integers beyond R's numbers, and its NA, are shown as they are", {
  large <- as_tensor(integer64(c("9007199254740993", "-5")))
  expect_match(shown(large)[1], "9007199254740993")
  expect_identical(trimws(format(large)), c("9007199254740993", "-5"))
  lowest <- torch$tensor(-2147483648, dtype = torch$int32)
  expect_match(shown(lowest)[1], "-2147483648")
})

test_that("a sparse tensor shows its values with R's indices", {
  x <- as_tensor(rbind(c(0, 1), c(2, 0)))
  for (sparse in list(x$to_sparse(), x$to_sparse_csr())) {
    expect_identical(shown(sparse)[1:2], c("[1, 2] 1", "[2, 1] 2"))
  }
  expect_identical(shown(x$to_sparse(), max_lines = 1)[2], "... of 2 values")
})

test_that("long ones are cut, and say so", {
  lines <- shown(torch$zeros(10L, 10L, 10L), max_lines = 5)
  expect_length(lines, 7)
  expect_identical(lines[6], "... of 1,000 values")
  expect_lte(length(shown(torch$zeros(30L, 30L, 30L, 30L))), 42)
  expect_identical(shown(torch$zeros(1000L, 2L))[41], "... of 2,000 values")
  expect_says(print(as_tensor(1), max_lines = -1), "dtype", "`max_lines`")
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
