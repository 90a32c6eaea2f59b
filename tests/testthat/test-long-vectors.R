skip_if_no_torch()
skip_if_quick()

# 2^31 + 16 bytes, more than an integer counts.
LONG <- 2^31 + 16

skip_without_memory <- function(gigabytes) {
  skip_if_not(file.exists("/proc/meminfo"), "the system does not tell how much memory is free")
  line <- grep("^MemAvailable", readLines("/proc/meminfo"), value = TRUE)
  free <- as.numeric(gsub("[^0-9]", "", line)) / 2^20
  skip_if(free < gigabytes, sprintf("%.1f GB of memory are free, and this takes %d", free, gigabytes))
}

long_tensor <- function() {
  reticulate::py_run_string("import torch; t = torch.zeros(2**31 + 16, dtype=torch.uint8)", local = TRUE)$t
}

test_that("a uint8 tensor of 2^31 + 16 elements is viewed, and the view borrowed", {
  skip_without_memory(8)
  t <- long_tensor()
  v <- view(t)
  expect_true(is_view(v))
  expect_identical(length(v), LONG)
  t$narrow(0L, reticulate::py_eval("2**31 + 8", convert = FALSE), 8L)$fill_(7L)
  expect_identical(v[c(1, 2^31, 2^31 + 8, 2^31 + 9, LONG)], as.raw(c(0, 0, 0, 7, 7)))
  expect_identical(v[LONG - 0:9], as.raw(rep(c(7, 0), c(8, 2))))
  expect_true(is_view(v))
  expect_identical(tensor_info(v)$bytes, LONG)
  u <- borrow(v)
  expect_identical(address(u), address(t))
  expect_identical(as.numeric(reticulate::py_str(reticulate::py_get_attr(u, "nbytes"))), LONG)
  reticulate::py_set_item(u, -1L, 9L)
  expect_identical(v[LONG], as.raw(9))
})

test_that("an R vector of 2^31 + 16 elements is lent", {
  skip_without_memory(8)
  before <- loans()
  x <- raw(LONG)
  t <- borrow(x)
  reticulate::py_set_item(t, -1L, 5L)
  expect_identical(x[LONG - 0:1], as.raw(c(5, 0)))
  v <- view(t)
  expect_identical(length(v), LONG)
  expect_identical(address(v), address(x))
  rm(x, t, v)
  expect_identical(loans(), before)
})
