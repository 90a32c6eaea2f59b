/*
 * What methods ask of their arguments before a call, where R code would take longer than Python:
 * shapes and operands. See python.h.
 */
#include "python.h"

#include <limits.h>

int is_tensor(SEXP x) { return Rf_isObject(x) && Rf_inherits(x, "torch.Tensor"); }

/* Whether a vector is more than its values in a row. Names are not: no tensor has them. */
int has_form(SEXP x) { return Rf_isObject(x) || Rf_getAttrib(x, R_DimSymbol) != R_NilValue; }

/* ---- shapes ---------------------------------------------------------------------------------- */

/* The lengths of a tensor's dimensions; -1 if they are not had so. */
int read_lengths(PyObject *tensor, int64_t *lengths) {
  dl_tensor found;
  if (find_shape(tensor, &found)) {
    for (int d = 0; d < found.ndim; d++)
      lengths[d] = found.shape[d];
    return found.ndim;
  }
  PyObject *shape = attribute_of(tensor, "shape");
  Py_ssize_t n = shape == NULL ? -1 : py.PyTuple_Size(shape);
  int fits = n >= 0 && n <= MAX_DIMS;
  for (Py_ssize_t d = 0; fits && d < n; d++) {
    int length;
    fits = fits_integer(py.PyTuple_GetItem(shape, d), &length);
    lengths[d] = length;
  }
  if (shape != NULL)
    py.Py_DecRef(shape);
  py.PyErr_Clear();
  return fits ? (int)n : -1;
}

/* -1 also where they are no R integers. */
static int lengths_of(SEXP x, int64_t *lengths) {
  PyObject *tensor = can_call() ? pointer_in(environment_of(x)) : NULL;
  if (tensor == NULL)
    return -1;
  int gil = py.PyGILState_Ensure();
  int n = read_lengths(tensor, lengths);
  py.PyGILState_Release(gil);
  for (int d = 0; d < n; d++)
    if (lengths[d] > INT_MAX)
      return -1;
  return n;
}

/* The lengths of a tensor's dimensions, where they are R integers; else NULL. */
SEXP ptb_lengths(SEXP x) {
  int64_t lengths[MAX_DIMS];
  int n = lengths_of(x, lengths);
  if (n < 0)
    return R_NilValue;
  SEXP shape = Rf_allocVector(INTSXP, n);
  for (int d = 0; d < n; d++)
    INTEGER(shape)[d] = (int)lengths[d];
  return shape;
}

/* How many elements a tensor has, where that is an R integer; else NULL. */
SEXP ptb_length(SEXP x) {
  int64_t lengths[MAX_DIMS];
  int n = lengths_of(x, lengths);
  double length = 1;
  for (int d = 0; d < n; d++)
    length *= (double)lengths[d];
  return n < 0 || length > INT_MAX ? R_NilValue : Rf_ScalarInteger((int)length);
}

/* ---- operands -------------------------------------------------------------------------------- */

static int has_missing(SEXP x) {
  for (R_xlen_t i = 0; i < XLENGTH(x); i++)
    if (TYPEOF(x) == REALSXP
            ? R_IsNA(REAL_ELT(x, i))
            : (TYPEOF(x) == INTSXP ? INTEGER_ELT(x, i) : LOGICAL_ELT(x, i)) == NA_INTEGER)
      return 1;
  return 0;
}

/* One number or a few, none of them missing: Python takes it as it is. */
int is_plain(SEXP x) {
  int type = TYPEOF(x);
  return (type == REALSXP || type == INTSXP || type == LGLSXP) && XLENGTH(x) >= 1 &&
         XLENGTH(x) <= FEW && !has_form(x) && !has_missing(x);
}

/* An operator of two operands. */
SEXP ptb_operate(SEXP generic, SEXP e1, SEXP e2) {
  int first = is_tensor(e1), second = is_tensor(e2);
  /* The one that goes to the other's device, as Python counts. A number is on every device. */
  int has_guest = !first ? Rf_xlength(e1) != 1 : !second && Rf_xlength(e2) != 1;
  SEXP guest = PROTECT(has_guest ? Rf_ScalarInteger(first) : R_NilValue), value;
  if ((first || is_plain(e1)) && (second || is_plain(e2))) {
    SEXP arguments = PROTECT(Rf_allocVector(VECSXP, has_guest ? 4 : 3));
    SET_VECTOR_ELT(arguments, 0, generic);
    SET_VECTOR_ELT(arguments, 1, e1);
    SET_VECTOR_ELT(arguments, 2, e2);
    if (has_guest)
      SET_VECTOR_ELT(arguments, 3, guest);
    value = call_bridge("arithmetic.binary", arguments, 1);
    UNPROTECT(1);
  } else {
    e1 = PROTECT(quoted(e1));
    e2 = PROTECT(quoted(e2));
    guest = PROTECT(first && second ? R_NilValue : Rf_ScalarInteger(first));
    value = otherwise("operate", generic, e1, e2, guest);
    UNPROTECT(3);
  }
  UNPROTECT(1);
  return value;
}
