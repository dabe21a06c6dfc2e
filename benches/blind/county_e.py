"""county_e.py SEED RADIOMETRY OUT [--size 2048]: a synthetic county of loess, black soil, an oasis or a plain; colours drawn anew for each."""
import os; os.environ["OGR_CURRENT_DATE"] = "2024-01-01T00:00:00.000Z"; os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import argparse, datetime, json, warnings; import numpy as np, rasterio, shapely, geopandas as gpd; from rasterio import features; from rasterio.transform import Affine
from scipy import ndimage as ndi; from PIL import Image, ImageDraw; from shapely.geometry import Polygon, LineString, Point, box
from shapely.affinity import translate; warnings.filterwarnings("ignore"); ap = argparse.ArgumentParser(); ap.add_argument("seed", type=int); ap.add_argument("rad", type=int); ap.add_argument("out")
ap.add_argument("--size", type=int, default=2048); a = ap.parse_args(); os.makedirs(a.out, exist_ok=True); R = np.random.default_rng([a.seed, a.rad, 5]); RS = np.random.default_rng([a.seed, 77])   # RS: what the seed alone decides
N = a.size; W = 2 * N; FR = (N / 2048.) ** 2; U = lambda lo, hi: float(R.uniform(lo, hi))
def pick(d):
    k = list(d); w = np.array([d[i] for i in k], float); return k[int(R.choice(len(k), p=w / w.sum()))]
region = ["loess", "black", "oasis", "plain"][(a.seed + int(RS.integers(2)) * 2) % 4]
# ---- materials: name: (class, b, g, r, nir, family, fine, canopy, soilmix, row)
SO = {"loess": (.115, .165, .22, .30), "black": (.05, .062, .078, .115), "oasis": (.145, .185, .225, .285), "plain": (.09, .125, .165, .225)}[region]
s = lambda k, r=1.: (SO[0] * k, SO[1] * k, SO[2] * k * r, SO[3] * k * r); mx = lambda f, v: tuple(f * x + (1 - f) * y for x, y in zip(SO, v)); M = {}
def mat(n, c, sp, fam, fine=.03, can=0., sm=0., row=0.): M[n] = (c, sp, fam, fine, can, sm, row)
mat("soil_dry", 3, s(1.08), "soil", .035, .02, 0, .03); mat("soil_harrowed", 3, s(.82), "soil", .04, .02, 0, .05); mat("soil_ploughed", 3, s(.62), "soil", .06, .03, 0, .07)
mat("soil_irrigated", 3, s(.52), "soil", .04, .04, 0, .03); mat("film_white", 3, mx(.6, (.34, .36, .37, .40)), "film", .04, .02, 0, .10); mat("film_black", 3, mx(.45, (.07, .07, .07, .08)), "film", .04, .02, 0, .08)
mat("dirt_track", 3, s(1.2), "soil", .05, .03); mat("sand", 3, mx(.4, (.19, .24, .29, .35)), "soil2", .03, .03); mat("pond_floor", 3, s(.72, 1.0), "soil2", .05, .05)
mat("gobi", 3, (.155, .185, .21, .245), "soil2", .05, .04); mat("salt_crust", 3, (.30, .34, .37, .42), "salt", .07, .12); mat("loess_cliff", 3, s(1.15, 1.04), "soil", .08, .12)
mat("stubble", 2, mx(.45, (.12, .165, .22, .31)), "straw", .05, .03, .2, .06); mat("straw", 2, (.16, .21, .27, .36), "straw", .05, .04, .2, .07); mat("burnt", 2, mx(.2, (.035, .037, .042, .065)), "burnt", .12, .10, .3, .05)
mat("ripe", 2, (.07, .115, .155, .31), "straw", .04, .03, .15, .03); mat("senescent", 2, (.065, .09, .12, .235), "straw", .06, .04, .2, .04); mat("weeds", 2, mx(.35, (.045, .08, .075, .27)), "veg2", .08, .10, .4)
mat("sparse", 2, mx(.65, (.035, .07, .045, .38)), "crop", .05, .03, .25, .06); mat("cotton_open", 2, (.115, .14, .155, .285), "straw", .06, .04, .15, .06)
mat("flooded", 4, mx(.15, (.065, .08, .075, .05)), "water", .03, .03, .1); mat("water", 4, (.05, .07, .055, .03), "water", .015, .01); mat("river", 4, mx(.25, (.06, .085, .075, .04)), "water", .02, .02); mat("pond_algae", 4, (.045, .085, .055, .075), "water", .02, .04)
mat("crop_young", 13, mx(.38, (.035, .07, .045, .40)), "crop", .04, .02, .25, .05); mat("crop_mid", 13, mx(.15, (.033, .068, .043, .39)), "crop", .035, .02, .2, .03); mat("crop_dense", 13, (.026, .06, .032, .45), "crop", .03, .02, .12, .02)
mat("crop_tall", 13, (.03, .055, .036, .37), "crop", .05, .03, .15, .03); mat("rice", 13, (.03, .063, .036, .36), "crop", .025, .02, .12, .0); mat("vegetable", 13, mx(.2, (.04, .085, .05, .41)), "crop", .07, .05, .2, .1)
mat("wood", 14, (.024, .044, .030, .29), "wood", .10, .22, 0); mat("wood_bare", 14, mx(.3, (.045, .06, .07, .17)), "wood2", .09, .16, .1); mat("orchard", 14, mx(.2, (.03, .055, .038, .32)), "wood", .08, .12, .2, .13)
mat("orchard_bare", 14, mx(.5, (.05, .065, .075, .17)), "wood2", .07, .1, .2, .12); mat("grass", 14, mx(.25, (.04, .075, .06, .29)), "veg2", .05, .06, .35); mat("grass_dry", 14, mx(.35, (.085, .115, .145, .24)), "straw", .05, .06, .3); mat("shrub", 14, mx(.35, (.035, .055, .048, .22)), "veg2", .10, .2, .25)
for n, c in dict(blue=(.27, .21, .115, .20), red=(.075, .08, .24, .30), white=(.46, .48, .49, .49), grey=(.24, .255, .265, .27), concrete=(.19, .215, .235, .265), tile_red=(.085, .105, .185, .235), tile_dark=(.085, .093, .10, .125), green=(.09, .17, .12, .19)).items():
    mat("roof_" + n, 5, c, "roof_" + n, .03 if "tile" not in n else .06, .02, 0, .03)
