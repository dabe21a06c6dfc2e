#!/usr/bin/env python3
"""Synthetic county for checking claims on patches: two images, a list with claims, layers, and the truth.

claims_a.py SEED RADIOMETRY OUT [--gsd 2.0] [--size 1600] [--three]
RADIOMETRY 0 clear, same season; 1 other sensor gains and other season; 2 haze gradient and strong season difference.
"""
import argparse, datetime as dt, json, os, time
import numpy as np
from scipy import ndimage as ndi
import rasterio
from rasterio import features
from rasterio.transform import from_origin
from rasterio.crs import CRS
import shapely
from shapely.geometry import Polygon, MultiPoint, box
from shapely import affinity
import geopandas as gpd

EPSG = 4548
X0, Y0 = 607000.0, 4009000.0          # about lon 118.19, lat 36.2
V = lambda *a: np.array(a, np.float32)

# ----------------------------------------------------------------------------- spectra (B, G, R, NIR reflectance)
SPEC = {
    'soil': V(.085, .125, .170, .235), 'veg': V(.030, .065, .042, .42), 'wood': V(.024, .045, .032, .31),
    'drygrass': V(.085, .115, .150, .230), 'straw': V(.135, .185, .245, .345), 'water': V(.055, .065, .045, .020),
    'concrete': V(.195, .220, .240, .268), 'asphalt': V(.085, .092, .098, .115), 'gravel': V(.150, .170, .188, .220),
    'bluesteel': V(.290, .215, .125, .270), 'redtile': V(.085, .112, .225, .300), 'greyroof': V(.170, .185, .195, .220),
    'white': V(.500, .520, .520, .510), 'rusty': V(.095, .125, .195, .265), 'dark': V(.075, .082, .090, .120),
    'redsteel': V(.090, .080, .260, .360), 'brick': V(.105, .135, .225, .295), 'plastic': V(.300, .320, .320, .380),
    'paint': V(.065, .135, .075, .150), 'net': V(.070, .125, .080, .170), 'tarp_blue': V(.270, .170, .090, .270),
    'tarp_white': V(.430, .440, .430, .450), 'tarp_black': V(.045, .048, .050, .075), 'pv': V(.060, .050, .048, .090),
    'wall': V(.190, .205, .215, .240), 'film': V(.260, .280, .300, .360),
}
HARD = ('concrete', 'asphalt', 'gravel')


def doy(d):
    return d.timetuple().tm_yday


# crop -> (days, green cover), (days, straw cover)
PH = {
    'wheat':  ([0, 55, 80, 115, 140, 155, 166, 185, 205, 250, 268, 278, 300, 330, 366],
               [.42, .40, .70, .93, .80, .15, .08, .45, .90, .88, .40, .05, .12, .38, .42]),
    'maize':  ([0, 105, 125, 150, 185, 240, 262, 275, 366], [.03, .03, .10, .45, .92, .88, .30, .05, .03]),
    'peanut': ([0, 110, 130, 165, 200, 245, 262, 366], [.02, .03, .12, .60, .90, .75, .05, .02]),
    'veg':    ([0, 60, 120, 180, 240, 300, 366], [.3, .35, .55, .6, .6, .5, .3]),
    'fallow': ([0, 80, 120, 200, 260, 310, 366], [.10, .12, .40, .65, .55, .22, .10]),
    'orchard': ([0, 85, 110, 140, 250, 290, 320, 366], [.10, .12, .55, .80, .80, .55, .15, .10]),
    'wood':   ([0, 85, 115, 140, 270, 305, 330, 366], [.25, .28, .75, .95, .92, .55, .30, .25]),
    'pine':   ([0, 180, 366], [.68, .85, .68]),
}
CROPS = list(PH)
STRAW = {'wheat': ([0, 145, 158, 175, 195, 266, 276, 290, 300, 366], [0, .05, .75, .45, .05, .15, .5, .2, 0, 0]),
         'maize': ([0, 255, 272, 300, 366], [.15, 0, .55, .3, .15])}


def sun(d, rng):
    n = doy(d)
    decl = -23.44 * np.cos(2 * np.pi * (n + 10) / 365)
    el = 90 - (36.2 - decl) - rng.uniform(3, 8)
    az = 163 - 22 * (decl + 23.4) / 46.8 - rng.uniform(0, 12)
    return np.radians(az), np.radians(el)


def noise(rng, H, W, sig):
    """Smooth unit noise, sig in pixels."""
    f = max(1, int(sig / 2.0))
    h, w = H // f + 4, W // f + 4
    a = ndi.gaussian_filter(rng.standard_normal((h, w), dtype=np.float32), sig / f, mode='wrap')
    a /= a.std() + 1e-9
    if f > 1:
        a = ndi.zoom(a, (f * 1.02, f * 1.02), order=1)
    return np.ascontiguousarray(a[:H, :W])


def rectpts(cx, cy, w, l, ang, dx=0, dy=0):
    c, s = np.cos(ang), np.sin(ang)
    u = np.array([-w, w, w, -w]) / 2
    v = np.array([-l, -l, l, l]) / 2
    return np.stack([cx + u * c - v * s + dx, cy + u * s + v * c + dy], 1)


def hull(p):
    return np.array(MultiPoint(p).convex_hull.exterior.coords)[:-1]


def ell(cx, cy, a, b, ang, n=9, rng=None, jit=.15):
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = 1 + (rng.uniform(-jit, jit, n) if rng is not None else 0)
    u, v = a * r * np.cos(t), b * r * np.sin(t)
    c, s = np.cos(ang), np.sin(ang)
    return hull(np.stack([cx + u * c - v * s, cy + u * s + v * c], 1))


class Mat:
    """A surface: colour, texture strengths (fine, mid, coarse), class."""

    def __init__(self, col, cls, a=(.04, .05, .04), kind='', fc=0., soil=None, ang=0., sp=0., k=None):
        self.col, self.cls, self.a, self.kind, self.fc = np.asarray(col, np.float32), cls, a, kind, fc
        self.soil, self.ang, self.sp, self.k = soil, ang, sp, k or {}


def vary(rng, col, bright=.15, tint=.05):
    return (np.asarray(col) * np.exp(rng.normal(0, bright)) * np.exp(rng.normal(0, tint, 4))).astype(np.float32)


