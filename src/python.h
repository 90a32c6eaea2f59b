/*
 * Calls to the running Python, without reticulate's detour. The one file that knows the
 * interpreter: some functions of its stable ABI, looked up in the process as reticulate does,
 * nothing linked.
 *
 * What goes in: Python objects as they are, NULL, and plain numbers, flags and strings, which
 * become what reticulate makes of them. What comes out: None, flags, numbers, strings, tuples and
 * lists of them, and objects, in the very form that reticulate gives them. That form is learned
 * from reticulate: the first object of a type is handed to it, and its class vector and variables
 * kept. What is not known to be the same (other arguments, other results, errors) goes to
 * reticulate: arguments before the call, results and exceptions as the Python objects that they
 * are.
 *
 * What holds throughout:
 * - While the GIL is held, nothing of R's is called that may allocate, run R code or jump: a jump
 *   would leave the GIL locked and references lost. So R's memory is made before or after.
 * - A new reference goes at once into a `holder`, an external pointer made beforehand whose
 * finalizer drops it. From there on R's collector cares for it, whatever happens.
 * - Finalizers drop references under the GIL. While a call is under way (R collects within a
 * callback of Python's) they only note them, and the next call drops them: no object dies under
 * Python code that is just using it. After Python's end, and in a child of a fork, whose threads
 * and locks Python does not know, references are left alone.
 */
#ifndef PYTORCHBRIDGE_PYTHON_H
#define PYTORCHBRIDGE_PYTHON_H

#include "pytorchbridge.h"

/* ---- python.c: the interpreter --------------------------------------------------------------- */

typedef struct python_object PyObject;
typedef ptrdiff_t Py_ssize_t;
typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);

typedef struct {
  const char *name;
  PyCFunction function;
  int flags;
  const char *doc;
} PyMethodDef;

enum { METH_O = 0x0008 };

/* FUNCTION(type of the result, name, arguments) */
#define PYTHON_FUNCTIONS(FUNCTION)                                                                 \
  FUNCTION(int, Py_IsInitialized, (void))                                                          \
  FUNCTION(int, PyGILState_Ensure, (void))                                                         \
  FUNCTION(void, PyGILState_Release, (int))                                                        \
  FUNCTION(void, Py_IncRef, (PyObject *))                                                          \
  FUNCTION(void, Py_DecRef, (PyObject *))                                                          \
  FUNCTION(PyObject *, PyObject_Type, (PyObject *))                                                \
  FUNCTION(PyObject *, PyObject_GetAttr, (PyObject *, PyObject *))                                 \
  FUNCTION(PyObject *, PyObject_Call, (PyObject *, PyObject *, PyObject *))                        \
  FUNCTION(PyObject *, PyObject_CallFunctionObjArgs, (PyObject *, ...))                            \
  FUNCTION(PyObject *, PyImport_ImportModule, (const char *))                                      \
  FUNCTION(PyObject *, PyModule_GetDict, (PyObject *))                                             \
  FUNCTION(void *, PyCapsule_GetPointer, (PyObject *, const char *))                               \
  FUNCTION(PyObject *, PyCFunction_NewEx, (PyMethodDef *, PyObject *, PyObject *))                 \
  FUNCTION(PyObject *, PyObject_GetItem, (PyObject *, PyObject *))                                 \
  FUNCTION(int, PyObject_SetItem, (PyObject *, PyObject *, PyObject *))                            \
  FUNCTION(PyObject *, PySlice_New, (PyObject *, PyObject *, PyObject *))                          \
  FUNCTION(PyObject *, PyTuple_New, (Py_ssize_t))                                                  \
  FUNCTION(Py_ssize_t, PyTuple_Size, (PyObject *))                                                 \
  FUNCTION(PyObject *, PyTuple_GetItem, (PyObject *, Py_ssize_t))                                  \
  FUNCTION(int, PyTuple_SetItem, (PyObject *, Py_ssize_t, PyObject *))                             \
  FUNCTION(PyObject *, PyList_New, (Py_ssize_t))                                                   \
  FUNCTION(Py_ssize_t, PyList_Size, (PyObject *))                                                  \
  FUNCTION(PyObject *, PyList_GetItem, (PyObject *, Py_ssize_t))                                   \
  FUNCTION(int, PyList_SetItem, (PyObject *, Py_ssize_t, PyObject *))                              \
  FUNCTION(PyObject *, PyDict_New, (void))                                                         \
  FUNCTION(Py_ssize_t, PyDict_Size, (PyObject *))                                                  \
  FUNCTION(PyObject *, PyDict_GetItem, (PyObject *, PyObject *))                                   \
  FUNCTION(int, PyDict_Next, (PyObject *, Py_ssize_t *, PyObject **, PyObject **))                 \
  FUNCTION(PyObject *, PyDict_Keys, (PyObject *))                                                  \
  FUNCTION(PyObject *, PyDict_Values, (PyObject *))                                                \
  FUNCTION(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))                      \
  FUNCTION(PyObject *, PyBool_FromLong, (long))                                                    \
  FUNCTION(PyObject *, PyLong_FromLong, (long))                                                    \
  FUNCTION(PyObject *, PyLong_FromLongLong, (long long))                                           \
  FUNCTION(long, PyLong_AsLong, (PyObject *))                                                      \
  FUNCTION(unsigned long long, PyLong_AsUnsignedLongLong, (PyObject *))                            \
  FUNCTION(PyObject *, PyFloat_FromDouble, (double))                                               \
  FUNCTION(double, PyFloat_AsDouble, (PyObject *))                                                 \
  FUNCTION(PyObject *, PyUnicode_FromString, (const char *))                                       \
  FUNCTION(const char *, PyUnicode_AsUTF8AndSize, (PyObject *, Py_ssize_t *))                      \
  FUNCTION(PyObject *, PyErr_Occurred, (void))                                                     \
  FUNCTION(int, PyErr_ExceptionMatches, (PyObject *))                                              \
  FUNCTION(void, PyErr_Clear, (void))                                                              \
  FUNCTION(void, PyErr_Fetch, (PyObject **, PyObject **, PyObject **))                             \
  FUNCTION(void, PyErr_Restore, (PyObject *, PyObject *, PyObject *))                              \
  FUNCTION(void, PyErr_NormalizeException, (PyObject **, PyObject **, PyObject **))                \
  FUNCTION(int, PyException_SetTraceback, (PyObject *, PyObject *))                                \
  FUNCTION(PyObject *, PyException_GetTraceback, (PyObject *))

