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
#include "pytorchbridge.h"

#include <Rversion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <psapi.h>
#include <windows.h>
#else
#include <dlfcn.h>
#include <pthread.h>
#endif

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

/* ---- the interpreter ------------------------------------------------------------------------- */

/* FUNCTION(type of the result, name, arguments) */
#define PYTHON_FUNCTIONS(FUNCTION)                                                                 \
  FUNCTION(int, Py_IsInitialized, (void))                                                          \
  FUNCTION(int, PyGILState_Ensure, (void))                                                         \
  FUNCTION(void, PyGILState_Release, (int))                                                        \
  FUNCTION(void, Py_IncRef, (PyObject *))                                                          \
  FUNCTION(void, Py_DecRef, (PyObject *))                                                          \
  FUNCTION(PyObject *, PyObject_Type, (PyObject *))                                                \
  FUNCTION(PyObject *, PyObject_GetAttrString, (PyObject *, const char *))                         \
  FUNCTION(PyObject *, PyObject_Call, (PyObject *, PyObject *, PyObject *))                        \
  FUNCTION(PyObject *, PyCFunction_NewEx, (PyMethodDef *, PyObject *, PyObject *))                 \
  FUNCTION(PyObject *, PyTuple_New, (Py_ssize_t))                                                  \
  FUNCTION(Py_ssize_t, PyTuple_Size, (PyObject *))                                                 \
  FUNCTION(PyObject *, PyTuple_GetItem, (PyObject *, Py_ssize_t))                                  \
  FUNCTION(int, PyTuple_SetItem, (PyObject *, Py_ssize_t, PyObject *))                             \
  FUNCTION(PyObject *, PyList_New, (Py_ssize_t))                                                   \
  FUNCTION(Py_ssize_t, PyList_Size, (PyObject *))                                                  \
  FUNCTION(PyObject *, PyList_GetItem, (PyObject *, Py_ssize_t))                                   \
  FUNCTION(int, PyList_SetItem, (PyObject *, Py_ssize_t, PyObject *))                              \
  FUNCTION(PyObject *, PyDict_New, (void))                                                         \
  FUNCTION(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))                      \
  FUNCTION(PyObject *, PyBool_FromLong, (long))                                                    \
  FUNCTION(PyObject *, PyLong_FromLong, (long))                                                    \
  FUNCTION(long, PyLong_AsLong, (PyObject *))                                                      \
  FUNCTION(PyObject *, PyFloat_FromDouble, (double))                                               \
  FUNCTION(double, PyFloat_AsDouble, (PyObject *))                                                 \
  FUNCTION(PyObject *, PyUnicode_FromString, (const char *))                                       \
  FUNCTION(PyObject *, PyUnicode_AsUTF8String, (PyObject *))                                       \
  FUNCTION(char *, PyBytes_AsString, (PyObject *))                                                 \
  FUNCTION(Py_ssize_t, PyBytes_Size, (PyObject *))                                                 \
  FUNCTION(PyObject *, PyErr_Occurred, (void))                                                     \
  FUNCTION(void, PyErr_Clear, (void))                                                              \
  FUNCTION(void, PyErr_Fetch, (PyObject **, PyObject **, PyObject **))                             \
  FUNCTION(void, PyErr_Restore, (PyObject *, PyObject *, PyObject *))                              \
  FUNCTION(void, PyErr_NormalizeException, (PyObject **, PyObject **, PyObject **))                \
  FUNCTION(int, PyException_SetTraceback, (PyObject *, PyObject *))                                \
  FUNCTION(PyObject *, PyException_GetTraceback, (PyObject *))

#define DECLARE(type, name, arguments) type(*name) arguments;
static struct {
  PYTHON_FUNCTIONS(DECLARE)
  PyObject *none, *true_, *false_, *bool_type, *int_type, *float_type, *str_type, *tuple_type,
      *list_type;
} py;
#undef DECLARE

