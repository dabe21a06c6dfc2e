#!/usr/bin/env python3
"""Synthetic county with a list of claimed patches.  claims_b.py SEED RADIOMETRY OUT [--gsd 2.0] [--size 1500]"""
import argparse, os, datetime as dt, math
import numpy as np
import geopandas as gpd, rasterio, pandas as pd
from rasterio.features import rasterize, shapes
from rasterio.transform import Affine
from scipy import ndimage as ndi
from shapely.geometry import Polygon, LineString, box, shape
from shapely import affinity

ap = argparse.ArgumentParser()
ap.add_argument('seed', type=int); ap.add_argument('radiometry', type=int); ap.add_argument('out')
ap.add_argument('--gsd', type=float, default=2.0); ap.add_argument('--size', type=int, default=1500)
A = ap.parse_args()
os.makedirs(A.out, exist_ok=True)
R = np.random.default_rng([A.seed, A.radiometry, 77])
SS = 2 if A.gsd >= 1.5 else 1
f = A.gsd / SS; N = A.size * SS; L = A.size * A.gsd
F4 = np.float32
def U_(a, b): return float(R.uniform(a, b))
def pick(xs, p=None): return xs[int(R.choice(len(xs), p=p))]

# ---------------------------------------------------------------- dates, sun, landscape
LAND = ['plain', 'hills', 'periurban'][int(np.random.default_rng([A.seed, 5]).permutation(3)[0])] if A.seed > 6 else \
       ['plain', 'hills', 'periurban'][[0, 0, 1, 2, 1, 0, 2][A.seed]]
y0 = int(R.integers(2018, 2023)); doy0 = int(R.integers(30, 340))
if A.radiometry == 0: gap = 365 * int(R.integers(1, 3)) + int(R.integers(-40, 1))
elif A.radiometry == 1: gap = pick([int(R.integers(122, 150)), 365 + int(R.integers(45, 95)), 365 - int(R.integers(45, 95))])
else: gap = pick([int(R.integers(140, 225)), 365 + int(R.integers(130, 225))])
DATE = [dt.datetime(y0, 1, 1, 3, int(R.integers(0, 59)), int(R.integers(0, 59))) + dt.timedelta(days=doy0)]
DATE.append(DATE[0] + dt.timedelta(days=gap, minutes=int(R.integers(-25, 25))))
DOY = [d.timetuple().tm_yday for d in DATE]
lat = U_(31, 37)
SUN = []
for d in range(2):
    decl = 23.4 * math.sin(2 * math.pi * (DOY[d] - 81) / 365)
    el = min(72, max(26, 90 - lat + decl - U_(3, 9))); SUN.append((math.radians(U_(138, 172)), math.radians(el)))
VIEW = [(U_(0, 2 * math.pi), U_(0.0, 0.33)) for _ in range(2)]     # lean direction, tan(off-nadir)
EPSG = pick([4547, 4548]); X0 = 500000 + int(R.integers(-60000, 60000)); Y0 = 3450000 + int(R.integers(0, 550000))
T = Affine(A.gsd, 0, X0, 0, -A.gsd, Y0); TF = Affine(f, 0, 0, 0, f, 0)   # fine grid in local metres, y down

# ---------------------------------------------------------------- noise fields
def white(n=N): return R.standard_normal((n, n), dtype=F4)
def smooth(s):               # s in metres, unit variance
    k = max(1, int(s / f / 3)); n = N // k + 4
    a = ndi.gaussian_filter(white(n), s / f / k, mode='wrap', truncate=3); a /= a.std()
    if k > 1:
        a = ndi.zoom(a, k, order=1, grid_mode=True, mode='nearest')
    return np.ascontiguousarray(a[:N, :N], dtype=F4)
n1 = [white(), white()]; n15 = [smooth(1.3), smooth(1.3)]; n5 = smooth(5); n5b = smooth(5); n20 = smooth(18); n60 = smooth(60); n300 = smooth(260)
yy, xx = np.mgrid[0:N, 0:N].astype(F4) * F4(f) + F4(f / 2)

# ---------------------------------------------------------------- materials (B G R N)
def county(s, a=.12): s = np.array(s); return s * R.normal(1, a) * R.normal(1, .05, 4)
SOILBASE = county(pick([(.085, .115, .155, .225), (.06, .085, .12, .19), (.05, .08, .15, .24), (.10, .14, .19, .27)]))
M = dict(soil=SOILBASE, straw=county((.105, .15, .205, .31)), green=county((.032, .066, .040, .41), .08), wood=county((.026, .047, .031, .31), .1),
         twig=county((.06, .075, .09, .17)), concrete=county((.20, .235, .262, .30)), oldconc=county((.135, .158, .176, .215)), asphalt=county((.075, .083, .092, .115)),
         gravel=county((.15, .172, .192, .24)), brick=county((.085, .105, .165, .24)), pvp=county((.055, .052, .050, .075)), water=county((.05, .062, .048, .022), .2),
         film=county((.24, .262, .275, .36)), white=county((.46, .49, .50, .52), .06), glass=county((.14, .155, .155, .23)), net=county((.05, .10, .07, .14)),
         gpaint=county((.045, .115, .065, .16)))
ROOF = dict(greytile=(.085, .097, .108, .14), redtile=(.07, .088, .17, .26), blue=(.21, .165, .10, .19), whitesteel=(.42, .45, .455, .46), flat=(.165, .19, .21, .25),
            bitumen=(.055, .058, .062, .075), redsteel=(.075, .068, .22, .33), greysteel=(.24, .255, .26, .27), rust=(.08, .10, .155, .235), asbestos=(.18, .19, .20, .22), green=(.06, .13, .09, .21))
ROOF = {k: county(v, .1) for k, v in ROOF.items()}
def var(s, a=.1, c=.04): return np.clip(np.asarray(s) * R.normal(1, a) * R.normal(1, c, 4), .012, .75)
def soil(): return var(M['soil'] * U_(.75, 1.25), .08)

# ---------------------------------------------------------------- fields
nreg = 1 if LAND == 'hills' else int(R.integers(2, 5))
dem = None
wx = xx + 8 * n60 + 25 * n300 * (1.0 if LAND == 'hills' else .3); wy = yy + 25 * n300[::-1].T * (1.0 if LAND == 'hills' else .3)
seeds = R.uniform(0, L, (nreg, 2)); theta = R.uniform(-.6, .6, nreg)
if nreg > 1:
    dd = np.stack([(wx - s[0]) ** 2 + (wy - s[1]) ** 2 for s in seeds]); reg = dd.argmin(0).astype(np.int32); del dd
else: reg = np.zeros((N, N), np.int32)
ct, st = np.cos(theta).astype(F4), np.sin(theta).astype(F4)
sx = xx + 2.0 * n60; sy = yy + 2.0 * n60[::-1].T
u = sx * ct[reg] + sy * st[reg]; v = -sx * st[reg] + sy * ct[reg]
def bounds(lo, hi): 
    c = [-1.2 * L]
    while c[-1] < 2.2 * L: c.append(c[-1] + U_(lo, hi))
    return np.array(c, F4)
if LAND == 'hills':
    dem = 28 * smooth(170) + 45 * n300 + 6 * smooth(60)
    cu = bounds(50, 150); bi = np.searchsorted(cu, u + 20 * n60).astype(np.int32)
    k = np.floor((dem - dem.min()) / 2.6).astype(np.int32)
    label = (k % 512) * 128 + bi % 128; NLAB = 512 * 128
    fr = (dem - dem.min()) / 2.6 - k; edge = fr < .12
    hard_slope = n300 + .5 * n60 + .25 * n20
    woodmask = (hard_slope > .55)
    roadline = np.zeros((N, N), F4); blk = label // 1
    gy, gx = np.gradient(ndi.gaussian_filter(dem, 12 / f), f)
else:
    cu = bounds(90, 260); cv = bounds(90, 300)
    bi = np.searchsorted(cu, u).astype(np.int32); bj = np.searchsorted(cv, v).astype(np.int32)
    blk = (reg * 64 + bi % 64) * 64 + bj % 64; nb = 8 * 64 * 64
    bdir = R.random(nb) < .5; bw = R.choice([9, 12, 16, 22, 30, 45, 70], nb).astype(F4) * R.uniform(.85, 1.15, nb).astype(F4)
    du = u - cu[bi - 1]; dv = v - cv[bj - 1]
    t = np.where(bdir[blk], du, dv) / bw[blk]; si = np.minimum(t.astype(np.int32), 31)
    label = blk * 32 + si; NLAB = nb * 32
    edge = (np.abs(t - np.round(t)) * bw[blk] < .5)
    rw_u = R.choice([0, 0, 3, 3.5, 4.5, 6.5], len(cu)).astype(F4); rw_v = R.choice([0, 0, 3, 3.5, 4.5, 6.5], len(cv)).astype(F4)
    roadline = np.maximum((du < rw_u[bi - 1]) * 1, (dv < rw_v[bj - 1]) * 1).astype(F4)
    paved_u = R.random(len(cu)) < .55; paved_v = R.random(len(cv)) < .55
    roadpaved = ((du < rw_u[bi - 1]) & paved_u[bi - 1]) | ((dv < rw_v[bj - 1]) & paved_v[bj - 1])
    woodmask = (n300 + .3 * n20 > 2.1)
