"""county_c.py SEED RADIOMETRY OUT [--size 2048]: a synthetic county, northern plains and hills: a table of spectra, parcels drawn as
polygons at 1 m, a sensor model. Works stand 3.7 to 15 deviations of a class from the stable fields of their date."""
import os
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OGR_CURRENT_DATE="2024-01-01T00:00:00.000Z")
import json, argparse, datetime
import numpy as np, shapely, geopandas as gpd, rasterio
from shapely.geometry import Polygon, LineString, Point, box
from shapely import affinity as af
from scipy import ndimage as ndi
from rasterio.features import rasterize; from rasterio.transform import from_origin
ap = argparse.ArgumentParser(); ap.add_argument("seed", type=int); ap.add_argument("rad", type=int); ap.add_argument("out"); ap.add_argument("--size", type=int, default=2048)
A = ap.parse_args(); os.makedirs(A.out, exist_ok=True)
g = np.random.default_rng(A.seed); r = np.random.default_rng([A.seed, A.rad + 100])
S = 2 * A.size; F = (A.size / 2048) ** 2
# name: class, (b, g, r, nir), object brightness sd, band sd, texture amplitude
M = {"weeds": (2, (.065, .10, .115, .25), .12, .05, .06), "wheat_stubble": (2, (.10, .14, .19, .29), .09, .03, .035),
 "maize_stalks": (2, (.085, .12, .16, .26), .10, .03, .05), "straw_cover": (2, (.13, .18, .235, .34), .10, .03, .04),
 "burnt_stubble": (2, (.055, .065, .075, .11), .16, .04, .10), "sparse_senescent": (2, (.08, .115, .14, .24), .10, .04, .05), "rice_stubble": (2, (.075, .11, .135, .23), .10, .03, .04),
 "ploughed": (3, (.085, .115, .15, .205), .09, .025, .045), "harrowed": (3, (.11, .15, .195, .26), .08, .02, .025),
 "plastic_mulch": (3, (.17, .205, .235, .31), .09, .03, .04), "dry_pond_floor": (3, (.10, .13, .16, .20), .10, .03, .04),
 "river_sand": (3, (.18, .23, .275, .34), .10, .03, .04), "dirt_track": (3, (.13, .175, .22, .29), .09, .03, .04), "village_soil": (3, (.12, .155, .19, .25), .10, .03, .07),
 "river_water": (4, (.065, .085, .075, .045), .12, .05, .02), "pond_water": (4, (.045, .07, .05, .04), .18, .08, .02), "flooded_paddy": (4, (.065, .085, .08, .09), .14, .06, .05),
 "red_tile": (5, (.09, .11, .175, .23), .14, .04, .04), "grey_tile": (5, (.11, .12, .125, .145), .15, .03, .04), "concrete_roof": (5, (.19, .215, .235, .265), .13, .02, .04),
 "blue_steel": (5, (.26, .215, .14, .24), .12, .05, .025), "white_steel": (5, (.44, .46, .46, .46), .12, .02, .02), "red_steel": (5, (.10, .11, .26, .33), .12, .05, .025), "grey_steel": (5, (.25, .265, .27, .28), .14, .02, .025),
 "concrete_yard": (6, (.21, .245, .27, .31), .13, .025, .035), "drying_square": (6, (.27, .31, .34, .38), .10, .02, .025), "gravel_yard": (6, (.165, .195, .215, .25), .13, .03, .05), "asphalt_yard": (6, (.10, .11, .118, .14), .14, .03, .03),
 "film_house": (7, (.26, .30, .315, .41), .12, .04, .04), "dusty_film_house": (7, (.20, .24, .265, .36), .12, .04, .05), "mat_greenhouse": (7, (.15, .19, .225, .33), .12, .04, .06), "shade_net_house": (7, (.06, .07, .075, .15), .14, .06, .03),
 "pv_dark": (8, (.055, .055, .055, .075), .12, .04, .03), "pv_blue": (8, (.09, .078, .065, .10), .12, .05, .03),
 "stripped_soil": (9, (.155, .21, .27, .34), .12, .04, .06), "levelled_fill": (9, (.18, .235, .29, .345), .12, .04, .045), "heaped_soil": (9, (.135, .185, .25, .315), .14, .05, .10),
 "pit_dry": (10, (.15, .20, .26, .31), .14, .05, .10), "pit_wet": (10, (.085, .11, .125, .13), .14, .05, .08), "quarry_rock": (10, (.23, .26, .28, .30), .13, .03, .09),
 "concrete_rubble": (11, (.18, .20, .22, .245), .12, .03, .10), "brick_rubble": (11, (.135, .155, .21, .25), .12, .04, .10),
 "green_net": (12, (.06, .125, .085, .19), .14, .06, .05), "grey_green_net": (12, (.085, .13, .11, .18), .14, .05, .05),
 "wheat_green": (13, (.035, .07, .045, .42), .07, .05, .05), "wheat_thin": (13, (.06, .09, .085, .27), .08, .05, .06), "maize_green": (13, (.032, .068, .042, .44), .07, .05, .04),
 "young_maize": (13, (.065, .10, .09, .28), .08, .05, .06), "vegetables": (13, (.045, .09, .06, .37), .10, .07, .07), "soybean": (13, (.035, .08, .045, .47), .07, .05, .04), "rape_flower": (13, (.055, .15, .135, .44), .08, .05, .05), "rice_green": (13, (.032, .066, .042, .36), .07, .05, .04), "garlic": (13, (.06, .10, .08, .31), .08, .05, .05),
 "woods": (14, (.03, .055, .035, .37), .10, .05, .16), "orchard": (14, (.042, .072, .055, .33), .10, .05, .13), "grass": (14, (.06, .095, .095, .28), .10, .05, .06), "shrubs": (14, (.04, .07, .055, .30), .10, .05, .13),
 "asphalt_road": (15, (.095, .105, .115, .135), .10, .02, .03), "concrete_road": (15, (.19, .22, .24, .275), .10, .02, .03), "gravel_road": (15, (.155, .185, .21, .25), .10, .03, .045)}
