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

# ---- an accelerator -----------------------------------------------------------------------------

test_that("values go to a device and come back", {
  kind <- accelerator()
  hex <- c("8000000000000000", "0000000000000001", "7fefffffffffffff", "7ff0000000000000")
  for (device in c(kind, paste0(kind, ":0"))) {
    tensor <- as_tensor(doubles(hex), device = device)
    expect_identical(tensor$device$type, kind)
    expect_identical(codes(tensor$cpu()), codes(as_tensor(doubles(hex))))
    expect_identical(bits(as_r(tensor)), hex)
  }
  m <- matrix(1:6, 2)
  expect_identical(as_r(as_tensor(m, device = kind), type = "integer"), m)
  expect_identical(as_r(as_tensor(m, device = kind)$t(), type = "integer"), t(m))
  expect_identical(as_r(as_tensor(m, device = kind, order = "F"), type = "integer"), m)
  expect_identical(as_r(as_tensor(data.frame(a = 1:2), device = kind)), matrix(c(1, 2)))
})

test_that("every dtype comes back from a device as the same codes", {
  device <- accelerator()
  for (dtype in available(setdiff(ALL_DTYPES, COMPLEX_DTYPES))) {
    tensor <- from_codes(c(0, 1), dtype)
    moved <- to_device(tensor, device)
    expect_identical(moved$device$type, device)
    expect_identical(dtype_of_tensor(moved), dtype)
    expect_identical(codes(to_device(moved, "cpu")), codes(tensor))
    expect_identical(as_r(moved), as_r(tensor))
  }
})

test_that("made on a device, to the CPU as double; from the CPU to a device as long", {
  device <- accelerator()
  made <- torch$ones(3L, device = device)
  back <- to_device(made, "cpu", dtype = "double")
  expect_identical(codes(back), rep("4607182418800017408", 3))
  expect_identical(back$device$type, "cpu")
  long <- to_device(as_tensor(c(1.1, 1.2, 4.8)), device, dtype = "long")
  expect_identical(long$device$type, device)
  expect_identical(codes(long$cpu()), c("1", "1", "4"))
})

test_that("\"auto\" is the accelerator", {
  device <- accelerator()
  expect_identical(as_tensor(1:3, device = "auto")$device$type, device)
  expect_identical(to_device(torch$ones(2L), "auto")$device$type, device)
})

test_that("a device that does not exist is named, with the last that does", {
  device <- accelerator()
  count <- nrow(accelerators())
  missing <- paste0(device, ":", count)
  last <- paste0(device, ":", count - 1)
  expect_says(as_tensor(1, device = missing), "device", missing, "not there", last)
  expect_says(to_device(torch$ones(1L), missing), "device", missing, "not there", last)
})

test_that("tensors are placed on each device by its number", {
  accelerator()
  devices <- accelerators()
  expect_named(devices, c("device", "name", "memory_total", "memory_free"))
  expect_gt(nrow(devices), 0)
  expect_true(all(devices$memory_total > 0 & devices$memory_free <= devices$memory_total))
  for (device in devices$device) {
    tensor <- as_tensor(c(1, 2), device = device)
    expect_identical(as.character(tensor$device), device)
    expect_identical(as_r(tensor), c(1, 2))
    expect_identical(tensor_info(tensor)$device, device)
  }
})

test_that("arrays are copies of a device's tensors, and sharing is refused", {
  device <- accelerator()
  tensor <- torch$ones(3L, device = device)
  array <- as_numpy(tensor)
  tensor$add_(1)
  expect_identical(as_r(array), c(1, 1, 1))
  expect_says(as_numpy(tensor, copy = FALSE), "sharing", paste0(device, ":0"))
  expect_false(shares_memory(tensor, as_r(tensor)))
  slice <- torch$narrow(tensor, 0L, 1L, 2L)
  expect_true(shares_memory(tensor, slice))
})

test_that("requires_grad makes a leaf on the device", {
  device <- accelerator()
  tensor <- as_tensor(c(1, 2), device = device, requires_grad = TRUE)
  expect_true(tensor$is_leaf)
  tensor$mul(3)$sum()$backward()
  expect_identical(as_r(tensor$grad), c(3, 3))
  expect_identical(as_r(tensor), c(1, 2))
})

test_that("a misfit in a device's tensor is told with its place", {
  device <- accelerator()
  tensor <- as_tensor(matrix(c(1, 2, 300, 4), 2), device = device)
  expect_says(as_r(tensor, type = "raw"), "lossy", "300.0 at [1, 2]")
  expect_says(to_device(tensor, "cpu", dtype = "uint8"), "lossy", "300", "[0, 1]", "uint8")
})

test_that("a device's tensors are saved and read", {
  device <- accelerator()
  tensor <- as_tensor(matrix(c(1.5, NA, 3, 4), 2), device = device)
  read <- unserialize(serialize(tensor, NULL))
  expect_identical(read$device$type, device)
  expect_identical(bits(as_r(read)), bits(as_r(tensor)))
  skip_if_not(python_has("safetensors"), "Python finds no module safetensors")
  file <- tempfile(fileext = ".safetensors")
  on.exit(unlink(file))
  save_tensors(list(x = tensor), file)
  expect_identical(bits(as_r(open_tensors(file)$x)), bits(as_r(tensor)))
})

