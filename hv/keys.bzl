"""The keys that an hv_module() may have in table [NAME] of a configuration.

Each function returns a key for `keys` of hv_module(). `meaning` is what the reference in docs/configuration.md says. A key with
the default None may be left out; it has no value then. But if it has the text `needed`, leaving it out is an error, and the error
ends with this text, which says how to get a value. With `needed_unless`, the key may be left out if that flag of the module is true.
"""

def _key(kind, name, meaning, default, **rest):
    return json.encode(dict(rest, kind = kind, name = name, meaning = meaning, default = default))

def _number(name, meaning, least = 0, most = (1 << 64) - 1, default = None, **needed):
    """A number from @p least to @p most, both included."""
    return _key("number", name, meaning, default, least = least, most = most, **needed)

def _address(name, meaning, default = None, **needed):
    """A physical address or a size: a multiple of 4096 below 2^56."""
    return _key("address", name, meaning, default, **needed)

def _flag(name, meaning, default = False):
    """True or false."""
    return _key("flag", name, meaning, default)

def _word(name, meaning, words, default = None, **needed):
    """One of @p words. In C, the value is the position of the word in this list."""
    return _key("word", name, meaning, default, words = words, **needed)

def _numbers(name, meaning, length, least = 0, most = (1 << 64) - 1, default = []):
    """A list of at most @p length different numbers from @p least to @p most."""
    return _key("numbers", name, meaning, default, length = length, least = least, most = most)

def _bytes(name, meaning, length, default = None, **needed):
    """@p length bytes, written as hexadecimal digits."""
    return _key("bytes", name, meaning, default, length = length, **needed)

key = struct(
    number = _number,
    address = _address,
    flag = _flag,
    word = _word,
    numbers = _numbers,
    bytes = _bytes,
)
