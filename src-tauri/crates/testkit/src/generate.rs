//! Small worlds and histories for property tests, in numbers that make collisions likely: lots that
//! expire when usage arrives, charges below a step, events that come twice.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::oracle::fraction::Mode;
use crate::oracle::step::{Event, Grant, Paid, Step};
use crate::oracle::world::{ORDERS, SmallPricing, SmallRate, SmallTier, SmallWallet, SmallWorld};

/// Values of the dimension `feature`.
const FEATURES: &[&str] = &["a", "b"];

/// A time in the first four months: quarter days, and the minute before and after midnight.
pub fn minutes() -> impl Strategy<Value = i64> {
    (0_i64..118, select(vec![0, 1, 360, 720, 1439])).prop_map(|(day, minute)| day * 1440 + minute)
}

fn wallet(position: usize, count: usize) -> impl Strategy<Value = SmallWallet> {
    (
        select(vec![10, 10, 20]),
        option::weighted(0.2, select(FEATURES.to_vec())),
        prop::bool::weighted(0.7),
        option::weighted(0.2, 1_i64..3000),
        select(ORDERS.to_vec()),
        option::of(0..count),
    )
        .prop_map(move |(priority, scope, soft, limit, order, fallback)| SmallWallet {
            priority,
            scope,
            soft,
            limit: limit.filter(|_| soft),
            order,
            fallback: fallback.filter(|to| *to > position),
        })
}

fn tiers(retrospective: bool) -> impl Strategy<Value = Vec<SmallTier>> {
    let flat = if retrospective { 0_i64..500 } else { 0_i64..2000 };
    vec((1_i64..20_000, 0_i64..3000, flat), 1..4).prop_map(move |tiers| {
        let mut tiers = tiers;
        if retrospective {
            // The more is used the cheaper: this is what gives back.
            tiers.sort_by_key(|tier| std::cmp::Reverse(tier.1));
        }
        let mut bound = 0;
        let last = tiers.len() - 1;
        let tier = |(index, (width, price, flat)): (usize, (i64, i64, i64))| {
            bound += width;
            SmallTier { up_to: (index != last).then_some(bound), price, flat }
        };
        tiers.into_iter().enumerate().map(tier).collect()
    })
}

fn pricing(retrospective: bool) -> BoxedStrategy<SmallPricing> {
    let flat = prop_oneof![
        (0_i64..3000, select(vec![1_i64, 1, 3, 7, 1000]))
            .prop_map(|(price, per)| SmallPricing::PerUnit { price, per }),
        (1_i64..10_000, 0_i64..5000, any::<bool>())
            .prop_map(|(size, price, up)| SmallPricing::Package { size, price, up }),
        tiers(false).prop_map(SmallPricing::Graduated),
    ];
    if retrospective {
        prop_oneof![1 => flat, 2 => tiers(true).prop_map(SmallPricing::Volume)].boxed()
    } else {
        flat.boxed()
    }
}

fn rate(
    cells: (Option<&'static str>, Option<&'static str>),
    wallets: usize,
    retrospective: bool,
) -> impl Strategy<Value = SmallRate> {
    (
        pricing(retrospective),
        prop_oneof![2 => Just(0_i64), 1 => 1_i64..3000],
        prop::bool::weighted(0.2),
        select(vec![Mode::Half, Mode::Half, Mode::Up, Mode::Down]),
        option::weighted(0.3, 0..wallets),
    )
        .prop_map(move |(pricing, included, on_event, mode, named)| SmallRate {
            feature: cells.0,
            sort: cells.1,
            // A retrospective tier gives back what was charged in all: rounding each event on its
            // own leaves nothing to tell how much that is.
            on_event: on_event && !matches!(pricing, SmallPricing::Volume(_)),
            pricing,
            included,
            mode,
            named,
        })
}

/// A small world; with retrospective rates or without.
pub fn world(retrospective: bool) -> impl Strategy<Value = SmallWorld> {
    (2_usize..4).prop_flat_map(move |count| {
        let wallets: Vec<_> = (0..count).map(|position| wallet(position, count)).collect();
        let rates = (
            option::weighted(0.9, rate((None, None), count, retrospective)),
            option::of(rate((Some("a"), None), count, retrospective)),
            rate((Some("b"), Some("x")), count, retrospective),
        );
        (wallets, rates, select(vec![0_i64, 1, 100, 335, 1000])).prop_map(
            |(wallets, (all, one, two), overage)| SmallWorld {
                wallets,
                rates: all.into_iter().chain(one).chain([two]).collect(),
                overage,
            },
        )
    })
}

