/// A server's certificate and key: read from PEM files, or made. For tls.c only.
#ifndef IB_PORTS_LINUX_TLS_CERTIFICATE_H
#define IB_PORTS_LINUX_TLS_CERTIFICATE_H

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <stddef.h>

/// What both need: the files' paths, the certificate's name, the random numbers (all borrowed).
struct ib_tls_certificate_request {
    const char *certificate;
    const char *key;
    const char *name;
    mbedtls_ctr_drbg_context *random;
    char *problem;
    size_t problem_size;
};

/// Fill both (initialised by the caller, and freed by it in any case), making the files when the
/// key and the certificate, or only the certificate, are not there.
/// Return: 0, or a negative errno and its words in `problem`.
int ib_tls_certificate_load(const struct ib_tls_certificate_request *request,
                            mbedtls_x509_crt *certificate, mbedtls_pk_context *key);

#endif
