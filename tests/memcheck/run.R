# Runs test files of tests/testthat for tools/memcheck, with little but the package at work. testthat's
# own work would be most of what is checked, so its expectations have stand-ins here. Arguments: the
# checkout, and the names of the test files. MEMCHECK_LIBRARY: where the package is; MEMCHECK_STEP: a
# garbage collection at every so many allocations within calls of C code, 0 for none.
.libPaths(c(Sys.getenv("MEMCHECK_LIBRARY"), .libPaths()))

# Garbage is collected at every step-th allocation while the package's C code runs. (Throughout a
# session with PyTorch in it, that would take hours.) The functions that call C are made anew, with
# another .Call in sight, as compiled code does not look for it.
torture_calls <- function(step) {
  namespace <- loadNamespace("pytorchbridge")
  scope <- new.env(parent = namespace)
  scope$.Call <- function(...) {
    arguments <- list(...)
    gctorture2(step, wait = tortured %% step + 1) # so that each allocation has its turn
    on.exit(gctorture2(0))
    tortured <<- tortured + 1
    do.call(base::.Call, arguments, quote = TRUE)
  }
  for (name in ls(namespace, all.names = TRUE)) {
    f <- get(name, namespace)
    if (is.function(f) && ".Call" %in% all.names(body(f))) {
      unlockBinding(name, namespace)
      assign(name, as.function(c(formals(f), body(f)), envir = scope), namespace)
    }
  }
}
tortured <- 0
step <- as.integer(Sys.getenv("MEMCHECK_STEP", "0"))
if (step > 0) torture_calls(step)
suppressPackageStartupMessages(library(pytorchbridge))

passed <- 0
running <- ""
check <- function(ok, what) {
  if (!isTRUE(ok)) stop("failed: ", paste(deparse(what), collapse = " "), " in:\n", running, call. = FALSE)
  passed <<- passed + 1
}
# As testthat has it, functions and environments are looked into.
expect_identical <- function(object, expected, ...) {
  check(identical(object, expected) || length(waldo::compare(object, expected)) == 0, substitute(object))
}
expect_true <- function(object, ...) check(object, substitute(object))
expect_false <- function(object, ...) check(!object, substitute(object))
expect_null <- function(object, ...) check(is.null(object), substitute(object))
expect_lt <- function(object, expected, ...) check(object < expected, substitute(object))
expect_gt <- function(object, expected, ...) check(object > expected, substitute(object))
expect_equal <- function(object, expected, ...) check(all.equal(object, expected), substitute(object))
expect_named <- function(object, expected) check(identical(names(object), expected), substitute(object))
expect_s3_class <- function(object, class) check(inherits(object, class), substitute(object))
expect_output <- function(object, regexp, ...) {
  check(grepl(regexp, paste(utils::capture.output(object), collapse = "\n"), ...), substitute(object))
}
expect_warning <- function(object, regexp) {
  said <- NULL
  value <- withCallingHandlers(object, warning = function(warning) {
    said <<- conditionMessage(warning)
    invokeRestart("muffleWarning")
  })
  check(!is.null(said) && grepl(regexp, said), substitute(object))
  invisible(value)
}
expect_length <- function(object, n) check(length(object) == n, substitute(object))
expect_setequal <- function(object, expected) check(setequal(object, expected), substitute(object))
expect_match <- function(object, regexp, label = NULL, ...) {
  check(all(grepl(regexp, object, ...)), substitute(object))
}
expect_error <- function(object, regexp = NULL, ...) {
  error <- tryCatch(
    {
      object
      NULL
    },
    error = identity
  )
  check(!is.null(error) && (is.null(regexp) || grepl(regexp, conditionMessage(error))), substitute(object))
  invisible(error)
}
expect_says <- function(expr, kind, ...) {
  error <- expect_error(expr)
  check(inherits(error, paste0("pytorchbridge_", kind, "_error")), substitute(expr))
  for (text in c(...)) check(grepl(text, conditionMessage(error), fixed = TRUE), text)
}
expect_no_warning <- function(object, ...) force(object)
skip <- function(...) testthat::skip(...)
skip_if <- function(...) testthat::skip_if(...)
skip_if_not <- function(...) testthat::skip_if_not(...)
skip_if_not_installed <- function(...) testthat::skip_if_not_installed(...)
skip_on_os <- function(...) invisible()
test_path <- function(...) file.path(...)
test_that <- function(desc, code) {
  running <<- desc
  code <- substitute(code)
  tryCatch(eval(code, new.env(parent = parent.frame())), skip = function(condition) NULL)
  invisible()
}

arguments <- commandArgs(TRUE)
folder <- file.path(arguments[1], "tests", "testthat")
setwd(folder)
for (file in list.files(pattern = "^helper.*[.]R$")) {
  for (call in parse(file)) {
    name <- if (is.call(call) && identical(call[[1]], quote(`<-`))) as.character(call[[2]])[1]
    if (!identical(name, "expect_says")) eval(call, globalenv())
  }
}
invisible(truth()) # Python starts before the checks do
invisible(list(torch$ones(1L), np$ones(1L)))
namespace <- asNamespace("pytorchbridge")
for (name in arguments[-1]) {
  calls <- parse(paste0("test-", name, ".R"))
  # With the package's own names in sight, as testthat has it; those of the helpers come first.
  hidden <- setdiff(ls(namespace, all.names = TRUE), c(ls(globalenv()), getNamespaceExports(namespace)))
  environment <- list2env(mget(hidden, namespace), parent = globalenv())
  started <- proc.time()[[3]]
  for (call in calls) eval(call, environment)
  cat(name, round(proc.time()[[3]] - started), "seconds\n")
}
cat("calls tortured:", tortured, "\n")
cat("checks passed:", passed, "\n")
