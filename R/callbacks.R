# R functions that Python calls. Of an error in one, Python knows the message alone, and of Ctrl-C
# nothing; so the condition is kept, and raised where Python has come back to R.

# An R function for Python to call. A jump out of it would go over Python's frames, so it ends here, as an error: that
# of the condition which somebody further out catches, as in tryCatch(..., warning = ), to be signalled there again.
for_python <- function(f) {
  function(...) {
    state <- "running"
    signalled <- NULL
    keep <- function(condition) {
      state <<- "failed"
      the$condition_in_r <- condition
    }
    on.exit(if (state == "running") {
      keep(if (is.null(signalled)) jump_error() else signalled)
      stop(conditionMessage(the$condition_in_r))
    })
    attach_capsules(list(...))
    value <- withCallingHandlers(
      f(...),
      error = keep, interrupt = keep, condition = function(condition) signalled <<- condition
    )
    state <- "done"
    value
  }
}

jump_error <- function() {
  tryCatch(error = identity, abort(
    "python", "A function that Python called was left by a jump, as callCC() and invokeRestart() make it, ",
    "which ends at Python.\nLet the function return a value, or stop() with an error, which comes through."
  ))
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
