#!/usr/bin/env python3
"""county_g.py - synthetic county image pairs for testing a land-change detector.

    python county_g.py SEED RADIOMETRY OUT [--size 2048]

What it simulates.  One of four landscapes (SEED % 4):
  0 peri-urban belt (industrial parks, logistics yards, estates, nurseries, idle land, sites),
  1 mining and quarry county in low dry-grass hills (benches, spoil, haul roads, dust),
  2 irrigated sandy steppe (centre pivots, shelter belts, dunes),
  3 Huang-Huai-Hai wheat-maize plain (garlic, vegetable sheds, poplars, brick kilns).
The ground is an object map drawn at 1 m.  Each map zone is split (BSP) into blocks edged by
roads, canals and belts; each block is filled in its own (u, v) frame with fields, villages,
plants, ponds...  Each object has a state per date (material, second material and the way both
share the object, brightness, tint, row angle, height).  Fields follow regional crop calendars.
Construction events are painted on the after state only.  The ground is rendered (two
endmembers x cover pattern, noise, relief, cast shadow, BRDF by object), averaged to 2 m, and
passed through a sensor of its own at each date: one of five PSFs, band misregistration,
adjacency, view-angle gradient, haze, column noise/stripes, shot noise, 10/11/12 bit steps.
Building sites that are already works BEFORE and merely go on are not events; they are listed
in about.json as "ongoing_sites".
RADIOMETRY 0 clean; 1 other season and other gains; 2 heavy uneven haze on the after date.
"""
import os
for _v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_v] = "1"
import argparse
import datetime as dt
import json
import time

import geopandas as gpd
import numpy as np
import rasterio
from PIL import Image, ImageDraw
from rasterio.features import shapes as rio_shapes
from rasterio.features import sieve
from rasterio.transform import from_origin
from scipy import ndimage as ndi
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.ops import unary_union

REGIONS = ["periurban", "mining", "steppe", "plain"]
WORKS = [5, 6, 7, 8, 9, 10, 12, 15]          # classes that count as built / works

# ------------------------------------------------------------------------------------------
# Materials: name class  blue green red nir  second-endmember cover pattern period contrast
#            coarse fine height.   Pattern: 0 none, 1 rows, 2 lattice (trees), 3 blobs.
# "S*x" rows are scaled from the local soil spectrum.
# ------------------------------------------------------------------------------------------
MATERIALS = """
nothing        255 .10 .10 .10 .10 - 1 0 1 0 0 0 0
wheat_sparse    2 .055 .085 .085 .24 soil_dry .45 1 2.0 .15 .18 .05 0
wheat_green    13 .030 .065 .040 .40 soil_dry .90 1 2.0 .06 .10 .05 0
wheat_head     13 .035 .070 .055 .36 soil_dry .95 1 2.4 .05 .08 .05 0
wheat_ripe      2 .070 .120 .165 .29 soil_dry .92 1 2.4 .05 .08 .04 0
stubble_wheat   2 .110 .155 .205 .29 soil_dry .75 1 3.2 .18 .15 .06 0
maize_young     2 .045 .085 .065 .27 stubble_wheat .38 1 1.6 .15 .20 .06 0
maize_full     13 .025 .060 .032 .44 soil_wet .93 1 1.6 .07 .10 .06 2.2
maize_sen       2 .055 .090 .105 .26 soil_dry .85 1 1.6 .08 .12 .06 2
stubble_maize   2 .090 .125 .160 .24 soil_dry .55 1 2.4 .22 .20 .07 0
garlic_green   13 .050 .085 .065 .33 mulch_film .72 1 2.6 .15 .10 .05 0
veg_rows       13 .038 .085 .050 .37 soil_wet .70 1 2.2 .28 .15 .07 0
peanut         13 .030 .075 .045 .42 soil_dry .82 1 1.8 .10 .16 .05 0
cotton         13 .040 .075 .050 .34 soil_dry .78 1 2.2 .16 .15 .06 1
millet_green   13 .040 .080 .055 .32 soil_dry .75 1 1.8 .10 .22 .06 0
potato         13 .030 .070 .040 .46 soil_dry .88 1 1.8 .10 .10 .05 0
alfalfa        13 .025 .062 .034 .48 soil_dry .92 1 6.0 .05 .10 .05 0
sunflower      13 .040 .085 .070 .40 soil_dry .85 1 1.6 .10 .12 .06 1.6
turf           13 .030 .070 .045 .41 soil_dry .97 1 4.0 .03 .05 .03 0
straw_windrow   2 .120 .175 .225 .32 stubble_wheat .45 1 8.0 .40 .06 .06 0
weeds_green    14 .040 .072 .055 .30 soil_dry .75 3 1 .20 .22 .09 0
weeds_dry       2 .075 .105 .135 .22 soil_dry .70 3 1 .20 .25 .09 0
soil_dry        3 S*1.00 soil_wet .85 1 2.2 .05 .14 .035 0
soil_plough     3 S*0.80 soil_wet .60 1 2.8 .22 .15 .07 0
soil_wet        3 S*0.55 soil_dry .92 0 1 0 .10 .04 0
soil_crust      3 S*1.18 soil_dry .70 3 1 .15 .30 .04 0
burnt           2 .045 .050 .055 .085 stubble_wheat .78 1 4.0 .15 .35 .10 0
flooded         4 .055 .075 .075 .060 soil_wet .86 0 1 0 .12 .03 0
mulch_film      3 .190 .215 .230 .290 soil_dry .68 1 2.8 .25 .06 .05 0
low_tunnel      3 .230 .255 .265 .330 soil_dry .66 1 4.2 .34 .05 .05 0
sand            3 S*1.20 soil_dry .85 3 1 .12 .20 .025 0
saline          3 .260 .295 .320 .370 soil_dry .60 3 1 .30 .40 .05 0
stony           3 S*0.92 soil_wet .80 3 1 .20 .22 .11 0
dirt_track      3 S*1.10 weeds_dry .88 0 1 0 .10 .05 0
grass_dry       2 .070 .100 .135 .215 stony .72 3 1 .16 .30 .08 0
grass_green    14 .035 .070 .055 .31 stony .72 3 1 .16 .25 .08 0
shrub          14 .028 .048 .042 .25 grass_dry .45 3 1 .90 .22 .09 1.5
poplar         14 .020 .045 .028 .38 tree_floor .72 2 4.0 .45 .12 .12 11
poplar_bare     2 .050 .065 .075 .165 tree_floor .58 2 4.0 .40 .12 .12 8
conifer        14 .018 .034 .026 .22 tree_floor .74 3 1 .75 .18 .12 7
broadleaf      14 .022 .048 .030 .37 tree_floor .76 3 1 .75 .18 .12 8
broadleaf_bare  2 .052 .066 .078 .17 tree_floor .60 3 1 .60 .15 .12 6
tree_floor     14 .035 .050 .055 .15 - 1 0 1 0 .10 .08 0
orchard        14 .027 .058 .038 .36 soil_dry .52 2 4.4 .60 .12 .08 3
orchard_bare    2 .065 .085 .105 .19 soil_dry .45 2 4.4 .35 .12 .08 2
nursery        14 .024 .054 .034 .38 soil_dry .60 2 2.8 .45 .20 .09 2.5
felled          2 .085 .105 .135 .20 soil_dry .60 3 1 .50 .15 .12 0
water           4 .045 .055 .040 .022 - 1 0 1 0 .10 .02 0
water_green     4 .040 .070 .045 .045 - 1 0 1 0 .15 .03 0
water_turbid    4 .080 .110 .110 .060 - 1 0 1 0 .12 .02 0
mud             3 S*0.62 soil_wet .80 3 1 .25 .30 .05 0
reed            2 .045 .070 .075 .22 soil_wet .75 3 1 .45 .20 .10 1.5
roof_red        5 .075 .085 .155 .22 roof_grey .92 1 2.0 .05 .05 .06 0
roof_grey       5 .120 .125 .130 .155 - 1 0 1 0 .06 .06 0
roof_blue       5 .195 .160 .100 .21 - 1 0 1 0 .04 .03 0
roof_white      5 .360 .370 .365 .39 roof_grey .95 1 6.0 .05 .05 .03 0
roof_cement     5 .165 .180 .195 .23 roof_grey .85 3 1 .15 .06 .05 0
roof_rust       5 .085 .095 .130 .19 roof_grey .80 3 1 .30 .08 .05 0
roof_dark       5 .060 .063 .066 .09 - 1 0 1 0 .05 .06 0
roof_green      5 .085 .140 .100 .18 - 1 0 1 0 .05 .04 0
roof_soilish    5 S*1.05 roof_grey .80 1 2.0 .06 .06 .05 0
concrete        6 .200 .225 .240 .275 hard_worn .85 1 9.0 .08 .12 .03 0
hard_worn       6 .140 .155 .165 .195 - 1 0 1 0 .12 .05 0
gravel          6 .145 .165 .180 .215 dirt_track .82 3 1 .15 .14 .09 0
paving          6 .110 .115 .130 .165 concrete .80 1 7.0 .12 .10 .05 0
container_r     6 .060 .065 .150 .18 - 1 0 1 0 0 .05 2.6
container_b     6 .130 .110 .075 .13 - 1 0 1 0 0 .05 2.6
vehicle_w       6 .330 .335 .330 .34 - 1 0 1 0 0 .05 1.8
vehicle_d       6 .050 .050 .052 .06 - 1 0 1 0 0 .05 1.8
stockpile       6 .090 .095 .105 .13 gravel .80 3 1 .40 .15 .09 2
brick_stack     6 .095 .105 .165 .22 dirt_track .70 1 3.4 .40 .08 .06 1.8
grain_drying    2 .120 .185 .250 .34 - 1 0 1 0 .05 .05 0
straw_heap      2 .105 .145 .190 .27 - 1 0 1 0 .10 .09 2.2
pen_mud         3 S*0.50 straw_heap .85 3 1 .25 .20 .06 0
gh_film         7 .270 .290 .295 .345 gh_gap .84 1 8.0 .28 .05 .03 2.5
gh_old          7 .170 .190 .200 .265 gh_gap .80 1 9.0 .30 .10 .05 2.5
gh_glass        7 .150 .175 .170 .250 gh_gap .86 1 6.4 .25 .04 .04 4
gh_mat          7 .100 .125 .150 .210 gh_gap .75 1 9.0 .30 .08 .06 2.5
gh_frame        7 .065 .095 .085 .270 soil_dry .60 1 8.0 .25 .12 .06 0
gh_gap          7 S*0.82 - 1 0 1 0 .10 .05 0
pv_panel        8 .075 .066 .062 .075 pv_gap .55 1 6.5 .75 .05 .03 1.8
pv_gap          8 .060 .085 .090 .210 - 1 0 1 0 .14 .06 0
pv_pond         8 .078 .068 .062 .072 water .60 1 6.0 .75 .05 .03 1.2
earth_local     9 S*1.03 soil_wet .85 3 1 .14 .16 .06 0
earth_fresh     9 S*0.84 soil_wet .75 3 1 .22 .18 .08 0
earth_yellow    9 .125 .175 .250 .325 earth_local .85 3 1 .16 .14 .06 0
earth_red       9 .095 .125 .205 .275 earth_local .85 3 1 .16 .14 .06 0
earth_track     9 S*0.74 earth_local .70 0 1 0 .10 .07 0
spoil           9 .120 .135 .150 .180 earth_local .75 3 1 .28 .18 .10 0
pit_floor      10 S*0.90 soil_wet .80 3 1 .22 .20 .07 0
pit_wall       10 S*0.62 pit_floor .75 3 1 .30 .12 .10 0
rock_bench     10 .185 .205 .220 .255 pit_wall .85 3 1 .20 .14 .07 0
rock_wall      10 .095 .105 .110 .135 rock_bench .75 3 1 .35 .10 .12 0
pit_water      10 .070 .105 .095 .040 - 1 0 1 0 .08 .02 0
rubble         11 .135 .145 .170 .205 roof_grey .62 3 1 .75 .10 .16 .6
dust_net       12 .055 .125 .080 .170 earth_local .88 3 1 .22 .12 .04 0
black_net      12 .050 .056 .056 .095 earth_local .88 3 1 .22 .12 .04 0
road_asphalt   15 .085 .090 .095 .115 - 1 0 1 0 .06 .03 0
road_concrete  15 .180 .200 .215 .250 road_asphalt .92 1 8.0 .04 .06 .03 0
road_gravel    15 .150 .172 .190 .230 dirt_track .85 0 1 0 .10 .05 0
"""
SOILS = {"periurban": (.085, .120, .155, .225), "mining": (.105, .140, .180, .245),
         "steppe": (.112, .160, .218, .280), "plain": (.088, .128, .172, .245)}


class Materials:
    """Spectra and texture parameters, strongly varied by seed but kept plausible."""

    def __init__(self, rng, region):
        rows = [ln.split() for ln in MATERIALS.strip().splitlines()]
        self.names = [r[0] for r in rows]
        self.ix = {n: i for i, n in enumerate(self.names)}
        n = len(rows)
        self.cls = np.array([int(r[1]) for r in rows], np.uint8)
        soil = np.array(SOILS[region]) * rng.uniform(.78, 1.22) * \
            (1 + rng.uniform(-.14, .14) * np.array([-1, -.2, .6, .4])) * rng.uniform(.95, 1.05, 4)
        fam_b = {c: rng.uniform(.86, 1.16) for c in range(256)}            # shared by a class
        fam_s = {c: rng.uniform(.95, 1.05, 4) for c in range(256)}
        self.e1 = np.zeros((n, 4), np.float32)
        self.e2ix = np.arange(n)
        self.par = np.zeros((n, 7), np.float32)    # cover pattern period contrast coarse fine height
        for i, r in enumerate(rows):
            c = int(r[1])
            if r[2].startswith("S*"):
                spec, rest = soil * float(r[2][2:]) * rng.uniform(.93, 1.07), r[3:]
                spec = spec * rng.uniform(.98, 1.02, 4)
            else:
                spec, rest = np.array([float(x) for x in r[2:6]]), r[6:]
                spec = spec * np.clip(fam_b[c] * rng.uniform(.9, 1.1), .75, 1.25)
                spec = spec * np.clip(fam_s[c] * rng.uniform(.95, 1.05, 4), .9, 1.1)
            self.e1[i] = spec
            if rest[0] != "-":
                self.e2ix[i] = self.ix[rest[0]]
            self.par[i] = [float(x) for x in rest[1:8]]
        self.e2 = self.e1[self.e2ix]
        self.works = np.isin(self.cls, WORKS)


