/// The simulated parts that scripts see beside the Lepton.
#include "apps/ironbow/script_board.h"

int ib_app_script_parts_open(struct ib_app_script_board *self, char *problem, size_t problem_size) {
    (void)self;
    (void)problem;
    (void)problem_size;
    return 0;
}

void ib_app_script_parts_close(struct ib_app_script_board *self) {
    (void)self;
}

void ib_app_script_parts_follow(struct ib_app_script_board *self) {
    (void)self;
}
