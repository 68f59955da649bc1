/// Fuzz: regions and alarms as text, and a measurement with whatever they say. What is accepted
/// reads back as itself; what is refused says why.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "measure/alarm.h"
#include "measure/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define W 40
#define H 30

static void require(bool condition) {
    if (!condition)
        abort();
}

static void measure(struct ib_region *region) {
    static uint16_t pixels[W * H];
    struct ib_regions regions;
    struct ib_frame frame = {
        .width_px = W, .height_px = H, .pixels = pixels, .unit = IB_UNIT_KELVIN, .scale_ck = 1};
    for (uint32_t i = 0; i < W * H; i++)
        pixels[i] = (uint16_t)(i * 2654435761u >> 16);
    if (!region->name[0])
        strcpy(region->name, "r");
    ib_regions_init(&regions);
    require(ib_regions_add(&regions, region) == IB_OK);
    require(ib_regions_measure(&regions, &frame, NULL) == IB_OK);
    const struct ib_reading *reading = &regions.reading[0];
    require(reading->count_px <= W * H && reading->impossible_px <= reading->count_px);
    if (reading->count_px == reading->impossible_px)
        return;
    const double *value = reading->value;
    require(value[IB_STAT_MIN] >= IB_TEMPERATURE_LEAST_K &&
            value[IB_STAT_MAX] <= IB_TEMPERATURE_MOST_K);
    require(value[IB_STAT_MIN] <= value[IB_STAT_MEDIAN] &&
            value[IB_STAT_MEDIAN] <= value[IB_STAT_MAX]);
}

static void try_region(const char *text, size_t size) {
    struct ib_region region, again;
    char problem[160], printed[IB_REGION_TEXT_BYTES];
    struct ib_text room;
    ib_text_init(&room, problem, sizeof problem);
    if (ib_region_parse(&region, text, size, &room) != IB_OK) {
        require(problem[0] != '\0' && !room.cut);
        return;
    }
    require(ib_region_ok(&region));
    ib_text_init(&room, printed, sizeof printed);
    ib_region_print(&room, &region, true);
    require(!room.cut && ib_region_parse(&again, printed, room.size, NULL) == IB_OK);
    require(again.shape == region.shape && again.object.mask == region.object.mask &&
            memcmp(again.points, region.points, sizeof again.points) == 0);
    measure(&region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct ib_alarm_rule rule;
    char problem[160], printed[IB_ALARM_TEXT_BYTES];
    struct ib_text room;
    try_region(text, size);
    ib_text_init(&room, problem, sizeof problem);
    if (ib_alarm_parse(&rule, text, size, IB_DEGREES_C, &room) != IB_OK) {
        require(problem[0] != '\0' && !room.cut);
        return 0;
    }
    ib_text_init(&room, printed, sizeof printed);
    ib_alarm_print(&room, &rule, true);
    require(!room.cut);
    return 0;
}
