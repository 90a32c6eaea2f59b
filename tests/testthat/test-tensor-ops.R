skip_if_no_torch()

expect_values <- function(tensor, values, dtype, tolerance = 0) {
  expect_true(is_tensor(tensor))
  expect_identical(dtype_of_tensor(tensor), dtype)
  if (tolerance == 0) {
    expect_identical(as_r(tensor), values)
  } else {
    expect_equal(as_r(tensor), values, tolerance = tolerance)
  }
}

X <- matrix(c(-7, -2.5, 0, 1.5, 3, 8), 2)
Y <- matrix(c(2, -3, 1.5, -0.5, 4, 2), 2)

test_that("operators of two tensors give R's values", {
  for (name in c("+", "-", "*", "/", "%%", "%/%")) {
    f <- match.fun(name)
    expect_values(f(as_tensor(X), as_tensor(Y)), f(X, Y), "float64", 1e-15)
  }
  expect_values(abs(as_tensor(X))^as_tensor(Y), abs(X)^Y, "float64", 1e-14)
  for (name in c("==", "!=", "<", "<=", ">", ">=", "&", "|")) {
    f <- match.fun(name)
    expect_values(f(as_tensor(X), as_tensor(round(X))), f(X, round(X)), "bool")
  }
  expect_values(!as_tensor(X), !X, "bool")
  expect_values(-as_tensor(X), -X, "float64")
  expect_values(+as_tensor(X), X, "float64")
})

test_that("%% and %/% have the divisor's sign, for integers and floats, on either side", {
  a <- c(7L, -7L, 7L, -7L, 6L, 0L)
  b <- c(3L, 3L, -3L, -3L, 3L, 5L)
  expect_values(as_tensor(a) %% as_tensor(b), as.double(a %% b), "int64")
  expect_values(as_tensor(a) %/% as_tensor(b), as.double(a %/% b), "int64")
  expect_values(as_tensor(a) %% -4L, as.double(a %% -4L), "int64")
  expect_values(-11L %/% as_tensor(b), as.double(-11L %/% b), "int64")
  expect_values(11L %% as_tensor(b), as.double(11L %% b), "int64")
  expect_values(as_tensor(a + 0.5) %% as_tensor(b + 0), (a + 0.5) %% b, "float64")
})

test_that("sums, quotients and powers of odd values are R's", {
  odd <- c(0, -0, 1, -1, 2.5, -2.5, Inf, -Inf, NaN, 1e308, -1e308, 5e-324, 7, -7, 3, 0.5, 49, 1 / 3, 2^53, 2^53 + 2)
  pairs <- expand.grid(b = odd, a = odd)
  for (name in c("+", "-", "*", "/", "%/%", "^")) {
    f <- match.fun(name)
    right <- suppressWarnings(f(pairs$a, pairs$b))
    # As the help page says: powers that are C's, and quotients that PyTorch rounds.
    of_c <- name == "^" & (pairs$a == -Inf | pairs$a < 0 & is.infinite(pairs$b) | 1 / pairs$a == -Inf)
    of_c <- of_c | name == "%/%" & pairs$a == 2^53 + 2
    right[of_c %in% TRUE] <- NA
    tolerance <- if (name == "^") 1e-14 else 0
    agree <- function(found) {
      found[is.na(right) & !is.nan(right)] <- NA
      expect_identical(is.nan(found), is.nan(right), label = name)
      near <- found == right | abs(found - right) <= tolerance * abs(right)
      expect_true(all(near, na.rm = TRUE), label = name)
    }
    agree(as_r(f(as_tensor(pairs$a), as_tensor(pairs$b))))
    agree(unlist(lapply(odd, function(a) as_r(f(a, as_tensor(odd))))))
    agree(as.vector(t(vapply(odd, function(b) as_r(f(as_tensor(odd), b)), odd))))
  }
  expect_identical(as_r(as_tensor(c(-Inf, -2, -0))^as_tensor(c(0.3, Inf, -1))), c(Inf, Inf, -Inf))
  # R loses the digits of a remainder of what is larger by 2^53, with a warning; R from 4.3 on loses fewer.
  pairs <- subset(pairs, !is.finite(a) | !is.finite(b) | a == 0 | b == 0 | abs(a / b) < 2^52 & abs(a / b) > 1e-15)
  expect_identical(as_r(as_tensor(pairs$a) %% as_tensor(pairs$b)) + 0, pairs$a %% pairs$b + 0)
})

