"""config.json: the configuration as results quote it. Results of one image can be told apart by it."""

from __future__ import annotations

import json

from hv.config import schema
from hv.config.check import Config
from hv.config.emit_dispatch import claims, firmware_fast_paths, payload_fast_paths
from hv.config.modules import CAUSES


def config_dict(config: Config) -> dict[str, object]:
    """All values, defaults included, by table, and what the build made of them."""
    tables = {
        table: {key: config.values[table, key] for key in schema.keys_of(table)}
        for table in schema.TABLES
        if table != "modules" and (table != "trace" or config.has_trace)
    }
    mask = claims(config)
    return {
        "name": config.name,
        **tables,
        "modules": [
            {
                "name": item.module.name,
                "hooks": list(item.module.hooks),
                "events": list(item.module.events),
                "pmp_first": item.pmp_first,
                "pmp_entries": item.pmp_count,
            }
            for item in config.enabled
        ],
        "claims": [name for name, cause in CAUSES.items() if mask >> cause & 1],
        "fast_paths": [
            path.kind for path in firmware_fast_paths(config) + payload_fast_paths(config)
        ],
    }


def config_json(config: Config) -> str:
    """config.json, minified."""
    return json.dumps(config_dict(config), separators=(",", ":"))
