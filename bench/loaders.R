# Passes through a loader: each_batch() in R against `for` in Python, over the same loader, in turn. Without
# workers in the processor's time; with workers, which others do, by the clock. Run it through tools/bench.

loop_side <- reticulate::py_run_string("
import time
import torch
import torch.nn.functional as F

class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers = torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)
        self.layers = torch.nn.Sequential(*layers).double()
        self.optimizer = torch.optim.SGD(self.parameters(), lr=0.1)

    def learn(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.layers(x), y)
        loss.backward()
        self.optimizer.step()

def nothing(x, y):
    pass

def clock_of(loader):
    return time.perf_counter if loader.num_workers else time.process_time

def go_through(loader, f):
    clock = clock_of(loader)
    start = clock()
    for x, y in loader:
        f(x, y)
    return clock() - start
", local = FALSE)

# The same function of a batch in both, one call of Python's: what is measured is the loop.
loop_functions <- function() {
  network <- loop_side$Network()
  list(
    "does nothing" = list(python = loop_side$nothing, r = function(x, y) NULL),
    "trains a small network" = list(python = network$learn, r = function(x, y) network$learn(x, y))
  )
}

judge_loaders <- function(rounds, rows = 20000) {
  data <- tensor_dataset(matrix(stats::runif(rows * 4), rows), rep_len(0:2, rows))
  functions <- loop_functions()
  for (workers in c(0L, 2L)) {
    loader <- torch$utils$data$DataLoader(data, batch_size = 80L, shuffle = TRUE, num_workers = workers)
    for (what in names(functions)) {
      f <- functions[[what]]
      seconds <- vapply(seq_len(rounds), function(round) {
        c("for, in Python" = loop_side$go_through(loader, f$python), each_batch = seconds_of_pass(loader, f$r))
      }, numeric(2))
      middle <- apply(seconds, 1, stats::median)
      name <- paste0("each_batch(), batches of 80, ", workers, " workers, a function that ", what)
      times[[length(times) + 1]] <<- data.frame(what = name, way = names(middle), seconds = unname(middle) / (rows / 80))
      goal(paste0(name, ": throughput over that of Python's `for`"), middle[[1]] / middle[[2]], 0.9, "faster", "x")
    }
  }
}

seconds_of_pass <- function(loader, f) {
  clock <- loop_side$clock_of(loader)
  start <- clock()
  each_batch(loader, f, progress = FALSE)
  clock() - start
}
