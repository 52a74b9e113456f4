"""Makes Bazel repositories from Debian packages. apt fetches each package once. After that, Bazel's repository cache
stores the package under its hash."""

load(":pins.bzl", "PINS")

_PIN_COMMAND = "bazel run //third_party/debian:pin"

def _execute(ctx, words, what):
    result = ctx.execute(words, timeout = 1200)
    if result.return_code != 0:
        fail("%s failed:\n%s%s" % (what, result.stderr, result.stdout))
    return result.stdout.strip()

def _cached(ctx, sha256, output):
    """Copies a file from the repository cache. Returns whether the cache contained the file. The list of addresses is
    empty, so Bazel downloads nothing."""
    return bool(sha256) and ctx.download(url = [], output = output, sha256 = sha256, allow_fail = True).success

def _versions(ctx, package, version, sha256):
    ctx.file("versions.json", "%s\n" % json.encode(struct(package = package, version = version, sha256 = sha256)))

def _warn(ctx, pin, found):
    # buildifier: disable=print
    print("WARNING: @%s: %s %s is pinned, but this mirror or machine has %s. To pin that version, type: %s" %
          (ctx.name, pin["package"], pin["version"], found, _PIN_COMMAND))

def _fetch(ctx, pin):
    """Fetches the pinned package. If the mirror no longer has this version, prints a warning and fetches the present
    version.

    Returns a dictionary with package, version, sha256 and file.
    """
    script = ctx.path(Label("//third_party/debian:apt.py"))
    ctx.path(Label("//third_party/debian:sources.sh"))
    ctx.report_progress("fetching %s through apt" % pin["package"])
    words = ["/usr/bin/python3", "-B", script, ctx.path("apt")]
    words += [pin[key] for key in ["suite", "architecture", "ask_for", "package", "version"]]
    got = json.decode(_execute(ctx, words, "fetching %s" % pin["package"]))
    if got["version"] != pin["version"] or got["package"] != pin["package"]:
        _warn(ctx, pin, "%s %s" % (got["package"], got["version"]))
    elif got["sha256"] != pin["sha256"]:
        fail("%s %s has SHA-256 %s, but %s is pinned" % (got["package"], got["version"], got["sha256"], pin["sha256"]))
    return got

def _unpack_package(ctx, pin, pattern, folder):
    """Gets a pinned package and unpacks the files that match a shell pattern into a folder.

    Returns a dictionary with the package, version and sha256 that were used.
    """
    got = pin
    if not _cached(ctx, pin["sha256"], "package.deb"):
        got = _fetch(ctx, pin)
        ctx.download(url = ["file://" + got["file"]], output = "package.deb", sha256 = got["sha256"])
        ctx.delete("apt")
    _execute(
        ctx,
        ["sh", "-c", 'mkdir -p "$3"; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$3" --wildcards "$2"', "sh", "package.deb", "./" + pattern, folder],
        "unpacking %s" % pattern,
    )
    ctx.delete("package.deb")
    return got

def _the_file(ctx, pattern):
    """Returns the path of the only file that matches a shell pattern."""
    return _execute(ctx, ["sh", "-c", "ls -d " + pattern], "looking for %s" % pattern)

def _debian_file_impl(ctx):
    got = _unpack_package(ctx, PINS[ctx.attr.pin], ctx.attr.file, ".")
    ctx.symlink(_the_file(ctx, ctx.attr.file), ctx.attr.output)
    _versions(ctx, got["package"], got["version"], got["sha256"])
    ctx.file("BUILD", "exports_files(%r, visibility = [\"//visibility:public\"])\n" % [ctx.attr.output, "versions.json"])

debian_file = repository_rule(
    implementation = _debian_file_impl,
    attrs = {
        "file": attr.string(mandatory = True, doc = "shell pattern that matches only the needed file of the package"),
        "output": attr.string(mandatory = True, doc = "name of the file in the repository"),
        "pin": attr.string(mandatory = True, doc = "key in PINS"),
    },
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with one file of a Debian package, and versions.json.",
)

_RUN = """#!/bin/sh
# Runs a program with the libraries of its own Debian suite, which may be newer than the libraries of this machine.
root=$(dirname "$0")/root
exec "$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu:$root/usr/lib" \\
	"$root/%s" "$@"
"""

_PROGRAMS_BUILD = """
[sh_binary(
    name = name,
    srcs = [name + ".sh"],
    data = glob(["root/**"]),
    visibility = ["//visibility:public"],
) for name in %r]

exports_files(["versions.json"])
"""

def _debian_programs_impl(ctx):
    versions = []
    for name, pattern in ctx.attr.files.items():
        got = _unpack_package(ctx, PINS[name], pattern, "root")
        versions.append(struct(package = got["package"], version = got["version"], sha256 = got["sha256"]))
    names = [path.split("/")[-1] for path in ctx.attr.programs]
    for name, path in zip(names, ctx.attr.programs):
        ctx.file(name + ".sh", _RUN % path, executable = True)
    ctx.file("versions.json", "%s\n" % json.encode(versions))
    ctx.file("BUILD", _PROGRAMS_BUILD % names)

