skip_if_no_torch()

# Each case writes to a view under a name of its own; neither the tensor nor another name may change.

unharmed <- function(tensor, other, values) {
  expect_identical(as.numeric(torch_as_text(tensor)), values)
  expect_identical(as.vector(other), values)
  expect_true(is_view(other))
}

# As Python writes the values.
torch_as_text <- function(tensor) vapply(tensor$flatten()$tolist(), format, "", digits = 17)

# R wraps vectors of 64 elements and more where it sets attributes, so there is one of each kind.
LENGTHS <- c(6L, 192L)

test_that("assigning into a view leaves the tensor and the view's other names alone", {
  # nolint start: a table of writes, read more easily with one or two a line
  writes <- list(
    function(b) { b[1] <- 0; b }, function(b) { b[[2]] <- 0; b }, function(b) { b[b > 1] <- 0; b },
    function(b) { b[] <- 0; b }, function(b) { b[c(TRUE, FALSE)] <- -1; b }, function(b) { b[-1] <- 0; b },
    function(b) { b[length(b) + 1] <- 0; b }, function(b) { b[1] <- "a"; b }, function(b) { b[1] <- 1i; b },
    function(b) { is.na(b) <- 2; b }, function(b) replace(b, 1, 0), function(b) append(b, 0),
    function(b) { for (i in seq_along(b)) b[i] <- 0; b }, function(b) { for (i in 1:3) b[[i]] <- b[[i]] + 1; b },
    function(b) { b <- b + 1; b[1] <- 0; b }, function(b) { body <- quote(b[1] <- 0); eval(body); b },
    function(b) { length(b) <- 3; b[1] <- 0; b },
    function(b) { f <- function(x) { x[1] <- 0; x }; f(b) }, function(b) { f <- function() b[1] <<- 0; f(); b },
    function(b) { local({ b[1] <- 0; b }) }, function(b) vapply(seq_along(b), function(i) { b[i] <- 0; b[1] }, 0),
    function(b) { l <- list(b = b); l$b[1] <- 0; l }, function(b) { l <- list(b, b); l[[1]][2] <- 0; l },
    function(b) { l <- list(a = list(b = b)); l$a$b[[1]] <- 0; l },
    function(b) { e <- new.env(); e$b <- b; e$b[1] <- 0; e$b }, function(b) { assign("b", b); b[2] <- 0; b },
    function(b) { d <- data.frame(b = b); d$b[1] <- 0; d }, function(b) { d <- data.frame(b = b); d[1, "b"] <- 0; d },
    function(b) { d <- data.frame(b = b); d[["b"]][2] <- 0; d[d > 1] <- 0; d },
    function(b) within(data.frame(b = b), b[1] <- 0), function(b) { attributes(b) <- NULL; b[1] <- 0; b },
    function(b) { mostattributes(b) <- list(a = 1); b[1] <- 0; b }, function(b) { b <- as.vector(b); b[1] <- 0; b },
    function(b) { b <- c(b); b[1] <- 0; b }, function(b) { b <- identity(b); b[1] <- 0; b },
    function(b) { b <- unlist(list(b)); b[1] <- 0; b }, function(b) { b <- as.double(b); b[1] <- 0; b },
    function(b) { b <- sort(b); b[1] <- 0; b }, function(b) { b <- rev(rev(b)); b[1] <- 0; b },
    function(b) { storage.mode(b) <- "integer"; b[1] <- 0L; b }, function(b) modifyList(list(b = b), list(b = 0)),
    function(b) { makeActiveBinding("active", function(to) b, environment()); active[1] <- 0; b },
    function(b) { do.call("[<-", list(b, 1, 0)) }, function(b) `[<-`(b, 1, 0),
    function(b) `[[<-`(b, 1, 0), function(b) Reduce(function(x, i) { x[i] <- 0; x }, 1:3, b),
    function(b) rapply(list(b), function(x) { x[1] <- 0; x }, how = "replace"),
    function(b) { f <- compiler::cmpfun(function(x) { x[1] <- 0; x[[2]] <- 1; x }); f(b) }
  )
  # nolint end
  for (n in LENGTHS) {
    values <- seq_len(n) + 0
    tensor <- tensor_of(values)
    b <- view(tensor)
    other <- b
    in_list <- list(b)
    for (write in writes) {
      write(b)
      unharmed(tensor, b, values)
      unharmed(tensor, other, values)
      expect_true(is_view(in_list[[1]]))
    }
  }
})

