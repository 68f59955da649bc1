/// What a frame costs on its way out: the image packet, its base64, and the CRC of what came in.
///
/// The comparison is the packet as ESP32 firmware builds it, cJSON's tree and printer with mbedTLS'
/// base64, compiled for this machine; it is left out where those libraries are not installed.
#include <string.h>

#include "benches/report.h"
#include "core/base64.h"
#include "core/crc16.h"
#include "record/image_json.h"

#ifdef IB_HAVE_CJSON
#include <cjson/cJSON.h>
#include <mbedtls/base64.h>
#endif

#define VOSPI_PACKET_BYTES 164
#define ROUNDS 15

static uint16_t pixels[IB_IMAGE_JSON_PX];
static struct ib_frame frame;
static const struct ib_image_metadata metadata = {.camera = "tCam-Mini-87E9",
                                                  .model = 262146,
                                                  .version = "3.2",
                                                  .time = "14:20:54.708",
                                                  .date = "2/4/21"};
static char packet[IB_IMAGE_JSON_BYTES];
static char peer_packet[IB_IMAGE_JSON_BYTES];
static volatile unsigned sink;

static void make_frame(void) {
    uint32_t noise = 1;
    for (unsigned i = 0; i < IB_IMAGE_JSON_PX; i++) {
        noise = noise * 1664525 + 1013904223;
        pixels[i] = (uint16_t)(29515 + i / 160 * 4 + (noise >> 26));
    }
    frame = (struct ib_frame){.width_px = 160,
                              .height_px = 120,
                              .flags = IB_FRAME_TELEMETRY,
                              .pixels = pixels,
                              .capacity_px = IB_IMAGE_JSON_PX};
    for (unsigned i = 0; i < IB_FRAME_TELEMETRY_WORDS; i++)
        frame.telemetry[i] = (uint16_t)(i * 257);
}

/// Seconds of one call: the best of some rounds of many.
static double best_s(void (*call)(void), unsigned calls) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = bench_now_s();
        for (unsigned i = 0; i < calls; i++)
            call();
        double each = (bench_now_s() - start) / calls;
        if (each < best)
            best = each;
    }
    return best;
}

static size_t packet_size;

static void build_packet(void) {
    packet[0] = 0x02;
    int size = ib_image_json_write(packet + 1, sizeof packet - 2, &frame, &metadata);
    if (size < 0)
        abort();
    packet[1 + size] = 0x03;
    packet_size = (size_t)size + 2;
}

#ifdef IB_HAVE_CJSON

static unsigned long mallocs;
static unsigned long malloc_bytes;
static size_t peer_size;

static void *counted_malloc(size_t size) {
    mallocs++;
    malloc_bytes += size;
    return malloc(size);
}

static void add_base64(cJSON *root, const char *key, const void *data, size_t size) {
    size_t room = IB_BASE64_CHARS(size) + 1, written;
    unsigned char *text = counted_malloc(room);
    if (!text || mbedtls_base64_encode(text, room, &written, data, size) != 0)
        abort();
    cJSON_AddStringToObject(root, key, (const char *)text);
    free(text);
}

static void build_peer_packet(void) {
    cJSON *root = cJSON_CreateObject();
    cJSON *about = cJSON_AddObjectToObject(root, "metadata");
    cJSON_AddStringToObject(about, "Camera", metadata.camera);
    cJSON_AddNumberToObject(about, "Model", metadata.model);
    cJSON_AddStringToObject(about, "Version", metadata.version);
    cJSON_AddStringToObject(about, "Time", metadata.time);
    cJSON_AddStringToObject(about, "Date", metadata.date);
    add_base64(root, "radiometric", pixels, sizeof pixels);
    add_base64(root, "telemetry", frame.telemetry, sizeof frame.telemetry);
    peer_packet[0] = 0x02;
    if (!cJSON_PrintPreallocated(root, peer_packet + 1, sizeof peer_packet - 2, 0))
        abort();
    cJSON_Delete(root);
    peer_size = strlen(peer_packet);
    peer_packet[peer_size++] = 0x03;
}

static void bench_packets(void) {
    double ours = best_s(build_packet, 200);
    cJSON_Hooks hooks = {counted_malloc, free};
    cJSON_InitHooks(&hooks);
    memset(peer_packet, 0, sizeof peer_packet);
    build_peer_packet();
    unsigned long peer_mallocs = mallocs, peer_bytes = malloc_bytes;
    if (peer_size != packet_size || memcmp(packet, peer_packet, packet_size) != 0) {
        fprintf(stderr, "bench_packet: the two packets differ\n");
        exit(1);
    }
    double peers = best_s(build_peer_packet, 20);
    bench_report("image packet", ours * 1e6, "us", peers / ours, "cJSON + mbedTLS");
    bench_report("image packet, cJSON + mbedTLS", peers * 1e6, "us", 1, NULL);
    bench_report("image packet, mallocs of cJSON + mbedTLS", (double)peer_mallocs, "mallocs", 1,
                 NULL);
    bench_report("image packet, malloc bytes of the same", (double)peer_bytes, "bytes", 1, NULL);
}

#else

static void bench_packets(void) {
    bench_report("image packet", best_s(build_packet, 200) * 1e6, "us", 1, NULL);
}

#endif

static uint8_t vospi[VOSPI_PACKET_BYTES];

static void crc(void) {
    sink += ib_crc16(0, vospi, sizeof vospi);
}

static void crc_portable(void) {
    sink += ib_crc16_portable(0, vospi, sizeof vospi);
}

static void base64(void) {
    sink += (unsigned)ib_base64_encode(peer_packet, pixels, sizeof pixels);
}

static void base64_portable(void) {
    sink += (unsigned)ib_base64_encode_portable(peer_packet, pixels, sizeof pixels);
}

static struct ib_frame read_back;
static uint16_t read_pixels[IB_IMAGE_JSON_PX];

static void read_packet(void) {
    read_back.pixels = read_pixels;
    read_back.capacity_px = IB_IMAGE_JSON_PX;
    if (ib_image_json_read(packet + 1, packet_size - 2, &read_back, NULL, NULL) < 0)
        abort();
}

int main(void) {
    make_frame();
    build_packet();
    bench_report("image packet size", (double)packet_size, "bytes", 1, NULL);
    bench_packets();
    bench_report("image JSON read", best_s(read_packet, 100) * 1e6, "us", 1, NULL);

    memcpy(vospi, pixels, sizeof vospi);
    double quick = best_s(crc, 100000), tables = best_s(crc_portable, 20000);
    bench_report("CRC-16 of a VoSPI packet", quick * 1e9, "ns", tables / quick, "tables");
    bench_report("CRC-16", sizeof vospi / quick * 1e-9, "GB/s", tables / quick, "tables");

    double text = best_s(base64, 500), plain = best_s(base64_portable, 100);
    bench_report("base64 of an image's pixels", sizeof pixels / text * 1e-9, "GB/s", plain / text,
                 "the portable encoder");
    return 0;
}
