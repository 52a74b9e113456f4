"""Where the headers are that cryptography from other projects includes. These folders are options of the files that
include the headers, and not attributes of the libraries, because hv's own files must not see them."""

_HEADERS = [
    "assert.h",
    "inttypes.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "sys/types.h",
    "time.h",
]

# The headers of the C library, for bare metal, where they do not exist. Each of them includes environment.h.
FREESTANDING = {
    "freestanding/" + header: "#include \"third_party/cryptography/environment.h\"\n"
    for header in _HEADERS
}

def _folders(option, folders):
    return [word for folder in folders for word in [option, "external/" + folder]]

def _copts(repository, folders):
    return _folders("-isystem", [repository + "/" + folder for folder in folders]) + select({
        "@hartscope//third_party/cryptography:is_bare_metal": _folders("-idirafter", [repository + "/freestanding"]),
        "//conditions:default": [],
    })

BEARSSL_COPTS = _copts("bearssl", ["inc", "src"])

HACL_COPTS = _copts("hacl", [
    "dist/gcc-compatible",
    "dist/karamel/include",
    "dist/karamel/krmllib/dist/minimal",
])
