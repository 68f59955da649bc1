/// csi.CSI.ioctl(): each request's arguments and answer.
#include <string.h>

#include "core/bytes.h"
#include "ports/micropython/csi/csi_board.h"
#include "ports/micropython/vm_private.h"
#include "py/objarray.h"
#include "py/runtime.h"

/// What a request takes, or answers with.
enum kind {
    NOTHING,
    SWITCH,   ///< a truth value
    SWITCHES, ///< two
    MODE,     ///< one or two
    NUMBER,
    OPTION,      ///< a number that need not be said
    WINDOW,      ///< (w, h) or (x, y, w, h)
    RANGE,       ///< two temperatures
    TEMPERATURE, ///< one
    SET_WORDS,   ///< a number and bytes
    GET_WORDS,   ///< a number and how many words; answered with bytes
    STATISTICS,  ///< four numbers
};

struct row {
    uint16_t request;
    uint8_t in, out; ///< enum kind
};

static const struct row ROWS[] = {
    {IB_CSI_SET_READOUT_WINDOW, WINDOW, NOTHING},
    {IB_CSI_GET_READOUT_WINDOW, NOTHING, WINDOW},
    {IB_CSI_SET_TRIGGERED_MODE, SWITCH, NOTHING},
    {IB_CSI_GET_TRIGGERED_MODE, NOTHING, SWITCH},
    {IB_CSI_SET_FOV_WIDE, SWITCH, NOTHING},
    {IB_CSI_GET_FOV_WIDE, NOTHING, SWITCH},
    {IB_CSI_TRIGGER_AUTO_FOCUS, NOTHING, NOTHING},
    {IB_CSI_PAUSE_AUTO_FOCUS, NOTHING, NOTHING},
    {IB_CSI_RESET_AUTO_FOCUS, NOTHING, NOTHING},
    {IB_CSI_WAIT_ON_AUTO_FOCUS, OPTION, NOTHING},
    {IB_CSI_SET_NIGHT_MODE, SWITCH, NOTHING},
    {IB_CSI_GET_NIGHT_MODE, NOTHING, SWITCH},
    {IB_CSI_LEPTON_GET_WIDTH, NOTHING, NUMBER},
    {IB_CSI_LEPTON_GET_HEIGHT, NOTHING, NUMBER},
    {IB_CSI_LEPTON_GET_RADIOMETRY, NOTHING, NUMBER},
    {IB_CSI_LEPTON_GET_REFRESH, NOTHING, NUMBER},
    {IB_CSI_LEPTON_GET_RESOLUTION, NOTHING, NUMBER},
    {IB_CSI_LEPTON_RUN_COMMAND, NUMBER, NOTHING},
    {IB_CSI_LEPTON_SET_ATTRIBUTE, SET_WORDS, NOTHING},
    {IB_CSI_LEPTON_GET_ATTRIBUTE, GET_WORDS, GET_WORDS},
    {IB_CSI_LEPTON_GET_FPA_TEMP, NOTHING, TEMPERATURE},
    {IB_CSI_LEPTON_GET_AUX_TEMP, NOTHING, TEMPERATURE},
    {IB_CSI_LEPTON_SET_MODE, MODE, NOTHING},
    {IB_CSI_LEPTON_GET_MODE, NOTHING, SWITCHES},
    {IB_CSI_LEPTON_SET_RANGE, RANGE, NOTHING},
    {IB_CSI_LEPTON_GET_RANGE, NOTHING, RANGE},
    {IB_CSI_GET_RGB_STATS, NOTHING, STATISTICS},
};

#define FOCUS_WAIT_MS 5000

static size_t least_arguments(enum kind kind) {
    switch (kind) {
    case SWITCH:
    case MODE:
    case NUMBER:
    case WINDOW:
        return 1;
    case RANGE:
    case SET_WORDS:
    case GET_WORDS:
        return 2;
    default:
        return 0;
    }
}

static int32_t whole(mp_obj_t number) {
    mp_int_t value = mp_obj_get_int(number);
    return value > 0xFFFFFF ? 0xFFFFFF : value < -0xFFFFFF ? -0xFFFFFF : (int32_t)value;
}

static struct ib_rect window_of(mp_obj_t sequence) {
    size_t count;
    mp_obj_t *items;
    mp_obj_get_array(sequence, &count, &items);
    if (count != 2 && count != 4)
        mp_raise_ValueError(MP_ERROR_TEXT("Expected (w, h) or (x, y, w, h) tuple/list."));
    struct ib_rect window = {0, 0, whole(items[count - 2]), whole(items[count - 1])};
    if (count == 4) {
        window.x = whole(items[0]);
        window.y = whole(items[1]);
    }
    return window;
}

static void check_words(size_t count) {
    if (count == 0)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("0 bytes transferred!"));
    if (count > IB_CSI_ATTRIBUTE_WORDS)
        ib_csi_raise(IB_CSI_E_ARGUMENT);
}

