//! Random documents for property tests: of the right shape, with no regard to sense.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use scrip_units::{Date, Decimal, Instant, Number, Rounding, UnitCode, When};

use crate::document::*;

macro_rules! code {
    () => {
        "[!-~]{1,6}".prop_map(|text| text.parse().unwrap())
    };
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z ]{0,6}", any::<String>()]
}

fn unit() -> impl Strategy<Value = UnitCode> {
    "[A-Za-z][A-Za-z0-9_.-]{0,6}".prop_map(|text| text.parse().unwrap())
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        Just(Number::ONE),
        Just(Number::ZERO),
        (any::<i64>(), 0_u32..20)
            .prop_map(|(digits, scale)| Number::from(Decimal::new(digits, scale))),
    ]
}

fn date() -> impl Strategy<Value = Date> {
    (0_u64..2_900_000)
        .prop_map(|day| Date::default().checked_add_days(chrono::Days::new(day)).unwrap())
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        date().prop_map(When::Day),
        (0_i64..=Instant::MAX.micros())
            .prop_map(|micros| When::At(Instant::from_micros(micros).unwrap())),
    ]
}

fn cells() -> impl Strategy<Value = Cells> {
    let value = prop_oneof![Just("*".to_owned()), text()];
    prop_oneof![Just(BTreeMap::new()), btree_map(text(), value, 1..3)]
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Published), Just(Status::Draft)]
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::HalfAwayFromZero), Just(Rounding::Up), Just(Rounding::Down)]
}

fn unit_definition() -> impl Strategy<Value = UnitDefinition> {
    let kind = prop_oneof![Just(UnitKind::Credit), Just(UnitKind::Usage)];
    (unit(), text(), kind, any::<u8>()).prop_map(|(code, name, kind, scale)| UnitDefinition {
        code,
        name,
        kind,
        scale,
    })
}

fn meter() -> impl Strategy<Value = Meter> {
    let aggregation = prop_oneof![Just(Aggregation::Sum), Just(Aggregation::Count)];
    let dimension = (text(), option::of(vec(text(), 0..3)), any::<bool>())
        .prop_map(|(name, values, report)| Dimension { name, values, report });
    (code!(), text(), unit(), aggregation, vec(dimension, 0..3)).prop_map(
        |(code, name, unit, aggregation, dimensions)| Meter {
            code,
            name,
            unit,
            aggregation,
            dimensions,
        },
    )
}

fn conversion() -> impl Strategy<Value = Conversion> {
    let operation = prop_oneof![Just(FactorOperation::Multiply), Just(FactorOperation::Divide)];
    let factor = (cells(), operation, number(), rounding(), option::of(number())).prop_map(
        |(matches, operation, factor, rounding, step)| Factor {
            matches,
            operation,
            factor,
            rounding,
            step,
        },
    );
    let rule = (text(), number())
        .prop_map(|(source, spread_percent)| ExchangeRule { source, spread_percent });
    let version = (any::<u32>(), when(), status(), vec(factor, 0..3), option::of(rule)).prop_map(
        |(version, effective_at, status, factors, rates)| ConversionVersion {
            rates,
            version,
            effective_at,
            status,
            factors,
        },
    );
    (code!(), unit(), unit(), vec(version, 0..3))
        .prop_map(|(code, from, to, versions)| Conversion { code, from, to, versions })
}

fn expiry() -> impl Strategy<Value = ExpiryRule> {
    prop_oneof![
        Just(ExpiryRule::Never),
        Just(ExpiryRule::EndOfBillingPeriod),
        Just(ExpiryRule::EndOfContract),
        (any::<u32>(), any::<u32>())
            .prop_map(|(months, days)| ExpiryRule::AfterInactivity { months, days }),
        (any::<u32>(), any::<u32>()).prop_map(|(months, days)| ExpiryRule::After { months, days }),
        when().prop_map(|at| ExpiryRule::On { at }),
    ]
}

fn lot_kind() -> impl Strategy<Value = LotKind> {
    proptest::sample::select(LotKind::ALL.to_vec())
}

