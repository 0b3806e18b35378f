"""The names of the columns that the stages hand to one another, each said once.

The raw files' own names are parameters (`data.columns`) and end with the split stage.
"""

from typing import Final

CUSTOMER_ID: Final = "customer_id"
"""The shop's own name of a customer; text."""

ARTICLE_ID: Final = "article_id"
"""The shop's own name of an article; text, leading zeroes kept."""

CUSTOMER: Final = "customer"
"""0-based int32 position in the customer vocabulary."""

ARTICLE: Final = "article"
"""0-based int32 position in the article vocabulary."""

DAY: Final = "day"
"""int32 days since 1970-01-01."""

CLUSTER: Final = "cluster"
"""0-based int32 cluster of a customer."""

PROFILE: Final = "profile"
"""0-based int32 position among the distinct levels of the customers' metadata."""

GROUP: Final = "group"
"""A customer's group (`CustomerGroup`); text."""

PHASE: Final = "phase"
"""When an article was first sold (`ArticlePhase`); text."""