class County:
    def __init__(self, seed, rad, gsd, size):
        self.seed, self.rad, self.gsd, self.S = seed, rad, gsd, size
        self.rng = r = np.random.default_rng(7919 * seed + rad)
        self.E = size * gsd
        # county spectra
        self.sp = {k: vary(r, v, .10, .04) for k, v in SPEC.items()}
        self.dates()
        self.textures()
        self.landscape()
        self.settlements()

    def dates(self):
        r = self.rng
        y = int(r.integers(2018, 2023))
        if self.rad == 0:
            d1 = dt.date(y, 1, 1) + dt.timedelta(int(r.integers(70, 330)))
            d2 = d1 + dt.timedelta(int(r.integers(335, 366)))
        elif self.rad == 1:
            d1 = dt.date(y, 1, 1) + dt.timedelta(int(r.integers(60, 330)))
            d2 = d1 + dt.timedelta(int(r.integers(92, 250)))
        else:
            summer = dt.date(y, 1, 1) + dt.timedelta(int(r.integers(190, 250)))
            d1, d2 = (summer, summer + dt.timedelta(int(r.integers(110, 200)))) if r.random() < .5 else \
                (summer - dt.timedelta(int(r.integers(120, 200))), summer)
        self.d1, self.d2 = d1, d2
        self.d0 = d1 - dt.timedelta(int(r.integers(120, 360)))

    def textures(self):
        r, S, g = self.rng, self.S, self.gsd
        self.N1 = noise(r, S, S, .75)
        self.N2 = noise(r, S, S, 5 / g)
        self.N3 = noise(r, S, S, 28 / g)
        self.relief = noise(r, S, S, 130 / g)

    def landscape(self):
        r, E = self.rng, self.E
        K = max(16, int(E * E / 1e6 * 6.5))
        self.seeds = r.uniform(-100, E + 100, (K, 2)).astype(np.float32)
        self.K = K
        self.bang = (r.normal(0, .35, K) + r.uniform(-.3, .3)).astype(np.float32)
        self.bw = r.uniform(14, 48, K).astype(np.float32)
        self.bl = r.uniform(60, 190, K).astype(np.float32)
        self.btype = r.choice(['crop', 'orchard', 'wood', 'mixed', 'fallow'], K, p=[.58, .14, .10, .12, .06])
        self.M = 4096                                   # fields per county (hashed)
        M = self.M
        self.f_u = r.random((M, 8)).astype(np.float32)
        self.f_tint = np.exp(r.normal(0, .022, (M, 4)) + r.normal(0, .06, (M, 1)) * np.array([1, .35, -.45, -.4])).astype(np.float32)
        self.f_vt = np.exp(r.normal(0, .10, (M, 4))).astype(np.float32)
        self.road_rand = r.random((K, K)).astype(np.float32)
        self.road_rand = np.minimum(self.road_rand, self.road_rand.T)
        self.riv = (r.uniform(.15, .85) * E, r.uniform(60, 220), r.uniform(600, 1500), r.uniform(0, 6), r.uniform(9, 26), r.uniform(-.4, .4))

    def river_dist(self, X, Y):
        c, a, p, ph, w, sl = self.riv
        xc = c + a * np.sin(Y / p * 2 * np.pi + ph) + .25 * a * np.sin(Y / p * 5.3 + 1) + sl * (Y - self.E / 2)
        return np.abs(X - xc) * .85 - w

    def blocks(self, X, Y):
        """Nearest and second-nearest block of each point, distance to the border between them."""
        wx = X + 18 * np.sin(Y / 170 + 1) + 5 * np.sin(Y / 47)
        wy = Y + 18 * np.sin(X / 190 + 2) + 5 * np.sin(X / 53)
        d1 = np.full(X.shape, 1e12, np.float32)
        d2 = d1.copy()
        i1 = np.zeros(X.shape, np.int16)
        i2 = i1.copy()
        for k in range(self.K):
            d = (wx - self.seeds[k, 0]) ** 2 + (wy - self.seeds[k, 1]) ** 2
            lt1 = d < d1
            lt2 = ~lt1 & (d < d2)
            d2 = np.where(lt1, d1, np.where(lt2, d, d2))
            i2 = np.where(lt1, i1, np.where(lt2, np.int16(k), i2))
            d1 = np.where(lt1, d, d1)
            i1[lt1] = k
        dd = np.sqrt(((self.seeds[:, None] - self.seeds[None]) ** 2).sum(-1)) + 1e-3
        edge = (d2 - d1) / (2 * dd[i1, i2])
        return i1, i2, edge

    def fields(self, X, Y, b):
        a = self.bang[b]
        c, s = np.cos(a), np.sin(a)
        u = X * c + Y * s
        v = -X * s + Y * c
        w, l = self.bw[b], self.bl[b]
        i = np.floor(u / w)
        fu = u - i * w
        vo = v + (i * 37 % 11) * 7
        j = np.floor(vo / l)
        fv = vo - j * l
        fid = ((b.astype(np.int64) * 7349 + i.astype(np.int64) * 911 + j.astype(np.int64) * 3571) % self.M).astype(np.int32)
        ed = np.minimum(np.minimum(fu, w - fu), np.minimum(fv, l - fv))
        return fid, ed, u, v, i

    def crop_of(self, fid, bt, which):
        """Crop index of field(s); bt block type name array; a share of fields changes crop between dates."""
        u = self.f_u[fid, 0].copy()
        ch = self.f_u[fid, 6] < .15
        u = np.where(ch & (which == 1), (u + .37) % 1, u)
        t = {'crop': [('wheat', .55), ('maize', .72), ('peanut', .84), ('veg', .94), ('fallow', 1)],
             'mixed': [('wheat', .3), ('maize', .45), ('orchard', .65), ('veg', .8), ('wood', .88), ('fallow', 1)],
             'orchard': [('orchard', .82), ('wheat', .9), ('fallow', 1)],
             'wood': [('wood', .6), ('pine', .85), ('fallow', 1)], 'fallow': [('fallow', .75), ('wheat', .9), ('wood', 1)]}
        out = np.zeros(u.shape, np.int8)
        for name, tab in t.items():
            m = bt == name
            o = np.full(u.shape, CROPS.index(tab[-1][0]), np.int8)
            for c, p in reversed(tab[:-1]):
                o = np.where(u < p, CROPS.index(c), o)
            out = np.where(m, o, out)
        return out

    def field_state(self, fid, crop, d, which):
        """Cover, straw, soil colour, vegetation colour per field."""
        n = doy(d) + (self.f_u[fid, 1] - .5) * 24
        fc = np.zeros(len(fid), np.float32)
        st = np.zeros(len(fid), np.float32)
        for k, c in enumerate(CROPS):
            m = crop == k
            if m.any():
                fc[m] = np.interp(n[m] % 366, *PH[c])
                if c in STRAW:
                    st[m] = np.interp(n[m] % 366, *STRAW[c])
        rr = np.random.default_rng(self.seed * 31 + which)
        u = rr.random((self.M, 4)).astype(np.float32)[fid]
        veg = crop == CROPS.index('veg')
        fc = np.where(veg, u[:, 0] ** .8 * .95 * (.5 + fc), fc)
        fc *= .75 + .5 * self.f_u[fid, 2]
        fc *= np.where(u[:, 3] < .04, .15, 1)           # harvested early or failed
        fc = np.clip(fc, .02, .97)
        st = np.clip(st * (.4 + 1.2 * u[:, 1]), 0, .9) * (1 - fc)
        wet = 1 - .32 * u[:, 2] * (self.f_u[fid, 5] > .25)
        soil = self.sp['soil'][None] * self.f_tint[fid] * (.72 + .56 * self.f_u[fid, 3])[:, None] * wet[:, None]
        film = ((crop == CROPS.index('peanut')) | veg) & (self.f_u[fid, 7] < .5) & (fc < .3) & (90 < doy(d)) & (doy(d) < 160)
        soil = np.where(film[:, None], .55 * soil + .45 * self.sp['film'][None], soil)
        wd = (crop == CROPS.index('wood')) | (crop == CROPS.index('pine'))
        vg = np.where(wd[:, None], self.sp['wood'][None], self.sp['veg'][None]) * self.f_vt[fid]
        # senescent: the leafless part of woods and fallow is dry litter
        litter = wd | (crop == CROPS.index('fallow'))
        soil = np.where(litter[:, None], .35 * soil + .65 * self.sp['drygrass'][None] * np.where(wd, .62, .95)[:, None], soil)
        return fc.astype(np.float32), st.astype(np.float32), soil.astype(np.float32), vg.astype(np.float32)

    # --------------------------------------------------------------- villages, estates, greenhouses (present in all dates)
    def settlements(self):
        r, E, g = self.rng, self.E, self.gsd
        self.static = []                                # ops (ground and objects)
        self.occ = np.zeros((int(E / 4) + 2,) * 2, bool)  # 4 m occupancy, [y, x]
        yy, xx = np.mgrid[0:self.occ.shape[0], 0:self.occ.shape[1]].astype(np.float32) * 4 + 2
        b1, b2, ed = self.blocks(xx, yy)
        self.oc_block = b1
        rw = self.road_width(b1, b2)
        self.occ |= (ed < rw / 2 + 4)
        self.occ |= self.river_dist(xx, yy) < 12
        m = int(60 / 4)
        self.occ[:m] = self.occ[-m:] = True
        self.occ[:, :m] = self.occ[:, -m:] = True
        self.lu = []                                    # land-use polygons painted over the base
        nv = max(3, int(E * E / 1e6 * .75))
        self.villages = []
        for _ in range(60 * nv):
            if len(self.villages) >= nv:
                break
            R = r.uniform(70, 170)
            c = r.uniform(R + 40, E - R - 40, 2)
            if any(np.hypot(*(c - q[0])) < R + q[1] + 150 for q in self.villages) or self.river_dist(c[0], c[1]) < R * .7:
                continue
            self.villages.append((c, R))
            self.village(c, R)
        for _ in range(max(2, int(E * E / 1e6 * .5))):   # industrial estates
            s = self.find(r.uniform(70, 150), r.uniform(60, 120))
            if s:
                self.estate(s)
        for _ in range(max(2, int(E * E / 1e6 * .6))):   # greenhouse groups
            s = self.find(r.uniform(60, 160), r.uniform(70, 140))
            if s:
                self.static += self.ghouses(s, r)
                self.lu.append((Polygon(s['poly']), '1202'))
        for _ in range(int(E * E / 1e6 * 4)):            # lone farmsteads
            s = self.find(r.uniform(15, 30), r.uniform(15, 30))
            if s:
                y = self.yard(s, r)
                self.static += [y] + self.layout(s, r, .35)
        for _ in range(int(E * E / 1e6 * .8)):           # ponds
            s = self.find(r.uniform(20, 60), r.uniform(20, 60))
            if s:
                self.static.append(dict(t='ground', poly=ell(s['cx'], s['cy'], s['w'] / 2, s['l'] / 2, 0, 11, r), mat=self.mat('water', r)))
                self.lu.append((Polygon(s['poly']), '1104'))

    def road_width(self, b1, b2):
        q = self.road_rand[b1, b2]
        return np.where(q < .06, 11., np.where(q < .38, 5.5, np.where(q < .62, 3.2, 1.4))).astype(np.float32)

    def find(self, w, l, near=None, tries=300, ang=None, margin=9, rng=None):
        r = rng or self.rng
        for _ in range(tries):
            if near is not None and r.random() < .5 and self.villages:
                c, R = self.villages[r.integers(len(self.villages))]
                t, q = r.uniform(0, 6.283), R + r.uniform(25, 160)
                cx, cy = c[0] + q * np.cos(t), c[1] + q * np.sin(t)
            else:
                cx, cy = r.uniform(60, self.E - 60, 2)
            i, j = int(cy / 4), int(cx / 4)
            if not (0 <= i < self.occ.shape[0] and 0 <= j < self.occ.shape[1]) or self.occ[i, j]:
                continue
            b = self.oc_block[i, j]
            if self.btype[b] == 'wood' and r.random() < .8:
                continue
            a = float(self.bang[b]) + r.normal(0, .05) if ang is None else ang
            p = rectpts(cx, cy, w + 2 * margin, l + 2 * margin, a)
            m = self._mask(p)
            if m is None:
                continue
            sl, mm = m
            if (self.occ[sl] & mm).any():
                continue
            self.occ[sl] |= mm
            return dict(cx=cx, cy=cy, w=w, l=l, ang=a, block=int(b), poly=rectpts(cx, cy, w, l, a))
        return None

    def _mask(self, p):
        lo, hi = np.floor(p.min(0) / 4).astype(int), np.ceil(p.max(0) / 4).astype(int) + 1
        if lo.min() < 0 or hi[0] > self.occ.shape[1] or hi[1] > self.occ.shape[0]:
            return None
        sl = (slice(lo[1], hi[1]), slice(lo[0], hi[0]))
        y, x = np.mgrid[lo[1]:hi[1], lo[0]:hi[0]] * 4.0 + 2
        q = ccw(p)
        d = np.full(x.shape, 1e9)
        for k in range(len(q)):
            a, b2 = q[k], q[(k + 1) % len(q)]
            e = b2 - a
            n = np.array([-e[1], e[0]]) / (np.hypot(*e) + 1e-9)
            d = np.minimum(d, (x - a[0]) * n[0] + (y - a[1]) * n[1])
        return sl, d > -2.5

    def mat(self, name, r, **k):
        s = self.sp
        if name in HARD:
            c = vary(r, s[name], .16, .035)
            return Mat(c, 'gravel' if name == 'gravel' else 'hard', (.05 if name != 'gravel' else .12, .06, .06), 'slab' if name == 'concrete' else '', ang=k.get('ang', 0.), sp=r.uniform(4, 6.5))
        if name == 'soil':
            c = k.get('col')
            c = vary(r, s['soil'], .18, .06) if c is None else c
            return Mat(c, 'soil', (.07, .10, .08))
        if name == 'rubble':
            return Mat(s['soil'], 'rubble', (.1, .1, .1), 'rubble', k=dict(brick=vary(r, s['brick'], .15, .05), conc=vary(r, s['concrete'], .15, .04), soil=vary(r, s['soil'], .1, .04), q=r.normal(0, .6)))
        if name == 'water':
            return Mat(vary(r, s['water'], .2, .12), 'water', (.02, .04, .05))
        if name == 'plastic':
            return Mat(vary(r, s['plastic'], .18, .04), 'gh', (.06, .06, .03))
        if name in ('bluesteel', 'redtile', 'greyroof', 'white', 'rusty', 'dark', 'redsteel'):
            c = vary(r, s[name], .17, .06)
            return Mat(c, 'building', (.05, .06, .02) if name != 'rusty' else (.09, .13, .04), k=dict(metal=name in ('bluesteel', 'white', 'redsteel')))
        return Mat(vary(r, s[name], .14, .05), k.get('cls', 'none'), (.05, .06, .03))

    def crop(self, r, site, fc, col=None, soil=None, kind='crop', dry=0.):
        soil = site['soil'] if soil is None else soil
        col = vary(r, self.sp['veg'], .10, .06) if col is None else col
        return Mat(col, 'veg', (.10, .14, .12), kind, fc=fc, soil=soil * (1 - dry) + dry * self.sp['drygrass'], ang=site['ang'], sp=r.choice([2.4, 3.2, 5.0]))

    def roof(self, r, big):
        p = ['bluesteel', 'redsteel', 'greyroof', 'white', 'rusty', 'dark'], [.45, .08, .18, .14, .10, .05]
        if not big:
            p = ['redtile', 'greyroof', 'dark', 'bluesteel', 'rusty', 'white'], [.38, .25, .12, .12, .09, .04]
        n = r.choice(p[0], p=p[1])
        gab = n in ('redtile', 'dark') or (n in ('rusty', 'bluesteel', 'redsteel') and r.random() < .8)
        pitch = 0. if not gab else np.radians(r.uniform(20, 30) if n in ('redtile', 'dark') else r.uniform(5, 14))
        return n, self.mat(n, r), pitch

    def bldg(self, r, cx, cy, w, l, ang, big=None, roof=None):
        big = w * l > 350 if big is None else big
        name, mat, pitch = roof or self.roof(r, big)
        h = r.uniform(5, 10) if big else r.uniform(3, 5.5)
        if not big and name == 'greyroof' and r.random() < .3:
            h = r.uniform(6, 12)
        det = []
        if big and r.random() < .5:                    # skylights
            n = int(max(w, l) / r.uniform(7, 14))
            long_w = w >= l
            for q in np.linspace(-.45, .45, n) if n > 1 else []:
                det.append((q * w if long_w else 0, 0 if long_w else q * l, 1.1 if long_w else w * .8, l * .8 if long_w else 1.1, 'sky'))
        for _ in range(r.poisson(w * l / 200)):
            det.append((r.uniform(-.42, .42) * w, r.uniform(-.42, .42) * l, r.uniform(1, 3.5), r.uniform(1, 3.5), r.choice(['dark', 'light'])))
        return dict(t='bldg', cx=cx, cy=cy, w=w, l=l, ang=ang, h=h, mat=mat, pitch=pitch, det=det, roof=name, wall=vary(r, self.sp['wall'], .25, .05), key=int(r.integers(1 << 30)))

    def tree(self, r, x, y, R=None):
        R = r.uniform(1.6, 4.2) if R is None else R
        return dict(t='tree', x=x, y=y, r=R, h=R * r.uniform(1.6, 3.2), ever=r.random() < .2, q=float(np.exp(r.normal(0, .15))))

    def yard(self, s, r, kinds=('concrete', 'soil', 'gravel', 'asphalt', 'grass'), p=(.45, .25, .09, .05, .16), poly=None):
        k = r.choice(kinds, p=p)
        if k == 'grass':
            m = Mat(vary(r, self.sp['veg'], .1, .06), 'veg', (.12, .2, .1), 'grass', fc=.45, soil=vary(r, self.sp['soil'], .1, .03))
        elif k == 'soil':
            m = self.mat('soil', r)
        else:
            m = self.mat(k, r, ang=s['ang'])
        return dict(t='ground', poly=s['poly'] if poly is None else poly, mat=m, yard=k)

    def layout(self, s, r, share, big=None, roof=None, inset=1.5):
        """Buildings in the site's frame, covering about `share` of it."""
        W, L, a = s['w'] - 2 * inset, s['l'] - 2 * inset, s['ang']
        A = s['w'] * s['l']
        big = (A > 1300 and r.random() < .75) if big is None else big
        dep = min(L * .9, r.uniform(14, 26) if big else r.uniform(6.5, 11))
        n = max(1, int(round(share * A / (dep * W * .85))))
        while n > 1 and n * dep + (n - 1) * 2.5 > L:
            n -= 1
        if n == 1:
            dep = float(np.clip(share * A / (W * .88), 5, L * .92))
        out = []
        slack = L - n * dep
        gaps = r.dirichlet(np.ones(n + 1) * 1.5) * max(slack, 0)
        v = -L / 2
        c, sn = np.cos(a), np.sin(a)
        one = self.roof(r, big) if roof is None else roof
        for i in range(n):
            v += gaps[i]
            ln = min(W, share * A / (n * dep)) * r.uniform(.9, 1.05)
            ln = min(ln, W)
            u0 = r.uniform(-(W - ln) / 2, (W - ln) / 2)
            parts = [(u0, ln)]
            if ln > 22 and r.random() < .35:
                q = r.uniform(.35, .65)
                parts = [(u0 - ln / 2 + q * ln / 2 - .6, q * ln - 1.2), (u0 + ln / 2 - (1 - q) * ln / 2 + .6, (1 - q) * ln - 1.2)]
            for (uu, ll) in parts:
                rf = one if (roof is not None or r.random() < .75) else self.roof(r, big)
                rf = (rf[0], Mat(vary(r, rf[1].col, .04, .015), 'building', rf[1].a, k=rf[1].k), rf[2])
                vv = v + dep / 2
                out.append(self.bldg(r, s['cx'] + uu * c - vv * sn, s['cy'] + uu * sn + vv * c, ll, dep, a, big, rf))
                out[-1]['loc'] = (uu, vv)
            v += dep
        return out

    def clutter(self, s, r, n):
        out = []
        for _ in range(n):
            u, v = r.uniform(-.42, .42) * s['w'], r.uniform(-.42, .42) * s['l']
            c, sn = np.cos(s['ang']), np.sin(s['ang'])
            q = self.mat('wall', r)
            q.col = q.col * r.choice([.4, .7, 1.5, 2.0])
            q.cls = 'keep'
            out.append(dict(t='ground', poly=rectpts(s['cx'] + u * c - v * sn, s['cy'] + u * sn + v * c, r.uniform(1.5, 3), r.uniform(2, 6), r.uniform(0, 3)), mat=q))
        return out

    def village(self, c, R):
        r = self.rng
        a = r.normal(0, .15)
        base = ell(c[0], c[1], R + 8, R * .8 + 8, a, 13, r, .12)
        self.lu.append((Polygon(base), '0702'))
        self.static.append(dict(t='ground', poly=base, mat=Mat(vary(r, .6 * self.sp['soil'] + .4 * self.sp['gravel'], .1, .03), 'gravel', (.16, .20, .10))))
        m = self._mask(base + 0)
        if m:
            self.occ[m[0]] |= ndi.binary_dilation(m[1], iterations=2)
        P = Polygon(base).buffer(-6)
        ca, sa = np.cos(a), np.sin(a)
        rowp = r.uniform(17, 22)
        red = r.random() < .6
        for i, v in enumerate(np.arange(-R, R, rowp)):
            lane = i % 3 == 0
            if lane:
                q = rectpts(c[0] - (v - 5) * -sa * -1, c[1] + (v - 5) * ca, 2 * R, 3.5, a)
                self.static.append(dict(t='ground', poly=q, mat=self.mat('concrete', r, ang=a), clip=P))
            u = -R
            while u < R:
                ln = r.uniform(9, 17)
                x, y = c[0] + (u + ln / 2) * ca - v * sa, c[1] + (u + ln / 2) * sa + v * ca
                if shapely.contains_xy(P, x, y) and r.random() < .9:
                    rf = None
                    if red and r.random() < .55:
                        rf = ('redtile', self.mat('redtile', r), np.radians(r.uniform(20, 30)))
                    dep = r.uniform(6.5, 9.5)
                    yd = self.mat(r.choice(['concrete', 'soil', 'gravel'], p=[.5, .35, .15]), r, ang=a)
                    self.static.append(dict(t='ground', poly=rectpts(x + 6 * sa, y - 6 * ca, ln, rowp * .55, a), mat=yd))
                    self.static.append(self.bldg(r, x, y, ln - .5, dep, a + r.normal(0, .02), False, rf))
                    if r.random() < .5:                # side house
                        self.static.append(self.bldg(r, x + (ln / 2 - 2.5) * ca + 6.5 * sa, y + (ln / 2 - 2.5) * sa - 6.5 * ca, 4, rowp * .4, a, False))
                    if r.random() < .5:
                        self.static.append(self.tree(r, x + r.uniform(-6, 6), y + r.uniform(-10, -6)))
                u += ln + r.choice([.6, 4.], p=[.8, .2])
        for _ in range(int(R * 1.1)):
            t, q = r.uniform(0, 6.283), r.uniform(.75, 1.08)
            self.static.append(self.tree(r, c[0] + R * q * np.cos(t), c[1] + R * .8 * q * np.sin(t)))

    def estate(self, s):
        r = self.rng
        self.lu.append((Polygon(s['poly']), '0601'))
        self.static.append(self.yard(s, r, ('concrete', 'asphalt'), (.8, .2)))
        self.static += self.layout(s, r, r.uniform(.35, .55), True)
        self.static += self.clutter(s, r, 15)

    def ghouses(self, s, r, floor=True):
        """Rows of plastic houses; long axis east-west-ish in the site's frame."""
        out = []
        if floor:
            out.append(dict(t='ground', poly=s['poly'], mat=Mat(vary(r, self.sp['veg'], .1, .05), 'veg', (.12, .15, .1), 'grass', fc=r.uniform(.1, .4), soil=vary(r, self.sp['soil'], .12, .04))))
        solar = r.random() < .6
        dep, gap = (r.uniform(8, 11), r.uniform(5, 9)) if solar else (r.uniform(6, 8.5), r.uniform(1.2, 2.5))
        L, W = s['l'] - 2, s['w'] - 3
        n = max(1, int((L + gap) / (dep + gap)))
        dep = min(dep, L)
        base = self.mat('plastic', r)
        c, sn = np.cos(s['ang']), np.sin(s['ang'])
        for i in range(n):
            v = -L / 2 + dep / 2 + i * (dep + gap)
            m = Mat(vary(r, base.col, .08, .02), 'gh', base.a, k=dict(green=r.uniform(0, .35)))
            out.append(dict(t='gh', cx=s['cx'] - v * sn, cy=s['cy'] + v * c, w=W * r.uniform(.93, 1), l=dep, ang=s['ang'], mat=m, solar=solar, h=r.uniform(2.5, 4)))
        return out