fn rollover() -> impl Strategy<Value = Rollover> {
    let above_cap = prop_oneof![Just(AboveCap::Truncate), Just(AboveCap::ForfeitOldest)];
    let limits = (number(), option::of(number()), any::<u32>());
    (limits, option::of(expiry()), above_cap, vec(lot_kind(), 0..3)).prop_map(
        |((fraction, cap, times), expiry, above_cap, kinds)| Rollover {
            fraction,
            cap,
            times,
            expiry,
            above_cap,
            kinds,
        },
    )
}

fn holds() -> impl Strategy<Value = HoldPolicy> {
    let time_out = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>())
        .prop_map(|(days, hours, minutes, seconds)| TimeOut { days, hours, minutes, seconds });
    let above = prop_oneof![Just(CaptureAbove::DrawDifference), Just(CaptureAbove::Reject)];
    let below = prop_oneof![Just(CaptureBelow::Release), Just(CaptureBelow::Keep)];
    (option::of(time_out), above, below).prop_map(|(time_out, capture_above, capture_below)| {
        HoldPolicy { time_out, capture_above, capture_below }
    })
}

fn top_up() -> impl Strategy<Value = TopUp> {
    let price = (unit(), number(), number(), option::of(price_tax()));
    let price =
        price.prop_map(|(currency, price, per, tax)| UnitPrice { currency, price, per, tax });
    let on = prop_oneof![Just(TopUpOn::Invoice), Just(TopUpOn::Payment)];
    let amount = || option::of(number());
    ((amount(), amount(), amount(), amount()), option::of(price), on).prop_map(
        |((threshold, bring_to, add, monthly_ceiling), price, on)| TopUp {
            threshold,
            bring_to,
            add,
            price,
            monthly_ceiling,
            on,
        },
    )
}

fn alert() -> impl Strategy<Value = Alert> {
    let within = || any::<u32>().prop_map(|days| Within { days });
    let spike = number().prop_map(|factor| Spike { factor });
    let balance = (option::of(number()), option::of(number()));
    (code!(), balance, option::of(within()), option::of(within()), option::of(spike)).prop_map(
        |(code, (below, below_percent), expiring_within, runs_out_within, spike)| Alert {
            code,
            below,
            below_percent,
            expiring_within,
            runs_out_within,
            spike,
        },
    )
}

fn wallet_type() -> impl Strategy<Value = WalletType> {
    let scope = (code!(), cells()).prop_map(|(meter, matches)| Scope { meter, matches });
    let draw_order = Just(default_draw_order()).prop_shuffle();
    let beyond = prop_oneof![Just(Beyond::Reject), Just(Beyond::Overage), Just(Beyond::Overdraft)];
    let burns = prop_oneof![Just(Burns::Usage), Just(Burns::Invoice)];
    let dated = (any::<u32>(), when(), status(), any::<u32>());
    let rates = prop_oneof![Just(LotRates::Current), Just(LotRates::Original)];
    let lists = (vec(scope, 0..3), vec(code!(), 0..3), draw_order, rates);
    let limit = (
        (beyond, burns),
        option::of(number()),
        option::of(number()),
        option::of(default_allowances()),
    );
    let restored = prop_oneof![Just(Restored::Expire), Just(Restored::Goodwill)];
    let rollover = (option::of(rollover()), restored);
    let mechanisms = (rollover, option::of(holds()), option::of(top_up()), vec(alert(), 0..3));
    let version = (dated, lists, expiry(), limit, mechanisms).prop_map(
        |(dated, lists, expiry, limits, ((rollover, restored), holds, top_up, alerts))| {
            let ((beyond, burns), overage_limit, overdraft_limit, allowances) = limits;
            let (version, effective_at, status, priority) = dated;
            let (scope, fallbacks, draw_order, rates) = lists;
            WalletTypeVersion {
                version,
                effective_at,
                status,
                priority,
                scope,
                fallbacks,
                draw_order,
                rates,
                expiry,
                beyond,
                burns,
                overage_limit,
                overdraft_limit,
                allowances,
                rollover,
                restored,
                holds,
                top_up,
                alerts,
            }
        },
    );
    (code!(), text(), unit(), vec(version, 0..3))
        .prop_map(|(code, name, unit, versions)| WalletType { code, name, unit, versions })
}

