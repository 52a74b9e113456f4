"""QEMU as installed on this machine: its version is an input of every test that runs a guest, so that cached results
fall after an upgrade."""

_PROGRAM = "qemu-system-riscv64"

def _qemu_impl(ctx):
    program = ctx.which(_PROGRAM)
    version = "none"
    if program:
        # A link, so that Bazel sees when the program is replaced.
        ctx.symlink(program, "program")
        version = ctx.execute([program, "--version"]).stdout.split("\n")[0]
    ctx.file("versions.json", "%s\n" % json.encode(struct(package = _PROGRAM, version = version)))
    ctx.file("BUILD", "exports_files([\"versions.json\"], visibility = [\"//visibility:public\"])\n")

qemu_repository = repository_rule(
    implementation = _qemu_impl,
    configure = True,
    local = True,
    doc = "versions.json with QEMU's version. Without QEMU it says `none`, and what runs guests fails when it runs.",
)
