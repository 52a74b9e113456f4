"""trace_test: a unit test of the host tools."""

def trace_test(name, deps, size = "small", **kwargs):
    """Builds NAME.c as a Criterion unit test.

    Args:
      name: name of the test, and of its file without ".c"
      deps: the libraries under test; Criterion is added
      size: size of the test, as in cc_test
      **kwargs: further arguments of cc_test
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = [name + ".c"],
        linkstatic = True,
        # Criterion puts its process id into the name of a socket in /tmp. Process ids are the same in each sandbox, so
        # tests that run in parallel would share the socket.
        tags = ["no-sandbox"],
        deps = deps + ["@criterion"],
        **kwargs
    )
