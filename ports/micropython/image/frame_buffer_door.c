/// Which frame buffer is the main one. See frame_buffer_door.h.
#include "ports/micropython/image/frame_buffer_door.h"

#include <sys/mman.h>

/// As much as the board has for its images; pages that nobody touches cost nothing.
#define OWN_BYTES ((size_t)55 << 20)

static struct ib_openmv_frame_buffer *main_buffer;
static struct ib_openmv_frame_buffer own;
static void (*show_it)(void *context, const struct ib_openmv_image *image);
static void *show_context;

struct ib_openmv_frame_buffer *ib_frame_buffer_main(void) {
    if (main_buffer)
        return main_buffer;
    if (!own.memory) {
        void *memory = mmap(NULL, OWN_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            return NULL;
        ib_openmv_frame_buffer_init(&own, memory, OWN_BYTES);
    }
    return &own;
}

void ib_frame_buffer_set_main(struct ib_openmv_frame_buffer *buffer) {
    main_buffer = buffer;
}

void ib_frame_buffer_show(const struct ib_openmv_image *image) {
    if (show_it)
        show_it(show_context, image);
}

void ib_frame_buffer_on_show(void (*show)(void *context, const struct ib_openmv_image *image),
                             void *context) {
    show_it = show;
    show_context = context;
}

void ib_frame_buffer_release(void) {
    if (own.memory)
        munmap(own.memory, OWN_BYTES);
    own = (struct ib_openmv_frame_buffer){0};
}
