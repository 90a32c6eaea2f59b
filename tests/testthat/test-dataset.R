# Truths are the rows of R's own data, put together in R.

# All batches of a loader of two tensors, joined again.
joined <- function(loader, join = rbind) {
  batches <- each_batch(loader, function(x, y) list(as_r(x), as_r(y)))
  list(do.call(join, lapply(batches, `[[`, 1)), unlist(lapply(batches, `[[`, 2)))
}

workers_left <- function() length(reticulate::import("multiprocessing")$active_children())

test_that("batches are rows of R's data, in order, with the dtypes of as_tensor()", {
  skip_if_no_torch()
  x <- as.matrix(iris[1:4])
  loader <- loader_of(tensor_dataset(x, iris$Species), batch_size = 64L)
  expect_identical(joined(loader), list(unname(x), as.double(iris$Species) - 1))
  dtypes <- each_batch(loader, function(x, y) c(dtype_of_tensor(x), dtype_of_tensor(y)))
  expect_identical(dtypes, rep(list(c("float64", "int64")), 3))
  frame <- each_batch(loader_of(tensor_dataset(cars), batch_size = 50L), as_r)
  expect_identical(frame, list(unname(as.matrix(cars))))
})

test_that("named parts come by name, whatever the order of the arguments", {
  skip_if_no_torch()
  loader <- loader_of(tensor_dataset(speed = cars$speed, dist = cars$dist), batch_size = 20L)
  ratios <- unlist(each_batch(loader, function(dist, speed) as_r(dist / speed)))
  expect_identical(ratios, cars$dist / cars$speed)
})

test_that("shuffled batches hold every row once, with its own label", {
  skip_if_no_torch()
  torch$manual_seed(1L)
  found <- joined(loader_of(tensor_dataset(cbind(1:100 + 0), 1:100), batch_size = 7L, shuffle = TRUE))
  expect_identical(as.vector(found[[1]]), found[[2]])
  expect_false(identical(found[[2]], 1:100 + 0))
  expect_identical(sort(found[[2]]), 1:100 + 0)
})

test_that("R's memory is borrowed where it can be, and a batch has its own", {
  skip_if_no_torch()
  x <- c(1, 2, 3) + 0
  data <- tensor_dataset(x)
  expect_true(shares_memory(data$tensors[[1]], x))
  each_batch(loader_of(data, batch_size = 3L), function(x) x$mul_(10))
  expect_identical(x, c(1, 2, 3))
  t <- torch$arange(3L)
  expect_true(shares_memory(tensor_dataset(t)$tensors[[1]], t))
})

test_that("the samples that a collate function gets are as the list of them", {
  skip_if_no_torch()
  data <- tensor_dataset(c(10, 20, 30), 1:3)
  seen <- NULL
  look <- function(samples) {
    values <- function(samples) vapply(samples, function(sample) as_r(sample[[1]]), 0)
    seen <<- list(
      length = length(samples), first = as_r(samples[[1]][[1]]), last = as_r(samples[[3]][[2]]), all = values(samples),
      two = values(samples[c(3, 1)]), mapped = unlist(Map(function(sample, i) as_r(sample[[1]]) + i, samples, 1:3)),
      places = seq_along(samples), error = tryCatch(samples[[4]], error = conditionMessage), whole = length(samples[])
    )
    torch$stack(lapply(samples, `[[`, 1))
  }
  loader <- loader_of(data, batch_size = 3L, collate_fn = look)
  expect_identical(each_batch(loader, as_r), list(c(10, 20, 30)))
  expect_identical(seen, list(
    length = 3L, first = 10, last = 3, all = c(10, 20, 30), two = c(30, 10), mapped = c(11, 22, 33), places = 1:3,
    error = seen$error, whole = 3L
  ))
  expect_match(seen$error, "subscript out of bounds.*as a list of 3, counted from 1")
  named <- loader_of(tensor_dataset(x = c(1, 2)), batch_size = 2L, collate_fn = function(samples) samples[[2]]$x)
  expect_identical(each_batch(named, as_r), list(2))
})

test_that("samples one by one, subsets, collate functions and a batch size of none", {
  skip_if_no_torch()
  data <- tensor_dataset(cars$speed, cars$dist)
  expect_identical(as_r(data[[2]]), list(cars$speed[2], cars$dist[2]))
  expect_identical(length(data), 50L)
  half <- torch$utils$data$Subset(data, 0:24)
  expect_identical(joined(loader_of(half, batch_size = 10L), c), list(cars$speed[1:25], cars$dist[1:25]))
  twice <- torch$utils$data$ConcatDataset(list(data, data))
  expect_identical(joined(loader_of(twice, batch_size = 30L), c), list(rep(cars$speed, 2), rep(cars$dist, 2)))
  collated <- loader_of(data, batch_size = 10L, collate_fn = function(samples) length(samples))
  expect_identical(each_batch(collated, identity), rep(list(10L), 5))
  named <- tensor_dataset(x = cars$speed)
  expect_identical(each_batch(loader_of(named, batch_size = NULL), function(x) as_r(x))[[7]], cars$speed[7])
})

