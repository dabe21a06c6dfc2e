#!/bin/sh
# Makes models/bgrn and models/bgrn-swir from generated counties: eight generators that share no spectra, some counties again with materials in
# other colours (v), two in wildly other ones (w); for bgrn-swir as sensors of six bands with coarser pixels see them (s). Counties that the pixels' forest has seen teach nothing about parcels. More recoloured ones, or readings with the
# land survey, teach the parcels' forest nothing more: on a generator left out it found no more works and named fewer of them right.
#   sh models/train.sh WORK
# Needs Python with numpy, scipy, rasterio, shapely, geopandas for the other generators (benches/blind).
set -eu
work=${1:?folder for the counties}
mkdir -p "$work"
tuban=target/release/tuban
trainer=target/release/examples/train_landcover
cargo build --release --locked --bin tuban --example train_landcover

make_county() { # GENERATOR NAME SEED RADIOMETRY
    [ -d "$work/$2" ] || python3 "benches/blind/$1" "$3" "$4" "$work/$2"
    [ -f "$work/$2/class_after.tif" ] || python3 benches/blind/recolour.py "$work/$2"
    case $2 in b30[1236789] | c6[123789] | c70 | g[cde]1[12367] | g[fg]1[12378]) [ -d "$work/${2}v" ] || python3 benches/blind/recolour.py "$work/$2" 7 "$work/${2}v" ;; esac
    case $2 in b301 | c61) [ -d "$work/${2}w" ] || python3 benches/blind/recolour.py "$work/$2" 8 "$work/${2}w" 2 ;; esac
}

k=0
for seed in $(seq 101 126); do
    k=$((k + 1))
    gsd=2
    [ $((k % 5)) -eq 0 ] && gsd=1
    [ $((k % 7)) -eq 0 ] && gsd=3
    [ -d "$work/o$seed" ] || $tuban sample -q --out "$work/o$seed" --size 1400 --seed "$seed" --radiometry $((k % 6 + 1)) --gsd $gsd
done
for seed in $(seq 127 136); do
    [ -d "$work/o$seed" ] || $tuban sample -q --out "$work/o$seed" --size 1400 --seed "$seed" --radiometry $(((seed - 1) % 6 + 1)) --gsd 2
done
k=0
for seed in $(seq 301 314); do
    make_county county.py "b$seed" "$seed" $((k % 3))
    k=$((k + 1))
done
for seed in $(seq 315 318); do make_county county.py "b$seed" "$seed" $((seed % 3)); done
k=0
for seed in $(seq 61 82); do
    make_county county_b.py "c$seed" "$seed" $((k % 3))
    k=$((k + 1))
done
for letter in c d e; do
    for seed in $(seq 11 30); do
        make_county "county_$letter.py" "g$letter$seed" "$seed" $((seed % 3))
    done
done
for letter in f g; do
    for seed in $(seq 11 28); do
        make_county "county_$letter.py" "g$letter$seed" "$seed" $((seed % 3))
    done
done

# of PREFIX FIRST LAST [SUFFIX]: folders of a row of seeds.
of() { for n in $(seq "$2" "$3"); do printf '%s ' "$work/$1$n${4:-}"; done; }
these() { for name in "$@"; do printf '%s ' "$work/$name"; done; }
# A folder named a second time is read with its land survey.
# shellcheck disable=SC2046
$trainer models/bgrn pixels 64 $(of b 301 305) $(of b 301 303 v) $(of o 101 113) $(of c 61 66) $(of c 61 63 v) $(these b301w c61w) \
    $(for letter in c d e; do of "g$letter" 11 15 && of "g$letter" 11 13 v; done) \
    $(for letter in f g; do of "g$letter" 11 16 && of "g$letter" 11 13 v; done) \
    $(these b301v b303 c61 c63v c65 o102 o104 o106 o108 o110 gc11 gc13v gc14 gd12 gd13 gd15 ge11 ge13 ge12v gf11 gf13v gf14 gg12 gg13 gg15)
# shellcheck disable=SC2046
$trainer models/bgrn parcels 600 $(of b 306 318) $(of o 114 136) $(of c 67 82) $(of gc 16 30) $(of gd 16 30) $(of ge 16 30) \
    $(of gf 17 28) $(of gg 17 28) $(of b 306 309 v) $(of c 67 70 v) \
    $(for letter in c d e; do of "g$letter" 16 17 v; done) $(for letter in f g; do of "g$letter" 17 18 v; done)

# Six bands. Tuban's own counties teach parcels alone: what the pixels' forest says of a generator it has not seen is what parcels will be told by.
six() { # NAME GSD...
    name=$1
    wanted=
    shift
    for gsd in "$@"; do [ -d "$work/s${name}_$gsd" ] || wanted="$wanted $gsd:$work/s${name}_$gsd"; done
    # shellcheck disable=SC2086
    [ -z "$wanted" ] || python3 benches/blind/shortwave.py "$work/$name" "$(printf '%s\n' "$name" | cksum | cut -c1-5)" $wanted
}
named() { for n in $(seq "$2" "$3"); do printf '%s ' "$1$n"; done; }
pixels=$(named b 301 306; named c 61 66; named gc 11 15; named gd 11 15; named ge 11 15; named gf 11 16; named gg 11 16)
parcels=$(named b 307 312; named c 67 72; named gc 16 21; named gd 16 21; named ge 16 21; named gf 17 22; named gg 17 22; named o 114 125)
of_pixels=
of_parcels=
for name in $pixels; do
    six "$name" 6 16
    [ -d "$work/${name}v" ] || python3 benches/blind/recolour.py "$work/$name" 7 "$work/${name}v"
    six "${name}v" 10 30
    of_pixels="$of_pixels $work/s${name}_6 $work/s${name}_16 $work/s${name}v_10 $work/s${name}v_30"
done
for name in $parcels; do
    six "$name" 6 10 15 24
    for gsd in 6 10 15 24; do of_parcels="$of_parcels $work/s${name}_$gsd"; done
done
surveyed=$(for name in $pixels; do printf '%s ' "$work/s${name}v_30"; done)
# shellcheck disable=SC2086
$trainer models/bgrn-swir pixels 64 $of_pixels $surveyed
# shellcheck disable=SC2086
$trainer models/bgrn-swir parcels 600 $of_parcels
