import { defineWords } from '../../app/define-words.ts';

export const wallWords = defineWords(
  {
    title: '大屏',
    quiet: '没有待确认的报警',
    'heart.beating': '画面实时',
    'heart.still': '画面已停止更新',
    more: '另有 {{count}} 条',
    camera: '报警处的摄像机',
    shelved: '搁置 {{count}}',
    blind: '{{count}} 个防区失去监视，入侵不会报警：{{names}}',
    'blind.and': '、',
  },
  {
    title: 'Wall',
    quiet: 'No alarm waits for acknowledgement',
    'heart.beating': 'Live',
    'heart.still': 'This picture stands still',
    more: '{{count}} more',
    camera: 'Camera at the alarm',
    shelved: '{{count}} shelved',
    blind: '{{count}} zone(s) blind, no intrusion is seen: {{names}}',
    'blind.and': ', ',
  },
);
