//! A mapping made ready for one source: columns as slots, meters looked up, limits as numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use ahash::AHashMap;
use scrip_catalog::DeliveryCost;
use scrip_units::code::CODE_LENGTH_MAX;
use scrip_units::{
    AmountError, EventKey, Instant, MemberCode, Number, Scale, Unit, UnitCode, parse_steps,
};

use crate::mapping::{Key, Mapping, MappingError, Quantity, template_of};
use crate::reject::RejectCode;
use crate::row::{Field, RowReader};
use crate::template::{Part, Template};
use crate::time_text::TimeReader;
use crate::vocabulary::{MeterTerms, Vocabulary};

/// Why a row is rejected.
pub(crate) type Refusal = (RejectCode, String);

/// A text of a row.
#[derive(Debug)]
enum TextPlan {
    Slot(usize),
    Constant(String),
    Parts(Vec<PartPlan>),
}

#[derive(Debug)]
enum PartPlan {
    Slot(usize),
    Literal(String),
}

impl TextPlan {
    fn new(template: Template, slots: &mut Slots) -> Self {
        let mut parts: Vec<PartPlan> = template
            .parts
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => PartPlan::Literal(text),
                Part::Column(name) => PartPlan::Slot(slots.of(&name)),
            })
            .collect();
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Self::Constant(String::new()),
            (Some(PartPlan::Slot(slot)), true) => Self::Slot(slot),
            (Some(PartPlan::Literal(text)), true) => Self::Constant(text),
            (Some(last), false) => {
                parts.push(last);
                Self::Parts(parts)
            }
        }
    }

    /// Whether a column that the text is made of is empty in this row.
    fn lacks_a_part<R: RowReader>(&self, row: &R) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Slot(slot) => row.field(*slot).is_empty(),
            Self::Parts(parts) => parts.iter().any(|part| match part {
                PartPlan::Literal(_) => false,
                PartPlan::Slot(slot) => row.field(*slot).is_empty(),
            }),
        }
    }

    /// The text, built in `scratch` where it has to be.
    fn read<'a, R: RowReader>(&'a self, row: &'a R, scratch: &'a mut String) -> &'a str {
        match self {
            Self::Constant(text) => text,
            Self::Slot(slot) => match row.field(*slot) {
                Field::Text(text) => text,
                other => {
                    scratch.clear();
                    push_field(scratch, other);
                    scratch
                }
            },
            Self::Parts(parts) => {
                scratch.clear();
                for part in parts {
                    match part {
                        PartPlan::Literal(text) => scratch.push_str(text),
                        PartPlan::Slot(slot) => push_field(scratch, row.field(*slot)),
                    }
                }
                scratch
            }
        }
    }
}

fn push_field(text: &mut String, field: Field<'_>) {
    match field {
        Field::Text(value) => text.push_str(value),
        // Writing to a string cannot fail.
        other => drop(write!(text, "{other}")),
    }
}

/// The columns asked for, each once.
#[derive(Debug, Default)]
struct Slots(Vec<String>);

impl Slots {
    fn of(&mut self, column: &str) -> usize {
        self.0.iter().position(|name| name == column).unwrap_or_else(|| {
            self.0.push(column.to_owned());
            self.0.len() - 1
        })
    }
}

#[derive(Debug)]
enum KeyPlan {
    Text(TextPlan),
    RowNumber { prefix: String },
}

#[derive(Debug)]
enum QuantityPlan {
    Slot(usize),
    Constant(String),
}

#[derive(Debug)]
struct RulePlan {
    meter: TextPlan,
    quantity: QuantityPlan,
    suffix: String,
    dimensions: Vec<(Arc<str>, TextPlan)>,
    skip_zero: bool,
    when: Option<usize>,
    cost: Option<(QuantityPlan, TextPlan)>,
    /// The texts of the row before, and the shape that they had.
    last: (Vec<u8>, Option<u32>),
}

/// What events may have in common, with its texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ShapeTexts {
    pub(crate) meter: Arc<str>,
    /// By name; only dimensions that have a value.
    pub(crate) dimensions: BTreeMap<Arc<str>, Arc<str>>,
}

#[derive(Debug)]
struct ShapeTerms {
    unit: UnitCode,
    scale: Scale,
    quantity_max: i128,
}

/// Texts numbered in the order in which they came, for the events of one segment.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: AHashMap<Arc<str>, u32>,
    last: Option<(Arc<str>, u32)>,
    fresh: Vec<Arc<str>>,
}

