"""Rules that keep modules which a configuration does not enable out of the build of its image.

All configurations may name all modules of the tree, and Bazel learns only from config.json which of them a configuration enables.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

HvConfigInfo = provider(
    "A configuration, not yet read.",
    fields = {
        "name": "its name",
        "toml": "the file",
        "shown_as": "the file's name in errors",
        "modules": "list of HvModuleInfo that this configuration may name",
    },
)

_TOOL = attr.label(default = "//hv/config:enabled", cfg = "exec", executable = True)
_CONFIG_JSON = attr.label(default = "//hv/config:config.json", allow_single_file = True)

def _enabled_sources_impl(ctx):
    outs = [ctx.actions.declare_file("%s/%s" % (ctx.label.name, source.basename)) for source in ctx.files.srcs]

    # Unit tests without a configuration of their own may test any module.
    config = ctx.file._config_json.path if ctx.attr._config[HvConfigInfo].modules else "all"
    arguments = ["sources", config, ctx.attr.module]
    for source, out in zip(ctx.files.srcs, outs):
        arguments += [source.short_path, out.path]
    if outs:
        ctx.actions.run(
            outputs = outs,
            inputs = [ctx.file._config_json],
            executable = ctx.executable._tool,
            arguments = arguments,
            mnemonic = "HvModule",
        )
    return DefaultInfo(files = depset(outs))

enabled_sources = rule(
    implementation = _enabled_sources_impl,
    attrs = {
        "module": attr.string(mandatory = True, doc = "the module's name"),
        "srcs": attr.label_list(mandatory = True, allow_files = [".c"], doc = "the module's C files"),
        "_config": attr.label(default = "//hv:config", providers = [HvConfigInfo]),
        "_config_json": _CONFIG_JSON,
        "_tool": _TOOL,
    },
    doc = "For each C file of a module, a C file that includes it if the configuration enables the module, and is empty otherwise.",
)

def _libraries(module):
    """Returns the archives of the hv_module() @p module itself, and what else a program with this module links."""
    own, others = [], []
    for each in module[CcInfo].linking_context.linker_inputs.to_list():
        if each.owner in (module.label, module.label.relative(":" + module.label.name + ".small")):
            own += [library.static_library or library.pic_static_library for library in each.libraries]
        else:
            others.append(each)
    return own, others

def _archive(ctx, toolchain):
    """Merges the archives of the enabled modules. Returns the linking context of a program with these modules."""
    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    program = cc_common.get_tool_for_action(feature_configuration = features, action_name = ACTION_NAMES.cpp_link_static_library)
    merged = ctx.actions.declare_file(ctx.label.name + ".a")
    arguments = ["archive", ctx.file._config_json.path, program, merged.path]
    archives, others = [], []
    for module in ctx.attr.modules:
        own, other = _libraries(module)
        archives += own
        others += other
        for archive in own:
            arguments += [module.label.name, archive.path]
    ctx.actions.run(
        outputs = [merged],
        inputs = depset([ctx.file._config_json] + archives, transitive = [toolchain.all_files]),
        executable = ctx.executable._tool,
        arguments = arguments,
        env = {"PATH": "/usr/bin:/bin"},
        mnemonic = "HvModules",
    )
    library = cc_common.create_library_to_link(
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        static_library = merged,
    )
    first = cc_common.create_linker_input(owner = ctx.label, libraries = depset([library]))
    return cc_common.create_linking_context(linker_inputs = depset([first] + others, order = "topological"))

def _headers(ctx):
    """Copies the headers of the enabled modules to one folder. Returns the compilation context of a file that includes them."""
    folder = ctx.actions.declare_directory(ctx.label.name + ".headers")
    arguments = ["headers", ctx.file._config_json.path, folder.path]
    headers = []
    for module in ctx.attr.modules:
        for header in module[CcInfo].compilation_context.direct_public_headers:
            headers.append(header)
            arguments += [module.label.name, header.path, header.short_path]
    ctx.actions.run(
        outputs = [folder],
        inputs = [ctx.file._config_json] + headers,
        executable = ctx.executable._tool,
        arguments = arguments,
        mnemonic = "HvHeaders",
    )
    return cc_common.create_compilation_context(headers = depset([folder]), quote_includes = depset([folder.path]))

def _enabled_modules_impl(ctx):
    own = CcInfo(compilation_context = _headers(ctx), linking_context = _archive(ctx, find_cpp_toolchain(ctx)))
    others = [CcInfo(compilation_context = each[CcInfo].compilation_context) for each in ctx.attr.libraries]
    return cc_common.merge_cc_infos(direct_cc_infos = [own], cc_infos = others)

enabled_modules = rule(
    implementation = _enabled_modules_impl,
    attrs = {
        "libraries": attr.label_list(mandatory = True, providers = [CcInfo], doc = "what the modules' headers may include"),
        "modules": attr.label_list(mandatory = True, providers = [CcInfo], doc = "the hv_module()s that the configuration may name"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_config_json": _CONFIG_JSON,
        "_tool": _TOOL,
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    doc = "A library of the enabled modules. It does not change if a module is added that the configuration does not enable.",
)