test_that("in R samples count from 1, as the elements of a list do", {
  skip_if_no_torch()
  speed <- cars$speed
  data <- tensor_dataset(both = as.matrix(cars), speed = speed)
  rows <- unname(as.matrix(cars))
  for (i in c(1, 2, 50)) {
    expect_identical(as_r(data[[i]]), list(both = rows[i, ], speed = speed[i]))
  }
  expect_identical(as_r(data[3:2]), list(both = rows[3:2, ], speed = speed[3:2]))
  expect_identical(as_r(data[-(1:49)]), list(both = rows[50, , drop = FALSE], speed = speed[50]))
  expect_identical(as_r(data[speed > 24]), list(both = rows[speed > 24, , drop = FALSE], speed = speed[speed > 24]))
  expect_identical(as_r(data[]), list(both = rows, speed = speed))
  expect_identical(as_r(data$`__getitem__`(0L)), list(both = rows[1, ], speed = speed[1]))
  for (i in list(0, 51, -1, 1.5, NA, "speed", c(1, 2), TRUE, NULL)) {
    expect_says(data[[i]], "subscript", "`i` must be one whole number from 1 to 50")
  }
  for (i in list(51, NA, "speed", list(1), c(1, NA))) {
    expect_says(data[i], "subscript", "`i` must be whole numbers from 1 to 50")
  }
  for (call in list(function() data[1, 2], function() data[1, ], function() data[[1, 2]])) {
    expect_says(call(), "dtype", "an argument too many")
  }

  squares <- dataset(3, function(i) if (i == 3) stop("no third") else c(i, i^2))
  expect_identical(length(squares), 3L)
  expect_identical(as_r(squares[[2]]), c(2, 4))
  expect_error(squares[[3]], "^no third$")
  expect_says(squares[[4]], "subscript", "from 1 to 3, not 4")
  expect_says(squares[1:2], "subscript", "lapply(i, function(k) data[[k]])")
  expect_identical(lapply(1:2, function(k) as_r(squares[[k]])), list(c(1, 1), c(2, 4)))
})

test_that("a sample that is changed in place changes nothing of R's", {
  skip_if_no_torch()
  x <- matrix(c(1, 2, 3, 4, 5, 6), 3) + 0
  truth <- matrix(c(1, 2, 3, 4, 5, 6), 3)
  data <- tensor_dataset(x)
  expect_true(shares_memory(data$tensors[[1]], x))
  change <- function(sample) sample$mul_(100)
  each_batch(loader_of(data, batch_size = NULL), change)
  each_batch(loader_of(data, batch_size = 3L), change)
  each_batch(loader_of(torch$utils$data$Subset(data, list(0L)), batch_size = NULL), change)
  python <- "lambda data: [x for x, in (data[0], data[-1], data[0:2], data[:], data[[1]], next(iter(data)))]"
  lapply(reticulate::py_eval(python)(data), change)
  change(data[[1]][[1]])
  change(data[1:3][[1]])
  change(data[][[1]])
  each_batch(loader_of(data, batch_size = 3L, collate_fn = function(samples) change(samples[[1]][[1]])), identity)
  expect_identical(x, truth)
  many <- tensor_dataset(as_tensor(x, copy = FALSE)[1, ]$expand(4L, 2L))
  each_batch(loader_of(many, batch_size = 4L), change)
  change(many[[1]][[1]])
  expect_identical(x, truth)
})

test_that("a sampler in R may give doubles, as R's numbers are", {
  skip_if_no_torch()
  data <- tensor_dataset(cars$speed, cars$dist)
  taken <- function(...) joined(loader_of(data, ...), c)
  expect_identical(taken(sampler = list(4, 0, 2)), list(cars$speed[c(5, 1, 3)], cars$dist[c(5, 1, 3)]))
  expect_identical(taken(sampler = list(4, 0), batch_size = NULL), list(cars$speed[c(5, 1)], cars$dist[c(5, 1)]))
  counting <- function(values) {
    i <- 0
    reticulate::py_iterator(function() {
      i <<- i + 1
      if (i <= length(values)) values[[i]]
    })
  }
  expect_identical(taken(sampler = counting(c(7, 1))), list(cars$speed[c(8, 2)], cars$dist[c(8, 2)]))
  batches <- list(c(3, 1), 2, c(0L, 4L))
  rows <- unlist(batches) + 1
  expect_identical(taken(batch_sampler = counting(batches)), list(cars$speed[rows], cars$dist[rows]))
  part <- torch$utils$data$Subset(data, list(9, 3))
  expect_identical(joined(loader_of(part, batch_size = 2L), c), list(cars$speed[c(10, 4)], cars$dist[c(10, 4)]))
  called <- loader_of(dataset(5, function(i) i), sampler = list(4, 0))
  expect_identical(unlist(each_batch(called, as_r)), c(5, 1))
  for (broken in list(data, dataset(5, function(i) i))) {
    for (place in list(0.5, NA, NA_real_)) {
      error <- expect_says(each_batch(loader_of(broken, sampler = list(0, place)), list), "subscript", "is none; round")
      expect_no_match(conditionMessage(error), "to_device")
    }
  }
})