# ------------------------------------------------------------------------------------------
# Crop calendars: (start day of year, material); the last started entry holds, cyclic.
# ------------------------------------------------------------------------------------------
CALENDARS = {
    "wheat_maize": [(60, "wheat_green"), (128, "wheat_head"), (149, "wheat_ripe"), (161, "stubble_wheat"),
                    (174, "maize_young"), (199, "maize_full"), (258, "maize_sen"), (273, "stubble_maize"),
                    (282, "soil_plough"), (298, "wheat_sparse")],
    "wheat_fallow": [(68, "wheat_green"), (132, "wheat_head"), (152, "wheat_ripe"), (165, "stubble_wheat"),
                     (205, "soil_plough"), (240, "soil_dry"), (288, "wheat_sparse")],
    "garlic": [(75, "garlic_green"), (142, "soil_dry"), (158, "soil_plough"), (172, "maize_young"),
               (200, "maize_full"), (255, "stubble_maize"), (268, "soil_plough"), (279, "mulch_film")],
    "peanut": [(112, "mulch_film"), (150, "peanut"), (248, "weeds_dry"), (262, "soil_plough"), (320, "soil_dry")],
    "cotton": [(110, "mulch_film"), (165, "cotton"), (262, "maize_sen"), (318, "stubble_maize"), (60, "soil_plough")],
    "spring_maize": [(105, "soil_plough"), (125, "soil_dry"), (150, "maize_young"), (180, "maize_full"),
                     (252, "maize_sen"), (275, "stubble_maize"), (310, "soil_plough"), (350, "soil_dry")],
    "millet": [(120, "soil_plough"), (150, "soil_dry"), (172, "millet_green"), (248, "wheat_ripe"), (270, "stubble_wheat"),
               (60, "soil_dry")],
    "potato": [(108, "soil_plough"), (160, "potato"), (250, "soil_plough"), (275, "soil_dry")],
    "alfalfa": [(105, "alfalfa"), (158, "stubble_wheat"), (170, "alfalfa"), (205, "straw_windrow"), (215, "alfalfa"),
                (250, "stubble_wheat"), (265, "alfalfa"), (300, "weeds_dry")],
    "sunflower": [(110, "soil_plough"), (140, "mulch_film"), (175, "sunflower"), (250, "maize_sen"), (272, "stubble_maize"),
                  (320, "soil_dry")],
    "vegetable": [(70, "low_tunnel"), (110, "veg_rows"), (165, "soil_wet"), (185, "veg_rows"), (235, "soil_plough"),
                  (255, "veg_rows"), (325, "soil_dry")],
    "fallow": [(95, "weeds_green"), (270, "weeds_dry"), (60, "weeds_dry")],
    "idle_soil": [(130, "weeds_green"), (265, "weeds_dry"), (60, "soil_crust")],
    "turf": [(90, "turf"), (180, "soil_dry"), (200, "turf"), (330, "weeds_dry")],
}
CROPS = {"periurban": dict(wheat_maize=.32, vegetable=.25, fallow=.15, idle_soil=.1, turf=.06, peanut=.05, spring_maize=.07),
         "mining": dict(spring_maize=.33, millet=.22, wheat_fallow=.15, peanut=.1, fallow=.14, idle_soil=.06),
         "steppe": dict(spring_maize=.3, potato=.17, alfalfa=.17, sunflower=.15, wheat_fallow=.06, fallow=.08, idle_soil=.07),
         "plain": dict(wheat_maize=.52, garlic=.17, vegetable=.1, peanut=.07, cotton=.06, wheat_fallow=.03, fallow=.05)}


def calendar(crop, doy):
    """Material of a crop on a day of year, and the material that follows it."""
    cal = sorted(CALENDARS[crop])
    doy = doy % 365
    k = max([i for i, (s, _) in enumerate(cal) if s <= doy], default=len(cal) - 1)
    return cal[k][1], cal[(k + 1) % len(cal)][1]


def leafless(doy):
    return doy > 318 or doy < 92


# Regional layouts: block size, strip width, plot length, warp (m), block-type weights.
LAYOUT = {
    "periurban": dict(block=(110, 330), strip=(7, 22), cut=(60, 160), warp=14, angle=.25, edge=dict(road=.6, dirt=.25, canal=.1, none=.05),
                      fill=dict(fields=.25, estate=.10, industry=.13, logistics=.07, village=.09, nursery=.09, idle=.1,
                                site=.08, orchard=.03, ponds=.03, sheds=.05, wood=.03, pv=.01)),
    "mining": dict(block=(110, 380), strip=(9, 30), cut=(40, 140), warp=70, angle=.8, edge=dict(road=.15, dirt=.5, canal=.02, none=.33),
                   fill=dict(fields=.32, grass=.25, wood=.11, orchard=.08, village=.06, stony=.09, industry=.03,
                             idle=.04, ponds=.01, site=.02, pv=.015)),
    "steppe": dict(block=(260, 700), strip=(25, 90), cut=(150, 500), warp=8, angle=.1, edge=dict(road=.15, dirt=.4, canal=.15, belt=.3),
                   fill=dict(fields=.38, pivot=.33, grass=.1, village=.05, idle=.04, orchard=.02, ponds=.02, wood=.03,
                             sheds=.02, pv=.01)),
    "plain": dict(block=(140, 420), strip=(6, 18), cut=(90, 260), warp=12, angle=.2, edge=dict(road=.3, dirt=.4, canal=.15, belt=.15),
                  fill=dict(fields=.62, village=.12, sheds=.07, wood=.06, orchard=.03, ponds=.03, industry=.02,
                            nursery=.02, kiln=.015, idle=.02, pv=.01)),
}
LAND_NAMES = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0305": "灌木林地", "0404": "其他草地",
              "0508": "物流仓储用地", "0601": "工业用地", "0602": "采矿用地", "0701": "城镇住宅用地", "0702": "农村宅基地", "1003": "公路用地",
              "1006": "农村道路", "1101": "河流水面", "1104": "坑塘水面", "1107": "沟渠", "1202": "设施农用地", "1205": "沙地", "1206": "裸土地"}
LAND_CODES = list(LAND_NAMES)
FIELDS_OF_TABLE = ["m0", "m1", "n0", "n1", "md0", "md1", "p0", "p1", "b0", "b1", "tint", "ang", "per", "h0", "h1",
                   "lu", "brdf"]


class Table:
    """Growing table of objects; columns are scalars or arrays per added chunk."""

    def __init__(self, mats):
        self.mats, self.chunks, self.n = mats, [], 0
        self.add(1, m0=0)

    def add(self, n, m0, m1=None, **kw):
        ix = self.mats.ix
        num = lambda v: ix[v] if isinstance(v, str) else v
        m1 = m0 if m1 is None else m1
        d = dict(m0=num(m0), m1=num(m1), n0=num(m0), n1=num(m1), md0=0, md1=0, p0=0., p1=0., b0=1., b1=1., tint=0.,
                 ang=0., per=1., h0=0., h1=0., lu=0, brdf=0.)
        for k, v in kw.items():
            if k == "lu":
                v = LAND_CODES.index(v)
            if k == "h":
                d["h0"] = d["h1"] = v
            else:
                d[k] = num(v)
        self.chunks.append({k: np.broadcast_to(np.asarray(v, np.float32), (n,)) for k, v in d.items()})
        self.n += n
        return self.n - n

    def arrays(self):
        self.chunks = [{k: np.concatenate([c[k] for c in self.chunks]) for k in FIELDS_OF_TABLE}]
        return self.chunks[0]


