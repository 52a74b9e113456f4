"""hv_room: a folder of hv as one library with its unit tests."""

def host_test(name, deps):
    """NAME.c as a Criterion unit test on the host.

    Args:
      name: of the test and its file
      deps: what it tests
    """
    native.cc_test(
        name = name,
        size = "small",
        srcs = [name + ".c"],
        linkstatic = True,
        # Criterion names a socket in /tmp by its process id, which is the same in each sandbox.
        tags = ["no-sandbox"],
        deps = deps + [
            "//hv/testing",
            "@criterion",
        ],
    )

# On the host a room is one library: the linker looks into each only once, and a room's files call each other.
def _if_riscv(value):
    return select({"//hv/arch:is_riscv": value, "//conditions:default": []})

def _unless_riscv(value):
    return select({"//hv/arch:is_riscv": [], "//conditions:default": value})

def hv_room(name, deps = [], exclude = [], small = [], **kwargs):
    """The C files of this folder as a library, and each NAME_test.c as a unit test on the host.

    Args:
      name: of the library, and of the folder
      deps: the rooms that this one may use
      exclude: files that belong to other targets
      small: files of which nothing is on the way of an exit: they are compiled to be small, not fast
      **kwargs: of cc_library
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
        ) + _unless_riscv(small),
        hdrs = native.glob(["*.h"]),
        features = ["lto"],
        deps = deps + (_if_riscv([":" + name + ".small"]) if small else []),
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