/// A command word of the module.
static int32_t command_of(mp_obj_t number) {
    mp_int_t value = mp_obj_get_int(number);
    if (value < 0 || value > UINT16_MAX)
        ib_csi_raise(IB_CSI_E_ARGUMENT);
    return (int32_t)value;
}

/// Words lie in bytes as in the microcontroller's memory: the low byte first. So texts read as texts.
static void put_words(struct ib_csi_ioctl *ioctl, mp_obj_t bytes) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(bytes, &buffer, MP_BUFFER_READ);
    check_words(buffer.len / 2);
    ioctl->word_count = (uint32_t)(buffer.len / 2);
    for (size_t i = 0; i < ioctl->word_count; i++)
        ioctl->words[i] = ib_get_le16((const uint8_t *)buffer.buf + 2 * i);
}

static mp_obj_t words_object(const struct ib_csi_ioctl *ioctl) {
    uint8_t bytes[2 * IB_CSI_ATTRIBUTE_WORDS];
    for (size_t i = 0; i < ioctl->word_count; i++)
        ib_put_le16(bytes + 2 * i, ioctl->words[i]);
    return mp_obj_new_bytearray(2 * ioctl->word_count, bytes);
}

static void put_arguments(struct ib_csi_ioctl *ioctl, enum kind kind, size_t count,
                          const mp_obj_t *args) {
    switch (kind) {
    case SWITCH:
    case MODE:
        ioctl->first = mp_obj_is_true(args[0]);
        ioctl->second = count > 1 && mp_obj_is_true(args[1]);
        break;
    case NUMBER:
        ioctl->number = command_of(args[0]);
        break;
    case OPTION:
        ioctl->number = count > 0 ? whole(args[0]) : FOCUS_WAIT_MS;
        break;
    case WINDOW:
        ioctl->window = window_of(args[0]);
        break;
    case RANGE:
        ioctl->low_c = mp_obj_get_float(args[0]);
        ioctl->high_c = mp_obj_get_float(args[1]);
        break;
    case SET_WORDS:
        ioctl->number = command_of(args[0]);
        put_words(ioctl, args[1]);
        break;
    case GET_WORDS: {
        ioctl->number = command_of(args[0]);
        mp_int_t words = mp_obj_get_int(args[1]);
        check_words(words < 0 ? SIZE_MAX : (size_t)words);
        ioctl->word_count = (uint32_t)words;
        break;
    }
    default:
        break;
    }
}

static mp_obj_t pair(mp_obj_t first, mp_obj_t second) {
    mp_obj_t items[2] = {first, second};
    return mp_obj_new_tuple(2, items);
}

static mp_obj_t answer(const struct ib_csi_ioctl *ioctl, enum kind kind) {
    switch (kind) {
    case SWITCH:
        return mp_obj_new_bool(ioctl->first);
    case SWITCHES:
        return pair(mp_obj_new_bool(ioctl->first), mp_obj_new_bool(ioctl->second));
    case NUMBER:
        return MP_OBJ_NEW_SMALL_INT(ioctl->number);
    case WINDOW: {
        mp_obj_t items[4] = {
            MP_OBJ_NEW_SMALL_INT(ioctl->window.x), MP_OBJ_NEW_SMALL_INT(ioctl->window.y),
            MP_OBJ_NEW_SMALL_INT(ioctl->window.w), MP_OBJ_NEW_SMALL_INT(ioctl->window.h)};
        return mp_obj_new_tuple(4, items);
    }
    case RANGE:
        return pair(mp_obj_new_float(ioctl->low_c), mp_obj_new_float(ioctl->high_c));
    case TEMPERATURE:
        return mp_obj_new_float(ioctl->low_c);
    case GET_WORDS:
        return words_object(ioctl);
    default:
        return mp_const_none;
    }
}

static const struct row *row_of(mp_int_t request) {
    for (size_t i = 0; i < MP_ARRAY_SIZE(ROWS); i++)
        if (ROWS[i].request == request)
            return &ROWS[i];
    return NULL;
}

static mp_obj_t csi_ioctl(size_t n_args, const mp_obj_t *args) {
    struct ib_csi *csi = ib_csi_of(args[0]);
    const struct row *row = row_of(mp_obj_get_int(args[1]));
    if (!row)
        ib_csi_raise(IB_CSI_E_UNSUPPORTED);
    size_t count = n_args - 2;
    if (count < least_arguments(row->in))
        ib_csi_raise(IB_CSI_E_ARGUMENT);
    struct ib_csi_ioctl *ioctl = &csi->ioctl;
    ioctl->request = (enum ib_csi_request)row->request;
    put_arguments(ioctl, row->in, count, args + 2);
    ib_csi_check(ib_csi_ask(csi, ib_vm_now_us()));
    ib_csi_finish(csi);
    return answer(ioctl, row->out);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ib_csi_ioctl_obj, 2, 5, csi_ioctl);
