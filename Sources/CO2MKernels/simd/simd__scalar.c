// The vector kernels for machines without vectors, and the witness of the others.
#define O2M_SIMD_NAME "scalar"
#define O2M_SIMD_NEEDS 0
#include "o2m_platform.h"

#include "lanes_scalar.h"

#include "simd_bodies.inc"
