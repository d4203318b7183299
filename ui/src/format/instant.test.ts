import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { formatDay, formatInstant, monthLabel } from "./instant";

const amsterdam = {
  locale: "en-GB",
  zone: "Europe/Amsterdam",
  precision: "minute",
} as const;

describe("an instant", () => {
  it("falls on the day of the entity's zone", () => {
    const midnight = "2026-03-31T22:00:00Z";
    expect(formatInstant(midnight, { ...amsterdam, precision: "day" })).toBe("1 Apr 2026");
    expect(formatInstant(midnight, { ...amsterdam, precision: "day", zone: "UTC" })).toBe(
      "31 Mar 2026",
    );
    expect(
      formatInstant("2026-03-31T21:59:59.999999Z", { ...amsterdam, precision: "second" }),
    ).toBe("31 Mar 2026, 23:59:59");
  });

  it("shows the offset that tells the two hours of autumn apart", () => {
    const style = { ...amsterdam, offset: "shown" } as const;
    expect(formatInstant("2026-10-25T00:30:00Z", style)).toBe("25 Oct 2026, 02:30 GMT+2");
    expect(formatInstant("2026-10-25T01:30:00Z", style)).toBe("25 Oct 2026, 02:30 GMT+1");
    expect(formatInstant("2026-10-25T01:30:00Z", amsterdam)).toBe("25 Oct 2026, 02:30");
  });

  it("writes midnight as 00, not as 24", () => {
    expect(formatInstant("2026-01-01T00:00:00Z", { ...amsterdam, zone: "UTC" })).toBe(
      "1 Jan 2026, 00:00",
    );
  });

  test.each([
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+02:00",
    "2026-01-01",
    "yesterday",
    "",
  ])("refuses %j", (text) => {
    expect(() => formatInstant(text, amsterdam)).toThrow(TypeError);
  });

  it("refuses a zone that does not exist", () => {
    expect(() =>
      formatInstant("2026-01-01T00:00:00Z", { ...amsterdam, zone: "Europe/Nowhere" }),
    ).toThrow(RangeError);
  });

  it("shows, in a zone a whole number of hours away, the time moved by those hours", () => {
    const seconds = fc.integer({ min: 86_400, max: 4_102_444_799 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: -12, max: 12 }), (second, hours) => {
        const iso = (at: number) => new Date(at * 1000).toISOString();
        const style = { locale: "en-GB", precision: "second" } as const;
        // In the Etc area the sign is turned round: Etc/GMT-2 is two hours ahead of UTC.
        const zone = hours === 0 ? "Etc/GMT" : `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
        expect(formatInstant(iso(second), { ...style, zone })).toBe(
          formatInstant(iso(second + hours * 3600), { ...style, zone: "UTC" }),
        );
      }),
    );
  });
});

describe("days and months of the books", () => {
  it("are written as they are, in no zone", () => {
    expect(formatDay("2026-03-31", "en-GB")).toBe("31 Mar 2026");
    expect(formatDay("2026-03-31", "nl-NL")).toBe("31 mrt 2026");
    expect(formatDay("2028-02-29", "en-US")).toBe("Feb 29, 2028");
  });

  it("have names for headings and for column heads", () => {
    expect(monthLabel("2026-03", "en-GB")).toBe("March 2026");
    expect(monthLabel("2026-03", "en-GB", "short")).toBe("Mar 2026");
    expect(monthLabel("2026-01", "de-DE")).toBe("Januar 2026");
  });

  test.each(["2026-13", "2026-00", "2026-3", "2026-03-01", ""])("refuse the month %j", (text) => {
    expect(() => monthLabel(text, "en-GB")).toThrow(TypeError);
  });

  test.each(["2026-02-29", "2026-04-31", "2026-03", "31-03-2026"])("refuse the day %j", (text) => {
    expect(() => formatDay(text, "en-GB")).toThrow(TypeError);
  });
});
