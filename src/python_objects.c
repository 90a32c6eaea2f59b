/*
 * Python objects in the form that reticulate gives them, which is learned from reticulate. See
 * python.h.
 */
#include "python.h"

#include <Rversion.h>
#include <string.h>

SEXP variable(SEXP environment, SEXP symbol) {
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
SEXP environment_of(SEXP x) {
  if (!Rf_isObject(x) || !is_python_class(Rf_getAttrib(x, R_ClassSymbol)))
    return R_NilValue;
  if (TYPEOF(x) != ENVSXP)
    x = Rf_getAttrib(x, state.py_object);
  return TYPEOF(x) == ENVSXP ? x : R_NilValue;
}

/* NULL for what is no Python object, or none any more or yet (of another session; a tensor that is
 * to be revived; a delayed module). */
PyObject *pointer_in(SEXP environment) {
  if (TYPEOF(environment) != ENVSXP || is_waiting(environment))
    return NULL;
  SEXP pointer = variable(environment, state.pyobj);
  return TYPEOF(pointer) == EXTPTRSXP ? R_ExternalPtrAddr(pointer) : NULL;
}

int converts(SEXP environment) {
  SEXP convert = variable(environment, state.convert);
  return TYPEOF(convert) != LGLSXP || LENGTH(convert) != 1 || LOGICAL_ELT(convert, 0) != FALSE;
}

enum { MAX_TYPES = 256 };
static known_type types[MAX_TYPES];
static int n_types = 0;

const known_type *find_type(PyObject *type, int convert) {
  for (int i = 0; i < n_types; i++)
    if (types[i].type == type && types[i].convert == convert)
      return &types[i];
  return NULL;
}

SEXP new_object(SEXP holder, const known_type *type) {
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

/* ---- learning -------------------------------------------------------------------------------- */

/* An object that reticulate gets to see as an argument, and no one else. */
SEXP bare_object(SEXP holder, int convert) {
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
static const known_type *learn(SEXP value, int convert) {
  SEXP environment = environment_of(value);
  PyObject *object = pointer_in(environment);
  if (n_types == MAX_TYPES || object == NULL || converts(environment) != convert ||
      (TYPEOF(value) != ENVSXP && TYPEOF(value) != CLOSXP))
    return NULL;
  SEXP class = Rf_getAttrib(value, R_ClassSymbol);
  SEXP call = PROTECT(Rf_lang3(Rf_install("has_plain_form"), class, Rf_ScalarLogical(convert)));
  int plain = Rf_asLogical(PROTECT(Rf_eval(call, state.home))) == TRUE;
  UNPROTECT(2);
  if (!plain)
    return NULL;
  int gil = py.PyGILState_Ensure();
  PyObject *type = py.PyObject_Type(object);
  PyObject *claimed = attribute_of(object, "__class__"); /* a proxy's is another */
  if (claimed != NULL)
    py.Py_DecRef(claimed);
  py.PyGILState_Release(gil);
  if (claimed != type)
    return NULL;
  if (find_type(type, convert) == NULL) {
    MARK_NOT_MUTABLE(class);
    R_PreserveObject(class);
    types[n_types++] = (known_type){
        .type = type,
        .convert = convert,
        .callable = TYPEOF(value) == CLOSXP,
        .simple = variable(environment, state.simple) != R_NilValue,
        .tensor = has_class(class, "torch.Tensor"),
        .class = class,
    };
  }
  return find_type(type, convert);
}

static void learn_from_elements(SEXP list, int convert) {
  for (R_xlen_t i = 0; TYPEOF(list) == VECSXP && i < XLENGTH(list); i++) {
    SEXP element = VECTOR_ELT(list, i);
    if (TYPEOF(element) == VECSXP)
      learn_from_elements(element, convert);
    else
      learn(element, convert);
  }
}

/* Lets reticulate make an R value of an object, and learns from it. */
SEXP taken_over(SEXP holder, int convert) {
  SEXP own = PROTECT(new_holder()); /* the other one goes to reticulate, in an object for good */
  SEXP bare = PROTECT(bare_object(holder, 1));
  SEXP call = PROTECT(Rf_lang3(Rf_install("take_over"), bare, Rf_ScalarLogical(convert)));
  SEXP value = PROTECT(Rf_eval(call, state.home));
  PyObject *object = R_ExternalPtrAddr(holder);
  const known_type *type = NULL;
  if (pointer_in(environment_of(value)) == object)
    type = learn(value, convert);
  else
    learn_from_elements(value, convert);
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
