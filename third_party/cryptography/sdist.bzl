"""Makes a Bazel repository from the sources of a Python package. pip fetches them once. After that, Bazel's repository
cache stores them under their hash."""

load("//third_party/perfetto_ui:wheel.bzl", "fetch_with_pip")

SDISTS = {
    "pyhacl": struct(
        version = "1.0.1",
        sha256 = "2c7653b79fca0a00540602baeb2ab9774e4736de79561e67f755bcddf9ec7598",
    ),
}

_SELECTION = ["--no-binary=:all: --no-build-isolation"]

# Before pip saves the sources of a package, it asks setuptools for the package's metadata, and setuptools would run the
# package's setup.py. This module answers instead, so that no code of the package runs.
_SETUPTOOLS = '''
import pathlib

def prepare_metadata_for_build_wheel(directory, settings=None):
    folder = pathlib.Path(directory) / "{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return folder.name
'''

def _sdist_impl(ctx):
    name = ctx.attr.package
    version = SDISTS[name].version
    ctx.file("setuptools/__init__.py", "")
    ctx.file("setuptools/build_meta.py", _SETUPTOOLS.format(name = name, version = version))
    fetch_with_pip(ctx, name, SDISTS[name], "sdist.tar.gz", _SELECTION, environment = {"PYTHONPATH": str(ctx.path("."))})
    ctx.extract("sdist.tar.gz", stripPrefix = "%s-%s/%s" % (name, version, ctx.attr.prefix))
    ctx.delete("sdist.tar.gz")
    ctx.delete("setuptools")
    for path, content in ctx.attr.more_files.items():
        ctx.file(path, content)
    ctx.symlink(ctx.attr.build_file, "BUILD")

sdist_repository = repository_rule(
    implementation = _sdist_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "more_files": attr.string_dict(doc = "the contents of further files, by their names"),
        "package": attr.string(mandatory = True, doc = "key in SDISTS"),
        "prefix": attr.string(mandatory = True, doc = "the folder of the sources to unpack"),
    },
    doc = "A repository with a folder of the sources of a Python package.",
)