test_that("%/% of floats has a gradient, which is 0, and quotients have theirs", {
  a <- as_tensor(c(7, -7, Inf), requires_grad = TRUE)
  b <- as_tensor(c(2, 0, 2), requires_grad = TRUE)
  sum(a %/% b)$backward()
  expect_identical(as_r(a$grad), c(0, 0, 0))
  expect_identical(as_r(b$grad), c(0, 0, 0))
  x <- as_tensor(c(2, 4), requires_grad = TRUE)
  sum(6 / x + x^0.5)$backward()
  expect_equal(as_r(x$grad), -6 / c(2, 4)^2 + 0.5 / sqrt(c(2, 4)), tolerance = 1e-15)
})

test_that("integers at their limits are divided as in R, or an error", {
  for (dtype in c("int8", "int16", "int32", "int64")) {
    x <- as_tensor(c(7, -7, 0), dtype = dtype)
    expect_equal(as_r(x %/% -1L), c(-7, 7, 0), label = dtype)
    expect_equal(as_r(x %% -2L), c(-1, -1, 0), label = dtype)
    expect_says(x %/% 0L, "lossy", "divided by 0")
    expect_says(x %% as_tensor(c(1, 0, 1), dtype = dtype), "lossy", "divided by 0")
  }
})

test_that("a single R number joins as a Python number, an array as a tensor", {
  float <- as_tensor(c(1, 2, 3), dtype = "float32")
  long <- as_tensor(1:3)
  expect_values(float * 0.5, c(0.5, 1, 1.5), "float32")
  expect_values(2 - float, c(1, 0, -1), "float32")
  expect_values(float + 1L, c(2, 3, 4), "float32")
  expect_values(long + 1L, c(2, 3, 4), "int64")
  expect_values(long + TRUE, c(2, 3, 4), "int64")
  expect_values(long * 0.5, c(0.5, 1, 1.5), "float64")
  expect_values(long / 2L, c(0.5, 1, 1.5), "float64")
  expect_values(2L^long, c(2, 4, 8), "int64")
  expect_values(float + c(1, 1, 1), c(2, 3, 4), "float64")
  expect_values(long + 1:3, c(2, 4, 6), "int64")
  expect_values(long + c(0.5, 1, 1), c(1.5, 3, 4), "float64")
  expect_values(float + 1:3, c(2, 4, 6), "float32")
  expect_values(float + c(TRUE, FALSE, TRUE), c(2, 2, 4), "float32")
  expect_values(float * 1i, c(1i, 2i, 3i), "complex64")
  expect_values(float + np$ones(3L), c(2, 3, 4), "float64")
})

# The rows of the table on the page.
test_that("where R and PyTorch differ, the operators do what ?tensor-arithmetic says", {
  square <- as_tensor(matrix(c(1, 2, 3, 4), 2))
  expect_values(square + c(10, 20), matrix(c(11, 12, 23, 24), 2), "float64")
  expect_values(square + matrix(c(10, 20)), matrix(c(11, 22, 13, 24), 2), "float64")
  expect_error(square + 1:3, class = "pytorchbridge_dtype_error")
  expect_values(as_tensor(2L) / as_tensor(4L), 0.5, "float64")
  expect_identical(as_r(torch$sqrt(torch$tensor(2L))$dtype == torch$float32), TRUE)
  expect_values(sqrt(as_tensor(2L)), sqrt(2), "float64")
  expect_values(as_tensor(5L)^2L, 25, "int64")
  expect_values(as_tensor(c(127, -128), dtype = "int8") + 1L, c(-128L, -127L), "int8")
  expect_values(as_tensor(-5L) %/% 2L, -3, "int64")
  expect_values(as_tensor(-5L) %% 2L, 1, "int64")
  nan <- as_tensor(c(NaN, 1))
  expect_values(nan > 0, c(FALSE, TRUE), "bool")
  expect_values(nan != 0, c(TRUE, TRUE), "bool")
  expect_identical(as_r(any(as_tensor(NaN))), TRUE)
  expect_identical(as_r(as_tensor(TRUE) + TRUE), 2)
  expect_identical(as_r(torch$tensor(TRUE)$add(torch$tensor(TRUE))), TRUE)
  expect_values(cumsum(square), c(1, 3, 6, 10), "float64")
  expect_error(signif(square))
  expect_values(square$matmul(square), matrix(c(1, 2, 3, 4), 2) %*% matrix(c(1, 2, 3, 4), 2), "float64")
})

