"""Defines configurations that accept only the kernel that the build has fetched."""

load("//hv:hv.bzl", "declaration_of", "hv_config")
load("//modules:modules.bzl", "MODULES")

KERNEL = "@debian_kernel//:Image"
MEASURE = "//modules/protect_payload:measure"

def measured_config(name):
    """Completes configs/NAME.toml by the table [protect_payload] for Debian's kernel.

    The completed file is configs/measured/NAME.toml among the files that the build makes. Errors name configs/NAME.toml: a line has
    the same number in both files, because the table is at the end.

    Args:
      name: name of the configuration; the target is NAME.config
    """
    native.genrule(
        name = name + ".measured",
        srcs = [
            name + ".toml",
            KERNEL,
        ],
        outs = ["measured/%s.toml" % name],
        cmd = "$(execpath %s) $(execpath %s) --config=$(execpath %s.toml) > $@" % (MEASURE, KERNEL, name),
        tools = [MEASURE],
    )
    hv_config(
        name = name + ".config",
        config_name = name,
        modules = [declaration_of(module) for module in MODULES],
        shown_as = "%s/%s.toml" % (native.package_name(), name),
        toml = "measured/%s.toml" % name,
        visibility = ["//visibility:public"],
    )
