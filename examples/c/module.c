// The collector `vfs_caches`: names and inodes of files in the kernel's caches.
//
// It depends on the contract only: it reads files with stdio, and wit-bindgen generates
// `collector.h` from the WIT.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

#define DENTRIES "/proc/sys/fs/dentry-state"
#define INODES "/proc/sys/fs/inode-nr"

// The host frees the result of `describe`: all of it must come from malloc.
void exports_collector_describe(collector_descriptor_t *ret) {
    memset(ret, 0, sizeof *ret);
    collector_string_dup(&ret->name, "vfs_caches");
    collector_string_dup(&ret->about, "Shows the caches of file names and inodes.");
    collector_string_dup(&ret->version, "0.1.0");
    ret->enabled_by_default = true;
    ret->reads.len = 2;
    ret->reads.ptr = calloc(ret->reads.len, sizeof *ret->reads.ptr);
    collector_string_dup(&ret->reads.ptr[0], DENTRIES);
    collector_string_dup(&ret->reads.ptr[1], INODES);
}

bool exports_collector_configure(collector_list_setting_t *settings, collector_string_t *err) {
    (void)err;
    collector_list_setting_free(settings);
    return true;
}

// Reads decimal numbers from the beginning of a file. On failure, `err` has the reason.
static bool read_numbers(const char *path, size_t count, double numbers[], collector_collect_error_t *err) {
    char message[256];
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(message, sizeof message, "%s: %s", path, strerror(errno));
    } else {
        size_t read = 0;
        for (unsigned long long number; read < count && fscanf(file, "%llu", &number) == 1;)
            numbers[read++] = (double)number;
        fclose(file);
        if (read == count)
            return true;
        snprintf(message, sizeof message, "%s: fewer than %zu numbers", path, count);
    }
    err->tag = FIREPIT_COLLECTOR_TYPES_COLLECT_ERROR_FAILED;
    collector_string_dup(&err->val.failed, message);
    return false;
}

// Emits one value without labels.
static void emit_gauge(const char *name, const char *help, double value) {
    firepit_collector_metrics_sample_t sample = {.value = value};
    firepit_collector_metrics_family_t family = {
        .kind = FIREPIT_COLLECTOR_METRICS_KIND_GAUGE,
        .samples = {&sample, 1},
    };
    collector_string_set(&family.name, name);
    collector_string_set(&family.help, help);
    firepit_collector_metrics_emit(&(firepit_collector_metrics_list_family_t){&family, 1});
}

bool exports_collector_collect(collector_collect_error_t *err) {
    // The file has six numbers. The third and fourth are not used, and the sixth is always 0.
    double dentries[5], inodes[2];
    if (!read_numbers(DENTRIES, 5, dentries, err) || !read_numbers(INODES, 2, inodes, err))
        return false;
    emit_gauge("vfs_caches_dentries", "Cached names of files, used or not.", dentries[0]);
    emit_gauge("vfs_caches_unused_dentries", "Cached names that nothing refers to.", dentries[1]);
    emit_gauge("vfs_caches_negative_dentries", "Cached names of files that do not exist.", dentries[4]);
    emit_gauge("vfs_caches_inodes", "Inodes in memory, used or free.", inodes[0]);
    emit_gauge("vfs_caches_free_inodes", "Inodes in memory that are free.", inodes[1]);
    return true;
}
