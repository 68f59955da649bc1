/// One script in place of main.py and the prompt: what `ironbow script` and tests run.
///
/// Its folder is at /remote and first in sys.path; the working directory is /flash or /sdcard, as for
/// main.py. What it prints and its tracebacks go to two places that the program names. How it ended is
/// kept for whoever started it.
#include <stdio.h>
#include <string.h>

#include "extmod/vfs.h"
#include "ports/micropython/remote.h"
#include "ports/micropython/vm_private.h"
#include "py/compile.h"
#include "py/mphal.h"
#include "py/objexcept.h"
#include "py/objlist.h"
#include "py/runtime.h"

void ib_vm_script_ends(struct ib_vm *self, enum ib_vm_ending how, int exit_code) {
    atomic_store(&self->exit_code, exit_code);
    atomic_store(&self->ending, how);
}

static void print_error(void *vm, const char *text, size_t size) {
    struct ib_vm *self = vm;
    self->script->print(self->context, text, size, true);
}

// ---- what it finds ----

static void mount_folder(struct ib_vm *self) {
    const struct ib_vm_script *script = self->script;
    if (!script->folder)
        return;
    mp_obj_t args[2] = {ib_vm_remote_new(script->folder), MP_OBJ_NEW_QSTR(MP_QSTR__slash_remote)};
    mp_vfs_mount(2, args, (mp_map_t *)(uintptr_t)&mp_const_empty_map);
    // "" is first, as everywhere.
    mp_obj_t insert[4];
    mp_load_method(mp_sys_path, MP_QSTR_insert, insert);
    insert[2] = MP_OBJ_NEW_SMALL_INT(1);
    insert[3] = MP_OBJ_NEW_QSTR(MP_QSTR__slash_remote);
    mp_call_method_n_kw(2, 0, insert);
}

static void fill_arguments(const struct ib_vm_script *script) {
    mp_obj_list_append(mp_sys_argv, mp_obj_new_str(script->name, strlen(script->name)));
    for (size_t i = 0; i < script->argument_count; i++)
        mp_obj_list_append(mp_sys_argv,
                           mp_obj_new_str(script->arguments[i], strlen(script->arguments[i])));
}

// ---- how it ends ----

static bool is_a(mp_obj_t exception, const mp_obj_type_t *type) {
    return mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(exception)),
                                   MP_OBJ_FROM_PTR(type));
}

/// sys.exit(): nothing and None are 0, a number is itself, anything else is said and counts as 1.
static int exit_code_of(const mp_print_t *errors, mp_obj_t exception) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0)
        return 1;
    int code = 1;
    mp_obj_t value = mp_obj_exception_get_value(exception);
    if (value == mp_const_none) {
        code = 0;
    } else if (mp_obj_is_int(value)) {
        code = (int)(mp_obj_get_int_truncated(value) & 0xFF);
    } else {
        mp_obj_print_helper(errors, value, PRINT_STR);
        mp_print_str(errors, "\n");
    }
    nlr_pop();
    return code;
}

static void ended_by(struct ib_vm *self, mp_obj_t exception) {
    const mp_print_t errors = {.data = self, .print_strn = print_error};
    if (is_a(exception, &mp_type_SystemExit)) {
        ib_vm_script_ends(self, IB_VM_ENDING_DONE, exit_code_of(&errors, exception));
        return;
    }
    ib_vm_script_ends(self,
                      is_a(exception, &mp_type_KeyboardInterrupt) ? IB_VM_ENDING_INTERRUPT
                                                                  : IB_VM_ENDING_EXCEPTION,
                      1);
    mp_obj_print_exception(&errors, exception);
}

// ---- running ----

static void execute(mp_lexer_t *lexer, const char *file) {
    qstr name = lexer->source_name;
    if (file)
        mp_store_global(MP_QSTR___file__, mp_obj_new_str(file, strlen(file)));
    mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
    mp_obj_t function = mp_compile(&tree, name, false);
    mp_hal_set_interrupt_char(CHAR_CTRL_C);
    mp_call_function_0(function);
    mp_hal_set_interrupt_char(-1);
    mp_handle_pending(true);
}

/// In the folder it has another name than in tracebacks.
static const char *file_of(const struct ib_vm_script *script, char *out, size_t size) {
    const char *slash = strrchr(script->name, '/');
    if (!script->folder)
        return script->name;
    snprintf(out, size, "/remote/%s", slash ? slash + 1 : script->name);
    return out;
}

static void execute_script(struct ib_vm *self) {
    const struct ib_vm_script *script = self->script;
    char file[300];
    mount_folder(self);
    fill_arguments(script);
    execute(mp_lexer_new_from_str_len(qstr_from_str(script->name), script->text, script->size, 0),
            file_of(script, file, sizeof file));
}

bool ib_vm_script_run(struct ib_vm *self) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        execute_script(self);
        nlr_pop();
        ib_vm_script_ends(self, IB_VM_ENDING_DONE, 0);
        return true;
    }
    mp_hal_set_interrupt_char(-1);
    mp_handle_pending(false);
    ended_by(self, MP_OBJ_FROM_PTR(nlr.ret_val));
    return false;
}

bool ib_vm_script_boot(struct ib_vm *self, const char *path) {
    nlr_buf_t nlr;
    if (mp_import_stat(path) != MP_IMPORT_STAT_FILE)
        return true;
    if (nlr_push(&nlr) == 0) {
        execute(mp_lexer_new_from_file(qstr_from_str(path)), NULL);
        nlr_pop();
        return true;
    }
    mp_hal_set_interrupt_char(-1);
    mp_handle_pending(false);
    ended_by(self, MP_OBJ_FROM_PTR(nlr.ret_val));
    return false;
}
