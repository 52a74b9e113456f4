/* Sv39 page tables for tests: the machine's own addresses, and a few pages that a test maps as it likes.
 * Used by tests that run their own payload under paging.
 * Must not know who uses the tables: the caller writes satp. */
#ifndef PAYLOADS_RUNTIME_PAGE_H
#define PAYLOADS_RUNTIME_PAGE_H

#include <stdint.h>

#define PAGE_SIZE 4096
#define PTE_V 0x1
#define PTE_R 0x2
#define PTE_W 0x4
#define PTE_X 0x8
#define PTE_U 0x10
#define PTE_A 0x40
#define PTE_D 0x80
#define PTE_RW (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)
#define PTE_RWX (PTE_RW | PTE_X)

/* First virtual address that page_set() maps; it has 512 pages from here on. */
#define PAGE_WINDOW UINT64_C(0x2000000000)

/** Empties the tables and maps the first 4 GiB at their own addresses, with @p flags.
 * @return the value for satp (Sv39) */
uint64_t page_identity(uint64_t flags);

/** Maps page @p index (0 to 511) of the window to @p physical with @p flags; flags 0 unmaps it.
 * The caller fences. @return the page's virtual address */
uint64_t page_set(unsigned index, uint64_t physical, uint64_t flags);

/** The entry of page @p index of the window, as the hardware left it. */
uint64_t page_entry(unsigned index);

/** Maps the gigapage at virtual address @p index GiB to @p physical with @p flags. */
void page_set_gigapage(unsigned index, uint64_t physical, uint64_t flags);

#endif