#ifdef _WIN32
/* The DLL among those loaded that has Python in it. */
static void *python_symbol(const char *name) {
  static HMODULE python = NULL;
  if (python == NULL) {
    HMODULE loaded[1024];
    DWORD bytes = 0;
    EnumProcessModules(GetCurrentProcess(), loaded, sizeof loaded, &bytes);
    for (DWORD i = 0; i < bytes / sizeof(HMODULE) && i < 1024 && python == NULL; i++)
      if (GetProcAddress(loaded[i], "PyCFunction_NewEx"))
        python = loaded[i];
  }
  return python == NULL ? NULL : (void *)GetProcAddress(python, name);
}
#else
static void *python_symbol(const char *name) {
  static void *process = NULL;
  if (process == NULL)
    process = dlopen(NULL, RTLD_NOW);
  return dlsym(process, name);
}
#endif

/* A pointer to a function is not one to data, but has its bits. */
static int find(const char *name, void *pointer) {
  void *found = python_symbol(name);
  memcpy(pointer, &found, sizeof found);
  return found != NULL;
}

static int find_interpreter(void) {
#define FIND(type, name, arguments) &&find(#name, &py.name)
  return 1 PYTHON_FUNCTIONS(FIND) && find("_Py_NoneStruct", &py.none) &&
         find("_Py_TrueStruct", &py.true_) && find("_Py_FalseStruct", &py.false_) &&
         find("PyBool_Type", &py.bool_type) && find("PyLong_Type", &py.int_type) &&
         find("PyFloat_Type", &py.float_type) && find("PyUnicode_Type", &py.str_type) &&
         find("PyTuple_Type", &py.tuple_type) && find("PyList_Type", &py.list_type);
#undef FIND
}

/* What is set when calls start, by ptb_start_calls(). */
static struct {
  int started;
  SEXP home;      /* this package's namespace: the R functions that take over */
  SEXP functions; /* the environment of functions of `pytorch_bridge` by name */
  SEXP spare;     /* a list of one: a holder for the next call, or NULL */
  SEXP pyobj, convert, simple, py_object, option; /* symbols */
  SEXP object_class;                              /* the string "python.builtin.object" */
  SEXP module_class;                              /* the class of modules whose `$` goes this way */
} state;

static int in_child = 0;

#ifndef _WIN32
static void after_fork(void) { in_child = 1; }
#endif

static int python_runs(void) { return state.started && !in_child && py.Py_IsInitialized(); }

static int is_on(void) {
  SEXP option = Rf_GetOption1(state.option);
  return TYPEOF(option) != LGLSXP || LENGTH(option) != 1 || LOGICAL_ELT(option, 0) != FALSE;
}

/* ---- references that R holds ----------------------------------------------------------------- */

static int calls_under_way =
    0; /* may stay too high after a jump; then references only wait longer */

static struct {
  PyObject **objects;
  size_t count, room;
} dropped;

/* Its reference stays where there is no memory to note it. */
static void drop_later(PyObject *object) {
  if (dropped.count == dropped.room) {
    size_t room = dropped.room ? 2 * dropped.room : 64;
    PyObject **objects = realloc(dropped.objects, room * sizeof *objects);
    if (objects == NULL)
      return;
    dropped.objects = objects;
    dropped.room = room;
  }
  dropped.objects[dropped.count++] = object;
}

/* Under the GIL. What dies may run Python code that comes back here, so one at a time. */
static void drop_noted(void) {
  while (dropped.count > 0)
    py.Py_DecRef(dropped.objects[--dropped.count]);
}

static void finalize(SEXP holder) {
  PyObject *object = R_ExternalPtrAddr(holder);
  R_ClearExternalPtr(holder);
  if (object == NULL || !python_runs())
    return;
  if (calls_under_way > 0) {
    drop_later(object);
    return;
  }
  int gil = py.PyGILState_Ensure();
  py.Py_DecRef(object);
  py.PyGILState_Release(gil);
}

static SEXP new_holder(void) {
  SEXP holder = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(holder, finalize);
  UNPROTECT(1);
  return holder;
}

/* Most calls return no object, so a holder that was not used serves the next one. */
static SEXP take_holder(void) {
  SEXP holder = VECTOR_ELT(state.spare, 0);
  if (holder == R_NilValue)
    return new_holder();
  SET_VECTOR_ELT(state.spare, 0, R_NilValue);
  return holder;
}

static void give_holder_back(SEXP holder) {
  if (R_ExternalPtrAddr(holder) == NULL)
    SET_VECTOR_ELT(state.spare, 0, holder);
}

/* ---- objects of reticulate's form ------------------------------------------------------------ */

