//! Whether the guards of a ledger are those that the migrations made: whoever owns a database can drop a
//! trigger, and then nothing in it is append-only any more.

use scrip_store::StoreError;
use sqlx::postgres::PgConnection;

use super::connect::MIGRATIONS;
use super::fault::Place;
use super::rows::all;

/// The triggers of single tables; every table of the ledger has `refuse_change` and every partition
/// `refuse_partition` besides.
const OWN: [(&str, &str); 5] = [
    ("operations", "operations_stamp"),
    ("operations", "operations_check"),
    ("entries", "entries_check"),
    ("postings", "postings_check"),
    ("period_closes", "period_closes_move_forward"),
];

/// Every guard that is missing, switched off or changed, and every chain whose head is not its last
/// entry's.
pub(super) async fn findings(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<String>, StoreError> {
    let (tables, triggers): (Vec<&str>, Vec<&str>) = OWN.iter().copied().unzip();
    let guards = sqlx::query(
        "WITH wanted AS ( \
             SELECT t.oid, t.relname::text AS name, 'refuse_change' AS guard FROM pg_class AS t \
             WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p') \
                 AND t.relname NOT LIKE 'projection\\_%' AND t.relname <> '_sqlx_migrations' \
             UNION ALL \
             SELECT t.oid, t.relname::text, 'refuse_partition' FROM pg_class AS t \
             WHERE t.relnamespace = current_schema()::regnamespace AND t.relispartition \
                 AND t.relkind = 'r' \
             UNION ALL \
             SELECT t.oid, o.name, o.guard FROM unnest($1::text[], $2::text[]) AS o (name, guard) \
             LEFT JOIN pg_class AS t ON t.relname = o.name \
                 AND t.relnamespace = current_schema()::regnamespace) \
         SELECT CASE WHEN g.tgname IS NULL THEN 'the guard ' || w.guard || ' of table ' || w.name \
                     || ' is missing' \
                 ELSE 'the guard ' || w.guard || ' of table ' || w.name || ' is switched off' END \
         FROM wanted AS w LEFT JOIN pg_trigger AS g ON g.tgrelid = w.oid AND g.tgname = w.guard \
         WHERE g.tgname IS NULL OR g.tgenabled NOT IN ('O', 'A') ORDER BY w.name, w.guard",
    )
    .bind(tables)
    .bind(triggers);
    let mut findings =
        all(c, place, "pg_trigger", guards, |row| Ok(row.text(0)?.to_owned())).await?;
    let functions = sqlx::query(
        "SELECT proname::text, coalesce(prosrc, '') FROM pg_proc \
         WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype \
         ORDER BY proname",
    );
    let read =
        |row: &super::rows::Reading<'_>| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    for (name, source) in all(c, place, "pg_proc", functions, read).await? {
        if !MIGRATIONS.iter().any(|migration| migration.sql.as_str().contains(&source)) {
            findings.push(format!("the function {name} is not the one Scrip made"));
        }
    }
    let heads = sqlx::query(
        "SELECT 'the head of ' || coalesce(h.customer, e.customer) || ' is not its last entry''s' \
         FROM projection_heads AS h FULL JOIN ( \
             SELECT c.code AS customer, l.number, l.hash FROM customers AS c CROSS JOIN LATERAL ( \
                 SELECT number, hash FROM entries WHERE customer = c.code \
                 ORDER BY number DESC LIMIT 1) AS l) AS e ON e.customer = h.customer \
         WHERE (h.number, h.hash) IS DISTINCT FROM (e.number, e.hash) AND coalesce(h.number, 1) > 0 \
         ORDER BY 1 LIMIT 100",
    );
    findings
        .extend(all(c, place, "projection_heads", heads, |row| Ok(row.text(0)?.to_owned())).await?);
    Ok(findings)
}
