#include "ports/micropython/csi/csi_board.h"

#include <string.h>
#include <sys/mman.h>

#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/vm_private.h"
#include "py/runtime.h"

/// Address space, not memory: pages come when pictures do. A frame buffer stays where it is whatever its
/// size, so an image that a script still holds can never point beyond it.
#define FRAME_BYTES (IB_CSI_POOL_BYTES + (1u << 20))
#define WORK_BYTES ((size_t)32 << 20)
#define ALL_BYTES (IB_CSI_SENSORS * FRAME_BYTES + WORK_BYTES)

#define ANSWER_LOOKS 150
#define ANSWER_LOOK_US 20000

static struct ib_csi_board board;
static struct ib_clock drivers_clock;
static uint8_t *memory; ///< NULL: the board is not set up
static size_t streamed; ///< the sensor whose pictures the preview shows

MP_REGISTER_ROOT_POINTER(mp_obj_t csi_callbacks[6]); // sensors times IB_CSI_CALLBACKS

static mp_obj_t *callbacks_of(const struct ib_csi *csi) {
    return &MP_STATE_VM(csi_callbacks)[ib_csi_index(csi) * IB_CSI_CALLBACKS];
}

size_t ib_csi_index(const struct ib_csi *csi) {
    return (size_t)(csi - board.sensors);
}

struct ib_csi_board *ib_csi_the_board(void) {
    if (memory)
        return &board;
    uint8_t *all = mmap(NULL, ALL_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        m_malloc_fail(ALL_BYTES);
    memory = all;
    drivers_clock = ib_vm_clock();
    struct ib_csi_board_config config = {
        .hands = ib_vm_current->hands,
        .clock = &drivers_clock,
        .work = memory + IB_CSI_SENSORS * FRAME_BYTES,
        .work_bytes = WORK_BYTES,
    };
    for (size_t i = 0; i < IB_CSI_SENSORS; i++)
        config.frame_memory[i] = memory + i * FRAME_BYTES;
    ib_csi_board_init(&board, &config);
    ib_frame_buffer_set_main(&board.sensors[0].frame_buffer);
    return &board;
}

void ib_csi_stream(const struct ib_csi *csi) {
    streamed = ib_csi_index(csi);
}

bool ib_csi_streams(const struct ib_csi *csi) {
    return streamed == ib_csi_index(csi);
}

void ib_csi_life_ends(void) {
    streamed = 0;
    memset(MP_STATE_VM(csi_callbacks), 0, sizeof MP_STATE_VM(csi_callbacks));
    if (!memory)
        return;
    ib_csi_board_forget(&board);
    (void)madvise(memory, ALL_BYTES, MADV_DONTNEED);
}

void ib_csi_engine_ends(void) {
    if (!memory)
        return;
    // The Lepton's owner may still be at what a script asked: it has the memory until it has answered.
    for (unsigned i = 0; i < ANSWER_LOOKS && !ib_csi_board_idle(&board); i++)
        ib_vm_sleep_until(ib_vm_now_us() + ANSWER_LOOK_US);
    ib_frame_buffer_set_main(NULL);
    (void)munmap(memory, ALL_BYTES);
    memory = NULL;
}

// ---- waiting ----

void ib_csi_raise(int error) {
    mp_raise_msg_varg(&mp_type_RuntimeError, MP_ERROR_TEXT("%s"), ib_csi_error_text(error));
}

int ib_csi_check(int status) {
    if (status < 0)
        ib_csi_raise(status);
    return status;
}

/// frame_callback() has no argument, a scheduled function always has one.
static mp_obj_t call_plain(mp_obj_t callback) {
    return mp_call_function_0(callback);
}
static MP_DEFINE_CONST_FUN_OBJ_1(call_plain_obj, call_plain);

/// A frame has come. Both edges of its VSYNC are past by then.
static void tell(const struct ib_csi *csi) {
    const mp_obj_t *callbacks = callbacks_of(csi);
    mp_obj_t vsync = callbacks[IB_CSI_VSYNC_CALLBACK], frame = callbacks[IB_CSI_FRAME_CALLBACK];
    if (vsync != MP_OBJ_NULL) {
        mp_sched_schedule(vsync, MP_OBJ_NEW_SMALL_INT(1));
        mp_sched_schedule(vsync, MP_OBJ_NEW_SMALL_INT(0));
    }
    if (frame != MP_OBJ_NULL)
        mp_sched_schedule(MP_OBJ_FROM_PTR(&call_plain_obj), frame);
}

void ib_csi_finish(struct ib_csi *csi) {
    for (;;) {
        uint64_t due_us;
        uint32_t pictures = csi->pictures;
        int status = ib_csi_step(csi, ib_vm_now_us(), &due_us);
        if (csi->pictures != pictures)
            tell(csi);
        ib_csi_check(status);
        if (status > 0)
            return;
        ib_vm_pause_until(due_us);
    }
}

void ib_csi_set_callback(const struct ib_csi *csi, unsigned which, mp_obj_t callback) {
    callbacks_of(csi)[which] = callback == mp_const_none ? MP_OBJ_NULL : callback;
}

mp_obj_t ib_csi_callback(const struct ib_csi *csi, unsigned which) {
    mp_obj_t callback = callbacks_of(csi)[which];
    return callback == MP_OBJ_NULL ? mp_const_none : callback;
}
