// Marks of loops that are not unrolled; all others are short, and are. They stand between a loop's head and its body.
#pragma once

#if defined(__chess__)
#define PIPELINED chess_prepare_for_pipelining
#define ROLLED
#elif defined(AIE_EMULATION)
// What one pass does is what the loop's code is made of.
#define PASS_OF(line, pipelined) if (const aie::Pass pass_##line(__FILE__, line, pipelined); true)
#define PASS(line, pipelined) PASS_OF(line, pipelined)
#define PIPELINED PASS(__LINE__, true)
#define ROLLED PASS(__LINE__, false)
#else
#define PIPELINED
#define ROLLED
#endif
