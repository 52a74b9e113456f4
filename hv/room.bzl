"""Defines hv_room, which builds a room. A room is a folder of hv that is built as one library, with its unit tests."""

load("//hv:riscv.bzl", "if_riscv", "unless_riscv")

# The source files of all rooms, except hv/crypto, which mutations and proofs do not change and which needs the sources of
# others.
ROOM_SOURCES = ["//hv/%s:sources" % room for room in [
    "arch",
    "core",
    "device",
    "libc",
    "log",
    "module",
    "platform",
    "ring",
    "virt",
]]

def _config_transition_impl(_settings, attr):
    return {"//hv:config": attr.config + ".config", "//hv:modules": attr.config + ".modules"}

_config_transition = transition(
    implementation = _config_transition_impl,
    inputs = [],
    outputs = ["//hv:config", "//hv:modules"],
)

def _configured_test_impl(ctx):
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = ctx.executable.test, is_executable = True)
    return DefaultInfo(executable = executable, runfiles = ctx.attr.test[0][DefaultInfo].default_runfiles)

# A test that Bazel builds for one configuration of hv.
_configured_test = rule(
    implementation = _configured_test_impl,
    attrs = {
        "config": attr.string(mandatory = True),
        "test": attr.label(mandatory = True, cfg = _config_transition, executable = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

# Criterion names a socket in /tmp by its process id, which is the same in each sandbox.
_TAGS = ["no-sandbox"]

def host_test(name, deps, config = None, src = None):
    """Builds NAME.c as a Criterion unit test on the host.

    Args:
      name: name of the test
      deps: the libraries that it tests
      config: if given, the test and its libraries are built with the hv_config CONFIG.config and the modules in
        CONFIG.modules; otherwise they are built without modules
      src: the file of the test, if it is not NAME.c
    """
    if config:
        _configured_test(
            name = name,
            size = "small",
            config = config,
            tags = _TAGS,
            test = name + ".configured",
        )
    native.cc_test(
        name = name + ".configured" if config else name,
        size = "small",
        srcs = [src or name + ".c"],
        linkstatic = True,
        tags = _TAGS + (["manual"] if config else []),
        deps = deps + [
            "//hv/testing",
            "@criterion",
        ],
    )

def hv_room(name, deps = [], exclude = [], small = [], **kwargs):
    """Builds the C files of this folder as a library, and each NAME_test.c as a unit test on the host.

    Args:
      name: name of the library and of the folder
      deps: the rooms that this room may use
      exclude: files that belong to other targets
      small: files whose code does not run in ordinary exits; they are compiled for size, not for speed
      **kwargs: attributes of cc_library
    """
    if small:
        native.cc_library(
            name = name + ".small",
            srcs = small,
            hdrs = native.glob(["*.h"]),
            copts = ["-Os"],
            features = ["lto"],
            deps = deps,
            **kwargs
        )
    native.cc_library(
        name = name,
        srcs = native.glob(
            ["*.c"],
            exclude = exclude + small + ["*_test.c"],
        ) + unless_riscv(small),
        hdrs = native.glob(["*.h"]),
        features = ["lto"],
        deps = deps + (if_riscv([":" + name + ".small"]) if small else []),
        **kwargs
    )
    for test in native.glob(
        ["*_test.c"],
        exclude = exclude + ["*_qemu_test.c"],
    ):
        host_test(
            name = test[:-len(".c")],
            deps = [":" + name],
        )
    native.filegroup(
        name = "sources",
        srcs = native.glob(["**"]),
        visibility = ["//visibility:public"],
    )
