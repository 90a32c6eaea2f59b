# A tour of the bridge: tensors between PyTorch, NumPy and R, and a linear model on real data.
#
#   tools/run inst/examples/bridge.R [PICTURE.png]

suppressPackageStartupMessages(library(pytorchbridge))

# ---- the voice of the tour -----------------------------------------------------------------------

heading <- function(text) {
  cat("\n", text, "\n", strrep("-", nchar(text)), "\n", sep = "")
}

say <- function(...) {
  writeLines(strwrap(paste0(...), width = 88))
}

echo <- function(expression) {
  code <- deparse(expression, width.cutoff = 500L)
  writeLines(paste0(c("> ", rep("+ ", length(code) - 1)), code))
}

# Each line of the block with its value, as at R's prompt.
run <- function(block) {
  for (line in as.list(substitute(block))[-1]) {
    echo(line)
    result <- withVisible(eval(line, globalenv()))
    if (result$visible) print(result$value)
  }
  cat("\n")
}

# A call that must fail, with what it says.
fail <- function(call) {
  echo(substitute(call))
  error <- tryCatch(call, pytorchbridge_error = identity)
  stopifnot(inherits(error, "pytorchbridge_error"))
  writeLines(c(paste0("<", class(error)[1], ">"), conditionMessage(error), ""))
}

# ---- the tour ------------------------------------------------------------------------------------

heading("1. From a tensor to NumPy")
say("as_numpy() gives an array on the tensor's own memory, as Tensor.numpy() does.")
run({
  a <- torch$ones(5L)
  b <- as_numpy(a)
})
say("add_() changes the tensor in place, so b changes too:")
run({
  a$add_(1)
  b
  shares_memory(a, b)
})
say("add() makes another tensor, so b stays as it was:")
run({
  a <- a$add(1)
  a
  b
  shares_memory(a, b)
})

heading("2. From NumPy to a tensor")
say("torch$from_numpy() shares the array's memory, and so does as_tensor() of an array:")
run({
  n <- np$arange(5L)
  u <- torch$from_numpy(n)
  v <- as_tensor(n)
  c(shares_memory(n, u), shares_memory(n, v))
})
say("Add 1 to the array in place, and both tensors follow:")
run({
  np$add(n, 1L, out = n)
  u
  v
})

heading("3. To the GPU and back, with another dtype")
run({
  cuda_is_available()
  device <- if (cuda_is_available()) "cuda" else "cpu"
})
if (cuda_is_available()) {
  say("A tensor made on the GPU, brought to the CPU as double:")
} else {
  say(
    "PyTorch finds no CUDA device here, so the next two steps stay on the CPU: ",
    "the dtypes change in the same way. A tensor brought to double:"
  )
}
run({
  g <- torch$ones(3L, device = device)
  to_device(g, "cpu", dtype = "double")
})
say(
  "A tensor of the CPU", if (device == "cuda") ", sent to the GPU",
  " as long, which cuts off the decimals:"
)
run({
  x <- as_tensor(c(1.1, 1.2, 4.8))
  to_device(x, device, dtype = "long")
})

heading("4. From Python to R")
run({
  as_r(np$arange(1, 5))
  as_r(torch$arange(6L)$reshape(2L, 3L))
})

heading("5. From R to Python")
say("An integer vector becomes int64, PyTorch's own integer:")
run({
  b <- 1:10
  as_tensor(b)
  as_tensor(b)$dtype
})
say("The same from the side of Python, as in a Python chunk of an R Markdown document:")
run({
  reticulate::py_run_string("from pytorch_bridge import to_tensor; p = to_tensor(r.b)")
  reticulate::py$p
})

heading("6. Real data: airquality")
say(
  "Ozone, sun, wind and temperature in New York, on 153 days of 1973. Some values are missing. ",
  "They are not lost on the way: the call fails, and says where the first one is."
)
fail(as_tensor(airquality))
say(
  "The message offers the choice. We let the missing values be NaN in a float64 tensor, ",
  "and leave out the days that have one, as lm() does."
)
run({
  columns <- c("Ozone", "Solar.R", "Wind", "Temp")
  days <- as_tensor(airquality[columns], na = "nan", device = device)
  as_r(days$isnan()$sum(dim = 0L))
  complete <- days$isnan()$any(dim = 1L)$logical_not()$nonzero()$flatten()
  days <- days$index_select(0L, complete)
  days$shape
})
say("Ozone ~ Solar.R + Wind + Temp by least squares, in torch on device \"", device, "\":")
run({
  ozone <- days$narrow(1L, 0L, 1L)
  X <- torch$cat(list(torch$ones_like(ozone), days$narrow(1L, 1L, 3L)), dim = 1L)
  beta <- torch$linalg$lstsq(X, ozone)$solution
  fitted <- X$matmul(beta)
})
say("Its coefficients beside those of lm():")
run({
  model <- lm(Ozone ~ Solar.R + Wind + Temp, data = airquality)
  both <- data.frame(torch = as.vector(beta), lm = coef(model))
  both
  max(abs(both$torch - both$lm))
  stopifnot(max(abs(both$torch - both$lm)) < 1e-6)
})
say("The residuals come back as an R vector, and agree too:")
run({
  residuals <- as_r(ozone$sub(fitted)$flatten())
  fitted <- as_r(fitted$flatten())
  summary(residuals)
  stopifnot(max(abs(residuals - resid(model))) < 1e-6)
})

# ---- the picture ---------------------------------------------------------------------------------

draw <- function(fitted, residuals, labels) {
  blue <- "#1f5a94"
  orange <- "#d9662b"
  points_blue <- adjustcolor(blue, 0.55)
  far <- order(-abs(residuals))[1:2]
  par(
    mfrow = c(1, 2), mar = c(4.2, 4.2, 3, 1), las = 1, tcl = -0.3, mgp = c(2.6, 0.6, 0),
    col.axis = "grey30", col.lab = "grey20", fg = "grey60", cex.main = 1.05, font.main = 1,
    bty = "l"
  )

  plot(
    fitted, residuals,
    pch = 19, col = points_blue, xlim = range(fitted) + c(-5, 12),
    xlab = "Fitted ozone (ppb)", ylab = "Residual (ppb)", main = "The fit is too low at both ends"
  )
  abline(h = 0, lty = 2, col = "grey50")
  lines(lowess(fitted, residuals), col = orange, lwd = 2.5)
  text(fitted[far], residuals[far], labels[far], pos = 2, cex = 0.75, col = "grey25")
  legend("topleft", "lowess", col = orange, lwd = 2.5, bty = "n", cex = 0.85, text.col = "grey25")

  normal <- qqnorm(
    residuals,
    pch = 19, col = points_blue,
    xlab = "Normal quantile", ylab = "Residual (ppb)",
    main = "High residuals are higher than normal"
  )
  qqline(residuals, col = orange, lwd = 2)
  text(normal$x[far], normal$y[far], labels[far], pos = 2, cex = 0.75, col = "grey25")
}

picture <- c(commandArgs(trailingOnly = TRUE), "bridge-demo.png")[1]
rows <- as.integer(names(resid(model)))
date <- ISOdate(1973, airquality$Month, airquality$Day)[rows]
graphics_type <- if (capabilities("cairo")) "cairo" else getOption("bitmapType")
png(picture, width = 1800, height = 900, res = 160, type = graphics_type)
draw(fitted, residuals, format(date, "%d %b"))
invisible(dev.off())
say("The picture of the residuals is in ", picture, ".")
