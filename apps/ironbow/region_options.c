/// See region_options.h.
#include "apps/ironbow/region_options.h"

#include <stdio.h>
#include <string.h>

#include "apps/ironbow/parse.h"
#include "core/status.h"

int ib_app_region_add(struct ib_regions *regions, const struct ib_app_verb *verb,
                      const char *text) {
    struct ib_region region;
    char room[160];
    struct ib_text problem;
    ib_text_init(&problem, room, sizeof room);
    if (ib_region_parse(&region, text, strlen(text), &problem) != IB_OK)
        return ib_app_usage(verb, text, room);
    for (unsigned number = 1; !region.name[0]; number++) {
        snprintf(region.name, sizeof region.name, "r%u", number);
        if (ib_regions_find(regions, region.name, strlen(region.name)) >= 0)
            region.name[0] = '\0';
    }
    switch (ib_regions_add(regions, &region)) {
    case IB_OK:
        return -1;
    case IB_E_BUSY:
        return ib_app_usage(verb, text, "there is a region of that name already");
    default:
        return ib_app_usage(verb, text, "there are too many regions (32)");
    }
}

bool ib_app_object_emissivity(struct ib_object_change *change, const char *text) {
    char number[32];
    double *out = &change->object.emissivity;
    size_t size = strlen(text);
    bool percent = size > 0 && text[size - 1] == '%';
    if (size >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(size - percent), text);
    if (!ib_app_parse_real(number, out))
        return false;
    // 95 is what a tCam is told, 0.95 what is printed in tables.
    if (percent || *out > 1)
        *out /= 100;
    change->mask |= IB_OBJECT_EMISSIVITY;
    return *out >= 0.01 && *out <= 1;
}

bool ib_app_object_reflected(struct ib_object_change *change, enum ib_degrees degrees,
                             const char *text) {
    size_t size = strlen(text);
    change->mask |= IB_OBJECT_REFLECTED;
    return ib_degrees_parse(text, size, degrees, &change->object.reflected_k) == size && size > 0 &&
           ib_temperature_ok(change->object.reflected_k);
}

void ib_app_region_whole(struct ib_regions *regions) {
    struct ib_region region;
    static const char WHOLE[] = "picture=0,0,4095x4095";
    if (regions->count == 0 && ib_region_parse(&region, WHOLE, sizeof WHOLE - 1, NULL) == IB_OK)
        ib_regions_add(regions, &region);
}

void ib_app_object_apply(struct ib_regions *regions, const struct ib_object_change *change) {
    for (unsigned i = 0; i < regions->count; i++) {
        struct ib_object_change *own = &regions->region[i].object;
        for (unsigned field = 0; field < IB_OBJECT_FIELDS; field++) {
            unsigned bit = 1u << field;
            struct ib_object from = change->object;
            if (!(change->mask & bit) || (own->mask & bit))
                continue;
            own->mask |= bit;
            *ib_object_value(&own->object, bit) = *ib_object_value(&from, bit);
        }
    }
}

int ib_app_remeasure(uint16_t *pixels, const struct ib_frame *frame,
                     const struct ib_object_change *change) {
    struct ib_sensor sensor;
    struct ib_correction correction;
    int status = ib_sensor_of_frame(&sensor, frame, NULL);
    if (status != IB_OK)
        return status;
    const struct ib_object object = ib_object_with(&sensor.applied, change);
    status = ib_correction_compile(&correction, &sensor, &object);
    if (status != IB_OK)
        return status;
    // Neighbours are often equal: an exponential a value, not a pixel.
    uint16_t before = 0, made = 0;
    for (size_t i = 0; i < (size_t)frame->width_px * frame->height_px; i++) {
        uint16_t pixel = frame->pixels[i];
        if (i == 0 || pixel != before) {
            int32_t ck = ib_correction_ck(&correction, pixel);
            int32_t value = ck < 0 ? 0 : (ck + frame->scale_ck / 2) / frame->scale_ck;
            bool hot = value > UINT16_MAX || (ck < 0 && pixel > correction.last);
            made = hot ? UINT16_MAX : (uint16_t)value;
        }
        before = pixel;
        pixels[i] = made;
    }
    return IB_OK;
}

const char *ib_app_remeasure_problem(int status) {
    return status == IB_E_NOT_RADIOMETRIC
               ? "this frame holds no temperatures: there is nothing to measure anew"
               : "with that emissivity and reflected temperature nothing can be measured";
}
