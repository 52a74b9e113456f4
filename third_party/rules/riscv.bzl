"""Defines rules that always build programs for RISC-V, no matter for which platform Bazel builds everything else.

riscv_elf(name, binary)            makes NAME.elf and NAME.bin from a cc_binary for bare metal
riscv_linux_elf(name, binary)      makes NAME.elf from a cc_binary that is a static Linux program
asm_offsets(name, src, deps, out)  makes a header with offsets in structures, for assembly files
"""

load(":asm_offsets.bzl", _asm_offsets = "asm_offsets")

asm_offsets = _asm_offsets

def _none_impl(settings, attr):
    return {"//command_line_option:platforms": "//third_party/platforms:riscv64_none"}

riscv_none_transition = transition(
    implementation = _none_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

def _linux_impl(settings, attr):
    return {"//command_line_option:platforms": "//third_party/platforms:riscv64_linux"}

riscv_linux_transition = transition(
    implementation = _linux_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

def _riscv_elf_impl(ctx):
    binary = ctx.attr.binary[0][DefaultInfo].files_to_run.executable
    ctx.actions.symlink(output = ctx.outputs.elf, target_file = binary, is_executable = True)
    ctx.actions.run(
        outputs = [ctx.outputs.bin],
        inputs = [binary],
        executable = ctx.executable._objcopy,
        arguments = ["-O", "binary", binary.path, ctx.outputs.bin.path],
        mnemonic = "RiscvBin",
    )
    return DefaultInfo(files = depset([ctx.outputs.elf, ctx.outputs.bin]))

riscv_elf = rule(
    implementation = _riscv_elf_impl,
    attrs = {
        "binary": attr.label(
            mandatory = True,
            cfg = riscv_none_transition,
            executable = True,
            doc = "a cc_binary that is compatible with //third_party/platforms:riscv64_none",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_objcopy": attr.label(
            default = "@riscv_none//:objcopy",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
    },
    outputs = {
        "bin": "%{name}.bin",
        "elf": "%{name}.elf",
    },
    doc = "Builds a bare-metal image, whatever the platform of the build is: NAME.elf, and NAME.bin, which has the bytes in memory.",
)

def _riscv_linux_elf_impl(ctx):
    binary = ctx.attr.binary[0][DefaultInfo].files_to_run.executable
    ctx.actions.symlink(output = ctx.outputs.elf, target_file = binary, is_executable = True)
    return DefaultInfo(files = depset([ctx.outputs.elf]))

riscv_linux_elf = rule(
    implementation = _riscv_linux_elf_impl,
    attrs = {
        "binary": attr.label(
            mandatory = True,
            cfg = riscv_linux_transition,
            executable = True,
            doc = "a cc_binary that is compatible with //third_party/platforms:riscv64_linux",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    outputs = {"elf": "%{name}.elf"},
    doc = "Builds a static Linux program for a guest, whatever the platform of the build is: NAME.elf.",
)
