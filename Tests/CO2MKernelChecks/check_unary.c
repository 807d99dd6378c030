#include "checks.h"

// The function in f64, from libm.
static double exact(const struct o2m_f32_unary_params *p, double x) {
  const double alpha = p->alpha, beta = p->beta;
  switch (p->op) {
    case O2M_F32_RELU: return x < 0 ? 0 : x;
    case O2M_F32_CLIP: return x < alpha ? alpha : x > beta ? beta : x;
    case O2M_F32_LEAKY_RELU: return x < 0 ? (double)(float)(alpha * x) : x;
    case O2M_F32_THRESHOLDED_RELU: return x > alpha ? x : 0;
    case O2M_F32_NEG: return -x;
    case O2M_F32_ABS: return fabs(x);
    case O2M_F32_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case O2M_F32_FLOOR: return floor(x);
    case O2M_F32_CEIL: return ceil(x);
    case O2M_F32_ROUND: return rint(x);
    case O2M_F32_SQRT: return sqrt(x);
    case O2M_F32_RECIPROCAL: return 1 / x;
    case O2M_F32_SQUARE: return x * x;
    case O2M_F32_SCALE: return (double)(float)(alpha * x) + beta;
    case O2M_F32_EXP: return exp(x);
    case O2M_F32_LOG: return log(x);
    case O2M_F32_TANH: return tanh(x);
    case O2M_F32_ERF: return erf(x);
    case O2M_F32_HARD_SIGMOID: return x != x ? x : fmin(fmax(alpha * x + beta, 0), 1);
    case O2M_F32_HARD_SWISH: return isinf(x) ? (x > 0 ? x : (double)NAN) : x * fmin(fmax(x / 6 + 0.5, 0), 1);
    case O2M_F32_ELU: return x < 0 ? alpha * expm1(x) : x;
    case O2M_F32_SELU: return beta * (x < 0 ? alpha * expm1(x) : x);
    case O2M_F32_CELU: return x < 0 ? alpha * expm1(x / alpha) : x;
    case O2M_F32_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    case O2M_F32_SOFTSIGN: return x / (1 + fabs(x));
    case O2M_F32_MISH: return x > 40 ? x : x * tanh(log1p(exp(x)));
    case O2M_F32_SIN: return sin(x);
    case O2M_F32_COS: return cos(x);
    case O2M_F32_TAN: return tan(x);
    case O2M_F32_ASIN: return asin(x);
    case O2M_F32_ACOS: return acos(x);
    case O2M_F32_ATAN: return atan(x);
    case O2M_F32_SINH: return sinh(x);
    case O2M_F32_COSH: return cosh(x);
    case O2M_F32_ASINH: return asinh(x);
    case O2M_F32_ACOSH: return x < 1 ? (double)NAN : acosh(x);  // musl has a value far below 1
    case O2M_F32_ATANH: return atanh(x);
    case O2M_F32_POW: return pow(x, alpha);
    default: return NAN;
  }
}

// The functions that follow a product too are held to the bound of check_activation.c, of which their error is then a share.
static uint32_t activation_of(enum o2m_f32_unary_op op) {
  return op == O2M_F32_SIGMOID     ? O2M_ACT_SIGMOID
         : op == O2M_F32_SILU      ? O2M_ACT_SILU
         : op == O2M_F32_GELU      ? O2M_ACT_GELU_ERF
         : op == O2M_F32_GELU_TANH ? O2M_ACT_GELU_TANH
                                   : O2M_ACT_NONE;
}

// What o2m_unary.h promises. `absolute`: the bound is in ulp of max(1, |x|) and not of the result. `product`: x times a
// subnormal factor is off by up to |x| / 2 subnormal steps.
struct promise {
  double ulps;
  int absolute, bits, product;
};

