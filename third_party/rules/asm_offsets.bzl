"""Defines the rule asm_offsets. The rule makes a header for assembly files. The header contains numbers that only the C
compiler knows, such as offsets of members."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _compile_to_assembly(ctx, assembly):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    compilation = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps + [ctx.attr._macros]],
    ).compilation_context
    variables = cc_common.create_compile_variables(
        cc_toolchain = toolchain,
        feature_configuration = features,
        source_file = ctx.file.src.path,
        output_file = assembly.path,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.conlyopts,
        include_directories = compilation.includes,
        quote_include_directories = compilation.quote_includes,
        system_include_directories = compilation.system_includes,
        preprocessor_defines = compilation.defines,
    )
    action = ACTION_NAMES.c_compile
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = action,
        variables = variables,
    )
    environment = cc_common.get_environment_variables(
        feature_configuration = features,
        action_name = action,
        variables = variables,
    )
    ctx.actions.run(
        outputs = [assembly],
        inputs = depset([ctx.file.src], transitive = [compilation.headers, toolchain.all_files]),
        executable = cc_common.get_tool_for_action(feature_configuration = features, action_name = action),
        # "-S" overrides the "-c" that Bazel has added before. LTO is off, because with LTO gcc would not write readable
        # assembly.
        arguments = flags + ["-S", "-fno-lto", "-g0"],
        env = dict(environment, PWD = "/proc/self/cwd"),
        mnemonic = "AsmOffsetsCompile",
    )

def _asm_offsets_impl(ctx):
    assembly = ctx.actions.declare_file(ctx.label.name + ".offsets.s")
    _compile_to_assembly(ctx, assembly)
    ctx.actions.run(
        outputs = [ctx.outputs.out],
        inputs = [assembly],
        executable = ctx.executable._tool,
        arguments = [assembly.path, ctx.outputs.out.path, str(ctx.label)],
        mnemonic = "AsmOffsets",
    )
    return DefaultInfo(files = depset([ctx.outputs.out]))

asm_offsets = rule(
    implementation = _asm_offsets_impl,
    attrs = {
        "deps": attr.label_list(providers = [CcInfo], doc = "libraries with the headers that src includes"),
        "out": attr.output(mandatory = True, doc = "the header"),
        "src": attr.label(
            mandatory = True,
            allow_single_file = [".c"],
            doc = "a C file with one function, which consists of OFFSET() and CONSTANT() lines (third_party/rules/asm_offsets.h)",
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_macros": attr.label(default = "//third_party/rules:asm_offsets_macros"),
        "_tool": attr.label(default = "//third_party/rules:asm_offsets_header", cfg = "exec", executable = True),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    doc = "Compiles src for the current platform, and makes a header with a line `#define NAME value` for each of its markers.",
)