def ccw(p):
    x, y = p[:, 0], p[:, 1]
    return p if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0 else p[::-1]


# ----------------------------------------------------------------------------- drawing one date
class Painter:
    def __init__(self, C, d, which, shift):
        self.C, self.d, self.which = C, d, which
        S, g = C.S, C.gsd
        self.rng = r = np.random.default_rng(C.seed * 1009 + which * 17 + 5)
        x = ((np.arange(S) + .5) * g).astype(np.float32)
        y = ((S - np.arange(S) - .5) * g).astype(np.float32)
        X, Y = np.meshgrid(x, y)
        self.shift = shift
        if shift is not None:
            ax, ay, bx, by, p1, p2 = shift
            X = X + np.float32(g) * (ax + bx * np.sin(Y / p1 + X / (2 * p2))).astype(np.float32)
            Y = Y + np.float32(g) * (ay + by * np.cos(X / p2 - Y / (3 * p1))).astype(np.float32)
        self.X, self.Y = X, Y
        self.az, self.el = sun(d, r)
        self.sv = np.array([np.sin(self.az), np.cos(self.az)])
        va = r.uniform(0, 6.283)
        self.view = np.array([np.cos(va), np.sin(va)]) * np.tan(np.radians(r.uniform(0, 14)))
        sh = (0, 0) if shift is None else (shift[1], -shift[0])
        f = lambda a: a if shift is None else ndi.shift(a, sh, order=1, mode='nearest')
        # texture: mostly of the place, partly of the date
        self.N1 = .75 * f(C.N1) + .66 * noise(r, S, S, .75)
        self.N2 = .7 * f(C.N2) + .7 * noise(r, S, S, 5 / g)
        self.N3 = .7 * C.N3 + .7 * noise(r, S, S, 28 / g)
        self.built = np.zeros((S, S), np.float32)
        self.grav = np.zeros((S, S), np.float32)
        self.veg = np.zeros((S, S), np.float32)
        self.sh = np.zeros((S, S), np.float32)
        self.summer = np.interp(doy(d), *PH['wood'])

    def base(self):
        C, X, Y, g = self.C, self.X, self.Y, self.C.gsd
        b1, b2, edge = C.blocks(X, Y)
        fid, fed, u, v, fi = C.fields(X, Y, b1)
        # per (block, field) state through a table over field ids and block types
        types = ['crop', 'mixed', 'orchard', 'wood', 'fallow']
        ti = np.array([types.index(t) for t in C.btype], np.int8)[b1]
        key = fid * 5 + ti
        ids = np.repeat(np.arange(C.M), 5)
        bt = np.array(types)[np.tile(np.arange(5), C.M)]
        crop = C.crop_of(ids, bt, 1 if self.which == 2 else 0)
        fc, st, soil, vg = C.field_state(ids, crop, self.d, self.which)
        self.tab = (types, crop, fc, st, soil, vg)
        cp = crop[key]
        wood = (cp >= CROPS.index('wood'))
        orch = cp == CROPS.index('orchard')
        F = fc[key]
        row = np.zeros_like(F)
        sp = (2.2 + 1.8 * C.f_u[:, 4])[fid]
        amp = np.clip((sp / g - 2.2) / 2, 0, 1)
        row = amp * np.sin(2 * np.pi * u / sp) * .22
        F = F * (1 + .16 * self.N3 + .13 * self.N2 + .08 * self.N1) + row * F * (1 - F) * 3
        # tree crowns
        so = 4.6
        cr = np.cos(2 * np.pi * u / so) * (np.cos(2 * np.pi * v / so) * .6 + .4)
        F = np.where(orch, F * (.75 + (.55 if g < 1.5 else .3) * cr + .12 * self.N2), F)
        F = np.where(wood, fc[key] * (1 + .06 * self.N2), F)
        F = np.clip(F, 0, 1)
        ST = np.clip(st[key] * (1 + .25 * self.N2), 0, 1)
        tex = 1 + .07 * self.N3 + .06 * self.N2 + .045 * self.N1
        wtex = np.where(wood, 1 + .20 * self.N1 + .14 * self.N2, 1 + .05 * self.N1 + .04 * self.N2)
        gx = np.gradient(C.relief, axis=1) * (60 / g)
        gy = -np.gradient(C.relief, axis=0) * (60 / g)
        shade = np.clip(1 - .10 / np.tan(self.el) * (gx * self.sv[0] + gy * self.sv[1]) * np.where(wood, 1.3, .35), .5, 1.5)
        # field paths and ridges
        pw = .45 + .9 * C.f_u[fid, 7]
        pw = np.where((fi.astype(np.int32) % 9 == 0) & ~wood, pw + 1.1, pw)
        pc = np.clip(.5 + (pw - fed) / g, 0, 1) * np.where(wood, 0, .8) * np.clip(2 * pw / g, 0, 1)
        gr = .15 + .45 * np.interp(doy(self.d), *PH['fallow'])
        sp_ = C.sp
        pathc = [(1 - gr) * (.5 * sp_['soil'][k] * 1.1 + .5 * sp_['drygrass'][k]) + gr * sp_['veg'][k] for k in range(4)]
        # roads on block borders
        rw = C.road_width(b1, b2)
        q = C.road_rand[b1, b2]
        rc = np.clip(.5 + (rw / 2 - edge) / g, 0, 1)
        shc = np.clip(.5 + (rw / 2 + 1.8 - edge) / g, 0, 1)
        rv = C.river_dist(X, Y)
        wc = np.clip(.5 - rv / g, 0, 1)
        bank = np.clip(.5 - (rv - 5) / g, 0, 1)
        lvl = .8 + .4 * self.summer
        R = np.empty((4,) + X.shape, np.float32)
        for k in range(4):
            s = soil[:, k][key] * tex
            s += ST * (sp_['straw'][k] - s)
            r = s + F * (vg[:, k][key] * wtex - s)
            r *= shade
            r += pc * (pathc[k] * tex - r)
            r += shc * ((.6 * sp_['drygrass'][k] + .4 * sp_['veg'][k] * gr * 1.5) * tex - r)
            rcol = np.where(q < .06, sp_['asphalt'][k], np.where(q < .38, sp_['concrete'][k], sp_['soil'][k] * 1.15))
            r += rc * (rcol * (1 + .05 * self.N1 + .06 * self.N2) - r)
            r += bank * (.7 * sp_['drygrass'][k] + .3 * sp_['veg'][k] * lvl - r) * .8
            r += wc * (sp_['water'][k] * (1 + .03 * self.N1 + .08 * self.N3) - r)
            R[k] = r
        self.R = R
        self.veg += F * (1 - pc) * (1 - rc)
        self.built += np.where(q < .38, rc, 0)

    def site_state(self, x, y):
        """Soil and vegetation colour and cover of the field at a point."""
        C = self.C
        xx, yy = np.array([[x]], np.float32), np.array([[y]], np.float32)
        b1, _, _ = C.blocks(xx, yy)
        fid = C.fields(xx, yy, b1)[0]
        types, crop, fc, st, soil, vg = self.tab
        k = int(fid[0, 0]) * 5 + types.index(C.btype[b1[0, 0]])
        return soil[k], vg[k], float(fc[k]), CROPS[crop[k]]

    def cov(self, p):
        g, S = self.C.gsd, self.C.S
        m = 2.5 * g
        c0, c1 = int((p[:, 0].min() - m) / g), int((p[:, 0].max() + m) / g) + 1
        r0, r1 = int(S - (p[:, 1].max() + m) / g), int(S - (p[:, 1].min() - m) / g) + 1
        c0, r0, c1, r1 = max(c0, 0), max(r0, 0), min(c1, S), min(r1, S)
        if c0 >= c1 or r0 >= r1:
            return None
        sl = (slice(r0, r1), slice(c0, c1))
        X, Y = self.X[sl], self.Y[sl]
        p = ccw(np.asarray(p, np.float64))
        d = None
        for i in range(len(p)):
            a, e = p[i], p[(i + 1) % len(p)] - p[i]
            ln = np.hypot(*e)
            if ln < 1e-6:
                continue
            t = (X - np.float32(a[0])) * np.float32(-e[1] / ln) + (Y - np.float32(a[1])) * np.float32(e[0] / ln)
            d = t if d is None else np.minimum(d, t)
        q = np.clip(.5 + d / g, 0, 1)
        # narrower than a pixel: area fraction
        ar = abs((p[:, 0] * np.roll(p[:, 1], -1) - np.roll(p[:, 0], -1) * p[:, 1]).sum()) / 2
        tot = q.sum() * g * g
        if tot > 1.25 * ar and ar < 40:
            q = q * np.float32(ar / tot)
        return sl, q.astype(np.float32)

    def colour(self, m, sl):
        n1, n2, n3 = self.N1[sl], self.N2[sl], self.N3[sl]
        X, Y = self.X[sl], self.Y[sl]
        t = 1 + m.a[0] * n1 + m.a[1] * n2 + m.a[2] * n3
        veg = 0
        if m.kind == 'slab':
            ca, sa = np.cos(m.ang), np.sin(m.ang)
            u, v = X * ca + Y * sa, -X * sa + Y * ca
            j = ((np.abs(u / m.sp - np.round(u / m.sp)) * m.sp < .35) | (np.abs(v / m.sp - np.round(v / m.sp)) * m.sp < .35))
            t = t * (1 - j * .12 * min(1, 1 / self.C.gsd))
        if m.kind == 'rubble':
            k = m.k
            # heaps: bigger lumps with sun and shade sides, pieces of concrete and brick
            gx, gy = np.gradient(n2)[::-1] if n2.size > 4 and min(n2.shape) > 1 else (n2 * 0, n2 * 0)
            sd = 1 + np.clip(-(gx * self.sv[0] - gy * self.sv[1]) * .35 * self.C.gsd, -.35, .35)
            a = 1 / (1 + np.exp(-(1.5 * n1 + .8 * n2 + k['q'])))
            b = np.clip(.35 + .5 * n3 * .3 - .35 * n1, 0, 1)
            c = k['brick'][:, None, None] * (1 - a) + k['conc'][:, None, None] * a
            c = c * (1 - b * .6) + k['soil'][:, None, None] * b * .6
            n1b = np.roll(n1, 1, 0) - np.roll(n1, 1, 1)
            return c * np.clip(sd * (1 + .13 * n1b), .45, 1.6), 0
        if m.kind in ('crop', 'grass', 'tokens'):
            F = m.fc * (1 + (m.a[2]) * n3 + m.a[1] * n2 + m.a[0] * n1)
            if m.kind == 'grass':
                F = F + .22 * n2 * m.fc
            else:
                ca, sa = np.cos(m.ang), np.sin(m.ang)
                am = np.clip((m.sp / self.C.gsd - 2.2) / 2, 0, 1)
                F = F + am * .2 * np.sin(2 * np.pi * (X * ca + Y * sa) / m.sp) * F * (1 - F) * 3
            F = np.clip(F, 0, 1)
            s = m.soil[:, None, None] * (1 + .07 * n1 + .09 * n2 + .05 * n3)
            return s + F * (m.col[:, None, None] * (1 + .06 * n1 + .06 * n2) - s), F
        return m.col[:, None, None] * np.clip(t, .3, 2), veg

    def ground(self, o):
        p = o['poly']
        if 'clip' in o:
            q = Polygon(p).intersection(o['clip'])
            if q.is_empty:
                return
            q = q.convex_hull
            if q.geom_type != 'Polygon':
                return
            p = np.array(q.exterior.coords)[:-1]
        c = self.cov(p)
        if c is None:
            return
        sl, a = c
        col, veg = self.colour(o['mat'], sl)
        al = o.get('alpha', 1.)
        if o.get('ragged'):                            # thin and torn places
            al = np.clip(al + o['ragged'] * (.6 * self.N2[sl] + .5 * self.N1[sl]), 0, 1)
        aa = a * al
        self.R[:, sl[0], sl[1]] += aa * (col - self.R[:, sl[0], sl[1]])
        cls = o['mat'].cls
        if cls == 'keep':
            return
        for arr, val in ((self.built, 1. if cls in ('hard', 'gh', 'building') else 0.), (self.grav, 1. if cls == 'gravel' else 0.), (self.veg, veg)):
            arr[sl] += a * (val - arr[sl])

    def shadow_of(self, fp, h):
        off = -self.sv * h / np.tan(self.el)
        c = self.cov(hull(np.vstack([fp, fp + off])))
        if c is not None:
            sl, a = c
            self.sh[sl] = np.maximum(self.sh[sl], a)

    def put(self, p, col, tex=None):
        c = self.cov(p)
        if c is None:
            return
        sl, a = c
        cc = col[:, None, None]
        if tex is not None:
            cc = cc * np.clip(1 + tex[0] * self.N1[sl] + tex[1] * self.N2[sl], .3, 2)
        self.R[:, sl[0], sl[1]] += a * (cc - self.R[:, sl[0], sl[1]])
        return sl, a

    def bldg(self, o):
        rr = np.random.default_rng(o['key'] + self.which)
        fp = rectpts(o['cx'], o['cy'], o['w'], o['l'], o['ang'])
        c = self.cov(fp)
        if c is None:
            return
        sl, a = c
        for arr, val in ((self.built, 1.), (self.grav, 0.), (self.veg, 0.)):
            arr[sl] += a * (val - arr[sl])
        par = self.view * o['h']
        if np.hypot(*par) > .3:
            self.put(hull(np.vstack([fp, fp + par])), o['wall'] * (.55 + .5 * max(0, -np.dot(par, self.sv) / np.hypot(*par))))
        col = o['mat'].col * np.exp(rr.normal(0, .05)) * np.exp(rr.normal(0, .02, 4)).astype(np.float32)
        if o['mat'].k.get('metal') and rr.random() < .08:
            col = col * 1.45
        tex = o['mat'].a
        q = rectpts(o['cx'], o['cy'], o['w'], o['l'], o['ang']) + par
        if o['pitch'] > 0:
            along_w = o['w'] >= o['l']
            ax = np.array([-np.sin(o['ang']), np.cos(o['ang'])]) if along_w else np.array([np.cos(o['ang']), np.sin(o['ang'])])
            half = (o['l'] if along_w else o['w']) / 2
            for sgn in (1, -1):
                f = np.cos(o['pitch']) + sgn * np.sin(o['pitch']) * np.dot(ax, self.sv) / np.tan(self.el)
                f = float(np.clip(f, .38, 1.55))
                cx, cy = np.array([o['cx'], o['cy']]) + par + sgn * ax * half / 2
                self.put(rectpts(cx, cy, o['w'] if along_w else half, half if along_w else o['l'], o['ang']), col * f, tex)
        else:
            self.put(q, col, tex)
        ca, sa = np.cos(o['ang']), np.sin(o['ang'])
        for (du, dv, w, l, k) in o['det']:
            f = {'sky': self.C.sp['white'] * .75, 'dark': col * .55, 'light': col * .6 + .16}[k]
            self.put(rectpts(o['cx'] + du * ca - dv * sa + par[0], o['cy'] + du * sa + dv * ca + par[1], w, l, o['ang']), f.astype(np.float32))

    def gh(self, o):
        fp = rectpts(o['cx'], o['cy'], o['w'], o['l'], o['ang'])
        c = self.cov(fp)
        if c is None:
            return
        sl, a = c
        for arr, val in ((self.built, 1.), (self.grav, 0.), (self.veg, 0.)):
            arr[sl] += a * (val - arr[sl])
        m = o['mat']
        g = m.k['green'] * (.4 + .8 * self.summer) * .6
        col = m.col * (1 - g) + self.C.sp['veg'] * g
        ax = np.array([-np.sin(o['ang']), np.cos(o['ang'])])
        if ax @ self.sv < 0:
            ax = -ax
        if o['solar']:                                  # lean-to facing the sun with a dark back wall
            for q, w, f in ((.30, .40, 1.15), (-.08, .36, .95), (-.38, .24, .55)):
                self.put(rectpts(*(np.array([o['cx'], o['cy']]) + ax * q * o['l']), o['w'], w * o['l'], o['ang']), col * f, m.a)
        else:
            for q, w, f in ((.33, .34, 1.18), (0, .33, 1.0), (-.33, .34, .78)):
                self.put(rectpts(*(np.array([o['cx'], o['cy']]) + ax * q * o['l']), o['w'], w * o['l'], o['ang']), col * f, m.a)

    def tree(self, o):
        f = .9 if o['ever'] else self.summer
        p = np.array([o['x'], o['y']]) + self.view * o['h'] * .5
        col = self.C.sp['wood'] * o['q'] * 1.15
        bare = np.array([.075, .085, .095, .15], np.float32)
        for (off, R, br) in ((0, o['r'], .85), (.3, o['r'] * .62, 1.35)):
            c = self.cov(ell(*(p + self.sv * off * o['r']), R, R, 0, 8))
            if c is None:
                return
            sl, a = c
            a = a * (.45 + .5 * f)
            cc = (col * f + bare * (1 - f)) * br
            self.R[:, sl[0], sl[1]] += a * (cc[:, None, None] - self.R[:, sl[0], sl[1]])

    def run(self, ops):
        for o in ops:
            if o['t'] == 'ground':
                self.ground(o)
        for o in ops:
            if o['t'] in ('bldg', 'gh'):
                self.shadow_of(rectpts(o['cx'], o['cy'], o['w'], o['l'], o['ang']), o['h'])
            elif o['t'] == 'tree':
                off = -self.sv * o['h'] * .7 / np.tan(self.el)
                e = ell(o['x'], o['y'], o['r'] * .8, o['r'] * .8, 0, 8)
                c = self.cov(hull(np.vstack([e, e + off])))
                if c is not None:
                    self.sh[c[0]] = np.maximum(self.sh[c[0]], c[1] * (.4 + .45 * self.summer))
            elif o['t'] == 'heap':
                # only the far side of a heap and a short strip behind it lie in shade
                e = o['poly']
                ctr = e.mean(0)
                R = np.sqrt(((e - ctr) ** 2).sum(1)).mean()
                q = ctr + .5 * (e - ctr) - self.sv * .45 * R
                c = self.cov(hull(np.vstack([q, q - self.sv * max(0., o['h'] / np.tan(self.el) - .3 * R)])))
                if c is not None:
                    self.sh[c[0]] = np.maximum(self.sh[c[0]], .8 * c[1])
        k = V(.40, .34, .30, .26)
        for b in range(4):
            self.R[b] *= 1 - self.sh * (1 - k[b])
        for o in ops:
            if o['t'] == 'bldg':
                self.bldg(o)
            elif o['t'] == 'gh':
                self.gh(o)
        for o in ops:
            if o['t'] == 'tree':
                self.tree(o)
            elif o['t'] == 'over':                      # covers laid over what stands
                self.over(o)

    def over(self, o):
        par = self.view * o.get('h', 0)
        c = self.cov(o['poly'] + par)
        if c is None:
            return
        sl, a = c
        col, _ = self.colour(o['mat'], sl)
        al = np.clip(o['alpha'] + o.get('ragged', 0) * (.7 * self.N2[sl] + .6 * self.N1[sl]), 0, 1) * a
        under = self.R[:, sl[0], sl[1]]
        lum = under.mean(0)
        # folds: keep some of the light and shade below
        rel = np.clip(.75 + .25 * lum / (np.median(lum) + 1e-6), .6, 1.3)
        self.R[:, sl[0], sl[1]] += al * (col * rel - under)


