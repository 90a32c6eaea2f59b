/*
 * Loans: memory of R vectors that others use. A loan keeps its vector alive until the borrower, on
 * whichever thread, says that it is returned; nothing of R's may be touched from there. R itself
 * looks at the loans, on its own thread, whenever it has collected garbage: a sentinel that nothing
 * refers to is collected each time, and its finalizer sweeps the loans and leaves a new sentinel.
 *
 * Whatever may fail on the way to the borrower, a loan ends: it is an offer first, which stands as
 * long as the call that makes it; its cell has a weak reference to that call's environment.
 *
 * A fork has loans of its own, on copies of the vectors: what either process does with them, the
 * other does not see.
 */
#include "pytorchbridge.h"

#include <stdatomic.h>
#include <stdlib.h>

/*
 * The borrower writes all but the first: `pytorch_bridge.owners.Lease` TAKEN, and knows what it
 * has; a tensor that python_tensors.c makes HELD.
 */
enum { OFFERED, RETURNED, TAKEN, HELD };

struct loan {
  atomic_int state;   /* written through its address, by the borrower */
  const void *memory; /* the vector's */
  SEXP cell;          /* in the list of vectors on loan */
  struct loan *next;
};

/* The list changes on R's thread alone, and while `busy` is set; others look when it is not. */
static loan *loans = NULL;
static size_t n_loans = 0;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void begin_change(void) {
  while (atomic_flag_test_and_set(&busy))
    ;
}

static void end_change(void) { atomic_flag_clear(&busy); }

/*
 * The vectors on loan, each with its reference in the TAG of a cell of a list with links both ways
 * (CAR back, CDR on), so that one can leave without a search. The head is preserved and holds none.
 */
static SEXP head = NULL;

static void unlink_cell(SEXP cell) {
  SEXP before = CAR(cell), after = CDR(cell);
  SETCDR(before, after);
  if (after != R_NilValue)
    SETCAR(after, before);
}

static int has_ended(loan *this) {
  int state = atomic_load(&this->state);
  return state == RETURNED ||
         (state == OFFERED && R_WeakRefKey(CDR(TAG(this->cell))) == R_NilValue);
}

static void sweep(void) {
  begin_change();
  loan **at = &loans;
  while (*at != NULL) {
    loan *this = *at;
    if (!has_ended(this)) {
      at = &this->next;
      continue;
    }
    unlink_cell(this->cell);
    *at = this->next;
    free(this);
    n_loans--;
  }
  end_change();
}

/* A sweep takes time for each loan: it waits until there are twice as many as the last one left. */
static void sweep_if_many(void) {
  enum { FEW = 64 };
  static size_t many = FEW;
  if (n_loans < many)
    return;
  sweep();
  many = n_loans < FEW ? FEW : 2 * n_loans;
}

static int sentinel_waits = 0;

static void leave_sentinel(void);

static void sweep_after_collection(SEXP sentinel) {
  (void)sentinel;
  sentinel_waits = 0;
  sweep();
  if (loans != NULL)
    leave_sentinel();
}

static void leave_sentinel(void) {
  SEXP sentinel = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(sentinel, sweep_after_collection);
  sentinel_waits = 1;
  UNPROTECT(1);
}

/*
 * Offers x to a borrower, who takes it and then, on whichever thread, returns it. `offer` is the
 * environment of the call that hands the loan on: if it is not taken until that ends, it ends too.
 *
 * Whatever allocates in R may collect garbage, and so sweep: all that comes before the list and the
 * sentinel are looked at.
 */
loan *offer_loan(SEXP x, SEXP offer) {
  pin_library();
  if (head == NULL) {
    head = Rf_cons(R_NilValue, R_NilValue);
    R_PreserveObject(head);
  }
  sweep_if_many();
  SEXP reference = PROTECT(R_MakeWeakRef(offer, R_NilValue, R_NilValue, FALSE));
  SEXP cell = PROTECT(Rf_cons(R_NilValue, R_NilValue));
  SET_TAG(cell, Rf_cons(x, reference));
  if (!sentinel_waits)
    leave_sentinel();
  loan *new = malloc(sizeof *new);
  if (new == NULL)
    Rf_error("no memory for a loan");
  atomic_init(&new->state, OFFERED);
  new->memory = DATAPTR_RO(x);
  new->cell = cell;
  SETCAR(cell, head);
  SETCDR(cell, CDR(head));
  if (CDR(head) != R_NilValue)
    SETCAR(CDR(head), cell);
  SETCDR(head, cell);
  begin_change();
  new->next = loans;
  loans = new;
  n_loans++;
  end_change();
  UNPROTECT(2);
  return new;
}

void take_loan(loan *this) { atomic_store(&this->state, HELD); }

/* The last that may be done with it. */
void return_loan(loan *this) { atomic_store(&this->state, RETURNED); }

/* offer_loan() for Python: the address of the state, where it writes TAKEN and RETURNED itself. */
SEXP ptb_lend(SEXP x, SEXP offer) {
  loan *new = offer_loan(x, offer);
  return Rf_ScalarReal((double)(uintptr_t) & new->state);
}

/* On any thread. Whether a tensor holds memory at this address on loan. */
int is_lent(const void *address) {
  int found = 0;
  begin_change();
  for (const loan *at = loans; at != NULL && !found; at = at->next)
    found = at->memory == address && atomic_load(&at->state) == HELD;
  end_change();
  return found;
}

/* How many vectors are on loan. */
SEXP ptb_loans(void) {
  sweep();
  return Rf_ScalarReal((double)n_loans);
}