test_that("bools count as integers among themselves", {
  bool <- as_tensor(c(TRUE, FALSE, TRUE))
  expect_values(bool + bool, c(2, 0, 2), "int64")
  expect_values(bool - TRUE, c(0, -1, 0), "int64")
  expect_values(-bool, c(-1, 0, -1), "int64")
  expect_values(bool * 0.5, c(0.5, 0, 0.5), "float64")
  expect_values(bool & TRUE, c(TRUE, FALSE, TRUE), "bool")
  expect_values(xor(bool, as_tensor(c(TRUE, TRUE, FALSE))), c(FALSE, TRUE, TRUE), "bool")
  expect_values(abs(bool), c(1, 0, 1), "int64")
})

test_that("a number that the dtype cannot hold is no wrap", {
  byte <- as_tensor(as.raw(c(44, 1)))
  expect_says(byte + 300L, "lossy", "300", "uint8")
  expect_says(300L - byte, "lossy", "300")
  expect_values(byte == 300L, c(FALSE, FALSE), "bool")
  expect_values(byte < 300L, c(TRUE, TRUE), "bool")
  expect_values(-1L < byte, c(TRUE, TRUE), "bool")
  expect_says(as_tensor(1:2) %/% 0L, "lossy", "divided by 0")
  expect_says(as_tensor(1:2)^-1L, "lossy", "negative power")
})

test_that("integers are compared with a number exactly", {
  large <- from_codes(c("16777216", "16777217", "9007199254740993"), "int64")
  expect_values(large == 16777216, c(TRUE, FALSE, FALSE), "bool")
  expect_values(16777217 <= large, c(FALSE, TRUE, TRUE), "bool")
  expect_values(large > 16777216.5, c(FALSE, TRUE, TRUE), "bool")
  expect_values(large == 2^53, c(FALSE, FALSE, FALSE), "bool")
  expect_values(large < Inf, c(TRUE, TRUE, TRUE), "bool")
  expect_values(large != NaN, c(TRUE, TRUE, TRUE), "bool")
  expect_values(large < 1e300, c(TRUE, TRUE, TRUE), "bool")
})

test_that("shapes broadcast as PyTorch's do, or the error tells them", {
  x <- as_tensor(matrix(1:4, 2))
  expect_values(x + c(10L, 20L), matrix(c(11, 12, 23, 24), 2), "int64")
  expect_values(x + matrix(c(10L, 20L)), matrix(c(11, 22, 13, 24), 2), "int64")
  expect_says(x + 1:3, "dtype", "[2, 2] and [3]", "[rows, 1]")
})

test_that("a vector beside an array is recycled as in R, where PyTorch would make the array larger", {
  column <- matrix(c(3, 1, 2))
  v <- c(1, 2, 3)
  for (name in c("+", "-", "*", "/", "^", "%%", "%/%", "==", "!=", "<", "<=", ">", ">=", "&", "|")) {
    f <- match.fun(name)
    expect_identical(as_r(f(as_tensor(column), v)), f(column, v), label = name)
    expect_identical(as_r(f(v, as_tensor(column))), f(v, column), label = name)
    expect_identical(as_r(f(as_tensor(v), column)), f(v, column), label = name)
    expect_identical(as_r(f(column, as_tensor(v))), f(column, v), label = name)
  }
  with_vectors <- list(
    list(matrix(1:4 + 0), c(1, 2)), list(matrix(1:4 + 0, 2), c(5, 6, 7, 8)), list(matrix(1:100 + 0), 1:100 / 3),
    list(array(1:4 + 0, c(2, 2, 1)), c(5, 6)), list(array(1:6 + 0, c(1, 6, 1)), 1:6 * 2),
    list(matrix(0, 0, 1), numeric()),
    list(matrix(1:6 + 0, 2), 1:6 / 2), list(matrix(1:2 + 0), numeric()), list(array(1:4 + 0, c(2, 1, 2)), 1:4 + 0)
  )
  for (pair in with_vectors) {
    expect_identical(as_r(as_tensor(pair[[1]]) - pair[[2]]), pair[[1]] - pair[[2]])
    expect_identical(as_r(pair[[2]] - as_tensor(pair[[1]])), pair[[2]] - pair[[1]])
    expect_identical(as_r(as_tensor(pair[[2]]) - pair[[1]]), pair[[2]] - pair[[1]])
  }
  scores <- as_r(scale(as_tensor(column)))
  expect_identical(as_r(scale(as_tensor(column)) * v), scores * v)
  # R drops the dimensions of one element, with a warning.
  expect_identical(as_r(as_tensor(matrix(5)) + v), 5 + v)
  expect_identical(as_r(as_tensor(v) + matrix(5)), 5 + v)
  expect_identical(as_r(as_tensor(1:3) + c(10L, 20L, 30L)), c(11, 22, 33))
})

