# The fidelity matrix: every R type, edge value, form and dtype to torch, and every dtype, edge value,
# layout and R type back, by this package and by plain reticulate. oracle.py judges each conversion;
# this file makes the cases, converts, and prints the table. Usage: tools/fidelity [TABLE.md].
suppressPackageStartupMessages({
  library(pytorchbridge)
  library(bit64)
  library(Matrix)
})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
table_file <- commandArgs(TRUE)
# The other ways are reticulate's alone, without what this package mends there.
registerS3method("r_to_py", "integer64", reticulate:::r_to_py.default, asNamespace("reticulate"))
oracle <- reticulate::py_run_file(file.path(here, "oracle.py"))
torch <- reticulate::import("torch")
numpy <- reticulate::import("numpy", convert = FALSE)

DTYPES <- oracle$DTYPES
TYPES <- c("logical", "integer", "double", "complex", "raw", "integer64")

# ---- R's values as text ---------------------------------------------------------------------------

bits <- function(x) {
  bytes <- as.character(writeBin(as.vector(unclass(x)), raw(), endian = "big"))
  apply(matrix(bytes, 8), 2, paste, collapse = "")
}

type_of <- function(x) if (is.object(x)) class(x)[1] else typeof(x)

values_text <- function(x) {
  if (length(x) == 0) {
    character()
  } else if (inherits(x, "integer64")) {
    text <- as.character(x)
    ifelse(is.na(text), "NA", paste0("i", text))
  } else if (is.complex(x)) {
    paste0("c", bits(Re(x)), ",", bits(Im(x)))
  } else if (is.double(x)) {
    paste0("d", bits(x))
  } else if (inherits(x, c("Date", "POSIXct", "difftime"))) {
    paste0("d", bits(as.double(x)))
  } else {
    codes <- if (is.factor(x)) as.integer(x) - 1L else as.integer(x)
    ifelse(is.na(codes), "NA", paste0("i", codes))
  }
}

as_text <- function(x) {
  type <- type_of(x)
  if (is.data.frame(x)) {
    doubles <- vapply(x, function(column) typeof(unclass(column)) == "double", TRUE) &
      !vapply(x, inherits, TRUE, "integer64")
    doubles <- doubles | vapply(x, inherits, TRUE, c("Date", "POSIXct", "difftime"))
    whole <- vapply(x, function(column) !is.logical(column), TRUE)
    type <- if (any(doubles)) "double" else if (any(whole)) "integer" else "logical"
    values <- unlist(lapply(x, values_text))
  } else if (inherits(x, "Matrix")) {
    x <- as.matrix(x)
    type <- typeof(x)
    values <- values_text(x)
  } else {
    values <- values_text(x)
  }
  dim <- if (is.null(dim(x))) length(x) else dim(x)
  paste(type, paste(dim, collapse = "x"), paste(values, collapse = " "), sep = "|")
}

# ---- the cases from R -----------------------------------------------------------------------------

doubles <- c(
  1, 2, 0, -0, -1, 0.5, 1.5, -0.9, -1.9, 0.1, 127.9, 128, -128.9, -129, 255, 256, 300, 448, 464, 465,
  57344, 32768, 65504, 65519, 65520, 65535, 65536, 2^24 + 1, 2^31 - 1, 2^31, -2^31, -2^31 - 1, 2^32,
  2^40, 2^53 - 1, 2^53, 2^53 + 2, -2^53, 2^63, -2^63, 2^63 - 1024, 2^64, 2^64 - 2048, 3.5e38,
  -1e300, .Machine$double.xmax, 2^-14, 2^-24, 1e-7, 1e-40, 2^-127, 2^-149, 2^-150, 1e-300,
  2^-1022 - 2^-1074, 5e-324, Inf, -Inf, NaN, NA,
  readBin(as.raw(c(0x7f, 0xf8, 0, 0, 0, 0, 1, 0x23)), "double", endian = "big"),
  readBin(as.raw(c(0xff, 0xf8, 0, 0, 0, 0, 7, 0xa2)), "double", endian = "big")
)
integers <- c(
  1L, 2L, 0L, -1L, 127L, 128L, -128L, -129L, 255L, 256L, 300L, 449L, 2049L, 32767L, 32768L, -32769L,
  65504L, 65519L, 65520L, 65535L, 65536L, 16777217L, .Machine$integer.max, -.Machine$integer.max, NA
)
integers64 <- as.integer64(c(
  "1", "2", "0", "-1", "127", "-129", "256", "300", "65520", "65536", "16777217", "2147483647",
  "-2147483648", "4294967296", "1099511627776", "9007199254740991", "9007199254740992",
  "9007199254740993", "-9007199254740993", "1152921504606846977", "9223372036854775807",
  "-9223372036854775807", NA
))
parts <- c(1, 2, 0, -0, 1.5, -1, 300, 65520, 2^53 + 2, 3.5e38, 5e-324, Inf, NaN, NA)
pairs <- expand.grid(re = parts, im = c(0, -0, 2.5, 1e300, NaN, NA))
days <- c(1, 2, 0, -0.5, 19000, 19000.25, -1e5, 2^31, 2^53 + 2, Inf, -Inf, NaN, NA)

