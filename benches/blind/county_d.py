"""county_d.py SEED RADIOMETRY OUT [--size 2048]: a synthetic county, southern and central China: paddies, ponds, terraces, red soil."""
import os
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import argparse, json, math
import numpy as np, rasterio, geopandas as gpd
from rasterio.features import rasterize, shapes, sieve
from rasterio.transform import Affine
from scipy import ndimage as ndi
from shapely.geometry import LineString, Polygon, Point, box, shape
from shapely import affinity
from shapely.ops import unary_union
P = 2.0
EM = dict(soilR=(.065,.10,.205,.29), soilY=(.105,.155,.225,.30), soilG=(.11,.135,.165,.215), soilL=(.17,.22,.285,.36), mud=(.06,.078,.092,.105),
 mudD=(.13,.16,.19,.235), water=(.045,.055,.04,.022), turbid=(.07,.10,.105,.055), algae=(.045,.085,.05,.11), green=(.03,.065,.036,.45), pale=(.045,.10,.06,.40),
 straw=(.15,.205,.265,.36), dry=(.085,.115,.145,.25), ash=(.045,.048,.053,.075), flower=(.055,.21,.20,.44), ripe=(.07,.125,.135,.30), film=(.30,.33,.35,.42),
 black=(.045,.047,.05,.065), conc=(.27,.30,.325,.35), oconc=(.17,.19,.21,.24), gtile=(.095,.10,.108,.125), blue=(.26,.225,.13,.21), rtile=(.085,.10,.205,.27),
 wsteel=(.44,.46,.46,.48), gsteel=(.21,.22,.225,.235), pine=(.022,.038,.024,.26), bamboo=(.032,.068,.04,.40), broad=(.028,.055,.032,.36), tea=(.025,.05,.03,.37),
 dark=(.025,.03,.025,.10), sand=(.19,.235,.275,.33), lime=(.29,.31,.325,.345), net=(.07,.135,.085,.19), netF=(.11,.155,.125,.22), pv=(.075,.065,.06,.075),
 asph=(.085,.09,.095,.11), brick=(.10,.12,.19,.24), wall=(.40,.42,.42,.43), gravel=(.19,.205,.22,.245), frame=(.16,.18,.19,.25))
# id name class E1 E2 fmean fobj ffine fmed period rowamp bobj btex soilweight
MAT = """1 flooded_paddy 4 turbid mud .25 .2 .03 .15 0 0 .15 .03 .3|2 young_rice 13 turbid green .50 .12 .05 .1 3 .05 .08 .03 0|3 green_rice 13 green pale .3 .3 .1 .15 0 0 .08 .04 0
4 ripe_rice 2 ripe straw .25 .25 .1 .15 0 0 .08 .04 0|5 rice_stubble 2 dry soilY .4 .25 .1 .15 4.4 .08 .1 .05 .4|6 straw_covered 2 straw dry .3 .2 .12 .2 6 .12 .1 .06 0
7 burnt_stubble 2 ash dry .3 .15 .12 .3 0 0 .1 .06 0|8 weedy_fallow 2 dry green .25 .15 .1 .15 0 0 .1 .06 0|9 ploughed_wet 3 mud mudD .3 .25 .08 .15 5 .06 .1 .05 .5
10 ploughed_dry 3 soilR soilY .35 .3 .1 .2 5 .08 .12 .05 1|11 harrowed_light 3 soilY soilL .35 .3 .06 .2 0 0 .1 .03 1|12 white_mulch 3 soilY film .45 .15 .06 .05 5 .3 .08 .03 .5
13 black_mulch 3 soilY black .5 .15 .06 .05 5 .3 .08 .03 .5|14 rape_green 13 pale green .6 .25 .1 .15 4.6 .08 .08 .04 0|15 rape_flower 13 green flower .6 .25 .1 .2 0 0 .08 .05 0
16 rape_ripe 2 ripe dry .45 .25 .1 .15 0 0 .08 .04 0|17 wheat 13 green pale .3 .25 .08 .15 0 0 .08 .03 0|18 lotus 13 green pale .2 .2 .15 .15 0 0 .08 .06 0
19 lotus_withered 2 mud dry .4 .2 .15 .2 0 0 .1 .06 0|20 pond_water 4 water turbid .5 .4 .02 .08 0 0 .1 .015 0|21 river_water 4 turbid water .4 .1 .02 .1 0 0 .05 .015 0
22 algae_pond 4 water algae .6 .25 .05 .25 0 0 .1 .02 0|23 drained_wet_mud 3 mud turbid .3 .2 .06 .3 0 0 .12 .03 0|24 drained_dry_mud 3 mudD mud .25 .2 .12 .25 0 0 .1 .05 .3
25 river_sand 3 sand mudD .25 .15 .1 .25 0 0 .08 .04 0|26 dirt_track 3 soilY soilL .4 .25 .12 .2 0 0 .1 .05 .8|27 bund_grass 14 pale dry .35 .15 .15 .15 0 0 .08 .07 0
28 pine 14 pine dark .3 .15 .22 .2 0 0 .08 .14 0|29 bamboo 14 bamboo broad .35 .2 .15 .2 0 0 .06 .10 0|30 broadleaf 14 broad pine .4 .2 .2 .2 0 0 .08 .14 0
31 tea 14 tea soilR .18 .1 .06 .08 6.5 .17 .08 .05 1|32 citrus 14 tea soilY .3 .12 .16 .08 8 .22 .08 .08 1|33 shrub_grass 14 pale broad .5 .2 .16 .25 0 0 .08 .09 0
34 dry_grass 2 dry pale .3 .2 .12 .25 0 0 .08 .07 .2|35 roof_grey_tile 5 gtile dark .15 .1 .06 .05 0 0 .2 .06 0|36 roof_blue_steel 5 blue gsteel .15 .15 .03 .05 6 .03 .12 .02 0
37 roof_red_tile 5 rtile brick .4 .3 .08 .05 0 0 .15 .05 0|38 roof_white_steel 5 wsteel gsteel .25 .25 .03 .06 7 .03 .08 .02 0|39 roof_concrete 5 conc oconc .5 .35 .1 .15 0 0 .1 .06 0
40 roof_grey_steel 5 gsteel oconc .35 .3 .03 .06 7 .03 .12 .02 0|41 white_wall 5 wall conc .35 .3 .15 .05 0 0 .1 .05 0|42 concrete_yard 6 conc oconc .3 .25 .08 .15 0 0 .08 .04 0
43 old_yard 6 oconc soilY .3 .2 .12 .2 0 0 .1 .06 .3|44 gravel_yard 6 gravel soilL .3 .2 .12 .2 0 0 .1 .05 .3|45 brick_stacks 6 brick soilR .35 .2 .15 .1 7 .25 .1 .06 0
46 film_new 7 film green .22 .15 .05 .05 8 .16 .08 .03 0|47 film_old 7 film mudD .5 .15 .08 .1 8 .16 .1 .04 0|48 shade_net_house 7 black frame .35 .2 .06 .08 9 .1 .1 .04 0
49 frame_bare 3 soilY frame .3 .12 .06 .1 8 .15 .1 .04 .7|50 frame_green 13 green frame .3 .12 .08 .1 8 .15 .1 .04 0|51 pv_ground 8 pv dry .26 .1 .04 .06 7 .26 .1 .03 .3
52 pv_pond 8 pv turbid .3 .1 .03 .04 6 .25 .1 .02 0|53 stripped_red 9 soilR soilL .3 .25 .08 .3 0 0 .1 .06 1|54 stripped_yellow 9 soilY soilL .5 .25 .08 .3 0 0 .1 .06 1
55 heaped_spoil 9 soilR soilG .5 .2 .2 .35 0 0 .12 .14 1|56 levelled_fill 9 soilG soilL .4 .3 .06 .2 0 0 .08 .04 .4|57 stripped_moist 9 soilR mud .45 .2 .06 .3 0 0 .1 .06 .8
58 clay_pit 10 soilR mud .35 .2 .1 .3 0 0 .1 .08 1|59 limestone_quarry 10 lime soilG .3 .15 .12 .3 0 0 .1 .10 0|60 sandstone_pit 10 soilR brick .4 .2 .12 .3 0 0 .1 .10 .6
61 pit_wall_shadow 10 soilR dark .5 .15 .12 .2 0 0 .1 .08 .8|62 brick_rubble 11 brick conc .4 .2 .3 .2 0 0 .1 .12 0|63 concrete_rubble 11 gravel soilY .35 .2 .3 .2 0 0 .1 .12 .2
64 net_new 12 net soilR .12 .1 .06 .15 0 0 .08 .04 .5|65 net_faded 12 netF soilY .35 .15 .08 .25 0 0 .08 .05 .5|66 concrete_road 15 conc oconc .4 .25 .06 .1 0 0 .08 .03 0
67 asphalt_road 15 asph oconc .25 .2 .05 .08 0 0 .1 .03 0|68 gravel_road 15 gravel soilY .4 .25 .1 .15 0 0 .08 .05 .4|69 red_gravel_road 15 soilR gravel .4 .25 .1 .15 0 0 .08 .05 .6
70 young_orchard 14 soilR tea .50 .12 .14 .1 8 .2 .08 .06 1|71 vegetables 13 pale soilY .3 .2 .12 .15 5 .15 .08 .05 .5|72 peanut_sweetpotato 13 green soilR .2 .15 .1 .12 5 .1 .08 .05 .8
73 clear_cut 2 dry soilR .4 .2 .15 .25 0 0 .08 .07 .8|74 pit_water 4 algae turbid .4 .3 .02 .05 0 0 .1 .02 0|75 drying_grain 6 straw conc .35 .3 .06 .1 0 0 .08 .03 0"""
MAT = [m.split() for l in MAT.split("\n") for m in l.split("|")]
NM = 80
CLS = np.zeros(NM, np.uint8); E1 = np.zeros((NM, 4), np.float32); E2 = E1.copy(); PR = np.zeros((NM, 9), np.float32); NAME = {}
for m in MAT:
    i = int(m[0]); NAME[i] = m[1]; CLS[i] = int(m[2]); E1[i] = EM[m[3]]; E2[i] = EM[m[4]]; PR[i] = [float(x) for x in m[5:14]]
