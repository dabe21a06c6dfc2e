#!/usr/bin/env python3
"""judge.py SEED RADIOMETRY OUT [--size 2048]: a synthetic county (2 m, B G R NIR), two dates, list, towns, land survey, truth."""
import argparse, json, math, os, sys, time, warnings, datetime as dt
os.environ.setdefault("OMP_NUM_THREADS", "1"); os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np, shapely, rasterio, geopandas as gpd
from scipy import ndimage as ndi
from shapely import Polygon, LineString, Point, box, affinity
from shapely.ops import unary_union
from shapely.strtree import STRtree
from rasterio.features import rasterize
warnings.filterwarnings("ignore")
ap = argparse.ArgumentParser(); ap.add_argument("seed", type=int); ap.add_argument("radiometry", type=int, choices=[0, 1, 2]); ap.add_argument("out"); ap.add_argument("--size", type=int, default=2048)
ar = ap.parse_args(); t00 = time.time()
R = np.random.default_rng([ar.seed, ar.radiometry, 77123]); N = ar.size; W = N * 2; F = (W / 4096) ** 2; WHOLE = box(0, 0, W, W)
U, G = R.uniform, R.normal
def ch(x, p=None): return x[int(R.choice(len(x), p=None if p is None else np.array(p) / np.sum(p)))]
def log(*a): print(f"[{time.time()-t00:5.1f}s]", *a, file=sys.stderr)

# ---------------------------------------------------------------- dates and suns
PROF = {"apr": (4, 18), "jun": (6, 14), "aug": (8, 16), "oct": (10, 14), "nov": (11, 20)}
NEXT = {"apr": "jun", "jun": "aug", "aug": "oct", "oct": "aug", "nov": "oct"}
s1 = ch(["apr", "jun", "oct", "oct", "aug", "nov"]) if ar.radiometry != 1 else ch(["apr", "jun", "aug", "oct"])
s2 = NEXT[s1] if ar.radiometry == 1 else s1
SEAS = [s1, s2]; DATES = []
for k, s in enumerate(SEAS):
    m, d = PROF[s]; DATES.append(dt.date(2024 + k, m, d) + dt.timedelta(days=int(U(-9, 9) if ar.radiometry < 2 else U(-16, 16))))
SUN = []
for k, d in enumerate(DATES):
    doy = d.timetuple().tm_yday; dec = math.radians(-23.44 * math.cos(2 * math.pi * (doy + 10) / 365)); lat = math.radians(36)
    ha = math.radians(-U(12, 24) if ar.radiometry != 1 else (-U(14, 22) if k == 0 else U(-8, 14)))
    el = math.asin(math.sin(lat) * math.sin(dec) + math.cos(lat) * math.cos(dec) * math.cos(ha))
    az = math.atan2(math.sin(ha), math.cos(ha) * math.sin(lat) - math.tan(dec) * math.cos(lat)) + math.pi
    SUN.append((az, el, np.array([math.sin(az), -math.cos(az)])))
LEAF = {"apr": .6, "jun": 1., "aug": 1., "oct": .78, "nov": .25}; GRASS = {"apr": .6, "jun": .85, "aug": 1., "oct": .55, "nov": .2}

# ---------------------------------------------------------------- end-members: blue, green, red, nir surface reflectance
S = {k: np.array(v, float) for k, v in dict(
  wheat=(.028, .058, .034, .44), maize=(.030, .066, .036, .41), rice=(.033, .061, .036, .36), veg=(.042, .094, .050, .43), bean=(.036, .078, .042, .48), rape=(.055, .165, .150, .45),
  cotton=(.038, .075, .048, .37), ripew=(.080, .128, .172, .33), ripem=(.068, .104, .125, .25), riper=(.070, .125, .150, .30), stub=(.115, .155, .200, .295), straw=(.150, .210, .270, .370),
  ash=(.040, .045, .050, .075), film=(.235, .270, .300, .370), blackfilm=(.048, .050, .052, .070), flood=(.060, .080, .078, .055), weed=(.050, .083, .068, .285), drygrass=(.095, .130, .165, .270),
  grass=(.043, .083, .052, .340), poplar=(.025, .050, .030, .385), leafless=(.072, .088, .105, .195), conifer=(.020, .036, .025, .245), fruit=(.032, .062, .038, .375), shrub=(.038, .066, .048, .300),
  river=(.066, .086, .074, .034), pond=(.048, .068, .052, .028), algae=(.038, .085, .045, .210), mud=(.080, .102, .122, .140), sand=(.190, .245, .300, .360), turq=(.105, .150, .140, .065),
  concnew=(.285, .325, .345, .375), conc=(.205, .240, .258, .285), concold=(.150, .178, .196, .225), aspnew=(.058, .062, .066, .078), asp=(.098, .107, .116, .138), gravel=(.175, .205, .232, .272),
  track=(.122, .162, .208, .272), blue=(.275, .205, .125, .225), blueold=(.235, .205, .160, .235), red=(.075, .085, .245, .330), white=(.480, .515, .525, .510), grey=(.235, .250, .258, .270), green=(.105, .190, .120, .235),
  clay=(.078, .105, .195, .280), slate=(.108, .120, .130, .158), bitumen=(.066, .072, .078, .100), rust=(.092, .122, .205, .290), asbestos=(.165, .180, .192, .215), pv=(.070, .058, .052, .085),
  ghfilm=(.290, .325, .335, .430), ghold=(.205, .240, .260, .370), net=(.092, .165, .105, .205), rubble=(.170, .200, .228, .270), trackred=(.100, .098, .265, .370), turf=(.045, .105, .055, .150), grainm=(.150, .285, .400, .500), grainw=(.210, .290, .365, .450),
  loam=(.085, .120, .165, .225), sandy=(.128, .172, .222, .288), darkc=(.064, .084, .110, .152), redc=(.070, .100, .170, .235), bush=(.090, .110, .130, .230)).items()}
MATS = ["none"]
def mid(n):
    if n not in MATS: MATS.append(n)
    return MATS.index(n)

# soil provinces
def smooth(n, sig):
    a = ndi.gaussian_filter(R.standard_normal((n, n)), sig, mode="reflect"); return (a - a.mean()) / a.std()
SN = 64; sf = [smooth(SN, 9) for _ in range(4)]; sbias = G(0, .7, 4)
def soil(x, y):
    i, j = min(SN - 1, max(0, int(y / W * SN))), min(SN - 1, max(0, int(x / W * SN)))
    e = np.exp([1.4 * sf[k][i, j] + sbias[k] for k in range(4)]); e /= e.sum(); return e[0] * S["loam"] + e[1] * S["sandy"] + e[2] * S["darkc"] + e[3] * S["redc"]

# ---------------------------------------------------------------- object table: each pixel = (w A + (1-w) B) * brightness
NC = 29
def par(mat, A, B=None, w=1., wf=0., wt=0., wm=0., wc=0., row=0., per=6., th=0., sharp=1., off=0., grid=0., bf=.03, bt=0., bm=.02, bc=0., H=0., Hn=0.):
    p = np.zeros(NC, np.float32); p[0:4] = A; p[4:8] = A if B is None else B; k = 2 * math.pi / per
    # th = direction ALONG the rows; variation runs across
    p[8:28] = [w, wf, wt, wm, wc, row, -k * math.sin(th), k * math.cos(th), sharp, off, grid, U(0, 6.28), bf, bt, bm, bc, H, Hn, 0, 0]; p[28] = mid(mat); return p
T1, T2 = [np.zeros(NC, np.float32)], [np.zeros(NC, np.float32)]; LAY = []   # LAY: (geom, id, which)
def put(g, p1, p2=None, which=3, sync=True):
    if g is None or g.is_empty: return 0
    if sync and p2 is not None and p1[28] == p2[28]: p2 = p2.copy(); p2[[14, 15, 18, 19]] = p1[[14, 15, 18, 19]]   # ribs and rows stay where they are
    T1.append(p1); T2.append(p1 if p2 is None else p2); LAY.append((g, len(T1) - 1, which)); return len(T1) - 1
def vary(a, sb=.10, sc=.03): return np.clip(a * np.exp(sb * G() + sc * G(size=4)), .008, .85)
def both(f):
    return f(0), f(1)
def rect(cx, cy, w, h, th):
    c, s = math.cos(th), math.sin(th); return Polygon([(cx + u * c - v * s, cy + u * s + v * c) for u, v in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))])
def uv(cx, cy, u, v, th): c, s = math.cos(th), math.sin(th); return cx + u * c - v * s, cy + u * s + v * c
def ragged(g, step=6., amp=.8):
    g = shapely.segmentize(g, step)
    if g.geom_type != "Polygon": return g
    c = np.array(g.exterior.coords)[:-1]; c = c + G(0, amp, c.shape); q = Polygon(c).buffer(0)
    return max(q.geoms, key=lambda x: x.area) if q.geom_type == "MultiPolygon" else q
def blob(cx, cy, area, el=1.5, th=0., rough=.16):
    a = np.linspace(0, 2 * math.pi, 28, endpoint=False); r = 1 + sum(rough / k * G() * np.cos(k * a + U(0, 6.28)) for k in (2, 3, 4, 5)); r = np.clip(r, .5, 1.6)
    q = Polygon(np.c_[r * np.cos(a) * math.sqrt(el), r * np.sin(a) / math.sqrt(el)]); q = affinity.scale(q, *(2 * [math.sqrt(area / q.area)]), origin=(0, 0)); return affinity.translate(affinity.rotate(q, th, origin=(0, 0), use_radians=True), cx, cy)
def polys(g):
    if g is None or g.is_empty: return []
    if g.geom_type == "Polygon": return [g]
    return [q for q in getattr(g, "geoms", []) for q in polys(q)] if g.geom_type != "LineString" else []
def biggest(g): p = polys(g); return max(p, key=lambda x: x.area) if p else Polygon()

# ---------------------------------------------------------------- materials
def hardp(name, mat, H=0., sb=.12, dirt=None, wear=.03, **kw):
    """man-made surface: same at both dates but for weathering"""
    A = vary(S[name], sb, .035); q = dict(w=.88, wf=.06, wt=.06, wm=.08, bf=.05, bm=.03); q.update(kw); B = A * .75 + .25 * S["loam"] if dirt is None else dirt
    return par(mat, A, B, H=H, **q), par(mat, vary(A, wear, .012), B, H=H, **q)
ROOFN = ["blue", "blueold", "red", "white", "grey", "green", "clay", "slate", "bitumen", "rust", "asbestos", "concold", "conc"]
def roof(rc, th, name, H, slope=0., wear=None, which=3, mat=None):
    """rc = (cx, cy, w, h) with ridge along w; slope in radians splits it in two lit halves"""
    cx, cy, w, h = rc; wear = (.22 if R.random() < .04 else .04) if wear is None else wear
    steel = name in ("blue", "blueold", "red", "white", "grey", "green"); A0 = vary(S[name], .13, .04); A1 = vary(A0, wear, .015); B = A0 * .72 + np.array([.02, .03, .045, .06]); m = mat or "roof_" + name
    kw = dict(w=.9, wf=.04, wt=.08, wm=.1, bf=.03, bt=.03, bm=.03, H=H)
    if steel and R.random() < .5: kw.update(row=.12, per=U(4, 9), th=th + math.pi / 2, sharp=4, off=.8)
    if slope <= 0: put(rect(cx, cy, w, h, th), par(m, A0, B, **kw), par(m, A1, B, **kw), which); return
    for sg in (-1, 1):
        x, y = uv(cx, cy, 0, sg * h / 4, th); dv = sg * np.array([-math.sin(th), math.cos(th)])
        f = [np.clip(math.cos(slope) + math.sin(slope) / math.tan(e) * float(dv @ v), .45, 1.4) for _, e, v in SUN]
        put(rect(x, y, w, h / 2, th), par(m, A0 * f[0], B * f[0], **kw), par(m, np.minimum(A1 * f[1], .85), B * f[1], **kw), which)
