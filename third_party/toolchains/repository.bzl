"""Finds a gcc for RISC-V. If the user sets RISCV_TOOLCHAIN=DIR, this is the gcc in DIR, which must have the layout of
an installed riscv-gnu-toolchain. Otherwise it is Debian's gcc."""

_TOOLS = ["gcc", "gcc-ar", "gcov", "ld", "nm", "objcopy", "objdump", "readelf", "size", "strip"]

def _prefix(ctx):
    """Returns the common prefix of the tools' paths, and whether the tools exist."""
    directory = ctx.os.environ.get("RISCV_TOOLCHAIN", "")
    if directory:
        own = directory + "/bin/" + ctx.attr.directory_prefix
        if ctx.path(own + "gcc").exists:
            return own, True
        if not ctx.attr.optional:
            fail("RISCV_TOOLCHAIN=%s: there is no program %sgcc" % (directory, own))
    gcc = ctx.which(ctx.attr.system_prefix + "gcc")
    if not gcc:
        return "/usr/bin/" + ctx.attr.system_prefix, False
    return str(gcc)[:-len("gcc")], True

def _include_directories(ctx, gcc):
    """Returns the directories with gcc's own headers. Bazel accepts these headers as inputs only if Bazel knows the
    directories."""
    result = ctx.execute([gcc, "-xc", "-E", "-v", "/dev/null"], environment = {"LC_ALL": "C"})
    if result.return_code != 0:
        fail("%s does not run: %s" % (gcc, result.stderr))
    lines = result.stderr.split("\n")
    first = lines.index("#include <...> search starts here:") + 1
    last = lines.index("End of search list.")
    named = [ctx.path(line.strip()) for line in lines[first:last]]
    found = {str(path): True for path in named}
    found.update({str(path.realpath): True for path in named})
    return found.keys()

def _version(ctx, gcc):
    return ctx.execute([gcc, "-dumpfullversion"]).stdout.strip()

def _riscv_toolchain_repository_impl(ctx):
    prefix, found = _prefix(ctx)
    gcc = prefix + "gcc"
    ctx.file("toolchain.bzl", "\n".join([
        "PREFIX = %r" % prefix,
        "VERSION = %r" % (_version(ctx, gcc) if found else "missing"),
        "INCLUDE_DIRECTORIES = %r" % (_include_directories(ctx, gcc) if found else []),
        "",
    ]))
    present = [tool for tool in _TOOLS if ctx.path(prefix + tool).exists]
    for tool in present:
        ctx.symlink(prefix + tool, tool)
    ctx.file("BUILD", "exports_files(%r, visibility = [\"//visibility:public\"])\n" % present)

riscv_toolchain_repository = repository_rule(
    implementation = _riscv_toolchain_repository_impl,
    attrs = {
        "directory_prefix": attr.string(mandatory = True, doc = "name prefix of the tools in RISCV_TOOLCHAIN/bin"),
        "optional": attr.bool(doc = "whether to use Debian's tools if RISCV_TOOLCHAIN lacks these"),
        "system_prefix": attr.string(mandatory = True, doc = "name prefix of Debian's tools"),
    },
    configure = True,
    environ = ["RISCV_TOOLCHAIN", "PATH"],
    local = True,
)
