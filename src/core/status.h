/// Status codes: the one list of ways to fail that every room shares.
///
/// Zero or more is success (often with a useful value), negative is a failure. The list is
/// append-only: a number, once given, keeps its meaning, because recordings and logs carry it.
#ifndef IB_CORE_STATUS_H
#define IB_CORE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum ib_status {
    IB_OK = 0,
    IB_E_INVAL = -1,            ///< an argument makes no sense
    IB_E_RANGE = -2,            ///< a value lies outside what is allowed
    IB_E_UNSUPPORTED = -3,      ///< this part, source or build cannot do that
    IB_E_TIMEOUT = -4,          ///< the deadline passed
    IB_E_IO = -5,               ///< a transfer failed
    IB_E_NACK = -6,             ///< nobody acknowledged on the bus
    IB_E_BUSY = -7,             ///< something else is in progress
    IB_E_NOT_READY = -8,        ///< not yet, or not during recovery
    IB_E_NO_SPACE = -9,         ///< the storage handed in is too small
    IB_E_FORMAT = -10,          ///< the bytes are not what the format says
    IB_E_TRUNCATED = -11,       ///< the bytes end too early
    IB_E_CRC = -12,             ///< a checksum differs
    IB_E_SYNC = -13,            ///< stream synchronisation is lost
    IB_E_DEVICE = -14,          ///< the device answered with an error code of its own
    IB_E_VERIFY = -15,          ///< what was written does not read back
    IB_E_NOT_RADIOMETRIC = -16, ///< the numbers are not temperatures
    IB_E_CANCELLED = -17,       ///< given up on request
    IB_E_NOT_FOUND = -18,       ///< no such name, key or file
    IB_E_CLOSED = -19,          ///< the other side has gone
    IB_E_TYPE = -20,            ///< a value has the wrong type
    IB_E_REFUSED = -21,         ///< understood, and not allowed here
    IB_E_OVERFLOW = -22,        ///< more arrived than there was room for
};

/// A short text for a status code, for people: "timed out", "no acknowledge on the bus", …
/// Owns:   a constant string, valid for ever; never NULL.
const char *ib_status_text(int status);

#ifdef __cplusplus
}
#endif

#endif