del wx, wy, sx, sy
CROPS = ['wm', 'maize', 'rice', 'rape', 'peanut', 'veg', 'fallow', 'grass', 'orchard', 'wood', 'pond']
mix = np.array(dict(plain=[6, 3, 1, .5, 1, 1, .5, .3, .8, .4, .15], hills=[1, 3, .3, 1.2, 2, .6, 2, 1.5, 3, 1.2, .05], periurban=[2.5, 2, .4, .4, .7, 2.5, 1.6, 1, 1, .6, .25])[LAND])
mix = mix * R.uniform(.4, 1.7, len(mix)); mix /= mix.sum()
nblk = NLAB if LAND == 'hills' else nb
bc = R.choice(len(CROPS), nblk, p=mix); crop = np.repeat(bc, NLAB // nblk)
sw = R.random(NLAB) < (.5 if LAND != 'plain' else .3); m2 = mix.copy(); m2[9:] *= .2; m2 /= m2.sum()
crop = np.where(sw, R.choice(len(CROPS), NLAB, p=m2), crop)
CUR = dict(wm=[(1, .25), (60, .3), (90, .65), (120, .9), (145, .7), (158, .12), (165, 0), (190, .15), (215, .8), (250, .85), (270, .4), (285, 0), (310, .1), (340, .25), (366, .25)],
           maize=[(1, 0), (120, 0), (150, .15), (190, .8), (240, .85), (265, .4), (280, .05), (300, 0), (366, 0)], rice=[(1, 0), (140, 0), (165, .15), (200, .8), (250, .85), (280, .45), (295, .05), (366, 0)],
           rape=[(1, .45), (60, .6), (90, .85), (130, .5), (150, 0), (200, .6), (260, .7), (290, 0), (310, .2), (366, .45)], peanut=[(1, 0), (130, 0), (170, .4), (220, .85), (255, .5), (270, 0), (366, 0)],
           veg=[(1, .3), (366, .3)], fallow=[(1, .1), (90, .2), (180, .55), (240, .5), (300, .2), (366, .1)], grass=[(1, .12), (90, .3), (180, .8), (250, .7), (300, .3), (366, .12)],
           orchard=[(1, .15), (80, .25), (120, .6), (200, .8), (280, .6), (320, .2), (366, .15)], wood=[(1, .25), (80, .3), (120, .8), (270, .85), (310, .4), (366, .25)], pond=[(1, 0), (366, 0)])
def gcur(c, doy): p = CUR[c]; return float(np.interp(doy, [q[0] for q in p], [q[1] for q in p]))
used = np.unique(label[::2, ::2]); lut = np.zeros(NLAB, np.int32); lut[used] = np.arange(1, len(used) + 1)
lab = lut[label]; del label; crop = np.r_[0, crop[used]]; NL = len(crop)   # compact labels
shiftd = R.normal(0, 6, NL); fsoil = M['soil'] * R.normal(1, .08, (NL, 1)) * R.normal(1, .03, (NL, 4)) * R.choice([.8, .9, 1, 1.1], (NL, 1))
evergreen = R.random(NL) < .3
TAB = []
for d in range(2):
    g = np.zeros(NL); s = np.zeros(NL); wet = np.zeros(NL)
    for i, c in enumerate(CROPS):
        m = crop == i; p = CUR[c]
        g[m] = np.interp((DOY[d] + shiftd[m]) % 366, [q[0] for q in p], [q[1] for q in p])
    g *= R.uniform(.75, 1.1, NL)
    vg = crop == 5; g[vg] = R.choice([0, .1, .3, .6, .85], vg.sum()) * R.uniform(.8, 1.1, vg.sum())
    ev = (crop >= 8) & (crop <= 9) & evergreen; g[ev] = np.maximum(g[ev], .6)
    s = np.where((g < .5) & (crop <= 4), R.choice([0, 0, .25, .6, .85], NL), 0.); s = np.where(np.isin(crop, [6, 7]), .7, s); s = np.where(np.isin(crop, [8, 9]), .35, s)
    if 150 < DOY[d] < 166: s[crop == 0] = .85
    rice = (crop == 2) & (138 < DOY[d] < 172); moist = R.choice([.8, 1, 1, 1.05], NL)
    bg = (fsoil * moist[:, None]) * (1 - s[:, None]) + M['straw'] * R.normal(1, .07, (NL, 1)) * s[:, None]
    bg[rice] = bg[rice] * .3 + M['water'] * .7
    bg[np.isin(crop, [9])] = M['twig'] * .8
    gr = M['green'] * R.normal(1, .06, (NL, 1)) * R.normal(1, .05, (NL, 4)); w = (crop == 9) | (crop == 8); gr[w] = M['wood'] * R.normal(1, .1, (w.sum(), 1))
    if 75 < DOY[d] < 105: gr[crop == 3] = gr[crop == 3] * .5 + np.array([.05, .15, .15, .40]) * .5
    bg[crop == 10] = M['water'] * R.uniform(.7, 1.6, ((crop == 10).sum(), 1)); g[crop == 10] = 0
    cl = np.where(g >= .45, 13, np.where(g >= .15, 2, np.where(s > .35, 2, 3)))
    cl = np.where(np.isin(crop, [7, 8, 9]), 14, cl); cl = np.where(crop == 6, np.where(g > .3, 1, 2), cl); cl = np.where(crop == 10, 4, cl); cl[rice & (g < .3)] = 4
    TAB.append(dict(g=g, bg=bg, gr=gr, cl=cl, amp=R.uniform(.04, .22, NL), rowa=R.uniform(0, .12, NL), per=R.uniform(2.5, 9, NL)))

# ---------------------------------------------------------------- patch stories
STORIES = [  # claim, trick, weight, verdict, state, innocent, also_ok
 ('demolished','honest_bare',7,'consistent','bare',1,''),('demolished','honest_rubble',5,'consistent','rubble',1,''),('demolished','honest_field',4,'consistent','restored',1,''),
 ('demolished','honest_grass',3,'consistent','restored',1,''),('demolished','slab_full',4,'false_demolition','standing',0,'partial_demolition'),('demolished','slab_part',4,'partial_demolition','partly_standing',0,''),
 ('demolished','unchanged',6,'false_demolition','standing',0,''),('demolished','painted',3,'false_demolition','disguised',0,''),('demolished','netted',3,'false_demolition','disguised',0,'cannot_judge'),
 ('demolished','tarpaulin',3,'false_demolition','disguised',0,'cannot_judge'),('demolished','partial',5,'partial_demolition','partly_standing',0,''),('demolished','nothing_before',3,'cannot_judge','unknown',1,''),
 ('demolished','date',2,'cannot_judge','unknown',1,''),('demolished','cloud_honest',2,'cannot_judge','unknown',1,''),('demolished','cloud_false',2,'cannot_judge','unknown',0,''),
 ('restored','crop',10,'consistent','restored',1,''),('restored','grass',4,'consistent','restored',1,''),('restored','young_orchard',2,'consistent','restored',1,''),('restored','stubble',1,'consistent','restored',1,'cannot_judge'),
 ('restored','left_bare',4,'demolished_not_restored','bare',0,''),('restored','left_rubble',4,'demolished_not_restored','rubble',0,''),
 ('restored','soil_on_floor',4,'demolished_not_restored','bare',0,'false_demolition,partial_demolition'),('restored','straw_on_floor',3,'demolished_not_restored','bare',0,'false_demolition,partial_demolition'),
 ('restored','token_crops',4,'demolished_not_restored','bare',0,''),('restored','unchanged',4,'false_demolition','standing',0,''),('restored','painted',2,'false_demolition','disguised',0,''),
 ('restored','netted',2,'false_demolition','disguised',0,'cannot_judge'),('restored','partial',3,'partial_demolition','partly_standing',0,''),('restored','slab_full',2,'false_demolition','standing',0,'partial_demolition'),
 ('restored','green_ground_paint',1.4,'false_demolition','disguised',0,'partial_demolition,demolished_not_restored,cannot_judge'),
 ('restored','nothing_before',2,'cannot_judge','unknown',1,''),('restored','date',1.5,'cannot_judge','unknown',1,''),('restored','cloud_honest',2,'cannot_judge','unknown',1,''),
 ('illegal','new_building',5,'consistent','standing',1,''),('illegal','new_earthwork',3,'consistent','bare',1,''),('illegal','new_pv',2,'consistent','standing',1,''),('illegal','new_yard',2,'consistent','standing',1,''),
 ('illegal','new_greenhouse',2,'consistent','standing',1,''),('illegal','excavation',2,'consistent','bare',1,''),('illegal','nothing',3,'no_visible_change','none',1,''),
 ('legal','covered',5,'consistent','standing',1,''),('legal','half_covered',4,'concealed','standing',0,''),('other','solar_shed',2,'consistent','standing',1,''),('other','new_building',2,'consistent','standing',1,''),
 ('other','nothing',2,'no_visible_change','none',1,''),('none','new_building',2,'consistent','standing',1,''),('none','nothing',1.4,'no_visible_change','none',1,''),('confiscated','standing',4,'consistent','standing',1,''),
 ('facility_agriculture','film_rows',4,'consistent','standing',1,''),('facility_agriculture','glass',2,'consistent','standing',1,''),('facility_agriculture','tunnels',3,'consistent','standing',1,''),
 ('facility_agriculture','pig_barn',3,'concealed','standing',0,''),('facility_agriculture','factory',2,'concealed','standing',0,''),('facility_agriculture','hard_floor',3,'concealed','standing',0,''),
 ('temporary_use','hard_yard',3,'consistent','standing',1,''),('temporary_use','gravel',2,'consistent','standing',1,''),('temporary_use','earthwork',2,'consistent','bare',1,''),
 ('temporary_use','building',4,'concealed','standing',0,''),('temporary_use','expired',3,'concealed','standing',0,''),('rural_road','narrow',5,'consistent','standing',1,''),('rural_road','wide',4,'concealed','standing',0,''),
 ('no_change','field',6,'consistent','none',1,''),('no_change','crop_change',5,'consistent','none',1,''),('no_change','building_unchanged',4,'consistent','standing',1,''),
 ('no_change','new_building',3,'concealed','standing',0,''),('no_change','new_earthwork',3,'concealed','bare',0,'')]
TERM = dict(illegal=['违法用地', '违法'], legal=['合法用地', '合法'], demolished=['已拆除', '拆除到位'], restored=['拆除复耕', '复耕复绿'], confiscated=['没收'], facility_agriculture=['设施农用地', '设施农业用地'],
            temporary_use=['临时用地'], rural_road=['农村道路'], no_change=['实地未变化', '伪变化', '伪图斑'], other=['其他'], none=[''])
todo = []
sc = 152 / sum(s[2] for s in STORIES)
for s in STORIES: todo += [s] * max(1, int(s[2] * sc + R.random()))
order = R.permutation(len(todo))

occ_f = 4.0; no = int(L / occ_f) + 1; occ = np.zeros((no, no), bool)      # reserved ground
TO = Affine(occ_f, 0, 0, 0, occ_f, 0)
def idx(x, y): return min(N - 1, max(0, int(y / f))), min(N - 1, max(0, int(x / f)))
def reserve(poly, m):
    r = rasterize([poly.buffer(m)], (no, no), transform=TO, all_touched=True, dtype='uint8').astype(bool); return r
if LAND != 'hills':
    rl = roadline > 0; k = max(1, int(occ_f / f)); ro = np.zeros_like(occ); ys = (np.arange(no) * occ_f / f + occ_f / 2 / f).astype(int).clip(0, N - 1)
    ro = ndi.maximum_filter(rl, size=int(round(occ_f / f)))[np.ix_(ys, ys)]
else:
    ys = (np.arange(no) * occ_f / f + occ_f / 2 / f).astype(int).clip(0, N - 1); ro = np.zeros_like(occ)
pondo = (crop[lab[np.ix_(ys, ys)]] == 10)
def angle_at(x, y):
    r, c = idx(x, y)
    if LAND == 'hills': return math.atan2(gx[r, c], -gy[r, c] + 1e-6) + R.normal(0, .06)
    return theta[reg[r, c]] + pick([0, math.pi / 2]) + R.normal(0, .025)
VILL = []
for _ in range({'plain': 5, 'hills': 5, 'periurban': 8}[LAND] if L > 2500 else {'plain': 3, 'hills': 3, 'periurban': 4}[LAND]):
    VILL.append((U_(.06, .94) * L, U_(.06, .94) * L, U_(70, 200), U_(-.25, .25)))
MAIN = []
for _ in range(2 if LAND != 'periurban' else 4):
    t0 = U_(0, math.pi); c0 = (U_(.25, .75) * L, U_(.25, .75) * L); s_ = np.linspace(-1.5 * L, 1.5 * L, 60); am = U_(10, 90); ph_ = U_(0, 6)
    pts = [(c0[0] + q * math.cos(t0) - am * math.sin(q / 350 + ph_) * math.sin(t0), c0[1] + q * math.sin(t0) + am * math.sin(q / 350 + ph_) * math.cos(t0)) for q in s_]
    pts = [p for p in pts if -100 < p[0] < L + 100 and -100 < p[1] < L + 100]; wd = U_(6, 13); asp = var(pick([M['asphalt'], M['oldconc']]), .1)
    MAIN.append((pts, wd, asp, t0))
rm = rasterize([LineString(m_[0]).buffer(m_[1] / 2 + 3) for m_ in MAIN if len(m_[0]) > 1], (no, no), transform=TO, all_touched=True, dtype='uint8').astype(bool)
ro |= rm
class Site: pass
sites = []
def local(S, x, y):  # site axes
    dx, dy = x - S.cx, y - S.cy
    uu = dx * math.cos(S.a) + dy * math.sin(S.a); vv = -dx * math.sin(S.a) + dy * math.cos(S.a)
    return uu + S.k * vv, vv
def world(S, uu, vv):
    uu = uu - S.k * vv
    return S.cx + uu * math.cos(S.a) - vv * math.sin(S.a), S.cy + uu * math.sin(S.a) + vv * math.cos(S.a)
def outline(S):
    w, h = S.w / 2, S.h / 2
    p = [(-w, -h), (w, -h), (w, h), (-w, h)]
    if S.Lcut: p = [(-w, -h), (w, -h), (w, .2 * S.h), (.2 * S.w, .2 * S.h), (.2 * S.w, h), (-w, h)]
    return Polygon([world(S, *q) for q in p])
def place(story):
    claim, trick = story[:2]
    for tr in range(400):
        S = Site(); S.story = story; S.claim, S.trick, _, S.verdict, S.state, S.innocent, S.also = story
        area = float(np.clip(np.exp(R.normal(math.log(1500), .8)), 320, 19500))
        if claim in ('facility_agriculture',) or trick in ('new_greenhouse', 'new_pv', 'solar_shed'): area = max(area, U_(1100, 2200))
        if trick == 'excavation': area = max(area, 900)
        if tr > 150: area = min(area, U_(320, 1500))
        asp = U_(1, 2.6); S.w = math.sqrt(area * asp); S.h = area / S.w
        if claim == 'rural_road': S.w = U_(70, 260); S.h = U_(3.5, 6) if trick == 'narrow' else U_(10.5, 14)
        mar = max(S.w, S.h) / 2 + 15
        if L - 2 * mar < 100: continue
        if VILL and R.random() < .3 and claim != 'rural_road':
            V = pick(VILL); t = U_(0, 6.3); q = U_(.75, 1.5) * V[2]; S.cx, S.cy = V[0] + q * math.cos(t), V[1] + q * math.sin(t)
        else: S.cx, S.cy = U_(mar, L - mar), U_(mar, L - mar)
        if not (mar < S.cx < L - mar and mar < S.cy < L - mar): continue
        S.a = angle_at(S.cx, S.cy); S.k = pick([0, 0, U_(-.12, .12)]); S.Lcut = claim != 'rural_road' and R.random() < .15 and area > 900
        if claim == 'rural_road': S.Lcut = False; S.k = 0; S.bend = U_(-8, 8)
        S.poly = outline(S)
        if claim == 'rural_road':
            xs = np.linspace(-S.w / 2, S.w / 2, 9); S.line = LineString([world(S, x, S.bend * math.sin(3.1 * x / S.w)) for x in xs]); S.poly = S.line.buffer(S.h / 2, cap_style=2)
        need = occ | pondo | (ro if claim != 'rural_road' else rm)
        r = reserve(S.poly, 5)
        if (r & need).any(): continue
        rr, cc = idx(S.cx, S.cy)
        if trick != 'field' and (woodmask[rr, cc] or any(woodmask[idx(*world(S, i_ * S.w / 2, j_ * S.h / 2))] for i_ in (-1, 1) for j_ in (-1, 1))):
            if R.random() > .06 or trick in ('crop_change', 'nothing', 'nothing_before', 'crop', 'honest_field', 'stubble', 'cloud_honest'): continue
        occ[r] = True; S.res = r; S.area = S.poly.area; return S
    return None
for i in order:
    S = place(todo[i])
    if S is not None: sites.append(S)

# decisions on underlying fields
def labs_in(S):
    m = rasterize([S.poly], (N // 2, N // 2), transform=Affine(2 * f, 0, 0, 0, 2 * f, 0), dtype='uint8')
    b = S.poly.bounds; r0, r1, c0, c1 = int(b[1] / f), int(b[3] / f) + 1, int(b[0] / f), int(b[2] / f) + 1
    return np.unique(lab[r0:r1, c0:c1])
GREENAT = [max(['wm', 'maize', 'rape', 'peanut'], key=lambda c: gcur(c, DOY[d])) for d in range(2)]
def labs_bbox(S):
    b = S.poly.bounds; return np.unique(lab[max(0, int(b[1] / f)):int(b[3] / f) + 1, max(0, int(b[0] / f)):int(b[2] / f) + 1])
for S in sites:
    if S.trick in ('crop', 'honest_field', 'cloud_honest') and S.claim in ('restored', 'demolished'):
        ids = labs_bbox(S); t = TAB[1]; gg = U_(.55, .9)
        ids = ids[(t['g'][ids] < .5) | (crop[ids] == 9)]; crop[ids] = 5
        t['g'][ids] = gg * R.uniform(.9, 1.1, len(ids)); t['cl'][ids] = 13; t['gr'][ids] = M['green'] * R.normal(1, .06, (len(ids), 1))
        t['bg'][ids] = fsoil[ids]; t0 = TAB[0]; t0['cl'][ids] = np.where(t0['cl'][ids] == 14, 13, t0['cl'][ids])
    if S.trick == 'stubble':
        ids = labs_bbox(S); t = TAB[1]; crop[ids] = 1; t['g'][ids] = U_(.05, .14); t['cl'][ids] = 2; t['bg'][ids] = M['straw'] * .8 + fsoil[ids] * .2
    if S.trick == 'crop_change':
        ids = labs_bbox(S); crop[ids] = 5; hi = U_(.6, .9); seq = pick([(hi, 0), (0, hi), (hi, .2), (.15, hi)])
        for d in range(2):
            t = TAB[d]; t['g'][ids] = seq[d]; t['cl'][ids] = 13 if seq[d] > .45 else (2 if seq[d] >= .15 else 3); t['bg'][ids] = fsoil[ids]; t['gr'][ids] = M['green'] * R.normal(1, .05)
    if S.trick in ('field', 'nothing', 'nothing_before'):
        ids = labs_bbox(S); w = ids[np.isin(crop[ids], [2, 10])]; crop[w] = 1
        for d in range(2): TAB[d]['bg'][w] = fsoil[w]; TAB[d]['cl'][w] = np.where(TAB[d]['g'][w] > .45, 13, np.where(TAB[d]['g'][w] > .15, 2, 3))

# ---------------------------------------------------------------- base render per date
refl = [None, None]; cls = [None, None]; hgt = [None, None]; built = [np.zeros((N, N), bool) for _ in range(2)]
orch = crop[lab] == 8; woodl = (crop[lab] == 9) | woodmask
osp = np.r_[4, R.uniform(3.5, 6, NL - 1)].astype(F4)[lab]
orchdot = (np.cos(2 * np.pi * u / osp) + np.cos(2 * np.pi * v / osp) + .35 * n15[0]) > .35
for d in range(2):
    t = TAB[d]; g = t['g'].astype(F4)[lab]
    row = np.cos(2 * np.pi * np.where(((lab % 2) == 0) if LAND == 'hills' else bdir[blk], u, v) / t['per'].astype(F4)[lab]) * t['rowa'].astype(F4)[lab]
    mod = 1 + t['amp'].astype(F4)[lab] * (.8 * n20 + .4 * n5 + .45 * n15[d]) + row
    gp = np.clip(g * mod, 0, 1)
    cr = .55 * n15[0] + .35 * n15[d] * .4
    gp = np.where(woodl & (crop[lab] != 9), np.clip(gcur('wood', DOY[d]) * (.8 if LAND != 'hills' else 1.), .2, 1) + 0 * gp, gp)
    gp = np.where(orch, np.where(orchdot, np.minimum(1, g * 1.15), g * .25), gp)
    gp = np.where(edge & (g < .3) & ~woodl, np.maximum(gp, .12 + .35 * gcur('grass', DOY[d])), gp).astype(F4)
    bm = 1 + .07 * n5 + .05 * n15[d] + .05 * n20 + .5 * row * (g < .3)
    rf = np.empty((4, N, N), F4)
    for b in range(4):
        bgb = t['bg'][:, b].astype(F4)[lab]; grb = t['gr'][:, b].astype(F4)[lab]
        if woodl.any(): grb = np.where(woodl, F4(M['wood'][b]) * (1 + .12 * n20), grb); bgb = np.where(woodl, F4(M['twig'][b] * .8), bgb)
        rf[b] = bgb * bm * (1 - gp) + grb * gp
    tex = np.where(woodl, np.clip(1 + .33 * cr, .35, 1.8), 1 + .02 * n1[d]).astype(F4); rf *= tex
    cl = t['cl'].astype(np.uint8)[lab]; cl[woodl] = 14
    h = np.where(woodl, np.clip(4 + 2.5 * n15[0], 0, 11), 0).astype(F4); h[orch & orchdot] = 2.5
    wat = cl == 4
    if LAND != 'hills':
        rd = roadline > 0; rp = rd & roadpaved
        for b in range(4):
            rf[b] = np.where(rp, F4(M['oldconc'][b]) * (1 + .06 * n20 + .05 * n5), np.where(rd, F4(M['soil'][b] * 1.12) * (1 + .12 * n5), rf[b]))
        cl[rp] = 15; cl[rd & ~roadpaved] = 3; h[rd] = 0
    refl[d], cls[d], hgt[d] = rf, cl, h
    for b in range(4): np.clip(rf[b], .01, .8, out=rf[b])
del orch, orchdot, osp

# ---------------------------------------------------------------- painting
def window(cx, cy, rad):
    r0, r1 = max(0, int((cy - rad) / f)), min(N, int((cy + rad) / f) + 1); c0, c1 = max(0, int((cx - rad) / f)), min(N, int((cx + rad) / f) + 1)
    return (slice(r0, r1), slice(c0, c1))
def put(d, sl, m, spec, c, bl=None, h=None, amp=.05, nz=None):
    if not m.any(): return
    n = (n5[sl] if nz is None else nz)[m]; fac = np.clip(1 + amp * n, .3, 2)
    for b in range(4): refl[d][b][sl][m] = spec[b] * fac
    if c is not None: cls[d][sl][m] = c
    if bl is not None: built[d][sl][m] = bl
    if h is not None: hgt[d][sl][m] = h
def blend(d, sl, m, spec, w):
    for b in range(4):
        a = refl[d][b][sl]; a[m] = a[m] * (1 - w[m]) + spec[b] * w[m]
def lobj(cx, cy, a):   # simple frame
    S = Site(); S.cx, S.cy, S.a, S.k = cx, cy, a, 0.; return S
def roof(d, S, c, clip=None):
    """one roof with lean, facade and ridge; c in the frame of S"""
    lz = VIEW[d][1] * c['h']; ox, oy = lz * math.cos(VIEW[d][0]), lz * math.sin(VIEW[d][0])
    mx, my = world(S, (c['u0'] + c['u1']) / 2, (c['v0'] + c['v1']) / 2)
    sl = window(mx, my, math.hypot(c['u1'] - c['u0'], c['v1'] - c['v0']) / 2 + lz + 3)
    X, Y = xx[sl], yy[sl]
    if X.size == 0: return
    def at(q):
        a, b_ = local(S, X - q * ox, Y - q * oy); m = (a > c['u0']) & (a < c['u1']) & (b_ > c['v0']) & (b_ < c['v1'])
        if clip is not None: m &= clip(a, b_)
        return m, a, b_
    m0, _, _ = at(0); built[d][sl][m0] = True
    if lz > .3:
        for q in ((0., .5) if lz > f else (0.,)): put(d, sl, at(q)[0], np.array(c['wall']), 5, None, c['h'] * .5, .06)
    m, a, b_ = at(1)
    lin = (a - (c['u0'] + c['u1']) / 2) if c['axis'] else (b_ - (c['v0'] + c['v1']) / 2)
    half = (c['u1'] - c['u0'] if c['axis'] else c['v1'] - c['v0']) / 2
    sa, se = SUN[d]; sux, suy = math.sin(sa), -math.cos(sa)
    nu = (math.cos(S.a), math.sin(S.a)) if c['axis'] else (-math.sin(S.a), math.cos(S.a))
    dot = nu[0] * sux + nu[1] * suy; k = c['pitch'] * dot / math.tan(se)
    if c['span'] > 1: sg = np.sign(np.sin(np.pi * lin / half * c['span']) + 1e-6)
    else: sg = np.sign(lin)
    shade = np.clip(1 + sg * k, .45, 1.6)
    along = b_ if c['axis'] else a
    tex = 1 + .05 * n5[sl] * c['dirt'] + .03 * n1[d][sl] + c['corr'] * np.cos(2 * np.pi * along / c['cper']) + .05 * c['dirt'] * n20[sl]
    sp = np.array(c['spec']) * (c['age'] if d else 1)
    fac = (shade * tex)[m]
    for b in range(4): refl[d][b][sl][m] = sp[b] * fac
    if c['sky']:
        sk = m & (np.abs(((along / c['sky']) % 1) - .5) < .08) & (np.abs(lin) > half * .15) & (np.abs(lin) < half * .8)
        put(d, sl, sk, np.array([.3, .34, .35, .36]), 5, amp=.05)
    if c['units']:
        hsh = (np.floor(a / 2.2) * 12.9898 + np.floor(b_ / 2.2) * 78.233 + c['u0']); hh = np.abs(np.sin(hsh) * 43758.5453) % 1
        put(d, sl, m & (hh > .95), sp * c['unitc'], 5, amp=.1)
    cls[d][sl][m] = c.get('cls', 5); hgt[d][sl][m] = c['h']
def mkroof(u0, u1, v0, v1, kind, big=False):
    steel = kind in ('blue', 'whitesteel', 'redsteel', 'greysteel', 'green', 'asbestos', 'rust')
    pit = U_(.1, .22) if steel else (U_(.3, .55) if 'tile' in kind else 0.)
    w, h = u1 - u0, v1 - v0
    return dict(u0=u0, u1=u1, v0=v0, v1=v1, kind=kind, h=U_(5.5, 10) if big else U_(3, 7.5), spec=var(ROOF[kind], .14, .05), wall=var((.16, .18, .2, .23), .2), axis=w < h, pitch=pit,
                span=int(min(w, h) // 14) + 1 if big else 1, dirt=U_(.5, 1.8), corr=U_(0, .05) if steel else 0, cper=U_(2.2, 6), age=U_(.86, 1.05), sky=U_(6, 12) if steel and big and R.random() < .5 else 0,
                units=(not steel and pit == 0) or R.random() < .12, unitc=U_(.5, 1.7))
def rk(big): return pick(['blue', 'whitesteel', 'greysteel', 'redsteel', 'asbestos', 'flat', 'rust', 'green'], [.32, .12, .16, .12, .1, .1, .05, .03]) if big else pick(['greytile', 'redtile', 'flat', 'blue', 'asbestos', 'bitumen', 'redsteel', 'rust'], [.26, .24, .2, .12, .06, .04, .04, .04])
def inshape(S, a, b, m=0.):
    r = (np.abs(a) < S.w / 2 - m) & (np.abs(b) < S.h / 2 - m)
    if S.Lcut: r &= ~((a > .2 * S.w - m) & (b > .2 * S.h - m))
    return r
def swin(S, extra=10):
    sl = window(S.cx, S.cy, math.hypot(S.w, S.h) / 2 + extra); a, b = local(S, xx[sl], yy[sl]); return sl, a, b
def ragged(S, sl, a, b, out=0., amp=.7): return inshape(S, a + amp * n5[sl], b + amp * n5b[sl], -out)

def g_bare(d, S, m, sl, a, b, tone=None, c=3, fresh=False):
    sp = soil() if tone is None else tone
    ang = U_(0, 3.1); per = U_(2, 6); tr = np.cos(2 * np.pi * (xx[sl] * math.cos(ang) + yy[sl] * math.sin(ang) + 2 * n20[sl]) / per)
    nz = .8 * n5[sl] + .6 * n15[d][sl] + .5 * n20[sl] + U_(0, .7) * tr
    put(d, sl, m, sp, c, False, 0, U_(.07, .15) * (1.5 if fresh else 1), nz)
    if fresh:
        p = m & (n5b[sl] > .9); hgt[d][sl][p] = 1.0
    w = np.clip((n5b[sl] - 1.1) * .5, 0, .7) * gcur('grass', DOY[d]) * U_(0, 1.); blend(d, sl, m, M['green'], w)
def g_rubble(d, S, m, sl, a, b):
    sp = var(M['brick'] * .45 + M['oldconc'] * .4 + M['soil'] * .15, .12); nz = n1[d][sl] * .5 + n15[d][sl] * .9 + .7 * n5[sl]
    put(d, sl, m, sp, 11, False, 0, .24, nz)
    mm = m & (n15[d][sl] * .7 + n5b[sl] > 1.3); put(d, sl, mm, var(M['concrete'], .1), 11, False, 1.2, .15, n1[d][sl])
    mm = m & (n5b[sl] + .4 * n15[d][sl] < -1.1); put(d, sl, mm, var(M['brick'], .1), 11, False, .8, .2, n1[d][sl])
    hgt[d][sl][m & (n15[d][sl] + n5[sl] > 1.6)] = 1.5
def g_hard(d, S, m, sl, a, b, spec=None, c=6, stain=1.):
    spec = var(pick([M['concrete'], M['oldconc'], M['oldconc'] * .6 + M['concrete'] * .4]), .1) if spec is None else spec
    pn = U_(4, 7); pa, pb = np.floor(a / pn), np.floor(b / pn); hh = np.abs(np.sin(pa * 12.9898 + pb * 78.233 + spec[0] * 99) * 43758.5453) % 1 - .5
    put(d, sl, m, spec, c, True, 0, 1., np.clip(.1 * hh + .05 * n20[sl] + .05 * n5[sl] * stain + .02 * n1[d][sl], -.6, .6))
    s_ = np.clip(-(n5b[sl] * .8 + .5 * n20[sl]) - 1.0, 0, 1) * .45 * stain; blend(d, sl, m, spec * .35, s_)
def g_grass(d, S, m, sl, a, b, g=None):
    g = float(np.clip(gcur('grass', DOY[d]) * U_(.9, 1.2), .42, .9)) if g is None else g
    sp0 = var(M['straw'] * .5 + M['soil'] * .5, .1); put(d, sl, m, sp0, 14, False, 0, .08)
    blend(d, sl, m, var(M['green'], .08), np.clip(g * (1 + .25 * n5[sl] + .2 * n15[d][sl] + .15 * n20[sl]), 0, 1))
def goods(d, S, n, sd):
    r = np.random.default_rng(sd)
    for _ in range(n):
        w, h = (r.uniform(1.8, 2.1), r.uniform(4.2, 5)) if r.random() < .5 else r.uniform(2, 6, 2)
        cu_, cv_ = r.uniform(-S.w / 2 + 3, S.w / 2 - 3), r.uniform(-S.h / 2 + 3, S.h / 2 - 3); x, y = world(S, cu_, cv_)
        sp = np.array(r.choice([.05, .12, .3, .5])) * r.uniform(.6, 1.5, 4); ang = pick([0., 1.57]) * 0 + r.choice([0, 1.57])
        sl = window(x, y, 6); a, b = local(S, xx[sl], yy[sl]); a, b = a - cu_, b - cv_
        m = (np.abs(a) < w / 2) & (np.abs(b) < h / 2) & (cls[d][sl] == 6); put(d, sl, m, np.clip(sp, .03, .6), None, None, r.uniform(1.2, 2.6), .05)
def compound(S):
    """what stands on a built site"""
    w, h = S.w, S.h; t = pick(['factory', 'fullroof', 'farm', 'yard', 'glass'], [.34, .26, .2, .12, .08]) if S.area > 700 else pick(['fullroof', 'farm', 'factory'], [.5, .35, .15])
    S.comps = []; S.floor = pick([M['concrete'], M['oldconc']]); S.floor = var(S.floor, .1); S.gh = None
    S.base = 'hard' if R.random() < .8 or t == 'yard' else 'soil'
    if t == 'fullroof': m = U_(.5, 2.2); S.comps.append(mkroof(-w / 2 + m, w / 2 - m, -h / 2 + m, h / 2 - m, rk(S.area > 500), S.area > 500))
    elif t == 'factory':
        n = max(1, int(h / U_(16, 26))); k = rk(True); st_ = h / n
        for i in range(n):
            g = U_(1.5, 5) if n > 1 else 1.5; e = U_(1, .25 * w) if R.random() < .5 else 1.2
            S.comps.append(mkroof(-w / 2 + 1.2, w / 2 - e, -h / 2 + i * st_ + g / 2, -h / 2 + (i + 1) * st_ - g / 2, k if R.random() < .7 else rk(True), True))
    elif t == 'farm':
        m = 1.0; d_ = min(h * .55, U_(7, 11)); S.comps.append(mkroof(-w / 2 + m, w / 2 - m, -h / 2 + m, -h / 2 + m + d_, rk(False)))
        if h > 18: S.comps.append(mkroof(-w / 2 + m, -w / 2 + m + min(6, w / 3), -h / 2 + m + d_ + .5, h / 2 - m, rk(False)))
        if h > 26: S.comps.append(mkroof(-w / 6, w / 2 - m, h / 2 - 8, h / 2 - m, rk(False)))
        S.base = 'hard'
    elif t == 'yard': S.comps.append(mkroof(-w / 2 + 1, -w / 2 + 1 + w * U_(.2, .35), -h / 2 + 1, h / 2 - 1 - h * U_(0, .4), rk(True), S.area > 600))
    else: S.gh = greenspec('glass')
    S.type = t; S.seed = int(R.integers(1 << 30)); S.ngoods = 0 if S.base != 'hard' else int(R.integers(0, 2 + int(S.area / 180)))
def draw_compound(d, S, cut=None, only_floor=False, spec=None, sh=None):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 0, .25)
    if cut is not None: m &= cut(a, b)
    if S.gh is not None and not only_floor: greenhouse(d, S, S.gh, cut); return
    if S.base == 'hard' or only_floor: g_hard(d, S, m, sl, a, b, S.floor * (U_(.85, 1.08) if d else 1))
    else: g_bare(d, S, m, sl, a, b)
    if only_floor: return
    for c in S.comps:
        roof(d, S, c, lambda p, q: inshape(S, p, q) & (True if cut is None else cut(p, q)))
    if S.ngoods: goods(d, S, S.ngoods if not d else int(S.ngoods * U_(.4, 1.4)), S.seed + d * int(R.random() < .6))
def greenspec(t):
    return dict(t=t, pitch=U_(8, 11) if t != 'tunnels' else U_(2.6, 4.2), gap=U_(.8, 3.5) if t == 'rows' else (U_(.7, 1.2) if t == 'tunnels' else .5), spec=var(M['glass'] if t == 'glass' else M['film'], .12), ww=R.random() < .22,
                off=U_(0, .14), seed=int(R.integers(1 << 30)), wall=R.random() < .5, g=U_(0, .8))
def greenhouse(d, S, G, cut=None, pvs=False):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 0, .15)
    if cut is not None: m &= cut(a, b)
    r = np.random.default_rng(G['seed'])
    if G['t'] == 'tunnels': g_bare(d, S, m, sl, a, b)
    else: g_grass(d, S, m, sl, a, b, .3 * gcur('grass', DOY[d]) + .08); cls[d][sl][m] = 2
    n = int(S.h / G['pitch']) + 2; q = (b + S.h / 2) / G['pitch']; k = np.floor(q).astype(int).clip(0, n); fr = (q - k) * G['pitch']
    gap = G['gap'] if G['t'] != 'glass' else .0
    on = m & (fr > gap / 2) & (fr < G['pitch'] - gap / 2) & (np.abs(a) < S.w / 2 - (1.2 if G['t'] != 'tunnels' else .5))
    if G['t'] != 'glass': mid = (np.abs(a - .1 * S.w) < 1.4) & (S.w > 90); on &= ~mid
    state = r.random(n + 1); br = r.normal(1, .09, n + 1); ww = (r.random(n + 1) < (.7 if G['ww'] else .05)); gin = r.uniform(.0, .55, n + 1)
    arch = 1 + .13 * np.cos(2 * np.pi * fr / G['pitch']) * (-1) + .1 * np.sin(2 * np.pi * fr / G['pitch']) * (1 if d else .7)
    off = (state < G['off'])[k] & (G['t'] == 'rows')
    under = M['green'] * G['g'] + M['soil'] * (1 - G['g'])
    for bb in range(4):
        tr = gin * .6; sp = np.where(ww, M['white'][bb], G['spec'][bb] * (1 - tr) + under[bb] * tr) * br
        val = sp[k] * arch * (1 + .03 * n15[d][sl] + .04 * n5[sl])
        val = np.where(off, under[bb] * (1 + .1 * n15[d][sl]), val); R_ = refl[d][bb][sl]; R_[on] = val[on]
    if G['t'] == 'glass':
        ln = on & ((np.abs((fr / 4.) % 1 - .5) < .09)); put(d, sl, ln, G['spec'] * .65, None, amp=.05)
        gl = on & (n5b[sl] > 2.1); put(d, sl, gl, np.array([.5, .5, .5, .5]), None, amp=.1)
    cls[d][sl][on] = 7; cls[d][sl][on & off] = 255; built[d][sl][on] = True; hgt[d][sl][on] = 0 if G['t'] == 'tunnels' else 2.8
    if G['t'] == 'rows' and G['wall']:
        wl = on & (fr < gap / 2 + 1.1); put(d, sl, wl, var((.13, .15, .18, .22), .1), 7, True, 3.4, .05)
    if pvs:
        ps = on & (((a + S.w / 2) % 5.0) < 2.6) & (fr > gap / 2 + 1) & (fr < G['pitch'] * .6); put(d, sl, ps, M['pvp'], 8, True, 3.2, .05)
def pv(d, S):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 0, .2); g_grass(d, S, m, sl, a, b, .55 * gcur('grass', DOY[d]) + .1); cls[d][sl][m] = 2
    A_ = local(S, S.cx + 10, S.cy)
    per = U_(5.5, 7.5); wd = U_(3.3, 4.2)  # rows run east-west
    p = m & ((yy[sl] % per) < wd) & inshape(S, a, b, 1.5) & ((xx[sl] % 40) > 1.5)
    put(d, sl, p, var(M['pvp'], .1), 8, False, 1.8, .06); cls[d][sl][m & inshape(S, a, b, 1.5)] = 8   # the array with its aisles
def earthwork(d, S):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 1, 1.5); g_bare(d, S, m, sl, a, b, var(M['soil'] * (U_(1.25, 1.65) if R.random() < .7 else U_(.6, .78)), .05), 9, True)
    sa, se = SUN[d]; z = ndi.gaussian_filter(1.6 * n20[sl] + 1.1 * n5[sl] + .9 * np.maximum(n5b[sl] - .5, 0), 1.2 / f); gy_, gx_ = np.gradient(z, f)
    shd = np.clip(1 + .8 * (-gx_ * math.sin(sa) + gy_ * math.cos(sa)) / math.tan(se), .5, 1.45)      # heaps and levelled steps, lit from the sun's side
    for bb in range(4): r_ = refl[d][bb][sl]; r_[m] *= shd[m]
    hp = m & (n5b[sl] > .8); hgt[d][sl][hp] = 1.0 + .7 * np.clip(n5b[sl][hp] - .8, 0, 2)
    tr = m & (np.abs(np.sin((a + 3 * n20[sl]) / U_(5, 9))) < .14); put(d, sl, tr, M['soil'] * U_(1.5, 1.8), 9, False, 0, .05)
    sp_ = m & (n20[sl] < -1.1); blend(d, sl, sp_, M['soil'] * .65, np.full(a.shape, .6, F4))
