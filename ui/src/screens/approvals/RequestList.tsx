/** Every request that waits, or all of them, the latest first; and what needs one by the rules. */
import { useQuery } from "@tanstack/react-query";
import type { ApprovalRule, RequestLine } from "../../host";
import { ApprovalRules } from "../../parts/ApprovalRules";
import { Empty } from "../../parts/Empty";
import { FailureNotice } from "../../parts/FailureNotice";
import { Field } from "../../parts/Field";
import { Count, Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import table from "../../parts/table.module.css";
import { replaceParams } from "../../router";
import css from "./approvals.module.css";
import { hrefOfRequest, isWaiting, requestsQuestion, STANDINGS, titleOf } from "./requests";
import { StandingChip } from "./StandingChip";

interface RequestListProps {
  readonly params: Readonly<Record<string, string>>;
  readonly zone: string;
}

export function RequestList({ params, zone }: RequestListProps) {
  // What is due lapses without anything being recorded.
  const asked = useQuery({ ...requestsQuestion, refetchOnMount: "always" });
  const found = (asked.data?.requests ?? []).filter((request) => isWanted(request, params));
  return (
    <Page
      title="Approvals"
      state={
        asked.isSuccess && (
          <span role="status">
            <Count value={String(found.length)} /> {found.length === 1 ? "request" : "requests"}
          </span>
        )
      }
      filters={<ListFilters params={params} />}
    >
      {asked.isPending && <Skeleton label="Reading requests" rows={8} />}
      {asked.isError && <FailureNotice failure={asked.error} />}
      {asked.isSuccess && (
        <>
          {found.length === 0 ? (
            <Nothing requests={asked.data.requests} rules={asked.data.rules} />
          ) : (
            <Lines requests={found} zone={zone} />
          )}
          {asked.data.rules.length > 0 && (
            <section className={css.rules} aria-labelledby="approval-rules">
              <h2 id="approval-rules">What needs a second person</h2>
              <ApprovalRules rules={asked.data.rules} labelledBy="approval-rules" />
            </section>
          )}
        </>
      )}
    </Page>
  );
}

interface LinesProps {
  readonly requests: readonly RequestLine[];
  readonly zone: string;
}

function Lines({ requests, zone }: LinesProps) {
  return (
    <table className={table.table}>
      <caption className="visually-hidden">Requests, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">Request</th>
          <th scope="col">Reason</th>
          <th scope="col">State</th>
          <th scope="col">Asked by</th>
          <th scope="col">Asked</th>
          <th scope="col">Until, or decided</th>
        </tr>
      </thead>
      <tbody>
        {requests.map((request) => (
          <tr key={request.request}>
            <td className={css.what} title={titleOf(request)}>
              <a href={hrefOfRequest(request.request)}>{titleOf(request)}</a>
            </td>
            <td className={css.reason} title={request.reason ?? ""}>
              {request.reason}
            </td>
            <td>
              <StandingChip standing={request.standing} />
            </td>
            <td className={css.who} title={request.asked_by}>
              {request.asked_by}
            </td>
            <td>
              <Moment at={request.asked_at} zone={zone} />
            </td>
            <td className={css.decided} title={request.decided_by ?? ""}>
              {request.decided_at === null ? (
                <Moment at={request.lapses_at} zone={zone} />
              ) : (
                <>
                  <Moment at={request.decided_at} zone={zone} precision="day" /> by{" "}
                  {request.decided_by}
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ListFilters({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const set = (name: string, value: string) => {
    const { [name]: _, ...rest } = params;
    replaceParams(value === "" ? rest : { ...rest, [name]: value });
  };
  return (
    <>
      <Field.Label htmlFor="requests-state" label="State">
        <select
          id="requests-state"
          value={params.state ?? ""}
          onChange={(event) => set("state", event.currentTarget.value)}
        >
          <option value="">to be decided</option>
          <option value="all">all</option>
          {Object.entries(STANDINGS).map(([standing, word]) => (
            <option key={standing} value={standing}>
              {word}
            </option>
          ))}
        </select>
      </Field.Label>
      <Field
        label="Who, customer or reason"
        value={params.find ?? ""}
        onChange={(event) => set("find", event.currentTarget.value)}
      />
    </>
  );
}

function isWanted(request: RequestLine, params: Readonly<Record<string, string>>): boolean {
  const { state, find = "" } = params;
  const { standing, asked_by, decided_by, reason } = request;
  const isInState = state === undefined ? isWaiting(standing) : [standing, "all"].includes(state);
  const text = [titleOf(request), asked_by, decided_by, reason, request.request].join(" ");
  return isInState && text.toLowerCase().includes(find.trim().toLowerCase());
}

interface NothingProps {
  readonly requests: readonly RequestLine[];
  readonly rules: readonly ApprovalRule[];
}

function Nothing({ requests, rules }: NothingProps) {
  if (requests.length > 0) {
    return (
      <Empty title="Nothing waits">
        No request is left to be decided under this filter. Choose all to see what was decided.
      </Empty>
    );
  }
  if (rules.length > 0) {
    return (
      <Empty title="Nothing was asked for yet">
        What the rules name is asked for where it is done: publish a draft, or act on a customer,
        and the request stands here for a second person.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing needs a second person">
      The configuration of these books has no rule for approvals, so everybody does everything
      alone. A rule names operations and who approves them; it comes with the configuration, as
      [[approvals]].
    </Empty>
  );
}
