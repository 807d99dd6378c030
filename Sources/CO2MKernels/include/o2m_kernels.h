// The kernels, one header per family.
#ifndef O2M_KERNELS_H
#define O2M_KERNELS_H

#include "o2m_attention.h"
#include "o2m_binary.h"
#include "o2m_cast.h"
#include "o2m_conv.h"
#include "o2m_copy.h"
#include "o2m_count.h"
#include "o2m_element.h"
#include "o2m_gather.h"
#include "o2m_grid.h"
#include "o2m_integer.h"
#include "o2m_norm.h"
#include "o2m_picture.h"
#include "o2m_platform.h"
#include "o2m_pooling.h"
#include "o2m_recurrent.h"
#include "o2m_reduce.h"
#include "o2m_resize.h"
#include "o2m_simd.h"
#include "o2m_unary.h"

#endif