static SEXP variable(SEXP environment, SEXP symbol) {
#if R_VERSION >= R_Version(4, 5, 0)
  return R_getVarEx(symbol, environment, FALSE, R_NilValue);
#else
  SEXP value = Rf_findVarInFrame(environment, symbol);
  return value == R_UnboundValue ? R_NilValue : value;
#endif
}

static int is_python_class(SEXP class) {
  for (R_xlen_t i = TYPEOF(class) == STRSXP ? XLENGTH(class) : 0; i > 0; i--)
    if (STRING_ELT(class, i - 1) == state.object_class)
      return 1;
  return 0;
}

/* The environment with an object's pointer, which functions and conditions have as an attribute. */
static SEXP environment_of(SEXP x) {
  if (!Rf_isObject(x) || !is_python_class(Rf_getAttrib(x, R_ClassSymbol)))
    return R_NilValue;
  if (TYPEOF(x) != ENVSXP)
    x = Rf_getAttrib(x, state.py_object);
  return TYPEOF(x) == ENVSXP ? x : R_NilValue;
}

/* NULL for what is no Python object, or none any more or yet (of another session; a tensor that is
 * to be revived; a delayed module). */
static PyObject *pointer_in(SEXP environment) {
  if (environment == R_NilValue || is_waiting(environment))
    return NULL;
  SEXP pointer = variable(environment, state.pyobj);
  return TYPEOF(pointer) == EXTPTRSXP ? R_ExternalPtrAddr(pointer) : NULL;
}

static int converts(SEXP environment) {
  SEXP convert = variable(environment, state.convert);
  return TYPEOF(convert) != LGLSXP || LENGTH(convert) != 1 || LOGICAL_ELT(convert, 0) != FALSE;
}

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

enum { MAX_TYPES = 256 };
static known_type types[MAX_TYPES];
static int n_types = 0;

static const known_type *find_type(PyObject *type, int convert) {
  for (int i = 0; i < n_types; i++)
    if (types[i].type == type && types[i].convert == convert)
      return &types[i];
  return NULL;
}

static SEXP new_object(SEXP holder, const known_type *type) {
  SEXP object = PROTECT(R_NewEnv(R_EmptyEnv, FALSE, 0));
  Rf_defineVar(state.pyobj, holder, object);
  Rf_defineVar(state.convert, Rf_ScalarLogical(type->convert), object);
  if (type->simple)
    Rf_defineVar(state.simple, Rf_ScalarLogical(FALSE), object);
  Rf_setAttrib(object, R_ClassSymbol, type->class);
  if (type->tensor && type->convert)
    ptb_attach_capsule(object);
  if (type->callable) {
    SEXP call = PROTECT(Rf_lang2(Rf_install("new_callable"), object));
    SEXP callable = PROTECT(Rf_eval(call, state.home));
    Rf_setAttrib(callable, R_ClassSymbol, type->class);
    Rf_setAttrib(callable, state.py_object, object);
    UNPROTECT(3);
    return callable;
  }
  UNPROTECT(1);
  return object;
}

/* ---- arguments ------------------------------------------------------------------------------- */

/* Text that is UTF-8 as it lies there. */
static const char *utf8_text(SEXP string) {
  const char *text = CHAR(string);
  if (string == NA_STRING)
    return NULL;
  for (const char *c = text; *c; c++)
    if ((unsigned char)*c > 127)
      return Rf_getCharCE(string) == CE_UTF8 ? text : NULL;
  return text;
}

static PyObject *python_string(SEXP string) {
  const char *text = utf8_text(string);
  return text == NULL ? NULL : py.PyUnicode_FromString(text);
}

enum { MAX_DEPTH = 8 }; /* of lists in lists */

/* A new reference to what reticulate makes of x[i]; NULL where only reticulate knows. */
static PyObject *python_value(SEXP x, int depth);

static PyObject *python_element(SEXP x, R_xlen_t i, int depth) {
  switch (TYPEOF(x)) {
  case LGLSXP: {
    int flag = LOGICAL_RO(x)[i];
    return flag == NA_LOGICAL ? NULL : py.PyBool_FromLong(flag);
  }
  case INTSXP: {
    int value = INTEGER_RO(x)[i];
    return value == NA_INTEGER ? NULL : py.PyLong_FromLong(value);
  }
  case REALSXP:
    return py.PyFloat_FromDouble(REAL_RO(x)[i]);
  case STRSXP:
    return python_string(STRING_ELT(x, i));
  case VECSXP:
    return python_value(VECTOR_ELT(x, i), depth + 1);
  default:
    return NULL;
  }
}

