# R's garbage collector must not let tensors pile up that nobody holds. Python counts those alive.

# In a session of its own, since more may pile up where more is in use: the most results of 64 MB that were alive at
# once, of 60 that nobody keeps.
most_alive <- function(make) {
  said <- run_r(c(
    "library(pytorchbridge)",
    "alive <- reticulate::py_run_string(paste(",
    "  'import gc, torch',",
    "  'def alive(bytes):',",
    "  '    return sum(1 for o in gc.get_objects() if type(o) is torch.Tensor and o.nbytes == bytes)',",
    "  sep = '\n'",
    "))$alive",
    "x <- as.double(seq_len(2^23))", # filled, as pages that nobody has touched take no memory
    "t <- as_tensor(x)",
    "most <- 0",
    "for (i in 1:60) {",
    make,
    "  most <- max(most, alive(2^26))",
    "}",
    "cat('most:', most)"
  ))
  as.numeric(sub("most: ", "", tail(said, 1)))
}

test_that("tensors that nobody holds do not pile up", {
  skip_if_quick()
  skip_if_no_torch()
  skip_if(.Call(ptb_resident, 0) == 0, "the memory of the process is not known here")
  expect_lte(most_alive("as_tensor(x)"), 16)
  expect_lte(most_alive("torch$add(t, 1)"), 16)
  expect_lte(most_alive("t + 1"), 16)
})

test_that("the memory of the process is read again once it can have come to exceed the limit", {
  skip_if(.Call(ptb_resident, 0) == 0, "the memory of the process is not known here")
  resident <- function() {
    line <- grep("^VmRSS:", readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) * 1024
  }
  # Of a map of its own, as R's vectors may lie where freed ones were. So that no collection comes in between:
  collect_all()
  before <- .Call(ptb_resident, 0)
  expect_lt(abs(before - resident()), 32 * 2^20)
  filled <- np$frombuffer(reticulate::import("mmap", convert = FALSE)$mmap(-1L, as.integer(2^28)), dtype = "uint8")
  filled$fill(1L)
  expect_identical(.Call(ptb_resident, 2^60), before) # far from the limit
  expect_gt(.Call(ptb_resident, before + 2^27), before + 2^27)
  expect_lt(abs(.Call(ptb_resident, 0) - resident()), 32 * 2^20)
  expect_identical(as.numeric(reticulate::py_to_r(filled$size)), 2^28)
})

test_that("memory on a device counts, and is given back", {
  device <- accelerator()
  collect_all() # what other tests left, too
  bytes_in_use()
  before <- the$accelerator_bytes
  held <- as_tensor(numeric(10000), device = device)
  for (i in seq_len(LOOK_AT_DEVICES)) expect_equal(as_r(as_tensor(i)), i)
  expect_gte(the$accelerator_bytes, before + 80000)
  rm(held)
  gc()
  bytes_in_use()
  expect_lte(the$accelerator_bytes, before)
})

test_that("tensors on a device that nobody holds do not pile up", {
  skip_if_quick()
  device <- torch$device(paste0(accelerator(), ":0"))
  memory <- torch[[accelerator()]]
  gc()
  growth <- max(GROWTH_ALLOWED, bytes_in_use() / 4) # a process that uses CUDA is large by itself
  memory$reset_peak_memory_stats(device$index)
  for (i in 1:60) {
    torch$ones(8388608L, dtype = torch$float64, device = device) # 64 MB
    Sys.sleep(0.01) # a device makes many in the time in which R does not look
  }
  expect_lte(memory$max_memory_allocated(device$index), (LOOK_AT_DEVICES + 1) * 2^26 + growth)
})

test_that("tensors that are held stay as they are", {
  skip_if_quick()
  skip_if_no_torch()
  held <- lapply(1:20, function(i) as_tensor(rep(as.double(i), 2^22)))
  values <- vapply(held, function(t) as_r(t[5]), 0)
  expect_equal(values, as.double(1:20))
})

test_that("a call for which memory does not suffice is tried again after a collection", {
  skip_if_no_torch()
  fake <- reticulate::py_run_string(paste(
    "calls = []",
    "def fails_first(kept):",
    "    calls.append(kept)",
    "    if len(calls) == 1:",
    "        raise RuntimeError('CUDA out of memory. Tried to allocate 2.00 GiB.')",
    "    return len(calls)",
    "def fails_always(kept):",
    "    calls.append(kept)",
    "    raise MemoryError('out of memory, for good')",
    "def fails_otherwise(kept):",
    "    calls.append(kept)",
    "    raise RuntimeError('something else')",
    sep = "\n"
  ))
  calls <- function() length(reticulate::py_run_string("pass")$calls)
  the$fails_first <- fake$fails_first
  the$fails_always <- fake$fails_always
  the$fails_otherwise <- fake$fails_otherwise
  on.exit(rm("fails_first", "fails_always", "fails_otherwise", envir = the))

  collected <- FALSE
  garbage <- new.env()
  reg.finalizer(garbage, function(e) collected <<- TRUE)
  rm(garbage)
  expect_equal(call_bridge("fails_first", 1), 2)
  expect_true(collected)

  before <- calls()
  expect_error(call_bridge("fails_always", 1), "for good", class = "pytorchbridge_python_error")
  expect_equal(calls() - before, 2)

  before <- calls()
  expect_error(call_bridge("fails_otherwise", 1), "something else", class = "pytorchbridge_python_error")
  expect_equal(calls() - before, 1)
})
