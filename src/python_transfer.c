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

/* Whether an R array can have as many elements, and as many in each dimension. */
static int fits_r(const memory *memory) {
  const double most = 4503599627370496.0; /* 2^52 */
  double count = 1;
  for (int d = 0; d < memory->ndim; d++) {
    count *= (double)memory->shape[d];
    if (memory->ndim > 1 && memory->shape[d] > INT_MAX)
      return 0;
  }
  return count <= most;
}

/* A layout, unless it is of more than an R array can have. */
static int read_memory(PyObject *layout, memory *to) {
  double values[1 + 2 * MAX_DIMS];
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
  }
  return fits_r(to) && !py.PyErr_Occurred();
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

/* ---- what Python says of a tensor ------------------------------------------------------------ */

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

/* ---- what is known of dtypes ----------------------------------------------------------------- */

/* What Python said that the elements of DLPack's types become in R, copied or viewed. */
enum { MAX_KNOWN = 32 };
static struct {
  uint8_t code, bits;
  int is_view;
  const element *from, *to;
} known[MAX_KNOWN];
static int n_known = 0;

static int find_known(const dl_tensor *memory, int is_view) {
  for (int i = 0; i < n_known; i++)
    if (known[i].code == memory->code && known[i].bits == memory->bits &&
        known[i].is_view == is_view)
      return i;
  return -1;
}

static void learn_types(SEXP x, const found_memory *found) {
  PyObject *tensor = pointer_in(environment_of(x));
  dl_tensor memory;
  int gil = py.PyGILState_Ensure();
  if (tensor != NULL && n_known < MAX_KNOWN && find_memory(tensor, &memory) &&
      is_resolved(tensor, &memory) && find_known(&memory, found->is_view) < 0) {
    known[n_known].code = memory.code;
    known[n_known].bits = memory.bits;
    known[n_known].is_view = found->is_view;
    known[n_known].from = found->from;
    known[n_known++].to = found->to;
  }
  py.PyGILState_Release(gil);
}

static memory memory_in(const dl_tensor *found) {
  memory to;
  to.address = found->data;
  to.ndim = found->ndim;
  for (int d = 0; d < found->ndim; d++) {
    to.shape[d] = (ptrdiff_t)found->shape[d];
    to.strides[d] = (ptrdiff_t)(found->strides[d] * (found->bits / 8));
  }
  return to;
}

/* Whether a tensor's memory is found, and what its elements become is known. */
static int look(SEXP x, int is_view, found_memory *to) {
  PyObject *tensor = can_call() ? pointer_in(environment_of(x)) : NULL;
  if (tensor == NULL)
    return 0;
  dl_tensor memory;
  int gil = py.PyGILState_Ensure();
  int found = find_memory(tensor, &memory) && is_resolved(tensor, &memory);
  int type = found ? find_known(&memory, is_view) : -1;
  if (type >= 0) {
    *to = (found_memory){.from = known[type].from, .to = known[type].to, .is_view = is_view};
    to->memory = memory_in(&memory);
  }
  py.PyGILState_Release(gil);
  return type >= 0 && fits_r(&to->memory);
}

/* ---- to R ------------------------------------------------------------------------------------ */

static pass_layout layout_from(const memory *memory) {
  pass_layout layout;
  layout.ndim = memory->ndim;
  for (int d = 0; d < memory->ndim; d++) {
    layout.shape[d] = memory->shape[d];
    layout.from_strides[d] = memory->strides[d];
  }
  return layout;
}

static pass_layout layout_to(const memory *memory) {
  pass_layout layout = layout_from(memory);
  for (int d = 0; d < memory->ndim; d++)
    layout.to_strides[d] = memory->strides[d];
  return layout;
}

static SEXP copy_of(const found_memory *found, int dim_from) {
  pass_layout layout = layout_from(&found->memory);
  return vector_of_memory(found->from, found->memory.address, found->to, &layout, 0, dim_from);
}

static SEXP view_of(const found_memory *found, SEXP owner, int dim_from) {
  pass_layout layout = layout_from(&found->memory);
  return new_view(found->to->name, found->memory.address, &layout, owner, dim_from);
}