impl Interner {
    fn get(&mut self, text: &str) -> Option<u32> {
        if let Some((last, code)) = &self.last
            && **last == *text
        {
            return Some(*code);
        }
        let (text, code) = self.codes.get_key_value(text)?;
        self.last = Some((Arc::clone(text), *code));
        Some(*code)
    }

    fn add(&mut self, text: &str) -> u32 {
        let code = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(text);
        self.codes.insert(Arc::clone(&text), code);
        self.fresh.push(text);
        code
    }

    pub(crate) fn take_fresh(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.fresh)
    }
}

#[derive(Debug, Default)]
struct Shapes {
    by_row: AHashMap<Box<[u8]>, u32>,
    codes: AHashMap<ShapeTexts, u32>,
    terms: Vec<ShapeTerms>,
    fresh: Vec<ShapeTexts>,
}

/// One event of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowEvent {
    pub(crate) shape: u32,
    pub(crate) quantity: i64,
    /// End of its key in [`RowEvents::keys`]; it starts where the one before ends.
    pub(crate) key_end: usize,
    /// What it cost to deliver, in 10^-18 of a currency, if the row says so.
    pub(crate) cost: Option<OwnCost>,
}

/// A cost in 10^-18 of a currency.
pub(crate) type OwnCost = (i128, UnitCode);

/// What a row became.
#[derive(Debug, Default)]
pub(crate) struct RowEvents {
    pub(crate) customer: u32,
    /// `u32::MAX` for none.
    pub(crate) member: u32,
    pub(crate) occurred_at: i64,
    pub(crate) events: Vec<RowEvent>,
    pub(crate) keys: String,
    /// The row's key, for a listing.
    pub(crate) row_key: String,
}

/// The numbers that bound what is believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) latest: Instant,
    pub(crate) quantity_max_units: u64,
}

