# What a round is made of. Each operation changes the cells, or compares what the package gives with what
# plain R gives for the same values.

# ---- memory ---------------------------------------------------------------------------------------

OPERATIONS <- list()

OPERATIONS$copy <- function() {
  type <- one_of(TYPES)
  shape <- random_shape()
  values <- shaped(random_values(type, prod(shape)), shape)
  tensor <- as_tensor(values, order = one_of(c("C", "F")))
  check_cell(new_cell(tensor, own_copy(values), type, COPIED[[type]]))
}

OPERATIONS$borrow <- function() {
  type <- one_of(names(BORROWED))
  shape <- random_shape()
  lent <- own_copy(shaped(random_values(type, prod(shape)), shape))
  truth <- own_copy(lent)
  if (type == "complex" && length(lent) < 20) { # such may lie where PyTorch cannot use it
    tensor <- tryCatch(as_tensor(lent, copy = FALSE), pytorchbridge_sharing_error = function(error) NULL)
  } else {
    tensor <- as_tensor(lent, copy = FALSE)
  }
  if (!is.null(tensor)) {
    check_cell(new_cell(tensor, truth, type, BORROWED[[type]], lent))
  }
}

OPERATIONS$view <- function() {
  cell <- some_cell()
  if (is.null(cell)) {
    return()
  }
  if (is_viewable(cell)) {
    cell$views <- c(cell$views, list(as_r(cell$tensor, copy = FALSE)))
    check_cell(cell)
  } else if (cell$dtype == "bool") {
    expect_error(as_r(cell$tensor, copy = FALSE), "a view of bool")
  }
}

OPERATIONS$array <- function() {
  cell <- some_cell()
  if (!is.null(cell)) {
    array <- as_numpy(cell$tensor)
    cell$arrays <- c(cell$arrays, list(array))
    expect(shares_memory(array, cell$tensor) || length(cell$truth) == 0, "an array's memory", FALSE, TRUE)
  }
}

OPERATIONS$check <- function() lapply(cells, check_cell)

OPERATIONS$drop <- function() {
  if (length(cells) > 0) {
    cells[[sample.int(length(cells), 1)]] <<- NULL
  }
}

# The tensor, or all else that looks at its memory.
OPERATIONS$drop_handles <- function() {
  cell <- some_cell()
  if (!is.null(cell)) {
    cell$arrays <- list()
    cell$views <- list()
    if (chance(0.5)) {
      cell$lent <- NULL
    }
  }
}

OPERATIONS$collect <- function() {
  gc(full = chance(0.3))
  if (chance(0.3)) {
    python$collect()
  }
}

# A thread of Python's holds a tensor of the cell, and lets go of it at some time.
OPERATIONS$thread <- function() {
  cell <- some_cell()
  if (!is.null(cell)) {
    python$hold_for_a_while(cell$tensor$detach(), runif(1, 0, 0.02))
  }
  type <- one_of(c("double", "integer", "raw"))
  python$hold_for_a_while(as_tensor(own_copy(random_values(type, 100)), copy = FALSE), runif(1, 0, 0.02))
}

# ---- writing --------------------------------------------------------------------------------------

# In place, by PyTorch's own functions: every view, array and lent vector shows it.
OPERATIONS$write <- function() {
  cell <- some_cell(c("double", "integer", "complex"))
  if (is.null(cell)) {
    return()
  }
  k <- sample(-3:3, 1)
  if (chance(0.5)) {
    cell$tensor$add_(k)
    cell$truth <- own_copy(cell$truth + k)
  } else {
    cell$tensor$mul_(-1L)
    cell$truth <- own_copy(cell$truth * -1L)
  }
  check_cell(cell)
}

# In place, by R's assignment to a tensor.
OPERATIONS$assign <- function() {
  cell <- some_cell(c("double", "integer"), function(cell) length(cell$truth) > 0)
  if (is.null(cell)) {
    return()
  }
  value <- sample(-9:9, 1)
  i <- random_index(dim_or_length(cell$truth)[1])
  cell$truth <- own_copy(if (ndim(cell) == 1) {
    cell$tensor[i] <- value
    replace(cell$truth, i, value)
  } else if (ndim(cell) == 2) {
    cell$tensor[i, ] <- value
    `[<-`(cell$truth, i, , value = value)
  } else {
    cell$tensor[i, , ] <- value
    `[<-`(cell$truth, i, , , value = value)
  })
  check_cell(cell)
}

