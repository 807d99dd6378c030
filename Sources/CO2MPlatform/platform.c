#include "o2m_platform.h"
