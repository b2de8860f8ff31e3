"""Everything that speaks about a line, as one table of named whole numbers.

The judge sees nothing else. A number is what it is for a document, whatever shares its batch; none
knows a line's index, or how far the document's end is beyond the run of short lines it stands in.
"""

from cleaner.evidence.catalogue import FEATURES, NAMES, WITHOUT_PROFILE, Feature
from cleaner.evidence.columns import Batch, evidence, evidence_under

__all__ = ["FEATURES", "NAMES", "WITHOUT_PROFILE", "Batch", "Feature", "evidence", "evidence_under"]