static PyObject *python_list(SEXP x, int depth) {
  R_xlen_t n = XLENGTH(x);
  PyObject *list = py.PyList_New(n);
  for (R_xlen_t i = 0; list != NULL && i < n; i++) {
    PyObject *item = python_element(x, i, depth);
    if (item == NULL || py.PyList_SetItem(list, i, item) != 0) { /* which takes the reference */
      py.Py_DecRef(list);
      return NULL;
    }
  }
  return list;
}

static PyObject *python_value(SEXP x, int depth) {
  if (x == R_NilValue) {
    py.Py_IncRef(py.none);
    return py.none;
  }
  if (Rf_isObject(x)) {
    PyObject *object = pointer_in(environment_of(x));
    if (object != NULL)
      py.Py_IncRef(object);
    return object;
  }
  if (depth > MAX_DEPTH || !Rf_isVector(x) || ALTREP(x) ||
      Rf_getAttrib(x, R_DimSymbol) != R_NilValue || Rf_getAttrib(x, state.py_object) != R_NilValue)
    return NULL;
  if (TYPEOF(x) == VECSXP)
    return Rf_getAttrib(x, R_NamesSymbol) == R_NilValue ? python_list(x, depth) : NULL;
  return XLENGTH(x) == 1 ? python_element(x, 0, depth) : python_list(x, depth);
}

typedef struct {
  PyObject *positional, *named;
} call_arguments;

static void drop_arguments(call_arguments *arguments) {
  if (arguments->positional != NULL)
    py.Py_DecRef(arguments->positional);
  if (arguments->named != NULL)
    py.Py_DecRef(arguments->named);
}

static int set_named(call_arguments *to, SEXP name, SEXP x) {
  const char *text = utf8_text(name);
  PyObject *value = text == NULL ? NULL : python_value(x, 0);
  if (value == NULL)
    return 0;
  if (to->named == NULL)
    to->named = py.PyDict_New();
  int failed = to->named == NULL || py.PyDict_SetItemString(to->named, text, value) != 0;
  py.Py_DecRef(value);
  return !failed;
}

/* Whether each of the list could be converted. */
static int read_arguments(SEXP list, call_arguments *to) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  Py_ssize_t n = XLENGTH(list), n_positional = 0, at = 0;
  for (Py_ssize_t i = 0; i < n; i++)
    n_positional += names == R_NilValue || LENGTH(STRING_ELT(names, i)) == 0;
  to->named = NULL;
  to->positional = py.PyTuple_New(n_positional);
  for (Py_ssize_t i = 0; to->positional != NULL && i < n; i++) {
    SEXP x = VECTOR_ELT(list, i);
    if (names != R_NilValue && LENGTH(STRING_ELT(names, i)) > 0) {
      if (!set_named(to, STRING_ELT(names, i), x))
        return 0;
      continue;
    }
    PyObject *value = python_value(x, 0);
    if (value == NULL || py.PyTuple_SetItem(to->positional, at++, value) != 0)
      return 0;
  }
  return to->positional != NULL;
}

/* ---- results --------------------------------------------------------------------------------- */

