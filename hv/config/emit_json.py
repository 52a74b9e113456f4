"""Generates config.json, which contains the configuration. Files with results include it to show how the image was
built."""

from __future__ import annotations

import json
from dataclasses import asdict

from hv.config import schema
from hv.config.check import Config
from hv.config.emit_dispatch import claims
from hv.config.modules import CAUSES
from hv.config.paths import fast_paths, forbidden_paths


def config_dict(config: Config) -> dict[str, object]:
    """Returns all values by table, including defaults, and also the values that the build has derived from them."""
    tables = {
        table: {key: config.values[table, key] for key in schema.keys_of(config.keys, table)}
        for table in schema.tables(config.keys)
        if table != "modules"
    }
    mask = claims(config)
    return {
        "name": config.name,
        **tables,
        "modules": [
            {
                "name": item.module.name,
                "hooks": {hook: list(causes) for hook, causes in item.module.hooks.items()},
                "events": list(item.module.events),
                "pmp_first": item.pmp_first,
                "pmp_entries": item.pmp_count,
                "reserved": [list(region) for region in item.reserved],
            }
            for item in config.enabled
        ],
        "claims": [name for name, cause in CAUSES.items() if mask >> cause & 1],
        "fast_paths": fast_paths(config),
        "slow_paths": [asdict(path) for path in forbidden_paths(config)],
    }


def config_json(config: Config) -> str:
    """Returns config.json, minified."""
    return json.dumps(config_dict(config), separators=(",", ":"))
