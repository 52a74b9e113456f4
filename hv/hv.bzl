"""Rules for the parts from which hv is built: modules, configurations and images.

hv_module(name, ...)  a module's code, and its declaration for the generator
hv_image_of(name, ...)  NAME.elf, NAME.bin and NAME.json: hv of one configuration (modules/image.bzl has the one that
                        knows the modules of this tree)
"""

load("//hv:riscv.bzl", "if_riscv", "unless_riscv")
load(":enabled.bzl", "enabled_modules", "enabled_sources", _HvConfigInfo = "HvConfigInfo")

HvConfigInfo = _HvConfigInfo

# hv/config/modules.py lists the hooks, causes and fast paths that an hv_module() may name.

HvModuleInfo = provider(
    "What the generator must know about a module.",
    fields = ["name", "label", "header", "hooks", "pmp_entries", "claims", "fast", "events", "keys", "uses", "guards", "hides", "reserve"],
)

def _module_declaration_impl(ctx):
    return HvModuleInfo(
        name = ctx.attr.module_name,
        label = str(ctx.label).replace(_DECLARATION, ""),
        header = ctx.file.header.short_path,
        hooks = ctx.attr.hooks,  # causes by hook
        pmp_entries = ctx.attr.pmp_entries,
        claims = ctx.attr.claims,
        fast = ctx.attr.fast,
        events = ctx.attr.events,
        keys = ctx.attr.keys,
        uses = ctx.attr.uses,
        guards = ctx.attr.guards,
        hides = ctx.attr.hides,  # bits by CSR
        reserve = ctx.attr.reserve,
    )

# The declaration is a separate target, because the configuration depends on the declaration, and the module's code
# depends on the configuration.
_DECLARATION = ".module"

_module_declaration = rule(
    implementation = _module_declaration_impl,
    attrs = {
        "claims": attr.string_list(),
        "events": attr.string_list(),
        "fast": attr.string_dict(),
        "guards": attr.string_list(),
        "header": attr.label(allow_single_file = [".h"]),
        "hides": attr.string_list_dict(),
        "hooks": attr.string_list_dict(),
        "keys": attr.string_list(),
        "module_name": attr.string(),
        "pmp_entries": attr.string(),
        "reserve": attr.string_dict(),
        "uses": attr.string_list(),
    },
    provides = [HvModuleInfo],
)

# The files that the compiler gets instead of the module's C files.
_ENABLED = ".enabled"
_SMALL = ".enabled_small"

# The libraries that a module may use.
_LIBRARIES = ".libraries"

# Images link the enabled modules from one archive.
_ARCHIVE = ".archive"

def _part_of(module, part):
    if ":" in module:
        return module + part
    return module + ":" + module.split("/")[-1] + part

def declaration_of(module):
    """Returns the label of the declaration of the hv_module() @p module."""
    return _part_of(module, _DECLARATION)

def sources_of(module):
    """Returns the label of the files of the hv_module() @p module."""
    return _part_of(module, ".sources")

