//! The commands of the front end, one file for each subject. `docs/window.md` tells how to add one.
//!
//! A command parses what the window sent, calls one use case and renders the answer. What it returns
//! are types of its own file, so that a use case may change without the window noticing.
#![expect(clippy::needless_pass_by_value, reason = "Tauri hands commands what they take by value")]

pub mod acts;
pub mod attached;
pub mod audit;
pub mod books;
pub mod cards;
pub mod chain;
pub mod charts;
pub mod create;
pub mod customers;
pub mod designs;
pub mod ledger;
pub mod notices;
pub mod outbox;
pub mod overview;
pub mod periods;
pub mod plans;
pub mod preview;
pub mod previews;
pub mod production;
pub mod pushing;
pub mod reconciling;
pub mod requests;
pub mod revenue;
pub mod settings;
pub mod statement;
pub mod tasks;
pub mod usage;
pub mod wallets;
pub mod workspace;

use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::failure::Failure;

/// Every command, once.
#[must_use]
pub fn builder() -> Builder<tauri::Wry> {
    // A type is one type: what is absent is null, both ways.
    let builder = Builder::new().error_handling(ErrorHandlingMode::Throw).disable_serde_phases();
    builder.commands(collect_commands![
        audit::trail_details,
        audit::trail_index,
        audit::trail_page,
        acts::act_choices,
        acts::confirm_act,
        acts::preview_act,
        books::books_tie,
        books::pulse,
        cards::begin_card_version,
        cards::begin_rate_card,
        cards::discard_card_draft,
        cards::effect::card_effect,
        cards::effect::try_card_event,
        cards::publish_card_draft,
        cards::rate_cards,
        cards::rehearse_card_draft,
        cards::sheet::check_card_sheet,
        cards::sheet::compare_card_sheets,
        cards::sheet::open_card_sheet,
        cards::sheet::save_card_sheet,
        cards::typing::edit_cells,
        cards::typing::read_pasted,
        charts::deferred_chart,
        chain::conversion_effect,
        chain::conversion_page,
        chain::new_conversion,
        chain::unit_chains,
        create::create_workspace,
        create::explore_demo,
        create::templates,
        customers::burn_down_chart,
        customers::customer_in_whole,
        customers::customers_index,
        customers::customers_page,
        customers::timeline_page,
        customers::timeline_pages,
        designs::ask_for_design,
        designs::begin_design,
        designs::compare_wallet_type,
        designs::design_form,
        designs::design_held,
        designs::discard_design,
        designs::new_plan,
        designs::new_wallet_type,
        designs::publish_design,
        designs::save_design,
        designs::wallet_choices,
        ledger::ledger_index,
        ledger::ledger_page,
        ledger::verify_ledger,
        notices::tell_alerts,
        notices::tell_end,
        outbox::discard_outbox_item,
        outbox::outbox,
        outbox::outbox_again,
        outbox::outbox_item,
        outbox::outbox_merge,
        outbox::put_into_outbox,
        outbox::renew_outbox_item,
        outbox::renew_outbox_items,
        overview::overview,
        plans::plan_calendar,
        plans::plan_chart,
        plans::plans,
        periods::ask_to_close_month,
        periods::close_month,
        periods::month_readiness,
        preview::preview_drafts,
        preview::run_preview,
        previews::keep_preview,
        previews::kept_previews,
        previews::open_preview,
        previews::discard_preview,
        previews::export_preview,
        previews::preview_customer,
        production::connect_production,
        production::disconnect_production,
        production::follow_production,
        production::forget_production_password,
        production::keychain_is_there,
        production::production_connection,
        production::production_state,
        production::pull_production,
        pushing::push_outbox,
        reconciling::reconcile_production,
        requests::ask_for_act,
        requests::ask_for_card_draft,
        attached::attachable_previews,
        requests::decide_request,
        requests::publishing_needs,
        requests::renew_request,
        requests::request_in_whole,
        requests::request_merge,
        requests::requests,
        requests::waiting_work,
        revenue::entry_usage,
        revenue::export_report,
        revenue::figure_entries,
        revenue::figure_make_up,
        revenue::make_report,
        revenue::report_choices,
        settings::books_settings,
        settings::operator_name,
        settings::set_settings,
        settings::settings,
        statement::write_statement,
        tasks::cancel_task,
        usage::choose_file,
        usage::import_usage,
        usage::post_usage,
        usage::read_mapping,
        usage::usage_mappings,
        wallets::wallet_example,
        wallets::wallet_example_chart,
        wallets::wallet_type,
        wallets::wallet_types,
        workspace::choose_folder,
        workspace::close_window,
        workspace::close_workspace,
        workspace::forget_workspace,
        workspace::open_workspace,
        workspace::recent_workspaces,
        workspace::resolve_as_of,
        workspace::workspace_status,
    ])
}

/// A code, day or other small thing that the window sent as text.
pub(crate) fn parse<T>(text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error| Failure::input(&error))
}
