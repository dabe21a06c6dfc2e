#!/usr/bin/env python3
"""Times a scan against GDAL merely reading the same pair, and against whatever else a user would run, in one run.

    compare.py --tuban target/release/tuban --county DIR [--threads 2] [--repeat 5] [--peer 'NAME=COMMAND']... [--codecs] [--sizes 2048 4096]

DIR is a county made by `tuban sample`. A peer's command may hold {before}, {after}, {list} and {out}. Every repetition runs all commands
one after the other, so that a busy machine slows all of them; medians are compared. Whole processes are measured: wall clock, user and
system seconds, peak memory. Needs python3 with rasterio; `gdal_translate` for --codecs; OTB and gdal_polygonize.py are timed where they
are installed.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time

READ = r'''
import sys
from concurrent.futures import ThreadPoolExecutor
import rasterio
from rasterio.windows import Window
files, threads, side = sys.argv[2:], int(sys.argv[1]), 2048
def read(job):
    with rasterio.open(job[0]) as d: return d.read(window=job[1]).nbytes
jobs = []
for f in files:
    with rasterio.open(f) as d:
        jobs += [(f, Window(x, y, min(side, d.width - x), min(side, d.height - y))) for y in range(0, d.height, side) for x in range(0, d.width, side)]
with ThreadPoolExecutor(threads) as pool: print(sum(pool.map(read, jobs)))
'''
LAYERS = [("--towns", "towns.gpkg"), ("--landuse", "landuse.gpkg"), ("--basic-farmland", "basic_farmland.gpkg"),
          ("--protected", "protected.gpkg"), ("--approvals", "approvals.shp"), ("--facility-filings", "facility_filings.gpkg"),
          ("--temporary-permits", "temporary_permits.shp")]
CODECS = {"deflate, predictor 2": ["COMPRESS=DEFLATE", "PREDICTOR=2"], "zstd, predictor 2": ["COMPRESS=ZSTD", "PREDICTOR=2"],
          "lzw, predictor 2": ["COMPRESS=LZW", "PREDICTOR=2"], "uncompressed": [],
          "deflate in strips": ["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=NO"],
          "deflate, planar": ["COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=BAND"]}


def measured(command):
    """Wall seconds, processor seconds and peak MiB of a command; its output is shown only when it fails."""
    with tempfile.TemporaryFile() as log:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{log.read().decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(runs):
    return [statistics.median(r[k] for r in runs) for k in range(3)]


def compare(commands, repeat, clean):
    runs = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            clean()
            runs[name].append(measured(command))
    return {name: median(r) for name, r in runs.items()}


def table(results, floor):
    lines = ["| | wall, s | processor, s | peak, MiB | wall to read | processor to read |", "|---|---|---|---|---|---|"]
    for name, (wall, cpu, peak) in results.items():
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {wall / floor[0]:.2f} | {cpu / floor[1]:.2f} |")
    return "\n".join(lines)


def scan(args, before, after, county, out, layers=True):
    command = [args.tuban, "scan", "--before", before, "--after", after, "--out", out, "--threads", str(args.threads), "-q"]
    if layers:
        command += ["--list", f"{county}/list.shp"]
        for flag, name in LAYERS:
            command += [flag, f"{county}/{name}"]
    return command


def read(args, before, after):
    return [sys.executable, "-c", READ, str(args.threads), before, after]


def plot(points, path):
    """Seconds and memory against megapixels, as an SVG."""
    wide, high, left, low = 640, 360, 60, 40
    most = max(p["mpx"] for p in points)
    def line(key, colour, top):
        at = [(left + p["mpx"] / most * (wide - 2 * left), high - low - p[key] / top * (high - 2 * low)) for p in points]
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at)
        return f'<polyline fill="none" stroke="{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}"/>{dots}'
    seconds, memory = max(p["cpu"] for p in points), max(max(p["mib"] for p in points), 1)
    ticks = "".join(f'<text x="{left + p["mpx"] / most * (wide - 2 * left):.0f}" y="{high - low + 16}" text-anchor="middle">{p["mpx"]:.0f}</text>' for p in points)
    body = (f'<line x1="{left}" y1="{high - low}" x2="{wide - left}" y2="{high - low}" stroke="#888"/>{ticks}'
            f'<line x1="{left}" y1="{low}" x2="{left}" y2="{high - low}" stroke="#c0392b"/><line x1="{wide - left}" y1="{low}" x2="{wide - left}" y2="{high - low}" stroke="#2471a3"/>'
            f'<text x="{left - 6}" y="{high - low + 4}" text-anchor="end" fill="#c0392b">0</text><text x="{wide - left + 6}" y="{high - low + 4}" fill="#2471a3">0</text>'
            f'<text x="{left - 6}" y="{low + 4}" text-anchor="end" fill="#c0392b">{seconds:.1f}</text><text x="{wide - left + 6}" y="{low + 4}" fill="#2471a3">{memory:.0f}</text>'
            f'<text x="{wide / 2}" y="{high - 6}" text-anchor="middle">megapixels</text>'
            f'<text x="{left}" y="20" fill="#c0392b">processor seconds</text><text x="{wide - left}" y="20" text-anchor="end" fill="#2471a3">peak memory, MiB</text>'
            f'{line("cpu", "#c0392b", seconds)}{line("mib", "#2471a3", memory)}')
    with open(path, "w") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" font-family="sans-serif" font-size="12">{body}</svg>\n')


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tuban", required=True)
    p.add_argument("--county", required=True)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeat", type=int, default=5)
    p.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    p.add_argument("--codecs", action="store_true", help="the same pair stored in other ways")
    p.add_argument("--sizes", type=int, nargs="*", default=[], help="counties of these sizes, px, and a plot (scaling.svg)")
    args = p.parse_args()
    before, after = f"{args.county}/before.tif", f"{args.county}/after.tif"
    with tempfile.TemporaryDirectory(prefix="compare-") as work:
        out = f"{work}/run"
        def clean():
            shutil.rmtree(out, ignore_errors=True)
        names = {"before": before, "after": after, "list": f"{args.county}/list.shp", "out": f"{work}/peer"}
        commands = {"GDAL reads the pair": read(args, before, after), "tuban scan, list and layers": scan(args, before, after, args.county, out)}
        for peer in args.peer:
            name, command = peer.split("=", 1)
            commands[name] = command.format(**names).split()
        if shutil.which("otbcli_MultivariateAlterationDetector"):
            commands["OTB, MAD alone"] = ["otbcli_MultivariateAlterationDetector", "-in1", before, "-in2", after, "-out", f"{work}/mad.tif", "float"]
        results = compare(commands, args.repeat, clean)
        print(table(results, results["GDAL reads the pair"]), flush=True)
        if shutil.which("gdal_polygonize.py"):
            subprocess.run(scan(args, before, after, args.county, out), check=True, stdout=subprocess.DEVNULL)
            wall, cpu, peak = median([measured(["gdal_polygonize.py", "-q", "-f", "GPKG", f"{out}/change.tif", f"{work}/p{k}.gpkg"]) for k in range(args.repeat)])
            print(f"\ngdal_polygonize.py of the change map alone: {wall:.2f} s, {cpu:.2f} processor s, {peak:.0f} MiB", flush=True)
        if args.codecs:
            print("\n| pair stored as | read, processor s | scan, processor s | ratio | wall ratio |\n|---|---|---|---|---|")
            for name, options in CODECS.items():
                pair = [f"{work}/b.tif", f"{work}/a.tif"]
                for source, target in zip((before, after), pair):
                    more = [] if "TILED=NO" in options else ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]
                    flags = [x for o in options + more for x in ("-co", o)]
                    subprocess.run(["gdal_translate", "-q", *flags, source, target], check=True)
                r = compare({"read": read(args, *pair), "scan": scan(args, *pair, args.county, out)}, args.repeat, clean)
                print(f"| {name} | {r['read'][1]:.2f} | {r['scan'][1]:.2f} | {r['scan'][1] / r['read'][1]:.2f} | {r['scan'][0] / r['read'][0]:.2f} |", flush=True)
        points = []
        for size in args.sizes:
            county = f"{work}/county"
            shutil.rmtree(county, ignore_errors=True)
            subprocess.run([args.tuban, "sample", "--out", county, "--size", str(size), "-q"], check=True, stdout=subprocess.DEVNULL)
            b, a = f"{county}/before.tif", f"{county}/after.tif"
            r = compare({"read": read(args, b, a), "scan": scan(args, b, a, county, out)}, args.repeat, clean)
            wall, cpu, peak = r["scan"]
            points.append({"mpx": size * size / 1e6, "wall": wall, "cpu": cpu, "mib": peak, "read_cpu": r["read"][1], "read_wall": r["read"][0]})
            print(json.dumps({k: round(v, 2) for k, v in points[-1].items()}), flush=True)
        if points:
            plot(points, "scaling.svg")


main()
