// The kernels, one header per family.
#ifndef O2M_KERNELS_H
#define O2M_KERNELS_H

#include "o2m_platform.h"
#include "o2m_conv.h"

#endif
