#include "o2m_kernels.h"
