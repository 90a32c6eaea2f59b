/*
 * Conversions of plain values in one step: one call tells where the values lie, and is taken apart
 * here. Each of these functions gives NULL where that will not do (another kind of argument, a
 * value that does not fit); R/transfer.R then goes the general way, which also tells what is wrong.
 * See python.h.
 */
#include "python.h"

#include <limits.h>
#include <string.h>

/* ---- what Python says of memory, under the GIL ----------------------------------------------- */

typedef struct {
  char *address;
  int ndim;
  ptrdiff_t shape[MAX_DIMS], strides[MAX_DIMS];
} memory;

static const char *text_in(PyObject *tuple, Py_ssize_t i) {
  Py_ssize_t length;
  const char *text = py.PyUnicode_AsUTF8AndSize(py.PyTuple_GetItem(tuple, i), &length);
  if (text == NULL)
    py.PyErr_Clear();
  return text;
}

static const element *element_in(PyObject *tuple, Py_ssize_t i) {
  const char *name = text_in(tuple, i);
  return name == NULL ? NULL : find_element(name);
}

/* A layout, unless it is of more than an R array can have. */
static int read_memory(PyObject *layout, memory *to) {
  const double most = 4503599627370496.0; /* 2^52 */
  double values[1 + 2 * MAX_DIMS], count = 1;
  Py_ssize_t n = py.PyList_Size(layout);
  if (n < 1 || n > 1 + 2 * MAX_DIMS)
    return 0;
  for (Py_ssize_t i = 0; i < n; i++)
    values[i] = py.PyFloat_AsDouble(py.PyList_GetItem(layout, i));
  to->address = (char *)(uintptr_t)values[0];
  to->ndim = (int)((n - 1) / 2);
  for (int d = 0; d < to->ndim; d++) {
    to->shape[d] = (ptrdiff_t)values[1 + d];
    to->strides[d] = (ptrdiff_t)values[1 + to->ndim + d];
    count *= values[1 + d];
    if (to->ndim > 1 && to->shape[d] > INT_MAX)
      return 0;
  }
  return count <= most && !py.PyErr_Occurred();
}

/* ---- arguments ------------------------------------------------------------------------------- */

static int is_text(SEXP x, const char *text) {
  return TYPEOF(x) == STRSXP && LENGTH(x) == 1 && !Rf_isObject(x) &&
         strcmp(CHAR(STRING_ELT(x, 0)), text) == 0;
}

static int is_flag(SEXP x) {
  return TYPEOF(x) == LGLSXP && LENGTH(x) == 1 && !Rf_isObject(x) &&
         LOGICAL_ELT(x, 0) != NA_LOGICAL;
}

/* The row of the dtype table of a vector without a class; NULL if there is none. */
static const char *r_type_of(SEXP x) {
  if (Rf_isObject(x))
    return NULL;
  switch (TYPEOF(x)) {
  case LGLSXP:
    return "logical";
  case INTSXP:
    return "integer";
  case REALSXP:
    return "double";
  case CPLXSXP:
    return "complex";
  case RAWSXP:
    return "raw";
  default:
    return NULL;
  }
}

static void set_text(SEXP list, int i, const char *text) {
  SET_VECTOR_ELT(list, i, Rf_mkString(text));
}

/* ---- to R ------------------------------------------------------------------------------------ */

/* What `structures.read()` gives of memory. */
typedef struct {
  const element *from, *to;
  int is_view;
  memory memory;
} found_memory;

static int read_found(PyObject *found, void *into) {
  found_memory *to = into;
  const char *kind = text_in(found, 0);
  if (kind == NULL || strcmp(kind, "memory") != 0)
    return 0;
  to->is_view = py.PyTuple_GetItem(found, 1) == py.true_;
  to->from = element_in(found, 3);
  to->to = element_in(found, 4);
  return to->from != NULL && to->to != NULL &&
         read_memory(py.PyTuple_GetItem(found, 5), &to->memory);
}

static SEXP found_value(const found_memory *found, SEXP holder, int dim_from) {
  pass_layout layout = {.ndim = found->memory.ndim};
  memcpy(layout.shape, found->memory.shape, sizeof layout.shape);
  memcpy(layout.from_strides, found->memory.strides, sizeof layout.from_strides);
  if (!found->is_view)
    return vector_of_memory(found->from, found->memory.address, found->to, &layout, 0, dim_from);
  SEXP owner = PROTECT(r_element(holder, TUPLE, 2, 1));
  SEXP view = new_view(found->to->name, found->memory.address, &layout, owner, dim_from);
  UNPROTECT(1);
  return view;
}

/*
 * The vector of a tensor's values, or the view of them that copy = FALSE asks for. A list is what
 * `structures.read()` gave; NULL where that was not asked for, or what it gave does not fit.
 */
SEXP ptb_read(SEXP x, SEXP type, SEXP na, SEXP copy, SEXP dim_from) {
  if (type != R_NilValue || !is_text(na, "error") || !is_flag(copy))
    return R_NilValue;
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 3));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 2, copy);
  found_memory found;
  bridge_call call = {.name = "structures.read", .read = read_found, .into = &found};
  SEXP value = PROTECT(make_call(&call, arguments));
  if (call.was_read) {
    SEXP holder = value;
    value = PROTECT(found_value(&found, holder, Rf_asInteger(dim_from)));
    end_call(holder);
    UNPROTECT(1);
    if (TYPEOF(value) == VECSXP)
      value = R_NilValue; /* a report of misfits */
  }
  UNPROTECT(2);
  return value;
}

