import classes from './device-glyph.module.css';
import type { Picture } from './picture.ts';

/**
 * A small picture of what a device is, centred on 0/0 and about 20 px wide, in greys: light when it runs, is lit or stands open.
 * Which one is said by the `icon` of its kind.
 */
export function DeviceGlyph({
  icon,
  picture,
  lost,
}: {
  icon: string | undefined;
  picture: Picture;
  lost: boolean;
}) {
  return (
    <g className={classes.glyph} data-on={picture.on ?? undefined} data-lost={lost || undefined}>
      <Shape icon={icon} picture={picture} />
      {lost ? <path className={classes.cross} d="M-10-10 10 10M10-10-10 10" /> : null}
    </g>
  );
}

function Shape({ icon, picture }: { icon: string | undefined; picture: Picture }) {
  const { on, fill } = picture;
  switch (icon) {
    case 'door':
      // The leaf stands in its frame, or turned out of the dark opening.
      return on === true ? (
        <>
          <rect className={classes.solid} x="-6.5" y="-9" width="13" height="18" />
          <path d="M-6.5-9 1-5V13L-6.5 9Z" />
        </>
      ) : (
        <>
          <rect x="-6.5" y="-9" width="13" height="18" />
          <circle className={classes.solid} cx="3.2" cy="1" r="1.2" />
        </>
      );
    case 'light':
      return (
        <>
          {on === true ? (
            <path
              className={classes.rays}
              d="M0-12V-9.5M-10.5-3H-8M8-3H10.5M-7.6-10.4-5.8-8.6M5.8-8.6 7.6-10.4"
            />
          ) : null}
          <circle cy="-2" r="5.5" />
          <rect className={classes.solid} x="-2.5" y="4" width="5" height="4.5" />
        </>
      );
    case 'pump':
      return (
        <>
          <circle r="9" />
          <path className={classes.solid} d="M-4.5-5.5V5.5L7 0Z" />
        </>
      );
    case 'tank':
      return (
        <>
          <rect x="-8" y="-9" width="16" height="18" />
          {fill === null ? null : (
            <rect className={classes.solid} x="-7" y={8 - fill * 16} width="14" height={fill * 16} />
          )}
        </>
      );
    case 'sump':
      return (
        <>
          <path d="M-9-8H9L6 9H-6Z" />
          {fill === null ? null : (
            <path
              className={classes.solid}
              d={`M${-6.2 - fill * 2} ${8 - fill * 14}H${6.2 + fill * 2}L6 8H-6Z`}
            />
          )}
        </>
      );
    case 'camera':
      return (
        <>
          <rect x="-9" y="-5" width="12" height="10" />
          <path className={classes.solid} d="M3-2 9-6V6L3 2Z" />
        </>
      );
    case 'panic':
      return (
        <>
          <circle r="9" />
          <circle className={classes.solid} r="4" />
        </>
      );
    case 'home':
      return <path d="M-9 0 0-9 9 0H6V9H-6V0Z" />;
    case 'water':
      return <path d="M0-10C4-4 7-1 7 3A7 7 0 0 1-7 3C-7-1-4-4 0-10Z" />;
    case 'reader':
      return (
        <>
          <rect x="-6" y="-9" width="12" height="18" />
          <path className={classes.rays} d="M-3-4H3M-3 0H3M-3 4H3" />
        </>
      );
    case 'intercom':
      // A panel on the wall: what it speaks by, and its keys.
      return (
        <>
          <rect x="-6.5" y="-10" width="13" height="20" />
          <path className={classes.rays} d="M-3-6H3M-3-3.5H3M-3-1H3" />
          <circle className={classes.solid} cx="0" cy="5" r="2.2" />
        </>
      );
    case 'isolator':
      // A riser, and the contact that takes off what is behind it.
      return (
        <>
          <rect x="-9" y="-9" width="18" height="18" />
          <path className={classes.rays} d={on === true ? 'M-9 0H-3L3-5M4 0H9' : 'M-9 0H9'} />
        </>
      );
    default:
      return <rect x="-7" y="-7" width="14" height="14" />;
  }
}