def excavation(d, S):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 0, 1.8); g_bare(d, S, m, sl, a, b, var(M['soil'] * .95, .1), 10, True)
    e = np.maximum(np.abs(a) / (S.w / 2), np.abs(b) / (S.h / 2)); sa, se = SUN[d]; sux, suy = math.sin(sa), -math.cos(sa)
    dx, dy = (xx[sl] - S.cx) / S.w, (yy[sl] - S.cy) / S.h; side = (dx * sux + dy * suy) / (np.hypot(dx, dy) + .05)
    rim = m & (e > .66) & (e < .93); fac = np.clip(1 - .55 * side, .35, 1.5)
    for bb in range(4): r_ = refl[d][bb][sl]; r_[rim] *= fac[rim]
    if R.random() < .4: put(d, sl, m & (e < .4 + .1 * n5[sl]), var(M['water'] * 1.3, .1), 4, False, 0, .05)
def net_over(d, S, kind):
    """net or tarpaulin over whatever stands there; keeps built and height"""
    sl, a, b = swin(S); m = inshape(S, a + .7 * n5[sl], b + .7 * n5b[sl], -.8)
    if kind == 'net':
        sp = var(pick([M['net'], M['net'] * 1.25, np.array([.055, .085, .06, .11])]), .1); w = np.clip(U_(.7, .92) + .12 * n5[sl] + .04 * n15[d][sl], .4, 1); seam = (np.abs((a / U_(6, 8)) % 1 - .5) < .05)
        blend(d, sl, m, sp, w); blend(d, sl, m & seam, sp * .7, np.full(a.shape, .5, F4)); keep = m & (cls[d][sl] != 255); cls[d][sl][keep] = 12
    else:
        sp = var(pick([(.20, .13, .07, .13), (.05, .11, .07, .15), (.04, .042, .045, .06), (.30, .31, .30, .33)]), .12); str_ = R.random() < .3; sp2 = var((.3, .12, .1, .25)) if str_ else sp
        rr = m & (built[d][sl]); pn = U_(5, 9); w = np.where(np.abs(np.sin(np.floor(a / pn) * 12.9 + np.floor(b / pn) * 78.2) * 43758.5) % 1 < .94, .95, .1).astype(F4)
        wr = np.clip(w * (1 + .07 * n5b[sl]), 0, 1); sp_ = sp; blend(d, sl, rr, sp_, wr)
        if str_: blend(d, sl, rr & ((a % 4) < 2), sp2, wr)
        cls[d][sl][rr] = 5
        for bb in range(4): q = refl[d][bb][sl]; q[rr] *= (1 + .08 * n5[sl] + .05 * n15[d][sl])[rr]
