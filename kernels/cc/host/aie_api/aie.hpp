// The part of AMD's vector library (AIE API) that Hark's kernels use, for the host: what a kernel computes on a core
// it computes here, in loops, and every operation is counted. Names and meaning are those of the library's public
// documentation; nothing else of it is here. What the core that is compiled for lacks does not compile.
//
// __AIEARCH__ is 20 for AIE2 (XDNA1) and 21 for AIE2P (XDNA2), as the cores' compiler sets it.
#pragma once

#include "emulation/core.hpp"
#include "emulation/vector.hpp"
#include "emulation/accum.hpp"
#include "emulation/arithmetic.hpp"
#include "emulation/reshape.hpp"
#include "emulation/mmul.hpp"
#include "emulation/lookup.hpp"
#include "emulation/passes.hpp"

#define AIE_EMULATION
#define restrict __restrict

inline void event0() {}
inline void event1() {}
