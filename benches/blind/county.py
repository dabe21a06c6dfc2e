#!/usr/bin/env python3
"""Blind county generator.  gen.py SEED RADIOMETRY OUTDIR [--size 2048]
Everything is drawn on a 1 m grid (x right, y down, local metres) and averaged to 2 m pixels, so that borders and
narrow things are mixed pixels.  One 'object' = one row of a parameter table per date (two end-member spectra, mixing
texture, row pattern, relief shade, height ...).  See LEGEND below for the material ids."""
import argparse, json, math, os, sys, time, warnings
import numpy as np
import rasterio
from rasterio.features import rasterize, shapes, sieve
from rasterio.transform import from_origin
from affine import Affine
from scipy import ndimage as ndi
import shapely
from shapely.geometry import Polygon, LineString, Point, box, MultiPoint
from shapely import affinity
from shapely.ops import unary_union
import geopandas as gpd
warnings.filterwarnings("ignore")

# ---------------------------------------------------------------- spectra (blue, green, red, nir) + object variability
MATS = [
 # name, spectrum, var
 ("none", (0, 0, 0, 0), 0),
 ("crop_green", (.032, .066, .036, .44), .10),
 ("crop_sparse", (.055, .085, .078, .28), .12),
 ("crop_senescent", (.060, .100, .098, .29), .12),
 ("crop_ripe", (.080, .132, .170, .32), .11),
 ("stubble", (.098, .138, .178, .275), .13),
 ("ploughed_dry", (.088, .122, .160, .220), .13),
 ("ploughed_wet", (.050, .070, .094, .130), .13),
 ("plastic_mulch", (.195, .228, .248, .330), .14),
 ("straw_residue", (.132, .182, .228, .325), .12),
 ("burnt_residue", (.040, .047, .055, .085), .18),
 ("flooded_paddy", (.052, .068, .063, .060), .18),
 ("flowering", (.050, .155, .148, .430), .10),
 ("weedy_fallow", (.052, .085, .082, .260), .14),
 ("balk_grass", (.058, .092, .095, .255), .12),
 ("earth_track", (.125, .168, .210, .270), .10),
 ("orchard", (.034, .060, .042, .36), .10),
 ("forest_broadleaf", (.028, .052, .032, .40), .10),
 ("forest_conifer", (.024, .038, .029, .21), .10),
 ("trees", (.030, .052, .036, .34), .12),
 ("grass", (.045, .080, .068, .29), .14),
 ("water_clear", (.048, .052, .032, .016), .15),
 ("water_turbid", (.072, .102, .106, .062), .14),
 ("water_algae", (.036, .066, .042, .052), .18),
 ("sand_bank", (.185, .230, .268, .320), .10),
 ("mud", (.085, .108, .125, .140), .14),
 ("asphalt_old", (.085, .096, .107, .128), .09),
 ("concrete_old", (.172, .202, .224, .258), .09),
 ("roof_red_tile", (.058, .085, .160, .235), .15),
 ("roof_grey_tile", (.088, .098, .106, .135), .15),
 ("roof_concrete", (.160, .182, .200, .238), .14),
 ("roof_blue_steel", (.255, .195, .125, .235), .14),
 ("roof_white", (.400, .430, .440, .470), .12),
 ("roof_dark", (.052, .056, .060, .078), .15),
 ("roof_red_steel", (.075, .082, .215, .300), .14),
 ("yard_earth", (.115, .152, .188, .238), .13),
 ("yard_garden", (.050, .080, .070, .260), .16),
 ("village_ground", (.110, .138, .162, .215), .12),
 ("greenhouse_film", (.225, .258, .270, .370), .12),
 ("greenhouse_net", (.065, .075, .075, .115), .15),
 ("greenhouse_frame", (.075, .105, .110, .230), .15),
 ("drying_square", (.195, .226, .248, .285), .09),
 ("drying_grain", (.120, .190, .285, .380), .10),
 ("bare_site", (.130, .175, .222, .285), .12),
 ("moved_earth", (.140, .192, .255, .325), .13),
 ("moved_earth_red", (.088, .130, .232, .310), .12),
 ("moved_earth_grey", (.200, .240, .275, .325), .12),
 ("compacted_track", (.190, .242, .295, .355), .10),
 ("earth_heap", (.120, .165, .220, .290), .15),
 ("dust_net", (.068, .118, .088, .165), .15),
 ("concrete_new", (.270, .308, .332, .368), .08),
 ("asphalt_new", (.052, .056, .060, .072), .10),
 ("gravel", (.158, .186, .208, .245), .10),
 ("foundation", (.225, .252, .268, .300), .10),
 ("pv_panel", (.062, .056, .050, .066), .14),
 ("pv_ground", (.070, .105, .112, .235), .16),
 ("pit_floor", (.150, .190, .235, .290), .16),
 ("pit_wall", (.120, .160, .210, .270), .12),
 ("pit_water", (.085, .115, .115, .060), .18),
 ("rubble", (.155, .180, .204, .238), .12),
 ("wood_pile", (.075, .098, .125, .190), .12),
 ("vehicle", (.26, .26, .27, .28), .40),
 ("logged_scrub", (.070, .098, .108, .240), .12),
 ("paved_court", (.150, .165, .178, .205), .10),
]
MID = {m[0]: i for i, m in enumerate(MATS)}
MSP = np.array([m[1] for m in MATS], np.float64)
MVAR = np.array([m[2] for m in MATS], np.float64)
SOILS = np.array([(.060, .081, .107, .150), (.105, .138, .168, .222), (.088, .122, .158, .220), (.124, .164, .206, .266),
                  (.068, .097, .150, .212)])                       # dark, grey-brown, brown loam, sandy, reddish
ROOFS_RURAL = [("roof_red_tile", .42), ("roof_grey_tile", .18), ("roof_concrete", .18), ("roof_blue_steel", .08),
               ("roof_white", .04), ("roof_dark", .05), ("roof_red_steel", .05)]
ROOFS_INDUSTRY = [("roof_blue_steel", .38), ("roof_white", .20), ("roof_concrete", .16), ("roof_red_steel", .10),
                  ("roof_dark", .08), ("roof_grey_tile", .08)]

# ---------------------------------------------------------------- phenology: P(state | crop, month)
ST = dict(G="crop_green", E="crop_sparse", S="crop_senescent", R="crop_ripe", T="stubble", P="ploughed_dry",
          W="ploughed_wet", M="plastic_mulch", X="straw_residue", B="burnt_residue", F="flooded_paddy", Y="flowering",
          D="weedy_fallow")
CROPS = ["wheat", "maize", "peanut", "cotton", "rice", "soybean", "rapeseed", "vegetables", "potato", "sweetpotato",
         "garlic", "fallow"]
CROPTINT = np.array([(1, 1, 1, 1), (.95, 1.02, .95, 1.05), (1, 1.06, 1, 1.02), (1.08, 1.05, 1.1, .92),
                     (.95, .95, .92, .93), (1, 1.08, .95, 1.08), (1.05, 1.05, 1, .97), (.97, 1.0, .95, .95),
                     (1.0, .95, 1, .9), (.95, .92, .95, 1.0), (1.08, 1.02, 1.05, .85), (1.02, .97, 1.05, .85)])
PHEN = {
 6: dict(wheat="R45T20X20B5P10", maize="G30E70", peanut="E60M25G15", cotton="E65M35", rice="F50E30W20",
         soybean="P40E40X20", rapeseed="T55X20P25", vegetables="G40E30M8P22", potato="G30S40P30",
         sweetpotato="E50P30G20", garlic="T40P40S20", fallow="D100"),
 5: dict(wheat="G55S40R5", maize="P40E40W12M8", peanut="P35M30E35", cotton="M40E35P25", rice="W30F30P30D10",
         soybean="P60D20W20", rapeseed="S60R30G10", vegetables="G50E35M15", potato="G70E30", sweetpotato="P60E20W20",
         garlic="S60G40", fallow="D100"),
 10: dict(wheat="P40W20E30X10", maize="R20S20T28X20P10B2", peanut="P60S20X20", cotton="S60R20T20", rice="R58T28S10B4",
          soybean="R30T30P40", rapeseed="E50P50", vegetables="G60E30P10", potato="G50S30P20", sweetpotato="G40S30P30",
          garlic="P45M30E25", fallow="D100"),
 9: dict(wheat="G40S40D20", maize="G50S35R10T5", peanut="G30S40P30", cotton="G60S40", rice="G30S50R20",
         soybean="G30S50R20", rapeseed="P50D20W30", vegetables="G50E40P10", potato="E40G40P20", sweetpotato="G80S20",
         garlic="P55W25M20", fallow="D100"),
 3: dict(wheat="E60G40", maize="T30P30X20W10D8B2", peanut="P50T20W30", cotton="T40P50W10", rice="T58P20W20B2",
         soybean="P60T30X10", rapeseed="G70Y30", vegetables="M22G35E23P20", potato="P50M35W15", sweetpotato="P70D30",
         garlic="G55E30M15", fallow="D100"),
 4: dict(wheat="G85E15", maize="P50W22T10M6D12", peanut="P55W25M20", cotton="P45M30W25", rice="P40W30D20F10",
         soybean="P70D30", rapeseed="Y70G30", vegetables="G45E32M13P10", potato="E45M38P17", sweetpotato="P70D30",
         garlic="G80E20", fallow="D100"),
}
def parse_ph(s):
    import re
    r = re.findall(r"([A-Z])(\d+)", s)
    p = np.array([int(b) for _, b in r], float)
    return [a for a, _ in r], p / p.sum()
PH = {m: {c: parse_ph(s) for c, s in d.items()} for m, d in PHEN.items()}
# woody vegetation by month: leaf fraction, senescence 0-1
WOODY = {3: (.15, .1), 4: (.55, 0.), 5: (.92, 0.), 6: (1., 0.), 9: (.95, .15), 10: (.75, .5)}
BARE_WOOD = np.array([.055, .068, .080, .165]); LITTER = np.array([.085, .112, .140, .215])

RADIO = {  # scale: 'refl' or DN; months before/after; haze optical depth; gains
 0: dict(months=(6, 5), dates=("2022-06-11", "2023-05-17"), epsg=4527, tau=(.05, .08), dn=(10000.,) * 4, off=0., mx=16000,
         gsig=.05, osig=.004, noise=.0025, dt=False, sun=((63, 128), (60, 152))),
 1: dict(months=(10, 9), dates=("2021-10-09", "2022-09-20"), epsg=4548, tau=(.22, .15), dn=(1250., 1230., 1180., 980.), off=38., mx=1023,
         gsig=.09, osig=.007, noise=.0030, dt=True, sun=((40, 165), (49, 146))),
 2: dict(months=(3, 4), dates=("2023-03-19", "2024-04-22"), epsg=4527, tau=(.28, .40), dn=(2150., 2500., 2400., 1750.), off=155., mx=2047,
         gsig=.10, osig=.008, noise=.0036, dt=True, sun=((43, 158), (55, 140))),
}

# ---------------------------------------------------------------- small helpers
def upsample(a, n):
    """bilinear to n x n"""
    def idx(m):
        t = (np.arange(n) + .5) * m / n - .5
        t = np.clip(t, 0, m - 1.001); i = t.astype(np.int32)
        return i, (t - i).astype(np.float32)
    i, t = idx(a.shape[0]); b = a[i] * (1 - t)[:, None] + a[i + 1] * t[:, None]
    j, t = idx(a.shape[1]); return b[:, j] * (1 - t) + b[:, j + 1] * t
