/* Calls of Python functions and looks at attributes, for R. See python.h. */
#include "python.h"

#include <stdio.h>

/* ---- calls ----------------------------------------------------------------------------------- */

/* A new reference to what PyTorch takes for an operand of floats, or NULL for another one. */
static PyObject *operand_of_floats(PyObject *operand) {
  if (type_of(operand) == py.list_type)
    return tensor_of_floats(operand);
  if (!is_of_floats(operand))
    return NULL;
  py.Py_IncRef(operand);
  return operand;
}

/*
 * Whether PyTorch's broadcasting of a tensor and an R value is what R does: else one is a vector
 * that R recycles over the other, as pytorch_bridge/recycling.py says.
 */
static int broadcasts_as_in_r(PyObject *const *operands) {
  int64_t lengths[2][MAX_DIMS];
  int n[2];
  for (int i = 0; i < 2; i++)
    if ((n[i] = read_lengths(operands[i], lengths[i])) < 0)
      return 0;
  int vector = n[0] > n[1], array = !vector;
  if (n[vector] != 1 || n[array] < 2)
    return 1;
  int64_t length = lengths[vector][0];
  return length == 1 || length == lengths[array][n[array] - 1];
}

/*
 * Of a function of `pytorch_bridge`: PyTorch's own in its place, where all operands are floats. A
 * failure leads to the function itself, which tells more of it.
 */
static PyObject *call_shortcut(const callee *to, PyObject *arguments) {
  Py_ssize_t n = to->shortcuts == NULL ? 0 : py.PyTuple_Size(arguments) - 1;
  int has_guest = n == to->operands + 1 && type_of(py.PyTuple_GetItem(arguments, n)) == py.int_type;
  if (n < 1 || n != to->operands + has_guest)
    return NULL;
  PyObject *shortcut = py.PyDict_GetItem(to->shortcuts, py.PyTuple_GetItem(arguments, 0));
  PyObject *operands[2] = {NULL, NULL}, *result = NULL;
  int all = shortcut != NULL;
  for (int i = 0; all && i < to->operands; i++)
    all = (operands[i] = operand_of_floats(py.PyTuple_GetItem(arguments, 1 + i))) != NULL;
  if (all && (!has_guest || to->operands != 2 || broadcasts_as_in_r(operands)))
    result = py.PyObject_CallFunctionObjArgs(shortcut, operands[0], operands[1], NULL);
  for (int i = 0; i < to->operands; i++)
    if (operands[i] != NULL)
      py.Py_DecRef(operands[i]);
  forget_failure();
  return result;
}

static PyObject *make_python_call(const callee *to, const call_arguments *arguments) {
  if (to->bare == NULL || arguments->named != NULL)
    return py.PyObject_Call(to->function, arguments->positional, arguments->named);
  PyObject *result = call_shortcut(to, arguments->positional);
  if (result != NULL)
    return result;
  PyObject *function = all_there(arguments->positional) ? to->bare : to->function;
  return py.PyObject_Call(function, arguments->positional, NULL);
}

static answer call_under_gil(const callee *to, SEXP list, int convert, SEXP holder) {
  answer found = {.kind = UNABLE};
  call_arguments arguments;
  if (read_arguments(list, &arguments)) {
    PyObject *result = make_python_call(to, &arguments);
    found = result == NULL ? read_exception(holder) : read_answer(result, convert, holder);
  } else {
    py.PyErr_Clear();
  }
  drop_arguments(&arguments);
  return found;
}

