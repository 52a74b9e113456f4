/* What the calling hart has, for modules.
 * Called by modules through hv/module/api.h. Must not know what hv shows to guests: hv hides H and Zkr from them. */
#ifndef HV_ARCH_FEATURE_H
#define HV_ARCH_FEATURE_H

#include <stdbool.h>

/** Extensions of the hart. MACHINE_V means that there are vector registers, also those of the embedded vector extensions
 * (Zve*). */
enum machine_feature {
	MACHINE_C = 1,
	MACHINE_D = 2,
	MACHINE_F = 4,
	MACHINE_H = 8,
	MACHINE_V = 16,
	MACHINE_SSTC = 32,
	MACHINE_ZKR = 64,
};

/** Whether the calling hart has all extensions of @p features, which is a sum of enum machine_feature. The answer does not
 * change; a module that needs it often asks in its hook init, because an answer may take more than 100 instructions. */
bool machine_has(unsigned features);

#endif
