/*
 * The pass: walks two strided memories of the same shape in an order that suits the caches, and
 * sends runs of elements through the stages that their types and the rule ask for.
 */
#include "pytorchbridge.h"

#include <fenv.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { RUN = 512 };       /* elements at a time: two buffers of 16-byte elements fit the L1 cache */
enum { LINE = 64 };       /* bytes of a cache line */
enum { TILE_X = 1024 };   /* a transposing tile: bytes that it writes in a row ... */
enum { TILE_Y = 256 };    /* ... and that it reads in a row: some cache lines */
enum { TILE_ROWS = 64 };  /* and columns that it has at most */
enum { LARGE = 8 << 20 }; /* bytes of a result that the caches would not hold anyway */
enum { MAX_STAGES = 4 };  /* load, missing values, conversion, store */
enum { WIDEST = sizeof(wide_complex) };

typedef struct {
  ptrdiff_t n, from, to; /* length, and strides in bytes */
} axis;

typedef struct {
  const element *from, *to;
  const pass_rule *rule;
  stage stages[MAX_STAGES];
  size_t sizes[MAX_STAGES]; /* bytes of an element that the stage writes */
  int n_stages;             /* 0: the two memories hold the same, so copy */
  int large;                /* write past the caches */
  ptrdiff_t first;          /* address of the first misfit's element in the R vector */
  size_t count;
} pass;

static const size_t WIDE_SIZE[] = {sizeof(int64_t), sizeof(uint64_t), sizeof(double),
                                   sizeof(wide_complex)};

static void add_stage(pass *p, stage s, size_t size) {
  if (s == NULL)
    return;
  p->stages[p->n_stages] = s;
  p->sizes[p->n_stages++] = size;
}

static pass plan_pass(const element *from, const element *to, const pass_rule *rule) {
  pass p = {.from = from, .to = to, .rule = rule, .first = PTRDIFF_MAX};
  add_stage(&p, from->load, WIDE_SIZE[from->kind]);
  add_stage(&p, find_missing(from, rule), WIDE_SIZE[from->kind]);
  add_stage(&p, find_conversion(from, to), WIDE_SIZE[to->kind]);
  add_stage(&p, to->store, to->size);
  return p;
}