POOLS <- list(
  logical = c(FALSE, TRUE, NA),
  integer = integers,
  double = doubles,
  complex = complex(real = pairs$re, imaginary = pairs$im),
  raw = as.raw(c(1, 2, 0, 127, 128, 255)),
  integer64 = integers64,
  factor = factor(c(letters, NA), letters),
  Date = structure(days, class = "Date"),
  POSIXct = structure(days * 86400 + 0.125, class = c("POSIXct", "POSIXt"), tzone = "UTC"),
  difftime = structure(days, class = "difftime", units = "hours")
)

FORMS <- list(scalar = 1L, vector = 3L, matrix = c(2L, 3L), array = c(2L, 2L, 2L))

# The k-th value of a pool in this form, among the first two, at one place.
in_form <- function(pool, k, dim) {
  n <- prod(dim)
  index <- rep_len(c(1L, 2L, 2L, 1L, 1L), n)
  index[(n + 2L) %/% 2L] <- k
  x <- pool[index]
  if (length(dim) > 1) dim(x) <- dim
  x
}

cases_of <- function(pool) {
  cases <- list()
  for (form in names(FORMS)) {
    for (k in seq_along(pool)) {
      text <- values_text(pool[k])
      cases[[paste0(form, " with ", text)]] <- in_form(pool, k, FORMS[[form]])
    }
  }
  empty <- pool[0]
  cases[["empty vector"]] <- empty
  dim(empty) <- c(0L, 3L)
  cases[["empty matrix"]] <- empty
  cases
}

# A value of each pool in a column, beside columns of its own kind and of others.
data_frame_cases <- function() {
  cases <- list(
    "no rows" = data.frame(a = double(), b = integer()),
    "logical" = data.frame(a = c(TRUE, FALSE), b = TRUE),
    "logical with NA" = data.frame(a = c(TRUE, NA), b = TRUE),
    "Date in integers" = data.frame(a = structure(1:2, class = "Date"))
  )
  for (type in setdiff(names(POOLS), c("complex", "raw", "logical"))) {
    pool <- POOLS[[type]]
    for (k in seq_along(pool)) {
      column <- in_form(pool, k, 3L)
      text <- paste(type, values_text(pool[k]))
      cases[[text]] <- data.frame(a = column, b = column)
      cases[[paste(text, "beside integer")]] <- data.frame(a = 1:3, b = column)
      cases[[paste(text, "beside double")]] <- data.frame(a = column, b = c(1.5, 2, NA), c = 1L)
    }
  }
  cases
}

matrix_cases <- function() {
  kinds <- c("CsparseMatrix", "RsparseMatrix", "TsparseMatrix")
  cases <- list()
  for (kind in kinds) {
    for (value in setdiff(doubles, 0)) {
      x <- methods::as(matrix(c(0, 1, 0, value, 0, 2), 2), kind)
      cases[[paste(kind, "with", values_text(value))]] <- x
    }
    cases[[paste(kind, "of logical")]] <- methods::as(matrix(c(TRUE, FALSE, FALSE, TRUE), 2), kind)
    cases[[paste(kind, "without entries")]] <- methods::as(matrix(0, 2, 3), kind)
  }
  cases
}

# ---- conversions ----------------------------------------------------------------------------------

# What comes of it; or a text: "refused" for the package's own error, else what was said.
attempt <- function(expr) {
  warned <- NULL
  result <- tryCatch(
    withCallingHandlers(expr, warning = function(w) {
      warned <<- said("warning:", w)
      invokeRestart("muffleWarning")
    }),
    pytorchbridge_error = function(e) "refused",
    error = function(e) said("error:", e)
  )
  if (is.null(warned)) result else warned
}

said <- function(kind, condition) paste(kind, gsub("[\n|]", " ", conditionMessage(condition)))

# Others may warn and print.
attempt_of_others <- function(expr) {
  utils::capture.output(result <- suppressWarnings(tryCatch(expr, error = function(e) "refused")))
  result
}

torch_dtypes <- sapply(DTYPES, function(name) torch[[name]])
from_numpy <- torch$from_numpy
new_array <- numpy$array
new_tensor <- torch$tensor

