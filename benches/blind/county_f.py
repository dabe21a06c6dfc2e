#!/usr/bin/env python
"""Synthetic county image pairs for testing a land-change detector (generator F).

    python county_f.py SEED RADIOMETRY OUT [--size 2048]

Simulates 2 m, four-band (blue, green, red, nir) satellite images of one piece of rural southern / eastern
China at two dates, together with the truth.  SEED % 4 picks the region:
  0  Sichuan basin: purple soil, tiny contour-following fields, bamboo-ringed farmsteads, small ponds
  1  Yunnan-Guizhou plateau: red earth, terraces, tobacco, plastic mulch, bare red slopes, pine
  2  coastal plain: salt pans, aquaculture ponds, reed, seepweed and tidal flats, strip fields behind a dike
  3  lake plain: polders, canals, lotus and fish ponds, rape / rice strips, long villages along the canals
Everything is drawn at 1 m (material map of each date + shadows + facet shading + textures), averaged to
2 m, blurred by a PSF and turned into sensor counts.  The farming year changes about two thirds of the
fields; film goes on and off greenhouses, ponds dry, roofs are repainted, woods are logged - none of this
is truth.  The construction and demolition events alone are.  RADIOMETRY 0 clean, 1 other season and gains,
2 hazy, noisy, blurred second date.
"""
import os
for _v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_v, "1")
import argparse
import datetime as dt
import json
import math
import warnings
import ctypes
try:                                                    # keep freed memory in the process: far fewer page faults
    _c = ctypes.CDLL("libc.so.6"); _c.mallopt(-3, 1 << 30); _c.mallopt(-1, (1 << 31) - 1)
except OSError:
    pass

import geopandas as gpd
import numpy as np
import rasterio
from PIL import Image, ImageDraw
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi
from scipy.spatial import Voronoi
from shapely import affinity
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box, shape
from shapely.ops import voronoi_diagram

warnings.filterwarnings("ignore")
REGIONS = ["sichuan", "plateau", "coast", "lake"]

# ------------------------------------------------------------------ spectra and materials
BASE = {  # reflectance blue, green, red, nir ; group (materials of one group vary together)
    "straw": (.090, .130, .190, .290, "dry"), "ash": (.040, .045, .050, .070, "dry"), "reeddry": (.080, .108, .138, .225, "dry"),
    "leaf": (.030, .062, .036, .420, "veg"), "pale": (.042, .088, .058, .390, "veg"), "dark": (.022, .042, .027, .310, "veg"),
    "conifer": (.021, .036, .026, .220, "veg"), "flower": (.048, .160, .150, .430, "veg"), "suaeda": (.050, .052, .110, .220, "veg"),
    "water": (.046, .056, .042, .020, "wat"), "turbid": (.070, .096, .088, .042, "wat"), "algae": (.036, .066, .042, .100, "wat"),
    "sea": (.085, .105, .095, .030, "wat"), "brine": (.090, .115, .110, .055, "wat"), "salt": (.40, .43, .45, .44, "salt"),
    "film": (.230, .250, .265, .330, "film"), "glass": (.160, .185, .190, .240, "film"), "shade": (.050, .056, .060, .110, "film"),
    "conc": (.190, .215, .235, .275, "hard"), "gravel": (.140, .160, .180, .220, "hard"), "asph": (.085, .092, .098, .120, "hard"),
    "flat": (.180, .195, .205, .240, "roof"), "gtile": (.085, .095, .105, .140, "roof"), "rtile": (.070, .090, .170, .240, "roof"),
    "blue": (.270, .200, .140, .220, "steel"), "white": (.400, .420, .430, .450, "steel"), "rsteel": (.080, .090, .230, .310, "steel"),
    "gsteel": (.090, .150, .100, .200, "steel"), "pv": (.056, .050, .050, .072, "pv"), "net": (.055, .100, .068, .150, "net"),
    "rub": (.165, .180, .192, .230, "hard"),
}
SOILS = {  # topsoil, its local variant, subsoil
    "sichuan": ((.070, .084, .122, .172), (.082, .098, .132, .190), (.092, .108, .160, .212)),
    "plateau": ((.056, .082, .160, .225), (.078, .112, .175, .245), (.070, .112, .235, .305)),
    "coast": ((.118, .142, .170, .220), (.165, .190, .215, .262), (.145, .178, .210, .262)),
    "lake": ((.078, .098, .122, .178), (.095, .120, .152, .212), (.118, .148, .190, .245)),
}
# name | class | mix of bases | fine, mottle, rows, relief (texture amplitudes) | soil share | row period m | landform
MATS = """
bund_grass|14|leaf.5+straw.3+soil.2|.10,.15,0,.05|.25|0
bund_soil|3|soil.9+straw.1|.08,.12,0,.05|0|0
grass|14|pale.6+straw.4|.07,.16,0,.04|.25|0
weed|2|pale.35+straw.35+soil.3|.10,.22,0,.05|.30|0
scrub|14|dark.6+straw.4|.12,.22,0,.22|.25|0
wheat|13|leaf.85+soil.15|.035,.08,.05,0|.18|4
wheat_pale|13|pale.7+straw.3|.035,.08,.05,0|.15|4
wheat_ripe|2|straw1.05|.05,.09,.05,0|.12|4
rape|13|leaf.9+pale.1|.05,.10,.05,.02|.18|5
rape_flower|13|flower1|.05,.10,.05,.02|.10|5
rape_pod|13|pale.9+flower.1|.05,.10,.04,.02|.12|5
rape_ripe|2|straw.8+pale.2|.06,.12,.04,0|.12|5
rice|13|leaf1.05|.03,.07,.02,0|.06|4
rice_young|2|turbid.55+leaf.35+soil.1|.05,.12,.07,0|.12|4
rice_ripe|2|straw.75+flower.2|.04,.09,.03,0|.08|4
maize|13|leaf.8+dark.2|.05,.10,.07,.03|.14|4
maize_dry|2|straw.8+soil.2|.07,.13,.08,.03|.22|4
sweetpot|13|leaf.7+pale.3|.05,.12,.08,0|.20|4
tobacco|13|pale.95|.06,.09,.16,.03|.26|5
cotton|13|dark.6+leaf.3|.06,.12,.12,.03|.25|5
veg|13|leaf.5+pale.4|.09,.18,.18,.02|.30|5
sprout|2|soil.72+pale.28|.05,.14,.10,0|.25|4
stubble|2|straw.75+soil.25|.07,.13,.10,.02|.22|5
stubble_old|2|straw.35+soil.6|.07,.16,.08,.02|.35|5
burnt|2|ash.65+soil.2+straw.1|.09,.22,.05,0|.28|5
plough|3|soil1|.07,.11,.11,.06|0|4
plough_wet|3|soil.72|.07,.13,.10,.06|0|4
harrow|3|soil1.12|.04,.08,.06,0|0|5
mulch|3|film.5+soil.5|.06,.09,.13,0|.18|4
mulch_half|3|film.28+soil.72|.07,.12,.14,0|.22|5
mulch_black|3|shade.6+soil.4|.06,.09,.14,0|.18|4
nursery|3|film.65+soil.2+pale.15|.08,.10,.20,0|.12|7
flood|4|turbid.85+soil.1|.03,.09,0,0|.03|0
mud|3|soil.55+turbid.25|.05,.16,0,.02|0|0
drymud|3|soil.95+sub.1|.06,.18,0,.03|0|0
shore|3|sub.6+soil.3|.06,.15,0,.02|0|0
sand|3|sub.8+conc.25|.05,.14,0,.02|0|0
pond|4|water.8+turbid.2|.02,.06,0,0|0|0
pond_algae|4|algae.7+turbid.3|.03,.12,0,0|0|0
pond_turbid|4|turbid1|.02,.07,0,0|0|0
river|4|turbid.7+water.3|.02,.07,0,0|0|0
sea|4|sea1|.02,.08,0,0|0|0
lotus|13|leaf.8+pale.2|.07,.15,0,.05|.0|0
lotus_dry|2|turbid.5+straw.4|.09,.22,0,.03|.0|0
brine|4|brine1|.02,.07,0,0|0|0
brine_dark|4|brine.6+water.3|.02,.07,0,0|0|0
salt_thin|3|salt.3+soil.55|.05,.24,0,0|0|0
salt_crystal|3|salt1|.04,.12,0,0|0|0
tidal|3|soil.6+turbid.35|.04,.16,0,.02|0|0
reed|14|pale.6+reeddry.4|.08,.18,0,.06|.10|0
reed_dry|2|reeddry1|.08,.18,0,.06|.10|0
suaeda|14|suaeda.8+soil.2|.08,.22,0,0|.35|0
orchard|14|dark.75+leaf.2|.08,.10,.24,.20|.28|5
orchard_young|14|dark.35+soil.5+straw.1|.08,.12,.22,.10|.15|6
broadleaf|14|dark.6+leaf.35|.09,.14,0,.34|.06|0
conifer|14|conifer1|.09,.12,0,.36|.06|0
bamboo|14|pale.55+dark.4|.08,.10,0,.30|.0|0
tree|14|dark.75+leaf.2|.12,.10,0,.25|0|0
felled|2|soil.55+straw.4|.14,.24,0,.12|.2|0
bare_slope|3|sub.85+soil.1|.08,.20,0,.14|.0|0
dirt|3|soil.6+sub.5|.06,.12,0,.02|0|0
heap|2|straw1.15|.10,.08,0,.15|0|0
grain|2|straw.9+flower.3|.05,.10,.10,0|0|4
village_soil|6|soil.6+conc.3+straw.1|.13,.22,0,.08|0|0
conc_yard|6|conc1|.05,.10,0,0|0|0
conc_new|6|conc1.28|.04,.06,0,0|0|0
gravel|6|gravel1|.08,.12,0,.03|0|0
vehicle|6|white.8|.10,.05,0,0|0|0
container|6|rsteel.8+blue.2|.10,.05,0,0|0|0
asphalt|15|asph1|.04,.06,0,0|0|0
conc_road|15|conc.85+gravel.15|.04,.07,0,0|0|0
roof_grey|5|gtile1|.10,.08,0,0|0|0
roof_red|5|rtile1|.10,.08,0,0|0|0
roof_flat|5|flat1|.09,.12,0,0|0|0
roof_blue|5|blue1|.04,.04,.05,0|0|5
roof_white|5|white1|.04,.05,.04,0|0|5
roof_rsteel|5|rsteel1|.05,.06,.05,0|0|5
roof_gsteel|5|gsteel1|.05,.06,.05,0|0|5
film_new|7|film1|.05,.06,0,0|.0|0
film_old|7|film.75+pale.18|.07,.10,0,0|.0|0
glass|7|glass1|.09,.06,.16,0|.0|4
shade_net|7|shade1|.05,.06,0,0|.0|0
frames|3|soil.75+pale.2|.07,.12,.10,0|.25|4
pv|8|pv1|.05,.04,0,0|0|0
pv_gap_grass|8|pale.5+straw.2+soil.15|.09,.15,0,0|.2|0
pv_gap_soil|8|soil.9|.08,.12,0,0|0|0
pv_gap_water|8|water.9|.03,.06,0,0|0|0
earth_local|9|soil.92+sub.12|.06,.12,0,.05|0|0
earth_rough|9|soil.6+sub.45|.09,.20,0,.20|0|0
earth_sub|9|sub1|.06,.14,0,.08|0|0
earth_fill|9|gravel.6+sub.4|.08,.16,0,.10|0|0
earth_heap|9|sub.9+soil.1|.09,.12,0,.16|0|0
earth_track|9|sub.6+soil.25|.06,.08,0,0|0|0
earth_wet|9|soil.68|.06,.15,0,.05|0|0
pit_local|10|soil.80+sub.1|.08,.17,0,.16|0|0
pit_sub|10|sub.95|.08,.17,0,.16|0|0
pit_rock|10|gravel.8+sub.3|.09,.18,0,.20|0|0
pit_water|4|water.5+turbid.6|.03,.06,0,0|0|0
rubble|11|rub.7+sub.3|.22,.20,0,.18|0|0
rubble_red|11|rub.55+rtile.35|.22,.20,0,.18|0|0
net|12|net1|.06,.14,0,.05|.06|0
"""
NAMES, CLS, MIX, TEX, SOILSH, PERIOD = [], [], [], [], [], []
for _l in MATS.strip().splitlines():
    _n, _c, _m, _t, _s, _p = _l.split("|")
    NAMES.append(_n); CLS.append(int(_c)); TEX.append([float(v) for v in _t.split(",")])
    SOILSH.append(float(_s)); PERIOD.append(float(_p))
    _parts = []
    for _q in _m.split("+"):
        k = next(i for i, ch in enumerate(_q) if ch in "0123456789.")
        _parts.append((_q[:k], float(_q[k:])))
    MIX.append(_parts)