mat("concrete_new", 6, (.29, .33, .36, .39), "conc", .025, .03); mat("concrete_old", 6, (.18, .205, .225, .26), "conc", .05, .05); mat("gravel_yard", 6, mx(.3, (.20, .225, .245, .27)), "grav", .06, .05); mat("yard_mixed", 6, mx(.45, (.15, .17, .18, .25)), "grav", .14, .12)
mat("greenhouse_film", 7, (.27, .295, .305, .38), "film", .05, .04, 0, .06); mat("greenhouse_new", 7, (.36, .385, .395, .46), "film", .04, .03, 0, .05); mat("greenhouse_frame", 7, mx(.5, (.08, .12, .10, .32)), "veg2", .07, .05, .2, .08)
mat("pv", 8, (.075, .068, .066, .10), "pv", .04, .02, 0, .35); mat("earth_stripped", 9, s(1.32, 1.06), "sub", .05, .08); mat("earth_heaped", 9, s(1.12, 1.08), "sub", .10, .2); mat("earth_levelled", 9, s(1.22, 1.03), "sub", .03, .04, 0, .03)
mat("pit_floor", 10, s(.95, 1.05), "sub", .08, .14); mat("pit_wall_lit", 10, s(1.4, 1.05), "sub", .10, .15); mat("pit_wall_shade", 10, s(.5, .95), "sub", .10, .15); mat("rubble", 11, mx(.3, (.19, .21, .23, .25)), "conc", .17, .22); mat("dust_net", 12, mx(.25, (.05, .115, .07, .14)), "net", .05, .08)
mat("road_asphalt", 15, (.085, .095, .105, .13), "asph", .03, .03); mat("road_concrete", 15, (.21, .24, .26, .29), "conc", .03, .04); mat("road_concrete_new", 15, (.30, .34, .365, .39), "conc", .02, .02); mat("road_gravel", 15, mx(.4, (.20, .225, .245, .27)), "grav", .05, .05); mat("road_asphalt_new", 15, (.05, .055, .06, .075), "asph", .02, .02)
names = list(M); MI = {n: i + 1 for i, n in enumerate(names)}; CLS = np.array([0] + [M[n][0] for n in names], np.uint8); cl = lambda x, m: np.clip(x, -m, m); fam = {}; g0 = RS.normal(0, .06); related = {}
for n in names:                              # colours of this county: brightness +-25 %, bands +-10 %, families move together
    f = M[n][2]; grp = {"soil": "earth", "soil2": "earth", "sub": "earth", "salt": "earth", "crop": "plant", "veg2": "plant", "wood": "plant"}.get(f, f)
    if grp not in related: related[grp] = (RS.uniform(-.17, .17), RS.uniform(-.06, .06, 4))
    if f not in fam: fam[f] = (related[grp][0] + RS.normal(0, .06), related[grp][1] + RS.normal(0, .025, 4))
SPEC = np.zeros((2, len(names) + 1, 4), np.float32)
for n in names:
    br = 1 + cl(fam[M[n][2]][0] + RS.normal(0, .05) + g0 * .5, .25); bd = 1 + cl(fam[M[n][2]][1] + RS.normal(0, .02, 4), .10)
    for d in (0, 1): SPEC[d, MI[n]] = np.array(M[n][1]) * br * bd
wetd = R.uniform(.86, 1.06, 2)                # soil moisture of the day
for d in (0, 1):
    for n in names:
        if M[n][2] in ("soil", "soil2", "sub", "film"): SPEC[d, MI[n]] *= wetd[d]
        elif M[n][0] in (2, 13, 14): SPEC[d, MI[n]] *= 1 + cl(R.normal(0, .035, 4), .08)
        elif M[n][0] == 4: SPEC[d, MI[n]] *= 1 + cl(R.normal(0, .12), .25)
# ---- dates
MON = {0: (4,), 1: (5, 6), 2: (7, 8), 3: (9, 10), 4: (11,)}; S1 = int(RS.integers(0, 5)); yr = int(RS.integers(2018, 2024)); m1 = int(RS.choice(MON[S1])); day = lambda y, m, d: datetime.date(y, m, int(d)); D1 = day(yr, m1, R.integers(4, 27))
if a.rad == 1:
    m2 = m1 + int(R.choice([-2, -1, 1, 2])); m2 = m2 if 4 <= m2 <= 11 else (5 if m1 < 7 else 10); D2 = day(yr + 1, m2, R.integers(4, 27))
else: D2 = day(yr + 1, m1, np.clip(D1.day + R.integers(-10, 11), 1, 28))
SEA = [next(k for k, v in MON.items() if D.month in v) for D in (D1, D2)]
def sunvec(D):                                # shadow displacement per metre of height (x right, y down)
    el = np.radians(np.clip(52 + 23.4 * np.sin(2 * np.pi * (D.timetuple().tm_yday - 81) / 365) + R.uniform(-5, 3), 22, 74)); az = np.radians(R.uniform(140, 172)); return np.array([-np.sin(az), np.cos(az)]) / np.tan(el) * np.array([1, 1])
SUN = [sunvec(D1), sunvec(D2)]
# ---- crop calendars: region -> crop -> (weight, five seasons of stages)
CAL = {
 "plain": {"wheat_maize": (6, "crop_mid crop_dense|ripe ripe stubble straw burnt sparse|crop_dense crop_tall|senescent straw crop_tall soil_harrowed stubble|sparse crop_young soil_harrowed"), "garlic": (1.5, "crop_mid vegetable|soil_dry sparse ripe|crop_dense crop_tall|soil_ploughed film_white soil_dry|film_white sparse"),
   "rice": (1.2, "crop_mid soil_ploughed|flooded flooded soil_irrigated|rice|ripe rice straw|stubble burnt sparse"), "cotton": (1, "soil_harrowed film_white|sparse film_white|crop_mid crop_dense|cotton_open senescent|senescent soil_ploughed"), "vegetables": (1, "film_black vegetable soil_irrigated|vegetable soil_dry|vegetable weeds crop_mid|vegetable soil_harrowed|vegetable soil_dry")},
 "black": {"maize": (5, "stubble soil_harrowed soil_ploughed burnt straw|sparse crop_young soil_harrowed|crop_tall crop_dense|senescent ripe stubble straw crop_tall|stubble straw soil_ploughed burnt"), "soya": (3, "soil_harrowed soil_ploughed stubble|soil_harrowed sparse|crop_dense crop_mid|ripe senescent soil_dry stubble|soil_ploughed stubble"), "rice": (1.5, "stubble soil_ploughed flooded|flooded soil_irrigated|rice|ripe straw rice|straw stubble burnt"), "potato": (1, "soil_harrowed film_black|sparse crop_mid|crop_mid weeds senescent|soil_dry soil_harrowed weeds|soil_ploughed soil_dry")},
 "oasis": {"cotton": (6, "film_white film_white soil_harrowed soil_irrigated|sparse film_white crop_young|crop_dense crop_mid|cotton_open senescent crop_mid|senescent soil_ploughed soil_irrigated"), "wheat": (2, "crop_mid crop_young|ripe crop_mid stubble|stubble soil_ploughed weeds crop_young|sparse soil_harrowed soil_irrigated|crop_young sparse"), "maize": (1.5, "soil_harrowed soil_ploughed|sparse crop_young|crop_tall|senescent ripe stubble|stubble soil_ploughed"), "melon_tomato": (1, "film_black film_white|sparse film_black|vegetable crop_mid weeds|weeds soil_dry|soil_dry soil_ploughed"), "fallow": (.7, "soil_dry weeds|weeds soil_dry|weeds|weeds soil_dry|weeds soil_dry")},
 "loess": {"maize": (3.5, "soil_harrowed film_white stubble|sparse film_white crop_young|crop_tall crop_dense|senescent straw stubble crop_tall|stubble soil_ploughed straw"), "wheat": (2.5, "crop_mid crop_young sparse|ripe crop_mid stubble|soil_ploughed stubble weeds|soil_harrowed sparse|sparse crop_young"), "potato_millet": (2, "soil_dry soil_harrowed film_black|soil_dry sparse|crop_mid crop_young weeds|senescent soil_dry weeds|soil_dry soil_ploughed"), "fallow": (1, "weeds soil_dry|weeds|weeds|weeds|weeds soil_dry")}}[region]
