/* Calls of Python functions and looks at attributes, for R. See python.h. */
#include "python.h"

#include <stdio.h>

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

static answer method_under_gil(PyObject *object, const char *name, SEXP list, int convert,
                               SEXP holder) {
  PyObject *method = py.PyObject_GetAttrString(object, name);
  if (method == NULL) {
    py.PyErr_Clear();
    return (answer){.kind = UNABLE};
  }
  answer found = call_under_gil(method, list, convert, holder);
  py.Py_DecRef(method);
  return found;
}

static answer attribute_under_gil(PyObject *object, const char *name, int convert, SEXP holder) {
  PyObject *result = py.PyObject_GetAttrString(object, name);
  if (result != NULL)
    return read_answer(result, convert, holder);
  py.PyErr_Clear(); /* reticulate looks again, and says what is wrong */
  return (answer){.kind = UNABLE};
}

/* This package's namespace. */
SEXP home(void) {
  if (state.home == NULL) {
    SEXP package = PROTECT(Rf_mkString("pytorchbridge"));
    state.home = R_FindNamespace(package);
    UNPROTECT(1);
  }
  return state.home;
}

/* Under the GIL. An attribute, a call, or both in one, if both are given. */
static answer ask_python(PyObject *object, const char *attribute, SEXP list, int convert,
                         SEXP holder) {
  if (attribute == NULL)
    return call_under_gil(object, list, convert, holder);
  if (list == R_NilValue)
    return attribute_under_gil(object, attribute, convert, holder);
  return method_under_gil(object, attribute, list, convert, holder);
}

static int enter_python(void) {
  int gil = py.PyGILState_Ensure();
  calls_under_way++;
  /* Some reticulate leaves an exception of integers beyond C's long; the next call would fail. */
  py.PyErr_Clear();
  drop_noted();
  return gil;
}

static void leave_python(int gil) {
  drop_noted();
  calls_under_way--;
  py.PyGILState_Release(gil);
}

/* The R value of what Python gives, or (kind: RAISED) the exception as an object. */
static SEXP ask(PyObject *object, const char *attribute, SEXP list, int convert,
                answer_kind *kind) {
  SEXP holder = PROTECT(take_holder());
  int gil = enter_python();
  answer found = ask_python(object, attribute, list, convert, holder);
  leave_python(gil);
  *kind = found.kind;
  SEXP value =
      PROTECT(found.kind == RAISED ? bare_object(holder, 1) : r_value(found, holder, convert));
  give_holder_back(holder);
  if (convert && found.kind == OBJECT_ && found.type->tensor)
    count_tensor(home());
  UNPROTECT(2);
  return value;
}

/* What every tensor gets that comes to R: it counts for the collector, and can be saved. */
SEXP ptb_tensor_arrived(SEXP x) {
  count_tensor(home());
  return ptb_attach_capsule(x);
}

/* As it is in a call, whatever it is. */
SEXP quoted(SEXP x) { return Rf_lang2(Rf_install("quote"), x); }

/* Lets an R function do what could not be done here. */
SEXP otherwise(const char *name, SEXP first, SEXP second, SEXP third, SEXP raised) {
  SEXP call = PROTECT(Rf_lang5(Rf_install(name), first, second, third, raised));
  SEXP value = Rf_eval(call, home());
  UNPROTECT(1);
  return value;
}

/* Calls a Python object, as the R function does that reticulate makes of it. */
SEXP ptb_call(SEXP callable, SEXP arguments) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  PyObject *function = can_call() ? pointer_in(callable) : NULL;
  if (function != NULL)
    value = ask(function, NULL, arguments, converts(callable), &kind);
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_by_reticulate", callable, arguments, R_NilValue, value);
  UNPROTECT(1);
  return value;
}

/* The environment of a function of `pytorch_bridge`, if it was fetched; else NULL. */
static SEXP bridge_function(const char *name, int convert) {
  char key[128];
  if (!convert) {
    snprintf(key, sizeof key, "%s, unconverted", name);
    name = key;
  }
  return environment_of(variable(state.functions, Rf_install(name)));
}

static SEXP call_bridge_otherwise(const char *name, SEXP arguments, int convert, SEXP raised) {
  PROTECT(raised);
  SEXP called = PROTECT(Rf_mkString(name)), converts = PROTECT(Rf_ScalarLogical(convert));
  SEXP value = otherwise("call_bridge_by_reticulate", called, arguments, converts, raised);
  UNPROTECT(3);
  return value;
}

/* Calls a function of `pytorch_bridge`. */
SEXP call_bridge(const char *name, SEXP arguments, int convert) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  if (can_call()) {
    SEXP environment = bridge_function(name, convert);
    PyObject *function = pointer_in(environment);
    if (function != NULL)
      value = ask(function, NULL, arguments, converts(environment), &kind);
  }
  return kind == UNABLE || kind == RAISED ? call_bridge_otherwise(name, arguments, convert, value)
                                          : value;
}

SEXP ptb_call_bridge(SEXP name, SEXP arguments, SEXP convert) {
  return call_bridge(CHAR(STRING_ELT(name, 0)), arguments, Rf_asLogical(convert));
}

