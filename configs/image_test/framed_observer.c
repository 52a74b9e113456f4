/* The function that the observer must not call. */
#include "configs/image_test/framed_observer.h"

__attribute__((noinline)) void framed_observer_note(uint64_t *place)
{
	__asm__ volatile("" : : "r"(place) : "memory");
}
