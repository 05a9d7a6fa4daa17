"""What was used of the upstream that is configured; what was used of others stands apart, and is in no sum with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.services.gen_ai.ledger.port import UsageLedger, UsageQuery, UsageSum
from app.vocabulary import UsageGroup


@dataclass(frozen=True, slots=True)
class UpstreamUsage:
    """`groups` are those of the `upstream`; `others` have a sum for each other one, with its name as the key."""

    upstream: str
    groups: Sequence[UsageSum]
    others: Sequence[UsageSum]


class UsageOverview:
    """`upstream` names who answers today: `openai`, `simulator`, or the host of a compatible server."""

    def __init__(self, ledger: UsageLedger, upstream: str) -> None:
        self._ledger = ledger
        self._upstream = upstream

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> UpstreamUsage:
        """Of the upstream that the query names; without, of the one that answers today."""
        upstream = query.upstream or self._upstream
        groups = await self._ledger.sums(replace(query, upstream=upstream), group_by)
        each = await self._ledger.sums(replace(query, upstream=None), UsageGroup.UPSTREAM)
        return UpstreamUsage(upstream, groups, [found for found in each if found.key != upstream])
