"""Makes @user_config//:config from a file outside the tree, which --repo_env=HARTSCOPE_CONFIG=/FILE.toml names."""

_FOUND = """load("@hartscope//hv:hv.bzl", "declaration_of", "hv_config")
load("@hartscope//modules:modules.bzl", "MODULES")

hv_config(
    name = "config",
    config_name = %r,
    modules = [declaration_of("@hartscope" + module) for module in MODULES],
    shown_as = %r,
    toml = "config.toml",
    visibility = ["//visibility:public"],
)
"""

_MISSING = """load("@hartscope//configs:user_config.bzl", "no_user_config")

no_user_config(
    name = "config",
    reason = %r,
    visibility = ["//visibility:public"],
)
"""

def _no_user_config_impl(ctx):
    fail(ctx.attr.reason)

no_user_config = rule(
    implementation = _no_user_config_impl,
    attrs = {"reason": attr.string()},
    doc = "Fails when it is built, not when the repository is fetched, so that queries still work.",
)

def _user_config_repository_impl(ctx):
    path = ctx.os.environ.get("HARTSCOPE_CONFIG", "")
    if not path:
        ctx.file("BUILD", _MISSING % "no configuration is named: add --repo_env=HARTSCOPE_CONFIG=/FILE.toml")
    elif not path.startswith("/"):
        ctx.file("BUILD", _MISSING % ("HARTSCOPE_CONFIG=%s is not an absolute path" % path))
    elif not path.endswith(".toml") or not ctx.path(path).exists:
        ctx.file("BUILD", _MISSING % ("HARTSCOPE_CONFIG=%s: there is no such file, or its name does not end in .toml" % path))
    else:
        # This is a link and not a copy, so that Bazel sees when the file changes.
        ctx.symlink(path, "config.toml")
        ctx.file("BUILD", _FOUND % (path.split("/")[-1][:-len(".toml")], path))

user_config_repository = repository_rule(
    implementation = _user_config_repository_impl,
    environ = ["HARTSCOPE_CONFIG"],
    local = True,
)