# Reticulate ends R on dates that Python does not have; that counts as refused.
check_dates <- function(x) {
  is_date <- function(column) inherits(column, "Date")
  days <- as.double(if (is_date(x)) x else if (is.data.frame(x)) unlist(Filter(is_date, x)))
  if (any(!is.finite(days) | abs(days) > 7e5)) stop("R would crash")
}

TO_TORCH <- list(
  pytorchbridge = function(x, dtype) as_tensor(x, dtype = if (dtype != "") dtype),
  "from_numpy(np$array(x))" = function(x, dtype) {
    check_dates(x)
    tensor <- from_numpy(new_array(x))
    if (dtype == "") tensor else tensor$to(torch_dtypes[[dtype]])
  },
  "torch$tensor(x)" = function(x, dtype) {
    check_dates(x)
    # PyTorch crashes on the memory of R's short complex vectors, 8 bytes off the place it expects.
    if (is.complex(x) && length(x) > 1) x <- new_array(x)
    if (dtype == "") new_tensor(x) else new_tensor(x, dtype = torch_dtypes[[dtype]])
  }
)

vector_text <- function(x) {
  if (inherits(x, "Matrix") || (is.atomic(x) && !is.character(x))) as_text(x) else "refused"
}

TO_R <- list(
  pytorchbridge = function(tensor, type) as_r(tensor, type = if (type != "") type),
  "py_to_r(t$numpy())" = function(tensor, type) {
    reticulate::py_to_r(if (inherits(tensor, "numpy.ndarray")) tensor else tensor$numpy())
  }
)

# ---- running --------------------------------------------------------------------------------------

tally <- function(verdicts) {
  kind <- sub(":.*", "", verdicts)
  count <- function(...) sum(kind %in% c(...))
  c(cases = length(kind), exact = count("exact"), refused = count("refused", "refused without need",
    "failed"), changed = count("changed"))
}

faults <- list()

note_faults <- function(verdicts, what) {
  bad <- !verdicts %in% c("exact", "refused")
  faults[[length(faults) + 1]] <<- paste0(what, ": ", verdicts)[bad]
}

lines_of <- function(text) paste(text, collapse = "\n")

run_to_torch <- function(name, cases) {
  # A sparse matrix means zeros, and float8_e8m0fnu has none.
  dtypes <- c("", if (name == "Matrix") setdiff(DTYPES, "float8_e8m0fnu") else DTYPES)
  each <- expand.grid(dtype = dtypes, case = seq_along(cases), stringsAsFactors = FALSE)
  truths <- vapply(cases, as_text, "")[each$case]
  vapply(names(TO_TORCH), function(way) {
    ours <- way == "pytorchbridge"
    try_it <- if (ours) attempt else attempt_of_others
    convert <- TO_TORCH[[way]]
    failed <- logical(length(cases))
    found <- lapply(seq_len(nrow(each)), function(i) {
      case <- each$case[i]
      # What others do not convert without a dtype, they do not with one: this saves half of the time.
      if (failed[case]) {
        return("refused")
      }
      result <- try_it(convert(cases[[case]], each$dtype[i]))
      failed[case] <<- !ours && each$dtype[i] == "" && is.character(result)
      result
    })
    verdicts <- oracle$judge_tensors(lines_of(truths), lines_of(each$dtype), found, ours)
    if (ours) {
      note_faults(verdicts, paste0(name, ", ", names(cases)[each$case], " -> dtype \"", each$dtype, "\""))
    }
    tally(verdicts)
  }, double(4))
}

run_to_r <- function(dtype) {
  # Not converted, so that NumPy arrays stay what they are.
  made <- reticulate::iterate(reticulate::import_main(convert = FALSE)$tensors(dtype))
  what <- vapply(made, function(pair) reticulate::py_to_r(pair[0]), "")
  tensors <- lapply(made, function(pair) pair[1])
  vapply(names(TO_R), function(way) {
    ours <- way == "pytorchbridge"
    try_it <- if (ours) attempt else attempt_of_others
    each <- expand.grid(type = c("", if (ours) TYPES), case = seq_along(tensors), stringsAsFactors = FALSE)
    found <- vapply(seq_len(nrow(each)), function(i) {
      tensor <- tensors[[each$case[i]]]
      result <- try_it(TO_R[[way]](tensor, each$type[i]))
      if (is.character(result)) result else vector_text(result)
    }, "")
    verdicts <- oracle$judge_vectors(
      lines_of(rep(dtype, nrow(each))), lines_of(each$type), tensors[each$case], lines_of(found), ours
    )
    if (ours) note_faults(verdicts, paste0(dtype, ", ", what[each$case], " -> type \"", each$type, "\""))
    tally(verdicts)
  }, double(4))
}

