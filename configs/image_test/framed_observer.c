/* The function that the observer calls, although an observer must not call any. It is not inlined, and uses the
 * pointer so that the caller needs a stack frame. */
#include "configs/image_test/framed_observer.h"

__attribute__((noinline)) void framed_observer_note(uint64_t *place)
{
	__asm__ volatile("" : : "r"(place) : "memory");
}
