/*
 * Capsules: what makes a tensor an R value that can be saved. A capsule is an attribute of the
 * object that reticulate makes of a tensor, a list of three:
 *
 * - `header`, a raw vector (ALTREP) with the tensor's description. Nobody asks Python for it until
 *   something reads the vector, such as serialize().
 * - `storages`, a list of environments, one for each storage of the tensor, whose attribute `bytes`
 * is a raw vector (ALTREP) on the storage's memory. It is filled whenever the header is read:
 * before serialize() comes to it, since it writes a list in order. Storages are environments
 * because R writes an environment once, however often it meets it; tensors with a common storage
 * have a common environment.
 * - `revival`, a raw vector (ALTREP) of length 0. Where R reads it from a file, it lets the object
 * wait for its first use; see R/capsule.R. It is made when the header is read, too.
 *
 * Header and bytes are written as ordinary raw vectors, so whoever reads them needs no package.
 * What is behind them is told by functions of Python's, by address, so that nothing here knows
 * Python. Their lengths are asked for anew each time, since a tensor changes; R asks for a length
 * before it asks for the data.
 */
#include "pytorchbridge.h"

#include <R_ext/Altrep.h>
#include <Rversion.h>
#include <stdlib.h>
#include <string.h>

static R_altrep_class_t header_class, bytes_class, revival_class;

static SEXP capsule_symbol, bytes_symbol, pyobj_symbol, empty_capsule;

enum { HEADER, STORAGES, REVIVAL, CAPSULE_PARTS };

/* ---- what Python tells ----------------------------------------------------------------------- */

enum { MAX_STORAGES = 8, MAX_TEXT = 1 << 15 };

typedef struct {
  int64_t length;             /* of the text */
  int64_t is_saved;           /* 0: the text tells why the tensor cannot be saved */
  int64_t n_storages;         /* ... that it has */
  int64_t keys[MAX_STORAGES]; /* of them; they are held until they are released */
  char text[MAX_TEXT];
} description;

typedef struct {
  int64_t address; /* 0: not in memory of this machine's own, so it must be read */
  int64_t length;  /* bytes */
} location;

/*
 * The functions, in the order in which Python gives them, and where they tell what they are asked.
 * They hold the GIL while they run.
 */
static struct {
  void (*describe)(void *tensor);
  void (*locate)(int64_t key);
  void (*read)(int64_t key, void *to);
  void (*release)(int64_t key);
  union {
    description description;
    location location;
  } * told;
  int *is_alive; /* becomes 0 when Python ends */
} python;

/* addresses: of each of them, as doubles. */
SEXP ptb_start_capsules(SEXP addresses) {
  const double *values = REAL_RO(addresses);
  void *found[6];
  for (int i = 0; i < 6; i++)
    found[i] = (void *)(uintptr_t)values[i];
  memcpy(&python, found, sizeof python);
  return R_NilValue;
}

static SEXP home = NULL; /* this package's namespace, once it was needed and while it is loaded */

void forget_home(void) { home = NULL; }

static SEXP call_r(const char *name, SEXP argument) {
  if (home == NULL) {
    SEXP package = PROTECT(Rf_mkString("pytorchbridge"));
    home = R_FindNamespace(package);
    UNPROTECT(1);
  }
  SEXP call = argument == NULL ? Rf_lang1(Rf_install(name)) : Rf_lang2(Rf_install(name), argument);
  PROTECT(call);
  SEXP value = Rf_eval(call, home);
  UNPROTECT(1);
  return value;
}

static void need_python(void) {
  if (python.is_alive == NULL)
    call_r("start_capsules", NULL);
  if (!*python.is_alive)
    Rf_error("Python has ended, and its tensors with it");
}

/* ---- storages -------------------------------------------------------------------------------- */

/*
 * The storages that R holds, by key. The finalizer of a storage's pointer takes it out of the
 * table; the pointer protects the environment, so that what is in the table is there.
 */
typedef struct held {
  int64_t key;
  SEXP storage; /* the environment */
  struct held *next;
} held;

enum { BUCKETS = 1 << 12 };
static held *table[BUCKETS];

static held **find_held(int64_t key) {
  held **at = &table[((uint64_t)key >> 4) % BUCKETS];
  while (*at != NULL && (*at)->key != key)
    at = &(*at)->next;
  return at;
}