def neighbours_crop(S):  # young uneven growth over fresh soil, rows kept
    sl, a, b = swin(S); m = ragged(S, sl, a, b, 1, 1.); w = np.clip(U_(.0, .22) + .14 * n5[sl] + .1 * n20[sl], 0, .5); blend(1, sl, m, fsoil[lab[sl][a.shape[0] // 2, a.shape[1] // 2]], w.astype(F4))
def cutshare(S, target):
    """clip so that `target` of the built ground stays"""
    sl, a, b = swin(S); bm = built[0][sl] & inshape(S, a, b, -1.5); ax = a if S.w > S.h else b; sg = pick([1, -1]); t = np.quantile(sg * ax[bm], target) if bm.any() else 0
    return (lambda p, q: sg * (p if S.w > S.h else q) < t)

# ---------------------------------------------------------------- villages, road, trees
def tree(x, y, r):
    sl = window(x, y, r + 1); dx, dy = xx[sl] - x, yy[sl] - y; m = dx * dx + dy * dy < r * r * (1 + .3 * n15[0][sl])
    ev = R.random() < .25
    for d in range(2):
        g = .8 if ev else np.clip(gcur('wood', DOY[d]), .25, 1); sp = M['wood'] * g + M['twig'] * (1 - g); sa, se = SUN[d]
        put(d, sl, m, sp, 14, None, r * 1.8, .25, (dx * math.sin(sa) - dy * math.cos(sa)) / r * 1.1 + .5 * n15[d][sl])
def free(poly, m=1): 
    b = poly.buffer(m).bounds; r0, r1, c0, c1 = [int(q / occ_f) for q in (b[1], b[3], b[0], b[2])]
    if r0 < 0 or c0 < 0 or r1 >= no or c1 >= no: return False
    return not (occ[r0:r1 + 1, c0:c1 + 1].any() or ro[r0:r1 + 1, c0:c1 + 1].any())
for vx, vy, vr, va in VILL:
    F = lobj(vx, vy, va); sl = window(vx, vy, vr * 1.3); a, b = local(F, xx[sl], yy[sl]); oc = np.repeat(np.repeat(occ, 1, 0), 1, 1)
    io = np.clip((yy[sl] / occ_f).astype(int), 0, no - 1), np.clip((xx[sl] / occ_f).astype(int), 0, no - 1); fr_ = ~occ[io]
    inv = (np.hypot(a, b) < vr * (1 + .22 * n60[sl])) & fr_
    for d in range(2):
        g_bare(d, F, inv, sl, a, b, M['soil'] * 1.05); blend(d, sl, inv, M['green'], np.clip(n20[sl] * .4, 0, .7) * gcur('grass', DOY[d]))
    pw, ph = U_(12, 16), U_(17, 24); blockn = int(R.integers(3, 6))
    for d in range(2):
        lane = inv & ((((b + 1000 * ph) % (2 * ph)) < 4) | ((((a + 1000 * pw) % (pw * blockn)) < 4))); put(d, sl, lane, M['oldconc'] * .95, 15, False, 0, .07)
    ni, nj = int(vr / pw) + 1, int(vr / ph) + 1
    for i in range(-ni, ni + 1):
        for j in range(-nj, nj + 1):
            cu_, cv_ = (i + .5) * pw, (j + .5) * ph
            if math.hypot(cu_, cv_) > vr * U_(.85, 1.05) or R.random() < .12: continue
            x, y = world(F, cu_, cv_)
            g_ = lobj(x, y, va + R.normal(0, .02)); e = 1.2 + 2 * ((i % blockn) == 0)
            if not (20 < x < L - 20 and 20 < y < L - 20) or not free(box(x - pw / 2, y - ph / 2, x + pw / 2, y + ph / 2)): continue
            new = R.random() < .02; hd = R.random() < .6; south = 4 if j % 2 == 0 else 1
            q = window(x, y, 14); aa, bb_ = local(g_, xx[q], yy[q]); yd = (np.abs(aa) < pw / 2 - e / 2) & (np.abs(bb_) < ph / 2 - 2); hs = var(M['oldconc'], .12)
            hs1 = mkroof(-pw / 2 + e, pw / 2 - .8, -ph / 2 + south * .8 + .5, -ph / 2 + south * .8 + U_(6.5, 9.5), rk(False))
            side = mkroof(-pw / 2 + e, -pw / 2 + e + U_(3, 4.5), 1., ph / 2 - U_(2.5, 5), rk(False)); side['h'] = 3; hs_side = R.random() < .55
            for d in range(2):
                if new and not d: continue
                if hd: put(d, q, yd, hs, 6, True, 0, .07)
                roof(d, g_, hs1)
                if hs_side: roof(d, g_, side)
            if R.random() < .4: tx, ty = world(g_, U_(-pw / 3, pw / 3), ph / 2 - 3.5); tree(tx, ty, U_(1.5, 3.2))
# scattered industry, greenhouses (both dates, unlisted)
for _ in range(int((26 if LAND == 'periurban' else 9) * L * L / 9e6 + 2)):
    S = place(('x', pick(['ind', 'gh', 'ind', 'pv']), 1, '', '', 0, ''))
    if S is None: continue
    if S.trick == 'ind':
        compound(S)
        for d in range(2): draw_compound(d, S)
    elif S.trick == 'gh':
        G = greenspec(pick(['rows', 'rows', 'tunnels', 'glass']))
        for d in range(2): greenhouse(d, S, G)
    else:
        for d in range(2): st8 = R.bit_generator.state; pv(d, S); R.bit_generator.state = st8 if d == 0 else R.bit_generator.state
def road(d, pts, wd, spec, c=15, respect=True, mark=False):
    for ps_, (x1, y1), (x2, y2) in [(k_, p_, q_) for k_ in (0, 1) for p_, q_ in zip(pts[:-1], pts[1:])]:
        ln = math.hypot(x2 - x1, y2 - y1); nseg = max(1, int(ln / 80))
        for q in range(nseg):
            ax_, ay_ = x1 + (x2 - x1) * q / nseg, y1 + (y2 - y1) * q / nseg; bx_, by_ = x1 + (x2 - x1) * (q + 1) / nseg, y1 + (y2 - y1) * (q + 1) / nseg
            sl = window((ax_ + bx_) / 2, (ay_ + by_) / 2, ln / nseg / 2 + wd + 3)
            X, Y = xx[sl], yy[sl]
            if X.size == 0: continue
            tx, ty = (bx_ - ax_), (by_ - ay_); l2 = tx * tx + ty * ty; tt = np.clip(((X - ax_) * tx + (Y - ay_) * ty) / l2, 0, 1); ds = np.hypot(X - ax_ - tt * tx, Y - ay_ - tt * ty)
            ok = np.ones(X.shape, bool)
            if respect: ok = ~occ[np.clip((Y / occ_f).astype(int), 0, no - 1), np.clip((X / occ_f).astype(int), 0, no - 1)] & (cls[d][sl] != 5)
            
            if not ps_: put(d, sl, (ds < wd / 2 + 1.2) & ok, M['soil'] * 1.05, 3, False, 0, .12); continue
            put(d, sl, (ds < wd / 2) & ok, spec, c, False, 0, .05, n20[sl] + .5 * n5[sl])
            if mark: put(d, sl, (ds < .25) & ok, spec * 1.7, c, False, 0, .05)
for pts, wd, asp, t0 in MAIN:
    for d in range(2): road(d, pts, wd, asp, mark=f < .9)
    for p, q in zip(pts[:-1], pts[1:]):
        if R.random() < .55:
            for w in np.arange(0, 1, .12):
                for sgn in (-1, 1):
                    x, y = p[0] + (q[0] - p[0]) * w - sgn * (wd / 2 + 3.5) * math.sin(t0), p[1] + (q[1] - p[1]) * w + sgn * (wd / 2 + 3.5) * math.cos(t0)
                    if 5 < x < L - 5 and 5 < y < L - 5 and R.random() < .8 and not occ[int(y / occ_f), int(x / occ_f)]: tree(x, y, U_(1.6, 3))
for _ in range(int(350 * L * L / 9e6)):
    x, y = U_(5, L - 5), U_(5, L - 5)
    if not occ[int(y / occ_f), int(x / occ_f)] and cls[0][idx(x, y)] not in (5, 15): tree(x, y, U_(1.3, 3.5))

# ---------------------------------------------------------------- draw the stories
def ground(d, S, how):
    sl, a, b = swin(S); m = ragged(S, sl, a, b, U_(.5, 2), U_(.4, 1.2))
    if how == 'bare': g_bare(d, S, m, sl, a, b, fresh=R.random() < .3)
    elif how == 'rubble': g_bare(d, S, m, sl, a, b); g_rubble(d, S, m & (n20[sl] > -1.3), sl, a, b)
    elif how == 'grass': g_grass(d, S, m, sl, a, b)
    elif how == 'orchard':
        g_bare(d, S, m, sl, a, b); sp = U_(3, 4.5); blend(d, sl, m, M['green'], np.full(a.shape, max(.45, .5 * gcur('grass', DOY[d])), F4) * (1 + .2 * n5[sl])); q = m & ((np.cos(2 * np.pi * a / sp) + np.cos(2 * np.pi * b / sp)) > .7); put(d, sl, q, M['wood'] * 1.1, 14, False, 1.5, .15, n15[d][sl]); cls[d][sl][m] = 14
    elif how == 'token':
        if R.random() < .5: g_bare(d, S, m, sl, a, b)
        else: g_bare(d, S, m, sl, a, b); g_rubble(d, S, m & (n20[sl] > .2), sl, a, b)
        mode = pick(['corner', 'strips', 'clumps']); sh = U_(.08, .28)
        if mode == 'corner': q = m & (a < np.quantile(a[m], math.sqrt(sh))) & (b < np.quantile(b[m], math.sqrt(sh)))
        elif mode == 'strips': q = m & (((a / max(7, S.w / 4)) % 1) < sh)
        else: nn = n5 if S.area < 1500 else n20; q = m & (nn[sl] > np.quantile(nn[sl][m], 1 - sh))
        cls[d][sl][q] = 13; blend(d, sl, q, var(M['green'], .1), np.clip(.75 + .15 * n15[d][sl], 0, 1)); hgt[d][sl][q] = 0
def slab(d, S, share):
    ground(d, S, pick(['bare', 'rubble', 'bare'])); cut = cutshare(S, share) if share < 1 else None
    sl, a, b = swin(S); m = built[0][sl] & inshape(S, a, b, -1)
    if cut is not None: m &= cut(a, b)
    m &= ~((n5b[sl] < -1.9)); sp = S.floor
    g_hard(d, S, m, sl, a, b, sp * U_(.85, 1.1))
    for c in S.comps:  # footprints stay readable on the floor
        q = m & (a > c['u0']) & (a < c['u1']) & (b > c['v0']) & (b < c['v1']); k = U_(.82, 1.15)
        for bb in range(4): r_ = refl[d][bb][sl]; r_[q] *= k
        if R.random() < .6:
            e = q & ((np.abs(a - c['u0']) < .7) | (np.abs(b - c['v0']) < .7) | (np.abs(a - c['u1']) < .7)); put(d, sl, e, M['brick'], 6, True, .4, .1)
    rb = m & (n20[sl] + n5[sl] > 2.2); g_rubble(d, S, rb, sl, a, b); built[d][sl][rb] = False
def big(S): compound(S)
for S in sites:
    c, t = S.claim, S.trick; dem_ = c in ('demolished', 'restored')
    if dem_ and t != 'nothing_before':
        compound(S)
        if t in ('netted', 'painted', 'tarpaulin', 'soil_on_floor', 'straw_on_floor', 'green_ground_paint') or 'slab' in t:
            while S.gh is not None or (t in ('painted', 'tarpaulin', 'netted') and S.type == 'yard'): compound(S)
            if t not in ('painted', 'netted', 'tarpaulin'): S.base = 'hard'
        draw_compound(0, S)
        if t in ('honest_bare', 'left_bare'): ground(1, S, 'bare')
        elif t in ('honest_rubble', 'left_rubble'): ground(1, S, 'rubble')
        elif t in ('honest_field', 'crop', 'cloud_honest'): neighbours_crop(S)
        elif t in ('honest_grass', 'grass'): ground(1, S, 'grass')
        elif t == 'stubble': pass
        elif t == 'young_orchard': ground(1, S, 'orchard')
        elif t == 'slab_full': slab(1, S, U_(.75, 1.0) if R.random() < .4 else 1)
        elif t == 'slab_part': slab(1, S, U_(.2, .42))
        elif t == 'partial':
            cut = cutshare(S, U_(.2, .44)); ground(1, S, pick(['bare', 'rubble', 'bare', 'grass'])); draw_compound(1, S, cut)
        elif t in ('unchanged', 'date', 'cloud_false'): draw_compound(1, S)
        elif t == 'painted':
            sp = var(pick([M['gpaint'], M['gpaint'] * [1, 1, 1, 1.9], M['soil'] * 1.1, M['soil'] * .9, M['gpaint'] * 1.3]), .1)
            for q in S.comps: q['spec'] = sp * U_(.95, 1.05); q['age'] = 1; q['sky'] = 0; q['dirt'] *= .6
            draw_compound(1, S)
            if S.base == 'hard' and R.random() < .4:
                sl, a, b = swin(S); blend(1, sl, inshape(S, a, b) & (cls[1][sl] == 6), sp, np.full(a.shape, .8, F4))
        elif t == 'netted': draw_compound(1, S); net_over(1, S, 'net')
        elif t == 'tarpaulin': draw_compound(1, S); net_over(1, S, 'tarp')
        elif t in ('soil_on_floor', 'straw_on_floor', 'green_ground_paint'):
            draw_compound(1, S, None, True); sl, a, b = swin(S); m = ragged(S, sl, a, b, .8, .8); show = (n5b[sl] + .5 * n20[sl]) > U_(1.9, 2.6)
            if t == 'soil_on_floor': g_bare(1, S, m & ~show, sl, a, b); built[1][sl][m] = False
            elif t == 'straw_on_floor':
                w = np.clip(.8 + .2 * n5[sl], .3, 1); blend(1, sl, m, M['soil'], np.full(a.shape, .5, F4)); blend(1, sl, m & ~show, var(M['straw'] * 1.15, .06), w); cls[1][sl][m & ~show] = 2; built[1][sl][m] = False
            else: blend(1, sl, m, var(M['gpaint'], .1), np.clip(.85 + .08 * n5[sl] + .05 * n20[sl], .5, 1)); cls[1][sl][m] = 12
        elif t == 'token_crops': ground(1, S, 'token')
    elif c in ('confiscated',) or t == 'building_unchanged': compound(S); draw_compound(0, S); draw_compound(1, S)
    elif t in ('new_building', 'covered', 'half_covered', 'factory'):
        compound(S)
        while S.gh is not None or (t == 'factory' and S.type in ('yard', 'farm')): compound(S)
        draw_compound(1, S)
    elif t in ('new_earthwork', 'earthwork'): earthwork(1, S)
    elif t == 'expired': (earthwork(1, S) if R.random() < .4 else (lambda w: g_hard(1, S, ragged(S, w[0], w[1], w[2], 0, .4), *w))(swin(S)))
    elif t == 'excavation': excavation(1, S)
    elif t == 'new_pv': pv(1, S)
    elif t == 'solar_shed': greenhouse(1, S, greenspec('rows') | dict(off=0), pvs=True)
    elif t in ('new_greenhouse', 'film_rows'): greenhouse(1, S, greenspec('rows'))
    elif t == 'glass': greenhouse(1, S, greenspec('glass'))
    elif t == 'tunnels': greenhouse(1, S, greenspec('tunnels'))
    elif t in ('new_yard', 'hard_yard', 'gravel', 'hard_floor'):
        w = swin(S); m = ragged(S, *w, 0, .5)
        if t == 'hard_floor':
            greenhouse(1, S, greenspec('rows')); ax = w[1] if S.w > S.h else w[2]; m &= ax > np.quantile(ax[m], U_(.2, .5))
            hgt[1][w[0]][m] = 0
        g_hard(1, S, m, *w, spec=var(M['gravel'], .1) if t == 'gravel' else None, stain=1.3 if t != 'gravel' else .5); goods(1, S, int(S.area / 200), int(R.integers(1 << 30)))
        if t == 'gravel':
            for bb in range(4): r_ = refl[1][bb][w[0]]; r_[m] *= (1 + .08 * n15[1][w[0]])[m]
    elif t == 'pig_barn':
        w = swin(S); g_bare(1, S, ragged(S, *w, 0, .5), *w); S.comps = []; n = max(1, int(S.h / U_(13, 18))); s_ = S.h / n; k = rk(True)
        for i in range(n): S.comps.append(mkroof(-S.w / 2 + 2, S.w / 2 - 2, -S.h / 2 + i * s_ + 1.5, -S.h / 2 + (i + 1) * s_ - 2.0, k, False))
        for q in S.comps: roof(1, S, q, lambda a, b: inshape(S, a, b))
    elif t == 'building':
        w = swin(S); g_hard(1, S, ragged(S, *w, 0, .4), *w, spec=None if R.random() < .5 else var(M['gravel'], .1)); bw_ = S.w * U_(.35, .6)
        q = mkroof(-S.w / 2 + 2, -S.w / 2 + 2 + bw_, -S.h / 2 + 1.5, -S.h / 2 + 1.5 + S.h * U_(.35, .7), rk(True), S.area > 900); roof(1, S, q, lambda a, b: inshape(S, a, b))
    elif c == 'rural_road':
        road(1, list(S.line.coords), S.h, var(pick([M['concrete'], M['oldconc'], M['asphalt']]), .1), 15, respect=False)

# ---------------------------------------------------------------- sensor
if LAND == 'hills': dgy, dgx = np.gradient(ndi.gaussian_filter(dem, 4 / f), F4(f))
bx = [None, None]; nclouds = int(R.integers(2, 5)) if L > 2500 else int(R.integers(1, 3)); cloudy = int(R.random() < .65)
ctar = [S for S in sites if S.trick.startswith('cloud')]
clouds = []
for S in ctar: clouds.append([S.cx + U_(-20, 20), S.cy + U_(-20, 20), max(50, U_(.9, 1.3) * math.hypot(S.w, S.h) / 2 + 35), U_(.75, 1.), S])
for _ in range(nclouds): clouds.append([U_(0, L), U_(0, L), min(U_(50, 300), U_(50, 300)) * (1 if L > 2500 else .45), U_(.4, 1) if R.random() < .6 else U_(.4, .6), None])
calpha = np.zeros((N, N), F4); cshad = np.zeros((N, N), F4)
sa, se = SUN[cloudy]; ch = U_(500, 1400) / math.tan(se)
ox, oy = -math.sin(sa) * ch, math.cos(sa) * ch
for x, y, r, op, S in clouds:
    for (X_, Y_, arr) in ((x, y, calpha), (x + ox, y + oy, cshad)):
        sl = window(X_, Y_, r * 1.9)
        if xx[sl].size == 0: continue
        dx_, dy_ = xx[sl] - X_, yy[sl] - Y_; rp = np.random.default_rng(int(x * 7 + y)); e = np.hypot(dx_, dy_) / r * 1.25 if S is None else np.hypot(dx_, dy_) / r
        for _ in range(6):
            a_, q_, z_ = rp.uniform(0, 6.3), rp.uniform(.35, .85), rp.uniform(.3, .6); e = np.minimum(e, np.hypot(dx_ - q_ * r * math.cos(a_), dy_ - q_ * r * math.sin(a_)) / (r * z_) * .9)
        # same cloud texture at both places
        rr_ = ((yy[sl] - Y_) / f + N // 2).astype(int) % N; cc_ = ((xx[sl] - X_) / f + N // 2).astype(int) % N; tex = .16 * n60[rr_, cc_] + .07 * n20[rr_, cc_] + .02 * n5[rr_, cc_]
        al = op * np.clip((1.25 + tex * 1.3 - e) / (.45 if op > .7 else .7), 0, 1); al = al * al * (3 - 2 * al / max(op, 1e-6)) / max(op, 1e-6) if op > .05 else al
        arr[sl] = np.maximum(arr[sl], np.clip(al, 0, op))
badcloud = (calpha > .2) | (cshad > .3)
DN = []
sensor = int(R.integers(0, 3))
for d in range(2):
    rf = refl[d]; sa, se = SUN[d]; tn = math.tan(se); h = hgt[d]
    cast = np.full((N, N), -9., F4); step = f * 1.0; px, py = -math.sin(sa), math.cos(sa)   # direction shadows fall
    kmax = int(11 / tn / step) + 1
    for k in range(1, kmax + 1):
        dr, dc = int(round(py * k * step / f)), int(round(px * k * step / f)); src = h - F4(k * step * tn)
        y1, y2 = max(0, dr), min(N, N + dr); x1, x2 = max(0, dc), min(N, N + dc)
        np.maximum(cast[y1:y2, x1:x2], src[y1 - dr:y2 - dr, x1 - dc:x2 - dc], out=cast[y1:y2, x1:x2])
    sh = np.clip((cast - h) / .8, 0, 1); sh = ndi.uniform_filter(sh, 2 if SS == 1 else 2)
    if d == cloudy: sh = np.maximum(sh, .0); cs = cshad * .85
    ill = np.ones((N, N), F4)
    if LAND == 'hills': ill = np.clip(1 - (-dgx * math.sin(sa) * -1 * -1 + dgy * math.cos(sa) * -1) / tn * .9 * -1, .35, 1.5) if False else np.clip(1 + (-(dgx * math.sin(sa)) + dgy * math.cos(sa)) / tn * .85, .35, 1.45)
    haze = {0: U_(.15, .4), 1: U_(.3, .8), 2: U_(.6, 1.4) if d == cloudy or R.random() < .6 else U_(.3, .6)}[A.radiometry]
    gd = np.clip(1 + (.15 if A.radiometry < 2 else .75) * ((xx * math.cos(haze * 7) + yy * math.sin(haze * 7)) / L * 1.2 - .3) + .08 * n300, .2, 2.5).astype(F4) * F4(haze)
    skyf = (.42, .36, .31, .24); out = np.empty((4, A.size, A.size), F4)
    sg = U_(.42, .62) * SS if SS == 2 else U_(.5, .72); usm = pick([0, .25, .5])
    wx_, wy_ = U_(-.3, .3), U_(-.3, .3)
    if d == 1:
        mag = .2; qx = np.clip(wx_ + mag * n300, -.5, .5) * A.gsd / f; qy = np.clip(wy_ + mag * n300[::-1].T, -.5, .5) * A.gsd / f
        coords = np.stack([np.arange(N, dtype=F4)[:, None] + qy, np.arange(N, dtype=F4)[None, :] + qx])
    scale = [10000., 1500., 4000.][(sensor + (d if A.radiometry == 1 else 0)) % 3]; spec_resp = R.normal(1, .03 if A.radiometry != 1 else .08, 4); off = R.uniform(0, .012 if A.radiometry else .004, 4)
    wob = R.normal(1, .025)
    for b in range(4):
        r_ = rf[b] * (ill * (1 - sh * (1 - skyf[b])) * (1 + F4(.025) * n300))
        if d == cloudy: r_ *= 1 - cs * (1 - skyf[b] * .9); r_ = r_ * (1 - calpha) + calpha * F4((.62, .6, .59, .6)[b]) * (1 + .07 * n60 + .05 * n20) * (.8 + .2 * calpha)
        r_ = r_ * np.exp(-gd * (.30, .2, .14, .07)[b]) + gd * F4((.085, .06, .043, .018)[b])
        if d == 1: r_ = ndi.map_coordinates(r_, coords, order=1, mode='nearest')
        r_ = ndi.gaussian_filter(r_, sg, truncate=3)
        if usm: r_ = r_ + usm * (r_ - ndi.gaussian_filter(r_, SS * 1.1, truncate=3))
        if SS == 2: r_ = r_.reshape(A.size, 2, A.size, 2).mean((1, 3))
        r_ = r_ * spec_resp[b] * wob + off[b]; r_ += R.standard_normal(r_.shape, dtype=F4) * F4(U_(.0012, .0025)) * (1 + 3 * np.clip(r_, 0, .6))
        out[b] = r_
    DN.append(np.clip(np.round(out * scale), 1, 65000).astype(np.uint16))
def coarse_cls(c):
    if SS == 2:
        q = c.reshape(A.size, 2, A.size, 2); o = q[:, 0, :, 0].copy(); bad = (q[:, 0, :, 1] != o) | (q[:, 1, :, 0] != o) | (q[:, 1, :, 1] != o)
    else: o = c.copy(); bad = ndi.maximum_filter(c, footprint=[[0, 1, 0], [1, 1, 1], [0, 1, 0]]) != ndi.minimum_filter(c, footprint=[[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    o[bad] = 255; return o
for d, nm in enumerate(('before', 'after')):
    prof = dict(driver='GTiff', width=A.size, height=A.size, crs=f'EPSG:{EPSG}', transform=T, tiled=True, blockxsize=256, blockysize=256, compress='deflate', zlevel=1)
    with rasterio.open(f'{A.out}/{nm}.tif', 'w', count=4, dtype='uint16', nodata=0, predictor=2, **prof) as o:
        o.write(DN[d]); o.descriptions = ('blue', 'green', 'red', 'nir'); o.update_tags(TIFFTAG_DATETIME=DATE[d].strftime('%Y:%m:%d %H:%M:%S'))
    c = cls[d].copy()
    if d == cloudy: c[badcloud] = 255
    with rasterio.open(f'{A.out}/class_{nm}.tif', 'w', count=1, dtype='uint8', nodata=255, **prof) as o: o.write(coarse_cls(c), 1)

# ---------------------------------------------------------------- polygons, list, truth, layers
def geo(p): return affinity.affine_transform(p, [1, 0, 0, -1, X0, Y0])
def drawn(S):
    p = S.poly.buffer(U_(-.4, 2.0) if S.claim != 'rural_road' else U_(0, .8), join_style=2).simplify(.3 if S.claim != 'rural_road' else 0); sd = (U_(.3, 1.3) if min(S.w, S.h) > 12 else .3)
    pts = np.array(p.exterior.coords)[:-1]; o = []
    for i in range(len(pts)):
        o.append(pts[i] + R.normal(0, sd, 2)); nx = pts[(i + 1) % len(pts)]
        if R.random() < .3: o.append((pts[i] + nx) / 2 + R.normal(0, sd * .6, 2))
    q = Polygon(o); return q if q.is_valid and q.area > 100 else p
final = []
for S in sites: S.draw = drawn(S); S.cloudcov = 0
def fmask(poly):
    b = poly.bounds; r0, c0 = max(0, int(b[1] / f)), max(0, int(b[0] / f)); r1, c1 = min(N, int(b[3] / f) + 2), min(N, int(b[2] / f) + 2)
    return (slice(r0, r1), slice(c0, c1)), rasterize([poly], (r1 - r0, c1 - c0), transform=TF * Affine.translation(c0, r0), dtype='uint8').astype(bool)
bad = 0
iso = lambda x: x.strftime('%Y-%m-%d')
for S in sites:
    sl, m = fmask(S.draw); n = m.sum(); also = [q for q in S.also.split(',') if q]
    b0, b1 = built[0][sl] & m, built[1][sl] & m; S.czrq = ''
    c1, c0 = cls[1][sl], cls[0][sl]; S.rem = (b0 & b1).sum() / max(1, b0.sum()); S.b0 = b0.sum() / n
    if S.claim in ('demolished', 'restored'):
        g0, g1 = DATE[0], DATE[1]; back = min(int(R.integers(12, 220)), max(10, (g1 - g0).days - 20)); S.czrq = iso(g1 - dt.timedelta(days=back)) if S.trick != 'date' else iso(g1 + dt.timedelta(days=int(R.integers(4, 90))))
        ph_ = 'consistent' if S.claim == 'demolished' else 'demolished_not_restored'
        if S.trick in ('partial', 'slab_part', 'slab_full'):
            S.verdict = 'false_demolition' if S.rem >= .5 else ('partial_demolition' if S.rem >= .1 else ph_); S.state = 'standing' if S.rem >= .5 else 'partly_standing'
            also = []
            if .4 < S.rem < .62: also = ['partial_demolition', 'false_demolition']
            elif S.rem < .18: also = ['partial_demolition', ph_]
            S.innocent = 0
        elif S.trick in ('unchanged', 'painted', 'netted', 'tarpaulin') and S.rem < .7: bad += 1; print('low remaining', S.claim, S.trick, round(S.rem, 2))
        elif (S.trick.startswith('honest') or S.trick in ('crop', 'grass', 'left_bare', 'left_rubble', 'token_crops', 'young_orchard')) and S.rem > .06: bad += 1; print('remains', S.claim, S.trick, round(S.rem, 2))
        if S.claim == 'restored' and S.verdict == 'consistent':
            fc = (np.isin(c1, (1, 2, 13, 14)) & m).sum() / n
            if fc < .6: print('farm cover', S.trick, round(fc, 2)); bad += 1
    if S.claim == 'facility_agriculture':
        hardshare = ((c1 == 6) & m).sum() / n; roofs = ((c1 == 5) & m).sum() / n
        v = 'concealed' if roofs > .1 or hardshare > .3 else 'consistent'
        if v != S.verdict: print('FA', S.trick, round(hardshare, 2), round(roofs, 2)); bad += 1
        if .22 < hardshare < .38 and roofs < .1: also.append('consistent' if v == 'concealed' else 'concealed')
    if S.verdict == 'cannot_judge' and S.trick == 'nothing_before' and S.b0 > .02: print('nothing_before built', S.b0)
    q = ((badcloud[sl]) & m).sum() / n; S.cloudcov = q
    thin = (calpha[sl] * m).max() < .6 and q > 0
    if q > .2 and S.trick != 'date':
        S.covered_by_cloud = True; under = S.verdict if not S.trick.startswith('cloud') else {'cloud_false': 'false_demolition', 'cloud_honest': 'consistent'}[S.trick]
        S.verdict, S.state = 'cannot_judge', 'unknown'; keep = []
        if q < .4 or thin: keep = [under] + also
        also = keep; S.trick = S.trick if S.trick.startswith('cloud') else 'cloud_' + S.trick
    elif S.trick.startswith('cloud'):
        S.verdict = {'cloud_false': 'false_demolition', 'cloud_honest': 'consistent'}[S.trick]; S.state = {'cloud_false': 'standing', 'cloud_honest': 'restored'}[S.trick]; also.append('cannot_judge')
    elif q > .08: also.append('cannot_judge')
    S.alsof = ','.join(x for x in dict.fromkeys(also) if x != S.verdict)
ids = [f'{A.seed:02d}{1000 + i}' if i % 9 else f'JZ-{A.seed}-{i:04d}' for i in range(len(sites))]
crs = f'EPSG:{EPSG}'
lst = gpd.GeoDataFrame(dict(TBBH=ids, HFPD=[pick(TERM[S.claim]) for S in sites], CZRQ=[S.czrq for S in sites], JCMJ=[round(geo(S.draw).area, 1) for S in sites]), geometry=[geo(S.draw) for S in sites], crs=crs)
lst.to_file(f'{A.out}/list.shp', encoding='GBK')
if not os.path.exists(f'{A.out}/list.cpg') or open(f'{A.out}/list.cpg').read().strip().upper() != 'GBK': open(f'{A.out}/list.cpg', 'w').write('GBK')
tr = gpd.GeoDataFrame(dict(row=range(len(sites)), patch_id=ids, claim=[S.claim for S in sites], expected_verdict=[S.verdict for S in sites], expected_state=[S.state for S in sites], trick=[S.trick for S in sites],
     innocent=[S.innocent for S in sites], also_ok=[S.alsof for S in sites], built_before=[round(float(S.b0), 3) for S in sites], remaining=[round(float(S.rem), 3) for S in sites], cloud=[round(float(S.cloudcov), 3) for S in sites]),
     geometry=list(lst.geometry), crs=crs)
def save(g, name, layer):
    p = f'{A.out}/{name}.gpkg'
    if os.path.exists(p): os.remove(p)
    g.to_file(p, layer=layer, driver='GPKG')
save(tr, 'truth', 'patches')
apv = []
for S in sites:
    if S.claim == 'legal' and 'half' in S.trick:
        w, h = S.w, S.h; k = U_(.42, .6); S2 = S
        rect = Polygon([world(S, *q) for q in ((-w, -h), (-w / 2 + k * w, -h), (-w / 2 + k * w, h), (-w, h))]); apv.append(geo(S.draw.buffer(3).intersection(rect)))
    elif S.claim == 'legal': apv.append(geo(S.draw.buffer(U_(1.5, 8), join_style=2)))
    elif R.random() < .04 and S.claim in ('none', 'other'): apv.append(geo(S.draw.buffer(2)))
for _ in range(6): x, y = U_(50, L - 50), U_(50, L - 50); q = box(x - 25, y - 20, x + 25, y + 20); apv += [geo(q)] if not any(q.intersects(S.draw) for S in sites) else []
save(gpd.GeoDataFrame(dict(PZWH=[f'源政地字〔{DATE[1].year - 1}〕{i + 3}号' for i in range(len(apv))]), geometry=apv, crs=crs), 'approvals', 'approvals')
ff = [geo(S.draw.buffer(U_(1.5, 6), join_style=2)) for S in sites if S.claim == 'facility_agriculture']
save(gpd.GeoDataFrame(dict(BAH=[f'SSNY{i + 1:03d}' for i in range(len(ff))]), geometry=ff, crs=crs), 'facility_filings', 'facility_filings')
tp, ex = [], []
for S in sites:
    if S.claim == 'temporary_use':
        tp.append(geo(S.draw.buffer(U_(1.5, 6), join_style=2))); ex.append(iso(DATE[1] + dt.timedelta(days=-int(R.integers(20, 300)) if S.trick.endswith('expired') else int(R.integers(30, 600)))))
save(gpd.GeoDataFrame(dict(YXQZ=ex), geometry=tp, crs=crs), 'temporary_permits', 'temporary_permits')
q = int(max(2, round(10 / f))); cs = crop[lab[q // 2::q, q // 2::q]]; CODE = ['0102', '0103', '0101', '0103', '0103', '0102', '0404', '0404', '0201', '0301', '1104', '0702', '1006']
cs = np.where(woodmask[q // 2::q, q // 2::q], 9, cs)
for vx, vy, vr, va in VILL: cs[np.hypot(xx[q // 2::q, q // 2::q] - vx, yy[q // 2::q, q // 2::q] - vy) < vr] = 11
if LAND != 'hills': cs[(roadline[q // 2::q, q // 2::q] > 0)] = 12
grp = np.array([int(c) for c in CODE])[cs].astype(np.int32)
lu = [(shape(g), f'{int(vv):04d}') for g, vv in shapes(grp, transform=Affine(q * f, 0, 0, 0, q * f, 0))]
save(gpd.GeoDataFrame(dict(DLBM=[b for _, b in lu]), geometry=[geo(g) for g, _ in lu], crs=crs), 'landuse', 'DLTB')
mx, my = L * U_(.35, .65), L * U_(.35, .65); tw = [box(-50, -50, mx, my), box(mx, -50, L + 50, my), box(-50, my, mx, L + 50), box(mx, my, L + 50, L + 50)]
save(gpd.GeoDataFrame(dict(XZQDM=[f'3703{23 + A.seed % 5}{100 + i:03d}' for i in range(4)], XZQMC=['南麻街道', '鲁村镇', '东里镇', '悦庄镇']), geometry=[geo(t) for t in tw], crs=crs), 'towns', 'XZQ')
print(f'{A.out} {LAND} {iso(DATE[0])} -> {iso(DATE[1])} sun {[round(math.degrees(s[1])) for s in SUN]} patches {len(sites)} of {len(todo)} innocent {np.mean([S.innocent for S in sites]):.2f} median {np.median([S.draw.area for S in sites]):.0f} m2 '
      f'cloud in {"after" if cloudy else "before"}, cannot_judge {sum(S.verdict == "cannot_judge" for S in sites)}, inconsistent {bad}')
