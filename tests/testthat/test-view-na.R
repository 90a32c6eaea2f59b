skip_if_no_torch()

# The values are written through the tensor, after the view was made and after R has asked about it.

INT_MIN <- "2147483648" # the codes of the least int32 and int64
INT64_MIN <- "9223372036854775808"
R_NA <- "9218868437227407266" # 0x7ff00000000007a2

tells_the_truth <- function(v, is_missing) {
  expect_identical(anyNA(v), any(is_missing))
  expect_identical(as.vector(is.na(v)), is_missing)
  expect_identical(is.na(sum(v)), any(is_missing))
  expect_identical(is.na(mean(v)), any(is_missing))
  expect_identical(which(is.na(v)), which(is_missing))
  expect_identical(length(v[!is.na(v)]), sum(!is_missing))
  expect_identical(sum(!is.na(v)), sum(!is_missing))
  expect_true(is_view(v))
}

overwrite <- function(tensor, i, code, dtype) {
  tensor$narrow(0L, as.integer(i - 1), 1L)$copy_(from_codes(code, dtype))
}

test_that("anyNA, is.na, sum and mean tell the truth when torch writes R's NA, and takes it back", {
  for (n in c(5L, 200L)) {
    for (case in list(c("float64", R_NA), c("int32", INT_MIN), c("int64", INT64_MIN))) {
      tensor <- torch$arange(1L, n + 1L, dtype = torch[[case[1]]])
      v <- view(tensor)
      nothing <- rep(FALSE, n)
      tells_the_truth(v, nothing)
      overwrite(tensor, 3, case[2], case[1])
      tells_the_truth(v, replace(nothing, 3, TRUE))
      overwrite(tensor, n, case[2], case[1])
      tells_the_truth(v, replace(nothing, c(3, n), TRUE))
      tensor$fill_(1L)
      tells_the_truth(v, nothing)
      expect_identical(as.character(sum(v)), as.character(n))
    }
  }
})

test_that("NaN stays NaN, and R's NA payload is NA", {
  tensor <- torch$zeros(3L, dtype = torch$float64)
  v <- view(tensor)
  overwrite(tensor, 1, R_NA, "float64")
  overwrite(tensor, 2, "9221120237041090560", "float64") # the quiet NaN of PyTorch and NumPy
  expect_identical(is.nan(v), c(FALSE, TRUE, FALSE))
  expect_identical(is.na(v), c(TRUE, TRUE, FALSE))
  expect_identical(v, c(NA, NaN, 0))
  z <- torch$zeros(2L, dtype = torch$complex128)
  w <- view(z)
  expect_false(anyNA(w))
  torch$view_as_real(z)$select(1L, 0L)$fill_(NaN)
  expect_true(anyNA(w))
})

test_that("compiled functions and loops ask anew each time", {
  count_missing <- compiler::cmpfun(function(x) {
    n <- 0
    for (i in seq_along(x)) if (is.na(x[i])) n <- n + 1
    for (element in x) if (is.na(element)) n <- n + 1
    n
  })
  for (case in list(c("float64", R_NA), c("int32", INT_MIN))) {
    tensor <- torch$zeros(100L, dtype = torch[[case[1]]])
    v <- view(tensor)
    expect_identical(count_missing(v), 0)
    overwrite(tensor, 50, case[2], case[1])
    expect_identical(count_missing(v), 2)
    inside <- function(x) {
      answers <- logical()
      for (i in 1:4) {
        if (i == 3) tensor$fill_(1L)
        answers[i] <- anyNA(x)
      }
      answers
    }
    expect_identical(inside(v), c(TRUE, TRUE, FALSE, FALSE))
  }
})

test_that("R takes no view for sorted", {
  tensor <- tensor_of(1:100)
  v <- view(tensor)
  expect_false(is.unsorted(v))
  expect_identical(sort(v), 1:100 + 0)
  expect_identical(order(v), 1:100)
  tensor$copy_(torch$flip(tensor, list(0L)))
  expect_true(is.unsorted(v))
  expect_identical(sort(v), 1:100 + 0)
  expect_identical(order(v), 100:1)
  expect_identical(range(v), c(1, 100))
  expect_identical(match(1, v), 100L)
  expect_identical(unique(v), 100:1 + 0)
})