fn pricing() -> impl Strategy<Value = Pricing> {
    let partial = prop_oneof![Just(PartialPackage::Up), Just(PartialPackage::Down)];
    let tier = (option::of(number()), number(), number(), number())
        .prop_map(|(up_to, price, per, flat)| Tier { up_to, price, per, flat });
    let tiers = vec(tier, 0..3).boxed();
    let step = (option::of(number()), number()).prop_map(|(up_to, amount)| Step { up_to, amount });
    prop_oneof![
        (number(), number()).prop_map(|(price, per)| Pricing::PerUnit { price, per }),
        (number(), number(), partial).prop_map(|(size, price, partial)| Pricing::Package {
            size,
            price,
            partial
        }),
        tiers.clone().prop_map(|tiers| Pricing::Graduated { tiers }),
        tiers.prop_map(|tiers| Pricing::Volume { tiers }),
        vec(step, 0..3).prop_map(|steps| Pricing::Stairstep { steps }),
        (number(), number(), option::of(number()), option::of(number())).prop_map(
            |(percent, fee, at_least, at_most)| Pricing::Percentage {
                percent,
                fee,
                at_least,
                at_most
            }
        ),
    ]
}

fn window() -> impl Strategy<Value = TimeWindow> {
    let time = || option::of((0..=1440_u32).prop_map(|m| format!("{:02}:{:02}", m / 60, m % 60)));
    let days = vec(prop_oneof![Just(Weekday::Mon), Just(Weekday::Sun)], 0..3);
    (days, time(), time()).prop_map(|(weekdays, from, until)| TimeWindow {
        weekdays,
        from: from.map(|text| text.parse().unwrap_or_else(|_| unreachable!("{text}"))),
        until: until.map(|text| text.parse().unwrap_or_else(|_| unreachable!("{text}"))),
    })
}

fn rate() -> impl Strategy<Value = Rate> {
    let on = prop_oneof![Just(RoundingOn::Cumulative), Just(RoundingOn::Event)];
    let rounding = (on, rounding(), option::of(number()))
        .prop_map(|(on, mode, step)| ChargeRounding { on, mode, step });
    let named = (code!(), code!(), cells(), vec(code!(), 0..3));
    let bounds = (option::of(number()), option::of(number()));
    let limits = (option::of(number()), bounds, option::of(window()));
    (named, option::of(unit()), limits, rounding, pricing()).prop_map(
        |(
            (code, meter, matches, wallet_types),
            quantity_unit,
            (included, (maximum, minimum), when),
            rounding,
            pricing,
        )| Rate {
            code,
            meter,
            matches,
            when,
            quantity_unit,
            included,
            maximum,
            minimum,
            rounding,
            wallet_types,
            pricing,
        },
    )
}

fn rate_card() -> impl Strategy<Value = RateCard> {
    let unmatched =
        prop_oneof![Just(Unmatched::Forbidden), Just(Unmatched::Reject), Just(Unmatched::Free)];
    let overage = (unit(), number(), number()).prop_map(|(currency, price, per)| OveragePrice {
        currency,
        price,
        per,
    });
    let dated = (any::<u32>(), when(), status());
    let version = (dated, unmatched, option::of(overage), option::of(number()), vec(rate(), 0..4));
    let version = version.prop_map(
        |((version, effective_at, status), unmatched, overage, minimum, rates)| RateCardVersion {
            version,
            effective_at,
            status,
            unmatched,
            overage,
            minimum,
            rates,
        },
    );
    let applies_to = prop_oneof![Just(AppliesTo::Everyone), Just(AppliesTo::Assigned)];
    let changes = prop_oneof![Just(PriceChanges::AtInstant), Just(PriceChanges::NextPeriod)];
    (code!(), text(), unit(), (applies_to, changes), vec(version, 0..3)).prop_map(
        |(code, name, unit, (applies_to, price_changes), versions)| RateCard {
            code,
            name,
            unit,
            applies_to,
            price_changes,
            versions,
        },
    )
}