# ----------------------------------------------------------------------------- stories
STORIES = [  # name, claim, count
    ('soil', 'demolished', 7), ('rubble', 'demolished', 6), ('crop', 'demolished', 3), ('net_on_soil', 'demolished', 3),
    ('crop', 'restored', 9), ('grass', 'restored', 6), ('tilled_bare', 'restored', 2),
    ('rubble', 'restored', 3), ('soil', 'restored', 4),
    ('slab', 'demolished', 4), ('slab', 'restored', 2),
    ('false', 'demolished', 7), ('false', 'restored', 4),
    ('painted', 'demolished', 4), ('netted', 'demolished', 4), ('tarpaulin', 'demolished', 4),
    ('painted', 'restored', 1), ('netted', 'restored', 1),
    ('soil_on_concrete', 'restored', 4), ('straw_on_concrete', 'restored', 2), ('token', 'restored', 4),
    ('partial', 'demolished', 6), ('partial', 'restored', 3),
    ('nothing_before', 'demolished', 3), ('nothing_before', 'restored', 1), ('older_image', 'demolished', 3), ('older_image', 'restored', 1),
    ('new', 'illegal', 10), ('nothing', 'illegal', 4), ('new', 'legal', 6), ('half_approved', 'legal', 3), ('nothing', 'legal', 1),
    ('new', 'other', 4), ('new', 'none', 4), ('nothing', 'none', 2), ('standing', 'confiscated', 6),
    ('greenhouse', 'facility_agriculture', 7), ('factory', 'facility_agriculture', 3), ('hard_floor', 'facility_agriculture', 2),
    ('yard', 'temporary_use', 4), ('earthwork', 'temporary_use', 3), ('building', 'temporary_use', 3), ('expired', 'temporary_use', 3),
    ('narrow', 'rural_road', 6), ('wide', 'rural_road', 3),
    ('unchanged', 'no_change', 5), ('unchanged_built', 'no_change', 3), ('crop_change', 'no_change', 6), ('new', 'no_change', 5),
]
TERMS = {'illegal': ['违法用地', '违法图斑', '违法'], 'legal': ['合法用地', '合法图斑', '合法'], 'demolished': ['已拆除', '拆除到位'],
         'restored': ['拆除复耕', '复耕复绿'], 'confiscated': ['没收'], 'facility_agriculture': ['设施农用地', '设施农业用地'],
         'temporary_use': ['临时用地'], 'rural_road': ['农村道路'], 'no_change': ['实地未变化', '伪变化', '伪图斑'], 'other': ['其他'], 'none': ['']}
