/*
 * Loans: memory of R vectors that others use. A loan keeps its vector alive until the borrower, on
 * whichever thread, sets the loan's flag; nothing of R's may be touched from there. R itself looks
 * at the flags, on its own thread, whenever it has collected garbage: a sentinel that nothing
 * refers to is collected each time, and its finalizer sweeps the loans and leaves a new sentinel.
 */
#include "pytorchbridge.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct loan {
  atomic_int returned; /* set through its address, by the borrower */
  SEXP cell;           /* in the list of vectors on loan */
  struct loan *next;
} loan;

static loan *loans = NULL;
static size_t n_loans = 0;

/*
 * The vectors on loan, each the TAG of a cell of a list with links both ways (CAR back, CDR on), so
 * that one can leave without a search. The head is preserved and holds none.
 */
static SEXP head = NULL;

static void unlink_cell(SEXP cell) {
  SEXP before = CAR(cell), after = CDR(cell);
  SETCDR(before, after);
  if (after != R_NilValue)
    SETCAR(after, before);
}

static void sweep(void) {
  loan **at = &loans;
  while (*at != NULL) {
    loan *this = *at;
    if (!atomic_load(&this->returned)) {
      at = &this->next;
      continue;
    }
    unlink_cell(this->cell);
    *at = this->next;
    free(this);
    n_loans--;
  }
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
 * Starts a loan of x; returns the address of its flag, which must be set once and no more.
 *
 * Whatever allocates in R may collect garbage, and so sweep: all that comes before the list and the
 * sentinel are looked at.
 */
SEXP ptb_lend(SEXP x) {
  if (head == NULL) {
    head = Rf_cons(R_NilValue, R_NilValue);
    R_PreserveObject(head);
  }
  sweep_if_many();
  SEXP cell = PROTECT(Rf_cons(R_NilValue, R_NilValue));
  SET_TAG(cell, x);
  SEXP address = PROTECT(Rf_allocVector(REALSXP, 1));
  if (!sentinel_waits)
    leave_sentinel();
  loan *new = malloc(sizeof *new);
  if (new == NULL)
    Rf_error("no memory for a loan");
  atomic_init(&new->returned, 0);
  new->cell = cell;
  new->next = loans;
  loans = new;
  n_loans++;
  SETCAR(cell, head);
  SETCDR(cell, CDR(head));
  if (CDR(head) != R_NilValue)
    SETCAR(CDR(head), cell);
  SETCDR(head, cell);
  REAL(address)[0] = (double)(uintptr_t) & new->returned;
  UNPROTECT(2);
  return address;
}

/* How many vectors are on loan. */
SEXP ptb_loans(void) {
  sweep();
  return Rf_ScalarReal((double)n_loans);
}
