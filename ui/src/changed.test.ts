import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import { forget, PREVIEW_RUN_KEY, readAgain } from "./changed";

const LIST = ["cards", "all"];
const SHOWN = ["approvals", "one", "42"];

/** A list that another screen had read, and a request that is on the screen. */
async function someAnswers() {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } },
  });
  let asked = 0;
  const observer = new QueryObserver(client, {
    queryKey: SHOWN,
    queryFn: () => {
      asked += 1;
      return asked;
    },
  });
  const leave = observer.subscribe(() => undefined);
  await observer.refetch();
  client.setQueryData(LIST, ["the draft"]);
  client.setQueryData(["settings"], "as set");
  client.setQueryData(PREVIEW_RUN_KEY, "as run");
  const before = asked;
  return { client, leave, askedSince: () => asked - before };
}

describe("after a change", () => {
  test("in this window no list stands as it was, and what is shown is asked again", async () => {
    const { client, leave, askedSince } = await someAnswers();
    await forget(client);
    expect(client.getQueryData(LIST)).toBeUndefined();
    expect(askedSince()).toBe(1);
    leave();
  });

  test("by others a list stands until it is read again", async () => {
    const { client, leave, askedSince } = await someAnswers();
    await readAgain(client);
    expect(client.getQueryData(LIST)).toEqual(["the draft"]);
    expect(client.getQueryState(LIST)?.isInvalidated).toBe(true);
    expect(askedSince()).toBe(1);
    leave();
  });

  test("what is set, and the preview that was run, stay", async () => {
    const { client, leave } = await someAnswers();
    await forget(client);
    for (const key of [["settings"], PREVIEW_RUN_KEY]) {
      expect(client.getQueryData(key)).toBeDefined();
      expect(client.getQueryState(key)?.isInvalidated).toBe(false);
    }
    leave();
  });
});
