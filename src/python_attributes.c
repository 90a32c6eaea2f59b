/* Attributes of Python objects: by their names, for methods, and for `$`. See python.h. */
#include "python.h"

#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

/*
 * The same names are asked for again and again, and Python finds an attribute sooner by a string
 * that it has met before. So the strings are kept, each where the address of R's text says. That
 * is a mere hint, as R may give the address to another text: the kept text decides.
 */
enum { MAX_NAMES = 512 };
static struct {
  PyObject *name;
  const char *text; /* the string's own, or NULL where none is kept */
} names[MAX_NAMES];

/* Under the GIL. A new reference; NULL, with an exception, if there is no memory. */
static PyObject *python_name(const char *text) {
  size_t place = ((uintptr_t)text >> 3) % MAX_NAMES;
  if (names[place].text == NULL || strcmp(names[place].text, text) != 0) {
    PyObject *name = py.PyUnicode_FromString(text), *before = names[place].name;
    const char *own = name == NULL ? NULL : py.PyUnicode_AsUTF8AndSize(name, NULL);
    if (own == NULL)
      return name;
    names[place].name = name;
    names[place].text = own;
    if (before != NULL)
      py.Py_DecRef(before);
  }
  py.Py_IncRef(names[place].name);
  return names[place].name;
}

/*
 * Under the GIL. A new reference; NULL, without an exception, if there is no such attribute, or no
 * object.
 */
PyObject *attribute_of(PyObject *object, const char *text) {
  PyObject *name = object == NULL ? NULL : python_name(text);
  PyObject *attribute = name == NULL ? NULL : py.PyObject_GetAttr(object, name);
  if (name != NULL)
    py.Py_DecRef(name);
  forget_failure();
  return attribute;
}

/* ---- what modules hold ----------------------------------------------------------------------- */

/*
 * The functions and modules that a module has are few, live as long as it does, and are asked for
 * again and again. So the R values that were made of them are kept, each where its address says.
 */
enum { MAX_KEPT = 1024 };
static struct {
  PyObject *type; /* the object's then: Python can give it another one */
  SEXP value;     /* NULL where none is kept */
  SEXP environment;
  SEXP class; /* which lives as long as this package */
} kept[MAX_KEPT];

static size_t place_of(PyObject *object) { return ((uintptr_t)object >> 4) % MAX_KEPT; }

/* NULL if there is none, or if it is not any more what it was: environments can be changed. */
static SEXP kept_value(PyObject *object, PyObject *type) {
  size_t place = place_of(object);
  SEXP value = kept[place].value, environment = kept[place].environment;
  if (value == NULL || kept[place].type != type)
    return NULL;
  SEXP pointer = variable(environment, state.pyobj);
  if (TYPEOF(pointer) != EXTPTRSXP || R_ExternalPtrAddr(pointer) != object)
    return NULL;
  if (Rf_getAttrib(value, R_ClassSymbol) != kept[place].class || !converts(environment))
    return NULL;
  return value;
}

static void keep_value(PyObject *object, const known_type *type, SEXP value) {
  size_t place = place_of(object);
  SEXP class = Rf_getAttrib(value, R_ClassSymbol);
  if (class != type->class && class != state.module_class)
    return;
  MARK_NOT_MUTABLE(value);
  R_PreserveObject(value);
  if (kept[place].value != NULL)
    R_ReleaseObject(kept[place].value);
  kept[place].type = type->type;
  kept[place].value = value;
  kept[place].environment = environment_of(value);
  kept[place].class = class;
}

void forget_values(void) {
  for (int i = 0; i < MAX_KEPT; i++) {
    if (kept[i].value != NULL)
      R_ReleaseObject(kept[i].value);
    kept[i].value = NULL;
  }
}

/*
 * What is kept of an attribute, or NULL. In a plain module the module's own dict tells what the
 * attribute is, but for names that all objects have, which begin with two underscores.
 */
static SEXP kept_attribute(PyObject *module, const char *text) {
  if (strncmp(text, "__", 2) == 0)
    return NULL;
  PyObject *object = NULL, *type = NULL;
  int gil = py.PyGILState_Ensure();
  PyObject *name = type_of(module) == py.module_type ? python_name(text) : NULL;
  if (name != NULL) {
    object = py.PyDict_GetItem(py.PyModule_GetDict(module), name);
    type = object == NULL ? NULL : type_of(object);
    py.Py_DecRef(name);
  }
  py.PyGILState_Release(gil);
  return object == NULL ? NULL : kept_value(object, type); /* which has its own reference */
}

/* ---- `$` ------------------------------------------------------------------------------------- */

static answer attribute_under_gil(PyObject *object, const char *text, SEXP holder) {
  PyObject *attribute = attribute_of(object, text);
  /* Without one, reticulate looks again, and says what is wrong. */
  return attribute == NULL ? (answer){.kind = UNABLE} : read_answer(attribute, 1, holder);
}

/* A module with this package's class in front of those that it has. */
static SEXP with_own_class(SEXP module) {
  if (XLENGTH(Rf_getAttrib(module, R_ClassSymbol)) < XLENGTH(state.module_class)) {
    Rf_setAttrib(module, R_ClassSymbol, state.module_class);
    return module;
  }
  SEXP call = PROTECT(Rf_lang2(Rf_install("with_own_class"), module));
  module = Rf_eval(call, home());
  UNPROTECT(1);
  return module;
}

/* What a module holds: modules get this package's class, and they and functions are kept. */
static SEXP value_in_module(answer found, SEXP holder) {
  PyObject *object = found.kind == OBJECT_ ? R_ExternalPtrAddr(holder) : NULL;
  SEXP value = object == NULL ? NULL : kept_value(object, found.type->type);
  if (value != NULL) {
    release(holder);
    return value;
  }
  value = PROTECT(r_value(found, holder, 1));
  int is_module = Rf_inherits(value, "python.builtin.module");
  if (is_module)
    value = with_own_class(value);
  PROTECT(value);
  if (object != NULL && (is_module || found.type->callable))
    keep_value(object, found.type, value);
  UNPROTECT(2);
  return value;
}

static SEXP ask_attribute(PyObject *object, const char *text, int of_module, answer_kind *kind) {
  SEXP holder = PROTECT(take_holder());
  int gil = enter_python();
  answer found = attribute_under_gil(object, text, holder);
  leave_python(gil);
  *kind = found.kind;
  SEXP value = PROTECT(of_module ? value_in_module(found, holder) : r_value(found, holder, 1));
  give_holder_back(holder);
  if (found.kind == OBJECT_ && found.type->tensor)
    count_tensor(home());
  UNPROTECT(2);
  return value;
}

/* What `$` gives of a Python object whose attributes are converted. */
SEXP ptb_attribute(SEXP x, SEXP name) {
  answer_kind kind = UNABLE;
  SEXP value = NULL;
  if (can_call() && TYPEOF(name) == STRSXP && LENGTH(name) == 1) {
    SEXP environment = environment_of(x);
    PyObject *object = pointer_in(environment);
    const char *text = utf8_text(STRING_ELT(name, 0));
    if (object != NULL && text != NULL && converts(environment)) {
      int of_module = Rf_inherits(x, "pytorchbridge.module");
      value = of_module ? kept_attribute(object, text) : NULL;
      if (value == NULL)
        value = ask_attribute(object, text, of_module, &kind);
      else
        kind = OBJECT_;
    }
  }
  return kind == UNABLE ? otherwise("attribute_by_reticulate", x, name, R_NilValue, R_NilValue)
                        : value;
}