/* Whether memory lies as R's own does, in no more dimensions than NumPy has had for long. */
static int is_column_major(const found_memory *found) {
  ptrdiff_t step = (ptrdiff_t)found->from->size;
  if (found->memory.ndim >= 32)
    return 0;
  for (int d = 0; d < found->memory.ndim; d++) {
    if (found->memory.shape[d] > 1 && found->memory.strides[d] != step)
      return 0;
    step *= found->memory.shape[d];
  }
  return 1;
}

/*
 * The value of a tensor whose type was met before; NULL for others. Python holds the memory of a
 * view in its place before anyone counts on where that is.
 */
static SEXP read_known(SEXP x, int is_view, int dim_from) {
  found_memory found;
  if (!look(x, is_view, &found))
    return R_NilValue;
  if (!is_view)
    return copy_of(&found, dim_from);
  if (!is_column_major(&found))
    return R_NilValue;
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 1)), view = R_NilValue;
  SET_VECTOR_ELT(arguments, 0, x);
  SEXP owner = PROTECT(call_bridge("sharing.hold", arguments, 1));
  if (owner != R_NilValue && look(x, is_view, &found) && is_column_major(&found))
    view = view_of(&found, owner, dim_from);
  UNPROTECT(2);
  return view;
}

static SEXP found_value(const found_memory *found, SEXP holder, int dim_from) {
  if (!found->is_view)
    return copy_of(found, dim_from);
  SEXP owner = PROTECT(r_element(holder, TUPLE, 2, 1));
  SEXP view = view_of(found, owner, dim_from);
  UNPROTECT(1);
  return view;
}

/* A list is a report of misfits, of which R/transfer.R tells more. */
static SEXP unless_misfits(SEXP value) { return TYPEOF(value) == VECSXP ? R_NilValue : value; }

/* The vector of a tensor's values, or the view of them; NULL, or what `structures.read()` gave. */
static SEXP read_value(SEXP x, SEXP copy, int dim_from) {
  SEXP value = unless_misfits(read_known(x, !LOGICAL_ELT(copy, 0), dim_from));
  if (value != R_NilValue)
    return value;
  SEXP arguments = PROTECT(Rf_allocVector(VECSXP, 3));
  SET_VECTOR_ELT(arguments, 0, x);
  SET_VECTOR_ELT(arguments, 2, copy);
  found_memory found;
  bridge_call call = {.name = "structures.read", .read = read_found, .into = &found};
  value = PROTECT(make_call(&call, arguments));
  if (call.was_read) {
    SEXP holder = value;
    value = PROTECT(unless_misfits(found_value(&found, holder, dim_from)));
    end_call(holder);
    learn_types(x, &found);
    UNPROTECT(1);
  }
  UNPROTECT(2);
  return value;
}

/* Whether nothing is left to do: large copies take memory that others may have to give back. */
static int is_whole(SEXP value, int is_copy) {
  enum { LARGE = 1 << 16 };
  return Rf_isVectorAtomic(value) && (!is_copy || XLENGTH(value) <= LARGE);
}

/*
 * The R value of a Python object; the arguments are those of read_python() in R. Within a list
 * where R has to go on with it: it is NULL, what `structures.read()` gave, or a large copy.
 */