typedef enum {
  UNABLE, /* nothing was done */
  RAISED, /* the holder has the exception; of all that follow, the result */
  NONE,
  FLAG,
  INTEGER_,
  REAL_,
  STRING, /* the holder has its bytes */
  TUPLE,
  LIST,
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

static answer_kind kind_of(PyObject *object, int convert, int depth, answer *to);

static int fits_integer(PyObject *object, int *integer) {
  long value = py.PyLong_AsLong(object);
  if (value == -1 && py.PyErr_Occurred()) {
    py.PyErr_Clear();
    return 0;
  }
  *integer = (int)value;
  return value >= -(long)INT_MAX && value <= (long)INT_MAX;
}

/* Of a tuple or list: OTHER if one of its elements is. */
static answer_kind sequence_kind(PyObject *object, int convert, int depth, answer *to,
                                 answer_kind kind) {
  Py_ssize_t length = kind == TUPLE ? py.PyTuple_Size(object) : py.PyList_Size(object);
  answer_kind common = OTHER;
  for (Py_ssize_t i = 0; i < length; i++) {
    PyObject *item = kind == TUPLE ? py.PyTuple_GetItem(object, i) : py.PyList_GetItem(object, i);
    answer element;
    answer_kind of_item = kind_of(item, convert, depth + 1, &element);
    if (of_item == OTHER)
      return OTHER;
    common = i == 0 || of_item == common ? of_item : OTHER;
  }
  to->length = length;
  to->elements = common >= FLAG && common <= STRING ? common : OTHER;
  return kind;
}

static answer_kind kind_of(PyObject *object, int convert, int depth, answer *to) {
  if (convert && object == py.none)
    return NONE;
  PyObject *type = py.PyObject_Type(object);
  py.Py_DecRef(type); /* the object keeps it alive */
  if (!convert || depth > MAX_DEPTH) {
    to->type = find_type(type, convert);
    return to->type == NULL ? OTHER : OBJECT_;
  }
  if (type == py.float_type) {
    to->real = py.PyFloat_AsDouble(object);
    return REAL_;
  }
  if (type == py.bool_type) {
    to->integer = object == py.true_;
    return FLAG;
  }
  if (type == py.int_type)
    return fits_integer(object, &to->integer) ? INTEGER_ : OTHER;
  if (type == py.str_type)
    return STRING;
  if (type == py.tuple_type)
    return sequence_kind(object, convert, depth, to, TUPLE);
  if (type == py.list_type)
    return sequence_kind(object, convert, depth, to, LIST);
  to->type = find_type(type, convert);
  return to->type == NULL ? OTHER : OBJECT_;
}

/* Puts the bytes in the place of the string, unless R cannot hold them. */
static PyObject *read_string(PyObject *string, answer *to) {
  PyObject *bytes = py.PyUnicode_AsUTF8String(string);
  if (bytes == NULL) {
    py.PyErr_Clear();
    to->kind = OTHER;
    return string;
  }
  to->text = py.PyBytes_AsString(bytes);
  to->length = py.PyBytes_Size(bytes);
  if (memchr(to->text, 0, (size_t)to->length) != NULL || to->length > INT_MAX) {
    py.Py_DecRef(bytes);
    to->kind = OTHER;
    return string;
  }
  py.Py_DecRef(string);
  return bytes;
}

/* Under the GIL. Takes a new reference; the holder has it afterwards if it is still needed. */
static answer read_answer(PyObject *object, int convert, SEXP holder) {
  answer found = {.kind = UNABLE};
  found.kind = kind_of(object, convert, 0, &found);
  if (found.kind == STRING)
    object = read_string(object, &found);
  if (found.kind >= NONE && found.kind <= REAL_)
    py.Py_DecRef(object);
  else
    R_SetExternalPtrAddr(holder, object);
  return found;
}

/* Under the GIL. The exception, with its traceback, as Python's own `except` finds it. */
static answer read_exception(SEXP holder) {
  answer found = {.kind = RAISED};
  PyObject *type, *value, *traceback;
  py.PyErr_Fetch(&type, &value, &traceback);
  py.PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != NULL) {
    py.PyException_SetTraceback(value, traceback);
    py.Py_DecRef(traceback);
  }
  py.Py_DecRef(type);
  R_SetExternalPtrAddr(holder, value);
  return found;
}

static void release(SEXP holder) {
  PyObject *object = R_ExternalPtrAddr(holder);
  R_ClearExternalPtr(holder);
  int gil = py.PyGILState_Ensure();
  py.Py_DecRef(object);
  py.PyGILState_Release(gil);
}

/* An object that reticulate gets to see as an argument, and no one else. */
static SEXP bare_object(SEXP holder, int convert) {
  known_type bare = {.convert = convert, .class = PROTECT(Rf_ScalarString(state.object_class))};
  SEXP object = new_object(holder, &bare);
  UNPROTECT(1);
  return object;
}

static int has_class(SEXP class, const char *prefix) {
  for (R_xlen_t i = 0; i < XLENGTH(class); i++)
    if (strncmp(CHAR(STRING_ELT(class, i)), prefix, strlen(prefix)) == 0)
      return 1;
  return 0;
}

