/*
 * Tensors that are made here: of new memory, on memory that R lends, and of a few numbers beside
 * another operand. All of them are plain CPU tensors. Each function gives a new reference, or NULL
 * with no exception set where it cannot be done here. See python.h, and python_memory.c on DLPack.
 */
#include "python.h"

#include <stdlib.h>

/* ---- new memory ------------------------------------------------------------------------------ */

/* What torch.empty() is called with for a dtype: made once, and kept. */
typedef struct {
  const element *type;
  PyObject *named;
} dtype_argument;

static PyObject *named_dtype(const element *type) {
  enum { MAX_DTYPES = 16 };
  static dtype_argument known[MAX_DTYPES];
  int i = 0;
  while (i < MAX_DTYPES && known[i].type != NULL && known[i].type != type)
    i++;
  if (i == MAX_DTYPES || known[i].type == type)
    return i == MAX_DTYPES ? NULL : known[i].named;
  PyObject *dtype = attribute_of(py.PyImport_ImportModule("torch"), type->name);
  PyObject *named = dtype == NULL ? NULL : py.PyDict_New();
  PyObject *device = py.PyUnicode_FromString("cpu");
  if (named != NULL && device != NULL && py.PyDict_SetItemString(named, "dtype", dtype) == 0 &&
      py.PyDict_SetItemString(named, "device", device) == 0)
    known[i] = (dtype_argument){.type = type, .named = named};
  py.PyErr_Clear();
  return known[i].named;
}

/* Row-major. */
PyObject *empty_tensor(const element *type, int ndim, const double *shape) {
  static PyObject *empty = NULL;
  if (empty == NULL)
    empty = attribute_of(py.PyImport_ImportModule("torch"), "empty");
  PyObject *named = named_dtype(type), *lengths = py.PyTuple_New(ndim), *tensor = NULL;
  for (int d = 0; lengths != NULL && d < ndim; d++)
    py.PyTuple_SetItem(lengths, d, py.PyLong_FromLongLong((long long)shape[d]));
  if (empty != NULL && named != NULL && lengths != NULL)
    tensor = py.PyObject_Call(empty, lengths, named);
  if (lengths != NULL)
    py.Py_DecRef(lengths);
  forget_failure();
  return tensor;
}

/* ---- memory that is handed over -------------------------------------------------------------- */

/*
 * What PyTorch gets with memory, and keeps as long as it uses that. On its end, which may come on
 * any thread, with or without the GIL, this is freed, and nothing else is touched but a loan's
 * state.
 */
typedef struct {
  dl_managed managed;
  loan *loan;        /* of memory that R lends; NULL where the memory follows here */
  int64_t lengths[]; /* the shape, then the strides */
} handed_over;

static void end_of_use(dl_managed *managed) {
  handed_over *this = managed->context;
  loan *ended = this->loan;
  free(this);
  if (ended != NULL)
    return_loan(ended);
}

/* With room for `bytes` of memory behind it. */
static handed_over *new_handed_over(int ndim, uint8_t code, uint8_t bits, size_t bytes) {
  handed_over *this = malloc(sizeof *this + 2 * (size_t)ndim * sizeof(int64_t) + bytes);
  if (this == NULL)
    return NULL;
  int64_t *shape = this->lengths, *strides = this->lengths + ndim;
  this->loan = NULL;
  this->managed = (dl_managed){
      .version = {.major = 1, .minor = 0},
      .context = this,
      .deleter = end_of_use,
      .tensor = {.data = strides + ndim,
                 .device_type = DL_CPU,
                 .ndim = ndim,
                 .code = code,
                 .bits = bits,
                 .lanes = 1,
                 .shape = shape,
                 .strides = strides},
  };
  return this;
}

/*
 * On memory that lies as R's own does, until the loan ends; an offer stays one if this fails. (Then
 * what was handed over is lost: who has it, DLPack does not say.)
 */
PyObject *tensor_on_loan(uint8_t code, uint8_t bits, char *data, int ndim, const double *shape,
                         loan *offer) {
  handed_over *this = new_handed_over(ndim, code, bits, 0);
  if (this == NULL)
    return NULL;
  this->managed.tensor.data = data;
  this->loan = offer;
  int64_t stride = 1;
  for (int d = 0; d < ndim; d++) {
    this->lengths[d] = (int64_t)shape[d];
    this->lengths[ndim + d] = stride;
    stride *= this->lengths[d];
  }
  PyObject *tensor = import_memory(&this->managed);
  if (tensor != NULL)
    take_loan(offer);
  return tensor;
}

/* A float64 vector of the numbers in a list, if they are few and all floats. */
PyObject *tensor_of_floats(PyObject *list) {
  enum { FEW = 64 };
  Py_ssize_t n = py.PyList_Size(list);
  handed_over *this = n < 1 || n > FEW || !can_import_memory()
                          ? NULL
                          : new_handed_over(1, DL_FLOAT, 64, (size_t)n * sizeof(double));
  if (this == NULL)
    return NULL;
  this->lengths[0] = n;
  this->lengths[1] = 1;
  double *values = this->managed.tensor.data;
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *number = py.PyList_GetItem(list, i);
    if (type_of(number) != py.float_type) {
      free(this);
      return NULL;
    }
    values[i] = py.PyFloat_AsDouble(number);
  }
  return import_memory(&this->managed);
}
