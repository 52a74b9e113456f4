// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Calls hv's functions. hv writes results to a physical address, but the caller's memory may not be physically
 * contiguous. So each call allocates a page, hv writes the result to this page, and the result is copied from the page
 * to the caller's memory. */
#include "monitor.h"

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/string.h>

#include "ecall.h"

#define MODE_SHIFT 56 /* CTRL returns the mask in the bits below this one, and the mode from this bit on */

static int call(unsigned long fid, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		unsigned long *value)
{
	const unsigned long argument[4] = { a0, a1, a2, a3 };
	return ecall(HARTSCOPE_EID, fid, argument, value);
}

int monitor_info(struct hartscope_info *info)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;

	int error = call(HARTSCOPE_INFO, virt_to_phys(page), sizeof(*info), 0, 0, NULL);
	memcpy(info, page, sizeof(*info));
	free_page((unsigned long)page);
	return error;
}

int monitor_control(struct hartscope_control *control)
{
	unsigned long value;
	int error = call(HARTSCOPE_CTRL, control->mask, control->mode, control->which, 0, &value);
	if (error)
		return error;
	control->mask = value & ((1UL << MODE_SHIFT) - 1);
	control->mode = value >> MODE_SHIFT;
	return 0;
}

int monitor_stat(uint64_t hart_id, struct hartscope_stat *stat)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;

	int error = call(HARTSCOPE_STAT, hart_id, virt_to_phys(page), sizeof(*stat), 0, NULL);
	memcpy(stat, page, sizeof(*stat));
	free_page((unsigned long)page);
	return error;
}

int monitor_read(uint64_t hart_id, uint64_t sequence, void *page, struct monitor_slots *slots)
{
	unsigned long bytes;
	int error = call(HARTSCOPE_READ, hart_id, sequence, virt_to_phys(page), HARTSCOPE_READ_BYTES, &bytes);
	if (error)
		return error;

	const struct hartscope_read *header = page;
	if (bytes > HARTSCOPE_READ_BYTES || header->length < sizeof(*header) || header->length > bytes)
		return -EPROTO;
	slots->first = header->first;
	slots->count = (bytes - header->length) / TRACE_SLOT_BYTES;
	slots->bytes = (const uint8_t *)page + header->length;
	/* hv returns only whole records. So if the room left in the page is smaller than the largest record, hv may
	 * have another record. */
	slots->more = slots->count + TRACE_RECORD_SLOTS > MONITOR_READ_SLOTS;
	return 0;
}

int monitor_sync(void)
{
	return call(HARTSCOPE_SYNC, 0, 0, 0, 0, NULL);
}

int monitor_mark(uint64_t id, uint64_t value)
{
	return call(HARTSCOPE_MARK, id, value, 0, 0, NULL);
}
