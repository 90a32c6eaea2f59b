skip_if_no_torch()
skip_if_quick()
skip_on_os("windows")

# The children read R's memory and tell what they saw; they call no Python, which does not survive fork.
in_child <- function(f) parallel::mccollect(parallel::mcparallel(f()))[[1]]

test_that("a view that was made before a fork reads right in the child", {
  t <- torch$arange(1000L, dtype = torch$float64)
  v <- view(t)
  m <- view(torch$arange(6L, dtype = torch$int32)$reshape(2L, 3L)$t())
  expect_identical(in_child(function() c(sum(v), v[1000], length(v))), c(499500, 999, 1000))
  expect_identical(in_child(function() m), matrix(0:5, 3))
  expect_false(is_view(in_child(function() v)))
  expect_true(in_child(function() is_view(v)))
  sums <- parallel::mclapply(1:4, function(i) sum(v[seq((i - 1) * 250 + 1, i * 250)]), mc.cores = 2)
  expect_identical(sum(unlist(sums)), 499500)
})

test_that("writes of parent and child stay their own, and the child ends without harm", {
  t <- torch$ones(1000L, dtype = torch$float64)
  v <- view(t)
  seen <- in_child(function() {
    v[1] <- 5
    gc()
    v[1:2]
  })
  expect_identical(seen, c(5, 1))
  expect_identical(v[1], 1)
  t$add_(1)
  expect_identical(in_child(function() sum(v)), 2000)
  expect_identical(v, rep(2, 1000))
})

test_that("loans of the parent's stand, whatever a child collects", {
  before <- loans()
  x <- rep(1, 1000)
  t <- borrow(x)
  rm(x)
  counted <- in_child(function() {
    gc()
    .Call(pytorchbridge:::ptb_loans)
  })
  expect_identical(counted, before + 1)
  expect_identical(as_r(t$sum()), 1000)
  expect_identical(loans(), before + 1)
  rm(t)
  expect_identical(loans(), before)
})

test_that("children that collect views and loans exit clean", {
  pids <- lapply(1:3, function(i) {
    parallel::mcparallel({
      x <- rep(1, 100)
      gc()
      gc()
      i
    })
  })
  expect_identical(unname(unlist(parallel::mccollect(pids))), 1:3)
})

# What a child gives, once PyTorch has used threads; "hangs" if it has not answered after a minute.
forked <- function(f) {
  job <- parallel::mcparallel(f())
  answer <- NULL
  deadline <- proc.time()[[3]] + 60
  while (is.null(answer) && proc.time()[[3]] < deadline) {
    answer <- parallel::mccollect(job, wait = FALSE, timeout = 5)
  }
  tools::pskill(job$pid, tools::SIGKILL)
  if (is.null(answer)) "hangs" else answer[[1]]
}

test_that("after work on several threads, children work on one", {
  threads <- torch$get_num_threads()
  on.exit(torch$set_num_threads(threads))
  torch$set_num_threads(2L)
  big <- torch$ones(500L, 500L)
  big$mm(big)
  lent <- rep(1, 1e5)
  loan <- borrow(lent)
  expect_identical(forked(function() as_r(to_device(big, dtype = "int32"))[1]), 1L)
  expect_identical(forked(function() as_r(sum(big * 2 + 1))), 750000)
  expect_identical(forked(function() as_r(sort(big))[1:2]), c(1, 1))
  expect_identical(forked(function() as_r(torch$mm(big, big))[1, 1]), 500)
  expect_identical(forked(function() length(format(summary(big))) > 0), TRUE)
  expect_identical(forked(function() as_r(torch$exp(big - 1)$sum())), 250000) # PyTorch's own functions
  expect_identical(forked(function() {
    loan$add_(1)
    lent[1:2]
  }), c(2, 2))
  expect_identical(lent[1], 1) # the child's was a copy
  expect_identical(forked(function() torch$get_num_threads()), 1L)
  expect_identical(torch$get_num_threads(), 2L)
})
