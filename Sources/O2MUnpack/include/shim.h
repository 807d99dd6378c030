#include "../../O2MRuntime/include/o2m.h"
#include "o2m_unpack.h"
