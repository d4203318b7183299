/** Rate cards: all of them, or one version as a sheet; and the chain of units with its conversions. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { commands, question, type SheetPlace } from "../../host";
import { FailureNotice } from "../../parts/FailureNotice";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/Skeleton";
import { hrefOf } from "../../router";
import type { ScreenProps } from "../screen";
import { CardList } from "./CardList";
import css from "./cards.module.css";
import { ChainPage } from "./chain/ChainPage";
import { ConversionScreen } from "./chain/ConversionScreen";
import { SheetEditor } from "./SheetEditor";

export function CardsScreen({ status, params }: ScreenProps) {
  const place = useMemo(() => placeOf(params), [params]);
  const zone = status.zone ?? "UTC";
  if (params.conversion !== undefined) {
    const version = Number(params.version);
    return (
      <ConversionScreen
        key={params.conversion}
        code={params.conversion}
        version={Number.isSafeInteger(version) ? version : null}
      />
    );
  }
  if (params.chain !== undefined) {
    return <ChainPage />;
  }
  if (place === null) {
    return <CardList params={params} zone={zone} />;
  }
  const key = `${place.card} ${place.version} ${place.draft ?? ""}`;
  return <OpenSheet key={key} place={place} zone={zone} params={params} />;
}

interface OpenSheetProps {
  readonly place: SheetPlace;
  readonly zone: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Read once: what is typed from then on is the sheet. */
function OpenSheet({ place: given, zone, params }: OpenSheetProps) {
  const { card, version, draft } = given;
  const place = useMemo(() => ({ card, version, draft }), [card, version, draft]);
  const { data, error, isPending, refetch } = useQuery({
    ...question(["cards", "sheet", place], () => commands.openCardSheet(place)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: "always",
  });
  if (data !== undefined && error === null) {
    return (
      <SheetEditor
        key={data.draft?.saved ?? "read"}
        sheet={data}
        place={place}
        zone={zone}
        params={params}
        onReload={() => void refetch()}
      />
    );
  }
  return (
    <Page
      title={`${card} version ${version}`}
      fills={isPending}
      acts={
        <a className={css.back} href={hrefOf("cards")}>
          All rate cards
        </a>
      }
    >
      {error !== null && <FailureNotice failure={error} />}
      {isPending && <Skeleton label="Reading rates" rows={16} />}
    </Page>
  );
}

function placeOf(params: Readonly<Record<string, string>>): SheetPlace | null {
  const version = Number(params.version);
  if (params.card === undefined || !Number.isSafeInteger(version) || version < 1) {
    return null;
  }
  return { card: params.card, version, draft: params.draft ?? null };
}
