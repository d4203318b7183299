//! Pricing models as exact functions: what a quantity costs in total.
//!
//! A curve maps the cumulative quantity of a billing period, in smallest steps of the quantity
//! unit, to the cumulative charge, in smallest steps of the charge unit, as a numerator over one
//! fixed denominator. All models are cumulative: an event costs the difference of two totals, so a
//! tier crossed in the middle of an event, a package that is begun and a retrospective tier need no
//! rule of their own.

use scrip_catalog::{PartialPackage, Pricing, Step, Tier};
use scrip_units::{Exact, ExactError, Number, Rounding, RoundingError, Scale, div_round};

/// Why a charge cannot be calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RatingError {
    /// The numbers need more digits than 128 bits hold.
    #[error(
        "the charge has more digits than can be kept exactly: use fewer decimals or smaller quantities"
    )]
    TooManyDigits,
    /// The quantity of the period does not fit.
    #[error("the quantity of the billing period is too large")]
    QuantityTooLarge,
    /// The charge does not fit.
    #[error("the charge is too large for an amount")]
    ChargeTooLarge,
}

impl From<ExactError> for RatingError {
    fn from(_: ExactError) -> Self {
        Self::TooManyDigits
    }
}
impl From<RoundingError> for RatingError {
    fn from(_: RoundingError) -> Self {
        Self::ChargeTooLarge
    }
}

/// One linear piece of a curve: above `above`, a flat amount and a slope.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// Quantity steps at which the piece begins, exclusive.
    above: i128,
    /// Charge at the beginning of the piece, flat amount included; numerator.
    base: i128,
    /// Charge for each quantity step; numerator.
    slope: i128,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    /// `quantity x slope`.
    Linear { slope: i128 },
    /// Begun or full packages; size in quantity steps times `size_denominator`.
    Packages { size: i128, size_denominator: i128, price: i128, rounding: Rounding },
    /// The base of the piece reached, and the slope for what is above its beginning.
    Graduated(Vec<Piece>),
    /// The base of the piece reached, and its slope for the whole quantity.
    Whole(Vec<Piece>),
    /// Each event on its own: `quantity x slope + fee`, within bounds.
    Event { slope: i128, fee: i128, at_least: i128, at_most: Option<i128> },
}

/// A pricing model ready to calculate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    shape: Shape,
    included: i128,
    /// The most that the curve reaches; numerator.
    maximum: Option<i128>,
    denominator: i128,
}

/// What bounds a rate over a billing period.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Quantity that is free before anything is priced.
    pub included: Option<Number>,
    /// The most that is charged.
    pub maximum: Option<Number>,
}

fn ten_to(scale: Scale) -> Result<Exact, ExactError> {
    Exact::ratio(i128::from(scale.steps_per_unit()), 1)
}

/// Brings fractions to one denominator.
struct Common {
    denominator: i128,
}

impl Common {
    fn of(parts: &[Exact]) -> Result<Self, RatingError> {
        let mut denominator = 1_i128;
        for part in parts {
            // lcm(a, b) = a x (b in lowest terms over a).
            let step = Exact::ratio(part.denominator(), denominator)?;
            denominator =
                denominator.checked_mul(step.numerator()).ok_or(RatingError::TooManyDigits)?;
        }
        Ok(Self { denominator })
    }

    fn numerator(&self, part: Exact) -> Result<i128, RatingError> {
        part.numerator()
            .checked_mul(self.denominator / part.denominator())
            .ok_or(RatingError::TooManyDigits)
    }
}

/// Scales of the two sides of a curve.
#[derive(Debug, Clone, Copy)]
pub struct Scales {
    /// Scale of the quantity unit.
    pub quantity: Scale,
    /// Scale of the charge unit.
    pub charge: Scale,
}

impl Scales {
    /// Charge steps for each quantity step at `price` for `per` units.
    fn slope(self, price: Number, per: Number) -> Result<Exact, RatingError> {
        let price = price.exact()?.try_div(per.exact()?)?;
        Ok(price.try_mul(ten_to(self.charge)?)?.try_div(ten_to(self.quantity)?)?)
    }

    fn charge(self, amount: Number) -> Result<Exact, RatingError> {
        Ok(amount.exact()?.try_mul(ten_to(self.charge)?)?)
    }

    fn quantity(self, quantity: Number) -> Result<Exact, RatingError> {
        Ok(quantity.exact()?.try_mul(ten_to(self.quantity)?)?)
    }

