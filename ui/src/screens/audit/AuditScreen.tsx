/** The audit trail: every operation, the latest first, with what it changed at the right. */
import { useEffect, useMemo, useState } from "react";
import { useAsOf } from "../../asOf";
import { commands, type TrailEntry, type TrailFilter } from "../../host";
import { useInspector } from "../../inspector";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Moment } from "../../parts/Figure";
import { type LongColumn, LongTable } from "../../parts/LongTable";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { usePaged } from "../../parts/usePaged";
import { words } from "../../parts/words";
import type { ScreenProps } from "../screen";
import { AuditFilters } from "./AuditFilters";
import { OperationDetail } from "./OperationDetail";

function columnsIn(zone: string): readonly LongColumn<TrailEntry>[] {
  return [
    { name: "Place", width: "8ch", isNumber: true, cell: (o) => <Count value={o.seq} /> },
    {
      name: "Recorded",
      width: "19ch",
      cell: (o) => <Moment at={o.recorded_at} zone={zone} />,
    },
    { name: "Who", width: "minmax(8ch, 1fr)", cell: (o) => o.actor, title: (o) => o.actor },
    { name: "What", width: "17ch", cell: (o) => words(o.kind), title: (o) => words(o.kind) },
    {
      name: "Customer",
      width: "minmax(8ch, 1fr)",
      cell: (o) => o.customer ?? "",
      title: (o) => o.customer ?? "",
    },
    {
      name: "In words",
      width: "minmax(16ch, 4fr)",
      cell: inWords,
      title: inWords,
    },
  ];
}

function inWords({ says, reason }: TrailEntry): string {
  return reason === null ? says : `${reason}: ${says}`;
}

export function AuditScreen({ status, params }: ScreenProps) {
  const { asOf } = useAsOf();
  const { inspect } = useInspector();
  const filter = useMemo(() => filterOf(params, asOf), [params, asOf]);
  const { count, index, isPending, failure, rowAt, onSeen } = usePaged({
    key: ["audit", filter],
    askIndex: () => commands.trailIndex(filter),
    askPage: (start) => commands.trailPage(filter, start),
  });
  const [selected, setSelected] = useState<number | null>(null);
  const operation = selected === null ? undefined : rowAt(selected);
  const zone = status.zone ?? "UTC";
  const columns = useMemo(() => columnsIn(zone), [zone]);
  useEffect(() => {
    setSelected(null);
    inspect(null);
  }, [filter, inspect]);
  useEffect(() => {
    if (operation !== undefined) {
      inspect({
        title: words(operation.kind),
        content: <OperationDetail key={operation.seq} operation={operation} zone={zone} />,
      });
    }
  }, [operation, zone, inspect]);
  const isWhole = Object.keys(params).length === 0;
  return (
    <Page
      title="Audit trail"
      fills
      state={
        !isPending && (
          <span role="status">
            <Count value={String(count)} /> {count === 1 ? "operation" : "operations"}
          </span>
        )
      }
      filters={
        <AuditFilters params={params} kinds={index?.kinds ?? []} actors={index?.actors ?? []} />
      }
    >
      {failure !== null && <FailureNotice failure={failure} />}
      {failure === null && isPending && <Skeleton label="Reading operations" rows={16} />}
      {failure === null && !isPending && count === 0 && (
        <div style={{ padding: "0 var(--space-5)" }}>
          {isWhole ? (
            <Empty title="Nothing was done yet">
              Every configuration that is applied and every operation will stand here, with who
              caused it and when it was recorded.
            </Empty>
          ) : (
            <Empty title="No operation matches">Take one of the filters away.</Empty>
          )}
        </div>
      )}
      {failure === null && count > 0 && (
        <LongTable
          label="Operations, the latest first"
          columns={columns}
          count={count}
          rowAt={rowAt}
          onSeen={onSeen}
          selected={selected}
          onSelect={setSelected}
        />
      )}
    </Page>
  );
}

function filterOf(params: Readonly<Record<string, string>>, asOf: string | null): TrailFilter {
  return {
    from: params.from ?? null,
    to: params.to ?? null,
    kind: params.kind ?? null,
    actor: params.actor ?? null,
    customer: params.customer ?? null,
    as_of: asOf,
  };
}
