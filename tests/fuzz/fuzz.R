# Random work, checked against plain R; see tools/fuzz. Arguments: a file for the seed of the round that
# runs, the minutes, the first seed.
suppressPackageStartupMessages(library(pytorchbridge))

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
counts <- new.env()
counts$checks <- 0
for (file in c("values.R", "cells.R", "operations.R")) source(file.path(here, file))

arguments <- commandArgs(TRUE)
seed_file <- arguments[1]
minutes <- as.double(arguments[2])
first_seed <- as.integer(arguments[3])

reticulate::py_run_string("
import gc, threading, time

def hold_for_a_while(tensor, seconds):
    held = [tensor]
    def wait():
        time.sleep(seconds)
        held.clear()
    threading.Thread(target=wait).start()

def wait_for_threads():
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
")
python <- list(
  hold_for_a_while = reticulate::py$hold_for_a_while,
  wait_for_threads = reticulate::py$wait_for_threads,
  collect = reticulate::import("gc")$collect
)

invisible(as_r(as_tensor(1))) # loads PyTorch

STEPS <- 150 # operations of a round
CHECK_EVERY <- 20

run_round <- function(seed) {
  writeLines(as.character(seed), seed_file)
  set.seed(seed)
  cells <<- list()
  for (step in seq_len(STEPS)) {
    name <- sample(names(OPERATIONS), 1)
    counts[[name]] <- c(counts[[name]], 0)[1] + 1
    tryCatch(
      OPERATIONS[[name]](),
      error = function(error) stop("step ", step, ", ", name, ": ", conditionMessage(error), call. = FALSE)
    )
    if (step %% CHECK_EVERY == 0) {
      OPERATIONS$check()
    }
  }
  OPERATIONS$check()
  cells <<- list()
}

# Vectors on loan once all is dropped that can be.
loans_left <- function() {
  python$wait_for_threads()
  for (i in 1:3) {
    gc()
    python$collect()
  }
  .Call(pytorchbridge:::ptb_loans)
}

# MiB of this process in RAM; NA where the system does not tell.
resident <- function() .Call(pytorchbridge:::ptb_resident, 0) / 2^20

# ---- the run --------------------------------------------------------------------------------------

started <- proc.time()[["elapsed"]]
elapsed <- function() proc.time()[["elapsed"]] - started
seed <- first_seed
memory <- double()
repeat {
  run_round(seed)
  left <- loans_left()
  if (left > 0) stop("round ", seed, " leaves ", left, " loans")
  memory <- c(memory, resident())
  seed <- seed + 1L
  if (elapsed() > 60 * minutes) break
}

rounds <- seed - first_seed
operations <- setdiff(ls(counts), "checks")
cat(
  rounds, " rounds from seed ", first_seed, ", ", sum(unlist(mget(operations, counts))), " operations, ",
  counts$checks, " checks: all right. No loan is left.\n", sep = ""
)

# Flat: the last rounds need no more memory than those at a third of the run, when all code is loaded.
if (rounds >= 30 && all(memory > 0)) {
  third <- seq_len(rounds) %in% (rounds %/% 3 + 0:9)
  growth <- median(utils::tail(memory, 10)) - median(memory[third])
  cat(sprintf("Memory: %.0f MiB at the end, %+.1f MiB since a third of the run.\n", utils::tail(memory, 1), growth))
  if (growth > 32) stop("memory grows")
}
