#' R data as a data set of PyTorch's
#'
#' `tensor_dataset()` makes a `torch.utils.data.Dataset` of R's vectors, matrices and data frames, for
#' `torch$utils$data$DataLoader`: a sample is a row of each. R's memory is borrowed where that can be, as
#' [as_tensor()] does it with `copy = NULL`, and copied where it cannot. Worker processes read it as well.
#'
#' `dataset()` makes one of an R function that gives one sample, for what is read or computed when it is asked
#' for. R functions run in R's own process, so its loaders take no workers.
#'
#' In R samples count from 1: `data[[i]]` is sample i, and `data[i]`, of a `tensor_dataset()`, several of them, as a
#' loader gives them. For PyTorch, in samplers and in `torch$utils$data$Subset`, they count from 0. What is taken has
#' memory of its own.
#'
#' A loader gives batches to [each_batch()]. They are lists, for functions such as `function(x, y)`; with
#' names, as in `tensor_dataset(x = x, y = y)`, they are dicts, whose arguments go by name.
#'
#' @param ... what [as_tensor()] takes: vectors, matrices, arrays, data frames, tensors, with the same
#'   number of rows. All of them have a name, or none has.
#' @param length how many samples there are: a whole number, or a function that gives it.
#' @param get_item a function of the number of a sample, from 1 on. It returns what [as_tensor()] takes, or a
#'   list of that, for several tensors. A vector is 1-d whatever its length: for one number in each sample,
#'   write `as_tensor(y, shape = integer())`.
#' @return Both return a `torch.utils.data.Dataset`.
#' @section Errors:
#' As [as_tensor()], and `pytorchbridge_dtype_error` for rows that differ in number, and for worker processes that
#' would have to call R. An error of `get_item` is the error of [each_batch()].
#' @seealso [each_batch()] to go through a loader, [batches()] for loops without one
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' data <- tensor_dataset(x = as.matrix(iris[1:4]), species = iris$Species)
#' loader <- torch$utils$data$DataLoader(data, batch_size = 64L, shuffle = TRUE)
#' each_batch(loader, function(x, species) dim(x))
#' data[[1]]$x
#' data[149:150]$species
#'
#' squares <- dataset(10, function(i) as_tensor(i^2, shape = integer()))
#' loader <- torch$utils$data$DataLoader(squares, batch_size = 4L)
#' each_batch(loader, as.numeric)
tensor_dataset <- function(...) {
  parts <- list(...)
  check_no_option(parts)
  check_part_names(names(parts))
  tensors <- map_named(parts, function(part, name) naming_as_tensor(as_tensor(part, copy = NULL)))
  check_rows(tensors)
  names <- if (!is.null(names(parts))) as.list(names(parts))
  call_bridge("batches.TensorDataset", unname(tensors), names)
}

# What as_tensor() takes beside its `x` would be a part of that name here.
check_no_option <- function(parts) {
  for (name in intersect(names(parts), setdiff(names(formals(as_tensor.default)), c("x", "...")))) {
    option <- parts[[name]]
    is_value <- !is_tensor(option) && (is.character(option) || is_python(option) || length(option) == 1)
    others <- parts[names(parts) != name]
    if (is_value && any(vapply(others, NROW, 1) != 1)) {
      abort(
        "dtype", "Every argument here is a part of the data set, `", name, "` too.\n",
        "Give it to as_tensor(), as in tensor_dataset(x = as_tensor(x, ", name, " = ...))."
      )
    }
  }
}

check_part_names <- function(names) {
  if (!is.null(names) && (any(names == "") || anyDuplicated(names))) {
    abort("dtype", "All parts of a data set have a name of their own, or none has.")
  }
}

check_rows <- function(tensors) {
  if (length(tensors) == 0) {
    abort("dtype", "A data set has at least one vector, matrix or tensor.")
  }
  shapes <- lapply(tensors, dim)
  rows <- vapply(shapes, function(shape) if (length(shape) > 0) shape[1] else NA_real_, 0)
  if (anyNA(rows)) {
    abort("dtype", "A 0-d tensor has no rows; give it a shape first: x$reshape(1L).")
  }
  if (any(rows != rows[1])) {
    abort("dtype", "The parts of a data set have as many rows as each other, not ", toString(rows), ".")
  }
}

#' @rdname tensor_dataset
#' @export
dataset <- function(length, get_item) {
  length <- if (is.function(length)) length() else length
  check_argument("length", length, is_whole_from(0), "a whole number, 0 or more")
  check_function("get_item", get_item)
  sample <- for_python(function(i) as_sample(get_item(i)))
  call_bridge("batches.CalledDataset", length, sample)
}

as_sample <- function(x) naming_as_tensor(if (is_plain_list(x)) as_tensors(x) else as_tensor(x))

# Samples of a data set as R counts them.

#' @export
length.pytorch_bridge.batches.TensorDataset <- function(x) count_of(call_method(x, "count"))

#' @export
length.pytorch_bridge.batches.CalledDataset <- length.pytorch_bridge.batches.TensorDataset

#' @export
`[[.pytorch_bridge.batches.TensorDataset` <- function(x, i, ...) sample_of(x, i, ...)

#' @export
`[[.pytorch_bridge.batches.CalledDataset` <- function(x, i, ...) sample_of(x, i, ...)

#' @export
`[.pytorch_bridge.batches.TensorDataset` <- function(x, i, ...) {
  check_no_dots(...)
  n <- length(x)
  places <- seq_len(n)
  if (!missing(i)) {
    is_right <- function(i) (is.numeric(i) || is.logical(i)) && !is.object(i) && !anyNA(places[i])
    check_argument("i", i, is_right, paste("whole numbers from 1 to", n), "subscript")
    places <- places[i]
  }
  call_method(x, "batch", as_tensor(places))
}

