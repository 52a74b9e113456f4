"""guest_test: builds a test guest, and runs it on the bare machine and under hv.

guest_image(name, srcs, address)  builds NAME.elf and NAME.bin of a guest that is linked at the address
guest_test(name, srcs, ...)       builds a guest with the runtime, and runs it

Each guest has a class. A guest of class "common" runs on the bare machine and under hv, and must print the same lines
on both. A guest of class "abi" needs ecalls that hv answers, so it prints `SKIP no hv` when it runs on the bare
machine. A guest of class "hv" runs only under hv.

Each guest runs on QEMU's virt board, and with the argument `boards` also on others.
"""

load("//payloads/runtime:runtime.bzl", "DEFAULT_BOARD", "board_label")
load("//third_party/rules:riscv.bzl", "riscv_elf")

NONE = [
    "@platforms//cpu:riscv64",
    "@platforms//os:none",
]

ADDRESSES = {
    "firmware": "0x80200000",
    "payload": "0x80400000",
}

GuestInfo = provider("How a guest is run.", fields = ["specification", "files"])

def guest_image(name, srcs, address, deps = [], copts = [], **kwargs):
    """Builds NAME.elf and NAME.bin of a bare-metal program with the guests' linker script.

    Args:
      name: name of the target
      srcs: C and assembly sources
      address: address of the image in memory
      deps: libraries that the program links, built for the bare-metal platform
      copts: compiler options
      **kwargs: attributes of the rule, such as visibility
    """
    script = "//payloads/runtime:guest.lds"
    native.cc_binary(
        name = name + "_binary",
        srcs = srcs,
        copts = copts,
        linkopts = [
            "-T $(location %s)" % script,
            "-Wl,--defsym=GUEST_ADDRESS=" + address,
        ],
        target_compatible_with = NONE,
        deps = deps + [script],
    )
    riscv_elf(name = name, binary = ":%s_binary" % name, **kwargs)

def _image_of(target):
    return [file for file in target[DefaultInfo].files.to_list() if file.extension == "elf"][0]

def _guest_specification_impl(ctx):
    images = {"firmware": _image_of(ctx.attr.firmware)}
    if ctx.attr.payload:
        images["payload"] = _image_of(ctx.attr.payload)
    values = {
        "board": ctx.attr.board,
        "check_memory": ctx.attr.check_memory,
        "class": ctx.attr.guest_class,
        "cpus": ctx.attr.cpus,
        "exit_code": ctx.attr.exit_code,
        "expect_log": ctx.attr.expect_log,
        "harts": ctx.attr.harts,
        "images": {key: image.short_path for key, image in images.items()},
        "qemu_options": ctx.attr.qemu_options,
    }
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, struct(**values).to_json())
    runfiles = ctx.runfiles(files = images.values() + [out])
    return [DefaultInfo(files = depset([out]), runfiles = runfiles)]

guest_specification = rule(
    implementation = _guest_specification_impl,
    attrs = {
        "board": attr.string(default = DEFAULT_BOARD),
        "check_memory": attr.bool(),
        "cpus": attr.string_list(),
        "exit_code": attr.int(),
        "expect_log": attr.string_list(),
        "firmware": attr.label(mandatory = True),
        "guest_class": attr.string(values = ["common", "abi", "hv"]),
        "harts": attr.int_list(),
        "payload": attr.label(),
        "qemu_options": attr.string_list(),
    },
    doc = "Writes a JSON file that describes how a guest is run. The images that it needs are runfiles.",
)

def guest_run(name, guest, hv = None, arguments = [], data = [], **kwargs):
    """Defines a test that runs a guest.

    Args:
      name: name of the test
      guest: the guest_specification target of the guest
      hv: the image of hv under which the guest runs; if it is missing, the guest runs only on the bare machine
      arguments: more arguments for payloads/runner/guest_test.py
      data: more files that the test needs
      **kwargs: attributes of the test
    """
    native.py_test(
        name = name,
        srcs = ["//payloads/runner:guest_test.py"],
        args = ["--guest=$(rootpath %s)" % guest] +
               (["--hv $(rootpaths %s)" % hv] if hv else []) + arguments,
        data = [guest, "@qemu//:versions.json"] + ([hv] if hv else []) + data,
        main = "//payloads/runner:guest_test.py",
        python_version = "PY3",
        deps = ["//payloads/runner"],
        **kwargs
    )

