"""What decides a document's result besides its own text: one frozen, picklable value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HeadlinePolicy = Literal["keep", "drop", "off"]

Strictness = Literal["cautious", "default", "thorough"]
Evidence = Literal["all", "rules"]

STRICTNESSES: tuple[Strictness, ...] = ("cautious", "default", "thorough")
EVIDENCES: tuple[Evidence, ...] = ("all", "rules")
HEADLINE_POLICIES: tuple[HeadlinePolicy, ...] = ("keep", "drop", "off")
CONFIDENCES = ("high", "medium")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the core, the same for a string, a batch and a run.

    ``select`` and ``ignore`` hold rule codes or prefixes (``"ALR"``, ``"ALR001"``; the longer
    selector wins, as in ruff); an empty ``select`` means every rule. ``confidence`` is the lowest
    that may remove text. What an ignored rule would own stays, whatever other rules say of it.
    ``rules`` are paths of further rule packs, read once a process: a pack edited since is seen by
    the next. ``strictness`` is how sure the judge must be that a line no rule is certain of is
    boilerplate; with the ``evidence`` of "rules" it does not sit at all. ``repair_on``
    and ``repair_off`` switch single repair fixes against their defaults (`cleaner.repair.FIXES`).
    ``comments`` keeps what readers wrote below a page, marked, ``metadata`` asks pages for their date and
    author.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    confidence: Literal["high", "medium"] = "high"
    headlines: HeadlinePolicy = "keep"
    strictness: Strictness = "default"
    evidence: Evidence = "all"
    repair_on: tuple[str, ...] = ()
    repair_off: tuple[str, ...] = ()
    comments: bool = False
    metadata: bool = False


DEFAULTS = Options()
