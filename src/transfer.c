/*
 * R's entry points: the address of an R vector, and the pass in both directions. A layout comes
 * from R as doubles: the address, then the shape, then the strides in bytes. All are exact: user
 * space addresses end at 2^47 (2^52 with five-level page tables), far from 2^53.
 */
#include "pytorchbridge.h"

#include <limits.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

static const double EXACT = 9007199254740992.0; /* 2^53 */

static const element *element_named(SEXP name) {
  const char *text = CHAR(STRING_ELT(name, 0));
  const element *found = find_element(text);
  if (found == NULL)
    Rf_error("no element type is called '%s'", text);
  return found;
}

static const void *r_data(SEXP x) { return Rf_xlength(x) == 0 ? NULL : DATAPTR_RO(x); }

SEXP ptb_address(SEXP x) {
  double address = (double)(uintptr_t)r_data(x);
  if (address >= EXACT)
    Rf_error("the address of this vector does not fit a double");
  return Rf_ScalarReal(address);
}

/* Its own dim or length, whatever methods of dim() and length() say. */
SEXP ptb_shape(SEXP x) {
  SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  return dim == R_NilValue ? Rf_ScalarReal((double)Rf_xlength(x)) : Rf_coerceVector(dim, REALSXP);
}

/* The address, shape and strides of the memory that is not R's; one more number may follow them. */
char *read_layout(SEXP layout, int *ndim, ptrdiff_t *shape, ptrdiff_t *strides) {
  const double *values = REAL_RO(layout);
  *ndim = (int)((Rf_xlength(layout) - 1) / 2);
  if (*ndim > MAX_DIMS)
    Rf_error("%d dimensions are more than the %d that are converted", *ndim, MAX_DIMS);
  for (int d = 0; d < *ndim; d++) {
    shape[d] = (ptrdiff_t)values[1 + d];
    strides[d] = (ptrdiff_t)values[1 + *ndim + d];
  }
  return (char *)(uintptr_t)values[0];
}

/* Column-major strides of a vector with this shape; returns the number of elements. */
static R_xlen_t r_strides(int ndim, const ptrdiff_t *shape, size_t size, ptrdiff_t *strides) {
  R_xlen_t n = 1;
  for (int d = 0; d < ndim; d++) {
    strides[d] = (ptrdiff_t)(n * (R_xlen_t)size);
    n *= shape[d];
  }
  return n;
}

/* NULL when all went well, else list(position, count) of what did not fit. */
static SEXP report(misfits found) {
  if (found.count == 0)
    return R_NilValue;
  const char *names[] = {"position", "count", ""};
  SEXP report = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(report, 0, Rf_ScalarReal((double)found.first + 1));
  SET_VECTOR_ELT(report, 1, Rf_ScalarReal((double)found.count));
  UNPROTECT(1);
  return report;
}

static missing_rule missing_named(SEXP name) {
  const char *text = CHAR(STRING_ELT(name, 0));
  if (strcmp(text, "nan") == 0)
    return MISSING_NAN;
  if (strcmp(text, "keep") == 0)
    return MISSING_KEEP;
  return strcmp(text, "value") == 0 ? MISSING_VALUE : MISSING_ERROR;
}

/* `value` has x's own type, so that it means the same as an element of x. */
static void set_value(pass_rule *rule, SEXP value, const element *storage) {
  const void *data = DATAPTR_RO(value);
  if (storage->kind == KIND_REAL)
    memcpy(&rule->value.re, data, sizeof(double));
  else if (storage->kind == KIND_COMPLEX)
    memcpy(&rule->value, data, sizeof(wide_complex));
  else if (storage->load)
    storage->load(data, 0, (char *)&rule->value_int, 0, 1, rule);
  else
    memcpy(&rule->value_int, data, sizeof(int64_t));
}

/*
 * Fresh memory costs a page fault for each page that is first touched: on pages of 2 MiB instead of
 * 4 KiB, that is most of the time of a large copy saved.
 */
static void ask_for_huge_pages(const void *memory, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  enum { WORTHWHILE = 4 << 20 };
  if (bytes < WORTHWHILE)
    return;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), data = (uintptr_t)memory;
  uintptr_t start = (data + page - 1) / page * page, end = (data + bytes) / page * page;
  madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

/* Fills memory with the values of x; NULL, or the report of what did not fit. */
SEXP fill_memory(SEXP x, const element *from, const element *to, char *to_data, pass_layout *both,
                 missing_rule missing, SEXP value) {
  R_xlen_t n = r_strides(both->ndim, both->shape, from->size, both->from_strides);
  if (n != Rf_xlength(x))
    Rf_error("a vector of %.0f elements does not fill a tensor of %.0f", (double)Rf_xlength(x),
             (double)n);
  pass_rule rule = {
      .lowest = to->lowest, .highest = to->highest, .missing = missing, .na_bits = from->na_bits};
  /* A bool has no bits for NA: kept, it would be true. */
  if (rule.missing == MISSING_KEEP && is_bool(to))
    rule.missing = MISSING_ERROR;
  if (rule.missing == MISSING_VALUE)
    set_value(&rule, value, from);
  size_t extent = to->size; /* a column of a data frame reaches over most of the tensor */
  for (int d = 0; d < both->ndim; d++)
    extent += both->shape[d] > 0 ? (size_t)((both->shape[d] - 1) * both->to_strides[d]) : 0;
  if (n > 0)
    ask_for_huge_pages(to_data, extent);
  return report(convert_memory(from, r_data(x), to, to_data, both, &rule, R_SIDE_FROM));
}