/*
 * Calls a function of `pytorch_bridge`, and has the tuple that it gives read under the GIL. Returns
 * the holder of the tuple, for end_call(). If the tuple is not what the reader knows, returns the R
 * value of what was given; NULL where calls cannot be made here.
 */
SEXP make_call(bridge_call *call, SEXP arguments) {
  PyObject *function = can_call() ? pointer_in(bridge_function(call->name, 1)) : NULL;
  if (function == NULL)
    return R_NilValue;
  SEXP holder = PROTECT(take_holder()), value = holder;
  int gil = enter_python();
  answer found = call_under_gil(function, arguments, 1, holder);
  call->was_read = found.kind == TUPLE && call->read(R_ExternalPtrAddr(holder), call->into);
  leave_python(gil);
  if (found.kind == RAISED)
    value = call_bridge_otherwise(call->name, arguments, 1, bare_object(holder, 1));
  else if (!call->was_read)
    value = r_value(found, holder, 1);
  UNPROTECT(1);
  return value;
}

/* Lets go of the tuple. */
void end_call(SEXP holder) {
  release(holder);
  give_holder_back(holder);
}

/* A tensor in a tuple, which counts for R's collector as one that comes by itself does. */
SEXP tensor_in(SEXP tuple, Py_ssize_t i) {
  SEXP tensor = PROTECT(r_element(tuple, TUPLE, i, 1));
  ptb_tensor_arrived(tensor);
  UNPROTECT(1);
  return tensor;
}

/* Calls a method of a Python object whose attributes are converted. */
SEXP ptb_call_method(SEXP x, SEXP name, SEXP arguments) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  SEXP environment = can_call() ? environment_of(x) : R_NilValue;
  PyObject *object = pointer_in(environment);
  if (object != NULL && converts(environment))
    value = ask(object, CHAR(STRING_ELT(name, 0)), arguments, 1, &kind);
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_method_by_reticulate", x, name, arguments, value);
  UNPROTECT(1);
  return value;
}

/* An attribute of a module that has this package's class: modules in it get that as well. */
static SEXP ask_module(PyObject *module, const char *name, answer_kind *kind) {
  SEXP holder = PROTECT(take_holder());
  int gil = enter_python();
  answer found = attribute_under_gil(module, name, 1, holder);
  leave_python(gil);
  *kind = found.kind;
  PyObject *object = found.kind == OBJECT_ ? R_ExternalPtrAddr(holder) : NULL;
  SEXP value = object == NULL ? NULL : kept_value(object);
  if (value != NULL) {
    release(holder);
  } else {
    value = PROTECT(r_value(found, holder, 1));
    int is_module = TYPEOF(value) == ENVSXP && Rf_inherits(value, "python.builtin.module");
    if (is_module)
      Rf_setAttrib(value, R_ClassSymbol, state.module_class);
    if (object != NULL && (is_module || found.type->callable))
      keep_value(object, value);
    UNPROTECT(1);
  }
  give_holder_back(holder);
  UNPROTECT(1);
  return value;
}

/* What `$` gives of a Python object whose attributes are converted. */
SEXP ptb_attribute(SEXP x, SEXP name) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  if (can_call() && TYPEOF(name) == STRSXP && LENGTH(name) == 1) {
    SEXP environment = environment_of(x);
    PyObject *object = pointer_in(environment);
    const char *text = utf8_text(STRING_ELT(name, 0));
    if (object != NULL && text != NULL && converts(environment))
      value = Rf_inherits(x, "pytorchbridge.module") ? ask_module(object, text, &kind)
                                                     : ask(object, text, R_NilValue, 1, &kind);
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
static PyObject *raise_again(PyObject *self, PyObject *exception) {
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
 * argument and one that raises it, and the one that its handler of Ctrl-C asks, if there is one;
 * NULL where calls cannot be made here.
 */
SEXP ptb_start_calls(SEXP home, SEXP functions, SEXP module_class) {
  static PyMethodDef methods[] = {{"same", same, METH_O, NULL},
                                  {"raise", raise_again, METH_O, NULL}};
  if (!find_interpreter() || !python_runs())
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
  watch_forks();
  pin_library(); /* for the finalizers of holders, and for the fork */
  state.started = 1;
  SEXP all = PROTECT(Rf_allocVector(VECSXP, 4));
  SET_VECTOR_ELT(all, 0, python_function(&methods[0], 1));
  SET_VECTOR_ELT(all, 1, python_function(&methods[0], 0));
  SET_VECTOR_ELT(all, 2, python_function(&methods[1], 1));
  if (find_interrupts())
    SET_VECTOR_ELT(all, 3, python_function(&interrupt_method, 1));
  UNPROTECT(1);
  return all;
}

/* When the package is loaded, perhaps again: its R functions are others. */
void reset_calls(void) {
  forget_values();
  state.started = 0;
  state.home = NULL;
}

SEXP ptb_calls_are_direct(void) { return Rf_ScalarLogical(can_call()); }

SEXP ptb_check_interrupt(void) {
  R_CheckUserInterrupt();
  return R_NilValue;
}
