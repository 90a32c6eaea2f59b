skip_if_no_torch()
skip_if_not(reticulate::py_has_attr(reticulate::import("os"), "memfd_create"), "this system has no memory files")

# Workers of a PSOCK cluster that find this package where the tests do.
make_workers <- function(n) {
  cluster <- tryCatch(parallel::makePSOCKcluster(n), error = function(e) skip("no PSOCK cluster can be made here"))
  parallel::clusterCall(cluster, function(paths) .libPaths(paths), .libPaths())
  cluster
}

wire_bytes <- function(x) length(serialize(x, NULL))

test_that("a shared tensor has the values, dtype and shape of what it was made of", {
  truths <- list(matrix(c(1, 2, 3, 4), 2), 1:3 + 0L, c(TRUE, FALSE), c(1 + 2i, 3i), numeric(), as.raw(1:3))
  for (truth in truths) {
    expect_identical(as_r(to_shared(truth)), as_r(as_tensor(truth)))
  }
  expect_identical(as_r(to_shared(data.frame(a = 1:2, b = c(0.5, 1)))), cbind(c(1, 2), c(0.5, 1)))
  for (dtype in available(ALL_DTYPES)) {
    t <- torch$ones(2L, 3L)$to(torch[[dtype]])
    expect_identical(dtype_of_tensor(to_shared(t)), dtype)
    expect_identical(codes(to_shared(t)), codes(t))
  }
  expect_identical(as_r(to_shared(torch$arange(6L)$reshape(2L, 3L)$t())), matrix(0:5 + 0, 3))
  expect_identical(dim(to_shared(torch$zeros(0L, 2L))), c(0L, 2L))
  expect_true(to_shared(torch$ones(2L, requires_grad = TRUE))$requires_grad)
})

test_that("it is a copy: neither follows the other", {
  t <- torch$zeros(3L)
  x <- to_shared(t, writable = TRUE)
  x$add_(1)
  expect_identical(as_r(t), c(0, 0, 0))
  t$add_(5)
  expect_identical(as_r(x), c(1, 1, 1))
})

test_that("on the wire it is a handle of less than 1 KB, and so are parts of it", {
  x <- to_shared(torch$zeros(1e6L))
  for (part in list(x, x[1:10], x$reshape(1000L, 1000L)$t(), x$view(torch$int32))) {
    expect_lt(wire_bytes(part), 1024)
    expect_true(shares_memory(unserialize(serialize(part, NULL)), x))
  }
})

test_that("a worker of a cluster maps the same memory", {
  skip_if_quick()
  workers <- make_workers(1)
  on.exit(parallel::stopCluster(workers))
  x <- to_shared(matrix(c(1, 2, 3, 4), 2), writable = TRUE)
  seen <- parallel::clusterCall(workers, function(t) {
    t$add_(10)
    kept <<- t
    as.matrix(t)
  }, x)
  expect_identical(seen[[1]], matrix(c(11, 12, 13, 14), 2))
  expect_identical(as_r(x), seen[[1]])
  x[1, 1] <- 0
  expect_identical(parallel::clusterCall(workers, function() as.matrix(kept)[1, 1])[[1]], 0)
  part <- parallel::clusterCall(workers, function() kept[2, ])[[1]]
  expect_true(shares_memory(part, x))
})

test_that("what is not writable is changed for nobody else, and handed on as it is", {
  skip_if_quick()
  workers <- make_workers(1)
  on.exit(parallel::stopCluster(workers))
  x <- to_shared(torch$ones(3L))
  expect_lt(wire_bytes(x), 1024)
  in_worker <- parallel::clusterCall(workers, function(t) {
    t$add_(1)
    kept <<- t
    as.double(t)
  }, x)[[1]]
  expect_identical(in_worker, c(2, 2, 2))
  expect_identical(as_r(x), c(1, 1, 1))
  expect_identical(as_r(parallel::clusterCall(workers, function() kept)[[1]]), c(2, 2, 2))
  x$mul_(7)
  expect_identical(parallel::clusterCall(workers, function(t) as.double(t), x)[[1]], c(7, 7, 7))
})

