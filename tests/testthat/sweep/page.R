# The help page "Tensors and base R", as roxygen reads it: made of the tables, and so never another thing than what the
# sweep has seen.

page_lines <- function(tables) {
  comment <- function(lines) trimws(paste("#'", lines), "right")
  c(
    "# Made from tests/testthat/sweep by tools/sweep --page: do not edit by hand.",
    "# nolint start: line_length_linter.",
    "",
    comment(c(PAGE_HEAD, works_lines(tables), REACH_HEAD, unlist(lapply(tables, reach_lines)), PAGE_END)),
    "NULL",
    "# nolint end"
  )
}

PAGE_HEAD <- c(
  "Tensors and base R",
  "",
  "What R's functions do with a tensor. A function gives what it gives for the R array with the same values (a",
  "tensor, if it is one of this package's methods), or fails with an error that says what to write, or stands in the",
  "second list here.",
  "Tensors have no names, dimnames or attributes: where R's result has them, that of a method has not.",
  "",
  "The lists are made from a table of calls, each of which is compared with plain R whenever the package is tested.",
  ""
)

REACH_HEAD <- c(
  "# What to write instead",
  "",
  "R asks for a method by the first argument of some functions, and of others never: these see the handle that a",
  "tensor is to R, and most of them fail. `as.vector(x)`, `as.matrix(x)` and `as_r(x)` are the values as R has them. A",
  "gradient ends there, and wherever else a function gives R's values: `svd()`, `eigen()`, `outer()`, `apply()`.",
  "",
  "`I(x)`, `noquote(x)`, `structure(x, ...)`, `attr(x, \"a\") <-` and `class(x) <-` write into the handle itself,",
  "and so into every name that the tensor has: do not use them. `structure()` of a view, `as_r(x, copy = FALSE)`,",
  "copies it, as R copies a vector whose attributes change; what it gives is no view.",
  ""
)

PAGE_END <- c(
  "@name tensors-and-base-r",
  "@seealso [Tensor arithmetic][tensor-arithmetic], [indices][tensor-index], [shapes][tensor-shape],",
  "  [summaries][tensor-summary], [linear algebra][tensor-linear], [as.vector()][as.array.torch.Tensor].",
  "@examplesIf reticulate::py_module_available(\"torch\")",
  "x <- as_tensor(c(3, 1, 2))",
  "which(as.vector(x > 1))",
  "as.vector(x) %in% c(1, 3)"
)

works_lines <- function(tables) {
  lists <- vapply(tables, function(table) {
    rows <- Filter(function(row) row$outcome %in% c("tensor", "value") && !converts(row$call), table$rows)
    names <- sort(unique(unlist(lapply(rows, function(row) function_name(row$call)))), method = "radix")
    paste0("- ", table$title, ": ", paste0("`", names, "`", collapse = ", "), ".")
  }, "")
  c("# What works as it does for an array", "", unlist(lapply(lists, strwrap, width = 110, exdent = 2)), "")
}

# Whether a call is of R's own values, and so says nothing of tensors.
converts <- function(call) {
  any(all.names(call) %in% c("as.vector", "as.matrix", "as_r")) && !is.name(call[[2]])
}

# The function that a call is about: hist of hist(x)$counts; NULL of a block of several.
function_name <- function(call) {
  head <- call[[1]]
  if (is.call(head)) {
    return(if (identical(head[[1]], quote(`::`))) text_of(head) else function_name(head))
  }
  name <- as.character(head)
  if (name %in% c("$", "[", "[[") && is.call(call[[2]])) {
    return(function_name(call[[2]]))
  }
  if (name != "{" && (name != "c" || identical(call[[2]], quote(x)))) name
}

reach_lines <- function(table) {
  rows <- Filter(function(row) !row$outcome %in% c("tensor", "value"), table$rows)
  if (length(rows) == 0) {
    return(NULL)
  }
  cells <- vapply(rows, function(row) {
    instead <- if (!is.null(row$instead)) code_of(row$instead) else ""
    paste0("| ", code_of(row$call), " | ", happens(row), " | ", instead, " |")
  }, "")
  c(paste0("**", table$title, "**"), "", "| call | what happens | write |", "|---|---|---|", unique(cells), "")
}

code_of <- function(call) paste0("`", gsub("|", "\\|", text_of(call), fixed = TRUE), "`")

happens <- function(row) {
  switch(row$outcome,
    refused = "an error of this package",
    out_of_reach = "an error of R's",
    differs = row$note,
    writes = "writes into `x` itself, as `[<-` does"
  )
}