CAL = {k: (w * RS.uniform(.5, 1.8), [x.split() for x in t.split("|")]) for k, (w, t) in CAL.items()}; crops = {k: v[0] for k, v in CAL.items()}
# ---- objects
O = dict(mA=[0], mB=[0], lA=[1.], lB=[1.], ang=[0.], per=[8.], wA=[0.], wB=[0.], lu=["0404"], blk=[0], fld=[0]); LAY = dict(base=[], A1=[], B1=[], top=[], B2=[]); HI = [[], []]
def obj(mA, mB=None, lu="0404", blk=0, ang=0., per=7., lum=.025, fld=0, wA=0., wB=0.):
    l = 1 + cl(R.normal(0, lum), .07)
    for k, v in dict(mA=MI[mA], mB=MI[mB or mA], lA=l, lB=l * (1 + cl(R.normal(0, lum * .5), .04)), ang=ang, per=per, wA=wA, wB=wB, lu=lu, blk=blk, fld=fld).items(): O[k].append(v)
    return len(O["mA"]) - 1
def put(layer, pts, i): LAY[layer].append((np.asarray(pts, float), i))
def rect(c, ang, L, B, du=0., dv=0.):         # L along ang
    u = np.array([np.cos(ang), np.sin(ang)]); v = np.array([-u[1], u[0]]); c = np.asarray(c) + du * u + dv * v; return np.array([c - u * L / 2 - v * B / 2, c + u * L / 2 - v * B / 2, c + u * L / 2 + v * B / 2, c - u * L / 2 + v * B / 2])
def cut(P, p, n):
    d = (P - p) @ n; l, r, seg = [], [], []
    for i in range(len(P)):
        j = (i + 1) % len(P); (l if d[i] >= 0 else r).append(P[i])
        if (d[i] >= 0) != (d[j] >= 0):
            q = P[i] + (P[j] - P[i]) * d[i] / (d[i] - d[j]); l.append(q); r.append(q); seg.append(q)
    return np.array(l), np.array(r), seg
seasonal = lambda g, b: tuple(g if 0 < se < 4 else b for se in SEA)
woodm = seasonal("wood", "wood_bare"); orchm = seasonal("orchard", "orchard_bare"); grassm = tuple("grass" if se in (1, 2) or (se == 3 and region != "oasis") else "grass_dry" for se in SEA)
# ---- blocks by recursive splitting; the cuts become roads
ANG = RS.uniform(-.5, .5); tgt = {"plain": (150, 230), "black": (260, 330), "oasis": (210, 290), "loess": (150, 190)}[region]; bscale = RS.uniform(.9, 1.15); blocks, roads = [], []
def split(P, ang, lev):
    u = np.array([np.cos(ang), np.sin(ang)]); v = np.array([-u[1], u[0]]); eu, ev = np.ptp(P @ u), np.ptp(P @ v)
    if not Polygon(P).intersects(box(0, 0, W, W)): return
    if (eu < tgt[1] * 1.35 * bscale and ev < tgt[0] * 1.35 * bscale) or lev > 13: blocks.append((P, ang)); return
    n = u if eu / tgt[1] > ev / tgt[0] else v; t = R.normal(0, .05 if lev < 8 else .02); n = np.array([n[0] * np.cos(t) - n[1] * np.sin(t), n[0] * np.sin(t) + n[1] * np.cos(t)])
    q = P @ n; l, r, seg = cut(P, n * (q.min() + np.ptp(q) * U(.4, .6)), n)
    if len(seg) == 2: roads.append((seg, lev))
    for Q in (l, r): split(Q, ang + R.normal(0, .035), lev + 1)
split(rect((W / 2, W / 2), ANG, W * 1.5, W * 1.5), ANG, 0); R.shuffle(blocks)
def smooth(n, sig):
    x = ndi.gaussian_filter(R.standard_normal((n, n)).astype(np.float32), sig, mode="wrap"); return x / x.std()
def up(x, n): return ndi.zoom(x, n / x.shape[0], order=1)[:n, :n]
wild = smooth(64, 7); wth = np.quantile(wild, {"oasis": .78, "loess": .9, "black": .97, "plain": .99}[region]); river = None
if RS.random() < .75:
    t = np.linspace(-.05, 1.05, 60); w0 = U(25, 90); amp = U(80, 300); c = np.c_[t * W, W * U(.2, .8) + amp * np.sin(t * U(4, 9) + U(0, 6)) + 40 * np.sin(t * 25 + U(0, 6))]; c = c if R.random() < .5 else c[:, ::-1]; river = LineString(c)
centres = [np.array([U(.06, .94) * W, U(.06, .94) * W]) for _ in range(max(2, round(R.integers(6, 12) * FR)))]; centres = [c for c in centres if river is None or river.distance(Point(c)) > 280]; vill = []
nind = max(2, round(R.integers(5, 9) * FR)); ngh = max(1, round(R.integers(3, 7) * FR)); npv = max(1, round(R.integers(1, 4) * FR)); npond = max(1, round(R.integers(4, 10) * FR))
roofs = []                                    # (polygon, object id) that demolitions may take
def roof(P, m, h, lu, blk, layer="top", dates=(0, 1)):
    i = obj(m, lu=lu, blk=blk, ang=0, per=3, lum=.035); put(layer, P, i); roofs.append((P, i, h, len(roofs)))
    for d in dates: HI[d].append((P, h, i))
    return i
nf, blockfields, levels = 0, [], {}; wv = {k: RS.uniform(.6, 1.4) for k in "abcd"}
rmix = {"roof_blue": .7 * wv["a"], "roof_red": .9 * wv["b"], "roof_white": .35, "roof_grey": .5, "roof_concrete": 2 * wv["c"], "roof_tile_red": 2.5 * wv["d"], "roof_tile_dark": 1.2, "roof_green": .05}
imix = {"roof_blue": 3, "roof_red": 1.2, "roof_white": 2, "roof_grey": 2.2, "roof_concrete": 1, "roof_green": .3}; pch = U(.42, .66); widths = {"plain": (9, 24), "black": (14, 40), "oasis": (18, 48), "loess": (20, 50)}[region]
def stages(crop, pref):
    A, B = CAL[crop][1][SEA[0]], CAL[crop][1][SEA[1]]; mA = pref[0] if pref[0] in A and R.random() < .5 else A[R.integers(len(A))]
    if R.random() < pch or (mA not in {x for k in CAL for x in CAL[k][1][SEA[1]]} and R.random() < .6):
        c2 = crop if a.rad == 1 or R.random() < .45 else pick(crops); c = [x for x in CAL[c2][1][SEA[1]] + (["weeds"] if R.random() < .1 else []) if x != mA]
        if not c: c = [x for k in CAL for x in CAL[k][1][SEA[1]] if x != mA]
        return mA, (pref[1] if pref[1] in c and R.random() < .5 else c[R.integers(len(c))])
    return mA, mA