def canopy(kind, mat, d, z, H=6., w=.85, B=None, **kw):
    l = LEAF[SEAS[d]] if kind != "conifer" else 1.; l = min(1., max(.05, l + .1 * z[1])); A = l * S[kind] + (1 - l) * S["leafless"]
    if kind != "conifer" and SEAS[d] == "oct": A = A + np.array([.004, .012, .02, -.03]) * (1 + z[2]) * .7
    A = np.clip(A * np.exp(.13 * z[0] + .05 * G()), .01, .7); Bq = S["drygrass"] * .5 if B is None else B
    q = dict(w=w, wt=.12, wm=.1, bf=.10, bt=.17, bm=.06, bc=.05, H=H, Hn=.25 * H); q.update(kw); return par(mat, A, Bq, **q)
def grassp(mat, d, z, so, lush=0., **kw):
    g = min(1, max(0, GRASS[SEAS[d]] + .2 * z[0] + lush)); A = g * S["grass"] + (1 - g) * S["drygrass"]; A = np.clip(A * np.exp(.1 * z[1] + .05 * G()), .01, .7)
    q = dict(w=.8, wf=.07, wt=.10, wm=.09, wc=.10, bf=.06, bt=.045, bm=.04, bc=.05); q.update(kw); return par(mat, A, so, **q)
def shrubby(mat, d, z, so): g = grassp(mat, d, z, S["bush"], .05, wt=.18, bt=.11, H=.5); return g
# farm year --------------------------------------------------------
FARM = {
 "apr": dict(wheat=44, plough_dry=10, harrowed=6, plough_wet=5, mulch_clear=7, mulch_black=2, rape=4, veg=4, fallow=7, sparse=8, stubble=3),
 "jun": dict(stubble=24, straw=9, burnt=3, ripe_wheat=15, sparse=14, maize=5, paddy=7, plough_dry=6, harrowed=3, plough_wet=4, veg=4, bean=3, mulch_clear=3, fallow=3),
 "aug": dict(maize=38, rice=9, bean=11, cotton=6, veg=8, sparse=6, fallow=6, plough_dry=5, plough_wet=4, harrowed=2, stubble=3, mulch_black=2),
 "oct": dict(ripe_maize=14, stubble=16, straw=11, plough_dry=15, harrowed=9, plough_wet=8, sparse=10, veg=6, wheat=4, burnt=3, ripe_rice=3, fallow=5, mulch_clear=2),
 "nov": dict(sparse=26, wheat=22, plough_dry=15, harrowed=5, plough_wet=6, stubble=12, straw=5, veg=5, mulch_clear=3, fallow=4, burnt=1)}
def fieldp(st, fl, d):
    """reflectance model of a field in farm state st at date d"""
    so = fl["soil"] * np.exp(.06 * G() + .012 * G(size=4)); th = fl["th"]; x = dict(th=th); moist = so * U(.55, .85); mat = {"sparse": "crop_sparse"}.get(st, st)
    tram = dict(row=-U(.1, .35), per=U(11, 24), sharp=9., off=.93) if R.random() < .45 else dict(row=U(.0, .06), per=U(3, 7))
    if st in ("wheat", "maize", "rice", "veg", "bean", "cotton", "rape"):
        A = vary(S[st], .09, .04); A[3] *= math.exp(.07 * G()); cov = min(.99, max(.6, U(.72, 1.02))); uneven = U(.02, .09)
        if st in ("veg", "cotton"): tram = dict(row=U(.05, .2), per=U(3, 6.5), sharp=1.5); cov -= .08
        return par("crop_" + st, A, moist, w=cov, wf=U(.01, .05), wt=uneven * .5, wm=uneven, wc=U(.02, .10), bf=.035, bt=.02, bm=U(.02, .05), bc=U(.01, .06), H=1.8 if st in ("maize", "cotton") else .3, **tram, **x)
    if st == "sparse":
        A = vary(S[ch(["wheat", "maize", "bean", "veg"])], .1, .05); return par(mat, A, so * U(.75, 1.15), w=U(.12, .5), wf=.03, wt=.04, wm=U(.03, .09), wc=U(.03, .12), row=U(0, .12), per=U(3, 8), bf=.03, bm=.04, bc=U(.02, .09), **x)
    if st.startswith("ripe"):
        nm = {"ripe_wheat": "ripew", "ripe_maize": "ripem", "ripe_rice": "riper"}[st]; A = vary(S[nm], .09, .035); B = .6 * S["weed"] + .4 * so; return par(st, A, B, w=U(.7, .97), wf=.05, wt=.05, wm=U(.03, .12), wc=U(.03, .14), bf=.045, bm=.03, bc=.03, H=1.5 if nm == "ripem" else .5, **tram, **x)
    if st == "stubble": return par(st, vary(S["stub"], .11, .03), so, w=U(.35, .85), wf=.05, wt=.04, wm=.08, wc=.08, row=U(.04, .2), per=U(3.5, 9), sharp=1.5, bf=.035, bm=.04, bc=U(.02, .08), **x)
    if st == "straw": return par(st, vary(S["straw"], .1, .03), so, w=U(.45, .8), wf=.08, wt=.08, wm=.08, wc=.06, row=U(.1, .35), per=U(4, 10), sharp=2, bf=.05, bm=.04, bc=.04, **x)
    if st == "burnt": return par(st, vary(S["ash"], .12, .03), .5 * so + .5 * S["stub"] * .8, w=U(.55, .95), wf=.04, wt=.08, wm=.16, wc=.15, bf=.06, bm=.06, row=U(0, .2), per=U(6, 10), **x)
    if st == "plough_dry": return par("soil_ploughed_dry", so * U(.9, 1.22), so * .7, w=U(.6, .95), wf=.1, wt=.05, wm=.08, wc=U(.04, .2), row=U(.05, .2), per=U(3, 6), bf=.05, bt=.02, bm=.04, bc=U(.03, .1), **x)
    if st == "harrowed": return par("soil_harrowed_dry", so * U(1.2, 1.5), so * .85, w=U(.75, .97), wf=.04, wm=.06, wc=U(.05, .2), row=U(0, .08), per=U(3, 12), bf=.025, bm=.025, bc=U(.02, .08), **x)
    if st == "plough_wet": return par("soil_ploughed_wet", so * U(.46, .66), so * .9, w=U(.65, .98), wf=.06, wt=.04, wm=.12, wc=U(.1, .3), row=U(0, .1), per=U(3, 6), bf=.05, bm=.05, bc=.06, **x)
    if st == "mulch_clear":
        B = so * U(.7, 1) if R.random() < .6 else .5 * S["veg"] + .5 * so; return par(st, vary(S["film"], .14, .03), B, w=U(.4, .68), wf=.04, wt=.03, wm=.05, wc=.07, row=U(.2, .35), per=U(3, 3.8) if R.random() < .6 else U(4, 6), sharp=1.5, bf=.05, bm=.03, bc=.03, **x)
    if st == "mulch_black": return par(st, vary(S["blackfilm"], .12, .03), so * U(.8, 1.1), w=U(.45, .7), wf=.04, wt=.03, row=U(.15, .3), per=U(3, 4.5), bf=.05, bm=.03, **x)
    if st == "paddy":
        A = vary(S["flood"], .15, .06); A[3] *= U(.8, 1.5); return par("paddy_flooded", A, vary(S["rice"], .1, .04) if R.random() < .7 else S["mud"], w=U(.65, .98), wf=.02, wt=.03, wm=.06, wc=.12, bf=.02, bm=.04, bc=.06, **x)
    if st == "fallow":
        z = G(size=3); return grassp("fallow_weeds", d, z, so, .05, wm=.14, wc=.18, bt=.06)
    raise KeyError(st)
def subsoil(x, y): s = soil(x, y); return np.clip(s * U(1.12, 1.55) * np.exp(.03 * G(size=4)) + np.array([0, .004, .012, .012]) * U(0, 1.5), .03, .6)

# ---------------------------------------------------------------- layout: river, roads, settlements
LU = []                       # land survey (poly, code)
HARD = []                     # polygons events must avoid
def wiggle(p, q, n, amp, extra=200):
    p, q = np.array(p, float), np.array(q, float); t = np.linspace(-extra / np.linalg.norm(q - p), 1 + extra / np.linalg.norm(q - p), n); nrm = np.array([-(q - p)[1], (q - p)[0]]) / np.linalg.norm(q - p)
    o = sum(amp / k * G() * np.sin(2 * math.pi * k * t * U(.6, 1.1) + U(0, 6.28)) for k in (1, 2, 3)); return LineString(p + np.outer(t, q - p) + np.outer(o, nrm))
theta0 = U(-.35, .35)
side = U(.12, .3) if R.random() < .5 else U(.7, .88)
rl = wiggle((0, W * side), (W, W * (side + U(-.12, .12))), 160, 70) if R.random() < .5 else wiggle((W * side, 0), (W * (side + U(-.12, .12)), W), 160, 70)
rw = U(28, 60); bankw = U(22, 48); river = rl.buffer(rw / 2).intersection(WHOLE); RZ = rl.buffer(rw / 2 + bankw).intersection(WHOLE)
hw = wiggle((0, W * U(.35, .65)), (W, W * U(.35, .65)), 60, 60); hw2 = wiggle((W * U(.3, .7), 0), (W * U(.3, .7), W), 60, 50)
ROADS = [(hw, U(12, 17), "asp"), (hw2, U(8, 11), ch(["asp", "concold"]))]
taken = [l.buffer(w / 2 + 1) for l, w, _ in ROADS] + [RZ]
def quarter(cx, cy, area, el, th):
    w, h = math.sqrt(area * el), math.sqrt(area / el); g = rect(cx, cy, w * .8, h * .85, th)
    for _ in range(int(U(2, 5))): g = g.union(rect(*uv(cx, cy, U(-.4, .4) * w, U(-.4, .4) * h, th), w * U(.3, .7), h * U(.3, .7), th))
    g = biggest(g); return affinity.scale(g, *(2 * [math.sqrt(area / g.area)]), origin=(cx, cy))
def settle(area, el, pad, near=None, tries=300):
    for _ in range(tries):
        if near is not None: p = near.interpolate(U(.1, .9), normalized=True); c = (p.x + U(-1, 1) * 260, p.y + U(-1, 1) * 260)
        else: c = (U(.04, .96) * W, U(.04, .96) * W)
        g = quarter(*c, area, el, theta0 + (0 if near is not None else G(0, .12)))
        if not WHOLE.buffer(20).contains(g) and near is not None: continue
        g = g.intersection(WHOLE).difference(unary_union(taken[:2]) if near is not None else Polygon())
        g = biggest(g)
        if g.area < .55 * area or any(g.distance(t) < pad for t in taken[2:]) or (near is None and any(g.intersects(t) for t in taken[:2])): continue
        return g
    return None
town = ind = None; vill = []
town = settle(U(26e4, 40e4) * min(1, F * 1.2), 1.4, 20, hw)
if town is not None: taken.append(town)
ind = settle(U(18e4, 30e4) * min(1, F * 1.2), 1.8, 40, hw)
if ind is not None: taken.append(ind)
for _ in range(max(1, round(U(7, 11) * F))):
    g = settle(U(4e4, 13e4), U(1.1, 2.2), 90)
    if g is not None: vill.append(g); taken.append(g)
log("settlements", len(vill), SEAS, DATES)

