"""What holds after every history, whatever happened in it. Each check says in words what is wrong.

A room that adds an effect of its own adds its check here: a module with functions from ``Cloud`` to findings, and its
name in ``CHECKS``.
"""

from __future__ import annotations

from tests.simulation.cloud import Cloud
from tests.simulation.invariants import (
    acks,
    answers,
    changes,
    clocks,
    cover,
    ends,
    fates,
    foresight,
    joining,
    mutes,
    notices,
    orders,
    pages,
    policy,
    privacy,
    refusals,
    reminders,
    rest,
    rota,
    rules,
    sleep,
    timelines,
    turns,
    whatsapp,
    whom,
)

CHECKS = (
    fates.each_accepted_event_has_one_fate,
    fates.each_alarm_comes_through_the_door,
    fates.what_a_sender_asked_for_happened,
    fates.each_event_finds_its_service,
    fates.quiet_incidents_resolve_themselves,
    fates.counts_are_exact,
    fates.alerts_are_open_while_their_incidents_are,
    fates.what_its_sender_resolved_is_over,
    fates.nothing_is_late_without_a_resolve,
    mutes.what_is_dropped_was_muted_or_not_open,
    mutes.what_is_muted_opens_nothing,
    mutes.each_alert_is_muted_as_the_timelines_say,
    mutes.an_open_incident_is_muted_asleep,
    clocks.nothing_is_forgotten,
    clocks.an_alarm_says_what_is_overdue,
    clocks.an_alarm_is_about_something,
    clocks.clocks_do_not_spin,
    pages.every_due_page_reaches_its_carrier,
    pages.no_page_after_the_ack,
    pages.no_page_twice,
    pages.one_call_in_two_minutes,
    pages.what_nobody_verified_gets_nothing,
    pages.what_a_throttle_held_back_is_named,
    turns.one_page_by_text_in_a_minute,
    turns.whatever_a_text_carries_it_names,
    turns.what_waits_goes_with_the_next,
    refusals.what_was_refused_moves_on,
    refusals.only_what_was_refused_is_called_so,
    refusals.every_refusal_has_its_reason,
    refusals.a_refusal_brings_the_next_contact_or_passes_the_step,
    policy.the_policy_is_kept,
    rules.each_rule_is_due_when_it_says,
    policy.urgency_is_that_of_the_hour,
    policy.what_ends_badly_pages_the_last_resort,
    policy.what_is_low_becomes_high_when_support_hours_begin,
    timelines.the_timeline_tells_the_state,
    timelines.the_timeline_tells_the_pages,
    whom.who_was_on_call,
    whom.turns_go_round,
    timelines.every_alarm_was_raised,
    foresight.what_was_foretold_was_sent,
    rota.the_past_is_never_rewritten,
    rota.who_is_on_call_is_as_written,
    rota.a_change_counts_from_when_it_was_made,
    rota.an_apply_counts_after_the_one_before,
    rota.an_apply_is_refused_only_when_another_was_first,
    rota.an_apply_cuts_no_turn_short,
    changes.a_refused_change_has_no_effect_and_an_accepted_one_has,
    changes.cover_is_taken_by_one_alone,
    notices.handoffs_are_told,
    cover.what_is_said_of_cover_is_so,
    cover.whoever_gives_time_away_hears_of_it,
    cover.who_could_take_time_is_asked,
    ends.whoever_was_paged_hears_of_the_end,
    ends.nobody_else_hears_of_an_end,
    ends.ends_are_told_together,
    ends.whoever_subscribed_hears_of_it,
    reminders.only_whoever_has_it_is_reminded,
    reminders.whoever_has_it_is_reminded_in_time,
    acks.where_all_must_acknowledge_all_have,
    acks.the_last_alert_to_recover_ends_it,
    orders.a_command_is_done_once,
    orders.what_cannot_be_done_is_refused,
    orders.every_command_is_answered,
    orders.both_sides_of_a_merge_tell_of_it,
    sleep.nobody_is_paged_while_somebody_has_it_or_it_is_quiet,
    sleep.a_snooze_ends_when_it_says,
    joining.whoever_is_asked_is_paged_until_they_answer,
    answers.everybody_is_told_the_truth,
    answers.everybody_is_answered,
    answers.nobody_acts_more_than_they_did,
    answers.who_names_an_incident_is_answered_about_it,
    answers.who_did_it_is_told_so,
    answers.every_surface_answers,
    answers.who_wants_no_texts_gets_none,
    answers.a_bare_word_means_the_only_incident,
    answers.only_who_was_paged_answers,
    answers.what_nobody_vouches_for_does_nothing,
    answers.strangers_learn_nothing,
    whatsapp.what_goes_by_whatsapp_outside_of_an_answer_is_a_page,
    whatsapp.what_whatsapp_reports_is_noted,
    rest.nothing_is_left,
    rest.the_stream_told_every_line,
    privacy.nothing_private_is_logged,
)
#: More than these of one history help nobody.
MOST = 20


def judge(cloud: Cloud) -> list[str]:
    """Everything that is wrong with a history, as ``check: words``."""
    found = list(cloud.witness.found)
    for check in CHECKS:
        for words in check(cloud):
            found.append(f"{check.__name__}: {words}")
            if len(found) >= MOST:
                return found
    return found
