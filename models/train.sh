#!/bin/sh
# Makes models/bgrn from generated counties: two generators that share no spectra, and every county of the second a second time with
# materials in other colours. Counties that the pixels' forest has seen teach nothing about parcels.
#   sh models/train.sh WORK
# Needs Python with numpy, scipy, rasterio, shapely, geopandas for the second generator (benches/blind).
set -eu
work=${1:?folder for the counties}
mkdir -p "$work"
tuban=target/release/tuban
trainer=target/release/examples/train_landcover
cargo build --release --locked --bin tuban --example train_landcover

k=0
for seed in $(seq 101 126); do
    k=$((k + 1))
    gsd=2
    [ $((k % 5)) -eq 0 ] && gsd=1
    [ $((k % 7)) -eq 0 ] && gsd=3
    [ -d "$work/o$seed" ] || $tuban sample -q --out "$work/o$seed" --size 1400 --seed "$seed" --radiometry $((k % 6 + 1)) --gsd $gsd
done
k=0
for seed in $(seq 301 314); do
    [ -d "$work/b$seed" ] || python3 benches/blind/county.py "$seed" $((k % 3)) "$work/b$seed"
    [ -f "$work/b$seed/class_after.tif" ] || python3 benches/blind/recolour.py "$work/b$seed"
    [ -d "$work/b${seed}v" ] || python3 benches/blind/recolour.py "$work/b$seed" 7 "$work/b${seed}v"
    k=$((k + 1))
done

of() { for n in $(seq "$2" "$3"); do printf '%s ' "$work/$1$n${4:-}"; done; }
# shellcheck disable=SC2046
$trainer models/bgrn pixels 40 $(of b 301 305) $(of b 301 305 v) $(of o 101 113)
# shellcheck disable=SC2046
$trainer models/bgrn parcels 60 $(of b 306 314) $(of b 306 314 v) $(of o 114 126)
