"""The boards on which test guests run, and the libraries of the guests' runtime that depend on the board.

board_label(library, board)  names the variant of a library for a board
guest_runtime(board)         defines all libraries for a board
"""

NONE = [
    "@platforms//cpu:riscv64",
    "@platforms//os:none",
]

# The driver of each board's console, and the driver of the device that ends a run. The addresses are in boards/NAME.h.
BOARDS = {
    "qemu_sifive_u": struct(uart = "sifive", reset = "gpio"),
    "qemu_virt": struct(uart = "ns16550", reset = "finisher"),
    "spike": struct(uart = "htif", reset = "htif"),
}

DEFAULT_BOARD = "qemu_virt"

def board_label(library, board):
    """Returns the name of a library's variant for a board. The usual name stands for the variant for the virt board."""
    return library if board == DEFAULT_BOARD else library + "_" + board

def _libraries(board):
    """Defines the parts of the runtime from which guests choose."""

    # The code that all guests share, in M-mode and in S-mode.
    _library("common", board, [
        "fdt.c",
        "memory.c",
        "page.c",
        "print.c",
        "test.c",
        "trap.S",
        "trap.c",
        "uart_%s.c" % BOARDS[board].uart,
    ])

    # The runtime for guests that run in M-mode. All harts enter such a guest at address 0x80200000.
    _library("firmware", board, [
        "hart.c",
        "main.c",
        "mode.S",
        "mode.c",
        "msi.c",
        "pause.c",
        "quiet.c",
        "start.S",
        "start.c",
    ], ["common"], alwayslink = True)

    # The runtime for guests that run in S-mode, on the boot hart only. payload_firmware enters such a guest at address
    # 0x80400000.
    _library("payload", board, [
        "mode.S",
        "pause.c",
        "payload.c",
        "payload_start.S",
    ], ["common"], alwayslink = True)

    # The end of a run by the board's own device.
    _library("reset", board, ["reset_%s.c" % BOARDS[board].reset], ["common"])

    # A guest that links this library ends its run by the board's own device. This works on the bare machine and under hv.
    _library("finish_device", board, ["finish_device.c"], ["reset"], alwayslink = True)

    # A guest that links this library ends its run by an ecall that only hv answers.
    _library("finish_abi", board, ["finish_abi.c"], ["reset"], alwayslink = True)

def _library(name, board, srcs, deps = [], **kwargs):
    assembly = [source for source in srcs if source.endswith(".S")]
    native.cc_library(
        name = board_label(name, board),
        srcs = srcs + (["offsets.h"] if assembly else []),
        target_compatible_with = NONE,
        deps = [":" + board_label(library, board) for library in ["headers"] + deps],
        **kwargs
    )

def guest_runtime(board):
    """Defines the libraries of the runtime for a board.

    Args:
      board: a name of BOARDS
    """
    defined = [] if board == DEFAULT_BOARD else ['GUEST_BOARD=\\"payloads/runtime/boards/%s.h\\"' % board]
    native.cc_library(
        name = board_label("headers", board),
        hdrs = native.glob(["*.h", "boards/*.h"]),
        defines = defined,
        deps = ["//abi"],
    )
    _libraries(board)