# regions with own cadastre direction
npts = max(3, round(U(9, 14) * F)); pts = U(0, W, (npts, 2)); vor = [g.intersection(WHOLE) for g in shapely.voronoi_polygons(shapely.MultiPoint(pts), extend_to=WHOLE.buffer(500)).geoms]
vor = [g for g in vor if g.area > 100]
lanes = unary_union([g.exterior for g in vor]).difference(WHOLE.exterior.buffer(2)); LANEW = U(4.2, 6)
solid = unary_union([t if i > 1 else t.buffer(U(2, 7)) for i, t in enumerate(taken)] + [lanes.buffer(LANEW / 2 + 1.2)])
blocks, tracks = [], []
for g in vor:
    rg = g.difference(solid); th = theta0 + (ch([0, 0, math.pi / 2]) + G(0, .16)); cx, cy = g.centroid.x, g.centroid.y; L = math.hypot(*(np.array(g.bounds[2:]) - g.bounds[:2])) / 2 + 50
    z = G(size=4); so = soil(cx, cy); 
    put(rg, *both(lambda d: grassp("bund", d, z, so, -.1, w=.55, wt=.2)))
    shapely.prepare(rg); gap = U(3.2, 5.2); rowgap = U(.8, 3.2); explicit = R.random() < .55; tk = ch(["track", "track", "concold", "gravel"]); u = -L; usz = U(130, 300); vsz = U(70, 190)
    while u < L:
        du = usz * U(.7, 1.4); v = -L + U(0, 80)
        while v < L:
            dv = vsz * U(.6, 1.5); x, y = uv(cx, cy, u + du / 2, v + dv / 2, th); full = rect(x, y, du - gap, dv - rowgap, th)
            if rg.intersects(full):
                for b in polys(full.intersection(rg)):
                    if b.area > 900 and (b.buffer(-4).area > 200):
                        lu = rect(x, y, du - (gap if explicit else 0), dv, th).intersection(rg) if b.area > .5 * full.area else b
                        blocks.append(dict(poly=b, lu=lu, th=th, x=b.centroid.x, y=b.centroid.y, area=b.area))
            v += dv
        tx, ty = uv(cx, cy, u + du, 0, th); tl = LineString([uv(cx, cy, u + du, -L, th), uv(cx, cy, u + du, L, th)])
        for q in polys(tl.buffer(gap / 2 - .4, cap_style="flat").intersection(rg)):
            if q.area > 150:
                tracks.append((q, tl.intersection(q), tk))
                if explicit: LU.append((q, "1006"))
        u += du
rd = [l.buffer(w / 2) for l, w, _ in ROADS]
ALLROAD = unary_union(rd + [lanes.buffer(LANEW / 2)])
for q, _, tk in tracks:
    so = soil(q.centroid.x, q.centroid.y); z = G(size=4)
    if tk == "track": put(q, *both(lambda d: par("dirt_track", vary(.5 * S["track"] + .6 * so, .05, .02), grassp("x", d, z, so)[:4], w=.75, wf=.08, wt=.15, wm=.2, wc=.1, bf=.05, bm=.05)))
    else: put(q, *hardp(tk, "road_" + tk, dirt=so, w=.8, wm=.12, wc=.08))

# block use
FIELDS = []; ORCH, FOR, GHB, PONDB, GRB, FARMB, FB, VAC = [], [], [], [], [], [], [], []
mainstate = [dict(FARM[s]) for s in SEAS]; changep = U(.58, .72)
for b in blocks:
    near_river = b["poly"].distance(river) < 260; r = R.random(); t = "field"
    if b["area"] < 4000: t = ch(["field", "grass", "forest", "orchard"], [6, 2, 1.5, 1])
    else:
        o = np.array([80, 6.5, 5 if near_river else 2.2, 3.2 if b["area"] < 40000 else .5, 4 if near_river else 1.0, 2, 1.6 if b["area"] < 22000 else 0]); t = ch(["field", "orchard", "forest", "gh", "pond", "grass", "farm"], o)
    b["t"] = t; {"field": FB, "orchard": ORCH, "forest": FOR, "gh": GHB, "pond": PONDB, "grass": GRB, "farm": FARMB}[t].append(b)
paddyreg = soil
def states(b, prev=None):
    pass
def cutstrips(b):
    P, th = b["poly"], b["th"]; q = affinity.rotate(P, -th, origin=(0, 0), use_radians=True); x0, y0, x1, y1 = q.bounds; long_u = (x1 - x0) > (y1 - y0)
    r = R.random(); wd = U(12, 24) if r < .45 else (U(22, 40) if r < .72 else (U(40, 90) if r < .92 else 1e4))
    along_u = long_u if R.random() < .75 else not long_u; a0, a1 = (y0, y1) if along_u else (x0, x1); o = []; a = a0; bund = .3 if R.random() < .5 else .6; sk = G(0, .01)
    while a < a1 - 3:
        d = max(9., wd * math.exp(.28 * G())); e = a + d if a1 - (a + d) > 8 else a1
        pc = [(0., 1.)]
        ln = (x1 - x0) if along_u else (y1 - y0)
        if ln > 140 and R.random() < .4: c = U(.3, .7); pc = [(0., c), (c, 1.)]
        for c0, c1 in pc:
            bx = box(x0 + c0 * (x1 - x0), a, x0 + c1 * (x1 - x0), e) if along_u else box(a, y0 + c0 * (y1 - y0), e, y0 + c1 * (y1 - y0))
            for p in polys(bx.buffer(-bund / 2, join_style="mitre").intersection(q)):
                if p.area > 150: o.append((affinity.rotate(p, th, origin=(0, 0), use_radians=True), th + (0 if along_u else math.pi / 2)))
        a = e
    return o
def draw(dist, ex=None):
    k = [s for s in dist if s != ex]; return ch(k, [dist[s] for s in k])
nchg = 0
STAB = {"wheat", "maize", "rice", "bean", "cotton", "veg", "fallow"}
for b in FB:
    so = soil(b["x"], b["y"]); dom0 = draw(FARM[s1]); dom1 = draw(FARM[s2]); dominance = U(.2, .75)
    for p, th in cutstrips(b):
        f = dict(poly=p, th=th, soil=so * np.exp(.05 * G() + .01 * G(size=4)), b=b)
        a = dom0 if R.random() < dominance else draw(FARM[s1])
        if R.random() < changep: c = dom1 if (R.random() < dominance and dom1 != a) else draw(FARM[s2], a)
        else: c = a
        nchg += a != c; f["s"] = (a, c); f["id"] = put(p, fieldp(a, f, 0), fieldp(c, f, 1), sync=False); FIELDS.append(f)
        for d in (0, 1):                                     # half-worked fields, odd corners
            if R.random() < .06 and p.area > 600:
                q = affinity.rotate(p, -th, origin=(0, 0), use_radians=True); x0, y0, x1, y1 = q.bounds; c0 = U(.2, .8)
                pc = box(x0, y0, x0 + c0 * (x1 - x0), y1) if R.random() < .5 else box(x0, y0, x1, y0 + c0 * (y1 - y0))
                pc = affinity.rotate(pc.intersection(q), th, origin=(0, 0), use_radians=True); n = draw(FARM[SEAS[d]], f["s"][d])
                if n in ("wheat", "maize", "rice", "bean", "cotton") and f["s"][d] in STAB: n = "plough_dry"
                w = fieldp(n, f, d); put(pc, w, w, d + 1)
log("fields", len(FIELDS), "changed", round(nchg / max(1, len(FIELDS)), 2))
for b in ORCH:
    z = G(size=4); so = soil(b["x"], b["y"]); per = U(3.6, 6.); b["clear"] = R.random() < .22; tha = b["th"] + ch([0, math.pi / 2]); young = R.random() < .3; cov = U(.25, .4) if young else U(.45, .72)
    def orc(d):
        bg = grassp("x", d, z, so)[:4] if R.random() < .5 else so * U(.8, 1.1); c = canopy("fruit", "orchard", d, z, 2.8, cov, bg, row=.33, per=per, th=tha, sharp=1.3, grid=ch([0, 1., U(.7, 1.)]), bt=.08); return c
    p0 = orc(0); np.random.seed(0); p1 = p0.copy(); p1[0:8] = orc(1)[0:8]
    if b["clear"]:
        for p, th in cutstrips(b): f = dict(poly=p, th=th, soil=so, b=b); put(p, p0, fieldp(draw(FARM[s2]), f, 1))
    else: put(b["poly"], p0, p1)
for b in FOR:
    z = G(size=4); k = ch(["poplar", "poplar", "conifer", "shrub"]); g = b["poly"]; so = soil(b["x"], b["y"]); put(g, *both(lambda d: canopy(k, "forest", d, z, {"shrub": 2.5}.get(k, 9.), .9, row=.06 if k == "poplar" else 0, per=4.5, th=b["th"])))
    if R.random() < .25:                                    # logged
        b["logged"] = True; q = g if R.random() < .5 else biggest(g.intersection(rect(b["x"] + U(-30, 30), b["y"], U(60, 140), 400, b["th"])))
        z2 = G(size=4); put(q, None or par("logged", vary(.55 * S["leafless"] + .45 * so, .1, .03), .5 * S["weed"] + .5 * S["drygrass"], w=U(.4, .7), wf=.1, wt=.16, wm=.16, bf=.1, bt=.08, bm=.06), None, 2)
for b in GRB:
    z = G(size=4); so = soil(b["x"], b["y"]); put(b["poly"], *both(lambda d: shrubby("grass", d, z, so)))
    for _ in range(int(U(0, 9))):
        c = b["poly"].representative_point(); q = Point(c.x + G(0, 25), c.y + G(0, 25)).buffer(U(2, 4), 3)
        if b["poly"].contains(q): put(q, *both(lambda d: canopy("shrub", "tree", d, z, 3.)))
# water
def waterp(k, d, z, mat, **kw): return par(mat, np.clip(S[k] * np.exp(.15 * z[0] + .08 * G() + .06 * G(size=4)), .008, .4), S["mud"], w=.98, wt=.01, wm=.02, wc=.03, bf=.015, bm=.03, bc=.06)
pondlist = []
for b in PONDB:
    z = G(size=4); so = soil(b["x"], b["y"]); put(b["poly"], *both(lambda d: grassp("bund", d, z, so, 0))); q0 = affinity.rotate(b["poly"], -b["th"], origin=(0, 0), use_radians=True); x0, y0, x1, y1 = q0.bounds; nx, ny = max(1, round((x1 - x0) / U(50, 90))), max(1, round((y1 - y0) / U(40, 80)))
    for i in range(nx):
        for j in range(ny):
            q = biggest(box(x0 + (x1 - x0) * i / nx, y0 + (y1 - y0) * j / ny, x0 + (x1 - x0) * (i + 1) / nx, y0 + (y1 - y0) * (j + 1) / ny).intersection(q0)).buffer(-U(2.5, 4), join_style="round")
            if q.area > 250: pondlist.append(affinity.rotate(q, b["th"], origin=(0, 0), use_radians=True))
for _ in range(round(9 * F)):
    b = ch(FB); q = blob(b["x"] + U(-30, 30), b["y"] + U(-30, 30), U(500, 2600), U(1, 1.8), U(0, 3)); 
    if b["poly"].contains(q): pondlist.append(q); HARD.append(q.buffer(6)); LU.append((q, "1104")); z = G(size=4); put(q.buffer(U(2, 5)), *both(lambda d: grassp("bund", d, z, soil(b["x"], b["y"]), .1)))
