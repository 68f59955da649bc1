#include "openmv/csi_size.h"

static const int16_t SIZES[IB_CSI_SIZES][2] = {
    {0, 0},       {0, 0},                                 // none, CUSTOM
    {88, 72},     {176, 144},   {352, 288},               // QQCIF, QCIF, CIF
    {88, 60},     {176, 120},   {352, 240},               // QQSIF, QSIF, SIF
    {40, 30},     {80, 60},     {160, 120},   {320, 240}, // QQQQVGA … QVGA
    {640, 480},                                           // VGA
    {30, 20},     {60, 40},     {120, 80},    {240, 160}, // HQQQQVGA … HQVGA
    {480, 320},                                           // HVGA
    {64, 32},     {64, 64},     {128, 64},    {128, 128}, // B64X32 … B128X128
    {160, 160},   {320, 320},                             // B160X160, B320X320
    {128, 160},   {128, 160},                             // LCD, QQVGA2
    {720, 480},   {752, 480},                             // WVGA, WVGA2
    {800, 600},   {1024, 768},  {1280, 768},              // SVGA, XGA, WXGA
    {1280, 1024}, {1280, 960},  {1600, 1200},             // SXGA, SXGAM, UXGA
    {1280, 720},  {1920, 1080}, {2560, 1440},             // HD, FHD, QHD
    {2048, 1536}, {2560, 1600}, {2592, 1944},             // QXGA, WQXGA, WQXGA2
};

bool ib_csi_size_find(int number, int32_t *width_px, int32_t *height_px) {
    if (number <= IB_CSI_SIZE_CUSTOM || number >= IB_CSI_SIZES)
        return false;
    *width_px = SIZES[number][0];
    *height_px = SIZES[number][1];
    return true;
}
