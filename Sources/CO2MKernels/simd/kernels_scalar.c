#include "vector_scalar.h"
#include "kernels.inc"