test_that("a vector that does not go into an array is an error, and its remedy works", {
  column <- as_tensor(matrix(c(3, 1, 2)))
  for (v in list(c(1, 2), 1:6 + 0)) {
    expect_says(column + v, "dtype", "t(v)", "[3, 1]")
    expect_identical(as_r(column + t(v)), outer(c(3, 1, 2), v, `+`))
    expect_says(as_tensor(v) + matrix(c(3, 1, 2)), "dtype", "t(v)")
    expect_identical(as_r(t(as_tensor(v)) + matrix(c(3, 1, 2))), outer(c(3, 1, 2), v, `+`))
  }
  expect_says(as_tensor(matrix(0, 0, 1)) + 1:2, "dtype", "0 elements")
})

test_that("two tensors broadcast as in PyTorch, and recycled vectors have gradients", {
  column <- matrix(c(3, 1, 2))
  expect_identical(as_r(as_tensor(column) + as_tensor(c(1, 2, 3))), outer(c(3, 1, 2), 1:3, `+`))
  v <- as_tensor(c(1, 2), requires_grad = TRUE)
  sum(v * matrix(1:4 + 0))$backward()
  expect_identical(as_r(v$grad), c(1 + 3, 2 + 4))
  w <- as_tensor(matrix(1:4 + 0), requires_grad = TRUE)
  sum(w * c(5, 6, 7, 8))$backward()
  expect_identical(as_r(w$grad), matrix(5:8 + 0))
})

test_that("a missing operand is an error for integers and bools, NaN for doubles", {
  x <- as_tensor(c(1, 2))
  expect_says(x + NA, "missing")
  expect_says(x < NA_integer_, "missing")
  expect_says(x + c(1L, NA), "missing")
  expect_true(all(is.na(as_r(x + NA_real_))))
  expect_says(x + "a", "dtype", "character")
})

test_that("the Math group gives R's values", {
  positive <- c(0.1, 0.5, 1, 2.5, 7)
  small <- c(-0.9, -0.5, 0, 0.5, 0.9)
  on <- list(
    abs = small, sign = small, sqrt = positive, floor = c(-1.5, 2.5), ceiling = c(-1.5, 2.5),
    trunc = c(-1.5, 2.5), round = c(-2.5, -1.5, 0.5, 1.5, 2.4), exp = small, log = positive,
    expm1 = small, log1p = small, cos = small, sin = small, tan = small, acos = small, asin = small,
    atan = small, cosh = small, sinh = small, tanh = small, acosh = positive + 1, asinh = small,
    atanh = small, lgamma = positive, gamma = c(positive, -0.5, -1.5, -2.5), digamma = positive,
    trigamma = positive, cospi = c(-1.5, -1, 0, 0.25, 0.5), sinpi = c(-1.5, -1, 0, 0.25, 1),
    tanpi = c(-0.25, 0, 0.1), log2 = positive, log10 = positive
  )
  for (name in names(on)) {
    f <- match.fun(name)
    expect_equal(as_r(f(as_tensor(on[[name]]))), f(on[[name]]), tolerance = 1e-10, label = name)
  }
  expect_equal(as_r(log(as_tensor(positive), 3)), log(positive, 3), tolerance = 1e-14)
  expect_equal(as_r(log(as_tensor(positive), base = 2)), log2(positive), tolerance = 1e-14)
  expect_equal(as_r(round(as_tensor(positive / 3), 2)), round(positive / 3, 2), tolerance = 1e-14)
  expect_equal(as_r(round(as_tensor(c(123.4, 567)), -2)), c(100, 600))
  expect_true(is.nan(as_r(gamma(as_tensor(-2)))))
  expect_values(sqrt(as_tensor(c(4L, 9L))), c(2, 3), "float64")
  expect_says(signif(as_tensor(1), 2), "dtype", "signif")
  expect_says(log(as_tensor(1), "a"), "dtype", "one number")
})

