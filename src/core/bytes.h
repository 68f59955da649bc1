/// Byte order: how wire data becomes numbers. No buffer is ever cast to a struct.
#ifndef IB_CORE_BYTES_H
#define IB_CORE_BYTES_H

#include <stdint.h>

static inline uint16_t ib_get_be16(const uint8_t *p) {
    return (uint16_t)((p[0] << 8) | p[1]);
}

static inline uint32_t ib_get_be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint16_t ib_get_le16(const uint8_t *p) {
    return (uint16_t)((p[1] << 8) | p[0]);
}

static inline uint32_t ib_get_le32(const uint8_t *p) {
    return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static inline uint64_t ib_get_le64(const uint8_t *p) {
    return (uint64_t)ib_get_le32(p) | ((uint64_t)ib_get_le32(p + 4) << 32);
}

static inline void ib_put_be16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void ib_put_be32(uint8_t *p, uint32_t v) {
    ib_put_be16(p, (uint16_t)(v >> 16));
    ib_put_be16(p + 2, (uint16_t)v);
}

static inline void ib_put_le16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void ib_put_le32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static inline void ib_put_le64(uint8_t *p, uint64_t v) {
    ib_put_le32(p, (uint32_t)v);
    ib_put_le32(p + 4, (uint32_t)(v >> 32));
}

/// Two CCI or telemetry words as one number: the LOW word comes first (Lepton IDD rev 100, 2.1.2).
static inline uint32_t ib_words_to_u32(const uint16_t *w) {
    return (uint32_t)w[0] | ((uint32_t)w[1] << 16);
}

static inline void ib_u32_to_words(uint16_t *w, uint32_t v) {
    w[0] = (uint16_t)v;
    w[1] = (uint16_t)(v >> 16);
}

#endif
