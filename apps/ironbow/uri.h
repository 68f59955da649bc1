/// Where a camera comes from: one text, the same for every verb. docs/cli.md explains it to people.
///
///   sim:lepton-3.5?scene=kettle&seed=7&quiet=1&rate=2
///   replay:clip.cptv · replay:shot.tjsn
///   linux:/dev/spidev0.0,/dev/i2c-1?reset=gpiochip0:17&power=gpiochip0:4&hz=16000000
#ifndef IB_APP_URI_H
#define IB_APP_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IB_APP_DEFAULT_CAMERA "sim:lepton-3.5?scene=kettle"

enum ib_app_camera_kind { IB_APP_CAMERA_SIM, IB_APP_CAMERA_REPLAY, IB_APP_CAMERA_LINUX };

struct ib_app_uri {
    enum ib_app_camera_kind kind;
    char text[1024];   ///< as given
    const char *model; ///< sim: "3.5"
    const struct ib_sim_scene *scene;
    uint64_t seed; ///< sim, replay: 1 unless said
    bool quiet;
    float rate;      ///< scene seconds a second
    char file[1024]; ///< replay
    char spi[256];   ///< linux
    char i2c[256];   ///< linux
    char reset[128]; ///< linux: a GPIO line, "" when not wired
    char power[128]; ///< linux
    uint32_t spi_hz; ///< linux: 0 the board's own
    bool reset_high; ///< linux: the line is high while in reset (default: low, as RESET_L)
    bool power_low;  ///< linux: the line is low while powered (default: high)
};

/// Whether the text names a camera. If not, `problem` says what is wrong with it, for people.
bool ib_app_uri_parse(struct ib_app_uri *out, const char *text, char *problem, size_t problem_size);

#endif
