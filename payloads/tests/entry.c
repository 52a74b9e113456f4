/* Prints the values that CSRs have when the firmware starts. The runtime library must not change any of these CSRs
 * before the tests run. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"

/* Prints the value of a CSR, or that the hart has no such CSR. */
#define show_csr(name, csr)                                                                                            \
	do {                                                                                                           \
		if (csr_exists(csr))                                                                                   \
			show(name, csr_read(csr));                                                                     \
		else                                                                                                   \
			expect(true, "the hart has no " name);                                                         \
	} while (0)

TEST(s05_virtual_m_mode_starts_at_the_machines_reset_values)
{
	show_csr("mcounteren", mcounteren);
	show_csr("menvcfg", menvcfg);
	show("mip at entry", harts[BOOT_HART].entry.mip);
	show("mie at entry", harts[BOOT_HART].entry.mie);
	show("scounteren", csr_read(scounteren));
	show("satp", csr_read(satp));
	show("sie", csr_read(sie));
	show_csr("mcountinhibit", mcountinhibit);
	show("mstatus.FS at entry", harts[BOOT_HART].entry.mstatus & MSTATUS_FS);
}

TEST(s32_pmp_is_empty_at_reset)
{
	show("pmpcfg0", csr_read(pmpcfg0));
	show("pmpcfg2", csr_read(pmpcfg2));
	show("pmpaddr0", csr_read(pmpaddr0));
	show("pmpaddr7", csr_read(pmpaddr7));
}