def hv_module(name, srcs, hdrs, hooks, pmp_entries = 0, claims = [], fast = {}, events = [], keys = [], uses = [], guards = [], hides = {}, reserve = {}, small = [], deps = [], **kwargs):
    """A module of hv. Its code sees only hv/module:api and the headers that this target exports. It never sees hv/core.

    Args:
      name: the module's name, which is also the name of its state's struct and the prefix of its functions
      srcs: its C files
      hdrs: its headers; the first one contains struct NAME and the hooks' prototypes
      hooks: the hooks of the module, as a list or as {hook: causes}. A hook that no module has costs nothing. A hook
        with causes (EXIT_HOOKS of hv/config/modules.py) sees only exits with these causes, so that all other exits stay
        in the fast tier
      pmp_entries: how many physical PMP entries the module gets; a number, or an expression of config keys
        (`table.key`)
      claims: exceptions of the payload that the module wants to see although the firmware delegates them
      fast: the fast paths of the module, as {kind: function}
      events: names of the events that the module passes to module_trace(), in the order of the events' numbers; tools
        show these names
      keys: the keys of table [NAME] of a configuration, as hv/keys.bzl declares them; docs/modules.md has their names in C
      uses: parts of hv that only images with this module need (USES of hv/config/modules.py)
      guards: names of CSRs (abi/csr.def) for which the hook csr_access is called; these CSRs have no fast path
      hides: bits that the firmware does not see, as {CSR: bits}, for mstatus, mip and mie (HIDABLE of
        hv/config/modules.py)
      reserve: memory that no guest's kernel may use, as {start: size}; both are numbers or expressions of config keys, in quotes
      small: files of `srcs` that do not run in ordinary exits; they are compiled for size, not for speed
      deps: libraries that the module needs in addition to the API
      **kwargs: attributes of cc_library
    """
    large = [file for file in srcs if file not in small]
    for part, files in [(_ENABLED, large), (_SMALL, small)]:
        if files:
            enabled_sources(
                name = name + part,
                srcs = files,
                module = name,
                tags = ["manual"],
            )
    native.cc_library(
        name = name + _LIBRARIES,
        tags = ["manual"],
        visibility = ["//visibility:public"],
        deps = deps + ["//hv/module:api"],
    )
    if small:
        native.cc_library(
            name = name + ".small",
            srcs = [name + _SMALL],
            hdrs = hdrs,
            copts = kwargs.get("copts", []) + ["-Os"],
            features = ["lto"],
            tags = ["manual"],
            textual_hdrs = small,
            deps = [name + _LIBRARIES],
            **{key: value for key, value in kwargs.items() if key != "copts"}
        )
    native.cc_library(
        name = name,
        srcs = ([name + _ENABLED] if large else []) + (unless_riscv([name + _SMALL]) if small else []),
        hdrs = hdrs,
        features = ["lto"],
        tags = ["manual"],  # the module can be built only with a configuration that knows it
        textual_hdrs = srcs,
        visibility = ["//visibility:public"],
        deps = [name + _LIBRARIES] + (if_riscv([name + ".small"]) if small else []),
        **kwargs
    )
    native.filegroup(
        name = name + ".sources",
        srcs = srcs + hdrs,
        visibility = ["//visibility:public"],
    )
    _module_declaration(
        name = name + _DECLARATION,
        claims = claims,
        events = events,
        fast = fast,
        guards = guards,
        header = hdrs[0],
        hides = hides,
        hooks = hooks if type(hooks) == "dict" else {hook: [] for hook in hooks},
        keys = keys,
        module_name = name,
        pmp_entries = str(pmp_entries),
        reserve = reserve,
        uses = uses,
        visibility = ["//visibility:public"],
    )

def _declarations_impl(ctx):
    modules = [module[HvModuleInfo] for module in ctx.attr.modules]
    ctx.actions.write(ctx.outputs.out, _json_of(modules))

hv_declarations = rule(
    implementation = _declarations_impl,
    attrs = {
        "modules": attr.label_list(mandatory = True, providers = [HvModuleInfo]),
        "out": attr.output(mandatory = True),
    },
    doc = "A JSON list of the declarations of modules, for programs that describe them.",
)

def _json_of(modules):
    return "[" + ",\n".join([module.to_json() for module in modules]) + "]\n"

def _config_impl(ctx):
    return HvConfigInfo(
        name = ctx.attr.config_name,
        toml = ctx.file.toml,
        shown_as = ctx.attr.shown_as or ctx.file.toml.short_path,
        modules = [module[HvModuleInfo] for module in ctx.attr.modules],
    )

hv_config = rule(
    implementation = _config_impl,
    attrs = {
        "config_name": attr.string(mandatory = True, doc = "CONFIG_NAME"),
        "modules": attr.label_list(providers = [HvModuleInfo], doc = "the modules that the configuration may name"),
        "shown_as": attr.string(doc = "the file's name in errors, if it is not the user's own name for it"),
        "toml": attr.label(mandatory = True, allow_single_file = [".toml"]),
    },
    provides = [HvConfigInfo],
    doc = "A configuration as //hv:config takes it.",
)