    /// A bound in whole quantity steps; a bound between two steps is the lower one, because a
    /// quantity is never between them.
    fn bound(self, bound: Number) -> Result<i128, RatingError> {
        Ok(self.quantity(bound)?.round(Rounding::Down)?)
    }
}

impl Curve {
    /// Prepares a pricing model.
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`] when its numbers cannot be kept exactly.
    pub fn compile(pricing: &Pricing, limits: Limits, scales: Scales) -> Result<Self, RatingError> {
        let included = limits.included.map_or(Ok(0), |quantity| scales.bound(quantity))?;
        let (shape, denominator) = match pricing {
            Pricing::PerUnit { price, per } => {
                let slope = scales.slope(*price, *per)?;
                (Shape::Linear { slope: slope.numerator() }, slope.denominator())
            }
            Pricing::Package { size, price, partial } => {
                let (size, price) = (scales.quantity(*size)?, scales.charge(*price)?);
                let rounding = match partial {
                    PartialPackage::Up => Rounding::Up,
                    PartialPackage::Down => Rounding::Down,
                };
                let (size, size_denominator) = (size.numerator(), size.denominator());
                let price_numerator = price.numerator();
                let packages =
                    Shape::Packages { size, size_denominator, price: price_numerator, rounding };
                (packages, price.denominator())
            }
            Pricing::Graduated { tiers } => graduated(tiers, scales)?,
            Pricing::Volume { tiers } => volume(tiers, scales)?,
            Pricing::Stairstep { steps } => stairstep(steps, scales)?,
            Pricing::Percentage { percent, fee, at_least, at_most } => {
                percentage((*percent, *fee), (*at_least, *at_most), scales)?
            }
        };
        let maximum = limits.maximum.map(|most| {
            let most = scales.charge(most)?.try_mul(Exact::ratio(denominator, 1)?)?;
            // A maximum is a whole number of steps, so nothing is cut here.
            Ok::<_, RatingError>(most.round(Rounding::Down)?)
        });
        Ok(Self { shape, included, maximum: maximum.transpose()?, denominator })
    }

    /// A straight line: `price` for each `per` units.
    ///
    /// # Errors
    /// As [`Curve::compile`].
    pub fn linear(price: Number, per: Number, scales: Scales) -> Result<Self, RatingError> {
        Self::compile(&Pricing::PerUnit { price, per }, Limits::default(), scales)
    }

    /// `quantity x factor`, with the factor as an exact fraction of the charge unit for one unit of
    /// the quantity.
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`].
    pub fn proportional(factor: Exact, scales: Scales) -> Result<Self, RatingError> {
        let slope = factor.try_mul(ten_to(scales.charge)?)?.try_div(ten_to(scales.quantity)?)?;
        let common = Common::of(&[slope])?;
        Ok(Self {
            shape: Shape::Linear { slope: common.numerator(slope)? },
            included: 0,
            maximum: None,
            denominator: common.denominator,
        })
    }

    /// The same curve with every amount of money times `factor`, but for the maximum.
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`].
    pub fn times(&self, factor: Exact) -> Result<Self, RatingError> {
        let denominator =
            self.denominator.checked_mul(factor.denominator()).ok_or(RatingError::TooManyDigits)?;
        let times =
            |number: i128| number.checked_mul(factor.numerator()).ok_or(RatingError::TooManyDigits);
        let pieces = |pieces: &[Piece]| {
            let piece = |piece: &Piece| {
                let (base, slope) = (times(piece.base)?, times(piece.slope)?);
                Ok(Piece { above: piece.above, base, slope })
            };
            pieces.iter().map(piece).collect::<Result<Vec<_>, RatingError>>()
        };
        let shape = match &self.shape {
            Shape::Linear { slope } => Shape::Linear { slope: times(*slope)? },
            Shape::Packages { size, size_denominator, price, rounding } => Shape::Packages {
                size: *size,
                size_denominator: *size_denominator,
                price: times(*price)?,
                rounding: *rounding,
            },
            Shape::Graduated(tiers) => Shape::Graduated(pieces(tiers)?),
            Shape::Whole(tiers) => Shape::Whole(pieces(tiers)?),
            Shape::Event { slope, fee, at_least, at_most } => Shape::Event {
                slope: times(*slope)?,
                fee: times(*fee)?,
                at_least: times(*at_least)?,
                at_most: at_most.map(times).transpose()?,
            },
        };
        let maximum = self.maximum.map(|most| most.checked_mul(factor.denominator()));
        let maximum = maximum.map(|most| most.ok_or(RatingError::TooManyDigits)).transpose()?;
        Ok(Self { shape, included: self.included, maximum, denominator })
    }

    /// The most that is charged in a billing period, as a numerator over [`Curve::denominator`].
    #[must_use]
    pub fn maximum(&self) -> Option<i128> {
        self.maximum
    }

    /// The denominator of every [`Curve::total`].
    #[must_use]
    pub fn denominator(&self) -> i128 {
        self.denominator
    }

    /// Whether a larger quantity can cost less in total, so that units may have to be given back.
    #[must_use]
    pub fn is_retrospective(&self) -> bool {
        matches!(self.shape, Shape::Whole(_))
    }

    /// Whether each event is priced on its own; then [`Curve::total`] is what one event costs.
    #[must_use]
    pub fn is_per_event(&self) -> bool {
        matches!(self.shape, Shape::Event { .. })
    }

    /// Whether a part of an event can be priced alone, so that lots bought under different versions
    /// can each pay for theirs: not when a threshold prices all units, and not with a fee or a bound
    /// of each event.
    #[must_use]
    pub fn splits(&self) -> bool {
        match &self.shape {
            Shape::Whole(_) => false,
            Shape::Event { fee, at_least, at_most, .. } => {
                (*fee, *at_least, *at_most) == (0, 0, None)
            }
            Shape::Linear { .. } | Shape::Packages { .. } | Shape::Graduated(_) => true,
        }
    }

    /// The total charge of a period's quantity, as a numerator over [`Curve::denominator`].
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`].
    pub fn total(&self, quantity: i64) -> Result<i128, RatingError> {
        let quantity = i128::from(quantity) - self.included;
        if quantity <= 0 {
            return Ok(0);
        }
        let total = match &self.shape {
            Shape::Linear { slope } => quantity.checked_mul(*slope),
            Shape::Packages { size, size_denominator, price, rounding } => {
                let scaled =
                    quantity.checked_mul(*size_denominator).ok_or(RatingError::TooManyDigits)?;
                div_round(scaled, *size, *rounding)?.checked_mul(*price)
            }
            Shape::Graduated(pieces) => {
                let piece = piece(pieces, quantity);
                (quantity - piece.above)
                    .checked_mul(piece.slope)
                    .and_then(|c| c.checked_add(piece.base))
            }
            Shape::Whole(pieces) => {
                let piece = piece(pieces, quantity);
                quantity.checked_mul(piece.slope).and_then(|c| c.checked_add(piece.base))
            }
            Shape::Event { slope, fee, at_least, at_most } => {
                let charge = quantity.checked_mul(*slope).and_then(|c| c.checked_add(*fee));
                charge.map(|c| c.max(*at_least)).map(|c| at_most.map_or(c, |most| c.min(most)))
            }
        };
        let total = total.ok_or(RatingError::TooManyDigits)?;
        Ok(self.maximum.map_or(total, |most| total.min(most)))
    }
}