names = list(M); mid = {n: i + 1 for i, n in enumerate(names)}
CLS = np.array([255] + [M[n][0] for n in names], np.uint8); SPEC = np.array([[0] * 4] + [M[n][1] for n in names])
SB, SC, TX = (np.array([0] + [M[n][k] for n in names]) for k in (2, 3, 4))
# regions: epsg, E0, N0, lat, system, soil tint, code, name
REG = [(4527, 39500000, 4180000, 37.8, "wm", (1, 1, 1, 1), "130925", "盐山"), (4548, 470000, 3920000, 35.4, "wm", (.92, .93, .98, 1.), "370829", "嘉祥"), (32650, 520000, 4060000, 36.7, "veg", (.95, .96, 1.02, 1.04), "370783", "寿光"),
 (4527, 39560000, 3720000, 33.6, "rw", (.9, .9, .88, .86), "341323", "灵璧"), (4526, 38480000, 3860000, 34.9, "wm", (1.05, 1.08, 1.1, 1.08), "410225", "兰考"), (32651, 560000, 4900000, 44.2, "sm", (.75, .70, .66, .66), "220122", "农安"),
 (32649, 420000, 4060000, 36.7, "sm", (1.1, 1.15, 1.22, 1.2), "140723", "和顺"), (4548, 530000, 3230000, 29.2, "rw", (.72, .82, 1.15, 1.1), "361128", "鄱阳")]
reg = REG[g.integers(len(REG))]; epsg, E0, N0, lat, system, tint, code, cname = reg
E0 += 2 * int(g.integers(-8000, 8000)); N0 += 2 * int(g.integers(-8000, 8000)); tint = np.array(tint) * np.exp(g.normal(0, .05, 4))
def D(s): return {k: float(v) for k, v in (t.split(":") for t in s.split())}
CAL = {"wm": [D("wheat_thin:5 maize_stalks:1.5 ploughed:1.2 vegetables:.3 plastic_mulch:.3 weeds:.7 harrowed:1 garlic:.6"), D("wheat_green:5 harrowed:1.2 plastic_mulch:.9 vegetables:.5 weeds:.6 ploughed:.8 garlic:.6"), D("wheat_stubble:3.5 straw_cover:1.5 young_maize:2.2 burnt_stubble:.4 harrowed:1 vegetables:.4 soybean:.3"), D("maize_green:5 soybean:1.2 vegetables:.7 weeds:.6 young_maize:.8 harrowed:.3"), D("maize_stalks:2 straw_cover:1.2 ploughed:2 harrowed:2.2 sparse_senescent:1 wheat_thin:1 burnt_stubble:.2 vegetables:.4")],
 "veg": [D("wheat_thin:2.5 vegetables:1.2 garlic:1.5 ploughed:1.4 harrowed:1.2 plastic_mulch:1.2 weeds:.5"), D("vegetables:2 plastic_mulch:2 wheat_green:2.5 harrowed:1.4 garlic:1 ploughed:.7"), D("vegetables:2 wheat_stubble:1.6 young_maize:1.3 harrowed:1.2 plastic_mulch:.8 straw_cover:.7"), D("vegetables:2.3 maize_green:2.5 soybean:1 harrowed:.7 weeds:.5 young_maize:.7"), D("vegetables:2 harrowed:1.6 ploughed:1.4 maize_stalks:1 garlic:1 plastic_mulch:1 straw_cover:.5")],
 "rw": [D("rice_stubble:2.5 wheat_thin:2.5 ploughed:1.2 vegetables:.4 weeds:.8 flooded_paddy:.4"), D("wheat_green:2.5 rape_flower:1.5 rice_stubble:.8 ploughed:1 flooded_paddy:.7 vegetables:.5 weeds:.5"), D("flooded_paddy:3 wheat_stubble:1.5 rice_green:1 burnt_stubble:.4 ploughed:1 straw_cover:.7 vegetables:.3"), D("rice_green:5 soybean:.8 vegetables:.7 weeds:.5 flooded_paddy:.6 maize_green:.8"), D("rice_stubble:2.5 sparse_senescent:1.2 straw_cover:1 ploughed:1.5 harrowed:1 vegetables:.5 burnt_stubble:.3")],
 "sm": [D("maize_stalks:2.5 ploughed:2.5 harrowed:1.5 straw_cover:1.3 weeds:.7 burnt_stubble:.3"), D("harrowed:3 ploughed:2 plastic_mulch:1.4 maize_stalks:1 straw_cover:.8 burnt_stubble:.4 weeds:.5"), D("young_maize:3.5 harrowed:1.6 plastic_mulch:1 vegetables:.6 soybean:.7 weeds:.5"), D("maize_green:4 soybean:1.7 vegetables:.8 sparse_senescent:.7 weeds:.4 young_maize:.6"), D("maize_stalks:2.2 sparse_senescent:2 straw_cover:1.5 ploughed:1.5 vegetables:.3 burnt_stubble:.2 harrowed:.8")]}
d0 = datetime.date(int(g.integers(2018, 2023)), 1, 1) + datetime.timedelta(int(g.integers(0, 365)))
dt = {0: 365 + int(r.integers(-12, 13)), 1: 365 * int(r.integers(0, 2)) + int(r.integers(30, 62)) * 1, 2: int(r.integers(110, 480))}[A.rad]
d1 = d0 + datetime.timedelta(dt)
def weights(m): w = CAL[system][(0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 0, 0)[m - 1]]; return [mid[k] for k in w], np.array(list(w.values())) / sum(w.values())
G, MB, MA, DM, KD, AN, HT = [], [], [], [], [], [], []
frame = box(0, 0, S, S); theta = g.uniform(-25, 25); wa, wl, wp = g.uniform(4, 14), g.uniform(1500, 3500), g.uniform(0, 6.28, 2); ct, st = np.cos(np.radians(theta)), np.sin(np.radians(theta))
def warp(c):
    x = ct * c[:, 0] - st * c[:, 1]; y = st * c[:, 0] + ct * c[:, 1]
    return np.c_[x + S / 2 + wa * np.sin(6.28 * y / wl + wp[0]), y + S / 2 + wa * np.sin(6.28 * x / wl + wp[1])]
