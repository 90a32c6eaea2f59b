/*
 * The C side of pytorchbridge: R memory, and one strided, converting pass between it and memory
 * that is known by address, shape and strides. Nothing here knows Python.
 */
#ifndef PYTORCHBRIDGE_H
#define PYTORCHBRIDGE_H

#include <stddef.h>
#include <stdint.h>

#define R_NO_REMAP
#include <R.h>
#include <R_ext/Rdynload.h>
#include <Rinternals.h>

/* ---- elements.c: what one element of memory looks like ------------------------------------- */

/* Every element widens without loss to one of four types; conversions happen between these. */
typedef enum { KIND_INT, KIND_UINT, KIND_REAL, KIND_COMPLEX } element_kind;

typedef struct {
  double re, im;
} wide_complex; /* KIND_INT is int64_t, KIND_UINT uint64_t, KIND_REAL double */

/* What to do with R's NA in the source of a pass. */
typedef enum { MISSING_ERROR, MISSING_NAN, MISSING_KEEP, MISSING_VALUE } missing_rule;

/* What a stage needs to know beyond its types. */
typedef struct {
  int exact;      /* torch to R: whole numbers only, and none beyond 2^53 in a double */
  int64_t lowest; /* integers: the range that the destination holds */
  int64_t highest;
  missing_rule missing; /* R to torch */
  int64_t na_bits;      /* the wide value of the source's NA, if it is an R integer kind */
  wide_complex value;   /* MISSING_VALUE: what to put there, for KIND_REAL and KIND_COMPLEX ... */
  int64_t value_int;    /* ... and for KIND_INT */
} pass_rule;

/*
 * A stage turns n elements into n others, and returns how many did not fit (what it writes in
 * their place means nothing). Strides are in bytes; memory need not be aligned.
 */
typedef size_t (*stage)(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                        size_t n, const pass_rule *rule);

typedef struct {
  const char *name; /* PyTorch's name of a dtype, or R's name of a type */
  size_t size;      /* bytes */
  element_kind kind;
  stage load;     /* to the wide type; NULL where the element is the wide type */
  stage store;    /* from the wide type, checked; NULL likewise */
  int64_t lowest; /* KIND_INT: the range of values that are not NA */
  int64_t highest;
  int64_t na_bits; /* R's logical, integer, integer64: the wide value of NA; else 0 */
} element;

const element *find_element(const char *name); /* NULL when there is none */
int is_bool(const element *e);
stage find_conversion(const element *from, const element *to);  /* NULL when the kinds agree */
stage find_missing(const element *from, const pass_rule *rule); /* NULL when nothing is to do */
void copy_elements(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride, size_t n,
                   size_t size);

/* ---- pass.c: the pass ------------------------------------------------------------------------ */

/*
 * PyTorch sets no limit, but sums and compares along 64 dimensions at most; NumPy's arrays have 64
 * (32 before NumPy 2). Beyond them nothing is of use, and R (MAX_DIMS in R/) says so.
 */
enum { MAX_DIMS = 64 };

typedef struct {
  int ndim;
  ptrdiff_t shape[MAX_DIMS];
  ptrdiff_t from_strides[MAX_DIMS]; /* bytes */
  ptrdiff_t to_strides[MAX_DIMS];
} pass_layout;

typedef enum { R_SIDE_FROM, R_SIDE_TO } r_side;

typedef struct {
  size_t count;    /* elements that did not fit */
  ptrdiff_t first; /* position of the first of them in the R vector, from 0 */
} misfits;

misfits convert_memory(const element *from, const char *from_data, const element *to, char *to_data,
                       const pass_layout *layout, const pass_rule *rule, r_side side);

/* ---- transfer.c: R memory, and the pass from and to it --------------------------------------- */

char *read_layout(SEXP layout, int *ndim, ptrdiff_t *shape, ptrdiff_t *strides);
SEXPTYPE r_vector_type(const char *storage);
SEXP fill_memory(SEXP x, const element *from, const element *to, char *to_data, pass_layout *both,
                 missing_rule missing, SEXP value);
