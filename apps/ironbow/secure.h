/// What the protected port needs: a certificate and a token, in files made at the first start.
#ifndef IB_APP_SECURE_H
#define IB_APP_SECURE_H

#include <stddef.h>

#include "ports/linux/tls.h"
#include "tcam/tcam.h"

struct ib_app_secure {
    struct ib_tls *tls;
    char token[IB_TCAM_TOKEN_BYTES + 1];
    char token_path[4200];
};

/// The secret in `file`, or in the file `name` of `directory`, which is made when it is missing; without
/// either one that lasts for this run, and `path` becomes "".
/// Return: 0.
/// Errors: a negative errno with `problem` filled.
int ib_app_secure_token(char token[IB_TCAM_TOKEN_BYTES + 1], char *path, size_t path_size,
                        const char *directory, const char *name, const char *file, char *problem,
                        size_t problem_size);

/// `directory` holds certificate.pem, key.pem and (unless `token_file` names another) token.
/// Return: 0.
/// Errors: a negative errno with `problem` filled.
int ib_app_secure_open(struct ib_app_secure *self, const char *directory, const char *token_file,
                       const char *name, char *problem, size_t problem_size);
void ib_app_secure_close(struct ib_app_secure *self);

#endif
