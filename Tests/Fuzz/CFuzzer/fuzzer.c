#include "fuzzer.h"  // a target needs a source
