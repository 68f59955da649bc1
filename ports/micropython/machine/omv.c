/// The modules omv, cpufreq and umalloc: what the board says about itself.
#include <string.h>

#include "openmv/identity.h"
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/runtime.h"

static mp_obj_t text(const char *chars) {
    return mp_obj_new_str(chars, strlen(chars));
}

// ---- omv ----

static mp_obj_t omv_arch(void) {
    return text(IB_IDENTITY_ARCH);
}
static MP_DEFINE_CONST_FUN_OBJ_0(omv_arch_obj, omv_arch);

static mp_obj_t omv_board_type(void) {
    return text(IB_IDENTITY_BOARD);
}
static MP_DEFINE_CONST_FUN_OBJ_0(omv_board_type_obj, omv_board_type);

static mp_obj_t omv_version_string(void) {
    return text(IB_IDENTITY_VERSION);
}
static MP_DEFINE_CONST_FUN_OBJ_0(omv_version_string_obj, omv_version_string);

static mp_obj_t omv_board_id(void) {
    char id[IB_IDENTITY_TEXT_SIZE];
    ib_identity_text(ib_vm_current->id, id);
    return text(id);
}
static MP_DEFINE_CONST_FUN_OBJ_0(omv_board_id_obj, omv_board_id);

/// No IDE is attached: its protocol is not here yet.
static mp_obj_t omv_debug_mode(void) {
    return mp_const_false;
}
static MP_DEFINE_CONST_FUN_OBJ_0(omv_debug_mode_obj, omv_debug_mode);

static const mp_rom_map_elem_t omv_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_omv)},
    {MP_ROM_QSTR(MP_QSTR_version_major), MP_ROM_INT(IB_IDENTITY_MAJOR)},
    {MP_ROM_QSTR(MP_QSTR_version_minor), MP_ROM_INT(IB_IDENTITY_MINOR)},
    {MP_ROM_QSTR(MP_QSTR_version_patch), MP_ROM_INT(IB_IDENTITY_PATCH)},
    {MP_ROM_QSTR(MP_QSTR_version_string), MP_ROM_PTR(&omv_version_string_obj)},
    {MP_ROM_QSTR(MP_QSTR_arch), MP_ROM_PTR(&omv_arch_obj)},
    {MP_ROM_QSTR(MP_QSTR_board_type), MP_ROM_PTR(&omv_board_type_obj)},
    {MP_ROM_QSTR(MP_QSTR_board_id), MP_ROM_PTR(&omv_board_id_obj)},
    {MP_ROM_QSTR(MP_QSTR_debug_mode), MP_ROM_PTR(&omv_debug_mode_obj)},
};
static MP_DEFINE_CONST_DICT(omv_globals, omv_globals_table);
const mp_obj_module_t ib_omv_module = {{&mp_type_module}, (mp_obj_dict_t *)&omv_globals};
MP_REGISTER_MODULE(MP_QSTR_omv, ib_omv_module);

// ---- cpufreq ----

static mp_obj_t cpufreq_supported(void) {
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (unsigned i = 0; i < IB_CPU_SPEEDS; i++)
        mp_obj_list_append(list, MP_OBJ_NEW_SMALL_INT(ib_cpu_mhz[i]));
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(cpufreq_supported_obj, cpufreq_supported);

static mp_obj_t cpufreq_current(void) {
    struct ib_cpu_clocks clocks;
    ib_cpu_clocks(&clocks, ib_vm_current->cpu_mhz);
    mp_obj_t mhz[4] = {
        MP_OBJ_NEW_SMALL_INT(clocks.system_hz / 1000000u),
        MP_OBJ_NEW_SMALL_INT(clocks.hclk_hz / 1000000u),
        MP_OBJ_NEW_SMALL_INT(clocks.pclk1_hz / 1000000u),
        MP_OBJ_NEW_SMALL_INT(clocks.pclk2_hz / 1000000u),
    };
    return mp_obj_new_list(4, mhz);
}
static MP_DEFINE_CONST_FUN_OBJ_0(cpufreq_current_obj, cpufreq_current);

/// Told back by the one above and by machine.freq(); nothing becomes slower.
static mp_obj_t cpufreq_set(mp_obj_t mhz) {
    struct ib_cpu_clocks clocks;
    mp_int_t wanted = mp_obj_get_int(mhz);
    if (wanted < 0 || wanted > UINT16_MAX || ib_cpu_clocks(&clocks, (uint32_t)wanted) < 0)
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("Unsupported frequency!"));
    ib_vm_current->cpu_mhz = (uint16_t)wanted;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cpufreq_set_obj, cpufreq_set);

static const mp_rom_map_elem_t cpufreq_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_cpufreq)},
    {MP_ROM_QSTR(MP_QSTR_get_supported_frequencies), MP_ROM_PTR(&cpufreq_supported_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_current_frequencies), MP_ROM_PTR(&cpufreq_current_obj)},
    {MP_ROM_QSTR(MP_QSTR_set_frequency), MP_ROM_PTR(&cpufreq_set_obj)},
};
static MP_DEFINE_CONST_DICT(cpufreq_globals, cpufreq_globals_table);
const mp_obj_module_t ib_cpufreq_module = {{&mp_type_module}, (mp_obj_dict_t *)&cpufreq_globals};
MP_REGISTER_MODULE(MP_QSTR_cpufreq, ib_cpufreq_module);

// ---- umalloc: the board's second allocator. There is none here, so nothing is ever in it ----

static mp_obj_t umalloc_nothing(void) {
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(umalloc_nothing_obj, umalloc_nothing);

static mp_obj_t umalloc_stats(size_t n_args, const mp_obj_t *args) {
    if (n_args > 0)
        mp_obj_get_int(args[0]);
    mp_obj_t zeros[7];
    for (unsigned i = 0; i < MP_ARRAY_SIZE(zeros); i++)
        zeros[i] = MP_OBJ_NEW_SMALL_INT(0);
    return mp_obj_new_tuple(MP_ARRAY_SIZE(zeros), zeros);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(umalloc_stats_obj, 0, 1, umalloc_stats);

static mp_obj_t umalloc_print_stats(void) {
    mp_print_str(&mp_plat_print, "umalloc: nothing, it is not used here\n");
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(umalloc_print_stats_obj, umalloc_print_stats);

static const mp_rom_map_elem_t umalloc_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_umalloc)},
    {MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&umalloc_nothing_obj)},
    {MP_ROM_QSTR(MP_QSTR_collect), MP_ROM_PTR(&umalloc_nothing_obj)},
    {MP_ROM_QSTR(MP_QSTR_stats), MP_ROM_PTR(&umalloc_stats_obj)},
    {MP_ROM_QSTR(MP_QSTR_print_stats), MP_ROM_PTR(&umalloc_print_stats_obj)},
};
static MP_DEFINE_CONST_DICT(umalloc_globals, umalloc_globals_table);
const mp_obj_module_t ib_umalloc_module = {{&mp_type_module}, (mp_obj_dict_t *)&umalloc_globals};
MP_REGISTER_MODULE(MP_QSTR_umalloc, ib_umalloc_module);