/// A mapping made ready.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    vocabulary: &'a Vocabulary,
    bounds: Bounds,
    slots: Slots,
    customer: TextPlan,
    member: Option<TextPlan>,
    time_slot: usize,
    time: TimeReader,
    key: KeyPlan,
    rules: Vec<RulePlan>,
    pub(crate) customers: Interner,
    pub(crate) members: Interner,
    shapes: Shapes,
    scratch: String,
    row_texts: Vec<u8>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        mapping: &Mapping,
        vocabulary: &'a Vocabulary,
        bounds: Bounds,
        row_number_prefix: &str,
    ) -> Result<Self, MappingError> {
        mapping.check()?;
        let mut slots = Slots::default();
        let mut text = |field: &str, text| {
            let template = template_of(text).map_err(|e| MappingError::field(field, e))?;
            Ok::<_, MappingError>(TextPlan::new(template, &mut slots))
        };
        let customer = text("customer", &mapping.customer)?;
        let member = mapping.member.as_ref().map(|m| text("member", m)).transpose()?;
        let mut rules = Vec::with_capacity(mapping.events.len());
        for (index, rule) in mapping.events.iter().enumerate() {
            let field = |name: &str| format!("events[{index}].{name}");
            let meter = text(&field("meter"), &rule.meter)?;
            let dimensions = rule
                .dimensions
                .iter()
                .map(|(name, from)| Ok((Arc::from(name.as_str()), text(&field(name), from)?)))
                .collect::<Result<Vec<_>, MappingError>>()?;
            let currency = rule.delivery_cost.as_ref().map(|cost| {
                let of = field("delivery_cost.currency");
                let plan = text(&of, &cost.currency)?;
                match &plan {
                    TextPlan::Constant(code) => own_currency(code)
                        .map(|_| plan)
                        .map_err(|(_, problem)| MappingError::field(of, problem)),
                    _ => Ok(plan),
                }
            });
            let currency = currency.transpose()?;
            if let TextPlan::Constant(code) = &meter {
                check_rule(vocabulary, code, &dimensions, index)?;
            }
            rules.push(RulePlan {
                meter,
                quantity: QuantityPlan::Constant(String::new()),
                suffix: rule.key_suffix.clone(),
                dimensions,
                skip_zero: rule.skip_zero,
                when: None,
                cost: currency.map(|currency| (QuantityPlan::Constant(String::new()), currency)),
                last: (Vec::new(), None),
            });
        }
        for (plan, rule) in rules.iter_mut().zip(&mapping.events) {
            plan.when = rule.when.as_deref().map(|column| slots.of(column));
            let mut number = |from: &Quantity| match from {
                Quantity::Column(column) => QuantityPlan::Slot(slots.of(column)),
                Quantity::Constant(text) => QuantityPlan::Constant(text.clone()),
            };
            plan.quantity = number(&rule.quantity);
            if let (Some(cost), Some((amount, _))) = (&rule.delivery_cost, &mut plan.cost) {
                *amount = number(&cost.amount);
            }
        }
        let key = match &mapping.key {
            Key::Column(column) => KeyPlan::Text(TextPlan::Slot(slots.of(column))),
            Key::Template(text) => {
                let template =
                    crate::template::parse(text).map_err(|e| MappingError::field("key", e))?;
                KeyPlan::Text(TextPlan::new(template, &mut slots))
            }
            Key::RowNumber => KeyPlan::RowNumber { prefix: row_number_prefix.to_owned() },
        };
        Ok(Self {
            vocabulary,
            bounds,
            customer,
            member,
            time_slot: slots.of(mapping.occurred_at.column()),
            time: TimeReader::new(&mapping.occurred_at),
            key,
            rules,
            slots,
            customers: Interner::default(),
            members: Interner::default(),
            shapes: Shapes::default(),
            scratch: String::new(),
            row_texts: Vec::new(),
        })
    }

    /// The columns that the source must have, in the order of the slots.
    pub(crate) fn columns(&self) -> &[String] {
        &self.slots.0
    }

    pub(crate) fn take_fresh_shapes(&mut self) -> Vec<ShapeTexts> {
        std::mem::take(&mut self.shapes.fresh)
    }

    /// Starts numbering texts anew, for another segment.
    pub(crate) fn forget_texts(&mut self) {
        self.customers = Interner::default();
        self.members = Interner::default();
        self.shapes = Shapes::default();
        for rule in &mut self.rules {
            rule.last = (Vec::new(), None);
        }
    }

    /// Turns a row into its events.
    pub(crate) fn read<R: RowReader>(
        &mut self,
        row: &R,
        out: &mut RowEvents,
    ) -> Result<(), Refusal> {
        out.events.clear();
        out.keys.clear();
        out.row_key.clear();
        self.read_key(row, &mut out.row_key);
        out.customer = self.read_customer(row)?;
        out.member = self.read_member(row)?;
        let occurred_at = self.time.read(row.field(self.time_slot))?;
        if occurred_at > self.bounds.latest {
            let reason = format!(
                "{occurred_at} is later than the events were received, by more than is tolerated"
            );
            return Err((RejectCode::FutureTime, reason));
        }
        out.occurred_at = occurred_at.micros();
        for index in 0..self.rules.len() {
            self.read_event(index, row, out)?;
        }
        Ok(())
    }

    /// The row's part of the key; nothing when a column of it is empty, because two such rows would
    /// pass for one event and the second would never be charged.
    fn read_key<R: RowReader>(&mut self, row: &R, key: &mut String) {
        match &self.key {
            KeyPlan::Text(plan) if plan.lacks_a_part(row) => {}
            KeyPlan::Text(plan) => key.push_str(plan.read(row, &mut self.scratch)),
            KeyPlan::RowNumber { prefix } => drop(write!(key, "{prefix}-{}", row.number())),
        }
    }

    fn read_customer<R: RowReader>(&mut self, row: &R) -> Result<u32, Refusal> {
        let code = self.customer.read(row, &mut self.scratch);
        if let Some(known) = self.customers.get(code) {
            return Ok(known);
        }
        if !self.vocabulary.knows_customer(code) {
            let reason = format!("the customer {code:?} is not in the catalog");
            return Err((RejectCode::UnknownCustomer, reason));
        }
        Ok(self.customers.add(code))
    }

    fn read_member<R: RowReader>(&mut self, row: &R) -> Result<u32, Refusal> {
        let Some(plan) = &self.member else { return Ok(u32::MAX) };
        let code = plan.read(row, &mut self.scratch);
        if code.is_empty() {
            return Ok(u32::MAX);
        }
        if let Some(known) = self.members.get(code) {
            return Ok(known);
        }
        MemberCode::try_new(code).map_err(|e| (RejectCode::BadMember, e.to_string()))?;
        Ok(self.members.add(code))
    }

    fn read_event<R: RowReader>(
        &mut self,
        index: usize,
        row: &R,
        out: &mut RowEvents,
    ) -> Result<(), Refusal> {
        let rule = &self.rules[index];
        if rule.when.is_some_and(|slot| row.field(slot).is_empty()) {
            return Ok(());
        }
        if out.row_key.is_empty() {
            return Err((RejectCode::BadKey, "a column of the event key is empty".to_owned()));
        }
        let start = out.keys.len();
        out.keys.push_str(&out.row_key);
        out.keys.push_str(&rule.suffix);
        check_key(&out.keys[start..])?;
        let shape = self.read_shape(index, row)?;
        let terms = &self.shapes.terms[usize::try_from(shape).unwrap_or(0)];
        let rule = &self.rules[index];
        let quantity = match &rule.quantity {
            QuantityPlan::Slot(slot) => quantity(row.field(*slot), terms)?,
            QuantityPlan::Constant(text) => quantity(Field::Text(text), terms)?,
        };
        if quantity == 0 && rule.skip_zero {
            out.keys.truncate(start);
            return Ok(());
        }
        let cost = self.read_cost(index, row)?;
        out.events.push(RowEvent { shape, quantity, key_end: out.keys.len(), cost });
        Ok(())
    }

    fn read_cost<R: RowReader>(
        &mut self,
        index: usize,
        row: &R,
    ) -> Result<Option<OwnCost>, Refusal> {
        let Some((amount, currency)) = &self.rules[index].cost else { return Ok(None) };
        let amount = match amount {
            QuantityPlan::Slot(slot) => row.field(*slot),
            QuantityPlan::Constant(text) => Field::Text(text),
        };
        if amount.is_empty() {
            return Ok(None);
        }
        let atoms = cost_atoms(amount)?;
        Ok(Some((atoms, own_currency(currency.read(row, &mut self.scratch))?)))
    }

    fn read_shape<R: RowReader>(&mut self, index: usize, row: &R) -> Result<u32, Refusal> {
        let rule = &mut self.rules[index];
        let texts = &mut self.row_texts;
        texts.clear();
        texts.push(u8::try_from(index).unwrap_or(u8::MAX));
        let mut push = |text: &str| {
            // Lengths keep ("a", "bc") apart from ("ab", "c").
            texts.extend_from_slice(&text.len().to_le_bytes());
            texts.extend_from_slice(text.as_bytes());
        };
        push(rule.meter.read(row, &mut self.scratch));
        for (_, plan) in &rule.dimensions {
            push(plan.read(row, &mut self.scratch));
        }
        if let (last, Some(shape)) = &rule.last
            && last == texts
        {
            return Ok(*shape);
        }
        let shape = match self.shapes.by_row.get(texts.as_slice()) {
            Some(shape) => *shape,
            None => {
                let meter = rule.meter.read(row, &mut self.scratch).to_owned();
                let dimensions: Vec<(Arc<str>, String)> = rule
                    .dimensions
                    .iter()
                    .map(|(name, plan)| {
                        (Arc::clone(name), plan.read(row, &mut self.scratch).to_owned())
                    })
                    .collect();
                let units_max = self.bounds.quantity_max_units;
                let shape = self.shapes.add(self.vocabulary, &meter, &dimensions, units_max)?;
                self.shapes.by_row.insert(texts.as_slice().into(), shape);
                shape
            }
        };
        rule.last.0.clone_from(texts);
        rule.last.1 = Some(shape);
        Ok(shape)
    }
}

