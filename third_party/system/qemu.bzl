"""Makes a repository for the QEMU that is installed on this machine.

The version of QEMU is an input of every test that runs a guest, so that an upgrade of QEMU invalidates cached results.
The plugins are built for the plugin interface of this version.
"""

_PROGRAM = "qemu-system-riscv64"

def _plugin_interface(version):
    """Returns the version of the plugin interface that a QEMU of this version accepts."""
    release = tuple([int(part) for part in version.split(" version ")[-1].split(" ")[0].split(".")[:2] if part.isdigit()])
    if release >= (11,):
        return 7
    return 6 if release >= (10, 2) else 4

def _qemu_impl(ctx):
    program = ctx.which(_PROGRAM)
    version = "none"
    if program:
        # Because of this link, Bazel notices when the program is replaced.
        ctx.symlink(program, "program")
        version = ctx.execute([program, "--version"]).stdout.split("\n")[0]
    ctx.file("versions.json", "%s\n" % json.encode(struct(package = _PROGRAM, version = version)))
    ctx.file("plugin_interface.bzl", "PLUGIN_INTERFACE = %d\n" % _plugin_interface(version))
    ctx.file("BUILD", "exports_files([\"versions.json\"], visibility = [\"//visibility:public\"])\n")

qemu_repository = repository_rule(
    implementation = _qemu_impl,
    configure = True,
    local = True,
    doc = "versions.json has QEMU's version, plugin_interface.bzl that of its plugin interface. Without QEMU the version is `none`, and " +
          "tests that run guests fail.",
)
