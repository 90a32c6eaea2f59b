skip_if_no_torch()

test_that("to_device() gives another dtype by PyTorch's rules", {
  tensor <- as_tensor(c(1.1, 1.2, 4.8))
  expect_identical(codes(to_device(tensor, "cpu", dtype = "long")), c("1", "1", "4"))
  expect_identical(dtype_of_tensor(to_device(tensor, dtype = torch$int8)), "int8")
  expect_true(shares_memory(to_device(tensor, "cpu"), tensor))
  expect_true(shares_memory(to_device(tensor), tensor))
})

test_that("to_device() refuses values out of range", {
  expect_says(to_device(as_tensor(c(1, 300)), dtype = "uint8"), "lossy", "300", "[1]", "uint8")
  expect_says(to_device(as_tensor(NaN), dtype = "long"), "lossy", "nan", "int64")
})

test_that("CUDA is told as PyTorch tells it", {
  expect_identical(cuda_is_available(), torch$cuda$is_available())
  devices <- cuda_devices()
  expect_s3_class(devices, "data.frame")
  expect_named(devices, c("device", "name", "capability", "memory_total", "memory_free"))
  expect_identical(nrow(devices), as.integer(torch$cuda$device_count()))
  types <- c("character", "character", "character", "double", "double")
  expect_identical(unname(vapply(devices, typeof, "")), types)
})

test_that("without CUDA, its devices are not there", {
  skip_if(torch$cuda$is_available(), "there is a CUDA device")
  for (device in list("cuda", "cuda:0", "cuda:7", torch$device("cuda"))) {
    expect_says(as_tensor(1, device = device), "device", "cuda", "not there", "device = \"cpu\"")
    expect_says(to_device(torch$ones(1L), device), "device", "cuda", "not there")
    expect_says(as_tensor(data.frame(a = 1), device = device), "device", "not there")
    expect_says(as_tensor(np$ones(1L), device = device), "device", "not there")
  }
})

test_that("unknown devices are errors", {
  expect_says(as_tensor(1, device = "gpu"), "device", "no device \"gpu\"", "\"cpu\"", "\"cuda\"")
  expect_says(to_device(torch$ones(1L), "tpu9"), "device", "no device \"tpu9\"")
  expect_says(to_device(1, "cpu"), "dtype", "`x` is of class numeric", "as_tensor(x)")
})

# ---- cuda ---------------------------------------------------------------------------------------

test_that("cuda: values go there and come back", {
  skip_without_cuda()
  hex <- c("8000000000000000", "0000000000000001", "7fefffffffffffff", "7ff0000000000000")
  for (device in c("cuda", "cuda:0")) {
    tensor <- as_tensor(doubles(hex), device = device)
    expect_true(tensor$is_cuda)
    expect_identical(codes(tensor), codes(tensor$cpu()))
    expect_identical(bits(as_r(tensor)), hex)
  }
  m <- matrix(1:6, 2)
  expect_identical(as_r(as_tensor(m, device = "cuda"), type = "integer"), m)
  expect_identical(as_r(as_tensor(m, device = "cuda")$t(), type = "integer"), t(m))
  expect_identical(as_r(as_tensor(m, device = "cuda", order = "F"), type = "integer"), m)
  expect_identical(as_r(as_tensor(data.frame(a = 1:2), device = "cuda")), matrix(c(1, 2)))
})

test_that("cuda: every dtype comes back as the same codes", {
  skip_without_cuda()
  for (dtype in available(setdiff(ALL_DTYPES, COMPLEX_DTYPES))) {
    tensor <- from_codes(c(0, 1), dtype)
    moved <- to_device(tensor, "cuda")
    expect_true(moved$is_cuda)
    expect_identical(dtype_of_tensor(moved), dtype)
    expect_identical(codes(to_device(moved, "cpu")), codes(tensor))
    expect_identical(as_r(moved), as_r(tensor))
  }
})

test_that("cuda: made on the GPU, to the CPU as double; from the CPU to the GPU as long", {
  skip_without_cuda()
  made <- torch$ones(3L, device = "cuda")
  back <- to_device(made, "cpu", dtype = "double")
  expect_identical(codes(back), rep("4607182418800017408", 3))
  expect_identical(back$device$type, "cpu")
  long <- to_device(as_tensor(c(1.1, 1.2, 4.8)), "cuda", dtype = "long")
  expect_true(long$is_cuda)
  expect_identical(codes(long), c("1", "1", "4"))
})

test_that("cuda: a device that does not exist is named, with the last that does", {
  skip_without_cuda()
  count <- torch$cuda$device_count()
  missing <- paste0("cuda:", count)
  last <- paste0("cuda:", count - 1)
  expect_says(as_tensor(1, device = missing), "device", missing, "not there", last)
  expect_says(to_device(torch$ones(1L), missing), "device", missing, "not there", last)
})

test_that("cuda: tensors are placed on each device by its number", {
  skip_without_cuda()
  devices <- cuda_devices()
  expect_gt(nrow(devices), 0)
  expect_true(all(devices$memory_total > 0 & devices$memory_free <= devices$memory_total))
  for (device in devices$device) {
    tensor <- as_tensor(c(1, 2), device = device)
    expect_identical(as.character(tensor$device), device)
    expect_identical(as_r(tensor), c(1, 2))
    expect_identical(tensor_info(tensor)$device, device)
  }
})

test_that("cuda: arrays are copies of CUDA tensors, and sharing is refused", {
  skip_without_cuda()
  tensor <- torch$ones(3L, device = "cuda")
  array <- as_numpy(tensor)
  tensor$add_(1)
  expect_identical(as_r(array), c(1, 1, 1))
  expect_says(as_numpy(tensor, copy = FALSE), "sharing", "cuda:0")
  expect_false(shares_memory(tensor, as_r(tensor)))
  slice <- torch$narrow(tensor, 0L, 1L, 2L)
  expect_true(shares_memory(tensor, slice))
})

test_that("cuda: requires_grad makes a leaf on the device", {
  skip_without_cuda()
  tensor <- as_tensor(c(1, 2), device = "cuda", requires_grad = TRUE)
  expect_true(tensor$is_leaf)
  tensor$mul(3)$sum()$backward()
  expect_identical(as_r(tensor$grad), c(3, 3))
  expect_identical(as_r(tensor), c(1, 2))
})

test_that("cuda: a misfit in a CUDA tensor is told with its place", {
  skip_without_cuda()
  tensor <- as_tensor(matrix(c(1, 2, 300, 4), 2), device = "cuda")
  expect_says(as_r(tensor, type = "raw"), "lossy", "300.0 at [1, 2]")
  expect_says(to_device(tensor, "cpu", dtype = "uint8"), "lossy", "300", "[0, 1]", "uint8")
})