def toxy(p): return shapely.transform(shapely.segmentize(p, 70), warp)
def add(p, b, a=None, dm=3, kd="", an=0., ht=0.):
    if p.is_empty or not p.intersects(frame): return -1
    G.append(p); MB.append(mid[b] if isinstance(b, str) else b); a = b if a is None else a
    MA.append(mid[a] if isinstance(a, str) else a); DM.append(dm); KD.append(kd); AN.append(an); HT.append(ht); return len(G) - 1
blocks, lines, LU = [], [], []; bmax = g.uniform(330, 520)
def split(x0, y0, x1, y1, dep):
    w, h = x1 - x0, y1 - y0
    if max(w, h) < bmax * g.uniform(.75, 1.1): blocks.append((x0, y0, x1, y1, dep)); return
    hw = 6.5 if dep < 3 else (3.2 if dep < 6 else 2.); f = g.uniform(.4, .6)
    if w > h: m = x0 + f * w; lines.append(((m, y0, m, y1), hw)); split(x0, y0, m - hw, y1, dep + 1); split(m + hw, y0, x1, y1, dep + 1)
    else: m = y0 + f * h; lines.append(((x0, m, x1, m), hw)); split(x0, y0, x1, m - hw, dep + 1); split(x0, m + hw, x1, y1, dep + 1)
H = S * .72; split(-H, -H, H, H, 0); add(frame.buffer(50), "grass", kd="bg")
blocks = [b for b in blocks if toxy(box(*b[:4])).intersection(frame).area > 3000]
river = None
if g.random() < .75:
    t = np.linspace(-.1, 1.1, 60) * S; off = g.uniform(.2, .8) * S; sl = g.uniform(-.4, .4)
    c = np.c_[t, off + sl * (t - S / 2) + g.uniform(40, 160) * np.sin(t / g.uniform(250, 500) + 1) + g.uniform(20, 60) * np.sin(t / 130)]; c = c[:, ::-1] if g.random() < .5 else c
    rln = LineString(c); rhw = g.uniform(10, 32); river = rln.buffer(rhw + 9)
inside = [i for i, b in enumerate(blocks) if toxy(box(*b[:4])).within(frame.buffer(-40)) and (river is None or not toxy(box(*b[:4])).intersects(river))]; g.shuffle(inside)
role = {}; n = lambda lo, hi: max(1, int(round(g.uniform(lo, hi) * F)))
for rl, k in [("village", n(7, 12)), ("industry", n(2, 4)), ("gh", n(3, 6) * (2 if system == "veg" else 1)), ("pv", n(1, 2)), ("pond", n(2, 4)), ("orchard", n(3, 6)), ("woods", n(3, 5)), ("grass", n(2, 4))]:
    for _ in range(k):
        if inside: role[inside.pop()] = rl
wB, wA = weights(d0.month), weights(d1.month); pchg = r.uniform(.38, .62); roofs, fields = [], []; fw = g.uniform(16, 30); vor_p = g.uniform(.05, .4); dl_main = {"rw": "0101", "sm": "0103"}.get(system, "0102")
def field(p, an, blkB, blkA):
    b = int(g.choice(blkB)) if g.random() < .8 else int(g.choice(wB[0], p=wB[1])); a = b
    if r.random() < pchg:
        for _ in range(8):
            a = int(r.choice(blkA)) if r.random() < .6 else int(r.choice(wA[0], p=wA[1]))
            if a != b: break
    i = add(p, b, a, kd="field", an=an)
    if i >= 0: fields.append(i); LU.append((p.buffer(.5, join_style=2), dl_main if g.random() < .88 else g.choice(["0101", "0102", "0103"])))
def rct(x, y, w, h): return toxy(box(x, y, x + w, y + h))
def tunnels(x0, y0, x1, y1, mats, matsA, w=9., gap=3., dm=3, kd="gh", vert=False, ht=0.):
    rng = r if dm == 2 else g; o = []
    a0, a1 = (x0, x1) if vert else (y0, y1); p = a0
    while p + w * .6 < a1:
        q = min(p + w, a1); o.append(((p, y0, q, y1) if vert else (x0, p, x1, q))); p += w + gap
    out = []
    for c in o:
        b = rng.choice(mats); a = r.choice(matsA) if len(matsA) and r.random() < .3 else b
        out.append(add(toxy(box(*c)), b, a, dm, kd, 0, ht))
    return out