test_that("what is missing in a part is told with a remedy that works there", {
  skip_if_no_torch()
  x <- c(1L, NA)
  expect_says(tensor_dataset(x), "missing", "In element 1: `x` has 1 missing value", "Write as_tensor(x, na = \"nan\")")
  expect_identical(as_r(tensor_dataset(as_tensor(x, na = "nan"))[]), list(c(1, NA)))
  expect_says(tensor_dataset(x = data.frame(a = x)), "missing", "`x$a`", "Write as_tensor(x, na = \"nan\")")
  for (extra in list(list(na = "nan"), list(na = 0), list(dtype = "float32"), list(dtype = torch$float32))) {
    expect_says(do.call(tensor_dataset, c(list(x = c(1, 2)), extra)), "dtype", "a part of the data set",
      paste0("tensor_dataset(x = as_tensor(x, ", names(extra), " = ...))"))
  }
  expect_says(tensor_dataset(x, na = "nan"), "dtype", "a part of the data set", "as_tensor(x, na = ...)")
  expect_identical(as_r(tensor_dataset(x = as_tensor(c(1, 2), dtype = "float32"))[]), list(x = c(1, 2)))
  expect_identical(as_r(tensor_dataset(x = c(1, 2), na = c(3, 4))[[2]]), list(x = 2, na = 4))
  one <- dataset(1, function(i) x)
  expect_says(each_batch(loader_of(one), identity), "missing", "Write as_tensor(x, na = \"nan\")")
  listed <- dataset(1, function(i) list(a = x))
  expect_says(each_batch(loader_of(listed), identity), "missing", "In element \"a\"", "Write as_tensor(x, na = ")
})

test_that("worker processes, forked and started anew, give the same batches and end", {
  skip_if_quick()
  skip_if_no_torch()
  skip_on_os("windows")
  data <- tensor_dataset(as.matrix(iris[1:4]), iris$Species)
  expected <- joined(loader_of(data, batch_size = 64L))
  for (start in c("fork", "spawn")) {
    loader <- loader_of(data, batch_size = 64L, num_workers = 2L, multiprocessing_context = start)
    expect_identical(joined(loader), expected)
    expect_identical(workers_left(), 0L)
  }
  endless <- loader_of(data, batch_size = 1L, num_workers = 2L, multiprocessing_context = "fork")
  expect_error(each_batch(endless, function(x, y) stop("enough")), "^enough$")
  expect_identical(workers_left(), 0L)
})

test_that("Ctrl-C ends a pass at once, in R and while Python waits, and leaves no worker", {
  skip_if_quick()
  skip_if_no_torch()
  skip_on_os("windows")
  code <- c(
    "library(pytorchbridge)",
    OWN_TMPDIR, # where a worker that is ended by force leaves a folder
    "python <- 'import os, signal, time, torch",
    "class Waiting(torch.utils.data.Dataset):",
    "    def __len__(self):",
    "        return 9",
    "    def __getitem__(self, i):",
    "        if i == 1:",
    "            os.kill(os.getppid(), signal.SIGINT)",
    "            time.sleep(60)",
    "        return torch.tensor(i)'",
    "waiting <- reticulate::py_run_string(python)$Waiting()",
    "loader <- torch$utils$data$DataLoader(waiting, num_workers = 1L, multiprocessing_context = 'fork')",
    "r <- torch$utils$data$DataLoader(tensor_dataset(1:9), num_workers = 1L, multiprocessing_context = 'fork')",
    "signal <- function(x) { tools::pskill(Sys.getpid(), tools::SIGINT); Sys.sleep(60) }",
    "interrupted <- function(loader, f) tryCatch(each_batch(loader, f), interrupt = function(i) 'interrupted')",
    "taken <- system.time(cat(interrupted(loader, identity), interrupted(r, signal), ''))[['elapsed']]",
    "cat(taken < 30, length(reticulate::import('multiprocessing')$active_children()))"
  )
  expect_identical(run_r(code), "interrupted interrupted TRUE 0")
})

