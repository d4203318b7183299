/** The entries of a list, page by page, as they come into sight. */
import { commands, type LedgerEntry, type LedgerFilter, type LedgerIndex } from "../../host";
import { type Paged, usePaged } from "../../parts/usePaged";

/** Entries that match, the latest first. */
export function useEntries(filter: LedgerFilter): Paged<LedgerIndex, LedgerEntry> {
  return usePaged({
    key: ["ledger", filter],
    askIndex: () => commands.ledgerIndex(filter),
    askPage: (start) => commands.ledgerPage(filter, start),
  });
}
