"""Defines hv_fit, a FIT image for U-Boot's SPL."""

def hv_fit(name, image, fit, at, **kwargs):
    """Puts hv into a FIT image with OpenSBI and U-Boot, and makes NAME.itb.

    Args:
      name: name of the target
      image: name of an hv_image of this package
      fit: label of the FIT without hv
      at: address where SPL loads hv, a multiple of the size of hv's memory
      **kwargs: attributes that every rule has
    """
    native.genrule(
        name = name,
        srcs = [
            fit,
            image + ".bin",
            image + ".json",
        ],
        outs = [name + ".itb"],
        cmd = "$(execpath //configs/fit) --fit=$(execpath %s) --config=$$(dirname $(execpath %s.bin))/%s --at=%s -o $@" % (fit, image, image, at),
        tools = ["//configs/fit"],
        **kwargs
    )