HOUSE = ["red_tile"] * 4 + ["grey_tile"] * 4 + ["concrete_roof"] * 3 + ["blue_steel", "grey_steel"]
FAC = ["blue_steel"] * 4 + ["white_steel", "grey_steel", "red_steel", "concrete_roof"]
hp = g.dirichlet(np.ones(len(HOUSE)) * .7); vill_blocks = []
for bi, (x0, y0, x1, y1, dep) in enumerate(blocks):
    rl = role.get(bi, "field"); bp = toxy(box(x0, y0, x1, y1)); w, h = x1 - x0, y1 - y0
    if rl == "village":
        vill_blocks.append(bp); LU.append((bp, "0702" if g.random() < .85 else "0701")); add(bp, "village_soil", kd="vbase"); pitch = g.uniform(21, 29); yy = y0 + 6
        while yy + pitch < y1 - 4:
            xx = x0 + g.uniform(4, 12)
            if g.random() < .7: add(rct(x0 + 2, yy - 4, w - 4, 3.2), "concrete_road", kd="road")
            while xx < x1 - 18:
                L, dp = g.uniform(10, 17), g.uniform(7, 10); t = g.random()
                if t < .86:
                    add(rct(xx, yy, L, pitch - dp - 5), str(g.choice(["concrete_yard", "village_soil", "village_soil", "gravel_yard", "grass"])), kd="yard")
                    m = str(g.choice(HOUSE, p=hp)); hh = g.uniform(3.5, 8); i = add(rct(xx, yy + pitch - dp - 5, L, dp), m, kd="roof", ht=hh); roofs.append(i)
                    if g.random() < .5: add(rct(xx, yy + 2, 4, pitch - dp - 9), str(g.choice(HOUSE, p=hp)), kd="roof2", ht=3)
                    if g.random() < .4: add(toxy(Point(xx + g.uniform(0, L), yy - 1).buffer(g.uniform(2, 4), 3)), "woods", kd="tree", ht=5)
                else: add(rct(xx, yy, L, pitch - 6), str(g.choice(["vegetables", "woods", "weeds", "shrubs"])), kd="vpatch")
                xx += L + g.choice([.6, 1, 1, 3, 6])
            yy += pitch
    elif rl == "industry":
        LU.append((bp, "0601")); vill_blocks.append(bp); add(bp, str(g.choice(["concrete_yard", "gravel_yard", "asphalt_yard"])), kd="yard"); yy = y0 + 12
        while yy < y1 - 40:
            dp = min(g.uniform(25, 60), y1 - yy - 8); xx = x0 + 12
            while xx < x1 - 45:
                L = min(g.uniform(35, 110), x1 - xx - 10)
                if g.random() < .8: i = add(rct(xx, yy, L, dp), str(g.choice(FAC)), kd="roof", ht=g.uniform(7, 13)); roofs.append(i)
                else: add(rct(xx, yy, L, dp), str(g.choice(["grass", "drying_square", "gravel_yard", "weeds"])), kd="yard")
                xx += L + g.uniform(8, 20)
            yy += dp + g.uniform(10, 22)
    elif rl in ("woods", "orchard", "grass"):
        nx, ny = max(1, int(w / 130)), max(1, int(h / 100)); LU.append((bp, {"woods": "0301", "orchard": "0201", "grass": "0404"}[rl]))
        for a in range(nx):
            for b in range(ny): add(rct(x0 + a * w / nx + 1, y0 + b * h / ny + 1, w / nx - 2, h / ny - 2), rl if g.random() < .8 else "shrubs", kd="wood", an=np.pi / 2, ht=7 if rl == "woods" else 0)
    else:
        if rl == "gh":
            k = g.uniform(.4, .9); xm = x0 + k * w; LU.append((toxy(box(x0, y0, xm, y1)), "1202")); add(toxy(box(x0, y0, xm, y1)), "village_soil", kd="ghbase"); mm = list(g.choice(["film_house", "dusty_film_house", "mat_greenhouse", "shade_net_house"], 2))
            for xa in np.arange(x0 + 4, xm - 40, 85): tunnels(xa, y0 + 4, min(xa + 80, xm - 4), y1 - 4, mm, ["vegetables", "harrowed", "plastic_mulch"], g.uniform(8, 12), g.uniform(1.5, 6))
            x0 = xm + 3
        if rl == "pv":
            xm = x0 + .6 * w; LU.append((toxy(box(x0, y0, xm, y1)), "0601")); add(toxy(box(x0, y0, xm, y1)), "grass", kd="pvbase"); tunnels(x0 + 5, y0 + 5, xm - 5, y1 - 5, [str(g.choice(["pv_dark", "pv_blue"]))], [], 4, 3, kd="pv"); x0 = xm + 3
        if rl == "pond":
            ym = y0 + .5 * h; nx = max(2, int(w / g.uniform(60, 110))); LU.append((toxy(box(x0, y0, x1, ym)), "1104")); add(toxy(box(x0, y0, x1, ym)), "weeds", kd="pbase")
            for a in range(nx):
                p = rct(x0 + a * w / nx + 3, y0 + 4, w / nx - 6, ym - y0 - 8); add(p, "dry_pond_floor", kd="water")
                for dm, q in ((1, g), (2, r)):
                    if q.random() < .88: add(p.buffer(-q.uniform(0, 9)), "pond_water", dm=dm, kd="water")
            y0 = ym + 3
        w, h = x1 - x0, y1 - y0
        if min(w, h) < 12: continue
        bB = g.choice(wB[0], 3, p=wB[1]); bA = r.choice(wA[0], 3, p=wA[1]); vert = w > h if g.random() < .75 else w <= h
        if g.random() < vor_p:
            pts = shapely.MultiPoint(np.c_[g.uniform(x0, x1, 200), g.uniform(y0, y1, 200)][:max(4, int(w * h / g.uniform(3000, 6000)))])
            for c in shapely.voronoi_polygons(pts).geoms:
                c = c.intersection(box(x0, y0, x1, y1)).buffer(-.6, join_style=2)
                if c.geom_type == "Polygon" and c.area > 150: field(toxy(c), g.uniform(0, 3.1), bB, bA)
        else:
            L, W = (h, w) if vert else (w, h); ns = max(1, int(round(L / g.uniform(130, 260)))); cuts = np.linspace(0, L, ns + 1)
            for s in range(ns):
                p = 0.
                while p < W - 4:
                    q = min(p + fw * np.exp(g.normal(0, .45)), W); q = W if W - q < 7 else q; c0, c1 = cuts[s] + .5, cuts[s + 1] - .5
                    field(rct(x0 + p + .4, y0 + c0, q - p - .8, c1 - c0) if vert else rct(x0 + c0, y0 + p + .4, c1 - c0, q - p - .8), np.radians(theta) + (0 if vert else np.pi / 2), bB, bA); p = q
if river is not None:
    add(river, "grass", kd="water"); add(rln.buffer(rhw), "river_sand", kd="water"); LU.append((rln.buffer(rhw + 2), "1101"))
    for dm, q in ((1, g), (2, r)): add(rln.buffer(rhw - q.uniform(1, .4 * rhw)), "river_water", dm=dm, kd="water")
for (a, b, c, d), hw in lines:
    l = toxy(LineString([(a, b), (c, d)])); mat = g.choice(["asphalt_road", "concrete_road"]) if hw > 6 else (g.choice(["concrete_road", "concrete_road", "asphalt_road", "dirt_track"]) if hw > 3 else g.choice(["dirt_track", "dirt_track", "gravel_road", "concrete_road"]))
    if hw > 3 and g.random() < .5: add(l.buffer(hw + 4, cap_style=2), "woods", kd="belt", ht=5)
    i = add(l.buffer(hw * .85, cap_style=2), str(mat), kd="road")
    if i >= 0: LU.append((l.buffer(hw, cap_style=2), "1003" if hw > 6 else "1006"))