/* In a child of a fork, too: it has a copy of Python and of the table. */
static void release_storage(SEXP pointer) {
  held *this = R_ExternalPtrAddr(pointer);
  if (this == NULL)
    return;
  R_ClearExternalPtr(pointer);
  held **at = find_held(this->key);
  while (*at != this)
    at = &(*at)->next;
  *at = this->next;
  if (python.is_alive != NULL && *python.is_alive)
    python.release(this->key);
  free(this);
}

/*
 * R lets no garbage be collected while it asks for data, and an error would leave it so. Hence all
 * that can fail is done when the length is asked for.
 *
 * Of memory that is elsewhere, such as on a device, data2 has a copy from then on, until a tensor
 * with this storage is read anew, or another copy is made: one is kept at a time.
 */
static const void *last_address = NULL; /* where the bytes lie whose length was last asked for */
static R_xlen_t last_length = 0;
static SEXP last_bytes = NULL; /* compared, never looked into */
static int64_t copied_key = 0;

/* Lets the environment stand for the storage that Python holds by this key. */
static void hold_storage(SEXP storage, int64_t key) {
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, storage));
  SEXP bytes = PROTECT(R_new_altrep(bytes_class, pointer, R_NilValue));
  MARK_NOT_MUTABLE(bytes);
  R_RegisterCFinalizer(pointer, release_storage);
  held *this = malloc(sizeof *this);
  if (this == NULL)
    Rf_error("no memory to hold a storage");
  held **at = find_held(key);
  *this = (held){key, storage, *at};
  *at = this;
  R_SetExternalPtrAddr(pointer, this);
  last_bytes = NULL; /* which may have been where this one is now */
  Rf_setAttrib(storage, bytes_symbol, bytes);
  UNPROTECT(2);
}

SEXP ptb_hold_storage(SEXP storage, SEXP key) {
  need_python();
  hold_storage(storage, (int64_t)Rf_asReal(key));
  return storage;
}

static SEXP storage_of_key(int64_t key) {
  held *found = *find_held(key);
  if (found != NULL)
    return found->storage;
  SEXP storage = PROTECT(R_NewEnv(R_EmptyEnv, FALSE, 0));
  hold_storage(storage, key);
  UNPROTECT(1);
  return storage;
}

static held *held_by(SEXP bytes) { return R_ExternalPtrAddr(R_altrep_data1(bytes)); }

static location locate(SEXP bytes) {
  need_python();
  python.told->location = (location){0, 0};
  python.locate(held_by(bytes)->key);
  return python.told->location;
}

/* The key of the storage that an environment stands for; NULL if it was read from a file. */
SEXP ptb_storage_key(SEXP storage) {
  SEXP bytes = Rf_getAttrib(storage, bytes_symbol);
  if (!ALTREP(bytes) || !R_altrep_inherits(bytes, bytes_class))
    return R_NilValue;
  return Rf_ScalarReal((double)held_by(bytes)->key);
}

static void drop_copy(int64_t key) {
  held *found = *find_held(key);
  if (found != NULL)
    R_set_altrep_data2(Rf_getAttrib(found->storage, bytes_symbol), R_NilValue);
}

static void copy_bytes(SEXP x, location found) {
  drop_copy(copied_key);
  SEXP copy = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)found.length));
  python.read(held_by(x)->key, RAW(copy));
  R_set_altrep_data2(x, copy);
  copied_key = held_by(x)->key;
  UNPROTECT(1);
}

/*
 * What was described because R is about to write it. R asks for the state first, in the format that
 * it has had since 3.5, and then for the length several times.
 */
static SEXP being_written = NULL;

static R_xlen_t bytes_length(SEXP x) {
  if (being_written == x)
    return last_length;
  location found = locate(x);
  if (found.address == 0 && R_altrep_data2(x) == R_NilValue)
    copy_bytes(x, found);
  last_address = (const void *)(uintptr_t)found.address;
  last_length = (R_xlen_t)found.length;
  last_bytes = x;
  return last_length;
}

static void *bytes_data(SEXP x, Rboolean writable) {
  (void)writable;
  being_written = NULL;
  SEXP copy = R_altrep_data2(x);
  if (copy != R_NilValue)
    return RAW(copy);
  if (last_bytes != x)
    bytes_length(x);
  return (void *)(uintptr_t)last_address;
}

