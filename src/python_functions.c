/*
 * The functions of `pytorch_bridge` that are called from R. R fetches each once, behind the guard
 * that `pytorch_bridge.guard` puts before it; here it is found again sooner, with what it guards.
 * See python.h.
 */
#include "python.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 64, MAX_FUNCTIONS = 512 };

/* Where the address of its name says; what is there may be another one. R holds the function. */
static struct {
  char name[MAX_NAME]; /* as R has it: see R/call.R */
  callee callee;
} functions[MAX_FUNCTIONS];

void forget_functions(void) { memset(functions, 0, sizeof functions); }

/* NULL, or what a function holds by this name as long as it lives. */
static PyObject *part_of(PyObject *function, const char *name) {
  PyObject *part = attribute_of(function, name);
  if (part != NULL)
    py.Py_DecRef(part);
  return part;
}

static callee with_parts(PyObject *function) {
  callee found = {.function = function};
  int gil = py.PyGILState_Ensure();
  found.bare = part_of(function, "__wrapped__");
  found.shortcuts = part_of(found.bare, "shortcuts");
  PyObject *operands = part_of(found.bare, "operands");
  if (operands == NULL || !fits_integer(operands, &found.operands))
    found.shortcuts = NULL;
  py.PyGILState_Release(gil);
  return found;
}

/* convert: whether its results are converted. Without a function if R has not fetched it yet. */
callee bridge_function(const char *name, int convert) {
  char key[MAX_NAME];
  size_t place = (((uintptr_t)name >> 3) + (size_t)!convert) % MAX_FUNCTIONS;
  if (!convert) {
    snprintf(key, sizeof key, "%s, unconverted", name);
    name = key;
  }
  if (strcmp(functions[place].name, name) == 0)
    return functions[place].callee;
  PyObject *function = pointer_in(environment_of(variable(state.functions, Rf_install(name))));
  if (function == NULL || strlen(name) >= MAX_NAME)
    return (callee){.function = function};
  strcpy(functions[place].name, name);
  return functions[place].callee = with_parts(function);
}