static answer method_under_gil(PyObject *object, const char *name, SEXP list, int convert,
                               SEXP holder) {
  callee method = {.function = attribute_of(object, name)};
  if (method.function == NULL)
    return (answer){.kind = UNABLE};
  answer found = call_under_gil(&method, list, convert, holder);
  py.Py_DecRef(method.function);
  return found;
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

/* Takes the GIL, for a call that may run any code. */
int enter_python(void) {
  int gil = py.PyGILState_Ensure();
  calls_under_way++;
  /* Some reticulate leaves an exception of integers beyond C's long; the next call would fail. */
  py.PyErr_Clear();
  drop_noted();
  return gil;
}

void leave_python(int gil) {
  drop_noted();
  calls_under_way--;
  py.PyGILState_Release(gil);
}

/*
 * Takes out what is in a list of arguments that nobody has any more. R's counts of references do
 * not go down when its collector takes the list, and the tensors of a batch wait for that
 * (python_batches.c).
 */
static void empty(SEXP list) {
  for (R_xlen_t i = 0; !MAYBE_REFERENCED(list) && i < XLENGTH(list); i++)
    SET_VECTOR_ELT(list, i, R_NilValue);
}

/*
 * The R value of what a call gives, or (kind: RAISED) the exception as an object. method: of what
 * is named first, or NULL.
 */
static SEXP ask(callee to, const char *method, SEXP list, int convert, answer_kind *kind) {
  SEXP holder = PROTECT(take_holder());
  int gil = enter_python();
  answer found = method == NULL ? call_under_gil(&to, list, convert, holder)
                                : method_under_gil(to.function, method, list, convert, holder);
  leave_python(gil);
  *kind = found.kind;
  SEXP value =
      PROTECT(found.kind == RAISED ? bare_object(holder, 1) : r_value(found, holder, convert));
  give_holder_back(holder);
  if (convert && found.kind == OBJECT_ && found.type->tensor)
    count_tensor(home());
  if (found.kind != RAISED && found.kind != UNABLE)
    empty(list);
  UNPROTECT(2);
  return value;
}

/* The value of what `make` gives: a new reference, or NULL where it cannot, or with an exception.
 */
SEXP made_value(PyObject *(*make)(void *), void *data, int *was_made) {
  *was_made = 0;
  if (!can_call())
    return R_NilValue;
  SEXP holder = PROTECT(take_holder());
  answer found = {.kind = UNABLE};
  int gil = enter_python();
  PyObject *made = make(data);
  if (made != NULL)
    found = read_answer(made, 1, holder);
  leave_python(gil);
  *was_made = found.kind != UNABLE;
  SEXP value = PROTECT(r_value(found, holder, 1));
  give_holder_back(holder);
  if (found.kind == OBJECT_ && found.type->tensor)
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

static callee plain(PyObject *function) { return (callee){.function = function}; }

/* Calls a Python object, as the R function does that reticulate makes of it. */
SEXP ptb_call(SEXP callable, SEXP arguments) {
  answer_kind kind = UNABLE;
  SEXP value = R_NilValue;
  PyObject *function = can_call() ? pointer_in(callable) : NULL;
  if (function != NULL)
    value = ask(plain(function), NULL, arguments, converts(callable), &kind);
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_by_reticulate", callable, arguments, R_NilValue, value);
  UNPROTECT(1);
  return value;
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
  callee to = can_call() ? bridge_function(name, convert) : plain(NULL);
  if (to.function != NULL)
    value = ask(to, NULL, arguments, convert, &kind);
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
  callee to = can_call() ? bridge_function(call->name, 1) : plain(NULL);
  if (to.function == NULL)
    return R_NilValue;
  SEXP holder = PROTECT(take_holder()), value = holder;
  int gil = enter_python();
  answer found = call_under_gil(&to, arguments, 1, holder);
  call->was_read = found.kind == TUPLE && call->read(R_ExternalPtrAddr(holder), call->into);
  leave_python(gil);
  if (found.kind == RAISED)
    value = call_bridge_otherwise(call->name, arguments, 1, bare_object(holder, 1));
  else if (!call->was_read)
    value = r_value(found, holder, 1);
  else
    empty(arguments);
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
    value = ask(plain(object), CHAR(STRING_ELT(name, 0)), arguments, 1, &kind);
  if (kind != UNABLE && kind != RAISED)
    return value;
  PROTECT(value);
  value = otherwise("call_method_by_reticulate", x, name, arguments, value);
  UNPROTECT(1);
  return value;
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

/* Whether memory at an address is R's, on loan. */
static PyObject *is_lent_to_python(PyObject *self, PyObject *address) {
  (void)self;
  uintptr_t place = (uintptr_t)py.PyLong_AsUnsignedLongLong(address);
  return py.PyErr_Occurred() ? NULL : py.PyBool_FromLong(is_lent((void *)place));
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
 * argument and one that raises it, the one that its handler of Ctrl-C asks, if there is one, and
 * the one that tells of loans; NULL where calls cannot be made here.
 */
SEXP ptb_start_calls(SEXP home, SEXP functions, SEXP module_class) {
  static PyMethodDef methods[] = {{"same", same, METH_O, NULL},
                                  {"raise", raise_again, METH_O, NULL},
                                  {"is_lent", is_lent_to_python, METH_O, NULL}};
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
  put_option_first();
  watch_forks();
  pin_library(); /* for the finalizers of holders, and for the fork */
  state.started = 1;
  SEXP all = PROTECT(Rf_allocVector(VECSXP, 5));
  SET_VECTOR_ELT(all, 0, python_function(&methods[0], 1));
  SET_VECTOR_ELT(all, 1, python_function(&methods[0], 0));
  SET_VECTOR_ELT(all, 2, python_function(&methods[1], 1));
  if (find_interrupts())
    SET_VECTOR_ELT(all, 3, python_function(&interrupt_method, 1));
  SET_VECTOR_ELT(all, 4, python_function(&methods[2], 1));
  UNPROTECT(1);
  return all;
}

/* When the package is loaded, perhaps again: its R functions are others. */
void reset_calls(void) {
  forget_values();
  forget_functions();
  state.started = 0;
  state.home = NULL;
}

SEXP ptb_calls_are_direct(void) { return Rf_ScalarLogical(can_call()); }

SEXP ptb_check_interrupt(void) {
  R_CheckUserInterrupt();
  return R_NilValue;
}
