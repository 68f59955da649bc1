/// The palettes' anchors: ours, and OpenMV's two for scripts that expect exactly those.
#include "image/palette_tables.h"

// The classic: black, deep blue, violet, red, orange, yellow, white, as hot iron is imagined to glow.
// Brightness rises all the way, so that the picture keeps its meaning in grey too.
static const struct ib_palette_anchor ironbow[] = {
    {0, 0, 0, 8},        {26, 24, 4, 78},      {58, 84, 4, 132},    {92, 146, 10, 140},
    {124, 194, 32, 104}, {152, 224, 66, 48},   {182, 242, 112, 14}, {212, 252, 168, 10},
    {236, 254, 218, 72}, {255, 255, 252, 232},
};

static const struct ib_palette_anchor rainbow[] = {
    {0, 4, 4, 88},       {40, 0, 44, 232},   {84, 0, 192, 244},  {124, 24, 212, 72},
    {170, 240, 236, 16}, {212, 250, 118, 8}, {255, 206, 10, 16},
};

// Many hues, and light and dark in turns: small differences show, sizes cannot be judged.
static const struct ib_palette_anchor contrast[] = {
    {0, 0, 0, 0},         {20, 72, 0, 112},    {44, 176, 64, 240}, {66, 24, 16, 176},
    {92, 32, 120, 255},   {114, 96, 236, 255}, {134, 0, 120, 104}, {158, 40, 220, 64},
    {178, 216, 255, 120}, {198, 176, 136, 0},  {220, 255, 196, 0}, {238, 216, 16, 16},
    {255, 255, 236, 244},
};

static const struct ib_palette_anchor grey[] = {{0, 0, 0, 0}, {255, 255, 255, 255}};

static const struct ib_palette_anchor black_hot[] = {{0, 255, 255, 255}, {255, 0, 0, 0}};

// Cold blues against warm gold: what is warmer than its surroundings stands out by hue as well.
static const struct ib_palette_anchor arctic[] = {
    {0, 4, 8, 48},        {52, 16, 44, 148},   {100, 44, 124, 220},  {138, 132, 196, 232},
    {166, 214, 208, 180}, {204, 240, 180, 72}, {255, 255, 246, 210},
};

static const struct ib_palette_anchor lava[] = {
    {0, 2, 6, 20},     {48, 10, 44, 76},    {92, 70, 24, 92},     {132, 164, 16, 44},
    {176, 232, 68, 8}, {220, 255, 170, 24}, {255, 255, 250, 208},
};

static const struct ib_palette_anchor medical[] = {
    {0, 6, 0, 24},      {32, 72, 8, 120},   {68, 24, 52, 224},
    {104, 0, 156, 216}, {138, 16, 196, 84}, {172, 188, 228, 8},
    {204, 252, 180, 0}, {232, 236, 44, 20}, {255, 255, 224, 232},
};

static const struct ib_palette_anchor glow[] = {
    {0, 0, 0, 0},      {56, 60, 4, 8},      {112, 148, 20, 4},
    {168, 228, 92, 8}, {216, 255, 184, 48}, {255, 255, 250, 220},
};

static const struct ib_palette_anchor sepia[] = {
    {0, 10, 6, 4}, {84, 92, 62, 40}, {168, 188, 148, 104}, {255, 255, 244, 220}};

static const struct ib_palette_anchor amber[] = {
    {0, 8, 3, 0}, {128, 176, 84, 0}, {208, 255, 168, 24}, {255, 255, 232, 160}};

// For night vision: eyes adapted to darkness stay so.
static const struct ib_palette_anchor green_night[] = {
    {0, 0, 6, 2}, {128, 8, 124, 28}, {216, 64, 228, 84}, {255, 196, 255, 196}};

static const struct ib_palette_anchor red_night[] = {
    {0, 4, 0, 0}, {128, 128, 4, 8}, {216, 236, 40, 28}, {255, 255, 140, 112}};

// White hot, but for one end: the coldest or hottest part is marked by colour.
static const struct ib_palette_anchor coldest[] = {
    {0, 8, 24, 160}, {34, 64, 168, 255}, {35, 35, 35, 35}, {255, 255, 255, 255}};

static const struct ib_palette_anchor hottest[] = {
    {0, 0, 0, 0}, {216, 208, 208, 208}, {217, 255, 216, 0}, {255, 224, 8, 8}};

static const struct ib_palette_anchor green_hot[] = {
    {0, 0, 0, 0}, {190, 184, 184, 184}, {191, 96, 180, 96}, {255, 0, 255, 64}};

