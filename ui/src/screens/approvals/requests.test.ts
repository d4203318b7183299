import { expect, test } from "vitest";
import { titleOf } from "./requests";

function asked(...operations: readonly (readonly [string, string | null])[]) {
  return {
    operations: operations.map(([kind, customer]) => ({
      kind,
      customer,
      operation: "",
      at: "",
      says: "",
    })),
  };
}

test("a request is called by what it asks for", () => {
  expect(titleOf(asked(["refund_grant", "acme"]))).toBe("Refund to acme");
  expect(titleOf(asked(["apply_configuration", null]))).toBe("Publish a configuration");
  expect(titleOf(asked(["win_chargeback", "acme"]))).toBe("Win chargeback of acme");
  expect(titleOf(asked(["import_exchange_rates", null]))).toBe("Import exchange rates");
  expect(titleOf(asked(["void_lot", "acme"], ["refund_grant", "acme"]))).toBe(
    "Void a lot of acme and 1 more",
  );
});