SEXP vector_of_memory(const element *from, const char *from_data, const element *to,
                      pass_layout *both, int keep_na, int dim_from);
void set_attributes(SEXP x, const char *storage, const pass_layout *layout, int dim_from);

SEXP ptb_address(SEXP x);
SEXP ptb_shape(SEXP x);
SEXP ptb_fill_memory(SEXP x, SEXP storage, SEXP dtype, SEXP layout, SEXP na, SEXP value);
SEXP ptb_new_vector(SEXP storage, SEXP shape, SEXP dim_from);
SEXP ptb_read_memory(SEXP storage, SEXP dtype, SEXP layout, SEXP keep_na, SEXP dim_from);

/* ---- resident.c: memory in use --------------------------------------------------------------- */

SEXP ptb_resident(SEXP limit);
void count_tensor(SEXP home);

/* ---- loaded.c: what the process has loaded --------------------------------------------------- */

SEXP ptb_loaded_libraries(void);

/* ---- view.c: R vectors on memory of others --------------------------------------------------- */

void register_views(void);
SEXP new_view(const char *storage, char *data, const pass_layout *memory, SEXP owner, int dim_from);
SEXP ptb_view(SEXP storage, SEXP layout, SEXP owner, SEXP dim_from);
SEXP ptb_is_view(SEXP x);
SEXP ptb_view_owner(SEXP x);
SEXP ptb_can_be_lent(SEXP x);

/* ---- loan.c: R memory that others use -------------------------------------------------------- */

typedef struct loan loan;
loan *offer_loan(SEXP x, SEXP offer);
void take_loan(loan *this);
void return_loan(loan *this);
int is_lent(const void *address);
SEXP ptb_lend(SEXP x, SEXP offer);
SEXP ptb_loans(void);

/* ---- init.c --------------------------------------------------------------------------------- */

void pin_library(void);

/* ---- python_*.c: calls to Python ------------------------------------------------------------- */

SEXP ptb_start_calls(SEXP home, SEXP functions, SEXP module_class);
SEXP ptb_calls_are_direct(void);
SEXP ptb_check_interrupt(void);
SEXP ptb_call(SEXP callable, SEXP arguments);
SEXP ptb_call_bridge(SEXP name, SEXP arguments, SEXP convert);
SEXP ptb_call_method(SEXP x, SEXP name, SEXP arguments);
SEXP ptb_attribute(SEXP x, SEXP name);
SEXP ptb_tensor_arrived(SEXP x);
SEXP ptb_read(SEXP x, SEXP type, SEXP na, SEXP copy, SEXP dim_from);
SEXP ptb_tensor(SEXP x, SEXP order, SEXP na, SEXP requires_grad, SEXP copy, SEXP environment);
SEXP ptb_frame(SEXP x, SEXP rows, SEXP order, SEXP na, SEXP requires_grad);
SEXP ptb_select(SEXP x, SEXP call, SEXP environment, SEXP drop);
SEXP ptb_select_one(SEXP x, SEXP call, SEXP environment);
SEXP ptb_assign(SEXP name, SEXP x, SEXP call, SEXP environment, SEXP value);
SEXP ptb_operate(SEXP generic, SEXP e1, SEXP e2);
SEXP ptb_lengths(SEXP x);
SEXP ptb_length(SEXP x);
SEXP ptb_call_with_batch(SEXP f, SEXP batch);
void reset_calls(void);

/* ---- capsule.c: tensors as R values that can be saved ---------------------------------------- */

void register_capsules(void);
void forget_home(void);
int is_waiting(SEXP x);
int has_capsule(SEXP x);
SEXP ptb_is_waiting(SEXP x);
SEXP ptb_start_capsules(SEXP addresses);
SEXP ptb_attach_capsule(SEXP x);
SEXP ptb_hold_storage(SEXP storage, SEXP key);
SEXP ptb_storage_key(SEXP storage);

#endif