def wet(m): return float(R.random() < .25) * U(.1, .4) if CLS[MI[m]] in (2, 3) and not m.startswith("film") else 0.
def field(lu, b, ang, pref, crop):
    mA, mB = stages(crop, pref); lu = "0101" if crop == "rice" else lu; return obj(mA, mB, lu, b, ang, U(5, 11), .03, 1, wet(mA), wet(mB))
for b, (P, ang) in enumerate(blocks, 1):
    pg = Polygon(P); c = np.array(pg.centroid.coords[0]); x = R.random(); inside = box(40, 40, W - 40, W - 40).contains(pg); nr = river is not None and river.distance(pg) < 110
    iw = wild[int(np.clip(c[1] / W * 63, 0, 63)), int(np.clip(c[0] / W * 63, 0, 63))] > wth; bg = obj(*grassm, lu="0404", blk=b); put("base", P, bg); u = np.array([np.cos(ang), np.sin(ang)]); v = np.array([-u[1], u[0]])
    if iw:
        m = pick({"oasis": {"gobi": 3, "salt_crust": 1.2, "shrub": 1, "sand": .5}, "loess": {"shrub": 2, "loess_cliff": .6, "wood": 1}}.get(region, {"wood": 2, "shrub": 1, "grass": 1}))
        put("base", P, obj(*(woodm if m == "wood" else grassm if m == "grass" else (m, m)), lu="0301" if m in ("wood", "shrub") else "0404", blk=b)); continue
    if x < .045: put("base", P, obj(*woodm, lu="0301", blk=b)); continue
    if x < (.14 if region == "loess" else .10): put("base", P, obj(*orchm, lu="0201", blk=b, ang=ang, per=U(5, 9))); continue
    near = min([np.hypot(*(c - q)) for q in centres] or [9e9])
    if inside and not nr and x < .6 and near > 230:
        if nind > 0 and near < 700:
            nind -= 1; town = R.random() < .2; put("base", P, obj(pick({"concrete_old": 3, "gravel_yard": 1, "yard_mixed": 1}), lu="0601", blk=b)); lu = "0701" if town else "0601"
            L, B = np.ptp(P @ u) * .8, np.ptp(P @ v) * .8; nx, ny = (max(1, int(L / 55)), max(2, int(B / 34))) if town else (R.integers(1, 4), R.integers(2, 5))
            for i in range(nx):
                for j in range(ny):
                    if R.random() < .16: continue
                    Q = rect(c, ang, L / nx * U(.6, .9), 13 if town else B / ny * U(.45, .85), ((i + .5) / nx - .5) * L, ((j + .5) / ny - .5) * B)
                    if pg.buffer(-6).contains(Polygon(Q)): roof(Q, "roof_concrete" if town else pick(imix), U(15, 40) if town else U(6, 11), lu, b)
            for _ in range(4): put("base", rect(c, ang, U(8, 40), U(4, 12), U(-.45, .45) * L, U(-.45, .45) * B), obj(*woodm, lu=lu, blk=b))
            continue
        if ngh > 0:
            ngh -= 1; put("base", P, obj("soil_dry", lu="1202", blk=b)); L, B = np.ptp(P @ u), np.ptp(P @ v); w, l, gp = U(7, 12), U(50, 95), U(2, 7)
            for du in np.arange(-L / 2 + l / 2 + 3, L / 2 - l / 2, l + 5):
                for dv in np.arange(-B / 2 + w / 2 + 3, B / 2 - w / 2, w + gp):
                    Q = rect(c, ang, l, w, du, dv)
                    if pg.buffer(-2).contains(Polygon(Q)): st = [pick({"greenhouse_film": 3, "greenhouse_frame": 1}) for _ in (0, 1)]; put("base", Q, obj(*(st if R.random() < .5 else st[:1]), lu="1202", blk=b, per=4, ang=ang))
            continue
        if npv > 0: npv -= 1; put("base", P, obj("grass", lu="0601", blk=b)); put("base", np.array(pg.buffer(-6).exterior.coords), obj("pv", lu="0601", blk=b, ang=np.pi / 2 + U(-.06, .06), per=U(6, 9))); continue
        if npond > 0:
            npond -= 1; put("base", P, obj(*grassm, lu="1104", blk=b)); L, B = np.ptp(P @ u), np.ptp(P @ v); nx, ny = R.integers(1, 4), R.integers(1, 4)
            for i in range(nx):
                for j in range(ny):
                    l, w = L / nx * .86, B / ny * .84; Q = Polygon(rect(c, ang, l, w, ((i + .5) / nx - .5) * L, ((j + .5) / ny - .5) * B)).intersection(pg.buffer(-4))
                    if Q.geom_type != "Polygon" or Q.area < 200: continue
                    put("base", Q.exterior.coords, obj("pond_floor", lu="1104", blk=b)); m = pick({"water": 3, "pond_algae": 1, "river": 1})
                    for ly in ("A1", "B1"):
                        Z = Q.buffer(-abs(R.normal(0, 4)) - .1)
                        if R.random() > .15 and Z.geom_type == "Polygon" and Z.area > 60: put(ly, Z.exterior.coords, obj(m, lu="1104", blk=b))
            continue
    # farmland
    crop = pick(crops); pref = [CAL[crop][1][se][R.integers(len(CAL[crop][1][se]))] for se in SEA]; lu = "0103" if region == "loess" or (region == "black" and x < .9) else "0102"; one = U(.35, .9); blockfields.append((P, ang, b))
    if region == "loess": levels[bg] = (lu, b, ang, pref, crop, one); continue
    n = v if np.ptp(P @ v) < np.ptp(P @ u) or R.random() < .75 else u; sa = ang if n is v else ang + np.pi / 2; q = P @ n; pos = q.min(); wm = U(*widths); rest = P; cuts = []
    while pos < q.max():
        pos += wm * np.exp(R.normal(0, .28)); last = q.max() - pos < wm * .5; l, st, _ = (rest[:0], rest, 0) if last else cut(rest, n * pos, n); parts = [st]
        if len(st) > 2 and R.random() < .22: t = np.array([-n[1], n[0]]); k = st @ t; parts = list(cut(st, t * (k.min() + np.ptp(k) * U(.3, .7)), t)[:2])
        for z in parts:
            if len(z) > 2: i = field(lu, b, sa, pref, crop if R.random() < one else pick(crops)); put("base", z, i); cuts.append((z, n)); nf += 1
        if last or len(l) < 3: break
        rest = l
    if R.random() < .5:
        for z, _ in cuts[::int(R.integers(1, 4))]:
            e = np.argmax(np.hypot(*(np.roll(z, -1, 0) - z).T)); put("base", np.array(LineString([z[e], z[(e + 1) % len(z)]]).buffer(U(.8, 1.3), cap_style=2).exterior.coords), obj(*grassm, lu=lu, blk=b, fld=1))
