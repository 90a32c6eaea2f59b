skip_if_no_torch()
skip_if_quick()

# Threads of Python run while R waits in Python; they drop what R lent them there.
threads <- function(count = 4) {
  reticulate::py_run_string(sprintf("
import gc, queue, threading, time
import torch

inbox, sums, workers = queue.Queue(), [], []

def work():
    while True:
        tensor = inbox.get()
        if tensor is None:
            return
        time.sleep(0.001)
        sums.append(float(tensor.sum()))
        tensor.add_(1)
        del tensor  # the last reference

workers[:] = [threading.Thread(target=work, daemon=True) for _ in range(%d)]
for worker in workers:
    worker.start()

def give(tensor):
    inbox.put(tensor)

def rest(seconds):
    time.sleep(seconds)

def end():
    for _ in workers:
        inbox.put(None)
    for worker in workers:
        worker.join()
", count))
}

test_that("a worker thread that drops the last reference ends the loan, while R collects garbage", {
  before <- loans()
  py <- threads()
  for (i in 1:60) {
    py$give(borrow(rep(i, 1000) + 0))
    if (i %% 5 == 0) py$rest(0.003)
    if (i %% 3 == 0) gc()
  }
  py$end()
  expect_setequal(as.numeric(unlist(py$sums)), 1:60 * 1000)
  expect_identical(loans(), before)
})

test_that("a view shows what a thread writes, and a thread may hold the last tensor of a view's memory", {
  py <- threads(1) # of two, one may add to what the other is about to overwrite
  t <- torch$zeros(1000L, dtype = torch$float64)
  v <- view(t)
  for (i in 1:5) py$give(t)
  rm(t)
  py$end()
  gc()
  expect_true(is_view(v))
  expect_identical(v, rep(5, 1000))
})

test_that("R's views are released on R's thread, whichever thread runs", {
  py <- threads()
  for (i in 1:50) {
    v <- view(torch$ones(1000L, dtype = torch$float64))
    py$give(borrow(v))
    rm(v)
    if (i %% 10 == 0) gc()
  }
  py$end()
  expect_identical(unlist(py$sums), rep(1000, 50))
})

test_that("the flag may be set while a garbage collection runs", {
  # A thread in C: PyTorch's own, which frees the graph that it has run backward.
  before <- loans()
  for (i in 1:20) {
    weight <- torch$ones(1000L, dtype = torch$float64, requires_grad = TRUE)
    loss <- weight$mul(borrow(rep(i, 1000) + 0))$sum()
    loss$backward()
    expect_identical(as_r(weight$grad), rep(i, 1000) + 0)
  }
  rm(loss, weight)
  expect_identical(loans(), before)
})

test_that("a DataLoader that pins no memory and has no workers leaves nothing on loan", {
  before <- loans()
  py <- threads()
  run <- function() {
    set <- torch$utils$data$TensorDataset(borrow(matrix(rnorm(1000), 100)))
    loader <- torch$utils$data$DataLoader(set, batch_size = 10L, shuffle = TRUE)
    reticulate::iterate(loader, function(batch) py$give(batch[[1]]))
  }
  run()
  py$end()
  expect_length(unlist(py$sums), 10)
  expect_identical(loans(), before)
})
