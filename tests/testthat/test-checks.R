# R/checks.R is the one home of argument checks: found in the code itself, as it is installed.

texts_in <- function(expression) {
  if (is.character(expression)) {
    return(expression)
  }
  if (!is.call(expression) && !is.pairlist(expression)) {
    return(character())
  }
  unlist(lapply(Filter(function(part) !identical(part, quote(expr = )), as.list(expression)), texts_in)) # nolint
}

test_that("no function but check_argument() says what an argument must be", {
  namespace <- asNamespace("pytorchbridge")
  # What the values of a vector decide.
  by_values <- c("shape_of", "missing_rule")
  others <- setdiff(ls(namespace, all.names = TRUE), c("check_argument", by_values))
  says_so <- Filter(function(name) {
    f <- get(name, namespace)
    is.function(f) && any(grepl("must be", c(texts_in(formals(f)), texts_in(body(f))), fixed = TRUE))
  }, others)
  expect_identical(says_so, character())
})

test_that("no two files define the same function", {
  skip_if_not(dir.exists("../../R"), "the sources are not here")
  files <- list.files("../../R", full.names = TRUE)
  defined <- unlist(lapply(files, function(file) {
    lines <- readLines(file)
    named <- "^(`?[[:alnum:]._<\\[]+`?) <- function"
    sub(paste0(named, ".*"), "\\1", grep(named, lines, value = TRUE))
  }))
  expect_identical(defined[duplicated(defined)], character())
})

# Every argument that a method of tensors has of its own, with what it does not take.
test_that("an argument that is not taken is said by its name, before anything is done", {
  skip_if_no_torch()
  x <- as_tensor(matrix(c(1, 2, 3, 4), 2))
  says <- function(expr, name) expect_error(expr, paste0("`", name, "`"), class = "pytorchbridge_error")
  for (flag in list(NA, "yes", 1, c(TRUE, TRUE), NULL)) {
    says(x[1, , drop = flag], "drop")
    says(sum(x, na.rm = flag), "na.rm")
    says(mean(x, na.rm = flag), "na.rm")
    says(median(x, na.rm = flag), "na.rm")
    says(quantile(x, na.rm = flag), "na.rm")
    says(anyNA(x, recursive = flag), "recursive")
    says(all.equal(x, x, check.attributes = flag), "check.attributes")
    says(as.data.frame(x, optional = flag), "optional")
    says(to_device(x, non_blocking = flag), "non_blocking")
  }
  says(sort(x, decreasing = NA), "decreasing") # sort() itself checks the rest
  for (number in list(NA, "1", c(1, 2), NULL, -1)) {
    says(print(x, max_lines = number), "max_lines")
    says(format(summary(x), digits = number), "digits")
  }
  for (number in list(NA_real_, "1", c(1, 2), NULL)) {
    says(log(x, base = number), "base")
    says(round(x, number), "digits")
  }
  says(trunc(x, foo = 2), "foo")
  for (counts in list("1", NULL, TRUE, list(1), factor(1))) {
    says(head(x, counts), "n")
    says(tail(x, counts), "n")
  }
  for (axes in list("1", 1.5, c(1, NA), TRUE, c(1, Inf))) {
    says(aperm(x, axes), "perm")
  }
  for (probabilities in list("a", 2, -1, NA, NULL)) {
    says(quantile(x, probabilities), "probs")
  }
  says(unique(x, incomparables = TRUE), "incomparables")
  for (from in list("numpy", 1, NA_character_, c("R", "torch"))) {
    says(dtype_table(from), "from")
  }
})