DEMO = ('demolished', 'restored')


def inset(poly, d):
    q = Polygon(poly).buffer(-d, join_style=2)
    return np.array(q.exterior.coords)[:-1] if q.geom_type == 'Polygon' and not q.is_empty else poly


def frame(s, u, v):
    c, sn = np.cos(s['ang']), np.sin(s['ang'])
    return s['cx'] + u * c - v * sn, s['cy'] + u * sn + v * c


def clip_b(C, r, s, b, lo, hi):
    """The part of a building with local u in [lo, hi]."""
    u, v = b['loc']
    a, e = max(u - b['w'] / 2, lo), min(u + b['w'] / 2, hi)
    if e - a < 1.5:
        return None
    n = dict(b)
    n['w'] = e - a
    n['cx'], n['cy'] = frame(s, (a + e) / 2, v)
    n['loc'] = ((a + e) / 2, v)
    n['det'] = [q for q in b['det'] if abs(q[0]) < n['w'] / 2 - 1]
    return n


def soil_ops(C, r, s, P, rough=True):
    m = C.mat('soil', r, col=vary(r, s['soil'], .12, .04) if r.random() < .6 else None)
    if r.random() < .25:                                # lime-rich, bright subsoil
        m.col = m.col * r.uniform(1.15, 1.45)
    out = [dict(t='ground', poly=s['poly'], mat=m)]
    for _ in range(int(r.integers(1, 5))):              # tracks, damp spots, weeds
        x, y = frame(s, r.uniform(-.35, .35) * s['w'], r.uniform(-.35, .35) * s['l'])
        k = r.choice(['damp', 'weed', 'light'])
        col = dict(damp=m.col * .72, light=m.col * 1.15, weed=.6 * m.col + .4 * C.sp['veg'])[k]
        out.append(dict(t='ground', poly=ell(x, y, r.uniform(2, 4 + .2 * s['w']), r.uniform(2, 6), r.uniform(0, 3), 9, r), mat=Mat(col, 'soil', m.a), alpha=.7, ragged=.35, soft=1))
    for _ in range(r.poisson(1.5)):
        x, y = frame(s, r.uniform(-.4, .4) * s['w'], 0)
        out.append(dict(t='ground', poly=rectpts(x, y, 1.6, s['l'] * .9, s['ang'] + r.normal(0, .15)), mat=Mat(m.col * 1.12, 'soil', m.a), alpha=.6))
    return out


def rubble_ops(C, r, s, blds, cover):
    m = C.mat('rubble', r)
    out = []
    for b in blds:
        out.append(dict(t='ground', poly=ell(b['cx'], b['cy'], b['w'] * r.uniform(.5, .62), b['l'] * r.uniform(.5, .75), b['ang'], 11, r, .2), mat=m))
    for _ in range(int(3 + cover * s['w'] * s['l'] / 150)):
        x, y = frame(s, r.uniform(-.4, .4) * s['w'], r.uniform(-.4, .4) * s['l'])
        R = r.uniform(2, 6)
        e = ell(x, y, R, R * r.uniform(.5, 1), r.uniform(0, 3), 8, r, .25)
        out.append(dict(t='ground', poly=e, mat=m, alpha=.9))
        out.append(dict(t='heap', poly=e * 1.0, h=r.uniform(.2, .9)))
    return out


def new_thing(C, r, s, kind):
    if kind == 'building':
        return [C.yard(s, r)] + C.layout(s, r, r.uniform(.35, .6)) + C.clutter(s, r, 3)
    if kind == 'hard':
        return [C.yard(s, r, ('concrete', 'asphalt', 'gravel'), (.65, .15, .2))] + C.clutter(s, r, int(2 + s['w'] * s['l'] / 450))
    if kind == 'greenhouse':
        return C.ghouses(s, r)
    if kind == 'pv':
        o = [dict(t='ground', poly=s['poly'], mat=Mat(C.sp['veg'], 'veg', (.1, .15, .1), 'grass', fc=.25, soil=s['soil']))]
        m = Mat(vary(r, C.sp['pv'], .15, .05), 'building', (.04, .03, .02))
        for v in np.arange(-s['l'] / 2 + 2.5, s['l'] / 2 - 2, r.uniform(5.5, 7.5)):
            x, y = frame(s, 0, v)
            o.append(dict(t='ground', poly=rectpts(x, y, s['w'] - 3, r.uniform(3, 3.6), s['ang']), mat=m))
        return o
    if kind == 'earthwork':
        o = soil_ops(C, r, s, None)
        o[0]['mat'].col = vary(r, C.sp['soil'], .1, .06) * r.uniform(1.1, 1.55)
        for _ in range(int(2 + s['w'] * s['l'] / 400)):
            x, y = frame(s, r.uniform(-.38, .38) * s['w'], r.uniform(-.38, .38) * s['l'])
            e = ell(x, y, r.uniform(2, 6), r.uniform(2, 4), r.uniform(0, 3), 9, r)
            o += [dict(t='ground', poly=e, mat=Mat(o[0]['mat'].col * r.uniform(.8, 1.2), 'soil', (.12, .12, .05))), dict(t='heap', poly=e, h=r.uniform(1, 3))]
        return o
    if kind == 'excavation':
        o = soil_ops(C, r, s, None)
        o[0]['mat'].col = o[0]['mat'].col * r.uniform(1.0, 1.35)
        e = ell(s['cx'], s['cy'], s['w'] * .38, s['l'] * .38, s['ang'], 11, r)
        o.append(dict(t='ground', poly=e, mat=Mat(o[0]['mat'].col * .6, 'soil', (.12, .12, .05))))
        if r.random() < .4:
            o.append(dict(t='ground', poly=ell(s['cx'], s['cy'], s['w'] * .25, s['l'] * .25, s['ang'], 9, r), mat=C.mat('water', r)))
        o.append(dict(t='heap', poly=ell(*frame(s, -.35 * s['w'], .2 * s['l']), 3, 5, 0, 9), h=3))
        return o


