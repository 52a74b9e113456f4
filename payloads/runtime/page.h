/* Sv39 page tables for tests. They map the first 4 GiB of virtual addresses to the same physical addresses. They also
 * have a window: a range of virtual pages that each test maps as it needs.
 * Used by tests that run their payload with paging on.
 * Must not write satp, because the caller does this itself. */
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

/* The virtual address of the window, which has 512 pages. */
#define PAGE_WINDOW UINT64_C(0x2000000000)

/** Clears the tables, and maps the first 4 GiB of virtual addresses to the same physical addresses with @p flags.
 * @return the value for satp (Sv39) */
uint64_t page_identity(uint64_t flags);

/** Maps page @p index (0 to 511) of the window to @p physical with @p flags. If @p flags is 0, unmaps the page. The
 * caller must execute sfence.vma.
 * @return the page's virtual address */
uint64_t page_set(unsigned index, uint64_t physical, uint64_t flags);

/** Returns the page table entry of page @p index of the window. The hardware may have set the bits A and D in it. */
uint64_t page_entry(unsigned index);

/** Maps the gigapage at virtual address @p index GiB to @p physical with @p flags. The caller must execute
 * sfence.vma. */
void page_set_gigapage(unsigned index, uint64_t physical, uint64_t flags);

/** Makes the table of 512 entries at physical @p table map the gigabyte of virtual addresses from @p index GiB on. The
 * caller must execute sfence.vma. */
void page_set_table(unsigned index, uint64_t table);

#endif
