# Every message that the package raises, as users read it, is in messages.txt, so that a change of words
# is seen in review. `tools/messages` writes the file anew.
skip_if_no_torch()

# Where errors are raised that no line of messages.R can reach, and why.
UNREACHED <- c(
  check_python = "only where no Python can be used: test-errors.R has a session of that kind",
  jump_error = "made where the jump passes, and raised later: messages.txt has it",
  carry_out = "only where pip fails",
  groups_like = "only without the package dplyr",
  matrix_from_sparse = "only without the package Matrix"
)

# What an expression raises, and the call of abort() that raised it.
raised_by <- function(expression, scope) {
  raised <- NULL
  at <- NULL
  note_place <- function(condition) {
    calls <- sys.calls()
    is_abort <- vapply(calls, function(call) identical(call[[1]], quote(abort)), NA)
    at <<- calls[is_abort]
  }
  suppressMessages(suppressWarnings(tryCatch(
    withCallingHandlers(eval(expression, scope), pytorchbridge_error = note_place),
    pytorchbridge_error = function(condition) raised <<- condition,
    error = function(condition) NULL # of R's own: the test says that the line raises none of ours
  )))
  list(text = if (!is.null(raised)) told(raised), at = at)
}

# The kind and the message, without its last line, which names the kind too, and without what differs
# between machines and versions: paths, and the words of PyTorch, Python and reticulate.
told <- function(condition) {
  kind <- sub("^pytorchbridge_(.*)_error$", "\\1", class(condition)[1])
  text <- sub("\nSee [?][a-z_]*[.]$", "", conditionMessage(condition))
  text <- gsub(reticulate::py_config()$python, "<python>", text, fixed = TRUE)
  text <- sub("(Python failed: |failed: ).*", "\\1...", text)
  text <- sub("(?s)^.*(\nWrite it within)", "...\\1", text, perl = TRUE)
  paste0(kind, ": ", text)
}

# By the text of each line of messages.R: what it raises; NULL where its condition does not hold. (The
# text as it stands there, since R's versions write expressions differently.)
run_cases <- function(file) {
  scope <- new.env(parent = environment())
  expressions <- parse(file, keep.source = TRUE)
  texts <- vapply(attr(expressions, "srcref"), function(lines) paste(as.character(lines), collapse = "\n"), "")
  cases <- list()
  for (i in seq_along(expressions)) {
    expression <- expressions[[i]]
    if (is_setup(expression)) {
      eval(expression, scope)
    } else if (!identical(expression[[1]], quote(`if`))) {
      cases[[texts[i]]] <- raised_by(expression, scope)
    } else {
      holds <- eval(expression[[2]], scope)
      cases[texts[i]] <- list(if (holds) raised_by(expression[[3]], scope))
    }
  }
  cases
}

# An assignment to a variable, or to an attribute of one.
is_setup <- function(expression) {
  target <- if (identical(expression[[1]], quote(`<-`))) expression[[2]]
  is.name(target) || "attr" %in% all.names(target)
}

as_snapshot <- function(texts) {
  unlist(lapply(names(texts), function(case) c(case, paste0("  ", strsplit(texts[[case]], "\n")[[1]]), "")))
}

read_snapshot <- function(file) {
  lines <- readLines(file, encoding = "UTF-8")
  case <- cumsum(nzchar(lines) & !startsWith(lines, "  "))
  blocks <- split(lines[nzchar(lines)], case[nzchar(lines)])
  texts <- vapply(blocks, function(block) paste(substring(block[-1], 3), collapse = "\n"), "")
  stats::setNames(as.list(texts), vapply(blocks, `[`, "", 1))
}

# The calls of abort() in the package's functions, by function.
abort_calls <- function(expression) {
  if (!is.call(expression)) {
    return(list())
  }
  written <- Filter(function(part) !identical(part, quote(expr = )), as.list(expression)) # nolint
  inside <- unlist(lapply(written, abort_calls), recursive = FALSE)
  c(if (identical(expression[[1]], quote(abort))) list(expression), inside)
}

grDevices::pdf(NULL)
cases <- run_cases("messages.R")
grDevices::dev.off()

test_that("messages are those of the snapshot", {
  here <- Filter(Negate(is.null), cases)
  texts <- Filter(Negate(is.null), lapply(here, function(case) case$text))
  expect_identical(setdiff(names(here), names(texts)), character()) # these raise no error of the package
  if (Sys.getenv("PYTORCHBRIDGE_MESSAGES") == "write") {
    writeLines(as_snapshot(texts), "messages.txt", useBytes = TRUE)
  }
  recorded <- read_snapshot("messages.txt")
  for (case in names(texts)) {
    expect_identical(texts[[case]], recorded[[case]], label = paste("What is said of", case))
  }
  expect_identical(setdiff(names(recorded), names(cases)), character())
})

test_that("every call of abort() is reached, or listed with a reason", {
  reached <- unlist(lapply(cases, function(case) case$at), recursive = FALSE)
  namespace <- asNamespace("pytorchbridge")
  missed <- character()
  for (name in ls(namespace, all.names = TRUE)) {
    f <- get(name, namespace)
    calls <- if (is.function(f)) abort_calls(body(f))
    for (call in calls) {
      known <- any(vapply(reached, identical, NA, call))
      if (!known) missed[[deparse1(call)]] <- name
    }
  }
  expect_identical(missed[!missed %in% names(UNREACHED)], missed[0])
  expect_identical(setdiff(names(UNREACHED), missed), character())
})
