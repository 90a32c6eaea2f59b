# Small R Markdown documents, rendered for real: R and Python chunks in one session.

skip_if_cannot_render <- function() {
  skip_if_quick()
  skip_if_no_torch()
  for (package in c("knitr", "rmarkdown")) {
    testthat::skip_if_not(requireNamespace(package, quietly = TRUE), paste("no R package", package))
  }
  testthat::skip_if_not(rmarkdown::pandoc_available("2.0"), "no pandoc 2.0 or newer")
}

chunk <- function(header, ...) c("", paste0("```{", header, "}"), ..., "```", "")

# Renders the document in an R session of its own. Returns its Markdown, all of its lines, and the
# pictures that it made.
render <- function(..., setup = "library(pytorchbridge)") {
  folder <- tempfile("document")
  dir.create(folder)
  lines <- c(
    "---", "title: A document", "---",
    chunk("r, include = FALSE", "knitr::opts_chunk$set(comment = '#>')", setup), ...
  )
  writeLines(lines, file.path(folder, "document.Rmd"))
  log <- run_r(c(
    paste0("rmarkdown::render(", deparse1(file.path(folder, "document.Rmd")), ","),
    "  rmarkdown::md_document(variant = 'gfm'), quiet = TRUE)"
  ))
  result <- file.path(folder, "document.md")
  if (!file.exists(result)) {
    stop("The document was not rendered:\n", paste(log, collapse = "\n"))
  }
  list(
    lines = trimws(readLines(result, encoding = "UTF-8")),
    pictures = list.files(folder, "[.]png$", recursive = TRUE, full.names = TRUE)
  )
}

test_that("tensors and values go both ways between R and Python chunks", {
  skip_if_cannot_render()
  document <- render(
    chunk(
      "r", "x <- matrix(c(1.5, 2, 3, 4), 2)", "numbers <- c(TRUE, FALSE)", "t <- as_tensor(7:9)",
      "big <- bit64::as.integer64('9007199254740993')", "bytes <- as.raw(c(0, 255))",
      "days <- as.Date('1970-01-03') + 0:1", "times <- .POSIXct(0.5, 'UTC')",
      "frame <- data.frame(n = 1:2, day = days)"
    ),
    chunk(
      "python", "from pytorch_bridge import to_tensor", "import torch",
      "a = to_tensor(r.x)",
      "print('shape', list(a.shape), a.dtype, a.tolist())",
      "print('logical', to_tensor(r.numbers).tolist())",
      "print('integer64', to_tensor(r.big).tolist())",
      "print('raw', to_tensor(r.bytes).tolist(), to_tensor(r.bytes).dtype)",
      "print('dates', to_tensor(r.days).tolist(), to_tensor(r.times).reshape(1).tolist())",
      "print('frame', to_tensor(r.frame).tolist())",
      "print('tensor', r.t.tolist(), r.t.dtype)",
      "m = torch.arange(6, dtype=torch.int16).reshape(2, 3)",
      "d = {'w': torch.ones(2), 'n': 2**40}"
    ),
    chunk(
      "r", "identical(as_r(reticulate::py$a), x)", "cat(deparse1(as_r(reticulate::py$m)))",
      "cat(deparse1(as_r(reticulate::py$d)$w))"
    )
  )
  expect_contains_line <- function(line) expect_true(line %in% document$lines, label = line)
  expect_contains_line("#> shape [2, 2] torch.float64 [[1.5, 3.0], [2.0, 4.0]]")
  expect_contains_line("#> logical [True, False]")
  expect_contains_line("#> integer64 [9007199254740993]")
  expect_contains_line("#> raw [0, 255] torch.uint8")
  expect_contains_line("#> dates [2.0, 3.0] [0.5]")
  expect_contains_line("#> frame [[1.0, 2.0], [2.0, 3.0]]")
  expect_contains_line("#> tensor [7, 8, 9] torch.int64")
  expect_contains_line("#> [1] TRUE")
  expect_contains_line("#> structure(c(0L, 3L, 1L, 4L, 2L, 5L), dim = 2:3)")
  expect_contains_line("#> c(1, 1)")
})

test_that("from_r() finds the objects of the document, whatever it is rendered in", {
  skip_if_cannot_render()
  document <- render(
    chunk("r", "counts <- c(1L, NA, 3L)"),
    chunk("python", "from pytorch_bridge import from_r", "print('counted', from_r('counts', na = -1).tolist())"),
    chunk("r", "levels <- factor(c('u', 'v', 'u'))"),
    chunk("python", "print('codes', from_r('levels').tolist())")
  )
  expect_true("#> counted [1, -1, 3]" %in% document$lines)
  expect_true("#> codes [0, 1, 0]" %in% document$lines)
})

test_that("a Python chunk may come first, and tensors show themselves", {
  skip_if_cannot_render()
  document <- render(
    chunk("python", "import pytorch_bridge", "pytorch_bridge.to_tensor([3, 4])"),
    chunk("r", "torch$tensor(c(1L, 2L))")
  )
  expect_true(any(grepl("[3, 4]", document$lines, fixed = TRUE)))
  expect_true(any(grepl("[1] 1 2", document$lines, fixed = TRUE)))
})

test_that("Python may run before the package is loaded", {
  skip_if_cannot_render()
  document <- render(
    setup = c("invisible(reticulate::py_eval('1'))", "library(pytorchbridge)"),
    chunk("python", "import pytorch_bridge", "print(pytorch_bridge.to_tensor([1, 2]).tolist())")
  )
  expect_true("#> [1, 2]" %in% document$lines)
})

test_that("an error chunk shows the message, and the document goes on", {
  skip_if_cannot_render()
  document <- render(
    chunk("r, error = TRUE", "as_tensor(c(1L, NA))"),
    chunk("python, error = TRUE", "from pytorch_bridge import to_tensor", "to_tensor('a')"),
    chunk("r", "cat('still', 'here')")
  )
  text <- paste(document$lines, collapse = "\n")
  expect_match(text, "Error.*`x` has 1 missing value \\(x\\[2\\]\\), and int64 has no NA\\.")
  expect_match(text, "DtypeError.* str is no number, tensor or array")
  expect_no_match(text, "Traceback", fixed = TRUE)
  expect_true("#> still here" %in% document$lines)
})

test_that("a plot of a tensor's values comes out as a picture", {
  skip_if_cannot_render()
  document <- render(chunk("r, dev = 'png'", "plot(as_r(torch$arange(5L)$square()))"))
  expect_length(document$pictures, 1)
  signature <- readBin(document$pictures, "raw", 8)
  expect_identical(signature, as.raw(c(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)))
  expect_gt(file.size(document$pictures), 1000)
  expect_true(any(grepl(basename(document$pictures), document$lines, fixed = TRUE)))
})