static struct promise promise(enum o2m_f32_unary_op op) {
  switch (op) {
    case O2M_F32_SCALE: return (struct promise){0.5, 0, 1, 0};
    case O2M_F32_HARD_SIGMOID: return (struct promise){1, 1, 0, 0};  // half an ulp of the product, of at most 1.5, and of the sum
    case O2M_F32_HARD_SWISH: return (struct promise){2, 1, 0, 0};
    case O2M_F32_EXP:
    case O2M_F32_LOG: return (struct promise){2, 0, 0, 0};
    case O2M_F32_SIGMOID:
    case O2M_F32_SILU:
    case O2M_F32_GELU:
    case O2M_F32_GELU_TANH: return (struct promise){1, 0, 0, 0};
    case O2M_F32_ERF: return (struct promise){3, 0, 0, 0};
    case O2M_F32_TANH: return (struct promise){4, 0, 0, 0};
    case O2M_F32_ELU:
    case O2M_F32_SELU:
    case O2M_F32_CELU: return (struct promise){4, 0, 0, 0};
    case O2M_F32_SOFTPLUS: return (struct promise){5, 0, 0, 0};
    case O2M_F32_SOFTSIGN: return (struct promise){2, 0, 1, 0};
    case O2M_F32_MISH: return (struct promise){7, 0, 0, 1};
    default: return op >= O2M_F32_SIN ? (struct promise){8, 0, 1, 0} : (struct promise){0.5, 0, 1, 0};
  }
}

static struct o2m_f32_unary_params parameters(enum o2m_f32_unary_op op) {
  struct o2m_f32_unary_params p = {.op = op, .alpha = 1, .beta = 0};
  switch (op) {
    case O2M_F32_CLIP: p.alpha = 0, p.beta = 6; break;
    case O2M_F32_LEAKY_RELU: p.alpha = 0.01f; break;
    case O2M_F32_SCALE: p.alpha = 1.7f, p.beta = -0.3f; break;
    case O2M_F32_HARD_SIGMOID: p.alpha = 0.2f, p.beta = 0.5f; break;
    case O2M_F32_SELU: p.alpha = 1.67326319217681884765625f, p.beta = 1.05070102214813232421875f; break;
    case O2M_F32_CELU: p.alpha = 2; break;
    case O2M_F32_POW: p.alpha = 2.5f; break;
    default: break;
  }
  return p;
}

// f32 values of every exponent, both signs, both zeros, infinities and NaN: every 32771st bit pattern, and as many in [-12, 12].
enum { SWEEP = 131072, SAMPLES = 2 * SWEEP };

static void sweep(float *x) {
  const float special[] = {0.0f,  -0.0f, INFINITY, -INFINITY, NAN,     1,         -1,         0.5f, 1.5f, 2.5f,
                           -0.5f, -1.5f, 88.7f,    -87.4f,    -103.9f, 0x1p-149f, -0x1p-140f, 6,    -3,   3};
  for (uint32_t i = 0; i < SWEEP; i++) {
    const uint32_t bits = i * 32771u;
    memcpy(x + i, &bits, 4);
    x[SWEEP + i] = o2m_noise(5, i, 12);
  }
  memcpy(x, special, sizeof special);
}

void o2m_check_unary(struct o2m_check_report *report) {
  float *x = o2m_new_floats(SAMPLES), *y = o2m_new_floats(SAMPLES), *z = o2m_new_floats(SAMPLES);
  const size_t set = o2m_simd();
  char notes[sizeof report->first] = "";
  sweep(x);
  for (int op = 0; op < O2M_F32_UNARY_COUNT; op++) {
    const struct o2m_f32_unary_params p = parameters((enum o2m_f32_unary_op)op);
    const struct promise promised = promise(p.op);
    o2m_f32_unary(&p, 1, SAMPLES, x, SAMPLES, y, SAMPLES, NULL);
    double worst = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
      const uint32_t kind = activation_of(p.op);
      const double want = kind ? o2m_activation_exact(kind, x[i]) : exact(&p, x[i]);
      double error = kind ? o2m_activation_share(kind, x[i], y[i], want) : o2m_ulps(y[i], want);
      if (promised.absolute && error < 1e29 && isfinite(x[i])) error = fabs((double)y[i] - want) / (fmax(1, fabs((double)x[i])) * 0x1p-23);
      if (promised.product && fabs((double)y[i] - want) <= 128 * 0x1p-149) error = 0;
      if (error > worst) worst = error;
      o2m_expect(report, error <= promised.ulps, o2m_f32_unary_name(p.op), i, y[i], want);
      if (error > promised.ulps && report->failures == 1) {
        const size_t used = strlen(report->first);
        snprintf(report->first + used, sizeof report->first - used, " at x = %.9g (%.2f ulp)", x[i], error);
      }
    }
    if (worst > report->worst) report->worst = worst;
    if (worst > 0.5 && op < O2M_F32_SIN) {
      const size_t used = strlen(notes);
      snprintf(notes + used, sizeof notes - used, "%s %.1f ", o2m_f32_unary_name(p.op), worst);
    }
    if (promised.bits && set != o2m_scalar()) {
      o2m_simd_use(o2m_scalar());
      o2m_f32_unary(&p, 1, SAMPLES, x, SAMPLES, z, SAMPLES, NULL);
      o2m_simd_use(set);
      for (size_t i = 0; i < SAMPLES; i++) {                             // NaN may differ in sign and payload
        const int zeros = op <= O2M_F32_CLIP && y[i] == 0 && z[i] == 0;  // of either sign
        o2m_expect(report, (y[i] != y[i] && z[i] != z[i]) || zeros || memcmp(y + i, z + i, 4) == 0, "bits", i, y[i], z[i]);
      }
    }
  }
  o2m_expect_guard(report, y, SAMPLES, "guard");
  if (report->failures == 0) memcpy(report->first, notes, sizeof notes);
  free(x), free(y), free(z);
}