obst = [i for i, k in enumerate(KD) if k in ("vbase", "yard", "gh", "pv", "water", "roof", "pvbase", "ghbase", "wood")]; otree = shapely.STRtree([G[i] for i in obst]); oarr = np.array([G[i] for i in obst])
ctr = np.array([[G[i].centroid.x, G[i].centroid.y] for i in fields]); ok = (ctr > 60).all(1) & (ctr < S - 60).all(1); vu = shapely.union_all(vill_blocks); vd = shapely.distance(shapely.points(ctr), vu)
EV, taken, evobj = [], [], []
NE = int(round(r.integers(57, 80) * max(F, .25))); KINDS = r.permutation(sum([[k] * int(round(f * NE)) for k, f in (("new_building", .4), ("earthwork", .2), ("linear", .1), ("photovoltaic", .08), ("greenhouse", .12), ("excavation", .1))], []))
unw = lambda x, y: ((x - S / 2) * ct + (y - S / 2) * st, -(x - S / 2) * st + (y - S / 2) * ct)
for kind in KINDS:
    kind = str(kind)
    for att in range(80):
        edge = r.random() < .25; wgt = ok * (np.exp(-vd / 40) if edge else 1.); fi = int(r.choice(len(fields), p=wgt / wgt.sum()))
        area = float(np.clip(np.exp(r.normal(np.log(1500), .95)), 320, 19500)); area = max(area, 900) if kind == "photovoltaic" else area
        asp = r.uniform(1, 2.6); L, W = np.sqrt(area * asp), np.sqrt(area / asp); L, W = (L, W) if r.random() < .5 else (W, L)
        if kind == "linear": W = r.uniform(4, 10); L = float(np.clip(area / W, 80, 700)); L = max(L, 320 / W)
        x, y = unw(*(ctr[fi] + r.normal(0, 8, 2)))
        if kind == "linear":
            dx, dy = (L / 2, 0) if r.random() < .5 else (0, L / 2); bend = r.normal(0, L / 14); site = LineString([(x - dx, y - dy), (x + bend * (dy > 0), y + bend * (dx > 0)), (x + dx, y + dy)]).buffer(W / 2, cap_style=2)
        else:
            site = box(x - L / 2, y - W / 2, x + L / 2, y + W / 2)
            if kind in ("earthwork", "excavation") and r.random() < .65: a = np.sort(r.uniform(0, 6.28, 11)); q = r.uniform(.75, 1.2, 11) * .56; site = Polygon(np.c_[x + L * q * np.cos(a), y + W * q * np.sin(a)]).buffer(3).buffer(-1)
            elif r.random() < .25: site = site.difference(box(x + L * .1, y + W * .05, x + L, y + W))
            site = af.rotate(site, r.normal(0, 4))
        s2 = toxy(site)
        if s2.geom_type != "Polygon" or not s2.is_valid or not s2.within(frame.buffer(-20)) or not 300 <= s2.area <= 20000: continue
        if any(s2.distance(t) < 25 for t in taken) or shapely.area(shapely.intersection(oarr[otree.query(s2)], s2)).sum() > (.03 if kind != "linear" else .2) * s2.area: continue
        break
    else: continue
    taken.append(s2); ids = []; mixed = 0; alt = ""; bx = site.bounds; ang = r.normal(0, 3)
    A2 = lambda p, m, kd="ev", ht=0.: ids.append(add(toxy(p.intersection(site)), m, m, 2, kd, r.uniform(0, 3.1), ht))
    soil = lambda: str(r.choice(["stripped_soil", "levelled_fill", "heaped_soil"])); hard = lambda: str(r.choice(["concrete_yard", "gravel_yard", "drying_square", "asphalt_yard"]))
    if kind == "new_building":
        m = str(r.choice(FAC + ["red_tile", "grey_tile", "concrete_roof"])); mixed = int(r.random() < .35); h = r.uniform(3.5, 10)
        if mixed:
            e = soil(); alt = "earthwork"; A2(site, e); f = r.uniform(.35, .65); A2(box(bx[0], bx[1], bx[0] + f * L * 1.1, bx[1] + .9 * W), hard()); A2(box(bx[0] + 3, bx[1] + W * .35, bx[0] + (.3 + f / 2) * L, bx[1] + W * .9), m, ht=h)
        else:
            A2(site, hard()); rf = site.buffer(-r.uniform(.5, .1 * min(L, W) + .6), join_style=2)
            if max(L, W) > 55:
                for t in np.arange(0, max(L, W) + 10, 22): A2(rf.intersection(box(bx[0] + t, bx[1], bx[0] + t + 17, bx[3]) if L > W else box(bx[0], bx[1] + t, bx[2], bx[1] + t + 17)), m, ht=h)
            else: A2(rf, m, ht=h)
        surf = m
    elif kind == "earthwork":
        surf = soil() if r.random() < .72 else str(r.choice(["green_net", "grey_green_net"])); A2(site, surf); alt = "excavation" if surf == "heaped_soil" else ""
        if r.random() < .3: mixed = 1; alt = "new_building"; A2(box(bx[0], bx[1], bx[0] + .3 * L, bx[1] + .5 * W), hard()); A2(box(bx[0] + .6 * L, bx[1], bx[2], bx[3]), soil())
    elif kind == "linear": surf = str(r.choice(["concrete_road", "asphalt_road", "gravel_road"], p=[.5, .25, .25])); A2(site, surf)
    elif kind == "excavation": surf = str(r.choice(["pit_dry", "pit_wet", "quarry_rock"], p=[.5, .25, .25])); alt = "earthwork"; A2(site, "heaped_soil" if r.random() < .4 else surf); A2(site.buffer(-min(L, W) * .12), surf); A2(site.buffer(-min(L, W) * .3), "pit_wet" if r.random() < .3 else surf)
    else:
        surf = str(r.choice(["pv_dark", "pv_blue"] if kind == "photovoltaic" else ["film_house", "film_house", "dusty_film_house", "mat_greenhouse", "shade_net_house"])); A2(site, str(r.choice(["weeds", "grass", "stripped_soil", "gravel_yard"])) if kind == "photovoltaic" else "village_soil", "evbase")
        w, gp = (r.uniform(3.5, 6), r.uniform(1.5, 4)) if kind == "photovoltaic" else (r.uniform(8, 12), r.uniform(1, 3)); t = bx[1] + .5
        while t < bx[3] - 2: A2(box(bx[0] + 1, t, bx[2] - 1, min(t + w, bx[3] - .5)), surf); t += w + gp
    ids = [i for i in ids if i >= 0]; evobj += ids; EV.append(dict(kind=kind, kind_alt=alt, surface=surf, place="village edge" if s2.distance(vu) < 40 else "farmland", mixed=mixed, geometry=s2))
