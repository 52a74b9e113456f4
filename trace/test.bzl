"""trace_test: a unit test of the host tools."""

def trace_test(name, deps, size = "small", **kwargs):
    """NAME.c as a Criterion unit test.

    Args:
      name: of the test and its file
      deps: what it tests
      size: as of cc_test
      **kwargs: of cc_test
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = [name + ".c"],
        linkstatic = True,
        # Criterion names a socket in /tmp by its process id, which is the same in each sandbox.
        tags = ["no-sandbox"],
        deps = deps + ["@criterion"],
        **kwargs
    )