test_that("what was assigned into is an ordinary vector, which no longer follows the tensor", {
  for (n in LENGTHS) {
    tensor <- torch$ones(n, dtype = torch$float64)
    b <- view(tensor)
    other <- b
    b[1] <- 0
    expect_false(is_view(b))
    expect_identical(b, c(0, rep(1, n - 1)))
    tensor$add_(1)
    expect_identical(b, c(0, rep(1, n - 1)))
    expect_identical(other, rep(2, n))
    expect_false(shares_memory(b, tensor))
    expect_true(shares_memory(other, tensor))
  }
})

test_that("setting attributes leaves the tensor alone, and so does writing to the result", {
  # nolint start: as above
  sets <- list(
    function(b) { dim(b) <- c(2, length(b) / 2); b }, function(b) { names(b) <- seq_along(b); b },
    function(b) { attr(b, "note") <- "a"; b }, function(b) { class(b) <- "mine"; b }, function(b) structure(b, a = 1),
    function(b) { levels(b) <- "a"; b }, function(b) { attributes(b) <- list(a = 1); b }, function(b) setNames(b, b),
    function(b) { dim(b) <- c(2, length(b) / 2); dimnames(b) <- list(c("a", "b"), NULL); b },
    function(b) { comment(b) <- "said"; b }, function(b) unclass(structure(b, class = "mine")),
    function(b) { oldClass(b) <- "mine"; attr(b, "a") <- 1; attr(b, "a") <- NULL; b }
  )
  # nolint end
  for (n in LENGTHS) {
    values <- seq_len(n) + 0
    tensor <- tensor_of(values)
    b <- view(tensor)
    for (set in sets) {
      changed <- set(b)
      expect_null(attributes(b))
      unharmed(tensor, b, values)
      again <- changed
      changed[1] <- 0
      expect_false(is_view(changed))
      unharmed(tensor, b, values)
      expect_identical(as.vector(unclass(again))[1], 1)
      again[[2]] <- 0
      attr(again, "b") <- 2
      again[3] <- 0
      unharmed(tensor, b, values)
      rm(again, changed)
    }
  }
})

test_that("a view whose attributes were set, where it still is one, follows the tensor until it is written to", {
  tensor <- torch$ones(192L, dtype = torch$float64)
  m <- view(tensor)
  dim(m) <- c(12, 16)
  expect_identical(m, matrix(1, 12, 16))
  was_view <- is_view(m)
  expect_identical(shares_memory(m, tensor), was_view)
  tensor$add_(1)
  expect_identical(m, matrix(if (was_view) 2 else 1, 12, 16))
  kept <- m[] + 0
  expect_identical(colSums(m), colSums(kept))
  m[1, 1] <- 7
  expect_false(is_view(m))
  expect_identical(sum(as_r(tensor)), 384)
})

test_that("views of every type, and arrays, are copied before a write", {
  sources <- list(
    torch$ones(192L, dtype = torch$int32), torch$ones(192L, dtype = torch$uint8), torch$ones(192L, dtype = torch$int64),
    torch$ones(192L, dtype = torch$complex128), torch$ones(12L, 16L, dtype = torch$float64)$t(),
    torch$ones(2L, 3L, 4L, dtype = torch$int32)$permute(2L, 1L, 0L), np$ones(192L), np$ones(5L, dtype = "i4")
  )
  for (source in sources) {
    before <- as_r(source)
    b <- view(source)
    other <- b
    zero <- if (is.raw(b)) as.raw(0) else b[1] * 0L
    b[2] <- zero
    b[[3]] <- zero
    expect_false(is_view(b))
    expect_identical(as.integer(b[1:4]), c(1L, 0L, 0L, 1L))
    expect_identical(as.integer(other[1:4]), c(1L, 1L, 1L, 1L))
    expect_identical(as_r(source), before)
    expect_true(is_view(other))
    if (!is.null(dim(other))) {
      m <- other
      m[length(m)] <- 0L
      dim(m) <- NULL
      m[1] <- 5L
      expect_identical(as_r(source), before)
      expect_identical(dim(other), dim(before))
    }
  }
})

test_that("integer vectors that R coerces while assigning leave the tensor alone", {
  tensor <- torch$ones(100L, dtype = torch$int32)
  b <- view(tensor)
  other <- b
  b[1] <- 0.5
  expect_identical(b[1:2], c(0.5, 1))
  other[1:2] <- c("a", "b")
  expect_identical(sum(as_r(tensor)), 100L)
})
