/// The module csi: its class, and the numbers that scripts know.
#include "openmv/image.h"
#include "ports/micropython/csi/csi_board.h"
#include "ports/micropython/vm_private.h"
#include "py/runtime.h"

static mp_obj_t csi_devices(void) {
    uint32_t ids[IB_CSI_SENSORS];
    size_t count;
    uint64_t due_us;
    while (ib_csi_devices(ib_csi_the_board(), ib_vm_now_us(), &due_us, ids, &count) == 0)
        ib_vm_pause_until(due_us);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < count; i++)
        mp_obj_list_append(list, MP_OBJ_NEW_SMALL_INT(ids[i]));
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(csi_devices_obj, csi_devices);

#define NUMBER(name, value)                                                                        \
    { MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_INT(value) }
#define IOCTL(name) NUMBER(IOCTL_##name, IB_CSI_##name)

static const mp_rom_map_elem_t csi_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_csi)},
    {MP_ROM_QSTR(MP_QSTR_CSI), MP_ROM_PTR(&ib_csi_type)},
    {MP_ROM_QSTR(MP_QSTR_devices), MP_ROM_PTR(&csi_devices_obj)},

    NUMBER(BINARY, IB_PIXFORMAT_BINARY),
    NUMBER(GRAYSCALE, IB_PIXFORMAT_GRAYSCALE),
    NUMBER(RGB565, IB_PIXFORMAT_RGB565),
    NUMBER(BAYER, IB_PIXFORMAT_BAYER),
    NUMBER(YUV422, IB_PIXFORMAT_YUV422),
    NUMBER(JPEG, IB_PIXFORMAT_JPEG),
    NUMBER(PNG, IB_PIXFORMAT_PNG),

    NUMBER(QCIF, 3),
    NUMBER(CIF, 4),
    NUMBER(QSIF, 6),
    NUMBER(SIF, 7),
    NUMBER(QQQVGA, 9),
    NUMBER(QQVGA, 10),
    NUMBER(QVGA, 11),
    NUMBER(VGA, 12),
    NUMBER(HQVGA, 16),
    NUMBER(HVGA, 17),
    NUMBER(WVGA, 26),
    NUMBER(WVGA2, 27),
    NUMBER(SVGA, 28),
    NUMBER(XGA, 29),
    NUMBER(WXGA, 30),
    NUMBER(SXGA, 31),
    NUMBER(SXGAM, 32),
    NUMBER(UXGA, 33),
    NUMBER(HD, 34),
    NUMBER(FHD, 35),
    NUMBER(QHD, 36),
    NUMBER(QXGA, 37),
    NUMBER(WQXGA, 38),
    NUMBER(WQXGA2, 39),

    NUMBER(OV2640, 0x26),
    NUMBER(OV5640, IB_CSI_OV5640),
    NUMBER(OV7670, 0x76),
    NUMBER(OV7690, 0x76),
    NUMBER(OV7725, 0x77),
    NUMBER(OV9650, 0x96),
    NUMBER(MT9V022, 0x1313),
    NUMBER(MT9V024, 0x1324),
    NUMBER(MT9V032, 0x1313),
    NUMBER(MT9V034, 0x1324),
    NUMBER(MT9M114, 0x2481),
    NUMBER(BOSON320, 0xAE32),
    NUMBER(BOSON640, 0xAE64),
    NUMBER(LEPTON, IB_CSI_LEPTON),
    NUMBER(HM01B0, 0xB0),
    NUMBER(HM0360, 0x60),
    NUMBER(GC2145, 0x21),
    NUMBER(GENX320ES, 0x30501C01),
    NUMBER(GENX320, 0xB0602003),
    NUMBER(PAG7920, 0x7920),
    NUMBER(PAG7936, 0x7936),
    NUMBER(PAJ6100, 0x6100),
    NUMBER(FROGEYE2020, 0x2020),
    NUMBER(SOFTCSI, IB_CSI_SOFT),

    NUMBER(NORMAL, 0),
    NUMBER(NEGATIVE, 1),

    IOCTL(SET_READOUT_WINDOW),
    IOCTL(GET_READOUT_WINDOW),
    IOCTL(SET_TRIGGERED_MODE),
    IOCTL(GET_TRIGGERED_MODE),
    IOCTL(SET_FOV_WIDE),
    IOCTL(GET_FOV_WIDE),
    IOCTL(TRIGGER_AUTO_FOCUS),
    IOCTL(PAUSE_AUTO_FOCUS),
    IOCTL(RESET_AUTO_FOCUS),
    IOCTL(WAIT_ON_AUTO_FOCUS),
    IOCTL(SET_NIGHT_MODE),
    IOCTL(GET_NIGHT_MODE),
    IOCTL(LEPTON_GET_WIDTH),
    IOCTL(LEPTON_GET_HEIGHT),
    IOCTL(LEPTON_GET_RADIOMETRY),
    IOCTL(LEPTON_GET_REFRESH),
    IOCTL(LEPTON_GET_RESOLUTION),
    IOCTL(LEPTON_RUN_COMMAND),
    IOCTL(LEPTON_SET_ATTRIBUTE),
    IOCTL(LEPTON_GET_ATTRIBUTE),
    IOCTL(LEPTON_GET_FPA_TEMP),
    IOCTL(LEPTON_GET_AUX_TEMP),
    IOCTL(LEPTON_SET_MODE),
    IOCTL(LEPTON_GET_MODE),
    IOCTL(LEPTON_SET_RANGE),
    IOCTL(LEPTON_GET_RANGE),
    IOCTL(GET_RGB_STATS),
};
static MP_DEFINE_CONST_DICT(csi_globals, csi_table);

const mp_obj_module_t ib_csi_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&csi_globals,
};
MP_REGISTER_MODULE(MP_QSTR_csi, ib_csi_module);
