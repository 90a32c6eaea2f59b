/*
 * The table of element types. Each has a load (element to its wide type, never lossy) and a store
 * (wide type to element, counting what does not fit); conversions run between the wide types. So a
 * new dtype is one row and two short functions, and pairs of dtypes need no code of their own.
 */
#include "pytorchbridge.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/*
 * Each stage also in a version for processors with AVX2, which twice as many elements go through at
 * once; the one that fits is chosen when the package is loaded.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

enum { BLOCK = 64 }; /* elements: a loop of known length is one that compilers vectorize at -O2 */

/*
 * STAGE(name, From, To, body) defines a stage. The body sees `in` (From) and `rule`, sets `out`
 * (To) and may add to `bad`. Where elements lie one behind the other and aligned, blocks of them go
 * through a loop that compilers make vector instructions of; the others go one by one.
 */
#define STAGE(name, From, To, body)                                                                \
  typedef struct {                                                                                 \
    From value;                                                                                    \
  } __attribute__((may_alias)) name##_from;                                                        \
  typedef struct {                                                                                 \
    To value;                                                                                      \
  } __attribute__((may_alias)) name##_to;                                                          \
  static ALWAYS_INLINE size_t name##_block(const name##_from *restrict from,                       \
                                           name##_to *restrict to, const pass_rule *given) {       \
    const pass_rule local = *given, *rule = &local; /* so that it stays in registers */            \
    size_t bad = 0;                                                                                \
    (void)rule;                                                                                    \
    for (int i = 0; i < BLOCK; i++) {                                                              \
      From in = from[i].value;                                                                     \
      To out;                                                                                      \
      body;                                                                                        \
      to[i].value = out;                                                                           \
    }                                                                                              \
    return bad;                                                                                    \
  }                                                                                                \
  FOR_EACH_PROCESSOR static size_t name(const char *from, ptrdiff_t from_stride, char *to,         \
                                        ptrdiff_t to_stride, size_t n, const pass_rule *rule) {    \
    size_t bad = 0;                                                                                \
    (void)rule;                                                                                    \
    if (from_stride == (ptrdiff_t)sizeof(From) && to_stride == (ptrdiff_t)sizeof(To) &&            \
        (uintptr_t)from % _Alignof(From) == 0 && (uintptr_t)to % _Alignof(To) == 0)                \
      for (; n >= BLOCK; n -= BLOCK, from += BLOCK * sizeof(From), to += BLOCK * sizeof(To))       \
        bad += name##_block((const void *)from, (void *)to, rule);                                 \
    for (; n > 0; n--, from += from_stride, to += to_stride) {                                     \
      From in;                                                                                     \
      To out;                                                                                      \
      memcpy(&in, from, sizeof in);                                                                \
      body;                                                                                        \
      memcpy(to, &out, sizeof out);                                                                \
    }                                                                                              \
    return bad;                                                                                    \
  }

/* ---- integers -------------------------------------------------------------------------------- */

#define STORE_IN_RANGE                                                                             \
  bad += (in < rule->lowest) | (in > rule->highest);                                               \
  out = (__typeof__(out))in

STAGE(load_bool, uint8_t, int64_t, out = in != 0)
STAGE(store_bool, int64_t, uint8_t, out = in != 0) /* PyTorch's to(bool): what is not 0 is true */
STAGE(load_uint8, uint8_t, int64_t, out = in)
STAGE(store_uint8, int64_t, uint8_t, STORE_IN_RANGE)
STAGE(load_int8, int8_t, int64_t, out = in)
STAGE(store_int8, int64_t, int8_t, STORE_IN_RANGE)
STAGE(load_int16, int16_t, int64_t, out = in)
STAGE(store_int16, int64_t, int16_t, STORE_IN_RANGE)
STAGE(load_uint16, uint16_t, int64_t, out = in)
STAGE(store_uint16, int64_t, uint16_t, STORE_IN_RANGE)
STAGE(load_int32, int32_t, int64_t, out = in)
STAGE(store_int32, int64_t, int32_t, STORE_IN_RANGE)
STAGE(load_uint32, uint32_t, int64_t, out = in)
STAGE(store_uint32, int64_t, uint32_t, STORE_IN_RANGE)
STAGE(store_integer64, int64_t, int64_t, STORE_IN_RANGE)

/* ---- floating point -------------------------------------------------------------------------- */

