/// Memory for @micropython.native and @micropython.viper: pages that may be executed, given back when a
/// life ends.
#include <sys/mman.h>
#include <unistd.h>

#include "ports/micropython/vm_private.h"
#include "py/gc.h"

#if MICROPY_EMIT_NATIVE

struct pages {
    struct pages *next;
    size_t size;
    max_align_t code[];
};

static struct pages *all;

void ib_vm_code_alloc(size_t size, void **out, size_t *out_size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (sizeof(struct pages) + size + page - 1) / page * page;
    struct pages *pages =
        mmap(NULL, whole, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *out = NULL;
    *out_size = 0;
    if (pages == MAP_FAILED)
        return;
    *pages = (struct pages){.next = all, .size = whole};
    all = pages;
    *out = pages->code;
    *out_size = whole - sizeof *pages;
}

/// Only ever the last one: the compiler gives back what an error left.
void ib_vm_code_free(void *code, size_t size) {
    (void)size;
    for (struct pages **place = &all; *place; place = &(*place)->next) {
        struct pages *pages = *place;
        if ((void *)pages->code != code)
            continue;
        *place = pages->next;
        munmap(pages, pages->size);
        return;
    }
}

/// Literals in machine code are pointers that the collector must find.
void ib_vm_code_mark(void) {
    for (struct pages *pages = all; pages; pages = pages->next)
        gc_collect_root((void **)pages->code, (pages->size - sizeof *pages) / sizeof(void *));
}

bool ib_vm_code_has(const void *place) {
    for (const struct pages *pages = all; pages; pages = pages->next)
        if ((const char *)place >= (const char *)pages &&
            (const char *)place < (const char *)pages + pages->size)
            return true;
    return false;
}

void ib_vm_code_release(void) {
    while (all)
        ib_vm_code_free(all->code, 0);
}

#else

void ib_vm_code_mark(void) {
}

bool ib_vm_code_has(const void *place) {
    (void)place;
    return false;
}

void ib_vm_code_release(void) {
}

#endif