static const struct ib_palette_anchor red_hot[] = {
    {0, 0, 0, 0}, {190, 184, 184, 184}, {191, 196, 112, 104}, {255, 255, 24, 8}};

// The next three have equal steps of CIELAB lightness between their anchors, along a path of hues of
// our own: equal differences look equal, in grey and to the colour-blind too.
static const struct ib_palette_anchor furnace[] = {
    {0, 6, 6, 17},        {15, 21, 19, 50},     {30, 42, 20, 81},    {45, 81, 5, 96},
    {60, 112, 0, 92},     {75, 140, 0, 84},     {90, 168, 0, 71},    {105, 195, 1, 60},
    {120, 222, 5, 45},    {135, 234, 56, 34},   {150, 243, 86, 25},  {165, 250, 113, 11},
    {180, 254, 139, 2},   {195, 255, 163, 20},  {210, 255, 187, 58}, {225, 255, 209, 96},
    {240, 255, 229, 142}, {255, 255, 247, 206},
};

static const struct ib_palette_anchor lagoon[] = {
    {0, 31, 27, 61},     {15, 25, 37, 87},    {30, 0, 50, 110},     {45, 1, 63, 115},
    {60, 1, 77, 123},    {75, 1, 90, 129},    {90, 6, 104, 134},    {105, 7, 118, 140},
    {120, 2, 132, 145},  {135, 2, 146, 149},  {150, 1, 161, 151},   {165, 15, 176, 148},
    {180, 61, 190, 137}, {195, 99, 203, 122}, {210, 137, 214, 101}, {225, 179, 223, 79},
    {240, 214, 232, 65}, {255, 252, 240, 51},
};

static const struct ib_palette_anchor dusk[] = {
    {0, 14, 19, 32},      {15, 6, 30, 62},      {30, 0, 40, 88},      {45, 0, 49, 117},
    {60, 32, 57, 140},    {75, 69, 64, 155},    {90, 102, 70, 166},   {105, 136, 75, 172},
    {120, 168, 80, 173},  {135, 197, 87, 171},  {150, 222, 98, 164},  {165, 242, 113, 159},
    {180, 255, 132, 155}, {195, 255, 158, 158}, {210, 255, 180, 167}, {225, 255, 202, 182},
    {240, 255, 222, 204}, {255, 255, 241, 231},
};

// OpenMV's "iron-black": white at the cold end, black in the middle.
static const struct ib_palette_anchor openmv_ironbow[] = {
    {0, 255, 255, 255},  {127, 0, 0, 0},      {130, 4, 0, 24},      {133, 10, 0, 45},
    {143, 31, 0, 118},   {145, 41, 0, 121},   {160, 116, 1, 136},   {175, 186, 7, 141},
    {179, 196, 19, 121}, {189, 218, 49, 69},  {193, 225, 60, 47},   {207, 238, 109, 12},
    {210, 240, 119, 12}, {221, 246, 160, 13}, {222, 246, 163, 13},  {231, 251, 196, 21},
    {238, 254, 220, 29}, {241, 255, 229, 53}, {254, 255, 253, 235}, {255, 255, 255, 24},
};

#define OURS(name, title, anchors)                                                                 \
    { (name), (title), (anchors), sizeof(anchors) / sizeof((anchors)[0]), false }

const struct ib_palette ib_palettes[IB_PALETTES] = {
    OURS("ironbow", "Ironbow", ironbow),
    OURS("grey", "White hot", grey),
    OURS("black-hot", "Black hot", black_hot),
    OURS("rainbow", "Rainbow", rainbow),
    OURS("contrast", "High-contrast rainbow", contrast),
    OURS("arctic", "Arctic", arctic),
    OURS("lava", "Lava", lava),
    OURS("medical", "Medical", medical),
    OURS("glow", "Glow", glow),
    OURS("furnace", "Furnace (even steps)", furnace),
    OURS("lagoon", "Lagoon (even steps)", lagoon),
    OURS("dusk", "Dusk (even steps)", dusk),
    OURS("coldest", "Coldest in blue", coldest),
    OURS("hottest", "Hottest in red", hottest),
    OURS("green-hot", "Green hot", green_hot),
    OURS("red-hot", "Red hot", red_hot),
    OURS("sepia", "Sepia", sepia),
    OURS("amber", "Amber", amber),
    OURS("green-night", "Night, green", green_night),
    OURS("red-night", "Night, red", red_night),
    {"openmv-rainbow", "OpenMV rainbow", NULL, 0, true},
    {"openmv-ironbow", "OpenMV ironbow", openmv_ironbow,
     sizeof openmv_ironbow / sizeof openmv_ironbow[0], true},
};