#define DECLARE(type, name, arguments) type(*name) arguments;
typedef struct {
  PYTHON_FUNCTIONS(DECLARE)
  PyObject *none, *true_, *false_, *bool_type, *int_type, *float_type, *str_type, *tuple_type,
      *list_type, *dict_type, *module_type, **exception; /* the last: where Exception is */
} python_functions;
#undef DECLARE
extern python_functions py;

/* What is set when calls start, by ptb_start_calls(). */
typedef struct {
  int started;
  SEXP home;      /* this package's namespace: the R functions that take over */
  SEXP functions; /* the environment of functions of `pytorch_bridge` by name */
  SEXP spare;     /* a list of one: a holder for the next call, or NULL */
  SEXP pyobj, convert, simple, py_object, option; /* symbols */
  SEXP object_class;                              /* the string "python.builtin.object" */
  SEXP module_class;                              /* the class of modules whose `$` goes this way */
} call_state;

extern call_state state;

int find_symbol(const char *name, void *pointer);
int find_interpreter(void);
int python_runs(void);
int can_call(void);
void put_option_first(void);
void watch_forks(void);

/* ---- python.c: references that R holds ------------------------------------------------------- */

extern int calls_under_way;
void drop_noted(void);
SEXP new_holder(void);
SEXP take_holder(void);
void give_holder_back(SEXP holder);
void release(SEXP holder);

/* ---- python_memory.c ------------------------------------------------------------------------- */

/* Strided memory, as DLPack describes it (its DLTensor). */
typedef struct {
  void *data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t code, bits; /* of an element */
  uint16_t lanes;
  int64_t *shape, *strides; /* elements */
  uint64_t byte_offset;
} dl_tensor;

enum { DL_INT, DL_UINT, DL_FLOAT, DL_BFLOAT = 4, DL_COMPLEX };
enum { DL_CPU = 1 };

/* Memory that is handed over, until its deleter is called (its DLManagedTensorVersioned). */
typedef struct dl_managed {
  struct {
    uint32_t major, minor;
  } version;
  void *context;
  void (*deleter)(struct dl_managed *this);
  uint64_t flags;
  dl_tensor tensor;
} dl_managed;

PyObject *type_of(PyObject *object);
int can_import_memory(void);
PyObject *import_memory(dl_managed *memory);
int find_shape(PyObject *tensor, dl_tensor *to);
int find_memory(PyObject *tensor, dl_tensor *to);
int is_resolved(PyObject *tensor, const dl_tensor *memory);
int is_of_floats(PyObject *object);
int all_there(PyObject *arguments);