class Scene:
    def __init__(self, seed, radiometry, size):
        self.rng = np.random.default_rng([seed, 7741])
        self.seed, self.rad, self.size, self.n = seed, radiometry, size, size * 2
        self.region = REGIONS[seed % 4]
        self.mats = Materials(self.rng, self.region)
        self.tab = Table(self.mats)
        self.ix = self.mats.ix
        rng = self.rng
        doy = int(rng.choice([75, 100, 125, 150, 165, 190, 225, 255, 275, 295, 320]) + rng.integers(-12, 13))
        d0 = dt.date(int(rng.integers(2018, 2024)), 1, 1) + dt.timedelta(days=doy)
        off = {0: int(rng.integers(-14, 15)), 1: int(rng.integers(32, 92) * rng.choice([-1, 1])),
               2: int(rng.integers(-25, 26))}[radiometry]
        self.dates = [d0, d0 + dt.timedelta(days=365 + off)]
        self.doys = [d.timetuple().tm_yday for d in self.dates]
        lat = {"periurban": 32.5, "mining": 36.5, "steppe": 41.5, "plain": 35.2}[self.region]
        self.sun = []
        for d in self.doys:
            dec = 23.45 * np.sin(2 * np.pi * (284 + d) / 365)
            el = np.radians(np.clip(90 - lat + dec - rng.uniform(3, 12), 20, 72))
            self.sun.append((el, np.radians(rng.uniform(135, 172))))
        n = self.n
        self.ident = np.zeros((n, n), np.int32)
        self.aux = np.zeros((n, n), np.uint8)             # 0..255 position used by split modes
        self.noise_setup()
        self.ongoing = []

    # ---------------------------------------------------------------- noise
    def power_noise(self, m, beta, seed_rng):
        f = np.hypot(np.fft.fftfreq(m)[:, None], np.fft.rfftfreq(m)[None]) * m
        spec = np.fft.rfft2(seed_rng.standard_normal((m, m)).astype(np.float32)) / np.maximum(f, 1) ** beta
        spec[0, 0] = 0
        a = np.fft.irfft2(spec, s=(m, m)).astype(np.float32)
        return a / a.std()

    def noise_setup(self):
        rng = self.rng
        m = self.n // 8
        self.small = {k: self.power_noise(m, b, rng) for k, b in
                      dict(soil=1.3, vig0=1.2, vig1=1.2, patch0=1.5, patch1=1.5, warpx=2.2, warpy=2.2, dem=2.0, dust=1.6, zone=2.).items()}
        # linear interpolation from 1/8 grid to 1 m: left index and weight
        x = np.clip((np.arange(self.n) + .5) / 8 - .5, 0, m - 1.001)
        self.lin = (x.astype(int), (x - x.astype(int)).astype(np.float32))
        t = 1024
        w = lambda s: ndi.gaussian_filter(rng.standard_normal((t, t)).astype(np.float32), s, mode="wrap")
        self.tiles = {}
        for k, s in (("fa", .6), ("fb", .6), ("fc", .6), ("blob", 1.9), ("mid", 4.5)):
            a = w(s)
            self.tiles[k] = np.tile(a / a.std(), (1, -(-self.n // t) + 1))

    def coarse(self, name, r0, r1, c0=0, c1=None):
        c1 = self.n if c1 is None else c1
        s = self.small[name]
        i0, f = self.lin[0][r0:r1], self.lin[1][r0:r1, None]
        rows = s[i0] * (1 - f) + s[i0 + 1] * f
        j0, g = self.lin[0][c0:c1], self.lin[1][c0:c1]
        left = rows.take(j0, axis=1)
        left += g * np.diff(rows, axis=1).take(j0, axis=1)
        return left

    def tile(self, name, r0, r1, dr=0, dc=0):
        a = self.tiles[name]
        return a[(np.arange(r0, r1) + dr) % 1024, dc % 1024:dc % 1024 + self.n]

    # ---------------------------------------------------------------- layout of blocks
    def layout(self):
        rng, n, L = self.rng, self.n, LAYOUT[self.region]
        w = {k: v * rng.uniform(.6, 1.5) for k, v in L["fill"].items()}
        self.fill_names, self.fill_p = list(w), np.array(list(w.values())) / sum(w.values())
        nz = max(2, int(rng.integers(2, 5) * n / 4096 + .5))
        centres = rng.uniform(0, n, (nz, 2))
        phi0 = rng.uniform(-.3, .3)
        # zones at 1/8 resolution with wavy borders, then enlarged
        q = np.arange(n // 8) * 8 + 4
        d = np.stack([np.hypot(q[None] - c[0], q[:, None] - c[1]) + 40 * self.small["zone"] * (i - nz / 2)
                      / nz for i, c in enumerate(centres)])
        for i in range(nz):
            self.small[f"zone{i}"] = d[i].astype(np.float32)
        zone = np.empty((n, n), np.uint8)
        for r0 in range(0, n, 256):
            zone[r0:r0 + 256] = np.argmin([self.coarse(f"zone{i}", r0, min(r0 + 256, n)) for i in range(nz)], 0)
        self.warp = L["warp"]
        for z in range(nz):
            self.zphi = phi0 + rng.normal(0, L["angle"])
            self.zrow = rng.random() < .5
            rad = n * .75
            hub = (n / 2, n / 2)
            self.bsp(-rad, rad, -rad, rad, [None] * 4, 0, hub, zone, z)
        self.base_fill()

    def edge(self, depth):
        """Make the object(s) that run along a block edge; returns (kind, half width, id, belt id, belt width)."""
        rng, L = self.rng, LAYOUT[self.region]
        kind = "road" if depth < 2 else str(rng.choice(list(L["edge"]), p=list(L["edge"].values())))
        belt, bw = 0, 0
        ang = self.zphi
        if kind == "road":
            hw = rng.uniform(3.5, 8) if depth < 3 else rng.uniform(1.8, 3)
            mat = rng.choice(["road_asphalt", "road_concrete"], p=[.7, .3] if depth < 3 else [.25, .75])
            o = self.tab.add(1, str(mat), b0=rng.uniform(.9, 1.1), b1=rng.uniform(.9, 1.1), ang=ang, lu="1003" if depth < 3 else "1006")
        elif kind == "dirt":
            hw = rng.uniform(1.1, 2.2)
            o = self.tab.add(1, "dirt_track", b0=rng.uniform(.88, 1.12), b1=rng.uniform(.88, 1.12), lu="1006")
        elif kind == "canal":
            hw = rng.uniform(1.5, 5)
            st = lambda: str(rng.choice(["water_green", "water_turbid", "mud", "reed"], p=[.35, .2, .25, .2]))
            o = self.tab.add(1, st(), st(), n0="reed", n1="reed", md0=2, md1=2, p0=-.6, p1=-.6, lu="1107")
        elif kind == "belt":
            hw = rng.uniform(1.2, 2)
            o = self.tab.add(1, "dirt_track", lu="1006")
        else:
            return ("none", .7, self.tab.add(1, self.bund(0), self.bund(1), lu="0102"), 0, 0)
        if kind == "belt" or rng.random() < .3:
            bw = rng.uniform(4, 11) if kind == "belt" else rng.uniform(3, 5)
            tree = ["poplar_bare" if leafless(d) else "poplar" for d in self.doys]
            belt = self.tab.add(1, tree[0], tree[1], ang=ang, per=rng.uniform(.8, 1.2), lu="0301")
        return (kind, hw, o, belt, bw)

    def bund(self, k):
        dry = self.rng.random() < .3
        return "weeds_dry" if leafless(self.doys[k]) or dry else "weeds_green"

    def bsp(self, u0, u1, v0, v1, sides, depth, hub, zone, z):
        rng, L = self.rng, LAYOUT[self.region]
        lo, hi = L["block"]
        w, h = u1 - u0, v1 - v0
        limit = rng.uniform(lo, hi)
        c, s = np.cos(self.zphi), np.sin(self.zphi)
        cu, cv = (u0 + u1) / 2, (v0 + v1) / 2
        x, y = hub[0] + cu * c - cv * s, hub[1] + cu * s + cv * c
        reach = np.hypot(w, h) / 2 + self.warp * 3 + 4
        xa, xb = int(max(x - reach, 0)), int(min(x + reach, self.n))
        ya, yb = int(max(y - reach, 0)), int(min(y + reach, self.n))
        if xa >= xb - 2 or ya >= yb - 2 or not (zone[ya:yb:8, xa:xb:8] == z).any():
            return
        if max(w, h) > limit and not (max(w, h) < hi and min(w, h) < lo * .8):
            e = self.edge(depth - int(np.log2(self.n / 2048 + .01)))
            t = rng.uniform(.36, .64)
            if w > h:
                m = u0 + w * t
                self.bsp(u0, m, v0, v1, [sides[0], e, sides[2], sides[3]], depth + 1, hub, zone, z)
                self.bsp(m, u1, v0, v1, [e, sides[1], sides[2], sides[3]], depth + 1, hub, zone, z)
            else:
                m = v0 + h * t
                self.bsp(u0, u1, v0, m, [sides[0], sides[1], sides[2], e], depth + 1, hub, zone, z)
                self.bsp(u0, u1, m, v1, [sides[0], sides[1], e, sides[3]], depth + 1, hub, zone, z)
            return
        # leaf: shrink the window on the 8 m grid first, then local coordinates with warp
        wy, wx = slice(ya // 8, -(-yb // 8)), slice(xa // 8, -(-xb // 8))
        qx = (np.arange(wx.start, wx.stop) * 8 + 4 - hub[0])[None] + self.warp * self.small["warpx"][wy, wx]
        qy = (np.arange(wy.start, wy.stop) * 8 + 4 - hub[1])[:, None] + self.warp * self.small["warpy"][wy, wx]
        qu, qv = qx * c + qy * s - u0, qy * c - qx * s - v0
        gy, gx = np.nonzero((qu > -20) & (qu < w + 20) & (qv > -20) & (qv < h + 20))
        if not gy.size:
            return
        ya, yb = max(ya, (wy.start + gy.min() - 1) * 8), min(yb, (wy.start + gy.max() + 2) * 8)
        xa, xb = max(xa, (wx.start + gx.min() - 1) * 8), min(xb, (wx.start + gx.max() + 2) * 8)
        dx = (np.arange(xa, xb, dtype=np.float32) - hub[0])[None] + self.warp * self.coarse("warpx", ya, yb, xa, xb)
        dy = (np.arange(ya, yb, dtype=np.float32) - hub[1])[:, None] + self.warp * self.coarse("warpy", ya, yb, xa, xb)
        u, v = dx * c + dy * s - u0, dy * c - dx * s - v0
        ins = (u >= 0) & (u < w) & (v >= 0) & (v < h) & (zone[ya:yb, xa:xb] == z)
        if ins.sum() < 30:
            return
        win = (slice(ya, yb), slice(xa, xb))
        idw, auxw = self.ident[win], self.aux[win]
        mg = [0.] * 4
        for i, e in enumerate(sides):
            if e is not None:
                mg[i] = e[1] + (e[4] + .8 if e[3] else 0) + .6
        uu, vv = u[ins] - mg[0], v[ins] - mg[2]
        fw, fh = w - mg[0] - mg[1], h - mg[2] - mg[3]
        if fw < 15 or fh < 15:
            return
        ids, ax = np.zeros(uu.shape, np.int32), np.zeros(uu.shape, np.float32)
        kind = str(rng.choice(self.fill_names, p=self.fill_p))
        if kind == "kiln" and min(fw, fh) < 90:
            kind = "fields"
        getattr(self, "fill_" + kind)(np.clip(uu, .01, fw - .01), np.clip(vv, .01, fh - .01), fw, fh, ids, ax)
        verge = self.tab.add(1, self.bund(0), self.bund(1), lu="0404")
        for i, (e, dist) in enumerate(zip(sides, (u[ins], w - u[ins], v[ins], h - v[ins]))):
            if e is None:
                continue
            if e[3]:
                ids[(dist < e[1] + e[4] + .8) & (dist >= e[1])] = e[3]
            elif e[0] != "none":
                ids[(dist < e[1] + .6) & (dist >= e[1])] = verge
        for i, (e, dist) in enumerate(zip(sides, (u[ins], w - u[ins], v[ins], h - v[ins]))):
            if e is not None:
                ids[dist < e[1]] = e[2]
        idw[ins], auxw[ins] = ids, np.clip(ax * 255, 0, 255).astype(np.uint8)

    def base_fill(self):
        """Whatever no block covered (zone seams, thin leaves): grass and weeds."""
        o = self.tab.add(1, self.bund(0), self.bund(1), lu="0404")
        self.ident[self.ident == 0] = o

    # ---------------------------------------------------------------- field states
    def field_objects(self, n, scale=1., crops=None, ang=None, lu="0102"):
        """n fields with a crop and a farming state at both dates; neighbours tend to agree."""
        rng = self.state_rng = np.random.default_rng(self.rng.integers(2 ** 32))   # own stream: draws depend on the season
        mix = CROPS[self.region]
        names, p = list(mix), np.array(list(mix.values()))
        loc = p * rng.gamma(1.2, 1, p.size)
        loc = .5 * loc / loc.sum() + .5 * p / p.sum()
        loc /= loc.sum()
        c0 = rng.choice(len(names), n, p=loc)
        c1 = np.where(rng.random(n) < .42, rng.choice(len(names), n, p=p / p.sum()), c0)
        run = rng.random(n) < .35                                 # same owner / same decision as the neighbour
        c0[1:] = np.where(run[1:], c0[:-1], c0[1:])
        col = {k: np.zeros(n) for k in ("m0", "m1", "n0", "n1", "md0", "md1", "p0", "p1")}
        for d, cc in ((0, c0), (1, c1)):
            shared = rng.normal(0, 6)
            for i in range(n):
                now, nxt = calendar(names[cc[i]], self.doys[d] + shared + rng.normal(0, 9))
                self.set_state(col, d, i, now, nxt)
        same = np.flatnonzero(col["m0"] == col["m1"])
        need = int(max(0, .64 * n - (n - same.size)))
        for i in rng.permutation(same)[:need]:                    # two thirds change by farming
            base = self.mats.names[int(col["m1"][i])]
            for _ in range(6):
                self.set_state(col, 1, i, base, str(rng.choice(["soil_plough", "weeds_green", "stubble_maize"])), .95)
                if col["m1"][i] != col["m0"][i] or col["md1"][i]:
                    break
        b = np.exp(rng.normal(0, .07, n))
        ang = (self.zphi + (np.pi / 2 if self.zrow else 0)) if ang is None else ang
        return self.tab.add(n, col["m0"], col["m1"], n0=col["n0"], n1=col["n1"], md0=col["md0"], md1=col["md1"],
                            p0=col["p0"], p1=col["p1"], b0=b * np.exp(rng.normal(0, .045, n)),
                            b1=b * np.exp(rng.normal(0, .045, n)), tint=rng.normal(0, .05, n),
                            ang=ang + rng.normal(0, .03, n), per=np.exp(rng.normal(0, .18, n)) * scale,
                            brdf=rng.normal(0, .045, n), lu=lu)

    def set_state(self, col, d, i, now, nxt, special=.30):
        rng, ix = self.state_rng, self.ix
        green = self.mats.cls[ix[now]] == 13
        m, alt, mode, p = now, now, 0, 0.
        r = rng.random()
        if r < special:
            pick = rng.random()
            if pick < .30:                                         # half worked: two-tone along the field
                alt, mode, p = nxt, 1, rng.uniform(.12, .88)
            elif pick < .44:                                       # irrigated part way, edge is soft
                alt, mode, p = ("soil_wet" if not green else now), 4, rng.uniform(.2, .8)
            elif pick < .56 and not green:                         # drying in patches
                m, alt, mode, p = "soil_dry", "soil_wet", 2, rng.uniform(-.7, .7)
            elif pick < .66:                                       # alternating worked strips
                alt, mode, p = nxt, 3, rng.uniform(-.5, .5)
            elif pick < .72 and "stubble" in now:
                m, alt, mode, p = "burnt", now, 2, rng.uniform(-1.2, .2)
            elif pick < .77 and not green:
                m, alt, mode, p = "flooded", "soil_wet", 2, rng.uniform(-1.2, 0)
            elif pick < .87 and not green:
                m = str(rng.choice(["mulch_film", "soil_plough", "low_tunnel", "soil_crust"], p=[.3, .45, .1, .15]))
            elif green:                                            # poor stand
                alt, mode, p = str(rng.choice(["weeds_dry", "soil_dry", "wheat_sparse"])), 2, rng.uniform(-1.8, -.5)
            else:
                m = nxt
        col[f"m{d}"][i], col[f"n{d}"][i], col[f"md{d}"][i], col[f"p{d}"][i] = ix[m], ix[alt], mode, p

    # ---------------------------------------------------------------- block fills (u, v in metres)
    def strips(self, u, v, w, h, width, cut):
        """Strip index with variable widths, each strip cut into plots; returns plot index, dist to bund, v-fraction."""
        rng = self.rng
        if rng.random() < .5:
            u, v, w, h = v, u, h, w
        u = u + rng.normal(0, .05) * (v - h / 2)
        k = int(w / width * 1.6) + 4
        cuts = np.concatenate([[-1e3], np.cumsum(width * np.exp(rng.normal(0, .38, k))) - width, [1e5]])
        iu = np.searchsorted(cuts, u)
        m = max(1, int(round(h / cut)))
        vc = np.sort(rng.uniform(.15, .85, m - 1)) * h if m > 1 else np.zeros(0)
        vcuts = np.concatenate([[0], vc, [h]])
        iv = np.clip(np.searchsorted(vcuts, v) - 1, 0, m - 1)
        du = np.minimum(u - cuts[iu - 1], cuts[np.minimum(iu, cuts.size - 1)] - u)
        lo, hi = vcuts[iv], vcuts[iv + 1]
        dv = np.minimum(v - lo, hi - v)
        return iu * m + iv, np.minimum(du, dv), (v - lo) / np.maximum(hi - lo, 1), dv, (cuts.size + 1) * m, u is v

    def fill_fields(self, u, v, w, h, ids, ax, lu=None):
        rng, L = self.rng, LAYOUT[self.region]
        width, cut = rng.uniform(*L["strip"]), rng.uniform(*L["cut"])
        if rng.random() < .12:
            width *= 2.6                                           # large farm
        k, dist, frac, dv, nk, _ = self.strips(u, v, w, h, width, cut)
        k = np.unique(k, return_inverse=True)[1]
        lu = lu or ("0103" if self.region == "mining" else "0102")
        base = self.field_objects(k.max() + 1, lu=lu)
        ids[:] = base + k
        flip = rng.random(k.max() + 1) < .5
        ax[:] = np.where(flip[k], 1 - frac, frac)
        if rng.random() < .75:                                     # headlands of other state
            hb = self.field_objects(1, ang=self.zphi, lu=lu)
            ids[(dv < rng.uniform(2, 4.5)) & (rng.random(k.max() + 1) < .4)[k]] = hb
        if rng.random() < .7:
            bund = self.tab.add(1, self.bund(0), self.bund(1), b0=.95, b1=.95, lu=lu)
            ids[dist < rng.uniform(.35, 1.0)] = bund

    def fill_grass(self, u, v, w, h, ids, ax, mats=("grass_dry", "shrub"), lu="0404"):
        rng = self.rng
        dry = rng.random(2) < (.5 if self.region == "steppe" else 0)
        g = [mats[0] if not (120 < d < 265) or q else "grass_green" for d, q in zip(self.doys, dry)]
        ids[:] = self.tab.add(1, g[0], g[1], n0=mats[1], n1=mats[1], md0=5, md1=5, p0=-1.0, p1=-1.0,
                              b0=rng.uniform(.9, 1.1), b1=rng.uniform(.9, 1.1), tint=rng.normal(0, .04), lu=lu)

    def fill_stony(self, u, v, w, h, ids, ax):
        rng = self.rng
        ids[:] = self.tab.add(1, "stony", n0="grass_dry", n1="grass_dry", md0=5, md1=5, p0=rng.uniform(-.5, .5), p1=0.,
                              b0=rng.uniform(.9, 1.1), b1=rng.uniform(.9, 1.1), lu="1206")

    def fill_idle(self, u, v, w, h, ids, ax):
        """Idle construction land: weeds, crust, thin net remains, old tracks; state differs by date."""
        rng = self.rng
        st = lambda: str(rng.choice(["weeds_dry", "weeds_green", "soil_crust", "soil_dry", "stony"]))
        k, dist, frac, _, _, _ = self.strips(u, v, w, h, max(w, h) / rng.uniform(1, 3), 200)
        k = np.unique(k, return_inverse=True)[1]
        for i in range(k.max() + 1):
            ids[k == i] = self.tab.add(1, st(), st(), n0=st(), n1=st(), md0=2, md1=2, p0=rng.uniform(-1, .6),
                                       p1=rng.uniform(-1, .6), b0=rng.uniform(.9, 1.1), b1=rng.uniform(.9, 1.1), lu="1206")

    def trees(self, names, bare, lu, u, v, w, h, ids, ax, width, clear=.06):
        """Tree plots; a few are felled, cleared or newly planted between the dates (no events)."""
        rng = self.rng
        k = self.strips(u, v, w, h, width, rng.uniform(80, 220))[0]
        k = np.unique(k, return_inverse=True)[1]
        n = k.max() + 1
        m = np.zeros((2, n), int)
        kind = rng.integers(0, len(names), n)
        for d in (0, 1):
            for i in range(n):
                m[d, i] = self.ix[bare[kind[i]] if leafless(self.doys[d]) else names[kind[i]]]
        r = rng.random(n)
        gone = [self.ix[str(rng.choice(["felled", "soil_dry", "weeds_dry", "soil_plough"]))] for _ in range(n)]
        m[1] = np.where(r < clear, gone, m[1])
        m[0] = np.where(r > 1 - clear, gone, m[0])
        b = np.exp(rng.normal(0, .08, n))
        md1 = np.where((r > clear) & (r < clear * 2), 1, 0)        # partial felling
        base = self.tab.add(n, m[0], m[1], n1=np.where(md1, self.ix["felled"], m[1]), md1=md1, p1=rng.uniform(.2, .7, n), b0=b,
                            b1=b * np.exp(rng.normal(0, .05, n)), ang=self.zphi + rng.normal(0, .02, n),
                            per=np.exp(rng.normal(0, .2, n)), tint=rng.normal(0, .04, n), brdf=rng.normal(0, .03, n), lu=lu)
        ids[:] = base + k
        ax[:] = v / h

    def fill_orchard(self, *a):
        self.trees(["orchard"], ["orchard_bare"], "0201", *a, width=self.rng.uniform(25, 70))

    def fill_nursery(self, *a):
        self.trees(["nursery", "orchard", "conifer"], ["nursery", "orchard_bare", "conifer"], "0201", *a, width=self.rng.uniform(14, 40), clear=.13)

    def fill_wood(self, *a):
        if self.region in ("mining", "periurban"):
            self.trees(["conifer", "broadleaf"], ["conifer", "broadleaf_bare"], "0301", *a, width=self.rng.uniform(80, 300), clear=.05)
        else:
            self.trees(["poplar"], ["poplar_bare"], "0301", *a, width=self.rng.uniform(30, 120), clear=.08)

    def roofs(self, n, pool, p=None):
        """Roof materials at both dates: some repainted, all weathered a little."""
        rng = self.rng
        idx = np.array([self.ix[x] for x in pool])
        m0 = rng.choice(idx, n, p=p)
        m1 = np.where(rng.random(n) < .05, rng.choice(idx, n), m0)
        b = np.exp(rng.normal(0, .12, n))
        return m0, m1, b, b * np.exp(rng.normal(0, .05, n))

    def fill_village(self, u, v, w, h, ids, ax):
        rng = self.rng
        cw, cd, hd = rng.uniform(12, 17), rng.uniform(17, 24), rng.uniform(7, 9.5)
        nu, nv = int(w / cw) + 1, int(h / cd) + 1
        iu, iv = (u / cw).astype(int), (v / cd).astype(int)
        fu, fv = u - iu * cw, v - iv * cd
        n = nu * nv
        cell = iu * nv + iv
        pools = [["roof_red", "roof_grey", "roof_cement"], ["roof_red", "roof_cement", "roof_blue"], ["roof_grey", "roof_soilish", "roof_red"]]
        m0, m1, b0, b1 = self.roofs(n, pools[rng.integers(3)], [.55, .3, .15])
        ht = rng.choice([3.5, 6.5, 9], n, p=[.6, .3, .1])
        ph = self.zphi + np.pi / 2
        sl = rng.uniform(.04, .12)
        ra = self.tab.add(n, m0, m1, b0=b0 * (1 - sl), b1=b1 * (1 - sl), ang=ph, h=ht, lu="0702")
        rb = self.tab.add(n, m0, m1, b0=b0 * (1 + sl), b1=b1 * (1 + sl), ang=ph, h=ht, lu="0702")
        yard = np.array([self.ix[x] for x in ("concrete", "hard_worn", "dirt_track", "soil_dry", "weeds_dry")])
        ym = rng.choice(yard, n, p=[.35, .25, .2, .1, .1])
        ya = self.tab.add(n, ym, ym, b0=rng.uniform(.85, 1.1, n), b1=rng.uniform(.85, 1.1, n), lu="0702")
        sm0, sm1, s0, s1 = self.roofs(n, ["roof_grey", "roof_blue", "roof_cement", "roof_white"])
        si = self.tab.add(n, sm0, sm1, b0=s0, b1=s1, h=2.8, lu="0702")
        free0 = [self.ix["broadleaf_bare" if leafless(self.doys[0]) else "broadleaf"], self.ix["soil_dry"], self.ix["veg_rows"]]
        free1 = [self.ix["broadleaf_bare" if leafless(self.doys[1]) else "broadleaf"], self.ix["weeds_dry"], self.ix["soil_wet"]]
        pick = rng.integers(0, 3, n)
        fr = self.tab.add(n, np.array(free0)[pick], np.array(free1)[pick], lu="0702")
        lane = self.tab.add(1, str(rng.choice(["road_concrete", "hard_worn", "dirt_track"], p=[.6, .25, .15])), lu="0702")
        out = ya + cell
        setb = rng.uniform(.3, 2.2, n)[cell]
        house = (fv > setb + 2.5) & (fv < setb + 2.5 + hd) & (fu > rng.uniform(0, 1.2, n)[cell]) & (fu < cw - .5)
        out = np.where(house, np.where(fv < setb + 2.5 + hd / 2, ra, rb) + cell, out)
        side = ~house & (fv > setb + 2.5 + hd) & (fu < rng.uniform(3, 5, n)[cell]) & (rng.random(n) < .55)[cell]
        out = np.where(side, si + cell, out)
        out = np.where((rng.random(n) < .14)[cell], fr + cell, out)
        out = np.where((fv < 2.4) | ((iu % 6 == 0) & (fu < 3)), lane, out)
        edge_d = np.minimum(np.minimum(u, w - u), np.minimum(v, h - v))
        gtree = "broadleaf_bare" if leafless(self.doys[0]) else "broadleaf"
        gt1 = "broadleaf_bare" if leafless(self.doys[1]) else "broadleaf"
        belt = self.tab.add(1, gtree, gt1, n0="weeds_dry", n1="weeds_green", md0=2, md1=2, p0=.1, p1=.1, lu="0702")
        ids[:] = np.where(edge_d < rng.uniform(0, 7), belt, out)

    def cells(self, u, v, w, h, cw, ch, roof_pool, yard_pool, fill, height, lu, road="road_concrete", lawn=None):
        """Regular lots, each with one to three oblong roofs on a yard (plants, estates, warehouses)."""
        rng = self.rng
        nu, nv = max(1, int(w / cw)), max(1, int(h / ch))
        cw, ch = w / nu, h / nv
        iu, iv = np.minimum((u / cw).astype(int), nu - 1), np.minimum((v / ch).astype(int), nv - 1)
        cell = iu * nv + iv
        n = nu * nv
        fu, fv = u - iu * cw, v - iv * ch
        ym = rng.choice([self.ix[x] for x in yard_pool], n)
        y0 = self.tab.add(n, ym, ym, b0=np.exp(rng.normal(0, .1, n)), b1=np.exp(rng.normal(0, .1, n)), ang=self.zphi, lu=lu)
        out = y0 + cell
        parts = rng.integers(1, 4, n)[cell]
        for k in range(3):
            m0, m1, b0, b1 = self.roofs(n, roof_pool)
            ro = self.tab.add(n, m0, m1, b0=b0, b1=b1, ang=self.zphi + np.pi / 2, h=rng.uniform(*height, n), lu=lu)
            d = ch / parts
            a0 = rng.uniform(.08, .25, n)[cell] * cw
            a1 = cw - rng.uniform(.08, .3, n)[cell] * cw
            v0 = k * d + rng.uniform(.12, .3, n)[cell] * d
            v1 = v0 + fill * d * rng.uniform(.75, 1.1, n)[cell]
            on = (k < parts) & (fu > a0) & (fu < a1) & (fv > v0) & (fv < np.minimum(v1, (k + 1) * d - 3)) & (rng.random(n) < .88)[cell]
            out = np.where(on, ro + cell, out)
        lane = self.tab.add(1, road, ang=self.zphi, lu=lu)
        out = np.where((fu < 3) | (fv < 3), lane, out)
        if lawn:
            gl = self.tab.add(1, *["weeds_dry" if leafless(d) else "turf" for d in self.doys], lu=lu)
            tr = self.tab.add(1, *["broadleaf_bare" if leafless(d) else "broadleaf" for d in self.doys], lu=lu)
            plain_yard = (out >= y0) & (out < y0 + n)
            lw = rng.uniform(3.5, 6)
            out = np.where(plain_yard & ((fv % 11) < lw) & (fu > 8), np.where((fu % 26) < 8, tr, gl), out)
        ids_edge = np.minimum(np.minimum(u, w - u), np.minimum(v, h - v))
        gb = self.tab.add(1, *["weeds_dry" if leafless(d) else "weeds_green" for d in self.doys], lu=lu)
        return np.where(ids_edge < rng.uniform(0, 3), gb, out)

    def fill_industry(self, u, v, w, h, ids, ax):
        r = self.rng
        ids[:] = self.cells(u, v, w, h, r.uniform(50, 120), r.uniform(45, 110), ["roof_blue", "roof_white", "roof_grey", "roof_rust", "roof_green", "roof_dark"],
                            ["concrete", "hard_worn", "gravel", "weeds_dry", "dirt_track"], .75, (6, 13), "0601")

    def fill_logistics(self, u, v, w, h, ids, ax):
        r = self.rng
        ids[:] = self.cells(u, v, w, h, r.uniform(90, 180), r.uniform(80, 130), ["roof_white", "roof_blue", "roof_grey"],
                            ["concrete", "concrete", "hard_worn", "gravel"], .55, (8, 13), "0508", "road_asphalt")

    def fill_estate(self, u, v, w, h, ids, ax):
        r = self.rng
        ids[:] = self.cells(u, v, w, h, r.uniform(45, 75), r.uniform(55, 110), ["roof_red", "roof_cement", "roof_grey", "roof_dark"],
                            ["paving", "concrete"], .42, (14, 38), "0701", "road_asphalt", lawn=True)

    def fill_sheds(self, u, v, w, h, ids, ax):
        """Greenhouse estate: film goes on and off, mats rolled down; some plots stay open field."""
        rng = self.rng
        pitch, length = rng.uniform(8, 15), rng.uniform(45, 110)
        nu, nv = int(w / pitch) + 1, int(h / length) + 1
        iu, iv = (u / pitch).astype(int), (v / length).astype(int)
        cell, n = iu * nv + iv, nu * nv
        fu, fv = u - iu * pitch, v - iv * length
        pool = np.array([self.ix[x] for x in ("gh_film", "gh_old", "gh_mat", "gh_frame")])
        p = [.55, .2, .1, .15]
        m0 = rng.choice(pool, n, p=p)
        m1 = np.where(rng.random(n) < .35, rng.choice(pool, n, p=p), m0)
        per = pitch / 8. * 1.03
        g = self.tab.add(n, m0, m1, b0=np.exp(rng.normal(0, .09, n)), b1=np.exp(rng.normal(0, .09, n)),
                         ang=self.zphi, per=per, h=rng.choice([2.2, 3.2]), lu="1202")
        f = self.field_objects(nv * 3, lu="0102")
        out = np.where((fu < pitch * rng.uniform(.6, .85)) & (fv > 3) & (fv < length - 3), g + cell, f + iv * 3 + 1)
        ids[:] = np.where((rng.random(nv * (nu // 6 + 1)) < .25)[iv * (nu // 6 + 1) + iu // 6], f + iv * 3, out)
        ax[:] = u / w

    def fill_pv(self, u, v, w, h, ids, ax):
        o = self.tab.add(1, "pv_panel", ang=np.pi / 2, h=1.6, lu="0601", b1=self.rng.uniform(.92, 1.08))
        lane = self.tab.add(1, "gravel", lu="0601")
        ids[:] = np.where((u % self.rng.uniform(60, 110) < 5) | (v % 90 < 4), lane, o)

    def fill_ponds(self, u, v, w, h, ids, ax):
        """Pond cells: aux is depth; the water line moves between dates."""
        rng = self.rng
        cw = rng.uniform(40, 120)
        nu, nv = max(1, int(w / cw)), max(1, int(h / cw / 1.4))
        iu, iv = np.minimum((u / w * nu).astype(int), nu - 1), np.minimum((v / h * nv).astype(int), nv - 1)
        n = nu * nv
        cell = iu * nv + iv
        fu, fv = u - iu * w / nu, v - iv * h / nv
        d = np.minimum(np.minimum(fu, w / nu - fu), np.minimum(fv, h / nv - fv)) - 2.5
        wat = [self.ix[x] for x in ("water_green", "water_turbid", "water")]
        m0 = rng.choice(wat, n)
        m1 = np.where(rng.random(n) < .5, rng.choice(wat, n), m0)
        lev = lambda: np.where(rng.random(n) < .15, 1.1, rng.uniform(0, .35, n))
        shore = [self.ix[x] for x in ("mud", "reed", "soil_crust", "weeds_green")]
        o = self.tab.add(n, m0, m1, n0=rng.choice(shore, n), n1=rng.choice(shore, n), md0=1, md1=1, p0=lev(), p1=lev(), lu="1104")
        dike = self.tab.add(1, self.bund(0), str(rng.choice(["dirt_track", "weeds_dry"])), lu="1104")
        ids[:] = np.where(d > 0, o + cell, dike)
        ax[:] = np.clip(d / 22, 0, 1)

    def fill_site(self, u, v, w, h, ids, ax):
        """Building site, already under way before: some stage of work at both dates (never an event)."""
        rng = self.rng
        k = self.strips(u, v, w, h, w / rng.uniform(1, 3), h / rng.uniform(1, 3))[0]
        k = np.unique(k, return_inverse=True)[1]
        ground = ["earth_local", "earth_fresh", "earth_yellow", "dust_net", "black_net", "pit_floor", "earth_track"]
        for i in range(k.max() + 1):
            a = str(rng.choice(ground))
            b = str(rng.choice(ground)) if rng.random() < .5 else a
            ids[k == i] = self.tab.add(1, a, b, n0="dust_net", n1="earth_fresh", md0=2, md1=2, p0=rng.uniform(-1.6, -.3),
                                       p1=rng.uniform(-1.6, -.3), lu="0701", b0=rng.uniform(.9, 1.1), b1=rng.uniform(.9, 1.1))
        for _ in range(rng.integers(0, 7)):                        # slabs and shells of all stages, plus site huts
            a, b, L, W = rng.uniform(10, max(w - 40, 11)), rng.uniform(10, max(h - 25, 11)), rng.uniform(18, 60), rng.uniform(10, 18)
            m = str(rng.choice(["concrete", "roof_cement", "roof_blue", "roof_white"]))
            ids[(u > a) & (u < a + L) & (v > b) & (v < b + W)] = self.tab.add(1, m, ang=self.zphi, h=rng.choice([.5, 3, 9, 18, 30]), lu="0701")
        ids[(u < 4) | (v > h - 4)] = self.tab.add(1, "gravel", lu="0701")

    def fill_pivot(self, u, v, w, h, ids, ax):
        """Centre pivots: circles with sectors of different crop, sandy corners, wheel-track rings."""
        rng = self.rng
        nu, nv = max(1, int(w / rng.uniform(240, 420))), max(1, int(h / rng.uniform(240, 420)))
        cw, ch = w / nu, h / nv
        self.fill_grass(u, v, w, h, ids, ax, ("grass_dry", "sand"), "0404")
        for i in range(nu):
            for j in range(nv):
                R = min(cw, ch) / 2 - rng.uniform(2, 12)
                du, dv = u - (i + .5) * cw, v - (j + .5) * ch
                r, th = np.hypot(du, dv), np.arctan2(dv, du)
                ns = int(rng.choice([1, 2, 3, 4], p=[.4, .3, .15, .15]))
                f = self.field_objects(ns, ang=self.zphi + rng.uniform(0, 3), scale=1.5)
                t = ((th - rng.uniform(-3, 3)) / (2 * np.pi)) % 1
                on = r < R
                ids[on] = f + np.minimum((t[on] * ns).astype(int), ns - 1)
                ax[on] = (t[on] * ns) % 1
                ids[on & (np.abs(r % rng.uniform(45, 55) - 20) < .6)] = self.tab.add(1, "soil_wet", "soil_plough", lu="0102")
        ids[(u < 2) | (v < 2)] = self.tab.add(1, "dirt_track", lu="1006")

    def fill_kiln(self, u, v, w, h, ids, ax):
        """Brick works: long kiln roof, rows of drying bricks, clay pit partly under water."""
        rng = self.rng
        self.fill_idle(u, v, w, h, ids, ax)
        cu, cv = w * .35, h * .5
        box_ = lambda a, b, c, d: (np.abs(u - a) < c) & (np.abs(v - b) < d)
        ids[box_(cu, cv, w * .33, h * .42)] = self.tab.add(1, "brick_stack", b1=.93, ang=self.zphi, lu="0601")
        ids[box_(cu, cv, 40, 9)] = self.tab.add(1, "roof_rust", h=7, ang=self.zphi, lu="0601")
        ids[box_(cu, cv + 32, 28, 7)] = self.tab.add(1, str(rng.choice(["roof_grey", "roof_blue"])), h=5, lu="0601")
        r = np.hypot((u - w * .82) / (w * .15), (v - cv) / (h * .35))
        ids[r < 1] = self.tab.add(1, "pit_wall", lu="0602")
        ids[r < .88] = self.tab.add(1, "pit_floor", n0="pit_water", n1="pit_water", md0=2, md1=2, p0=rng.uniform(-1, 1), p1=rng.uniform(-1, 1), lu="0602")

    # ---------------------------------------------------------------- overlays and relief
    def overlays(self):
        rng, n = self.rng, self.n
        self.x0 = np.zeros((n, n), np.float16)                      # local relief, metres
        self.dust = []
        if self.region == "steppe":
            for _ in range(max(2, int(5 * (n / 4096) ** 2))):
                self.dunes(rng.uniform(0, n), rng.uniform(0, n), rng.uniform(140, 420))
        if rng.random() < (.75 if self.region in ("plain", "periurban") else .45):
            self.river()
        if self.region == "mining":
            for _ in range(max(2, int(6 * (n / 4096) ** 2))):
                self.quarry(rng.uniform(.08, .92) * n, rng.uniform(.08, .92) * n, rng.uniform(75, 240))

    def blob(self, cx, cy, R, rough=.18, aspect=1., ang=0.):
        """Window, normalised radius field (edge = 1) of an irregular blob."""
        rng = self.rng
        k = int(R * 1.9) + 3
        xa, xb, ya, yb = max(int(cx) - k, 0), min(int(cx) + k, self.n), max(int(cy) - k, 0), min(int(cy) + k, self.n)
        x, y = np.arange(xa, xb)[None] - cx, np.arange(ya, yb)[:, None] - cy
        u, v = (x * np.cos(ang) + y * np.sin(ang)) / np.sqrt(aspect), (y * np.cos(ang) - x * np.sin(ang)) * np.sqrt(aspect)
        th = np.arctan2(v, u)
        edge = 1 + sum(rng.normal(0, rough / (i ** .8)) * np.cos(i * th + rng.uniform(0, 6.3)) for i in range(2, 9))
        return (slice(ya, yb), slice(xa, xb)), np.hypot(u, v) / (R * np.maximum(edge, .35))

    def quarry(self, cx, cy, R):
        """Open pit with benches, a haul road, spoil heaps, a crushing plant and dust around."""
        rng = self.rng
        win, r = self.blob(cx, cy, R, .12, rng.uniform(1, 1.6), rng.uniform(0, 3))
        idw = self.ident[win]
        steps = rng.integers(3, 6)
        b = rng.uniform(.85, 1.15)
        yy, xx = np.mgrid[win]
        lean = rng.uniform(0, 6.3)
        ramp = ((xx - cx) * np.cos(lean) + (yy - cy) * np.sin(lean)) / R
        r = r + .05 * self.tiles["mid"][yy % 1024, xx % 1024] * .5 + .10 * self.coarse("patch0", win[0].start, win[0].stop, win[1].start, win[1].stop) / 2.
        push = rng.uniform(.25, .7)
        r_out = r
        for i in range(steps):
            t = 1 - i / (steps + .6)
            r = np.maximum(r_out + push * (1 - t) * np.maximum(ramp, -.4), r_out)
            idw[r < t] = self.tab.add(1, "rock_wall", b0=b, b1=b, h=(steps - i) * 1.0, lu="0602")
            idw[r < t - .07] = self.tab.add(1, "rock_bench", n0="pit_floor", n1="pit_floor", md0=5, md1=5, p0=-.9, p1=-.85, b0=b, b1=b * 1.03,
                                            h=(steps - i - 1) * 1.0, lu="0602")
        if rng.random() < .6:
            idw[r < .17] = self.tab.add(1, "pit_water", "pit_water", lu="0602")
        for _ in range(rng.integers(2, 5)):                         # spoil heaps
            a, d = rng.uniform(0, 6.3), R * rng.uniform(1.2, 1.7)
            hx, hy = cx + d * np.cos(a), cy + d * np.sin(a)
            if not (30 < hx < self.n - 30 and 30 < hy < self.n - 30):
                continue
            win2, r2 = self.blob(hx, hy, R * rng.uniform(.2, .5), .2, 1.4, a)
            on = r2 < 1
            self.ident[win2][on] = self.tab.add(1, "spoil", n0="earth_local", n1="earth_local", md0=2, md1=2, p0=-.8, p1=-.8, b0=b, b1=b, lu="0602")
            self.x0[win2] = np.where(on, np.clip((1 - r2) * 14, 0, 6), self.x0[win2])
        win3, r3 = self.blob(cx + R * 1.25, cy, R * .28, .1, 1.5, 0)
        idw3 = self.ident[win3]
        idw3[r3 < 1] = self.tab.add(1, "stockpile", "stockpile", n0="gravel", n1="gravel", md0=2, md1=2, p0=.2, p1=.1, lu="0601")
        idw3[(r3 < .5) & (np.arange(r3.shape[1])[None] % 20 < 10)] = self.tab.add(1, "roof_rust", h=6, lu="0601")
        for _ in range(2):                                          # haul roads
            a, L = rng.uniform(0, 6.3), R * rng.uniform(2, 4)
            t = np.linspace(.5 * R, L, 30)
            a2 = a + .5 * np.sin(t / R)
            self.draw_line(np.c_[cx + t * np.cos(a2), cy + t * np.sin(a2)], rng.uniform(7, 13), self.tab.add(1, "road_gravel", b0=1.08, b1=1.1, lu="0602"))
        self.dust.append((cx, cy, R * rng.uniform(1.8, 3), rng.uniform(.1, .5), rng.uniform(.1, .5)))

    def draw_line(self, pts, width, obj):
        m, win = self.line_mask(pts, width)
        if m is not None:
            self.ident[win][m] = obj

    def line_mask(self, pts, width):
        xa, ya = np.maximum(pts.min(0) - width - 2, 0).astype(int)
        xb, yb = np.minimum(pts.max(0) + width + 2, self.n).astype(int)
        if xb - xa < 3 or yb - ya < 3:
            return None, None
        im = Image.new("L", (int(xb - xa), int(yb - ya)))
        ImageDraw.Draw(im).line([tuple(p) for p in (pts - [xa, ya])], fill=1, width=int(round(width)), joint="curve")
        return np.asarray(im) > 0, (slice(ya, yb), slice(xa, xb))

    def dunes(self, cx, cy, R):
        rng = self.rng
        win, r = self.blob(cx, cy, R, .25, rng.uniform(1, 2), rng.uniform(0, 3))
        r = r + .22 * self.coarse("soil", win[0].start, win[0].stop, win[1].start, win[1].stop) + .12 * self.coarse("patch0", win[0].start, win[0].stop, win[1].start, win[1].stop)
        on = r < 1
        mat = "saline" if rng.random() < .25 else "sand"
        self.ident[win][on] = self.tab.add(1, mat, n0="grass_dry", n1="grass_dry", md0=5, md1=5, p0=rng.uniform(-1.4, -.4), p1=-.9, lu="1205")
        if mat == "sand":
            y, x = np.mgrid[win]
            a, L = rng.uniform(0, 3), rng.uniform(24, 50)
            ph = (x * np.cos(a) + y * np.sin(a) + 14 * self.tiles["mid"][y % 1024, x % 1024] * .25) / L + 1.2 * self.coarse("zone", win[0].start, win[0].stop, win[1].start, win[1].stop)
            saw = ph % 1
            self.x0[win] = np.where(on, np.minimum(saw / .75, (1 - saw) / .25) * 2.2 * np.clip((1 - r) * 3, 0, 1), self.x0[win])

    def river(self):
        """A river with bars and flood banks; aux is depth so that the water line differs by date."""
        rng, n = self.rng, self.n
        t = np.arange(n, dtype=np.float32)
        c = n * rng.uniform(.2, .8) + 90 * np.sin(t / rng.uniform(250, 500) + rng.uniform(0, 6)) + rng.normal(0, .1) * t
        hw = rng.uniform(9, 38)
        o = self.tab.add(1, "water_turbid", str(rng.choice(["water_turbid", "water_green", "water"])), n0=str(rng.choice(["sand", "mud"])), n1=str(rng.choice(["sand", "mud", "reed"])),
                         md0=1, md1=1, p0=rng.uniform(.1, .6), p1=rng.uniform(.1, .6), lu="1101")
        bank = self.tab.add(1, self.bund(0), self.bund(1), n0="shrub", n1="shrub", md0=2, md1=2, p0=-.2, p1=-.2, lu="0404")
        vertical = rng.random() < .5
        for i in range(n):
            w = hw * (1 + .3 * np.sin(i / 90.) + .15 * np.sin(i / 31.))
            a, b = int(c[i] - w), int(c[i] + w)
            e = 6 + int(4 * np.sin(i / 57.))
            line, ax = (self.ident[i], self.aux[i]) if vertical else (self.ident[:, i], self.aux[:, i])
            line[max(a - e, 0):max(b + e, 0)] = bank
            a0, b0 = max(a, 0), min(b, n)
            if b0 > a0:
                line[a0:b0] = o
                q = np.arange(a0, b0)
                ax[a0:b0] = np.clip((w - np.abs(q - c[i])) / w + .12 * np.sin(q / 7. + i / 23.), 0, 1) * 255

    # ---------------------------------------------------------------- states -> material maps
    def resolve(self):
        """Material of each 1 m pixel at both dates, before events are painted."""
        T, n = self.tab.arrays(), self.n
        self.mat = [np.empty((n, n), np.uint8) for _ in (0, 1)]
        cosang, sinang = np.cos(T["ang"]), np.sin(T["ang"])
        for r0 in range(0, n, 256):
            r1 = min(r0 + 256, n)
            idw = self.ident[r0:r1]
            aux = self.aux[r0:r1].astype(np.float32) / 255
            mid = self.tile("mid", r0, r1)
            for d in (0, 1):
                m = T[f"m{d}"].astype(np.uint8)[idw]
                mode = T[f"md{d}"].astype(np.uint8)[idw]
                p = T[f"p{d}"].astype(np.float32)[idw]
                patch = self.coarse(f"patch{d}", r0, r1) + .35 * mid
                alt = np.zeros(m.shape, bool)
                alt |= (mode == 1) & (aux + .012 * mid < p)
                alt |= (mode == 2) & (patch < p)
                k = np.flatnonzero((mode == 3).ravel())
                if k.size:
                    q = idw.ravel()[k]
                    x, y = k % n, r0 + k // n
                    alt.ravel()[k] = np.sin((x * cosang[q] + y * sinang[q]) * .33) < p.ravel()[k]
                alt |= (mode == 4) & (aux + .07 * patch < p)
                alt |= (mode == 5) & (self.coarse("soil", r0, r1) + .3 * mid < p)
                m[alt] = T[f"n{d}"].astype(np.uint8)[idw][alt]
                self.mat[d][r0:r1] = m
        self.x0[self.mats.cls[self.mat[0]] == 4] = 0
        self.ident1 = self.ident.copy()
        self.x1 = self.x0.copy()

    def decals(self):
        """Small things: vehicles, containers, straw heaps, drying grain, pens, single trees, field tracks."""
        rng, n = self.rng, self.n
        amount = (n / 4096) ** 2
        cls = self.mats.cls
        items = [("vehicle_w", 1600, (5, 2.2), (6, 15)), ("vehicle_d", 1100, (5, 2.2), (6, 15)), ("container_r", 260, (12, 2.6), (6,)), ("container_b", 260, (12, 2.6), (6,)),
                 ("straw_heap", 260, (9, 5), (2, 3, 6)), ("grain_drying", 180, (14, 5), (6, 15)), ("pen_mud", 50, (20, 12), (2, 3, 14)),
                 ("stockpile", 90, (9, 7), (6,)), ("broadleaf", 330, (5, 5), (2, 3, 13, 14)), ("weeds_green", 500, (9, 4), (2, 3))]
        for name, cnt, (L, W), okay in items:
            lasting = {"broadleaf": 1., "pen_mud": .9, "straw_heap": .2}.get(name, .12)
            if name.startswith("vehicle") or name.startswith("container"):
                cnt = cnt * (2.2 if self.region == "periurban" else .8)
            for _ in range(int(cnt * amount * 3)):
                x, y = rng.integers(12, n - 12, 2)
                which = (0, 1) if rng.random() < lasting else (int(rng.integers(2)),)
                if name == "broadleaf" and self.T["lu"][self.ident[y, x]] == LAND_CODES.index("1205"):
                    continue
                ang, sc = rng.uniform(0, 3.2), rng.uniform(.6, 1.5)
                grid = rng.integers(1, 5) if name.startswith("container") else 1
                hl, hw = L * sc / 2, W * sc / 2 * grid
                k = int(max(hl, hw)) + 2
                if x - k < 0 or y - k < 0 or x + k >= n or y + k >= n:
                    continue
                if cls[self.mat[which[0]][y, x]] not in okay or self.ident1[y, x] != self.ident[y, x]:
                    continue
                gx, gy = np.arange(-k, k + 1)[None], np.arange(-k, k + 1)[:, None]
                a, b = gx * np.cos(ang) + gy * np.sin(ang), gy * np.cos(ang) - gx * np.sin(ang)
                mask = (a / hl) ** 2 + (b / hw) ** 2 < 1 if name in ("straw_heap", "broadleaf", "stockpile", "weeds_green") else (np.abs(a) < hl) & (np.abs(b) < hw)
                win = (slice(y - k, y + k + 1), slice(x - k, x + k + 1))
                mask = mask & (self.ident1[win] == self.ident[win])
                for d in which:
                    nm = "broadleaf_bare" if name == "broadleaf" and leafless(self.doys[d]) else name
                    ok = mask & np.isin(cls[self.mat[d][win]], okay)
                    self.mat[d][win][ok] = self.ix[nm]
        for d in (0, 1):                                            # wheel tracks across fields
            for _ in range(int(70 * amount)):
                p0 = rng.uniform(20, n - 20, 2)
                a, L = rng.uniform(0, 6.3), rng.uniform(60, 220)
                t = np.linspace(0, L, 12)
                pts = p0 + np.c_[t * np.cos(a + t / 400), t * np.sin(a + t / 400)]
                for off in (0, 2.2):
                    m, win = self.line_mask(pts + off, 1)
                    if m is not None:
                        ok = np.isin(self.mats.cls[self.mat[d][win]], (2, 3, 13)) & (self.ident1[win] == self.ident[win]) & m[:, :]
                        self.mat[d][win][ok] = self.ix["dirt_track"]

    # ---------------------------------------------------------------- events
    def paint(self, win, mask, name, br=1., ang=0., h=0., per=1.):
        """Paint a material of the after date, as a new object."""
        o = self.tab.add(1, name, b0=br, b1=br, ang=ang, h1=h, per=per, tint=self.rng.normal(0, .03))
        self.ident1[win][mask] = o
        self.mat[1][win][mask] = self.ix[name]
        self.x1[win][mask] = 0

    def rect(self, cx, cy, L, W, ang, rough=0.):
        """Window, mask, local coordinates of a rotated rectangle (edges slightly wavy if rough)."""
        k = int(np.hypot(L, W) / 2 + 4)
        xa, xb, ya, yb = max(int(cx) - k, 0), min(int(cx) + k, self.n), max(int(cy) - k, 0), min(int(cy) + k, self.n)
        x, y = np.arange(xa, xb)[None] - cx, np.arange(ya, yb)[:, None] - cy
        a, b = x * np.cos(ang) + y * np.sin(ang), y * np.cos(ang) - x * np.sin(ang)
        wv = rough * (np.sin(a / 7. + cx) + np.sin(b / 5. + cy) + .6 * np.sin((a + b) / 3.))
        return (slice(ya, yb), slice(xa, xb)), (np.abs(a) < L / 2 + wv) & (np.abs(b) < W / 2 + wv), a, b

    def soil_name(self):
        return str(self.rng.choice(["earth_local", "earth_fresh", "earth_yellow", "earth_red"], p=[.55, .22, .13, .10]))

    def earth(self, win, mask, a, b, style):
        """Moved earth: ground colour, track marks, heaps, patches of dust net."""
        rng = self.rng
        self.paint(win, mask, self.soil_name(), rng.uniform(.9, 1.12))
        if style in ("levelled", "stripped", "mixed"):
            ang, gap = rng.uniform(0, 3), rng.uniform(6, 14)
            t = a * np.cos(ang) + b * np.sin(ang) + 3 * np.sin((a - b) / rng.uniform(15, 40))
            self.paint(win, mask & ((t % gap < 1) | ((t + 2.4) % gap < 1)) & (np.sin((a + 2 * b) / 31) > -.3), "earth_track", rng.uniform(.85, 1.05))
        if style in ("heaped", "mixed"):
            ys, xs = np.nonzero(mask)
            area = ys.size
            for _ in range(int(np.clip(area / rng.uniform(70, 250), 2, 60))):
                i = rng.integers(area)
                rr = rng.uniform(2, 6.5)
                ya, yb, xa, xb = (int(max(ys[i] - 9, 0)), int(ys[i] + 10), int(max(xs[i] - 9, 0)), int(xs[i] + 10))
                sub = (slice(ya, yb), slice(xa, xb))
                mm = mask[sub]
                gy, gx = np.arange(ya, ya + mm.shape[0])[:, None] - ys[i], np.arange(xa, xa + mm.shape[1])[None] - xs[i]
                bump = np.clip(1 - np.hypot(gx, gy) / rr, 0, 1) * rr * rng.uniform(.4, .7)
                X = self.x1[win][sub]
                X[...] = np.where(mm, np.maximum(X, bump), X)
        if rng.random() < .2:
            side = a * rng.normal() + b * rng.normal()
            self.paint(win, mask & (side > np.percentile(side[mask], rng.uniform(55, 85))), str(rng.choice(["dust_net", "black_net"], p=[.75, .25])))

    def try_event(self, kind, area):
        """Find a place and shape for one event; returns (win, mask, a, b, ang, L, W, surface) or None."""
        rng, n = self.rng, self.n
        for attempt in range(150):
            x, y = rng.integers(30, n - 30, 2)
            obj, g0 = self.ident[y, x], int(self.mats.cls[self.mat[0][y, x]])
            if g0 in (5, 6, 7, 8, 9, 10, 11, 12, 15):
                continue
            if g0 == 4 and not (kind in ("photovoltaic", "earthwork") or rng.random() < .15):
                continue
            if self.want_edge and attempt < 60 and not self.near_built[y // 8, x // 8]:
                continue
            ang = float(self.T["ang"][obj]) % np.pi + (rng.normal(0, .35) if rng.random() < .2 else rng.normal(0, .02))
            asp = np.exp(abs(rng.normal(0, .45)))
            L, W = np.sqrt(area * asp), np.sqrt(area / asp)
            win = None
            if kind == "linear":
                Wd, Ln = rng.uniform(4, 10), rng.uniform(80, min(600, n * .3))
                t = np.linspace(0, Ln, 24)
                bend = rng.normal(0, .0018) * t + .12 * np.sin(t / rng.uniform(60, 160))
                hd = ang + rng.choice([0, np.pi / 2, np.pi]) + bend
                pts = np.c_[x + np.cumsum(np.cos(hd)) * Ln / 24, y + np.cumsum(np.sin(hd)) * Ln / 24]
                if pts.min() < 10 or pts.max() > n - 10:
                    continue
                mask, win = self.line_mask(pts, Wd)
                yy, xx = np.mgrid[win]
                a, b = (xx - x).astype(float), (yy - y).astype(float)
            else:
                irregular = rng.random() < {"earthwork": .6, "excavation": .7}.get(kind, .12)
                if kind in ("photovoltaic", "greenhouse", "earthwork") and rng.random() < .4:
                    win, mask, a, b = self.rect(x, y, 260, 260, ang)          # follow the field outline
                    fm = (self.ident[win] == obj)
                    lab, _ = ndi.label(fm)
                    mask = lab == lab[y - win[0].start, x - win[1].start] if fm[y - win[0].start, x - win[1].start] else fm & False
                    if rng.random() < .5:
                        mask &= (b if rng.random() < .5 else a) > rng.uniform(-20, 5)
                    if not (.45 * area < mask.sum() < 1.8 * max(area, 600)):
                        win = None
                if win is None and irregular:
                    win, r = self.blob(x, y, np.sqrt(area / np.pi), .17, asp, ang)
                    mask = r < 1
                    a, b = np.arange(win[1].start, win[1].stop)[None] - x + 0. * r, np.arange(win[0].start, win[0].stop)[:, None] - y + 0. * r
                elif win is None:
                    win, mask, a, b = self.rect(x, y, L, W, ang, .25 if rng.random() < .5 else 0)
            if mask is None or win[0].start < 8 or win[1].start < 8 or win[0].stop > n - 8 or win[1].stop > n - 8:
                continue
            w0 = self.mats.works[self.mat[0][win]] | self.mats.works[self.mat[1][win]]
            if mask.sum() < 200 or (w0 & mask).sum() > (.2 if kind == "linear" else .12) * mask.sum():
                continue
            if self.occ[win][mask].any():
                continue
            if kind != "linear":
                mask = ndi.binary_opening(mask & ~w0, iterations=2)
                lab, k = ndi.label(mask)
                if k > 1:
                    mask = lab == 1 + np.argmax(np.bincount(lab.ravel())[1:])
                if mask.sum() < 300:
                    continue
            return win, mask, a, b, ang, L, W
        return None

    def block_of(self, win, mask, a, b, frac, mats, h, ang):
        """Paint 1-3 oblong buildings inside an event mask; returns painted mask."""
        rng = self.rng
        la, lb = a[mask].min(), b[mask].min()
        wa, wb = a[mask].max() - la, b[mask].max() - lb
        k = 1 if mask.sum() < 900 else int(rng.integers(1, 4))
        done = np.zeros(mask.shape, bool)
        for i in range(k):
            f = np.sqrt(min(frac / .92, 1))
            s, e = i * wb / k, (i + 1) * wb / k
            da, db = wa * f, (e - s) * f
            oa, ob = la + rng.uniform(0, 1) * (wa - da), lb + s + rng.uniform(0, 1) * ((e - s) - db)
            m = mask & (a > oa) & (a < oa + da) & (b > ob) & (b < ob + db)
            roof, br = str(rng.choice(mats)), rng.uniform(.85, 1.15)
            ridge = ob + db / 2
            hh = rng.uniform(*h)
            self.paint(win, m & (b < ridge), roof, br * .95, ang + np.pi / 2, hh)
            self.paint(win, m & (b >= ridge), roof, br * 1.05, ang + np.pi / 2, hh)
            done |= m
        return done

    def build(self, kind, e):
        """Paint the event; returns (surface, kind_alt, mixed, extra)."""
        rng = self.rng
        win, mask, a, b, ang, L, W = e
        roofs = ["roof_blue", "roof_white", "roof_grey", "roof_red", "roof_cement", "roof_green", "roof_dark", "roof_soilish", "roof_rust"]
        yard = str(rng.choice(["concrete", "gravel", "hard_worn", "paving", "stockpile"], p=[.45, .25, .15, .1, .05]))
        if kind == "new_building":
            r = rng.random()
            if r < .33:
                self.paint(win, mask, yard, rng.uniform(.85, 1.1), ang)
                self.block_of(win, mask, a, b, .95, ["roof_red", "roof_cement", "roof_grey", "roof_soilish", "roof_blue"], (3, 9), ang)
                return "house", "", 0
            if r < .60:
                self.paint(win, mask, yard, rng.uniform(.85, 1.1), ang)
                self.block_of(win, mask, a, b, rng.uniform(.3, .7), roofs, (4, 10), ang)
                return "workshop with yard", "", 0
            if r < .72:
                self.paint(win, mask, yard, rng.uniform(.85, 1.1), ang)
                self.block_of(win, mask, a, b, rng.uniform(.6, .9), ["roof_blue", "roof_white", "roof_grey"], (8, 14), ang)
                return "factory hall", "", 0
            if r < .86:
                self.paint(win, mask, yard, rng.uniform(.85, 1.15), ang)
                if rng.random() < .4:
                    self.paint(win, mask & (a > np.percentile(a[mask], rng.uniform(55, 80))), self.soil_name())
                return "hardened yard", "", 0
            self.earth(win, mask, a, b, str(rng.choice(["levelled", "mixed"])))
            part = mask & (a < np.percentile(a[mask], rng.uniform(45, 70)))
            self.paint(win, part, yard, rng.uniform(.9, 1.1), ang)
            self.block_of(win, part, a, b, rng.uniform(.5, .9), roofs + ["concrete"], (1, 10), ang)
            return "unfinished building, yard and earth", "earthwork", 1
        if kind == "earthwork":
            style = str(rng.choice(["stripped", "levelled", "heaped", "mixed"]))
            done = mask
            if rng.random() < .3:                                   # half finished: a ragged working edge
                edge = a + 5 * np.sin(b / 6.) + 3 * np.sin(b / 2.3)
                done = mask & (edge < np.percentile(edge[mask], rng.uniform(55, 85)))
                e[1][...] = done
            self.earth(win, done, a, b, style)
            if rng.random() < .15:
                self.block_of(win, done, a, b, .12, ["roof_white", "roof_blue"], (2.5, 3), ang)
                return f"{style} soil with site huts", "new_building", 1
            return f"{style} soil", "", 0
        if kind == "linear":
            m = str(rng.choice(["road_concrete", "road_asphalt", "road_gravel", "earth_local", "earth_fresh"], p=[.38, .18, .22, .14, .08]))
            self.paint(win, mask, m, rng.uniform(.88, 1.12), ang)
            if rng.random() < .3:                                   # last stretch still earth
                far = np.hypot(a, b)
                self.paint(win, mask & (far > np.percentile(far[mask], 70)), "earth_fresh")
            return m.replace("_", " "), "", 0
        if kind == "photovoltaic":
            water = (self.mats.cls[self.mat[0][win]][mask] == 4).mean() > .5
            if rng.random() < .25 and not water:                    # part still only piles and levelled ground
                done = a < np.percentile(a[mask], rng.uniform(60, 85))
                self.paint(win, mask & ~done, self.soil_name())
            else:
                done = np.ones_like(mask)
            self.paint(win, mask & done, "pv_pond" if water else "pv_panel", rng.uniform(.85, 1.15), np.pi / 2 + rng.normal(0, .08), 0, rng.uniform(.8, 1.35))
            return "panels over water" if water else "ground panels", "", 0
        if kind == "greenhouse":
            m = str(rng.choice(["gh_film", "gh_old", "gh_glass", "gh_mat"], p=[.58, .14, .2, .08]))
            self.paint(win, mask, m, rng.uniform(.85, 1.12), ang, 2.8, rng.uniform(.85, 1.4))
            if rng.random() < .2:
                self.paint(win, mask & (b > np.percentile(b[mask], 78)), "earth_local")
            return m[3:] + " house", "", 0
        # excavation
        dist = ndi.distance_transform_edt(mask)
        floor = str(rng.choice(["pit_floor", "rock_bench"], p=[.85, .15] if self.region != "mining" else [.5, .5]))
        self.paint(win, mask, "pit_wall", rng.uniform(.9, 1.15), 0, rng.uniform(0, 2.5))
        self.paint(win, mask & (dist > rng.uniform(1.5, 4)), floor, rng.uniform(.92, 1.12))
        if rng.random() < .35:
            self.paint(win, mask & (dist > np.percentile(dist[mask], rng.uniform(35, 75))), "pit_water", rng.uniform(.8, 1.3))
        if rng.random() < .3:
            self.earth(win, mask & (a + b > np.percentile((a + b)[mask], 78)), a, b, "heaped")
            return "pit with spoil", "earthwork", 1
        return "pit", "", 0

    def polygon(self, win, mask, tol=.7):
        tr = rasterio.Affine(1, 0, self.x_org + win[1].start, 0, -1, self.y_org - win[0].start)
        ps = [shape(g) for g, v in rio_shapes(mask.astype(np.uint8), mask=mask, transform=tr) if v]
        p = unary_union([q for q in ps if q.area > 30] or ps).simplify(tol)
        return p if p.is_valid else p.buffer(0)

    def place_name(self, win):
        ya, yb, xa, xb = max(win[0].start - 30, 0), win[0].stop + 30, max(win[1].start - 30, 0), win[1].stop + 30
        c = self.mats.cls[self.mat[0][ya:yb:2, xa:xb:2]]
        f = {k: (c == k).mean() for k in (4, 5, 13, 14, 15)}
        return ("village edge" if f[5] > .06 else "water side" if f[4] > .1 else "among trees" if f[14] > .4 else
                "road side" if f[15] > .03 else "open land")

    def events(self):
        rng, n = self.rng, self.n
        self.T = self.tab.arrays()
        self.occ = np.zeros((n, n), bool)
        built8 = (self.mats.cls[self.mat[0][::8, ::8]] == 5).astype(np.float32)
        self.near_built = ndi.uniform_filter(built8, 9) > .02
        scale = (n / 4096) ** 2
        total = max(8, int(rng.integers(62, 80) * scale))
        kinds = ["new_building", "earthwork", "linear", "photovoltaic", "greenhouse", "excavation"]
        quota = [k for k in kinds for _ in range(2)] + list(rng.choice(kinds, 200, p=[.36, .24, .11, .08, .11, .10]))
        quota = quota[:total] if total > 12 else list(rng.permutation(quota[:12]))[:total]
        self.truth = []

        def record(kind, win, mask, surface, alt, mixed, was, place):
            self.occ[win] |= ndi.binary_dilation(mask, iterations=6)
            p = self.polygon(win, mask)
            seen = sum(t["kind"] == kind for t in self.truth)
            self.truth.append(dict(eid=len(self.truth) + 1, kind=kind, kind_alt=alt, surface=surface, place=place, was=was, mixed=mixed,
                                   listed=(seen + 1) % 2, area_m2=round(float(p.area), 1), geometry=p))
        for kind in quota:
            area = float(np.clip(np.exp(rng.normal(np.log(1200), .85)), 300, 15000))
            if kind == "photovoltaic":
                area = max(area, rng.uniform(800, 6000))
            self.want_edge = kind == "new_building" and rng.random() < .5
            e = self.try_event(str(kind), area)
            if e is None:
                continue
            was = self.mats.names[np.bincount(self.mat[0][e[0]][e[1]]).argmax()]
            place = self.place_name(e[0])
            surface, alt, mixed = self.build(str(kind), e)
            record(str(kind), e[0], e[1], surface, alt, mixed, was, place)
        want, tries = max(2, int(rng.integers(8, 15) * scale)), 0
        while want and tries < 6000:                                # demolitions
            tries += 1
            x, y = rng.integers(60, n - 60, 2)
            if self.mats.cls[self.mat[0][y, x]] != 5 or self.ident1[y, x] != self.ident[y, x]:
                continue
            side = rng.uniform(25, 75)
            win, m, a, b = self.rect(x, y, side, side * rng.uniform(.6, 1), float(self.T["ang"][self.ident[y, x]]))
            roof = self.mats.cls[self.mat[0][win]] == 5
            lab, _ = ndi.label(roof & m)
            m = lab == lab[y - win[0].start, x - win[1].start]
            if m.sum() < 150 or self.occ[win][m].any():
                continue
            m = ndi.binary_dilation(m, iterations=1)
            if roof[m].mean() < .68:
                continue
            was = self.mats.names[np.bincount(self.mat[0][win][m]).argmax()]
            r = str(rng.choice(["rubble", "earth_local", "soil_dry", "weeds_green"], p=[.5, .2, .18, .12]))
            self.paint(win, m, r, rng.uniform(.9, 1.1))
            if r != "rubble":
                self.paint(win, m & (a > np.percentile(a[m], 70)), "rubble")
            record("demolition", win, m, r.replace("_", " "), "", 0, was, self.place_name(win))
            want -= 1

    # ---------------------------------------------------------------- rendering
    def render(self, d):
        """Surface reflectance at 2 m (4, size, size) for date d."""
        n, M = self.n, self.mats
        T = self.tab.arrays()
        ident, mat, X = (self.ident, self.ident1)[d], self.mat[d], (self.x0, self.x1)[d]
        el, az = self.sun[d]
        sx, sy = np.sin(az), -np.cos(az)                            # image direction towards the sun
        ca, sa = np.cos(T["ang"]).astype(np.float32), np.sin(T["ang"]).astype(np.float32)
        per = T["per"].astype(np.float32)
        cover = np.empty((n, n), np.uint8)
        H = np.empty((n, n), np.uint8)                              # 0.2 m steps
        h_obj = np.clip(T[f"h{d}"] * 5, 0, 255).astype(np.uint8)
        par = M.par
        roofish = np.isin(M.cls, (5, 6, 10))
        off = 317 * d
        for r0 in range(0, n, 256):
            r1 = min(r0 + 256, n)
            idw, mw = ident[r0:r1], mat[r0:r1]
            pat = par[:, 1].astype(np.uint8)[mw]
            c = par[:, 0][mw] + par[:, 4][mw] * .5 * (self.coarse(f"vig{d}", r0, r1) + .5 * self.coarse("soil", r0, r1)) * (pat > 0)
            w = np.zeros(mw.shape, np.float32)
            k = np.flatnonzero(((pat == 1) | (pat == 2)).ravel())
            q, mk = idw.ravel()[k], mw.ravel()[k]
            x, y = (k % n).astype(np.float32), (r0 + k // n).astype(np.float32)
            om = np.float32(2 * np.pi) / (par[:, 2][mk] * per[q])
            s1 = np.sin((x * ca[q] + y * sa[q]) * om)
            lat = par[:, 1][mk] == 2
            kl = np.flatnonzero(lat)
            s1[kl] = .5 * (s1[kl] + np.sin((y[kl] * ca[q[kl]] - x[kl] * sa[q[kl]]) * om[kl] * .85)) + .3 * self.tile("blob", r0, r1).ravel()[k[kl]]
            w.ravel()[k] = s1
            w = np.where(pat == 3, self.tile("blob", r0, r1) * .6 + .2 * self.tile("blob", r0, r1, off, off), w)
            c = np.clip(c + par[:, 3][mw] * w, 0, 1)
            cover[r0:r1] = (c * 255).astype(np.uint8)
            hm = par[:, 6][mw]
            h = np.where(roofish[mw] & (hm == 0), h_obj[idw], 0)
            hh = np.where(c > .35, hm * (.35 + .65 * c) * 5, 0)
            H[r0:r1] = np.maximum(np.maximum(h, hh), np.clip(X[r0:r1].astype(np.float32) * 5, 0, 255)).astype(np.uint8)
        # cast shadows: march towards the sun, all in uint8
        S = np.zeros_like(H)
        step = 1.25
        kmax = int(min(H.max() / 5 / np.tan(el), 46) / step) + 1
        for k in range(1, kmax):
            dx, dy = int(round(k * step * sx)), int(round(k * step * sy))
            drop = int(k * step * np.tan(el) * 5)
            src = H[max(dy, 0):n + min(dy, 0), max(dx, 0):n + min(dx, 0)]
            dst = S[max(-dy, 0):n - max(dy, 0), max(-dx, 0):n - max(dx, 0)]
            np.maximum(dst, np.maximum(src, drop) - np.uint8(min(drop, 255)), out=dst)
        # colours
        out = np.empty((4, n // 2, n // 2), np.float32)
        tints = np.array([-1, -.3, .6, .35], np.float32)
        sky = np.array([.42, .34, .29, .24], np.float32) * (1.1 if self.rad == 2 and d else 1)
        brdf = (T[f"b{d}"] * (1 + T["brdf"] * np.cos(2 * (T["ang"] - az)) * 1.2)).astype(np.float32)
        tint = T["tint"].astype(np.float32)
        relief = {"mining": 13., "steppe": 2.5}.get(self.region, .3)
        ga, gb = np.gradient(self.small["dem"] * relief, 8.)
        self.small["hill"] = -(gb * sx + ga * sy)
        dust = self.dust_map(d)
        e1, e2, fine = M.e1, M.e2, par[:, 5]
        coarse_amp = par[:, 4] * .35
        for r0 in range(0, n, 256):
            r1 = min(r0 + 256, n)
            idw, mw = ident[r0:r1], mat[r0:r1]
            c = cover[r0:r1].astype(np.float32) / 255
            same = self.mat[0][r0:r1] == self.mat[1][r0:r1]
            A, B = self.tile("fa", r0, r1), self.tile("fb", r0, r1, 411 * d, 133 * d)
            f = np.where(same, .75 * A + .66 * B, self.tile("fc", r0, r1, 511 * d, 77 + 200 * d))
            Xw = X[r0:min(r1 + 1, n)].astype(np.float32)
            gx = np.zeros((r1 - r0, n), np.float32)
            gx[:, :-1] = np.diff(Xw[:r1 - r0], axis=1)
            gy = np.zeros_like(gx)
            gy[:Xw.shape[0] - 1] = np.diff(Xw, axis=0)[:r1 - r0]
            lit = 1 - (gx * sx + gy * sy + -self.coarse("hill", r0, r1)) / np.tan(el)
            g = brdf[idw] * (1 + fine[mw] * f + coarse_amp[mw] * .6 * self.coarse("soil", r0, r1)) * np.clip(lit, .3, 1.6)
            sh = np.clip((S[r0:r1].astype(np.float32) - H[r0:r1]) / 5, 0, 1)
            t = tint[idw]
            du = dust(r0, r1) if dust else None
            for bnd in range(4):
                v = e2[:, bnd][mw]
                v += c * (e1[:, bnd][mw] - v)
                v *= g * (1 + t * tints[bnd]) * (1 - sh * (1 - sky[bnd]))
                if du is not None:
                    v += du * (M.e1[self.ix["rock_bench"], bnd] * .9 - v)
                out[bnd, r0 // 2:r1 // 2] = v.reshape((r1 - r0) // 2, 2, n // 2, 2).mean((1, 3))
        return np.clip(out, .003, .75)

    def dust_map(self, d):
        if not self.dust:
            return None
        m = self.n // 8
        q = np.arange(m) * 8 + 4
        a = np.zeros((m, m), np.float32)
        for cx, cy, R, s0, s1 in self.dust:
            a = np.maximum(a, (s0, s1)[d] * np.exp(-((q[None] - cx) ** 2 + (q[:, None] - cy) ** 2) / R ** 2))
        self.small["dustnow"] = a * np.clip(.7 + .5 * self.small["dust"], 0, 1.4)
        return lambda r0, r1: np.clip(self.coarse("dustnow", r0, r1), 0, .6)

    def sensor(self, R, d):
        """Atmosphere and instrument of one date; returns uint16 DN and a description."""
        rng = np.random.default_rng([self.seed, 991, d, self.rad])
        n = self.size
        info = {}
        view = rng.uniform(-.05, .05)
        R *= (1 + view * np.linspace(-.5, .5, n, dtype=np.float32))[None, None]
        # adjacency: part of the light comes from the surroundings
        adj = rng.uniform(.02, .07) if not (self.rad == 2 and d) else rng.uniform(.10, .18)
        for b in range(4):
            lo = ndi.gaussian_filter(R[b].reshape(n // 8, 8, n // 8, 8).mean((1, 3)), 4)
            wide = np.repeat(np.repeat(lo, 8, 0), 8, 1)
            R[b] += adj * (ndi.uniform_filter(wide, 9) - R[b])
        if self.rad == 2 and d:
            f = self.power_noise(n // 8, 2.1, rng) + .3 * self.power_noise(n // 8, 1.4, rng)
            tau = np.clip(.75 + .32 * f / f.std(), .15, 1.6)
            tau = ndi.uniform_filter(np.repeat(np.repeat(tau, 8, 0), 8, 1), 9)
            for b, (k, path) in enumerate(zip((1., .78, .6, .34), (.30, .29, .28, .27))):
                T = np.exp(-tau * k * .8)
                R[b] = R[b] * T + path * (1 - T)
            info["haze_mean"] = float(tau.mean())
        else:
            air = rng.uniform(.2, 1.)
            R += (np.array([.03, .015, .008, .003]) * air)[:, None, None].astype(np.float32)
        # PSF + subpixel shift + band misregistration, as sampled separable kernels
        psf = ["gauss", "motion", "core_halo", "sharpened", "pansharp"][rng.integers(5)]
        sig = rng.uniform(.42, .62) * (1.35 if self.rad == 2 and d else 1)
        shift = np.zeros(2)
        if d:
            amt = rng.uniform(.33, .42) if self.rad == 2 else rng.uniform(.05, .4)
            th = rng.uniform(0, 6.3)
            shift = amt * np.array([np.cos(th), np.sin(th)])
        t = np.arange(-4, 5)
        fine = np.linspace(-.5, .5, 11)

        def kernel(s, o, wide=0.):
            k = np.array([np.exp(-.5 * ((i + fine * (1 + wide) - o) / s) ** 2).mean() for i in t])
            return k / k.sum()
        stag = rng.normal(0, .07, (4, 2))
        for b in range(4):
            sb = sig * (1 + .06 * b / 3)
            wide = rng.uniform(.4, .9) if psf == "motion" else 0
            sy_ = sb * (1.25 if psf == "motion" else 1)
            r = ndi.convolve1d(R[b], kernel(sy_, shift[0] + stag[b, 0], wide), axis=0, mode="nearest")
            r = ndi.convolve1d(r, kernel(sb, shift[1] + stag[b, 1]), axis=1, mode="nearest")
            if psf == "core_halo":
                r = .86 * r + .14 * ndi.uniform_filter(r, 7)
            elif psf == "sharpened":
                r += .55 * (r - ndi.gaussian_filter(r, 1.2))
            R[b] = r
        if psf == "pansharp":                                       # coarse colour, sharp intensity
            pan = R.mean(0)
            plo = ndi.gaussian_filter(pan, 1.6)
            for b in range(4):
                R[b] = ndi.gaussian_filter(R[b], 1.6) * np.clip(pan / np.maximum(plo, .01), .4, 2.5)
        gain, offs = {0: (.02, .002), 1: (.16, .012), 2: (.06, .004)}[self.rad]
        g = 1 + rng.uniform(-gain, gain, 4)
        o = rng.uniform(-offs, offs, 4)
        common = 1 + rng.uniform(-gain, gain) * .6
        noise = rng.uniform(.0008, .0022) * (2.2 if self.rad == 2 and d else 1)
        stripe = ["none", "column", "stripes"][rng.integers(3)]
        bits = int(rng.choice([10, 11, 12]))
        srng = np.random.default_rng([self.seed, 55])
        mode = ["refl10000", "dn11", "dn10"][srng.integers(3)]
        full = {"refl10000": 10000., "dn11": 2047 / .62, "dn10": 1023 / .62}[mode]
        bg = srng.uniform(.75, 1.25, 4) if mode != "refl10000" else np.ones(4)
        top = {"refl10000": 10000, "dn11": 2047, "dn10": 1023}[mode]
        out = np.empty(R.shape, np.uint16)
        for b in range(4):
            r = R[b] * np.float32(g[b] * common) + np.float32(o[b])
            if stripe == "column":
                r *= (1 + rng.normal(0, .006, n)).astype(np.float32)[None]
            elif stripe == "stripes":
                per = int(rng.integers(4, 9))
                r *= (1 + np.tile(rng.normal(0, .008, per), n // per + 1)[:n]).astype(np.float32)[:, None]
            r += noise * rng.standard_normal(r.shape, dtype=np.float32) * np.sqrt(.4 + 4 * np.maximum(r, 0))
            stepsz = .7 / 2 ** bits
            r = np.round(r / stepsz) * stepsz
            out[b] = np.clip(np.round(r * full * bg[b]), 1, top)
        info.update(psf=psf, sigma_px=round(sig, 3), shift_px=[round(float(s), 3) for s in shift], stripe=stripe, bits=bits, scaling=mode,
                    gains=[round(float(x * common), 3) for x in g], view=round(float(view), 3))
        return out, info

    # ---------------------------------------------------------------- vector outputs
    def land_survey(self):
        """Land survey of the before state: merged parcels, boundaries 1-2 m off, 3 % wrong codes."""
        rng = self.rng
        T = self.tab.arrays()
        lu = T["lu"].astype(np.uint8)[self.ident[1::4, 1::4]].copy() + 1
        lu = sieve(lu, 18, connectivity=4)
        tr = rasterio.Affine(4, 0, self.x_org, 0, -4, self.y_org)
        rows = []
        for g, v in rio_shapes(lu, transform=tr):
            p = shape(g)
            if p.area < 150:
                continue
            p = affinity.translate(p.simplify(3).buffer(0), *rng.uniform(-1.5, 1.5, 2))
            if p.is_empty:
                continue
            code = LAND_CODES[int(v) - 1]
            if rng.random() < .03:
                code = str(rng.choice(LAND_CODES))
            rows.append(dict(BSM=f"{len(rows) + 1:018d}", DLBM=code, DLMC=LAND_NAMES[code], TBMJ=round(p.area, 2), geometry=p))
        return gpd.GeoDataFrame(rows, crs="EPSG:4527")

    def towns(self):
        rng = self.rng
        s = self.size * 2.
        area = box(self.x_org, self.y_org - s, self.x_org + s, self.y_org)
        k = int(rng.integers(3, 7))
        pts = np.c_[self.x_org + rng.uniform(.1, .9, k) * s, self.y_org - rng.uniform(.1, .9, k) * s]
        rows = []
        names = rng.permutation(["大营镇", "柳河镇", "石桥乡", "沙岗镇", "王集镇", "东关街道", "北岭乡", "新渠镇"])
        for i in range(k):                                          # Voronoi cell by half planes
            cell = area
            for j in range(k):
                if j != i:
                    mid, nrm = (pts[i] + pts[j]) / 2, (pts[j] - pts[i]) / np.hypot(*(pts[j] - pts[i]))
                    tan = np.array([-nrm[1], nrm[0]])
                    a, b = mid + tan * 3 * s, mid - tan * 3 * s
                    cell = cell.intersection(Polygon([a, b, b - nrm * 4 * s, a - nrm * 4 * s]))
            rows.append(dict(XZQDM=f"{372900100 + i + 1:09d}", XZQMC=str(names[i]), geometry=cell))
        return gpd.GeoDataFrame(rows, crs="EPSG:4527")

    def patch_list(self):
        rng = self.rng
        tblx = dict(new_building="新增建(构)筑物", earthwork="新增推(堆)土", linear="新增线性地物", photovoltaic="新增光伏", greenhouse="新增设施大棚",
                    excavation="新增采挖", demolition="建(构)筑物拆除")
        opts = dict(new_building=["合法用地", "违法用地", "其他"], earthwork=["合法用地", "违法用地", "临时用地"], linear=["农村道路", "合法用地", "违法用地"],
                    photovoltaic=["合法用地", "违法用地", "其他"], greenhouse=["设施农用地", "违法用地"], excavation=["违法用地", "合法用地", "临时用地"], demolition=["已拆除"])
        rows = []
        for t in self.truth:
            if t["listed"]:
                p = affinity.translate(t["geometry"], *rng.uniform(-2.1, 2.1, 2)).buffer(rng.uniform(-.5, 2)).simplify(rng.uniform(.5, 2))
                if not p.is_empty:
                    rows.append((p, tblx[t["kind"]], str(rng.choice(opts[t["kind"]]))))
        want, s = max(3, int(10 * (self.n / 4096) ** 2)), self.n
        tries = 0
        while want and tries < 2000:
            tries += 1
            x, y = rng.integers(60, s - 60, 2)
            L = np.exp(rng.normal(3.4, .4))
            win, m, _, _ = self.rect(x, y, L, L * rng.uniform(.4, 1), rng.uniform(0, 3), .3)
            if self.occ[win][m].any() or m.sum() < 200:
                continue
            rows.append((self.polygon(win, m), str(rng.choice(list(tblx.values()))), "实地未变化"))
            want -= 1
        rows = [rows[i] for i in rng.permutation(len(rows))]
        return gpd.GeoDataFrame([dict(TBBH=f"{i + 1:05d}", JCMJ=round(p.area, 2), TBLX=k, HFPD=f, QSX=str(self.dates[0]), HSX=str(self.dates[1]), geometry=p)
                                 for i, (p, k, f) in enumerate(rows)], crs="EPSG:4527")

    # ---------------------------------------------------------------- writing
    def write(self, out):
        os.makedirs(out, exist_ok=True)
        n = self.size
        tr = from_origin(self.x_org, self.y_org, 2, 2)
        base = dict(driver="GTiff", width=n, height=n, crs="EPSG:4527", transform=tr, tiled=True, blockxsize=256, blockysize=256, compress="deflate", zlevel=4)
        about = dict(generator="county_g", seed=self.seed, radiometry=self.rad, region=self.region, dates=[str(d) for d in self.dates],
                     sun=[dict(elevation=round(float(np.degrees(e)), 1), azimuth=round(float(np.degrees(a)), 1)) for e, a in self.sun], sensor=[])
        for d, name in ((0, "before"), (1, "after")):
            dn, info = self.sensor(self.render(d), d)
            about["sensor"].append(info)
            with rasterio.open(f"{out}/{name}.tif", "w", count=4, dtype="uint16", nodata=0, predictor=2, **base) as f:
                f.write(dn)
                f.update_tags(ACQUISITION_DATE=str(self.dates[d]))
                for b, nm in enumerate(("blue", "green", "red", "nir"), 1):
                    f.set_band_description(b, nm)
            m = np.ascontiguousarray(self.mat[d][1::2, 1::2])
            for kind, arr in (("class", self.mats.cls[m]), ("material", m)):
                with rasterio.open(f"{out}/{kind}_{name}.tif", "w", count=1, dtype="uint8", nodata=255, **base) as f:
                    f.write(arr, 1)
        json.dump({str(i): nm for i, nm in enumerate(self.mats.names)}, open(f"{out}/material_legend.json", "w"), indent=0)
        truth = gpd.GeoDataFrame(self.truth, crs="EPSG:4527")
        truth["geometry"] = [g if g.geom_type == "Polygon" else MultiPolygon([q for q in g.geoms]) for g in truth.geometry]
        put = lambda gdf, path, **k: (os.path.exists(path) and os.remove(path), gdf.to_file(path, **k))
        put(truth, f"{out}/truth.gpkg", layer="truth", driver="GPKG")
        put(self.patch_list(), f"{out}/list.shp", driver="ESRI Shapefile", encoding="GBK")
        put(self.towns(), f"{out}/towns.gpkg", layer="towns", driver="GPKG")
        put(self.land_survey(), f"{out}/landuse.gpkg", layer="landuse", driver="GPKG")
        T = self.tab.arrays()
        used = np.unique(self.ident[::2, ::2])
        farm = used[np.isin(T["lu"][used].astype(int), [LAND_CODES.index(c) for c in ("0102", "0103")])]
        changed = (T["m0"][farm] != T["m1"][farm]) | (T["md0"][farm] != T["md1"][farm])
        kinds = {}
        for t in self.truth:
            kinds[t["kind"]] = kinds.get(t["kind"], 0) + 1
        site = np.isin(self.mats.cls[self.mat[0][::8, ::8]], (9, 10, 12)) & np.isin(self.mats.cls[self.mat[1][::8, ::8]], (5, 6, 9, 10, 12))
        tr8 = rasterio.Affine(8, 0, self.x_org, 0, -8, self.y_org)
        about.update(fields=int(farm.size), fields_changed=int(changed.sum()), events=kinds,
                     ongoing_sites=[shape(g).simplify(8).wkt for g, v in rio_shapes(site.astype(np.uint8), mask=site, transform=tr8) if shape(g).area > 1000])
        json.dump(about, open(f"{out}/about.json", "w"), ensure_ascii=False, indent=1)
        return about


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("seed", type=int)
    ap.add_argument("radiometry", type=int, choices=(0, 1, 2))
    ap.add_argument("out")
    ap.add_argument("--size", type=int, default=2048)
    a = ap.parse_args()
    size = max(256, a.size // 256 * 256)
    t = time.time()
    log = lambda s: print(f"{time.time() - t:6.1f} s  {s}", flush=True)
    s = Scene(a.seed, a.radiometry, size)
    s.x_org = 39480000. + s.rng.integers(0, 20000) * 2
    s.y_org = {"periurban": 3600000., "mining": 4040000., "steppe": 4600000., "plain": 3898000.}[s.region] + s.rng.integers(0, 10000) * 2
    s.layout()
    log("layout")
    s.overlays()
    s.resolve()
    log("states")
    s.events()
    s.decals()
    log(f"events {len(s.truth)}")
    about = s.write(a.out)
    log(f"written {a.out}: {about['region']} fields {about['fields']} changed {about['fields_changed']} events {about['events']}")


if __name__ == "__main__":
    main()
