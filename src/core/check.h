/// IB_ASSERT: our own mistakes stop the program. Never for what a peer, a file or a wire did.
#ifndef IB_CORE_CHECK_H
#define IB_CORE_CHECK_H

#define IB_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())

#endif