fn price_override() -> impl Strategy<Value = PriceOverride> {
    let numbers = (option::of(number()), option::of(number()), option::of(number()));
    (text(), code!(), option::of(code!()), when(), option::of(when()), numbers).prop_map(
        |(code, card, rate, effective_at, until, (percent, price, per))| PriceOverride {
            code,
            card,
            rate,
            effective_at,
            until,
            percent,
            price,
            per,
        },
    )
}

fn card_version() -> impl Strategy<Value = CardVersion> {
    (code!(), any::<u32>(), when(), option::of(when())).prop_map(
        |(card, version, effective_at, until)| CardVersion { card, version, effective_at, until },
    )
}

fn limit_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Day),
        Just(Window::Week),
        Just(Window::Month),
        Just(Window::BillingPeriod),
        Just(Window::Lifetime),
    ]
}

fn default_allowances() -> impl Strategy<Value = DefaultAllowances> {
    let quota = || (number(), limit_window()).prop_map(|(units, per)| Quota { units, per });
    (option::of(quota()), option::of(quota()))
        .prop_map(|(member, team)| DefaultAllowances { member, team })
}

fn allowances() -> impl Strategy<Value = Vec<Allowance>> {
    let allowance = (code!(), number(), limit_window())
        .prop_map(|(wallet_type, units, per)| Allowance { wallet_type, units, per });
    vec(allowance, 0..3)
}

/// Members, teams, spend limits, overage limit.
type Limits = (Vec<Member>, Vec<Team>, Vec<SpendLimit>, Option<Number>);

fn limits() -> impl Strategy<Value = Limits> {
    let member = (code!(), text(), allowances()).prop_map(|(code, name, allowances)| Member {
        code,
        name,
        allowances,
    });
    let team = (code!(), text(), vec(code!(), 0..3), allowances())
        .prop_map(|(code, name, members, allowances)| Team { code, name, members, allowances });
    let spend = (unit(), number(), limit_window()).prop_map(|(unit, amount, per)| SpendLimit {
        unit,
        amount,
        per,
    });
    (vec(member, 0..3), vec(team, 0..3), vec(spend, 0..3), option::of(number()))
}

fn customer() -> impl Strategy<Value = Customer> {
    let own = (vec(price_override(), 0..2), vec(card_version(), 0..2));
    let facts = (option::of(text()), option::of(date()), option::of(text()), vec(text(), 0..3));
    (code!(), text(), (vec(code!(), 0..3), own), any::<u8>(), facts, limits()).prop_map(
        |(
            code,
            name,
            (rate_cards, (overrides, card_versions)),
            billing_day,
            (plan, signed_up_on, country, tags),
            (members, teams, spend_limits, overage_limit),
        )| Customer {
            code,
            name,
            rate_cards,
            overrides,
            card_versions,
            billing_day,
            plan,
            signed_up_on,
            country,
            tags,
            members,
            teams,
            spend_limits,
            overage_limit,
        },
    )
}

fn cost_card() -> impl Strategy<Value = CostCard> {
    let rate = (code!(), code!(), cells(), option::of(window()), number(), number()).prop_map(
        |(code, meter, matches, when, cost, per)| CostRate {
            code,
            meter,
            matches,
            when,
            cost,
            per,
        },
    );
    let prefer = prop_oneof![Just(CostPreference::Event), Just(CostPreference::Card)];
    let version = (any::<u32>(), when(), status(), prefer, vec(rate, 0..3)).prop_map(
        |(version, effective_at, status, prefer, rates)| CostVersion {
            version,
            effective_at,
            status,
            prefer,
            rates,
        },
    );
    (code!(), text(), unit(), vec(version, 0..3))
        .prop_map(|(code, name, currency, versions)| CostCard { code, name, currency, versions })
}

fn every() -> impl Strategy<Value = Every> {
    prop_oneof![any::<u32>().prop_map(Every::Months), any::<u32>().prop_map(Every::Days)]
}

fn plan_price() -> impl Strategy<Value = PlanPrice> {
    (number(), unit(), option::of(price_tax())).prop_map(|(amount, currency, tax)| PlanPrice {
        amount,
        currency,
        tax,
    })
}