test_that("functions of odd values are R's", {
  odd <- c(0, 1, -1, 0.5, -0.5, 2.5, Inf, -Inf, NaN, 1e100, 1e17, 170, 171, 172, -170.5)
  of_one <- c("gamma", "lgamma", "digamma", "trigamma", "factorial", "exp", "log", "sqrt", "sign", "trunc", "round")
  for (name in of_one) {
    f <- match.fun(name)
    right <- suppressWarnings(f(odd))
    expect_equal(as_r(f(as_tensor(odd))), right, tolerance = 1e-12, label = name)
  }
  for (base in c(0, 0.5, 1, Inf)) {
    right <- suppressWarnings(log(odd, base))
    expect_equal(as_r(log(as_tensor(odd), base)), right, tolerance = 1e-14, label = paste("log to", base))
  }
})

test_that("complex numbers are rounded by their parts, and have no sign, as in R", {
  z <- c(complex(real = 1.236, imaginary = 2.345), -1i / 7, 0.5)
  expect_equal(as_r(round(as_tensor(z), 2)), round(z, 2), tolerance = 1e-14)
  expect_identical(as_r(round(as_tensor(z))), round(z))
  for (name in c("sign", "log1p", "expm1")) {
    f <- match.fun(name)
    expect_error(f(z), label = name)
    expect_says(f(as_tensor(z)), "dtype", "as in R", "complex128")
  }
  x <- as_tensor(z)
  expect_equal(as_r(log(1 + x)), log(1 + z), tolerance = 1e-14)
})

test_that("cumulative functions run over all elements in R's order", {
  x <- matrix(c(3, 1, 4, 1, 5, 9), 2)
  for (name in c("cumsum", "cumprod", "cummax", "cummin")) {
    f <- match.fun(name)
    expect_identical(as_r(f(as_tensor(x))), f(x), label = name)
    expect_identical(as_r(f(as_tensor(numeric()))), numeric(), label = name)
  }
  expect_values(cumsum(as_tensor(c(TRUE, TRUE))), c(1, 2), "int64")
})

test_that("is.na and its kin tell element by element", {
  x <- matrix(c(1, NA, NaN, Inf, -Inf, 0), 2)
  expect_values(is.na(as_tensor(x)), is.na(x), "bool")
  expect_values(is.nan(as_tensor(x)), is.na(x), "bool")
  expect_values(is.finite(as_tensor(x)), is.finite(x), "bool")
  expect_values(is.infinite(as_tensor(x)), is.infinite(x), "bool")
  expect_true(anyNA(as_tensor(x)))
  expect_false(anyNA(as_tensor(1:3)))
})

test_that("results are in autograd's graph and keep the device", {
  w <- as_tensor(c(1, 2, 3), requires_grad = TRUE)
  loss <- sum((2 * w + 1)^2) / 2
  loss$backward()
  expect_identical(as_r(w$grad), 2 * (2 * c(1, 2, 3) + 1))
  p <- torch$nn$Parameter(torch$ones(2L))
  expect_values(p + torch$ones(2L), c(2, 2), "float32")
  expect_values(torch$ones(2L) == p, c(TRUE, TRUE), "bool")
})

test_that("operands on a device: R's join, tensors on two devices are an error", {
  device <- accelerator()
  x <- as_tensor(c(1, 2), device = device)
  expect_identical((x + c(1, 2))$device$type, device)
  expect_identical(as_r(c(1, 2) * x), c(1, 4))
  expect_says(x + as_tensor(c(1, 2)), "device", "to_device")
})

test_that("%*% is the matrix product", {
  skip_if(getRversion() < "4.3.0", "R dispatches %*% from 4.3 on")
  a <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  b <- matrix(c(1, 0, 2, 1, 1, 1), 3)
  expect_values(as_tensor(a) %*% as_tensor(b), a %*% b, "float64")
  expect_values(as_tensor(a) %*% b, a %*% b, "float64")
  expect_values(a %*% as_tensor(b), a %*% b, "float64")
  expect_values(as_tensor(a) %*% c(1, 2, 3), as.vector(a %*% 1:3), "float64")
  expect_values(as_tensor(a, dtype = "float32") %*% b, a %*% b, "float64")
  expect_says(as_tensor(a) %*% as_tensor(a), "dtype", "[2, 3]")
  skip_if(getRversion() < "4.4.0", "R dispatches crossprod() from 4.4 on")
  expect_values(crossprod(as_tensor(a)), crossprod(a), "float64")
  expect_values(tcrossprod(as_tensor(a)), tcrossprod(a), "float64")
})

