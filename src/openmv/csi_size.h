/// Frame sizes by the numbers and names that scripts use.
///
/// Source: OpenMV firmware 5.0, its list of resolutions.
#ifndef IB_OPENMV_CSI_SIZE_H
#define IB_OPENMV_CSI_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CSI_SIZE_NONE 0
#define IB_CSI_SIZE_CUSTOM 1 ///< whatever a script says
#define IB_CSI_SIZES 40      ///< numbers are 1..39

/// Return: false when there is none of that number, or it is CUSTOM.
bool ib_csi_size_find(int number, int32_t *width_px, int32_t *height_px);

#ifdef __cplusplus
}
#endif

#endif