fn price_tax() -> impl Strategy<Value = PriceTax> {
    let kind = prop_oneof![Just(PriceTaxKind::Vat), Just(PriceTaxKind::SalesTax)];
    (number(), kind).prop_map(|(percent, kind)| PriceTax { percent, kind })
}

fn plan_charge() -> impl Strategy<Value = PlanCharge> {
    let proration = prop_oneof![Just(Proration::None), Just(Proration::FirstPeriod)];
    let earned = prop_oneof![
        Just(Earned::OnCompletion),
        Just(Earned::ByDay),
        Just(Earned::ByMonth),
        Just(Earned::WithGrants)
    ];
    let calendar = (option::of(every()), proration, option::of(any::<u32>()));
    (code!(), plan_price(), calendar, earned).prop_map(
        |(code, price, (every, proration, months), earned)| PlanCharge {
            code,
            price,
            every,
            proration,
            earned,
            months,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let (price, every) = (plan_price(), every());
    let mode = prop_oneof![Just(GrantMode::NewLot), Just(GrantMode::Reset)];
    let proration = prop_oneof![Just(Proration::None), Just(Proration::FirstPeriod)];
    let calendar = (option::of(every), mode, proration, option::of(expiry()));
    let grant =
        ((code!(), code!(), number(), lot_kind(), option::of(price)), calendar).prop_map(
            |((code, wallet_type, units, kind, price), (every, mode, proration, expiry))| {
                PlanGrant { code, wallet_type, units, kind, price, every, mode, proration, expiry }
            },
        );
    let version = (any::<u32>(), when(), status(), vec(grant, 0..3), vec(plan_charge(), 0..3))
        .prop_map(|(version, effective_at, status, grants, charges)| PlanVersion {
            version,
            effective_at,
            status,
            grants,
            charges,
        });
    (code!(), text(), vec(version, 0..3)).prop_map(|(code, name, versions)| Plan {
        code,
        name,
        versions,
    })
}

fn entity() -> impl Strategy<Value = Entity> {
    let zone = prop_oneof![Just("UTC"), Just("Europe/Amsterdam"), Just("Asia/Kolkata")];
    (code!(), text(), unit(), zone, option::of(text())).prop_map(
        |(code, name, currency, zone, exchange_rates)| Entity {
            exchange_rates,
            code,
            name,
            currency,
            time_zone: zone.parse().unwrap(),
        },
    )
}

/// A random document.
fn own_account() -> impl Strategy<Value = OwnAccount> {
    let codes = proptest::sample::select(vec!["cl_purchased", "revenue_usage", "cash_clearing"]);
    (codes, text(), text()).prop_map(|(code, number, name)| OwnAccount {
        code: code.to_owned(),
        number,
        name,
    })
}

fn approval_rule() -> impl Strategy<Value = ApprovalRule> {
    let operations = proptest::sample::subsequence(ApprovedOperation::ALL.to_vec(), 0..4);
    let approvers = vec(code!(), 0..3);
    (code!(), operations, approvers, 0..400_u16).prop_map(
        |(code, operations, approvers, valid_days)| ApprovalRule {
            code,
            operations,
            approvers,
            valid_days,
        },
    )
}

pub(crate) fn document() -> impl Strategy<Value = Document> {
    let usage = (vec(unit_definition(), 0..3), vec(meter(), 0..3), vec(conversion(), 0..3));
    let sold = (vec(wallet_type(), 0..3), vec(rate_card(), 0..3), vec(plan(), 0..2));
    let sold = (sold, vec(customer(), 0..4), vec(cost_card(), 0..2));
    let kept = (entity(), vec(own_account(), 0..3), vec(approval_rule(), 0..2));
    (text(), kept, usage, sold).prop_map(|(format, (entity, accounts, approvals), usage, sold)| {
        let (units, meters, conversions) = usage;
        let ((wallet_types, rate_cards, plans), customers, cost_cards) = sold;
        Document {
            format,
            entity,
            accounts,
            approvals,
            units,
            meters,
            conversions,
            wallet_types,
            rate_cards,
            cost_cards,
            plans,
            customers,
        }
    })
}
