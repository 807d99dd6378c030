// What one core of this machine can multiply and add, to hold kernels against.
#ifndef O2M_PEAK_H
#define O2M_PEAK_H

// Float32 operations per nanosecond (a fused multiply-add counts twice) of a loop that does nothing but fused multiply-adds on
// registers, with the vectors that the kernels use here: the best of some milliseconds.
double o2m_f32_peak(void);

#endif