# What other libraries hold: their modules, or NULL where tools/setup did not put them in their place.
libraries <- local({
  folder <- Sys.getenv("PYTORCHBRIDGE_LIBRARIES")
  if (dir.exists(folder)) {
    reticulate::import("sys", convert = FALSE)$path$append(folder)
    reticulate::import_from_path("libraries", here, convert = FALSE)
  }
})

OF_LIBRARIES <- list(
  pytorchbridge = list(to_torch = as_tensor, to_r = as_r),
  "from_numpy(np.asarray(x)), py_to_r(x)" = list(
    to_torch = function(x) from_numpy(numpy$asarray(x)), to_r = reticulate::py_to_r
  )
)

run_library <- function(module) {
  cases <- reticulate::iterate(libraries$cases(module))
  objects <- lapply(cases, function(case) case$obj)
  what <- vapply(cases, function(case) reticulate::py_to_r(case$what), "")
  vapply(names(OF_LIBRARIES), function(way) {
    ours <- way == "pytorchbridge"
    try_it <- if (ours) attempt else attempt_of_others
    ways <- OF_LIBRARIES[[way]]
    tensors <- lapply(objects, function(obj) try_it(ways$to_torch(obj)))
    vectors <- vapply(objects, function(obj) {
      result <- try_it(ways$to_r(obj))
      if (is.character(result)) result else vector_text(result)
    }, "")
    there <- reticulate::py_to_r(libraries$judge_tensors(cases, tensors, ours))
    back <- reticulate::py_to_r(libraries$judge_vectors(cases, lines_of(vectors), ours))
    if (ours) {
      note_faults(there, paste0(module, ", ", what, " -> torch"))
      note_faults(back, paste0(module, ", ", what, " -> R"))
    }
    tally(c(there, back))
  }, double(4))
}

run_libraries <- function() {
  if (is.null(libraries)) {
    return("The libraries of tools/requirements-libraries.txt are not there, so their objects were not tried.")
  }
  modules <- unlist(reticulate::py_to_r(libraries$MODULES))
  found <- sapply(modules, run_library, simplify = FALSE)
  c("From other libraries to torch and to R:", "", markdown("library", names(OF_LIBRARIES), found))
}

# ---- the table ------------------------------------------------------------------------------------

markdown <- function(first, ways, results) {
  counts <- c("exact", "refused", "changed")
  header <- c(first, as.vector(outer(c("cases", counts), ways, function(count, way) {
    ifelse(count == "cases", paste0(way, ": cases"), count)
  })))
  row <- function(cells) paste0("| ", paste(cells, collapse = " | "), " |")
  body <- c(results, list("**all**" = Reduce(`+`, results)))
  number <- function(n) format(n, big.mark = ",", trim = TRUE)
  c(
    row(header), row(c("---", rep("---:", length(header) - 1))),
    vapply(names(body), function(name) row(c(name, number(as.vector(body[[name]])))), "", USE.NAMES = FALSE)
  )
}

versions <- function() {
  r_side <- c(R = format(getRversion()), vapply(
    c("pytorchbridge", "reticulate", "bit64", "Matrix"), function(name) format(packageVersion(name)), ""
  ))
  all <- c(r_side, unlist(oracle$versions()))
  paste(names(all), all, collapse = ", ")
}

main <- function() {
  types <- c(lapply(POOLS, cases_of), list(data.frame = data_frame_cases(), Matrix = matrix_cases()))
  there <- Map(run_to_torch, names(types), types)
  back <- sapply(DTYPES, run_to_r, simplify = FALSE)
  total <- sum(vapply(c(there, back), function(result) result["cases", "pytorchbridge"], 0))
  text <- c(
    paste0("Made by `tools/fidelity` with ", versions(), "."), "",
    paste(
      format(total, big.mark = ","), "conversions by this package, and the same ones by plain reticulate.",
      "A value is *changed* when it arrives as another one without an error; rounding to a dtype that",
      "was asked for by name is exact where it is PyTorch's own, and a value beyond the dtype's range is not."
    ), "",
    "From R to torch, with no dtype named and with each:", "",
    markdown("R type", names(TO_TORCH), there), "",
    "From torch to R, with no type named and (this package) with each:", "",
    markdown("dtype", names(TO_R), back), "",
    run_libraries()
  )
  writeLines(text)
  if (length(table_file) == 1) writeLines(text, table_file)
  if (sum(lengths(faults)) > 0) {
    cat("\n", sum(lengths(faults)), " faults of pytorchbridge, the first of each type:\n", sep = "", file = stderr())
    writeLines(unlist(lapply(faults, utils::head, 6)), stderr())
    quit(status = 1)
  }
}

main()