/* ---- python_tensors.c ------------------------------------------------------------------------ */

PyObject *empty_tensor(const element *type, int ndim, const double *shape);
PyObject *tensor_on_loan(uint8_t code, uint8_t bits, char *data, int ndim, const double *shape,
                         loan *offer);
PyObject *tensor_of_floats(PyObject *list);

/* ---- python_interrupts.c --------------------------------------------------------------------- */

extern PyMethodDef interrupt_method;
int find_interrupts(void);
void forget_failure(void);

/* ---- python_objects.c ------------------------------------------------------------------------ */

/*
 * What reticulate makes of the objects of a type, whose results convert or do not. The type lives
 * as long as the process, so that no other one can come to have its address.
 */
typedef struct {
  PyObject *type;
  int convert;
  int callable; /* an R function, with the environment as an attribute */
  int simple;   /* whether the environment has the variable that newer reticulate puts there */
  int tensor;   /* it counts for R's collector */
  SEXP class;
} known_type;

SEXP variable(SEXP environment, SEXP symbol);
SEXP environment_of(SEXP x);
PyObject *pointer_in(SEXP environment);
int converts(SEXP environment);
const known_type *find_type(PyObject *type, int convert);
SEXP new_object(SEXP holder, const known_type *type);
SEXP bare_object(SEXP holder, int convert);
SEXP taken_over(SEXP holder, int convert);

/* ---- python_attributes.c --------------------------------------------------------------------- */

PyObject *attribute_of(PyObject *object, const char *text);
void forget_values(void);

/* ---- python_values.c ------------------------------------------------------------------------- */

typedef struct {
  PyObject *positional, *named;
} call_arguments;

typedef enum {
  UNABLE, /* nothing was done */
  RAISED, /* the holder has the exception; of all that follow, the result */
  NONE,
  FLAG,
  INTEGER_,
  REAL_,
  STRING,
  TUPLE,
  LIST,
  DICT,
  OBJECT_,
  OTHER /* known to reticulate alone */
} answer_kind;

typedef struct {
  answer_kind kind;
  answer_kind elements; /* of a list, if they are all of this one kind; else OTHER */
  int integer;
  double real;
  const char *text;
  Py_ssize_t length; /* of the text, tuple or list */
  const known_type *type;
} answer;

const char *utf8_text(SEXP string);
int fits_integer(PyObject *object, int *integer);
int read_arguments(SEXP list, call_arguments *to);
void drop_arguments(call_arguments *arguments);
answer read_answer(PyObject *object, int convert, SEXP holder);
answer read_exception(SEXP holder);
SEXP r_value(answer found, SEXP holder, int convert);
SEXP r_element(SEXP sequence, answer_kind kind, Py_ssize_t i, int convert);

/* ---- python_functions.c ---------------------------------------------------------------------- */

/* What is called. */
typedef struct {
  PyObject *function;
  PyObject *bare;      /* of a function of `pytorch_bridge`: what it guards; else NULL */
  PyObject *shortcuts; /* a dict of PyTorch's own functions by the first argument, or NULL */
  int operands;        /* that these take */
} callee;

callee bridge_function(const char *name, int convert);
void forget_functions(void);

/* ---- python_calls.c -------------------------------------------------------------------------- */

/* Looks at what a call gave, under the GIL; returns whether that is what it knows. */
typedef int (*reader)(PyObject *result, void *into);

/* A call of a function of `pytorch_bridge` whose result, a tuple, C takes apart itself. */
typedef struct {
  const char *name;
  reader read;
  void *into;
  int was_read;
} bridge_call;

SEXP home(void);
int enter_python(void);
void leave_python(int gil);
SEXP quoted(SEXP x);
SEXP otherwise(const char *name, SEXP first, SEXP second, SEXP third, SEXP raised);
SEXP call_bridge(const char *name, SEXP arguments, int convert);
SEXP make_call(bridge_call *call, SEXP arguments);
void end_call(SEXP holder);
SEXP tensor_in(SEXP tuple, Py_ssize_t i);
SEXP made_value(PyObject *(*make)(void *), void *data, int *was_made);

/* ---- python_operands.c ----------------------------------------------------------------------- */

enum { FEW = 64 }; /* numbers that go to Python as they are */

int read_lengths(PyObject *tensor, int64_t *lengths);
int is_tensor(SEXP x);
int has_form(SEXP x);
int is_plain(SEXP x);

#endif
