import sys, numpy as np, rasterio
from PIL import Image
# ql.py COUNTY PREFIX [x0 y0 w (px window)]; truth outlines drawn on the _truth picture
import geopandas as gpd
from PIL import ImageDraw
d, p = sys.argv[1:3]; win = [int(v) for v in sys.argv[3:6]]
lim = None
for s in ("before", "after"):
    with rasterio.open(f"{d}/{s}.tif") as f: a = f.read().astype(float); t = f.transform
    x0 = y0 = 0; w = a.shape[1]
    if win: x0, y0, w = win; a = a[:, y0:y0 + w, x0:x0 + w]
    k = max(1, w // 1024); n = a.shape[1] // k * k; m = a.shape[2] // k * k
    a = a[:, :n, :m].reshape(4, n // k, k, m // k, k).mean((2, 4)); z = max(1, 1024 // a.shape[1])
    for nm, bb in (("", (2, 1, 0)), ("_cir", (3, 2, 1))):
        r = a[list(bb)]; lo = np.percentile(r, 1, (1, 2))[:, None, None]; hi = np.percentile(r, 99, (1, 2))[:, None, None]
        im = (np.clip((r - lo) / (hi - lo), 0, 1) ** .8 * 255).astype(np.uint8).transpose(1, 2, 0); im = np.kron(im, np.ones((z, z, 1), np.uint8)); I = Image.fromarray(im); I.save(f"{p}_{s}{nm}.png")
        if s == "after" and not nm:
            D = ImageDraw.Draw(I)
            for g, kd in zip(*(lambda T: (T.geometry, T.kind))(gpd.read_file(f"{d}/truth.gpkg"))):
                c = np.array(g.exterior.coords); q = [(((x - t.c) / 2 - x0) / k * z, ((t.f - y) / 2 - y0) / k * z) for x, y in c[:, :2]]
                D.line(q, fill=dict(demolition=(0, 255, 255), linear=(255, 0, 255)).get(kd, (255, 255, 0)), width=1)
            I.save(f"{p}_truth.png")
