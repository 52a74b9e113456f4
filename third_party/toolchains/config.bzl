"""Defines the compiler flags of the RISC-V toolchains as Bazel features."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "env_entry",
    "env_set",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
)

_COMPILE = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.assemble,
    ACTION_NAMES.preprocess_assemble,
]
_COMPILE_C = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile]
_LINK = [ACTION_NAMES.cpp_link_executable]

# With these flags, the output does not depend on the folder of the tree or on the folders of Bazel. Bazel runs the
# compiler in /proc/self/cwd, and adds another -frandom-seed.
_REPRODUCIBLE = [
    "-no-canonical-prefixes",
    "-fno-canonical-system-headers",
    "-ffile-prefix-map=/proc/self/cwd=.",
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
]

def _flags(actions, flags):
    return flag_set(actions = actions, flag_groups = [flag_group(flags = flags)])

def _feature(name, sets, enabled = True):
    return feature(name = name, enabled = enabled, flag_sets = sets)

def _version(version):
    """Adds the version of the compiler to the environment of each action, so that Bazel does not use cached results of
    another compiler."""
    entries = [env_entry(key = "RISCV_GCC_VERSION", value = version)]
    return feature(
        name = "version",
        enabled = True,
        env_sets = [env_set(actions = _COMPILE + _LINK, env_entries = entries)],
    )

def _features(ctx):
    return [
        _version(ctx.attr.version),
        _feature("machine", [_flags(_COMPILE + _LINK, ctx.attr.machine)] if ctx.attr.machine else []),
        _feature("reproducible", [_flags(_COMPILE, _REPRODUCIBLE)]),
        _feature("compile", [_flags(_COMPILE_C, ctx.attr.compile)]),
        _feature("debug_information", [_flags(_COMPILE, ["-g"])]),
        _feature("optimise", [_flags(_COMPILE_C, ["-O2"])]),
        _feature("link", [_flags(_LINK, ctx.attr.link)]),
        # Linker relaxation needs the register gp. A program that sets gp may enable linker relaxation with features =
        # ["-no_relax"].
        _feature("no_relax", [_flags(_LINK, ["-Wl,--no-relax"])] if ctx.attr.freestanding else []),
        # Enable LTO with features = ["lto"] on each target of the program, or with --features=lto for a whole image.
        _feature("lto", [
            _flags(_COMPILE_C, ["-flto"]),
            _flags(_LINK, ["-flto", "-flto-partition=none", "-O2"]),
        ], enabled = False),
    ]

def _cc_toolchain_config_impl(ctx):
    prefix = ctx.attr.prefix
    tools = {
        "ar": "gcc-ar",
        "cpp": "gcc",
        "gcc": "gcc",
        "gcov": "gcov",
        "ld": "ld",
        "nm": "nm",
        "objcopy": "objcopy",
        "objdump": "objdump",
        "strip": "strip",
    }
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "none" if ctx.attr.freestanding else "glibc",
        abi_version = "lp64" if ctx.attr.freestanding else "lp64d",
        compiler = "gcc",
        cxx_builtin_include_directories = ctx.attr.include_directories,
        features = _features(ctx),
        host_system_name = "local",
        target_cpu = "riscv64",
        target_libc = "none" if ctx.attr.freestanding else "glibc",
        target_system_name = "riscv64",
        tool_paths = [tool_path(name = name, path = prefix + tool) for name, tool in tools.items()],
        toolchain_identifier = "riscv64_none" if ctx.attr.freestanding else "riscv64_linux",
    )

riscv_cc_toolchain_config = rule(
    implementation = _cc_toolchain_config_impl,
    attrs = {
        "compile": attr.string_list(doc = "flags for each C compilation"),
        "freestanding": attr.bool(doc = "whether programs run without an operating system and a C library"),
        "include_directories": attr.string_list(doc = "the compiler's own header directories"),
        "link": attr.string_list(doc = "flags for each link"),
        "machine": attr.string_list(doc = "flags for architecture and ABI, in compilations, assembling and links"),
        "prefix": attr.string(mandatory = True, doc = "folder and name prefix of the tools"),
        "version": attr.string(mandatory = True, doc = "the compiler's version"),
    },
    provides = [CcToolchainConfigInfo],
)
