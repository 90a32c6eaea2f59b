/*
 * Calls of an R function with the tensors of a batch, which end with the call unless somebody keeps
 * them, as they do in Python's `for`. Left to R's collector, they would take new memory for each
 * batch, which is slower than all the rest. R's reference counts tell who keeps them; see python.h.
 */
#include "python.h"

#include <stdio.h>

static SEXP variable_of(R_xlen_t i) {
  static SEXP known[8]; /* symbols, which R keeps; NULL until they are asked for */
  enum { KNOWN = sizeof known / sizeof *known };
  if (i < KNOWN && known[i] != NULL)
    return known[i];
  char name[32];
  snprintf(name, sizeof name, "batch_%.0f", (double)i + 1);
  SEXP symbol = Rf_install(name);
  if (i < KNOWN)
    known[i] = symbol;
  return symbol;
}

/* f(batch_1, batch_2, ...), in an environment where these are the values, by the batch's names. */
static SEXP call_of_batch(SEXP batch, SEXP environment) {
  SEXP names = Rf_getAttrib(batch, R_NamesSymbol);
  SEXP call = PROTECT(Rf_lcons(Rf_install("f"), R_NilValue)), last = call;
  for (R_xlen_t i = 0; i < XLENGTH(batch); i++, last = CDR(last)) {
    Rf_defineVar(variable_of(i), VECTOR_ELT(batch, i), environment);
    SETCDR(last, Rf_cons(variable_of(i), R_NilValue));
    if (names != R_NilValue && LENGTH(STRING_ELT(names, i)) > 0)
      SET_TAG(CDR(last), Rf_installTrChar(STRING_ELT(names, i)));
  }
  UNPROTECT(1);
  return call;
}

/*
 * A tensor's header has a reference to it (capsule.c), which is all if nobody keeps it. If anything
 * else counts, it is left to the collector, which is always right.
 */
static void let_go(SEXP x) {
  if (TYPEOF(x) != ENVSXP || !is_tensor(x) || !has_capsule(x) || MAYBE_SHARED(x) || !python_runs())
    return;
  SEXP pointer = variable(x, state.pyobj);
  if (TYPEOF(pointer) == EXTPTRSXP && R_ExternalPtrAddr(pointer) != NULL)
    release(pointer);
}

/* What f gives; batch: a list that only the caller has, and that is empty afterwards. */
SEXP ptb_call_with_batch(SEXP f, SEXP batch) {
  SEXP environment = PROTECT(R_NewEnv(R_EmptyEnv, FALSE, 0));
  Rf_defineVar(Rf_install("f"), f, environment);
  SEXP call = PROTECT(call_of_batch(batch, environment));
  SEXP value = PROTECT(Rf_eval(call, environment));
  if (!MAYBE_REFERENCED(environment)) /* else an argument may still be asked for */
    for (R_xlen_t i = 0; i < XLENGTH(batch); i++) {
      SEXP part = PROTECT(VECTOR_ELT(batch, i));
      Rf_defineVar(variable_of(i), R_NilValue, environment);
      SET_VECTOR_ELT(batch, i, R_NilValue);
      if (part != value)
        let_go(part);
      UNPROTECT(1);
    }
  UNPROTECT(3);
  return value;
}
