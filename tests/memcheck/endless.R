# Millions of calls in a loop: what they take is given back. Prints, before the loop and after each tenth of
# it, the memory in use, the references to one tensor, and the objects that Python's collector knows of; ends
# 1 if they grow. Arguments: how many rounds of six calls (10 million calls by default).
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

for (i in 1:20000) six_calls()
states <- state_now()
for (tenth in 1:10) {
  for (i in seq_len(rounds / 10)) six_calls()
  states <- rbind(states, state_now())
  cat(format(Sys.time(), "%H:%M:%S "), paste(colnames(states), format(states[tenth + 1, ]), collapse = ", "), "\n")
}
growth <- states[11, ] - states[1, ]
cat("calls:", format(6 * rounds, big.mark = ","), "; growth:", paste(names(growth), growth, collapse = ", "), "\n")
if (growth[["MB"]] > 30 || growth[["references"]] != 0 || growth[["objects"]] > 100 || growth[["R_cells"]] > 1e4) {
  quit(status = 1)
}
