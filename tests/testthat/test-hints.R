# Each error of PyTorch's with its line, and the call that the line says to write.

expect_hint <- function(wrong, right, hint) {
  torch$ones(1L) # the first call of a session is reticulate's
  message <- conditionMessage(expect_error(wrong))
  expect_match(message, hint, fixed = TRUE)
  expect_identical(lengths(regmatches(message, gregexpr(hint, message, fixed = TRUE))), 1L)
  expect_no_error(right)
}

test_that("whole numbers", {
  skip_if_no_torch()
  two <- "write whole numbers as 2L"
  expect_hint(torch$ones(2), torch$ones(2L), two)
  expect_hint(torch$ones(2, 3), torch$ones(2L, 3L), two)
  expect_hint(torch$nn$Linear(2, 1), torch$nn$Linear(2L, 1L), two)
  expect_hint(torch$ones(4L)$reshape(2, 2), torch$ones(4L)$reshape(2L, 2L), two)
  expect_hint(torch$ones(4L)$sum(0), torch$ones(4L)$sum(0L), two)
  expect_hint(torch$ones(4L)$unsqueeze(1), torch$ones(4L)$unsqueeze(1L), two)
  expect_hint(
    torch$utils$data$DataLoader(tensor_dataset(1:3), batch_size = 2),
    torch$utils$data$DataLoader(tensor_dataset(1:3), batch_size = 2L), two
  )
  of_pytorch <- torch$utils$data$TensorDataset(torch$arange(3L))
  taken <- function(places) each_batch(torch$utils$data$DataLoader(of_pytorch, sampler = places), as_r)
  expect_hint(taken(list(2, 0)), taken(list(2L, 0L)), two)
})

test_that("dtypes", {
  skip_if_no_torch()
  float32 <- "write as_tensor(x, dtype = \"float32\")"
  layer <- torch$nn$Linear(2L, 1L)
  x <- matrix(c(1, 2, 3, 4), 2)
  expect_hint(layer(as_tensor(x)), layer(as_tensor(x, dtype = "float32")), float32)
  expect_hint(
    torch$matmul(as_tensor(x), torch$ones(2L, 2L)), torch$matmul(as_tensor(x, dtype = "float32"), torch$ones(2L, 2L)),
    float32
  )
  classes <- "to_device(x, dtype = \"long\")"
  loss <- torch$nn$functional$cross_entropy
  y <- as_tensor(c(0, 1))
  expect_hint(loss(torch$ones(2L, 3L), y), loss(torch$ones(2L, 3L), to_device(y, dtype = "long")), classes)
  embed <- torch$nn$Embedding(3L, 2L)
  expect_hint(embed(y), embed(to_device(y, dtype = "long")), classes)
  expect_hint(torch$index_select(y, 0L, y), torch$index_select(y, 0L, to_device(y, dtype = "long")), classes)
  expect_hint(as_tensor(1:3)$mean(), mean(as_tensor(1:3)), "mean(x)")
})

test_that("shapes", {
  skip_if_no_torch()
  image <- torch$ones(5L, 5L)
  layer <- torch$nn$Conv2d(1L, 1L, 1L)
  expect_hint(layer(image), layer(image$unsqueeze(0L)), "x$unsqueeze(0L)")
  norm <- torch$nn$BatchNorm1d(2L)$eval()
  expect_hint(norm(torch$ones(2L)), norm(torch$ones(2L)$unsqueeze(0L)), "x$unsqueeze(0L)")
  recurrent <- torch$nn$LSTM(2L, 2L)
  expect_hint(recurrent(torch$ones(2L)), recurrent(torch$ones(2L)$unsqueeze(0L)), "x$unsqueeze(0L)")
  loss <- torch$nn$functional$cross_entropy
  column <- as_tensor(matrix(0:1))
  expect_hint(loss(torch$ones(2L, 3L), column), loss(torch$ones(2L, 3L), column$flatten()), "y$flatten()")
  binary <- torch$nn$functional$binary_cross_entropy_with_logits
  y <- torch$ones(3L)
  expect_hint(binary(torch$ones(3L, 1L), y), binary(torch$ones(3L, 1L), y$unsqueeze(1L)), "y$unsqueeze(1L)")
})

test_that("classes from 0, R's values in the place of tensors, layers of another width, a GPU that is not there", {
  skip_if_no_torch()
  y <- c(1, 2, 1)
  loss <- torch$nn$functional$cross_entropy
  scores <- torch$ones(3L, 2L)
  expect_hint(loss(scores, as_tensor(as.integer(y))), loss(scores, as_tensor(factor(y))), "as_tensor(factor(y))")
  embed <- torch$nn$Embedding(2L, 3L)
  expect_hint(embed(as_tensor(as.integer(y))), embed(as_tensor(factor(y))), "as_tensor(factor(y))")
  layer <- torch$nn$Linear(2L, 1L)$double()
  x <- matrix(c(1, 2, 3, 4, 5, 6), 3)
  expect_hint(layer(x), layer(as_tensor(x)), "as_tensor(x) makes one")
  expect_hint(layer(as_tensor(t(x))), layer(as_tensor(x)), "as many columns as the layer has inputs")
  if (!cuda_is_available() && is.null(torch$version$cuda)) {
    expect_hint(torch$ones(2L, device = "cuda"), cuda_is_available(), "cuda_is_available()")
  }
})

test_that("gradients", {
  skip_if_no_torch()
  w <- torch$ones(2L, requires_grad = TRUE)
  expect_hint(sum(torch$ones(2L))$backward(), sum(w)$backward(), "has requires_grad = TRUE")
  loss <- sum(w^2)
  loss$backward()
  expect_hint(loss$backward(), sum(w^2)$backward(), "anew before each loss$backward()")
  expect_hint((w * 2)$backward(), sum(w * 2)$backward(), "sum(x) or mean(x)")
  expect_hint(w$add_(1), with(torch$no_grad(), w$add_(1)), "with(torch$no_grad(), ...)")
  expect_hint(w$add_(1), w$clone()$add_(1), "x <- x$clone()")
  expect_hint(w$numpy(), as_r(w), "as_r(x)")
  expect_hint(w$item(), as_r(w), "as_r(x)")
})

test_that("models and optimizers", {
  skip_if_no_torch()
  model <- torch$nn$Linear(2L, 1L)
  expect_hint(torch$optim$SGD(model, lr = 0.1), torch$optim$SGD(model$parameters(), lr = 0.1), "model$parameters()")
  expect_hint(
    torch$optim$SGD(model$weight, lr = 0.1), torch$optim$SGD(list(model$weight), lr = 0.1), "a list of tensors"
  )
  weights <- list(weight = matrix(c(1, 2), 1), bias = 1)
  expect_hint(model$load_state_dict(weights), model$load_state_dict(as_tensors(weights)), "as_tensors(weights)")
})

test_that("other errors stay as they are", {
  skip_if_no_torch()
  message <- conditionMessage(expect_error(torch$ones(2L)$reshape(3L)))
  # Newer reticulate has a line of its own.
  expect_no_match(sub("\nRun `reticulate::py_last_error[^\n]*$", "", message), "\n.*\\w")
})