test_that("future and callr hand it over", {
  skip_if_quick()
  x <- to_shared(c(1, 2, 3), writable = TRUE)
  paths <- .libPaths()
  skip_if_not_installed("callr")
  expect_identical(callr::r(function(t) {
    t$add_(1)
    as.double(t)
  }, list(x), libpath = paths), c(2, 3, 4))
  expect_identical(as_r(x), c(2, 3, 4))
  skip_if_not_installed("future")
  for (plan in c("multisession", "multicore")) {
    future::plan(plan, workers = 2)
    task <- future::future(as.double(x + 1), globals = list(x = x), packages = "pytorchbridge")
    value <- if (plan == "multisession") {
      expect_no_warning(future::value(task)) # of random numbers, which a fork still gets
    } else {
      suppressWarnings(future::value(task))
    }
    expect_identical(value, c(3, 4, 5))
  }
  future::plan("sequential")
})

test_that("mirai hands it over", {
  skip_if_not_installed("mirai")
  x <- to_shared(c(1, 2, 3), writable = TRUE)
  # Not every distribution of R packages has mirai, so DESCRIPTION does not suggest it.
  of_mirai <- function(name) getExportedValue("mirai", name)
  of_mirai("daemons")(1)
  on.exit(of_mirai("daemons")(0))
  task <- of_mirai("mirai")({
    .libPaths(paths)
    x$add_(1)
    as.double(x)
  }, x = x, paths = .libPaths())
  expect_identical(of_mirai("call_mirai")(task)$data, c(2, 3, 4))
  expect_identical(as_r(x), c(2, 3, 4))
})

test_that("a child of a fork writes to the same memory", {
  skip_on_os("windows")
  x <- to_shared(c(1, 2, 3), writable = TRUE)
  back <- parallel::mclapply(1, function(i) {
    x$add_(1)
    x
  })[[1]]
  expect_identical(as_r(x), c(2, 3, 4))
  expect_true(shares_memory(back, x))
})

test_that("a worker keeps what it has mapped when the owner lets go, and hands it on", {
  skip_if_quick()
  workers <- make_workers(2)
  on.exit(parallel::stopCluster(workers))
  x <- to_shared(c(1, 2, 3), writable = TRUE)
  parallel::clusterCall(workers[1], function(t) {
    t$add_(1)
    kept <<- t
  }, x)
  rm(x)
  gc()
  reticulate::import("gc")$collect()
  handed <- parallel::clusterCall(workers[1], function() serialize(kept, NULL))[[1]]
  expect_identical(as_r(unserialize(handed)), c(2, 3, 4))
  second <- parallel::clusterCall(workers[2], function(bytes) as.double(unserialize(bytes)), handed)
  expect_identical(second[[1]], c(2, 3, 4))
})

test_that("a handle whose memory is gone is a condition", {
  handle <- serialize(to_shared(c(1, 2, 3)), NULL)
  gc()
  reticulate::import("gc")$collect()
  expect_says(as_r(unserialize(handle)), "sharing", "shared memory is gone", "Share it anew")
})

test_that("nothing stays behind when a process is killed", {
  skip_if_quick()
  skip_on_os("windows")
  skip_if_not(file.exists("/proc/self/fd"), "the system does not list what is open")
  leftovers <- function() list(dir("/dev/shm"), length(dir("/proc/self/fd")))
  as_r(to_shared(1))
  before <- leftovers()
  file <- tempfile()
  on.exit(unlink(file))
  rounds <- if (Sys.getenv("PYTORCHBRIDGE_TESTS") == "quick") 20 else 200
  for (i in seq_len(rounds)) {
    child <- parallel::mcparallel({
      x <- to_shared(as.double(1:1e5), writable = TRUE)
      saveRDS(x, file)
      tools::pskill(Sys.getpid(), tools::SIGKILL)
    })
    suppressWarnings(parallel::mccollect(child))
  }
  expect_says(as_r(readRDS(file)), "sharing", "shared memory is gone")
  gc()
  after <- leftovers()
  expect_identical(after[[1]], before[[1]])
  expect_lte(after[[2]], before[[2]])
})

test_that("descriptors are given back", {
  skip_if_quick()
  skip_if_not(file.exists("/proc/self/fd"), "the system does not list what is open")
  open <- function() {
    gc()
    reticulate::import("gc")$collect()
    length(dir("/proc/self/fd"))
  }
  before <- open()
  many <- lapply(1:20, to_shared)
  expect_gt(open(), before + 19)
  rm(many)
  expect_identical(open(), before)
})

test_that("what cannot be shared is a condition", {
  expect_says(to_shared(torch$eye(2L)$to_sparse()), "sharing", "to_dense()")
  expect_says(to_shared(1, writable = NA), "dtype", "`writable`")
  expect_says(to_shared("a"), "dtype", "character")
})
