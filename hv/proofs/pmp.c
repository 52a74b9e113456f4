/* hv/virt/pmp.c for proofs. CBMC would treat each store to a view as a store to any byte of struct vcpu if it did not know
 * which view it is. So pmp_install calls the function of pmp.c with a constant. */
#define pmp_install pmp_install_view
#include "hv/virt/pmp.c"
#undef pmp_install

void pmp_install(struct vcpu *vcpu, enum pmp_view view)
{
	if (view == PMP_VIEW_FIRMWARE)
		pmp_install_view(vcpu, PMP_VIEW_FIRMWARE);
	else if (view == PMP_VIEW_MPRV)
		pmp_install_view(vcpu, PMP_VIEW_MPRV);
	else
		pmp_install_view(vcpu, PMP_VIEW_PAYLOAD);
}