test_that("Ctrl-C at any moment ends a pass, time and again", {
  skip_if_no_torch()
  skip_if_quick()
  skip_on_os("windows")
  code <- c(
    "library(pytorchbridge)",
    OWN_TMPDIR,
    "python <- 'import os, random, signal, time, torch",
    "class Waiting(torch.utils.data.Dataset):",
    "    def __len__(self):",
    "        return 9",
    "    def __getitem__(self, i):",
    "        if i == 1:",
    "            time.sleep(random.Random(os.getpid()).random() / 100)",
    "            os.kill(os.getppid(), signal.SIGINT)",
    "            time.sleep(60)",
    "        return torch.tensor(i)'",
    "waiting <- reticulate::py_run_string(python)$Waiting()",
    "loader <- torch$utils$data$DataLoader(waiting, num_workers = 1L, multiprocessing_context = 'fork')",
    "left <- function() length(reticulate::import('multiprocessing')$active_children())",
    "pass <- function(i) paste(tryCatch(each_batch(loader, identity), interrupt = function(i) 'interrupted'), left())",
    "cat('\\npasses:', unique(vapply(1:80, pass, '')), '\\n')"
  )
  # A worker that is ended may say so.
  expect_identical(grep("^passes:", run_r(code), value = TRUE), "passes: interrupted 0 ")
})

test_that("a data set of an R function gives its samples, from 1 on", {
  skip_if_no_torch()
  data <- dataset(length = function() 5, get_item = function(i) list(c(i, i^2), as_tensor(i, shape = integer())))
  expect_identical(joined(loader_of(data, batch_size = 2L)), list(cbind(1:5, (1:5)^2), 1:5 + 0))
  named <- dataset(3L, function(i) list(x = i + 0.5))
  expect_identical(unlist(each_batch(loader_of(named, batch_size = 3L), function(x) as_r(x))), c(1.5, 2.5, 3.5))
  expect_identical(each_batch(loader_of(dataset(0, identity)), identity), list())
})

test_that("errors of R functions are those errors, and R functions in other processes are refused", {
  skip_if_no_torch()
  own <- structure(class = c("own_error", "error", "condition"), list(message = "my own", call = NULL))
  data <- dataset(3, function(i) if (i == 2) stop(own) else i)
  expect_identical(tryCatch(each_batch(loader_of(data), identity), error = identity), own)
  expect_identical(tryCatch(each_batch(loader_of(data), function(x) stop(own)), error = identity), own)
  workers <- loader_of(data, num_workers = 1L)
  expect_says(each_batch(workers, identity), "dtype", "R's own process alone", "num_workers = 0", "tensor_dataset()")
  part <- loader_of(torch$utils$data$Subset(data, 0:1), num_workers = 1L)
  expect_says(each_batch(part, identity), "dtype", "R's own process alone")
})

test_that("samples are counted exactly beyond R's integers", {
  skip_if_no_torch()
  asked <- NULL
  data <- dataset(2^40, function(i) {
    asked <<- c(asked, i)
    as_tensor(i)
  })
  sampler <- list(0, 2^31 - 2, 2^31 - 1, 2^40 - 1)
  each_batch(torch$utils$data$DataLoader(data, sampler = sampler), identity)
  expect_identical(asked, c(1, 2^31 - 1, 2^31, 2^40))
  expect_identical(as_r(data[[2^40]]), 2^40)
})

test_that("wrong arguments are told", {
  skip_if_no_torch()
  expect_says(tensor_dataset(1:3, 1:4), "dtype", "as many rows as each other, not 3, 4.")
  expect_says(tensor_dataset(x = 1:3, 4:6), "dtype", "a name of their own, or none has")
  expect_says(tensor_dataset(x = 1:3, x = 4:6), "dtype", "a name of their own")
  expect_says(tensor_dataset(), "dtype", "at least one vector, matrix or tensor")
  expect_says(tensor_dataset(x = letters), "dtype", "In element \"x\"", "as.numeric(x)")
  expect_says(tensor_dataset(torch$tensor(1)), "dtype", "0-d tensor has no rows", "x$reshape(1L)")
  expect_identical(as_r(tensor_dataset(torch$tensor(1)$reshape(1L))[[1]]), list(1))
  expect_says(dataset(-1, identity), "dtype", "`length` must be a whole number, 0 or more, not -1.")
  expect_says(dataset(1, 2), "dtype", "`get_item` must be an R function, not 2.")
  expect_says(each_batch(1:3, identity), "dtype", "`loader` must be a DataLoader of PyTorch's, not 1:3.")
  expect_says(each_batch(torch$nn$Linear(1L, 1L), identity), "dtype", "A Linear has no batches")
  expect_says(each_batch(torch$arange(3L), "sum"), "dtype", "`f` must be an R function, not \"sum\".")
  expect_says(each_batch(torch$arange(3L), sum, progress = NA), "dtype", "`progress` must be TRUE or FALSE, not NA.")
})