def _guest(name, board, srcs, world, address, guest_class, config, deps, copts, firmware, tags, kwargs, **specification):
    """Builds a guest for a board, and defines the test that runs it there."""
    runtime = "//payloads/runtime:"
    finish = "finish_device" if guest_class == "common" else "finish_abi"
    guest_image(
        name = name + "_image",
        srcs = srcs,
        address = address or ADDRESSES[world],
        copts = copts,
        deps = deps + [runtime + board_label(library, board) for library in ["headers", world, finish]],
    )
    if world == "firmware":
        firmware = name + "_image"
    guest_specification(
        name = name + "_guest",
        board = board,
        firmware = firmware or runtime + board_label("payload_firmware", board),
        guest_class = guest_class,
        payload = name + "_image" if world == "payload" else None,
        testonly = True,
        visibility = ["//visibility:public"],
        **specification
    )
    guest_run(
        name = name,
        guest = name + "_guest",
        hv = config,
        tags = tags,
        **kwargs
    )

def guest_test(
        name,
        srcs,
        world = "firmware",
        address = None,
        guest_class = "common",
        harts = [1],
        cpus = ["rv64"],
        config = None,
        deps = [],
        copts = [],
        qemu_options = [],
        exit_code = 0,
        expect_log = [],
        check_memory = False,
        firmware = None,
        boards = [],
        tags = [],
        **kwargs):
    """Builds a guest, and defines the test that runs it once for each CPU model and number of harts.

    Args:
      name: name of the test; also defines the guest_specification target NAME_guest, which mutation_test uses
      srcs: C and assembly sources with TEST()s
      world: "firmware" (the guest runs in M-mode on all harts) or "payload" (it runs in S-mode on payload_firmware)
      address: address at which the guest is linked; by default the usual address for the guest's world
      guest_class: "common", "abi" or "hv", as described at the top of this file
      harts: the numbers of harts with which the guest runs
      cpus: the values for QEMU's -cpu
      config: the image of hv under which the guest runs; by default an image without modules
      deps: more libraries for the guest
      copts: compiler options
      qemu_options: more options for QEMU
      exit_code: the exit code with which the run under hv must end
      check_memory: whether to compare hv's memory with hv's image after the run
      expect_log: regular expressions; the console output of the run under hv must contain a match for each of them
      firmware: the guest_image that runs below a guest of the world "payload"; by default payload_firmware
      boards: more boards on which the guest runs, with the board's own CPU, in the tests NAME_BOARD. If it runs with several
        harts, it runs there with four
      tags: tags of the test
      **kwargs: attributes of the test
    """
    _guest(
        name,
        DEFAULT_BOARD,
        srcs,
        world,
        address,
        guest_class,
        config or ("//configs:qemu_virt" if guest_class == "common" else "//payloads:hv_test"),
        deps,
        copts,
        firmware,
        tags,
        kwargs,
        check_memory = check_memory,
        cpus = cpus,
        exit_code = exit_code,
        expect_log = expect_log,
        harts = harts,
        qemu_options = qemu_options,
    )
    for board in boards:
        _guest(
            "%s_%s" % (name, board),
            board,
            srcs,
            world,
            address,
            guest_class,
            ("//configs:%s" if guest_class == "common" else "//payloads:hv_test_%s") % board,
            deps,
            copts,
            firmware,
            tags,
            kwargs,
            check_memory = check_memory,
            cpus = [""],
            exit_code = exit_code,
            expect_log = expect_log,
            harts = [1] if harts == [1] else [4],
            qemu_options = qemu_options,
        )
