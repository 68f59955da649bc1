/// Alarms: when a number of a region stays beyond a limit, said once, and not because of an FFC.
///
/// A pure state machine on the camera's time: frames and ticks in, at most one change of state out
/// of each. Time counts only while there is something to judge: during an FFC and 3 s after it,
/// after a gain switch and a gap, and while frames are not radiometric, timers stand still. An alarm
/// that cannot judge for `blind_us` is *blind*, whatever the reason; it never says "ok" for lack of
/// frames.
#ifndef IB_MEASURE_ALARM_H
#define IB_MEASURE_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/degrees.h"
#include "measure/region.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_ALARMS_MOST 32
#define IB_ALARM_TEXT_BYTES 384 ///< any rule as text fits

enum ib_alarm_condition {
    IB_ALARM_ABOVE,
    IB_ALARM_BELOW,
    IB_ALARM_OUTSIDE, ///< of low..high
    IB_ALARM_RISING,  ///< faster than `high`, kelvin a second
};

struct ib_alarm_rule {
    char name[IB_MEASURE_NAME_BYTES];
    struct ib_quantity quantity;
    uint8_t condition; ///< enum ib_alarm_condition
    bool has_pre;
    bool latch; ///< an alarm stays until it is acknowledged
    /// ABOVE and RISING use `high`, BELOW `low`, OUTSIDE both. Kelvin (a difference when the
    /// quantity is one), RISING kelvin a second.
    double low, high;
    double pre_low, pre_high;
    double hysteresis_k; ///< RISING: kelvin a second
    uint64_t hold_us;    ///< beyond the limit for so long before it is raised
    uint64_t clear_us;   ///< back for so long before it is cleared
    uint64_t settle_us;  ///< not judged for so long after an FFC or a gain switch
    uint64_t blind_us;   ///< nothing to judge for so long is a state of its own
};

#define IB_ALARM_SETTLE_US 3000000u
#define IB_ALARM_BLIND_US 10000000u

/// "hot=r1.max>55 for 3s hyst 2 pre 50": docs/measure.md has the grammar. Numbers without a letter
/// are `degrees`.
/// Errors: IB_E_FORMAT, IB_E_RANGE; `problem` (may be NULL) says what and at which character.
int ib_alarm_parse(struct ib_alarm_rule *out, const char *text, size_t size,
                   enum ib_degrees degrees, struct ib_text *problem);
/// The text that reads back as this rule (degrees Celsius). `named`: with "NAME=" before it.
void ib_alarm_print(struct ib_text *text, const struct ib_alarm_rule *self, bool named);
/// Errors: IB_E_INVAL, IB_E_RANGE for a rule built by hand that makes no sense.
int ib_alarm_check(const struct ib_alarm_rule *rule, struct ib_text *problem);

enum ib_alarm_state {
    IB_ALARM_WAITING, ///< nothing judged yet
    IB_ALARM_OK,
    IB_ALARM_PRE, ///< pre-alarm
    IB_ALARM_RAISED,
    IB_ALARM_BLIND, ///< nothing to judge for too long
};

/// Why the latest frame was not judged.
enum ib_alarm_mask {
    IB_ALARM_MASK_NONE,
    IB_ALARM_MASK_START,           ///< the module has not done its first FFC yet
    IB_ALARM_MASK_FFC,             ///< during one, or just after
    IB_ALARM_MASK_GAIN,            ///< after a gain switch
    IB_ALARM_MASK_GAP,             ///< frames were lost just before
    IB_ALARM_MASK_NOT_RADIOMETRIC, ///< no degrees
    IB_ALARM_MASK_NO_VALUE,        ///< the region is outside of the picture, or gone
    IB_ALARM_MASK_NO_FRAME,        ///< there is none
};

/// A change of state, or a test.
struct ib_alarm_event {
    uint64_t at_us;
    uint8_t from, to; ///< enum ib_alarm_state
    bool test;        ///< asked for: the state did not change
    bool has_value;
    double value; ///< kelvin; RISING: kelvin a second
};

/// What the frames of one camera say to all its alarms.
struct ib_alarm_gate {
    bool any; ///< a frame has been seen
    uint8_t gain, unit;
    uint64_t frame_us;         ///< the latest frame
    uint64_t ffc_us;           ///< latest frame during an FFC, 0 never
    uint64_t gain_us;          ///< latest gain switch, 0 never
    uint8_t mask;              ///< of the latest frame; without the settling time
    uint32_t uptime_at_ffc_ms; ///< telemetry: an FFC that no frame showed is seen by its change
};

void ib_alarm_gate_init(struct ib_alarm_gate *self);
void ib_alarm_gate_frame(struct ib_alarm_gate *self, const struct ib_frame *frame);

#define IB_ALARM_SLOPE_BINS 16
#define IB_ALARM_SLOPE_BIN_US 500000u ///< a slope is that of up to 8 s, of 4 s at least

struct ib_alarm_stage {
    bool on;
    bool due;         ///< the value asks for a change
    uint64_t held_us; ///< how long the change that is not made yet has been due
};

struct ib_alarm {
    struct ib_alarm_rule rule;
    uint8_t state; ///< enum ib_alarm_state
    uint8_t mask;  ///< enum ib_alarm_mask
    bool latched;  ///< raised and not acknowledged
    bool has_value;
    double value; ///< latest judged; kelvin; RISING: kelvin a second
    struct ib_alarm_stage pre, raised;
    uint64_t since_us;  ///< of the state
    uint64_t seen_us;   ///< latest frame, or the start
    uint64_t judged_us; ///< latest judgement, or the start
    bool judging;       ///< the frame before was judged: time counts from there
    unsigned bins;      ///< RISING: filled
    uint64_t bin_us;    ///< start of the newest
    struct {
        double sum_k;
        double sum_s; ///< since the first frame of the slope
        uint32_t count;
    } bin[IB_ALARM_SLOPE_BINS];
    uint64_t slope_us; ///< origin of `sum_s`
};

/// Errors: as ib_alarm_check.
int ib_alarm_init(struct ib_alarm *self, const struct ib_alarm_rule *rule, uint64_t now_us);

/// A new frame: `gate` and `regions` have seen it.
/// Return: true when the state changed; `event` (may be NULL) says how.
bool ib_alarm_frame(struct ib_alarm *self, const struct ib_alarm_gate *gate,
                    const struct ib_regions *regions, struct ib_alarm_event *event);
/// Time has passed without one.
bool ib_alarm_tick(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event);
/// When a tick can change something at the earliest.
uint64_t ib_alarm_due_us(const struct ib_alarm *self);

/// Somebody has seen it: a latched alarm may clear from now on.
/// Return: as above: it clears at once when its cause is gone.
bool ib_alarm_acknowledge(struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event);
/// An event as if it were raised, for trying out what hangs on it. The state stays.
void ib_alarm_test(const struct ib_alarm *self, uint64_t now_us, struct ib_alarm_event *event);

/// "waiting", "ok", "pre-alarm", "alarm", "blind".
const char *ib_alarm_state_name(unsigned state);
/// "", "start", "ffc", "gain", "gap", "not_radiometric", "no_value", "no_frame".
const char *ib_alarm_mask_name(unsigned mask);

#ifdef __cplusplus
}
#endif

#endif