/* Learns from what reticulate made of an object, if its type is one that is always treated so. */
static const known_type *learn(PyObject *object, SEXP value, int convert) {
  SEXP environment = environment_of(value);
  if (n_types == MAX_TYPES || pointer_in(environment) != object ||
      converts(environment) != convert || (TYPEOF(value) != ENVSXP && TYPEOF(value) != CLOSXP))
    return NULL;
  SEXP class = Rf_getAttrib(value, R_ClassSymbol);
  SEXP call = PROTECT(Rf_lang3(Rf_install("has_plain_form"), class, Rf_ScalarLogical(convert)));
  int plain = Rf_asLogical(PROTECT(Rf_eval(call, state.home))) == TRUE;
  UNPROTECT(2);
  if (!plain)
    return NULL;
  MARK_NOT_MUTABLE(class);
  R_PreserveObject(class);
  int gil = py.PyGILState_Ensure();
  PyObject *type = py.PyObject_Type(object);
  PyObject *claimed = py.PyObject_GetAttrString(object, "__class__"); /* a proxy's is another */
  int own = claimed == type;
  if (claimed != NULL)
    py.Py_DecRef(claimed);
  else
    py.PyErr_Clear();
  py.PyGILState_Release(gil);
  if (!own)
    return NULL;
  if (find_type(type, convert) == NULL)
    types[n_types++] = (known_type){
        .type = type,
        .convert = convert,
        .callable = TYPEOF(value) == CLOSXP,
        .simple = variable(environment, state.simple) != R_NilValue,
        .tensor = has_class(class, "torch.Tensor"),
        .class = class,
    };
  return find_type(type, convert);
}

/* Lets reticulate make an R value of an object, and learns from it. */
static SEXP taken_over(SEXP holder, int convert) {
  SEXP own = PROTECT(new_holder()); /* the other one goes to reticulate, in an object for good */
  SEXP bare = PROTECT(bare_object(holder, 1));
  SEXP call = PROTECT(Rf_lang3(Rf_install("take_over"), bare, Rf_ScalarLogical(convert)));
  SEXP value = PROTECT(Rf_eval(call, state.home));
  PyObject *object = R_ExternalPtrAddr(holder);
  const known_type *type = learn(object, value, convert);
  if (type != NULL) {
    R_SetExternalPtrAddr(own, object);
    R_ClearExternalPtr(holder);
    value = new_object(own, type);
  } else {
    release(holder); /* now, not when R finds time */
  }
  UNPROTECT(4);
  return value;
}

static SEXP r_value(answer found, SEXP holder, int convert);

/* Element i of the tuple or list that a holder has. */
static SEXP r_element(SEXP sequence, answer_kind kind, Py_ssize_t i, int convert) {
  SEXP holder = PROTECT(take_holder());
  answer found = {.kind = NONE};
  int gil = py.PyGILState_Ensure();
  PyObject *from = R_ExternalPtrAddr(sequence);
  PyObject *item = kind == TUPLE ? py.PyTuple_GetItem(from, i) : py.PyList_GetItem(from, i);
  if (item == NULL) {
    py.PyErr_Clear(); /* another thread made the list shorter */
  } else {
    py.Py_IncRef(item);
    found = read_answer(item, convert, holder);
  }
  py.PyGILState_Release(gil);
  SEXP value = r_value(found, holder, convert);
  UNPROTECT(1);
  return value;
}

