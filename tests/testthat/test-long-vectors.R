skip_if_no_torch()
skip_if_quick()

# 2^31 + 16 bytes, more than an integer counts; tools/memcheck has a smaller stand-in.
POWER <- if (in_memcheck()) 16 else 31
LONG <- 2^POWER + 16

skip_without_memory <- function(gigabytes) {
  skip_if_not(file.exists("/proc/meminfo"), "the system does not tell how much memory is free")
  line <- grep("^MemAvailable", readLines("/proc/meminfo"), value = TRUE)
  free <- as.numeric(gsub("[^0-9]", "", line)) / 2^20
  skip_if(free < gigabytes, sprintf("%.1f GB of memory are free, and this takes %d", free, gigabytes))
}

long_tensor <- function() {
  run_python("import torch", sprintf("long_tensor = torch.zeros(2**%d + 16, dtype=torch.uint8)", POWER))
  on.exit(run_python("del long_tensor"))
  reticulate::py$long_tensor
}

test_that("a uint8 tensor of 2^31 + 16 elements is viewed, and the view borrowed", {
  skip_without_memory(8)
  t <- long_tensor()
  v <- view(t)
  expect_true(is_view(v))
  expect_identical(as.double(length(v)), LONG)
  t$narrow(0L, reticulate::py_eval(sprintf("2**%d + 8", POWER), convert = FALSE), 8L)$fill_(7L)
  expect_identical(v[c(1, LONG - 16, LONG - 8, LONG - 7, LONG)], as.raw(c(0, 0, 0, 7, 7)))
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
  expect_identical(as.double(length(v)), LONG)
  expect_identical(address(v), address(x))
  rm(x, t, v)
  expect_identical(loans(), before)
})
