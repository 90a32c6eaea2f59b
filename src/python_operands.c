/*
 * What methods ask of their arguments before a call, where R code would take longer than Python:
 * shapes, indices and operands. See python.h.
 */
#include "python.h"

#include <math.h>
#include <stdio.h>

static int is_tensor(SEXP x) { return Rf_isObject(x) && Rf_inherits(x, "torch.Tensor"); }

/* Whether a vector is more than its values in a row. Names are not: no tensor has them. */
static int has_form(SEXP x) { return Rf_isObject(x) || Rf_getAttrib(x, R_DimSymbol) != R_NilValue; }

/* ---- shapes ---------------------------------------------------------------------------------- */

/* The lengths of a tensor's dimensions; -1 if they are not had so. */
static int read_lengths(PyObject *tensor, int *lengths) {
  PyObject *shape = py.PyObject_GetAttrString(tensor, "shape");
  Py_ssize_t n = shape == NULL ? -1 : py.PyTuple_Size(shape);
  int fits = n >= 0 && n <= MAX_DIMS;
  for (Py_ssize_t d = 0; fits && d < n; d++)
    fits = fits_integer(py.PyTuple_GetItem(shape, d), &lengths[d]);
  if (shape != NULL)
    py.Py_DecRef(shape);
  py.PyErr_Clear();
  return fits ? (int)n : -1;
}

/* The lengths of a tensor's dimensions, where they are R integers; else NULL. */
SEXP ptb_lengths(SEXP x) {
  PyObject *tensor = can_call() ? pointer_in(environment_of(x)) : NULL;
  if (tensor == NULL)
    return R_NilValue;
  int lengths[MAX_DIMS];
  int gil = py.PyGILState_Ensure();
  int n = read_lengths(tensor, lengths);
  py.PyGILState_Release(gil);
  if (n < 0)
    return R_NilValue;
  SEXP shape = Rf_allocVector(INTSXP, n);
  for (int d = 0; d < n; d++)
    INTEGER(shape)[d] = lengths[d];
  return shape;
}

/* ---- operands -------------------------------------------------------------------------------- */

enum { FEW = 64 };

static int has_missing(SEXP x) {
  for (R_xlen_t i = 0; i < XLENGTH(x); i++)
    if (TYPEOF(x) == REALSXP
            ? R_IsNA(REAL_ELT(x, i))
            : (TYPEOF(x) == INTSXP ? INTEGER_ELT(x, i) : LOGICAL_ELT(x, i)) == NA_INTEGER)
      return 1;
  return 0;
}

/* One number or a few, none of them missing: Python takes it as it is. */
static int is_plain(SEXP x) {
  int type = TYPEOF(x);
  return (type == REALSXP || type == INTSXP || type == LGLSXP) && XLENGTH(x) >= 1 &&
         XLENGTH(x) <= FEW && !has_form(x) && !has_missing(x);
}

/* An operator of two operands. */
SEXP ptb_operate(SEXP generic, SEXP e1, SEXP e2) {
  int first = is_tensor(e1), second = is_tensor(e2);
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 4)), value;
  SET_VECTOR_ELT(arguments, 0, generic);
  SET_VECTOR_ELT(arguments, 1, e1);
  SET_VECTOR_ELT(arguments, 2, e2);
  if (!first || !second) /* the one that goes to the other's device, as Python counts */
    SET_VECTOR_ELT(arguments, 3, Rf_ScalarInteger(first));
  if ((first || is_plain(e1)) && (second || is_plain(e2))) {
    value = call_bridge("arithmetic.binary", arguments, 1);
  } else {
    e1 = PROTECT(quoted(e1));
    e2 = PROTECT(quoted(e2));
    value = otherwise("operate", generic, e1, e2, VECTOR_ELT(arguments, 3));
    UNPROTECT(2);
  }
  UNPROTECT(1);
  return value;
}

