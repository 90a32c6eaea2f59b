/*
 * x[...], x[[...]] and assignments to them. Indices are looked at here; what they select, Python
 * finds (`pytorch_bridge.indices`), but for numbers and gaps, which PyTorch takes as R has them but
 * for counting from 0. See python.h.
 */
#include "python.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
  if (TYPEOF(index) == INTSXP && XLENGTH(index) == 1 && !has_form(index) &&
      INTEGER_ELT(index, 0) != NA_INTEGER)
    return Rf_ScalarReal(INTEGER_ELT(index, 0));
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

/* Whether an argument is one of a function around, which was called without it: a gap. */
static int is_missing(SEXP dot, SEXP environment) {
  SEXP call = PROTECT(Rf_lang2(Rf_install("missing"), dot));
  int missing = Rf_asLogical(Rf_eval(call, environment)) == TRUE;
  UNPROTECT(1);
  return missing;
}

/* Index k of the call whose frame the environment is; NULL for a gap. */
static SEXP index_at(SEXP argument, int k, SEXP environment) {
  char name[16];
  SEXP index = argument; /* a number in the call itself, as most are */
  if (TYPEOF(argument) != REALSXP) {
    snprintf(name, sizeof name, "..%d", k);
    SEXP dot = Rf_install(name);
    if (TYPEOF(argument) == SYMSXP && is_missing(dot, environment))
      return R_NilValue;
    index = Rf_eval(dot, environment);
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

/* ---- numbers and gaps ------------------------------------------------------------------------ */

/* Elements of a tensor, which are read or (with a value) written. */
typedef struct {
  PyObject *tensor;
  SEXP indices;
  const double *value;
  int is_one; /* element alone */
} place;

/* How many of the indices are what; short: gaps for dimensions of length 1, which R would drop. */
typedef struct {
  int numbers, vectors, gaps, short_gaps;
} index_kinds;

static int all_within(SEXP index, int64_t length) {
  if (TYPEOF(index) != REALSXP)
    return 0;
  for (R_xlen_t i = 0; i < XLENGTH(index); i++)
    if (!(REAL_RO(index)[i] >= 1 && REAL_RO(index)[i] <= (double)length))
      return 0;
  return XLENGTH(index) > 0;
}

/* Whether there are numbers from 1 on, or a gap, for each dimension. */
static int fit(SEXP indices, const dl_tensor *tensor, index_kinds *found) {
  *found = (index_kinds){0};
  if (XLENGTH(indices) != tensor->ndim)
    return 0;
  for (int d = 0; d < tensor->ndim; d++) {
    SEXP index = VECTOR_ELT(indices, d);
    if (Rf_isObject(index))
      return 0;
    if (index == R_NilValue) {
      found->gaps++;
      found->short_gaps += tensor->shape[d] == 1;
      continue;
    }
    if (!all_within(index, tensor->shape[d]))
      return 0;
    if (XLENGTH(index) == 1)
      found->numbers++;
    else
      found->vectors++;
  }
  return 1;
}

static PyObject *python_number(double number) {
  return py.PyLong_FromLongLong((long long)number - 1);
}

static PyObject *python_numbers(SEXP index) {
  PyObject *list = py.PyList_New(XLENGTH(index));
  for (R_xlen_t i = 0; list != NULL && i < XLENGTH(index); i++)
    py.PyList_SetItem(list, i, python_number(REAL_RO(index)[i]));
  return list;
}

/* A new reference to them as PyTorch takes them. */
static PyObject *python_place(SEXP indices) {
  R_xlen_t n = XLENGTH(indices);
  PyObject *place = py.PyTuple_New(n);
  for (R_xlen_t d = 0; place != NULL && d < n; d++) {
    SEXP index = VECTOR_ELT(indices, d);
    PyObject *item = index == R_NilValue   ? py.PySlice_New(NULL, NULL, NULL)
                     : XLENGTH(index) == 1 ? python_number(REAL_RO(index)[0])
                                           : python_numbers(index);
    if (item == NULL || py.PyTuple_SetItem(place, d, item) != 0) {
      py.Py_DecRef(place);
      return NULL;
    }
  }
  return place;
}

static PyObject *item_at(const place *at) {
  PyObject *place = python_place(at->indices);
  PyObject *item = place == NULL ? NULL : py.PyObject_GetItem(at->tensor, place);
  if (place != NULL)
    py.Py_DecRef(place);
  forget_failure();
  return item;
}

/* Where R drops no dimension but those that have a number, and has one left: a view, or for one
 * vector of numbers a copy of what it selects. */
static PyObject *select_place(void *data) {
  const place *at = data;
  dl_tensor tensor;
  index_kinds kinds;
  if (!find_memory(at->tensor, &tensor) || !fit(at->indices, &tensor, &kinds) ||
      kinds.short_gaps > 0)
    return NULL;
  int is_slice = kinds.vectors == 0 && kinds.numbers > 0 && kinds.gaps > 0;
  int is_choice = kinds.vectors == 1 && kinds.numbers == 0;
  return is_slice || is_choice ? item_at(at) : NULL;
}

static PyObject *select_element(void *data) {
  const place *at = data;
  dl_tensor tensor;
  index_kinds kinds;
  if (!find_memory(at->tensor, &tensor) || !fit(at->indices, &tensor, &kinds) ||
      kinds.numbers != tensor.ndim)
    return NULL;
  return item_at(at);
}

/* Whether a number goes into a tensor's elements without a look at them, and into each alone. */
static int may_take(const dl_tensor *tensor, double value) {
  const double most = tensor->bits == 64 ? R_PosInf : 1e38; /* as in `pytorch_bridge.assigning` */
  for (int d = 0; d < tensor->ndim; d++)
    if (tensor->strides[d] == 0 && tensor->shape[d] > 1)
      return 0;
  return tensor->code == DL_FLOAT && tensor->bits >= 32 && fabs(value) <= most;
}

/* None if it was done. */
static PyObject *assign_place(void *data) {
  const place *at = data;
  dl_tensor tensor;
  index_kinds kinds;
  if (!find_memory(at->tensor, &tensor) || !fit(at->indices, &tensor, &kinds) ||
      kinds.vectors > 0 || (at->is_one && kinds.gaps > 0) || !may_take(&tensor, *at->value))
    return NULL;
  PyObject *place = python_place(at->indices), *value = py.PyFloat_FromDouble(*at->value);
  int done = place != NULL && value != NULL && py.PyObject_SetItem(at->tensor, place, value) == 0;
  if (place != NULL)
    py.Py_DecRef(place);
  if (value != NULL)
    py.Py_DecRef(value);
  forget_failure();
  if (!done)
    return NULL;
  py.Py_IncRef(py.none);
  return py.none;
}

/* What `make` gives; *was_made tells whether it gave something. */
static SEXP at_place(PyObject *(*make)(void *), SEXP x, place at, int *was_made) {
  at.tensor = can_call() ? pointer_in(environment_of(x)) : NULL;
  return at.tensor == NULL ? R_NilValue : made_value(make, &at, was_made);
}

/* ---- methods --------------------------------------------------------------------------------- */

/* x[..., drop = drop] */
SEXP ptb_select(SEXP x, SEXP call, SEXP environment, SEXP drop) {
  SEXP indices = PROTECT(indices_of(call, environment)), value = R_NilValue;
  int was_made = 0;
  if (LOGICAL_ELT(drop, 0))
    value = at_place(select_place, x, (place){.indices = indices}, &was_made);
  if (!was_made) {
    SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 3));
    SET_VECTOR_ELT(arguments, 0, x);
    SET_VECTOR_ELT(arguments, 1, indices);
    SET_VECTOR_ELT(arguments, 2, drop);
    value = call_bridge("selecting.select", arguments, 1);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return value;
}

/* x[[...]] */
SEXP ptb_select_one(SEXP x, SEXP call, SEXP environment) {
  SEXP indices = PROTECT(indices_of(call, environment));
  int was_made = 0;
  SEXP value = at_place(select_element, x, (place){.indices = indices}, &was_made);
  if (!was_made) {
    SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 2));
    SET_VECTOR_ELT(arguments, 0, x);
    SET_VECTOR_ELT(arguments, 1, indices);
    value = call_bridge("selecting.select_one", arguments, 1);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return value;
}

/* x[...] <- value and x[[...]] <- value, by the function of this name; gives x. */
SEXP ptb_assign(SEXP name, SEXP x, SEXP call, SEXP environment, SEXP value) {
  SEXP indices = PROTECT(indices_of(call, environment));
  const char *function = CHAR(STRING_ELT(name, 0));
  int is_guest = !is_tensor(value), was_made = 0;
  if (is_guest && TYPEOF(value) == REALSXP && XLENGTH(value) == 1 && is_plain(value)) {
    place at = {.indices = indices,
                .value = REAL_RO(value),
                .is_one = strcmp(function, "assigning.assign_one") == 0};
    at_place(assign_place, x, at, &was_made);
  }
  if (was_made) {
    UNPROTECT(1);
    return x;
  }
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 4));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 1, indices);
  SET_VECTOR_ELT(arguments, 2, value);
  SET_VECTOR_ELT(arguments, 3, Rf_ScalarLogical(is_guest));
  if (!is_guest || is_plain(value)) {
    call_bridge(function, arguments, 1);
  } else {
    value = PROTECT(quoted(value));
    otherwise("assign_values", name, x, indices, value);
    UNPROTECT(1);
  }
  UNPROTECT(2);
  return x;
}