/* ---- to tensors ------------------------------------------------------------------------------ */

/* What `transfer.new_memory()` gives. */
typedef struct {
  const element *to;
  memory memory;
} new_memory;

static int read_new(PyObject *found, void *into) {
  new_memory *to = into;
  to->to = element_in(found, 1);
  return to->to != NULL && read_memory(py.PyTuple_GetItem(found, 2), &to->memory);
}

/* NULL, or the report of what did not fit. x: a vector, or columns that are alike. */
static SEXP fill(SEXP x, const char *r_type, const new_memory *new) {
  pass_layout layout = {.ndim = new->memory.ndim};
  memcpy(layout.shape, new->memory.shape, sizeof layout.shape);
  memcpy(layout.to_strides, new->memory.strides, sizeof layout.to_strides);
  const element *from = find_element(r_type);
  char *address = new->memory.address;
  if (TYPEOF(x) != VECSXP)
    return fill_memory(x, from, new->to, address, &layout, MISSING_ERROR, R_NilValue);
  layout.ndim = 1;
  SEXP misfits = R_NilValue;
  for (R_xlen_t j = 0; j < XLENGTH(x) && misfits == R_NilValue; j++)
    misfits = fill_memory(VECTOR_ELT(x, j), from, new->to, address + j * new->memory.strides[1],
                          &layout, MISSING_ERROR, R_NilValue);
  return misfits;
}

/* A new tensor with the values of a vector or of columns, of the dtype that their type has. */
static SEXP new_tensor(SEXP x, const char *r_type, SEXP shape, SEXP order, SEXP requires_grad) {
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 7));
  set_text(arguments, 0, r_type);
  SET_VECTOR_ELT(arguments, 1, shape);
  SET_VECTOR_ELT(arguments, 3, order);
  SET_VECTOR_ELT(arguments, 4, Rf_ScalarLogical(FALSE));
  SET_VECTOR_ELT(arguments, 6, requires_grad);
  new_memory new;
  bridge_call call = {.name = "transfer.new_memory", .read = read_new, .into = &new};
  SEXP holder = PROTECT(make_call(&call, arguments)), tensor = R_NilValue;
  if (call.was_read) {
    tensor = PROTECT(tensor_in(holder, 0));
    if (fill(x, r_type, &new) != R_NilValue)
      tensor = R_NilValue;
    end_call(holder);
    UNPROTECT(1);
  }
  UNPROTECT(2);
  return tensor;
}

/* Whether columns are vectors of doubles of one length, with nothing that gives them another
 * meaning. */
static int are_plain_columns(SEXP x, R_xlen_t rows) {
  for (R_xlen_t j = 0; j < XLENGTH(x); j++) {
    SEXP column = VECTOR_ELT(x, j);
    if (TYPEOF(column) != REALSXP || Rf_isObject(column) || XLENGTH(column) != rows ||
        Rf_getAttrib(column, R_DimSymbol) != R_NilValue)
      return 0;
  }
  return XLENGTH(x) > 0;
}

/* The tensor of a data frame of doubles, where nothing else says how it shall be. */
SEXP ptb_frame(SEXP x, SEXP rows, SEXP order, SEXP na, SEXP requires_grad) {
  if (!is_text(order, "C") || !is_text(na, "error") || !is_flag(requires_grad) ||
      !are_plain_columns(x, (R_xlen_t)Rf_asReal(rows)))
    return R_NilValue;
  SEXP shape = PROTECT(Rf_allocVector(REALSXP, 2));
  REAL(shape)[0] = Rf_asReal(rows);
  REAL(shape)[1] = (double)XLENGTH(x);
  SEXP tensor = new_tensor(x, "double", shape, order, requires_grad);
  UNPROTECT(1);
  return tensor;
}

/* A tensor on the memory of a vector. offer: as in ptb_lend(). */
static SEXP borrowed(SEXP x, const char *r_type, SEXP shape, SEXP requires_grad, SEXP offer) {
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 8));
  set_text(arguments, 0, r_type);
  SET_VECTOR_ELT(arguments, 1, ptb_address(x));
  SET_VECTOR_ELT(arguments, 2, Rf_coerceVector(shape, VECSXP));
  SET_VECTOR_ELT(arguments, 3, ptb_lend(x, offer));
  SET_VECTOR_ELT(arguments, 6, requires_grad);
  SEXP tensor = call_bridge("sharing.borrow", arguments, 1);
  UNPROTECT(1);
  return tensor;
}

/* The tensor of a vector, where nothing but its type and `copy` says how it shall be. */
SEXP ptb_tensor(SEXP x, SEXP order, SEXP na, SEXP requires_grad, SEXP copy, SEXP offer) {
  const char *r_type = r_type_of(x);
  if (r_type == NULL || !is_text(order, "C") || !is_text(na, "error") || !is_flag(requires_grad) ||
      !is_flag(copy))
    return R_NilValue;
  SEXP shape = PROTECT(ptb_shape(x)), tensor = R_NilValue;
  if (XLENGTH(shape) > MAX_DIMS)
    tensor = R_NilValue;
  else if (LOGICAL_ELT(copy, 0))
    tensor = new_tensor(x, r_type, shape, order, requires_grad);
  else if (TYPEOF(x) != LGLSXP && !ALTREP(x))
    tensor = borrowed(x, r_type, shape, requires_grad, offer);
  UNPROTECT(1);
  return tensor;
}