test_that("tensors meet arrays of Python and classed vectors without a warning", {
  skip_if(getRversion() < "4.3.0", "R asks which operator is meant from 4.3 on")
  expect_values(as_tensor(1:2) + integer64(1:2), c(2, 4), "int64")
  expect_values(as_tensor(1:2) + integer64(1), c(2, 3), "int64")
  expect_values(as_tensor(c(1, 2)) == np$ones(2L), c(TRUE, FALSE), "bool")
  expect_values(np$ones(2L) < as_tensor(c(1, 2)), c(FALSE, TRUE), "bool")
})

test_that("an integer to a negative power is refused, whatever holds the power", {
  x <- as_tensor(c(2L, 3L))
  expect_says(x^c(-1L, 2L), "lossy", "negative power")
  expect_says(x^as_tensor(-1L), "lossy", "negative power")
  expect_says(2L^as_tensor(c(1L, -1L)), "lossy", "negative power")
  expect_values(x^c(2L, 0L), c(4, 1), "int64")
  expect_values(as_tensor(c(2, 4))^c(-1L, -2L), c(0.5, 0.0625), "float64")
  expect_values(x^c(-1, -2), c(2, 3)^c(-1, -2), "float64")
})

test_that("bools are subtracted as they are added", {
  x <- as_tensor(c(1, 2, 3), dtype = "float32")
  mask <- c(FALSE, TRUE, TRUE)
  expect_values(x - TRUE, c(0, 1, 2), "float32")
  expect_values(TRUE - x, c(0, -1, -2), "float32")
  expect_values(x - mask, c(1, 1, 2), "float32")
  expect_values(as_tensor(mask) - x, c(-1, -1, -2), "float32")
  expect_values(as_tensor(1:3) - as_tensor(mask), c(1, 1, 2), "int64")
  expect_values(as_tensor(as.raw(1:3)) - as_tensor(mask), c(1L, 1L, 2L), "uint8")
  expect_values(as_tensor(mask) - 1.5, c(-1.5, -0.5, -0.5), "float64")
  expect_values(3L - as_tensor(mask), c(3, 2, 2), "int64")
})

test_that("round() to more digits than there are changes nothing, to fewer gives 0", {
  x <- c(1e300, 123.456, -2^52 - 0.5, 0, Inf, -Inf, NaN)
  for (digits in c(10, 300, 400, Inf)) {
    expect_values(round(as_tensor(x), digits), x, "float64")
  }
  for (digits in c(-400, -Inf)) {
    expect_identical(as_r(round(as_tensor(x), digits)), c(0, 0, 0, 0, Inf, -Inf, NaN))
  }
  expect_values(round(as_tensor(100.0625, dtype = "float16"), 3), 100.0625, "float16")
  expect_values(round(as_tensor(c(1234, -1251)), -2), c(1200, -1300), "float64")
})

test_that("an operand that is no number is called so", {
  x <- as_tensor(1:3)
  expect_says(x == "a", "dtype", "operand", "character")
  expect_says("a" == x, "dtype", "operand", "character")
  expect_says(x + NULL, "dtype", "operand", "NULL")
  expect_says(x + list(1), "dtype", "operand", "list")
})

test_that("what PyTorch has not for a dtype is told with a remedy", {
  x <- torch$ones(2L)$to(torch$complex64)
  expect_says(max(x), "dtype", "not implemented", "to_device(x, dtype")
  sparse <- torch$eye(3L)$to_sparse()
  expect_says(max(sparse), "dtype", "max()", "x$to_dense()")
  leaf <- torch$ones(2L, requires_grad = TRUE)
  expect_says(leaf[1] <- 5, "python", "leaf Variable", "with(torch$no_grad()")
  expect_identical(as_r(leaf), c(1, 1))
})

test_that("an operator of two operands that is called with one is an error, as in R", {
  skip_if_no_torch()
  for (operator in c("*", "/", "^", "%%", "%/%", "==", "!=", "<", "<=", ">", ">=", "&", "|")) {
    expect_error(do.call(operator, list(c(1, 0))), info = operator)
    expect_says(do.call(operator, list(as_tensor(c(1, 0)))), "dtype", "takes two operands")
  }
})