/// A world with one soft wallet without limit, and rates that do not look back: what an order of
/// arrival may not change.
pub fn plain_world() -> impl Strategy<Value = SmallWorld> {
    (pricing(false), pricing(false), select(ORDERS.to_vec())).prop_map(|(one, two, order)| {
        let rate = |feature, pricing| SmallRate {
            feature,
            sort: None,
            pricing,
            included: 0,
            on_event: false,
            mode: Mode::Half,
            named: None,
        };
        let wallet = SmallWallet {
            priority: 10,
            scope: None,
            soft: true,
            limit: None,
            order,
            fallback: None,
        };
        SmallWorld {
            wallets: vec![wallet],
            rates: vec![rate(None, one), rate(Some("a"), two)],
            overage: 335,
        }
    })
}

/// A usage event.
pub fn event() -> impl Strategy<Value = Event> {
    let quantity =
        prop_oneof![1 => 1_i64..10, 3 => 1_i64..2000, 5 => 1_i64..30_000, 1 => Just(0_i64)];
    let feature = option::of(select(FEATURES.to_vec()));
    let sort = option::of(select(vec!["x", "y"]));
    let early = minutes().prop_map(|at| at % (35 * 1440));
    (0_u32..60, prop_oneof![2 => early, 1 => minutes()], quantity, feature, sort)
        .prop_map(|(key, at, quantity, feature, sort)| Event { key, at, quantity, feature, sort })
}

/// When a lot begins: mostly early, so that usage finds it.
fn start() -> impl Strategy<Value = i64> {
    prop_oneof![3 => (0_i64..20).prop_map(|day| day * 1440), 1 => minutes()]
}

fn grant() -> impl Strategy<Value = Grant> {
    let kinds = vec![
        "purchased",
        "purchased",
        "purchased",
        "bonus",
        "promotional",
        "compensation",
        "allocated",
        "migrated",
    ];
    let units = prop_oneof![1_i64..10, 1_i64..500, 1_i64..20_000, 1_i64..20_000];
    let money = prop_oneof![0_i64..10, 0_i64..5000];
    let paid = (money, select(vec![0_i64, 0, 21]), any::<bool>());
    (
        (0_u32..10, 0_usize..3, units, select(kinds)),
        paid,
        (prop::bool::weighted(0.95), start(), option::weighted(0.7, 0_i64..90)),
        option::of(0_u32..3),
    )
        .prop_map(
            |((lot, wallet, units, kind), (net, tax, invoiced), (usual, from, days), priority)| {
                let paid = Paid { net, tax, invoiced };
                // Nine in ten follow the rule of their kind: promotional lots have no price, others do.
                let priced = (kind != "promotional") == usual;
                Grant {
                    lot,
                    wallet,
                    units,
                    kind,
                    paid: priced.then_some(paid),
                    from,
                    until: days.map(|days| from + days * 1440),
                    priority,
                }
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => grant().prop_map(Step::Grant),
        8 => (vec(event(), 1..6), prop::bool::weighted(0.7))
            .prop_map(|(events, record)| Step::Use { events, record }),
        3 => Just(Step::Expire),
        2 => (0_u32..10, option::of(prop_oneof![1_i64..20, 1_i64..2000]), select(vec![0_i64, 0, 1, 50]))
            .prop_map(|(lot, units, fee)| Step::Refund { lot, units, fee }),
        1 => (0_u32..10).prop_map(|lot| Step::Void { lot }),
        1 => prop_oneof![1_i64..100, 1_i64..3000].prop_map(Step::Pay),
        1 => (option::of(1_i64..50), select(vec![0_i64, 7]))
            .prop_map(|(amount, tax)| Step::Invoice { amount, tax }),
    ]
}

/// A history: a few grants, then steps of all kinds; their times need not rise.
pub fn history(length: usize) -> impl Strategy<Value = Vec<(i64, Step)>> {
    let grants = vec((minutes(), grant().prop_map(Step::Grant)), 0..5);
    (grants, vec((minutes(), step()), 1..length)).prop_map(|(mut grants, steps)| {
        grants.extend(steps);
        grants
    })
}

/// Makes a history fit its world: wallet types that exist, lots numbered as they come (one in seven
/// taken twice), refunds and voids of lots that were granted.
pub fn fit(world: &SmallWorld, history: &mut [(i64, Step)]) {
    let mut granted = 0;
    for (_, step) in history {
        match step {
            Step::Grant(grant) => {
                grant.wallet %= world.wallets.len();
                grant.lot = if grant.lot == 7 { 0 } else { granted };
                granted += 1;
            }
            Step::Refund { lot, .. } | Step::Void { lot } => *lot %= granted.max(1) + 1,
            _ => {}
        }
    }
}
