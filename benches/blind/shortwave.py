#!/usr/bin/env python3
"""shortwave.py COUNTY SEED GSD:OUT...: the same county as sensors of six bands see it, with two short-wave infrared bands (1.6 and 2.2 um) and
pixels of about GSD metres (a whole multiple of the county's). Writes before.tif, after.tif, class_before.tif, class_after.tif; everything else of
the county is linked.

The short-wave bands follow from what lies there: per class a ratio of the first to the near infrared and of the second to the first, with the
material's own deviation drawn by SEED (a sixth and a tenth), toward leaves by greenness, and moisture over hundreds of metres. Orders of magnitude
after the spectral library of the USGS (Kokaly et al. 2017); nothing in it is true of a place. A pixel's class is new works where half of it is,
else the commonest."""
import os
import sys
import numpy as np
import rasterio
from rasterio.transform import Affine
from scipy import ndimage
from classes import SPARSE, SOIL, WATER, BUILDING, HARD, GREENHOUSE, PHOTOVOLTAIC, EARTHWORK, EXCAVATION, RUBBLE, NET, CROP, WOODLAND, ROAD

# First short-wave over near infrared, second over first, of what is under the leaves.
RATIOS = {SPARSE: (1.15, .74), SOIL: (1.25, .87), WATER: (.3, .6), BUILDING: (1.08, .92), HARD: (1.13, .95), GREENHOUSE: (.85, .76),
          PHOTOVOLTAIC: (1.0, .85), EARTHWORK: (1.3, .91), EXCAVATION: (1.22, .9), RUBBLE: (1.12, .94), NET: (.95, .76), CROP: (1.1, .8),
          WOODLAND: (1.0, .75), ROAD: (1.18, .97)}
LEAVES = (.42, .47)
WORKS = (BUILDING, HARD, GREENHOUSE, PHOTOVOLTAIC, EARTHWORK, EXCAVATION, RUBBLE, NET, ROAD)
NATURAL = (SPARSE, SOIL, CROP, WOODLAND)


def read(path):
    with rasterio.open(path) as f:
        return f.read(), f.profile, f.descriptions, f.tags()


def over_dark(band, seen):
    return np.where(seen, np.maximum(band - np.quantile(band[seen], .001), 1e-3), 1e-3)