# Into a view: an ordinary vector from then on, and the tensor keeps its values.
OPERATIONS$write_to_view <- function() {
  cell <- some_cell(fits = function(cell) length(cell$views) > 0 && length(cell$truth) > 0)
  if (!is.null(cell)) {
    view <- cell$views[[1]]
    view[1] <- view[length(view)]
    expect(!is_view(view), "a view that was written to", TRUE, FALSE)
    check_cell(cell)
  }
}

# ---- values ---------------------------------------------------------------------------------------

dim_or_length <- function(x) if (is.null(dim(x))) length(x) else dim(x)

# Of one dimension, in one of R's forms, and never empty where it may not be.
random_index <- function(n) {
  switch(sample(1:5, 1),
    sample.int(n, 1),
    sample.int(n, sample(0:n, 1)),
    -sample.int(n, sample.int(n, 1)),
    sample(c(TRUE, FALSE), n, replace = TRUE),
    seq(one_of(1:n), one_of(1:n))
  )
}

OPERATIONS$index <- function() {
  cell <- some_cell(c("double", "integer", "logical"), function(cell) all(dim_or_length(cell$truth) > 0))
  if (is.null(cell)) {
    return()
  }
  truth <- as_copied(cell$truth, cell$dtype)
  indices <- lapply(dim_or_length(truth), function(n) if (chance(0.2)) TRUE else random_index(n))
  got <- as_r(do.call(`[`, c(list(cell$tensor), indices)))
  want <- do.call(`[`, c(list(truth), indices))
  expect_same(as.vector(got), as.vector(want), paste("x[", show(indices), "]"))
}

OPERATIONS$reduce <- function() {
  cell <- some_cell(c("double", "integer", "logical"), function(cell) length(cell$truth) > 0)
  if (is.null(cell)) {
    return()
  }
  name <- one_of(c("sum", "prod", "max", "min", "range", "any", "all", "mean", "length", "anyNA"))
  if (name %in% c("any", "all") && cell$type != "logical" || name == "prod" && length(cell$truth) > 10) {
    return()
  }
  f <- match.fun(name)
  got <- f(cell$tensor)
  expect_close(as.double(if (is_tensor(got)) as_r(got) else got), as.double(f(cell$truth)), name)
}

OPERATIONS$arithmetic <- function() {
  cell <- some_cell(c("double", "integer"))
  if (is.null(cell)) {
    return()
  }
  name <- one_of(c("+", "-", "*", "/", "^", "%%", "%/%", "==", "<", ">=", "!="))
  f <- match.fun(name)
  truth <- cell$truth
  other <- if (chance(0.5)) sample(c(-3, -2, 1, 2, 3), 1) else random_values("integer", length(truth))
  other <- if (length(other) == length(truth)) shaped(other, dim_or_length(truth)) else other
  if (!name %in% c("+", "-", "*")) { # a bool has no NA, either
    truth <- clean(truth)
  }
  if (name %in% c("^", "%%", "%/%")) {
    other <- 2
  } else if (name == "/") {
    other[other == 0] <- 1
  }
  tensor <- if (identical(truth, cell$truth)) cell$tensor else as_tensor(truth)
  right <- if (chance(0.5)) other else as_tensor(other)
  expect_close(as.double(as_r(f(tensor, right))), as.double(f(truth, other)), name)
}

# Without values whose results are a matter of rounding.
clean <- function(x) {
  if (is.double(x)) {
    x[is.na(x) | abs(x) > 100 | x != trunc(x)] <- 1
  }
  x
}

OPERATIONS$math <- function() {
  cell <- some_cell(c("double", "integer"))
  if (!is.null(cell)) {
    name <- one_of(c("abs", "sqrt", "exp", "floor", "ceiling", "sign", "cos", "log1p"))
    f <- match.fun(name)
    truth <- abs(clean(cell$truth))
    expect_close(as.double(as_r(f(as_tensor(truth)))), as.double(f(truth)), name)
  }
}

OPERATIONS$shape <- function() {
  cell <- some_cell(c("double", "integer"))
  if (is.null(cell)) {
    return()
  }
  truth <- as_copied(cell$truth, cell$dtype)
  if (ndim(cell) == 2) {
    expect_same(as_r(t(cell$tensor)), t(truth), "t()")
    expect_same(as_r(aperm(cell$tensor)), aperm(truth), "aperm()")
    expect_same(as_r(cbind(cell$tensor, cell$tensor)), cbind(truth, truth), "cbind()")
  } else if (ndim(cell) == 1) {
    expect_same(as_r(rev(cell$tensor)), rev(truth), "rev()")
    expect_same(as_r(c(cell$tensor, cell$tensor)), c(truth, truth), "c()")
    expect_same(as_r(head(cell$tensor, 3)), head(truth, 3), "head()")
    expect_same(as_r(sort(cell$tensor)), sort(truth), "sort()")
  }
}

