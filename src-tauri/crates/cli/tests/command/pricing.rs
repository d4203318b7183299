//! `cards` and `drafts`.

use scrip_app::cards::sheet::{self, Place, Typed};
use scrip_app::{Edge, Workspace};
use scrip_store::Mode;

use crate::books::Books;

/// Begins the second version of the card, with another price in its first row.
fn begin(books: &Books, price: &str) -> Place {
    let edge = Edge { now: "2026-03-10T00:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let workspace = Workspace::open(&books.path("books"), Mode::ReadWrite).await.unwrap();
        let place = sheet::begin(&workspace, &edge, &"list".parse().unwrap(), 1).await.unwrap();
        let mut rows = sheet::open(&workspace, &place, edge.now).await.unwrap().grid.rows;
        price.clone_into(&mut rows[0].price);
        let effective_at = "2026-05-01".parse().unwrap();
        let typed = Typed { place: &place, effective_at, rows: &rows };
        sheet::save(&workspace, &edge, &typed, (1, "spring")).await.unwrap();
        workspace.close().await.unwrap();
        place
    })
}

#[test]
fn a_draft_is_listed_compared_checked_and_published() {
    let books = Books::granted();
    books.run(&["drafts", "list"]).says(&["There are no drafts."]);
    begin(&books, "4.20");
    books.run(&["drafts", "list"]).says(&["list-v2", "ana", "spring"]);
    books.run(&["cards", "list"]).says(&["list-v2", "draft", "live"]);
    let compared = books.run(&["cards", "compare", "list", "1", "2", "--draft", "list-v2"]);
    compared.says(&["price", "4.20", "+"]);
    books.run(&["drafts", "check", "list-v2"]).says(&["0 errors, 0 conflicts."]);
    books.run(&["drafts", "publish", "list-v2", "--dry-run"]).says(&["nothing was applied"]);
    books
        .run(&["drafts", "publish", "list-v2", "--effective", "2026-12-01"])
        .says(&["is in force"]);
    books.run(&["drafts", "list"]).says(&["There are no drafts."]);
    let cards = books.json(&["cards", "list"]);
    assert_eq!(cards["cards"][0]["versions"][0]["effective_at"], "2026-12-01");
    books.sound();
}

#[test]
fn a_draft_with_cells_that_cannot_be_read_is_kept_and_not_published() {
    let books = Books::granted();
    begin(&books, "dear");
    books.run(&["drafts", "check", "list-v2"]).says(&["cannot be read yet", "1 error"]);
    books.run(&["drafts", "publish", "list-v2"]).fails(2, &["cannot be read yet"]);
    books.run(&["drafts", "discard", "list-v2"]).says(&["is gone"]);
    books.run(&["drafts", "discard", "list-v2"]).fails(5, &["list-v2"]);
}
