# The sweep: calls of R's functions on tensors beside the same calls on the R arrays. The tables in this folder
# say for each call what comes of it; here is what runs them. The help page "Tensors and base R" is made of the
# same tables, by page.R.
#
# A table is a list of on(): the R arrays that stand for x, and blocks of calls by what comes of them.
#   tensor        a tensor of R's values
#   value         R's value
#   refused       an error of this package
#   out_of_reach  an error of R's own, since the function has no method to give
#   differs       something else, which the page tells: each call is named by it
#   writes        R's values, but x itself has changed
# From `refused` on a call is written `call ~ what to write instead`, and that must give R's value of the call.

OUTCOMES <- c("tensor", "value", "refused", "out_of_reach", "differs", "writes")

# arrays: a list of R arrays. dtype: of the tensors. needs: an R package. tolerance: relative.
on <- function(arrays, ..., dtype = NULL, needs = NULL, tolerance = 1e-12) {
  blocks <- eval(substitute(alist(...)))
  stopifnot(names(blocks) %in% OUTCOMES)
  rows <- lapply(names(blocks), function(outcome) lapply(calls_in(blocks[[outcome]]), c, list(outcome = outcome)))
  lapply(unlist(rows, recursive = FALSE), c, list(arrays = arrays, dtype = dtype, needs = needs, tolerance = tolerance))
}

# A block {a; b ~ c; "what it does" %gives% d ~ e} as a list of list(call, instead, note).
calls_in <- function(block) {
  lines <- if (is.call(block) && identical(block[[1]], quote(`{`))) as.list(block)[-1] else list(block)
  lapply(lines, function(line) {
    note <- NULL
    if (is.call(line) && identical(line[[1]], quote(`<-`)) && is.character(line[[2]])) {
      note <- line[[2]]
      line <- line[[3]]
    }
    has_remedy <- is.call(line) && identical(line[[1]], quote(`~`)) && length(line) == 3
    list(call = if (has_remedy) line[[2]] else line, instead = if (has_remedy) line[[3]], note = note)
  })
}

read_tables <- function(folder) {
  files <- setdiff(list.files(folder, "[.]R$"), c("sweep.R", "page.R", "report.R"))
  tables <- lapply(file.path(folder, files), function(file) {
    table <- source(file, local = new.env(parent = environment(on)), encoding = "UTF-8")$value
    list(title = table$title, rows = unlist(table$rows, recursive = FALSE))
  })
  stats::setNames(tables, sub("[.]R$", "", files))
}

# ---- running -------------------------------------------------------------------------------------

# For each row and array: the row's call, the outcome that the table says and the one that was found.
run_rows <- function(rows) {
  found <- lapply(rows, function(row) {
    if (!is.null(row$needs) && !requireNamespace(row$needs, quietly = TRUE)) {
      return(data.frame(call = text_of(row$call), said = row$outcome, found = paste("skipped: no package", row$needs)))
    }
    outcomes <- vapply(row$arrays, function(x) outcome_of(row, x), "")
    data.frame(call = text_of(row$call), said = row$outcome, found = unname(outcomes))
  })
  do.call(rbind, found)
}

# Whether a row came out otherwise than its table says, without an error that tells.
is_silent <- function(results) {
  fine <- results$found %in% c("tensor", "value", "refused", "out_of_reach") | grepl("^skipped", results$found)
  !fine & results$found != results$said
}

# Whether it came out as the table says. R from 4.3 on lets more functions have methods (`%*%` and its kin), so there a
# function that was out of reach may be in reach.
is_as_said <- function(results) {
  better <- getRversion() >= "4.3" & !is_silent(results)
  results$found == results$said | grepl("^skipped", results$found) | better
}

text_of <- function(call) paste(trimws(deparse(call, width.cutoff = 500L)), collapse = " ")

outcome_of <- function(row, x) {
  t <- as_tensor(x, dtype = row$dtype)
  right <- attempt(row$call, x)
  got <- attempt(row$call, t)
  found <- describe(got, right, row$tolerance)
  changed <- !agree(as_r(t), as_r(as_tensor(x, dtype = row$dtype)), 0)
  if (changed) {
    found <- if (found %in% c("tensor", "value")) "writes" else paste(found, "and writes")
  }
  if (!identical(found, row$outcome) || is.null(row$instead)) {
    return(found)
  }
  instead <- attempt(row$instead, as_tensor(x, dtype = row$dtype))
  if (describe(instead, right, row$tolerance) %in% c("tensor", "value")) found else "its remedy does not give R's value"
}

attempt <- function(call, x) {
  set.seed(1)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  tryCatch(
    list(value = suppressMessages(suppressWarnings(eval(call, list(x = x), globalenv())))),
    error = function(error) list(error = error)
  )
}

describe <- function(got, right, tolerance) {
  if (!is.null(right$error)) {
    return(if (is.null(got$error)) "no error, where R has one" else "an error, as of the array")
  }
  if (!is.null(got$error)) {
    return(if (inherits(got$error, "pytorchbridge_error")) "refused" else "out_of_reach")
  }
  if (agree(got$value, right$value, tolerance)) {
    return(if (has_tensor(got$value)) "tensor" else "value")
  }
  "differs"
}

has_tensor <- function(x) is_tensor(x) || (is.list(x) && any(vapply(unclass(x), has_tensor, NA)))

# Whether a result is R's: where it is R's own object, with its attributes; where it is a tensor, the values
# and, of two and more dimensions, the shape.
agree <- function(got, right, tolerance) {
  if (is_tensor(got)) {
    return(is.atomic(right) && agree_values(as_r(got), right, tolerance))
  }
  if (has_tensor(got)) {
    return(agree_lists(got, right, tolerance))
  }
  isTRUE(all.equal(got, right, tolerance = max(tolerance, 1e-15)))
}

agree_lists <- function(got, right, tolerance) {
  is.list(right) && length(got) == length(right) && identical(names(got), names(right)) &&
    all(mapply(agree, got, right, MoreArgs = list(tolerance = tolerance)))
}

agree_values <- function(got, right, tolerance) {
  if (length(dim(got)) < 2 && length(dim(right)) < 2) {
    dim(right) <- NULL
  }
  kinds <- function(x) if (is.numeric(x)) "numeric" else typeof(x)
  same_kind <- kinds(got) == kinds(right) && identical(dim(got), dim(right)) && length(got) == length(right)
  if (!same_kind) {
    return(FALSE)
  }
  got <- as.vector(got)
  right <- as.vector(right)
  near <- got == right | abs(got - right) <= tolerance * abs(right)
  identical(is.na(got), is.na(right)) && all(near[!is.na(right)])
}
