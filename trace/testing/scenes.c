/* The scenes of a synthetic run. A scene is one thing that happens on a hart, such as a timer interrupt or an SBI call,
 * with all exits that it causes. While the firmware boots, each scene is a CSR instruction of the firmware. After that,
 * scenes of the payload follow each other at random, in about the proportions of a Linux kernel. */
#include "trace/testing/hart.h"

#define FIRMWARE_PCS 200
#define KERNEL_PCS 24
#define FIRMWARE_TEXT 0x80100000ull
#define KERNEL_TEXT 0xffffffff80002000ull
#define KERNEL_BYTES 0x900000

static uint64_t kernel_pc(struct hart *hart)
{
	return KERNEL_TEXT + 4 * (hart_random(hart, KERNEL_PCS) * 6151);
}

/** Advances the hart's clock by a random time, on average about @p about_ns. */
static void go_on(struct hart *hart, uint64_t about_ns)
{
	hart->ns += about_ns / 2 + hart_random(hart, about_ns);
}

/** Writes the EXIT record of an exit that began at @p start and ends now. */
static void leave(struct hart *hart, uint64_t start, unsigned cause, int after, unsigned outcome, uint64_t pc,
		  uint64_t value)
{
	uint64_t duration = hart_cycles(hart, hart->ns) - hart_cycles(hart, start);
	struct trace_exit exit = { .duration = (uint32_t)duration,
				   .cause = cause,
				   .before = (uint64_t)hart->world,
				   .after = (uint64_t)after,
				   .outcome = outcome,
				   .module = outcome == TRACE_OFFLOADED,
				   .pc = pc,
				   .value = value };
	uint64_t words[1 + TRACE_EXIT_EXT];
	trace_exit_pack(exit, words);
	hart->exits[hart->world][cause & TRACE_CAUSE_INTERRUPT ? 32 + (cause & 0x1f) : cause & 0x1f]++;
	hart->run->facts->exits[hart->index][cause]++;
	hart->world = after;
	hart_record(hart, TRACE_EXIT, hart->run->options.exit_args, words);
	hart->ns += 2 * (HART_ENTRY_NS + HART_LEAVE_NS); /* end of this exit, start of the next */
}

/** The firmware executes a CSR instruction, which hv emulates. */
static void firmware_csr(struct hart *hart)
{
	static const uint32_t words[] = { 0x34011173, 0x34051073, 0x300027f3, 0x30079073, 0x341026f3, 0x34202573,
					  0x34302673, 0x30401073, 0x3a0022f3, 0x3b059073, 0xf1402573, 0x34171073 };
	uint64_t start = hart->ns;
	uint64_t place = hart_random(hart, FIRMWARE_PCS);
	hart->ns += 60 + hart_random(hart, 90);
	leave(hart, start, 2, 0, TRACE_EMULATED, FIRMWARE_TEXT + 4 * place * 97,
	      words[place % (sizeof(words) / sizeof(words[0]))]);
}

static void write_ecall(struct hart *hart, uint64_t eid, uint64_t fid, uint64_t a0)
{
	hart_record_ecall(hart, (struct trace_ecall){ .eid = eid, .fid = fid, .a0 = a0 });
	hart->run->facts->ecalls++;
}

static void set_timer(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 40 + hart_random(hart, 30);
	write_ecall(hart, 0x54494d45, 0, hart->ns / 100 + 40000);
	hart->ns += 20 + hart_random(hart, 10);
	leave(hart, start, 9, 1, TRACE_OFFLOADED, KERNEL_TEXT + 0x7a1c, 0);
}

static void read_time(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 50 + hart_random(hart, 20);
	leave(hart, start, 2, 1, TRACE_OFFLOADED, kernel_pc(hart), 0xc01027f3);
}

static void misaligned(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 150 + hart_random(hart, 60);
	leave(hart, start, 4, 1, TRACE_OFFLOADED, kernel_pc(hart),
	      0xff60000080000001ull + 2 * hart_random(hart, 1 << 24));
}

static void timer_interrupt(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 70 + hart_random(hart, 40);
	leave(hart, start, 135, 1, TRACE_REFLECTED, KERNEL_TEXT + 2 * hart_random(hart, KERNEL_BYTES / 2), 0);
}

/** The payload makes an SBI call that the firmware answers. The firmware executes some CSR instructions, and returns
 * with mret. */
static void forwarded_call(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 300 + hart_random(hart, 100);
	leave(hart, start, 9, 0, TRACE_FORWARDED, KERNEL_TEXT + 0x7a1c, 0);
	for (uint64_t i = 6 + hart_random(hart, 6); i; i--) {
		go_on(hart, 120);
		firmware_csr(hart);
	}
	go_on(hart, 100);
	start = hart->ns;
	hart->ns += 250;
	hart_record_ecall_args(hart, (struct trace_ecall_args){ .a2 = hart->ns, .a3 = 3, .a4 = 4, .a5 = 5 });
	hart_record_ecall_value(hart, (struct trace_ecall_value){ .value = hart_random(hart, 26) });
	write_ecall(hart, 0x4442434e, 2, 'a' + hart_random(hart, 26));
	hart->ns += 20;
	leave(hart, start, 2, 1, TRACE_EMULATED, FIRMWARE_TEXT + 0x3f8, 0x30200073);
}