# ---- other ways -----------------------------------------------------------------------------------

OPERATIONS$dtype <- function() {
  cell <- some_cell(c("integer", "logical"))
  if (!is.null(cell)) {
    dtype <- one_of(c("int8", "int16", "int32", "float16", "bfloat16", "float32", "float64", "complex64"))
    got <- as_r(to_device(cell$tensor, dtype = dtype))
    want <- if (dtype == "complex64") as.complex(cell$truth) else as.double(cell$truth)
    expect(all(got == want), paste("to", dtype), got, want)
  }
}

OPERATIONS$save <- function() {
  cell <- some_cell(fits = function(cell) length(cell$views) > 0)
  if (!is.null(cell)) {
    expect_same(own_copy(cell$views[[1]]), cell$views[[1]], "a view through serialize()")
  }
}

OPERATIONS$structure <- function() {
  values <- list(a = random_values("double", 3), b = list(random_values("logical", 2), shaped(1:6 + 0, c(2, 3))))
  back <- as_r(as_tensors(values))
  expect_same(back$a, values$a, "a list")
  expect_same(back$b[[2]], values$b[[2]], "a list in a list")
}

OPERATIONS$data_frame <- function() {
  n <- sample(0:20, 1)
  x <- data.frame(a = random_values("double", n), b = random_values("integer", n), c = random_values("logical", n))
  want <- unname(data.matrix(x)) + 0
  expect_same(as_r(as_tensor(x)), want, "a data frame")
}

OPERATIONS$sparse <- function() {
  shape <- sample(1:8, 2)
  dense <- matrix(rbinom(prod(shape), 5, 0.1) + 0, shape[1])
  for (repr in c("C", "R", "T")) {
    sparse <- Matrix::Matrix(dense, sparse = TRUE, doDiag = FALSE)
    back <- as_r(as_tensor(methods::as(sparse, paste0(repr, "sparseMatrix"))))
    expect_same(unname(as.matrix(back)), dense, paste("sparse", repr))
  }
}

# ---- failures on purpose --------------------------------------------------------------------------

FAILURES <- list(
  function() as_tensor(c(1L, NA)),
  function() as_tensor("a"),
  function() as_tensor(300, dtype = "uint8"),
  function() as_tensor(1, dtype = "nothing"),
  function() as_tensor(1, device = "nowhere"),
  function() as_tensor(own_copy(c(1, 2)), dtype = "float32", copy = FALSE),
  function() as_tensor(own_copy(c(1, 2)), shape = 3, copy = FALSE),
  function() as_tensor(TRUE, copy = FALSE),
  function() as_r(as_tensor(1.5), type = "integer"),
  function() as_r(as_tensor(2^40), type = "integer"),
  function() as_r(as_tensor(matrix(0, 2, 3)), copy = FALSE),
  function() as_tensor(1:3)[7],
  function() as_tensor(matrix(0, 2, 2))[3, 1],
  function() as_tensor(1:3) + as_tensor(1:2),
  function() to_device(as_tensor(1), device = "cuda:99")
)

OPERATIONS$fail <- function() {
  i <- sample.int(length(FAILURES), 1)
  expect_error(FAILURES[[i]](), paste("failure", i))
}

OPERATIONS$fail_in_place <- function() {
  cell <- some_cell(c("double", "integer"), function(cell) length(cell$truth) > 0)
  if (!is.null(cell)) {
    expect_error(cell$tensor[length(cell$truth) + 1:2] <- 1, "assigning beyond the end")
    check_cell(cell)
  }
}

# R gives up somewhere on the way, by too deep a recursion or by a time limit. Nothing may have changed.
OPERATIONS$give_up <- function() {
  lent <- own_copy(random_values("double", 100))
  truth <- own_copy(lent)
  call <- one_of(list(
    function() as_tensor(lent, copy = FALSE), function() as_r(as_tensor(lent)), function() as_tensor(lent)[2:3] + 1
  ))
  if (chance(0.5)) in_too_deep(call) else in_no_time(call)
  expect_same(lent, truth, "a vector whose call failed")
}

in_too_deep <- function(call) {
  old <- options(expressions = 500)
  on.exit(options(old))
  at_depth <- function(n) if (n > 0) at_depth(n - 1) else call()
  try(at_depth(sample.int(170, 1)), silent = TRUE)
}

# The limit may be reached just after the call, too.
in_no_time <- function(call) {
  try(
    {
      try(
        {
          setTimeLimit(elapsed = runif(1, 0, 0.002), transient = TRUE)
          call()
        },
        silent = TRUE
      )
      setTimeLimit()
    },
    silent = TRUE
  )
}
