// Softmax over rows of scores that lie in the first-level cache, in place: p[c] = 2^(s[c] - max) / sum, for every ISA that has
// named its vectors. Scores come multiplied by log2(e).
//
// The rows have room for whole vectors: pitch is a multiple of 16, and what follows the columns is overwritten. Relative to
// its value p is within eps * (6 + columns / O2M_LANES / 2); what is below 2^-100 of the largest counts as there, so that no p is
// subnormal and slows the product that follows. A row with a NaN, or without a finite score, is NaN.
#define O2M_SOFTMAX_NAME2(isa) o2m_f32_softmax2__##isa
#define O2M_SOFTMAX_NAME(isa) O2M_SOFTMAX_NAME2(isa)

O2M_TARGET void O2M_SOFTMAX_NAME(O2M_ISA)(size_t rows, size_t columns, float *scores, size_t pitch) {
  for (size_t r = 0; r < rows; r++, scores += pitch) {
    size_t end = columns;
    while (end % (2 * O2M_LANES)) scores[end++] = -__builtin_inff();
    O2M_VECTOR a = o2m_v_set(-__builtin_inff()), b = a;
    for (size_t c = 0; c < end; c += 2 * O2M_LANES) {
      a = o2m_v_max(a, o2m_v_load(scores + c));
      b = o2m_v_max(b, o2m_v_load(scores + c + O2M_LANES));
    }
    float lanes[O2M_LANES];
    o2m_v_store(lanes, o2m_v_max(a, b));
    float largest = lanes[0];
    for (size_t i = 1; i < O2M_LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
    const O2M_VECTOR top = o2m_v_set(largest), low = o2m_v_set(-100), zero = o2m_v_set(0);
    a = b = zero;
    for (size_t c = 0; c < end; c += 2 * O2M_LANES) {
      const O2M_VECTOR x = o2m_v_max(low, o2m_v_sub(o2m_v_load(scores + c), top));
      const O2M_VECTOR z = o2m_v_max(low, o2m_v_sub(o2m_v_load(scores + c + O2M_LANES), top));
      const O2M_VECTOR p = o2m_v_fma(x, zero, o2m_v_exp2(x, 1)), q = o2m_v_fma(z, zero, o2m_v_exp2(z, 1));  // 0 * NaN
      a = o2m_v_add(a, p);
      b = o2m_v_add(b, q);
      o2m_v_store(scores + c, p);
      o2m_v_store(scores + c + O2M_LANES, q);
    }
    o2m_v_store(lanes, o2m_v_add(a, b));
    float sum = 0;
    for (size_t i = 0; i < O2M_LANES; i++) sum += lanes[i];
    const O2M_VECTOR factor = o2m_v_set(1 / sum);
    for (size_t c = 0; c < end; c += O2M_LANES) o2m_v_store(scores + c, o2m_v_mul(o2m_v_load(scores + c), factor));
  }
}
