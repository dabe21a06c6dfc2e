# Two commands are all a newcomer needs; both install what is missing first (README: "Try it").
#
#   make demo    build, make a county, scan it
#   make test    formatting, lints, tests, documentation

CARGO ?= cargo
TUBAN = target/release/tuban
COUNTY = demo/county
RUN = demo/run

.PHONY: help demo test bench bench-accuracy pictures deps build

help:
	@echo 'make demo      build tuban, generate a county, scan it; ends with the summary and the report'"'"'s path'
	@echo 'make test      formatting, lints, tests, documentation: what continuous integration runs'
	@echo 'make bench     how long kernels and whole scans take, by threads and area'
	@echo 'make bench-accuracy  how well it does on generated counties, or on SAMPLES=folder, beside baselines'
	@echo 'make pictures  make the pictures of the README again (needs chromium for the page)'
	@echo 'make deps      install what is missing (apt), or say how'
	@echo 'make build     only build $(TUBAN)'

deps:
	@sh scripts/deps.sh

build: deps
	$(CARGO) build --release --locked

# From nothing every time: the generator refuses a folder in use, and the same seed gives the same county anyway.
demo: build
	@rm -rf $(COUNTY) $(RUN)
	$(TUBAN) sample --out $(COUNTY)
	$(TUBAN) scan --before $(COUNTY)/before.tif --after $(COUNTY)/after.tif --list $(COUNTY)/list.shp \
	  --towns $(COUNTY)/towns.gpkg --landuse $(COUNTY)/landuse.gpkg \
	  --basic-farmland $(COUNTY)/basic_farmland.gpkg --protected $(COUNTY)/protected.gpkg \
	  --approvals $(COUNTY)/approvals.shp --facility-filings $(COUNTY)/facility_filings.gpkg \
	  --temporary-permits $(COUNTY)/temporary_permits.shp --out $(RUN)

test:
	@sh scripts/deps.sh test
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --locked

bench: deps
	$(CARGO) bench --locked --bench kernels --bench pipeline --bench scaling

# benches/RESULTS.md is what this writes, of generated counties; with SAMPLES=folder of tiles it is benches/RESULTS-tiles.md.
bench-accuracy: build
	$(TUBAN) bench $(if $(SAMPLES),--samples $(SAMPLES)) --baselines --lang en --out demo/bench
	cp demo/bench/results.md benches/RESULTS$(if $(SAMPLES),-tiles).md
	$(if $(SAMPLES),,cp demo/bench/pictures/county_seed-11.png docs/pictures/bench.png)

# The part of the demo county that is shown (its verdicts agree with the truth); without it one is looked for.
WINDOW = 1780,1600,225,300

pictures: demo
	sh scripts/pictures.sh $(COUNTY) $(RUN) docs/pictures $(WINDOW)
