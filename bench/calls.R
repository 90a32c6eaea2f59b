# Small calls, in R against the same in Python: medians in one process, in turn, of the processor's time, since
# these are too short for a clock that others on the machine disturb. Run it through tools/bench.

# The Python side. Each is timed by Python itself, in a loop of its own.
python_side <- reticulate::py_run_string("
import statistics, time
import numpy as np, torch
import torch.nn.functional as F

torch.set_num_threads(1)
t = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
m = torch.arange(200.0, dtype=torch.float64).reshape(20, 10)
a = np.array([1.0, 2.0, 3.0])
model = torch.nn.Linear(3, 2).double()

def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))

def trainer():
    net = network()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = torch.rand(80, 4), torch.randint(0, 3, (80,))
    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    return step
train = trainer()

target = torch.tensor([1.0, -1.0], dtype=torch.float64)
def value_and_gradient():
    w = torch.tensor([0.5, 0.5], dtype=torch.float64, requires_grad=True)
    loss = ((w - target) ** 2).sum()
    loss.backward()
    return loss.item(), w.grad.tolist()

clock = time.process_time

def seconds(code, n):
    scope = dict(globals())
    exec('def f(n):\\n for _ in range(n):\\n  ' + code, scope)
    start = clock()
    scope['f'](n)
    return (clock() - start) / n
", local = FALSE)

# One row: what Python runs as text, what R runs, and how many times the floor it may take. floor: Python's
# time, and for a call of one generic function that of a method that does nothing. Without code for Python,
# the floor is the time by reticulate alone.
call_rows <- function() {
  t <- python_side$t
  m <- python_side$m
  tensors <- lapply(1:100, function(i) torch$rand(3L))
  frame <- as.data.frame(matrix(stats::runif(2000), 100))
  model <- torch$nn$Linear(3L, 2L)$double()
  x <- c(1, 2, 3)
  train <- trainer()
  target <- as_tensor(c(1, -1))
  optim_like <- function() {
    w <- as_tensor(c(0.5, 0.5), requires_grad = TRUE)
    loss <- sum((w - target)^2)
    loss$backward()
    list(loss$item(), as_r(w$grad))
  }
  row <- function(what, code, call, limit, dispatches = TRUE, n = 1000L) {
    list(what = what, code = code, call = call, limit = limit, dispatches = dispatches, n = n)
  }
  list(
    row("t + 1", "t + 1", function() t + 1, 3),
    row("t * t", "t * t", function() t * t, 3),
    row("exp(t)", "torch.exp(t)", function() exp(t), 3),
    row("t > 0", "t > 0", function() t > 0, 3),
    row("sum(t)", "t.sum()", function() sum(t), 3),
    row("m[1, ]", "m[0, :]", function() m[1, ], 3),
    row("m[[1, 2]]", "m[0, 1]", function() m[[1, 2]], 3),
    row("m[1, 2] <- 0", "m[0, 1] = 0", function() m[1, 2] <- 0, 3),
    row("dim(m)", "m.shape", function() dim(m), 3),
    row("length(m)", "m.numel()", function() length(m), 3),
    row("m[c(1, 3, 9), ]", "m[[0, 2, 8], :]", function() m[c(1, 3, 9), ], 4),
    row("m[m > 0]", "m[m > 0]", function() m[m > 0], 4),
    row("t * c(1, 2, 3)", "t * torch.tensor([1.0, 2.0, 3.0])", function() t * c(1, 2, 3), 4),
    row("as_tensor(c(1, 2, 3))", "torch.tensor([1.0, 2.0, 3.0])", function() as_tensor(x), 3),
    row("as_r(t)", "t.tolist()", function() as_r(t), 3),
    row("as_r(t, copy = FALSE)", "t.numpy()", function() as_r(t, copy = FALSE), 6),
    row("as_tensor(x, copy = FALSE)", "torch.from_numpy(a)", function() as_tensor(x, copy = FALSE), 6),
    row("t$add(1)", "t.add(1)", function() t$add(1), 4),
    row("torch$add(t, 1)", "torch.add(t, 1)", function() torch$add(t, 1), 4),
    row("torch$nn$functional$relu(t)", "F.relu(t)", function() torch$nn$functional$relu(t), 4),
    row("model(x)", "model(t)", function() model(t), 4),
    row("a training step, batch of 80", "train()", train, 1.5, FALSE, 50L),
    row("value and gradient of a loss", "value_and_gradient()", optim_like, 3, FALSE, 50L),
    row("as_r(100 small tensors)", NULL, function() as_r(tensors), 0.2, FALSE, 20L),
    row("as_tensor(20 columns of 100)", NULL, function() as_tensor(frame), 0.2, FALSE, 20L)
  )
}

# The same network and the same step as in Python.
trainer <- function() {
  net <- python_side$network()
  net <- torch$nn$Sequential(net[[0]], net[[1]], net[[2]])
  optimizer <- torch$optim$SGD(net$parameters(), lr = 0.1)
  x <- torch$rand(80L, 4L)
  y <- torch$randint(0L, 3L, list(80L))
  function() {
    optimizer$zero_grad()
    loss <- torch$nn$functional$cross_entropy(net(x), y)
    loss$backward()
    optimizer$step()
  }
}

empty <- function(x) UseMethod("empty")
empty.torch.Tensor <- function(x) NULL

# Medians over rounds in which Python, R, reticulate (direct calls off) and an empty method take turns.
measure_calls <- function(rounds) {
  do.call(rbind, lapply(call_rows(), function(row) {
    loop_seconds(row$call, 5)
    times <- vapply(seq_len(rounds), function(round) seconds_of_row(row), numeric(4))
    middle <- as.list(apply(times, 1, stats::median))
    floor <- if (is.null(row$code)) middle$off else middle$python + if (row$dispatches) middle$empty else 0
    data.frame(
      what = row$what, python = middle$python, R = middle$R, off = middle$off, ratio = middle$R / floor,
      limit = row$limit
    )
  }))
}

seconds_of_row <- function(row) {
  t <- python_side$t
  c(
    python = if (is.null(row$code)) NA else python_side$seconds(row$code, row$n),
    R = loop_seconds(row$call, row$n),
    off = by_reticulate_alone(loop_seconds(row$call, max(5, row$n / 20))),
    empty = loop_seconds(function() empty(t), 1000)
  )
}

by_reticulate_alone <- function(code) {
  before <- options(pytorchbridge.direct_calls = FALSE)
  on.exit(options(before))
  code
}

loop_seconds <- function(call, n) {
  clock <- python_side$clock
  start <- clock()
  for (i in seq_len(n)) call()
  (clock() - start) / n
}

# The rows among the goals, and their times.
judge_calls <- function(rounds) {
  small <- measure_calls(rounds)
  for (i in seq_len(nrow(small))) {
    seconds <- c(Python = small$python[i], R = small$R[i], reticulate = small$off[i])
    seconds <- seconds[!is.na(seconds)]
    ways <- unname(CALL_WAYS[names(seconds)])
    times[[length(times) + 1]] <<- data.frame(what = small$what[i], way = ways, seconds = unname(seconds))
    floor <- if (is.na(small$python[i])) "reticulate alone" else "its floor"
    goal(paste0("`", small$what[i], "` over ", floor), small$ratio[i], small$limit[i], "most", "x the time")
  }
}

CALL_WAYS <- c(Python = "Python", R = "R", reticulate = "R, direct calls off")