nd = int(r.integers(6, 11)) if F > .5 else 3; rtree = shapely.STRtree(G); roofs = [i for i in roofs if i >= 0]; rc = np.array([[G[i].centroid.x, G[i].centroid.y] for i in roofs]); k = 0
for j in r.permutation(len(roofs)):
    if k >= nd: break
    near = np.where(np.hypot(*(rc - rc[j]).T) < r.uniform(16, 34))[0]; p = shapely.union_all([G[roofs[q]] for q in near]).convex_hull.buffer(1.5)
    if not p.within(frame.buffer(-20)) or not 250 < p.area < 9000 or any(p.distance(t) < 30 for t in taken): continue
    m = str(r.choice(["concrete_rubble", "brick_rubble", "harrowed", "village_soil", "vegetables"], p=[.3, .3, .15, .1, .15])); k += 1; taken.append(p)
    for q in rtree.query(p, predicate="intersects"):
        if p.contains(G[q].centroid) and KD[q] in ("roof", "roof2", "tree"): DM[q] = 1
    i = add(p, m, m, 2, "demo"); evobj += [i] if "rubble" in m else []
    EV.append(dict(kind="demolition", kind_alt="earthwork" if CLS[mid[m]] == 3 else "", surface=m, place="village", mixed=0, geometry=p))
# ---------------------------------------------------------------- spectra per object and date
MB, MA, DM, AN, HT = map(np.array, (MB, MA, DM, AN, HT)); KD = np.array(KD); N = len(G)
SOIL = np.isin(CLS, (3, 9, 10, 2)); leafy = np.isin(CLS, (14,))
jb = g.normal(0, 1, (N, 1)); jc = g.normal(0, 1, (N, 4))
def spectra(mat, month, rng, wet, keep):
    sp = SPEC.copy(); part = np.where(CLS == 2, .4, 1.)[:, None] ; sp[SOIL] *= (tint[None] ** part)[SOIL]; sp[np.isin(CLS, (2, 3))] *= wet
    lf = np.interp(month, [1, 3, 4.3, 5.5, 9, 11, 12], [0, .05, .6, 1, 1, .15, 0]); dry = np.array([.065, .088, .105, .195]) * (1 + .1 * (sp[leafy] / .1 - 1).clip(-1, 1)); sp[leafy] = lf * sp[leafy] + (1 - lf) * dry
    sp[1:] *= np.exp(rng.normal(0, .03, (len(names), 1)) + rng.normal(0, .012, (len(names), 4)))
    b = keep * jb + np.sqrt(1 - keep ** 2) * rng.normal(0, 1, (N, 1)); c = keep * jc + np.sqrt(1 - keep ** 2) * rng.normal(0, 1, (N, 4))
    return sp[mat] * np.exp(SB[mat][:, None] * b + SC[mat][:, None] * c)
wet0, wet1 = g.uniform(.62, 1.12), r.uniform(.62, 1.12)
RB = spectra(MB, d0.month + d0.day / 31, g, wet0, 1.); RA = spectra(MA, d1.month + d1.day / 31, r, wet1, .8)
# new works: 3.7..15 sd (Mahalanobis, pixel-level scatter) from the classes of the date's stable fields
fi = np.array(fields); stab = fi[MA[fi] == MB[fi]]; ar = shapely.area(np.array(G)); stats = []
for c in (2, 3, 13, 4):
    s = stab[CLS[MA[stab]] == c]
    if len(s) < 12: continue
    w = ar[s] / ar[s].sum(); mu = w @ RA[s]; X = RA[s] - mu; t = (w @ TX[MA[s]]); C = (X * w[:, None]).T @ X + np.diag((.8 * t * mu) ** 2 + .003 ** 2) + .5 * np.outer(t * mu, t * mu); stats.append((mu, np.linalg.inv(C)))
dist = lambda x: [np.sqrt((x - m) @ P @ (x - m)) for m, P in stats]
base = {m: RA[[i for i in evobj if MA[i] == m]].mean(0) for m in set(MA[evobj])}
for i in evobj:
    if KD[i] == "evbase": continue
    m = MA[i]; x = RA[i]; lo = 3.7 * np.exp(abs(r.normal(0, .12)))
    for _ in range(25):
        d = min(dist(x))
        if lo <= d <= 14.5: break
        x = base[m] * np.exp(1.4 * SB[m] * r.normal() + 1.3 * SC[m] * r.normal(0, 1, 4))
    for _ in range(8):
        dd = dist(x); c = int(np.argmin(dd)); tgt = lo * 1.03 if dd[c] < lo else (14.5 * r.uniform(.5, 1) if dd[c] > 15 else None)
        if tgt is None: break
        x = np.clip(stats[c][0] + (x - stats[c][0]) * tgt / dd[c], .012, .75)
    RA[i] = x
zev = np.array([min(dist(RA[i])) for i in evobj if KD[i] != "evbase"])
# ---------------------------------------------------------------- raster at 1 m, average to 2 m
T1 = from_origin(0, S, 1, 1)
def draw(d): return rasterize([(G[i], i) for i in range(N) if DM[i] & d], (S, S), transform=T1, dtype="int32", fill=0)
def majority(m):
    s = np.sort(np.stack([m[0::2, 0::2], m[0::2, 1::2], m[1::2, 0::2], m[1::2, 1::2]]), axis=0); return np.where(s[1] == s[2], s[1], np.where(s[0] == s[1], s[0], np.where(s[2] == s[3], s[2], s[1])))
