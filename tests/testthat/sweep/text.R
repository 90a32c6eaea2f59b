# nolint start
vectors <- list(c(3, 1, 2, 1.5), 4:1, c(1/3, 1e-10, 1e10, 123.456), c(TRUE, FALSE))
matrices <- list(matrix(c(4, 1, 2, 1.25), 2), matrix(1:6, 2))

list(title = "Text and printing", rows = list(
  on(
    c(vectors, matrices),
    value = {
      format(x); format(x, digits = 3); format(x, width = 12); toString(x)
      paste(x); paste0("a", x, collapse = ""); as.character(x); nchar(format(x)); trimws(format(x)); prettyNum(x)
      format(x, justify = "left")
      message(x); sprintf("%s", as.character(x)); strtoi(as.character(x)); noquote(format(x)); format(x, trim = TRUE)
      rev(paste(x)); toupper(x); sub("1", "2", x); gsub("1", "2", x); grepl("1", x); grep("1", x); regexpr("1", x)
      startsWith(format(x), "1")
      substr(x, 1, 1); strsplit(as.character(x), ""); shQuote(x); dQuote(x, FALSE); sQuote(x, FALSE); make.names(x)
      make.unique(as.character(x))
      abbreviate(as.character(x)); sprintf("%.1f", as.vector(x) * 1); as.symbol(paste(x)[1]); strtoi(x)
      basename(as.character(x))
      capture.output(writeLines(format(x))); utils::type.convert(as.character(x), as.is = TRUE)
      tolower(x); nchar(paste(x)); rev(format(x)); strtrim(paste(x), 1); sprintf("%d", length(x))
      bquote(.(length(x)))
    },
    refused = {
      sprintf("%.1f", x) ~ sprintf("%.1f", as.vector(x))
      sprintf("%s", x) ~ sprintf("%s", as.vector(x))
      gettextf("%s", x) ~ gettextf("%s", as.vector(x))
    },
    out_of_reach = {
      capture.output(cat(x)) ~ capture.output(cat(as.vector(x)))
      nchar(x) ~ nchar(as_r(x))
    },
    differs = {
      "shows R's lines, and one on the tensor" <- capture.output(print(x))
      "shows the values with a word on the tensor" <- capture.output(str(x))
    }
  ),
  on(
    vectors[-2],
    value = {
      format(x, nsmall = 2); format(x, scientific = TRUE); format(x, digits = 2, nsmall = 1)
    }
  ),
  on(
    c(vectors, matrices),
    differs = "forgets the dimensions, and keeps what the handle holds" <- encodeString(x) ~ encodeString(as_r(x))
  ),
  on(vectors[1:3], out_of_reach = formatC(x) ~ formatC(as.vector(x))),
  on(
    list(0.25, 3L, 2.5),
    value = {
      sprintf("loss %.2f", x * 1); sprintf("%s", x); sprintf("%5.1f|", x * 1); gettextf("%.3f", x * 1)
      sprintf("%g and %g", x * 1, x * 2)
      sprintf("%e", x * 1); paste("loss", x); message("loss ", x)
      tryCatch(stop("loss ", x), error = conditionMessage); format(x, width = 9)
      tryCatch(warning("loss ", x), warning = conditionMessage); sprintf("%s: %.1f", c("a", "b"), as.vector(x) * 1)
      toString(x); sprintf("%.0f%%", x * 1)
    }
  ),
  on(list(3L), out_of_reach = sprintf("%d", x) ~ sprintf("%d", as.integer(x)))
))
# nolint end
