import { useTranslation } from 'react-i18next';
import type { Priority } from '../../gateway/contract/names.ts';
import classes from './priority.module.css';

const letters: Record<Priority, string> = { 1: 'C', 2: 'H', 3: 'M', 4: 'L' };

function Shape({ priority }: { priority: Priority }) {
  switch (priority) {
    case 1:
      return <path d="M12 1.6 23 21.4H1Z" />;
    case 2:
      return <path d="M12 .9 23.1 12 12 23.1.9 12Z" />;
    case 3:
      return <rect x="2.2" y="2.2" width="19.6" height="19.6" />;
    case 4:
      return <circle cx="12" cy="12" r="10.4" />;
  }
}

/**
 * Shape, colour and letter of a priority: ▲ C, ◆ H, ■ M, ● L (ISA-18.2 §11: never colour alone). Pictures only; whoever draws it
 * writes the word beside it, or passes `label`.
 */
export function PriorityMark(props: {
  priority: Priority;
  size?: number;
  /** Calls for an answer. */
  blinking?: boolean;
  /** The condition is gone: only the outline is left. */
  hollow?: boolean;
  shelved?: boolean;
  label?: string;
}) {
  const { priority, size = 20, blinking, hollow, shelved, label } = props;
  return (
    <svg
      className={`${classes.mark} ${blinking ? 'gh-blink' : ''}`}
      data-priority={shelved ? 'shelved' : priority}
      data-hollow={hollow || undefined}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      role={label === undefined ? undefined : 'img'}
      aria-label={label}
      aria-hidden={label === undefined ? true : undefined}
    >
      <Shape priority={priority} />
      <text x="12" y={priority === 1 ? 19 : 16.6} textAnchor="middle">
        {letters[priority]}
      </text>
    </svg>
  );
}

export function PriorityWord({ priority }: { priority: Priority }) {
  const { t } = useTranslation('terms');
  return <>{t(`priority.${priority}`)}</>;
}

/** Mark and word together. */
export function PriorityTag(props: {
  priority: Priority;
  blinking?: boolean;
  hollow?: boolean;
  shelved?: boolean;
}) {
  return (
    <span className={classes.tag}>
      <PriorityMark {...props} />
      <span>
        <PriorityWord priority={props.priority} />
      </span>
    </span>
  );
}