for q in pondlist:
    z = G(size=4); n = []
    for d in (0, 1):
        r = R.random()
        if r < .12: n.append(par("pond_algae", vary(S["algae"], .12, .05), S["pond"], w=U(.4, .95), wt=.06, wm=.25, wc=.2, bf=.03))
        elif r < .17: n.append(par("pond_drained", vary(S["mud"], .15, .03), S["pond"], w=U(.6, .95), wt=.06, wm=.2, bf=.04, bm=.06))
        else: n.append(waterp(ch(["pond", "river"], [3, 1]) if d == 0 or R.random() < .25 else "pond", d, z, "pond"))
    put(q, *n)
    for d in (0, 1):                                         # lower level: rim of mud
        if R.random() < .3: put(q.difference(q.buffer(-U(1, 3.5))), par("mud", vary(S["mud"], .1, .03), S["weed"], w=.7, wt=.1, wm=.15), None, d + 1)
# river zone
z = G(size=4); cR = rl.interpolate(.5, normalized=True); so = soil(min(W - 1, max(0, cR.x)), min(W - 1, max(0, cR.y)))
put(RZ, *both(lambda d: grassp("grass", d, z, so, .1)))
for k in range(round(40 * math.sqrt(F))):
    p = rl.interpolate(U(0, rl.length)); q = ragged(blob(p.x + U(-1, 1) * (rw / 2 + bankw), p.y + U(-1, 1) * (rw / 2 + bankw), U(300, 4500), U(1, 3), U(0, 3)), 6, 1).intersection(RZ)
    z2 = G(size=4); kk = ch(["poplar", "shrub", "poplar", "grass"]); put(q, *both(lambda d: canopy(kk, "forest", d, z2, 7.) if kk != "grass" else shrubby("grass", d, z2, so)))
lev = [LineString(x) if not hasattr(x, "coords") else x for x in (rl.parallel_offset(rw / 2 + bankw * .8, s) for s in ("left", "right")) if x.geom_type == "LineString"]
for l in lev: z2 = G(size=4); put(l.buffer(2.2).intersection(WHOLE), *both(lambda d: par("dirt_track", vary(S["track"], .05, .02), grassp("x", d, z2, so)[:4], w=.7, wf=.08, wt=.15, wm=.2, wc=.1, bf=.05)))
z = G(size=4); put(river, *both(lambda d: waterp("river", d, z, "river")))
for d in (0, 1):
    q = river.difference(rl.buffer(rw / 2 - (0 if R.random() < .3 else U(.5, 9))))
    put(q, par("mud", vary(S["mud"] * .6 + .4 * S["sand"], .12, .03), S["weed"], w=.75, wt=.1, wm=.18, bf=.05), None, d + 1)
for k in range(round(U(3, 8))):
    p = rl.interpolate(U(0, rl.length)); q = blob(p.x + U(-.3, .3) * rw, p.y + U(-.3, .3) * rw, U(300, 1800), 3, U(0, 3)).intersection(river); put(q, par("sandbar", vary(S["sand"], .12, .03), S["mud"], w=.7, wt=.1, wm=.2), None, ch([1, 2, 3, 3]))
HARD.append(RZ)
# lanes and highways
for q in polys(lanes.buffer(LANEW / 2 + 1.2).intersection(WHOLE)): 
    z = G(size=4); put(q, *both(lambda d: grassp("bund", d, z, S["loam"] * .8, 0)))
lp = lanes.buffer(LANEW / 2).intersection(WHOLE).difference(river); put(lp, *hardp(ch(["concold", "asp", "conc"]), "road_lane", w=.85, wc=.1)); LU.append((lp.difference(unary_union(rd + [RZ] + taken[3:])), "1006"))
for i, (l, w, k) in enumerate(ROADS):
    g = l.buffer(w / 2).intersection(WHOLE); z = G(size=4); put(l.buffer(w / 2 + 2.5).intersection(WHOLE), *both(lambda d: grassp("bund", d, z, S["loam"], 0))); put(g, *hardp(k, "road_highway", w=.9, wc=.06)); LU.append((g if i == 0 else g.difference(rd[0]), "1003"))
    if w > 10: put(l.buffer(.35).intersection(WHOLE), *hardp("concold", "road_highway"))
    if R.random() < .7:
        for sd in ("left", "right"):
            o = l.parallel_offset(w / 2 + 5, sd); q = o.buffer(U(1.8, 3.5)).intersection(WHOLE).difference(unary_union(taken[3:] + [river])); z2 = G(size=4); put(q, *both(lambda d: canopy("poplar", "tree_belt", d, z2, 9., .8, row=.2, per=5., th=0, grid=1., sharp=1.)))
TREES = []
def tree(x, y, r=None, kind=None, H=None): TREES.append((x, y, r or U(1.6, 4.2), kind or ch(["poplar", "poplar", "conifer", "fruit"]), H or U(4, 10)))
for q in polys(lanes.buffer(LANEW / 2 + 3.5)):               # trees on some lanes
    e = q.exterior if q.geom_type == "Polygon" else None
    t = 0
    while e is not None and t < e.length:
        t += U(5, 9) if R.random() < .7 else U(30, 300); p = e.interpolate(t)
        if R.random() < .5 and WHOLE.contains(p) and not river.contains(p): tree(p.x, p.y)
# ---------------------------------------------------------------- buildings
BLD = []                       # demolition candidates: dict(poly, kind)
VEH = []
def vehicles(g, n):
    if g.is_empty: return
    for d in (0, 1):
        for _ in range(R.poisson(n)):
            b = g.bounds; x, y = U(b[0], b[2]), U(b[1], b[3])
            if g.contains(Point(x, y)): c = ch([(.5, .5, .5, .5), (.06, .06, .06, .08), (.08, .07, .28, .3), (.2, .2, .2, .22), (.25, .15, .1, .15)]); put(*(lambda t: (t[0], t[1], None, t[2]))((rect(x, y, *( (4.6, 2.) if R.random() < .75 else (11, 2.6)), U(0, 3.14)), par("vehicle", vary(np.array(c), .15, .05), H=1.7), d + 1)))
def yard(g, d=None, which=3, fresh=False):
    r = R.random(); x, y = g.centroid.x, g.centroid.y; so = soil(x, y)
    if r < .5: put(g, *hardp(ch(["conc", "concold", "concold"]) if not fresh else "concnew", "yard_concrete", dirt=so, w=.8, wm=.12), which)
    elif r < .78: put(g, *both(lambda d: par("yard_earth", vary(so * 1.15, .1, .03), S["drygrass"], w=.75, wf=.08, wt=.12, wm=.15, bf=.07, bt=.06)), which)
    else: z = G(size=4); put(g, *both(lambda d: grassp("yard_garden", d, z, so, .2, wt=.2, bt=.12)), which)
def house(cx, cy, w, h, th, style=None):
    r = R.random(); k = style or ch(["clay", "red", "slate", "blue", "concold", "conc", "grey", "asbestos", "bitumen"], [24, 16, 9, 9, 17, 8, 5, 6, 4]); flat = k in ("concold", "conc", "bitumen") ; roof((cx, cy, w, h), th, k, U(3.8, 8), 0 if flat else U(.25, .5))
def village(g, dense=1., plots=True):
    c = g.centroid; th = G(0, .1) + (0 if R.random() < .8 else theta0); z = G(size=4); so = soil(c.x, c.y); put(g, *both(lambda d: par("village_ground", vary(so, .08, .03) * 1.05, grassp("x", d, z, so)[:4], w=.5, wf=.08, wt=.2, wm=.25, wc=.1, bf=.07, bt=.07, bm=.05)))
    L = math.sqrt(g.area) * 1.3 + 30; pv = U(19, 26); inner = g.buffer(-3); shapely.prepare(inner); ln = U(60, 110); v = -L; vst = ch([None, None, "clay", "concold"])
    while v < L:
        rowl = rect(*uv(c.x, c.y, 0, v + pv - 1.8, th), 2 * L, 3.4, th).intersection(inner); put(rowl, *hardp(ch(["conc", "concold", "concold"]), "road_lane", dirt=so, w=.75, wm=.15)); u = -L + U(0, 10); run = 0
        while u < L:
            wd = U(10.5, 15.5); x, y = uv(c.x, c.y, u + wd / 2, v + pv / 2, th); pl = rect(x, y, wd - .4, pv - 3.8, th); run += wd
            if inner.contains(pl) and R.random() < .9 * dense:
                yard(pl); hd = U(6.5, 9.5); hx, hy = uv(x, y, 0, -(pv - 3.8) / 2 + hd / 2 + .3, th); house(hx, hy, wd - U(.4, 1.8), hd, th, vst if R.random() < .55 else None); BLD.append(dict(poly=pl, kind="house", g=id(g)))
                if R.random() < .4: sg = ch([-1, 1]); sx, sy = uv(x, y, sg * (wd / 2 - 2.4), 1.5, th); roof((sx, sy, 4, U(5, 8)), th, ch(["asbestos", "clay", "blue", "concold", "red"]), 3.)
                elif R.random() < .22: sx, sy = uv(x, y, 0, 3, th); roof((sx, sy, wd * .7, 5), th, ch(["blue", "red", "grey", "white"]), 3.2)
            elif R.random() < .6 and g.contains(Point(x, y)):
                for _ in range(int(U(1, 4))): tree(x + U(-6, 6), y + U(-7, 7))
            u += wd
            if run > ln: u += U(3.5, 6); run = 0
        v += pv
    b = g.bounds
    for _ in range(int(g.area / 1e4 * U(9, 20))):
        x, y = U(b[0], b[2]), U(b[1], b[3])
        if g.buffer(8).contains(Point(x, y)): tree(x, y, U(1.5, 3.4))
    sq = rect(*uv(c.x, c.y, U(-60, 60), U(-60, 60), th), U(22, 40), U(16, 30), th).intersection(g); put(sq, *hardp("conc", "yard_concrete")); SQ.append(sq) if not sq.is_empty else 0; vehicles(sq, 3)
SQ = []
for g in vill: village(g); HARD.append(g); LU.append((g, "0702"))
def halls(q, th, n, which=3, names=None, H=(6, 11), mix=None):
    """pack n halls in polygon q; returns the roofs"""
    if q.is_empty: return []
    o = []; b = affinity.rotate(q, -th, origin=(0, 0), use_radians=True); x0, y0, x1, y1 = b.bounds; w, h = x1 - x0, y1 - y0; k = max(1, n); nm = names or ["blue", "blueold", "red", "white", "grey", "green", "rust", "conc"]; main = ch(nm)
    for i in range(k):
        hh = h / k; cx, cy, ww, h2 = (x0 + x1) / 2 + U(-.04, .04) * w, y0 + hh * (i + .5), w * U(.72, .93), hh * U(.58, .84); c = affinity.rotate(Point(cx, cy), th, origin=(0, 0), use_radians=True); r = rect(c.x, c.y, ww, h2, th)
        if q.buffer(.5).contains(r): roof((c.x, c.y, ww, h2), th, main if R.random() < .6 else ch(nm), U(*H), U(.06, .16) if R.random() < .7 else 0, which=which); o.append(r)
    return o