def story(C, r, s, name, claim):
    """Operations before and after, and what is known without drawing."""
    A = s['w'] * s['l']
    B, F, m = [], [], dict(trick=name, also=[], innocent=1, exp='consistent', state='unknown', date='')
    sub = ''
    if claim in DEMO and name not in ('nothing_before',):
        need_hard = name in ('soil_on_concrete', 'straw_on_concrete', 'slab')
        y = C.yard(s, r, ('concrete', 'asphalt'), (.88, .12)) if need_hard else C.yard(s, r)
        bl = C.layout(s, r, r.uniform(.28, .6))
        B = [y] + bl + C.clutter(s, r, int(r.integers(0, 6)))
        if r.random() < .5:
            trees = [C.tree(r, *frame(s, r.choice([-.5, .5]) * s['w'], r.uniform(-.5, .5) * s['l'])) for _ in range(int(r.integers(1, 4)))]
        else:
            trees = []
        B += trees
        keep_tree = trees if r.random() < .6 else []
        if name == 'soil':
            F = soil_ops(C, r, s, None)
            if A > 1200 and r.random() < .2:            # a pump house or gate lodge stays, far below a tenth
                F.append(C.bldg(r, *frame(s, r.choice([-1, 1]) * (s['w'] / 2 - 3), s['l'] / 2 - 3), 3, 3.5, s['ang'], False))
            m['state'] = 'bare'
        elif name == 'tilled_bare':
            F = [dict(t='ground', poly=s['poly'], mat=C.crop(r, s, .04, soil=s['soil2'] * r.uniform(.9, 1.05)))]
            m['state'] = 'bare'
            m['also'] = ['consistent', 'cannot_judge']
        elif name == 'rubble':
            F = soil_ops(C, r, s, None) + rubble_ops(C, r, s, bl, r.uniform(.4, .8))
            m['state'] = 'rubble'
        elif name == 'crop':
            F = [dict(t='ground', poly=s['poly'], mat=C.crop(r, s, max(s['fc2'], r.uniform(.68, .95)), col=s['vg2'] if s['crop2'] not in ('wood', 'pine') else None, soil=s['soil2']))]
            m['state'] = 'restored'
        elif name == 'grass':
            F = [dict(t='ground', poly=s['poly'], mat=Mat(vary(r, C.sp['veg'] * V(1.2, 1.15, 1.3, .85), .1, .06), 'veg', (.12, .16, .1), 'grass', fc=r.uniform(.78, .93), soil=.5 * s['soil2'] + .5 * C.sp['drygrass']))]
            m['state'] = 'restored'
        elif name == 'net_on_soil':
            F = soil_ops(C, r, s, None)
            F.append(dict(t='over', poly=inset(s['poly'], r.uniform(.5, 3)), mat=C.mat('net', r), alpha=r.uniform(.7, .95), ragged=.2))
            m['state'], m['also'] = 'bare', ['cannot_judge']
        elif name == 'slab':
            full = r.random() < .6
            if full:
                F = [y]
            else:
                F = soil_ops(C, r, s, None)
            for b in bl:
                F.append(dict(t='ground', poly=rectpts(b['cx'], b['cy'], b['w'], b['l'], b['ang']), mat=C.mat(r.choice(['concrete', 'asphalt'], p=[.93, .07]), r, ang=s['ang'])))
                for _ in range(int(r.integers(0, 4))):
                    F.append(dict(t='ground', poly=ell(b['cx'] + r.uniform(-.3, .3) * b['w'], b['cy'] + r.uniform(-.3, .3) * b['l'], r.uniform(1, 3), r.uniform(1, 3), 0, 8, r), mat=(lambda q: (setattr(q, 'cls', 'keep'), q)[1])(C.mat('rubble', r))))
            m['state'], m['innocent'], m['loose'] = 'standing', 0, 1
        elif name in ('false', 'older_image'):
            F = B[:1] + bl + C.clutter(s, r, int(r.integers(0, 6))) + trees
            m['state'], m['innocent'] = 'standing', 0
            if name == 'older_image':
                m['innocent'] = 1
        elif name == 'painted':
            p = C.mat('paint', r)
            p.col = p.col * V(*r.uniform(.8, 1.25, 4))
            F = [y]
            for b in bl:
                n = dict(b)
                n['mat'] = Mat(vary(r, p.col, .05, .02), 'building', (.05, .07, .03))
                n['det'] = b['det'] if r.random() < .4 else []
                F.append(n)
            F += C.clutter(s, r, 2) + trees
            m['state'], m['innocent'] = 'disguised', 0
        elif name == 'netted':
            F = [y] + bl + trees
            net = C.mat('net', r)
            if r.random() < .45:
                F.append(dict(t='over', poly=inset(s['poly'], r.uniform(0, 2)), mat=net, alpha=r.uniform(.72, .93), ragged=.15, h=2))
            else:
                for b in bl:
                    F.append(dict(t='over', poly=rectpts(b['cx'], b['cy'], b['w'] + r.uniform(1, 4), b['l'] + r.uniform(1, 4), b['ang'] + r.normal(0, .03)), mat=net, alpha=r.uniform(.78, .95), ragged=.13, h=b['h']))
            m['state'], m['innocent'], m['also'] = 'disguised', 0, ['cannot_judge']
        elif name == 'tarpaulin':
            F = [y] + bl + trees
            k = r.choice(['tarp_blue', 'tarp_white', 'tarp_black'])
            for b in bl:
                f = r.uniform(.6, 1.)
                tm = C.mat(k, r)
                F.append(dict(t='over', poly=rectpts(b['cx'], b['cy'], b['w'] * f + 1, b['l'] + 1, b['ang'] + r.normal(0, .03)), mat=tm, alpha=r.uniform(.9, 1), ragged=.04, h=b['h']))
            m['state'], m['innocent'], m['trick'] = 'disguised', 0, 'tarpaulin'
        elif name in ('soil_on_concrete', 'straw_on_concrete'):
            F = [y]
            for b in bl:
                F.append(dict(t='ground', poly=rectpts(b['cx'], b['cy'], b['w'], b['l'], b['ang']), mat=C.mat('concrete', r, ang=s['ang'])))
            mm = C.mat('soil', r, col=vary(r, s['soil2'], .12, .05)) if name[1] == 'o' else Mat(vary(r, C.sp['straw'], .12, .05), 'soil', (.09, .1, .06))
            F.append(dict(t='ground', poly=inset(s['poly'], r.uniform(.3, 1.2)), mat=mm, alpha=r.uniform(.82, .97), ragged=r.uniform(.08, .18)))
            # kerb or wall foot that stays visible
            p4 = s['poly']
            for i in range(len(p4)):
                if r.random() < .75:
                    a, e = p4[i], p4[(i + 1) % len(p4)]
                    c = (a + e) / 2
                    F.append(dict(t='ground', poly=rectpts(c[0], c[1], np.hypot(*(e - a)), .8, np.arctan2(e[1] - a[1], e[0] - a[0])), mat=(lambda q: (setattr(q, 'cls', 'keep'), q)[1])(C.mat('concrete', r))))
            m.update(state='bare', innocent=0, exp='demolished_not_restored', also=['false_demolition', 'partial_demolition'], fixed=1)
        elif name == 'token':
            F = soil_ops(C, r, s, None)
            target = r.uniform(.10, .24) * A
            got = 0
            while got < target:
                R = r.uniform(1.2, 4.5)
                x, y_ = frame(s, r.uniform(-.45, .45) * s['w'], r.uniform(-.45, .45) * s['l'])
                F.append(dict(t='ground', poly=ell(x, y_, R, R * r.uniform(.5, 1), s['ang'], 8, r), mat=C.crop(r, s, r.uniform(.7, .95))))
                got += np.pi * R * R * .72
            m['state'], m['innocent'] = 'bare', 0
        elif name == 'partial':
            target = r.uniform(.25, .40)
            hy = y['yard'] in HARD
            lo, hi = -s['w'] / 2, s['w'] / 2
            tot = A if hy else sum(b['w'] * b['l'] for b in bl)
            a, e = lo, hi
            for _ in range(30):
                mid = (a + e) / 2
                k = (mid - lo) * s['l'] if hy else sum(max(0, min(b['loc'][0] + b['w'] / 2, mid) - (b['loc'][0] - b['w'] / 2)) * b['l'] for b in bl)
                a, e = (mid, e) if k / tot < target else (a, mid)
            cut = (a + e) / 2
            left = [q for q in (clip_b(C, r, s, b, lo, cut) for b in bl) if q]
            gone = [q for q in (clip_b(C, r, s, b, cut, hi) for b in bl) if q]
            x, yy = frame(s, (lo + cut) / 2, 0)
            F = [y] if not hy else []
            F += soil_ops(C, r, s, None) if hy or r.random() < .5 else []
            if hy:
                F.append(dict(t='ground', poly=rectpts(x, yy, cut - lo, s['l'], s['ang']), mat=y['mat']))
            if gone and r.random() < .6:
                F += rubble_ops(C, r, s, gone, .05)[:len(gone)]
            elif not hy:
                for b in gone:
                    F.append(dict(t='ground', poly=rectpts(b['cx'], b['cy'], b['w'], b['l'], b['ang']), mat=C.mat('soil', r)))
            if hy:                                      # the standing part is drawn last
                F.append(dict(t='ground', poly=rectpts(x, yy, cut - lo, s['l'], s['ang']), mat=y['mat']))
            F += left
            m['state'], m['innocent'] = 'partly_standing', 0
        if name not in ('false', 'older_image', 'painted', 'netted', 'tarpaulin'):
            F += keep_tree
        if name in ('rubble', 'soil', 'token') and claim == 'restored' or name == 'tilled_bare':
            m['innocent'] = 0
        m['measure'] = not m.get('fixed')
        if name == 'older_image':
            m.update(exp='cannot_judge', measure=False)
    elif name == 'nothing_before':
        m.update(exp='cannot_judge', state='unknown')
        if r.random() < .4:
            F = soil_ops(C, r, s, None)
    elif claim in ('illegal', 'legal', 'other', 'none'):
        if name == 'nothing':
            m.update(exp='no_visible_change', state='none')
        else:
            k = r.choice(['building', 'hard', 'greenhouse', 'pv', 'earthwork', 'excavation'], p=[.45, .14, .12, .08, .15, .06])
            if claim == 'legal':
                k = r.choice(['building', 'hard'], p=[.75, .25])
            F = new_thing(C, r, s, k)
            sub = k
            m['state'] = 'none' if k in ('earthwork', 'excavation') else 'standing'
            if name == 'half_approved':
                m.update(exp='concealed', innocent=0)
    elif claim == 'confiscated':
        F = [C.yard(s, r)] + C.layout(s, r, r.uniform(.3, .6))
        if r.random() < .7:
            B = list(F)
        m['state'] = 'standing'
    elif claim == 'facility_agriculture':
        m['state'] = 'standing'
        if name == 'greenhouse':
            F = C.ghouses(s, r)
            if A > 1500 and r.random() < .4:            # a small guard house
                q = C.bldg(r, *frame(s, -s['w'] / 2 + 3, -s['l'] / 2 + 3.), 4, 5, s['ang'], False)
                F.append(q)
        elif name == 'factory':
            F = [C.yard(s, r)] + C.layout(s, r, r.uniform(.3, .55), None if A < 900 else True)
            m.update(exp='concealed', innocent=0)
        else:
            F = [C.yard(s, r, ('concrete', 'asphalt'), (.85, .15))] + C.layout(s, r, .06, False) + C.clutter(s, r, 8)
            m.update(exp='concealed', innocent=0)
    elif claim == 'temporary_use':
        m['state'] = 'none'
        if name == 'yard':
            F = new_thing(C, r, s, 'hard')
        elif name == 'earthwork':
            F = new_thing(C, r, s, 'earthwork')
        elif name == 'building':
            F = [C.yard(s, r)] + C.layout(s, r, r.uniform(.25, .5))
            m.update(exp='concealed', innocent=0, state='standing')
        else:
            F = new_thing(C, r, s, r.choice(['hard', 'earthwork']))
            m.update(exp='concealed', innocent=0)
    elif claim == 'rural_road':
        k = r.choice(['concrete', 'asphalt'], p=[.75, .25])
        F = [dict(t='ground', poly=rectpts(s['cx'], s['cy'], s['l'] + (2.5 if name == 'narrow' else 2), s['road'] + 2.2, s['ang'] + np.pi / 2), mat=Mat(C.sp['drygrass'] * .9, 'soil', (.08, .1, .05))),
             dict(t='ground', poly=rectpts(s['cx'], s['cy'], s['l'], s['road'], s['ang'] + np.pi / 2), mat=C.mat(k, r, ang=s['ang']))]
        m['state'] = 'standing'
        if name == 'wide':
            m.update(exp='concealed', innocent=0)
    else:  # no_change
        m['state'] = 'none'
        if name == 'unchanged_built':
            B = [C.yard(s, r)] + C.layout(s, r, r.uniform(.3, .5))
            F = list(B)
            m['state'] = 'standing'
        elif name == 'crop_change':
            a, b = r.uniform(.65, .95), r.uniform(.02, .15)
            if r.random() < .5:
                a, b = b, a
            B = [dict(t='ground', poly=s['poly'], mat=C.crop(r, s, a, col=s['vg2']))]
            F = [dict(t='ground', poly=s['poly'], mat=C.crop(r, s, b, col=s['vg2'], soil=s['soil2']))]
        elif name == 'new':
            k = r.choice(['building', 'earthwork', 'hard', 'greenhouse'], p=[.6, .2, .12, .08])
            F = new_thing(C, r, s, k)
            sub = k
            m.update(exp='concealed', innocent=0, state='standing' if k != 'earthwork' else 'none')
    m['sub'] = sub
    return B, F, m


