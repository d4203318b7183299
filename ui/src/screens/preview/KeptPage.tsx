/** A kept preview: what was compared, when, by whom, and the figures as they were found then. */
import { useQuery } from "@tanstack/react-query";
import { commands, type OpenedPreview, question } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Count, Day, Moment } from "../../parts/Figure";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf } from "../../router";
import type { ScreenProps } from "../screen";
import { CustomerPage } from "./CustomerPage";
import { DiscardKept } from "./DiscardKept";
import { ExportPreview } from "./ExportPreview";
import { KeptList } from "./KeptList";
import css from "./PreviewScreen.module.css";
import { Results } from "./Results";

export function KeptPage({ name, status, params }: ScreenProps & { readonly name: string }) {
  const opened = useQuery({
    ...question(["preview", "kept", name, status.config_revision], () =>
      commands.openPreview(name),
    ),
    staleTime: 0,
  });
  const { of } = params;
  return (
    <Page
      title={`Preview: ${name}`}
      acts={
        opened.isSuccess && (
          <>
            <DiscardKept name={name} />
            <ExportPreview handle={opened.data.preview.handle} name={name} />
          </>
        )
      }
    >
      <div className={css.screen}>
        <div className={css.left}>
          <p>
            <a href={hrefOf("preview")}>New preview</a>
          </p>
          {opened.isSuccess && <About opened={opened.data} zone={status.zone ?? "UTC"} />}
          <KeptList open={name} />
        </div>
        <div className={css.results}>
          {opened.isPending && <Skeleton label="Opening the preview" rows={12} />}
          {opened.isError && <FailureNotice failure={opened.error} />}
          {opened.isSuccess && (
            <>
              <Since opened={opened.data} />
              {of === undefined || !opened.data.is_same_question ? (
                <Results
                  preview={opened.data.preview}
                  params={params}
                  isClosed={!opened.data.is_same_question}
                />
              ) : (
                <CustomerPage
                  key={of}
                  customer={of}
                  asked={opened.data.preview.asked}
                  params={params}
                  zone={status.zone ?? "UTC"}
                />
              )}
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

interface AboutProps {
  readonly opened: OpenedPreview;
  readonly zone: string;
}

function About({ opened, zone }: AboutProps) {
  const { note, preview } = opened;
  const { asked } = preview;
  return (
    <section aria-labelledby="kept-about">
      <h2 id="kept-about">What was compared</h2>
      {note !== "" && <p className={css.note}>{note}</p>}
      <dl className={css.facts}>
        {preview.made_of.map(({ scenario, sources }) => (
          <div key={scenario}>
            <dt>Scenario {scenario}</dt>
            {sources.map((source) => (
              <dd key={source.name}>
                {source.name}
                <code title={`BLAKE3 ${source.hash}`}>{short(source.hash)}</code>
              </dd>
            ))}
          </div>
        ))}
        <div>
          <dt>Window</dt>
          <dd>
            <Day day={asked.from} /> through <Day day={asked.through} />
          </dd>
        </div>
        <div>
          <dt>The changes count</dt>
          <dd>{asked.as_dated ? "at their own dates" : "from the first day on"}</dd>
        </div>
        <div>
          <dt>Customers</dt>
          <dd>{asked.customers.length === 0 ? "all" : asked.customers.join(", ")}</dd>
        </div>
        <div>
          <dt>Run</dt>
          <dd>
            <Moment at={preview.made_at} zone={zone} /> by {preview.made_by}
          </dd>
        </div>
        <div>
          <dt>Ledger</dt>
          <dd>
            <Count value={preview.entries} /> entries
            <code title={`Checkpoint ${preview.checkpoint}`}>{short(preview.checkpoint)}</code>
          </dd>
        </div>
        <div>
          <dt>Configuration</dt>
          <dd>{preview.config_revision}</dd>
        </div>
      </dl>
    </section>
  );
}

/** What happened to the books and the drafts since. */
function Since({ opened }: { readonly opened: OpenedPreview }) {
  const { entries_since, is_reconfigured, changed_drafts } = opened;
  if (entries_since === "0" && !is_reconfigured && changed_drafts.length === 0) {
    return null;
  }
  return (
    <p role="note" className={css.stale}>
      Since it was run:{" "}
      {entries_since !== "0" && (
        <>
          <Count value={entries_since} /> entries were recorded.{" "}
        </>
      )}
      {is_reconfigured && "Another configuration was put into force. "}
      {changed_drafts.length > 0 && `Changed, published or gone: ${changed_drafts.join(", ")}. `}
      The figures are those of then
      {!opened.is_same_question && "; customers cannot be opened, because they would be of today"}.
    </p>
  );
}

/** The first digits of a hash, for people. */
function short(hash: string): string {
  return hash.slice(0, 8);
}
