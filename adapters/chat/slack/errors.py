"""What Slack's refusals mean to us, after the methods' error lists of docs.slack.dev."""

from collections.abc import Mapping
from datetime import timedelta

from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    Scope,
    TryLater,
    Undeliverable,
)

MEANING: Mapping[str, type[DeliveryError]] = {
    "account_inactive": PlatformDown,
    "invalid_auth": PlatformDown,
    "not_authed": PlatformDown,
    "org_login_required": PlatformDown,
    "team_access_not_granted": PlatformDown,
    "token_expired": PlatformDown,
    "token_revoked": PlatformDown,
    "cannot_dm_bot": DestinationGone,
    "cant_delete_message": DestinationGone,
    "cant_update_message": DestinationGone,
    "channel_not_found": DestinationGone,
    "invalid_channel": DestinationGone,
    "is_archived": DestinationGone,
    "message_not_found": DestinationGone,
    "messages_tab_disabled": DestinationGone,
    "not_in_channel": DestinationGone,
    "thread_not_found": DestinationGone,
    "user_disabled": DestinationGone,
    "user_not_found": DestinationGone,
    "user_not_in_channel": DestinationGone,
    "users_not_found": DestinationGone,
    "access_denied": AccessMissing,
    "posting_to_channel_denied": AccessMissing,
    "ekm_access_denied": AccessMissing,
    "enterprise_is_restricted": AccessMissing,
    "method_not_supported_for_channel_type": AccessMissing,
    "missing_scope": AccessMissing,
    "no_permission": AccessMissing,
    "not_allowed_token_type": AccessMissing,
    "plan_upgrade_required": AccessMissing,
    "restricted_action": AccessMissing,
    "restricted_action_non_threadable_channel": AccessMissing,
    "restricted_action_read_only_channel": AccessMissing,
    "restricted_action_thread_locked": AccessMissing,
    "restricted_action_thread_only_channel": AccessMissing,
    "edit_window_closed": ContentRejected,
    "file_type_not_allowed": ContentRejected,
    "file_upload_size_restricted": ContentRejected,
    "file_uploads_disabled": ContentRejected,
    "file_uploads_except_images_disabled": ContentRejected,
    "storage_limit_reached": ContentRejected,
    "invalid_arguments": ContentRejected,
    "invalid_blocks": ContentRejected,
    "invalid_blocks_format": ContentRejected,
    "invalid_metadata_format": ContentRejected,
    "invalid_metadata_schema": ContentRejected,
    "markdown_text_conflict": ContentRejected,
    "metadata_must_be_sent_from_app": ContentRejected,
    "metadata_too_large": ContentRejected,
    "msg_blocks_too_long": ContentRejected,
    "msg_too_long": ContentRejected,
    "no_text": ContentRejected,
    # "It's possible some aspect of the operation succeeded before the error was raised", say the method pages.
    "fatal_error": OutcomeUnknown,
    "internal_error": OutcomeUnknown,
    "service_unavailable": OutcomeUnknown,
    "request_timeout": TryLater,
}

HINTS: Mapping[str, str] = {
    "account_inactive": "install the app again and put its new bot token in place",
    "invalid_auth": "install the app again and put its new bot token in place",
    "token_expired": "install the app again and put its new bot token in place",
    "token_revoked": "install the app again and put its new bot token in place",
    "channel_not_found": "it was deleted, or it is private and the app is not in it, then /invite the app there",
    "is_archived": "unarchive the channel, or name another one in the config",
    "not_in_channel": "/invite the app there",
    "messages_tab_disabled": "update the app with handrail slack manifest",
    "restricted_action": "a setting of the workspace forbids it, ask its admins",
    "restricted_action_read_only_channel": "let the app post there, under the channel's posting permissions",
}
"""Codes somebody can do something about → what; it stands behind the code wherever a reason is shown."""

SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

_USUAL_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)


def refusal(code: str, method: str, *, needed: str | None = None) -> DeliveryError:
    """The error for an `ok: false` answer. `needed` is the scope Slack says is missing."""
    kind = MEANING.get(code, Undeliverable)
    hint = HINTS.get(code)
    if needed:
        hint = f"needs {needed}, install the app again from handrail slack manifest"
    return kind(f"{method}: {code} ({hint})" if hint else f"{method}: {code}")


def slow_down(code: str, method: str, retry_after: str | None, budget: str) -> RateLimited:
    """The error for a rate limit. Posts are limited per channel, all else per method and workspace."""
    if code == "message_limit_exceeded":
        # The limit of a free plan, not a pace: it must not be tried again soon.
        return RateLimited(f"{method}: {code}", _LONGEST_WAIT, Scope.PLATFORM)
    scope = Scope.LANE if method == "chat.postMessage" else Scope.BUDGET
    return RateLimited(f"{method}: {code}", wait_of(retry_after), scope, None if scope is Scope.LANE else budget)


def wait_of(retry_after: str | None) -> timedelta:
    """Retry-After in whole seconds; what is missing or no number waits 30 s, and nothing longer than 15 minutes."""
    digits = (retry_after or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return _USUAL_WAIT
    # Slack sometimes answers 429 with "Retry-After: 0"; taken literally that is a busy loop.
    seconds = max(int(digits[:9]), 1)
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)
