/// SHA-256, one block of 64 bytes at a time. See sha256.h. Source: FIPS 180-4, sections 4 to 6.
#include "core/sha256.h"

#include <string.h>

#include "core/bytes.h"

#define BLOCK_BYTES 64u
#define LENGTH_AT 56u ///< in the last block: the message's length in bits, big-endian

/// Fractional parts of the cube roots of the first 64 primes (section 4.2.2).
static const uint32_t constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

/// Fractional parts of the square roots of the first 8 primes (section 5.3.3).
static const uint32_t first[8] = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};

static uint32_t turn(uint32_t x, unsigned bits) {
    return x >> bits | x << (32 - bits);
}

static void take_block(struct ib_sha256 *self, const uint8_t *block) {
    uint32_t w[16]; // the schedule's last 16 words, in a ring
    uint32_t a = self->state[0], b = self->state[1], c = self->state[2], d = self->state[3];
    uint32_t e = self->state[4], f = self->state[5], g = self->state[6], h = self->state[7];
    for (unsigned t = 0; t < 64; t++) {
        uint32_t word;
        if (t < 16) {
            word = ib_get_be32(block + 4 * (size_t)t);
        } else {
            uint32_t w2 = w[(t - 2) % 16], w15 = w[(t - 15) % 16];
            word = w[t % 16] + w[(t - 7) % 16] + (turn(w2, 17) ^ turn(w2, 19) ^ w2 >> 10) +
                   (turn(w15, 7) ^ turn(w15, 18) ^ w15 >> 3);
        }
        w[t % 16] = word;
        uint32_t t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) +
                      constants[t] + word;
        uint32_t t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    self->state[0] += a;
    self->state[1] += b;
    self->state[2] += c;
    self->state[3] += d;
    self->state[4] += e;
    self->state[5] += f;
    self->state[6] += g;
    self->state[7] += h;
}

void ib_sha256_init(struct ib_sha256 *self) {
    memcpy(self->state, first, sizeof first);
    self->size_bytes = 0;
}

void ib_sha256_feed(struct ib_sha256 *self, const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    size_t held = (size_t)(self->size_bytes % BLOCK_BYTES);
    self->size_bytes += size;
    if (held > 0) {
        size_t count = size < BLOCK_BYTES - held ? size : BLOCK_BYTES - held;
        memcpy(self->block + held, p, count);
        if (held + count < BLOCK_BYTES)
            return;
        take_block(self, self->block);
        p += count;
        size -= count;
    }
    for (; size >= BLOCK_BYTES; p += BLOCK_BYTES, size -= BLOCK_BYTES)
        take_block(self, p);
    if (size > 0)
        memcpy(self->block, p, size);
}

void ib_sha256_finish(struct ib_sha256 *self, uint8_t out[IB_SHA256_BYTES]) {
    uint64_t size_bits = self->size_bytes * 8;
    size_t held = (size_t)(self->size_bytes % BLOCK_BYTES);
    self->block[held++] = 0x80;
    if (held > LENGTH_AT) {
        memset(self->block + held, 0, BLOCK_BYTES - held);
        take_block(self, self->block);
        held = 0;
    }
    memset(self->block + held, 0, LENGTH_AT - held);
    for (size_t i = 0; i < 8; i++)
        self->block[LENGTH_AT + i] = (uint8_t)(size_bits >> (56 - 8 * i));
    take_block(self, self->block);
    for (size_t i = 0; i < IB_SHA256_BYTES; i++)
        out[i] = (uint8_t)(self->state[i / 4] >> (24 - 8 * (i % 4)));
}
