"""mutation_test: puts a fault into hv, and checks that a test fails because of it.

mutated_image(name, patch, config)  builds NAME.elf, .bin, .json and .lst of hv from patched copies of its sources
mutation_test(name, patch, ...)     builds the image, and checks that the test that the patch names fails on it;
                                    NAME_unmutated checks that the same test passes on hv without the fault
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("//hv:hv.bzl", "HvConfigInfo", "HvGeneratedInfo", "IMAGE_TOOLS", "image_files", "sources_of")
load("//hv:room.bzl", "ROOM_SOURCES")
load("//modules:modules.bzl", "MODULES")

# The source files that a patch may change.
SOURCES = ROOM_SOURCES + [sources_of(module) for module in MODULES + ["//payloads/swapper", "//payloads/warden"]] + [
    "//payloads/swapper:swapper_calls.h",
    "//payloads/warden:warden_calls.h",
    "//abi:sources",
    "//hv/crypto:crypto.h",
    "//trace/format:sources",
]

# The program that generates the files of the configuration. It runs on the patched sources, because a patch may add a
# kind of trace event.
GENERATOR = [
    "//hv/config:generator_sources",
    "//trace:__init__.py",
]

def _transition_impl(settings, attr):
    return {
        "//command_line_option:platforms": "//third_party/platforms:riscv64_none",
        "//hv:config": attr.config,
    }

_mutant_transition = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms", "//hv:config"],
)

def _compile_flags(ctx, toolchain, features):
    configuration = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = features,
        unsupported_features = [],
    )
    variables = cc_common.create_compile_variables(
        cc_toolchain = toolchain,
        feature_configuration = configuration,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.conlyopts,
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = configuration,
        action_name = ACTION_NAMES.c_compile,
        variables = variables,
    )

def _link_flags(ctx, toolchain):
    configuration = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ["lto"],
        unsupported_features = [],
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = configuration,
        action_name = ACTION_NAMES.cpp_link_executable,
        variables = cc_common.create_link_variables(
            cc_toolchain = toolchain,
            feature_configuration = configuration,
        ),
    )

def _libraries(target):
    inputs = target[CcInfo].linking_context.linker_inputs.to_list()
    found = [library for each in inputs for library in each.libraries]
    return [library.static_library or library.pic_static_library for library in found]

def _mutated_image_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    generated = ctx.attr._generated[HvGeneratedInfo]
    sources = ctx.files._sources
    libraries = _libraries(ctx.attr._crypto)
    patch = [ctx.file.patch] if ctx.attr.patch else []
    linked = ctx.actions.declare_file(ctx.label.name + ".linked")
    ctx.actions.run(
        outputs = [linked],
        inputs = depset(
            sources + libraries + patch + generated.inputs,
            transitive = [toolchain.all_files],
        ),
        executable = ctx.executable._build,
        arguments = [linked.path] + [source.path for source in sources],
        env = {
            "CC": toolchain.compiler_executable,
            "COMPILE": " ".join(_compile_flags(ctx, toolchain, [])),
            "CONFIG": generated.toml.path,
            "GENERATE": " ".join(generated.arguments),
            "LIBRARIES": " ".join([library.path for library in libraries]),
            "LINK": " ".join(_link_flags(ctx, toolchain)),
            "MODULES": generated.modules.path,
            "PATCH": ctx.file.patch.path if ctx.attr.patch else "",
            "PATH": "/usr/bin:/bin",
            "PWD": "/proc/self/cwd",
        },
        mnemonic = "HvMutant",
        progress_message = "Building hv with " + (ctx.file.patch.short_path if ctx.attr.patch else "no fault"),
    )
    json = [file for file in ctx.files._generated if file.basename == "config.json"][0]
    ctx.actions.symlink(output = ctx.outputs.json, target_file = json)
    image_files(ctx, linked, ctx.attr._config[HvConfigInfo])
    files = [ctx.outputs.bin, ctx.outputs.elf, ctx.outputs.json, ctx.outputs.listing]
    return DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files))

_mutated_image = rule(
    implementation = _mutated_image_impl,
    cfg = _mutant_transition,
    attrs = dict(IMAGE_TOOLS, **{
        "config": attr.string(mandatory = True, doc = "the label of an hv_config"),
        "patch": attr.label(allow_single_file = [".patch"], doc = "the fault; without it, hv is built unchanged"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_build": attr.label(default = "//payloads/mutations:build", cfg = "exec", executable = True),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_config": attr.label(default = "//hv:config", providers = [HvConfigInfo]),
        # The patches do not change hv/crypto and the sources of others that it uses.
        "_crypto": attr.label(default = "//hv/crypto", providers = [CcInfo]),
        "_generated": attr.label(default = "//hv/config:generated"),
        "_sources": attr.label_list(default = SOURCES + GENERATOR + ["//third_party/rules:asm_offsets.h", "//hv:hv.lds"], allow_files = True),
    }),
    fragments = ["cpp"],
    outputs = {
        "bin": "%{name}.bin",
        "elf": "%{name}.elf",
        "json": "%{name}.json",
        "listing": "%{name}.lst",
    },
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    doc = "Builds hv from copies of its sources, with the flags of the toolchain.",
)

def mutated_image(name, patch = None, config = "//configs:qemu_virt"):
    """Builds hv with a fault, as NAME.elf, NAME.bin, NAME.json and NAME.lst.

    Args:
      name: name of the target
      patch: the patch that puts the fault into hv; without a patch, hv is built unchanged
      config: the hv_image that provides the configuration
    """
    _mutated_image(
        name = name,
        config = config + ".config",
        patch = patch,
        tags = ["manual"],
        testonly = True,
        visibility = [
            "//benchmarks:__pkg__",
            "//payloads:__subpackages__",
        ],
    )

def mutation_test(name, patch, guest = None, cpu = None, harts = None, config = "//configs:qemu_virt"):
    """Builds hv with a patch, and runs the test that the patch names. This test must fail.

    If a guest contains the test, NAME_unmutated runs it under hv without the patch, and there it must pass.

    Args:
      name: name of the test
      patch: the patch that puts the fault into hv; its header has lines `observe:`, `test:` and `breaks:`
      guest: the guest_test that contains the test; None if the disassembly of hv shows the fault
      cpu: the value for QEMU's -cpu; by default the first value that the guest lists
      harts: the number of harts; by default the first number that the guest lists
      config: the hv_image that provides the configuration
    """
    image = name + ".mutant"
    mutated_image(image, patch, config)
    options = ["--patch=$(rootpath %s)" % patch]
    data = [patch, "@qemu//:versions.json"]
    if guest:
        options.append("--guest=$(rootpath %s_guest)" % guest)
        data.append(guest + "_guest")
    if cpu:
        options.append("--cpu=" + cpu)
    if harts:
        options.append("--harts=%d" % harts)
    _run(name, image, options, data)
    if guest:
        _run(name + "_unmutated", config, options + ["--unmutated"], data)

def _run(name, image, options, data):
    native.py_test(
        name = name,
        srcs = ["//payloads/runner:mutation_test.py"],
        args = options + ["--image $(rootpaths %s)" % image],
        data = data + [image],
        main = "//payloads/runner:mutation_test.py",
        python_version = "PY3",
        tags = ["manual"],
        deps = [
            "//configs/image_test:barriers",
            "//payloads/runner",
            "//payloads/runner:patch",
        ],
    )