/// A percentage with its fee and bounds, over one denominator.
fn percentage(
    (percent, fee): (Number, Number),
    (at_least, at_most): (Option<Number>, Option<Number>),
    scales: Scales,
) -> Result<(Shape, i128), RatingError> {
    let slope = scales.slope(percent, Number::HUNDRED)?;
    let fee = scales.charge(fee)?;
    let at_least = scales.charge(at_least.unwrap_or(Number::ZERO))?;
    let at_most = at_most.map(|most| scales.charge(most)).transpose()?;
    let mut parts = vec![slope, fee, at_least];
    parts.extend(at_most);
    let common = Common::of(&parts)?;
    let shape = Shape::Event {
        slope: common.numerator(slope)?,
        fee: common.numerator(fee)?,
        at_least: common.numerator(at_least)?,
        at_most: at_most.map(|most| common.numerator(most)).transpose()?,
    };
    Ok((shape, common.denominator))
}

fn piece(pieces: &[Piece], quantity: i128) -> &Piece {
    let index = pieces.partition_point(|p| p.above < quantity);
    &pieces[index.saturating_sub(1)]
}

fn bounds(
    up_to: impl Iterator<Item = Option<Number>>,
    scales: Scales,
) -> Result<Vec<i128>, RatingError> {
    let mut above = vec![0];
    for bound in up_to.flatten() {
        above.push(scales.bound(bound)?);
    }
    Ok(above)
}

