/** Nothing is booked in the month that is read: which month is shown in its place. */
import { useMutation } from "@tanstack/react-query";
import { useAsOf } from "../../asOf";
import { formatInstant, monthLabel } from "../../format/instant";
import { asFailure, commands, type Overview } from "../../host";
import { Button } from "../../parts/Button";
import { Day } from "../../parts/Figure";
import { sayFailure } from "../../parts/Toasts";
import { useLocale } from "../../settings";
import css from "./OverviewScreen.module.css";

interface BehindProps {
  readonly overview: Overview;
  readonly zone: string;
}

export function Behind({ overview, zone }: BehindProps) {
  const locale = useLocale();
  const { setAsOf } = useAsOf();
  const readThen = useMutation({
    mutationFn: (day: string) => commands.resolveAsOf(day),
    onSuccess: setAsOf,
    onError: (thrown) => sayFailure(asFailure(thrown)),
  });
  const { newest_day: newest } = overview;
  const read = formatInstant(overview.as_of, { locale, zone, precision: "day" });
  return (
    <div className={css.behind} role="note">
      <p>
        {newest === null ? (
          `By ${read} nothing was booked later than ${monthLabel(overview.month, locale)}`
        ) : (
          <>
            The newest entry is of <Day day={newest} />
          </>
        )}
        , so {monthLabel(overview.month, locale)} is the month shown. Days ahead are counted from{" "}
        {read}.
      </p>
      {newest !== null && (
        <Button onClick={() => readThen.mutate(newest)} disabled={readThen.isPending}>
          Read as of then
        </Button>
      )}
    </div>
  );
}
