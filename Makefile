# A thin Makefile: the words for what meson and script/ do.
S ?= 60

.PHONY: help build check test oom tsan fuzz corpus bench demo format clean

help: ## this list
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

build: ## debug build with sanitizers, in build-test/
	@script/test build/sanitized

check: ## form, floors, banned calls, unit tests: before each commit
	@script/test check/ unit/

test: ## everything, as continuous integration does
	@script/test

oom: ## unit tests again, with each allocation failing in turn
	@script/test oom/

tsan: ## unit tests of the folders with threads, thread sanitizer
	@script/test threads/

fuzz: ## one fuzzer for S seconds: make fuzz T=cfg S=60
	@script/fuzz $(T) $(S)

corpus: ## all seeds through all fuzzers once
	@script/test fuzz/

bench: ## the figures, of one program with N=name
	@script/bench $(N)

demo: ## calls to simulated people
	@script/demo

format: ## clang-format for all C files
	@find src test bench fuzz -name '*.[ch]' | xargs clang-format-14 -i

clean: ## removes the build directories
	rm -rf build build-test build-clang build-tsan