def short_wave(image, seen, classes, factors, rng):
    """Both bands, over dark, from near infrared and red over dark; `factors` belong to the materials."""
    red, infrared = over_dark(image[2], seen), over_dark(image[3], seen)
    green = np.log2(ndimage.uniform_filter(infrared, 3) / ndimage.uniform_filter(red, 3))
    bare = np.isin(classes, (SOIL, EARTHWORK)) & seen
    low = np.median(green[bare]) if bare.sum() > 500 else np.quantile(green[seen], .05)
    high = np.quantile(green[seen], .98)
    leaves = np.clip((green - low) / max(high - low, .3), 0, 1)
    moisture = ndimage.zoom(rng.normal(0, .1, [n // 100 + 2 for n in seen.shape]), 100, order=1)[:seen.shape[0], :seen.shape[1]]
    moisture = np.where(np.isin(classes, NATURAL), moisture + rng.normal(0, .06), 0)
    ratios = np.ones((2, 256))
    ratios[:, list(RATIOS)] = np.array(list(RATIOS.values())).T
    first, second = (np.exp(bare + leaves * (np.log(leaf) - bare) + factor + moisture * share)
                     for bare, leaf, factor, share in zip(np.log(ratios[:, classes]), LEAVES, factors, (1, .4)))
    return infrared * first, infrared * first * second


def blocks(values, k):
    rows, cols = (n // k for n in values.shape)
    return values[:rows * k, :cols * k].reshape(rows, k, cols, k)


def coarse(bands, seen, k):
    """Means of k x k pixels after a blur of a third of that, of the pixels that were seen."""
    def soft(values):
        return blocks(ndimage.gaussian_filter(values.astype(np.float32), .33 * k if k > 1 else 0), k).mean((1, 3))
    weight = np.maximum(soft(seen), 1e-6)
    return [soft(np.where(seen, band, 0)) / weight for band in bands]


def coarse_classes(before, after, k):
    """Classes of both dates in blocks."""
    rows, cols = (n // k for n in before.shape)
    joint = (before.astype(np.uint16) << 8 | after)[:rows * k, :cols * k]
    codes, place = np.unique(joint, return_inverse=True)
    block = np.arange(rows * k)[:, None] // k * cols + np.arange(cols * k) // k
    counts = np.bincount((block * len(codes) + place.reshape(joint.shape)).ravel(), minlength=rows * cols * len(codes))
    counts = counts.reshape(rows * cols, len(codes))
    new = np.isin(codes & 255, WORKS) & (codes >> 8 != codes & 255)
    works = counts[:, new].sum(1) * 2 >= k * k
    best = codes[np.where(works[:, None] == new, counts, -1).argmax(1)].reshape(rows, cols)
    return (best >> 8).astype(np.uint8), (best & 255).astype(np.uint8)


county, seed, wanted = sys.argv[1], int(sys.argv[2]), [w.split(":") for w in sys.argv[3:]]
rng = np.random.default_rng(seed)
deviations = rng.normal(0, (.16, .1), (256, 2))
classes = {d: read(f"{county}/class_{d}.tif") for d in ("before", "after")}
profile = classes["before"][1]
fine = {}
for date in ("before", "after"):
    image, _, names, tags = read(f"{county}/{date}.tif")
    image = image.astype(np.float32)
    seen = (image[:4] > 0).all(0)
    of = classes[date][0][0]
    material = f"{county}/material_{date}.tif"
    number = read(material)[0][0] if os.path.exists(material) else of
    fine[date] = np.concatenate([image[:4], short_wave(image, seen, of, [deviations[number, b] for b in range(2)], rng)]), seen, names, tags
for gsd, out in wanted:
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(county):
        if not name.endswith(".tif") and not os.path.exists(f"{out}/{name}"):
            os.symlink(os.path.abspath(f"{county}/{name}"), f"{out}/{name}")
    k = max(1, round(float(gsd) / profile["transform"].a))
    half = k > 1 and rng.random() < .5
    rows, cols = profile["height"] // k, profile["width"] // k
    grid = dict(height=rows, width=cols, transform=profile["transform"] * Affine.scale(k), driver="GTiff", crs=profile["crs"], tiled=True,
                blockxsize=128, blockysize=128, compress="deflate")
    both = coarse_classes(classes["before"][0][0], classes["after"][0][0], k)
    for date, told in zip(("before", "after"), both):
        with rasterio.open(f"{out}/class_{date}.tif", "w", **grid, count=1, dtype="uint8", nodata=255) as f:
            f.write(told, 1)
        image, seen, names, tags = fine[date]
        whole = blocks(seen, k).mean((1, 3)) >= .5
        bands = coarse(image, seen, k)
        for n in (4, 5):
            if half:
                wide = blocks(np.pad(bands[n], ((0, rows % 2), (0, cols % 2)), mode="edge"), 2).mean((1, 3))
                bands[n] = ndimage.zoom(wide, 2, order=1)[:rows, :cols]
            bands[n] += rng.uniform(.02, .2) * np.median(bands[n])
        noisy = [b + rng.normal(0, .006, b.shape) * np.median(b[whole]) for b in bands]
        with rasterio.open(f"{out}/{date}.tif", "w", **grid, count=6, dtype="uint16", nodata=0) as f:
            f.write(np.where(whole, np.clip(np.array(noisy) * 16, 1, 65535), 0).astype(np.uint16))
            f.descriptions = tuple(names[:4]) + ("swir1", "swir2")
            f.update_tags(**tags)