HvGeneratedInfo = provider(
    "The inputs of the generator, for rules that generate the same files from changed sources.",
    fields = {
        "inputs": "the files that hv/config/generate.py reads",
        "toml": "the configuration; one of the inputs",
        "modules": "the modules that the configuration may name; one of the inputs",
        "arguments": "all other arguments, except --out",
    },
)

def _generated_impl(ctx):
    config = ctx.attr.config[HvConfigInfo]
    modules = ctx.actions.declare_file(ctx.label.name + ".modules.json")
    ctx.actions.write(modules, _json_of(config.modules))
    named = ["--shown-as", config.shown_as, "--name", config.name]
    arguments = ctx.actions.args()
    arguments.add("--config", config.toml)
    arguments.add_all(named)
    arguments.add("--modules", modules)
    arguments.add("--out", ctx.outputs.outs[0].dirname)
    ctx.actions.run(
        outputs = ctx.outputs.outs,
        inputs = [config.toml, modules],
        executable = ctx.executable._generate,
        arguments = [arguments],
        mnemonic = "HvConfig",
        progress_message = "Reading configuration " + config.shown_as,
    )
    return [
        DefaultInfo(files = depset(ctx.outputs.outs)),
        HvGeneratedInfo(inputs = [config.toml, modules], toml = config.toml, modules = modules, arguments = named),
    ]

# The files that hv/config/generate.py makes for a configuration.
GENERATED = [
    "config.h",
    "config.json",
    "config.lds",
    "dispatch.h",
    "fast.h",
    "module_index.h",
    "note.S",
]

hv_generated = rule(
    implementation = _generated_impl,
    attrs = {
        "config": attr.label(mandatory = True, providers = [HvConfigInfo]),
        "outs": attr.output_list(mandatory = True, doc = "the files that hv/config/generate.py makes, all of them"),
        "_generate": attr.label(default = "//hv/config:generate", cfg = "exec", executable = True),
    },
    doc = "The generated files of the configuration that is being built.",
)

_SETTINGS = ["//hv:config", "//hv:modules"]

def _image_transition_impl(_settings, attr):
    return {
        "//command_line_option:platforms": "//third_party/platforms:riscv64_none",
        "//hv:config": attr.config,
        "//hv:modules": attr.modules,
    }

_image_transition = transition(
    implementation = _image_transition_impl,
    inputs = [],
    outputs = _SETTINGS + ["//command_line_option:platforms"],
)

# The attributes that a rule needs in order to call image_files().
IMAGE_TOOLS = {
    "_make_image": attr.label(default = "//hv/config:image", cfg = "exec", executable = True),
    "_objcopy": attr.label(
        default = "@riscv_none//:objcopy",
        allow_single_file = True,
        cfg = "exec",
        executable = True,
    ),
    "_objdump": attr.label(
        default = "@riscv_none//:objdump",
        allow_single_file = True,
        cfg = "exec",
        executable = True,
    ),
}

