"""Defines hv_image, an image of hv for which the build knows the modules of this tree."""

load("//hv:hv.bzl", "hv_image_of")
load(":modules.bzl", "MODULES")

def hv_image(name, config, extra_modules = [], **kwargs):
    """Builds hv in one configuration: NAME.elf, NAME.bin (the image as it is loaded into memory), NAME.json, and on
    request NAME.lst (objdump).

    Args:
      name: name of the image and of its configuration
      config: the TOML file, or an hv_config
      extra_modules: labels of hv_module()s that this configuration may name in addition to the modules in modules/
      **kwargs: attributes that every rule has
    """
    hv_image_of(name, config, MODULES + extra_modules, **kwargs)