# ---- river, villages, roads
def strip(line, w, i, layer): q = line.buffer(w / 2, cap_style=2, join_style=2); [put(layer, g.exterior.coords, i) for g in getattr(q, "geoms", [q]) if not g.is_empty]
if river is not None:
    strip(river, w0 + 30, obj(*woodm, lu="0301", blk=9001), "base"); strip(river, w0 + 12, obj(*grassm, lu="1101", blk=9000), "base"); strip(river, w0, obj("sand", lu="1101", blk=9000), "base")
    for ly in ("A1", "B1"): k = U(.35, .95); strip(translate(river, U(-1, 1) * w0 * (1 - k) * .4, U(-1, 1) * w0 * (1 - k) * .4), w0 * k, obj("river", lu="1101", blk=9000), ly)
for seg, lev in roads:
    ln = LineString(seg); w, m = (U(9, 14), pick({"road_asphalt": 3, "road_concrete": 1})) if lev < 2 else (U(5, 7), pick({"road_concrete": 2, "road_asphalt": 1})) if lev < 4 else (U(3.5, 5), pick({"road_concrete": 3, "dirt_track": 2, "road_gravel": 1})) if lev < 6 else (U(2.5, 4), "dirt_track")
    if lev < 9 and R.random() < (.7 if lev < 5 else .35): strip(ln.parallel_offset(w / 2 + 2, "left" if R.random() < .5 else "right"), U(3, 7), obj(*woodm, lu="0301", blk=9100 + len(roads)), "top")
    strip(ln, w, obj(m, lu="1003" if lev < 3 else "1006", blk=9002 if lev < 3 else 9003), "top")
