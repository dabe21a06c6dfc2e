#!/usr/bin/env python3
"""score.py COUNTYDIR RUNDIR [--list FALSE.csv]   -> one line of JSON on stdout"""
import argparse, csv, json, os, sys, warnings
import numpy as np, geopandas as gpd, pandas as pd, rasterio, shapely
from rasterio.features import rasterize
warnings.filterwarnings("ignore")
ap = argparse.ArgumentParser(); ap.add_argument("county"); ap.add_argument("run"); ap.add_argument("--list"); ap.add_argument("--missed", help="csv of unlisted events not found")
a = ap.parse_args()
T = gpd.read_file(f"{a.county}/truth.gpkg"); C = gpd.read_file(f"{a.run}/parcels.gpkg", layer="candidates")
with rasterio.open(f"{a.county}/before.tif") as f: tr, shp, km2 = f.transform, (f.height, f.width), f.width * f.height * abs(f.transform.a * f.transform.e) / 1e6
if C.crs is not None and T.crs is not None and C.crs != T.crs: C = C.to_crs(T.crs)
def col(n, d=None): return C[n] if n in C.columns else pd.Series([d] * len(C), index=C.index)
find = col("finding", "").fillna("").astype(str).str.strip().values; kind = col("kind", "").fillna("").astype(str).str.strip().values
rel = pd.to_numeric(col("relevant", 0), errors="coerce").fillna(0).astype(int).values
cg = np.array([shapely.make_valid(g) if g is not None else shapely.Polygon() for g in C.geometry], object); tg = np.array([shapely.make_valid(g) for g in T.geometry], object)
ca = shapely.area(cg) if len(cg) else np.zeros(0); ta = shapely.area(tg)
con = (T.kind != "demolition").values; unl = con & (T.listed.astype(int) == 0).values; unrep = find == "unreported"
I = np.zeros((len(T), len(C)))
if len(C):
    ti, ci = shapely.STRtree(cg).query(tg, predicate="intersects"); I[ti, ci] = shapely.area(shapely.intersection(tg[ti], cg[ci]))
# candidates (and events) are taken as not overlapping among themselves, so sums = union
cov_u = np.minimum(1, I[:, unrep].sum(1) / ta); cov_r = np.minimum(1, I[:, rel == 1].sum(1) / ta); cov_a = np.minimum(1, I.sum(1) / ta)
on = I[con].sum(0) / np.maximum(ca, 1e-9); right = on >= .25
found = unl & (cov_u >= .5); foundr = con & (cov_r >= .5)
R = lambda n, d: round(float(n) / float(d), 4) if d else None
false = (rel == 1) & ~right
dig = {"earthwork", "excavation"}
def same(t, c): return t == c or (t in dig and c in dig)
alt = T.kind_alt.fillna("").values if "kind_alt" in T else [""] * len(T)
def best(i, mask):
    v = np.where(mask, I[i], 0); j = int(v.argmax()) if len(v) else -1
    return j if j >= 0 and v[j] > 0 else None
okk = oka = n = 0
for i in np.flatnonzero(found):
    j = best(i, unrep); n += 1; s = same(T.kind[i], kind[j]); okk += s; oka += bool(s or (alt[i] and same(alt[i], kind[j])))
conf = {}
for i in range(len(T)):
    j = best(i, np.ones(len(C), bool)); k = "none" if j is None or cov_a[i] < .1 else kind[j] or "null"
    conf.setdefault(T.kind[i], {}); conf[T.kind[i]][k] = conf[T.kind[i]].get(k, 0) + 1
bk = {}
for k in sorted(set(T.kind[unl])): m = unl & (T.kind == k).values; bk[k] = f"{int((found & m).sum())}/{int(m.sum())}"
big = unl & (ta >= 1000); sm = unl & (ta < 1000)
res = dict(county=os.path.basename(os.path.normpath(a.county)), run=os.path.basename(os.path.normpath(a.run)), km2=round(km2, 2), candidates=len(C), unreported=int(unrep.sum()), events_unlisted=int(unl.sum()),
  recall=R(found.sum(), unl.sum()), recall_area=R(ta[found].sum(), ta[unl].sum()), recall_small_lt1000=R((found & sm).sum(), sm.sum()), recall_ge1000=R((found & big).sum(), big.sum()), recall_by_kind=bk,
  recall_any_relevant_all_construction=R(foundr.sum(), con.sum()), recall_any_candidate_all_construction=R((con & (cov_a >= .5)).sum(), con.sum()),
  precision=R((unrep & right).sum(), unrep.sum()), precision_area=R(ca[unrep & right].sum(), ca[unrep].sum()),
  false_relevant=int(false.sum()), false_relevant_per_km2=R(false.sum(), km2), false_relevant_ha=round(float(ca[false].sum()) / 1e4, 3),
  kind_correct=R(okk, n), kind_correct_mixed_either=R(oka, n), kind_confusion=conf)
print(json.dumps(res, ensure_ascii=False))
def mats():
    L = json.load(open(f"{a.county}/material_legend.json")); m = []
    for s in ("before", "after"):
        with rasterio.open(f"{a.county}/material_{s}.tif") as f: m.append(f.read(1))
    def top(g):
        b = g.bounds; c0, r0 = (~tr) * (b[0], b[3]); c1, r1 = (~tr) * (b[2], b[1]); r0, c0 = max(0, int(r0)), max(0, int(c0)); r1, c1 = min(shp[0], int(r1) + 1), min(shp[1], int(c1) + 1)
        if r1 <= r0 or c1 <= c0: return ["", ""]
        w = rasterize([(g, 1)], out_shape=(r1 - r0, c1 - c0), transform=tr * rasterio.Affine.translation(c0, r0), dtype="uint8") > 0; o = []
        if not w.any(): w[:] = True
        for x in m:
            h = np.bincount(x[r0:r1, c0:c1][w], minlength=256); od = np.argsort(-h)[:3]; o.append(" ".join(f"{L.get(str(i), i)}:{round(100 * h[i] / h.sum())}%" for i in od if h[i]))
        return o
    return top
if a.list or a.missed: top = mats()
if a.list:
    with open(a.list, "w", newline="") as f:
        w = csv.writer(f); w.writerow("id kind finding area_m2 x y lon lat from_class to_class score confidence share_on_planted on_demolition materials_before materials_after".split())
        dm = ~con
        for j in sorted(np.flatnonzero(false), key=lambda j: -ca[j]):
            p = cg[j].representative_point(); g = lambda k: col(k).iloc[j]
            w.writerow([g("id"), kind[j], find[j], round(ca[j], 1), round(p.x, 1), round(p.y, 1), g("lon"), g("lat"), g("from_class"), g("to_class"), g("score"), g("confidence"), round(on[j], 3), round(I[dm, j].sum() / max(ca[j], 1e-9), 3)] + top(cg[j]))
if a.missed:
    with open(a.missed, "w", newline="") as f:
        w = csv.writer(f); w.writerow("eid kind area_m2 x y surface place was mixed cover_unreported cover_relevant cover_any best_kind best_finding materials_before materials_after".split())
        for i in np.flatnonzero(unl & ~found):
            j = best(i, np.ones(len(C), bool)); p = tg[i].representative_point()
            w.writerow([T.eid[i], T.kind[i], round(ta[i], 1), round(p.x, 1), round(p.y, 1), T.surface[i], T.place[i], T.was[i], T.mixed[i], round(cov_u[i], 3), round(cov_r[i], 3), round(cov_a[i], 3), "" if j is None else kind[j], "" if j is None else find[j]] + top(tg[i]))
