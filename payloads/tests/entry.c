/* Prints the values that CSRs have when the firmware starts. The runtime library must not change any of these CSRs
 * before the tests run. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"

TEST(s05_virtual_m_mode_starts_at_the_machines_reset_values)
{
	trap_catch(trap_machine());
	show("mcounteren", csr_read(mcounteren));
	show("menvcfg", csr_read(menvcfg));
	trap_release(trap_machine());
	show("mip at entry", harts[0].entry.mip);
	show("mie at entry", harts[0].entry.mie);
	show("scounteren", csr_read(scounteren));
	show("satp", csr_read(satp));
	show("sie", csr_read(sie));
	show("mcountinhibit", csr_read(mcountinhibit));
	show("mstatus.FS at entry", harts[0].entry.mstatus & MSTATUS_FS);
}

TEST(s32_pmp_is_empty_at_reset)
{
	show("pmpcfg0", csr_read(pmpcfg0));
	show("pmpcfg2", csr_read(pmpcfg2));
	show("pmpaddr0", csr_read(pmpaddr0));
	show("pmpaddr7", csr_read(pmpaddr7));
}