# ---- two devices, their memory, and what they lack --------------------------------------------------

test_that("tensors go from one device to another", {
  standin()$load()
  first <- as_tensor(c(1.5, -2), device = "standin:0")
  second <- to_device(first, "standin:1", dtype = "float32")
  expect_identical(as.character(second$device), "standin:1")
  expect_identical(as_r(second), c(1.5, -2))
  expect_says(first + second, "device", "standin:0", "standin:1", "to_device")
  expect_identical(as_r(first + to_device(second, "standin:0")), c(3, -4))
  expect_identical(as.character(unserialize(serialize(second, NULL))$device), "standin:1")
})

# Runs code while the first device has room for so many bytes beyond those in use.
with_room <- function(bytes, code) {
  device <- standin()
  on.exit(device$reset())
  gc()
  device$set_limit(0L, as.integer(device$memory_allocated(0L) + bytes))
  code
}

test_that("where a device's memory does not suffice, R's garbage goes first", {
  skip_if_quick()
  standin()$load()
  drop_one <- function() as_tensor(numeric(1000), device = "standin:0")$ndim
  with_room(12000, {
    for (i in 1:5) {
      drop_one()
      expect_identical(as_r(as_tensor(rep(i + 0.5, 1000), device = "standin:0"))[7], i + 0.5)
      drop_one()
      expect_identical(as_r(to_device(as_tensor(rep(2, 1000)), "standin:0"))[7], 2)
    }
  })
})

test_that("so it does in calls of PyTorch's own functions, if they can be made again", {
  skip_if_not_direct()
  skip_if_quick()
  standin()$load()
  drop_one <- function() as_tensor(numeric(1000), device = "standin:0")$ndim
  kept <- as_tensor(1:10, device = "standin:0")
  with_room(12000, {
    for (i in 1:5) {
      drop_one()
      found <- torch$full(list(1000L), i, dtype = torch$float64, device = "standin:0")
      expect_identical(as_r(found)[7], as.double(i))
      rm(found)
    }
    drop_one()
    expect_identical(as_r(kept$repeat_interleave(100L))[991:1000], rep(10, 10))
  })
})

test_that("a call that writes is not made again", {
  standin()$load()
  fake <- reticulate::py_run_string(paste(
    "import torch",
    "made = []",
    "class Fake(torch.nn.Module):",
    "    def forward(self, x):",
    "        made.append(x)",
    "        raise RuntimeError('out of memory')",
    "model = Fake()",
    sep = "\n"
  ))
  expect_error(fake$model(as_tensor(1)), "out of memory")
  expect_length(reticulate::py$made, 1)
  x <- torch$ones(2L)
  expect_false(changes_nothing(reticulate::py_get_attr(x, "add_"), list(1)))
  expect_false(changes_nothing(reticulate::py_get_attr(torch, "add"), list(x, 1, out = x)))
  expect_false(changes_nothing(torch$nn$Linear(1L, 1L), list(x)))
  expect_true(changes_nothing(reticulate::py_get_attr(torch, "add"), list(x, 1)))
})

test_that("more than a device has stays an error, and changes nothing", {
  standin()$load()
  x <- as_tensor(c(1, 2), device = "standin:0")
  with_room(4000, {
    expect_says(as_tensor(numeric(1000), device = "standin:0"), "python", "out of memory", "8000 bytes")
    expect_error(torch$zeros(1000L, device = "standin:0", dtype = torch$float64), "out of memory")
  })
  expect_identical(as_r(x), c(1, 2))
  expect_identical(as_r(as_tensor(numeric(1000), device = "standin:0")), numeric(1000))
})

test_that("a device without float64 says what to write, and that works", {
  device <- standin()
  device$load()
  on.exit(device$reset())
  device$refuse_float64(TRUE)
  x <- c(1.5, -2)
  says <- function(expr) expect_says(expr, "dtype", "no float64", "dtype = \"float32\"")
  says(as_tensor(x, device = "standin"))
  says(as_tensor(data.frame(a = x), device = "standin"))
  says(to_device(as_tensor(x), "standin"))
  there <- as_tensor(x, dtype = "float32", device = "standin")
  expect_identical(as_r(there), x)
  expect_identical(as_r(to_device(as_tensor(x), "standin", dtype = "float32")), x)
  says(to_device(there, dtype = "float64"))
  if (are_calls_direct()) expect_error(there$double(), "dtype = \"float32\"")
  expect_identical(as_r(to_device(there, "cpu", dtype = "float64")), x)
  expect_identical(as_r(there * c(2, 4)), c(3, -8))
  expect_identical(as_r(as_tensor(1:3, device = "standin") / 2), c(0.5, 1, 1.5))
  expect_identical(mean(as_tensor(1:4, device = "standin"))$dtype, torch$float32)
})
