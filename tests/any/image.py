# Any argument to any method of an image: an exception of those below at worst. After chance.py.
import binascii
import image
import os

B, G, C = image.BINARY, image.GRAYSCALE, image.RGB565
os.chdir('/flash')
small = image.Image(160, 120, G)
for i in range(160):
    small.draw_line(i, 0, i, 119, color=i)
jpeg, png = small.to_jpeg(copy=True), small.to_png(copy=True)
palette, ramp = image.Image(256, 1, C), image.Image(16, 16, G)
for i in range(256):
    ramp[i] = i


class I:
    def __int__(self): raise OSError('called')
formats = (B, G, C, image.BAYER, image.YUV422)


def picture(r):
    if r(5) == 0: return r.of(jpeg, png, palette, ramp).copy()
    w, h, f = r(30) + 1, r(30) + 1, r.of(*formats)
    if r(4) == 0: return image.Image(w, h, f, buffer=bytearray(4 * h * w))
    return image.Image(w, h, f, copy_to_fb=r(4) == 0)


def some(r, depth=0):
    k = r(16)
    if k < 5: return r(40) - 8
    if k == 5: return r.of(2**31, -2**31, 2**63, -2**70, 65536, 32767, 255, 256)
    if k == 6: return r.of(0.5, -1.0, 1e30, float('nan'), float('inf'), 1e-30, 2, 0.0)
    if k == 7: return r.of(None, True, 'x', 'a.bmp', b'bytes', {}, I(), lambda *a: r(2))
    if k < 12: return picture(r)
    if k == 12: return image.Image(r(20) + 1, r(20) + 1, r.of(image.JPEG, image.PNG),
        buffer=bytearray(r(50) + 1))
    if depth > 2: return 3
    parts = [some(r, depth + 1) if r(4) == 0 else r(30) - 3 for _ in range(r(8))]
    return parts if k == 14 else tuple(parts)


def numbers(r, n): return tuple(r(40) - 8 for _ in range(n))


def scale(r): return r.of(0.5, 1, 2, -1.5, 3, 0.1, -1, 7.3)


def colour(r): return r.of(-1, 0, 0xF800, (255, 9, 7), [1, 300, -4])


def bounds(r): return [numbers(r, 2 * r(4)) for _ in range(r(4))]


def yes(r): return lambda *a: r(3)


def small_int(r): return r(9) - 1
plausible = {
    'x_scale': scale, 'y_scale': scale, 'scale': scale, 'color': colour,
    'roi': lambda r: (r(20) - 5, r(20) - 5, r(30), r(30)), 'thresholds': bounds,
    'rgb_channel': lambda r: r(4) - 1, 'alpha': lambda r: r(256), 'difference': picture,
    'color_palette': lambda r: r.of(0, 1, -1, None, palette),
    'alpha_palette': lambda r: r.of(None, ramp), 'mask': picture,
    'hint': lambda r: r(8192) | r(2) << 31, 'copy': lambda r: r(2), 'threshold_cb': yes,
    'copy_to_fb': lambda r: r(4) == 0, 'quality': lambda r: r(101), 'merge_cb': yes,
    'subsampling': lambda r: r.of(0, 0x11, 0x21, 0x22), 'rgbtuple': yes,
    'label': lambda r: r.of(None, 'dog'), 'label_offset': lambda r: numbers(r, 2)}
change = 'x_scale y_scale roi rgb_channel alpha color_palette alpha_palette hint '
encode = change + 'copy copy_to_fb quality subsampling'
count = 'thresholds invert roi bins l_bins a_bins b_bins difference'
shapes = {
    'draw_line': (4, 'color thickness'), 'draw_rectangle': (4, 'color thickness fill'),
    'draw_circle': (3, 'color thickness fill'), 'draw_cross': (2, 'color size thickness'),
    'draw_detection': (6, 'size thickness fill label label_offset'),
    'get_pixel': (2, 'rgbtuple'), 'set_pixel': (2, 'color'),
    'draw_string': (2, 'color scale x_spacing y_spacing mono_space char_rotation '
        'char_hmirror char_vflip string_rotation string_hmirror string_vflip')}
others = {'draw_image': change + 'mask', 'find_blobs': 'invert roi x_stride y_stride '
    'area_threshold pixels_threshold merge margin threshold_cb merge_cb x_hist_bins_max '
    'y_hist_bins_max', 'get_histogram': count, 'get_statistics': count, 'clear': 'mask'}
for n in ('to_bitmap', 'to_grayscale', 'to_rgb565', 'to_rainbow', 'to_jpeg', 'to_png',
    'copy', 'crop'): others[n] = encode


def call(r, img, name):
    n, words = shapes.get(name, (0, others.get(name, 'roi')))
    words = words.split()
    kw = {w: some(r) if r(9) == 0 else plausible.get(w, small_int)(r)
        for w in (words[r(len(words))] for _ in range(r(5)))}
    if r(5) == 0: args = [some(r) for _ in range(r(5))]
    elif n: args = list(numbers(r, n)) if r(2) else [list(numbers(r, n + r(2)))]
    elif name == 'draw_image': args = [r.of(picture, colour)(r)] + list(numbers(r, r(3)))
    elif name == 'find_blobs': args = [bounds(r)]
    else: args = []
    if name == 'draw_string': args.append('some text\n, more')
    return getattr(img, name)(*args, **kw)


def fuzz(seed, runs):
    r = R(seed)
    names = sorted(n for n in dir(image.Image) if n[0] != '_')
    calls = sorted(n for n in dir(image) if callable(getattr(image, n)))
    most = sorted(shapes) + sorted(others)
    well = 0
    for _ in range(runs):
        img = picture(r)
        try:
            k = r(12)
            if k == 0: getattr(image, r.of(*calls))(*[some(r) for _ in range(r(5))])
            elif k == 1: img[some(r)] = some(r)
            elif k == 2: img[r(9):r(900)] = r.of(colour, some)(r)
            elif k == 3: call(r, img, r.of(*names))
            else: call(r, img, r.of(*most))
            well += 1
            if img.size() < 50000: list(img), img[:], bytes(img)
            if r(4) == 0: img.bytearray()[-1] = 1
        except (TypeError, ValueError, OSError, IndexError, MemoryError, RuntimeError,
                NotImplementedError, OverflowError, AttributeError): pass
    return well


def crc():
    big = image.Image(800, 480, C)
    big.draw_image(small, x_scale=5, y_scale=4, hint=2)
    return binascii.crc32(big)


def clean():
    for name in os.listdir():
        name[0] in 'abtx' and os.remove(name)


before = crc()