def industry(g):
    c = g.centroid; th = theta0 + ch([0, math.pi / 2]); L = math.sqrt(g.area) * 1.4; z = G(size=4); so = soil(c.x, c.y); put(g, *hardp("asp", "road_street", w=.85, wm=.1)); inner = g.buffer(-2); u = -L
    while u < L:
        du = U(80, 170); v = -L
        while v < L:
            dv = U(60, 130); x, y = uv(c.x, c.y, u + du / 2, v + dv / 2, th); q = biggest(rect(x, y, du - U(8, 13), dv - U(7, 11), th).intersection(inner)); v += dv
            if q.area < 800: continue
            r = R.random(); z1 = G(size=4)
            if r < .22:
                put(q, *both(lambda d: par("bare_lot", vary(so * 1.1, .1, .03), S["drygrass"], w=.7, wt=.12, wm=.2, wc=.1, bf=.06)) if R.random() < .35 else both(lambda d: grassp("grass", d, z1, so, 0, wm=.25)))
                if q.area > 1500: VAC.append(dict(poly=q, th=th, x=x, y=y, area=q.area, t="vacant"))
                continue
            put(q, *hardp(ch(["conc", "concold", "concold", "asp"]), "yard_concrete", w=.82, wm=.1)); vehicles(q, 4)
            if r > .88:
                for _ in range(int(U(4, 14))): p = Point(x + U(-.4, .4) * du, y + U(-.4, .4) * dv).buffer(U(2, 8), 3).intersection(q); k = ch(["gravel", "ash", "sand", "rust", "grey"]); put(p, *hardp(k, "stockpile", H=2.5, bt=.15))
                continue
            for rr in halls(q.buffer(-U(2, 6)), th, int(U(1, 4))): BLD.append(dict(poly=rr, kind="hall", g=id(g)))
            if R.random() < .5:
                gq = q.difference(q.buffer(-U(1.5, 3))); put(gq, *both(lambda d: grassp("lawn", d, z1, so, .2)))
        u += du
if ind is not None: industry(ind); HARD.append(ind); LU.append((ind, "0601"))
def townf(g):
    c = g.centroid; th = theta0; L = math.sqrt(g.area) * 1.4; so = soil(c.x, c.y); put(g, *hardp("asp", "road_street")); inner = g.buffer(-1); u = -L; 
    while u < L:
        du = U(85, 150); v = -L
        while v < L:
            dv = U(75, 125); x, y = uv(c.x, c.y, u + du / 2, v + dv / 2, th); q = biggest(rect(x, y, du - U(9, 15), dv - U(8, 14), th).intersection(inner)); v += dv; z1 = G(size=4)
            if q.area < 700: continue
            t = ch(["apt", "low", "shop", "school", "park", "vacant"], [34, 30, 14, 7, 8, 7])
            if t == "low": village(q, 1.); continue
            if t == "vacant":
                put(q, *both(lambda d: grassp("grass", d, z1, so, 0, wm=.25)))
                if q.area > 1500: VAC.append(dict(poly=q, th=th, x=x, y=y, area=q.area, t="vacant"))
                continue
            put(q, *hardp(ch(["conc", "concold", "asp"]), "yard_concrete", w=.8, wm=.1)); vehicles(q, 6)
            if t == "apt":
                put(q.buffer(-U(4, 8)).difference(q.buffer(-U(10, 13))), *both(lambda d: grassp("lawn", d, z1, so, .2))); pv = U(24, 34); k = ch(["concold", "conc", "grey", "slate", "clay", "blue"]); vv = -dv / 2 + 10
                while vv < dv / 2 - 8:
                    r = rect(*uv(x, y, 0, vv, th), du * .7, 12, th)
                    if q.contains(r): cx, cy = r.centroid.x, r.centroid.y; roof((cx, cy, du * .7, 12), th, k, U(14, 27)); put(rect(cx, cy, du * .6, 2.5, th), *hardp(ch(["grey", "blue", "bitumen"]), "roof_grey", H=28))
                    vv += pv
            elif t == "shop":
                halls(q.buffer(-3), th, int(U(2, 5)), names=["concold", "grey", "white", "blue", "red", "bitumen"], H=(6, 14))
            elif t == "school":
                tr = rect(*uv(x, y, 0, dv * .12, th), min(80, du * .6), 36, th).buffer(6).intersection(q); put(tr, *hardp("trackred", "sports")); put(tr.buffer(-8), *hardp("turf", "sports")); r = rect(*uv(x, y, 0, -dv * .3, th), du * .6, 13, th)
                if q.contains(r): roof((r.centroid.x, r.centroid.y, du * .6, 13), th, ch(["concold", "red", "grey"]), 13)
            else:
                put(q, *both(lambda d: grassp("lawn", d, z1, so, .25)))
                for _ in range(int(q.area / 160)): p = (x + U(-.5, .5) * du, y + U(-.5, .5) * dv); q.contains(Point(p)) and tree(*p)
        u += du
if town is not None: townf(town); HARD.append(town); LU.append((town, "0701"))
# farms
for b in FARMB:
    z = G(size=4); so = soil(b["x"], b["y"]); q = b["poly"]; HARD.append(q); put(q, *both(lambda d: par("yard_earth", vary(so * 1.1, .06, .03), grassp("x", d, z, so)[:4], w=.55, wt=.2, wm=.25, bf=.06, bt=.05)))
    th = b["th"] + ch([0, math.pi / 2]); q2 = biggest(q.buffer(-5)); k = max(1, int(min(7, math.sqrt(b["area"]) / 22)))
    if q2.area > 500:
        rs = halls(q2, th, k, names=["blue", "red", "asbestos", "grey", "clay", "rust"], H=(3.5, 5.5))
        if rs: BLD.append(dict(poly=unary_union(rs).convex_hull.intersection(q), kind="farm", g=id(b)))
    LU.append((b["lu"], "1202"))
# scattered sheds, graves and lone trees in fields
for _ in range(round(70 * F)):
    f = ch(FIELDS); p = f["poly"].representative_point(); r = rect(p.x, p.y, U(4, 12), U(4, 8), f["th"])
    if f["poly"].contains(r): roof((p.x, p.y, U(4, 9), U(4, 7)), f["th"], ch(["clay", "blue", "concold", "asbestos", "white"]), 3.); HARD.append(r.buffer(8))
for _ in range(round(160 * F)):
    f = ch(FIELDS); p = f["poly"].representative_point()
    for _ in range(int(U(1, 6))): tree(p.x + G(0, 4), p.y + G(0, 4), U(1.2, 2.6), ch(["conifer", "poplar"]), U(3, 8))
# greenhouses
def tunnels(q, th, which=3, date2only=False, rng_off=(.0, .0), new=False):
    """film tunnels along th; each tunnel its own object"""
    b = affinity.rotate(q, -th, origin=(0, 0), use_radians=True); x0, y0, x1, y1 = b.bounds; wd = U(6.5, 10.5); gp = U(.9, 2.2); solar = R.random() < .3; so = soil(q.centroid.x, q.centroid.y)
    if solar: th_ = th; wd = U(8, 11); gp = U(4.5, 9)
    y = y0 + .5; z = G(size=4); nm = ch(["ghfilm", "ghfilm", "ghold"]); tone = vary(S[nm], .1, .04); o = []
    put(q, *both(lambda d: par("gh_gap", vary(so, .08, .03), grassp("x", d, z, so)[:4], w=.6, wt=.15, wm=.15, bf=.05)), which)
    while y + wd < y1 + .2:
        r = affinity.rotate(box(x0 + U(0, 3), y, x1 - U(0, 3), y + wd).intersection(b), th, origin=(0, 0), use_radians=True)
        if r.area > 60:
            under = ch([S["veg"], so, so * .7]); A = vary(tone, .07, .025)
            def film(d): f = A * (1 - .12) + .12 * under; return par("greenhouse_film", np.clip(f * math.exp(.04 * G()), 0, .8), f * .8, w=.8, wf=.05, wt=.06, row=.2, per=wd, th=th, sharp=1, bf=.04, bt=.04, bm=.05, H=2.6)
            def bare(d): cst = ch(["veg", "plough_dry", "sparse", "fallow", "plough_wet"]); c = fieldp(cst, dict(soil=so, th=th), d); c[28] = mid("greenhouse_open"); return c
            st = [R.random() < rng_off[0], R.random() < rng_off[1]]
            put(r, bare(0) if st[0] else film(0), bare(1) if st[1] else film(1), which); o.append(r)
            if solar and not new or solar: wl = affinity.rotate(box(x0, y - 1.8, x1, y).intersection(b), th, origin=(0, 0), use_radians=True); put(wl, *both(lambda d: par("gh_wall", vary(so * .9, .1, .03), S["drygrass"], w=.7, wt=.1, H=3.)), which)
        y += wd + gp
    return solar
for b in GHB:
    HARD.append(b["poly"]); r = R.random(); off = (.04, .04) if r < .55 else ((.05, .85) if r < .72 else ((.85, .08) if r < .88 else (.4, .4))); tunnels(b["poly"].buffer(-1), b["th"] + ch([0, 0, math.pi / 2]), rng_off=off); LU.append((b["lu"], ch(["1202", "0102"])))
for g in SQ + [biggest(q) for q, _, tk in tracks if tk == "concold"][: round(25 * F)]:
    for d in (0, 1):
        if R.random() < .45 and SEAS[d] in ("jun", "oct", "aug") and g.area > 50:
            p = g.representative_point(); k = "grainm" if SEAS[d] == "oct" else "grainw"; put(blob(p.x, p.y, min(g.area * .4, U(40, 220)), 2, U(0, 3), .1).intersection(g), par("grain", vary(S[k], .1, .04), S["conc"], w=.85, wt=.08), None, d + 1)
for l, w, k in ROADS: vehicles(l.buffer(w / 2 - 1).intersection(WHOLE), 60 * F * 12)
for x, y, r, k, H in TREES:
    z = G(size=4)
    if 0 < x < W and 0 < y < W: put(Point(x, y).buffer(r, 3), *both(lambda d: canopy(k, "tree", d, z, H, .85)))
for g, p, wh in VEH: put(g, p, None, wh)
log("static objects", len(T1))

# ---------------------------------------------------------------- events
EV = []; HARD_T = STRtree(HARD); RELIEF = []; used = []
EVB = [b for b in FB if b["area"] > 1500]; OTH = [b for b in ORCH + FOR + GRB if b["area"] > 1500 and not b.get("clear") and not b.get("logged")]
vb = [b for b in EVB if vill and min(b["poly"].distance(v) for v in vill) < 14]; lb = [b for b in EVB if b["poly"].distance(ALLROAD) < 10]
def free(g, pad=14): return WHOLE.buffer(-12).contains(g) and not any(u.distance(g) < pad for u in used)
def site(area, modes, el=(1., 3.), whole=None):
    m0 = ch(list(modes), list(modes.values()))
    for k in range(500):
        m = m0 if k < 220 else ch(list(modes), list(modes.values())); pool = {"field": EVB, "village_edge": vb, "roadside": lb, "vacant": VAC, "other": OTH}[m]
        if not pool: continue
        b = ch(pool); th = b["th"] + ch([0, math.pi / 2]); P = b["poly"]; e = U(*el); w, h = math.sqrt(area * e), math.sqrt(area / e)
        if m in ("field", "roadside") and R.random() < .35:        # follows one strip
            q = [f for f in FIELDS if f["b"] is b and f["poly"].area > 300]
            if not q: continue
            f = ch(q); g = f["poly"]
            if g.area > area: g = biggest(g.intersection(rect(*uv(g.centroid.x, g.centroid.y, U(-1, 1) * 20, 0, f["th"]), area / max(10, g.area / max(g.minimum_rotated_rectangle.length / 2 - 12, 12)), 500, f["th"])))
            th = f["th"]
        else:
            bb = P.bounds; x, y = U(bb[0], bb[2]), U(bb[1], bb[3])
            if m == "village_edge":
                v = min(vill, key=lambda v: v.distance(P)); pt = shapely.ops.nearest_points(P, v)[0]; x, y = pt.x + U(-25, 25), pt.y + U(-25, 25)
            if m == "roadside" and R.random() < .7: pt = shapely.ops.nearest_points(P, ALLROAD)[0]; x, y = pt.x + U(-40, 40), pt.y + U(-40, 40)
            g = rect(x, y, w, h, th)
            if R.random() < .22: g = g.difference(rect(*uv(x, y, w / 2, h / 2, th), w * U(.5, 1), h * U(.5, 1), th))     # L shape
            g = biggest(g.intersection(P))
        if g.area < max(300, .55 * area) or g.area > 15500 or g.buffer(-4).area < 25: continue
        if not free(g) or len(HARD_T.query(g, predicate="intersects")) and m != "vacant": continue
        return g, th, m if m != "other" else b["t"]
    return None
