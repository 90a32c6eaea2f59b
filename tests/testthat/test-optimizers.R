# An optimizer's state in R, and back: the same steps are made as if it had never been there.

# Weights after more steps, of an optimizer whose state went through `keep`.
weights_after <- function(keep, make, steps = 3) {
  torch$manual_seed(1L)
  model <- torch$nn$Linear(2L, 1L)
  optimizer <- make(model$parameters())
  step <- function() {
    optimizer$zero_grad()
    sum(model(torch$ones(1L, 2L))^2)$backward()
    optimizer$step()
  }
  for (i in seq_len(steps)) step()
  state <- keep(optimizer$state_dict())
  optimizer <- make(model$parameters())
  if (!is.null(state)) optimizer$load_state_dict(state)
  for (i in seq_len(steps)) step()
  list(as_r(model$weight), state = names(optimizer$state_dict()$state))
}

test_that("the state of an optimizer comes back from R, from a file of R's and from one of PyTorch's", {
  skip_if_no_torch()
  file <- tempfile()
  on.exit(unlink(file))
  ways <- list(
    in_r = identity,
    rds = function(state) {
      saveRDS(state, file)
      readRDS(file)
    },
    torch = function(state) {
      torch$save(state, file)
      torch$load(file)
    }
  )
  makers <- list(
    adam = function(parameters) torch$optim$Adam(parameters, lr = 0.1),
    momentum = function(parameters) torch$optim$SGD(parameters, lr = 0.1, momentum = 0.9),
    plain = function(parameters) torch$optim$SGD(parameters, lr = 0.1)
  )
  for (name in names(makers)) {
    make <- makers[[name]]
    truth <- run_python("
import torch
def steps(make, n):
    torch.manual_seed(1)
    model = torch.nn.Linear(2, 1)
    optimizer = make(model.parameters())
    for i in range(n):
        optimizer.zero_grad()
        (model(torch.ones(1, 2)) ** 2).sum().backward()
        optimizer.step()
    return model.weight
makers = dict(
    adam=lambda p: torch.optim.Adam(p, lr=0.1),
    momentum=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    plain=lambda p: torch.optim.SGD(p, lr=0.1),
)")
    wanted <- as_r(truth$steps(truth$makers[[name]], 6L))
    for (way in names(ways)) {
      found <- weights_after(ways[[way]], make)
      expect_identical(found[[1]], wanted, info = paste(name, way))
      expect_false(any(duplicated(found$state)), info = paste(name, way))
    }
  }
})

test_that("an optimizer of one parameter, and one that is gone, are no exception", {
  skip_if_no_torch()
  w <- torch$ones(2L, requires_grad = TRUE)
  optimizer <- torch$optim$Adam(list(w))
  sum(w)$backward()
  optimizer$step()
  other <- torch$optim$Adam(list(w))
  other$load_state_dict(optimizer$state_dict())
  expect_identical(as_r(other$state_dict()$state[[1]]$exp_avg), as_r(optimizer$state_dict()$state[[1]]$exp_avg))
  gone <- unserialize(serialize(optimizer, NULL))
  expect_says(gone$step(), "python", "x$state_dict()")
})