static void send_ipi(struct hart *hart)
{
	struct run *run = hart->run;
	struct hart *target = &run->harts[hart_random(hart, run->options.harts)];
	uint64_t start = hart->ns;
	hart->ns += 60 + hart_random(hart, 30);
	bool joined = target->ipi_flow != 0;
	if (!joined)
		target->ipi_flow = trace_flow(target->index, target->index * run->options.past_ipis + ++target->ipis);
	if (!joined || target->ipi_ns < hart->ns + 1500)
		target->ipi_ns = hart->ns + 1500; /* it must be received after the last send that joined it */
	hart_record_ipi_send(hart, (struct trace_ipi_send){ .flow = target->ipi_flow, .joined = joined });
	run->facts->sends++;
	hart->ns += 30;
	write_ecall(hart, 0x735049, 0, 1ull << target->index);
	hart->ns += 15;
	leave(hart, start, 9, 1, TRACE_OFFLOADED, KERNEL_TEXT + 0x7a1c, 0);
}

/** The interrupt that another hart sent arrives. One receive ends this interrupt and all interrupts that were joined to
 * it. */
static void receive_ipi(struct hart *hart)
{
	uint64_t start = hart->ns;
	hart->ns += 30 + hart_random(hart, 20);
	hart_record_ipi_recv(hart, (struct trace_ipi_recv){ .flow = hart->ipi_flow });
	hart->ipi_flow = 0;
	hart->run->facts->receives++;
	hart->ns += 40;
	leave(hart, start, 131, 1, TRACE_REFLECTED, kernel_pc(hart), 0);
}

/** The payload asks the firmware to suspend the hart. The firmware executes wfi. hv emulates it, and sleeps until a
 * timer interrupt comes. */
static void sleep_in_firmware(struct hart *hart)
{
	uint64_t start = hart->ns, pc = FIRMWARE_TEXT + 0x1d04;
	hart->ns += 300;
	leave(hart, start, 9, 0, TRACE_FORWARDED, KERNEL_TEXT + 0x7a1c, 0);
	go_on(hart, 200);
	start = hart->ns;
	hart->ns += 80;
	hart_record_wfi_enter(hart, (struct trace_wfi_enter){ .pc = pc });
	uint64_t slept = 20000 + hart_random(hart, 400000);
	hart->ns += slept;
	hart_record_wfi_leave(hart,
			      (struct trace_wfi_leave){ .slept = slept * hart->run->options.cycles_hz / 1000000000 });
	hart_sync(hart);
	hart->run->facts->sleeps++;
	hart->ns += 70;
	leave(hart, start + slept, 2, 0, TRACE_EMULATED, pc, 0x10500073);
	go_on(hart, 200);
	hart_record_interrupt(hart, (struct trace_interrupt){ .cause = 7, .source = TRACE_SOURCE_TIMER });
	start = hart->ns;
	hart->ns += 250;
	write_ecall(hart, 0x48534d, 3, 0);
	hart->ns += 20;
	leave(hart, start, 2, 1, TRACE_EMULATED, FIRMWARE_TEXT + 0x3f8, 0x30200073);
}

/** Writes the record of a PMP entry at @p address. Of four entries, one belongs to the firmware. The others belong to modules,
 * which close some of them to the firmware, and some to the payload. */
static void write_pmp(struct hart *hart, uint64_t address)
{
	uint64_t page = address >> 12;
	struct trace_pmp pmp = { .entry = hart_random(hart, 16), .config = 0x1f, .address = address };
	pmp.module = page / 2 % 4;
	if (pmp.module != TRACE_NO_MODULE) {
		pmp.config = page % 2 ? 0x18 : 0x1b;
		pmp.payload = page % 2 ? 0x1f : 0x18;
	}
	hart_record_pmp(hart, pmp);
}

/** Writes a record that is rare in real runs, without an exit. */
static void rarities(struct hart *hart)
{
	uint64_t value = hart->emitted, address = 0x80000000ull + (hart_random(hart, 1 << 20) << 12);
	switch (hart_random(hart, 4)) {
	case 0:
		write_pmp(hart, address);
		return;
	case 1:
		hart_record_module(hart, (struct trace_module){ .module = 1 + hart_random(hart, 3),
								.event = hart_random(hart, 4),
								.value = value });
		return;
	case 2:
		hart_record_mark(hart, (struct trace_mark){ .id = hart_random(hart, 8), .value = value });
		return;
	default:
		hart_record_counter(hart, (struct trace_counter){ .id = 0x100 + hart_random(hart, 8), .value = value });
	}
}

/** The scenes of the payload. `share` is the percentage of scenes that are this one. */
static const struct {
	unsigned share;
	void (*scene)(struct hart *hart);
} scenes[] = {
	{ 28, set_timer },      { 26, read_time }, { 9, timer_interrupt },   { 4, misaligned },
	{ 20, forwarded_call }, { 8, send_ipi },   { 3, sleep_in_firmware }, { 2, rarities },
};

void hart_scene(struct hart *hart)
{
	if (hart->slots_since_sync > 8000 || hart->ns - hart->last_sync > 100000000)
		hart_sync(hart);
	if (hart->world == 0) { /* the firmware boots */
		go_on(hart, 300);
		firmware_csr(hart);
		if (hart->emitted > 500) {
			go_on(hart, 300);
			hart->ns += 250;
			leave(hart, hart->ns - 250, 2, 1, TRACE_EMULATED, FIRMWARE_TEXT + 0x3f8, 0x30200073);
		}
		return;
	}
	go_on(hart, 6000);
	if (hart->ipi_flow) {
		if (hart->ns < hart->ipi_ns)
			hart->ns = hart->ipi_ns;
		receive_ipi(hart);
		return;
	}
	unsigned which = (unsigned)hart_random(hart, 100), i = 0;
	while (which >= scenes[i].share)
		which -= scenes[i++].share;
	scenes[i].scene(hart);
}