def larea(lo=300, hi=15000, mu=7.6, sd=.95):
    while True:
        a = math.exp(mu + sd * G())
        if lo * 1.05 < a < hi * .97: return a
def addev(kind, g, surface, place, alt="", mixed=0):
    used.append(g); EV.append(dict(kind=kind, kind_alt=alt, surface=surface, place=place, mixed=mixed, geometry=g))
W2 = 2
def earth(g, smoothness=None, mat="earthwork_soil", tone=None):
    c = g.representative_point(); so = subsoil(c.x, c.y) if tone is None else tone; lvl = U(0, 1) if smoothness is None else smoothness
    put(g, par(mat, so, so * np.array([.62, .64, .68, .7]), w=.82, wf=.08, wt=.08 + .1 * (1 - lvl), wm=.1 + .1 * (1 - lvl), wc=.1, row=U(0, .2), per=U(3.5, 7), th=U(0, 3.14), sharp=2, off=.5, bf=.04 + .05 * (1 - lvl), bt=.03 + .06 * (1 - lvl), bm=.04, bc=.05), None, W2)
    if R.random() < .7:                                      # wheel tracks
        for _ in range(int(U(1, 5))):
            b = g.bounds; l = wiggle((U(b[0], b[2]), U(b[1], b[3])), (U(b[0], b[2]) + .1, U(b[1], b[3])), 12, 5, 5); put(l.buffer(U(.7, 1.6)).intersection(g), par(mat, so * U(.6, 1.25), so, w=.8, wt=.1), None, W2)
    return so
def heaps(g, n, hmax=4.):
    b = g.bounds
    for _ in range(n):
        x, y = U(b[0], b[2]), U(b[1], b[3])
        if g.contains(Point(x, y)): RELIEF.append((x, y, U(3, 9), U(.8, hmax)))
def clutter(g, n):
    b = g.bounds
    for _ in range(n):
        x, y = U(b[0], b[2]), U(b[1], b[3]); q = rect(x, y, U(2, 9), U(1.5, 4), U(0, 3)); k = ch(["blue", "grey", "rust", "white", "red", "bitumen", "gravel", "sand"])
        if g.contains(q): put(q, hardp(k, "site_material", H=U(.5, 3))[0], None, W2)
def ev_building():
    sub = ch(["roof", "roofs_yard", "mixed", "foundation", "yard"], [30, 24, 22, 11, 13]); a = larea() if sub != "mixed" else larea(900, 15000, 8.0, .8)
    r = site(a, dict(field=34, village_edge=26, roadside=18, vacant=10, other=9), (1, 2.8))
    if r is None: return False
    g, th, pl = r; col = ch(["blue", "red", "white", "grey", "green", "clay", "conc", "bitumen", "blueold"], [26, 14, 12, 16, 5, 8, 10, 5, 4])
    if R.random() < .08: q = g; earthb(q)                    # ground was already broken at the first date
    if sub == "roof":
        ring = g.buffer(U(.5, 3.5)); earth(ring.intersection(WHOLE), 1.); mr = g.minimum_rotated_rectangle
        rs = halls(g, th, 1, W2, [col], (4, 10)) if R.random() < .75 else halls(g, th + math.pi / 2, int(U(1, 3)), W2, [col], (4, 10))
        if not rs: put(g, hardp(col, "roof_" + col, H=U(4, 9))[0], None, W2)
        elif unary_union(rs).area < .72 * g.area: put(g.difference(unary_union(rs)), hardp(ch(["concnew", "conc"]), "yard_concrete")[0], None, W2)
        addev("new_building", g, "roof_" + col, pl)
    elif sub == "roofs_yard":
        earth(g.buffer(U(0, 2)), 1.); put(g, hardp(ch(["concnew", "concnew", "conc", "asp", "gravel"]), "yard_concrete", w=.8, wm=.12)[0], None, W2); inner = biggest(g.buffer(-U(1.5, 4)))
        if inner.area > 80:
            c = ch([.35, .5, .7]); half = biggest(inner.intersection(rect(*uv(inner.centroid.x, inner.centroid.y, U(-.1, .1) * math.sqrt(g.area), U(-.2, .2) * math.sqrt(g.area), th), math.sqrt(g.area) * 2.2, math.sqrt(g.area) * c, th)))
            halls(half, th, int(U(1, 3.4)) if g.area > 1200 else 1, W2, [col, col, ch(["blue", "grey", "red", "conc"])], (3.5, 12))
        clutter(g, int(U(0, 5))); addev("new_building", g, "roof_" + col, pl)
    elif sub == "mixed":
        g = ragged(g, 8, .6); earth(g); y = biggest(g.intersection(rect(*uv(g.centroid.x, g.centroid.y, U(-.3, .3) * math.sqrt(g.area), U(-.3, .3) * math.sqrt(g.area), th), math.sqrt(g.area) * U(.6, 1.1), math.sqrt(g.area) * U(.5, 1.), th)))
        if y.area > 100:
            if R.random() < .7: put(y, hardp(ch(["concnew", "conc", "gravel"]), "yard_concrete")[0], None, W2)
            h = biggest(y.buffer(-2))
            if h.area > 80: halls(h, th, int(U(1, 3)), W2, [col, ch(["blue", "grey", "white"])], (3.5, 10))
        heaps(g, int(U(1, 5)), 3); clutter(g, int(U(3, 12))); addev("new_building", g, "mixed", pl, "earthwork", 1)
    elif sub == "foundation":
        so = earth(g); per = U(6, 12); put(biggest(g.buffer(-2)), par("foundation", vary(S["concnew"], .1, .03), so, w=.35, row=.45, per=per, th=th, sharp=3, off=.55, grid=1., wt=.06, bf=.05, H=.5), None, W2)
        if R.random() < .5: q = biggest(g.buffer(-3).intersection(rect(*uv(g.centroid.x, g.centroid.y, U(-.3, .3) * math.sqrt(g.area), 0, th), math.sqrt(g.area) * .6, 200, th))); put(q, hardp("concnew", "foundation", H=1.)[0], None, W2)
        clutter(g, int(U(2, 8))); addev("new_building", g, "foundation", pl, "earthwork", 1)
    else:
        k = ch(["concnew", "concnew", "conc", "asp"]); earth(g.buffer(U(0, 1.5)), 1.); put(g, hardp(k, "yard_concrete", w=.88, row=.06, per=U(5, 9), th=th, sharp=4, off=.9, grid=1.)[0], None, W2); clutter(g, int(U(0, 4))); vv = g.bounds
        addev("new_building", g, "concrete" if k != "asp" else "asphalt", pl)
    return True
def earthb(g):
    c = g.representative_point(); so = subsoil(c.x, c.y); put(g, par("earthwork_soil", so, so * .66, w=.8, wf=.08, wt=.14, wm=.15, wc=.1, bf=.06, bt=.06, bm=.05), None, 1)
def ev_earth():
    a = larea(400, 15000, 7.8, .8); r = site(a, dict(field=50, village_edge=14, roadside=22, vacant=6, other=10), (1, 2.6))
    if r is None: return False
    g, th, pl = r; g = ragged(g, 7, U(.3, 1.6)); sub = ch(["levelled", "heaps", "netted", "rubble_fill", "sheds"], [40, 26, 12, 10, 12]); so = earth(g, 1. if sub == "levelled" else None); s = math.sqrt(g.area)
    if sub == "heaps": heaps(g, int(U(4, 8 + g.area / 250)))
    if sub == "netted": q = biggest(ragged(g.intersection(rect(*uv(g.centroid.x, g.centroid.y, U(-.3, .3) * s, U(-.2, .2) * s, th), s * U(.7, 1.5), s * U(.6, 1.4), th)), 8, .5)); put(q, par("green_net", vary(S["net"], .12, .04), so, w=.82, wt=.1, wm=.14, bf=.05, bm=.05), None, W2); heaps(g, int(U(1, 5)))
    if sub == "rubble_fill": q = biggest(blob(g.centroid.x, g.centroid.y, g.area * .5, 1.5, th).intersection(g)); put(q, par("rubble", vary(S["rubble"], .1, .03), so, w=.65, wf=.18, wt=.14, wm=.15, bf=.14, bt=.08), None, W2); heaps(g, int(U(2, 9)), 2)
    if sub == "sheds":
        for _ in range(int(U(1, 4))):
            x, y = uv(g.centroid.x, g.centroid.y, U(-.35, .35) * s, U(-.35, .35) * s, th); q = rect(x, y, 14, 6, th)
            if g.contains(q): roof((x, y, U(9, 14), U(4, 6)), th, ch(["blue", "white"]), 3., which=W2)
        clutter(g, 6)
    clutter(g, int(U(0, 3))); addev("earthwork", g, sub, pl, "new_building" if sub == "sheds" else "", int(sub in ("sheds", "netted"))); return True
def ev_linear():
    for _ in range(300):
        w = U(5, 14); up = R.random() < .22 and tracks
        if up:
            q, l, tk = ch(tracks)
            if tk != "track" or l.length < 110 or l.geom_type != "LineString": continue
            Lg = min(l.length, U(110, 480)); s0 = U(0, l.length - Lg); l = shapely.ops.substring(l, s0, s0 + Lg); w = U(5, 8); was = "track"
        else:
            b = ch(EVB); th = b["th"] + ch([0, math.pi / 2]) + (0 if R.random() < .75 else U(-.6, .6)); Lg = U(110, 560); p = (b["x"] + U(-40, 40), b["y"] + U(-40, 40)); q = uv(*p, Lg, 0, th); l = wiggle(p, q, 24, (0 if R.random() < .45 else U(0, .012) * Lg), 0)
        g = l.buffer(w / 2, cap_style="flat").intersection(WHOLE)
        if g.geom_type != "Polygon" or g.area < 320 or not free(g, 16): continue
        if len(HARD_T.query(g, predicate="intersects")): continue
        k = ch(["aspnew", "concnew", "gravel", "conc"], [3, 4, 3, 2]); sh = g.buffer(U(.3, 3)); sh = l.buffer(w / 2 + U(.2, 2.5), cap_style="flat"); earth(sh, 1.)
        put(g, hardp(k, "road_new_" + k, w=.86, wm=.08, wc=.06)[0], None, W2)
        if w > 9 and k == "aspnew": put(l.buffer(.3), hardp("white", "road_new_" + k)[0], None, W2)
        g2 = g; nm = {"aspnew": "asphalt", "concnew": "concrete", "conc": "concrete", "gravel": "gravel"}[k]; addev("linear", g2, nm, "track" if up else "field"); return True
    return False
def ev_pv():
    r = site(larea(900, 15000, 8.5, .7), dict(field=70, other=25, vacant=5), (1, 2.5))
    if r is None: return False
    g, th, pl = r; c = g.centroid; so = soil(c.x, c.y); z = G(size=4); earth(g, 1.) if R.random() < .5 else put(g, grassp("grass", 1, z, so), None, W2)
    th2 = G(0, .03) if R.random() < .8 else th; bg = T2[-1][:4].astype(float); per = U(4.6, 8.5); put(g.buffer(-U(.5, 3)), par("pv_panels", vary(S["pv"], .16, .06), bg * U(.55, .9), w=U(.5, .62), row=.48, per=per, th=th2, sharp=3, off=U(-.3, .15), wf=.03, bf=.03, bm=.02, H=1.2), None, W2)
    if R.random() < .5 and g.area > 2500: p = g.representative_point(); roof((p.x, p.y, 7, 4), th2, ch(["white", "grey"]), 3, which=W2)
    addev("photovoltaic", g, "panels", pl); return True
