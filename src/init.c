#include "pytorchbridge.h"

#define ENTRY(name, arguments)                                                                     \
  { #name, (DL_FUNC)&name, arguments }

static const R_CallMethodDef ENTRIES[] = {
    ENTRY(ptb_address, 1),
    ENTRY(ptb_fill_memory, 6),
    ENTRY(ptb_read_memory, 5),
    ENTRY(ptb_view, 4),
    ENTRY(ptb_start_calls, 3),
    ENTRY(ptb_calls_are_direct, 0),
    ENTRY(ptb_check_interrupt, 0),
    ENTRY(ptb_call, 2),
    ENTRY(ptb_call_bridge, 3),
    ENTRY(ptb_attribute, 2),
    ENTRY(ptb_is_view, 1),
    ENTRY(ptb_view_owner, 1),
    ENTRY(ptb_can_be_lent, 1),
    ENTRY(ptb_lend, 1),
    ENTRY(ptb_loans, 0),
    ENTRY(ptb_resident, 1),
    {NULL, NULL, 0},
};

void R_init_pytorchbridge(DllInfo *dll) {
  register_views(dll);
  R_registerRoutines(dll, NULL, ENTRIES, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