for vi, c in enumerate(centres):
    va = ANG + R.normal(0, .08); r0 = U(110, 240) * (.8 if region == "loess" else 1); th = np.linspace(0, 2 * np.pi, 15)[:-1]; rr = r0 * R.uniform(.75, 1.2, 14); vp = Polygon(np.c_[c[0] + rr * np.cos(th) * 1.2, c[1] + rr * np.sin(th)]); vill.append(vp); k = 8000 + vi
    put("top", vp.exterior.coords, obj("yard_mixed", lu="0702", blk=k)); pu, pv_ = U(13, 18), U(17, 24); lane = U(4, 6)
    for ii, du in enumerate(np.arange(-320, 320, pu)):
        for dv in np.arange(-300, 300, pv_ + lane):
            du2 = du + (ii // 8) * 5 ; Q = rect(c, va, pu - .5, pv_, du2, dv); qc = Q.mean(0)
            if not vp.contains(Point(qc)): continue
            x = R.random(); ym = pick({"yard_mixed": 4, "concrete_old": 2, "soil_dry": 1, "weeds": 1}); put("top", Q, obj(ym, lu="0702", blk=k))
            if x < .12: put("top", rect(c, va, pu - 1, pv_ * .8, du2, dv), obj(*woodm, lu="0702", blk=k)); continue
            if x < .17: put("top", rect(c, va, pu - 1, pv_ * .8, du2, dv), obj("vegetable" if SEA[0] else "soil_harrowed", "vegetable", lu="0702", blk=k)); continue
            m = pick(rmix); roof(rect(c, va, pu - U(.5, 3), U(7, 10), du2, dv - pv_ * .22), m, U(3.5, 8), "0702", k)
            if R.random() < .55: roof(rect(c, va, U(3.5, 5), pv_ * .42, du2 + (pu / 2 - 3) * R.choice([-1, 1]), dv + pv_ * .22), pick(rmix), 3, "0702", k)
            if R.random() < .2: put("top", rect(c, va, 4, 4, du2, dv + pv_ * .3), obj(*woodm, lu="0702", blk=k))
    for _ in range(14): z = U(0, 6.28); put("top", rect(c + r0 * U(.95, 1.1) * np.array([1.2 * np.cos(z), np.sin(z)]), z, U(8, 16), U(12, 40)), obj(*woodm, lu="0301", blk=k + 500))
# ---- paint at 1 m
def paint(arr, layers):
    im = Image.fromarray(arr); dr = ImageDraw.Draw(im)
    for L in layers:
        for p, i in LAY[L]: dr.polygon([tuple(q) for q in (p - .5)], fill=int(i))
    return np.array(im)
base = paint(np.zeros((W, W), np.int32), ["base"])
if region == "loess":                          # terraces follow the contours of a hill
    dem = up(smooth(256, 26) * 36 + smooth(256, 9) * 7, W) * (N / 2048.) ** .3; sc = U(2.6, 4.4); lev = dem / sc; fl = np.floor(lev); gy, gx = np.gradient(dem[::4, ::4]); slope = up(np.hypot(gx, gy), W); sth = np.quantile(slope, .93)
    kk = list(levels); lut = np.zeros(len(O["mA"]), np.int32); lut[kk] = np.arange(1, len(kk) + 1); bi = lut[base]; msk = bi > 0
    key = bi[msk] * 400 + (fl[msk] - fl.min()).astype(np.int32); uq, inv, cnt = np.unique(key, return_inverse=True, return_counts=True); ids = np.zeros(len(uq), np.int32)
    for j, q in enumerate(uq): lu, b, ang, pref, crop, one = levels[kk[q // 400 - 1]]; ids[j] = field(lu, b, ang, pref, crop if R.random() < one else pick(crops)) if cnt[j] > 150 else kk[q // 400 - 1]; nf += cnt[j] > 150
    new = ids[inv]; riser = (lev - fl)[msk] < np.clip(slope[msk] / sc * 4 * .35, 0, .25); new[riser] = obj(*grassm, lu="0103", blk=9005, fld=1); st = slope[msk] > sth
    new[st] = np.where(up(smooth(256, 3), W)[msk][st] > .9, obj("loess_cliff", blk=9006), obj("shrub", lu="0404", blk=9006)); base[msk] = new
A = paint(base, ["A1", "top"]); B = paint(base, ["B1", "top"]); base = None; fl_ = np.array(O["fld"]); fid = np.flatnonzero(fl_); half = set(R.choice(fid, int(len(fid) * .07), replace=False).tolist())
for i, sl in enumerate(ndi.find_objects(A), 1):   # half-worked fields
    if sl is None or i not in half: continue
    d = int(R.random() < .6); z = (A, B)[d][sl]; yy, xx = np.nonzero(z == i); t = O["ang"][i] + (0 if R.random() < .6 else np.pi / 2); q = xx * np.cos(t) + yy * np.sin(t); k = (q > np.quantile(q, U(.25, .75))) if len(q) > 80 else q < -1e9
    alt = [m for m in CAL[pick(crops)][1][SEA[d]] if MI[m] != O["mB" if d else "mA"][i]]
    if alt: z[yy[k], xx[k]] = obj(alt[0], lu=O["lu"][i], blk=O["blk"][i], ang=O["ang"][i], fld=1)
# ---- events
lu_ = lambda: np.array(O["lu"]); A4 = A[::4, ::4]; farm4 = np.array([x[:2] == "01" for x in O["lu"]])[A4]; busy = np.zeros_like(farm4); ev, noth = [], []
def mask4(pg): im = Image.new("1", A4.shape[::-1]); ImageDraw.Draw(im).polygon([(x / 4 - .5, y / 4 - .5) for x, y in pg.exterior.coords], fill=1); return np.array(im)
def free(pg, need=.88):
    if not box(12, 12, W - 12, W - 12).contains(pg): return False
    m = mask4(pg.buffer(4)); n = m.sum(); return n > 0 and farm4[m].mean() >= need and not busy[m].any()
def site(ar, kind):
    for t in range(300):
        if kind == "linear":
            w = U(4, 10); P, ang, _ = blockfields[R.integers(len(blockfields))]; c = P.mean(0); an = ang + R.choice([0, np.pi / 2]) + R.normal(0, .15); L = ar / w; u = np.array([np.cos(an), np.sin(an)]); ln = LineString([c - u * L / 2, c + U(-.08, .08) * L * np.array([-u[1], u[0]]), c + u * L / 2]); pg = ln.buffer(w / 2, cap_style=2, join_style=2)
            if free(pg, .7): return pg, an, L, w, c, "field"
            continue
        edge = bool(vill) and R.random() < .3; P, ang, _ = blockfields[R.integers(len(blockfields))]; asp = np.exp(U(0, .9)); L, w = np.sqrt(ar * asp), np.sqrt(ar / asp); k = shapely.points
        if edge: vp = vill[R.integers(len(vill))]; q = vp.buffer(w * .6 + 12).exterior; c = np.array(q.interpolate(U(0, q.length)).coords[0])
        else: c = P[R.integers(len(P))] * .5 * U(.3, 1) + 0; c = P.mean(0) + (P[R.integers(len(P))] - P.mean(0)) * U(0, .7)
        pg = Polygon(rect(c, ang, L, w))
        if free(pg): return pg, ang, L, w, c, "village edge" if edge else "field"
    return None
nev = max(12, int(R.integers(52, 79) * FR)); kinds = (["new_building"] * 40 + ["earthwork"] * 20 + ["linear"] * 10 + ["photovoltaic"] * 8 + ["greenhouse"] * 12 + ["excavation"] * 10); kinds = [kinds[int((j + .5) / nev * 100)] for j in range(nev)]
def B2(P, m, ang=0., per=7., h=0., lum=.03):
    i = obj(m, ang=ang, per=per, lum=lum); put("B2", P, i)
    if h: HI[1].append((P, h, i))
for kind in kinds:
    ar = float(np.clip(np.exp(R.normal(np.log(1550), .95)), 320, 19500)); ar = min(max(ar, 600), 6000) if kind == "linear" else max(ar, 900) if kind in ("photovoltaic", "greenhouse") else ar; S = site(ar, kind)
    if S is None: continue
    pg, an, L, w, c, place = S; sub = lambda u0, u1, v0, v1: rect(c, an, (u1 - u0) * L, (v1 - v0) * w, ((u0 + u1) / 2 - .5) * L, ((v0 + v1) / 2 - .5) * w); E = np.array(pg.exterior.coords); alt, mixed = "", 0
    if kind == "linear": surf = pick({"road_concrete_new": 3, "road_asphalt_new": 1.2, "road_asphalt": .5, "road_gravel": 1.5}); B2(E, surf)
    elif kind == "new_building":
        surf = pick(imix if ar > 700 else rmix); x = R.random()
        if ar < 600 or x < .25: B2(E, surf, an, 3, U(4, 9))
        else:
            gm = pick({"concrete_new": 3, "concrete_old": 1, "earth_levelled": 2, "gravel_yard": 1.5, "earth_stripped": 1}); B2(E, gm); k = 1 if ar < 1500 else int(R.integers(1, 5)); e = U(.05, .1); f = U(.45, .85)
            for j in range(k): B2(sub(e, f if k < 3 else 1 - e, e + (1 - 2 * e) * j / k, e + (1 - 2 * e) * (j + (1 if k == 1 else .78)) / k), surf if R.random() < .8 else pick(imix), an, 3, U(4, 10))
            if x > .6 and k < 3: B2(sub(f + .06, .97, .05, U(.4, .9)), pick({"earth_heaped": 2, "gravel_yard": 1, "concrete_new": 1, "dust_net": .7})); mixed = 1
            if "earth" in gm: mixed = 1; alt = "earthwork" if f < .75 else ""
        if R.random() < .1 and ar >= 600: surf = pick({"concrete_new": 2, "gravel_yard": 1}); B2(E, surf); mixed = 0; alt = "earthwork" if surf == "gravel_yard" else ""
    elif kind == "earthwork":
        surf = pick({"earth_stripped": 3, "earth_levelled": 2, "earth_heaped": 1.2, "dust_net": 1}); B2(E, surf, an); x = R.random()
        if x < .55: u0, v0 = U(.05, .5), U(.05, .5); B2(sub(u0, u0 + U(.2, .45), v0, v0 + U(.2, .45)), pick({"earth_heaped": 2, "earth_levelled": 1, "dust_net": 1.2, "concrete_new": .6})); mixed = 1
        if x < .2 and ar > 900: B2(sub(.06, .3, .06, .35), pick(imix), an, 3, 5.); alt = "new_building"
        if x > .8 and surf != "dust_net": alt = "excavation"
    elif kind == "photovoltaic":
        surf = "pv"; pa = np.pi / 2 + U(-.05, .05) if R.random() < .7 else an; B2(E, pick({"earth_levelled": 2, "weeds": 1, "soil_dry": 1})); B2(sub(.03, .97, .04, .96), "pv", pa, U(5.5, 9))
        if ar > 2500: B2(sub(.04, .09, .05, .05 + 8 / w), "roof_white", 0, 3, 3.)
    elif kind == "greenhouse":
        surf = pick({"greenhouse_new": 2, "greenhouse_film": 1.5}); B2(E, pick({"soil_dry": 2, "earth_levelled": 1})); k = max(1, int(w / U(9, 13))); gp = U(.1, .35)
        for j in range(k): B2(sub(.03, .97, j / k + gp / k / 2, (j + 1 - gp / 2) / k), surf if R.random() < .88 else "greenhouse_frame", an, 4)
        alt = "new_building" if R.random() < .15 else ""
    else:
        surf = "pit_floor"; rg = R.uniform(.82, 1.0, 12); th = np.linspace(0, 2 * np.pi, 13)[:-1]; u = np.array([np.cos(an), np.sin(an)]); v = np.array([-u[1], u[0]]); q = lambda s: c + np.outer(np.cos(th) * rg * L / 2 * s, u) + np.outer(np.sin(th) * rg * w / 2 * s, v)
        E = q(1.13); pg = Polygon(E); dz = SUN[1] / np.hypot(*SUN[1]) * min(w * .06, 6); B2(E, "pit_wall_lit"); B2(q(.95) - dz * .7, "pit_wall_shade"); B2(q(.78), "pit_floor"); alt = "earthwork" if R.random() < .5 else ""
        if R.random() < .3: B2(q(U(.3, .5)), "water"); mixed = 1
        if R.random() < .4: B2(rect(c, an, L * .15, w * .3, L * .3, 0), "earth_heaped"); mixed = 1
    busy |= mask4(pg.buffer(14)); cx, cy = np.clip(c.astype(int), 0, W - 1); ev.append(dict(kind=kind, kind_alt=alt, surface=surf, place=place, was=names[O["mA"][A[cy, cx]] - 1], mixed=mixed, geometry=pg))
big = [r for r in roofs if box(8, 8, W - 8, W - 8).contains(Polygon(r[0]))]; big = [big[j] for j in R.permutation(len(big))]; nd = max(3, int(R.integers(6, 11) * FR)); gone = []
big.sort(key=lambda r: Polygon(r[0]).area < 280)   # works first; houses go in clusters
wk = [r for r in big if Polygon(r[0]).area >= 280]; hs = big[len(wk):]
for j in range(nd * 6):
    src = wk if (j % 3 and len(wk) > j) else hs
    if not src or len(gone) >= nd: continue
    r = src[j % len(src)]; pg = Polygon(r[0])
    if src is hs: pg = Polygon(rect(r[0].mean(0), ANG, U(22, 45), U(18, 32)))
    pg = pg.buffer(1.2, join_style=2)
    if any(pg.distance(e["geometry"]) < 6 for e in ev) or not box(4, 4, W - 4, W - 4).contains(pg): continue
    surf = pick({"rubble": 4, "soil_dry": 1.5, "soil_harrowed": 1, "crop_young" if SEA[1] in (1, 2) else "sparse": 1}); gone.append(pg); HI[1] = [h for h in HI[1] if not pg.contains(Point(h[0].mean(0)))]; B2(np.array(pg.exterior.coords), surf)
    if surf == "rubble" and R.random() < .4: B2(rect(r[0].mean(0), ANG, 9, 7), "soil_dry")
    ev.append(dict(kind="demolition", kind_alt="", surface=surf, place="works" if src is wk else "village", was=names[O["mA"][r[1]] - 1], mixed=0, geometry=pg))
B = paint(B, ["B2"])
# ---- images
T = {k: np.array(O[k]) for k in ("mA", "mB")}; T.update({k: np.array(O[k], np.float32) for k in ("lA", "lB", "ang", "per", "wA", "wB")}); TX = np.array([(0, 0, 0, 0)] + [M[n][3:] for n in names], np.float32); nz = lambda n, sg: up(smooth(n, sg), N)
yy, xx = np.mgrid[0:N, 0:N].astype(np.float32) * 2; stat = [R.standard_normal((N, N)).astype(np.float32), ndi.gaussian_filter(R.standard_normal((N, N)).astype(np.float32), 1.2) * 4.2, nz(256, 1.5)]; mats, clss, imgs = [], [], []
for d, (G, km, kl, kw) in enumerate(((A, "mA", "lA", "wA"), (B, "mB", "lB", "wB"))):
    mt = T[km][G].astype(np.uint8); p, q, r, t = mt[::2, ::2], mt[1::2, ::2], mt[::2, 1::2], mt[1::2, 1::2]; mm = np.where((q == r) | (q == t), q, np.where(r == t, r, p)); mm[mm == 0] = MI["grass"]; mats.append(mm); clss.append(CLS[mm])
    sh = Image.new("F", (W, W), 1.); ds = ImageDraw.Draw(sh)
    for P, h, i in HI[d]: ds.polygon([tuple(z) for z in shapely.MultiPoint(np.r_[P, P + SUN[d] * h]).convex_hull.exterior.coords], fill=.36)
    sh = np.array(sh); sh[CLS[mt] == 5] = 1.; sh = sh.reshape(N, 2, N, 2).mean((1, 3)); mt = None
    G2 = G[::2, ::2]; tx = TX[mm]; fn = .72 * stat[0] + .7 * R.standard_normal((N, N)).astype(np.float32); cn = .8 * stat[1] + .5 * ndi.gaussian_filter(R.standard_normal((N, N)).astype(np.float32), 1.5) * 5; vg = .6 * stat[2] + .6 * nz(256, 2.5)
    an = T["ang"][G2]; rows = np.sin((xx * -np.sin(an) + yy * np.cos(an)) * (2 * np.pi / T["per"][G2])); tex = 1 + tx[..., 0] * fn * .8 + tx[..., 1] * cn * .8 + tx[..., 3] * rows * np.where(tx[..., 3] > .3, 1, .45)
    tex *= 1 - T[kw][G2] / (1 + np.exp(-4 * (vg + .3))); tex *= sh; np.clip(tex, .2, 2., tex); smx = np.clip(tx[..., 2] * (vg - .2), -.1, .5); shb = (1 - sh) / .64; out = np.empty((4, N, N), np.float32); soil = SPEC[d, MI["soil_dry"]] * .9
    for b in range(4):
        L = (SPEC[d, T[km], b] * T[kl]).astype(np.float32); L[0] = SPEC[d, MI["grass"], b]; x = L[G].reshape(N, 2, N, 2).mean((1, 3)); x += smx * (soil[b] - x); out[b] = x * tex + shb * (.012, .006, .003, .002)[b]
    imgs.append(out)
blur = [U(.42, .6), U(.42, .6) if a.rad < 2 else U(.75, 1.0)]; nse = [U(.0012, .003), U(.0012, .003) if a.rad < 2 else U(.004, .007)]; shm = (.08, .3, .4)[a.rad]; path0 = np.array([.055, .035, .02, .01]) * U(.5, 1.3); sens = int(RS.integers(3))
gain0 = np.array([1e4] * 4) if sens == 0 else RS.uniform(2200, 3600, 4) if sens == 1 else RS.uniform(1000, 1700, 4); off0 = 0 if sens == 0 else RS.uniform(0, 40); top = 65000 if sens == 0 else (2047, 1023)[sens - 1]
hz = ((xx * U(-1, 1) + yy * U(-1, 1)) / W); hz = (hz - hz.min()) / np.ptp(hz) * .7 + .3 * (up(smooth(64, 12), N) * .25 + .5)
x0, y0 = 39000000 + 100 * int(RS.integers(4200, 5600)), 100 * int(RS.integers(36000, 46000)); EPSG = 4527; tr = Affine(2, 0, x0, 0, -2, y0); ptp = dict(driver="GTiff", width=N, height=N, crs=f"EPSG:{EPSG}", transform=tr, tiled=True, blockxsize=256, blockysize=256, compress="deflate", zlevel=2)
dx, dy = R.uniform(-shm, shm, 2)
for d, nm in ((0, "before"), (1, "after")):
    im = imgs[d]; pr = path0 * (1 if d == 0 else U(.8, 1.25)); tr_ = np.ones(4) if d == 0 else 1 + R.normal(0, (.015, .06, .03)[a.rad], 4); of = np.zeros(4) if d == 0 else R.normal(0, (.001, .006, .004)[a.rad], 4); hk = U(.5, 1.)
    with rasterio.open(f"{a.out}/{nm}.tif", "w", count=4, dtype="uint16", nodata=0, predictor=2, **ptp) as f:
        for b in range(4):
            x = ndi.gaussian_filter(im[b], blur[d], mode="nearest", truncate=3)
            if d: x = ndi.shift(x, (dy, dx), order=1, mode="nearest")
            x = x * tr_[b] + pr[b] + of[b]
            if d and a.rad == 2: h = hz * hk; x = x * (1 - h * (.22, .17, .13, .08)[b]) + h * (.105, .08, .06, .035)[b]
            x += nse[d] * R.standard_normal((N, N)).astype(np.float32); f.write(np.clip(x * gain0[b] + off0, 1, top).astype(np.uint16), b + 1); f.set_band_description(b + 1, ("blue", "green", "red", "nir")[b])
        f.update_tags(ACQUISITION_DATE=str((D1, D2)[d]))
    for k, z in (("class", clss[d]), ("material", mats[d])):
        with rasterio.open(f"{a.out}/{k}_{nm}.tif", "w", count=1, dtype="uint8", nodata=255, **ptp) as f: f.write(z, 1)
json.dump({str(v): k for k, v in MI.items()}, open(f"{a.out}/material_legend.json", "w"), indent=0)
# ---- vectors
geo = lambda g: shapely.transform(g, lambda z: np.c_[x0 + z[:, 0], y0 - z[:, 1]]); crs = f"EPSG:{EPSG}"; cnt = {}; ev = [ev[i] for i in R.permutation(len(ev))]; lst = []
TB = dict(new_building="新增建(构)筑物", earthwork="新增推(堆)土", linear="新增线性地物", photovoltaic="新增光伏", greenhouse="新增设施大棚", excavation="新增采挖", demolition="建(构)筑物拆除"); HF = {"违法用地": 3, "合法用地": 3, "已拆除": .4, "临时用地": 1, "其他": .6}
def patch(g, kind, hf):
    z = translate(g.buffer(U(-.8, 5) if kind != "linear" else U(0, 3)), U(-3, 3), U(-3, 3)); z = z.convex_hull if R.random() < .3 and kind != "linear" else z; z = z.simplify(1.).intersection(box(0, 0, W, W)); g2 = geo(z)
    lst.append(dict(TBBH=f"{len(lst) + 1:05d}", JCMJ=round(g2.area, 2), TBLX=TB[kind], HFPD=hf, QSX=str(D1), HSX=str(D2), geometry=g2))
for i, e in enumerate(ev, 1):
    k = cnt.get(e["kind"], int(R.integers(2))); cnt[e["kind"]] = k + 1; e.update(eid=i, listed=k % 2, area_m2=round(e["geometry"].area, 1))
    if e["listed"]: patch(e["geometry"], e["kind"], "已拆除" if e["kind"] == "demolition" else "农村道路" if e["kind"] == "linear" and R.random() < .6 else "设施农用地" if e["kind"] == "greenhouse" and R.random() < .7 else pick(HF))
for _ in range(max(4, round(R.integers(8, 13) * min(1, FR * 2)))):
    S = site(float(np.clip(np.exp(R.normal(7.2, .7)), 350, 8000)), "new_building")
    if S: busy |= mask4(S[0].buffer(10)); patch(S[0], pick({"new_building": 3, "earthwork": 2, "greenhouse": 1, "excavation": .4}), pick({"实地未变化": 6, "合法用地": 1, "已拆除": 1, "违法用地": .6, "其他": 1}))
cols = ["eid", "kind", "kind_alt", "surface", "place", "was", "mixed", "listed", "area_m2"]
gpd.GeoDataFrame([{k: e[k] for k in cols} | {"geometry": geo(e["geometry"])} for e in ev], crs=crs).to_file(f"{a.out}/truth.gpkg", layer="truth", driver="GPKG")
lst = [lst[i] for i in R.permutation(len(lst))]; [z.update(TBBH=f"{i + 1:05d}") for i, z in enumerate(lst)]
gpd.GeoDataFrame(lst, crs=crs).to_file(f"{a.out}/list.shp", encoding="GBK", DBF_DATE_LAST_UPDATE="2024-01-01"); code = str(int(RS.integers(130000, 650000))); tw = [np.array([(0, 0), (W, 0), (W, W), (0, W)], float)]
for _ in range(int(R.integers(2, 5))):
    tw.sort(key=lambda p: -Polygon(p).area); p = tw.pop(0); t = np.pi / 2 * (np.ptp(p[:, 0]) < np.ptp(p[:, 1])) + R.normal(0, .25); l, r, _s = cut(p, p.mean(0) + R.normal(0, W * .03, 2), np.array([np.cos(t), np.sin(t)])); tw += [l, r]
tn = R.permutation(["城关镇", "柳林乡", "大王庄镇", "三河镇", "双泉乡", "红旗镇", "东坪乡", "新集镇"]); codes = [f"{code}{100 + i:03d}" for i in range(len(tw))]
gpd.GeoDataFrame(dict(XZQDM=codes, XZQMC=list(tn[:len(tw)])), geometry=[geo(Polygon(p)) for p in tw], crs=crs).to_file(f"{a.out}/towns.gpkg", driver="GPKG")
DL = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0404": "其他草地", "0601": "工业用地", "0701": "城镇住宅用地", "0702": "农村宅基地", "1003": "公路用地", "1006": "农村道路", "1101": "河流水面", "1104": "坑塘水面", "1202": "设施农用地"}
dk = list(DL); ki = np.array([b * 16 + dk.index(l) for b, l in zip(O["blk"], O["lu"])]); uq, inv = np.unique(ki, return_inverse=True); ras = features.sieve((inv.astype(np.int32) + 1)[A[::2, ::2]], 25); gs, cd = [], []
for g, val in features.shapes(ras, transform=Affine(2, 0, 0, 0, 2, 0)):
    g = translate(shapely.make_valid(Polygon(g["coordinates"][0], g["coordinates"][1:]).simplify(1.6)), U(-1.1, 1.1), U(-1.1, 1.1)); gs.append(geo(g)); cd.append(dk[int(uq[int(val) - 1] % 16)] if R.random() > .03 else dk[int(R.integers(len(dk)))])
gp = np.array(gs, object); own = np.zeros(len(gp), int); cent = shapely.point_on_surface(gp)
for i, p in enumerate(tw): own[shapely.contains(geo(Polygon(p)), cent)] = i
gpd.GeoDataFrame(dict(BSM=[f"{code}{i:012d}" for i in range(len(gp))], DLBM=cd, DLMC=[DL[c] for c in cd], ZLDWDM=[codes[o] + f"{200 + i % 9:03d}0000000" for i, o in enumerate(own)], TBMJ=np.round(shapely.area(gp), 2)), geometry=gp, crs=crs).to_file(f"{a.out}/landuse.gpkg", driver="GPKG")
n = len(O["mA"]); pa = np.bincount(A.ravel()[::4], minlength=n)[:n] > 12; ff = (np.array(O["fld"]) == 1) & pa & (np.array(O["lu"]) < "02") & ~np.isin(T["mA"][:n], [MI["grass"], MI["grass_dry"]]) if len(T["mA"]) == n else None
json.dump(dict(seed=a.seed, radiometry=a.rad, generator="e", region=region, season=SEA, dates=[str(D1), str(D2)], sensor=["refl x 10000", "11 bit", "10 bit"][sens], shift_px=[float(dx), float(dy)], fields=int(ff.sum()), fields_changed=float((T["mA"] != T["mB"])[ff].mean()), roofs=len(roofs), events={k: sum(e["kind"] == k for e in ev) for k in TB}, listed=sum(e["listed"] for e in ev), patches=len(lst), landuse=len(gp), towns=len(tw)), open(f"{a.out}/about.json", "w"), ensure_ascii=False, indent=1)