def draw_hand(r, s):
    """A hand-drawn outline: 0 to 1.5 m outside, corners off by up to a metre, some extra vertices."""
    w, l = s['w'] + 2 * r.uniform(.2, 1.3), s['l'] + 2 * r.uniform(.2, 1.3)
    p = rectpts(s['cx'], s['cy'], w, l, s['ang']) + r.normal(0, .55, (4, 2))
    q = []
    for i in range(4):
        q.append(p[i])
        a, e = p[i], p[(i + 1) % 4]
        if np.hypot(*(e - a)) > 25 and r.random() < .6:
            q.append(a + (e - a) * r.uniform(.3, .7) + r.normal(0, .6, 2))
    g = Polygon(np.array(q))
    return g if g.is_valid else g.buffer(0)


# ----------------------------------------------------------------------------- sensor
def sensor(C, P, which, cloud):
    r = np.random.default_rng(C.seed * 131 + which * 7 + C.rad)
    R, S, g = P.R, C.S, C.gsd
    np.maximum(R, .005, out=R)
    if cloud is not None:
        a, sh = cloud
        for b in range(4):
            R[b] *= 1 - sh * (1 - (.42, .36, .32, .28)[b])
            cb = (.72, .70, .69, .72)[b] * (1 + .06 * P.N3)
            R[b] += a * (cb - R[b])
    yy, xx = np.mgrid[0:S, 0:S].astype(np.float32) / S
    tau = {0: .25, 1: .35, 2: .45}[C.rad] * r.uniform(.7, 1.2)
    if C.rad == 2 and which == 2:
        t = r.uniform(0, 6.28)
        grad = (xx - .5) * np.cos(t) + (yy - .5) * np.sin(t)
        tau = tau * (1.35 + 1.5 * grad + .25 * noise(r, S, S, 300 / g))
        tau = np.clip(tau, .15, 1.6)
    path = V(.060, .040, .024, .012)
    kext = V(.42, .34, .27, .18)
    scale = np.random.default_rng(C.seed).uniform(1500, 5200)
    gain = np.array([1.0, 1.05, .98, .92]) * scale
    off = np.full(4, 25.)
    spread = {0: .03, 1: .22, 2: .12}[C.rad]
    if which != 1:
        gain = gain * np.exp(r.normal(0, spread, 4)) * (1 if C.rad == 0 else np.exp(r.normal(0, .2)))
        off = off + r.uniform(0, .02 if C.rad else .004, 4) * scale
    mix = 0 if which == 1 or C.rad == 0 else r.uniform(.02, .07)
    sunf = np.float32(.75 + .25 * np.sin(P.el))
    sig = r.uniform(.5, .75) if g > 1.4 else r.uniform(.65, .95)
    out = np.empty((4, S, S), np.uint16)
    src = R
    for b in range(4):
        q = src[b] if not mix else src[b] * (1 - 2 * mix) + mix * (src[max(b - 1, 0)] + src[min(b + 1, 2 if b < 3 else 3)])
        q = q * sunf * np.exp(-kext[b] * tau).astype(np.float32) + path[b] * tau
        q = ndi.gaussian_filter(q.astype(np.float32), sig, truncate=3)
        q = q * gain[b] + off[b]
        q += r.standard_normal((S, S), dtype=np.float32) * np.sqrt((.0018 * scale) ** 2 + (.006 * q) ** 2)
        out[b] = np.clip(np.rint(q), 1, 65535).astype(np.uint16)
    return out