/* ---- indices --------------------------------------------------------------------------------- */

static int is_range(const double *places, R_xlen_t n) {
  double step = places[1] - places[0];
  for (R_xlen_t i = 1; i < n; i++)
    if (places[i] - places[i - 1] != step)
      return 0;
  return places[0] >= 1 && step > 0;
}

/* Whole numbers that are no range, as `pytorch_bridge.indices` takes them; NULL for other indices.
 */
static SEXP plain_index(SEXP index) {
  if (TYPEOF(index) != REALSXP || XLENGTH(index) < 1 || XLENGTH(index) > FEW || has_form(index))
    return R_NilValue;
  R_xlen_t n = XLENGTH(index);
  for (R_xlen_t i = 0; i < n; i++) {
    double place = REAL_ELT(index, i);
    if (!(fabs(place) <= 9007199254740992.0) || place != trunc(place)) /* 2^53; not of NaN */
      return R_NilValue;
  }
  return n == 1 || !is_range(REAL_RO(index), n) ? index : R_NilValue;
}

/* Index k of the call whose frame the environment is. */
static SEXP index_at(SEXP argument, int k, SEXP environment) {
  char dot[16];
  SEXP index = argument; /* a number in the call itself, as most are */
  if (TYPEOF(argument) != REALSXP) {
    snprintf(dot, sizeof dot, "..%d", k);
    index = Rf_eval(Rf_install(dot), environment);
  }
  PROTECT(index);
  SEXP found = is_tensor(index) ? index : plain_index(index);
  if (found == R_NilValue) {
    SEXP place = PROTECT(Rf_ScalarInteger(k));
    SEXP call = PROTECT(quoted(index));
    call = PROTECT(Rf_lang3(Rf_install("index_for_python"), call, place));
    found = Rf_eval(call, home());
    UNPROTECT(3);
  }
  UNPROTECT(1);
  return found;
}

/* The indices of x[...]: call is substitute(list(...)), where those that are empty can be seen. */
static SEXP indices_of(SEXP call, SEXP environment) {
  int n = Rf_length(call) - 1;
  SEXP indices = PROTECT(Rf_allocVector(VECSXP, n < 1 ? 1 : n)); /* x[] is all of x */
  SEXP argument = CDR(call);
  for (int i = 0; i < n; i++, argument = CDR(argument))
    if (CAR(argument) != R_MissingArg)
      SET_VECTOR_ELT(indices, i, index_at(CAR(argument), i + 1, environment));
  UNPROTECT(1);
  return indices;
}

/* x[..., drop = drop] */
SEXP ptb_select(SEXP x, SEXP call, SEXP environment, SEXP drop) {
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 3));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 1, indices_of(call, environment));
  SET_VECTOR_ELT(arguments, 2, drop);
  SEXP value = call_bridge("selecting.select", arguments, 1);
  UNPROTECT(1);
  return value;
}

/* x[[...]] */
SEXP ptb_select_one(SEXP x, SEXP call, SEXP environment) {
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 2));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 1, indices_of(call, environment));
  SEXP value = call_bridge("selecting.select_one", arguments, 1);
  UNPROTECT(1);
  return value;
}

/* x[...] <- value and x[[...]] <- value, by the function of this name; gives x. */
SEXP ptb_assign(SEXP name, SEXP x, SEXP call, SEXP environment, SEXP value) {
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 4));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 1, indices_of(call, environment));
  SET_VECTOR_ELT(arguments, 2, value);
  int is_guest = !is_tensor(value);
  SET_VECTOR_ELT(arguments, 3, Rf_ScalarLogical(is_guest));
  if (!is_guest || is_plain(value)) {
    call_bridge(CHAR(STRING_ELT(name, 0)), arguments, 1);
  } else {
    value = PROTECT(quoted(value));
    otherwise("assign_values", name, x, VECTOR_ELT(arguments, 1), value);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return x;
}
