skip_if_no_torch()

test_that("dim is the shape and length the number of elements", {
  x <- as_tensor(array(1:24, 2:4))
  expect_identical(dim(x), 2:4)
  expect_identical(length(x), 24L)
  expect_identical(dim(as_tensor(1:3)), 3L)
  expect_identical(dim(as_tensor(1, shape = integer())), integer())
  expect_identical(length(as_tensor(1, shape = integer())), 1L)
  expect_identical(length(torch$zeros(0L, 3L)), 0L)
  expect_identical(c(nrow(x), ncol(x)), 2:3)
  expect_identical(c(NROW(as_tensor(1:3)), NCOL(as_tensor(1:3))), c(3L, 1L))
  huge <- torch$zeros(1L)$expand(reticulate::py_eval("3 * 10**9", convert = FALSE))
  expect_identical(c(dim(huge), length(huge)), c(3e9, 3e9))
})

test_that("seq_along, lapply and apply see the elements", {
  x <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  expect_identical(seq_along(as_tensor(x)), 1:6)
  expect_identical(sapply(as_tensor(x), function(v) v * 2), as.vector(x) * 2)
  expect_identical(as.list(as_tensor(x)), as.list(as.vector(x)))
  expect_identical(apply(as_tensor(x), 1, sum), apply(x, 1, sum))
})

test_that("t, aperm and rev are R's", {
  m <- matrix(1:6, 2)
  a <- array(1:24, 2:4)
  int <- function(t) as_r(t, type = "integer")
  expect_identical(int(t(as_tensor(m))), t(m))
  expect_identical(int(t(as_tensor(1:3))), t(1:3))
  expect_identical(int(t(as_tensor(1L, shape = integer()))), t(1L))
  expect_says(t(as_tensor(a)), "dtype", "3 dimensions", "aperm")
  expect_identical(int(aperm(as_tensor(a))), aperm(a))
  expect_identical(int(aperm(as_tensor(a), c(3, 1, 2))), aperm(a, c(3, 1, 2)))
  expect_says(aperm(as_tensor(a), c(1, 1, 2)), "subscript", "perm")
  expect_identical(int(rev(as_tensor(1:3))), 3:1)
  expect_identical(int(rev(as_tensor(m))), rev(m))
  for (empty in list(matrix(0L, 0, 3), matrix(0L, 2, 0), integer())) { # which R leaves as they are
    expect_identical(int(rev(as_tensor(empty))), empty)
  }
})

test_that("head and tail are R's", {
  arrays <- list(1:10, matrix(1:40, 10), array(1:60, c(10, 3, 2)), 1:2, integer())
  for (x in arrays) {
    for (n in c(6, 1, 0, -1, -3, 20, -20)) {
      head_of <- if (length(dim(x)) > 2) utils::head(x, c(n, NA, NA)) else utils::head(x, n)
      expect_identical(as_r(head(as_tensor(x), n), type = "integer"), head_of)
      tail_of <- if (length(dim(x)) > 2) {
        utils::tail(x, c(n, NA, NA), keepnums = FALSE)
      } else if (is.null(dim(x))) {
        utils::tail(x, n)
      } else {
        utils::tail(x, n, keepnums = FALSE)
      }
      expect_identical(as_r(tail(as_tensor(x), n), type = "integer"), tail_of)
    }
  }
  m <- matrix(1:40, 10)
  expect_identical(as_r(head(as_tensor(m), c(2, -1)), type = "integer"), head(m, c(2, -1)))
  last <- utils::tail(m, c(NA, 2), keepnums = FALSE)
  expect_identical(as_r(tail(as_tensor(m), c(NA, 2)), type = "integer"), last)
  expect_says(head(as_tensor(1:3), 1:2), "subscript", "`n`")
})

test_that("a tensor has no names, so that R's functions take it as a vector", {
  x <- as_tensor(c(1.5, 2.5, 3.5))
  expect_null(names(x))
  expect_identical(mapply(function(a, b) as_r(a) + b, x, 1:3), c(2.5, 4.5, 6.5))
})

test_that("c() joins elements in R's order", {
  m <- as_tensor(matrix(c(1, 2, 3, 4), 2))
  expect_identical(as_r(c(m, as_tensor(9), 10)), c(1, 2, 3, 4, 9, 10))
  expect_identical(dim(c(sum(m), sum(m))), 2L)
  expect_identical(dtype_of_tensor(c(as_tensor(1L), as_tensor(2L))), "int64")
  expect_identical(as_r(c(as_tensor(1L), 2.5)), c(1, 2.5))
  expect_says(c(m, "a"), "dtype", "character")
})

test_that("rbind() and cbind() are R's", {
  a <- matrix(c(1, 2, 3, 4), 2)
  b <- matrix(5:10 + 0, 2)
  u <- c(7, 8)
  expect_identical(as_r(cbind(as_tensor(a), b)), cbind(a, b))
  expect_identical(as_r(cbind(as_tensor(a), u)), unname(cbind(a, u)))
  expect_identical(as_r(cbind(as_tensor(u), as_tensor(u))), unname(cbind(u, u)))
  expect_identical(as_r(rbind(as_tensor(u), as_tensor(a), u)), unname(rbind(u, a, u)))
  expect_identical(as_r(rbind(as_tensor(a), t(b))), rbind(a, t(b)))
  expect_identical(as_r(cbind(as_tensor(a), 1)), unname(cbind(a, 1)))
  expect_identical(as_r(rbind(as_tensor(u), 1)), unname(rbind(u, 1)))
  expect_says(cbind(as_tensor(a), 1:3), "dtype", "[2, 2]", "[3]")
  expect_says(rbind(as_tensor(a), as_tensor(array(0, c(1, 2, 1)))), "dtype", "3 dimensions")
  w <- torch$ones(2L, requires_grad = TRUE)
  sum(rbind(w, w))$backward()
  expect_identical(as_r(w$grad), c(2, 2))
})

test_that("what would change among the others is no part of a join, of extremes or of a sum", {
  skip_if_no_torch()
  narrow <- as_tensor(c(0L, 200L, 255L), dtype = "uint8")
  wide <- to_device(narrow, dtype = "long")
  small <- as_tensor(c(0.5, -3), dtype = "float16")
  large <- as_tensor(bit64::as.integer64("9007199254740993"))
  for (number in c(-1L, 300L)) {
    for (f in list(c, append, cbind, rbind, min, max, range)) {
      expect_says(f(narrow, number), "lossy", format(number), "uint8", "to_device(x, dtype = \"long\")")
      expect_identical(as.vector(as_r(f(wide, number))), as.vector(f(c(0, 200, 255), number)))
    }
    expect_identical(as_r(sum(narrow, number)), sum(c(0, 200, 255), number))
    expect_identical(as_r(prod(narrow, number)), prod(c(0, 200, 255), number))
  }
  expect_says(c(small, 1e6), "lossy", "1000000.0", "float16")
  expect_says(max(small, 2049L), "lossy", "2049", "float16")
  expect_identical(as_r(c(to_device(small, dtype = "float64"), 1e6)), c(0.5, -3, 1e6))
  for (f in list(c, cbind, min, range, sum)) {
    expect_says(f(large, 0.5), "lossy", "9007199254740993", "float64")
    expect_says(f(large, small), "lossy", "9007199254740993", "float16")
  }
  expect_identical(as_r(c(large, 5L), type = "integer64"), bit64::as.integer64(c("9007199254740993", "5")))
  expect_says({
    small[1] <- 2049L
  }, "lossy", "2049", "float16")
  expect_identical(as_r(small), c(0.5, -3))
})
