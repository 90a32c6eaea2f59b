/* Arguments and results: what R and Python values become of each other. See python.h. */
#include "python.h"

#include <limits.h>
#include <string.h>

/* ---- arguments ------------------------------------------------------------------------------- */

/* Text that is UTF-8 as it lies there. */
const char *utf8_text(SEXP string) {
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

void drop_arguments(call_arguments *arguments) {
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
int read_arguments(SEXP list, call_arguments *to) {
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

/* Of a dict: OTHER unless it has some keys, all text, and all its values are known. */
static answer_kind dict_kind(PyObject *dict, int convert, int depth) {
  PyObject *key, *value;
  Py_ssize_t at = 0;
  answer_kind kind = OTHER;
  while (py.PyDict_Next(dict, &at, &key, &value)) {
    answer element;
    if (kind_of(key, convert, depth + 1, &element) != STRING ||
        kind_of(value, convert, depth + 1, &element) == OTHER)
      return OTHER;
    kind = DICT;
  }
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
  if (type == py.dict_type)
    return dict_kind(object, convert, depth);
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
answer read_answer(PyObject *object, int convert, SEXP holder) {
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
answer read_exception(SEXP holder) {
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

/* A list with names, in the encoding that reticulate gives them. */
static SEXP r_dict(SEXP dict, int convert) {
  SEXP keys = PROTECT(new_holder()), values = PROTECT(new_holder());
  int gil = py.PyGILState_Ensure();
  R_SetExternalPtrAddr(keys, py.PyDict_Keys(R_ExternalPtrAddr(dict)));
  R_SetExternalPtrAddr(values, py.PyDict_Values(R_ExternalPtrAddr(dict)));
  Py_ssize_t length = py.PyList_Size(R_ExternalPtrAddr(values));
  py.PyGILState_Release(gil);
  answer as_list = {.kind = LIST, .elements = OTHER, .length = length};
  SEXP list = PROTECT(r_sequence(as_list, values, convert));
  SEXP texts = PROTECT(r_sequence(as_list, keys, convert));
  SEXP names = PROTECT(Rf_allocVector(STRSXP, length));
  for (Py_ssize_t i = 0; i < length; i++)
    SET_STRING_ELT(names, i, Rf_mkChar(CHAR(STRING_ELT(VECTOR_ELT(texts, i), 0))));
  Rf_setAttrib(list, R_NamesSymbol, names);
  release(dict);
  UNPROTECT(5);
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
SEXP r_value(answer found, SEXP holder, int convert) {
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
  case DICT:
    return r_dict(holder, convert);
  case OBJECT_:
    return new_object(holder, found.type);
  case OTHER:
    return taken_over(holder, convert);
  default:
    return R_NilValue;
  }
}
