//! Invariant 11 on random histories: the preview of what is published is what is posted. The baseline of
//! a preview, and a scenario that changes nothing, end every chain where the ledger has ended it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip_engine::Operation;
use scrip_preview::{Event, Replay, Scenario, Timing, Window};
use scrip_testkit::budget;
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::whole_history;
use scrip_testkit::history::{Drawn, History};
use scrip_units::Instant;
use serde_json::json;

proptest! {
    #![proptest_config(budget(48))]

    #[test]
    fn a_preview_of_what_is_published_is_what_is_posted(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 30).prop_map(Drawn),
        from in 0_i64..(60 * 86_400),
        as_dated in any::<bool>(),
    ) {
        let history = History::run_by_laws(&world.0, &history.0).map_err(TestCaseError::fail)?;
        let ledger = &history.ledger;
        let begin = json!({
            "id": "begin", "at": "2000-01-01T00:00:00Z", "actor": "oracle",
            "op": "apply_configuration", "document": world.0,
        });
        let begin = (begin.to_string(), None);
        let recorded = std::iter::once(begin).chain(ledger.recorded());
        let events = recorded.map(|(operation, usage)| {
            let operation = Operation::from_json(&operation).expect("it was applied");
            Event { operation, usage }
        });
        let events: Vec<_> = events.collect();
        let first = 1_767_225_600 + from;
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000).expect("in the calendar");
        let window = Window { from: at(first), until: at(first + 30 * 86_400) };
        let live = ledger.book.catalog.document().clone();
        let timing = if as_dated { Timing::AsDated } else { Timing::SinceWindow };
        let same = Scenario { name: "the same".to_owned(), draft: live.clone(), timing };
        let mut replay = Replay::new(window, live, (None, None), vec![same]);
        replay.step(&events).map_err(|e| TestCaseError::fail(history.told(&e.to_string())))?;
        let runs = replay.finish().map_err(|e| TestCaseError::fail(history.told(&e.to_string())))?;
        let posted: BTreeMap<_, _> =
            ledger.book.customers.iter().map(|(code, own)| (code, own.chain)).collect();
        for run in &runs {
            let previewed: BTreeMap<_, _> = run.chains().collect();
            if previewed != posted || run.undone_count != 0 {
                let name = run.name().unwrap_or("baseline");
                let why = format!("the preview of {name} is not what was posted: {:?}", run.undone);
                return Err(TestCaseError::fail(history.told(&why)));
            }
            prop_assert_eq!(&run.figures, &runs[0].figures);
        }
    }
}
