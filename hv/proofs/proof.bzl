"""Defines cbmc_proof, which proves a property of hv's sources for all values, with the model checker CBMC."""

load("//hv:hv.bzl", "GENERATED", "declaration_of", "hv_config", "hv_generated")
load("//hv:room.bzl", "ROOM_SOURCES")

# The copies of these files are what CBMC reads. hv/proofs/hart replaces hv/arch/host, and hv/proofs/ring a header of hv/ring.
_SOURCES = ROOM_SOURCES + [
    "//abi:sources",
    "//hv/config:config.h",
    "//hv/config:dispatch.h",
    "//hv/config:module_index.h",
    "//hv/testing:sources",
    "//trace/format:sources",
    "//hv/proofs:csr_index_values.c",
    "//hv/proofs:sources",
]

_MUTATIONS = "mutations/"

# What CBMC reads of a configuration (CONFIG_HEADERS of run_proof.py).
_CONFIG_HEADERS = ["config.h", "dispatch.h", "module_index.h"]

def proof_config(name, toml, module):
    """Generates the headers of the configuration NAME from the configuration @p toml.

    Args:
      name: name of the folder
      toml: the configuration
      module: the hv_module of hv/testing that the configuration enables
    """
    hv_config(
        name = name + ".config",
        config_name = name,
        modules = [declaration_of("//hv/testing:" + module)],
        toml = toml,
    )
    hv_generated(
        name = name,
        outs = [name + "/" + file for file in GENERATED],
        config = name + ".config",
    )

def cbmc_proof(
        name,
        files,
        mutations,
        unwind = 1,
        cases = [""],
        long_cases = [],
        reached_cases = None,
        solver = None,
        shards = 1,
        long_shards = 1,
        config = None,
        proof = None,
        slice = False,
        is_long = False):
    """Makes the tests of the proof NAME_proof.c.

    NAME proves each statement of the proof for all values, and that no access is out of bounds, no signed number overflows and no
    shift is too wide.
    NAME_reached checks that some values reach each statement, so that the proof does not hold only because nothing does.
    MUTATION_is_found checks that the proof fails if the patch MUTATION has been applied to hv.
    NAME_long proves the statements for the long cases, if there are any. It is part of //:long.
    NAME.json is not a test, but a file that describes the proof for programs.

    Args:
      name: name of the first test
      files: the files of hv that the proof links, with their paths from the top of the tree
      mutations: names of patches in the folder mutations, without .patch; each puts a fault into hv. If it is a dictionary, it
        also says which of the cases finds the fault; otherwise the test tries all of them in order
      unwind: the highest number of rounds of a loop that is not constant, plus 1; CBMC proves that this is enough
      cases: options of CBMC, as texts; CBMC runs once for each of them, and all these runs together are the proof
      long_cases: further cases, which take minutes
      reached_cases: cases that reach all statements together; if it is not given, NAME_reached takes the cases and the long cases
        in order until all statements are reached
      solver: cadical, if it is faster for this proof than CBMC's own solver; only proofs use it
      shards: into how many parts, which may run at the same time, the test NAME divides the cases
      long_shards: the same for NAME_long
      config: the name of a proof_config, if hv is to have another configuration than that without modules
      proof: the proof is PROOF_proof.c instead, in another configuration
      slice: whether CBMC leaves out what no statement depends on, which is faster if hv computes much that a proof does
        not look at
      is_long: whether all tests of the proof are part of //:long, and none runs in CI
    """
    arguments = ["--cbmc=$(rootpath @cbmc//:cbmc)", "--proof=" + (proof or name), "--unwind=%d" % unwind]
    arguments += ["--file=" + file for file in files]
    if solver:
        arguments.append("--solver=$(rootpath @cbmc//:%s)" % solver)
    if config:
        arguments.append("--config=%s/%s" % (native.package_name(), config))
    if slice:
        arguments.append("--slice")

    # hv/mutations runs the proof too.
    native.genrule(
        name = name + "_description",
        outs = [name + ".json"],
        cmd = "echo '%s' >$@" % struct(
            name = name,
            files = files,
            unwind = unwind,
            cases = cases,
            solver = solver or "",
            slice = slice,
        ).to_json(),
        visibility = ["//hv/mutations:__pkg__"],
    )
    tests = {name: ["--prove"], name + "_reached": ["--reach"]}
    finding = {}
    for mutation in mutations:
        tests[mutation + "_is_found"] = ["--mutation=$(rootpath %s%s.patch)" % (_MUTATIONS, mutation)]
        finding[mutation + "_is_found"] = [mutations[mutation]] if type(mutations) == "dict" else cases
    if long_cases:
        tests[name + "_long"] = ["--prove"]
    parts = {name: shards, name + "_long": long_shards}
    for test, mode in tests.items():
        manual = is_long or test == name + "_long"
        runs = {name: cases, name + "_long": long_cases, name + "_reached": reached_cases or cases + long_cases}.get(test) or finding[test]
        native.py_test(
            name = test,
            srcs = ["run_proof.py"],
            args = arguments + mode + ["\"--case=%s\"" % case for case in runs],
            data = _SOURCES + ([config + "/" + header for header in _CONFIG_HEADERS] if config else []) + ["@cbmc//:cbmc", "@cbmc//:cadical"] + [_MUTATIONS + mutation + ".patch" for mutation in mutations],
            main = "run_proof.py",
            python_version = "PY3",
            shard_count = parts[test] if parts.get(test, 1) > 1 else None,
            tags = ["manual"] if manual else [],
            timeout = "eternal" if manual else "long",
        )