def lownoise(rng, n, scale, step):
    m = max(8, n // step)
    a = ndi.gaussian_filter(rng.standard_normal((m, m)).astype(np.float32), scale / step, mode="reflect")
    a = (a - a.mean()) / (a.std() + 1e-9)
    return upsample(a, n)
def tilenoise(rng, sig, n=2048):
    a = rng.standard_normal((n, n)).astype(np.float32)
    if sig > 0: a = ndi.gaussian_filter(a, sig, mode="wrap")
    return (a - a.mean()) / a.std()
def pick(rng, tab):
    r = rng.random() * sum(p for _, p in tab)
    for m, p in tab:
        r -= p
        if r <= 0: return m
    return tab[-1][0]
def rect(cx, cy, w, h, th):
    c, s = math.cos(th), math.sin(th)
    return Polygon([(cx + a * w / 2 * c - b * h / 2 * s, cy + a * w / 2 * s + b * h / 2 * c) for a, b in
                    ((-1, -1), (1, -1), (1, 1), (-1, 1))])
def sub(cx, cy, th, u, v):
    c, s = math.cos(th), math.sin(th)
    return cx + u * c - v * s, cy + u * s + v * c
def quad(rng, cx, cy, w, h, th, jit=.08):
    p = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        p.append(sub(cx, cy, th, a * w / 2 * (1 + rng.normal(0, jit)), b * h / 2 * (1 + rng.normal(0, jit))))
    g = Polygon(p)
    return g if g.is_valid else g.buffer(0)
def blob(rng, cx, cy, area, rough=.22, elong=None, th=None, n=40):
    t = np.linspace(0, 2 * np.pi, n, endpoint=False); r = np.ones(n)
    for k in range(2, 7): r += rng.normal(0, rough / k) * np.cos(k * t + rng.uniform(0, 6.28)) * 1.2
    r = np.clip(r, .45, 1.9)
    e = elong if elong else rng.uniform(1, 1.9); th = rng.uniform(0, 3.14) if th is None else th
    x, y = r * np.cos(t) * e, r * np.sin(t) / e
    g = Polygon(np.c_[x * math.cos(th) - y * math.sin(th), x * math.sin(th) + y * math.cos(th)])
    k = math.sqrt(area / g.area)
    g = affinity.translate(affinity.scale(g, k, k, origin=(0, 0)), cx, cy)
    return g if g.is_valid else g.buffer(0)

PN = ("A0 A1 A2 A3 B0 B1 B2 B3 w0 wamp gx gy cx cy rc rs rph ramp cc cs cph camp duty bramp spk med kcan kmnd ga nx ny tun"
      ).split()
PI = {k: i for i, k in enumerate(PN)}

class Objs:
    def __init__(s, rng, cfg):
        s.rng, s.cfg = rng, cfg; s.P = [[], []]; s.mat = [[], []]; s.H = [[], []]
        s.null = np.zeros(len(PN), np.float32); s.null[PI["duty"]] = -1
        s.add("village_ground")           # object 0 = fallback
    def spec(s, mat, v=1.):
        m = MID[mat]; var = MVAR[m] * v
        return MSP[m] * math.exp(s.rng.normal(0, var)) * np.exp(s.rng.normal(0, var * .25, 4))
    def row(s, A, B=None, **k):
        r = s.null.copy(); r[0:4] = A; r[4:8] = A if B is None else B
        for q, v in k.items(): r[PI[q]] = v
        return r
    def put(s, d, i, mat, r, H=0.):
        s.P[d][i] = r; s.mat[d][i] = MID[mat]; s.H[d][i] = H
    def new(s):
        for d in (0, 1): s.P[d].append(s.null); s.mat[d].append(0); s.H[d].append(0.)
        return len(s.H[0]) - 1
    def add(s, mat, B=None, H=0., jit=.025, v=1., gable=None, **k):
        """static object: same spectrum at both dates but for a small jitter"""
        i = s.new(); A = s.spec(mat, v); k.setdefault("spk", .03); k.setdefault("med", .03)
        for d in (0, 1):
            f = 1 + s.rng.normal(0, jit)
            kk = dict(k)
            if gable is not None:
                kk["nx"], kk["ny"], kk["cx"], kk["cy"] = gable
                el, az = s.cfg["sun"][d]; el, az = math.radians(el), math.radians(az)
                sx, sy = math.sin(az), -math.cos(az)
                kk["ga"] = .45 * math.cos(el) * (sx * gable[0] + sy * gable[1])
            s.put(d, i, mat, s.row(A * f, None if B is None else np.asarray(B) * f, **kk), H)
        return i

# ---------------------------------------------------------------- fields
def field_row(o, rng, state, crop, soil, moist, th, cx, cy, L):
    """soil: dry spectrum; moist: 0 dry .. 1 wet; L: rough field size (m)"""
    wet = soil * np.array([.62, .60, .60, .58]) ; s = soil * (1 - moist) + wet * moist
    A = o.spec(state); tint = CROPTINT[crop]
    k = dict(cx=cx, cy=cy, rph=rng.random(), cph=rng.random())
    p = rng.uniform(3.2, 7.5)
    if rng.random() < .3: p = rng.uniform(9, 20)       # tramlines
    k["rc"], k["rs"] = math.sin(th) / p, -math.cos(th) / p
    ga = rng.uniform(0, 2 * math.pi); gm = abs(rng.normal(0, .22)) / max(L, 20)
    k["gx"], k["gy"] = gm * math.cos(ga), gm * math.sin(ga)
    n = state
    if n in ("crop_green", "flowering"):
        A = A * tint; B = A * .55 + s * .45; k.update(w0=rng.uniform(.02, .3), wamp=rng.uniform(.06, .22), ramp=rng.uniform(0, .12), spk=.05, med=.04)
    elif n in ("crop_sparse",):
        f = rng.uniform(.15, .75); g = MSP[MID["crop_green"]] * tint
        A = g * f + s * (1 - f); B = g * f * .4 + s * (1 - f * .4); k.update(w0=rng.uniform(.1, .4), wamp=rng.uniform(.1, .28), ramp=rng.uniform(.05, .3), spk=.05, med=.03)
    elif n == "crop_senescent":
        f = rng.uniform(0, .6); A = A * (1 - f) + MSP[MID["crop_green"]] * tint * f; B = A * .5 + MSP[MID["crop_ripe"]] * .5
        k.update(w0=rng.uniform(.1, .5), wamp=rng.uniform(.1, .3), ramp=rng.uniform(0, .1), spk=.05, med=.04)
    elif n == "crop_ripe":
        A = A * (tint * .5 + .5); B = A * .6 + s * .4; k.update(w0=rng.uniform(.05, .3), wamp=rng.uniform(.06, .2), ramp=rng.uniform(0, .1), spk=.04, med=.03)
    elif n == "stubble":
        f = rng.uniform(.3, .8); A = A * f + s * (1 - f); B = s * .8 + A * .2; k.update(w0=rng.uniform(.1, .4), wamp=rng.uniform(.1, .25), ramp=rng.uniform(.05, .25), spk=.05, med=.04)
        if rng.random() < .35:                       # volunteer weeds
            A = A * .75 + MSP[MID["weedy_fallow"]] * .25
    elif n == "ploughed_dry":
        A = s * math.exp(rng.normal(0, .10)) * np.exp(rng.normal(0, .03, 4)); B = A * rng.uniform(.68, .9)
        k.update(w0=rng.uniform(.1, .5), wamp=rng.uniform(.12, .4), bramp=rng.uniform(.0, .07), spk=.05, med=.03, kmnd=.02)
    elif n == "ploughed_wet":
        A = wet * math.exp(rng.normal(0, .12)); B = A * rng.uniform(.65, .85) if rng.random() < .7 else s
        k.update(w0=rng.uniform(.1, .5), wamp=rng.uniform(.12, .4), bramp=rng.uniform(.0, .07), spk=.05, med=.03, kmnd=.02)
    elif n == "plastic_mulch":
        f = rng.uniform(.45, .95); A = A * f + s * (1 - f); B = s; k.update(w0=rng.uniform(.1, .35), wamp=rng.uniform(.05, .18), ramp=rng.uniform(.1, .35), spk=.06, med=.03)
    elif n == "straw_residue":
        f = rng.uniform(.5, 1); A = A * f + s * (1 - f); B = s * .6 + A * .4; k.update(w0=rng.uniform(.1, .4), wamp=rng.uniform(.1, .3), ramp=rng.uniform(.1, .3), spk=.06, med=.04)
    elif n == "burnt_residue":
        B = MSP[MID["stubble"]] * .6 + s * .4; k.update(w0=rng.uniform(.05, .3), wamp=rng.uniform(.2, .5), ramp=rng.uniform(0, .2), spk=.07, med=.05)
    elif n == "flooded_paddy":
        B = wet; k.update(w0=rng.uniform(.05, .3), wamp=rng.uniform(.05, .25), spk=.03, med=.02)
    else:
        f = rng.uniform(.3, 1.); A = A * f + s * (1 - f) ; B = A * .4 + LITTER * .6; k.update(w0=rng.uniform(.1, .5), wamp=rng.uniform(.15, .4), spk=.07, med=.07)
    if crop == 7: k["ramp"] = k.get("ramp", 0) + rng.uniform(.1, .3)
    return o.row(A, B, **k)

def woody_spec(month, kind, rng, base=None):
    lf, sen = WOODY[month]
    if kind == "forest_conifer": return base * (1 + .06 * (month in (5, 6)))
    lf = np.clip(lf + rng.normal(0, .06), 0, 1)
    leaf = base * (1 - sen) + base * sen * np.array([1.4, 1.5, 2.6, .75])
    return leaf * lf + BARE_WOOD * (1 - lf)

def orchard_put(o, rng, d, i, month, base, under, th, cx, cy, p1, p2, young, ph, L):
    """tree grid: A tree, B undergrowth"""
    A = woody_spec(month, "orchard", rng, base)
    if month in (3, 4) and rng.random() < .35: A = A * .6 + np.array([.16, .16, .19, .34]) * .4     # blossom
    w0 = .75 if young else rng.uniform(.32, .48)
    a = .22 if young else rng.uniform(.25, .4)
    r = o.row(A, under, w0=w0, wamp=rng.uniform(.05, .15), ramp=a, camp=a * .75, rc=math.sin(th) / p1, rs=-math.cos(th) / p1, rph=ph[0],
              cc=math.cos(th) / p2, cs=math.sin(th) / p2, cph=ph[1], spk=.06, med=.05, cx=cx, cy=cy, kcan=.05)
    o.put(d, i, "orchard", r, 0.)

# ================================================================= main
def main():
    ap = argparse.ArgumentParser(); ap.add_argument("seed", type=int); ap.add_argument("radiometry", type=int); ap.add_argument("outdir")
    ap.add_argument("--size", type=int, default=2048); ap.add_argument("-v", action="store_true")
    a = ap.parse_args(); t00 = time.time()
    def log(m):
        if a.v: print(f"{time.time() - t00:6.1f}s {m}", file=sys.stderr, flush=True)
    os.makedirs(a.outdir, exist_ok=True)
    rng = np.random.default_rng([a.seed, a.radiometry, 77])
    cfg = dict(RADIO[a.radiometry]); S = a.size; N = 2 * S; af = (N / 4096) ** 2
    cfg["sun"] = tuple((el + rng.uniform(-3, 3), az + rng.uniform(-8, 8)) for el, az in cfg["sun"])
    M0, M1 = cfg["months"]; MON = (M0, M1)
    X0 = (39500000 if cfg["epsg"] == 4527 else 500000) + 60000 + int(rng.integers(0, 60000)); Y0 = 3990000 + int(rng.integers(0, 40000))
    X0 += X0 % 2; Y0 += Y0 % 2
    o = Objs(rng, cfg)
    ob = np.zeros((N, N), np.int32)                 # object map, before
    lu = np.zeros((S, S), np.int32); LU = [("0103",)]  # land-use unit map (2 m), unit -> code
    T2 = Affine(2, 0, 0, 0, 2, 0)
    def newlu(code): LU.append((code,)); return len(LU) - 1
    def paint(lst, arr=None):
        lst = [(g, int(i)) for g, i in lst if not g.is_empty]
        if lst: rasterize(lst, out=ob if arr is None else arr)
    def paintlu(lst):
        lst = [(g, int(i)) for g, i in lst if not g.is_empty]
        if lst: rasterize(lst, out=lu, transform=T2)
    ext = box(0, 0, N, N)

    # ------------------------------------------------------------ blocks
    nb = max(6, int(N * N / rng.uniform(300, 380) ** 2)); pts = rng.uniform(-250, N + 250, (int(nb * (1 + 500 / N) ** 2), 2))
    for _ in range(2):                               # a little Lloyd-like relaxing
        from scipy.spatial import cKDTree
        dd, ii = cKDTree(pts).query(pts, k=2); v = pts - pts[ii[:, 1]]
        pts = pts + v / (dd[:, 1:2] + 1) * np.clip(170 - dd[:, 1:2], 0, 60)
    vor = shapely.voronoi_polygons(MultiPoint(pts), extend_to=box(-400, -400, N + 400, N + 400))
    cells = [c.intersection(ext) for c in vor.geoms]; cells = [c for c in cells if c.area > 400]
    nb = len(cells); bl = rasterize([(c, k + 1) for k, c in enumerate(cells)], out_shape=(N, N), dtype="int32")
    reg = rng.uniform(0, math.pi); bth = np.array([reg + rng.normal(0, .25) + (math.pi / 2 if rng.random() < .35 else 0) for _ in range(nb)])
    hill = upsample(lownoise(rng, 512, 85, 1)[:, :], 512)          # 8 m grid on the 4096 m county
    soilz = lownoise(rng, 256, 22, 1); moistz = lownoise(rng, 256, 12, 1)
    def at(z, x, y): return z[min(z.shape[0] - 1, max(0, int(y / N * z.shape[0]))), min(z.shape[1] - 1, max(0, int(x / N * z.shape[1])))]
    btype = np.empty(nb, object)
    for k, c in enumerate(cells):
        btype[k] = rng.choice(["field", "orchard", "strips", "large"], p=[.48, .09, .25, .18])
    wu = lownoise(rng, N, 45, 8) * 3.2; wv = lownoise(rng, N, 45, 8) * 3.2
    log("blocks")
    # ------------------------------------------------------------ fields
    sl = ndi.find_objects(bl); fields = []; fid = np.zeros((N, N), np.int32); nf = 0; fb = []; frow = []; trackmask = np.zeros((N, N), bool); half = np.zeros((N, N), bool)
    for k in range(nb):
        s = sl[k]
        if s is None: continue
        m = bl[s] == k + 1; iy, ix = np.nonzero(m); iy += s[0].start; ix += s[1].start
        th = bth[k]; cx, cy = cells[k].centroid.coords[0]
        x = ix + .5 - cx + wu[iy, ix]; y = iy + .5 - cy + wv[iy, ix]
        u = (x * math.cos(th) + y * math.sin(th)).astype(np.float32); v = (-x * math.sin(th) + y * math.cos(th)).astype(np.float32)
        R = max(abs(u).max(), abs(v).max()) + 5
        dep, wid = {"field": ((55, 120), (25, 80)), "orchard": ((60, 130), (30, 90)), "strips": ((70, 170), (10, 28)), "large": ((90, 170), (60, 150))}[btype[k]]
        vb = -R + np.cumsum(np.r_[rng.uniform(0, 40), rng.uniform(*dep, int(2 * R / dep[0]) + 2)]); vb = vb[vb < R]
        r = np.searchsorted(vb, v).astype(np.int64)
        ub = []
        for q in range(len(vb) + 1):
            c = -R + np.cumsum(np.r_[rng.uniform(0, 40), rng.uniform(wid[0], wid[1], int(2 * R / wid[0]) + 2)]); ub.append(q * 1e4 + c[c < R] + 2000)
        ub = np.concatenate(ub); sk = np.clip(u, -R, R) + rng.normal(0, .08) * v      # skewed side borders
        c = np.searchsorted(ub, r * 1e4 + np.clip(sk, -R - 60, R + 60) + 2000)
        # 2-level split: some wide fields are cut in two
        key = r * 100000 + c; uq, inv = np.unique(key, return_inverse=True)
        n = len(uq); cnt = np.bincount(inv, minlength=n)
        mu = np.bincount(inv, u, minlength=n) / cnt; mv = np.bincount(inv, v, minlength=n) / cnt
        fr = rng.normal(0, .18, n); su = np.sqrt(np.maximum(np.bincount(inv, (u - mu[inv]) ** 2, minlength=n) / cnt, 1))
        sv = np.sqrt(np.maximum(np.bincount(inv, (v - mv[inv]) ** 2, minlength=n) / cnt, 1))
        half[iy, ix] = (v - mv[inv]) > (fr * 3 * sv)[inv]
        fid[iy, ix] = inv + nf
        ctx, sty = math.cos(th), math.sin(th)
        rows_of = (uq // 100000)
        track_after = rng.random(len(vb) + 2) < .38; tw = rng.uniform(1.3, 2.2)
        if len(vb):
            dv = np.abs(v - vb[np.clip(r, 0, len(vb) - 1)]); dv2 = np.abs(v - vb[np.clip(r - 1, 0, len(vb) - 1)])
            trackmask[iy, ix] = ((dv < tw) & track_after[np.clip(r, 0, len(vb) - 1)]) | ((dv2 < tw) & track_after[np.clip(r - 1, 0, len(vb) - 1)])
        luid = {}
        for q in range(n):
            fx = cx + mu[q] * ctx - mv[q] * sty; fy = cy + mu[q] * sty + mv[q] * ctx
            fields.append((k, int(rows_of[q]), fx, fy, cnt[q], max(su[q], sv[q]) * 3.4, th if su[q] > sv[q] else th + math.pi / 2))
        nf += n
    log(f"fields {nf}")
    # field objects: 2 ids per field (halves), drawn per date
    target = rng.uniform(.63, .73); crops_w = rng.dirichlet(np.array([5, 5, 3, 1.5, 2, 2, 1.2, 2.2, 1.2, 1.5, 1.2, .8]) * 3)
    bpref = [rng.dirichlet(crops_w * 6 + .02) for _ in range(nb)]
    base = np.zeros(nf, np.int32); isorch = np.zeros(nf, bool); fst = np.zeros((nf, 2), object); nchg = 0; ncrop = 0
    dry = [rng.uniform(0, .35), rng.uniform(0, .55)]
    if rng.random() < .5: dry = dry[::-1]
    for f, (k, r, fx, fy, ar, L, th) in enumerate(fields):
        i0, i1 = o.new(), o.new(); base[f] = i0
        soil = SOILS[int(np.clip(at(soilz, fx, fy) * 1.1 + 2 + rng.normal(0, .25), 0, 4))] * math.exp(rng.normal(0, .06)) * np.exp(rng.normal(0, .02, 4))
        mo = [float(np.clip(dry[d] + .22 * at(moistz, fx, fy) + rng.normal(0, .16), 0, 1)) for d in (0, 1)]
        if (btype[k] == "orchard" and rng.random() < .85) or rng.random() < .05:
            isorch[f] = True; bs = o.spec("orchard"); p1, p2 = rng.uniform(4, 6), rng.uniform(3.2, 5); ph = rng.random(2); young = rng.random() < .2
            for d in (0, 1):
                und = (soil * (1 - .4 * mo[d])) if rng.random() < .5 else o.spec("grass" if MON[d] > 3 else "weedy_fallow")
                for i in (i0, i1): orchard_put(o, rng, d, i, MON[d], bs, und, th, fx, fy, p1, p2, young, ph, L)
            if rng.random() < .03:        # nuisance: orchard cleared to cropland, or new planting
                d = int(rng.random() < .5); st = rng.choice(["ploughed_dry", "weedy_fallow", "crop_sparse"])
                rr = field_row(o, rng, st, 1, soil, mo[d], th, fx, fy, L)
                for i in (i0, i1): o.put(d, i, st, rr)
            continue
        c0 = int(rng.choice(12, p=bpref[k])) if rng.random() < .8 else int(rng.choice(12, p=crops_w))
        c1 = c0 if rng.random() < .45 else int(rng.choice(12, p=bpref[k] if rng.random() < .5 else crops_w))
        sel = lambda m, c: ST[str(rng.choice(PH[m][CROPS[c]][0], p=PH[m][CROPS[c]][1]))]
        s0 = sel(M0, c0); ncrop += 1
        if rng.random() < target:
            for _ in range(30):
                s1 = sel(M1, c1)
                if s1 != s0: break
                c1 = int(rng.choice(12, p=crops_w))
            nchg += s1 != s0
        else: s1, c1 = s0, c0
        for d, (s, c) in enumerate(((s0, c0), (s1, c1))):
            rr = field_row(o, rng, s, c, soil, mo[d], th, fx, fy, L)
            o.put(d, i0, s, rr)
            if rng.random() < .09:        # partly harvested / partly ploughed
                s2 = sel(MON[d], c)
                o.put(d, i1, s2, field_row(o, rng, s2, c, soil, mo[d], th, fx, fy, L))
            else: o.put(d, i1, s, rr)
        fst[f] = (s0, s1)
    ob[:] = base[fid] + half
    # land-use units of fields: block x row group (and orchards on their own)
    ul = {}; flu = np.zeros(nf, np.int32)
    wetl = rng.uniform(-.2, 1.2)
    for f, (k, r, fx, fy, ar, L, th) in enumerate(fields):
        if isorch[f]: code = "0201"
        else: code = "0101" if at(moistz, fx, fy) > wetl + .3 else ("0103" if at(hill[::2, ::2], fx, fy) > .4 else "0102")
        if code != "0201":
            key = (k, r // 2); code = ul[key][1] if key in ul else code
        else: key = (k, r, "o")
        if key not in ul: ul[key] = (newlu(code), code)
        flu[f] = ul[key][0]
    lu[:] = flu[fid[::2, ::2]]
    # balks and tracks
    e = np.zeros((N, N), bool); d1 = fid[:, 1:] != fid[:, :-1]; e[:, 1:] |= d1; d1 = fid[1:] != fid[:-1]; e[1:] |= d1
    bk = np.zeros(nb + 1, np.int32); tk = np.zeros(nb + 1, np.int32); bp = rng.random(nb + 1) < .7
    for k in range(nb + 1):
        i = o.new(); j = o.new(); g = o.spec("balk_grass"); t = o.spec("earth_track"); bk[k], tk[k] = i, j
        for d in (0, 1):
            lf, sen = WOODY[MON[d]]
            gg = g * (.4 + .6 * lf * (1 - sen)) + LITTER * (1 - (.4 + .6 * lf * (1 - sen)))
            o.put(d, i, "balk_grass", o.row(gg, LITTER, w0=.25, wamp=.3, spk=.06, med=.05))
            o.put(d, j, "earth_track", o.row(t * (1 + rng.normal(0, .04)) * (1 - .25 * dry[d]), gg, w0=.25, wamp=.3, spk=.04, med=.04))
    m = e & bp[bl]; ob[m] = bk[bl[m]]
    m = trackmask; ob[m] = tk[bl[m]]
    del e, d1, trackmask, half, wu, wv
    fmap = fid; log(f"field objects {len(o.H[0])}, changed {nchg / max(1, ncrop):.2f}")

    # ------------------------------------------------------------ zone map at 4 m: 0 field 1 orchard 2 forest 3 water 4 road 5 built 6 canal/trees
    Z = np.where(isorch[fid[::4, ::4]], 1, 0).astype(np.uint8); T4 = Affine(4, 0, 0, 0, 4, 0)
    def zone(lst, v):
        lst = [(g, v) for g in lst if not g.is_empty]
        if lst: rasterize(lst, out=Z, transform=T4, all_touched=True)
    # ------------------------------------------------------------ forest
    hz = lownoise(rng, N, 330, 16) + .22 * lownoise(rng, N, 28, 4); thr = np.quantile(hz[::8, ::8], 1 - rng.uniform(.07, .13)); fm = hz > thr
    stand = lownoise(rng, N, 70, 8)
    def forest_obj(kind):
        i = o.new(); b = o.spec(kind); B = o.spec("forest_conifer")
        for d in (0, 1):
            A = woody_spec(MON[d], kind, rng, b); B2 = woody_spec(MON[d], "forest_broadleaf", rng, o.spec("forest_broadleaf")) * .8
            o.put(d, i, kind, o.row(A, B2 if kind == "forest_conifer" else A * .5 + B * .5, w0=.25, wamp=.3, spk=.07, med=.08, kcan=.30), rng.uniform(6, 11) if d == 0 else 0)
        o.H[1][i] = o.H[0][i]; return i
    fo = np.array([forest_obj(k) for k in ("forest_conifer", "forest_conifer", "forest_broadleaf", "forest_broadleaf", "forest_broadleaf", "forest_conifer")])
    q = np.clip((stand[fm] * 1.3 + 3).astype(int), 0, 5); ob[fm] = fo[q]
    # gaps and clearings
    g = (lownoise(rng, N, 14, 4) > 1.9) & fm
    gi = o.new(); sp = o.spec("grass")
    for d in (0, 1): o.put(d, gi, "grass", o.row(sp * .5 + LITTER * .5 if MON[d] in (3, 10) else sp, LITTER, w0=.3, wamp=.35, spk=.08, med=.08))
    ob[g] = gi
    lu[fm[::2, ::2]] = newlu("0301"); Z[fm[::4, ::4]] = 2
    del stand, hz, g
    log("forest")

    # ------------------------------------------------------------ river with level change
    obA = None
    ang = rng.uniform(0, 2 * math.pi); p0 = np.array([N / 2 + rng.uniform(-.3, .3) * N, N / 2 + rng.uniform(-.3, .3) * N]); dv = np.array([math.cos(ang), math.sin(ang)])
    t = np.linspace(-1.6 * N, 1.6 * N, 400); mea = sum(rng.uniform(40, 130) * np.sin(t / rng.uniform(180, 520) + rng.uniform(0, 6)) for _ in range(3)) + rng.uniform(8, 25) * np.sin(t / rng.uniform(60, 130) + rng.uniform(0, 6))
    riv = LineString(p0 + t[:, None] * dv + mea[:, None] * np.array([-dv[1], dv[0]]))
    rw = rng.uniform(16, 36)       # half width of the bed
    rb = rasterize([(riv.buffer(1), 0)], out_shape=(N // 4, N // 4), fill=1, transform=T4, dtype="uint8", all_touched=True)
    dist = upsample(ndi.distance_transform_edt(rb).astype(np.float32) * 4, N) + lownoise(rng, N, 30, 4) * 3.
    lev = [rng.uniform(.45, .95), rng.uniform(.45, .95)]; turb = [rng.uniform(.1, .9), rng.uniform(.1, .9)]
    bed = dist < rw
    wobj = o.new(); sob = o.add("sand_bank", B=MSP[MID["mud"]], w0=.3, wamp=.35, spk=.05, med=.06, jit=.05); gob = o.add("grass", B=LITTER, w0=.3, wamp=.3, spk=.07, med=.06, jit=.08)
    cl, tu = o.spec("water_clear"), o.spec("water_turbid")
    for d in (0, 1): o.put(d, wobj, "water_turbid" if turb[d] > .5 else "water_clear", o.row(cl * (1 - turb[d]) + tu * turb[d], tu, w0=.15, wamp=.15, spk=.02, med=.02), -1.0)
    levee = (dist >= rw) & (dist < rw + 7)
    lo = o.add("trees", B=LITTER, H=0, w0=.35, wamp=.4, spk=.08, med=.08, kcan=.2, jit=.03)
    for d in (0, 1):
        rr = o.P[d][lo].copy(); rr[:4] = woody_spec(MON[d], "trees", rng, rr[:4]); o.P[d][lo] = rr
    ob[levee] = lo; ob[bed] = sob
    sandgr = lownoise(rng, N, 18, 4) > .6
    ob[bed & sandgr] = gob
    lu[bed[::2, ::2]] = newlu("1101"); Z[(dist < rw + 10)[::4, ::4]] = 3
    water = [bed & (dist < rw * lev[d]) for d in (0, 1)]; del sandgr, levee
    log("river")
    over = [[], []]                # (mask or geom list) date specific paint, done after everything else static
    # ------------------------------------------------------------ ponds
    ponds = []
    for _ in range(int(16 * af) + 2):
        for _ in range(20):
            x, y = rng.uniform(40, N - 40, 2)
            if at(Z, x, y) in (0, 1): break
        else: continue
        ar = float(np.clip(rng.lognormal(math.log(1500), .8), 250, 12000))
        g = blob(rng, x, y, ar, .15) if rng.random() < .5 else quad(rng, x, y, math.sqrt(ar) * 1.3, math.sqrt(ar) / 1.3, bth[max(0, at(bl, x, y) - 1)])
        ponds.append(g)
    for g in ponds:
        bank = o.add("mud", B=MSP[MID["balk_grass"]], w0=.4, wamp=.35, spk=.06, med=.05, jit=.06); paint([(g.buffer(3), bk[1]), (g, bank)]); paintlu([(g.buffer(1.5), newlu(str(rng.choice(["1104", "1104A"], p=[.75, .25]))))]); zone([g.buffer(4)], 3)
        sp = [o.spec(str(rng.choice(["water_clear", "water_turbid", "water_algae"]))) for _ in (0, 1)]
        if rng.random() < .4: sp[1] = sp[0] * np.exp(rng.normal(0, .1, 4))
        for d in (0, 1):
            if rng.random() < .06: continue
            wi = o.new(); o.put(d, wi, "water_algae", o.row(sp[d], sp[d] * 1.3, w0=.2, wamp=.3, spk=.02, med=.03), -.6)
            over[d].append((g.buffer(-rng.uniform(.5, 5)), wi))
    # ------------------------------------------------------------ villages, town, industry centres
    def far(x, y, L, dmin): return all((x - p[0]) ** 2 + (y - p[1]) ** 2 > (dmin + p[2]) ** 2 for p in L)
    cent = []
    def place(kind, r, dmin, tries=300):
        for _ in range(tries):
            x, y = rng.uniform(r * .4, N - r * .4, 2)
            if at(Z, x, y) in (0, 1) and far(x, y, cent, dmin + r) and at(dist[::8, ::8], x, y) > rw + r * .55 + 15 and Z[int(max(0, y - r) // 4):int((y + r) // 4) + 1, int(max(0, x - r) // 4):int((x + r) // 4) + 1].mean() < 1.0:
                cent.append((x, y, r, kind)); return True
        return False
    place("town", rng.uniform(300, 380) * min(1, math.sqrt(af) + .3), 150)
    for _ in range(max(1, int(2 * af))): place("industry", rng.uniform(150, 240), 120)
    for _ in range(max(3, int(rng.uniform(10, 14) * af))): place("village", rng.uniform(85, 210), 130)
    # ------------------------------------------------------------ roads: network between centres
    C = np.array([c[:2] for c in cent]); roads = []; edges = set()
    def wiggle(p, q, amp):
        n = max(3, int(np.hypot(*(q - p)) / 120)); t = np.linspace(0, 1, n); d = (q - p) / (np.hypot(*(q - p)) + 1e-9); off = ndi.gaussian_filter1d(rng.normal(0, 1, n), 1.2) * amp * np.sin(np.pi * t)
        return LineString(p + t[:, None] * (q - p) + off[:, None] * np.array([-d[1], d[0]]))
    for i in range(len(C)):
        dd = np.hypot(*(C - C[i]).T); od = np.argsort(dd)[1:1 + int(rng.integers(2, 4))]
        for j in od: edges.add((min(i, j), max(i, j)))
    for i, j in sorted(edges): roads.append((wiggle(C[i], C[j], 30), rng.choice([4., 5., 6.]), "1006"))
    for _ in range(2):             # county roads across the scene
        k = int(rng.integers(len(C))); an = rng.uniform(0, math.pi); dvv = np.array([math.cos(an), math.sin(an)]) * 1.5 * N
        roads.append((wiggle(C[k] - dvv, C[k] + dvv, 60), rng.uniform(9, 14), "1003"))
    # block borders: rural roads, canals, tree rows
    ring = {}
    for c in cells:
        co = list(c.exterior.coords)
        for p, q in zip(co[:-1], co[1:]):
            kk = tuple(sorted(((round(p[0]), round(p[1])), (round(q[0]), round(q[1])))))
            if math.dist(p, q) > 40 and not (abs(p[0] - q[0]) < 1 and (p[0] < 1 or p[0] > N - 1)) and not (abs(p[1] - q[1]) < 1 and (p[1] < 1 or p[1] > N - 1)): ring[kk] = LineString([p, q])
    ca, tr, rr_ = [], [], []
    for kk, l in ring.items():
        u = rng.random()
        if u < .30: rr_.append((l, rng.uniform(3, 5)))
        elif u < .42: ca.append((l, rng.uniform(2.5, 6)))
        elif u < .60: tr.append((l, rng.uniform(4, 9)))
    def tree_obj():
        i = o.new(); b = o.spec("trees")
        for d in (0, 1): o.put(d, i, "trees", o.row(woody_spec(MON[d], "trees", rng, b), LITTER, w0=.35, wamp=.45, spk=.08, med=.1, kcan=.28), 5.)
        return i
    to = [tree_obj() for _ in range(6)]
    lut = newlu("0307")
    for l, w in tr: g = l.buffer(w / 2, cap_style=2); paint([(g, to[int(rng.integers(6))])]); paintlu([(g, lut)]) if w > 6 else None; zone([g], 6)
    luc = newlu("1107")
    for l, w in ca:
        cw = o.add("concrete_old", B=MSP[MID["balk_grass"]], w0=.5, wamp=.3); paint([(l.buffer(w / 2 + 1.5), bk[0]), (l.buffer(w / 2), cw)]); paintlu([(l.buffer(w / 2 + 1), luc)]); zone([l.buffer(w / 2)], 6)
        for d in (0, 1):
            if rng.random() < .6: wi = o.new(); o.put(d, wi, "water_turbid", o.row(o.spec("water_turbid"), o.spec("water_algae"), w0=.3, wamp=.2, spk=.02), -.8); over[d].append((l.buffer(w / 4), wi))
    lur = newlu("1006"); lu3 = newlu("1003")
    for l, w in rr_:
        mt = str(rng.choice(["concrete_old", "earth_track", "gravel"], p=[.5, .35, .15])); i = o.add(mt, B=MSP[MID["balk_grass"]], w0=.12, wamp=.12, spk=.03, med=.04); paint([(l.buffer(w / 2 + 1), bk[0]), (l.buffer(w / 2), i)]); paintlu([(l.buffer(w / 2 + .5), lur)]); zone([l.buffer(w / 2)], 4)
    for l, w, code in roads:
        i = o.add("asphalt_old" if code == "1003" or rng.random() < .3 else "concrete_old", spk=.03, med=.04)
        g = l.buffer(w / 2, cap_style=2)
        if code == "1003": sh = o.add("concrete_old", B=MSP[MID["balk_grass"]], w0=.5, wamp=.3); paint([(l.buffer(w / 2 + 9).difference(l.buffer(w / 2 + 5)), to[0]), (l.buffer(w / 2 + 2), sh), (g, i)])
        else:
            paint([(l.buffer(w / 2 + 1.2), bk[0]), (g, i)])
            if rng.random() < .3: paint([(l.buffer(w / 2 + 4.5).difference(l.buffer(w / 2 + 1.5)), to[1])])
        paintlu([(l.buffer(w / 2 + (2 if code == "1003" else .7)), lu3 if code == "1003" else lur)]); zone([l.buffer(w / 2 + 2)], 4)
    # bridges: rivers under roads stay painted by roads (river water is painted date specifically only where still river objects)
    rivid = np.array([sob, gob]); rivm = (ob == sob) | (ob == gob)
    for d in (0, 1): water[d] &= rivm
    del rivm, dist, bed
    log("network")

    # ------------------------------------------------------------ built things
    lst = []; lul = []; houses = []
    def add_roof(L, x, y, w, h, th, mat, H, big=False):
        g = rect(x, y, w, h, th); n = (-math.sin(th), math.cos(th)) if w >= h else (math.cos(th), math.sin(th))
        flat = mat in ("roof_concrete", "roof_white", "roof_dark") and rng.random() < .7
        kw = {}
        if big and mat.startswith("roof") and not flat and rng.random() < .4:       # ribs / skylight strips
            p = rng.uniform(6, 12); ax = th if w >= h else th + math.pi / 2; kw = dict(rc=math.cos(ax) / p, rs=math.sin(ax) / p, bramp=rng.uniform(.02, .06))
        i = o.add(mat, H=H, gable=None if flat else (n[0], n[1], x, y), spk=.025, med=.02 if not big else .04, **kw)
        L.append((g, i)); return g, i
    rivbuf = riv.buffer(rw + 12)
    def keep_off_river(g, x, y):
        d_ = g.difference(rivbuf); p_ = list(d_.geoms) if hasattr(d_, "geoms") else [d_]; p_ = [q_ for q_ in p_ if q_.area > 500]
        return max(p_, key=lambda q_: q_.area) if p_ else g
    def village(x0, y0, R, lst, lul):
        g = keep_off_river(blob(rng, x0, y0, math.pi * R * R * .8, .28), x0, y0); th = rng.normal(0, .18)
        gi = o.add("village_ground", B=MSP[MID["yard_garden"]], w0=.3, wamp=.35, spk=.06, med=.06, jit=.04); lst.append((g, gi)); lul.append((g.buffer(2), newlu("0702"))); zone([g.buffer(3)], 5)
        lane = o.add(str(rng.choice(["concrete_old", "yard_earth"], p=[.75, .25])), spk=.04, med=.05)
        W, D = rng.uniform(13, 17), rng.uniform(17, 23); ln = rng.uniform(3, 5); n = int(R * 1.7 / W) + 2; pg = shapely.prepared.prep(g)
        vv = -R * 1.7; row = 0
        while vv < R * 1.7:
            lst.append((LineString([sub(x0, y0, th, -R * 1.8, vv - ln / 2), sub(x0, y0, th, R * 1.8, vv - ln / 2)]).buffer(ln / 2).intersection(g), lane))
            uu = -R * 1.7 + rng.uniform(0, 10); c = 0
            while uu < R * 1.7:
                w = W * rng.uniform(.9, 1.15); px, py = sub(x0, y0, th, uu + w / 2, vv + D / 2)
                if pg.contains(Point(px, py)) and rng.random() < .93:
                    yd = str(rng.choice(["concrete_old", "yard_earth", "yard_garden", "paved_court"], p=[.38, .27, .2, .15])); lst.append((rect(px, py, w - .6, D - .6, th), o.add(yd, B=MSP[MID["yard_garden"]], w0=.12, wamp=.2, spk=.06, med=.05, jit=.05)))
                    hd = rng.uniform(6, 8.5); hx, hy = sub(px, py, th, 0, -D / 2 + hd / 2 + .5); add_roof(lst, hx, hy, w - rng.uniform(1, 2.5), hd, th, pick(rng, ROOFS_RURAL), rng.uniform(3.5, 7)); houses.append((px, py, w, D, th))
                    if rng.random() < .6: sx, sy = sub(px, py, th, (1 if rng.random() < .5 else -1) * (w / 2 - 2.4), 2); add_roof(lst, sx, sy, 4, rng.uniform(5, 8), th, pick(rng, ROOFS_RURAL), 3)
                    if rng.random() < .25: lst.append((Point(*sub(px, py, th, rng.uniform(-4, 4), D / 2 - 3)).buffer(rng.uniform(1.5, 3)), to[int(rng.integers(6))]))
                elif pg.contains(Point(px, py)) and rng.random() < .5: lst.append((blob(rng, px, py, rng.uniform(60, 200)), to[int(rng.integers(6))]))
                uu += w; c += 1
                if c % 6 == 5: lst.append((LineString([sub(x0, y0, th, uu + 2, vv), sub(x0, y0, th, uu + 2, vv + D)]).buffer(2).intersection(g), lane)); uu += 4.5
            vv += D + ln * (1 if row % 2 else .3); row += 1
        # drying squares and trees round the village
        for _ in range(int(rng.integers(1, 4))):
            a_ = rng.uniform(0, 6.28); px, py = x0 + math.cos(a_) * R * .95, y0 + math.sin(a_) * R * .95
            if at(Z, px, py) in (3,) or not (10 < px < N - 10 and 10 < py < N - 10): continue
            q = rect(px, py, rng.uniform(18, 40), rng.uniform(15, 30), th); i = o.add("drying_square", spk=.03, med=.04); lst.append((q, i)); lul.append((q, newlu("0702"))); zone([q], 5)
            for d in (0, 1):
                if rng.random() < (.5 if MON[d] in (6, 9, 10) else .06):
                    k = o.new(); o.put(d, k, "drying_grain", o.row(o.spec("drying_grain"), w0=0, spk=.05, med=.05)); over[d].append((rect(px, py, rng.uniform(8, 18), rng.uniform(8, 14), th), k))
        for _ in range(int(R / 9)):
            a_ = rng.uniform(0, 6.28); lst.append((blob(rng, x0 + math.cos(a_) * R * rng.uniform(.85, 1.1), y0 + math.sin(a_) * R * rng.uniform(.85, 1.1), rng.uniform(40, 300)), to[int(rng.integers(6))]))
        return g
    def industry_plot(L, cx, cy, w, h, th, before=True, roofs=ROOFS_INDUSTRY, yard=None, share=None):
        """yard + several big roofs; returns polygon"""
        yg = rect(cx, cy, w, h, th); yard = yard or str(rng.choice(["concrete_old", "asphalt_old", "yard_earth", "paved_court"], p=[.55, .15, .2, .1]))
        L.append((yg, o.add(yard, B=MSP[MID["grass"]] if rng.random() < .3 else None, w0=.05, wamp=.1, spk=.03, med=.04)))
        nx = max(1, int(w / rng.uniform(28, 60))); ny = max(1, int(h / rng.uniform(28, 60))); cw, ch = w / nx, h / ny; mm = pick(rng, roofs)
        for a_ in range(nx):
            for b_ in range(ny):
                if nx * ny > 1 and rng.random() < .12: continue
                if rng.random() < .4: mm = pick(rng, roofs)
                f = share or rng.uniform(.6, .88); f2 = share or rng.uniform(.55, .85); x, y = sub(cx, cy, th, -w / 2 + (a_ + .5) * cw, -h / 2 + (b_ + .5) * ch)
                add_roof(L, x, y, cw * f, ch * f2, th, mm, rng.uniform(5, 11), big=True)
        for _ in range(int(w * h / 1500)):
            x, y = sub(cx, cy, th, rng.uniform(-.47, .47) * w, rng.uniform(-.47, .47) * h); q = (rect(x, y, 2.3, rng.uniform(4.5, 9), th + rng.choice([0, 1.57])), o.add("vehicle", H=2))
            if L is lst and rng.random() < .7: over[int(rng.integers(2))].append(q)     # parked at one date only
            else: L.append(q)
        return yg
    allv = []
    for x, y, R, kind in cent:
        if kind == "village": allv.append(village(x, y, R, lst, lul))
        elif kind == "industry":
            th = bth[max(0, at(bl, x, y) - 1)]; nx, ny = int(rng.integers(2, 4)), int(rng.integers(2, 4)); cw, ch = 1.5 * R / nx, 1.3 * R / ny; rd = o.add("asphalt_old"); G = rect(x, y, 1.5 * R + 8, 1.3 * R + 8, th); lst.append((G, rd)); lul.append((G, newlu("0601"))); zone([G.buffer(4)], 5); allv.append(G)
            for a_ in range(nx):
                for b_ in range(ny):
                    px, py = sub(x, y, th, -.75 * R + (a_ + .5) * cw, -.65 * R + (b_ + .5) * ch)
                    if rng.random() < .12: lst.append((rect(px, py, cw - 10, ch - 10, th), o.add(str(rng.choice(["bare_site", "weedy_fallow", "grass"])), B=MSP[MID["weedy_fallow"]], w0=.4, wamp=.4, spk=.06, med=.07, jit=.12)))
                    else: industry_plot(lst, px, py, cw - 9, ch - 9, th)
        else:
            th = rng.normal(0, .1); G = keep_off_river(blob(rng, x, y, math.pi * R * R * .8, .15), x, y); gi = o.add("paved_court", B=MSP[MID["grass"]], w0=.3, wamp=.35, spk=.06, med=.06); lst.append((G, gi)); lul.append((G.buffer(2), newlu("0701"))); zone([G.buffer(4)], 5); allv.append(G); pg = shapely.prepared.prep(G)
            st = [o.add("asphalt_old"), o.add("concrete_old")]; cs = 110.; n = int(R / cs) + 2
            for k in range(-n, n + 1):
                for L_ in (LineString([sub(x, y, th, k * cs, -1.6 * R), sub(x, y, th, k * cs, 1.6 * R)]), LineString([sub(x, y, th, -1.6 * R, k * cs), sub(x, y, th, 1.6 * R, k * cs)])): lst.append((L_.buffer(5).intersection(G), st[abs(k) % 2]))
            for a_ in range(-n, n):
                for b_ in range(-n, n):
                    px, py = sub(x, y, th, (a_ + .5) * cs, (b_ + .5) * cs)
                    if not pg.contains(Point(px, py)): continue
                    u = rng.random()
                    if u < .4:        # apartment rows
                        mm = pick(rng, [("roof_concrete", .5), ("roof_red_tile", .25), ("roof_grey_tile", .15), ("roof_blue_steel", .1)]); H = rng.uniform(10, 18)
                        for q in (-36, 0, 36):
                            if rng.random() < .9: add_roof(lst, *sub(px, py, th, rng.uniform(-8, 8), q), rng.uniform(45, 75), rng.uniform(10, 13), th, mm, H)
                        for q in (-18, 18): lst.append((blob(rng, *sub(px, py, th, rng.uniform(-20, 20), q), rng.uniform(200, 700)), to[int(rng.integers(6))]))
                    elif u < .65: industry_plot(lst, px, py, 92, 92, th)
                    elif u < .9:      # old low houses
                        for q in range(24): add_roof(lst, *sub(px, py, th, -40 + 16 * (q % 6), -38 + 25 * (q // 6)), rng.uniform(11, 15), rng.uniform(6, 9), th, pick(rng, ROOFS_RURAL), rng.uniform(3.5, 7))
                    else: lst.append((rect(px, py, 92, 92, th), gob))
    # existing greenhouse groups
    def gh_obj(mat, th, per, duty, dates=(0, 1), gap=None):
        i = o.new(); A = o.spec(mat); B = (gap if gap is not None else SOILS[0]) * np.exp(rng.normal(0, .08, 4)) * .8; ph = rng.random()
        for d in dates:
            mt = mat; AA = A * (1 + rng.normal(0, .05))
            if len(dates) == 2 and mat == "greenhouse_film" and rng.random() < (.22 if MON[d] in (5, 6, 9) else .06): mt = "greenhouse_frame"; AA = o.spec("greenhouse_frame")
            elif mat == "greenhouse_film": f = rng.uniform(0, .28); AA = AA * (1 - f) + MSP[MID["crop_green"]] * f
            o.put(d, i, mt, o.row(AA, B, rc=-math.sin(th) / per, rs=math.cos(th) / per, rph=ph, duty=duty, spk=.04, med=.05, tun=rng.uniform(.03, .1)), 0.)
        return i
    def gh_group(L, cx, cy, w, h, th, dates=(0, 1)):
        """w along tunnels"""
        per = rng.uniform(7.5, 13); duty = rng.uniform(.68, .86); mat = str(rng.choice(["greenhouse_film", "greenhouse_net"], p=[.88, .12])); lane = o.add("yard_earth", B=MSP[MID["weedy_fallow"]], w0=.3, wamp=.25)
        g = rect(cx, cy, w, h, th); L.append((g, lane)); nseg = max(1, int(w / rng.uniform(45, 85))); sw = w / nseg
        for k in range(nseg):
            x, y = sub(cx, cy, th, -w / 2 + (k + .5) * sw, 0); L.append((rect(x, y, sw - rng.uniform(3, 5), h - 2, th), gh_obj(mat, th, per, duty, dates)))
        return g
    def free(g, allow, pad=0, frac=.02):
        gg = g.buffer(pad) if pad else g; b = gg.bounds
        if b[0] < 24 or b[1] < 24 or b[2] > N - 24 or b[3] > N - 24: return False
        r0, c0, r1, c1 = int(b[1] // 4), int(b[0] // 4), int(b[3] // 4) + 2, int(b[2] // 4) + 2
        z = Z[r0:r1, c0:c1]; mk = rasterize([(gg, 1)], out_shape=z.shape, transform=Affine(4, 0, c0 * 4, 0, 4, r0 * 4), all_touched=True, dtype="uint8") > 0
        return (~np.isin(z[mk], allow)).mean() <= frac if mk.any() else False
    lu12 = newlu("1202")
    for _ in range(int(7 * af) + 1):
        for _ in range(60):
            x, y = rng.uniform(80, N - 80, 2); th = bth[max(0, at(bl, x, y) - 1)] + rng.normal(0, .04); w, h = rng.uniform(50, 180), rng.uniform(30, 130)
            if free(rect(x, y, w, h, th), (0, 1), 4): g = gh_group(lst, x, y, w, h, th); lul.append((g, lu12)); zone([g.buffer(4)], 5); break
    # isolated existing sites on the fields: sheds, farms; some will be demolished.  Also long-standing bare sites and PV
    iso = []; ndem = max(2, int(round(rng.uniform(5, 8) * af)))
    for k in range(ndem + int(14 * af) + 3):
        for _ in range(60):
            x, y = rng.uniform(90, N - 90, 2); th = bth[max(0, at(bl, x, y) - 1)]; ar = float(np.clip(rng.lognormal(math.log(1300), .7), 350, 7000)); w = math.sqrt(ar * rng.uniform(.8, 2.2)); h = ar / w
            g = rect(x, y, w, h, th)
            if free(g, (0, 1), 12):
                industry_plot(lst, x, y, w, h, th, roofs=ROOFS_RURAL + ROOFS_INDUSTRY); lul.append((g, newlu(str(rng.choice(["0601", "0702", "1202"]))))); zone([g.buffer(10)], 5); iso.append((g, th)); break
    for k in range(int(6 * af) + 1):      # bare sites that stay bare or get weeds (not events)
        for _ in range(60):
            x, y = rng.uniform(90, N - 90, 2); ar = float(np.clip(rng.lognormal(math.log(1600), .7), 400, 9000)); g = blob(rng, x, y, ar)
            if free(g, (0, 1), 6):
                i = o.new(); A = o.spec(str(rng.choice(["bare_site", "moved_earth", "gravel"]))); wd = rng.random() < .5
                for d in (0, 1): o.put(d, i, "bare_site", o.row(A * (1 + rng.normal(0, .05)), MSP[MID["weedy_fallow"]], w0=.15 + .5 * wd * d, wamp=.3, spk=.05, med=.06, kmnd=.15))
                lst.append((g, i)); lul.append((g, newlu(str(rng.choice(["1206", "0602", "1201"]))))); zone([g.buffer(6)], 5); break
    presites = []                        # bare in 'before', built in 'after' (true new buildings)
    for k in range(max(1, int(3 * af))):
        for _ in range(60):
            x, y = rng.uniform(90, N - 90, 2); th = bth[max(0, at(bl, x, y) - 1)]; ar = float(np.clip(rng.lognormal(math.log(2000), .5), 600, 6000)); w = math.sqrt(ar * rng.uniform(1, 1.8)); h = ar / w; g = rect(x, y, w, h, th)
            if free(g, (0, 1), 14):
                i = o.add("bare_site", B=MSP[MID["weedy_fallow"]], w0=.1, wamp=.2, spk=.05, med=.06, kmnd=.12); lst.append((g, i)); lul.append((g, newlu("0103"))); zone([g.buffer(10)], 5); presites.append((x, y, w, h, th)); break
    paint(lst); paintlu(lul)
    log(f"built {len(lst)}")

    # ------------------------------------------------------------ after map, events
    ob2 = ob.copy(); L2 = []; events = []
    evg = []
    def clear(g, pad=22):
        return all(g.distance(q) > pad for q in evg)
    dvill = ndi.distance_transform_edt(Z != 5) * 4; dfor = ndi.distance_transform_edt(Z != 2) * 4; dfi = ndi.distance_transform_edt(Z == 2) * 4
    zs = {"field": np.argwhere(Z == 0), "orchard": np.argwhere(Z == 1), "forest_edge": np.argwhere(((Z <= 1) & (dfor < 22)) | ((Z == 2) & (dfi < 40))), "village": np.argwhere((Z <= 1) & (dvill > 16) & (dvill < 60))}
    def where():
        for _ in range(20):
            w = str(rng.choice(["field", "orchard", "forest_edge", "village"], p=[.50, .12, .11, .27]))
            if len(zs[w]): p = zs[w][rng.integers(len(zs[w]))]; return w, p[1] * 4 + 2., p[0] * 4 + 2.
    def msize(med=1500, s=.75, lo=300, hi=30000): return float(np.clip(rng.lognormal(math.log(med), s), lo, hi))
    def machines(L, g, n):
        b = g.bounds
        for _ in range(n):
            x, y = rng.uniform(b[0], b[2]), rng.uniform(b[1], b[3])
            if g.contains(Point(x, y)): L.append((rect(x, y, 3, rng.uniform(5, 9), rng.uniform(0, 3)), o.add("vehicle", H=3)))
    def earth(L, g, rough=1., tracks=True, heaps=True):
        ar = g.area; mt = str(rng.choice(["moved_earth", "moved_earth_red", "moved_earth_grey", "earth_heap"], p=[.52, .2, .17, .11])); A = o.spec(mt)
        i = o.add(mt, B=A * np.array([.74, .74, .75, .76]), w0=rng.uniform(.1, .35), wamp=rng.uniform(.15, .4), spk=.05, med=.07, kmnd=rng.uniform(.12, .3) * rough); L.append((g, i))
        if rng.random() < .5:         # a second soil inside
            c = g.representative_point(); j = o.add(str(rng.choice(["moved_earth", "moved_earth_grey", "earth_heap"])), spk=.06, med=.07, kmnd=.2 * rough); L.append((blob(rng, c.x + rng.normal(0, ar ** .5 / 5), c.y + rng.normal(0, ar ** .5 / 5), ar * rng.uniform(.1, .35)).intersection(g), j))
        b = g.bounds
        if tracks:
            tm = o.add("compacted_track", spk=.03, med=.04)
            for _ in range(2 + int(ar / 2500)):
                p = [(rng.uniform(b[0], b[2]), rng.uniform(b[1], b[3])) for _ in range(3)]; L.append((LineString(p).buffer(rng.uniform(1.2, 2.4)).intersection(g), tm))
        if heaps:
            for _ in range(int(rng.integers(0, 3)) + int(ar / 3000)):
                x, y = rng.uniform(b[0], b[2]), rng.uniform(b[1], b[3]); h = blob(rng, x, y, rng.uniform(25, 180)).intersection(g); L.append((h, o.add("earth_heap", H=rng.uniform(1.5, 4), spk=.06, med=.08, kmnd=.35)))
        if rng.random() < .22: x, y = g.representative_point().coords[0]; L.append((blob(rng, x + rng.normal(0, 8), y + rng.normal(0, 8), ar * rng.uniform(.1, .3)).intersection(g), o.add("dust_net", spk=.05, med=.06, kmnd=.15)))
        machines(L, g, int(ar / 2500))
        return mt
    def put_event(kind, g, L, loc, mixed=0, surface="", alt="", frm=""):
        evg.append(g); zone([g.buffer(4)], 7); L2.extend(L); events.append(dict(kind=kind, geometry=g, place=loc, mixed=mixed, surface=surface, kind_alt=alt, was=frm))
    nev = int(round(rng.uniform(62, 82) * af)); mix = [("new_building", .40), ("earthwork", .21), ("linear", .13), ("photovoltaic", .07), ("greenhouse", .10), ("excavation", .09)]
    todo = []
    for k, p in mix: todo += [k] * max(1, int(round(p * nev)))
    rng.shuffle(todo); bigleft = max(1, int(round(5 * af)))
    ok = (0, 1, 2)
    for kind in todo:
        for att in range(80):
            loc, x, y = where(); th = bth[max(0, at(bl, x, y) - 1)]
            if loc == "village" and rng.random() < .6: th = rng.normal(0, .12)
            th += (math.pi / 2) * int(rng.integers(2)) ; L = []
            if kind == "new_building":
                u = rng.random()
                typ = "house" if u < .18 else "shed" if u < .48 else "roof" if u < .60 else "yard" if u < .77 else "partial" if u < .92 else "factory"
                if typ == "factory" and bigleft <= 0: typ = "shed"
                ar = dict(house=msize(480, .35, 300, 1000), shed=msize(1600, .6, 400, 7000), roof=msize(700, .5, 300, 3000), yard=msize(1300, .7, 350, 8000), partial=msize(2200, .7, 700, 12000), factory=rng.uniform(9000, 28000))[typ]
                w = math.sqrt(ar * rng.uniform(.9, 2.4)); h = ar / w; g = quad(rng, x, y, w, h, th, .04 if typ in ("house", "roof") else .07)
            elif kind == "earthwork":
                typ = "earth"; ar = msize(2200, .85, 400, 30000); g = blob(rng, x, y, ar, .22) if rng.random() < .6 else quad(rng, x, y, math.sqrt(ar * 1.6), math.sqrt(ar / 1.6), th, .12)
            elif kind == "excavation":
                typ = "pit"; ar = msize(2400, .7, 600, 20000); g = blob(rng, x, y, ar, .16)
            elif kind == "linear":
                typ = "road"; Ln = float(np.clip(rng.lognormal(math.log(260), .55), 100, 800)); w = rng.uniform(4, 8); p = [np.array([x, y])]; a_ = th + rng.normal(0, .1) if rng.random() < .6 else rng.uniform(0, 6.28); left = Ln
                while left > 0:
                    st = min(left, rng.uniform(25, 70)); p.append(p[-1] + st * np.array([math.cos(a_), math.sin(a_)])); a_ += rng.normal(0, .12); left -= st
                ll = LineString(p); g = ll.buffer(w / 2, cap_style=2)
            elif kind == "photovoltaic":
                typ = "pv"; ar = msize(6000, .8, 1000, 30000); w = math.sqrt(ar * rng.uniform(.8, 2)); h = ar / w; th = rng.normal(0, .06); g = quad(rng, x, y, w, h, th, .05)
            else:
                typ = "gh"; ar = msize(3000, .7, 700, 15000); w = math.sqrt(ar * rng.uniform(.6, 2.2)); h = ar / w; g = rect(x, y, w, h, th)
            b = g.bounds
            if min(b[0], b[1]) < 60 or max(b[2], b[3]) > N - 60 or not clear(g): continue
            if kind == "linear":
                if not free(g, (0, 1, 2, 4, 6), 0, 0): continue
                if not free(g, (0, 1, 2), 0, .25): continue
            elif not free(g, ok, 3, .0 if ar < 3000 else .03): continue
            if Z[int(y // 4), int(x // 4)] == 2 and kind in ("greenhouse",): continue
            # ---- build it
            mixed, alt, surf = 0, "", ""
            if kind == "new_building":
                if typ == "house":
                    yd = str(rng.choice(["concrete_new", "yard_earth", "concrete_old", "bare_site"], p=[.45, .2, .2, .15])); L.append((g, o.add(yd, spk=.04, med=.05))); mm = pick(rng, ROOFS_RURAL); f = rng.uniform(.4, .6)
                    add_roof(L, *sub(x, y, th, 0, -h * (1 - f) / 2 + .8), w * .9, h * f, th, mm, rng.uniform(3.5, 7)); surf = mm
                    if rng.random() < .5: add_roof(L, *sub(x, y, th, w * .33, h * .28), w * .2, h * .3, th, pick(rng, ROOFS_RURAL), 3)
                elif typ in ("shed", "factory"):
                    yd = str(rng.choice(["concrete_new", "asphalt_new", "gravel", "bare_site", "concrete_old"], p=[.5, .08, .14, .16, .12])); L.append((g, o.add(yd, spk=.03, med=.045))); LL = []; n0 = len(L)
                    industry_plot(LL, x, y, w * .92, h * .92, th, yard=yd); L += [(q.intersection(g), i) for q, i in LL[1:]]; surf = yd
                elif typ == "roof":
                    mm = pick(rng, ROOFS_INDUSTRY + ROOFS_RURAL); g = rect(x, y, w, h, th); add_roof(L, x, y, w, h, th, mm, rng.uniform(3.5, 8), big=True); surf = mm
                elif typ == "yard":
                    yd = str(rng.choice(["concrete_new", "asphalt_new", "gravel", "concrete_old"], p=[.62, .13, .13, .12])); p = rng.uniform(5, 9); L.append((g, o.add(yd, spk=.03, med=.04, rc=math.cos(th) / p, rs=math.sin(th) / p, bramp=.015))); surf = yd
                    machines(L, g, int(ar / 700)); 
                    if rng.random() < .3: L.append((blob(rng, x, y, ar * .06).intersection(g), o.add(str(rng.choice(["sand_bank", "wood_pile", "earth_heap"])), H=2, kmnd=.2)))
                else:
                    mixed = 1; earth(L, g, .6, heaps=True); fb_ = rng.uniform(.18, .7)
                    bx, by = sub(x, y, th, -w * (1 - math.sqrt(fb_)) / 2 * rng.uniform(.2, 1), 0); bw, bh = w * math.sqrt(fb_) * .95, h * math.sqrt(fb_) * .95
                    mm = pick(rng, ROOFS_INDUSTRY + [("foundation", .4)])
                    if mm == "foundation": L.append((rect(bx, by, bw, bh, th), o.add("foundation", spk=.05, med=.07, rc=math.cos(th) / 6, rs=math.sin(th) / 6, bramp=.06)))
                    else: add_roof(L, bx, by, bw, bh, th, mm, rng.uniform(4, 10), big=True)
                    alt = "earthwork" if fb_ >= .35 else "new_building"; surf = mm
                    if fb_ < .35: kind_ = "earthwork"
                    else: kind_ = "new_building"
                if typ == "factory":
                    bigleft -= 1
                    for _ in range(3): L.append((blob(rng, *sub(x, y, th, rng.uniform(-.45, .45) * w, rng.choice([-.46, .46]) * h), rng.uniform(60, 200)).intersection(g), gob))
            elif kind == "earthwork": surf = earth(L, g)
            elif kind == "excavation":
                dep = rng.uniform(3, 9); wl = o.add("pit_wall", spk=.05, med=.07, kmnd=.25); L.append((g, o.add(str(rng.choice(["moved_earth", "moved_earth_grey"])), spk=.05, med=.06, kmnd=.25))); g1 = g.buffer(-min(3.5, math.sqrt(ar) * .05)); g2 = g.buffer(-min(8, math.sqrt(ar) * .13))
                for gg, hh in ((g1, -.4), (g.buffer(-min(5.5, math.sqrt(ar) * .09)), -.7)):
                    L.append((gg, o.add("pit_wall", H=dep * hh, spk=.05, med=.08, kmnd=.25)))
                fl = str(rng.choice(["pit_floor", "sand_bank", "moved_earth"], p=[.6, .2, .2])); L.append((g2, o.add(fl, B=MSP[MID["mud"]], w0=.25, wamp=.3, H=-dep, spk=.05, med=.08, kmnd=.2))); surf = fl
                if rng.random() < .42 and not g2.is_empty: c = g2.representative_point(); L.append((blob(rng, c.x, c.y, g2.area * rng.uniform(.2, .75)).intersection(g2), o.add("pit_water", H=-dep, spk=.02, med=.03))); surf = "pit_water"
                machines(L, g, int(ar / 3000))
            elif kind == "linear":
                surf = str(rng.choice(["concrete_new", "asphalt_new", "gravel", "compacted_track", "moved_earth"], p=[.45, .18, .13, .14, .10])); L.append((g, o.add(surf, spk=.03, med=.05)))
                if rng.random() < .5: g0 = ll.buffer(w / 2 + rng.uniform(.7, 1.6), cap_style=2); L.insert(0, (g0, o.add("moved_earth", B=MSP[MID["balk_grass"]], w0=.4, wamp=.3)))
            elif kind == "photovoltaic":
                gr = o.spec("pv_ground") if rng.random() < .6 else SOILS[int(rng.integers(5))] * rng.uniform(.8, 1.1); per = rng.uniform(5.5, 10); du = rng.uniform(.42, .66); A = o.spec("pv_panel") * rng.uniform(.85, 1.5); i = o.new(); j = o.new()
                o.put(1, j, "pv_ground", o.row(gr, gr * .8, w0=.3, wamp=.3, spk=.06, med=.06)); L.append((g, j))
                o.put(1, i, "pv_panel", o.row(A, gr * .72, rc=-math.sin(th) / per, rs=math.cos(th) / per, rph=rng.random(), duty=du, spk=.04, med=.03, tun=.04))
                ns = max(1, int(w / rng.uniform(35, 70)))
                for k in range(ns): xx, yy = sub(x, y, th, -w / 2 + (k + .5) * w / ns, 0); L.append((rect(xx, yy, w / ns - 4, h - 4, th).intersection(g), i))
                if rng.random() < .5: add_roof(L, *sub(x, y, th, w * .4, h * .4), 8, 5, th, "roof_white", 3)
                surf = "pv_panel"
            else: gh_group(L, x, y, w, h, th, (1,)); surf = "greenhouse"
            bd = int(y), int(x); was = MATS[o.mat[0][ob[bd]]][0]
            put_event(kind_ if (kind == "new_building" and typ == "partial") else kind, g, L, loc, mixed, surf, alt, was); break
    for x, y, w, h, th in presites:
        L = []; g = rect(x, y, w, h, th); yd = "concrete_new" if rng.random() < .6 else "bare_site"
        LL = []; industry_plot(LL, x, y, w * .98, h * .98, th, yard=yd, share=.8); put_event("new_building", g, LL, "bare_site", 0, yd, "", "bare_site")
    # demolition
    rng.shuffle(iso); nd = 0
    for g, th in iso[:ndem]:
        L = []; x, y = g.centroid.coords[0]; u = rng.random(); m = "rubble" if u < .35 else "bare_site" if u < .75 else "weedy_fallow"
        L.append((g, o.add(m, B=MSP[MID["weedy_fallow"]], w0=rng.uniform(.1, .4), wamp=.3, spk=.08, med=.09, kmnd=.15)))
        if rng.random() < .5: L.append((blob(rng, x, y, g.area * .2).intersection(g), o.add("rubble", H=1.5, spk=.1, med=.1, kmnd=.3)))
        if clear(g, 5): put_event("demolition", g, L, "built", 0, m, "", "built")
    for k in range(int(rng.integers(1, 3))):        # a few village houses pulled down
        if not houses: break
        px, py, w, D, th = houses[int(rng.integers(len(houses)))]; n = int(rng.integers(2, 5)); q = sub(px, py, th, (n - 1) * w / 2, 0); g = rect(q[0], q[1], w * n - 1, D - 1, th)
        if clear(g, 5) and 30 < q[0] < N - 30 and 30 < q[1] < N - 30 and at(Z, *q) == 5: put_event("demolition", g, [(g, o.add("rubble", B=MSP[MID["bare_site"]], w0=.4, wamp=.4, spk=.09, med=.09, kmnd=.2))], "village", 0, "rubble", "", "built")
    # nuisance: logging in the forest; roof repainting
    for _ in range(max(1, int(3 * af))):
        p = np.argwhere(Z == 2)
        if not len(p): break
        p = p[rng.integers(len(p))]; g = blob(rng, p[1] * 4., p[0] * 4., msize(2500, .5, 600, 8000))
        if clear(g) and free(g, (2,), 0, .3): L2.append((g, o.add("logged_scrub", B=LITTER, w0=.35, wamp=.35, spk=.1, med=.1, kmnd=.1)))
    log(f"events {len(events)}")
    # date specific water etc., then events over the after map
    still = (ob == sob) | (ob == gob)
    for d, arr in ((0, ob), (1, ob2)):
        water[d] &= still
        arr[water[d]] = wobj; paint(over[d], arr)
    paint(L2, ob2); del water
    log("maps")

    # ------------------------------------------------------------ render
    tn = {"f": [tilenoise(rng, .5), tilenoise(rng, .5)], "m": [tilenoise(rng, 3.2), tilenoise(rng, 3.2)], "w": [tilenoise(rng, 13), tilenoise(rng, 11), tilenoise(rng, 11)]}
    can = tilenoise(rng, 1.9); mnd = tilenoise(rng, 4.5)
    img = []; shadowfac = np.array([.40, .32, .27, .20])
    for d, M in ((0, ob), (1, ob2)):
        P = np.array(o.P[d], np.float32); H = np.array(o.H[d], np.float32); el, az = (math.radians(v) for v in cfg["sun"][d]); sx, sy = math.sin(az), -math.cos(az)   # towards the sun
        Hm = H[M]; te = math.tan(el); sh = np.zeros((N, N), bool); kmax = int(min(40, 18 / te)) + 1
        hf = tilenoise(rng, 1.6); Hm += np.where(Hm >= 5, 1.2 * np.tile(hf, (N // 2048 + 1, N // 2048 + 1))[:N, :N], 0) if N >= 2048 else 0
        for k in range(1, kmax + 1):
            oy, ox = int(round(k * sy)), int(round(k * sx)); lift = k * te + .5
            y0, y1 = max(0, -oy), min(N, N - oy); x0, x1 = max(0, -ox), min(N, N - ox)
            sh[y0:y1, x0:x1] |= Hm[y0 + oy:y1 + oy, x0 + ox:x1 + ox] - Hm[y0:y1, x0:x1] > lift
        del Hm
        def shade(a, s): g = (np.roll(a, -1, 1) - np.roll(a, 1, 1)) * -sx + (np.roll(a, -1, 0) - np.roll(a, 1, 0)) * -sy; return g / g.std()
        cs_, ms_ = shade(can, sx), shade(mnd, sx); out = np.empty((4, S, S), np.float32); st = 256; tw = .75 * tn["w"][0] + .66 * tn["w"][1 + d]; F, Md = tn["f"][d], .6 * tn["m"][0] + .8 * tn["m"][1] * (1 if d else -1)
        X = (np.arange(N, dtype=np.float32) + .5)[None]; cols = np.arange(N) % 2048; TW = np.float32(2 * np.pi)
        for r in range(0, N, st):
            ids = M[r:r + st]; Y = (np.arange(r, r + ids.shape[0], dtype=np.float32) + .5)[:, None]; rr = np.arange(r, r + ids.shape[0]) % 2048
            G = lambda k: P[:, PI[k]].take(ids)
            T = lambda a: a[rr][:, cols]
            w = G("w0") + G("wamp") * T(tw); cx, cy = G("cx"), G("cy"); dx = X - cx; dy = Y - cy
            hasc = cx != 0
            w += np.where(hasc, G("gx") * dx + G("gy") * dy, 0)
            # row pattern relative to a global phase
            q = X * G("rc") + Y * G("rs") + G("rph"); co = np.cos(TW * q); w += G("ramp") * co
            w += G("camp") * np.cos(TW * (X * G("cc") + Y * G("cs") + G("cph")))
            br = 1 + G("bramp") * co + G("spk") * T(F) + G("med") * T(Md) + G("kcan") * T(cs_) + G("kmnd") * T(ms_)
            ga = G("ga")
            if np.any(ga): br += ga * np.sign(dx * G("nx") + dy * G("ny"))
            du = G("duty"); sq = du > 0
            if sq.any():
                qs = q[sq]; fl = np.floor(qs); fr = qs - fl; inn = fr < du[sq]; w[sq] = np.where(inn, .04, 1.)
                tb = np.sin(fl * 12.9898 + ids[sq] * .37) * 43758.5453; tb = (tb - np.floor(tb)) - .5
                br[sq] *= np.where(inn, (1 + 2 * G("tun")[sq] * tb) * (1 + .10 * np.cos(np.pi * (fr / du[sq] - .35))), 1)
            np.clip(w, 0, 1, out=w); np.clip(br, .35, 1.9, out=br)
            s = sh[r:r + st]
            for b in range(4):
                A = P[:, b].take(ids); v = (A + (P[:, 4 + b].take(ids) - A) * w) * br
                v = np.where(s, v * shadowfac[b], v)
                out[b, r // 2:(r + ids.shape[0]) // 2] = v.reshape(v.shape[0] // 2, 2, S, 2).mean((1, 3))
        img.append(out); log(f"render {d}")
    # ------------------------------------------------------------ sensor and air
    pr = dict(driver="GTiff", height=S, width=S, crs=f"EPSG:{cfg['epsg']}", transform=from_origin(X0, Y0, 2, 2), tiled=True, blockxsize=512, blockysize=512, compress="deflate", predictor=2, nodata=0)
    if S < 512: pr.update(blockxsize=256, blockysize=256)
    mag, an = rng.uniform(.2, .45), rng.uniform(0, 6.28); shift = (mag * math.sin(an), mag * math.cos(an))
    lam = np.array([485, 555, 660, 830]) / 550.; meta = dict(seed=a.seed, radiometry=a.radiometry, epsg=cfg["epsg"], dates=cfg["dates"], sun_el_az=cfg["sun"], shift_px_dy_dx=shift, field_changed_share=nchg / max(1, ncrop), gsd=2, size=S)
    gains = []
    for d in (0, 1):
        im = img[d]; psf = rng.uniform(.55, .68); tau = cfg["tau"][d] * rng.uniform(.85, 1.15)
        hz = lownoise(rng, S, 900, 32); gy, gx = np.mgrid[0:S, 0:S].astype(np.float32) / S; an = rng.uniform(0, 6.28); hz = np.clip(1 + .28 * hz + .55 * ((gx - .5) * math.cos(an) + (gy - .5) * math.sin(an)) * 1.6, .15, 2.4)
        el = math.radians(cfg["sun"][d][0]); ill = math.sin(el) / math.sin(math.radians(55)) if cfg["dt"] else 1 + rng.normal(0, .02)
        gain = np.exp(rng.normal(0, cfg["gsig"] * .6) + rng.normal(0, cfg["gsig"], 4)); offs = rng.normal(0, cfg["osig"], 4)
        if d == 1:
            wy = lownoise(rng, S, 500, 32) * .07 + shift[0]; wx = lownoise(rng, S, 500, 32) * .07 + shift[1]; yy = np.arange(S, dtype=np.float32)[:, None] + wy; xx = np.arange(S, dtype=np.float32)[None] + wx
        dn = np.empty((4, S, S), np.uint16)
        for b in range(4):
            v = ndi.gaussian_filter(im[b], psf * (1 + .04 * (b - 1)), mode="nearest")
            if d == 1: v = ndi.map_coordinates(v, [yy, xx], order=3, mode="nearest", output=np.float32)
            t = tau * lam[b] ** -1.35; tr_ = np.exp(-t * hz); v = (v * tr_ + (1 - tr_) * (.17 if b < 3 else .15)) * ill
            v = v * gain[b] + offs[b]; v += rng.standard_normal(v.shape, dtype=np.float32) * (cfg["noise"] + .008 * np.maximum(v, 0))
            dn[b] = np.clip(np.rint(v * cfg["dn"][b] + cfg["off"]), 1, cfg["mx"])
        gains.append(dict(gain=gain.tolist(), offset=offs.tolist(), psf=psf, tau=tau))
        with rasterio.open(f"{a.outdir}/{('before', 'after')[d]}.tif", "w", count=4, dtype="uint16", photometric="MINISBLACK", **pr) as f:
            f.write(dn)
            for b, nme in enumerate(("blue", "green", "red", "nir"), 1): f.set_band_description(b, nme)
            f.update_tags(TIFFTAG_DATETIME=cfg["dates"][d].replace("-", ":") + " 11:0%d:00" % (3 + d), ACQUISITION_DATE=cfg["dates"][d])
        mm = np.array(o.mat[d], np.uint8)[(ob, ob2)[d][1::2, 1::2]]
        with rasterio.open(f"{a.outdir}/material_{('before', 'after')[d]}.tif", "w", count=1, dtype="uint8", **pr) as f: f.write(mm, 1)
        log(f"write {d}")
    meta["sensor"] = gains
    json.dump({str(i): m[0] for i, m in enumerate(MATS)}, open(f"{a.outdir}/material_legend.json", "w"), indent=0)
    # ------------------------------------------------------------ vectors
    crs = f"EPSG:{cfg['epsg']}"
    def geo(g): return affinity.affine_transform(g, [1, 0, 0, -1, X0, Y0])
    ne = len(events); con = [i for i, e in enumerate(events) if e["kind"] != "demolition"]; listed = np.zeros(ne, int); pk = rng.permutation(con); listed[pk[:len(con) // 2]] = 1
    tr_ = gpd.GeoDataFrame([dict(eid=i + 1, kind=e["kind"], listed=int(listed[i]), area_m2=round(e["geometry"].area, 1), mixed=e["mixed"], kind_alt=e["kind_alt"], surface=e["surface"], place=e["place"], was=e["was"]) for i, e in enumerate(events)], geometry=[geo(e["geometry"]) for e in events], crs=crs)
    def fresh(p):
        if os.path.exists(p): os.remove(p)
        return p
    tr_.to_file(fresh(f"{a.outdir}/truth.gpkg"), layer="truth", driver="GPKG")
    # towns
    nt = 4; tp = np.c_[rng.uniform(.2, .8, nt), rng.uniform(.2, .8, nt)] * N; tv = [g.intersection(box(-60, -60, N + 60, N + 60)) for g in shapely.voronoi_polygons(MultiPoint(tp), extend_to=box(-300, -300, N + 300, N + 300)).geoms]
    names = ["南麻街道", "鲁村镇", "东里镇", "悦庄镇", "西里镇", "大张庄镇", "中庄镇", "张家坡镇"]; nm = [names[i] for i in rng.permutation(8)[:len(tv)]]
    towns = gpd.GeoDataFrame(dict(XZQDM=[f"370323{100 + i:03d}" for i in range(len(tv))], XZQMC=nm), geometry=[geo(g) for g in tv], crs=crs); towns.to_file(fresh(f"{a.outdir}/towns.gpkg"), layer="towns", driver="GPKG")
    # list
    rows = []; gs = []
    kz = dict(new_building="新增建(构)筑物", earthwork="新增推填土", linear="新增线性地物", photovoltaic="新增光伏", greenhouse="新增大棚", excavation="采挖")
    def handdrawn(g, grow):
        g = g.buffer(grow, join_style=2).simplify(1.2); g = affinity.translate(g, *rng.normal(0, .8, 2)); return g if g.is_valid else g.buffer(0)
    for i in con:
        if listed[i]: e = events[i]; gs.append(handdrawn(e["geometry"], rng.uniform(1, 3))); rows.append((kz[e["kind"]], str(rng.choice(["违法用地", "合法用地", "设施农用地" if e["kind"] == "greenhouse" else "违法用地", ""], p=[.45, .3, .15, .1]))))
    for _ in range(max(1, int(4 * af))):          # pseudo-change patches on ordinary fields
        for _ in range(40):
            x, y = rng.uniform(100, N - 100, 2); g = quad(rng, x, y, rng.uniform(25, 60), rng.uniform(25, 60), bth[max(0, at(bl, x, y) - 1)])
            if free(g, (0,), 2) and clear(g, 30): gs.append(g); rows.append(("新增推填土", "实地未变化")); break
    od = rng.permutation(len(gs)); yr = cfg["dates"][1][:4]; q = []
    for n, i in enumerate(od):
        G = geo(gs[i]); c = G.representative_point(); tn_ = nm[int(np.argmin([G.distance(t) for t in towns.geometry]))]
        q.append(dict(JCBH=f"370323{yr}{n + 1:04d}", XZQDM="370323", XZQMC=tn_, TBLX=rows[i][0], QSX=cfg["dates"][0].replace("-", ""), HSX=cfg["dates"][1].replace("-", ""), JCMJ=round(G.area / 666.6667, 2), XZB=round(c.x, 2), YZB=round(c.y, 2), 判定结果=rows[i][1], BZ="", geometry=G))
    ls = gpd.GeoDataFrame(q, geometry="geometry", crs=crs)
    for s in ("shp", "shx", "dbf", "prj", "cpg"): fresh(f"{a.outdir}/list.{s}")
    ls.to_file(f"{a.outdir}/list.shp", driver="ESRI Shapefile", encoding="GBK")
    # land use: borders off by 1-3 m, partition kept, 3 % wrong codes
    dy = lownoise(rng, S, 55, 4) * .75; dx = lownoise(rng, S, 55, 4) * .75
    iy = np.clip(np.rint(np.arange(S)[:, None] + dy), 0, S - 1).astype(np.int32); ix = np.clip(np.rint(np.arange(S)[None] + dx), 0, S - 1).astype(np.int32)
    lw = sieve(lu[iy, ix].astype(np.int32), 40)
    pol = [(shapely.geometry.shape(g), int(v)) for g, v in shapes(lw, transform=T2, connectivity=4)]
    gg = np.array([p[0] for p in pol]); code = np.array([LU[p[1]][0] for p in pol], object)
    try: gs2 = shapely.coverage_simplify(gg, 2.5)
    except Exception as ex: print("coverage_simplify:", ex, file=sys.stderr); gs2 = gg
    gg = np.where(shapely.is_valid(gs2) & ~shapely.is_empty(gs2), gs2, gg)
    swap = {"0101": ["0102", "1104"], "0102": ["0103", "0201", "0301"], "0103": ["0102", "0201", "0305", "0702"], "0201": ["0103", "0301", "0102"], "0301": ["0305", "0201", "0404", "0103"], "0702": ["0103", "0601", "0102"], "0601": ["0702", "0103"], "1104": ["0103", "0101"], "1202": ["0103", "0702"]}
    bad = rng.random(len(code)) < .03
    code = np.array([str(rng.choice(swap.get(c, ["0103", "0404"]))) if w_ else c for c, w_ in zip(code, bad)], object)
    MC = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0305": "灌木林地", "0307": "其他林地", "0404": "其他草地", "0601": "工业用地", "0602": "采矿用地", "0701": "城镇住宅用地", "0702": "农村宅基地", "1003": "公路用地", "1006": "农村道路", "1101": "河流水面", "1104": "坑塘水面", "1104A": "养殖坑塘", "1107": "沟渠", "1201": "空闲地", "1202": "设施农用地", "1206": "裸土地"}
    G = [geo(g) for g in gg]
    gpd.GeoDataFrame(dict(BSM=[f"370323{i:012d}" for i in range(len(G))], TBBH=[f"{i + 1:06d}" for i in range(len(G))], DLBM=list(code), DLMC=[MC[c] for c in code], TBMJ=[round(g.area, 2) for g in G], KCXS=[.08 if c == "0103" else 0. for c in code]), geometry=G, crs=crs).to_file(fresh(f"{a.outdir}/landuse.gpkg"), layer="DLTB", driver="GPKG")
    meta.update(events={k: int(sum(e["kind"] == k for e in events)) for k in sorted({e["kind"] for e in events})}, listed=int(listed.sum()), landuse_polygons=len(G), landuse_wrong_share=float(bad.mean()), seconds=round(time.time() - t00, 1))
    json.dump(meta, open(f"{a.outdir}/meta.json", "w"), indent=1, ensure_ascii=False)
    print(json.dumps({k: meta[k] for k in ("seed", "radiometry", "field_changed_share", "events", "listed", "landuse_polygons", "seconds")}))
main()
