#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# gcc compiles and links a small C program, which then runs.
. /hartscope/workloads/common.sh

ln -s /usr/lib/riscv64-linux-gnu /lib/riscv64-linux-gnu

# Debian's gcc would load a plugin into the linker, which only programs with link-time optimization need.
compile() { gcc -O2 -fno-use-linker-plugin -o /tmp/program /hartscope/workloads/program.c; }
timed build compile
/tmp/program || fail "the program that was built ended with $?"