static SEXP r_sequence(answer found, SEXP sequence, int convert) {
  SEXP list = PROTECT(Rf_allocVector(VECSXP, found.length));
  for (Py_ssize_t i = 0; i < found.length; i++)
    SET_VECTOR_ELT(list, i, r_element(sequence, found.kind, i, convert));
  release(sequence);
  if (found.kind == LIST && found.elements != OTHER) {
    SEXP call = PROTECT(Rf_lang2(Rf_install("unlist"), list));
    list = Rf_eval(call, R_BaseEnv);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return list;
}

/* A list of numbers, without an R object for each. */
static SEXP r_numbers(answer found, SEXP sequence) {
  SEXP x = PROTECT(Rf_allocVector(found.elements == REAL_ ? REALSXP : INTSXP, found.length));
  double *reals = found.elements == REAL_ ? REAL(x) : NULL;
  int *integers = reals == NULL ? INTEGER(x) : NULL;
  int gil = py.PyGILState_Ensure();
  for (Py_ssize_t i = 0; i < found.length; i++) {
    PyObject *item = py.PyList_GetItem(R_ExternalPtrAddr(sequence), i);
    if (reals != NULL)
      reals[i] = item == NULL ? NA_REAL : py.PyFloat_AsDouble(item);
    else if (item == NULL || !fits_integer(item, &integers[i]))
      integers[i] = NA_INTEGER;
  }
  py.PyErr_Clear(); /* of a list that another thread has changed meanwhile */
  py.PyGILState_Release(gil);
  release(sequence);
  UNPROTECT(1);
  return x;
}

/* Without the GIL. The holder has the result, where there is more to it than a number. */
static SEXP r_value(answer found, SEXP holder, int convert) {
  switch (found.kind) {
  case FLAG:
    return Rf_ScalarLogical(found.integer);
  case INTEGER_:
    return Rf_ScalarInteger(found.integer);
  case REAL_:
    return Rf_ScalarReal(found.real);
  case STRING: {
    SEXP string = PROTECT(Rf_mkCharLenCE(found.text, (int)found.length, CE_UTF8));
    release(holder);
    give_holder_back(holder);
    SEXP value = Rf_ScalarString(string);
    UNPROTECT(1);
    return value;
  }
  case TUPLE:
  case LIST:
    return found.kind == LIST && (found.elements == REAL_ || found.elements == INTEGER_)
               ? r_numbers(found, holder)
               : r_sequence(found, holder, convert);
  case OBJECT_:
    return new_object(holder, found.type);
  case OTHER:
    return taken_over(holder, convert);
  default:
    return R_NilValue;
  }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static answer call_under_gil(PyObject *function, SEXP list, int convert, SEXP holder) {
  answer found = {.kind = UNABLE};
  call_arguments arguments;
  if (read_arguments(list, &arguments)) {
    PyObject *result = py.PyObject_Call(function, arguments.positional, arguments.named);
    found = result == NULL ? read_exception(holder) : read_answer(result, convert, holder);
  } else {
    py.PyErr_Clear();
  }
  drop_arguments(&arguments);
  return found;
}

static answer attribute_under_gil(PyObject *object, const char *name, int convert, SEXP holder) {
  PyObject *result = py.PyObject_GetAttrString(object, name);
  if (result != NULL)
    return read_answer(result, convert, holder);
  py.PyErr_Clear(); /* reticulate looks again, and says what is wrong */
  return (answer){.kind = UNABLE};
}

/* One of the two, and then the R value, or (kind: RAISED) the exception as an object. */
static SEXP ask(PyObject *object, const char *attribute, SEXP list, int convert,
                answer_kind *kind) {
  SEXP holder = PROTECT(take_holder());
  int gil = py.PyGILState_Ensure();
  calls_under_way++;
  drop_noted();
  answer found = attribute != NULL ? attribute_under_gil(object, attribute, convert, holder)
                                   : call_under_gil(object, list, convert, holder);
  drop_noted();
  calls_under_way--;
  py.PyGILState_Release(gil);
  give_holder_back(holder);
  *kind = found.kind;
  SEXP value =
      PROTECT(found.kind == RAISED ? bare_object(holder, 1) : r_value(found, holder, convert));
  if (convert && found.kind == OBJECT_ && found.type->tensor)
    count_tensor(state.home);
  UNPROTECT(2);
  return value;
}

/* Lets an R function do what could not be done here. */
static SEXP otherwise(const char *name, SEXP first, SEXP second, SEXP third, SEXP raised) {
  if (state.home == NULL) {
    SEXP package = PROTECT(Rf_mkString("pytorchbridge"));
    state.home = R_FindNamespace(package);
    UNPROTECT(1);
  }
  SEXP call = PROTECT(Rf_lang5(Rf_install(name), first, second, third, raised));
  SEXP value = Rf_eval(call, state.home);
  UNPROTECT(1);
  return value;
}

/* Calls a Python object, as the R function does that reticulate makes of it. */
SEXP ptb_call(SEXP callable, SEXP arguments) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  PyObject *function = python_runs() && is_on() ? pointer_in(callable) : NULL;
  if (function != NULL)
    value = ask(function, NULL, arguments, converts(callable), &kind);
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_by_reticulate", callable, arguments, R_NilValue, value);
  UNPROTECT(1);
  return value;
}

/* Calls a function of `pytorch_bridge`. */
SEXP ptb_call_bridge(SEXP name, SEXP arguments, SEXP convert) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  if (python_runs() && is_on()) {
    char key[128];
    snprintf(key, sizeof key, "%s%s", CHAR(STRING_ELT(name, 0)),
             Rf_asLogical(convert) ? "" : ", unconverted");
    SEXP environment = environment_of(variable(state.functions, Rf_install(key)));
    PyObject *function = pointer_in(environment);
    if (function != NULL)
      value = ask(function, NULL, arguments, converts(environment), &kind);
  }
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_bridge_by_reticulate", name, arguments, convert, value);
  UNPROTECT(1);
  return value;
}

