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

/// `directory` holds certificate.pem, key.pem and (unless `token_file` names another) token.
/// Return: 0.
/// Errors: a negative errno with `problem` filled.
int ib_app_secure_open(struct ib_app_secure *self, const char *directory, const char *token_file,
                       const char *name, char *problem, size_t problem_size);
void ib_app_secure_close(struct ib_app_secure *self);

#endif
