# Millions of calls in a loop: what they take is given back. Prints after each tenth of it the memory in use,
# the references to one tensor, the objects that Python's collector knows of, and R's cells in use; ends 1 if
# they have grown since the first tenth, in which R's heap and Python's arenas come to their sizes.
# Arguments: how many rounds of six calls (10 million calls by default).
#
#   Rscript tests/memcheck/endless.R [rounds]

suppressPackageStartupMessages(library(pytorchbridge))
rounds <- as.numeric(c(commandArgs(TRUE), 1e7 / 6)[1])

t <- as_tensor(c(1, 2, 3))
x <- c(1, 2, 3)
python <- reticulate::py_run_string("
import gc, sys

def references(tensor):
    gc.collect()
    return sys.getrefcount(tensor)

def objects():
    gc.collect()
    return len(gc.get_objects())
", local = FALSE)

six_calls <- function() {
  t + 1
  dim(t)
  as_r(t)
  as_r(t, copy = FALSE)
  as_tensor(x, copy = FALSE)
  t$add(1)
}

state_now <- function() {
  gc()
  gc() # what the first has ended, the second frees
  pages <- as.numeric(strsplit(readLines("/proc/self/statm"), " ")[[1]][2])
  c(MB = pages * 4096 / 1e6, references = python$references(t), objects = python$objects(), R_cells = gc()[1, 1])
}

states <- NULL
for (tenth in 1:10) {
  for (i in seq_len(rounds / 10)) six_calls()
  states <- rbind(states, state_now())
  cat(format(Sys.time(), "%H:%M:%S "), paste(colnames(states), format(states[tenth, ]), collapse = ", "), "\n")
}
growth <- states[10, ] - states[1, ]
calls <- 6 * rounds * 9 / 10
cat("calls:", format(calls, big.mark = ","), "; growth:", paste(names(growth), growth, collapse = ", "), "\n")
# R's cells vary by some ten thousand from one tenth to the next, without a trend; a call that kept one would
# keep millions.
grows <- growth[["MB"]] > 30 || growth[["references"]] != 0 || growth[["objects"]] > 100 ||
  growth[["R_cells"]] > calls / 100
if (grows) quit(status = 1)