/* What `$` gives of a Python object whose attributes are converted. */
SEXP ptb_attribute(SEXP x, SEXP name) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  if (python_runs() && is_on() && TYPEOF(name) == STRSXP && LENGTH(name) == 1) {
    SEXP environment = environment_of(x);
    PyObject *object = pointer_in(environment);
    const char *text = utf8_text(STRING_ELT(name, 0));
    if (object != NULL && text != NULL && converts(environment))
      value = ask(object, text, R_NilValue, 1, &kind);
    if (kind >= OBJECT_ && TYPEOF(value) == ENVSXP && Rf_inherits(value, "python.builtin.module")) {
      PROTECT(value);
      Rf_setAttrib(value, R_ClassSymbol, state.module_class);
      UNPROTECT(1);
    }
  }
  return kind == UNABLE ? otherwise("attribute_by_reticulate", x, name, R_NilValue, R_NilValue)
                        : value;
}

/* ---- the start ------------------------------------------------------------------------------- */

static PyObject *same(PyObject *self, PyObject *object) {
  (void)self;
  py.Py_IncRef(object);
  return object;
}

/* By restoring it: `raise` would add a line to its traceback. */
static PyObject *raise(PyObject *self, PyObject *exception) {
  (void)self;
  py.Py_IncRef(exception);
  py.PyErr_Restore(py.PyObject_Type(exception), exception, py.PyException_GetTraceback(exception));
  return NULL;
}

static SEXP python_function(PyMethodDef *method, int convert) {
  SEXP holder = PROTECT(take_holder());
  int gil = py.PyGILState_Ensure();
  R_SetExternalPtrAddr(holder, py.PyCFunction_NewEx(method, NULL, NULL));
  py.PyGILState_Release(gil);
  SEXP object = bare_object(holder, convert);
  UNPROTECT(1);
  return object;
}

/*
 * Once Python runs: gives the two functions by which reticulate takes over, one that returns its
 * argument and one that raises it; NULL where calls cannot be made here.
 */
SEXP ptb_start_calls(SEXP home, SEXP functions, SEXP module_class) {
  pin_library(); /* finalizers of objects call it */
  static PyMethodDef methods[] = {{"same", same, METH_O, NULL}, {"raise", raise, METH_O, NULL}};
  if (in_child || !find_interpreter() || !py.Py_IsInitialized())
    return R_NilValue;
  state.home = home;
  state.functions = functions;
  state.pyobj = Rf_install("pyobj");
  state.convert = Rf_install("convert");
  state.simple = Rf_install("simple");
  state.py_object = Rf_install("py_object");
  state.option = Rf_install("pytorchbridge.direct_calls");
  R_PreserveObject(state.module_class = module_class);
  R_PreserveObject(state.object_class = Rf_mkChar("python.builtin.object"));
  R_PreserveObject(state.spare = Rf_allocVector(VECSXP, 1));
#ifndef _WIN32
  if (!state.started)
    pthread_atfork(NULL, NULL, after_fork);
#endif
  state.started = 1;
  SEXP all = PROTECT(Rf_allocVector(VECSXP, 3));
  SET_VECTOR_ELT(all, 0, python_function(&methods[0], 1));
  SET_VECTOR_ELT(all, 1, python_function(&methods[0], 0));
  SET_VECTOR_ELT(all, 2, python_function(&methods[1], 1));
  UNPROTECT(1);
  return all;
}

SEXP ptb_calls_are_direct(void) { return Rf_ScalarLogical(python_runs() && is_on()); }

SEXP ptb_check_interrupt(void) {
  R_CheckUserInterrupt();
  return R_NilValue;
}