SEXP ptb_read(SEXP x, SEXP type, SEXP na, SEXP copy, SEXP dim_from) {
  SEXP value = R_NilValue;
  if (type == R_NilValue && is_text(na, "error") && is_flag(copy))
    value = read_value(x, copy, Rf_asInteger(dim_from));
  if (is_whole(value, !is_flag(copy) || LOGICAL_ELT(copy, 0)))
    return value;
  PROTECT(value);
  SEXP unfinished = Rf_allocVector(VECSXP, 1);
  SET_VECTOR_ELT(unfinished, 0, value);
  UNPROTECT(1);
  return unfinished;
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
  pass_layout layout = layout_to(&new->memory);
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

/* What Python said that R's types become. */
static struct {
  const char *r_type;
  const element *to;
} own_dtypes[8];

static const element *own_dtype(const char *r_type, const element *learned) {
  for (size_t i = 0; i < sizeof own_dtypes / sizeof *own_dtypes; i++) {
    if (own_dtypes[i].r_type == NULL && learned != NULL) {
      own_dtypes[i].r_type = r_type;
      own_dtypes[i].to = learned;
    }
    if (own_dtypes[i].r_type == NULL || strcmp(own_dtypes[i].r_type, r_type) == 0)
      return own_dtypes[i].to;
  }
  return NULL;
}

typedef struct {
  int ndim;
  const double *shape;
  new_memory new;
} plain_request;

/* A mode of PyTorch's may have given a tensor of another dtype. */
static int is_of(const dl_tensor *memory, const element *type) {
  int is_float = memory->code == DL_FLOAT, is_complex = memory->code == DL_COMPLEX;
  return memory->bits == 8 * type->size && is_float == (type->kind == KIND_REAL) &&
         is_complex == (type->kind == KIND_COMPLEX);
}

/* Of memory that is there: not of tensors without elements, or within transforms and modes. */
static PyObject *make_plain(void *data) {
  plain_request *request = data;
  dl_tensor memory;
  PyObject *tensor = empty_tensor(request->new.to, request->ndim, request->shape);
  if (tensor == NULL)
    return NULL;
  if (find_memory(tensor, &memory) && is_of(&memory, request->new.to)) {
    request->new.memory = memory_in(&memory);
    return tensor;
  }
  py.Py_DecRef(tensor);
  return NULL;
}

static SEXP new_known(SEXP x, const char *r_type, SEXP shape) {
  plain_request request = {.ndim = (int)XLENGTH(shape), .shape = REAL_RO(shape)};
  request.new.to = own_dtype(r_type, NULL);
  if (request.new.to == NULL || request.ndim > MAX_DIMS)
    return R_NilValue;
  int was_made;
  SEXP tensor = PROTECT(made_value(make_plain, &request, &was_made));
  if (was_made && fill(x, r_type, &request.new) != R_NilValue)
    tensor = R_NilValue;
  UNPROTECT(1);
  return tensor;
}

/* A new tensor with the values of a vector or of columns, of the dtype that their type has. */
static SEXP new_tensor(SEXP x, const char *r_type, SEXP shape, SEXP order, SEXP requires_grad) {
  SEXP known = LOGICAL_ELT(requires_grad, 0) ? R_NilValue : new_known(x, r_type, shape);
  if (known != R_NilValue)
    return known;
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
    own_dtype(r_type, new.to);
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

typedef struct {
  uint8_t code, bits;
  char *data;
  SEXP shape;
  loan *offer;
} loan_request;

static PyObject *make_on_loan(void *data) {
  loan_request *request = data;
  return tensor_on_loan(request->code, request->bits, request->data, (int)XLENGTH(request->shape),
                        REAL_RO(request->shape), request->offer);
}

/* A tensor on the memory of a vector. environment: of the call that lends it. */
static SEXP borrowed(SEXP x, SEXP shape, SEXP environment) {
  loan_request request = {.shape = shape};
  switch (TYPEOF(x)) {
  case REALSXP:
    request.code = DL_FLOAT, request.bits = 64;
    break;
  case INTSXP:
    request.code = DL_INT, request.bits = 32;
    break;
  case RAWSXP:
    request.code = DL_UINT, request.bits = 8;
    break;
  default:
    return R_NilValue;
  }
  if (XLENGTH(x) == 0 || !can_call() || !can_import_memory())
    return R_NilValue;
  request.data = (char *)(uintptr_t)DATAPTR_RO(x);
  request.offer = offer_loan(x, environment);
  int was_made;
  return made_value(make_on_loan, &request, &was_made);
}

/* The tensor of a vector, where nothing but its type and `copy` says how it shall be. */
SEXP ptb_tensor(SEXP x, SEXP order, SEXP na, SEXP requires_grad, SEXP copy, SEXP environment) {
  const char *r_type = r_type_of(x);
  if (r_type == NULL || !is_text(order, "C") || !is_text(na, "error") || !is_flag(requires_grad) ||
      !is_flag(copy))
    return R_NilValue;
  SEXP shape = PROTECT(ptb_shape(x)), tensor = R_NilValue;
  if (XLENGTH(shape) > MAX_DIMS)
    tensor = R_NilValue;
  else if (LOGICAL_ELT(copy, 0))
    tensor = new_tensor(x, r_type, shape, order, requires_grad);
  else if (!ALTREP(x) && !LOGICAL_ELT(requires_grad, 0))
    tensor = borrowed(x, shape, environment);
  UNPROTECT(1);
  return tensor;
}