impl Shapes {
    fn add(
        &mut self,
        vocabulary: &Vocabulary,
        meter: &str,
        dimensions: &[(Arc<str>, String)],
        units_max: u64,
    ) -> Result<u32, Refusal> {
        let terms = vocabulary.meter(meter).ok_or_else(|| {
            (RejectCode::UnknownMeter, format!("the meter {meter:?} is not in the catalog"))
        })?;
        let mut kept = BTreeMap::new();
        for (name, value) in dimensions.iter().filter(|(_, value)| !value.is_empty()) {
            terms.check(name, value)?;
            kept.insert(Arc::clone(name), Arc::from(value.as_str()));
        }
        let texts = ShapeTexts { meter: Arc::clone(&terms.code), dimensions: kept };
        if let Some(known) = self.codes.get(&texts) {
            return Ok(*known);
        }
        let shape = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        self.terms.push(ShapeTerms {
            unit: terms.unit,
            scale: terms.scale,
            quantity_max: (i128::from(units_max) * i128::from(terms.scale.steps_per_unit()))
                .min(i128::from(i64::MAX)),
        });
        self.fresh.push(texts.clone());
        self.codes.insert(texts, shape);
        Ok(shape)
    }
}

/// What a rule with a constant meter gets wrong for every row is refused before the first.
fn check_rule(
    vocabulary: &Vocabulary,
    meter: &str,
    dimensions: &[(Arc<str>, TextPlan)],
    index: usize,
) -> Result<(), MappingError> {
    let Some(terms) = vocabulary.meter(meter) else {
        let problem = format!("names {meter:?}, which is not in the catalog");
        return Err(MappingError::field(format!("events[{index}].meter"), problem));
    };
    let bad = |name: &str, problem: String| {
        Err(MappingError::field(format!("events[{index}].dimensions.{name}"), problem))
    };
    for (name, plan) in dimensions {
        if !terms.declares(name) {
            return bad(name, format!("is not a dimension that the meter {meter} declares"));
        }
        match plan {
            TextPlan::Constant(value) if !value.is_empty() => {
                if let Err((_, reason)) = check_value(terms, name, value) {
                    return bad(name, format!("cannot be used: {reason}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The currency of a cost.
fn own_currency(code: &str) -> Result<UnitCode, Refusal> {
    let unit = UnitCode::try_new(code).ok().filter(|unit| Unit::currency(*unit).is_some());
    unit.ok_or_else(|| {
        let reason = format!("{code:?} is not an ISO 4217 currency for a delivery cost");
        (RejectCode::BadDeliveryCost, reason)
    })
}

/// A cost in 10^-18 of its currency.
fn cost_atoms(field: Field<'_>) -> Result<i128, Refusal> {
    let text = match field {
        Field::Text(text) => text.to_owned(),
        Field::Integer(_) | Field::Decimal { .. } => field.to_string(),
        Field::Absent | Field::Micros { .. } => {
            let reason = format!("{field} is a time, not a delivery cost");
            return Err((RejectCode::BadDeliveryCost, reason));
        }
    };
    let number = |text: &str| {
        let amount = text.parse::<Number>().map_err(|error| error.to_string())?;
        DeliveryCost::atoms_of(amount).ok_or_else(|| {
            format!("{text} is below zero, or has more than {} decimals", DeliveryCost::DECIMALS)
        })
    };
    number(&text)
        .map_err(|reason| (RejectCode::BadDeliveryCost, format!("as a delivery cost: {reason}")))
}

fn check_value(terms: &MeterTerms, name: &str, value: &str) -> Result<(), Refusal> {
    terms.check(name, value)
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let fits = !key.is_empty()
        && key.len() <= CODE_LENGTH_MAX
        && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(());
    }
    match EventKey::try_new(key) {
        Ok(_) => Ok(()),
        Err(error) => Err((RejectCode::BadKey, error.to_string())),
    }
}

fn quantity(field: Field<'_>, terms: &ShapeTerms) -> Result<i64, Refusal> {
    let bad = |reason: String| (RejectCode::BadQuantity, reason);
    let large = || {
        let reason = format!("{field} {} is more than is believed of one event", terms.unit);
        (RejectCode::QuantityTooLarge, reason)
    };
    let decimals = u32::from(terms.scale.decimals());
    let steps = match field {
        Field::Text(text) => match parse_steps(text, terms.scale, terms.unit.as_str()) {
            Ok(steps) => i128::from(steps),
            // A number below zero is called so, however large it is.
            Err(AmountError::TooLarge { text }) if text.starts_with('-') => -1,
            Err(AmountError::TooLarge { .. }) => return Err(large()),
            Err(error) => return Err(bad(error.to_string())),
        },
        Field::Integer(value) => i128::from(value) * i128::from(terms.scale.steps_per_unit()),
        Field::Decimal { value, scale } if scale <= decimals => {
            let factor = 10_i128.pow(decimals - scale);
            value.checked_mul(factor).ok_or_else(large)?
        }
        Field::Decimal { value, scale } => {
            let divisor = 10_i128.checked_pow(scale - decimals).ok_or_else(large)?;
            if value % divisor != 0 {
                return Err(bad(format!(
                    "{field} has more decimals than the {decimals} that {} has",
                    terms.unit
                )));
            }
            value / divisor
        }
        Field::Absent => return Err(bad("there is no quantity".to_owned())),
        Field::Micros { .. } => return Err(bad(format!("{field} is a time, not a quantity"))),
    };
    if steps < 0 {
        let reason = format!("{field} is below zero; usage is corrected by its own operation");
        return Err((RejectCode::NegativeQuantity, reason));
    }
    if steps > terms.quantity_max {
        return Err(large());
    }
    i64::try_from(steps).map_err(|_| large())
}