def image_files(ctx, linked, config, checks = []):
    """Makes NAME.elf, NAME.bin and NAME.lst from @p linked, which must still contain its relocations. The calling rule
    makes NAME.json.

    Args:
      ctx: the context of a rule with these outputs and with IMAGE_TOOLS
      linked: the ELF file as the linker wrote it
      config: the HvConfigInfo of the configuration
      checks: files that checks of the image create; if a check fails, NAME.bin is not made
    """

    # Only NAME.bin needs the relocations. In NAME.elf they would keep thousands of labels in the symbol table.
    ctx.actions.run_shell(
        outputs = [ctx.outputs.elf],
        inputs = [linked],
        tools = [ctx.executable._objcopy],
        command = '"$1" "--remove-relocations=*" "$2" "$3" && "$1" --discard-locals "$3"',
        arguments = [ctx.executable._objcopy.path, linked.path, ctx.outputs.elf.path],
        mnemonic = "HvElf",
    )
    arguments = ctx.actions.args()
    arguments.add("--elf", linked)
    arguments.add("--config", config.toml)
    arguments.add("--shown-as", config.shown_as)
    arguments.add("--values", ctx.outputs.json)
    arguments.add("--out", ctx.outputs.bin)
    ctx.actions.run(
        outputs = [ctx.outputs.bin],
        inputs = [linked, config.toml, ctx.outputs.json] + checks,
        executable = ctx.executable._make_image,
        arguments = [arguments],
        mnemonic = "HvBin",
    )
    ctx.actions.run_shell(
        outputs = [ctx.outputs.listing],
        inputs = [ctx.outputs.elf],
        tools = [ctx.executable._objdump],
        command = '"$1" --section-headers --syms --disassemble --no-show-raw-insn "$2" > "$3"',
        arguments = [ctx.executable._objdump.path, ctx.outputs.elf.path, ctx.outputs.listing.path],
        mnemonic = "HvListing",
    )

def _image_impl(ctx):
    linked = ctx.attr._binary[0][DefaultInfo].files_to_run.executable
    config = ctx.attr.config[HvConfigInfo]
    ctx.actions.symlink(output = ctx.outputs.json, target_file = ctx.files._json[0])
    leaves = ctx.actions.declare_file(ctx.label.name + ".leaves")
    ctx.actions.run(
        outputs = [leaves],
        inputs = [ctx.outputs.listing],
        executable = ctx.executable._fast_check,
        arguments = [ctx.outputs.listing.path, leaves.path],
        mnemonic = "HvFastCheck",
        progress_message = "Checking the fast paths of " + ctx.label.name,
    )
    image_files(ctx, linked, config, checks = [leaves])
    files = [ctx.outputs.elf, ctx.outputs.bin, ctx.outputs.json]
    return [
        DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files)),
        config,
    ]

_image = rule(
    implementation = _image_impl,
    attrs = dict(IMAGE_TOOLS, **{
        "config": attr.label(mandatory = True, providers = [HvConfigInfo]),
        # This is a string and not a label, because Bazel would also build the target of a label for the host.
        "modules": attr.string(mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_binary": attr.label(default = "//hv:hv", cfg = _image_transition, executable = True),
        "_fast_check": attr.label(default = "//hv/config:fast_check", cfg = "exec", executable = True),
        "_json": attr.label(default = "//hv/config:config.json", cfg = _image_transition, allow_single_file = True),
    }),
    outputs = {
        "bin": "%{name}.bin",
        "elf": "%{name}.elf",
        "json": "%{name}.json",
        "listing": "%{name}.lst",
    },
)

def hv_image_of(name, config, modules, **kwargs):
    """Builds hv in one configuration: NAME.elf, NAME.bin (the image as it is loaded into memory), NAME.json, and on
    request NAME.lst (objdump).

    Args:
      name: name of the image and of its configuration
      config: the TOML file, or an hv_config that may name the same modules
      modules: labels of the hv_module()s that the configuration may name
      **kwargs: attributes that every rule has
    """
    if config.endswith(".toml"):
        hv_config(
            name = name + ".config",
            config_name = name,
            modules = [declaration_of(module) for module in modules],
            toml = config,
            **kwargs
        )
        config = name + ".config"
    enabled_modules(
        name = name + _ARCHIVE,
        libraries = [_part_of(module, _LIBRARIES) for module in modules],
        modules = modules,
        tags = ["manual"],
    )
    native.cc_library(
        name = name + ".modules",
        tags = ["manual"],
        visibility = ["//visibility:public"],
        deps = select({
            "//hv/arch:is_riscv": [name + _ARCHIVE],
            "//conditions:default": modules,
        }),
    )
    _image(
        name = name,
        config = config,
        modules = "//%s:%s.modules" % (native.package_name(), name),
        **kwargs
    )