// Every position of every small layout gives the bits of the same element alone, and nothing else is written.
void o2m_check_unary_layout(struct o2m_check_report *report) {
  static const size_t sizes[] = {0, 1, 3, 7, 8, 9, 17, 33};
  for (int op = 0; op < O2M_F32_UNARY_COUNT; op++) {
    const struct o2m_f32_unary_params p = parameters((enum o2m_f32_unary_op)op);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      const size_t rows = 1 + s % 4, n = sizes[s], x_pitch = n + 5, y_pitch = n + s % 3;
      float *x = o2m_new_floats(rows * x_pitch), *y = o2m_new_floats(rows * y_pitch), *z = o2m_new_floats(1);
      o2m_fill_noise(x, rows * x_pitch, (uint32_t)op, 3);
      float *before = o2m_new_floats(rows * y_pitch);
      o2m_f32_unary(&p, rows, n, x, x_pitch, y, y_pitch, NULL);
      for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < y_pitch; c++) {
          const size_t at = r * y_pitch + c;
          if (c < n) o2m_f32_unary(&p, 1, 1, x + r * x_pitch + c, 1, z, 1, NULL);
          const float want = c < n ? z[0] : before[at];
          o2m_expect(report, (want != want && y[at] != y[at]) || memcmp(&want, y + at, 4) == 0, o2m_f32_unary_name(p.op), at, y[at], want);
        }
      }
      o2m_expect_guard(report, y, rows * y_pitch, "guard");
      free(x), free(y), free(z), free(before);
    }
  }
  for (size_t n = 0; n < 40; n++) {  // affine and prelu
    const size_t rows = 3, x_pitch = n + 2, y_pitch = n + 1;
    float *x = o2m_new_floats(rows * x_pitch), *y = o2m_new_floats(rows * y_pitch), *k = o2m_new_floats(n), *b = o2m_new_floats(n);
    o2m_fill_noise(x, rows * x_pitch, 1, 3), o2m_fill_noise(k, n, 2, 2), o2m_fill_noise(b, n, 3, 2);
    o2m_f32_affine(rows, n, x, x_pitch, k, n % 2 ? b : NULL, y, y_pitch, NULL);
    for (size_t i = 0; i < rows * n; i++) {
      const double product = (double)k[i % n] * x[i / n * x_pitch + i % n];
      o2m_expect_near(report, y[i / n * y_pitch + i % n], product + (n % 2 ? b[i % n] : 0), 2 * 0x1p-24 * (fabs(product) + 2), "affine", i);
    }
    o2m_f32_prelu(rows, n, x, x_pitch, k, y, y_pitch, NULL);
    for (size_t i = 0; i < rows * n; i++) {
      const float v = x[i / n * x_pitch + i % n];
      o2m_expect_near(report, y[i / n * y_pitch + i % n], v < 0 ? v * k[i % n] : v, 0, "prelu", i);
    }
    o2m_expect_guard(report, y, rows * y_pitch, "guard");
    free(x), free(y), free(k), free(b);
  }
}