/* A finite value that becomes infinite is out of range; infinities and NaN pass. */
#define NARROW(target, value)                                                                      \
  float target = (float)(value);                                                                   \
  bad += (size_t)(isinf(target) && !isinf(value))

STAGE(load_float32, float, double, out = in)
STAGE(store_float32, double, float, NARROW(f, in); out = f)

/*
 * The narrow formats: sign (or none), exponent and mantissa bits, bias. Where there is no infinity,
 * only the listed code is NaN and all others are numbers. From the IEEE 754 binary16 and the OCP
 * 8-bit floating point specifications, and PyTorch's torch/headeronly/util/Float8_*.h for fnuz.
 */
typedef struct {
  int exponent_bits, mantissa_bits, bias;
  int has_infinity;
  uint32_t nan;     /* the code written for NaN */
  uint32_t largest; /* the code of the largest finite value */
} narrow_format;

static const narrow_format FLOAT16 = {5, 10, 15, 1, 0x7e00, 0x7bff};
static const narrow_format BFLOAT16 = {8, 7, 127, 1, 0x7fc0, 0x7f7f};
static const narrow_format E5M2 = {5, 2, 15, 1, 0x7f, 0x7b};
static const narrow_format E4M3FN = {4, 3, 7, 0, 0x7f, 0x7e};
static const narrow_format E5M2FNUZ = {5, 2, 16, 0, 0x80, 0x7f};
static const narrow_format E4M3FNUZ = {4, 3, 8, 0, 0x80, 0x7f};

static double bits_to_double(uint64_t bits) {
  double d;
  memcpy(&d, &bits, sizeof d);
  return d;
}

static uint64_t double_to_bits(double d) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bits;
}

/* The code's exponent and mantissa, put where a double has its own, are off by a power of two. */
static inline double decode_narrow(uint32_t code, narrow_format f) {
  int width = f.exponent_bits + f.mantissa_bits;
  uint32_t magnitude = code & ((1u << width) - 1);
  uint64_t sign = (uint64_t)(code >> width) << 63;
  if (f.has_infinity ? magnitude > f.largest + 1 : code == f.nan || magnitude > f.largest)
    return bits_to_double(sign | UINT64_C(0x7ff8000000000000));
  if (magnitude > f.largest)
    return bits_to_double(sign | UINT64_C(0x7ff0000000000000));
  double rescale = bits_to_double((uint64_t)(2046 - f.bias) << 52); /* 2^(1023 - bias) */
  double value = bits_to_double((uint64_t)magnitude << (52 - f.mantissa_bits)) * rescale;
  return bits_to_double(sign | double_to_bits(value));
}

/*
 * Rounds to nearest, ties to even, from float as PyTorch does (so a double is rounded twice, as
 * Tensor.to() does). Adding a power of two moves a subnormal's last bit to a float's last bit;
 * for the others the carry of the rounding runs into the exponent, where it belongs.
 */
static inline uint32_t encode_narrow(double in, narrow_format f, size_t *bad) {
  float narrowed = (float)in;
  uint32_t bits;
  memcpy(&bits, &narrowed, sizeof bits);
  int width = f.exponent_bits + f.mantissa_bits, drop = 23 - f.mantissa_bits;
  uint32_t sign = (bits >> 31) << width, magnitude = bits & 0x7fffffff;
  if (isnan(narrowed))
    return f.has_infinity ? sign | f.nan : f.nan;
  uint32_t smallest_normal = (uint32_t)(128 - f.bias) << 23, code;
  if (f.bias < 127 && magnitude < smallest_normal) {
    uint32_t magic_bits = (uint32_t)(127 - f.bias + drop + 1) << 23;
    float magic, absolute;
    memcpy(&magic, &magic_bits, sizeof magic);
    memcpy(&absolute, &magnitude, sizeof absolute);
    absolute += magic;
    memcpy(&magnitude, &absolute, sizeof magnitude);
    code = magnitude - magic_bits;
  } else {
    uint32_t odd = (magnitude >> drop) & 1;
    magnitude += (1u << (drop - 1)) - 1 + odd;
    code = (magnitude >> drop) - ((uint32_t)(127 - f.bias) << f.mantissa_bits);
  }
  if (code > f.largest) {
    *bad += !(f.has_infinity && isinf(in));
    code = f.has_infinity ? f.largest + 1 : f.nan;
  }
  return code == 0 && !f.has_infinity && f.nan == 0x80 ? 0 : sign | code; /* fnuz has no -0 */
}

