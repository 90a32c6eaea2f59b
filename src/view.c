/*
 * Views: R vectors (ALTREP) on memory that R does not own.
 *
 * data1 is an external pointer to the memory, and protects what keeps the memory alive. data2 is
 * the length, as a double. Attributes are R's ordinary ones.
 *
 * A view is marked as not mutable when it is made. So R's own rule, copy a value before changing it
 * unless nobody else can see it, always copies, into an ordinary vector; and it is safe to hand out
 * the data pointer even where R asks for a writable one, as it does in many functions that only
 * read. The memory changes under R's hands, so a view never claims to be sorted or free of NA.
 * Serializing and duplicating are R's defaults, which make ordinary vectors.
 */
#include "pytorchbridge.h"

#include <R_ext/Altrep.h>
#include <limits.h>
#include <string.h>

static R_altrep_class_t integer_view, real_view, complex_view, raw_view;

static R_xlen_t view_length(SEXP x) { return (R_xlen_t)Rf_asReal(R_altrep_data2(x)); }

static void *view_data(SEXP x, Rboolean writable) {
  (void)writable;
  return R_ExternalPtrAddr(R_altrep_data1(x));
}

static const void *view_data_or_null(SEXP x) { return view_data(x, FALSE); }

static Rboolean view_inspect(SEXP x, int pre, int deep, int pvec,
                             void (*inspect_subtree)(SEXP, int, int, int)) {
  (void)pre, (void)deep, (void)pvec, (void)inspect_subtree;
  Rprintf(" view of memory at %p, %.0f elements (pytorchbridge)\n", view_data(x, FALSE),
          (double)view_length(x));
  return TRUE;
}

/*
 * The classes are of no DLL (NULL, as R's own are), so that R does not take their methods away when
 * this one is unloaded, which views outlive. Code that was pinned still has them when loaded anew.
 */
void register_views(void) {
  static int registered = 0;
  if (registered)
    return;
  registered = 1;
  integer_view = R_make_altinteger_class("integer_view", "pytorchbridge", NULL);
  real_view = R_make_altreal_class("real_view", "pytorchbridge", NULL);
  complex_view = R_make_altcomplex_class("complex_view", "pytorchbridge", NULL);
  raw_view = R_make_altraw_class("raw_view", "pytorchbridge", NULL);
  R_altrep_class_t classes[] = {integer_view, real_view, complex_view, raw_view};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    R_set_altrep_Length_method(classes[i], view_length);
    R_set_altrep_Inspect_method(classes[i], view_inspect);
    R_set_altvec_Dataptr_method(classes[i], view_data);
    R_set_altvec_Dataptr_or_null_method(classes[i], view_data_or_null);
  }
}

static int is_own_view(SEXP x) {
  return ALTREP(x) && (R_altrep_inherits(x, real_view) || R_altrep_inherits(x, integer_view) ||
                       R_altrep_inherits(x, raw_view) || R_altrep_inherits(x, complex_view));
}

/*
 * The view that x is, or that x wraps: R puts a wrapper (ALTREP, with the wrapped vector in data1)
 * around a vector to give it other attributes, and that shows the memory as well. NULL for others.
 */
static SEXP find_view(SEXP x) {
  while (ALTREP(x) && !is_own_view(x)) {
    SEXP inner = R_altrep_data1(x);
    if (TYPEOF(inner) != TYPEOF(x))
      return NULL;
    x = inner;
  }
  return is_own_view(x) ? x : NULL;
}

static R_altrep_class_t view_class(SEXPTYPE type) {
  switch (type) {
  case INTSXP:
    return integer_view;
  case CPLXSXP:
    return complex_view;
  case RAWSXP:
    return raw_view;
  default:
    return real_view;
  }
}

/* memory: lies as R's own would. owner: what keeps it alive. */
SEXP new_view(const char *storage, char *data, const pass_layout *memory, SEXP owner,
              int dim_from) {
  pin_library();
  R_xlen_t n = 1;
  for (int d = 0; d < memory->ndim; d++)
    n *= memory->shape[d];
  SEXP pointer = PROTECT(R_MakeExternalPtr(data, R_NilValue, owner));
  SEXP length = PROTECT(Rf_ScalarReal((double)n));
  SEXP x = PROTECT(R_new_altrep(view_class(r_vector_type(storage)), pointer, length));
  set_attributes(x, storage, memory, dim_from);
  MARK_NOT_MUTABLE(x);
  UNPROTECT(3);
  return x;
}

SEXP ptb_view(SEXP storage, SEXP layout, SEXP owner, SEXP dim_from) {
  pass_layout memory;
  char *data = read_layout(layout, &memory.ndim, memory.shape, memory.from_strides);
  return new_view(CHAR(STRING_ELT(storage, 0)), data, &memory, owner, Rf_asInteger(dim_from));
}

SEXP ptb_is_view(SEXP x) { return Rf_ScalarLogical(find_view(x) != NULL); }

/* What keeps the memory of a view alive; NULL if x is no view. */
SEXP ptb_view_owner(SEXP x) {
  SEXP view = find_view(x);
  return view == NULL ? R_NilValue : R_ExternalPtrProtected(R_altrep_data1(view));
}

/* Whether others may write to x's memory: it is an ordinary vector, or a view itself. */
SEXP ptb_can_be_lent(SEXP x) { return Rf_ScalarLogical(!ALTREP(x) || is_own_view(x)); }