SEXP ptb_fill_memory(SEXP x, SEXP storage, SEXP dtype, SEXP layout, SEXP na, SEXP value) {
  pass_layout both;
  char *to_data = read_layout(layout, &both.ndim, both.shape, both.to_strides);
  return fill_memory(x, element_named(storage), element_named(dtype), to_data, &both,
                     missing_named(na), value);
}

SEXPTYPE r_vector_type(const char *storage) {
  if (strcmp(storage, "logical") == 0)
    return LGLSXP;
  if (strcmp(storage, "integer") == 0)
    return INTSXP;
  if (strcmp(storage, "complex") == 0)
    return CPLXSXP;
  return strcmp(storage, "raw") == 0 ? RAWSXP : REALSXP; /* double, integer64 */
}

/* R's arrays have integers for a dim. */
static void set_dim(SEXP x, int ndim, const ptrdiff_t *shape) {
  SEXP dim = PROTECT(Rf_allocVector(INTSXP, ndim));
  for (int d = 0; d < ndim; d++) {
    if (shape[d] > INT_MAX)
      Rf_error("dimension %d has %.0f elements; R's arrays have at most %d in each", d + 1,
               (double)shape[d], INT_MAX);
    INTEGER(dim)[d] = (int)shape[d];
  }
  Rf_setAttrib(x, R_DimSymbol, dim);
  UNPROTECT(1);
}

void set_attributes(SEXP x, const char *storage, const pass_layout *layout, int dim_from) {
  if (layout->ndim >= dim_from)
    set_dim(x, layout->ndim, layout->shape);
  if (strcmp(storage, "integer64") == 0) {
    SEXP class = PROTECT(Rf_mkString("integer64"));
    Rf_setAttrib(x, R_ClassSymbol, class);
    UNPROTECT(1);
  }
}

/* A new vector of an R type, whose values mean nothing yet. dim_from: as below. */
SEXP ptb_new_vector(SEXP storage, SEXP shape, SEXP dim_from) {
  const element *type = element_named(storage);
  pass_layout layout = {.ndim = (int)Rf_xlength(shape)};
  double n = 1;
  for (int d = 0; d < layout.ndim; d++) {
    layout.shape[d] = (ptrdiff_t)REAL_RO(shape)[d];
    n *= REAL_RO(shape)[d];
  }
  SEXP x = PROTECT(Rf_allocVector(r_vector_type(type->name), (R_xlen_t)n));
  ask_for_huge_pages(r_data(x), (size_t)n * type->size);
  set_attributes(x, type->name, &layout, Rf_asInteger(dim_from));
  UNPROTECT(1);
  return x;
}

/*
 * A new vector with the values of memory, or (as only this is a list) the report of what did not
 * fit. dim_from: with how many dimensions it gets a dim.
 */
SEXP vector_of_memory(const element *from, const char *from_data, const element *to,
                      pass_layout *both, int keep_na, int dim_from) {
  R_xlen_t n = r_strides(both->ndim, both->shape, to->size, both->to_strides);
  SEXP x = PROTECT(Rf_allocVector(r_vector_type(to->name), n));
  ask_for_huge_pages(r_data(x), (size_t)n * to->size);
  pass_rule rule = {
      .exact = 1, .lowest = to->lowest, .highest = to->highest, .missing = MISSING_KEEP};
  if (keep_na && to->lowest == to->na_bits + 1)
    rule.lowest = to->na_bits;
  char *to_data = n == 0 ? NULL : (char *)(uintptr_t)DATAPTR_RO(x); /* fresh: no one else sees it */
  misfits found = convert_memory(from, from_data, to, to_data, both, &rule, R_SIDE_TO);
  if (found.count > 0) {
    UNPROTECT(1);
    return report(found);
  }
  set_attributes(x, to->name, both, dim_from);
  UNPROTECT(1);
  return x;
}

SEXP ptb_read_memory(SEXP storage, SEXP dtype, SEXP layout, SEXP keep_na, SEXP dim_from) {
  pass_layout both;
  const char *from_data = read_layout(layout, &both.ndim, both.shape, both.from_strides);
  return vector_of_memory(element_named(dtype), from_data, element_named(storage), &both,
                          Rf_asLogical(keep_na), Rf_asInteger(dim_from));
}
