# Processes that R forked, as parallel::mclapply() does. PyTorch's threads are not there, and it would
# wait for them for ever. In such a process no call goes straight to the interpreter (src/python.c), so
# each comes by here.

mind_fork <- function() {
  if (the$process == Sys.getpid()) {
    return(invisible())
  }
  the$process <- Sys.getpid()
  if (reticulate::py_available()) {
    reticulate::py_eval(
      "__import__('torch').set_num_threads(1) if 'torch' in __import__('sys').modules else None"
    )
  }
}
