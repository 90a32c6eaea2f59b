# Loops of an R function over the batches of a loader.

test_that("arguments that a batch does not have, or has besides, are told by their names", {
  skip_if_no_torch()
  named <- loader_of(tensor_dataset(x = 1:2, f = 3:4))
  expect_says(each_batch(named, function(a, b) 1), "dtype", "2 parts (x, f)", "function(a, b)", "`...`")
  expect_length(each_batch(named, function(x, ...) 1), 2)
  expect_length(each_batch(named, function(f, xs) 1), 2) # as R matches the beginnings of names
  one_by_one <- loader_of(tensor_dataset(1:2, 3:4))
  expect_says(each_batch(one_by_one, function(x) 1), "dtype", "2 parts,", "function(x)")
  expect_identical(each_batch(one_by_one, function(...) ...length()), list(2L, 2L))
})

test_that("what fails in a worker process is told in one sentence", {
  skip_if_no_torch()
  reticulate::py_run_string("
import torch

class FailsOnceBehind(torch.utils.data.IterableDataset):
    def __init__(self, error):
        self.error = error

    def __iter__(self):
        yield torch.ones(1)
        raise self.error
")
  failing <- function(error) {
    data <- reticulate::py_eval(paste0("FailsOnceBehind(", error, ")"), convert = FALSE)
    each_batch(loader_of(data, num_workers = 1L, multiprocessing_context = "fork"), identity)
  }
  for (error in c("ValueError('no such: row 7')", "KeyError('column')", "TypeError('one\\ntwo')")) {
    said <- tryCatch(failing(error), error = conditionMessage)
    expect_match(said, "(in DataLoader worker process 0)", fixed = TRUE)
    expect_match(said, "no such: row 7|column|one\ntwo")
    expect_no_match(said, "Traceback|File|omitted")
  }
})

test_that("a condition that is caught around the call of Python arrives there", {
  skip_if_no_torch()
  signal <- function(how) {
    function(x) {
      how("from within")
      sum(as_tensor(2) * x)
    }
  }
  custom <- function(text) signalCondition(structure(class = c("custom", "condition"), list(message = text)))
  for (how in list(warning, message, custom)) {
    f <- signal(how)
    calls <- list(
      function() value_of(f)(1), function() gradient_of(f)(1), function() hessian_of(f)(1),
      function() each_batch(loader_of(dataset(2, f)), identity), function() dataset(2, f)[[1]],
      function() autograd_function(f, f)(1)
    )
    for (call in calls) {
      caught <- tryCatch(call(), warning = identity, message = identity, custom = identity)
      expect_match(conditionMessage(caught), "^from within")
      expect_s3_class(caught, c("simpleWarning", "simpleMessage", "custom"), exact = FALSE)
    }
    expect_identical(suppressMessages(suppressWarnings(value_of(f)(3))), 6)
  }
  expect_warning(expect_identical(value_of(signal(warning))(3), 6), "from within")
})

test_that("a jump out of an R function that Python calls is an error that says so", {
  skip_if_no_torch()
  jumping <- function(jump) loader_of(dataset(2, function(i) jump("out")))
  expect_says(callCC(function(k) each_batch(jumping(k), identity)), "python", "left by a jump", "stop() with an error")
  restart <- function(value) invokeRestart("own", value)
  expect_says(withRestarts(each_batch(jumping(restart), identity), own = identity), "python", "left by a jump")
  expect_says(callCC(function(k) value_of(function(par) k("out"))(1)), "python", "left by a jump")
  # From the function that R itself calls, a jump goes on.
  expect_identical(callCC(function(k) each_batch(loader_of(tensor_dataset(1:2)), function(x) k("out"))), "out")
})

test_that("integers that are no tensors arrive exactly, or not at all", {
  skip_if_no_torch()
  batches_of <- function(code) loader_of(reticulate::py_eval(code, convert = FALSE), batch_size = NULL)
  numbers <- each_batch(batches_of("[2**40, 2**31, -2**31, 2**53, -5, True]"), identity)
  expect_identical(numbers, list(2^40, 2^31, -2^31, 2^53, -5L, TRUE))
  as_it_is <- reticulate::py_eval("lambda x: x", convert = FALSE)
  nested <- reticulate::py_eval("[[2**40, 1], {'a': [(2**33, 'x')]}]", convert = FALSE)
  got <- each_batch(loader_of(nested, batch_size = NULL, collate_fn = as_it_is), function(...) list(...))
  expect_identical(got, list(list(2^40, 1L), list(a = list(list(2^33, "x")))))
  for (code in c("[2**53 + 1]", "[-2**70]", "[{'id': [2**60]}]", "[__import__('numpy').array([1, 2**60])]")) {
    rows <- reticulate::py_eval(code, convert = FALSE)
    loader <- loader_of(rows, batch_size = NULL, collate_fn = as_it_is)
    expect_says(each_batch(loader, list), "lossy", "beyond 2^53", "let the data set give a tensor")
  }
  to_tensor <- reticulate::py_eval("lambda x: __import__('torch').tensor(x)", convert = FALSE)
  rows <- reticulate::py_eval("[2**53 + 1]", convert = FALSE)
  exact <- each_batch(
    loader_of(rows, batch_size = NULL, collate_fn = to_tensor), function(t) as_r(t, type = "integer64")
  )
  expect_identical(exact, list(bit64::as.integer64("9007199254740993")))
})

test_that("results are a list with a place for each batch, and NULL stays", {
  skip_if_no_torch()
  loader <- loader_of(tensor_dataset(1:5), batch_size = 2L)
  expect_identical(each_batch(loader, function(x) NULL), list(NULL, NULL, NULL))
  expect_identical(each_batch(loader, length), list(2L, 2L, 1L))
  expect_invisible(each_batch(loader, length))
})

test_that("other things than loaders can be gone through", {
  skip_if_no_torch()
  expect_identical(each_batch(torch$arange(3L), as_r), list(0, 1, 2))
  stream <- reticulate::py_eval("(x for x in [(1, 2), (3, 4)])")
  expect_identical(each_batch(stream, function(a, b) a + b, progress = TRUE), list(3L, 7L))
})

test_that("a progress bar is shown where it is asked for, and in documents there is none", {
  skip_if_no_torch()
  loader <- loader_of(tensor_dataset(1:4), batch_size = 2L)
  shown <- capture.output(each_batch(loader, length, progress = TRUE))
  expect_match(paste(shown, collapse = ""), "100%", fixed = TRUE)
  expect_identical(capture.output(each_batch(loader, length, progress = FALSE)), character())
  old <- options(knitr.in.progress = TRUE)
  on.exit(options(old))
  expect_identical(capture.output(each_batch(loader, length, progress = TRUE)), character())
})

# Batches of one tensor whose only holder in Python is who got it.
kept_batches <- function(f) {
  loader <- reticulate::py_run_string("
import weakref, torch
class Loader:
    def __init__(self):
        self.batches = []
    def __iter__(self):
        for i in range(9):
            batch = [torch.full((2,), float(i), dtype=torch.float64)]
            self.batches.append(weakref.ref(batch[0]))
            yield batch
            del batch
        yield []
    def alive(self):
        return sum(batch() is not None for batch in self.batches)
", local = FALSE)$Loader()
  results <- each_batch(loader, function(...) if (...length() > 0) f(...), progress = FALSE)
  list(alive = loader$alive(), last = results[[9]])
}

test_that("a batch that nobody keeps ends with the call, as in Python", {
  skip_if_not_direct()
  skip_if_no_torch()
  expect_identical(kept_batches(function(x) NULL)$alive, 0L)
  # R's interpreter may keep what a method is found for, until it has compiled the function.
  expect_lt(kept_batches(function(x) x$shape)$alive, 4)
  expect_lt(kept_batches(function(x) sum(torch$add(x, 1)))$alive, 4)
})

test_that("a batch that somebody keeps stays", {
  skip_if_quick()
  skip_if_no_torch()
  kept <- new.env()
  forced <- function(x) {
    force(x)
    function() x
  }
  delayed <- function(x) {
    delayedAssign("late", x, assign.env = kept)
    kept
  }
  keep_arguments <- function(x) {
    arguments <- list(x, 1)
    expect_identical(as.vector(do.call(torch$add, arguments))[[1]], as.vector(x)[[1]] + 1)
    arguments
  }
  ways <- list(
    list(keep = identity, get = identity),
    list(keep = function(x) list(1, list(x)), get = function(result) result[[2]][[1]]),
    list(keep = function(x) function() x, get = function(result) result()),
    list(keep = forced, get = function(result) result()),
    list(keep = function(x) environment(), get = function(result) result$x),
    list(keep = function(x) ~x, get = function(result) environment(result)$x),
    list(keep = function(...) list(...), get = function(result) result[[1]]),
    list(keep = function(x) structure(1, held = x), get = function(result) attr(result, "held")),
    list(keep = function(x) assign("x", x, kept), get = function(result) kept$x),
    list(keep = delayed, get = function(result) result$late),
    list(keep = function(x) Filter(is.environment, list(x, 1)), get = function(result) result[[1]]),
    list(keep = function(x) as_r(x, copy = FALSE), get = identity),
    list(keep = function(x) x[1], get = identity),
    list(keep = function(x) serialize(x, NULL), get = unserialize),
    list(keep = keep_arguments, get = function(result) result[[1]])
  )
  for (way in ways) {
    used <- function(...) {
      torch$add(..1, 1)
      way$keep(...)
    }
    for (keep in c(way$keep, used)) {
      result <- kept_batches(keep)$last
      gc()
      expect_identical(as.vector(way$get(result))[[1]], 8)
    }
  }
})