STAGE = {0: {15:.3,14:.1,8:.17,5:.12,9:.1,1:.05,17:.1,6:.02,71:.04}, 1: {1:.22,9:.13,16:.13,2:.22,8:.07,71:.06,12:.04,6:.06,17:.04,11:.03},
 2: {3:.5,2:.14,4:.12,5:.04,1:.06,8:.05,71:.05,6:.04}, 3: {3:.34,4:.27,5:.11,6:.06,1:.05,9:.05,8:.06,71:.06},
 4: {4:.2,5:.24,6:.13,7:.05,9:.11,14:.09,8:.08,11:.04,71:.04,3:.02}, 5: {5:.2,8:.18,14:.2,9:.14,17:.1,12:.05,1:.05,6:.04,7:.04}}
DRYC = {71:.22,72:.18,10:.2,11:.12,12:.07,13:.06,8:.1,6:.05}
MONTH = [3, 5, 7, 9, 11, 1]
DL = {101:"水田",102:"水浇地",103:"旱地",201:"果园",301:"乔木林地",404:"其他草地",601:"工业用地",701:"城镇住宅用地",702:"农村宅基地",1003:"公路用地",1006:"农村道路",1101:"河流水面",1104:"坑塘水面",1202:"设施农用地"}

def main():
    ap = argparse.ArgumentParser(); ap.add_argument("seed", type=int); ap.add_argument("radiometry", type=int); ap.add_argument("out"); ap.add_argument("--size", type=int, default=2048); a = ap.parse_args(); N, rad, out = a.size, a.radiometry, a.out; os.makedirs(out, exist_ok=True)
    R = np.random.default_rng(a.seed * 7919 + rad * 104729 + 17); U = R.uniform; f4 = np.float32
    K = (N * P) ** 2 / 16.8e6                                  # county fraction
    def noise(cells):                                          # smooth noise with `cells` cells across, std 1
        n = cells + 2; g = R.standard_normal((n, n)).astype(f4); x = np.arange(N) / N * cells; i = x.astype(int); t = x - i; t = t * t * (3 - 2 * t); W = np.zeros((N, n), f4); W[np.arange(N), i] = 1 - t; W[np.arange(N), i + 1] = t
        return (W @ g @ W.T) * f4(1.5)
    def fbm(cells, octs, per=.55):
        s = 0; w = 1.; q = 0
        for _ in range(octs): s = s + f4(w) * noise(max(2, int(cells))); q += w * w; cells *= 2; w *= per
        return s / f4(math.sqrt(q))
    s16 = N / 2048; nf = [R.standard_normal((N, N), dtype=f4) for _ in range(2)]; nf = [.6 * x + 2.2 * ndi.gaussian_filter(x, .9) * .6 for x in nf]; nm = [.75 * fbm(150 * s16, 2) + .65 * fbm(24 * s16, 2) for _ in range(2)]; nm[1] = (.6 * nm[0] + .8 * nm[1]).astype(f4)
    yy, xx = np.meshgrid(np.arange(N, dtype=f4) * 2, np.arange(N, dtype=f4) * 2, indexing="ij")
    # terrain
    hillfrac = U(.15, .5); h = fbm(U(3, 7) * s16 + 1, 5, .58); thr = np.quantile(h[::8, ::8], 1 - hillfrac); dem = np.maximum(h - thr, 0) * f4(U(35, 75)); dem = (dem + np.minimum(dem / 10, 1) * fbm(60 * s16, 2) * 1.2).astype(f4); hill = h > thr
    # blocks and fields
    wx, wy = xx + 40 * noise(int(14 * s16) + 1), yy + 40 * noise(int(14 * s16) + 1)
    def voronoi(n):
        pts = U(-50, N * P + 50, (n, 2)); d1 = np.full((N, N), 1e12, f4); d2 = d1.copy(); lab = np.zeros((N, N), np.int32)
        for k, (px, py) in enumerate(pts):
            d = (wx - f4(px)) ** 2 + (wy - f4(py)) ** 2; nw = d < d1; d2 = np.where(nw, d1, np.minimum(d2, d)); lab[nw] = k; d1[nw] = d[nw]
        return lab, np.sqrt(d2) - np.sqrt(d1)
    nb = max(8, int(34 * K)); blk, bedge = voronoi(nb); base = U(0, np.pi); th = base + R.normal(0, .35, nb) + (R.random(nb) < .3) * np.pi / 2; fa = math.sqrt((1 - hillfrac) * 15e6 / U(2700, 5200)); sw = fa * np.exp(R.normal(-.30, .28, nb)); sl = fa * np.exp(R.normal(.40, .33, nb))
    curv = 6 * noise(int(30 * s16) + 1); c, s = np.cos(th).astype(f4)[blk], np.sin(th).astype(f4)[blk]; u = xx * c + yy * s + curv; v = -xx * s + yy * c + curv; SW, SL = sw.astype(f4)[blk], sl.astype(f4)[blk]
    fi = np.floor(u / SW); off = ((fi * 12.9898 + blk * 7.13) % 1.0) * 0.9 + .37 * np.sin(fi * 3.7); vv = v / SL + off; fj = np.floor(vv); bd = np.minimum(np.minimum(u - fi * SW, (fi + 1) * SW - u), np.minimum(vv - fj, fj + 1 - vv) * SL)
    key = (blk.astype(np.int64) * 1024 + (fi.astype(np.int64) & 1023)) * 1024 + (fj.astype(np.int64) & 1023); _, fl = np.unique(key, return_inverse=True); fl = fl.reshape(N, N).astype(np.int32); nfl = int(fl.max()) + 1
    urow = u.copy(); sidx = (blk * 4096 + ((fi // 6).astype(np.int32) & 63) * 64 + ((fj // 4).astype(np.int32) & 63)).astype(np.int32); del key, vv, off, c, s, SW, SL, fi, fj
    # farming
    st0 = int(R.integers(0, 6)); st1 = st0 if rad == 0 else (st0 + int(R.choice([1, -1]))) % 6 if rad == 1 else (st0 + int(R.choice([0, 1, 2]))) % 6; cen = np.bincount(fl.ravel(), nm[0].ravel()) / np.maximum(1, np.bincount(fl.ravel())); nF = nfl
    ftype = np.zeros(nF, np.uint8); r = R.random(nF); bl_of = np.zeros(nF, int); bl_of[fl.ravel()[::7]] = blk.ravel()[::7]; bt = R.random(nb); dryb = bt < U(.08, .3); pondb = (bt > .86); lotb = (bt > .78) & (bt < .86)
    ftype[r < .09] = 1; ftype[(r < .8) & dryb[bl_of]] = 1; ftype[(r > .93) & (r < .975)] = 2; ftype[pondb[bl_of] & (r > .3)] = 2; ftype[(lotb[bl_of] & (r > .4)) | (r > .985)] = 3; ftype[(r > .975) & (r < .981)] = 4
    def pick(dist, q):
        k = list(dist); w = R.permutation(len(k)); k = [k[i] for i in w]; p = np.cumsum([dist[i] ** U(.7, 1.4) for i in k]); p /= p[-1]
        return np.array(k, np.uint8)[np.minimum(np.searchsorted(p, q), len(k) - 1)]
    def q(): 
        z = cen * U(.3, 1.0) + R.standard_normal(nF) * .8; return np.argsort(np.argsort(z)) / nF
    def crops(st):
        m = pick(STAGE[st], q()); d = pick(DRYC, q()); m = np.where(ftype == 1, d, m); po = R.choice([20, 22, 23, 24, 8], nF, p=[.62, .12, .12, .1, .04] if st in (4, 5, 0) else [.72, .17, .06, .04, .01]); m = np.where(ftype == 2, po, m)
        lo = R.choice([18, 19, 23, 20], nF, p=[.8, .05, .05, .1] if st in (2, 3) else [.15, .5, .15, .2]); m = np.where(ftype == 3, lo, m)
        return np.where(ftype == 4, R.choice([46, 47, 48, 49, 50], nF, p=[.3, .25, .1, .2, .15]), m).astype(np.uint8)
    cb, ca = crops(st0), crops(st1); tgt = U(.36, .62); ch = ca != cb
    if ch.mean() > tgt: keep = R.random(nF) > tgt / ch.mean(); ca[keep] = cb[keep]
    changed = ca != cb; mb, ma = cb[fl], ca[fl]; obj = fl.copy(); nobj = [nF + 10]; H = np.zeros((N, N), f4); dl = np.array([101, 103, 1104, 101, 1202], np.int32)[ftype][fl]
    for m, ft in ((mb, 0), (ma, 1)):                            # ponds: dry margin depends on the date
        lev = U(0, 9, nF) ** (1.2) * (R.random(nF) < .6); dep = lev[fl] + 1.2 * nm[ft]; pw = (m == 20) | (m == 22); wetf = R.random(nF)[fl] < .5; ring = pw & (bd < dep); m[ring & wetf] = 23; m[ring & ~wetf & (bd < dep * .6)] = 24; m[pw & (bd < 3)] = 27; dr = (m == 23) & (ftype == 2)[fl] & (nm[ft] < -.9); m[dr] = 20
        b = (bd < .9 + .3 * nf[0]); m[b & ~pw] = 27 if st0 != 5 else 34; m[(bedge < 7) & (bedge > 3)] = 26; m[(bedge < 3)] = 20 if U() < .4 else 27
    hv, he = voronoi(max(10, int(80 * K))); nh = hv.max() + 1; hm = R.choice([28, 29, 30, 31, 32, 33, 70, 34], nh, p=R.dirichlet(np.array([5, 3, 4, 3, 3, 1.5, 1, .6]) * 1.5)).astype(np.uint8); hm2 = hm.copy(); z = R.random(nh) < .05; hm2[z] = R.choice([73, 70, 34, 33], z.sum())
    if st1 in (0, 2) : hm2[(hm2 == 34) & (R.random(nh) < .5)] = 33
    obj[hill] = hv[hill] + nobj[0]; nobj[0] += nh; mb[hill] = hm[hv[hill]]; ma[hill] = hm2[hv[hill]]; cc = hill & (hm2 != hm)[hv] & (nm[0] < .25); ma[cc] = mb[cc]; urow = np.where(hill, dem / f4(.28), urow); sidx[hill] = hv[hill]
    dl[hill] = np.array([{28: 301, 29: 301, 30: 301, 31: 201, 32: 201, 33: 404, 70: 201, 34: 404}[k] for k in hm])[hv[hill]]
    for src, dst, lo in ((28, 29, .75), (29, 28, .9), (30, 28, .6), (28, 30, -9)): z = hill & (mb == src) & (ma == src) & ((nm[1] + .25 * nf[0] > lo) if lo > 0 else (nm[1] < -1.1)); mb[z] = ma[z] = dst
    tr = hill & (he < 5) & np.isin(hm, [31, 32, 70])[hv]; mb[tr] = ma[tr] = 26; gap = hill & (nm[0] > 1.9) & ~np.isin(mb, [31, 32, 70, 26]); mb[gap] = 33; ma[gap] = 33; groves = ~hill & (nm[0] + .4 * nf[0] > 2.35); mb[groves] = ma[groves] = 30; dl[groves] = 301; obj[groves] = nobj[0]; nobj[0] += 1
    wood = np.isin(mb, [28, 29, 30]); Ha = H.copy(); H[wood] = 6 + 2.6 * nf[0][wood]; w2 = np.isin(ma, [28, 29, 30]); Ha[w2] = 6 + 2.6 * nf[0][w2]
    occ = np.zeros((N, N), bool); T0 = Affine(P, 0, 0, 0, P, 0); mats = [mb, ma]; Hs = [H, Ha]; uu = [urow, urow.copy()]; obs = [obj, obj.copy()]; shade = [np.ones((N, N), f4), np.ones((N, N), f4)]
    def burn(geom): return rasterize([(geom, 1)], (N, N), transform=T0, dtype="uint8").astype(bool)
    def put(sl_, msk, mat, dates=(0, 1), hgt=0., rows=None, sh=1., o=None):
        if o is None: o = nobj[0]; nobj[0] += 1
        for d in dates:
            mats[d][sl_][msk] = mat; obs[d][sl_][msk] = o; Hs[d][sl_][msk] = hgt; shade[d][sl_][msk] = sh if np.isscalar(sh) else sh[msk]
            if rows is not None: uu[d][sl_][msk] = rows[msk]
    def win(cx, cy, rr):
        x0, x1 = max(0, int((cx - rr) / P)), min(N, int((cx + rr) / P) + 2); y0, y1 = max(0, int((cy - rr) / P)), min(N, int((cy + rr) / P) + 2)
        return (slice(y0, y1), slice(x0, x1)) if x1 - x0 > 1 and y1 - y0 > 1 else None
    def loc(sl_, cx, cy, an):
        X = xx[sl_] + 1 - cx; Y = yy[sl_] + 1 - cy; c_, s_ = math.cos(an), math.sin(an); return X * c_ + Y * s_, -X * s_ + Y * c_
    def rect(cx, cy, w, h_, an):
        sl_ = win(cx, cy, .5 * math.hypot(w, h_) + 4)
        if sl_ is None: return None
        p, q_ = loc(sl_, cx, cy, an); return sl_, (abs(p) <= w / 2) & (abs(q_) <= h_ / 2), p, q_
    full = (slice(0, N), slice(0, N))
    # river
    def walk(x, y, an, step, n, turn, dr=0):
        pts = [(x, y)]; t = 0.
        for _ in range(n):
            t = .8 * t + R.normal(0, turn); an2 = an + t; x += step * math.cos(an2); y += step * math.sin(an2); pts.append((x, y))
            if not (-200 < x < N * P + 200 and -200 < y < N * P + 200): break
        return LineString(pts)
    L = N * P; a0 = U(-.5, .5) + (np.pi / 2 if U() < .5 else 0); horiz = abs(math.cos(a0)) > .7; rv = walk(-100 if horiz else U(.2, .8) * L, U(.2, .8) * L if horiz else -100, a0, 60, 200, .22); rw = U(10, 55); bed = burn(rv.buffer(rw))
    bed = ndi.binary_closing(bed, iterations=1); bnk = burn(rv.buffer(rw + 7)) & ~bed; put(full, bnk, 27); put(full, bed, 25); occ |= burn(rv.buffer(rw + 12)); dl[bed] = 1101; sidx[bed | bnk] = 1; edge = ndi.distance_transform_edt(bed[::2, ::2]).repeat(2, 0).repeat(2, 1)[:N, :N] * 4
    for d in (0, 1): put(full, bed & (edge + 5 * nm[0] > U(-2, min(18, rw * .45))), 21, (d,))
    # roads and villages
    roads = []; nroad = int(R.integers(2, 4))
    for k in range(nroad):
        hz = (k % 2 == 0); an = (0 if hz else np.pi / 2) + U(-.3, .3); ln = walk(-150 if hz else U(.15, .85) * L, U(.15, .85) * L if hz else -150, an, 90, 120, .08); roads.append((ln, U(7, 14), R.choice([67, 67, 66]), 1003))
    for _ in range(max(3, int(15 * K))):
        b_ = roads[R.integers(0, len(roads))][0]; p = b_.interpolate(U(0, 1), normalized=True); roads.append((walk(p.x, p.y, U(0, 2 * np.pi), 40, int(R.integers(8, 50)), .12), U(3.5, 6), R.choice([66, 66, 66, 68, 69]), 1006))
    vill = np.zeros((N, N), bool); builds = []; rp = R.dirichlet(np.array([3, 1.5, 1.5, .5, 2, .7]) * 2); RC = [35, 36, 37, 38, 39, 40]; houses = []
    for _ in range(max(4, int(R.integers(14, 24) * K))):
        ln = roads[R.integers(0, len(roads))][0]; s0 = U(0, ln.length); half = U(60, 260); dep = int(R.integers(1, 4)); sp = U(14, 21)
        for t in np.arange(max(0, s0 - half), min(ln.length, s0 + half), sp):
            p, p2 = ln.interpolate(t), ln.interpolate(t + 2); an = math.atan2(p2.y - p.y, p2.x - p.x)
            for side in (-1, 1):
                for k in range(dep + int(R.integers(-1, 2))):
                    if U() < .22: continue
                    o_ = side * (16 + k * U(19, 25)); houses.append((p.x - o_ * math.sin(an) + R.normal(0, 1.5), p.y + o_ * math.cos(an) + R.normal(0, 1.5), U(8, 14), U(8, 11.5), an + R.normal(0, .06), R.choice(RC, p=rp)))
    houses = [h_ for h_ in houses if 10 < h_[0] < L - 10 and 10 < h_[1] < L - 10]
    if houses:
        vill = rasterize([(Point(h_[0], h_[1]).buffer(15), 1) for h_ in houses], (N, N), transform=T0, dtype="uint8").astype(bool) & ~occ
        g = nm[0] * .8 + nf[0] * .4; put(full, vill, 43); put(full, vill & (g > .35), 30, hgt=5.); put(full, vill & (g < -.75), 71); put(full, vill & (g > -.2) & (g < .1), 42); dl[vill] = 702; sidx[vill] = 2
    rmask = np.zeros((N, N), bool)
    for ln, w, m, code in roads:
        rd = burn(ln.buffer(w / 2 + .5)); put(full, rd & ~bed, m) if code == 1006 else put(full, rd, m)
        if code == 1003: tl = burn(ln.buffer(w / 2 + 4)) & ~rd & (nf[0] > .1) & ~bed; put(full, tl, 30, hgt=4.)
        dl[rd] = code; sidx[rd] = 3; rmask |= rd
    tabu = occ | rmask; hh = np.zeros((N, N), bool)
    def roof(cx, cy, w, h_, an, m, dates=(0, 1), hgt=6., wall=True, gable=True):
        r_ = rect(cx, cy, w, h_, an)
        if r_ is None: return
        sl_, k, p, q_ = r_; sh = (1 + (.12 if gable and m != 39 else 0) * np.sign(q_) * math.cos(an)).astype(f4); put(sl_, k, m, dates, hgt, p, sh)
        if wall: put(sl_, (abs(p) <= w / 2) & (q_ * np.sign(math.cos(an) + 1e-9) > h_ / 2) & (abs(q_) <= h_ / 2 + 1.6), 41, dates, 2.)
    for hx, hy, w, h_, an, m in houses:
        r_ = rect(hx, hy, w + 5, h_ + 5, an)
        if r_ is None or (tabu[r_[0]] & r_[1]).any() or hh[r_[0]][r_[1]].mean() > .15: continue
        if U() < .6: y_ = rect(hx + 9 * math.sin(an), hy + 9 * math.cos(an), w, 7, an); y_ and put(y_[0], y_[1] & ~tabu[y_[0]] & ~hh[y_[0]], 75 if U() < .1 else 42)
        roof(hx, hy, w, h_, an, m, hgt=U(4, 11), wall=U() < .6); hh[r_[0]] |= r_[1]; builds.append((hx, hy, w, h_, an))
    occ = tabu | vill
    def free(sl_, k, lim=.01): return k.sum() > 20 and occ[sl_][k].mean() <= lim
    def site(w, h_, where, tries=60):
        for _ in range(tries):
            cx, cy = U(w / 2 + 15, L - w / 2 - 15), U(w / 2 + 15, L - w / 2 - 15); i, j = int(cy / P), int(cx / P)
            if not where[i, j]: continue
            an = float(th[blk[i, j]]) + R.normal(0, .05); r_ = rect(cx, cy, w, h_, an)
            if r_ and free(r_[0], r_[1]): return cx, cy, an, r_
        return None
    def blobm(sl_, p, q_, w, h_): return (p / (w / 2)) ** 2 + (q_ / (h_ / 2)) ** 2 < 1 + .35 * nm[1][sl_] + .06 * nf[1][sl_]
    def sheds(cx, cy, w, h_, an, msk_sl, n, dates, m, cover, hgt=7.):
        for k in range(n):
            o_ = (k + .5) / n * h_ - h_ / 2; roof(cx - o_ * math.sin(an), cy + o_ * math.cos(an), w * cover, max(4., h_ / n * cover), an, m if U() < .7 else int(R.choice([36, 38, 40])), dates, hgt, False)
    flat = ~hill; n_old = {"ind": int(16 * K) + 1, "brick": 1 + int(U(0, 2.5) * K), "quarry": 1 + int(U(1, 4) * K), "pv": int(U(2, 6) * K) + 1, "gh": int(U(6, 18) * K) + 1, "net": int(3 * K) + 1, "pond": int(22 * K)}
    for kind, n in n_old.items():
        for _ in range(n):
            w, h_ = U(50, 170), U(35, 110); r_ = site(w, h_, hill if kind == "quarry" or (kind == "pv" and U() < .5) else flat)
            if r_ is None: continue
            cx, cy, an, (sl_, k, p, q_) = r_; code = None
            if kind == "ind": put(sl_, k, R.choice([42, 43, 44])); sheds(cx, cy, w, h_, an, sl_, int(R.integers(1, 4)), (0, 1), int(R.choice([36, 36, 38, 40, 37, 39])), U(.65, .88)); code = 601
            elif kind == "brick":
                put(sl_, k, 44); put(sl_, k & (q_ < -h_ * .1) & (abs(p) < w * .46), 45, hgt=2., rows=p); roof(cx, cy, w * .5, 18, an, 40, wall=False); put(sl_, k & (q_ > h_ * .2), 58); put(sl_, (abs(p - w * .1) < 2) & (abs(q_) < 2), 41, hgt=30.); code = 601
            elif kind == "quarry":
                k = blobm(sl_, p, q_, w, h_); m = int(R.choice([59, 58, 60])); put(sl_, k, m, rows=p); put(sl_, k & (q_ < -h_ * .3), 61); put(sl_, k & ((p + w * .2) ** 2 + q_ ** 2 < 150), 74); code = 601
            elif kind == "pv":
                wet = U() < .35 and not hill[int(cy / P), int(cx / P)]; put(sl_, k, 33 if not wet else 20); put(sl_, k & (abs(p % 40 - 20) < 18), 52 if wet else 51, rows=yy[sl_]); code = 1104 if wet else 404
            elif kind == "gh":
                mo = int(R.choice([46, 47, 48])); put(sl_, k, 26); kk = k & (abs(p % 45 - 22.5) < 20.5); put(sl_, kk, mo, rows=q_, hgt=2.)
                if U() < .4: d_ = int(U() < .5); part = kk & (q_ < U(-.3, .5) * h_); put(sl_, part, R.choice([49, 50]), (d_,), rows=q_)
                code = 1202
            elif kind == "net": k = blobm(sl_, p, q_, w, h_); put(sl_, k, 54); put(sl_, k & (nm[0][sl_] > -.6), 65); code = 601
            else:
                val = 1 + .3 * nm[0][sl_] - (p / (w / 2)) ** 2 - (q_ / (h_ / 2)) ** 2; k = val > 0; put(sl_, val > -.15, 27); put(sl_, k, R.choice([23, 24])); o_ = nobj[0]; nobj[0] += 1; code = 1104
                for d in (0, 1): put(sl_, val > U(0, .5) * (U() < .7), 20, (d,), o=o_)
            occ[sl_] |= k; dl[sl_][k] = code; sidx[sl_][k] = 5000000 + nobj[0]
    # events
    ev = []; ne = max(8, int(R.integers(54, 72) * K) + 2); KN = ["new_building", "earthwork", "linear", "photovoltaic", "greenhouse", "excavation"]; kinds = R.permutation(np.repeat(KN, np.round(np.array([.4, .2, .1, .08, .12, .10]) * ne * U(.9, 1.12, 6)).astype(int)))
    farm = flat & np.isin(dl, [101, 103, 1104]); nearv = ndi.binary_dilation(vill[::4, ::4], iterations=6).repeat(4, 0).repeat(4, 1)[:N, :N] & farm
    def record(kind, alt, sl_, k, mix, surf=None):
        cnt = np.bincount(mats[1][sl_][k], minlength=NM); wb = np.bincount(mb0[sl_][k], minlength=NM) * (1 + 99 * ((CLS == 5) & (np.arange(NM) != 41)) * (kind == 'demolition')); occ[sl_] |= ndi.binary_dilation(k, iterations=3)
        t = T0 * Affine.translation(sl_[1].start, sl_[0].start); pg = [shape(g_) for g_, v_ in shapes(k.astype(np.uint8), k, transform=t)]; pg = max(pg, key=lambda g_: g_.area).simplify(1.5).buffer(0); pc = pg.centroid; i, j = min(N - 1, int(pc.y / P)), min(N - 1, int(pc.x / P))
        ev.append(dict(eid=len(ev) + 1, kind=kind, kind_alt=alt, surface=surf or NAME[int(cnt.argmax())], place="hill" if hill[i, j] else "village" if vill[i, j] else "village_edge" if nearv[i, j] else "farmland", was=NAME[int(wb.argmax())], mixed=int(mix), listed=0, geometry=pg))
    mb0 = mb.copy(); A = (1,)
    for kind in kinds:
        ar = float(np.clip(np.exp(R.normal(np.log(1500), .95)), 330, 19500)); ar = max(ar, 900) if kind == "photovoltaic" else ar; asp = U(1, 2.4)
        if kind == "linear":
            for _ in range(40):
                ww = U(4, 10); ln = walk(U(.05, .95) * L, U(.05, .95) * L, U(0, 6.28), 20, max(4, int(min(ar, 6000) / ww / 20) + 1), .06); b_ = ln.bounds; sl_ = win((b_[0] + b_[2]) / 2, (b_[1] + b_[3]) / 2, max(b_[2] - b_[0], b_[3] - b_[1]) / 2 + 12)
                if sl_ is None or min(b_) < 20 or max(b_) > L - 20: continue
                t = T0 * Affine.translation(sl_[1].start, sl_[0].start); shp = (sl_[0].stop - sl_[0].start, sl_[1].stop - sl_[1].start); k = rasterize([(ln.buffer(ww / 2, cap_style=2), 1)], shp, transform=t, dtype="uint8").astype(bool)
                if k.sum() * 4 < 300 or not free(sl_, k, .12): continue
                k &= ~occ[sl_]; sho = rasterize([(ln.buffer(ww / 2 + 2), 1)], shp, transform=t, dtype="uint8").astype(bool) & ~k & ~occ[sl_] & (nm[1][sl_] > 0); put(sl_, sho, 26, A); put(sl_, k, R.choice([66, 67, 68, 69], p=[.5, .2, .2, .1]), A)
                record(kind, "", sl_, k, 0); ev[-1]["geometry"] = ln.buffer(ww / 2, cap_style=2); break
            continue
        w, h_ = math.sqrt(ar * asp), math.sqrt(ar / asp); rr = R.random(); where = nearv if rr < .22 else hill if (kind in ("photovoltaic", "earthwork", "excavation") and rr < .5) else farm; r_ = site(w, h_, where, 200) or site(w, h_, farm, 300)
        if r_ is None: continue
        cx, cy, an, (sl_, k, p, q_) = r_; alt = ""; mix = 0; surf = None
        if kind == "new_building":
            t = R.random(); m = int(R.choice([36, 36, 38, 40, 37, 39, 35], p=[.2, .14, .2, .16, .1, .12, .08])); surf = NAME[m]
            if t < .4: put(sl_, k, R.choice([42, 44, 54, 26]), A); roof(cx, cy, max(8, w * .9), max(8, h_ * .9), an, m, A, U(4, 10), False)
            elif t < .6: put(sl_, k, R.choice([53, 54, 42]), A); sheds(cx, cy, w, h_, an, sl_, max(1, int(h_ / U(13, 24))), A, m, .82, 4.)
            elif t < .75:
                put(sl_, k, R.choice([42, 43, 56]), A)
                for x_ in np.arange(-w / 2 + 7, w / 2 - 5, 14):
                    for y_ in np.arange(-h_ / 2 + 7, h_ / 2 - 5, 17): roof(cx + x_ * math.cos(an) - y_ * math.sin(an), cy + x_ * math.sin(an) + y_ * math.cos(an), 11, 10, an, m, A, U(6, 11))
            else:
                mix = 1; alt = "earthwork"; put(sl_, k, R.choice([53, 54, 55, 57]), A); put(sl_, k & (p < w * .3), R.choice([42, 44]), A); o_ = -w * .15; roof(cx + o_ * math.cos(an), cy + o_ * math.sin(an), w * .55, h_ * .75, an, m, A, U(4, 9), False)
                if U() < .3: put(sl_, k & (p > w * .34), 64, A)
        elif kind == "earthwork":
            k = blobm(sl_, p, q_, w * 1.1, h_ * 1.1) & ~occ[sl_] if U() < .6 else k; m = int(R.choice([53, 54, 55, 56, 57], p=[.3, .25, .15, .15, .15])); put(sl_, k, m, A, rows=p); t = R.random()
            if t < .3: put(sl_, k & (nm[1][sl_] > .3), R.choice([55, 56, 57]), A)
            elif t < .5: mix = 1; put(sl_, k & (p < U(-.2, .3) * w), R.choice([64, 65]), A)
            elif t < .6: mix = 1; put(sl_, k & (abs(q_) < 3), 68, A); put(sl_, k & (p > w * .3), 44, A)
            if m in (55, 57): alt = "excavation"
            sh = 1 + .1 * np.sign(np.sin(q_ / U(3, 9) + nm[1][sl_])); shade[1][sl_][k] *= sh[k]
        elif kind == "photovoltaic":
            wet = CLS[mats[0][int(cy / P), int(cx / P)]] == 4; put(sl_, k, 20 if wet else R.choice([8, 54, 33]), A); put(sl_, k & (abs(p % 50 - 25) < 23.5), 52 if wet else 51, A, 1., yy[sl_] if not wet else q_)
        elif kind == "greenhouse": put(sl_, k, R.choice([26, 10]), A); put(sl_, k & (abs(p % 52 - 26) < 24.5), R.choice([46, 46, 47, 48]), A, 2.5, q_); alt = "new_building" if U() < .15 else ""
        else:
            k = blobm(sl_, p, q_, w * 1.1, h_ * 1.1) & ~occ[sl_]; put(sl_, k, R.choice([58, 60, 59, 58]), A); e = ndi.binary_erosion(k, iterations=max(1, int(min(w, h_) / 16))); put(sl_, k & ~e & (q_ * math.cos(an) > 0), 61, A)
            if U() < .5: put(sl_, ndi.binary_erosion(e, iterations=3) & (nm[1][sl_] > -.2), 74, A); mix = int(U() < .5)
            alt = "earthwork"
        if k.sum() * 4 < 290: continue
        record(kind, alt, sl_, k, mix, surf)
    nd = 0; want = max(2, int(R.integers(6, 11) * min(1, K + .2))); used = np.zeros((N, N), bool)
    for bi in R.permutation(len(builds))[:200]:
        if nd >= want: break
        hx, hy, w, h_, an = builds[bi]; w2_, h2 = U(20, 42), U(18, 34); r_ = rect(hx, hy, w2_, h2, an)
        if r_ is None or not (30 < hx < L - 30 and 30 < hy < L - 30): continue
        sl_, k, p, q_ = r_; k = k & ~rmask[sl_]
        if (used[sl_] & k).any() or k.sum() < 60 or (CLS[mb[sl_]] == 5)[k].mean() < .28: continue
        ok = ndi.binary_dilation((CLS[mb[sl_]] == 5) & k, iterations=4) & ~k & (CLS[mb[sl_]] == 5)   # trim roofs cut by the outline: take them whole if small
        k = k | ok; put(sl_, k, R.choice([62, 62, 63, 54, 71, 8]), A); 
        if U() < .35: put(sl_, k & (nm[1][sl_] > .2), R.choice([54, 63, 8]), A)
        used[sl_] |= k; record("demolition", "", sl_, k, 0); nd += 1
    # render
    soil = np.clip(.5 + .35 * fbm(5 * s16 + 1, 2) + U(-.35, .35), 0, 1); sA, sB = np.array(EM["soilR"]), np.array([(.105,.15,.21,.28), (.10,.125,.16,.21), (.12,.165,.22,.29)][int(R.integers(0, 3))]); ref = np.array(EM["soilY"]) * .5 + sA * .5
    tone = U(.85, 1.2); gy, gx = np.gradient(dem, P); gy[bed] = 0; gx[bed] = 0; gain10 = R.choice([0, 1]); off_ = U(0, 60, 4); dn = U(.75, 1.3, 4) * np.array([1500, 1450, 1550, 1700]); dates = []; yr = int(R.integers(2018, 2024)); stages = (st0, st1); azs = U(125, 165); cls = []
    crs = str(R.choice(["EPSG:4527", "EPSG:4526", "EPSG:4548", "EPSG:32650", "EPSG:32649", "EPSG:4525"])); E0 = {"EPSG:4527": 39.5e6, "EPSG:4526": 38.5e6, "EPSG:4525": 37.5e6}.get(crs, .5e6) + round(U(-9e4, 9e4)); N0 = round(U(2.75e6, 3.45e6)); T = Affine(P, 0, E0, 0, -P, N0)
    prof = dict(driver="GTiff", height=N, width=N, crs=crs, transform=T, tiled=True, blockxsize=256, blockysize=256, compress="deflate", zlevel=1); bg, bo = [1, 1, 1, 1], [0, 0, 0, 0]; pansharp = U() < .6
    for d, nm_ in ((0, "before"), (1, "after")):
        st = stages[d]; mo = (MONTH[st] + (int(R.integers(0, 2)))) % 12 or 12; mo0 = mo if d == 0 else mo0; y = yr + (1 if d and (rad == 0 or mo <= mo0) else 0); dates.append(f"{y}-{mo:02d}-{int(R.integers(1, 28)):02d}")
        az = math.radians(azs + U(-8, 8)); el = math.radians(min(72, 60 + 25 * math.sin((mo - 3.5) / 12 * 2 * np.pi) + U(-4, 4) - 5)); m = mats[d]; o1 = np.clip(R.standard_normal(nobj[0] + 60).astype(f4), -2, 2); o2 = np.clip(R.standard_normal(nobj[0] + 60).astype(f4), -2, 2)
        if d: o1 = .7 * o1p + .7 * o1; o2 = .7 * o2p + .7 * o2
        o1p, o2p = o1, o2; pr = [PR[:, i][m] for i in range(9)]; nfi = nf[d] if d == 0 else .5 * nf[0] + .85 * nf[1]; per = np.where(pr[4] > 0, pr[4], 1e9); f = pr[0] + pr[1] * .7 * o1[obs[d]] + pr[2] * nfi + pr[3] * nm[d] * .8 + pr[5] * np.sin(f4(2 * np.pi) * uu[d] / per); np.clip(f, 0, 1, out=f)
        br = (1 + pr[6] * .8 * o2[obs[d]] + pr[7] * nfi).clip(.4, 1.7) * shade[d] * (1 + .03 * nm[1 - d]); del per
        if st in (5, 0, 4): wd = np.isin(m, [30, 33, 27]); br[wd] *= f4(.9)
        sx, sy = math.sin(az), -math.cos(az); ill = (math.sin(el) - (gx * sx + gy * sy) * math.cos(el)) / np.sqrt(1 + gx * gx + gy * gy) / math.sin(el); br *= .3 + .7 * np.clip(ill, .25, 1.6); sh = np.zeros((N, N), bool); Hd = Hs[d]; te = 2 * math.tan(el)
        for k in range(1, 12):
            dx, dy = int(round(-sx * k)), int(round(-sy * k)); ys, yd = (slice(0, N - dy), slice(dy, N)) if dy >= 0 else (slice(-dy, N), slice(0, N + dy)); xs, xd = (slice(0, N - dx), slice(dx, N)) if dx >= 0 else (slice(-dx, N), slice(0, N + dx)); sh[yd, xd] |= Hd[ys, xs] - k * te > Hd[yd, xd] + .3
        haze = np.clip(.5 + .5 * (xx * U(-1, 1) + yy * U(-1, 1)) / L + .25 * noise(4), 0, 1.3) * U(.05, .09) if rad == 2 and d else None; path = np.array([.055, .035, .02, .010]) * U(.6, 1.2); tr_ = np.array([.82, .87, .91, .95]) + U(-.03, .03)
        if d and rad >= 1: bg, bo = U(.86, 1.15, 4), U(-.008, .012, 4)
        if d and rad == 0: bg, bo = U(.96, 1.04, 4), U(-.002, .003, 4)
        sg = U(.5, .68) if not (d and rad == 2) else U(.8, 1.0); dxy = U(-1, 1, 2) * ((0, .3, .4)[rad] if d else 0); ns = U(.002, .004) * (2 if d and rad == 2 else 1); t_ = np.arange(-4, 5); kx = [np.exp(-(t_ - z_) ** 2 / 2 / sg ** 2) for z_ in dxy]; kx = [z_ / z_.sum() for z_ in kx]; bands = []
        for b in range(4):
            r_ = E1[:, b][m] + (E2[:, b] - E1[:, b])[m] * f; sr = f4(tone) * (f4(sA[b]) * soil + f4(sB[b]) * (1 - soil)) / f4(ref[b]); r_ *= 1 + pr[8] * (sr - 1); r_ *= br; r_ *= np.where(sh, f4([.42, .36, .31, .30][b]), f4(1)); r_ = ndi.correlate1d(ndi.correlate1d(r_.astype(f4), kx[0], 0), kx[1], 1); bands.append(r_)
        if pansharp:
            I = .2 * bands[0] + .3 * bands[1] + .3 * bands[2] + .2 * bands[3]; Il = ndi.gaussian_filter(I, 1.6, truncate=2.5)
            for b in range(4): bands[b] = .5 * bands[b] + .5 * ndi.gaussian_filter(bands[b], 1.6, truncate=2.5) * I / Il
        with rasterio.open(f"{out}/{nm_}.tif", "w", count=4, dtype="uint16", nodata=0, **prof) as ds:
            for b in range(4):
                r_ = path[b] + tr_[b] * bands[b]
                if haze is not None: hz = haze * f4([1.15, .9, .7, .4][b]); r_ = r_ * (1 - 2.2 * hz) + hz
                r_ = r_ * bg[b] + bo[b] + R.standard_normal((N, N), dtype=f4) * (f4(ns) * np.sqrt(.3 + 4 * np.maximum(r_, 0))); v_ = r_ * 10000 if gain10 else r_ * dn[b] + off_[b]; ds.write(np.clip(np.round(v_), 1, 10000 if gain10 else 2047).astype(np.uint16), b + 1)
            ds.descriptions = ("blue", "green", "red", "nir"); ds.update_tags(ACQUISITION_DATE=dates[-1])
        for nme, ar in (("class", CLS[m]), ("material", m)):
            with rasterio.open(f"{out}/{nme}_{nm_}.tif", "w", count=1, dtype="uint8", nodata=255, **prof) as ds: ds.write(ar, 1)
        cls.append(CLS[m])
    json.dump({str(k): v_ for k, v_ in NAME.items()}, open(f"{out}/material_legend.json", "w"), indent=0)
    # vectors
    aff = [P / P, 0, 0, -1, E0, N0]; W = lambda g_: affinity.affine_transform(g_, aff); frame = box(0, 0, L, L)
    for kd in sorted({e["kind"] for e in ev}):
        ii = [e for e in ev if e["kind"] == kd]; 
        for j in R.permutation(len(ii))[:(len(ii) + int(R.integers(0, 2))) // 2]: ii[j]["listed"] = 1
    for e in ev: e["geometry"] = W(e["geometry"].intersection(frame)); e["area_m2"] = round(e["geometry"].area, 1)
    gpd.GeoDataFrame(ev, crs=crs).to_file(f"{out}/truth.gpkg", driver="GPKG", layer="truth"); TB = dict(new_building="新增建(构)筑物", earthwork="新增推填土", linear="新增线状地物", photovoltaic="新增光伏用地", greenhouse="新增设施农用地", excavation="新增采挖地", demolition="建(构)筑物拆除")
    HP = dict(new_building=["违法用地", "合法用地", "设施农用地"], earthwork=["临时用地", "违法用地", "合法用地"], linear=["农村道路", "合法用地"], photovoltaic=["合法用地", "违法用地"], greenhouse=["设施农用地", "违法用地"], excavation=["违法用地", "临时用地"], demolition=["已拆除", "其他"]); ls = []
    def add(g_, kd, claim): ls.append(dict(TBBH=f"{a.seed % 1000:03d}{len(ls) + 1:04d}", JCMJ=round(g_.area, 1), TBLX=TB[kd], HFPD=claim, QSX=dates[0], HSX=dates[1], geometry=g_))
    for e in ev:
        if e["listed"]:
            g_ = e["geometry"]; g_ = g_.convex_hull if U() < .3 and e["kind"] != "linear" else g_; g_ = affinity.translate(g_.buffer(U(-1, 4)), U(-3, 3), U(-3, 3)).simplify(1); g_ = e["geometry"] if g_.is_empty else g_; add(g_, e["kind"], str(R.choice(HP[e["kind"]] + (["实地未变化", "已拆除", "其他"] if U() < .25 else []))))
    for _ in range(max(3, int(R.integers(8, 13) * min(1, K + .3)))):
        w = math.exp(R.normal(np.log(40), .4)); r_ = site(w, w / U(1, 2), farm, 300)
        if r_: cx, cy, an, (sl_, k, p, q_) = r_; occ[sl_] |= k; h_ = w / 1.5; add(W(affinity.translate(affinity.rotate(box(-w / 2, -h_ / 2, w / 2, h_ / 2), math.degrees(an)), cx, cy)), str(R.choice(["new_building", "earthwork", "greenhouse"])), str(R.choice(["实地未变化", "其他", "违法用地"])))
    gl = gpd.GeoDataFrame(ls, crs=crs); gl["geometry"] = gl.geometry.buffer(0); gl.iloc[R.permutation(len(gl))].to_file(f"{out}/list.shp", encoding="GBK", engine="pyogrio"); boxes = [frame.buffer(20, join_style=2)]; nt = int(R.integers(3, 6))
    while len(boxes) < nt:
        boxes.sort(key=lambda g_: -g_.area); g_ = boxes.pop(0); x0, y0, x1, y1 = g_.bounds; cxy = g_.centroid; pts = [(x0 - 50 + (x1 - x0 + 100) * t, cxy.y + U(-.08, .08) * (y1 - y0)) for t in np.linspace(0, 1, 9)] if y1 - y0 > x1 - x0 else [(cxy.x + U(-.08, .08) * (x1 - x0), y0 - 50 + (y1 - y0 + 100) * t) for t in np.linspace(0, 1, 9)]
        up = Polygon(pts + ([(x1 + 9e3, y1 + 9e3), (x0 - 9e3, y1 + 9e3)] if y1 - y0 > x1 - x0 else [(x1 + 9e3, y1 + 9e3), (x1 + 9e3, y0 - 9e3)])).buffer(0); boxes += [g_.intersection(up), g_.difference(up)]
    nmz = R.permutation(["青石镇", "白沙镇", "柳塘乡", "茶园镇", "新桥镇", "黄泥乡", "竹山镇", "荷塘镇"]); cty = int(R.choice([361127, 430621, 420984, 341523, 330825, 511321])); tw = gpd.GeoDataFrame([dict(XZQDM=f"{cty}{100 + i}", XZQMC=str(nmz[i]), geometry=W(g_)) for i, g_ in enumerate(boxes)], crs=crs); tw.to_file(f"{out}/towns.gpkg", driver="GPKG")
    dlk = {k: i for i, k in enumerate(DL)}; cl = np.zeros(1300, np.int32); cl[list(dlk)] = list(dlk.values()); _, ki = np.unique(sidx, return_inverse=True); sv = sieve((ki.reshape(N, N) * 16 + cl[dl]).astype(np.int32), 30); codes = list(DL); lu = []
    for g_, v_ in shapes(sv, transform=T0):
        c_ = codes[int(v_) % 16]; c_ = int(R.choice(codes)) if U() < .03 else c_; g_ = shape(g_).simplify(2.2); g_ = g_ if g_.is_valid else g_.buffer(0)
        if g_.is_empty: continue
        rp_ = g_.representative_point(); ti = next((i for i, b_ in enumerate(boxes) if b_.contains(rp_)), 0); g_ = W(affinity.translate(g_, *np.clip(R.normal(0, .9, 2), -2, 2))); lu.append(dict(BSM=f"{len(lu) + 1:08d}", DLBM=f"{c_:04d}", DLMC=DL[c_], ZLDWDM=f"{cty}{100 + ti}{200 + int(rp_.x // 1100) + 4 * int(rp_.y // 1100)}0000000", TBMJ=round(g_.area, 2), geometry=g_))
    gpd.GeoDataFrame(lu, crs=crs).to_file(f"{out}/landuse.gpkg", driver="GPKG"); vis = np.bincount(fl[farm], minlength=nF) > 40; kc = {}
    for e in ev: kc[e["kind"]] = kc.get(e["kind"], 0) + 1
    json.dump(dict(seed=a.seed, radiometry=rad, dates=dates, crs=crs, stage=[st0, st1], fields=int(vis.sum()), fields_changed=round(float(changed[vis].mean()), 3), events=kc, n_events=len(ev), listed=int(sum(e["listed"] for e in ev)), list_patches=len(ls), landuse=len(lu), houses=len(builds), scale="reflectance x 10000" if gain10 else "11-bit DN"), open(f"{out}/about.json", "w"), ensure_ascii=False, indent=1)

main()
