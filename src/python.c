/* The running interpreter, and references to its objects that R holds. See python.h. */
#include "python.h"

#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
/* After it, as it needs its types. */
#include <psapi.h>
#else
#include <dlfcn.h>
#include <pthread.h>
#endif

python_functions py;
call_state state;

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
int find_symbol(const char *name, void *pointer) {
  void *found = python_symbol(name);
  memcpy(pointer, &found, sizeof found);
  return found != NULL;
}

int find_interpreter(void) {
#define FIND(type, name, arguments) &&find_symbol(#name, &py.name)
  return 1 PYTHON_FUNCTIONS(FIND) && find_symbol("_Py_NoneStruct", &py.none) &&
         find_symbol("_Py_TrueStruct", &py.true_) && find_symbol("_Py_FalseStruct", &py.false_) &&
         find_symbol("PyBool_Type", &py.bool_type) && find_symbol("PyLong_Type", &py.int_type) &&
         find_symbol("PyFloat_Type", &py.float_type) &&
         find_symbol("PyUnicode_Type", &py.str_type) &&
         find_symbol("PyTuple_Type", &py.tuple_type) && find_symbol("PyList_Type", &py.list_type) &&
         find_symbol("PyDict_Type", &py.dict_type) &&
         find_symbol("PyModule_Type", &py.module_type) &&
         find_symbol("PyExc_Exception", &py.exception);
#undef FIND
}

static int in_child = 0;

#ifdef _WIN32
void watch_forks(void) {}
#else
static void after_fork(void) { in_child = 1; }

void watch_forks(void) {
  static int watching = 0;
  if (!watching)
    watching = pthread_atfork(NULL, NULL, after_fork) == 0;
}
#endif

/*
 * R looks through its options one after the other, and appends new ones. This one is looked up at
 * every call, so it gets its place near the head. (help("options"): they are a pairlist, "in no
 * particular order".)
 */
void put_option_first(void) {
  SEXP options = variable(R_BaseEnv, Rf_install(".Options"));
  if (TYPEOF(options) != LISTSXP || Rf_GetOption1(state.option) != R_NilValue)
    return;
  SEXP own = PROTECT(Rf_cons(Rf_ScalarLogical(TRUE), CDR(options)));
  SET_TAG(own, state.option);
  SETCDR(options, own);
  UNPROTECT(1);
}

static int is_on(void) {
  SEXP option = Rf_GetOption1(state.option);
  return TYPEOF(option) != LGLSXP || LENGTH(option) != 1 || LOGICAL_ELT(option, 0) != FALSE;
}

int python_runs(void) { return py.Py_IsInitialized != NULL && !in_child && py.Py_IsInitialized(); }

int can_call(void) { return state.started && python_runs() && is_on(); }

/* ---- references that R holds ----------------------------------------------------------------- */

int calls_under_way = 0; /* may stay too high after a jump; then references only wait longer */

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
void drop_noted(void) {
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

SEXP new_holder(void) {
  SEXP holder = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(holder, finalize);
  UNPROTECT(1);
  return holder;
}

/* Most calls return no object, so a holder that was not used serves the next one. */
SEXP take_holder(void) {
  SEXP holder = VECTOR_ELT(state.spare, 0);
  if (holder == R_NilValue)
    return new_holder();
  SET_VECTOR_ELT(state.spare, 0, R_NilValue);
  return holder;
}

void give_holder_back(SEXP holder) {
  if (R_ExternalPtrAddr(holder) == NULL)
    SET_VECTOR_ELT(state.spare, 0, holder);
}

/* Drops the reference of a holder at once. */
void release(SEXP holder) {
  PyObject *object = R_ExternalPtrAddr(holder);
  R_ClearExternalPtr(holder);
  int gil = py.PyGILState_Ensure();
  py.Py_DecRef(object);
  py.PyGILState_Release(gil);
}