#' @export
`[.pytorch_bridge.batches.CalledDataset` <- function(x, i, ...) {
  abort("subscript", "dataset() gives one sample at a time.\nWrite data[[i]], or lapply(i, function(k) data[[k]]).")
}

# An error in the function of a `dataset()` is that error.
sample_of <- function(x, i, ...) {
  check_no_dots(...)
  n <- length(x)
  check_argument("i", i, function(i) is_whole_from(1)(i) && i <= n, paste("one whole number from 1 to", n), "subscript")
  the$condition_in_r <- NULL
  withCallingHandlers(call_method(x, "sample", i), error = function(error) raise_condition_in_r())
}

# The samples of a batch of a `tensor_dataset()`, which an R `collate_fn` gets: they lie together already, and are
# taken apart where somebody looks at one. They are as the list of them.

#' @export
length.pytorch_bridge.batches.Samples <- function(x) call_method(x, "__len__")

#' @export
names.pytorch_bridge.batches.Samples <- function(x) NULL

#' @export
as.list.pytorch_bridge.batches.Samples <- function(x, ...) call_method(x, "as_list")

#' @export
`[[.pytorch_bridge.batches.Samples` <- function(x, i, ...) {
  is_one <- !missing(i) && is_whole_from(1)(i) && i <= length(x)
  if (is_one) call_method(x, "sample", i) else from_samples(x, function(samples) samples[[i, ...]])
}

#' @export
`[.pytorch_bridge.batches.Samples` <- function(x, i, ...) {
  if (missing(i)) as.list(x) else from_samples(x, function(samples) samples[i, ...])
}

from_samples <- function(x, take) {
  samples <- as.list(x)
  tryCatch(take(samples), error = function(error) {
    abort(
      "subscript", "This is no place among the samples of a batch: ", conditionMessage(error), ".\n",
      "They are as a list of ", length(samples), ", counted from 1; as.list(x) makes that list."
    )
  })
}

#' Call a function on each batch of a loader
#'
#' Goes through a `torch.utils.data.DataLoader` once, which is an epoch, and calls an R function on each batch.
#' Ctrl-C ends it at once; whatever ends it, the loader's worker processes end as well (unless the loader was made
#' with `persistent_workers = TRUE`).
#'
#' @param loader a `DataLoader`, or another Python object that can be gone through.
#' @param f a function of the tensors of a batch: by place if the batch is a list, a tuple or one tensor, by name if
#'   it is a dict.
#' @param progress whether a progress bar is shown, where the number of batches is known. In documents of knitr there
#'   is none.
#' @return `each_batch()` returns, invisibly, a list of what `f` returned for each batch; `unlist()` makes a vector of
#'   numbers.
#' @section Errors:
#' Those of `f`, and those of Python.
#' @seealso [tensor_dataset()]
#' @export
#' @examplesIf reticulate::py_module_available("torch")
#' data <- tensor_dataset(cars$speed, cars$dist)
#' loader <- torch$utils$data$DataLoader(data, batch_size = 16L)
#' unlist(each_batch(loader, function(speed, dist) as.numeric(mean(dist / speed))))
#' each_batch(loader, f = function(speed, dist) dim(dist), progress = FALSE)[[1]]
each_batch <- function(loader, f, progress = interactive()) {
  check_argument("loader", loader, is_python, "a DataLoader of PyTorch's")
  check_function("f", f)
  check_flag("progress", progress)
  loop <- call_bridge("batches.Loop", loader)
  # Ctrl-C waits meanwhile: a worker that has begun and is not known yet would stay.
  on.exit(suspendInterrupts(call_method(loop, "stop")))
  suspendInterrupts(call_method(loop, "start"))
  invisible(go_through(loop, f, progress_bar(progress, loop)))
}

go_through <- function(loop, f, bar) {
  results <- list()
  loading <- TRUE # and not in `f`, whose errors are none of the data set's R functions
  the$condition_in_r <- NULL
  withCallingHandlers(
    while (!is.null(batch <- call_method(loop, "next_batch"))) {
      loading <- FALSE
      done <- length(results) + 1
      if (done == 1) check_takes(f, batch)
      results[done] <- list(.Call(ptb_call_with_batch, f, batch))
      if (!is.null(bar)) utils::setTxtProgressBar(bar, done)
      the$condition_in_r <- NULL
      loading <- TRUE
    },
    error = function(error) if (loading) raise_condition_in_r()
  )
  if (!is.null(bar)) close(bar)
  results
}

# As R matches arguments, before it says what it does not use by names that nobody wrote.
check_takes <- function(f, batch) {
  if (is.primitive(f)) {
    return(invisible())
  }
  call <- as.call(c(quote(f), lapply(batch, function(part) quote(part))))
  tryCatch(match.call(f, call), error = function(error) {
    taken <- names(formals(f))
    abort(
      "dtype", "A batch has ", format_count(length(batch), "part"), named_so(names(batch)), ", and `f` is function(",
      toString(taken), ").\nGive it the arguments of a batch, or `...`."
    )
  })
}

named_so <- function(names) if (!is.null(names)) paste0(" (", toString(names), ")")

progress_bar <- function(progress, loop) {
  length <- if (progress && !isTRUE(getOption("knitr.in.progress"))) get_attribute(loop, "length")
  if (isTRUE(length > 0)) utils::txtProgressBar(max = length, style = 3)
}
