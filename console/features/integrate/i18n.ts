import { defineWords } from '../../app/define-words.ts';

/** The frame's words; every part has a namespace of its own, with a word `title`. */
export const integrateWords = defineWords(
  {
    title: '接入',
    'parts.label': '接入分类',
  },
  {
    title: 'Integrate',
    'parts.label': 'Parts of the integration page',
  },
);
