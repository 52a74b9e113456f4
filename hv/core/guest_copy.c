/* Copies between hv and guest memory, with the rights of the guest that runs (hv/module/api.h has the contracts). Each
 * access is guarded against faults. hv sets mstatus.MPRV for the access, so that the hardware applies the guest's mode, its
 * PMP entries and its translation. For a copy at physical addresses satp is 0, and hv first checks that the address is not
 * in its own memory. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/module/api.h"
#include "hv/virt/machine.h"

/* What is the same for all accesses of one copy. */
struct copy {
	uint64_t status; /* mstatus during an access */
	bool physical;   /* the addresses are physical */
	bool out;        /* to the guest */
};

/* The width of the next access: the largest one for which both addresses are aligned, and that is not longer than what is
 * left. */
static unsigned next_width(uint64_t address, const uint8_t *bytes, size_t left)
{
	uint64_t both = address | (uintptr_t)bytes;
	unsigned width = 8;

	while (width > left || both % width != 0)
		width /= 2;
	return width;
}

static uint64_t take_bytes(const uint8_t *bytes, unsigned width)
{
	uint64_t value = 0;

	if (width == sizeof(value))
		return *(const uint64_t *)bytes;
	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static void put_bytes(uint8_t *bytes, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

static MUST_CHECK enum error copy_piece(const struct copy *copy, uint8_t *bytes, uint64_t address, unsigned width)
{
	uint64_t value;

	if (copy->physical && !(memory_is_guests(address) && memory_is_guests(address + width - 1)))
		return ERROR_DENIED;
	if (copy->out)
		return guarded_store(copy->status, address, width, take_bytes(bytes, width));
	RETURN_IF_ERROR(guarded_load(copy->status, address, width, &value));
	put_bytes(bytes, width, value);
	return ERROR_NONE;
}

/* After the first failure it continues byte by byte, so that the copy ends exactly at the first byte that may not be
 * accessed, and the fault has the address of that byte. */
static MUST_CHECK enum error copy_pieces(const struct copy *copy, uint8_t *bytes, uint64_t address, size_t length)
{
	bool by_bytes = false;

	for (size_t done = 0; done < length;) {
		unsigned width = by_bytes ? 1 : next_width(address + done, bytes + done, length - done);
		enum error error = copy_piece(copy, bytes + done, address + done, width);

		if (error && by_bytes)
			return error;
		by_bytes = by_bytes || error;
		done += error ? 0 : width;
	}
	return ERROR_NONE;
}

/* In both worlds, mstatus.MPP holds the mode of the guest. The view of PMP is that of the world, because in a hook for world
 * switches it may not be in force yet. The firmware's rights are those of its own accesses, not of those under MPRV. */
static MUST_CHECK enum error copy_as_guest(struct vcpu *vcpu, struct copy copy, uint8_t *bytes, uint64_t address,
					   size_t length)
{
	enum pmp_view view = vcpu->pmp.current;
	uint64_t satp = csr_read(CSR_satp);
	enum error error;

	copy.status = csr_read(CSR_mstatus) | MSTATUS_MPRV;
	if (copy.physical) {
		copy.status &= ~MSTATUS_MPV;
		csr_write(CSR_satp, 0);
	}
	pmp_install(vcpu, vcpu->world == WORLD_PAYLOAD ? PMP_VIEW_PAYLOAD : PMP_VIEW_FIRMWARE);
	error = copy_pieces(&copy, bytes, address, length);
	if (error == ERROR_TRAPPED)
		vcpu->fault = (struct fault){ csr_read(CSR_mcause), csr_read(CSR_mtval) };
	pmp_install(vcpu, view);
	if (copy.physical)
		csr_write(CSR_satp, satp);
	return error;
}

enum error guest_copy_in(struct vcpu *vcpu, void *to, uint64_t address, size_t length)
{
	return copy_as_guest(vcpu, (struct copy){ .physical = true }, to, address, length);
}

enum error guest_copy_out(struct vcpu *vcpu, uint64_t address, const void *from, size_t length)
{
	return copy_as_guest(vcpu, (struct copy){ .physical = true, .out = true }, (uint8_t *)(uintptr_t)from, address,
			     length);
}

enum error guest_read(struct vcpu *vcpu, void *to, uint64_t address, size_t length)
{
	return copy_as_guest(vcpu, (struct copy){ .physical = false }, to, address, length);
}

enum error guest_write(struct vcpu *vcpu, uint64_t address, const void *from, size_t length)
{
	return copy_as_guest(vcpu, (struct copy){ .out = true }, (uint8_t *)(uintptr_t)from, address, length);
}