def ev_gh():
    r = site(larea(500, 15000, 8.0, .75), dict(field=80, village_edge=10, other=6), (1, 2.8))
    if r is None: return False
    g, th, pl = r; s = tunnels(g, th if R.random() < .7 else th + math.pi / 2, W2, new=True); addev("greenhouse", g, "solar" if s else "tunnels", pl); return True
def ev_exc():
    r = site(larea(400, 15000, 7.7, .8), dict(field=60, other=28, roadside=10), (1, 1.9))
    if r is None: return False
    g, th, pl = r; g = ragged(g.buffer(-3).buffer(3), 7, 1.2); so = earth(g, 0.); inner = biggest(g.buffer(-U(2.5, 5))); RELIEF.append((inner, U(2.5, 7))); wet = R.random() < .5; s = math.sqrt(g.area)
    if wet:
        q = biggest(ragged(inner.buffer(-U(.5, 3)).intersection(blob(inner.centroid.x + U(-.1, .1) * s, inner.centroid.y + U(-.1, .1) * s, inner.area * U(.5, 1.3), 1.4, th)), 5, .6)); k = ch(["turq", "pond", "river"])
        put(q, par("pit_water", vary(S[k], .15, .05), S["mud"], w=.93, wm=.06, bf=.02), None, W2)
    else: put(inner, par("pit_floor", so * U(.65, 1.1), so * .6, w=.75, wt=.12, wm=.16, wc=.1, bf=.07, bt=.05), None, W2)
    heaps(g.difference(inner), int(U(2, 10)), 2.5); addev("excavation", g, "water" if wet else "soil", pl, "" if not wet else ""); return True
def ev_demo():
    for _ in range(200):
        b = ch(BLD); g = b["poly"]
        if b["kind"] == "house":
            nb = [o["poly"] for o in BLD if o["kind"] == "house" and o["poly"].distance(g) < 6]; n = int(U(2, 7)); nb.sort(key=lambda o: o.centroid.distance(g.centroid)); g = unary_union(nb[:n]).buffer(2.2, join_style="mitre").buffer(-2., join_style="mitre"); g = biggest(g)
        if g.area < 310 or g.area > 9000 or not free(g, 10): continue
        c = g.centroid; so = soil(c.x, c.y); su = ch(["rubble", "bare", "crop"], [45, 33, 22])
        if su == "rubble": put(g, par("rubble", vary(S["rubble"], .12, .04), so, w=.6, wf=.2, wt=.15, wm=.15, bf=.16, bt=.1), None, W2); heaps(g, int(U(2, 9)), 1.8)
        elif su == "bare": put(g, par("bare_demolished", vary(so * 1.15, .1, .03), S["rubble"], w=.7, wf=.08, wt=.12, wm=.15, bf=.07), None, W2)
        else: f = dict(soil=so, th=theta0); put(g, fieldp(ch(["veg", "sparse", "wheat", "fallow"]), f, 1), None, W2)
        addev("demolition", g, su, b["kind"]); return True
    return False
nev = int(round(U(62, 80) * F)); kinds = dict(new_building=ev_building, earthwork=ev_earth, linear=ev_linear, photovoltaic=ev_pv, greenhouse=ev_gh, excavation=ev_exc)
wts = dict(new_building=.40, earthwork=.20, linear=.13, photovoltaic=.08, greenhouse=.10, excavation=.09); todo = []
for k, w in wts.items(): todo += [k] * max(1, round(w * nev))
for k in todo: kinds[k]()
for _ in range(max(1, round(U(6, 10) * F))): ev_demo()
# idle lots: broken ground before, weeds after, or idle at both dates (no events)
IDLE = []
for _ in range(round(6 * F)):
    r = site(larea(500, 6000, 7.6, .6), dict(field=40, village_edge=40, vacant=20))
    if r is None: continue
    g, th, pl = r; used.append(g); earthb(g); IDLE.append(g); z = G(size=4)
    if R.random() < .6: put(g, grassp("weeds_on_earthwork", 1, z, subsoil(g.centroid.x, g.centroid.y), .1, w=.65, wm=.25), None, 2)
    else: p = T1[LAY[-1][1]].copy(); p[:8] = vary(p[:4], .05, .02).tolist() + p[4:8].tolist(); put(g, p, None, 2)
log("events", len(EV), "objects", len(T1))

# ---------------------------------------------------------------- draw
A1, A2 = np.array(T1, np.float32), np.array(T2, np.float32)
def noise(sig):
    f = max(1, int(sig / 1.8)); n = W // f + 3; a = ndi.gaussian_filter(R.standard_normal((n, n), dtype=np.float32), sig / f, mode="wrap"); a /= a.std()
    if f > 1:
        yy = np.arange(W, dtype=np.float32) / f; i = yy.astype(int); t = (yy - i).astype(np.float32); a = a[i] * (1 - t)[:, None] + a[i + 1] * t[:, None]; a = a[:, i] * (1 - t) + a[:, i + 1] * t
    return np.ascontiguousarray(a[:W, :W])
SIG = (.7, 2.2, 8., 38.)
ST = [noise(s) for s in SIG]; SHARE = (.55, .8, .65, .6)
xs = np.arange(W, dtype=np.float32) + .5
relief = np.zeros((W, W), np.float32)
for r in RELIEF:
    if len(r) == 4:
        x, y, rad, h = r; x0, x1, y0, y1 = max(0, int(x - 2.5 * rad)), min(W, int(x + 2.5 * rad) + 1), max(0, int(y - 2.5 * rad)), min(W, int(y + 2.5 * rad) + 1)
        X, Y = np.meshgrid(xs[x0:x1], xs[y0:y1]); relief[y0:y1, x0:x1] += h * np.maximum(0, 1 - ((X - x) ** 2 + (Y - y) ** 2) / (1.6 * rad) ** 2)
    else:
        g, dep = r; b = [int(v) for v in g.bounds]; x0, y0, x1, y1 = max(0, b[0] - 3), max(0, b[1] - 3), min(W, b[2] + 4), min(W, b[3] + 4); m = rasterize([(affinity.translate(g, -x0, -y0), 1)], (y1 - y0, x1 - x0), dtype="uint8") > 0
        relief[y0:y1, x0:x1] -= np.minimum(ndi.distance_transform_edt(m) * 1.1, dep).astype(np.float32)
def draw_date(d):
    P = A1 if d == 0 else A2; PT = np.ascontiguousarray(P.T); az, el, sv = SUN[d]; obj = rasterize([(g, i) for g, i, w in LAY if w & (d + 1)], (W, W), fill=1, dtype="int32")
    H = PT[24].take(obj); Hn = PT[25].take(obj); nz = []
    for k in range(4): n = noise(SIG[k]); s = SHARE[k]; n *= math.sqrt(1 - s * s); n += ST[k] * np.float32(s); nz.append(n)
    H += Hn * nz[1]; H[H < 0] = 0; del Hn
    if d == 1: H += np.maximum(relief, -12)
    # cast shadows: soft edge by counting
    sh = np.zeros((W, W), bool); tl = math.tan(el); hmax = 29; stp = 1.
    for k in range(1, int(hmax / tl) + 2):
        dx, dy = int(round(sv[0] * k)), int(round(sv[1] * k)); drop = k * tl + .4
        if drop > hmax: break
        ys, yd = (slice(max(0, dy), W + min(0, dy)), slice(max(0, -dy), W + min(0, -dy))); xs_, xd = (slice(max(0, dx), W + min(0, dx)), slice(max(0, -dx), W + min(0, -dx)))
        sh[yd, xd] |= H[ys, xs_] > H[yd, xd] + drop
    img = np.empty((4, W, W), np.float32); diff = np.array([.40, .31, .26, .20], np.float32) * U(.9, 1.1)
    for r0 in range(0, W, 256):
        r1 = min(W, r0 + 256); o = obj[r0:r1]; q = lambda k: PT[k].take(o); X = xs[None, :]; Y = xs[r0:r1, None]; n = [a[r0:r1] for a in nz]
        kx, ky, ph, gr = q(14), q(15), q(19), q(18); s = np.sin(kx * X + ky * Y + ph + .5 * n[3]); gi = gr > 0
        if gi.any(): s2 = np.sin((-ky * X + kx * Y) * gr + 2.1 * ph); off = q(17); s = np.where(gi, np.where(off > .4, np.maximum(s, s2), .75 * (s + s2)), s)
        rv = np.clip(q(16) * (s - q(17)), -1, 1); w = np.clip(q(8) + q(13) * rv + q(9) * n[0] + q(10) * n[1] + q(11) * n[2] + q(12) * n[3], 0, 1)
        # another noise look for brightness: rolled copies
        m = [np.roll(v, 977, 1) for v in n]; br = np.exp(np.clip(q(20) * m[0] + q(21) * m[1] + q(22) * m[2] + q(23) * m[3], -.7, .6))
        shs = sh[r0:r1]
        for b in range(4): v = (w * q(b) + (1 - w) * q(4 + b)) * br; img[b, r0:r1] = np.where(shs, v * diff[b], v)
    if d == 1:
        gy, gx = np.gradient(ndi.gaussian_filter(relief, .8)); f = np.clip(1 - (gx * sv[0] + gy * sv[1]) / tl, .3, 1.6).astype(np.float32); img *= f
    mat = P[:, 28].astype(np.uint8)[obj[::2, ::2]] ; return img, mat
