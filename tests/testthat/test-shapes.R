skip_if_no_torch()

# The codes of a tensor row by row are those of an R array with its indices reversed.
rows_first <- function(x) as.character(as.vector(if (length(dim(x)) > 1) aperm(x) else x))

float64_codes <- function(x) {
  as.character(truth()$converted(as.list(bits(x)), "float64")[[1]])
}

BYTES <- c(uint8 = 1, int16 = 2, int32 = 4, int64 = 8)
SHAPES <- list(
  1, 7, c(1, 1), c(3, 5), c(31, 33), c(64, 32), c(100, 77), c(1, 600), c(600, 1), c(2, 513),
  c(3, 4, 5), c(33, 2, 34), c(1, 40, 1, 40), c(5, 1, 6, 7), c(2, 3, 4, 3, 2), c(2, 3, 1, 2, 2, 2)
)

test_that("arrays of every shape and element size get the right elements", {
  skip_if_quick()
  for (shape in SHAPES) {
    x <- array((seq_len(prod(shape)) * 7L) %% 120L, shape)
    for (dtype in names(BYTES)) {
      expect_identical(codes(as_tensor(x, dtype = dtype)), rows_first(x))
      expect_identical(codes(as_tensor(x, dtype = dtype, order = "F")), rows_first(x))
    }
    expect_identical(shape_of_tensor(as_tensor(x)), as.double(shape))
    half <- array(float64_codes(x + 0.5), shape)
    one <- float64_codes(1)
    expect_identical(codes(as_tensor(x == 3L)), rows_first(1L * (x == 3L)))
    expect_identical(codes(as_tensor(array(as.raw(x), shape))), rows_first(x))
    expect_identical(codes(as_tensor(x + 0.5)), rows_first(half))
    expect_identical(codes(as_tensor(x + 0.5 + 1i)), paste(rows_first(half), one, sep = ","))
    long <- integer64(x)
    dim(long) <- shape
    expect_identical(codes(as_tensor(long)), rows_first(x))
  }
})

test_that("tensors of every shape and element size come back with the right indices", {
  for (shape in SHAPES) {
    n <- prod(shape)
    numbers <- (seq_len(n) * 11L) %% 120L
    wanted <- aperm(array(numbers, rev(shape)))
    if (length(shape) == 1) {
      wanted <- as.vector(wanted)
    }
    for (dtype in names(BYTES)) {
      tensor <- do.call(from_codes(numbers, dtype)$reshape, as.list(as.integer(shape)))
      expect_identical(as_r(tensor, type = "integer"), wanted)
    }
    z <- do.call(torch$complex(
      from_codes(numbers, "int64")$double(), from_codes(numbers, "int64")$double()$neg()
    )$reshape, as.list(as.integer(shape)))
    expect_identical(Re(as_r(z)), wanted * 1)
    expect_identical(Im(as_r(z)), wanted * -1)
  }
})

test_that("permuted tensors of three and four dimensions come back as aperm() of R's", {
  base3 <- aperm(array(seq_len(33 * 34 * 5), c(5, 34, 33)))
  tensor3 <- from_codes(seq_len(33 * 34 * 5), "int32")$reshape(33L, 34L, 5L)
  for (p in list(c(1, 2, 3), c(1, 3, 2), c(2, 1, 3), c(2, 3, 1), c(3, 1, 2), c(3, 2, 1))) {
    permuted <- tensor3$permute(as.list(as.integer(p - 1)))
    expect_identical(as_r(permuted), aperm(base3, p))
    expect_identical(as_r(permuted, type = "double"), aperm(base3, p) * 1)
    expect_identical(codes(as_tensor(aperm(base3, p))), rows_first(aperm(base3, p)))
  }
  base4 <- aperm(array(1:840, c(7, 6, 5, 4)))
  tensor4 <- from_codes(1:840, "int16")$reshape(4L, 5L, 6L, 7L)
  for (p in list(c(4, 3, 2, 1), c(2, 4, 1, 3), c(3, 1, 4, 2), c(1, 3, 2, 4), c(4, 1, 2, 3))) {
    expect_identical(as_r(tensor4$permute(as.list(as.integer(p - 1)))), aperm(base4, p))
  }
})

test_that("slices with steps, expanded, flipped and overlapping memory are read", {
  m <- matrix(1:77, 7, byrow = TRUE)
  tensor <- from_codes(1:77, "int32")$reshape(7L, 11L)
  py <- function(text) reticulate::py_eval(text, convert = FALSE)
  slice <- function(t, ...) reticulate::py_get_item(t, reticulate::tuple(...))
  expect_identical(as_r(tensor$t()), t(m))
  stepped <- slice(tensor, py("slice(1, 7, 2)"), py("slice(None, None, 3)"))
  expect_identical(as_r(stepped), m[c(2, 4, 6), c(1, 4, 7, 10)])
  expect_identical(as_r(stepped$t(), type = "double"), t(m[c(2, 4, 6), c(1, 4, 7, 10)]) * 1)
  expect_identical(as_r(tensor$diagonal()), diag(m))
  row <- slice(tensor, py("slice(0, 1)"))
  expect_identical(as_r(row$expand(5L, 11L)), m[c(1, 1, 1, 1, 1), ])
  column <- slice(tensor, py("slice(None)"), py("slice(0, 1)"))
  expect_identical(as_r(column$expand(7L, 600L)), m[, rep(1, 600)])
  expect_identical(as_r(torch$tensor(5L)$expand(40L, 50L)), matrix(5, 40, 50))
  windows <- tensor$flatten()$unfold(0L, 3L, 1L)
  expect_identical(as_r(windows), outer(1:75, 0:2, "+"))
  shifted <- slice(tensor, py("slice(3, None)"))
  expect_identical(as_r(shifted), m[4:7, ])
})

