"""The modules that show how modules are written. No configuration of configs/ can use them."""

EXAMPLES = [
    "//modules/examples/custom_instruction",
    "//modules/examples/custom_sbi",
    "//modules/examples/ecall_monitor",
    "//modules/examples/page_fault_monitor",
    "//modules/examples/region_protect",
    "//modules/examples/sbi_filter",
]
