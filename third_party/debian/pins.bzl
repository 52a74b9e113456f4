"""The Debian packages that this tree builds with. Written by `bazel run //third_party/debian:pin`."""

PINS = {
    "busybox": {
        "architecture": "riscv64",
        "ask_for": "busybox-static",
        "package": "busybox-static",
        "sha256": "4add476d2b185c5b487c285b38d790f0881a7e4a8e2ddde835f917e770eb8633",
        "suite": "trixie",
        "version": "1:1.37.0-6+b9",
    },
    "kernel": {
        "architecture": "riscv64",
        "ask_for": "linux-image-riscv64",
        "package": "linux-image-6.12.107+deb13-riscv64",
        "sha256": "abe9f65d74b434692149482b031db7a2aaf832921e09f69f775293c0e0c5799c",
        "suite": "trixie",
        "version": "6.12.107-1",
    },
    "libfdt": {
        "architecture": "amd64",
        "ask_for": "linux-source-6.1",
        "files_sha256": "db829f3c2633696701d78d764c1dddd7d059ef613af9ec8f6b94c0ec56795817",
        "package": "linux-source-6.1",
        "sha256": "9305d1a151b8e83dcb88aa11361e7b9513f0c252bdf7f5647e4542762d99c094",
        "suite": "bookworm",
        "version": "6.1.176-1",
    },
    "linux_headers": {
        "files_sha256": "80b204c5e3d8501395a326e05bd12472ab03734fd68c04494f4710ce72efef2a",
        "kernel": "linux-image-6.12.107+deb13-riscv64",
        "libc": "2.41-12+deb13u5",
        "package": "linux-headers-6.12.107+deb13-riscv64",
        "suite": "trixie",
        "version": "6.12.107-1",
    },
    "opensbi": {
        "package": "opensbi",
        "sha256": "8d15e42e2abf2903fb9e0a3c423387b6e30c215e24ef6866a939fa9558c107e5",
        "version": "1.5.1-1~bpo12+2",
    },
    "opensbi_sid": {
        "architecture": "amd64",
        "ask_for": "opensbi",
        "package": "opensbi",
        "sha256": "e0b81b0dfc501b0b4ed1327aefdafa00f50651443e24d4d7e2477808808f386f",
        "suite": "sid",
        "version": "1.9-1",
    },
    "opensbi_trixie": {
        "architecture": "amd64",
        "ask_for": "opensbi",
        "package": "opensbi",
        "sha256": "dc4a43bd21a0ca11771ed8b19ee6fa8476d1d0f4976bd0b27c0357c699d27e1e",
        "suite": "trixie",
        "version": "1.6-1",
    },
}