test_that("NumPy arrays with negative strides and column-major ones are read", {
  a <- np$arange(24L)$reshape(4L, 6L)
  m <- matrix(0:23, 4, byrow = TRUE) * 1
  expect_identical(as_r(np$flip(a)), m[4:1, 6:1])
  expect_identical(as_r(np$flip(a, 0L)), m[4:1, ])
  expect_identical(as_r(np$flip(a, 1L)), m[, 6:1])
  expect_identical(as_r(np$asfortranarray(a)), m)
  expect_identical(as_r(np$flip(np$asfortranarray(a), 1L)$T), t(m[, 6:1]))
  big <- np$flip(np$arange(2000L, dtype = "int16"))
  expect_identical(as_r(big), 1999:0)
  expect_identical(as.character(codes(as_tensor(np$flip(a, 0L)))), as.character(t(m[4:1, ])))
  # A field of a record: its stride is no multiple of the element size.
  packed <- np$zeros(3L, dtype = "i1, f8")
  field <- reticulate::py_get_item(packed, "f1")
  reticulate::py_set_item(field, 1L, 2.5)
  expect_identical(as_r(field), c(0, 2.5, 0))
})

test_that("empty dimensions stay, both ways", {
  for (dim in list(c(0, 3), c(3, 0), c(0, 0), c(2, 0, 3), c(0, 1, 0, 2, 5))) {
    x <- array(numeric(), dim)
    expect_identical(shape_of_tensor(as_tensor(x)), as.double(dim))
    expect_identical(shape_of_tensor(as_tensor(x, order = "F")), as.double(dim))
    tensor <- do.call(torch$zeros, as.list(as.integer(dim)))
    expect_identical(as_r(tensor), array(numeric(), dim))
  }
})

test_that("shape = is as if dim<- came first", {
  expect_identical(shape_of_tensor(as_tensor(5, shape = integer())), numeric())
  expect_identical(codes(as_tensor(5L, shape = integer())), "5")
  tensor <- as_tensor(1:6, shape = c(2, 3))
  expect_identical(shape_of_tensor(tensor), c(2, 3))
  expect_identical(codes(tensor), as.character(c(1, 3, 5, 2, 4, 6)))
  cube <- as_tensor(matrix(1:6, 3), shape = c(1, 2, 1, 3), order = "F")
  expect_identical(shape_of_tensor(cube), c(1, 2, 1, 3))
  expect_identical(codes(cube), as.character(c(1, 3, 5, 2, 4, 6)))
  expect_identical(shape_of_tensor(as_tensor(numeric(), shape = c(0, 4))), c(0, 4))
})

test_that("order = decides how the tensor lies, not what it holds", {
  x <- matrix(1:6, 2)
  expect_identical(unlist(as_tensor(x)$stride()), c(3L, 1L))
  expect_identical(unlist(as_tensor(x, order = "F")$stride()), c(1L, 2L))
  x3 <- array(1:24, c(2, 3, 4))
  expect_identical(unlist(as_tensor(x3)$stride()), c(12L, 4L, 1L))
  expect_identical(unlist(as_tensor(x3, order = "F")$stride()), c(1L, 2L, 6L))
})

test_that("a misfit's place and count are right, wherever it is", {
  set.seed(3)
  for (shape in list(5000, c(100, 77), c(33, 3, 65), c(513, 2), c(2, 513))) {
    for (k in c(1, 1, 3)) {
      x <- array(1, shape)
      at <- sort(sample(length(x), k))
      x[at] <- 1000
      index <- paste(arrayInd(at[1], shape), collapse = ", ")
      others <- if (k > 1) paste("nor", k - 1, "other values") else "cannot hold."
      for (order in c("C", "F")) {
        expect_says(as_tensor(x, dtype = "uint8", order = order), "lossy",
          paste0("x[", index, "] is 1000"), others)
      }
      # The same array as a tensor, laid out by PyTorch.
      tensor <- torch$zeros(as.list(as.integer(shape)), dtype = torch$int64)
      for (place in at) {
        where <- as.list(as.integer(arrayInd(place, shape) - 1))
        reticulate::py_set_item(tensor, do.call(reticulate::tuple, where), 1000L)
      }
      count <- if (k > 1) paste0("(and ", k - 1, " others)") else "would"
      expect_says(as_r(tensor, type = "raw"), "lossy", paste0("1000 at [", index, "]"), count)
      expect_says(as_r(tensor, type = "logical"), "lossy", paste0("1000 at [", index, "]"), count)
    }
  }
})

test_that("a misfit in an expanded tensor is counted as often as R would hold it", {
  tensor <- from_codes(c(1, 300), "int16")$reshape(1L, 2L)$expand(3L, 2L)
  expect_says(as_r(tensor, type = "raw"), "lossy", "300 at [1, 2]", "(and 2 others)")
})