MID = {n: i for i, n in enumerate(NAMES)}
CLS, TEX, SOILSH = np.array(CLS, np.uint8), np.array(TEX, np.float32), np.array(SOILSH, np.float32)
PERIOD = np.array([p or 5 for p in PERIOD], np.float32)
WORKS = np.isin(CLS, [5, 6, 7, 8, 9, 10, 11, 12, 15])
SOILY = np.array([sum(w for b, w in m if b in ("soil", "sub")) for m in MIX], np.float32)

# ------------------------------------------------------------------ farming calendars: system -> months -> material weights
W = lambda s: {k: float(v) for k, v in (p.split(":") for p in s.split())}
def cal(*rows):
    """rows of (months, 'material:weight ...') -> list of 12 dicts"""
    out = [None] * 12
    for months, s in rows:
        for m in months:
            out[m - 1] = W(s)
    return out
ALL = range(1, 13)
CAL = {
    "paddy": cal(((11, 12, 1, 2), "rape:4 wheat:2 stubble_old:2 flood:1.2 plough:1 plough_wet:.6 weed:1 sprout:1"),
                 ((3,), "rape_flower:5 wheat:2 flood:1 plough:1 weed:1 veg:.5"),
                 ((4,), "rape_pod:4 rape_flower:1 wheat_pale:2 flood:1.5 plough:1 nursery:.5 plough_wet:.7"),
                 ((5,), "rape_ripe:2 stubble:2 burnt:.5 flood:3 plough:1.3 rice_young:1.5 wheat_ripe:1 nursery:.3"),
                 ((6,), "rice_young:5 flood:1.5 rice:2 plough_wet:.7 stubble:.5"), ((7, 8), "rice:7 rice_young:1 veg:.7 maize:.7 weed:.3"),
                 ((9,), "rice_ripe:5 stubble:2 rice:1.2 plough:.5 burnt:.2"),
                 ((10,), "stubble:3.5 burnt:1 plough:2.5 stubble_old:1 sprout:2 rice_ripe:.8 flood:.5 harrow:.7")),
    "dry": cal(((11, 12, 1, 2), "wheat:2 veg:2 plough:2 stubble_old:2 harrow:1 sprout:1.2 rape:1.2 weed:.7"),
               ((3, 4), "wheat:2 rape_flower:1.2 mulch:1.5 plough:1.5 harrow:1 veg:1 mulch_half:.7 sprout:.7"),
               ((5,), "wheat_ripe:2 stubble:1.3 maize:1.3 sprout:1.7 plough:1 veg:.7 mulch:.7 burnt:.3"),
               ((6, 7), "maize:4 sweetpot:2 veg:1 cotton:.5 sprout:1 plough:.4"), ((8,), "maize:2.5 sweetpot:2.5 maize_dry:1.5 veg:1 plough:.5"),
               ((9, 10), "maize_dry:1.5 stubble:2 sweetpot:1.5 plough:2 harrow:1.3 burnt:.5 sprout:1 veg:.8")),
    "tobacco": cal(((11, 12, 1, 2), "plough:2.5 harrow:1.5 wheat:1 rape:1 stubble_old:2 weed:1 veg:.5"),
                   ((3,), "mulch:2 plough:2 mulch_half:1 wheat:1 rape_flower:1 harrow:1 mulch_black:.4"),
                   ((4, 5), "mulch:4 mulch_half:2 mulch_black:.7 plough:1 sprout:1 maize:.5"), ((6, 7, 8), "tobacco:5 maize:2 sweetpot:.7 mulch_half:.3 weed:.3"),
                   ((9, 10), "stubble:2 tobacco:.8 plough:2 maize_dry:1 harrow:1 weed:.7 burnt:.4 sprout:.8")),
    "veg": cal((ALL, "veg:4 plough:1.3 mulch:1 mulch_half:.7 harrow:.8 sprout:1.2 nursery:.3 weed:.3 mulch_black:.3")),
    "cotton": cal(((11, 12, 1, 2, 3), "wheat:3 plough:1.5 stubble_old:1.5 harrow:1 salt_thin:.3 weed:.5"), ((4, 5), "wheat_pale:2 mulch:2 plough:1 mulch_half:1 sprout:1"),
                  ((6, 7, 8), "cotton:4 maize:2 rice:1.2 sprout:.5 stubble:.3"), ((9, 10), "cotton:1.5 stubble:2 plough:1.5 maize_dry:1 sprout:1 harrow:.5")),
    "orchard": cal((ALL, "orchard:8 orchard_young:1.4 plough:.15 grass:.15")),
    "broad": cal((ALL, "broadleaf:1")), "pine": cal((ALL, "conifer:5 broadleaf:1")), "bamboo": cal((ALL, "bamboo:1")),
    "scrub": cal((ALL, "scrub:4 grass:2 weed:1")), "bare": cal((ALL, "bare_slope:4 weed:1 scrub:.5")),
    "lotus": cal(((11, 12, 1, 2, 3), "lotus_dry:4 mud:1 pond_turbid:1 flood:1"), ((4, 5), "flood:2 pond_turbid:2 lotus_dry:1 mud:.6 lotus:.6"), ((6, 7, 8, 9), "lotus:6 pond_algae:1"), ((10,), "lotus:2 lotus_dry:3")),
    "fish": cal(((11, 12, 1, 2), "pond:2 pond_turbid:3 drymud:1 mud:1"), ((3, 4, 5, 6, 7, 8, 9, 10), "pond_turbid:3 pond:2 pond_algae:2.5 mud:.25 drymud:.2")),
    "pan": cal((ALL, "brine:3 brine_dark:2 salt_thin:1.4 mud:.6 drymud:.5")), "crystal": cal((ALL, "brine:2 salt_thin:1 salt_crystal:1.2 brine_dark:1")),
    "reed": cal(((11, 12, 1, 2, 3), "reed_dry:5 mud:.3"), (range(4, 11), "reed:5")), "none": cal((ALL, "grass:1")),
}
SYS = list(CAL)
KEEP = {"broad": .992, "pine": .992, "bamboo": 1, "scrub": .96, "bare": .96, "orchard": .93, "fish": .55, "reed": .95, "none": 1, "pan": .4}
LUCODE = {"paddy": "0101", "dry": "0103", "tobacco": "0103", "veg": "0102", "cotton": "0102", "orchard": "0201", "broad": "0301", "pine": "0301", "bamboo": "0301",
          "scrub": "0404", "bare": "0404", "lotus": "1104", "fish": "1104", "pan": "0601", "crystal": "0601", "reed": "0404", "none": "0404"}
DLMC = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0404": "其他草地", "0601": "工业用地", "0701": "城镇住宅用地",
        "0702": "农村宅基地", "1003": "公路用地", "1006": "农村道路", "1101": "河流水面", "1104": "坑塘水面", "1202": "设施农用地"}
CODES = list(DLMC)
CROPS = [SYS.index(s) for s in ("paddy", "dry", "tobacco", "veg", "cotton")]
BUNDED = CROPS + [SYS.index(s) for s in ("lotus", "fish", "pan", "crystal", "orchard")]

# ------------------------------------------------------------------ small helpers
def smooth(rng, n, scale, octaves=1):
    """Smooth random field n x n with unit variance; scale in metres."""
    out = np.zeros((n, n), np.float32)
    for o in range(octaves):
        k = max(4, int(math.ceil(n / (scale / 2 ** o))) + 3)
        g = Image.fromarray(rng.standard_normal((k, k)).astype(np.float32))
        span = n / (scale / 2 ** o)
        out += np.asarray(g.resize((n, n), Image.BICUBIC, box=(1, 1, 1 + min(span, k - 2), 1 + min(span, k - 2)))) * .55 ** o
    out /= out[::4, ::4].std() + np.float32(1e-6)
    return out

def rect(cx, cy, l, w, th):
    c, s = math.cos(th), math.sin(th)
    return [(cx + a * l / 2 * c - b * w / 2 * s, cy + a * l / 2 * s + b * w / 2 * c) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]

def blob(rng, cx, cy, area, th=0., rough=.22, aspect=1.):
    """Irregular rounded polygon."""
    a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    r = 1 + sum(rough / k * rng.normal() * np.cos(k * a + rng.uniform(0, 6.3)) for k in (2, 3, 4, 6, 9))
    r = np.clip(r, .45, 1.8)
    p = Polygon(np.c_[r * np.cos(a) * math.sqrt(aspect), r * np.sin(a) / math.sqrt(aspect)]).buffer(0)
    f = math.sqrt(area / p.area)
    return affinity.translate(affinity.rotate(affinity.scale(p, f, f, origin=(0, 0)), th, origin=(0, 0), use_radians=True), cx, cy)

def parts(g):
    if g.is_empty:
        return []
    return [p for p in getattr(g, "geoms", [g]) if p.geom_type == "Polygon" and p.area > 1]

