"""The modules that a configuration may name."""

MODULES = [
    "//modules/boot_counter",
    "//modules/exit_counter",
    "//modules/exit_counter_per_cause",
    "//modules/offload",
    "//modules/protect_payload",
    "//modules/trace",
]