debian_programs = repository_rule(
    implementation = _debian_programs_impl,
    attrs = {
        "files": attr.string_dict(mandatory = True, doc = "for each key in PINS, a shell pattern of the files that are needed from the package"),
        "programs": attr.string_list(mandatory = True, doc = "paths of the programs in their packages"),
    },
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with programs of Debian and the libraries that they need. Each program is a target with its name.",
)

_GUEST_PROGRAMS_BUILD = """
filegroup(
    name = "files",
    srcs = glob(["root/**"]),
    visibility = ["//visibility:public"],
)

exports_files(["versions.json"])
"""

def _fetch_all(ctx, pins):
    """Fetches packages of one suite and architecture, and puts each into the repository as KEY.deb. If the mirror no
    longer has a pinned version, prints a warning and fetches the present version.

    Args:
        pins: the pins of these packages, by their keys

    Returns a list with package, version and sha256 of each package.
    """
    script = ctx.path(Label("//third_party/debian:apt.py"))
    ctx.path(Label("//third_party/debian:sources.sh"))
    ctx.report_progress("fetching %d packages through apt" % len(pins))
    first = pins.values()[0]
    words = ["/usr/bin/python3", "-B", script, "--all", ctx.path("apt"), first["suite"], first["architecture"]]
    words += ["%s=%s" % (pin["package"], pin["version"]) for pin in pins.values()]
    found = json.decode(_execute(ctx, words, "fetching packages"))
    for (name, pin), got in zip(pins.items(), found):
        if got["version"] != pin["version"]:
            _warn(ctx, pin, "%s %s" % (got["package"], got["version"]))
        elif got["sha256"] != pin["sha256"]:
            fail("%s %s has SHA-256 %s, but %s is pinned" % (got["package"], got["version"], got["sha256"], pin["sha256"]))
        ctx.download(url = ["file://" + got["file"]], output = name + ".deb", sha256 = got["sha256"])
    ctx.delete("apt")
    return found

def _debian_guest_programs_impl(ctx):
    pins = {name: PINS[name] for name in ctx.attr.files}
    missing = {name: pin for name, pin in pins.items() if not _cached(ctx, pin["sha256"], name + ".deb")}
    got = dict(pins)
    if missing:
        got.update(zip(missing, _fetch_all(ctx, missing)))
    for name, patterns in ctx.attr.files.items():
        unpack = 'mkdir -p root; file=$1; shift; dpkg-deb --fsys-tarfile "$file" | tar -x -C root --wildcards "$@"'
        _execute(
            ctx,
            ["sh", "-c", unpack, "sh", name + ".deb"] + ["./" + pattern for pattern in patterns],
            "unpacking %s" % name,
        )
        ctx.delete(name + ".deb")
    versions = [struct(package = one["package"], version = one["version"], sha256 = one["sha256"]) for one in got.values()]
    ctx.file("versions.json", "%s\n" % json.encode(versions))
    ctx.file("BUILD", _GUEST_PROGRAMS_BUILD)

debian_guest_programs = repository_rule(
    implementation = _debian_guest_programs_impl,
    attrs = {
        "files": attr.string_list_dict(
            mandatory = True,
            doc = "for each key in PINS, shell patterns of the files that are needed from the package; all of one suite and architecture",
        ),
    },
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with programs of Debian for a guest, and the libraries that they need, in the folder `root` as in a " +
          "guest's file system. versions.json lists the packages.",
)

_OPENSBI = "/usr/lib/riscv64-linux-gnu/opensbi/generic/"

def _opensbi_impl(ctx):
    pin = PINS["opensbi"]
    if not ctx.path(_OPENSBI + "fw_dynamic.bin").exists:
        fail("OpenSBI is missing in %s: run ./bazelw once, or install Debian's package opensbi (>= 1.5)" % _OPENSBI)
    version = _execute(ctx, ["dpkg-query", "-W", "-f", "${Version}", "opensbi"], "dpkg-query")
    sha256 = _execute(ctx, ["sha256sum", _OPENSBI + "fw_dynamic.bin"], "sha256sum").split(" ")[0]
    if version not in [other["version"] for name, other in PINS.items() if name.startswith("opensbi")]:
        _warn(ctx, pin, version)
    elif version == pin["version"] and sha256 != pin["sha256"]:
        fail("%sfw_dynamic.bin of opensbi %s has SHA-256 %s, but %s is pinned" % (_OPENSBI, version, sha256, pin["sha256"]))
    files = ["fw_dynamic.bin", "fw_dynamic.elf", "fw_jump.bin"]
    for file in files:
        ctx.symlink(_OPENSBI + file, file)
    _versions(ctx, "opensbi", version, sha256)
    ctx.file("BUILD", "exports_files(%r, visibility = [\"//visibility:public\"])\n" % (files + ["versions.json"]))

debian_opensbi = repository_rule(
    implementation = _opensbi_impl,
    configure = True,
    local = True,
    doc = "A repository with OpenSBI's generic firmware that is installed on this machine. It warns unless the version is pinned for " +
          "a release of Debian. versions.json has the hash of fw_dynamic.bin.",
)

