"""What was used of the upstream that is configured; what was used of others stands apart, and is in no sum with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.clock import Clock
from app.services.gen_ai.ledger.port import UnreadWrites, UsageLedger, UsageQuery, UsageSum
from app.vocabulary import UsageGroup


@dataclass(frozen=True, slots=True)
class UpstreamUsage:
    """`groups` are those of the `upstream`; `others` have a sum for each other one, with its name as the key.

    `unread`: what the groups wrote into caches for nothing, by their keys; those that wrote nothing so are missing.
    """

    upstream: str
    groups: Sequence[UsageSum]
    others: Sequence[UsageSum]
    unread: Mapping[str, UnreadWrites]


class UsageOverview:
    """`upstream` names who answers today: `openai`, `simulator`, or the host of a compatible server."""

    def __init__(self, ledger: UsageLedger, upstream: str, clock: Clock) -> None:
        self._ledger = ledger
        self._upstream = upstream
        self._clock = clock

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> UpstreamUsage:
        """Of the upstream that the query names; without, of the one that answers today."""
        upstream = query.upstream or self._upstream
        within = replace(query, upstream=upstream)
        groups = await self._ledger.sums(within, group_by)
        each = await self._ledger.sums(replace(query, upstream=None), UsageGroup.UPSTREAM)
        others = [found for found in each if found.key != upstream]
        unread: Mapping[str, UnreadWrites] = {}
        if any(found.tokens.cache_written for found in groups):
            unread = await self._ledger.unread_writes(within, group_by, self._clock.now())
        return UpstreamUsage(upstream, groups, others, unread)