class World:
    """Canvas of the two dates at 1 m: material, shadow and facet images; land-use code image; event book-keeping."""

    def __init__(self, seed, radiometry, size):
        self.seed, self.rad, self.size, self.n = seed, radiometry, size, size * 2
        self.rng = np.random.default_rng([seed, 7719])
        self.region = REGIONS[seed % 4]
        rng = self.rng
        self.scale = (size / 2048) ** 2
        y, m, d = int(rng.integers(2020, 2024)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
        r2 = np.random.default_rng([seed, radiometry, 11])      # season shift depends on radiometry
        off = int(r2.choice([-1, 1]) * r2.integers(30, 92)) if radiometry == 1 else int(r2.integers(-14, 15))
        self.dates = [dt.date(y, m, d)]
        self.dates.append(self.dates[0] + dt.timedelta(days=365 + off))
        self.sun = []
        for i in range(2):
            doy = self.dates[i].timetuple().tm_yday
            el = 58 + 22 * math.cos((doy - 172) / 365 * 2 * math.pi) - 6 + r2.uniform(-3, 3)
            az = 148 + r2.uniform(-10, 12) - 12 * math.cos((doy - 172) / 365 * 2 * math.pi)
            e, a = math.radians(el), math.radians(az)
            self.sun.append((math.sin(a), -math.cos(a), e, az, el))    # unit vector to the sun (x right, y down)
        self.events, self.houses, self.patches, self.yards = [], [], [], []

    # -------- canvases
    def open_canvas(self, mats):
        self.im = [Image.fromarray(m) for m in mats]
        self.dr = [ImageDraw.Draw(i) for i in self.im]
        self.sh = [Image.new("L", (self.n, self.n), 0) for _ in range(2)]
        self.ds = [ImageDraw.Draw(i) for i in self.sh]
        self.fa = [Image.new("L", (self.n, self.n), 128) for _ in range(2)]
        self.df = [ImageDraw.Draw(i) for i in self.fa]
        self.lu = Image.fromarray(self.lu_base)
        self.dl = ImageDraw.Draw(self.lu)

    def paint(self, g, mat, ts=(0, 1), lu=None, facet=None):
        for p in (parts(g) if hasattr(g, "geom_type") else [g]):
            xy = list(p.exterior.coords) if hasattr(p, "exterior") else p
            for t in ts:
                self.dr[t].polygon(xy, fill=MID[mat])
                self.df[t].polygon(xy, fill=128 if facet is None else int(np.clip(128 * facet, 20, 250)))
                self.ds[t].polygon(xy, fill=0)
            if lu and 0 in ts:
                self.dl.polygon(xy, fill=CODES.index(lu))

    def shadow(self, xy, height, ts=(0, 1)):
        for t in ts:
            sx, sy, e = self.sun[t][:3]
            k = min(height / math.tan(e), 40)
            vx, vy = -sx * k, -sy * k
            moved = [(x + vx, y + vy) for x, y in xy]
            self.ds[t].polygon(moved, fill=255)
            for i in range(len(xy)):
                j = (i + 1) % len(xy)
                self.ds[t].polygon([xy[i], xy[j], moved[j], moved[i]], fill=255)

    def house(self, cx, cy, l, w, th, mat, height, ts=(0, 1), gable=True, repaint=True):
        """Roof with two facets lit by the sun of each date, shadow on the ground, sometimes repainted."""
        xy = rect(cx, cy, l, w, th)
        self.shadow(xy, height, ts)
        rng = self.rng
        tone = rng.normal(1, .07)
        mats = [mat, mat]
        tones = [tone, tone * rng.normal(1, .03)]
        if repaint and len(ts) == 2 and rng.random() < .09:              # weathered / repainted / new cover: not an event
            mats[1] = rng.choice(["roof_blue", "roof_red", "roof_flat", "roof_grey", "roof_rsteel"])
            tones[1] = tone * rng.uniform(.8, 1.2)
        nx, ny = -math.sin(th), math.cos(th)
        for t in ts:
            self.paint(xy, mats[t], (t,), lu=None, facet=tones[t])
            if gable:
                s = .30 * (nx * self.sun[t][0] + ny * self.sun[t][1])
                mx0, mx1 = ((xy[0][0] + xy[3][0]) / 2, (xy[0][1] + xy[3][1]) / 2), ((xy[1][0] + xy[2][0]) / 2, (xy[1][1] + xy[2][1]) / 2)
                self.paint([mx0, mx1, xy[2], xy[3]], mats[t], (t,), facet=tones[t] * (1 + s))
                self.paint([xy[0], xy[1], mx1, mx0], mats[t], (t,), facet=tones[t] * (1 - s))
            elif l > 9 and rng.random() < .5:                            # stair tower, tanks
                k = rect(cx + rng.uniform(-l / 4, l / 4), cy, 3, 3, th)
                self.paint(k, mats[t], (t,), facet=tones[t] * 1.25)
        return xy

    def trees(self, cx, cy, n, spread, mat="tree", size=(1.5, 3.5), ts=(0, 1)):
        for _ in range(n):
            x, y, r = cx + self.rng.normal(0, spread), cy + self.rng.normal(0, spread), self.rng.uniform(*size)
            p = [(x + r * math.cos(a) * self.rng.uniform(.8, 1.15), y + r * math.sin(a)) for a in np.linspace(0, 5.6, 7)]
            self.shadow(p, r * 1.8, ts)
            self.paint(p, mat, ts)

    # -------- layouts: field ids, farming system and row direction of each field
    def layout_terraces(self):
        rng, n = self.rng, self.n
        si = self.region == "sichuan"
        h = smooth(rng, n, 700 if si else 1000, 2)
        h = h + .25 * smooth(rng, n, 170)
        h = (h - h.mean()) / h.std()
        self.h = h
        step = .10 if si else .085
        edges = np.r_[np.arange(-4, -.6, .38), np.arange(-.6, 4, step)]
        lev = np.digitize(h + (.022 * smooth(rng, n, 18)), edges).astype(np.int32)
        L = len(edges) + 1
        sp = 46 if si else 62
        k = int(n / sp) + 3
        gx, gy = np.meshgrid(np.arange(-1, k) * sp, np.arange(-1, k) * sp)
        pts = np.c_[gx.ravel(), gy.ravel()] + rng.uniform(-.48, .48, (gx.size, 2)) * sp
        vor = Voronoi(pts)
        im = Image.new("I", (n, n), 0)
        dr = ImageDraw.Draw(im)
        for i, ri in enumerate(vor.point_region):
            reg = vor.regions[ri]
            if reg and -1 not in reg:
                dr.polygon([tuple(vor.vertices[v]) for v in reg], fill=i)
        cell = np.asarray(im)                                          # wavy field corners and wood edges
        ix = np.arange(n, dtype=np.int32)
        dx, dy = [(7 * smooth(rng, n, 38) + 5 * smooth(rng, n, 15) * .4).astype(np.int32) for _ in range(2)]
        cell = cell[np.clip(ix[:, None] + dy, 0, n - 1), np.clip(ix[None, :] + dx, 0, n - 1)]
        fid = cell * L + lev + 1
        nid = (len(pts) + 1) * L + 2
        ci, li = np.arange(nid) // L, np.arange(nid) % L
        ci = np.clip(ci, 0, len(pts) - 1)
        hv = np.r_[edges[0], edges][np.clip(li - 1, 0, L - 1)]
        px, py = np.clip(pts[ci, 0], 0, n - 1).astype(int), np.clip(pts[ci, 1], 0, n - 1).astype(int)
        zn = [smooth(rng, n, s)[py, px] for s in (420, 350, 520)]
        u = rng.random(nid)
        sysid = np.zeros(nid, np.uint8)
        S = SYS.index
        if si:
            sysid[:] = np.where(u < .78, S("dry"), S("veg"))
            sysid[hv < -.45] = np.where(u < .9, S("paddy"), S("veg"))[hv < -.45]
            sysid[(zn[0] > 1.0) & (hv > -.5)] = S("orchard")
            sysid[(hv > .95 + .35 * zn[1])] = S("pine")
            sysid[(hv > .6) & (u > .93)] = S("scrub")
        else:
            sysid[:] = np.where(u < .5, S("tobacco"), np.where(u < .85, S("dry"), S("veg")))
            sysid[(hv < -.95) & (zn[0] < .4)] = S("paddy")
            sysid[(zn[1] > 1.0) & (hv > -.4)] = S("orchard")
            sysid[(hv > .35) & (zn[2] > .8)] = S("bare")
            sysid[(hv > .7 + .5 * zn[0]) & (zn[2] < .7)] = S("pine")
            sysid[(hv > .45) & (u > .9)] = S("scrub")
        gy_, gx_ = np.gradient(h[::8, ::8])
        th = np.arctan2(gy_, gx_)[py // 8, px // 8] + rng.normal(0, .12, nid)   # rows cross the slope: normal = gradient
        self.fid, self.sysid, self.theta, self.coast = fid, sysid, th.astype(np.float32), None

    def warp(self, xy):
        xy = np.asarray(xy, float)
        for (kx, ky, ph, ax, ay) in self.wv:
            s = np.sin(xy[:, 0] * kx + xy[:, 1] * ky + ph)
            xy = xy + np.c_[ax * s, ay * s]
        return xy

    def layout_blocks(self):
        rng, n = self.rng, self.n
        coast = self.region == "coast"
        self.wv = [(rng.normal(0, .004), rng.normal(0, .004), rng.uniform(0, 6), rng.normal(0, 6 if coast else 14), rng.normal(0, 6 if coast else 14)) for _ in range(3)]
        ang = rng.uniform(0, 2 * np.pi)
        yy, xx = np.mgrid[0:n:8, 0:n:8].astype(np.float32)
        c = (xx - n / 2) * math.cos(ang) + (yy - n / 2) * math.sin(ang)
        c = c + (60 if coast else 130) * smooth(rng, n // 8, 110) [:c.shape[0], :c.shape[1]]
        c -= np.quantile(c, .25 if coast else .16)
        c = np.asarray(Image.fromarray(c.astype(np.float32)).resize((n, n), Image.BICUBIC))
        self.coast, self.h = c, .15 * smooth(rng, n, 400)
        rot = ang + rng.normal(0, .12)
        ca, sa = math.cos(rot), math.sin(rot)
        def to_map(uv):
            uv = np.asarray(uv, float)
            return self.warp(np.c_[n / 2 + uv[:, 0] * ca - uv[:, 1] * sa, n / 2 + uv[:, 0] * sa + uv[:, 1] * ca])
        def breaks(lo, hi):
            b = [-.75 * n]
            while b[-1] < .75 * n:
                b.append(b[-1] + rng.uniform(lo, hi))
            return b
        ub, vb = breaks(180, 380) if coast else breaks(140, 300), breaks(280, 640)
        im = Image.new("I", (n, n), 0)
        dr = ImageDraw.Draw(im)
        sysl, thl = [SYS.index("none")], [0.]
        zn1, zn2 = smooth(rng, n, 900), smooth(rng, n, 600)
        for i in range(len(ub) - 1):
            for j in range(len(vb) - 1):
                m = to_map([((ub[i] + ub[i + 1]) / 2, (vb[j] + vb[j + 1]) / 2)])[0]
                if not (-350 < m[0] < n + 350 and -350 < m[1] < n + 350):
                    continue
                mx, my = int(np.clip(m[0], 0, n - 1)), int(np.clip(m[1], 0, n - 1))
                cc, z1, z2, u = c[my, mx], zn1[my, mx], zn2[my, mx], rng.random()
                if coast:
                    typ = ("crystal" if u < .25 else "pan") if z1 > .15 and cc < .37 * n else "fish" if cc < .26 * n or z2 > .9 else "cotton" if z2 > -.9 else "paddy"
                    if typ in ("cotton",) and u > .92: typ = "reed"
                else:
                    typ = "fish" if z1 > .9 else "lotus" if z1 > .55 else "veg" if u < .08 else "orchard" if u < .13 else "broad" if u < .17 else "paddy"
                w, l = {"pan": (48, 90), "crystal": (22, 55), "fish": (46, 110), "cotton": (17, 190), "paddy": (15, 95), "lotus": (38, 80), "veg": (10, 60)}.get(typ, (40, 120))
                w, l = w * rng.uniform(.8, 1.25), l * rng.uniform(.8, 1.25)
                g = 5
                u0, u1, v0, v1 = ub[i] + g, ub[i + 1] - g, vb[j] + g, vb[j + 1] - g
                flip = rng.random() < .5
                A, B = (u1 - u0, v1 - v0) if not flip else (v1 - v0, u1 - u0)
                cols = np.r_[0, np.sort(np.arange(1, max(1, round(A / l))) * (A / max(1, round(A / l))) + rng.normal(0, l * .05, max(0, max(1, round(A / l)) - 1))), A]
                for a0, a1 in zip(cols[:-1], cols[1:]):
                    ws = w * rng.lognormal(0, .28, int(B / w) + 1)
                    bs = np.r_[0, np.cumsum(ws) / ws.sum() * B]
                    for b0, b1 in zip(bs[:-1], bs[1:]):
                        sk = rng.normal(0, .6)
                        q = [(a0, b0), ((a0 + a1) / 2, b0), (a1, b0 + sk), (a1, b1 + sk), ((a0 + a1) / 2, b1), (a0, b1)]
                        q = [(u0 + a, v0 + b) if not flip else (u0 + b, v0 + a) for a, b in q]
                        s = typ if rng.random() > .06 else rng.choice(["veg", "fish", "paddy", "reed"] if not coast else ["fish", "reed", "cotton"])
                        sysl.append(SYS.index(s)); thl.append(rot + (np.pi / 2 if not flip else 0))   # normal to the strip's long side
                        dr.polygon([tuple(p) for p in to_map(q)], fill=len(sysl) - 1)
        im = np.array(im)
        im[c < 0] = 0                                    # open water and flats carry no fields
        self.fid, self.sysid, self.theta = im, np.array(sysl, np.uint8), np.array(thl, np.float32)
        self.lines = []                                  # canals and roads between the blocks
        for axis, br, lo, hi in ((0, ub, vb[0], vb[-1]), (1, vb, ub[0], ub[-1])):
            for b in br:
                s = np.arange(lo, hi, 25)
                p = to_map(np.c_[np.full(len(s), b), s] if axis == 0 else np.c_[s, np.full(len(s), b)])
                ok = (p[:, 0] > -40) & (p[:, 0] < n + 40) & (p[:, 1] > -40) & (p[:, 1] < n + 40)
                ok &= c[np.clip(p[:, 1], 0, n - 1).astype(int), np.clip(p[:, 0], 0, n - 1).astype(int)] > 12
                for run in np.split(np.arange(len(ok)), np.nonzero(np.diff(ok.astype(int)))[0] + 1):
                    if len(run) > 4 and ok[run[0]]: self.lines.append(p[run])   # never across the open water

    # -------- farming states
    def farm(self):
        """Material map of each date before any object is drawn."""
        rng, n, ids = self.rng, self.n, len(self.sysid)
        self.lu_base = np.array([CODES.index(LUCODE[s]) for s in SYS], np.uint8)[self.sysid][self.fid]
        def draw(month, systems, prev=None):
            out = np.zeros(len(systems), np.uint8)
            for s in np.unique(systems):
                k = np.nonzero(systems == s)[0]
                w = CAL[SYS[s]][month - 1]
                names, p = list(w), np.array(list(w.values()))
                p = p * rng.lognormal(0, .35, len(p))                 # a year's own mix
                out[k] = rng.choice([MID[x] for x in names], len(k), p=p / p.sum())
                if prev is not None:
                    keep = KEEP.get(SYS[s], .16)
                    legal = np.isin(prev[k], [MID[x] for x in names])
                    kp = legal & (rng.random(len(k)) < keep)
                    out[k[kp]] = prev[k[kp]]
            return out
        a = [draw(self.dates[0].month, self.sysid)]
        a.append(draw(self.dates[1].month, self.sysid, a[0]))
        sub = self.fid[::4, ::4]
        cnt = np.maximum(np.bincount(sub.ravel(), minlength=ids), 1)
        yy, xx = np.mgrid[0:n:4, 0:n:4]
        self.cx = (np.bincount(sub.ravel(), xx.ravel(), ids) / cnt).astype(np.float32)
        self.cy = (np.bincount(sub.ravel(), yy.ravel(), ids) / cnt).astype(np.float32)
        # field edges: bunds and headlands
        edge = np.zeros((n, n), bool)
        edge[:, 1:] |= self.fid[:, 1:] != self.fid[:, :-1]
        edge[1:] |= self.fid[1:] != self.fid[:-1]
        self.head = ndi.maximum_filter(edge.astype(np.uint8), 7).astype(bool)
        wide = np.isin(np.arange(len(SYS)), [SYS.index(s) for s in ("fish", "lotus", "pan", "crystal")])[self.sysid][self.fid]
        edge |= wide & (ndi.maximum_filter(edge.astype(np.uint8), 3) > 0)
        bunded = np.isin(np.arange(len(SYS)), BUNDED)[self.sysid][self.fid]
        edge &= bunded & (smooth(rng, n, 14) < 1.15)
        soilb = smooth(rng, n, 90) > (.3 if self.region != "coast" else -.6)
        self.mot = smooth(rng, n, 11) * .6 + smooth(rng, n, 45) * .8
        out, wav = [], smooth(rng, n, 20)
        for t in range(2):
            b = draw(self.dates[t].month, self.sysid)
            crop = np.isin(self.sysid, CROPS)
            split = crop & (rng.random(ids) < .13)
            patchy = rng.normal(1.75, .5, ids).astype(np.float32)
            pa = smooth(rng, n, 28) + .5 * wav
            ang = np.where(rng.random(ids) < .7, self.theta + np.where(rng.random(ids) < .5, 0, np.pi / 2), rng.uniform(0, 6.3, ids)).astype(np.float32)
            off = np.where(split, rng.normal(0, 7, ids), 1e6).astype(np.float32)
            ca, sa = np.cos(ang), np.sin(ang)
            m = np.empty((n, n), np.uint8)
            x = np.arange(n, dtype=np.float32)[None, :]
            for r in range(0, n, 512):
                f = self.fid[r:r + 512]
                y = np.arange(r, r + f.shape[0], dtype=np.float32)[:, None]
                q = (x - self.cx[f]) * ca[f] + (y - self.cy[f]) * sa[f] + 1.2 * wav[r:r + 512]
                mm = np.where(q > off[f], b[f], a[t][f])
                pat = pa[r:r + 512] > patchy[f]                 # drying / wet / weedy / eroded patches inside fields
                for src, dst in (("flood", "mud"), ("pond_turbid", "pond_algae"), ("mud", "flood"), ("plough", "plough_wet"), ("wheat", "wheat_pale"), ("maize", "veg"), ("brine", "salt_thin"),
                                 ("drymud", "mud"), ("stubble", "stubble_old"), ("plough_wet", "plough"), ("scrub", "grass"), ("bare_slope", "scrub"), ("harrow", "weed"), ("burnt", "stubble"), ("rice", "rice_ripe") if self.dates[t].month == 9 else ("rice", "rice")):
                    mm[pat & (mm == MID[src])] = MID[dst]
                mm[edge[r:r + 512] & soilb[r:r + 512]] = MID["bund_soil"]
                mm[edge[r:r + 512] & ~soilb[r:r + 512]] = MID["bund_grass"]
                m[r:r + 512] = mm
            out.append(m)
        if self.coast is not None:
            self.nature(out)
        else:
            self.logging(out)
        return out

    def nature(self, out):
        """Seaward / lakeward side of the dike: water, flats with creeks, reed, seepweed; tide differs between the dates."""
        rng, n, c = self.rng, self.n, self.coast
        coast = self.region == "coast"
        creek = np.abs(smooth(rng, n, 260, 2))
        z = smooth(rng, n, 60, 2)
        for t in range(2):
            m = out[t]
            winter = self.dates[t].month in (11, 12, 1, 2, 3)
            sea = c < 0
            if coast:
                tide = rng.uniform(-120, 120)
                m[sea] = MID["tidal"]
                m[sea & (c > -330 + 80 * z)] = MID["weed" if winter else "suaeda"]
                m[sea & (c > -170 + 70 * z)] = MID["reed_dry" if winter else "reed"]
                m[sea & (creek < .06 - c / 9000) & (c < -60)] = MID["river"]
                m[sea & (c < -480 + 50 * z + tide)] = MID["sea"]
            else:
                level = rng.uniform(-40, 25)
                m[sea] = MID["shore"]
                m[sea & (c > -55 + 25 * z)] = MID["reed_dry" if winter else "reed"]
                m[sea & (c < -70 + 22 * z + level)] = MID["pond"]
                m[sea & (z > 1.1) & (c < -100) & (c > -400)] = MID["lotus_dry" if winter else "lotus"]
            m[(c > -3) & (c < 13)] = MID["grass"]
            m[(c > 2) & (c < 8)] = MID["conc_road" if coast else "dirt"]
        self.lu_base[c < 0] = CODES.index("1101")
        self.lu_base[(c > 0) & (c < 10)] = CODES.index("1006")

    def logging(self, out):
        """Clear cuts and regrowth in the woods (not events)."""
        rng = self.rng
        for _ in range(rng.poisson(10 * self.scale) + 1):
            g = blob(rng, *rng.uniform(0, self.n, 2), rng.lognormal(8, .6), rng.uniform(0, 3), .3, rng.uniform(1, 2.5))
            x0, y0, x1, y1 = [int(np.clip(v, 0, self.n)) for v in g.bounds]
            if x1 - x0 < 5 or y1 - y0 < 5:
                continue
            k = features.rasterize([affinity.translate(g, -x0, -y0)], (y1 - y0, x1 - x0)).astype(bool)
            t = int(rng.random() < .75)
            v = out[t][y0:y1, x0:x1]
            v[k & np.isin(v, [MID["conifer"], MID["broadleaf"]])] = MID[rng.choice(["felled", "weed", "bare_slope"])]

    # -------- standing objects
    def path(self, start, ang, length, wig=.05):
        p, pts = np.array(start, float), []
        bend = 0.
        for _ in range(int(length / 12)):
            pts.append(tuple(p))
            bend = .85 * bend + self.rng.normal(0, wig)
            ang += bend
            p = p + 12 * np.array([math.cos(ang), math.sin(ang)])
            if not (-60 < p[0] < self.n + 60 and -60 < p[1] < self.n + 60):
                break
        return LineString(pts) if len(pts) > 1 else None

    def edge_start(self):
        s, u = self.rng.integers(4), self.rng.uniform(.1, .9) * self.n
        return [((-20, u), 0), ((self.n + 20, u), math.pi), ((u, -20), math.pi / 2), ((u, self.n + 20), -math.pi / 2)][s]

    def roof(self):
        p = {"sichuan": (.45, .15, .25, .08, .03, .04), "plateau": (.25, .25, .35, .08, .03, .04), "coast": (.1, .55, .1, .15, .05, .05), "lake": (.35, .25, .2, .1, .05, .05)}[self.region]
        return self.rng.choice(["roof_grey", "roof_red", "roof_flat", "roof_blue", "roof_white", "roof_rsteel"], p=p)

    def homestead(self, x, y, th, yard=True):
        rng = self.rng
        if self.region != "lake" and 0 <= x < self.n and 0 <= y < self.n and CLS[self.im[0].getpixel((int(x), int(y)))] in (4, 15): return
        l, w = rng.uniform(9, 17), rng.uniform(6.5, 10)
        nx, ny = -math.sin(th), math.cos(th)
        if yard:
            mat = rng.choice(["conc_yard", "village_soil", "gravel"], p=[.6, .3, .1])
            yl, yw = l * rng.uniform(.9, 1.2), rng.uniform(6, 11)
            self.paint(rect(x + nx * (w + yw) / 2, y + ny * (w + yw) / 2, yl, yw, th), mat)
            self.yards.append((x + nx * (w + yw) / 2, y + ny * (w + yw) / 2, yl, yw, th))
            if rng.random() < .4:
                self.house(x + nx * (w + yw) / 2 + math.cos(th) * (yl / 2 + 2), y + ny * (w + yw) / 2 + math.sin(th) * (yl / 2 + 2), yw, 5, th + math.pi / 2, self.roof(), 3.5)
        m = self.roof()
        self.house(x, y, l, w, th, m, rng.choice([4., 7., 10.]), gable=m != "roof_flat")
        self.houses.append((x, y, th))

    def village(self, x, y, rows, cols, th, dx=19, dy=27):
        rng = self.rng
        g = blob(rng, x, y, rows * cols * dx * dy * 1.15, th, .34, max(.4, cols * dx / (rows * dy)))
        for _ in range(rows * 3):                                     # trees and gardens around a ragged village edge
            q = g.exterior.interpolate(rng.uniform(0, g.length))
            self.paint(blob(rng, q.x, q.y, rng.uniform(150, 900), 0, .3), rng.choice(["tree", "grass", "veg", "bamboo", "scrub"]))
        self.paint(g, "village_soil", lu="0702")
        inside = g.buffer(-6)
        for _ in range(rows * 2):
            q = g.exterior.interpolate(rng.uniform(0, g.length))
            self.paint(blob(rng, q.x, q.y, rng.uniform(100, 500), 0, .3), rng.choice(["tree", "grass", "veg", "weed"]))
        for _ in range(int(rows * cols * .9)):
            q = rng.uniform(g.bounds[:2], g.bounds[2:])
            if g.contains(Point(q)):
                self.paint(blob(rng, *q, rng.uniform(40, 220)), rng.choice(["grass", "veg", "weed", "scrub"]))
        for i in range(rows + 2):                                     # lanes
            v = (i - rows / 2 - .5) * dy + dy * .45
            ln = LineString([(x + a * math.cos(th) - v * math.sin(th), y + a * math.sin(th) + v * math.cos(th)) for a in (-cols * dx / 2, cols * dx / 2)])
            self.paint(ln.buffer(1.6).intersection(g), "conc_road")
        for i in range(-1, rows + 1):
            for j in range(-1, cols + 1):
                a, v = (j - cols / 2 + .5) * dx + rng.normal(0, 2), (i - rows / 2 + .5) * dy + rng.normal(0, 1.5)
                px, py = x + a * math.cos(th) - v * math.sin(th), y + a * math.sin(th) + v * math.cos(th)
                if rng.random() < .86 and inside.contains(Point(px, py)):
                    self.homestead(px, py, th + rng.normal(0, .05))
                elif inside.contains(Point(px, py)):
                    self.trees(px, py, 7, 6)
                if rng.random() < .3 and inside.contains(Point(px, py)): self.trees(px, py + 9, 2, 5)

    def objects(self):
        rng, n, sc = self.rng, self.n, self.scale
        hilly = self.region in ("sichuan", "plateau")
        inside = lambda: rng.uniform(60, n - 60, 2)
        land = lambda p: self.coast is None or self.coast[int(np.clip(p[1], 0, n - 1)), int(np.clip(p[0], 0, n - 1))] > 60
        road_mats = ["asphalt", "conc_road"]
        if hilly:
            if rng.random() < .7:                                     # river with bars
                st, a = self.edge_start()
                ln = self.path(st, a, 3 * n, .035)
                w = rng.uniform(7, 16)
                self.paint(ln.buffer(w + 5), "grass")
                self.paint(ln.buffer(w), "sand", lu="1101")
                for t in range(2):
                    self.paint(ln.buffer(w * rng.uniform(.55, .98)), "river", (t,))
            for _ in range(int(45 * sc) if self.region == "sichuan" else int(12 * sc)):   # ponds, shores dry and flood
                x, y = inside()
                if self.h[int(y), int(x)] > .3:
                    continue
                g = blob(rng, x, y, rng.lognormal(7 if self.region == "sichuan" else 8, .7), rng.uniform(0, 3), .2, rng.uniform(1, 2))
                self.pond(g)
            for _ in range(int(30 * sc) + 4):
                ln = self.path(inside(), rng.uniform(0, 6.3), rng.uniform(200, 900), .08)
                if ln: self.paint(ln.buffer(rng.uniform(1, 1.8)), rng.choice(["dirt", "dirt", "conc_road"]), lu=None)
            for i in range(3 + int(5 * sc)):
                st, a = self.edge_start()
                ln = self.path(st, a, 3 * n, .03)
                w = rng.uniform(3, 4.5) if i < 2 else rng.uniform(1.8, 2.6)
                if ln:
                    self.paint(ln.buffer(w + 2), "grass"); self.paint(ln.buffer(w), rng.choice(road_mats), lu="1003" if i < 2 else "1006")
        else:
            self.canals = []
            for p in self.lines:
                ln, u = LineString(p), rng.random()
                if u < (.5 if self.region == "lake" else .35):
                    w = rng.uniform(4, 11)
                    self.paint(ln.buffer(w + 4), "grass"); self.paint(ln.buffer(w), "shore", lu="1101")
                    for t in range(2):
                        self.paint(ln.buffer(w * rng.uniform(.7, .97)), rng.choice(["river", "pond_algae", "pond"], p=[.6, .2, .2]), (t,))
                    self.canals.append((p, w))
                    if rng.random() < .6:
                        o = ln.parallel_offset(w + 5, rng.choice(["left", "right"]))
                        self.paint(o.buffer(1.7), rng.choice(["conc_road", "dirt"]), lu="1006")
                elif u < .75:
                    w = rng.uniform(2, 4)
                    self.paint(ln.buffer(w + 2.5), "grass"); self.paint(ln.buffer(w), rng.choice(["asphalt", "conc_road", "conc_road"]), lu="1006")
                    if rng.random() < .4:                             # avenue trees
                        for s in np.cumsum(rng.uniform(4, 13, int(ln.length / 9))):
                            q = ln.interpolate(s); self.trees(q.x + rng.normal(0, .6), q.y + w + 2, 1, .5)
                else:
                    self.paint(ln.buffer(3), "grass"); self.paint(ln.buffer(1.4), rng.choice(["dirt", "river"]))
        # settlements
        if self.region == "sichuan":
            for _ in range(int(300 * sc)):
                x, y = inside()
                if self.h[int(y), int(x)] > 1.2 or CLS[self.im[0].getpixel((int(x), int(y)))] in (4, 5, 15): continue
                th = rng.uniform(0, 6.3)
                self.paint(blob(rng, x, y, rng.uniform(900, 2600), th, .28, 1.3), "bamboo", lu="0702")
                k = rng.integers(1, 4)
                for j in range(k):
                    self.homestead(x + math.cos(th) * 19 * (j - (k - 1) / 2), y + math.sin(th) * 19 * (j - (k - 1) / 2), th + rng.normal(0, .12))
                self.trees(x, y, 8, 16, "bamboo", (2, 4.5))
            nv, shape_ = max(1, int(3 * sc)), (4, 9)
        elif self.region == "plateau":
            nv, shape_ = max(2, int(11 * sc)), (6, 11)
        elif self.region == "coast":
            nv, shape_ = max(2, int(7 * sc)), (6, 12)
        else:
            nv, shape_ = max(1, int(2 * sc)), (5, 9)
            for p, w in self.canals:
                if rng.random() > .65: continue
                ln = LineString(p)
                for side in ("left", "right"):
                    if rng.random() < .35 or ln.length < 200: continue
                    o = ln.parallel_offset(w + 17, side)
                    if o.geom_type != "LineString" or o.length < 150: continue
                    a0 = rng.uniform(0, .4) * o.length
                    a1 = a0 + min(rng.uniform(180, 900), o.length - a0)
                    seg = LineString([o.interpolate(s) for s in np.arange(a0, a1, 15)]) if a1 - a0 > 40 else None
                    if seg is None: continue
                    self.paint(seg.buffer(19, cap_style=2), "village_soil", lu="0702")
                    for s in np.arange(0, seg.length - 8, 16):
                        q, q2 = seg.interpolate(s), seg.interpolate(s + 4)
                        th = math.atan2(q2.y - q.y, q2.x - q.x)
                        if rng.random() < .45:
                            self.paint(blob(rng, q.x + rng.normal(0, 9), q.y + rng.normal(0, 9), rng.uniform(50, 150)), rng.choice(["veg", "grass", "weed"]))
                        if rng.random() < .88: self.homestead(q.x, q.y, th + rng.normal(0, .04) + (math.pi if rng.random() < .5 else 0))
                        if rng.random() < .6: self.trees(q.x, q.y, 3, 13)
        for _ in range(nv * 4):
            if nv == 0: break
            x, y = inside()
            if not land((x, y)) or (hilly and self.h[int(y), int(x)] > .7): continue
            nv -= 1
            k = rng.uniform(.55, 1.25)
            self.village(x, y, max(2, int(shape_[0] * k)), max(3, int(shape_[1] * k)), rng.normal(0, .25), rng.uniform(17, 21), rng.uniform(24, 30))
        if self.coast is None and self.region == "plateau":
            for _ in range(int(40 * sc)):
                x, y = inside()
                self.homestead(x, y, rng.uniform(0, 6))
        # standing works of all kinds, unchanged between the dates (sites drawn exactly as events are)
        self.occ = np.zeros((self.size, self.size), bool)
        for kind in ["factory"] * max(2, int(9 * sc)) + ["greenhouse"] * max(2, int(9 * sc)) + ["excavation"] * max(1, int(3 * sc)) + ["photovoltaic"] * max(1, int(3 * sc)) + ["earthwork"] * max(1, int(4 * sc)) + ["pen"] * max(2, int(10 * sc)):
            pos = inside()
            if not land(pos): continue
            g = self.site_shape(pos, rng.lognormal(7.9 if kind != "pen" else 6.2, .5), "rect" if kind != "excavation" else "blob")
            getattr(self, "do_" + kind)(g, (0, 1), existing=True)
            self.paint_lu(g, {"factory": "0601", "excavation": "0601", "photovoltaic": "0601"}.get(kind, "1202"))
        # movable things: parked vehicles, drying grain, straw heaps
        for (x, y, l, w, th) in self.yards:
            for t in range(2):
                if rng.random() < .18 and self.dates[t].month in (5, 6, 8, 9, 10, 11):
                    self.paint(rect(x, y, l * .7, w * .6, th), "grain", (t,))
                elif rng.random() < .22:
                    self.paint(rect(x + rng.normal(0, 2), y + rng.normal(0, 1), 4.5, 2, th + rng.choice([0, 1.57])), rng.choice(["vehicle", "container"]), (t,))
        for t in range(2):
            arr = np.asarray(self.im[t])
            for _ in range(int(700 * sc)):
                x, y = inside()
                if arr[int(y), int(x)] in (MID["stubble"], MID["stubble_old"], MID["wheat_ripe"], MID["maize_dry"]):
                    p = blob(rng, x, y, rng.uniform(9, 40))
                    self.shadow(list(p.exterior.coords), 2, (t,)); self.paint(p, "heap", (t,))

    def paint_lu(self, g, code):
        for p in parts(g):
            self.dl.polygon(list(p.exterior.coords), fill=CODES.index(code))

    def pond(self, g):
        rng = self.rng
        self.paint(g.buffer(2.5), "grass"); self.paint(g, "shore", lu="1104")
        m = rng.choice(["pond", "pond_turbid", "pond_algae"])
        for t in range(2):
            if rng.random() < .07:
                self.paint(g.buffer(-1.5), "drymud", (t,)); continue
            k = rng.uniform(.5, 6) if rng.random() < .5 else .7
            self.paint(g.buffer(-k), m if rng.random() < .7 else rng.choice(["pond", "pond_turbid", "pond_algae"]), (t,))

    # -------- construction painters: each paints polygon g at the dates ts and returns (kind, kind_alt, surface, mixed)
    def inner(self, g, fl, fw, du=0, dv=0):
        """Rotated rectangle inside g: fractions of its bounding rectangle, with offsets as fractions."""
        r = list(g.minimum_rotated_rectangle.exterior.coords)
        e1, e2 = np.subtract(r[1], r[0]), np.subtract(r[2], r[1])
        if np.hypot(*e1) < np.hypot(*e2): e1, e2 = e2, e1
        c = np.mean(r[:4], 0) + e1 * du + e2 * dv
        L, Wd, th = np.hypot(*e1) * fl, np.hypot(*e2) * fw, math.atan2(e1[1], e1[0])
        for _ in range(8):
            if g.buffer(1.5).contains(Polygon(rect(*c, L, Wd, th))): break
            L, Wd = L * .88, Wd * .88
            c = .8 * c + .2 * np.array(g.centroid.coords[0])
        return c[0], c[1], L, Wd, th

    def cars(self, g, n, ts):
        for _ in range(n):
            q = self.rng.uniform(g.bounds[:2], g.bounds[2:])
            if g.buffer(-4).contains(Point(q)):
                self.paint(rect(*q, *((5, 2.2) if self.rng.random() < .7 else (10, 2.6)), self.rng.choice([0, 1.57]) + self.rng.normal(0, .1)), self.rng.choice(["vehicle", "container"]), ts)

    def do_factory(self, g, ts, existing=False):
        rng = self.rng
        self.paint(g, rng.choice(["conc_yard", "gravel", "conc_new"]), ts)
        m = rng.choice(["roof_blue", "roof_white", "roof_rsteel", "roof_gsteel", "roof_flat"], p=[.4, .2, .15, .05, .2])
        k = 1 if g.area < 2500 else int(rng.integers(1, 4))
        for i in range(k):
            x, y, l, w, th = self.inner(g, rng.uniform(.6, .9), rng.uniform(.6, .85) / k, 0, (i - (k - 1) / 2) / k * .95)
            self.house(x, y, l, w, th, m, rng.uniform(6, 11), ts, m != "roof_flat", existing)
        if existing:
            for t in ts: self.cars(g, int(g.area / 500), (t,))
        else: self.cars(g, int(g.area / 900), ts)
        return "new_building", "", m.split("_")[1] + " shed with yard", 0

    def do_house(self, g, ts, existing=False):
        rng = self.rng
        self.paint(g, rng.choice(["conc_new", "conc_yard", "earth_local", "village_soil"]), ts)
        k = max(1, int(g.area / 450)) if g.area < 2500 else int(g.area / 600)
        k = min(k, 8)
        for i in range(k):
            x, y, l, w, th = self.inner(g, .8 / k, rng.uniform(.45, .7), (i - (k - 1) / 2) / k, rng.uniform(-.12, .12))
            m = rng.choice(["roof_flat", "roof_red", "roof_grey", "roof_white", "roof_blue"], p=[.4, .2, .2, .1, .1])
            self.house(x, y, l, w, th, m, rng.uniform(4, 11), ts, m != "roof_flat", existing)
        return "new_building", "", "houses", 0

    def do_yard(self, g, ts, existing=False):
        m = self.rng.choice(["conc_new", "conc_yard", "gravel"])
        self.paint(g, m, ts); self.cars(g, int(g.area / 700), ts)
        return "new_building", "earthwork", "hard yard (%s), no roof" % m, 0

    def do_site(self, g, ts, existing=False):
        """Half-built: foundation, walls, net over heaps, earth around."""
        rng = self.rng
        self.paint(g, rng.choice(["earth_local", "earth_sub", "earth_fill"]), ts)
        self.tracks(g, ts)
        x, y, l, w, th = self.inner(g, .65, .6, rng.uniform(-.1, .1), rng.uniform(-.08, .08))
        if rng.random() < .5: self.house(x, y, l, w, th, "roof_flat", 4, ts, False, False)
        else:
            self.paint(rect(x, y, l, w, th), "conc_new", ts)
            for a in np.arange(-l / 2 + 2, l / 2 - 1, 6):
                self.paint(rect(x + a * math.cos(th), y + a * math.sin(th), 1.2, w, th), "earth_wet", ts)
        if rng.random() < .5:
            x, y, l, w, th = self.inner(g, .2, .4, .36, rng.uniform(-.2, .2)); self.paint(blob(rng, x, y, l * w + 20, th).intersection(g), "net", ts)
        return "new_building", "earthwork", "half-built, foundation and earth", 1

    def do_mixed(self, g, ts, existing=False):
        rng = self.rng
        self.paint(g, rng.choice(["earth_local", "earth_rough"]), ts); self.tracks(g, ts)
        x, y, l, w, th = self.inner(g, .55, .9, -.2, 0)
        self.paint(rect(x, y, l, w, th), "conc_new", ts)
        self.house(x, y, l * .75, w * .6, th, rng.choice(["roof_blue", "roof_white", "roof_flat"]), 7, ts, True, False)
        return "new_building", "earthwork", "shed, yard and levelled earth", 1

    def tracks(self, g, ts):
        rng = self.rng
        for _ in range(int(2 + g.area / 400)):
            q = rng.uniform(g.bounds[:2], g.bounds[2:])
            ln = self.path(q, rng.uniform(0, 6.3), rng.uniform(25, 90), .12)
            if ln: self.paint(ln.buffer(.6).intersection(g), rng.choice(["earth_track", "earth_wet"]), ts)

    def heaps(self, g, ts, k):
        rng = self.rng
        for _ in range(k):
            q = rng.uniform(g.bounds[:2], g.bounds[2:])
            p = blob(rng, *q, rng.uniform(20, 140)).intersection(g)
            for e in parts(p):
                self.shadow(list(e.exterior.coords), rng.uniform(1, 3), ts)
                self.paint(e, "earth_heap", ts)
                for t in ts:
                    self.paint(affinity.translate(affinity.scale(e, .6, .6), self.sun[t][0] * 1.2, self.sun[t][1] * 1.2), "earth_heap", (t,), facet=1.15)

    def do_earthwork(self, g, ts, existing=False):
        rng = self.rng
        base = rng.choice(["earth_local", "earth_rough", "earth_sub", "earth_fill", "earth_wet"], p=[.36, .2, .24, .12, .08])
        self.paint(g, base, ts)
        form = rng.choice(["stripped", "levelled", "heaped", "half"])
        if form != "stripped":                                         # a second worked part with an irregular front
            other = rng.choice(["earth_local", "earth_rough", "earth_sub", "earth_wet"])
            self.paint(blob(rng, *g.exterior.coords[0], g.area * .7).intersection(g), other, ts)
        self.tracks(g, ts)
        if form == "heaped" or rng.random() < .25: self.heaps(g, ts, int(2 + g.area / 250))
        if form == "half":                                             # untouched remains of the old ground near the middle
            pass
        if rng.random() < .12: self.paint(blob(rng, *g.centroid.coords[0], g.area * .25).intersection(g), "net", ts)
        return "earthwork", "excavation" if form == "heaped" and rng.random() < .3 else "", "%s %s" % (form, base), 0

    def do_excavation(self, g, ts, existing=False):
        rng = self.rng
        m = rng.choice(["pit_local", "pit_sub", "pit_rock"], p=[.45, .35, .2])
        self.paint(g, m, ts)
        depth, core = rng.uniform(2, 7), g.buffer(-rng.uniform(1, 4))
        other = rng.choice(["pit_local", "pit_sub"])
        self.paint(blob(rng, *g.centroid.coords[0], g.area * .4).intersection(core), other, ts)
        wet = rng.random() < .4
        if wet:
            c = g.representative_point()
            self.paint(blob(rng, c.x, c.y, g.area * rng.uniform(.12, .28)).intersection(core), "pit_water", ts)
        for t in ts:                                                   # shaded wall on the sun's side, lit wall opposite
            k = depth / math.tan(self.sun[t][2])
            for p in parts(core.difference(affinity.translate(core, -self.sun[t][0] * k, -self.sun[t][1] * k))):
                self.ds[t].polygon(list(p.exterior.coords), fill=255)
            for p in parts(g.difference(affinity.translate(g, self.sun[t][0] * 2, self.sun[t][1] * 2)).difference(core)):
                if len(p.interiors) == 0: self.paint(p, m, (t,), facet=1.2)
        if rng.random() < .4: self.heaps(g.difference(core) if g.area > 4000 else g, ts, 3)
        return "excavation", "earthwork" if m == "pit_local" and not wet else "", m.replace("_", " ") + (" with water" if wet else ""), 0

    def do_photovoltaic(self, g, ts, existing=False):
        rng = self.rng
        x, y = g.centroid.coords[0]
        base = NAMES[np.asarray(self.im[ts[0]].crop((int(x), int(y), int(x) + 1, int(y) + 1)))[0, 0]]
        gap = "pv_gap_water" if CLS[MID[base]] == 4 else rng.choice(["pv_gap_grass", "pv_gap_soil"])
        full = g if rng.random() < .75 else g.intersection(Polygon(rect(*self.inner(g, .75, 1, -.12, 0))).buffer(3))
        self.paint(g, "earth_local" if gap != "pv_gap_water" and full is not g else gap, ts); self.paint(full, gap, ts)
        th, w, gp = rng.normal(0, .05), rng.uniform(3, 4.5), rng.uniform(2.2, 4.5)
        x0, y0, x1, y1 = full.bounds
        for yy in np.arange(y0 - 20, y1 + 20, w + gp):
            row = Polygon(rect((x0 + x1) / 2, yy, x1 - x0 + 60, w, th)).intersection(full.buffer(-1))
            for p in parts(row):
                self.shadow(list(p.exterior.coords), 1.3, ts); self.paint(p, "pv", ts)
        return "photovoltaic", "", "panel rows over " + gap.split("_")[2], 0

    def do_greenhouse(self, g, ts, existing=False):
        rng = self.rng
        m = rng.choice(["film_new", "film_old", "glass", "shade_net"], p=[.42, .3, .18, .1])
        self.paint(g, "dirt" if existing else rng.choice(["dirt", "harrow", "bund_grass"]), ts)
        r = self.inner(g, 1, 1)
        th, pitch = r[4], rng.uniform(7, 11)
        L, Wd = r[2], r[3]
        c = np.array(g.centroid.coords[0])
        R = list(g.minimum_rotated_rectangle.exterior.coords)
        L, Wd = max(math.dist(R[0], R[1]), math.dist(R[1], R[2])), min(math.dist(R[0], R[1]), math.dist(R[1], R[2]))
        if rng.random() < .5: th, L, Wd = th + math.pi / 2, Wd, L      # arches along or across
        off = {t: existing and rng.random() < .3 for t in ts}          # film taken off (not an event)
        gapw = 0.8 if m == "glass" else rng.uniform(1, 1.8)
        for s in np.arange(-Wd / 2 + pitch / 2, Wd / 2, pitch):
            for half in (-1, 1):
                cc = c + (s + half * (pitch - gapw) / 4) * np.array([-math.sin(th), math.cos(th)])
                strip = Polygon(rect(*cc, L, (pitch - gapw) / 2, th)).intersection(g.buffer(-1))
                for t in ts:
                    lit = 1 + .12 * half * (-math.sin(th) * self.sun[t][0] + math.cos(th) * self.sun[t][1])
                    bare = off[t] or (existing and rng.random() < .04)
                    self.paint(strip, "frames" if bare else m, (t,), facet=lit * rng.normal(1, .03))
        return "greenhouse", "", m.replace("_", " "), 0

    def do_pen(self, g, ts, existing=False):
        rng = self.rng
        self.paint(g, "village_soil", ts)
        x, y, l, w, th = self.inner(g, .9, .35, 0, -.25)
        self.house(x, y, l, w, th, rng.choice(["roof_grey", "roof_rsteel", "roof_blue"]), 3, ts)
        return "new_building", "", "pen", 0

    def do_demolition(self, g, ts, existing=False):
        """A compound stands before; rubble, bare ground, net or weeds after."""
        rng = self.rng
        kind = rng.choice(["factory", "house", "greenhouse"], p=[.5, .42, .08])
        getattr(self, "do_" + kind)(g, (0,))
        left = rng.choice(["rubble", "rubble_red", "dirt", "net", "weed", "earth_rough"], p=[.3, .2, .2, .1, .1, .1])
        self.paint(g, left, (1,))
        for t in (1,):
            self.paint(blob(rng, *g.centroid.coords[0], g.area * .5).intersection(g), rng.choice(["rubble", "dirt", left]), (1,))
            self.heaps(g, (1,), int(rng.integers(0, 3)))
        self.paint_lu(g, "0702" if kind == "house" else "0601")
        return "demolition", "", left + " after " + kind, 0

    def do_linear(self, g, ts, existing=False):
        rng = self.rng
        m = rng.choice(["conc_road", "asphalt", "gravel", "earth_local", "earth_sub", "earth_fill"], p=[.34, .14, .14, .14, .14, .1])
        self.paint(g, m, ts)
        mixed = 0
        if rng.random() < .3:                                          # partly only a roadbed
            cut = Point(g.exterior.coords[0]).buffer(math.sqrt(g.bounds[2] - g.bounds[0] + g.bounds[3] - g.bounds[1]) * 6)
            self.paint(g.intersection(cut), "earth_sub", ts); mixed = 1
        return "linear", "earthwork" if m.startswith("earth") else "", "road, " + m.replace("_", " "), mixed

    # -------- sites
    def site_shape(self, pos, area, form):
        rng = self.rng
        x, y = pos
        f = self.fid[int(np.clip(y, 0, self.n - 1)), int(np.clip(x, 0, self.n - 1))]
        th = float(self.theta[f]) + rng.normal(0, .05)
        asp = rng.uniform(1, 2.4)
        R = Polygon(rect(x, y, math.sqrt(area * asp), math.sqrt(area / asp), th))
        if form == "L":
            a = rect(x, y, math.sqrt(area * asp * 1.25), math.sqrt(area / asp * 1.25), th)
            cut = Polygon(rect(*a[2], math.sqrt(area * asp) * .9, math.sqrt(area / asp) * .9, th))
            R = Polygon(a).difference(cut)
        elif form == "blob":
            R = blob(rng, x, y, area, th, .25, asp)
        elif form == "ragged":
            R = R.buffer(3).intersection(blob(rng, x, y, area * 1.35, th, .2, asp))
        elif form == "field":                                          # exactly one field
            k = 110
            x0, y0 = int(max(0, x - k)), int(max(0, y - k))
            w = np.ascontiguousarray(self.fid[y0:y0 + 2 * k, x0:x0 + 2 * k] == f)
            for g, v in features.shapes(w.astype(np.uint8), mask=w):
                g = affinity.translate(shape(g).buffer(0), x0, y0)
                if g.contains(Point(x, y)):
                    g = g.buffer(-2).buffer(1.5).simplify(1)
                    if 250 < g.area < 15000 and g.geom_type == "Polygon": R = Polygon(g.exterior)
        R = R.simplify(.3)
        if R.geom_type != "Polygon": R = max(parts(R), key=lambda p: p.area)
        return R

    def mask(self, g, pad=0):
        """Row slice, column slice and boolean mask of g on the 2 m grid."""
        if pad: g = g.buffer(pad)
        x0, y0, x1, y1 = [int(v // 2) for v in g.bounds]
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1 + 1, self.size), min(y1 + 1, self.size)
        if x1 <= x0 or y1 <= y0: return None
        k = features.rasterize([affinity.affine_transform(g, [.5, 0, 0, .5, -x0, -y0])], (y1 - y0, x1 - x0)).astype(bool)
        return slice(y0, y1), slice(x0, x1), k

    def place_events(self):
        rng = self.rng
        mats0 = np.asarray(self.im[0])[::2, ::2].copy()
        works = WORKS[mats0]
        other1 = WORKS[np.asarray(self.im[1])[::2, ::2]]
        n_new, n_dem = max(4, round(rng.integers(62, 80) * self.scale)), max(2, round(rng.integers(8, 15) * self.scale))
        kinds = list(rng.choice(["house", "factory", "yard", "site", "mixed", "earthwork", "linear", "photovoltaic", "greenhouse", "excavation"], n_new,
                                p=[.10, .10, .06, .05, .05, .24, .10, .08, .11, .11]))
        for i, k in enumerate(["house", "earthwork", "linear", "photovoltaic", "greenhouse", "excavation"]):
            if n_new > 8: kinds[i] = k
        counter = {}
        for kind in kinds + ["demolition"] * n_dem:
            goal = rng.choice(["crop", "orchard", "wood", "water", "any", "village"], p=[.3, .1, .1, .12, .2, .18])
            for tries in range(90):
                pos = rng.uniform(40, self.n - 40, 2)
                if goal == "village" and self.houses:
                    hx, hy, _ = self.houses[rng.integers(len(self.houses))]
                    pos = np.array([hx, hy]) + rng.normal(0, 45, 2)
                if not (30 < pos[0] < self.n - 30 and 30 < pos[1] < self.n - 30): continue
                here = mats0[int(pos[1] // 2), int(pos[0] // 2)]
                s = SYS[self.sysid[self.fid[int(pos[1]), int(pos[0])]]]
                ok = {"crop": CLS[here] in (2, 3, 13), "orchard": s == "orchard", "wood": s in ("broad", "pine", "bamboo", "scrub"), "water": CLS[here] == 4}.get(goal, True)
                if not ok and tries < 60: continue
                if self.coast is not None and self.coast[int(pos[1]), int(pos[0])] < (-150 if tries > 40 else 20): continue
                area = float(np.clip(rng.lognormal(math.log(1200), .85), 300, 15000))
                if kind in ("photovoltaic", "factory", "greenhouse"): area = min(area * 1.5, 15000)
                if kind == "linear":
                    ln = self.path(pos, rng.uniform(0, 6.3), min(rng.uniform(80, 600), 80 + 5 * tries + rng.uniform(0, 520)), .025 if rng.random() < .6 else .0)
                    if ln is None or ln.length < 80: continue
                    g = ln.buffer(rng.uniform(2, 5), cap_style=2)
                else:
                    form = "blob" if kind == "excavation" and rng.random() < .6 else rng.choice(["rect", "L", "blob", "ragged", "field"], p=[.34, .12, .12, .17, .25])
                    if kind in ("house", "factory"): form = rng.choice(["rect", "L", "ragged"], p=[.6, .2, .2])
                    if kind in ("earthwork", "photovoltaic") and rng.random() < .35: form = "field"
                    g = self.site_shape(pos, area, form)
                if g.geom_type != "Polygon" or not g.is_valid or not 300 <= g.area <= 15000 or not box(4, 4, self.n - 4, self.n - 4).contains(g): continue
                mk = self.mask(g)
                if mk is None or mk[2].sum() < 40: continue
                lim = .07
                if (works[mk[:2]] & mk[2]).sum() > lim * mk[2].sum() or (other1[mk[:2]] & mk[2]).sum() > lim * mk[2].sum(): continue
                if kind != "linear" and np.isin(mats0[mk[:2]][mk[2]], [MID["river"], MID["sea"]]).mean() > .12: continue   # bank, not stream
                pk = self.mask(g, 6)
                if self.occ[pk[:2]][pk[2]].any(): continue
                vals, cnts = np.unique(mats0[mk[:2]][mk[2]], return_counts=True)
                was = NAMES[vals[cnts.argmax()]]
                k, alt, surf, mixed = getattr(self, "do_" + kind)(g, (1,))
                if kind == "demolition": was = surf.split(" after ")[1]
                self.occ[pk[:2]] |= pk[2]
                counter[k] = counter.get(k, 0) + 1
                place = "village edge" if goal == "village" else {"fish": "pond", "lotus": "pond"}.get(s, s)
                self.events.append(dict(eid=len(self.events) + 1, kind=k, kind_alt=alt, surface=str(surf), place=place, was=str(was), mixed=int(mixed), listed=counter[k] % 2, area_m2=round(g.area, 1), geometry=g))
                break

    # -------- from materials to sensor counts
    def spectra(self):
        rng = np.random.default_rng([self.seed, 31])
        grp, base = {}, {}
        for k, v in BASE.items():
            g = grp.setdefault(v[4], (rng.uniform(.84, 1.16), rng.uniform(.95, 1.05, 4)))
            base[k] = np.array(v[:4]) * g[0] * g[1] * rng.uniform(.93, 1.08) * rng.uniform(.95, 1.05, 4)
        f = rng.uniform(.8, 1.25) * rng.uniform(.92, 1.08, 4)
        base["soil"], soil2, base["sub"] = [np.array(s) * f * rng.uniform(.95, 1.05, 4) for s in SOILS[self.region]]
        self.soil = base["soil"]
        self.soil_ratio = soil2 / base["soil"]
        return np.array([sum(w * base[b] for b, w in m) for m in MIX], np.float32)

    def render(self, t, mats, spec, prev):
        """Reflectance at 2 m (4, size, size) of one date."""
        n, rng = self.n, np.random.default_rng([self.seed, self.rad, t, 5])
        T = 2048 if n >= 2048 else n
        shared = np.random.default_rng([self.seed, 77])
        fine_s = shared.standard_normal((T, T), dtype=np.float32)
        z = ndi.gaussian_filter(shared.standard_normal((T, T), dtype=np.float32), 1.9, mode="wrap")
        z2 = ndi.gaussian_filter(shared.standard_normal((T, T), dtype=np.float32), 4.5, mode="wrap")
        z = z / z.std() + 1.6 * z2 / z2.std()
        sx, sy, el = self.sun[t][:3]
        rel = -(np.roll(z, -1, 1) - np.roll(z, 1, 1)) * sx - (np.roll(z, -1, 0) - np.roll(z, 1, 0)) * sy
        rel = (rel / rel.std() + .5 * z / z.std()) * min(1.5, .75 / math.tan(el) + .5)
        fine_o = rng.standard_normal((T, T), dtype=np.float32)
        own1, own2 = smooth(rng, n, 9) * .6 + smooth(rng, n, 35) * .7, smooth(rng, n, 80, 2)
        persist = self.mot
        soilvar = np.clip(.5 + .35 * smooth(shared, n, 220, 3), 0, 1)
        hs = np.gradient(self.h)
        relief = {"sichuan": 12, "plateau": 16}.get(self.region, 0) * (-(hs[1] * sx + hs[0] * sy)) / math.tan(el)
        ids = len(self.sysid)
        fo = np.random.default_rng([self.seed, 78]).normal(0, .06, ids).astype(np.float32) + rng.normal(0, .07, ids).astype(np.float32)
        vig = rng.normal(.5, .28, ids).astype(np.float32)
        wet = np.clip(rng.normal(.25, .28, ids), 0, 1).astype(np.float32) + np.float32(rng.uniform(-.1, .2))
        nst = np.random.default_rng([self.seed, 79])
        ct, st = np.cos(self.theta), np.sin(self.theta)
        ph = nst.uniform(0, 6.3, ids).astype(np.float32)
        month = self.dates[t].month
        bare = {12: .55, 1: .6, 2: .55, 3: .35, 11: .35, 4: .1, 10: .12}.get(month, 0.) * (.7 if self.region in ("coast", "lake") else .35)
        soilsh = SOILSH.copy()
        soilsh[[MID["broadleaf"], MID["tree"], MID["orchard"]]] += np.float32(bare)
        for g_ in ("grass", "bund_grass", "scrub", "weed"): soilsh[MID[g_]] += np.float32(bare * .5)
        out = np.empty((4, self.size, self.size), np.float32)
        sh, fa = np.asarray(self.sh[t]), np.asarray(self.fa[t])
        chroma = rng.normal(0, .10, (4,)).astype(np.float32)
        x = np.arange(n, dtype=np.float32)[None, :]
        shfac = (.50, .43, .38, .36)
        for r in range(0, n, 256):
            sl = slice(r, r + 256)
            m, f = mats[sl], self.fid[sl]
            ty = np.arange(r, r + m.shape[0]) % T
            reps = -(-n // T)
            tile = lambda a: np.tile(a[ty], (1, reps))[:, :n]
            same = (prev[sl] == m)
            fine = np.where(same, .8, .35) * tile(fine_s) + np.where(same, .6, .93) * tile(fine_o)
            mot = np.where(same, .8, .45) * persist[sl] + np.where(same, .6, .9) * own1[sl]
            y = np.arange(r, r + m.shape[0], dtype=np.float32)[:, None]
            c, s = ct[f], st[f]
            hd = self.head[sl]
            c, s = np.where(hd, -s, c), np.where(hd, c, s)
            row = np.sin((x * c + y * s) * (2 * np.pi / PERIOD[m]) + ph[f])
            k = TEX[m]
            tex = 1 + k[..., 0] * fine + k[..., 1] * mot + k[..., 2] * row + k[..., 3] * tile(rel)
            nonwork = ~WORKS[m]
            tex += np.where(nonwork, fo[f], 0)
            tex = np.clip(tex, .3, 2.2) * np.clip(1 + relief[sl], .6, 1.4) * (fa[sl] / np.float32(128))
            # wetter soil is darker; wetness by field, drying in patches
            w = np.clip(np.where(nonwork, wet[f], .25) + .22 * own2[sl] + .12 * mot, 0, 1) * np.clip(SOILY[m], 0, 1)
            tex *= 1 - .38 * w
            mix = np.clip(soilsh[m] * (vig[f] * 1.1 + .45 + .45 * mot - .25 * row), 0, .85)
            shade = ndi.uniform_filter((sh[sl] > 0).astype(np.float32), 3) if (sh[sl] > 0).any() else 0
            soily = np.clip(SOILY[m], 0, 1)
            sv = soilvar[sl]
            for b in range(4):
                ratio = 1 + sv * np.float32(self.soil_ratio[b] - 1)
                v = spec[:, b][m] * (1 + soily * (ratio - 1))
                v += mix * (np.float32(self.soil[b]) * ratio - v)
                v = v * (1 + (tex - 1) * (1 if b < 3 else .8)) * (1 + chroma[b] * .3 * np.where(nonwork, fo[f] * 3, 0))
                v *= 1 - shade * (1 - shfac[b])
                out[b, r // 2:r // 2 + m.shape[0] // 2] = .25 * (v[0::2, 0::2] + v[0::2, 1::2] + v[1::2, 0::2] + v[1::2, 1::2])
        return np.maximum(out, .003)

    def sensor(self, t, ref, scaling):
        """PSF with sub-pixel shift, haze, gain / offset, noise, counts."""
        rng = np.random.default_rng([self.seed, self.rad, t, 9])
        sig = rng.uniform(.48, .62) + (.28 if self.rad == 2 and t else 0)
        shift = np.zeros(2)
        if t:
            a, d = rng.uniform(0, 6.3), (rng.uniform(.34, .44) if self.rad == 2 else rng.uniform(.05, .35))
            shift = d * np.array([math.cos(a), math.sin(a)])
        k = np.arange(-4, 5)
        if self.rad == 2 and t:
            hz = smooth(rng, self.size, self.size / 2.5, 3)
            hz = np.clip(.42 + .17 * hz, .12, .78).astype(np.float32)
        out = np.empty(ref.shape, np.uint16)
        kind, gains, top = scaling
        for b in range(4):
            v = ref[b]
            for ax in (0, 1):
                g = np.exp(-.5 * ((k - shift[ax]) / sig) ** 2)
                v = ndi.convolve1d(v, g / g.sum(), axis=ax, mode="nearest")
            v = v + (.028, .018, .010, .005)[b] * rng.uniform(.5, 1.2)            # residual path radiance
            if self.rad == 2 and t:
                a = hz * (1.0, .86, .72, .5)[b]
                v = v * (1 - .8 * a) + a * (.235, .215, .195, .165)[b]
            if self.rad == 1: v = v * rng.uniform(.8, 1.25) + rng.uniform(-.006, .022)
            else: v = v * rng.uniform(.97, 1.03)
            sd = (.0016 if not (self.rad == 2 and t) else .0042)
            v = v + rng.standard_normal(v.shape, dtype=np.float32) * (sd + .006 * np.sqrt(np.maximum(v, 0)) * .5)
            out[b] = np.clip(np.rint(v * gains[b][0] + gains[b][1]), 1, top)
        return out, shift

# ------------------------------------------------------------------ output
def majority(m):
    """Most frequent material of each 2 x 2 block."""
    q = np.stack([m[0::2, 0::2], m[0::2, 1::2], m[1::2, 0::2], m[1::2, 1::2]])
    cnt = np.stack([(q == q[i]).sum(0, dtype=np.uint8) for i in range(4)])
    return np.take_along_axis(q, cnt.argmax(0)[None], 0)[0]

def write_tif(path, a, tr, desc=None, **kw):
    a = a if a.ndim == 3 else a[None]
    tags = kw.pop("tags", {})
    with rasterio.open(path, "w", driver="GTiff", width=a.shape[2], height=a.shape[1], count=a.shape[0], dtype=a.dtype, crs="EPSG:4527", transform=tr, tiled=True,
                       blockxsize=256, blockysize=256, compress="deflate", predictor=2, zlevel=1 if a.shape[0] > 1 else 6, **kw) as d:
        d.write(a)
        d.update_tags(**tags)
        for i, s in enumerate(desc or []): d.set_band_description(i + 1, s)

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("seed", type=int); ap.add_argument("radiometry", type=int, choices=(0, 1, 2)); ap.add_argument("out")
    ap.add_argument("--size", type=int, default=2048)
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    w = World(a.seed, a.radiometry, a.size)
    w.layout_terraces() if w.region in ("sichuan", "plateau") else w.layout_blocks()
    mats = w.farm()
    w.open_canvas(mats)
    w.objects()
    w.place_events()
    mats = [np.array(i) for i in w.im]
    spec = w.spectra()
    rs = np.random.default_rng([a.seed, 41])
    kind = ["reflectance", "11-bit", "10-bit"][rs.integers(3)]
    if kind == "reflectance": gains, top = [(10000, 0)] * 4, 65535
    else:
        full = 2047 if kind == "11-bit" else 1023
        gains, top = [(full * rs.uniform(lo, hi), full * rs.uniform(.01, .05)) for lo, hi in ((1.5, 2.1), (1.5, 2.1), (1.4, 2.0), (1.1, 1.5))], full
    x0, y0 = 39440000 + 2 * int(rs.integers(0, 60000)), 3200000 + 2 * int(rs.integers(0, 150000))
    tr = from_origin(x0, y0, 2, 2)
    shifts = []
    for t, name in enumerate(("before", "after")):
        img, sh = w.sensor(t, w.render(t, mats[t], spec, mats[1 - t]), (kind, gains, top))
        shifts.append(sh.tolist())
        write_tif(f"{a.out}/{name}.tif", img, tr, ["blue", "green", "red", "nir"], nodata=0, tags={"ACQUISITION_DATE": w.dates[t].isoformat()})
        del img
    m2 = [majority(m) for m in mats]
    for t, name in enumerate(("before", "after")):
        write_tif(f"{a.out}/class_{name}.tif", CLS[m2[t]], tr, nodata=255)
        write_tif(f"{a.out}/material_{name}.tif", m2[t], tr, nodata=255)
    json.dump({str(i): s for i, s in enumerate(NAMES)}, open(f"{a.out}/material_legend.json", "w"), indent=1)
    # vectors
    rng = np.random.default_rng([a.seed, 51])
    geo = lambda g: affinity.affine_transform(g, [1, 0, 0, -1, x0, y0])
    crs = "EPSG:4527"
    ev = gpd.GeoDataFrame(w.events, geometry="geometry", crs=crs)
    ev["geometry"] = ev.geometry.map(geo)
    ev.to_file(f"{a.out}/truth.gpkg", layer="truth", driver="GPKG")
    names = {"new_building": "新增建(构)筑物", "earthwork": "新增推(堆)土", "linear": "新增线性地物", "photovoltaic": "新增光伏", "greenhouse": "新增设施大棚", "excavation": "新增采挖", "demolition": "建(构)筑物拆除"}
    fates = {"new_building": ["合法用地", "违法用地", "临时用地"], "earthwork": ["临时用地", "违法用地", "合法用地"], "linear": ["农村道路", "合法用地", "农村道路"], "photovoltaic": ["合法用地", "违法用地", "其他"],
             "greenhouse": ["设施农用地", "设施农用地", "其他"], "excavation": ["违法用地", "合法用地", "临时用地"], "demolition": ["已拆除", "已拆除", "其他"]}
    rows = []
    for e in w.events:
        if not e["listed"]: continue
        a_, d = rng.uniform(0, 6.3), rng.uniform(0, 3)
        g = affinity.translate(e["geometry"], d * math.cos(a_), d * math.sin(a_)).buffer(rng.uniform(-.5, 2.5)).simplify(rng.uniform(.5, 2))
        rows.append((names[e["kind"]], rng.choice(fates[e["kind"]]), g))
    for _ in range(max(3, round(10 * w.scale ** .5))):                                  # patches where nothing was built
        for _ in range(60):
            g = w.site_shape(rng.uniform(60, w.n - 60, 2), float(np.clip(rng.lognormal(7, .6), 300, 6000)), rng.choice(["rect", "field", "blob"]))
            mk = w.mask(g, 8)
            if mk is not None and box(0, 0, w.n, w.n).contains(g) and not w.occ[mk[:2]][mk[2]].any():
                rows.append((names[rng.choice(["new_building", "earthwork", "excavation", "greenhouse"])], rng.choice(["实地未变化", "实地未变化", "其他"]), g)); break
    rows = [rows[i] for i in rng.permutation(len(rows))]
    gpd.GeoDataFrame({"TBBH": ["%05d" % (i + 1) for i in range(len(rows))], "JCMJ": [round(r[2].area, 1) for r in rows], "TBLX": [r[0] for r in rows], "HFPD": [str(r[1]) for r in rows],
                      "QSX": [w.dates[0].isoformat()] * len(rows), "HSX": [w.dates[1].isoformat()] * len(rows)}, geometry=[geo(r[2]) for r in rows], crs=crs).to_file(f"{a.out}/list.shp", encoding="GBK")
    pts = MultiPoint(rng.uniform(.05 * w.n, .95 * w.n, (int(rng.integers(3, 7)), 2)))
    frame = box(0, 0, w.n, w.n)
    tw = [g.intersection(frame) for g in voronoi_diagram(pts, envelope=frame).geoms]
    nm = rng.permutation(["双河镇", "石桥镇", "永兴乡", "新民镇", "龙泉乡", "东湾镇", "大塘镇", "红岩乡"])
    code = int(rng.integers(310000, 540000)) * 1000 + 100
    gpd.GeoDataFrame({"XZQDM": ["%09d" % (code + i) for i in range(len(tw))], "XZQMC": [str(nm[i]) for i in range(len(tw))]}, geometry=[geo(g) for g in tw], crs=crs).to_file(f"{a.out}/towns.gpkg", driver="GPKG")
    lu = np.asarray(w.lu)[::2, ::2].astype(np.int32)
    gx, gy = np.meshgrid(np.arange(a.size), np.arange(a.size))
    wob = (smooth(rng, a.size, 120) * 12).astype(np.int32)
    lu = lu + 100 * ((gx + wob) // 170 + 40 * ((gy - wob) // 140) + 5)
    lu = features.sieve(lu.astype(np.int32), 45, connectivity=4)
    geoms, cod = [], []
    for g, v in features.shapes(lu, connectivity=4):
        g = shape(g)
        if g.area < 30: continue
        a_, d = rng.uniform(0, 6.3), rng.uniform(.5, 1.0)
        g = affinity.affine_transform(g, [2, 0, 0, -2, x0 + 2 * d * math.cos(a_), y0 + 2 * d * math.sin(a_)]).simplify(2.2)
        if g.is_valid and not g.is_empty:
            geoms.append(g); cod.append(CODES[int(v) % 100] if rng.random() > .03 else CODES[rng.integers(len(CODES))])
    gpd.GeoDataFrame({"BSM": ["%09d" % (i + 1) for i in range(len(geoms))], "DLBM": cod, "DLMC": [DLMC[c] for c in cod], "TBMJ": [round(g.area, 1) for g in geoms]}, geometry=geoms, crs=crs).to_file(f"{a.out}/landuse.gpkg", driver="GPKG")
    crop = np.isin(CLS[m2[0]], [2, 3, 13, 4]) | np.isin(CLS[m2[1]], [2, 3, 13, 4])
    agr = np.isin(w.sysid[w.fid[::2, ::2]], CROPS) & ~w.occ & crop
    json.dump({"generator": "county_f", "seed": a.seed, "radiometry": a.radiometry, "region": w.region, "dates": [d.isoformat() for d in w.dates], "sensor": kind, "sun_az_el": [list(s[3:]) for s in w.sun],
               "shift_px": shifts[1], "crop_area_material_changed": float((m2[0] != m2[1])[agr].mean()), "fields": int(len(np.unique(w.fid[::8, ::8]))), "n_events": len(w.events), "kinds": {k: int((ev.kind == k).sum()) for k in names},
               "listed": int(ev.listed.sum())}, open(f"{a.out}/about.json", "w"), indent=1, ensure_ascii=False)

if __name__ == "__main__":
    main()
