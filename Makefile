# The front door. Every line explains itself with `make help`.
.DEFAULT_GOAL := build
SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
RUN ?=

.PHONY: help build run test bench fuzz soak micropython-tests conformance check format clean

help: ## this list
	@awk -F':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the program: build/ironbow
	@tools/packages build
	@tools/micropython >/dev/null || echo "building without scripts (no --board pure-thermal)"
	@cmake --preset host >build/cmake-host.log 2>&1 || { cat build/cmake-host.log; exit 1; }
	@cmake --build build/host -j $(JOBS) --target ironbow -- --quiet

run: build ## start a virtual tCam-Mini with a simulated Lepton 3.5 (RUN="…" adds options)
	@exec build/ironbow run $(RUN)

test: ## everything that must hold before a change lands
	@tools/packages build test
	@tools/micropython >/dev/null || echo "testing without scripts (no --board pure-thermal)"
	@JOBS=$(JOBS) tools/test

bench: ## print the figures (BENCH_JSON=file writes them as JSON too)
	@tools/packages build bench
	@JOBS=$(JOBS) tools/bench $(BENCH_JSON)

fuzz: ## fuzz every target, FUZZ_SECONDS each (60)
	@tools/packages build test
	@JOBS=$(JOBS) tools/fuzz $(FUZZ_SECONDS)

soak: ## hours of simulated misbehaviour at random, seeds printed (SOAK_RUNS=16 of an hour each)
	@tools/packages build test
	@JOBS=$(JOBS) tools/soak

micropython-tests: build ## MicroPython's own tests over a Pure Thermal's serial port (a minute)
	@tools/packages test
	@tools/micropython-tests

conformance: ## check any tCam camera against the specification (HOST=192.168.4.1 [DESTRUCTIVE=1])
	@test -n "$(HOST)" || { echo "make conformance HOST=192.168.4.1"; exit 2; }
	@tools/conformance $(HOST) $(if $(filter 1,$(DESTRUCTIVE)),--destructive)

check: ## only the quick checks: rooms, format
	@tools/packages test
	@tools/check_rooms
	@tools/check_format

format: ## let clang-format decide
	@tools/packages test
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove everything that was built
	rm -rf build
