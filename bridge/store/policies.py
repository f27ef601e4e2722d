"""Policies are stored once per content and named by digest; tickets of one route share one."""

from collections.abc import Iterable

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.policy import Policy
from bridge.store.models import PolicyRow
from bridge.store.rows import policy_body, to_policy

KEPT = 2000
"""Policies held in memory; more only after thousands of edits of the config file."""


class Policies:
    """The policies this process has met."""

    def __init__(self) -> None:
        self._by_digest: dict[str, Policy] = {}
        self._digests: dict[int, tuple[Policy, str]] = {}
        """By identity; the policy is held so that its identity stays its own."""
        self._stored: set[str] = set()

    def digest(self, policy: Policy) -> str:
        known = self._digests.get(id(policy))
        if known is not None:
            return known[1]
        digest, _ = policy_body(policy)
        self._remember(digest, policy)
        return digest

    def _remember(self, digest: str, policy: Policy) -> None:
        if len(self._digests) > KEPT:
            self._digests.clear()
            self._by_digest.clear()
        self._by_digest.setdefault(digest, policy)
        self._digests[id(policy)] = (policy, digest)

    async def keep(self, policies: Iterable[Policy], connection: BaseDBAsyncClient) -> set[str]:
        """Store those that are not yet; their digests, to be given to `committed` when the transaction is."""
        new = {self.digest(policy): policy for policy in policies}
        missing = {digest: policy for digest, policy in new.items() if digest not in self._stored}
        if missing:
            rows = [PolicyRow(digest=digest, body=policy_body(policy)[1]) for digest, policy in missing.items()]
            await PolicyRow.bulk_create(rows, ignore_conflicts=True, using_db=connection)
        return set(missing)

    def committed(self, digests: Iterable[str]) -> None:
        self._stored.update(digests)

    async def fetch(self, digests: Iterable[str], connection: BaseDBAsyncClient) -> dict[str, Policy]:
        """All of these digests; those unknown are read."""
        wanted = set(digests)
        found = {digest: self._by_digest[digest] for digest in wanted if digest in self._by_digest}
        missing = sorted(wanted - found.keys())
        if missing:
            for row in await PolicyRow.filter(digest__in=missing).using_db(connection):
                policy = to_policy(row.body)
                self._remember(row.digest, policy)
                self._stored.add(row.digest)
                found[row.digest] = policy
        return found
