//! Writes charts of ordinary and of extreme books into a folder, to be looked at:
//! `cargo run -p scrip-reports --example gallery -- FOLDER`.

use std::error::Error;
use std::path::PathBuf;

use scrip_reports::charts::{BurnDown, DeferredAndRecognised, DeferredMonth, Expiry};
use scrip_reports::{Chart, Look, Projection, Theme};
use scrip_units::{Instant, Month, Scale, Unit, UnitCode, Zone};

fn at(text: &str) -> Result<Instant, Box<dyn Error>> {
    Ok(format!("{text}T09:00:00Z").parse()?)
}

fn unit(code: &str, decimals: u8) -> Result<Unit, Box<dyn Error>> {
    Ok(Unit::new(UnitCode::try_new(code)?, Scale::try_new(decimals)?))
}

/// A wallet that is topped up twice and burns a little every second day.
fn projection(
    expected: &str,
    earliest: &str,
    latest: Option<&str>,
) -> Result<Option<Projection>, Box<dyn Error>> {
    let latest = latest.map(at).transpose()?;
    Ok(Some(Projection { expected: at(expected)?, earliest: at(earliest)?, latest }))
}

fn wallet(factor: i128) -> Result<BurnDown, Box<dyn Error>> {
    let start = at("2025-12-01")?.micros();
    let mut balance = 10_000 * factor;
    let mut points = vec![(Instant::from_micros(start)?, balance)];
    for day in 1..=90_i64 {
        let burned = i128::from((day * 37) % 160) * factor;
        match day {
            30 => balance += 6000 * factor,
            62 => balance -= 1200 * factor,
            _ if day % 2 == 0 => balance -= burned * 2,
            _ => continue,
        }
        points.push((Instant::from_micros(start + day * 86_400_000_000)?, balance));
    }
    let as_of = at("2026-03-01")?;
    let expiry = |day: &str, units: i128| -> Result<Expiry, Box<dyn Error>> {
        Ok(Expiry { at: at(day)?, units: units * factor })
    };
    Ok(BurnDown {
        wallet: "Northwind, standard minutes".into(),
        unit: unit("std_minutes", 0)?,
        zone: "Europe/Amsterdam".parse()?,
        projection: projection("2026-05-20", "2026-04-30", Some("2026-06-10"))?,
        points,
        as_of,
        expiries: vec![
            expiry("2026-02-01", 1200)?,
            expiry("2026-03-31", 2500)?,
            expiry("2026-04-03", 900)?,
        ],
    })
}

fn months(count: usize, factor: i128) -> Result<DeferredAndRecognised, Box<dyn Error>> {
    let first: Month = "2024-09".parse()?;
    let all = std::iter::successors(Some(first), |month| Some(month.next())).take(count);
    let months = (1..).zip(all).map(|(index, month): (i128, Month)| DeferredMonth {
        month,
        usage: (4_200_000 + index * 210_000 + (index * index * 71_113) % 900_000) * factor,
        breakage: if index % 3 == 0 { 640_000 * factor } else { 115_000 * factor },
        overage: if index > 4 { (index * 83_117 % 520_000) * factor } else { 0 },
        other: if index % 5 == 3 { 40_000 * factor } else { 0 },
        deferred: (31_000_000 + index * 950_000 - (index * index * 90_071) % 6_000_000) * factor,
    });
    Ok(DeferredAndRecognised {
        subject: "Acme BV".into(),
        unit: unit("EUR", 2)?,
        months: months.collect(),
    })
}

fn charts(look: Look) -> Result<Vec<(&'static str, Chart)>, Box<dyn Error>> {
    let mut charts = vec![
        ("burn-down", wallet(1)?.chart(look)?),
        ("burn-down-huge", wallet(1_000_000_000_000_000)?.chart(look)?),
        ("deferred-12", months(12, 1)?.chart(look)?),
        ("deferred-24", months(24, 1)?.chart(look)?),
        ("deferred-3", months(3, 1)?.chart(look)?),
        ("deferred-1", months(1, 1)?.chart(look)?),
        ("deferred-huge", months(24, 1_000_000_000_000)?.chart(look)?),
        ("deferred-empty", months(0, 1)?.chart(look)?),
    ];
    let mut empty = wallet(1)?;
    (empty.points, empty.projection, empty.expiries) = (vec![], None, vec![]);
    charts.push(("burn-down-empty", empty.chart(look)?));
    let mut single = empty.clone();
    single.points = vec![(single.as_of, 12_345)];
    single.wallet =
        "A customer whose name is far too long to be shown on one line, purchased and bonus \
                     credits of the second year"
            .into();
    charts.push(("burn-down-single", single.chart(look)?));
    let mut negative = wallet(1)?;
    for (_, balance) in &mut negative.points {
        *balance -= 9500;
    }
    negative.projection = None;
    charts.push(("burn-down-negative", negative.chart(look)?));
    let mut crowded = wallet(1)?;
    let start = at("2026-01-10")?.micros();
    crowded.expiries = (0..9_i64)
        .map(|i| {
            Ok(Expiry { at: Instant::from_micros(start + i * 8 * 86_400_000_000)?, units: 1234 })
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    charts.push(("burn-down-crowded", crowded.chart(look)?));
    let mut quiet = wallet(1)?;
    quiet.projection = projection("2033-06-18", "2033-06-18", None)?;
    charts.push(("burn-down-quiet", quiet.chart(look)?));
    let mut soon = wallet(1)?;
    soon.projection = projection("2026-03-04", "2026-03-04", Some("2026-03-05"))?;
    soon.zone = Zone::UTC;
    charts.push(("burn-down-soon", soon.chart(look)?));
    let mut reversed = months(9, 1)?;
    for month in reversed.months.iter_mut().skip(2).step_by(3) {
        month.usage = -month.usage / 3;
        month.deferred = -month.deferred / 4;
    }
    charts.push(("deferred-negative", reversed.chart(look)?));
    Ok(charts)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("name a folder")?.into();
    std::fs::create_dir_all(&folder)?;
    let small = Look { width: 420, height: 280, ..Look::default() };
    let dark = Look { theme: Theme::Dark, ..Look::default() };
    for (suffix, look) in [("", Look::default()), ("-dark", dark), ("-small", small)] {
        for (name, chart) in charts(look)? {
            std::fs::write(folder.join(format!("{name}{suffix}.png")), chart.png()?)?;
            std::fs::write(folder.join(format!("{name}{suffix}.svg")), chart.svg()?)?;
        }
    }
    Ok(())
}
