"""Defines tests that boot Linux several times. These tests belong to the long set //:long, and `bazel test //...` does
not run them."""

def boots_test(name, arguments, boots = 1, config = None):
    """Defines a test that boots Linux several times.

    Args:
      name: the name of the test
      arguments: the arguments for boot_qemu
      boots: how many boots to run, one after another; all must succeed
      config: hv's configuration (default: boot_qemu's)
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
