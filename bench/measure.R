# Measuring: functions in turn in one process, and peak memory in processes of their own.

# Garbage is collected before, so that it is not in the time of another.
seconds_of <- function(call, collect) {
  if (collect) gc()
  start <- Sys.time()
  value <- call()
  elapsed <- as.numeric(Sys.time() - start, units = "secs")
  if (inherits(value, "measured_seconds")) as.numeric(value) else elapsed
}

# Median seconds of each of the functions, which take turns.
in_turn <- function(calls, rounds, collect = TRUE) {
  calls <- Filter(Negate(is.null), calls)
  for (call in calls) {
    gc() # within rpy2, collecting an object of reticulate's would crash: it does not hold Python's lock
    call()
  }
  gc()
  times <- vapply(seq_len(rounds), function(round) vapply(calls, seconds_of, 0, collect), numeric(length(calls)))
  apply(matrix(times, length(calls), dimnames = list(names(calls))), 1, stats::median)
}

# The same for calls too short for the clock: each turn runs them `n` times.
per_call <- function(calls, rounds, n) {
  repeated <- lapply(Filter(Negate(is.null), calls), function(call) {
    force(call)
    function() for (i in seq_len(n)) call()
  })
  in_turn(repeated, rounds, collect = n == 1) / n
}

# memcpy of `bytes` of x into new memory; it says itself how long that took.
memcpy_of <- function(x, bytes = 8 * length(x), huge = TRUE) {
  structure(.Call("fresh_memcpy", x, bytes, huge), class = "measured_seconds")
}

compile_memcpy <- function(here) {
  scratch <- tempfile("memcpy")
  dir.create(scratch)
  file.copy(file.path(here, "memcpy.c"), scratch)
  library_file <- file.path(scratch, paste0("memcpy", .Platform$dynlib.ext))
  command <- c("CMD", "SHLIB", "-o", library_file, file.path(scratch, "memcpy.c"))
  output <- system2(file.path(R.home("bin"), "R"), command, stdout = TRUE, stderr = TRUE)
  if (!file.exists(library_file)) stop(paste(output, collapse = "\n"))
  dyn.load(library_file)
}

# ---- memory ---------------------------------------------------------------------------------------

status <- function(field) {
  line <- grep(paste0("^", field, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024
}

reset_peak <- function() {
  file <- file("/proc/self/clear_refs", "w")
  writeLines("5", file)
  close(file)
}

# By how much resident memory rises at most while a function runs, in bytes.
peak_above <- function(call) {
  gc()
  before <- status("VmRSS")
  reset_peak()
  call()
  status("VmHWM") - before
}

# Runs a case of memory.R in a process of its own; returns the numbers that it prints, in bytes.
memory_of_case <- function(here, name, n) {
  rscript <- file.path(R.home("bin"), "Rscript")
  output <- system2(rscript, c(file.path(here, "memory.R"), name, format(n, scientific = FALSE)),
    stdout = TRUE, stderr = FALSE
  )
  last <- if (length(output) > 0) utils::tail(output, 1) else ""
  numbers <- suppressWarnings(as.numeric(strsplit(last, " ")[[1]]))
  if (length(numbers) == 0) c(NA_real_, NA_real_) else numbers
}

# ---- what is remembered for the report --------------------------------------------------------------

times <- list() # one data frame for each comparison
rows_met <- list()

say <- function(...) cat(format(Sys.time(), "%H:%M:%S"), " ", ..., "\n", sep = "")

# Times of several ways to do the same, remembered for the report.
compare <- function(what, calls, n_rounds = rounds, n = 1) {
  say(what)
  seconds <- if (n == 1) in_turn(calls, n_rounds) else per_call(calls, n_rounds, n)
  times[[length(times) + 1]] <<- data.frame(what = what, way = names(seconds), seconds = unname(seconds))
  seconds
}

# A row of the table of goals. sense: "faster" (value at least the limit) or "most" (at most).
goal <- function(what, value, limit, sense, unit = "") {
  met <- !is.na(value) && (if (sense == "faster") value >= limit else value <= limit)
  rows_met[[length(rows_met) + 1]] <<- data.frame(
    what = what, value = value, limit = limit, sense = sense, unit = unit, met = met
  )
  say("  ", what, ": ", format_goal(value, unit), if (met) ", met" else ", NOT MET")
}