def write_tif(path, a, C, d, hour):
    t = from_origin(X0, Y0 + C.E, C.gsd, C.gsd)
    with rasterio.open(path, 'w', driver='GTiff', width=C.S, height=C.S, count=4, dtype='uint16', crs=CRS.from_epsg(EPSG), transform=t,
                       nodata=0, tiled=True, blockxsize=256, blockysize=256, compress='deflate', predictor=2, zlevel=1, num_threads=1) as f:
        f.write(a)
        for i, n in enumerate(('blue', 'green', 'red', 'nir')):
            f.set_band_description(i + 1, n)
        f.update_tags(TIFFTAG_DATETIME=d.strftime('%Y:%m:%d ') + hour)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('seed', type=int)
    ap.add_argument('radiometry', type=int)
    ap.add_argument('out')
    ap.add_argument('--gsd', type=float, default=2.0)
    ap.add_argument('--size', type=int, default=1600)
    ap.add_argument('--three', action='store_true')
    a = ap.parse_args()
    T0 = time.time()
    os.makedirs(a.out, exist_ok=True)
    C = County(a.seed, a.radiometry, a.gsd, a.size)
    r = np.random.default_rng(a.seed * 65537 + 11)
    g = a.gsd
    # misregistration of the second date in pixels: constant plus slowly varying
    amp = r.uniform(.05, .32, 2) * r.choice([-1, 1], 2)
    shift = (amp[0], amp[1], r.uniform(.03, .16), r.uniform(.03, .16), C.E / r.uniform(5, 9), C.E / r.uniform(5, 9))
    P1 = Painter(C, C.d1, 1, None)
    P1.base()
    P2 = Painter(C, C.d2, 2, shift)
    P2.base()
    # ---- sites
    plan = []
    for (n, c, k) in STORIES:
        kk = k if k < 3 else max(2, int(round(k + r.normal(0, .12 * k))))
        plan += [(n, c)] * kk
    sizes = np.clip(np.exp(r.normal(np.log(1500), .8, len(plan))), 300, 20000)
    order = np.argsort(-sizes)
    sites = []
    for q in order:
        n, c = plan[q]
        A = sizes[q]
        asp = np.exp(r.uniform(0, .75))
        w, l = np.sqrt(A * asp), np.sqrt(A / asp)
        if r.random() < .3:
            w, l = l, w
        road = 0
        if c == 'rural_road':
            road = r.uniform(4, 6) if n == 'narrow' else r.uniform(11, 16)
            w = road + 2.5
            l = float(np.clip(r.uniform(70, 260), 300 / w, 260))
        s = C.find(w, l, near=True, rng=r, margin=7 if g < 1.5 else 9, tries=1500)
        if s is None:
            continue
        s['road'] = road
        s['soil'], s['vg'], s['fc'], s['crop'] = P1.site_state(s['cx'], s['cy'])
        s['soil2'], s['vg2'], s['fc2'], s['crop2'] = P2.site_state(s['cx'], s['cy'])
        if s['crop'] in ('wood', 'pine'):
            s['soil'] = vary(r, C.sp['soil'], .15, .05)
        if s['crop2'] in ('wood', 'pine', 'fallow'):
            s['soil2'] = vary(r, C.sp['soil'], .15, .05)
            s['vg2'] = vary(r, C.sp['veg'], .1, .05)
        # a less regular ground outline
        p = s['poly'] + (r.normal(0, .35, (4, 2)) if c != 'rural_road' else 0)
        if c not in ('rural_road',) and A > 900 and r.random() < .25:   # a cut corner
            i = r.integers(4)
            f = r.uniform(.08, .2)
            a1, b1 = p[i - 1], p[(i + 1) % 4]
            p = np.vstack([p[:i], p[i] + f * (a1 - p[i]), p[i] + f * (b1 - p[i]), p[i + 1:]])
        s['poly'] = hull(p)
        B, F, m = story(C, r, s, n, c)
        sites.append(dict(s=s, name=n, claim=c, B=B, F=F, m=m, A=w * l))
    r.shuffle(sites)
    print(f'{len(sites)} of {len(plan)} sites placed, {time.time() - T0:.1f} s', flush=True)
    st1 = C.static
    # the landscape also moves a little: some trees gone, vehicles elsewhere, a few new or vanished small things outside the list
    st2 = [o for o in st1 if not (o['t'] == 'tree' and r.random() < .04)]
    P1.run(st1 + [o for q in sites for o in q['B']])
    P2.run(st2 + [o for q in sites for o in q['F']])
    # ---- patch polygons (local, metres)
    hand = [draw_hand(r, q['s']) for q in sites]
    # ---- clouds in one date
    cdate = 2 if r.random() < .75 else 1
    Pc = P2 if cdate == 2 else P1
    S = C.S
    al = np.zeros((S, S), np.float32)
    sh = np.zeros((S, S), np.float32)
    ctr = np.array([[q['s']['cx'], q['s']['cy']] for q in sites])
    isd = np.array([q['claim'] in DEMO for q in sites])
    nz = .45 * noise(r, S, S, 9 / g) + .8 * noise(r, S, S, 22 / g) + .8 * noise(r, S, S, 50 / g)
    x = (np.arange(S) + .5) * g
    y = (S - np.arange(S) - .5) * g
    for _ in range(int(r.integers(2, 4))):
        cand = ctr[isd][r.integers(0, isd.sum(), 12)] + r.normal(0, 25, (12, 2))
        R = r.uniform(60, 120) * (1 if g > 1.4 else .75)
        cnt = [(((ctr - q) ** 2).sum(1) < (R * .9) ** 2).sum() for q in cand]
        k = int(np.argmin(np.abs(np.array(cnt) - 2)))
        off = -Pc.sv * r.uniform(350, 800) / np.tan(Pc.el) * .5
        for arr, c0, f in ((al, cand[k], 1.), (sh, cand[k] + off, 1.)):
            d = np.sqrt((x[None] - c0[0]) ** 2 + ((y[:, None] - c0[1]) * 1.25) ** 2) / R
            nn = nz if f == 1. and arr is al else np.roll(nz, (int(-off[1] / g), int(off[0] / g)), (0, 1))
            np.maximum(arr, np.clip((1.05 - d + .25 * nn) * 2.2, 0, 1) * (1 if arr is al else .95), out=arr)
    al = np.clip(al, 0, .97)
    # ---- truth
    tr = rasterio.Affine(g, 0, 0, 0, -g, S * g)
    recs = []
    today = C.d2
    for i, q in enumerate(sites):
        G = hand[i]
        x0, y0, x1, y1 = G.bounds
        c0, c1, r0, r1 = int(x0 / g) - 2, int(x1 / g) + 3, int(S - y1 / g) - 2, int(S - y0 / g) + 3
        sl = (slice(r0, r1), slice(c0, c1))
        mk = features.rasterize([(G, 1)], out_shape=(r1 - r0, c1 - c0), transform=rasterio.Affine(g, 0, c0 * g, 0, -g, (S - r0) * g), dtype='uint8') > 0
        n = max(mk.sum(), 1)
        b1, b2 = P1.built[sl][mk], P2.built[sl][mk]
        g1, g2 = np.clip(P1.built[sl] + P1.grav[sl], 0, 1)[mk], np.clip(P2.built[sl] + P2.grav[sl], 0, 1)[mk]
        vg = (P2.veg[sl][mk] > .4).mean()
        m = q['m']
        sh0 = b1.mean()
        rem = float((b1 * b2).sum() / max((b1 * b1).sum(), 1e-6))
        rem2 = float((g1 * g2).sum() / max((g1 * g1).sum(), 1e-6))
        m['rem'], m['veg'], m['built1'] = rem2, float(vg), float(g1.mean())
        also = list(m['also'])
        if m.get('measure'):
            def rule(x):
                if x >= .5:
                    return 'false_demolition'
                if x >= .1:
                    return 'partial_demolition'
                return 'demolished_not_restored' if q['claim'] == 'restored' and vg < .5 else 'consistent'
            m['exp'] = rule(rem2)
            for x_ in (rem, rem2 - .04, rem2 + .04, rem - .04) if sh0 > .05 else (rem2 - .04, rem2 + .04):
                also.append(rule(x_))
            if m.get('loose'):
                also += ['false_demolition', 'partial_demolition']
            if m['innocent'] and m['exp'] != 'consistent':
                m['innocent'] = 0
            if m['exp'] == 'consistent' and m['innocent'] == 0:
                m['innocent'] = 1
            if q['name'] == 'slab':
                m['state'] = 'standing' if rem2 >= .5 else 'partly_standing'
        cv = float(((al[sl] > .25) | (sh[sl] > .35))[mk].mean())
        thin = float(((al[sl] > .05) | (sh[sl] > .1))[mk].mean())
        if cv >= .2:
            also = [m['exp']] if cv < .35 else []
            m.update(exp='cannot_judge', trick='cloud', state='unknown')
        elif thin >= .1:
            also.append('cannot_judge')
        date = ''
        if q['claim'] in DEMO and r.random() < .85:
            span = (C.d2 - C.d1).days
            date = C.d1 + dt.timedelta(int(r.uniform(.15, .85) * span))
        elif r.random() < .04:
            date = C.d1 + dt.timedelta(int(r.uniform(.15, .85) * (C.d2 - C.d1).days))
        if q['name'] == 'older_image':
            date = C.d2 + dt.timedelta(int(r.integers(3, 60)))
        Gw = affinity.translate(G, X0, Y0)
        tb = f'3703{23 + (a.seed % 5)}{i + 1:04d}'
        also = [v for v in dict.fromkeys(also) if v != m['exp']]
        name = m['trick'] if m['trick'] not in ('soil', 'crop', 'grass', 'rubble') else 'honest_' + m['trick'] if m['innocent'] else m['trick'] + '_left'
        recs.append(dict(row=i, patch_id=tb, claim=q['claim'], expected_verdict=m['exp'], expected_state=m['state'], trick=name, detail=m['sub'], innocent=int(m['innocent']),
                         also_ok=','.join(also), remaining=round(m['rem'], 3), vegetated=round(m['veg'], 3), built_before=round(m['built1'], 3), cloud=round(cv, 3),
                         HFPD=str(r.choice(TERMS[q['claim']])), CZRQ=date.isoformat() if date else '', JCMJ=round(Gw.area * float(np.exp(r.normal(0, .01))), 1), geometry=Gw))
    # ---- images
    rp = np.random.default_rng(a.seed + 99)
    hr = lambda: f'{rp.integers(10, 12):02d}:{rp.integers(0, 60):02d}:{rp.integers(0, 60):02d}'
    if a.three:
        P0 = Painter(C, C.d0, 0, (rp.uniform(-.3, .3), rp.uniform(-.3, .3), .05, .05, C.E / 7, C.E / 6))
        P0.base()
        P0.run(st1 + [o for q in sites for o in q['B']])
        write_tif(f'{a.out}/first.tif', sensor(C, P0, 0, None), C, C.d0, hr())
        del P0
    im = sensor(C, P1, 1, (al, sh) if cdate == 1 else None)
    write_tif(f'{a.out}/before.tif', im, C, C.d1, hr())
    im = sensor(C, P2, 2, (al, sh) if cdate == 2 else None)
    # a wedge outside the scene on one side of the second image
    k = r.integers(4)
    wd = np.linspace(0, 45 / g, S)[:, None] > np.arange(S)[None]
    im[:, np.rot90(wd, k)] = 0
    write_tif(f'{a.out}/after.tif', im, C, C.d2, hr())
    # ---- vectors
    crs = f'EPSG:{EPSG}'
    G = gpd.GeoDataFrame(recs, crs=crs)
    L = G[['patch_id', 'HFPD', 'CZRQ', 'JCMJ', 'geometry']].rename(columns={'patch_id': 'TBBH'})
    for e in ('shp', 'shx', 'dbf', 'prj', 'cpg'):
        if os.path.exists(f'{a.out}/list.{e}'):
            os.remove(f'{a.out}/list.{e}')
    L.to_file(f'{a.out}/list.shp', encoding='GBK', engine='pyogrio')
    open(f'{a.out}/list.cpg', 'w').write('GBK')

    def save(rows, cols, fn):
        if os.path.exists(fn):
            os.remove(fn)
        gpd.GeoDataFrame(rows or {c: [] for c in cols + ['geometry']}, geometry='geometry', crs=crs).to_file(fn, driver='GPKG', engine='pyogrio')
    G.drop(columns=['HFPD', 'CZRQ', 'JCMJ']).to_file(f'{a.out}/truth.gpkg', layer='patches', driver='GPKG', engine='pyogrio') if not os.path.exists(f'{a.out}/truth.gpkg') else \
        (os.remove(f'{a.out}/truth.gpkg'), G.drop(columns=['HFPD', 'CZRQ', 'JCMJ']).to_file(f'{a.out}/truth.gpkg', layer='patches', driver='GPKG', engine='pyogrio'))
    ap_, ff, tp = [], [], []
    for i, q in enumerate(sites):
        geo = recs[i]['geometry']
        s = q['s']
        if q['claim'] == 'legal':
            if q['name'] == 'half_approved':
                c, sn = np.cos(s['ang']), np.sin(s['ang'])
                f = r.uniform(.35, .65)
                u0, u1 = -s['w'] / 2 - 6, -s['w'] / 2 + f * s['w']
                x_, y_ = frame(s, (u0 + u1) / 2, 0)
                ap_.append(dict(PZWH=f'鲁政土字〔{C.d1.year}〕{100 + i}号', geometry=affinity.translate(Polygon(rectpts(x_, y_, u1 - u0, s['l'] + 12, s['ang'])), X0, Y0)))
            else:
                ap_.append(dict(PZWH=f'鲁政土字〔{C.d1.year}〕{100 + i}号', geometry=geo.buffer(r.uniform(1.5, 8), join_style=2)))
        if q['claim'] == 'facility_agriculture' and r.random() < .85:
            ff.append(dict(BABH=f'SSNY{i:04d}', geometry=geo.buffer(r.uniform(1, 5), join_style=2)))
        if q['claim'] == 'temporary_use':
            ex = q['name'] == 'expired'
            d = C.d2 - dt.timedelta(int(r.integers(20, 300))) if ex else C.d2 + dt.timedelta(int(r.integers(60, 600)))
            tp.append(dict(PZWH=f'临时〔{C.d1.year}〕{i}号', XKDQ=d.isoformat(), geometry=geo.buffer(r.uniform(1.5, 5), join_style=2)))
    for _ in range(6):                                   # approvals that concern nothing in the list
        c_ = r.uniform(100, C.E - 100, 2)
        b_ = affinity.translate(box(c_[0], c_[1], c_[0] + 50, c_[1] + 40), X0, Y0)
        if not any(b_.intersects(e['geometry']) for e in recs):
            ap_.append(dict(PZWH='鲁政土字〔2017〕9号', geometry=b_))
    save(ap_, ['PZWH'], f'{a.out}/approvals.gpkg')
    save(ff, ['BABH'], f'{a.out}/facility_filings.gpkg')
    save(tp, ['PZWH', 'XKDQ'], f'{a.out}/temporary_permits.gpkg')
    # land use from an 8 m raster of block types with settlements over it
    n8 = int(C.E / 8)
    yy, xx = np.mgrid[0:n8, 0:n8].astype(np.float32) * 8 + 4
    yy = C.E - yy
    b1, b2, ed = C.blocks(xx, yy)
    codes = ['0102', '0103', '0201', '0301', '0404', '0702', '0601', '1202', '1104', '1003', '1101', '1006']
    t2c = {'crop': '0102', 'mixed': '0103', 'orchard': '0201', 'wood': '0301', 'fallow': '0404'}
    lu = np.array([codes.index(t2c[t]) for t in C.btype], np.uint8)[b1]
    rq = C.road_rand[b1, b2]
    lu[(ed < 6) & (rq < .06)] = codes.index('1003')
    lu[(ed < 4) & (rq >= .06) & (rq < .38)] = codes.index('1006')
    lu[C.river_dist(xx, yy) < 2] = codes.index('1101')
    t8 = rasterio.Affine(8, 0, 0, 0, -8, n8 * 8)
    lay = features.rasterize([(p, codes.index(c) + 1) for p, c in C.lu], out_shape=lu.shape, transform=t8, dtype='uint8')
    lu = np.where(lay > 0, lay - 1, lu)
    rows = [dict(DLBM=codes[int(v)], geometry=affinity.translate(shapely.geometry.shape(sg), X0, Y0)) for sg, v in features.shapes(lu.astype(np.uint8), transform=t8)]
    save(rows, ['DLBM'], f'{a.out}/landuse.gpkg')
    # towns
    E = C.E
    nt = int(r.integers(2, 4))
    cuts = [0] + sorted(r.uniform(.3, .7, nt - 1) * E if nt == 2 else [E * r.uniform(.25, .4), E * r.uniform(.6, .75)]) + [E]
    names = ['南麻街道', '鲁村镇', '悦庄镇', '西里镇']
    ys = np.linspace(-50, E + 50, 30)
    wig = lambda c: [(c + 60 * np.sin(v / 300 + c) * (0 < c < E) + (-50 if c == 0 else 50 if c == E else 0), v) for v in ys]
    rows = []
    for i in range(nt):
        rows.append(dict(XZQDM=f'370323{100 + i:03d}', XZQMC=names[i], geometry=affinity.translate(Polygon(wig(cuts[i]) + wig(cuts[i + 1])[::-1]), X0, Y0)))
    save(rows, ['XZQDM'], f'{a.out}/towns.gpkg')
    info = dict(seed=a.seed, radiometry=a.radiometry, gsd=g, size=a.size, before=C.d1.isoformat(), after=C.d2.isoformat(), cloud_date=['before', 'after'][cdate - 1],
                sun_before=[round(float(np.degrees(v)), 1) for v in (P1.az, P1.el)], sun_after=[round(float(np.degrees(v)), 1) for v in (P2.az, P2.el)],
                shift_px=[round(float(v), 3) for v in shift[:4]], patches=len(recs), innocent=round(float(np.mean([q['innocent'] for q in recs])), 3),
                median_m2=round(float(np.median([q['geometry'].area for q in recs]))), verdicts=G.expected_verdict.value_counts().to_dict(), tricks=G.trick.value_counts().to_dict(), seconds=round(time.time() - T0, 1))
    json.dump(info, open(f'{a.out}/county.json', 'w'), ensure_ascii=False, indent=1)
    print(json.dumps(info, ensure_ascii=False))


if __name__ == '__main__':
    main()
