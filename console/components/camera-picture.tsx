import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../gateway/contract/site.ts';
import { ApiError, callPicture } from '../app/api.ts';
import { useCan } from '../app/session.tsx';
import { useSiteTime } from '../app/time.ts';
import classes from './camera-picture.module.css';

/** How often a tile asks for a new picture while somebody can see it, ms; the gateway asks the camera at most every 2 s. */
const refreshMs = 3_000;

/** A picture with the words below it, or the words in its place. */
export function PictureFrame(props: {
  src?: string | undefined;
  alt: string;
  /** In the place of the picture: that it is on its way, or why there is none. */
  words?: ReactNode;
  detail?: string | null | undefined;
  caption: ReactNode;
  testId?: string;
}) {
  const { src, alt, words, detail, caption, testId } = props;
  return (
    <figure className={classes.picture} data-testid={testId}>
      <div className={classes.frame}>
        {src === undefined ? (
          <p className={classes.words} role="status">
            {words}
            {detail ? <span>{detail}</span> : null}
          </p>
        ) : (
          <img src={src} alt={alt} />
        )}
      </div>
      <figcaption className={classes.caption}>{caption}</figcaption>
    </figure>
  );
}

/** A blob as an address that an image takes, for as long as it is shown. */
function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return blob === undefined ? undefined : url;
}

/** What a camera sees now, a new picture every few seconds; that the newest did not come is said in its place. */
export function LivePicture({ camera, name }: { camera: string; name: string }) {
  const { t } = useTranslation('parts');
  const can = useCan();
  const time = useSiteTime();
  const allowed = can('video.view');
  const { data, error } = useQuery({
    queryKey: ['camera', camera],
    queryFn: () => callPicture(`/cameras/${encodeURIComponent(camera)}/snapshot`),
    enabled: allowed,
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const url = useObjectUrl(error === null ? data?.picture : undefined);
  const at = data?.takenAt ?? null;
  return (
    <PictureFrame
      src={url}
      alt={name}
      words={t(allowed ? (error === null ? 'camera.loading' : 'camera.failed') : 'camera.forbidden')}
      detail={error instanceof ApiError ? error.detail : undefined}
      caption={at === null || url === undefined ? name : t('camera.now', { at: time.clock(at) })}
      testId={`live-${camera}`}
    />
  );
}

/** An address that may be opened: a page of the recorder, never a script. */
function pageUrl(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const url = URL.parse(value);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : undefined;
}

/** The camera's own pages: what it sees now, and its recording of a moment (UTC ms). */
export function CameraLinks({ camera, at }: { camera: Device | undefined; at?: number }) {
  const { t } = useTranslation('parts');
  const time = useSiteTime();
  const { liveUrl, recordingUrl } = camera?.settings ?? {};
  const live = pageUrl(liveUrl);
  const recording =
    at === undefined || typeof recordingUrl !== 'string'
      ? undefined
      : pageUrl(
          recordingUrl
            .replaceAll('{time}', encodeURIComponent(new Date(at).toISOString()))
            .replaceAll('{unix}', String(Math.floor(at / 1_000))),
        );
  if (live === undefined && recording === undefined) return null;
  return (
    <span className={classes.links}>
      {recording === undefined || at === undefined ? null : (
        <a href={recording} target="_blank" rel="noopener noreferrer">
          {t('camera.recording', { at: time.clock(at) })}
        </a>
      )}
      {live === undefined ? null : (
        <a href={live} target="_blank" rel="noopener noreferrer">
          {t('camera.live')}
        </a>
      )}
    </span>
  );
}

/** Whether the gateway can ask a camera for pictures. */
export function givesPictures(camera: Device | undefined): boolean {
  return typeof camera?.settings?.snapshotUrl === 'string';
}