def sensor(img, d):
    rad = ar.radiometry; ps = U(.85, 1.05) if not (rad == 2 and d == 1) else U(1.25, 1.7); dx = dy = 0.
    if d == 1: lim = .15 if rad < 2 else 1.; a = U(0, 6.28); r_ = U(.0, .3) if rad < 2 else U(.7, 1.); dx, dy = r_ * math.cos(a), r_ * math.sin(a)
    out = np.empty((4, N, N), np.float32)
    for b in range(4):
        v = ndi.gaussian_filter(img[b], ps)
        if d == 1: v = ndi.shift(v, (dy, dx), order=1, mode="nearest")
        out[b] = v.reshape(N, 2, N, 2).mean((1, 3))
    # atmosphere
    t0 = U(.12, .24) + (0 if d == 0 else {0: U(-.05, .12), 1: U(-.06, .15), 2: U(.15, .3)}[rad]); gx = np.linspace(-1, 1, N, dtype=np.float32); ang = U(0, 6.28)
    ramp = (math.cos(ang) * gx[None, :] + math.sin(ang) * gx[:, None]) / 1.4; lf = ndi.zoom(smooth(24, 4).astype(np.float32), N / 24, order=1)[:N, :N]
    tau = t0 * (1 + (.10 if not (rad == 2 and d == 1) else U(.6, .85)) * ramp + .06 * lf * (1 if rad < 2 else 2)); tau = np.maximum(tau, .03)
    lp = np.array([.30, .19, .115, .045]); kt = np.array([.75, .58, .46, .27])
    gain = np.array([1450., 1500, 1540, 1380]); offs = np.array([18., 14, 12, 10])
    if rad == 1 and d == 1: gain *= U(.72, 1.3, 4); offs = U(5, 60, 4)
    elif d == 1: gain *= np.exp(G(0, .015, 4)); offs += G(0, 2, 4)
    zen = (math.sin(SUN[d][1]) / math.sin(SUN[0][1])) if rad == 1 else 1.
    for b in range(4):
        T = np.exp(-kt[b] * tau); adj = ndi.zoom(ndi.gaussian_filter(out[b].reshape(N // 16, 16, N // 16, 16).mean((1, 3)), 4, mode="nearest"), 16, order=1)
        r_ = lp[b] * tau + T * out[b] + (1 - T) * .45 * adj; r_ *= zen ** .6; dn = gain[b] * r_ + offs[b]; k = 1. if not (rad == 2 and d == 1) else 2.2
        dn += R.standard_normal((N, N), dtype=np.float32) * k * (1.6 + .022 * np.sqrt(np.maximum(dn, 1)) * 3.) + (R.standard_normal(N) * .35 * k)[None, :]; out[b] = np.clip(np.rint(dn), 1, 4095)
    return out.astype(np.uint16), (dx / 2, dy / 2)

os.makedirs(ar.out, exist_ok=True); epsg = ch([4549, 4527, 32650, 4548]); X0 = {4549: 480000, 4527: 39560000, 32650: 560000, 4548: 590000}[epsg] + int(U(0, 20000)); Y0 = 4000000 + int(U(0, 60000)); crs = f"EPSG:{epsg}"; TR = rasterio.Affine(2, 0, X0, 0, -2, Y0)
MT = []; meta = {}
for d, nm in ((0, "before"), (1, "after")):
    img, mat = draw_date(d); MT.append(mat); dn, shift = sensor(img, d); del img
    with rasterio.open(f"{ar.out}/{nm}.tif", "w", driver="GTiff", width=N, height=N, count=4, dtype="uint16", crs=crs, transform=TR, nodata=0, tiled=True, compress="deflate", zlevel=1, predictor=2) as f:
        f.write(dn); f.descriptions = ("blue", "green", "red", "nir"); f.update_tags(ACQUISITION_DATE=DATES[d].isoformat())
    with rasterio.open(f"{ar.out}/material_{nm}.tif", "w", driver="GTiff", width=N, height=N, count=1, dtype="uint8", crs=crs, transform=TR, compress="deflate", zlevel=1) as f: f.write(mat, 1)
    meta[nm] = dict(date=DATES[d].isoformat(), season=SEAS[d], sun_azimuth=round(math.degrees(SUN[d][0]), 1), sun_elevation=round(math.degrees(SUN[d][1]), 1), shift_px=[round(float(v), 3) for v in shift]); log("drawn", nm)
json.dump({str(i): n for i, n in enumerate(MATS)}, open(f"{ar.out}/material_legend.json", "w"), indent=0)
# ---------------------------------------------------------------- vectors
def tomap(g): return shapely.transform(g, lambda c: np.c_[X0 + c[:, 0], Y0 - c[:, 1]])
shapely_m = lambda g: g if g.is_valid else shapely.make_valid(g)
rows = []
ordr = R.permutation(len(EV)); half = set()
for dem in (False, True):
    ix = [i for i in ordr if (EV[i]["kind"] == "demolition") == dem]; half |= set(ix[: int(round(len(ix) * (.5 if not dem else .6)))])
for i, e in enumerate(EV):
    g = e["geometry"]; b = [int(v / 2) for v in g.bounds]; sub = rasterize([(affinity.translate(affinity.scale(g, .5, .5, origin=(0, 0)), -b[0], -b[1]), 1)], (b[3] - b[1] + 1, b[2] - b[0] + 1), dtype="uint8", all_touched=True) > 0
    mm = MT[0][b[1]:b[3] + 1, b[0]:b[2] + 1]; sub = sub[:mm.shape[0], :mm.shape[1]]; h = np.bincount(mm[sub], minlength=len(MATS)); e["was"] = MATS[int(h.argmax())]; e["eid"] = i + 1; e["listed"] = int(i in half); e["area_m2"] = round(g.area, 1)
T = gpd.GeoDataFrame([{k: e[k] for k in ("eid", "kind", "kind_alt", "surface", "place", "was", "mixed", "listed", "area_m2")} for e in EV], geometry=[shapely_m(tomap(e["geometry"])) for e in EV], crs=crs); T.to_file(f"{ar.out}/truth.gpkg", driver="GPKG")
for i in sorted(half):
    e = EV[i]; g = e["geometry"]; r = R.random()
    if r < .62: q = ragged(g.buffer(U(-.5, 2.)).simplify(1.), 12, .8)
    elif r < .85: q = affinity.translate(g.minimum_rotated_rectangle if e["kind"] != "linear" else g, U(-3, 3), U(-3, 3)).buffer(U(2, 9), join_style="mitre").simplify(2)
    else: q = g.convex_hull.buffer(U(5, 14), 2).simplify(3) if e["kind"] != "linear" else g.buffer(U(3, 7), 2).simplify(2)
    k = e["kind"]; claim = ch(["违法用地", "合法用地", "临时用地", "其他", ""], [5, 4, 1, 1, 1])
    if k == "demolition": claim = ch(["已拆除", "拆除复耕", "违法用地"], [6, 3, 1])
    if k == "greenhouse": claim = ch(["设施农用地", "违法用地"], [4, 1])
    if k == "linear": claim = ch(["农村道路", "合法用地", "违法用地"], [3, 2, 2])
    if k in ("new_building", "earthwork") and R.random() < .1: claim = ch(["实地未变化", "设施农用地"])
    rows.append((q, claim, {"new_building": "新增建(构)筑物", "earthwork": "新增推填土", "linear": "新增线性地物", "photovoltaic": "新增光伏", "greenhouse": "疑似新增变化", "excavation": "疑似新增变化", "demolition": "拆除"}[k]))
for _ in range(round(10 * F) + 1):                               # rows where nothing was built
    if R.random() < .6: g = ch(FIELDS)["poly"]; cl = ch(["实地未变化", "违法用地", "合法用地"]); g = biggest(g.intersection(Point(g.centroid).buffer(U(20, 60))))
    else: b = ch(BLD); g = b["poly"].buffer(U(1, 5)); cl = ch(["已拆除", "实地未变化", "合法用地"])
    if g.area > 250 and not any(u.intersects(g) for u in used): rows.append((g, cl, "疑似新增变化"))
perm = R.permutation(len(rows)); rows = [rows[i] for i in perm]
if rows: gpd.GeoDataFrame(dict(TBBH=[f"370323WP{DATES[1].year % 100}{i+1:06d}" for i in range(len(rows))], JCMJ=[round(biggest(q).area * math.exp(G(0, .01)), 2) for q, _, _ in rows], TBLX=[t for _, _, t in rows], HFPD=[c for _, c, _ in rows], QSX=[DATES[0].isoformat()] * len(rows), HSX=[DATES[1].isoformat()] * len(rows)),
    geometry=[shapely_m(tomap(biggest(q))) for q, _, _ in rows], crs=crs).to_file(f"{ar.out}/list.shp", encoding=ch(["GBK", "UTF-8"]))
nt = int(U(3, 6)); big = WHOLE.buffer(300, join_style="mitre"); tv = [shapely.segmentize(g.intersection(big), 200) for g in shapely.voronoi_polygons(shapely.MultiPoint(U(.1, .9, (nt, 2)) * W), extend_to=big).geoms]; nm = [("370323102", "鲁村镇"), ("370323103", "东里镇"), ("370323104", "悦庄镇"), ("370323105", "西里镇"), ("370323002", "南麻街道")]
gpd.GeoDataFrame(dict(XZQDM=[nm[i][0] for i in range(len(tv))], XZQMC=[nm[i][1] for i in range(len(tv))]), geometry=[tomap(g) for g in tv], crs=crs).to_file(f"{ar.out}/towns.gpkg", driver="GPKG")
# land survey of the before state
wet = U(0, 1) < .4
for b in FB: LU.append((b["lu"], ch(["0102", "0103", "0101"], [8, 1, 2.5 if b["poly"].distance(river) < 600 else .4])))
for b in ORCH: LU.append((b["lu"], "0201"))
for b in FOR: LU.append((b["lu"], ch(["0301", "0301", "0307"])))
for b in GRB: LU.append((b["lu"], "0404"))
for b in PONDB: LU.append((b["lu"], "1104"))
LU.append((river, "1101")); LU.append((RZ.difference(river).difference(unary_union(rd)), "0404"))
DL = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0307": "其他林地", "0404": "其他草地", "1006": "农村道路", "1003": "公路用地", "0702": "农村宅基地", "0701": "城镇住宅用地", "0601": "工业用地", "1101": "河流水面", "1104": "坑塘水面", "1202": "设施农用地"}
pri = {"1003": 0, "1101": 1, "0701": 2, "0601": 2, "0702": 2, "1006": 3, "1104": 4}
LU = [(q, c) for g, c in LU for q in polys(shapely_m(g))]; LU.sort(key=lambda t: pri.get(t[1], 5)); flat, fc = [], []
arr = np.array([g for g, _ in LU], object); tre = STRtree(arr)
for i, (g, c) in enumerate(LU):                                  # earlier polygons cut later ones
    js = [j for j in tre.query(g, predicate="intersects") if j < i]
    if js: g = g.difference(unary_union(arr[js]))
    for q in polys(g):
        if q.area > 60: flat.append(q); fc.append(c)
wn = [ndi.zoom(smooth(max(8, W // 60), 1.2), 1) for _ in range(2)]; wamp = U(1.0, 1.8)
def warp(c):
    n = wn[0].shape[0]; i = np.clip(c / W * (n - 1), 0, n - 1).T[::-1]; return c + wamp * np.c_[ndi.map_coordinates(wn[0], i, order=1), ndi.map_coordinates(wn[1], i, order=1)]
wr = U(.03, .06); out = []; codes = []; nwrong = 0
for q, c in zip(flat, fc):
    q = shapely_m(shapely.transform(shapely.segmentize(q.simplify(.3), 45), warp))
    if R.random() < wr:
        nwrong += 1; alt = {"0102": ["0201", "0103", "0601", "0301", "1202", "0404", "0702"], "0201": ["0102", "0301"], "0301": ["0102", "0404", "0201"], "1104": ["0102", "0404"], "0404": ["0102", "0301", "1104"], "1202": ["0102", "0601"], "0702": ["0102", "0601"], "1006": ["0102", "1003"]}.get(c, ["0102"]); c = ch(alt)
    for p in polys(q):
        if p.area > 40: out.append(p); codes.append(c)
gpd.GeoDataFrame(dict(BSM=[f"{370323210000000000 + i}" for i in range(len(out))], DLBM=codes, DLMC=[DL[c] for c in codes], ZLDWDM=["3703231020000000000"] * len(out), TBMJ=[round(p.area, 2) for p in out]), geometry=[tomap(p) for p in out], crs=crs).to_file(f"{ar.out}/landuse.gpkg", driver="GPKG")
cnt = {k: int((T.kind == k).sum()) for k in sorted(set(T.kind))}
meta.update(seed=ar.seed, radiometry=ar.radiometry, crs=crs, fields=len(FIELDS), fields_changed=round(nchg / max(1, len(FIELDS)), 3), landuse_polygons=len(out), landuse_wrong=nwrong, events=cnt, listed=int(T.listed.sum()), list_rows=len(rows), idle_lots=len(IDLE), orchards_cleared=sum(b.get("clear", 0) for b in ORCH), forests_logged=sum(bool(b.get("logged")) for b in FOR), seconds=round(time.time() - t00, 1))
import resource; meta["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 20, 2)
json.dump(meta, open(f"{ar.out}/about.json", "w"), ensure_ascii=False, indent=1); print(json.dumps(meta, ensure_ascii=False))
