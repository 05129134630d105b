//! What every ledger store must hold to, as one call for a store's author.
//!
//! ```
//! use outx_ledger::{MemoryLedger, suite};
//! use std::sync::Arc;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), suite::SuiteFailure> {
//! suite::run(|| Arc::new(MemoryLedger::new())).await
//! # }
//! ```
//!
//! Each behaviour is tried on a store of its own, which must be empty. All are tried, and all that fail are
//! told. What the suite cannot see from outside stays with the store: that its calls are durable when they
//! return, and that two calls at once are one after the other.

mod account;
mod answered;
mod begin;
mod bench;
mod binding;
mod contact;
mod evidence;
mod fresh;
mod keeping;
mod tries;

use crate::store::Ledger;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The behaviours that a store failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteFailure {
    failed: Vec<Failure>,
}

/// One behaviour that a store failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The behaviour, named by what must hold.
    pub behaviour: &'static str,
    /// What was seen instead.
    pub seen: String,
}

impl SuiteFailure {
    /// At least one, in the order in which they were tried.
    pub fn failed(&self) -> &[Failure] {
        &self.failed
    }
}

impl fmt::Display for SuiteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the ledger store fails {} behaviours", self.failed.len())?;
        self.failed.iter().try_for_each(|failure| write!(f, "\n- {}: {}", failure.behaviour, failure.seen))
    }
}

impl Error for SuiteFailure {}

/// Tries every behaviour on a store; `make` gives a new and empty one at each call.
///
/// # Errors
///
/// All behaviours that the store failed.
pub async fn run<S: Ledger + ?Sized>(make: impl Fn() -> Arc<S>) -> Result<(), SuiteFailure> {
    let mut failed = Vec::new();
    macro_rules! each {
        ($($group:ident::$behaviour:ident),* $(,)?) => {$(
            let store = make();
            if let Err(seen) = $group::$behaviour(&bench::Bench::new(&*store)).await {
                failed.push(Failure { behaviour: stringify!($behaviour), seen });
            }
        )*};
    }
    each![
        begin::the_first_asking_is_permitted,
        begin::a_write_entered_again_while_sending_is_in_doubt,
        begin::a_read_entered_again_is_asked_again_and_counted,
        begin::another_action_waits_for_a_sender_and_then_is_in_doubt,
        begin::an_accepted_task_is_joined,
        begin::a_completed_write_is_told_with_its_output,
        begin::a_refusal_waits_and_then_goes,
        begin::a_refusal_without_a_moment_goes_after_a_second,
        begin::a_proof_frees,
        begin::a_rejection_stays_with_its_action_and_frees_others,
        begin::a_failed_task_stays_with_its_action_and_frees_others,
        begin::an_action_whose_own_try_has_ended_is_told_so_whoever_tried_since,
        begin::an_unknown_outcome_is_never_free,
        begin::a_doubt_is_settled_by_a_word,
        begin::a_word_that_it_was_sent_or_given_up_holds,
        evidence::a_late_answer_settles_a_doubt,
        evidence::evidence_after_the_end_is_taken,
        evidence::a_ticket_names_the_law_under_which_its_own_try_was_begun,
        evidence::evidence_goes_to_the_earlier_action_that_holds_its_token,
        evidence::an_earlier_action_that_had_effect_after_all_is_not_repeated,
        evidence::evidence_taken_twice_changes_nothing,
        evidence::an_unknown_token_goes_nowhere,
        evidence::an_output_belongs_to_the_task_that_stands,
        evidence::evidence_for_no_entry_is_an_error,
        answered::what_was_answered_at_once_is_told_with_its_output,
        answered::what_failed_at_once_frees_others_and_not_itself,
        answered::what_was_answered_unusably_is_never_free,
        answered::what_is_sent_elsewhere_is_no_action_of_the_account,
        keeping::an_entry_reads_as_it_was_recorded,
        keeping::an_entry_is_found_by_any_of_its_tasks,
        keeping::accounts_never_mix,
        keeping::entries_stand_in_the_order_of_their_first_asking,
        account::limits_are_kept_and_taken_back,
        account::a_full_limit_waits_for_room,
        account::what_may_have_been_sent_counts,
        account::limits_that_are_brought_along_only_tighten,
        account::a_label_counts_by_itself,
        account::an_endpoint_that_the_catalogue_has_not_counts_by_itself,
        account::a_gap_is_kept_to_each_person,
        account::an_invitation_limit_closes_invitations_alone,
        account::nobody_on_the_block_list_is_written_to,
        account::a_blocked_slug_is_known_by_all_its_names,
        account::what_is_told_first_counts_in_what_is_asked_beside_it,
        account::the_block_list_changes_nothing_that_was_sent,
        account::a_chosen_key_holds_for_one_effect_and_its_time,
        fresh::equal_reads_under_way_are_one,
        fresh::a_read_is_used_again_while_it_is_fresh,
        fresh::a_read_that_failed_or_was_forgotten_is_read_again,
        fresh::a_read_that_was_left_under_way_is_read_again_and_keeps_its_task,
        tries::a_past_try_keeps_what_it_was_about,
        tries::what_comes_late_of_a_past_try_is_about_its_own_person,
        tries::an_earlier_try_that_had_effect_after_all_stands_as_it_was_asked_for,
        tries::an_output_that_comes_while_another_is_sending_is_kept,
        tries::a_late_failure_is_the_end_of_whoever_it_belongs_to,
        tries::a_late_failure_ends_an_action_that_has_begun_again,
        tries::what_two_actions_did_after_all_is_a_conflict,
        contact::a_person_was_written_to_when_that_was_permitted_last,
        contact::a_read_is_no_contact,
        contact::what_certainly_had_no_effect_is_no_contact,
        contact::a_person_was_written_to_under_every_name,
        contact::a_key_that_was_another_persons_tells_of_both,
        binding::a_key_that_is_bound_stays_where_it_is,
        binding::an_account_has_several_keys_oldest_first,
        binding::origins_never_mix,
    ];
    if failed.is_empty() { Ok(()) } else { Err(SuiteFailure { failed }) }
}
