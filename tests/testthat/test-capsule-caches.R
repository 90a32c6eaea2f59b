skip_if_no_torch()

# Caches: those that know a result by its arguments' values, and those that keep objects in files.

# Newer rlang tells any two environments apart, and so two tensors: a cache then computes once more.
tells_twins_apart <- function(hash) hash(new.env()) != hash(new.env())

test_that("caches by value see the values", {
  skip_if_not_installed("digest")
  skip_if_not_installed("rlang")
  t <- torch$ones(3L)
  for (hash in list(digest::digest, rlang::hash)) {
    expect_identical(hash(t) == hash(torch$ones(3L)), !tells_twins_apart(hash))
    before <- hash(list(t))
    t$add_(1)
    expect_false(hash(list(t)) == before)
    t$sub_(1)
    expect_identical(hash(list(t)), before)
    expect_false(hash(t) == hash(t$double()))
  }
})

test_that("a tensor that was read has the hash that it had, from its first use on", {
  skip_if_not_installed("digest")
  t <- torch$ones(3L)
  for (version in 2:3) {
    x <- unserialize(serialize(t, NULL, version = version))
    dim(x)
    expect_identical(digest::digest(x), digest::digest(t))
    expect_identical(digest::digest(x), digest::digest(torch$ones(6L)$narrow(0L, 0L, 3L)$clone()))
    expect_false(digest::digest(x + 1) == digest::digest(t))
  }
})

test_that("memoise finds a result by a tensor's values", {
  skip_if_not_installed("memoise")
  t <- torch$ones(3L)
  calls <- 0
  total <- memoise::memoise(function(x) {
    calls <<- calls + 1
    as_r(x$sum())
  })
  expect_identical(c(total(t), total(torch$ones(3L)), total(t + 1)), c(3, 3, 6))
  expect_identical(calls, 2 + tells_twins_apart(rlang::hash))
})

test_that("Shiny's bindCache() finds a result by a tensor's values", {
  skip_if_not_installed("shiny")
  if (!"package:shiny" %in% search()) {
    on.exit(detach("package:shiny")) # which testServer() attaches
  }
  calls <- 0
  server <- function(input, output, session) {
    tensor <- shiny::reactiveVal(torch$ones(3L))
    total <- shiny::bindCache(shiny::reactive({
      calls <<- calls + 1
      as_r(sum(tensor()))
    }), tensor(), cache = session$cache)
  }
  suppressPackageStartupMessages(shiny::testServer(server, {
    expect_identical(total(), 3)
    tensor(torch$ones(3L))
    expect_identical(total(), 3)
    tensor(torch$ones(3L) + 1)
    expect_identical(total(), 6)
  }))
  expect_identical(calls, 2 + tells_twins_apart(rlang::hash))
})

test_that("lazyLoad() databases, which knitr's cache is made of, keep tensors", {
  t <- torch$arange(3L)
  from <- new.env()
  from$a <- t
  from$b <- list(t$reshape(3L, 1L), unserialize(serialize(t, NULL)))
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  tools:::makeLazyLoadDB(from, file.path(folder, "cache"))
  into <- new.env()
  lazyLoad(file.path(folder, "cache"), envir = into)
  expect_identical(as_r(torch$add(into$a, 1L)), c(1, 2, 3))
  expect_identical(as_r(into$b[[1]]), matrix(c(0, 1, 2), 3))
  expect_identical(as_r(into$b[[2]]), c(0, 1, 2))
  into$a$add_(1L)
  expect_identical(as_r(into$b[[1]]), matrix(c(1, 2, 3), 3))
})

test_that("a chunk with cache = TRUE is run once, and its tensors come back in another session", {
  skip_if_quick()
  skip_if_not_installed("knitr")
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  document <- file.path(folder, "document.Rmd")
  writeLines(c(
    "```{r, include = FALSE}", "library(pytorchbridge)", "```",
    "```{r, cache = TRUE}", "cat('run', file = 'runs', append = TRUE)",
    "x <- list(all = torch$zeros(2L, 3L))", "x$row <- x$all[1, ]", "```",
    "```{r}", "x$row$fill_(5)", "cat('sum', as_r(sum(x$all)))", "```"
  ), document)
  for (i in 1:2) {
    log <- run_r(c(paste0("setwd(", deparse(folder), ")"), "knitr::knit(\"document.Rmd\", quiet = TRUE)"))
    expect_true("## sum 15" %in% readLines(file.path(folder, "document.md")), info = log)
  }
  expect_identical(readLines(file.path(folder, "runs"), warn = FALSE), "run")
})
