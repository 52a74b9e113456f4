"""Adds the events of the guest's ftrace to a Perfetto trace of hv."""