#define NARROW_FLOAT(name, Code, format)                                                           \
  STAGE(load_##name, Code, double, out = decode_narrow(in, format))                                \
  STAGE(store_##name, double, Code, out = (Code)encode_narrow(in, format, &bad))

NARROW_FLOAT(float16, uint16_t, FLOAT16)
NARROW_FLOAT(bfloat16, uint16_t, BFLOAT16)
NARROW_FLOAT(e5m2, uint8_t, E5M2)
NARROW_FLOAT(e4m3fn, uint8_t, E4M3FN)
NARROW_FLOAT(e5m2fnuz, uint8_t, E5M2FNUZ)
NARROW_FLOAT(e4m3fnuz, uint8_t, E4M3FNUZ)

/*
 * e8m0fnu: a power of two, 2^(code - 127), without sign or zero; 0xff is NaN. A code is a float's
 * exponent. PyTorch rounds a tie up, and everything between 2^-127 and 2^-126 too.
 */
static inline uint8_t encode_e8m0(double in, size_t *bad) {
  float narrowed = (float)in;
  uint32_t bits, half = 0x400000; /* half as a float's mantissa; alone, as a subnormal, 2^-127 */
  memcpy(&bits, &narrowed, sizeof bits);
  if (isnan(narrowed))
    return 0xff;
  uint32_t code = bits >> 23, mantissa = bits & 0x7fffff;
  code += mantissa > half || (mantissa == half && code > 0);
  int fits = bits >= half && code < 0xff; /* a negative number has its highest bit set */
  *bad += !fits;
  return fits ? (uint8_t)code : 0;
}

STAGE(load_e8m0fnu, uint8_t, double, out = in == 0xff ? R_NaN : ldexp(1.0, (int)in - 127))
STAGE(store_e8m0fnu, double, uint8_t, out = encode_e8m0(in, &bad))

typedef struct {
  float re, im;
} complex_float;

typedef struct {
  uint16_t re, im;
} complex_half;

STAGE(load_complex64, complex_float, wide_complex, out.re = in.re; out.im = in.im)
STAGE(store_complex64, wide_complex, complex_float, NARROW(re, in.re); NARROW(im, in.im);
      out.re = re; out.im = im)
STAGE(load_complex32, complex_half, wide_complex, out.re = decode_narrow(in.re, FLOAT16);
      out.im = decode_narrow(in.im, FLOAT16))
STAGE(store_complex32, wide_complex, complex_half, size_t misfit = 0;
      out.re = (uint16_t)encode_narrow(in.re, FLOAT16, &misfit);
      out.im = (uint16_t)encode_narrow(in.im, FLOAT16, &misfit); bad += misfit > 0)

/* ---- between the wide types ------------------------------------------------------------------ */

#define TWO_53 INT64_C(9007199254740992) /* beyond it a double does not hold every integer */
#define TWO_63 9223372036854775808.0

#define FRACTION_REFUSED(value) (rule->exact && (value) != trunc(value))
#define HAS_IMAGINARY(z) ((z).im != 0 && !(isnan((z).re) && isnan((z).im)))

/*
 * An integer on its way through double to something narrower, which would round it twice: beyond
 * 2^53 the bits that a double may not hold leave their trace in the last one that it does hold
 * ("round to odd"), so that the second rounding gives what one alone would.
 */
static inline int64_t round_to_odd(int64_t in) {
  if (in <= TWO_53 && in >= -TWO_53)
    return in;
  return (in & ~INT64_C(0x3ff)) | ((in & 0x3ff) != 0 ? 0x400 : 0);
}

#define INT_TO_NARROW(target)                                                                      \
  target = rule->missing == MISSING_NAN && in == rule->na_bits ? NA_REAL : (double)round_to_odd(in)
#define INT_TO_DOUBLE(target)                                                                      \
  bad += rule->exact & ((uint64_t)in + TWO_53 > UINT64_C(2) * TWO_53);                             \
  target = rule->missing == MISSING_NAN && in == rule->na_bits ? NA_REAL : (double)in
#define UINT_TO_DOUBLE(target)                                                                     \
  bad += rule->exact & (in > (uint64_t)TWO_53);                                                    \
  target = (double)in
/* Comparisons with NaN are false, so NaN is counted too. */
#define DOUBLE_TO_INT(value)                                                                       \
  int fits = ((value) >= -TWO_63) & ((value) < TWO_63);                                            \
  bad += (size_t)(!fits || FRACTION_REFUSED(value));                                               \
  out = fits ? (int64_t)(value) : 0
#define DOUBLE_TO_UINT(value)                                                                      \
  int fits = ((value) > -1.0) & ((value) < 2 * TWO_63);                                            \
  bad += (size_t)(!fits || FRACTION_REFUSED(value));                                               \
  out = fits ? (uint64_t)(value) : 0

STAGE(int_to_uint, int64_t, uint64_t, bad += in < 0; out = (uint64_t)in)
STAGE(int_to_real, int64_t, double, INT_TO_DOUBLE(out))
STAGE(int_to_complex, int64_t, wide_complex, INT_TO_DOUBLE(out.re); out.im = 0)
STAGE(int_to_narrow_real, int64_t, double, INT_TO_NARROW(out))
STAGE(int_to_narrow_complex, int64_t, wide_complex, INT_TO_NARROW(out.re); out.im = 0)
STAGE(uint_to_int, uint64_t, int64_t, bad += in > (uint64_t)INT64_MAX; out = (int64_t)in)
STAGE(uint_to_real, uint64_t, double, UINT_TO_DOUBLE(out))
STAGE(uint_to_complex, uint64_t, wide_complex, UINT_TO_DOUBLE(out.re); out.im = 0)
STAGE(real_to_int, double, int64_t, DOUBLE_TO_INT(in))
STAGE(real_to_uint, double, uint64_t, DOUBLE_TO_UINT(in))
STAGE(real_to_complex, double, wide_complex, out.re = in; out.im = 0)
STAGE(complex_to_int, wide_complex, int64_t, bad += HAS_IMAGINARY(in); DOUBLE_TO_INT(in.re))
STAGE(complex_to_uint, wide_complex, uint64_t, bad += HAS_IMAGINARY(in); DOUBLE_TO_UINT(in.re))
STAGE(complex_to_real, wide_complex, double, bad += HAS_IMAGINARY(in); out = in.re)
/* PyTorch's to(bool) asks whether a value is 0, and must not truncate 0.5 to 0 first. */
STAGE(real_to_bool, double, int64_t, bad += isnan(in) != 0; out = in != 0)
STAGE(complex_to_bool, wide_complex, int64_t, bad += isnan(in.re) || isnan(in.im);
      out = in.re != 0 || in.im != 0)

/* ---- missing values -------------------------------------------------------------------------- */

STAGE(refuse_na, int64_t, int64_t, bad += in == rule->na_bits; out = in)
STAGE(replace_na, int64_t, int64_t, out = in == rule->na_bits ? rule->value_int : in)
STAGE(replace_nan, double, double, out = isnan(in) ? rule->value.re : in)
STAGE(replace_complex_nan, wide_complex, wide_complex,
      out = isnan(in.re) || isnan(in.im) ? rule->value : in)

/* ---- copies ---------------------------------------------------------------------------------- */

STAGE(copy1, uint8_t, uint8_t, out = in)
STAGE(copy2, uint16_t, uint16_t, out = in)
STAGE(copy4, uint32_t, uint32_t, out = in)
STAGE(copy8, uint64_t, uint64_t, out = in)
STAGE(copy16, wide_complex, wide_complex, out = in)

void copy_elements(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride, size_t n,
                   size_t size) {
  if (from_stride == (ptrdiff_t)size && to_stride == (ptrdiff_t)size) {
    memcpy(to, from, n * size);
    return;
  }
  stage copy = size == 1   ? copy1
               : size == 2 ? copy2
               : size == 4 ? copy4
               : size == 8 ? copy8
                           : copy16;
  copy(from, from_stride, to, to_stride, n, &(pass_rule){0});
}

/* ---- the table ------------------------------------------------------------------------------- */

#define INTEGER_ROW(name, type, lowest, highest)                                                   \
  { #name, sizeof(type), KIND_INT, load_##name, store_##name, lowest, highest, 0 }
#define FLOAT_ROW(name, short_name, size)                                                          \
  { #name, size, KIND_REAL, load_##short_name, store_##short_name, 0, 0, 0 }

static const element ELEMENTS[] = {
    INTEGER_ROW(bool, uint8_t, 0, 1),
    INTEGER_ROW(uint8, uint8_t, 0, UINT8_MAX),
    INTEGER_ROW(int8, int8_t, INT8_MIN, INT8_MAX),
    INTEGER_ROW(int16, int16_t, INT16_MIN, INT16_MAX),
    INTEGER_ROW(uint16, uint16_t, 0, UINT16_MAX),
    INTEGER_ROW(int32, int32_t, INT32_MIN, INT32_MAX),
    INTEGER_ROW(uint32, uint32_t, 0, UINT32_MAX),
    {"int64", 8, KIND_INT, NULL, NULL, INT64_MIN, INT64_MAX, 0},
    {"uint64", 8, KIND_UINT, NULL, NULL, 0, 0, 0},
    FLOAT_ROW(float16, float16, 2),
    FLOAT_ROW(bfloat16, bfloat16, 2),
    FLOAT_ROW(float32, float32, 4),
    {"float64", 8, KIND_REAL, NULL, NULL, 0, 0, 0},
    FLOAT_ROW(float8_e4m3fn, e4m3fn, 1),
    FLOAT_ROW(float8_e4m3fnuz, e4m3fnuz, 1),
    FLOAT_ROW(float8_e5m2, e5m2, 1),
    FLOAT_ROW(float8_e5m2fnuz, e5m2fnuz, 1),
    FLOAT_ROW(float8_e8m0fnu, e8m0fnu, 1),
    {"complex32", 4, KIND_COMPLEX, load_complex32, store_complex32, 0, 0, 0},
    {"complex64", 8, KIND_COMPLEX, load_complex64, store_complex64, 0, 0, 0},
    {"complex128", 16, KIND_COMPLEX, NULL, NULL, 0, 0, 0},
    /* R's types. In the first two and the last, the lowest value is NA. */
    {"logical", 4, KIND_INT, load_int32, store_int32, 0, 1, INT32_MIN},
    {"integer", 4, KIND_INT, load_int32, store_int32, -INT32_MAX, INT32_MAX, INT32_MIN},
    {"integer64", 8, KIND_INT, NULL, store_integer64, -INT64_MAX, INT64_MAX, INT64_MIN},
    {"double", 8, KIND_REAL, NULL, NULL, 0, 0, 0},
    {"complex", 16, KIND_COMPLEX, NULL, NULL, 0, 0, 0},
    {"raw", 1, KIND_INT, load_uint8, store_uint8, 0, UINT8_MAX, 0},
};

const element *find_element(const char *name) {
  for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++)
    if (strcmp(ELEMENTS[i].name, name) == 0)
      return &ELEMENTS[i];
  return NULL;
}

static const stage CONVERSIONS[4][4] = {
    [KIND_INT] = {NULL, int_to_uint, int_to_real, int_to_complex},
    [KIND_UINT] = {uint_to_int, NULL, uint_to_real, uint_to_complex},
    [KIND_REAL] = {real_to_int, real_to_uint, NULL, real_to_complex},
    [KIND_COMPLEX] = {complex_to_int, complex_to_uint, complex_to_real, NULL},
};

int is_bool(const element *e) { return strcmp(e->name, "bool") == 0; }

stage find_conversion(const element *from, const element *to) {
  if (is_bool(to) && from->kind == KIND_REAL)
    return real_to_bool;
  if (is_bool(to) && from->kind == KIND_COMPLEX)
    return complex_to_bool;
  if (from->kind == KIND_INT && to->kind == KIND_REAL && to->store)
    return int_to_narrow_real;
  if (from->kind == KIND_INT && to->kind == KIND_COMPLEX && to->store)
    return int_to_narrow_complex;
  return CONVERSIONS[from->kind][to->kind];
}

stage find_missing(const element *from, const pass_rule *rule) {
  if (rule->missing == MISSING_VALUE && from->kind == KIND_REAL)
    return replace_nan;
  if (rule->missing == MISSING_VALUE && from->kind == KIND_COMPLEX)
    return replace_complex_nan;
  if (from->na_bits && rule->missing == MISSING_VALUE)
    return replace_na;
  if (from->na_bits && rule->missing == MISSING_ERROR)
    return refuse_na;
  return NULL;
}