static SEXP bytes_state(SEXP x) {
  R_set_altrep_data2(x, R_NilValue);
  bytes_length(x);
  being_written = x;
  return NULL; /* it is written as an ordinary vector */
}

/* ---- headers --------------------------------------------------------------------------------- */

/* data1 is the object that has the capsule, data2 the text as it was last read. */

/* Whether a capsule's header is one that asks Python. */
static int is_live(SEXP capsule) {
  if (TYPEOF(capsule) != VECSXP || XLENGTH(capsule) != CAPSULE_PARTS)
    return 0;
  SEXP header = VECTOR_ELT(capsule, HEADER);
  return ALTREP(header) && R_altrep_inherits(header, header_class);
}

static SEXP find_pointer(SEXP x) {
#if R_VERSION >= R_Version(4, 5, 0)
  return R_getVarEx(pyobj_symbol, x, FALSE, R_NilValue);
#else
  return Rf_findVarInFrame(x, pyobj_symbol);
#endif
}

static void *tensor_of(SEXP header) {
  SEXP pointer = find_pointer(R_altrep_data1(header));
  return TYPEOF(pointer) == EXTPTRSXP ? R_ExternalPtrAddr(pointer) : NULL;
}

static void set_storages(SEXP capsule, const description *found) {
  SEXP storages = PROTECT(Rf_allocVector(VECSXP, found->n_storages));
  for (int i = 0; i < found->n_storages; i++) {
    drop_copy(found->keys[i]);
    SET_VECTOR_ELT(storages, i, storage_of_key(found->keys[i]));
  }
  SET_VECTOR_ELT(capsule, STORAGES, storages);
  UNPROTECT(1);
}

static void set_revival(SEXP capsule, SEXP x) {
  if (VECTOR_ELT(capsule, REVIVAL) == R_NilValue)
    SET_VECTOR_ELT(capsule, REVIVAL, R_new_altrep(revival_class, x, R_NilValue));
}

/* Warns when that comes to light, but not each time that it is met. */
static void set_text(SEXP header, const description *found) {
  SEXP known = R_altrep_data2(header);
  if (known != R_NilValue && XLENGTH(known) == found->length &&
      memcmp(RAW(known), found->text, found->length) == 0)
    return;
  SEXP text = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)found->length));
  memcpy(RAW(text), found->text, found->length);
  R_set_altrep_data2(header, text);
  UNPROTECT(1);
  if (!found->is_saved)
    call_r("warn_unsaved", text);
}

/* By a copy of what is told: what allocates may run R code, and have Python tell something else. */
static void read_header(SEXP header) {
  description found;
  void *tensor = tensor_of(header);
  SEXP x = R_altrep_data1(header), capsule = Rf_getAttrib(x, capsule_symbol);
  need_python();
  description *told = &python.told->description;
  told->length = 0;
  if (tensor != NULL)
    python.describe(tensor);
  if (told->length <= 0 || told->length > MAX_TEXT || told->n_storages > MAX_STORAGES ||
      !is_live(capsule))
    Rf_error("a tensor could not be described");
  memcpy(&found, told, offsetof(description, text) + (size_t)told->length);
  set_storages(capsule, &found);
  set_revival(capsule, x);
  set_text(header, &found);
}

static SEXP header_state(SEXP x) {
  read_header(x);
  being_written = x;
  return NULL;
}

static R_xlen_t header_length(SEXP x) {
  if (being_written != x)
    read_header(x);
  return XLENGTH(R_altrep_data2(x));
}

static void *header_data(SEXP x, Rboolean writable) {
  (void)writable;
  being_written = NULL;
  if (R_altrep_data2(x) == R_NilValue)
    read_header(x);
  return RAW(R_altrep_data2(x));
}

/* ---- revivals -------------------------------------------------------------------------------- */

/* data1 is the object that has the capsule. */

static R_xlen_t revival_length(SEXP x) {
  (void)x;
  return 0;
}

static void *revival_data(SEXP x, Rboolean writable) {
  static char nothing[16];
  (void)x, (void)writable;
  return nothing;
}

/*
 * In place of the pointer to a Python object, of which a file has none, goes a binding that revives
 * the object. lazyLoad() reads a pointer after this, and assigns it.
 */
static void await_revival(SEXP x) {
  SEXP binding = PROTECT(call_r("revival_of", x));
#if R_VERSION >= R_Version(4, 2, 0)
  R_removeVarFromFrame(pyobj_symbol, x);
#else
  call_r("remove_pointer", x);
#endif
  R_MakeActiveBinding(pyobj_symbol, binding, x);
  UNPROTECT(1);
}

