# Large vectors go to a device and back through pinned memory, R's own at one end; here, smaller ones do.

skip_if_no_torch()

N <- 2^16 + 80

# Runs code with small buffers and with threads of PyTorch's, which staging needs.
with_staging <- function(code) {
  staging <- reticulate::import("pytorch_bridge.staging")
  before <- list(staging$CHUNK, staging$LEAST, torch$get_num_threads())
  on.exit({
    staging$CHUNK <- before[[1]]
    staging$LEAST <- before[[2]]
    torch$set_num_threads(before[[3]])
  })
  staging$CHUNK <- 131072L
  staging$LEAST <- 4096L
  torch$set_num_threads(2L)
  code
}

bytes <- function(x) writeBin(as.vector(x), raw())

any_doubles <- function(n) {
  set.seed(1)
  x <- rnorm(n) * 10^sample(-30:30, n, TRUE)
  x[c(1, 5, 77, n - 3)] <- c(NA, NaN, -0, 4.9e-324)
  x
}

any_integers <- function(n) {
  set.seed(2)
  c(sample(.Machine$integer.max, n - 2), -.Machine$integer.max, 0L)
}

same_strides <- function(a, b) identical(a$stride(), b$stride())

test_that("doubles and complex numbers come back bit for bit, in either order", {
  device <- accelerator()
  x <- any_doubles(N)
  values <- list(
    x, matrix(x[1:65600], 328), array(x[1:66000], c(10, 66, 100)), matrix(x, 1),
    complex(real = x, imaginary = rev(x))
  )
  with_staging(for (value in values) {
    for (order in c("C", "F")) {
      tensor <- as_tensor(value, device = device, order = order)
      expect_identical(tensor$device$type, device)
      expect_true(same_strides(tensor, as_tensor(value, order = order)))
      expect_identical(bytes(as_r(tensor$cpu())), bytes(value))
      expect_identical(bytes(as_r(tensor)), bytes(value))
      expect_identical(dim(as_r(tensor)), dim(value))
    }
  })
  m <- values[[2]]
  with_staging({
    expect_identical(bytes(as_r(as_tensor(m, device = device)$t())), bytes(t(m)))
    expect_identical(bytes(as_r(as_tensor(m, device = device)[, 3:200])), bytes(m[, 3:200]))
    expect_identical(bytes(as_r(as_tensor(x, device = device, shape = c(16, N / 16)))), bytes(x))
  })
})

test_that("so do other types, and dtypes that are asked for", {
  device <- accelerator()
  i <- any_integers(N)
  with_staging({
    expect_identical(as_r(as_tensor(i, device = device)), as.double(i))
    expect_identical(as_r(as_tensor(i, device = device, dtype = "int32")), i)
    expect_identical(as_r(as_tensor(1:N, device = device)), as.double(1:N))
    raw <- as.raw(i %% 256L)
    expect_identical(as_r(as_tensor(raw, device = device), type = "raw"), raw)
    expect_identical(as_r(as_tensor(raw, device = device)), as.integer(raw))
    expect_identical(as_r(as_tensor(i > 2^30, device = device)), i > 2^30)
    long <- bit64::as.integer64(i) * 4194304L
    expect_identical(as_r(as_tensor(long, device = device), type = "integer64"), long)
    x <- any_doubles(N)
    single <- as_tensor(x, dtype = "float32")
    expect_identical(bytes(as_r(as_tensor(x, device = device, dtype = "float32"))), bytes(as_r(single)))
    f <- factor(sample(letters, N, TRUE))
    expect_identical(as_r(as_tensor(f, device = device), like = f), f)
    day <- as.Date("2024-02-29") + seq_len(N)
    expect_identical(as_r(as_tensor(day, device = device), like = day), day)
    for (dtype in available(c("float16", "bfloat16", "int8", "int16", "complex64"))) {
      tensor <- as_tensor(i %% 100L, dtype = dtype)
      expect_identical(as_r(to_device(tensor, device)), as_r(tensor))
    }
  })
})

test_that("what does not fit is told as ever, and missing values follow the rule", {
  device <- accelerator()
  i <- replace(any_integers(N), c(7, 70000 %% N), NA)
  x <- replace(any_doubles(N), 9, 1e300)
  with_staging({
    expect_says(as_tensor(i, device = device), "missing", "[7]")
    expect_identical(as_r(as_tensor(i, device = device, na = "nan")), as.double(i))
    expect_identical(as_r(as_tensor(i, device = device, na = 5L)), as.double(replace(i, is.na(i), 5L)))
    kept <- as_tensor(i, device = device, na = "keep", dtype = "int32")
    expect_identical(as_r(kept, na = "keep"), i)
    expect_says(as_r(kept), "missing", "-2147483648", "[7]")
    expect_says(as_tensor(x, device = device, dtype = "float32"), "lossy", "1e+300", "[9]")
    infinite <- replace(x, 9, Inf)
    expect_identical(as_r(as_tensor(infinite, device = device, dtype = "float32"))[8:10][2], Inf)
    long <- torch$full(list(as.integer(N)), 2^53, dtype = torch$int64, device = device)
    expect_identical(unique(as_r(long)), 2^53)
    long[3] <- long[3] + 1L
    expect_says(as_r(long), "lossy", "9007199254740993", "[3]")
  })
})

test_that("gradients, lists and structures find their tensors there", {
  device <- accelerator()
  x <- any_doubles(N)[-5]
  with_staging({
    leaf <- as_tensor(x, device = device, requires_grad = TRUE)
    expect_true(leaf$is_leaf && leaf$requires_grad)
    expect_identical(bytes(as_r(leaf)), bytes(x))
    expect_identical(lapply(as_r(list(a = leaf, b = leaf * 0 + 1)), bytes), list(a = bytes(x), b = bytes(x * 0 + 1)))
    frame <- data.frame(a = x, b = rev(x))
    expect_identical(bytes(as_r(as_tensor(frame, device = device))), bytes(as.matrix(frame)))
  })
})

test_that("where the device has no room, nothing is left behind", {
  skip_if_quick()
  device <- standin()
  device$load()
  on.exit(device$reset())
  x <- any_doubles(N)
  m <- matrix(x[1:65600], 328)
  with_staging({
    there <- as_tensor(m, device = "standin:1")
    collect_all()
    before <- device$memory_allocated(1L)
    device$set_limit(1L, as.integer(before + 1000))
    expect_says(as_tensor(x, device = "standin:1"), "python", "out of memory")
    collect_all()
    expect_identical(device$memory_allocated(1L), before)
    expect_identical(bytes(as_r(there)), bytes(m))
    device$set_limit(1L, as.integer(before + 8 * N))
    expect_identical(bytes(as_r(as_tensor(x, device = "standin:1"))), bytes(x))
  })
})
