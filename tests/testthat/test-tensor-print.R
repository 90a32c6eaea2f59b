skip_if_no_torch()

test_that("a tensor prints as its values and one line", {
  x <- as_tensor(matrix(c(1.5, 2, 3, 4), 2), dtype = "float32")
  expect_identical(
    format(x),
    c("[[1.5000, 3.0000],", " [2.0000, 4.0000]]", "<float32 tensor [2, 2] on cpu>")
  )
  expect_output(print(x), "[[1.5000, 3.0000],\n [2.0000, 4.0000]]\n<float32", fixed = TRUE)
  expect_output(expect_invisible(print(x)))
  expect_identical(format(as_tensor(7L, shape = integer())), c("7", "<int64 tensor [] on cpu>"))
  expect_identical(format(as_tensor(TRUE)), c("[True]", "<bool tensor [1] on cpu>"))
  expect_identical(format(as_tensor(1i)), c("[0.+1.j]", "<complex128 tensor [1] on cpu>"))
  expect_identical(format(as_tensor(1i, shape = integer()))[1], "0.+1.j")
  expect_identical(format(torch$zeros(0L, 3L)), c("[]", "<float32 tensor [0, 3] on cpu>"))
  grad <- format(as_tensor(c(1, 2), requires_grad = TRUE) * 2)
  expect_identical(grad, c("[2., 4.]", "<float64 tensor [2] on cpu, requires_grad>"))
  weight <- format(torch$nn$Linear(2L, 1L)$weight)
  expect_match(weight[2], "float32 parameter [1, 2] on cpu", fixed = TRUE)
  meta <- format(torch$zeros(2L, device = "meta"))
  expect_identical(meta, c("...", "<float32 tensor [2] on meta>"))
  sparse <- paste(format(torch$eye(2L)$to_sparse()), collapse = " ")
  expect_match(sparse, "indices=.*sparse_coo tensor")
})

test_that("long ones are cut, and say so", {
  lines <- format(torch$zeros(10L, 10L, 10L), max_lines = 5)
  expect_length(lines, 7)
  expect_match(lines[6], "^\\.\\.\\. [0-9]+ more lines$")
  expect_lte(length(format(torch$zeros(30L, 30L, 30L, 30L))), 42)
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

test_that("a tensor that was saved without its values prints, and says so", {
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(reticulate::import("torch", convert = FALSE)$ones(2L), file) # this one has no capsule
  gone <- readRDS(file)
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
