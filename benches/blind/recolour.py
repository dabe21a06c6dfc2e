#!/usr/bin/env python3
"""recolour.py COUNTY SEED OUT [TIMES]: the same county with every material in another colour (18 % in brightness, 6 % a band; standard
deviations of the logarithm; TIMES as much), at both dates alike, so that nothing can be known by its spectrum alone. Writes before.tif, after.tif and the classes; without OUT
only the classes, into COUNTY."""
import os
import shutil
import sys
import numpy as np
import rasterio
from scipy import ndimage
from classes import table

county = sys.argv[1]
seed, out = (int(sys.argv[2]), sys.argv[3]) if len(sys.argv) > 3 else (None, county)
times = float(sys.argv[4]) if len(sys.argv) > 4 else 1.
os.makedirs(out, exist_ok=True)
# The later generators write classes themselves.
of = None if os.path.exists(f"{county}/class_after.tif") else table(county)
rng = np.random.default_rng(seed)
factor = np.exp(rng.normal(0, .18 * times, (256, 1))) * np.exp(rng.normal(0, .06 * times, (256, 4)))
if out != county and os.path.exists(f"{county}/landuse.gpkg"):
    shutil.copy(f"{county}/landuse.gpkg", out)
for date in ("before", "after"):
    with rasterio.open(f"{county}/material_{date}.tif") as f:
        material, profile = f.read(1), f.profile
    profile.update(dtype="uint8", nodata=255)
    if of is not None:
        with rasterio.open(f"{out}/class_{date}.tif", "w", **profile) as f:
            f.write(of[material], 1)
    elif out != county:
        shutil.copy(f"{county}/class_{date}.tif", out)
    if seed is None:
        continue
    with rasterio.open(f"{county}/{date}.tif") as f:
        image, profile, names, tags = f.read().astype(np.float32), f.profile, f.descriptions, f.tags()
    for k, band in enumerate(image):
        seen = band > 0
        dark = np.quantile(band[seen], .001)
        soft = ndimage.gaussian_filter(factor[:, k].astype(np.float32)[material], .6)
        band[:] = np.where(seen, np.clip(dark + (band - dark) * soft, 1, 65535), 0)
    with rasterio.open(f"{out}/{date}.tif", "w", **profile) as f:
        f.write(image.round().astype(profile["dtype"]))
        f.descriptions = names
        f.update_tags(**tags)
