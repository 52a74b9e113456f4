"""Tests of the long set: many boots of one kind. In //:long, not in `bazel test //...`."""

def boots_test(name, arguments, boots = 1, config = None):
    """A test that boots Linux several times.

    Args:
      name: of the test
      arguments: of boot_qemu
      boots: how many, one after another; all must succeed
      config: hv's configuration; without one boot_qemu's default
    """
    native.py_test(
        name = name,
        srcs = ["boots_test.py"],
        args = ["--boots=%d" % boots] + (["--config=" + config] if config else []) + arguments,
        data = ["//configs:" + config] if config else [],
        main = "boots_test.py",
        tags = [
            "exclusive",
            "long",
            "manual",
        ],
        deps = [":boot_qemu"],
    )
