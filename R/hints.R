# A line more for those of PyTorch's own errors that R users meet most: what to write in R.

WHOLE_NUMBER <- "R's 2 is a double: write whole numbers as 2L."
LONG <- "Classes and indices are whole numbers: to_device(x, dtype = \"long\"), or as_tensor() of a factor or integers."
BATCH <- "Perhaps the batch's dimension is missing: x$unsqueeze(0L) adds it in front."
NARROW <- "Give the tensor another dtype first: to_device(x, dtype = \"float32\"), as_tensor(x, dtype = \"float32\")."
VALUES <- "as_r(x) takes the values to R."

FROM_ZERO <- "Classes and indices count from 0: subtract 1, or make a factor (of all levels), as_tensor(factor(y))."
TENSORS <- "PyTorch's functions take tensors: as_tensor(x) makes one of R's values."

# By a regular expression that the message matches; the first one counts.
HINTS <- c(
  "must be (tuple of )?ints?,.* float" = WHOLE_NUMBER,
  "got \\((.*float.*|tuple, dtype.*)\\), but expected(.|\n)*\\bints?\\b" = WHOLE_NUMBER,
  "cannot be interpreted as an integer|are valid indices \\(got float\\)" = WHOLE_NUMBER,
  "(ones|zeros|empty|rand|randn|reshape|view|expand|permute|repeat|tile)\\(\\) takes .* positional" = WHOLE_NUMBER,
  "should be a positive integer value, but got \\w+=[0-9]+[.]0" = WHOLE_NUMBER,
  "target dtype to be Long|expected scalar type Long|(index_select|gather)\\(\\): Expected dtype" = LONG,
  "scalar types: Long, Int;|index tensor of type LongTensor" = LONG,
  "(?i)double.*float|float.*double" =
    "R's doubles are float64, and networks float32: write as_tensor(x, dtype = \"float32\").",
  "Expected [234]D \\(unbatched\\)|(?i)expected (input to be )?[2345]D or [2345]D[, ]|expected 4D input" = BATCH,
  "Target -?[0-9]+ is out of bounds|index out of range in self" = FROM_ZERO,
  "must be Tensor, not (numpy.ndarray|float|int|bool|list)" = TENSORS,
  "shapes cannot be multiplied" = "Rows are samples: the data need as many columns as the layer has inputs.",
  "not compiled with CUDA" = "This PyTorch is for the CPU: cuda_is_available() asks, pytorch_config() tells more.",
  "multi-target not supported" = "Classes are one vector: y$flatten().",
  "Target size .* must be the same as input size" =
    "A column has shape [n, 1], and a vector [n]: y$unsqueeze(1L), or output$flatten().",
  "element 0 of tensors does not require grad" =
    "Nothing it comes from has requires_grad = TRUE, or the values went through R on the way (as_r(), as.numeric()).",
  "backward through the graph a second time" = "Compute the loss anew before each loss$backward().",
  "grad can be implicitly created only for scalar outputs" = "Make one number of it first: sum(x) or mean(x).",
  "leaf Variable that requires grad" =
    "Write it within with(torch$no_grad(), ...); where derivatives are to follow, change a copy: x <- x$clone().",
  "Can't call numpy\\(\\) on Tensor that requires grad" = VALUES,
  "cannot be converted to Scalar" = VALUES,
  "could not infer output dtype" = "mean(x), as R's own, takes whole numbers too.",
  "doesn't support float64" = NARROW,
  "Expected all tensors to be on the same device" = "Move them to one: to_device(x, \"cuda\"), model$to(\"cuda\").",
  "expected torch.Tensor or Tensor-like object from checkpoint" =
    "Make tensors of R's arrays first: model$load_state_dict(as_tensors(weights)).",
  "object is not iterable|should be an iterable of Tensors" =
    "An optimizer takes model$parameters(), or a list of tensors."
)

# The line for a message; NULL if there is none.
hint_for <- function(message) {
  for (pattern in names(HINTS)) {
    if (grepl(pattern, message, perl = TRUE)) {
      return(HINTS[[pattern]])
    }
  }
  NULL
}

# A message with its line, once.
with_hint <- function(message) {
  hint <- hint_for(message)
  if (is.null(hint) || grepl(hint, message, fixed = TRUE)) message else paste0(trimws(message), "\n", hint)
}

# An error of PyTorch's on its way to R. In newer reticulate it has the class of the Python exception, of which
# `$<-` would set an attribute.
error_with_hint <- function(error) {
  message <- with_hint(conditionMessage(error))
  class <- class(error)
  error <- unclass(error)
  error[["message"]] <- message
  structure(error, class = class)
}
