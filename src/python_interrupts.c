/*
 * Ctrl-C while Python runs. reticulate tells R and Python of it, and whoever looks first takes it.
 * Before 1.37 its Python handler asks an R function whether R has taken it, and R may take it right
 * there, under Python's feet: then it jumps over Python's frames, which ends the process or loses
 * the interrupt. This function says the same and runs no R code. See python.h.
 */
#include "python.h"

static struct {
  int *pending;
  Rboolean *suspended;
} interrupts;

/* Whether R has an interrupt that Python may take; reset: it takes it. */
static PyObject *interrupt_pending(PyObject *self, PyObject *reset) {
  (void)self;
  int pending = *interrupts.pending && !*interrupts.suspended;
  if (pending && reset == py.true_)
    *interrupts.pending = pending = 0;
  return py.PyBool_FromLong(pending);
}

PyMethodDef interrupt_method = {"interrupt_pending", interrupt_pending, METH_O, NULL};

/* On Windows R has other variables. */
int find_interrupts(void) {
  return find_symbol("R_interrupts_pending", &interrupts.pending) &&
         find_symbol("R_interrupts_suspended", &interrupts.suspended);
}

/*
 * Under the GIL. Clears the exception of a look at something, where another way will tell what is
 * wrong. Of what is no Exception, such as KeyboardInterrupt, R is told.
 */
void forget_failure(void) {
  if (!py.PyErr_Occurred())
    return;
  if (!py.PyErr_ExceptionMatches(*py.exception) && interrupts.pending != NULL)
    *interrupts.pending = 1;
  py.PyErr_Clear();
}