half = lambda a: (a[0::2, 0::2] + a[0::2, 1::2] + a[1::2, 0::2] + a[1::2, 1::2]) * np.float32(.25)
def white(rng, s):
    a = rng.standard_normal((A.size, A.size), dtype=np.float32); a = ndi.gaussian_filter(a, s, truncate=2.5); return a / a.std()
def coarse(rng, k): return ndi.zoom(rng.standard_normal((k, k)).astype(np.float32), A.size / k, order=3, mode="nearest", grid_mode=True)[:A.size, :A.size]
shared2, shared3 = white(g, 3.), coarse(g, max(8, A.size // 32)); yy, xx = np.mgrid[0:A.size, 0:A.size].astype(np.float32)
per = g.uniform(7, 26, N).astype(np.float32); rowamp = np.where(KD == "field", g.uniform(0, .05, N), np.where(KD == "wood", .05, 0)).astype(np.float32)
tenbit = g.random() < .5; gain = np.full(4, 10000.) if not tenbit else np.array([900, 950, 1000, 1100]) * g.uniform(1.0, 2.0) * np.exp(g.normal(0, .15, 4)); off = np.zeros(4) if not tenbit else g.uniform(15, 60, 4)
path0 = np.array([.022, .013, .008, .003]) * g.uniform(.3, 1.5)
def render(d, R, mats, date, rng):
    idr = draw(d); mat1 = mats.astype(np.uint8)[idr]; mat = majority(mat1); o2 = idr[0::2, 0::2]
    doy = date.timetuple().tm_yday; el = np.radians(np.clip(.86 * (90 - lat + 23.4 * np.sin(6.283 * (doy - 81) / 365)), 18, 70)); az = np.radians(rng.uniform(140, 172))
    sh = []
    for i in np.where((HT > 0) & ((DM & d) > 0))[0]:
        if KD[i] == "belt" and date.month in (11, 12, 1, 2, 3): continue
        l = HT[i] / np.tan(el); q = af.translate(G[i], -l * np.sin(az), -l * np.cos(az)); sh.append(shapely.union(G[i], q).convex_hull if KD[i] in ("roof", "roof2", "tree", "ev") else q)
    shade = rasterize(sh, (S, S), transform=T1, dtype="uint8") if sh else np.zeros((S, S), np.uint8)
    shade[np.isin(CLS, (5,))[mat1] | (KD == "tree")[idr] | (KD == "belt")[idr] | ((KD == "wood") & (HT > 0))[idr]] = 0
    sf = half(shade.astype(np.float32)); del shade, mat1
    t1, t2 = white(rng, .6), (shared2 if d == 1 else .6 * shared2 + .8 * white(rng, 3.)); tx = .7 * t1 + .55 * t2 + .45 * shared3
    row = rowamp[o2] * np.sin(6.283 * 2 * (xx * np.cos(AN).astype(np.float32)[o2] - yy * np.sin(AN).astype(np.float32)[o2]) / per[o2]); tx = tx * TX.astype(np.float32)[mat] + row
    vegm = np.isin(CLS, (13,))[mat]; sv = np.array([.5, .45, .8, -.75], np.float32)
    blur = {1: .5}.get(d, (.5, .55, .85)[A.rad]); shift = (0, 0) if d == 1 else rng.uniform(-1, 1, 2) * (.1, .3, .4)[A.rad]
    gd = (np.ones(4) if d == 1 else np.exp(rng.normal(0, (.02, .09, .07)[A.rad], 4))); od = np.zeros(4) if d == 1 else rng.normal(0, (.002, .010, .004)[A.rad], 4)
    nz = (.0025 if d == 1 else (.0025, .003, .0055)[A.rad]); out = np.empty((4, A.size, A.size), np.uint16)
    if d == 2 and A.rad == 2: a = rng.uniform(0, 6.28); hz = .5 + .35 * (np.cos(a) * (xx / A.size - .5) + np.sin(a) * (yy / A.size - .5)) * 1.6 + .12 * coarse(rng, 6); hz = np.clip(hz, .05, 1.3).astype(np.float32)
    for b in range(4):
        im = half(R[:, b].astype(np.float32)[idr]); im *= np.exp(tx * np.where(vegm, sv[b], 1.)); im *= 1 - sf * (.62, .66, .70, .72)[b]
        if d == 2 and A.rad == 2: im = im * (1 - hz * (.22, .17, .13, .08)[b]) + hz * (.075, .055, .042, .022)[b]
        im = ndi.gaussian_filter(im, blur)
        if d == 2: im = ndi.shift(im, shift, order=1, mode="nearest")
        im = (im + path0[b]) * gd[b] + od[b] + rng.standard_normal(im.shape, dtype=np.float32) * nz * (.6 + 2 * im)
        out[b] = np.clip(im * gain[b] + off[b], 1, 65535 if not tenbit else 2047).astype(np.uint16)
    return out, mat, o2
def save(nm, a, dtype, nodata, tags=None):
    a = a if a.ndim == 3 else a[None]
    with rasterio.open(f"{A.out}/{nm}.tif", "w", driver="GTiff", width=A.size, height=A.size, count=len(a), dtype=dtype, crs=f"EPSG:{epsg}", transform=from_origin(E0, N0 + S, 2, 2), nodata=nodata, tiled=True, blockxsize=256, blockysize=256, compress="deflate", zlevel=1, predictor=2 if dtype == "uint16" else 1) as f:
        f.write(a)
        if len(a) == 4: f.descriptions = ("blue", "green", "red", "nir")
        if tags: f.update_tags(**tags)
for d, nm, R, mats, date, rng in ((1, "before", RB, MB, d0, g), (2, "after", RA, MA, d1, r)):
    im, mat, o2 = render(d, R, mats, date, rng); save(nm, im, "uint16", 0, {"ACQUISITION_DATE": date.isoformat()}); save("material_" + nm, mat, "uint8", 255); save("class_" + nm, CLS[mat], "uint8", 255)
    matb = mat if d == 1 else matb
json.dump({str(mid[n_]): n_ for n_ in names}, open(f"{A.out}/material_legend.json", "w"), indent=0)
ev = rasterize([(e["geometry"], i + 1) for i, e in enumerate(EV)], (A.size, A.size), transform=from_origin(0, S, 2, 2), dtype="int32")
cnt = {}; order = r.permutation(len(EV)); listed = set()
for i in order:
    k = EV[i]["kind"]; cnt[k] = cnt.get(k, 0) + 1
    if cnt[k] % 2 == 1: listed.add(int(i))
for i, e in enumerate(EV):
    p = matb[ev == i + 1]; e.update(eid=i + 1, was=names[np.bincount(p).argmax() - 1] if len(p) else "", listed=int(i in listed), area_m2=round(e["geometry"].area, 1))
cols = ["eid", "kind", "kind_alt", "surface", "place", "was", "mixed", "listed", "area_m2"]; crs = f"EPSG:{epsg}"
def wr(rows, geo, path, **k): gpd.GeoDataFrame(rows, geometry=[af.translate(p, E0, N0) for p in geo], crs=crs).to_file(f"{A.out}/{path}", engine="pyogrio", **k)
wr([{c: e[c] for c in cols} for e in EV], [e["geometry"] for e in EV], "truth.gpkg", layer="truth", driver="GPKG")
rows, geo = [], []; CL = ["违法用地", "合法用地", "已拆除", "设施农用地", "农村道路", "临时用地", "实地未变化", "其他"]
TB = {"new_building": "新增建(构)筑物", "earthwork": "新增推填土", "linear": "新增线性地物", "photovoltaic": "新增光伏用地", "greenhouse": "新增设施农用地", "excavation": "新增采挖用地", "demolition": "建筑物拆除"}
HF = {"linear": "农村道路", "greenhouse": "设施农用地", "demolition": "已拆除", "earthwork": "临时用地"}
def patch(p, t, c):
    p = af.translate(p.convex_hull if r.random() < .4 and p.area > .6 * p.convex_hull.area else p, *r.normal(0, 2, 2)).buffer(r.uniform(-1, 4), join_style=2).intersection(frame); geo.append(p)
    rows.append(dict(TBBH=f"{code}{len(rows) + 1:05d}", JCMJ=round(p.area, 2), TBLX=t, HFPD=c, QSX=d0.strftime("%Y%m%d"), HSX=d1.strftime("%Y%m%d")))
for i in sorted(listed): k = EV[i]["kind"]; patch(EV[i]["geometry"], TB[k] if r.random() < .9 else TB["new_building"], HF[k] if k in HF and r.random() < .6 else str(r.choice(CL, p=[.3, .3, .04, .08, .06, .1, .05, .07])))
evt = shapely.STRtree(taken); m = 0; want = int(r.integers(9, 13))
for j in r.permutation(len(fields)):
    p = G[fields[j]].buffer(-1)
    if m >= want: break
    if not ok[j] or p.is_empty or not 400 < p.area < 9000 or len(evt.query(p, predicate="dwithin", distance=20)): continue
    patch(p, str(r.choice([TB["new_building"], TB["earthwork"], TB["greenhouse"]])), str(r.choice(CL, p=[.15, .15, .04, .1, .03, .13, .32, .08]))); m += 1
wr(rows, geo, "list.shp", encoding="GBK", DBF_DATE_LAST_UPDATE="2024-01-01")
nt = int(g.integers(3, 6)); vp = shapely.voronoi_polygons(shapely.MultiPoint(g.uniform(.15 * S, .85 * S, (nt, 2))), extend_to=frame.buffer(200)); tg = [p.intersection(frame) for p in vp.geoms if p.intersects(frame)]
TN = g.permutation(["城关镇", "王庄乡", "李集镇", "张桥镇", "刘河乡", "大杨镇"]); trows = [dict(XZQDM=f"{code}{100 + i:03d}", XZQMC=str(TN[i])) for i in range(len(tg))]; wr(trows, tg, "towns.gpkg", driver="GPKG")
NMS = {"0101": "水田", "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0404": "其他草地", "0601": "工业用地", "0701": "城镇住宅用地", "0702": "农村宅基地", "1003": "公路用地", "1006": "农村道路", "1101": "河流水面", "1104": "坑塘水面", "1202": "设施农用地"}
lrows, lgeo, codes = [], [], list(NMS)
for p, c in LU:
    c = str(c)
    if river is not None and c not in ("1101", "1003", "1006") and p.intersects(river): p = p.difference(river)
    p = af.translate(p, *g.normal(0, .8, 2)).buffer(g.normal(0, .5), join_style=2).intersection(frame)
    for q in getattr(p, "geoms", [p]):
        if q.geom_type != "Polygon" or q.area < 60: continue
        cc = str(g.choice(codes)) if g.random() < .03 else c; rp = q.representative_point(); t = next((i for i, z in enumerate(tg) if z.contains(rp)), 0)
        lgeo.append(q); lrows.append(dict(BSM=f"{code}{len(lrows) + 1:012d}", DLBM=cc, DLMC=NMS[cc], ZLDWDM=trows[t]["XZQDM"] + f"{200 + int(rp.x // 1500) * 3 + int(rp.y // 1500):03d}0000000", TBMJ=round(q.area, 2)))
wr(lrows, lgeo, "landuse.gpkg", driver="GPKG")
kc = {k: sum(e["kind"] == k for e in EV) for k in TB}; about = dict(seed=A.seed, radiometry=A.rad, date_before=d0.isoformat(), date_after=d1.isoformat(), region=cname, system=system, fields=len(fields), fields_changed=int((MA[fi] != MB[fi]).sum()), events=kc, listed=len(listed), list_rows=len(rows), landuse=len(lrows), median_area=float(np.median([e["area_m2"] for e in EV if e["kind"] != "demolition"])), roofs=int((KD == "roof").sum()), scale="dn" if tenbit else "refl1e4", z_event=[round(float(v), 2) for v in np.percentile(zev, [0, 10, 50, 90, 100])])
json.dump(about, open(f"{A.out}/about.json", "w"), ensure_ascii=False, indent=1); print(json.dumps(about, ensure_ascii=False))
