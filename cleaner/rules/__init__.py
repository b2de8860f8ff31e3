"""Rule packs: phrases and patterns as data, what they mean, and the choice among them."""

from cleaner.rules.index import shipped_packs
from cleaner.rules.model import Block, Example, Limits, Pack, Rule
from cleaner.rules.pack import load_pack, parse_pack
from cleaner.rules.registry import Rules, load_rules

__all__ = [
    "Block",
    "Example",
    "Limits",
    "Pack",
    "Rule",
    "Rules",
    "load_pack",
    "load_rules",
    "parse_pack",
    "shipped_packs",
]
