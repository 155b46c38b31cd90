"""What Slack's words for errors mean for a page.

The words: https://docs.slack.dev/reference/methods/chat.postMessage#errors and …/chat.update#errors. One that is not
here is a refusal: a page moves on rather than wait for what nobody knows to pass.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What an edit meets that a new message does not: it is posted anew.
NOT_TO_EDIT = frozenset(["message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch"])
#: What a reply in a thread meets that a message of its own does not.
NOT_TO_THREAD = frozenset(
    [
        "thread_not_found",
        "cannot_reply_to_message",
        "thread_locked",
        "restricted_action_non_threadable_channel",
    ]
)
#: REASONS' word for each error after which the next contact is tried.
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ["channel_not_found", "is_archived", "is_inactive", "not_in_channel", "team_not_found"],
        "no_such_channel",
    ),
    **dict.fromkeys(
        ["user_not_found", "users_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled"],
        "no_such_person",
    ),
    **dict.fromkeys(
        [
            "access_denied",
            "accesslimited",
            "account_inactive",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "invalid_auth",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "not_authed",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_thread_locked",
            "team_access_not_granted",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        ],
        "access_denied",
    ),
    **dict.fromkeys(
        [
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_text",
            "too_many_attachments",
        ],
        "message_invalid",
    ),
}
#: The reason, and whether the message may have been sent, of each that passes.
LATER: Mapping[str, tuple[str, bool]] = {
    "ratelimited": ("throttled", False),
    "rate_limited": ("throttled", False),
    "message_limit_exceeded": ("throttled", False),
    "service_unavailable": ("carrier_down", False),
    "request_timeout": ("carrier_down", False),
    "team_added_to_org": ("carrier_down", False),
    "org_login_required": ("carrier_down", False),
    "external_channel_migrating": ("carrier_down", False),
    # Of these Slack says that some of the work may have been done.
    "fatal_error": ("carrier_down", True),
    "internal_error": ("carrier_down", True),
    "update_failed": ("carrier_down", True),
}
