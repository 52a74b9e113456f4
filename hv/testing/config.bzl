"""Defines testing_config, a configuration for unit tests on the host."""

load("//hv:hv.bzl", "declaration_of", "hv_config")

def testing_config(name, module = None):
    """Defines the configuration NAME.toml for host_test(config = "//hv/testing:NAME").

    Args:
      name: the name of the configuration
      module: the hv_module of this folder that the configuration enables, if it enables one
    """
    hv_config(
        name = name + ".config",
        config_name = name,
        modules = [declaration_of("//%s:%s" % (native.package_name(), module))] if module else [],
        toml = name + ".toml",
        visibility = ["//visibility:public"],
    )
    native.cc_library(
        name = name + ".modules",
        tags = ["manual"],
        visibility = ["//visibility:public"],
        deps = [":" + module] if module else [],
    )