fn tier_lines(
    tiers: &[Tier],
    scales: Scales,
) -> Result<(Vec<Exact>, Vec<Exact>, Common), RatingError> {
    let slopes: Vec<_> =
        tiers.iter().map(|t| scales.slope(t.price, t.per)).collect::<Result<_, _>>()?;
    let flats: Vec<_> = tiers.iter().map(|t| scales.charge(t.flat)).collect::<Result<_, _>>()?;
    let common = Common::of(&[slopes.as_slice(), flats.as_slice()].concat())?;
    Ok((slopes, flats, common))
}

fn graduated(tiers: &[Tier], scales: Scales) -> Result<(Shape, i128), RatingError> {
    let (slopes, flats, common) = tier_lines(tiers, scales)?;
    let starts = bounds(tiers.iter().map(|t| t.up_to), scales)?;
    let mut pieces: Vec<Piece> = Vec::with_capacity(tiers.len());
    for ((slope, flat), above) in slopes.iter().zip(&flats).zip(starts) {
        let before = match pieces.last() {
            None => 0,
            Some(last) => (above - last.above)
                .checked_mul(last.slope)
                .and_then(|c| c.checked_add(last.base))
                .ok_or(RatingError::TooManyDigits)?,
        };
        let base =
            before.checked_add(common.numerator(*flat)?).ok_or(RatingError::TooManyDigits)?;
        pieces.push(Piece { above, base, slope: common.numerator(*slope)? });
    }
    Ok((Shape::Graduated(pieces), common.denominator))
}

fn volume(tiers: &[Tier], scales: Scales) -> Result<(Shape, i128), RatingError> {
    let (slopes, flats, common) = tier_lines(tiers, scales)?;
    let starts = bounds(tiers.iter().map(|t| t.up_to), scales)?;
    let pieces = slopes.iter().zip(&flats).zip(starts).map(|((slope, flat), above)| {
        Ok(Piece { above, base: common.numerator(*flat)?, slope: common.numerator(*slope)? })
    });
    Ok((Shape::Whole(pieces.collect::<Result<_, RatingError>>()?), common.denominator))
}

fn stairstep(steps: &[Step], scales: Scales) -> Result<(Shape, i128), RatingError> {
    let amounts: Vec<_> =
        steps.iter().map(|s| scales.charge(s.amount)).collect::<Result<_, _>>()?;
    let common = Common::of(&amounts)?;
    let starts = bounds(steps.iter().map(|s| s.up_to), scales)?;
    let pieces = amounts
        .iter()
        .zip(starts)
        .map(|(amount, above)| Ok(Piece { above, base: common.numerator(*amount)?, slope: 0 }));
    Ok((Shape::Whole(pieces.collect::<Result<_, RatingError>>()?), common.denominator))
}

/// How an exact amount becomes whole steps: to multiples of `multiple` smallest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grain {
    /// The rounding.
    pub rounding: Rounding,
    /// Smallest steps in one multiple; 1 for the unit's own step.
    pub multiple: i64,
}

impl Grain {
    /// To the unit's smallest step, half away from zero.
    pub const STEP: Grain = Grain { rounding: Rounding::HalfAwayFromZero, multiple: 1 };

    /// A grain of `step` whole units at `scale`.
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`] when the step is not a multiple of the smallest step.
    pub fn of(rounding: Rounding, step: Option<Number>, scale: Scale) -> Result<Self, RatingError> {
        let Some(step) = step else { return Ok(Self { rounding, multiple: 1 }) };
        let exact = step.exact()?.try_mul(ten_to(scale)?)?;
        let multiple = i64::try_from(exact.numerator()).map_err(|_| RatingError::TooManyDigits)?;
        if exact.denominator() != 1 || multiple <= 0 {
            return Err(RatingError::TooManyDigits);
        }
        Ok(Self { rounding, multiple })
    }

    /// Rounds `numerator / denominator`.
    ///
    /// # Errors
    /// [`RatingError::ChargeTooLarge`].
    pub fn round(self, numerator: i128, denominator: i128) -> Result<i64, RatingError> {
        let multiple = i128::from(self.multiple);
        let whole = if multiple == 1 {
            div_round(numerator, denominator, self.rounding)?
        } else {
            let divisor = denominator.checked_mul(multiple).ok_or(RatingError::TooManyDigits)?;
            div_round(numerator, divisor, self.rounding)?
                .checked_mul(multiple)
                .ok_or(RatingError::ChargeTooLarge)?
        };
        i64::try_from(whole).map_err(|_| RatingError::ChargeTooLarge)
    }
}
