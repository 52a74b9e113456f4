/* The function that the observer calls, although an observer must not call functions. It is not inlined. It uses the
 * pointer, so that its caller needs a stack frame. */
#include "configs/image_test/framed_observer.h"

__attribute__((noinline)) void framed_observer_note(uint64_t *place)
{
	__asm__ volatile("" : : "r"(place) : "memory");
}