/* Asks for a cache line; an address that is not ours does no harm. */
static void prefetch(const char *address) {
#ifdef __GNUC__
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

static size_t run_stages(const pass *p, const char *from, ptrdiff_t from_stride, char *to,
                         ptrdiff_t to_stride, size_t n) {
  _Alignas(wide_complex) char buffers[2][RUN * WIDEST];
  size_t bad = 0;
  for (int i = 0; i < p->n_stages; i++) {
    int last = i == p->n_stages - 1;
    char *out = last ? to : buffers[i % 2];
    ptrdiff_t out_stride = last ? to_stride : (ptrdiff_t)p->sizes[i];
    bad += p->stages[i](from, from_stride, out, out_stride, n, p->rule);
    from = out;
    from_stride = out_stride;
  }
  return bad;
}

/* An element may fail in two stages, so what failed is counted again one by one. */
static void note_misfits(pass *p, const char *from, ptrdiff_t from_stride, ptrdiff_t r_address,
                         ptrdiff_t r_stride, size_t n) {
  char scratch[WIDEST];
  for (size_t i = 0; i < n; i++) {
    ptrdiff_t k = (ptrdiff_t)i;
    if (run_stages(p, from + k * from_stride, 0, scratch, 0, 1) == 0)
      continue;
    p->count++;
    if (r_address + k * r_stride < p->first)
      p->first = r_address + k * r_stride;
  }
}

/*
 * n elements along one axis. `r_address` and `r_stride` say where they lie in the R vector; the
 * whole R vector is one block, so an address there gives the position.
 */
static void run(pass *p, const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                ptrdiff_t r_address, ptrdiff_t r_stride, size_t n) {
  if (p->n_stages == 0) {
    copy_elements(from, from_stride, to, to_stride, n, p->to->size);
    return;
  }
  for (size_t done = 0; done < n; done += RUN) {
    size_t some = n - done < RUN ? n - done : RUN;
    ptrdiff_t k = (ptrdiff_t)done;
    const char *run_from = from + k * from_stride;
    if (run_stages(p, run_from, from_stride, to + k * to_stride, to_stride, some) > 0)
      note_misfits(p, run_from, from_stride, r_address + k * r_stride, r_stride, some);
  }
}

/*
 * memcpy past the caches: a whole cache line is written without being read first, which is a third
 * of the traffic of a transposing pass.
 */
static void stream_bytes(char *to, const char *from, size_t n) {
#ifdef __SSE2__
  size_t head = -(uintptr_t)to % LINE;
  if (n >= head + LINE) {
    memcpy(to, from, head);
    for (to += head, from += head, n -= head; n >= LINE; to += LINE, from += LINE, n -= LINE)
      for (int i = 0; i < LINE; i += (int)sizeof(__m128i))
        _mm_stream_si128((__m128i *)(to + i), _mm_loadu_si128((const __m128i *)(from + i)));
  }
#endif
  memcpy(to, from, n);
}

/* Such writes may be seen late by other threads, until this. */
static void end_of_stream(void) {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/*
 * Two axes at once: x is the one along which `to` is sequential, y the one along which `from` is.
 * A tile of the source is turned around first, its elements as they are; then each of its columns
 * goes through the stages in one run. So reading, converting and writing are all sequential, and
 * every cache line is touched once on either side, whatever the strides. A tile has more rows than
 * a processor sees coming, so each row asks for its part in the next tile ahead of time.
 */
static void run_tiles(pass *p, const char *from, char *to, axis x, axis y, r_side side) {
  _Alignas(LINE) char tile[TILE_ROWS * (TILE_X + LINE)], column[TILE_X];
  ptrdiff_t from_size = (ptrdiff_t)p->from->size, to_size = (ptrdiff_t)p->to->size;
  ptrdiff_t tile_nx = TILE_X / (from_size > to_size ? from_size : to_size);
  ptrdiff_t tile_ny = TILE_Y / from_size < TILE_ROWS ? TILE_Y / from_size : TILE_ROWS;
  ptrdiff_t pitch = tile_nx * from_size + LINE; /* the line keeps columns out of each other's way */
  int stream = p->large && x.to == to_size;
  for (ptrdiff_t x0 = 0; x0 < x.n; x0 += tile_nx)
    for (ptrdiff_t y0 = 0; y0 < y.n; y0 += tile_ny) {
      ptrdiff_t nx = x.n - x0 < tile_nx ? x.n - x0 : tile_nx;
      ptrdiff_t ny = y.n - y0 < tile_ny ? y.n - y0 : tile_ny;
      const char *tile_from = from + x0 * x.from + y0 * y.from;
      char *tile_to = to + x0 * x.to + y0 * y.to;
      for (ptrdiff_t i = 0; i < nx; i++) {
        const char *row = tile_from + i * x.from;
        for (ptrdiff_t ahead = 0; ahead < TILE_Y; ahead += LINE)
          prefetch(row + tile_ny * y.from + ahead);
        copy_elements(row, y.from, tile + i * from_size, pitch, (size_t)ny, p->from->size);
      }
      for (ptrdiff_t j = 0; j < ny; j++) {
        char *end = tile_to + j * y.to, *out = stream ? column : end;
        const char *r_place = side == R_SIDE_FROM ? tile_from + j * y.from : end;
        run(p, tile + j * pitch, from_size, out, x.to, (ptrdiff_t)r_place,
            side == R_SIDE_FROM ? x.from : x.to, (size_t)nx);
        if (stream)
          stream_bytes(end, column, (size_t)(nx * to_size));
      }
    }
}

/* ---- axes ------------------------------------------------------------------------------------ */

static ptrdiff_t magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }

/*
 * The axes of the layout with `to` sequential first; lengths of 1 left out, and two axes made one
 * where both memories run on from the one to the next.
 */
static int plan_axes(const pass_layout *layout, axis *axes) {
  int n = 0;
  for (int d = 0; d < layout->ndim; d++) {
    if (layout->shape[d] == 1)
      continue;
    axis a = {layout->shape[d], layout->from_strides[d], layout->to_strides[d]};
    int at = n++;
    for (; at > 0 && magnitude(axes[at - 1].to) > magnitude(a.to); at--)
      axes[at] = axes[at - 1];
    axes[at] = a;
  }
  int merged = 0;
  for (int d = 0; d < n; d++) {
    axis *last = merged > 0 ? &axes[merged - 1] : NULL;
    if (last && axes[d].to == last->to * last->n && axes[d].from == last->from * last->n)
      last->n *= axes[d].n;
    else
      axes[merged++] = axes[d];
  }
  return merged;
}

/* The axis along which `from` is sequential, when a tile along it pays; else 0. */
static int tiling_axis(const axis *axes, int n) {
  int best = 0;
  for (int d = 1; d < n; d++)
    if (axes[d].from != 0 && magnitude(axes[d].from) < magnitude(axes[best].from))
      best = d;
  return best;
}

static void walk(pass *p, const char *from, char *to, axis *axes, int n, r_side side) {
  if (n == 0)
    axes[n++] = (axis){1, 0, 0}; /* 0-d, or all lengths 1 */
  int inner = 1, y = tiling_axis(axes, n);
  if (y > 0) {
    axis sequential = axes[y];
    for (; y > 1; y--)
      axes[y] = axes[y - 1];
    axes[1] = sequential;
    inner = 2;
  }
  ptrdiff_t index[MAX_DIMS] = {0};
  for (;;) {
    if (inner == 2)
      run_tiles(p, from, to, axes[0], axes[1], side);
    else
      run(p, from, axes[0].from, to, axes[0].to, (ptrdiff_t)(side == R_SIDE_FROM ? from : to),
          side == R_SIDE_FROM ? axes[0].from : axes[0].to, (size_t)axes[0].n);
    int d = inner;
    for (; d < n; d++) {
      from += axes[d].from;
      to += axes[d].to;
      if (++index[d] < axes[d].n)
        break;
      from -= axes[d].n * axes[d].from;
      to -= axes[d].n * axes[d].to;
      index[d] = 0;
    }
    if (d == n)
      return;
  }
}

/*
 * torch.set_flush_denormal() and other code may have set this thread to flush subnormals. Copies do
 * not count.
 */
static void walk_in_own_environment(pass *p, const char *from, char *to, axis *axes, int n,
                                    r_side side) {
  fenv_t environment;
  if (p->n_stages > 0) {
    fegetenv(&environment);
    fesetenv(FE_DFL_ENV);
  }
  walk(p, from, to, axes, n, side);
  end_of_stream();
  if (p->n_stages > 0)
    fesetenv(&environment);
}

static size_t size_of_result(const pass_layout *layout, const element *to) {
  size_t size = to->size;
  for (int d = 0; d < layout->ndim; d++)
    size *= (size_t)layout->shape[d];
  return size;
}

misfits convert_memory(const element *from, const char *from_data, const element *to, char *to_data,
                       const pass_layout *layout, const pass_rule *rule, r_side side) {
  misfits found = {0, 0};
  for (int d = 0; d < layout->ndim; d++)
    if (layout->shape[d] == 0)
      return found;
  axis axes[MAX_DIMS];
  int n = plan_axes(layout, axes);
  pass p = plan_pass(from, to, rule);
  p.large = size_of_result(layout, to) >= LARGE;
  walk_in_own_environment(&p, from_data, to_data, axes, n, side);
  if (p.count > 0) {
    const char *r_data = side == R_SIDE_FROM ? from_data : to_data;
    size_t r_size = side == R_SIDE_FROM ? from->size : to->size;
    found.count = p.count;
    found.first = (p.first - (ptrdiff_t)r_data) / (ptrdiff_t)r_size;
  }
  return found;
}