static SEXP revival_state(SEXP x) { return R_altrep_data1(x); }

static SEXP revival_read(SEXP class, SEXP state) {
  (void)class;
  if (TYPEOF(state) == ENVSXP)
    await_revival(state);
  return R_new_altrep(revival_class, state, R_NilValue);
}

/* ---- capsules -------------------------------------------------------------------------------- */

/* Whether a capsule that was read from a file came to x from another object, by its attributes. */
static int is_of_another(SEXP capsule, SEXP x) {
  if (TYPEOF(capsule) != VECSXP || XLENGTH(capsule) != CAPSULE_PARTS)
    return 0;
  SEXP revival = VECTOR_ELT(capsule, REVIVAL);
  return ALTREP(revival) && R_altrep_inherits(revival, revival_class) &&
         R_altrep_data1(revival) != x;
}

/* Whether x is a tensor that was read from a file and is not revived yet: what has its pointer runs
 * R code. */
int is_waiting(SEXP x) {
  SEXP capsule = TYPEOF(x) == ENVSXP ? Rf_getAttrib(x, capsule_symbol) : R_NilValue;
  return capsule != R_NilValue && !is_live(capsule) && !is_of_another(capsule, x);
}

SEXP ptb_is_waiting(SEXP x) { return Rf_ScalarLogical(is_waiting(x)); }

/* Whether a tensor has a capsule of its own, whose header has a reference to it. */
int has_capsule(SEXP x) {
  SEXP capsule = Rf_getAttrib(x, capsule_symbol);
  return is_live(capsule) && R_altrep_data1(VECTOR_ELT(capsule, HEADER)) == x;
}

/* Gives a tensor its capsule, unless it has one; x: the environment that reticulate makes of it. */
SEXP ptb_attach_capsule(SEXP x) {
  if (TYPEOF(x) != ENVSXP || has_capsule(x))
    return x;
  pin_library(); /* the storages' finalizers are in it */
  SEXP capsule = PROTECT(Rf_shallow_duplicate(empty_capsule)); /* its names come along */
  SET_VECTOR_ELT(capsule, HEADER, R_new_altrep(header_class, x, R_NilValue));
  MARK_NOT_MUTABLE(VECTOR_ELT(capsule, HEADER));
  Rf_setAttrib(x, capsule_symbol, capsule);
  UNPROTECT(1);
  return x;
}

static Rboolean inspect(SEXP x, int pre, int deep, int pvec,
                        void (*inspect_subtree)(SEXP, int, int, int)) {
  (void)x, (void)pre, (void)deep, (void)pvec, (void)inspect_subtree;
  Rprintf(" of a tensor (pytorchbridge)\n");
  return TRUE;
}

/* Once: the classes live as long as R does, as those of views do. */
void register_capsules(void) {
  if (capsule_symbol != NULL)
    return;
  capsule_symbol = Rf_install("capsule");
  bytes_symbol = Rf_install("bytes");
  pyobj_symbol = Rf_install("pyobj");
  empty_capsule = Rf_mkNamed(VECSXP, (const char *[]){"header", "storages", "revival", ""});
  R_PreserveObject(empty_capsule);
  header_class = R_make_altraw_class("header", "pytorchbridge", NULL);
  bytes_class = R_make_altraw_class("bytes", "pytorchbridge", NULL);
  revival_class = R_make_altraw_class("revival", "pytorchbridge", NULL);
  R_altrep_class_t classes[] = {header_class, bytes_class, revival_class};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
    R_set_altrep_Inspect_method(classes[i], inspect);
  R_set_altrep_Length_method(header_class, header_length);
  R_set_altvec_Dataptr_method(header_class, header_data);
  R_set_altrep_Serialized_state_method(header_class, header_state);
  R_set_altrep_Length_method(bytes_class, bytes_length);
  R_set_altvec_Dataptr_method(bytes_class, bytes_data);
  R_set_altrep_Serialized_state_method(bytes_class, bytes_state);
  R_set_altrep_Length_method(revival_class, revival_length);
  R_set_altvec_Dataptr_method(revival_class, revival_data);
  R_set_altrep_Serialized_state_method(revival_class, revival_state);
  R_set_altrep_Unserialize_method(revival_class, revival_read);
}
