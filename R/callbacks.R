# R functions that Python calls. Of an error in one, Python knows the message alone, and of Ctrl-C
# nothing; so the condition is kept, and raised where Python has come back to R.

# An R function for Python to call.
for_python <- function(f) {
  keep <- function(condition) the$condition_in_r <- condition
  function(...) withCallingHandlers(f(...), error = keep, interrupt = keep)
}

# Calls a function of `pytorch_bridge` that calls R functions.
call_with_functions <- function(name, ...) {
  the$condition_in_r <- NULL
  withCallingHandlers(call_bridge(name, ...), error = function(error) raise_condition_in_r())
}

# Raises what an R function under Python has raised, if one has.
raise_condition_in_r <- function() {
  condition <- the$condition_in_r
  if (inherits(condition, "interrupt")) {
    signalCondition(condition)
    invokeRestart("abort") # as Ctrl-C does where nothing catches it
  }
  if (!is.null(condition)) stop(condition)
}