def _libfdt_impl(ctx):
    pin = PINS["libfdt"]
    got = pin
    if not _cached(ctx, pin["files_sha256"], "libfdt.tar"):
        script = ctx.path(Label("//third_party/debian:libfdt.py"))
        ctx.path(Label("//third_party/debian:archive.py"))
        got = _fetch(ctx, pin)
        _execute(ctx, ["/usr/bin/python3", "-B", script, got["file"], "libfdt.tar"], "unpacking libfdt")
        ctx.delete("apt")
        sha256 = _execute(ctx, ["sha256sum", "libfdt.tar"], "sha256sum").split(" ")[0]
        if got["version"] == pin["version"] and sha256 != pin["files_sha256"]:
            fail("libfdt of %s has SHA-256 %s, but %s is pinned" % (got["package"], sha256, pin["files_sha256"]))
        ctx.download(url = ["file://%s" % ctx.path("libfdt.tar")], output = "cached.tar", sha256 = sha256)
        ctx.delete("cached.tar")
    _execute(ctx, ["tar", "-xf", "libfdt.tar"], "unpacking libfdt")
    ctx.delete("libfdt/libfdt_env.h")
    ctx.symlink(Label("//third_party/debian:libfdt_env.h"), "libfdt/libfdt_env.h")
    ctx.symlink(Label("//third_party/debian:libfdt.BUILD"), "BUILD")
    _versions(ctx, got["package"], got["version"], got["sha256"])

debian_libfdt = repository_rule(
    implementation = _libfdt_impl,
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with libfdt's sources from Debian's package of the kernel's sources.",
)

def _debian_sources_impl(ctx):
    pin = PINS[ctx.attr.pin]
    got = pin
    if not _cached(ctx, pin["sha256"], "source.tar.xz"):
        got = _fetch(ctx, pin)
        ctx.download(url = ["file://" + got["file"]], output = "source.tar.xz", sha256 = got["sha256"])
        ctx.delete("apt")
    names = ["*/" + file for file in ctx.attr.files]
    _execute(ctx, ["tar", "-xf", "source.tar.xz", "--strip-components=1", "--wildcards"] + names, "unpacking %s" % ctx.attr.pin)
    ctx.delete("source.tar.xz")
    for name, content in ctx.attr.more_files.items():
        ctx.file(name, content)
    ctx.symlink(ctx.attr.build_file, "BUILD")
    _versions(ctx, got["package"], got["version"], got["sha256"])

debian_sources = repository_rule(
    implementation = _debian_sources_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "files": attr.string_list(mandatory = True, doc = "shell patterns of the files that are needed from the original sources"),
        "more_files": attr.string_dict(doc = "the contents of further files, by their names"),
        "pin": attr.string(mandatory = True, doc = "key in PINS"),
    },
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with files of a Debian source package, without Debian's changes.",
)

def _linux_headers_impl(ctx):
    pin = PINS["linux_headers"]
    kernel = json.decode(ctx.read(ctx.attr.kernel))
    got = pin
    as_pinned = kernel["package"] == pin["kernel"] and kernel["version"] == pin["version"]
    if not as_pinned or not _cached(ctx, pin["files_sha256"], "linux_headers.tar"):
        script = ctx.path(Label("//third_party/debian:linux_headers.py"))
        for needed in ["apt.py", "archive.py", "sources.sh"]:
            ctx.path(Label("//third_party/debian:" + needed))
        ctx.report_progress("fetching the headers of %s through apt" % kernel["package"])
        words = ["/usr/bin/python3", "-B", script, ctx.path("apt"), pin["suite"], kernel["package"], kernel["version"]]
        got = json.decode(_execute(ctx, words, "fetching the headers of %s" % kernel["package"]))
        if got["libc"] != pin["libc"]:
            _warn(ctx, {"package": "libc6", "version": pin["libc"]}, got["libc"])
        elif as_pinned and got["sha256"] != pin["files_sha256"]:
            fail("the archive of %s has SHA-256 %s, but %s is pinned" % (got["package"], got["sha256"], pin["files_sha256"]))
        archive = "file://%s" % ctx.path("apt/linux_headers.tar")
        ctx.download(url = [archive], output = "linux_headers.tar", sha256 = got["sha256"])
        ctx.delete("apt")
    sha256 = got["files_sha256"] if got == pin else got["sha256"]
    _versions(ctx, got["package"], got["version"], sha256)
    ctx.file("BUILD", "exports_files(%r, visibility = [\"//visibility:public\"])\n" % ["linux_headers.tar", "versions.json"])

debian_linux_headers = repository_rule(
    implementation = _linux_headers_impl,
    attrs = {"kernel": attr.label(mandatory = True, doc = "versions.json of the kernel's repository")},
    environ = ["HARTSCOPE_DEBIAN_MIRROR"],
    doc = "A repository with linux_headers.tar: the headers and tools that build a module for exactly this kernel (see linux_headers.py).",
)
